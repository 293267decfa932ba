//! What Slack's errors mean for us. Web API failures are HTTP 200 with `ok: false` and one of these words; webhook
//! failures are a status and a bare word.
//! <https://docs.slack.dev/reference/methods/chat.postMessage#errors>

use plimsoll_message::SendError;

/// The class of a Slack error: what the notifier does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// Rate limited: the answer says how long to wait.
    SlowDown,
    /// The request may have taken effect: deliver again later.
    Unknown,
    /// The form is refused: try a plainer one.
    Degrade,
    /// The message to update is gone: post anew.
    PostAnew,
    /// The channel is dead until somebody repairs it.
    DeadChannel,
    /// The token is dead until somebody replaces it.
    DeadToken,
    /// This message will never be accepted.
    Permanent,
}

/// Slack's documented error codes, each with its class and what a person should do.
const TABLE: &[(&str, ErrorClass, &str)] = &[
    ("ratelimited", ErrorClass::SlowDown, ""),
    ("rate_limited", ErrorClass::SlowDown, ""),
    ("message_limit_exceeded", ErrorClass::SlowDown, ""),
    ("internal_error", ErrorClass::Unknown, ""),
    ("fatal_error", ErrorClass::Unknown, ""),
    ("service_unavailable", ErrorClass::Unknown, ""),
    ("request_timeout", ErrorClass::Unknown, ""),
    ("rollup_error", ErrorClass::Unknown, ""),
    ("team_added_to_org", ErrorClass::Unknown, ""),
    ("external_channel_migrating", ErrorClass::Unknown, ""),
    ("invalid_blocks", ErrorClass::Degrade, ""),
    ("invalid_blocks_format", ErrorClass::Degrade, ""),
    ("invalid_attachments", ErrorClass::Degrade, ""),
    ("too_many_attachments", ErrorClass::Degrade, ""),
    ("msg_blocks_too_long", ErrorClass::Degrade, ""),
    ("msg_too_long", ErrorClass::Degrade, ""),
    ("invalid_payload", ErrorClass::Degrade, ""),
    ("no_text", ErrorClass::Degrade, ""),
    ("message_not_found", ErrorClass::PostAnew, ""),
    ("cant_update_message", ErrorClass::PostAnew, ""),
    ("edit_window_closed", ErrorClass::PostAnew, ""),
    ("thread_not_found", ErrorClass::PostAnew, ""),
    ("cannot_reply_to_message", ErrorClass::PostAnew, ""),
    ("block_mismatch", ErrorClass::PostAnew, ""),
    ("restricted_action_non_threadable_channel", ErrorClass::PostAnew, ""),
    ("channel_not_found", ErrorClass::DeadChannel, "check the channel id, and invite the app: /invite @Plimsoll"),
    ("not_in_channel", ErrorClass::DeadChannel, "invite the app to the channel: /invite @Plimsoll"),
    ("is_archived", ErrorClass::DeadChannel, "the channel is archived: unarchive it or configure another"),
    ("channel_is_archived", ErrorClass::DeadChannel, "the channel is archived: unarchive it or configure another"),
    ("is_inactive", ErrorClass::DeadChannel, "the channel is frozen or archived: unarchive it or configure another"),
    ("no_service", ErrorClass::DeadChannel, "the webhook was removed: create a new one and replace the secret"),
    ("no_service_id", ErrorClass::DeadChannel, "the webhook was removed: create a new one and replace the secret"),
    ("no_active_hooks", ErrorClass::DeadChannel, "the webhook is disabled: create a new one and replace the secret"),
    ("no_team", ErrorClass::DeadChannel, "the workspace is gone: create a webhook in another"),
    ("team_disabled", ErrorClass::DeadChannel, "the workspace is disabled"),
    ("user_not_found", ErrorClass::DeadChannel, "the user who created the webhook is gone: create a new one"),
    (
        "action_prohibited",
        ErrorClass::DeadChannel,
        "an admin has restricted posting here: ask them, or configure another channel",
    ),
    (
        "restricted_action",
        ErrorClass::DeadChannel,
        "an admin has restricted posting here: ask them, or configure another channel",
    ),
    ("restricted_action_read_only_channel", ErrorClass::DeadChannel, "the channel is read-only for apps: ask an admin"),
    (
        "restricted_action_thread_only_channel",
        ErrorClass::DeadChannel,
        "the channel allows threads only: configure another",
    ),
    (
        "posting_to_general_channel_denied",
        ErrorClass::DeadChannel,
        "apps may not post to #general: configure another channel",
    ),
    ("ekm_access_denied", ErrorClass::DeadChannel, "an admin has suspended posting: ask them"),
    ("invalid_auth", ErrorClass::DeadToken, "the token is wrong: copy the bot token again and replace the secret"),
    ("not_authed", ErrorClass::DeadToken, "the secret is empty: put the bot token into it"),
    ("invalid_token", ErrorClass::DeadToken, "the webhook's address is wrong: copy it again and replace the secret"),
    (
        "token_revoked",
        ErrorClass::DeadToken,
        "the app was uninstalled or the token revoked: reinstall and replace the secret",
    ),
    ("token_expired", ErrorClass::DeadToken, "the token has expired: replace the secret"),
    (
        "account_inactive",
        ErrorClass::DeadToken,
        "the app's user is deactivated: reinstall the app and replace the secret",
    ),
    ("missing_scope", ErrorClass::DeadToken, "the app lacks a scope: add chat:write and reinstall it"),
    ("not_allowed_token_type", ErrorClass::DeadToken, "use the bot token, which begins with xoxb-"),
    ("no_permission", ErrorClass::DeadToken, "the app lacks a permission: add chat:write and reinstall it"),
    ("team_access_not_granted", ErrorClass::DeadToken, "the token is not for this workspace: install the app in it"),
    ("access_denied", ErrorClass::DeadToken, "the token has no access: reinstall the app and replace the secret"),
    (
        "org_login_required",
        ErrorClass::DeadToken,
        "the workspace is moving to an organisation: reinstall the app there",
    ),
];

/// The class of an error code; `Permanent` for an unknown one.
#[must_use]
pub fn classify(word: &str) -> ErrorClass {
    row(word).map_or(ErrorClass::Permanent, |(_, class, _)| *class)
}

fn row(word: &str) -> Option<&'static (&'static str, ErrorClass, &'static str)> {
    TABLE.iter().find(|(known, _, _)| *known == word)
}

/// The error of a dead channel or token, with what to do.
pub(crate) fn dead(word: &str) -> SendError {
    let fix = row(word).map_or("", |(_, _, fix)| *fix);
    SendError::Dead(format!("Slack says {word}: {fix}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_stands_once_and_the_dead_ones_say_what_to_do() {
        for (index, (word, class, fix)) in TABLE.iter().enumerate() {
            assert!(TABLE.iter().skip(index + 1).all(|(other, _, _)| other != word), "{word} stands twice");
            let dead = matches!(class, ErrorClass::DeadChannel | ErrorClass::DeadToken);
            assert_eq!(dead, !fix.is_empty(), "{word}");
        }
        assert_eq!(classify("something_new"), ErrorClass::Permanent);
    }
}
