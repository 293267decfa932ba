//! The EventBridge envelope. <https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html>

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{Detail, key::hex, parse_time_value};

/// One event, out of all its wrappings.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The event's own id; a hash of its content when it has none.
    pub id: String,
    /// For example `aws.ecr`.
    pub source: String,
    /// For example `ECR Image Scan`.
    pub detail_type: String,
    /// The account in the envelope, as sent; empty when absent. A delegated administrator's account may stand here.
    pub account: String,
    /// The region in the envelope, as sent; empty when absent.
    pub region: String,
    /// The time in the envelope. EventBridge gives whole seconds.
    pub time: Option<Timestamp>,
    /// The ARNs in the envelope; many services send none.
    pub resources: Vec<String>,
    /// What the service said.
    pub detail: Value,
    /// When this process received it.
    pub received_at: Timestamp,
}

impl Event {
    /// Reads an envelope: an object with `detail-type` and `detail`. Everything else may be missing. `None` if it is
    /// no envelope.
    #[must_use]
    pub fn from_envelope(value: &Value, received_at: Timestamp) -> Option<Self> {
        let object = value.as_object()?;
        let detail_type = object.get("detail-type")?.as_str()?.trim();
        let detail = object.get("detail")?;
        if detail_type.is_empty() {
            return None;
        }
        let envelope = Detail(value);
        Some(Self {
            id: envelope.raw("id").unwrap_or_else(|| content_id(value)),
            source: envelope.raw("source").unwrap_or_default(),
            detail_type: detail_type.to_owned(),
            account: envelope.raw("account").unwrap_or_default(),
            region: envelope.raw("region").unwrap_or_default(),
            time: envelope.get("time").and_then(parse_time_value),
            resources: envelope
                .list("resources")
                .into_iter()
                .filter_map(|r| r.0.as_str().map(ToOwned::to_owned))
                .collect(),
            detail: detail.clone(),
            received_at,
        })
    }

    /// An event whose envelope got lost: only the `detail` of the given kind is left.
    #[must_use]
    pub fn from_bare_detail(source: &str, detail_type: &str, detail: &Value, received_at: Timestamp) -> Self {
        Self {
            id: content_id(detail),
            source: source.to_owned(),
            detail_type: detail_type.to_owned(),
            account: String::new(),
            region: String::new(),
            time: None,
            resources: Vec::new(),
            detail: detail.clone(),
            received_at,
        }
    }

    /// The lenient view of [`Event::detail`].
    #[must_use]
    pub fn detail(&self) -> Detail<'_> {
        Detail(&self.detail)
    }

    /// The later of a date within `detail` and the envelope's time; `None` if there is neither.
    ///
    /// Services send an update, for example the close of a finding, while the dates within stand still. The envelope is
    /// then the only thing that says when the service spoke.
    #[must_use]
    pub fn latest(&self, own: Option<Timestamp>) -> Option<Timestamp> {
        own.max(self.time)
    }

    /// The envelope's time, else the time of receipt.
    #[must_use]
    pub fn time_or_received(&self) -> Timestamp {
        self.time.unwrap_or(self.received_at)
    }
}

/// The same content has the same id, so that a repeated delivery without an id is still a duplicate.
fn content_id(value: &Value) -> String {
    let hash = Sha256::digest(value.to_string().as_bytes());
    format!("content-{}", hex(hash.get(..8).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn now() -> Timestamp {
        "2026-11-02T09:15:00Z".parse().unwrap()
    }

    #[test]
    fn only_the_kind_and_the_detail_are_needed() {
        let event = Event::from_envelope(&json!({"detail-type": "X", "detail": {}, "resources": null}), now()).unwrap();
        assert_eq!((event.source.as_str(), event.account.as_str(), event.time), ("", "", None));
        assert_eq!(event.time_or_received(), now());
        assert!(event.id.starts_with("content-"));
    }

    #[test]
    fn odd_envelope_values_are_read() {
        let event = Event::from_envelope(
            &json!({"id": 7, "source": "aws.ecr", "detail-type": "X", "detail": {}, "account": 111_122_223_333_u64,
                    "time": "2026-11-02T09:15:00+0000", "resources": ["a", 1]}),
            now(),
        )
        .unwrap();
        assert_eq!(event.account, "111122223333");
        assert_eq!(event.time, Some(now()));
        assert_eq!(event.resources, ["a"]);
    }

    #[test]
    fn a_date_that_stands_still_gives_way_to_the_envelope() {
        let at = |time: serde_json::Value| {
            Event::from_envelope(&json!({"detail-type": "X", "detail": {}, "time": time}), now()).unwrap()
        };
        let (older, newer) = ("2026-11-01T00:00:00Z".parse().unwrap(), "2026-11-03T00:00:00Z".parse().unwrap());
        let event = at(json!("2026-11-02T09:15:00Z"));
        assert_eq!(event.latest(Some(older)), Some(now()));
        assert_eq!(event.latest(Some(newer)), Some(newer));
        assert_eq!(event.latest(None), Some(now()));
        assert_eq!(at(json!(null)).latest(Some(older)), Some(older));
        assert_eq!(at(json!(null)).latest(None), None);
    }

    #[test]
    fn no_envelope_is_none() {
        for value in [json!(null), json!([]), json!({"detail": {}}), json!({"detail-type": "", "detail": {}})] {
            assert_eq!(Event::from_envelope(&value, now()), None);
        }
    }
}
