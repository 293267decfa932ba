//! The fallback forms of a message (full, then header and text, then plain ASCII), and the outcome of one answer of Slack.

use crate::http::{Answer, HttpFailure, retry_after};
use jiff::Timestamp;
use plimsoll_message::{Message, SendError};
use plimsoll_render::slack::{self, Mentions, SlackMessage};

use crate::slack::errors::{ErrorClass, classify, dead};

/// The forms of a message, best first.
pub(crate) fn forms(message: &Message, mentions: &Mentions) -> [SlackMessage; 3] {
    [slack::message(message, mentions), slack::simpler(message), slack::plain(message)]
}

/// The result of an attempt that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Slack refused this form: try a plainer one. Holds Slack's error code.
    Degrade(String),
    /// The message to update or to reply to does not exist any more. Holds Slack's error code.
    PostAnew(String),
    /// No further form is tried now.
    Failed(SendError),
}

impl From<SendError> for Trouble {
    fn from(error: SendError) -> Self {
        Self::Failed(error)
    }
}

/// The answer did not arrive whole.
pub(crate) fn no_answer(failure: HttpFailure) -> SendError {
    match failure {
        HttpFailure::NotSent(why) => SendError::Refused(format!("no connection to Slack: {why}")),
        HttpFailure::Unknown(why) => SendError::Ambiguous(format!("no answer from Slack: {why}")),
    }
}

/// Every form of the message was refused.
pub(crate) fn refused_in_every_form(word: Option<String>) -> SendError {
    SendError::Undeliverable(format!("Slack says {}", word.unwrap_or_default()))
}

/// Slack's words are made of small letters and underscores. Anything else comes from somebody in between, may quote the
/// request with its secret, and is not repeated.
fn known_shape(word: &str) -> Option<&str> {
    let shaped = (1..=60).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    shaped.then_some(word)
}

/// The outcome of a failed answer, by its status and Slack's error code.
pub(crate) fn trouble(answer: &Answer, word: &str, now: Timestamp) -> Trouble {
    let status = answer.status;
    let word = known_shape(word.trim()).map_or_else(|| format!("HTTP {status}, without a word"), ToOwned::to_owned);
    let class = classify(&word);
    if status == 429 || class == ErrorClass::SlowDown {
        let wait = retry_after(answer.retry_after.as_deref(), now);
        return SendError::Wait { wait, reason: "Slack asks us to slow down".to_owned() }.into();
    }
    if status >= 500 || status == 408 || class == ErrorClass::Unknown {
        return SendError::Ambiguous(format!("Slack answered HTTP {status}: {word}")).into();
    }
    let dead_address = |fix: &str| SendError::Dead(format!("Slack answered HTTP {status}: {fix}")).into();
    match class {
        ErrorClass::Degrade => Trouble::Degrade(word),
        ErrorClass::PostAnew => Trouble::PostAnew(word),
        ErrorClass::DeadChannel | ErrorClass::DeadToken => dead(&word).into(),
        _ => match status {
            300..=399 => dead_address("something on the way answers in its place; redirects are never followed"),
            401 | 407 => dead_address("the secret is refused, or a proxy on the way wants one: check both"),
            403 | 404 | 410 => dead_address("the address is no longer valid: create a new one and replace the secret"),
            // An unknown error code may concern this form of the message.
            _ => Trouble::Degrade(word),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn answer(status: u16, retry_after: Option<&str>) -> Answer {
        Answer { status, retry_after: retry_after.map(ToOwned::to_owned), scopes: None, body: String::new() }
    }

    fn now() -> Timestamp {
        "2026-11-02T09:15:00Z".parse().unwrap()
    }

    #[test]
    fn the_status_rules_where_it_says_more_than_the_word() {
        let wait =
            |t| matches!(t, Trouble::Failed(SendError::Wait { wait, .. }) if wait == SignedDuration::from_secs(7));
        assert!(wait(trouble(&answer(429, Some("7")), "invalid_blocks", now())));
        assert!(wait(trouble(&answer(200, Some("7")), "ratelimited", now())));
        assert!(matches!(trouble(&answer(503, None), "", now()), Trouble::Failed(SendError::Ambiguous(_))));
        assert!(matches!(trouble(&answer(410, None), "whatever", now()), Trouble::Failed(SendError::Dead(_))));
        assert!(matches!(trouble(&answer(302, None), "<html>", now()), Trouble::Failed(SendError::Dead(_))));
        assert_eq!(trouble(&answer(400, None), "brand_new", now()), Trouble::Degrade("brand_new".into()));
        let gone = "message_not_found";
        assert_eq!(trouble(&answer(200, None), gone, now()), Trouble::PostAnew(gone.to_owned()));
        assert!(matches!(trouble(&answer(401, None), "", now()), Trouble::Failed(SendError::Dead(_))));
        assert!(matches!(trouble(&answer(408, None), "", now()), Trouble::Failed(SendError::Ambiguous(_))));
    }

    #[test]
    fn only_words_of_slack_are_repeated() {
        let long = "a".repeat(61);
        for word in ["Bearer xoxb-canary", "<html>canary</html>", "T0/B0/canary", "a canary", "canary-", "", &long] {
            let said = trouble(&answer(400, None), word, now());
            assert_eq!(said, Trouble::Degrade("HTTP 400, without a word".to_owned()), "{word}");
        }
        assert_eq!(trouble(&answer(400, None), " a_new_word\n", now()), Trouble::Degrade("a_new_word".to_owned()));
    }
}
