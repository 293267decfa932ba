//! Maps PagerDuty's answers to outcomes.
//! <https://developer.pagerduty.com/docs/events-api-v2-overview#response-codes--retry-logic>

use crate::http::{Answer, HttpFailure, retry_after};
use jiff::Timestamp;
use plimsoll_finding::clean_line;
use plimsoll_message::{Secret, SendError};
use serde_json::Value;

const NEW_KEY: &str =
    "copy the integration key of the service's Events API v2 integration again and replace the secret";

/// The answer did not arrive whole.
pub(crate) fn no_answer(failure: HttpFailure) -> SendError {
    match failure {
        HttpFailure::NotSent(why) => SendError::Refused(format!("no connection to PagerDuty: {why}")),
        HttpFailure::Unknown(why) => SendError::Ambiguous(format!("no answer from PagerDuty: {why}")),
    }
}

/// Whether an event was accepted.
pub(crate) fn accepted(answer: &Answer, routing_key: &Secret, now: Timestamp) -> Result<(), SendError> {
    let status = answer.status;
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let said = said(&body, routing_key);
    let dead = |fix: &str| Err(SendError::Dead(format!("PagerDuty answered HTTP {status}{said}: {fix}")));
    match status {
        202 if body.get("status").and_then(Value::as_str) == Some("success") => Ok(()),
        200..=299 => Err(SendError::Ambiguous(format!("HTTP {status}, but not an answer of PagerDuty"))),
        300..=399 => dead("something on the way answers in its place; redirects are never followed"),
        400 if names_the_key(&body) => dead(NEW_KEY),
        401 | 403 => dead(NEW_KEY),
        404 | 405 | 410 => dead("this is not the address of the Events API: correct the channel's endpoint"),
        407 => dead("a proxy on the way wants a password"),
        408 => Err(SendError::Ambiguous(format!("PagerDuty answered HTTP {status}{said}"))),
        429 => {
            let wait = retry_after(answer.retry_after.as_deref(), now);
            Err(SendError::Wait { wait, reason: "PagerDuty asks us to slow down".to_owned() })
        }
        400..=499 => Err(SendError::Undeliverable(format!("PagerDuty answered HTTP {status}{said}"))),
        _ => Err(SendError::Ambiguous(format!("PagerDuty answered HTTP {status}{said}"))),
    }
}

/// PagerDuty's error text on one sanitised line; empty if it quotes the routing key.
fn said(body: &Value, routing_key: &Secret) -> String {
    let words = words(body).collect::<Vec<_>>().join("; ");
    if words.is_empty() || words.contains(routing_key.expose()) {
        return String::new();
    }
    format!(" ({})", clean_line(&words).chars().take(300).collect::<String>())
}

fn words(body: &Value) -> impl Iterator<Item = &str> {
    let errors = body.get("errors").and_then(Value::as_array).into_iter().flatten();
    body.get("message").into_iter().chain(errors).filter_map(Value::as_str)
}

/// A wrong routing key is a broken channel, not a broken message, though PagerDuty has one status for both.
fn names_the_key(body: &Value) -> bool {
    words(body).any(|text| {
        let text = text.to_ascii_lowercase();
        text.contains("routing_key") || text.contains("routing key") || text.contains("service key")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use serde_json::json;

    const KEY: &str = "canary00canary00canary00canary00";

    fn of(status: u16, body: &str) -> Result<(), SendError> {
        let answer = Answer { status, retry_after: Some("7".to_owned()), scopes: None, body: body.to_owned() };
        accepted(&answer, &Secret::new(KEY).unwrap(), "2026-11-02T09:15:00Z".parse().unwrap())
    }

    #[test]
    fn only_its_own_yes_counts() {
        assert_eq!(of(202, r#"{"status":"success","message":"Event processed","dedup_key":"k"}"#), Ok(()));
        for (status, body) in
            [(202, ""), (202, "<html>"), (200, r#"{"status":"success"}"#), (202, r#"{"status":"no"}"#)]
        {
            assert!(matches!(of(status, body), Err(SendError::Ambiguous(_))), "{status} {body}");
        }
    }

    #[test]
    fn a_wrong_key_breaks_the_channel_and_a_wrong_event_does_not() {
        let wrong_key = json!({"status": "invalid event", "message": "Event object is invalid",
            "errors": ["Length of 'routing_key' is incorrect (should be 32 characters)"]});
        let Err(SendError::Dead(why)) = of(400, &wrong_key.to_string()) else { panic!() };
        assert!(why.contains("integration key") && why.contains("should be 32 characters"), "{why}");
        let wrong_event = json!({"message": "Event object is invalid", "errors": ["'payload.summary' is\nmissing"]});
        let expected = "PagerDuty answered HTTP 400 (Event object is invalid; 'payload.summary' is missing)";
        assert_eq!(of(400, &wrong_event.to_string()), Err(SendError::Undeliverable(expected.to_owned())));
    }

    #[test]
    fn the_key_is_never_quoted() {
        for status in [400, 403, 413, 500] {
            let body = json!({"message": format!("got {KEY}"), "errors": ["x"]}).to_string();
            let error = of(status, &body).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_wait_is_the_one_that_was_asked_for() {
        let Err(SendError::Wait { wait, .. }) = of(429, "") else { panic!() };
        assert_eq!(wait, SignedDuration::from_secs(7));
    }
}
