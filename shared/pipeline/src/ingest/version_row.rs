//! What is kept of a finding that was never open: that it was good, as of when, for fifteen days.
//!
//! Most statements of AWS are that all is well. Nobody asks for their words later: what they prove is kept apart
//! ([`crate::proofs`]). Their version is kept, so that an older statement that is late still loses, for longer than any queue
//! holds a message: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>: 14 days.

use jiff::{SignedDuration, Timestamp};

use crate::record::Record;

/// How long the version of a finding that was never open is kept.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(15 * 24);

/// The record as it is stored: whole, or without words and with an end if it was never open.
pub(crate) fn to_store(record: &Record, now: Timestamp) -> Record {
    let mut row = Record { expires_at: None, ..record.clone() };
    if row.was_ever_open() {
        return row;
    }
    row.expires_at = now.checked_add(KEPT_FOR).ok();
    let finding = &mut row.finding;
    finding.facts.clear();
    finding.tags.clear();
    finding.threat_names.clear();
    finding.remediation = None;
    finding.runbook = None;
    finding.console_url = None;
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_finding::{Event, Finding, Resource, Severity, Status};
    use serde_json::json;

    use crate::ingest::merge::{Merged, merge};

    fn at(minute: i64) -> Timestamp {
        "2026-11-02T09:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minute)
    }

    fn finding(minute: i64, status: Status) -> Finding {
        let envelope =
            json!({"id": minute.to_string(), "detail-type": "X", "detail": {}, "time": at(minute).to_string()});
        let event = Event::from_envelope(&envelope, at(minute)).unwrap();
        let finding = Finding::new("s", "c", Resource::new("r", "k", "n"), &event).severity(Severity::High, None);
        let finding = finding.status(status).title("a title").remediation("do it");
        (0..10).fold(finding, |finding, fact| finding.fact(&format!("fact {fact}"), Some("x".repeat(400))))
    }

    fn merged(known: Option<&Record>, finding: &Finding) -> Record {
        match merge(known, finding, at(60)) {
            Merged::Applied(record) => *record,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_was_never_open_is_a_small_row_with_an_end() {
        let whole = merged(None, &finding(5, Status::Resolved));
        let row = to_store(&whole, at(60));
        assert_eq!(row.expires_at, Some(at(60) + KEPT_FOR));
        assert_eq!((row.finding.title.as_str(), &row.parts, &row.version), ("a title", &whole.parts, &whole.version));
        let size = |record: &Record| serde_json::to_string(record).unwrap().len();
        assert!(size(&row) < 1_500 && size(&whole) > 5_000, "{} {}", size(&row), size(&whole));
        assert_eq!(merge(Some(&row), &finding(4, Status::Open), at(60)), Merged::Stale, "an older one still loses");
    }

    #[test]
    fn what_was_open_is_kept_whole_for_ever() {
        let clean = to_store(&merged(None, &finding(5, Status::Resolved)), at(60));
        let open = to_store(&merged(Some(&clean), &finding(6, Status::Open)), at(60));
        assert_eq!((open.expires_at, open.finding.facts.len()), (None, 10));
        let over = to_store(&merged(Some(&open), &finding(7, Status::Resolved)), at(60));
        assert_eq!((over.expires_at, over.finding.facts.len()), (None, 10));
    }
}
