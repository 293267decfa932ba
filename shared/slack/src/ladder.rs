//! The degradation ladder: full, then header and text, then plain ASCII. And what one answer of Slack means.

use jiff::Timestamp;
use plimsoll_finding::clean_line;
use plimsoll_http::{Answer, HttpFailure, retry_after};
use plimsoll_pipeline::{Message, SendError};
use plimsoll_render::slack::{self, Mentions, SlackMessage};

use crate::errors::{ErrorClass, classify, dead};

/// The forms of a message, best first.
pub(crate) fn forms(message: &Message, mentions: &Mentions) -> [SlackMessage; 3] {
    [slack::message(message, mentions), slack::simpler(message), slack::plain(message)]
}

/// What an attempt became, short of success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Try a plainer form; Slack's word.
    Degrade(String),
    /// The message to update is gone.
    PostAnew,
    /// Over for now.
    Failed(SendError),
}

impl From<SendError> for Trouble {
    fn from(error: SendError) -> Self {
        Self::Failed(error)
    }
}

/// No whole answer.
pub(crate) fn no_answer(failure: HttpFailure) -> SendError {
    match failure {
        HttpFailure::NotSent(why) => SendError::Refused(format!("no connection to Slack: {why}")),
        HttpFailure::Unknown(why) => SendError::Ambiguous(format!("no answer from Slack: {why}")),
    }
}

/// An answer that is not a success, by its status and Slack's word for it.
pub(crate) fn trouble(answer: &Answer, word: &str, now: Timestamp) -> Trouble {
    // The word is Slack's, but it goes into logs and messages: it is treated like any other foreign text.
    let word = clean_line(word).chars().take(80).collect::<String>();
    let class = classify(&word);
    if answer.status == 429 || class == ErrorClass::SlowDown {
        let wait = retry_after(answer.retry_after.as_deref(), now);
        return SendError::Wait { wait, reason: "Slack asks us to slow down".to_owned() }.into();
    }
    if answer.status >= 500 || class == ErrorClass::Unknown {
        return SendError::Ambiguous(format!("Slack answered HTTP {}: {word}", answer.status)).into();
    }
    match class {
        ErrorClass::Degrade => Trouble::Degrade(word),
        ErrorClass::PostAnew => Trouble::PostAnew,
        ErrorClass::DeadChannel | ErrorClass::DeadToken => dead(&word).into(),
        _ if matches!(answer.status, 403 | 404 | 410) => {
            let fix = "the address is no longer valid: create a new one and replace the secret";
            SendError::Dead(format!("Slack answered HTTP {}: {fix}", answer.status)).into()
        }
        _ if (300..400).contains(&answer.status) => {
            let fix = "something between here and Slack answers in its place; redirects are never followed";
            SendError::Dead(format!("Slack answered HTTP {}: {fix}", answer.status)).into()
        }
        // An error that nobody has heard of may be about this form of the message.
        _ => Trouble::Degrade(word),
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
        let wait = |t| matches!(t, Trouble::Failed(SendError::Wait { wait, .. }) if wait == SignedDuration::from_secs(7));
        assert!(wait(trouble(&answer(429, Some("7")), "invalid_blocks", now())));
        assert!(wait(trouble(&answer(200, Some("7")), "ratelimited", now())));
        assert!(matches!(trouble(&answer(503, None), "", now()), Trouble::Failed(SendError::Ambiguous(_))));
        assert!(matches!(trouble(&answer(410, None), "whatever", now()), Trouble::Failed(SendError::Dead(_))));
        assert!(matches!(trouble(&answer(302, None), "<html>", now()), Trouble::Failed(SendError::Dead(_))));
        assert_eq!(trouble(&answer(400, None), "brand_new", now()), Trouble::Degrade("brand_new".into()));
        assert_eq!(trouble(&answer(200, None), "message_not_found", now()), Trouble::PostAnew);
    }
}
