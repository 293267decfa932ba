//! Statements that end by themselves: a budget alert ends with the period of its budget, and no event says so.

use jiff::Timestamp;
use plimsoll_finding::{Finding, Status};

use crate::{Policy, Record, Store, StoreError, ingest::ingest, state::open_findings};

/// The event id of an end; it sorts before every id of EventBridge.
const END_ID: &str = "(end)";

/// Resolves every open finding whose end has come; how many. What was never open and has had its time is forgotten. Run again it changes nothing.
///
/// # Errors
/// The store could not answer. Trying again is safe.
pub async fn end_on_time(store: &dyn Store, policy: &Policy, now: Timestamp) -> Result<usize, StoreError> {
    store.expire(now).await?;
    let mut ended = 0_usize;
    let mut over = Vec::new();
    open_findings(store, None, |record| over.extend(ended_finding(&record, now))).await?;
    for finding in over {
        ingest(store, &finding, policy, now).await?;
        ended = ended.saturating_add(1);
    }
    Ok(ended)
}

/// The statement that ends an open finding; `None` if it does not end by itself, or not yet.
fn ended_finding(record: &Record, now: Timestamp) -> Option<Finding> {
    let end = record.finding.ends_at.filter(|end| *end <= now && record.status() == Status::Open)?;
    let mut finding = record.finding.clone();
    finding.status = Status::Resolved;
    finding.observed_at = end.max(record.last_seen);
    END_ID.clone_into(&mut finding.event_id);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Merged, merge};
    use plimsoll_finding::{Event, Resource};
    use serde_json::json;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn record(ends_at: Option<&str>) -> Record {
        let now = at("2026-05-04T08:00:00Z");
        let event = Event::from_envelope(
            &json!({"id": "e", "detail-type": "X", "detail": {}, "time": "2026-05-04T07:59:00Z"}),
            now,
        );
        let finding = Finding::new("s", "c", Resource::new("r", "k", "n"), &event.unwrap()).ends_at(ends_at.map(at));
        match merge(None, &finding, now) {
            Merged::Applied(record) => *record,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_open_finding_ends_at_its_end_and_not_before() {
        let open = record(Some("2026-06-01T00:00:00Z"));
        assert_eq!(ended_finding(&open, at("2026-05-31T23:59:59Z")), None);
        let now = at("2026-06-01T00:00:00Z");
        let ended = ended_finding(&open, now).unwrap();
        let Merged::Applied(resolved) = merge(Some(&open), &ended, now) else { panic!("must be applied") };
        assert_eq!((resolved.status(), resolved.key.clone()), (Status::Resolved, open.key.clone()));
        assert_eq!(ended_finding(&resolved, at("2026-07-01T00:00:00Z")), None, "once");
        assert_eq!(ended_finding(&record(None), at("2027-01-01T00:00:00Z")), None);
    }
}
