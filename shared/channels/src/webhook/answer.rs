//! Maps a receiver's answer to an outcome, by its status alone: the body may hold anything and is not read.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#operational-considerations>

use crate::http::{Answer, HttpFailure, retry_after};
use jiff::Timestamp;
use plimsoll_message::SendError;

/// The answer did not arrive whole.
pub(crate) fn no_answer(failure: HttpFailure) -> SendError {
    match failure {
        HttpFailure::NotSent(why) => SendError::Refused(format!("no connection to the webhook: {why}")),
        HttpFailure::Unknown(why) => SendError::Ambiguous(format!("no answer from the webhook: {why}")),
    }
}

/// Whether the message was accepted.
pub(crate) fn accepted(answer: &Answer, now: Timestamp) -> Result<(), SendError> {
    let status = answer.status;
    let said = format!("the webhook answered HTTP {status}");
    let dead = |fix: &str| Err(SendError::Dead(format!("{said}: {fix}")));
    match status {
        200..=299 => Ok(()),
        300..=399 => dead("redirects are never followed; configure the address that it leads to, if you trust it"),
        401 | 403 => dead("it does not let us in: check that both sides have the same signing secret"),
        404 | 405 => dead("there is nothing to post to: check the address"),
        407 => dead("a proxy on the way wants a password"),
        410 => dead("it is gone for good: remove the channel, or give it another address"),
        408 | 425 => Err(SendError::Ambiguous(said)),
        429 => {
            let wait = retry_after(answer.retry_after.as_deref(), now);
            Err(SendError::Wait { wait, reason: "the webhook asks us to slow down".to_owned() })
        }
        400..=499 => Err(SendError::Undeliverable(said)),
        _ => Err(SendError::Ambiguous(said)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn every_status_has_its_class() {
        let now: Timestamp = "2026-11-02T09:15:00Z".parse().unwrap();
        for status in 100..=599 {
            let answer = Answer { status, retry_after: None, scopes: None, body: "canary".to_owned() };
            let class = accepted(&answer, now);
            assert!(!format!("{class:?}").contains("canary"));
            let expected = match status {
                200..=299 => class.is_ok(),
                429 => matches!(class, Err(SendError::Wait { wait, .. }) if wait == SignedDuration::from_secs(30)),
                300..=399 | 401 | 403 | 404 | 405 | 407 | 410 => matches!(class, Err(SendError::Dead(_))),
                100..=199 | 408 | 425 | 500..=599 => matches!(class, Err(SendError::Ambiguous(_))),
                _ => matches!(class, Err(SendError::Undeliverable(_))),
            };
            assert!(expected, "{status}: {class:?}");
        }
    }
}
