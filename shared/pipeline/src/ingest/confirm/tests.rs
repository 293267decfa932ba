use jiff::SignedDuration;
use plimsoll_finding::{Event, Resource};
use serde_json::json;

use super::*;
use crate::{
    ingest::merge::merge,
    record::{Cursor, Delivered},
};
use plimsoll_message::ChannelId;

fn now() -> Timestamp {
    "2026-11-02T09:15:00Z".parse().unwrap()
}

fn finding(minute: i64, status: Status, severity: Severity) -> Finding {
    let time = now() + SignedDuration::from_mins(minute);
    let event = json!({"id": minute.to_string(), "detail-type": "X", "detail": {}, "time": time.to_string()});
    let event = Event::from_envelope(&event, now()).unwrap();
    Finding::new("s", "c", Resource::new("r", "k", "n"), &event).severity(severity, None).status(status)
}

fn part(id: &str, status: Status, severity: Severity) -> Part {
    Part::new(id, "c", status, severity, id)
}

fn record(findings: &[Finding]) -> Record {
    let mut known = None;
    for finding in findings {
        if let Merged::Applied(record) = merge(known.as_ref(), finding, now()) {
            known = Some(*record);
        }
    }
    known.unwrap()
}

fn unconfirmed(known: &Record, finding: &Finding) -> Vec<String> {
    let merged = merge(Some(known), finding, now());
    unconfirmed_parts(Some(known), finding, &merged).into_iter().map(|part| part.id).collect()
}

#[test]
fn the_close_of_what_is_high_is_in_doubt_and_nothing_else() {
    for (severity, expected) in
        [(Severity::Low, 0), (Severity::Medium, 0), (Severity::High, 1), (Severity::Critical, 1)]
    {
        let known = record(&[finding(1, Status::Open, severity)]);
        for claimed in [Severity::Informational, severity] {
            assert_eq!(unconfirmed(&known, &finding(2, Status::Resolved, claimed)).len(), expected, "{severity:?}");
        }
        assert_eq!(unconfirmed(&known, &finding(2, Status::Open, severity)).len(), 0, "still open");
        assert_eq!(unconfirmed(&known, &finding(0, Status::Resolved, severity)).len(), 0, "stale");
        let closed = record(&[finding(1, Status::Open, severity), finding(2, Status::Resolved, severity)]);
        assert_eq!(unconfirmed(&closed, &finding(3, Status::Resolved, severity)).len(), 0, "it is closed");
    }
    let first = finding(1, Status::Resolved, Severity::High);
    assert_eq!(unconfirmed_parts(None, &first, &merge(None, &first, now())), []);
}

#[test]
fn first_playing_it_down_is_no_way_around() {
    let mut known = record(&[finding(1, Status::Open, Severity::Critical), finding(2, Status::Open, Severity::Low)]);
    assert_eq!(known.severity(), Severity::Low);
    let close = finding(3, Status::Resolved, Severity::Low);
    assert_eq!(unconfirmed(&known, &close).len(), 0, "no channel was told that it is high");
    let delivered = Delivered {
        version: known.version.clone(),
        status: Status::Open,
        severity: Severity::Critical,
        flapping: false,
        news: 0,
        answer: 0,
        at: now(),
    };
    known.cursors.insert(ChannelId::new("a"), Cursor { delivered: Some(delivered), ..Cursor::default() });
    assert_eq!(unconfirmed(&known, &close).len(), 1);
    let waiting = Cursor { peak: Some(Severity::High), ..Cursor::default() };
    known.cursors.insert(ChannelId::new("a"), waiting);
    assert_eq!(unconfirmed(&known, &close).len(), 1, "the channel is due to hear that it is high");
}

#[test]
fn each_high_part_counts_by_itself() {
    let image = |minute: i64, parts: Vec<Part>| {
        let mut image = finding(minute, Status::Open, Severity::Low);
        image.parts = parts;
        image
    };
    let known =
        record(&[image(1, vec![part("A", Status::Open, Severity::Critical), part("B", Status::Open, Severity::Low)])]);
    let close = |id: &str, severity| image(2, vec![part(id, Status::Resolved, severity)]);
    assert_eq!(unconfirmed(&known, &close("A", Severity::Low)), ["A"], "whatever the event says of its severity");
    assert_eq!(unconfirmed(&known, &close("B", Severity::Low)).len(), 0);
    // Never seen open: enough of these would silence a summary.
    assert_eq!(unconfirmed(&known, &close("C", Severity::High)), ["C"]);
    assert_eq!(unconfirmed(&known, &close("C", Severity::Low)).len(), 0);
    let all = image(2, vec![part("A", Status::Resolved, Severity::Low), part("B", Status::Resolved, Severity::Low)]);
    assert_eq!(unconfirmed(&known, &all), ["A", "B"], "what closes the finding is confirmed whole");
}

#[test]
fn the_newest_statement_of_the_api_decides() {
    let asked = [part("", Status::Resolved, Severity::High)];
    let open = finding(1, Status::Open, Severity::High);
    let closed = finding(2, Status::Resolved, Severity::High);
    assert_eq!(confirmation(&asked, &[closed.clone(), open.clone()]), Confirmation::Closed);
    assert!(matches!(confirmation(&asked, &[open]), Confirmation::StillOpen(_)));
    assert!(matches!(confirmation(&asked, &[]), Confirmation::Unknown(_)));
    let other = [part("A", Status::Resolved, Severity::High)];
    assert_eq!(confirmation(&other, &[closed]), Confirmation::Unknown("it says nothing about A".to_owned()));
    assert_eq!(confirmation(&[], &[]), Confirmation::Closed);
}
