//! Limits of Slack and SNS. Lengths are UTF-16 units after escaping, which is never less than what Slack counts.
//!
//! <https://docs.slack.dev/reference/block-kit/blocks>, <https://docs.slack.dev/reference/methods/chat.postMessage>,
//! <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>

/// Blocks in one message. <https://docs.slack.dev/reference/block-kit/blocks>
pub const BLOCKS: usize = 50;
/// Attachments of one message. <https://docs.slack.dev/messaging/formatting-message-text>
pub const ATTACHMENTS: usize = 20;
/// Text of a header; `plain_text` only, not blank. <https://docs.slack.dev/reference/block-kit/blocks/header-block>
pub const HEADER: usize = 150;
/// Text of a section. <https://docs.slack.dev/reference/block-kit/blocks/section-block>
pub const SECTION: usize = 3_000;
/// Fields of a section.
pub const FIELDS: usize = 10;
/// Text of one field.
pub const FIELD: usize = 2_000;
/// Elements of a context. <https://docs.slack.dev/reference/block-kit/blocks/context-block>
pub const CONTEXT_ELEMENTS: usize = 10;
/// Elements of an actions block. <https://docs.slack.dev/reference/block-kit/blocks/actions-block>
pub const ACTIONS: usize = 25;
/// Text of a button. <https://docs.slack.dev/reference/block-kit/block-elements/button-element>
pub const BUTTON: usize = 75;
/// Value of a button.
pub const BUTTON_VALUE: usize = 2_000;
/// Link of a button or an image.
pub const URL: usize = 3_000;
/// Alternative text of an image. <https://docs.slack.dev/reference/block-kit/blocks/image-block>
pub const ALT_TEXT: usize = 2_000;
/// `block_id` and `action_id`.
pub const ID: usize = 255;
/// All blocks of a message together, as JSON. Slack documents no figure; it answers `msg_blocks_too_long` from about
/// 13,200 characters. <https://github.com/slackapi/bolt-js/issues/2509>
pub const ALL_BLOCKS: usize = 12_000;
/// Top-level text that people should be sent. <https://docs.slack.dev/changelog/2018-truncating-really-long-messages>
pub const TEXT: usize = 4_000;
/// Top-level text beyond which Slack cuts.
pub const TEXT_CUT: usize = 40_000;

/// Subject of an SNS e-mail: "less than 100 characters". <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
pub const SNS_SUBJECT: usize = 99;
/// What we put into one SNS message; SNS takes 256 KiB with attributes.
pub const SNS_BYTES: usize = 200_000;
/// Message attributes: raw delivery to SQS drops a message with more.
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html>
pub const SNS_ATTRIBUTES: usize = 10;
/// One SMS of plain ASCII.
pub const SMS: usize = 140;

/// Title of an Amazon Q Developer notification.
/// <https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html>
pub const AMAZON_Q_TITLE: usize = 250;
/// Description of an Amazon Q Developer notification.
pub const AMAZON_Q_DESCRIPTION: usize = 8_000;

/// The length that Slack's limits speak of.
#[must_use]
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}
