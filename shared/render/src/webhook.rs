//! What a generic webhook is told: one JSON document in the shape that Standard Webhooks recommends.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>: `type` in full-stop
//! delimited words, `timestamp` of the event, `data`.

use jiff::Timestamp;
use plimsoll_finding::{FindingKey, Status};
use plimsoll_message::{Alert, Message};
use serde_json::{Value, json};

use crate::sns;

/// The longest id that is sent as it is.
const MAX_ID: usize = 128;

/// The body. `data` is the document that SNS subscribers get; `now` is the time of what has none of its own.
#[must_use]
pub fn body(message: &Message, now: Timestamp) -> Value {
    let mut data = sns::finding(message).body;
    if let Some(object) = data.as_object_mut() {
        object.shift_remove("schema_version");
    }
    json!({
        "type": kind(message),
        "timestamp": happened_at(message).unwrap_or(now),
        "schema_version": sns::SCHEMA_VERSION,
        "data": data,
    })
}

/// Names the statement: the same for each attempt to tell it, so that a receiver can drop repeats. Letters, digits,
/// `-` and `_` only.
#[must_use]
pub fn id(message: &Message) -> String {
    let id = match message {
        Message::Alert(alert) => format!("alert_{}", alert.deduplication_id),
        Message::RollUp(roll_up) => format!("rollup_{}", roll_up.id),
        Message::Digest(digest) => format!("digest_{}", digest.id),
    };
    let valid = id.len() <= MAX_ID && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if valid { id } else { FindingKey::of("webhook", "", "", &id, "").to_string() }
}

fn kind(message: &Message) -> &'static str {
    match message {
        Message::Alert(alert) => kind_of_alert(alert),
        Message::RollUp(_) => "plimsoll.findings.rolled_up",
        Message::Digest(_) => "plimsoll.digest.published",
    }
}

/// By what the receiver knows: what it was not told, or was told as over, opens; the rest changes. `data.reason` says why.
fn kind_of_alert(alert: &Alert) -> &'static str {
    match (alert.status, alert.previous) {
        (Status::Resolved, _) => "plimsoll.finding.resolved",
        (Status::Open, None | Some((Status::Resolved, _))) => "plimsoll.finding.opened",
        (Status::Open, Some((Status::Open, _))) => "plimsoll.finding.updated",
    }
}

const fn happened_at(message: &Message) -> Option<Timestamp> {
    match message {
        Message::Alert(alert) => Some(alert.last_seen),
        Message::RollUp(_) => None,
        Message::Digest(digest) => Some(digest.scheduled_for),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        limits,
        samples::{self, HOSTILE, at, poisoned},
    };

    #[test]
    fn as_receivers_get_them() {
        let now = at("2026-11-09T09:00:00Z");
        insta::assert_json_snapshot!("webhook_alert", body(&Message::Alert(samples::image()), now));
        insta::assert_json_snapshot!("webhook_roll_up", body(&Message::RollUp(samples::roll_up(2)), now));
    }

    #[test]
    fn the_type_follows_what_the_receiver_knows() {
        let now = at("2026-11-09T09:00:00Z");
        let reopened = Alert { previous: Some((Status::Resolved, samples::image().severity)), ..samples::image() };
        for (message, expected) in [
            (Message::Alert(samples::image()), "plimsoll.finding.opened"),
            (Message::Alert(reopened), "plimsoll.finding.opened"),
            (Message::Alert(samples::worse()), "plimsoll.finding.updated"),
            (Message::Alert(samples::resolved()), "plimsoll.finding.resolved"),
            (Message::RollUp(samples::roll_up(3)), "plimsoll.findings.rolled_up"),
            (Message::Digest(samples::digest()), "plimsoll.digest.published"),
        ] {
            let body = body(&message, now);
            assert_eq!(body["type"], expected);
            assert!(body["data"]["kind"].is_string() && body["data"]["schema_version"].is_null());
        }
    }

    #[test]
    fn ids_are_stable_and_fit_into_a_header() {
        assert_eq!(id(&Message::Alert(samples::image())), "alert_d-1");
        assert_eq!(id(&Message::RollUp(samples::roll_up(2))), "rollup_5e1f00d1");
        let now = at("2026-11-09T09:00:00Z");
        for text in HOSTILE {
            for mut message in samples::all() {
                if let Message::Alert(alert) = &mut message {
                    alert.deduplication_id = text.to_owned();
                }
                let message = poisoned(&message, text);
                let id = id(&message);
                assert!((6..=MAX_ID).contains(&id.len()), "{id}");
                assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')), "{id}");
                assert!(body(&message, now).to_string().len() <= limits::SNS_BYTES + 200);
            }
        }
    }
}
