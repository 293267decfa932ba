//! The Slack notifiers: by bot token, with updates in place and history in the thread, or by incoming webhook, with one
//! message per transition. A message that Slack refuses is sent again in plainer forms before it is given up.
//! <https://docs.slack.dev/reference/methods/chat.postMessage>
//! <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>

mod bot;
mod errors;
mod fallback_forms;
mod probe;
mod webhook;

pub use bot::SlackBot;
pub use errors::{ErrorClass, classify};
pub use webhook::{SlackWebhook, WEBHOOK_HOSTS};
