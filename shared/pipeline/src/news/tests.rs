use super::*;
use plimsoll_finding::{Event, Money, MoneyKind, Resource};
use serde_json::json;

use crate::ingest::{Merged, merge};

fn at(seconds: i64) -> Timestamp {
    "2026-11-02T09:15:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn finding(second: i64, parts: Vec<Part>) -> Finding {
    let event = json!({"id": second.to_string(), "detail-type": "X", "detail": {}, "time": at(second).to_string()});
    let event = Event::from_envelope(&event, at(second)).unwrap();
    Finding { parts, ..Finding::new("s", "c", Resource::new("r", "k", "n"), &event) }
}

fn cve(id: &str, severity: Severity) -> Part {
    Part::new(id, "c", Status::Open, severity, id)
}

/// Merges each, received at its own second.
fn merged(known: Option<&Record>, second: i64, parts: Vec<Part>) -> Record {
    match merge(known, &finding(second, parts), at(second)) {
        Merged::Applied(record) => *record,
        other => panic!("{other:?}"),
    }
}

fn summary(record: &Record, known_up_to: u64) -> Option<String> {
    news_since(record, known_up_to).summary()
}

#[test]
fn a_new_part_is_news_from_high_on_and_is_counted_once() {
    let first = merged(None, 0, vec![cve("CVE-1", Severity::Critical)]);
    assert_eq!((first.news, due_at(&first, first.news)), (1, None), "the first message tells it");
    for (severity, expected) in [
        (Severity::Medium, None),
        (Severity::High, Some("New high: CVE-2")),
        (Severity::Critical, Some("New critical: CVE-2")),
    ] {
        let next = merged(Some(&first), 60, vec![cve("CVE-2", severity)]);
        assert_eq!(summary(&next, first.news).as_deref(), expected);
        assert_eq!(due_at(&next, first.news), expected.map(|_| at(60) + SETTLE));
        assert_eq!(summary(&next, next.news), None, "a channel that was told knows it");
        let again = merged(Some(&next), 120, vec![cve("CVE-2", severity)]);
        assert_eq!(again.news, next.news, "the same again is no news");
    }
}

#[test]
fn what_closed_before_it_settled_is_not_news() {
    let first = merged(None, 0, vec![cve("CVE-1", Severity::Critical)]);
    let next = merged(Some(&first), 60, vec![cve("CVE-2", Severity::Critical)]);
    let closed = Part::new("CVE-2", "c", Status::Resolved, Severity::Critical, "CVE-2");
    let over = merged(Some(&next), 70, vec![closed]);
    assert_eq!((summary(&over, first.news), due_at(&over, first.news)), (None, None));
}

#[test]
fn an_exploit_or_a_fix_that_becomes_known_is_news_once() {
    let said = |exploit, fix| vec![cve("CVE-1", Severity::High).exploit_and_fix(exploit, fix)];
    for (before, after, expected) in [
        ((Some(false), Some(false)), (Some(true), Some(false)), Some("Exploit known: CVE-1")),
        ((None, None), (Some(true), None), Some("Exploit known: CVE-1")),
        ((Some(false), Some(false)), (Some(false), Some(true)), Some("Fix available: CVE-1")),
        ((Some(false), Some(false)), (Some(true), Some(true)), Some("Exploit and fix known: CVE-1")),
        ((None, None), (None, Some(true)), None),
        ((Some(true), Some(true)), (Some(true), Some(true)), None),
        ((Some(true), Some(true)), (None, None), None),
    ] {
        let first = merged(None, 0, said(before.0, before.1));
        let next = merged(Some(&first), 60, said(after.0, after.1));
        assert_eq!(summary(&next, first.news).as_deref(), expected, "{before:?} {after:?}");
        let forgotten = merged(Some(&next), 120, said(Some(false), Some(false)));
        let again = merged(Some(&forgotten), 180, said(Some(true), Some(true)));
        if expected == Some("Exploit and fix known: CVE-1") {
            assert_eq!(summary(&again, next.news), None, "told once");
        }
    }
}

#[test]
fn an_exploit_of_a_part_that_is_new_itself_is_not_named_twice() {
    let first = merged(None, 0, vec![cve("CVE-1", Severity::Critical)]);
    let new = merged(Some(&first), 60, vec![cve("CVE-2", Severity::High)]);
    let exploited = cve("CVE-2", Severity::High).exploit_and_fix(Some(true), None);
    let next = merged(Some(&new), 120, vec![exploited]);
    assert_eq!(summary(&next, first.news).as_deref(), Some("New high: CVE-2"));
    assert_eq!(
        summary(&next, new.news).as_deref(),
        Some("Exploit known: CVE-2"),
        "who knew the part hears of the exploit"
    );
}

#[test]
fn a_part_that_rises_is_worse_and_not_new() {
    let first = merged(None, 0, vec![cve("CVE-1", Severity::Critical), cve("CVE-2", Severity::Medium)]);
    let next = merged(Some(&first), 60, vec![cve("CVE-2", Severity::Critical)]);
    assert_eq!(summary(&next, first.news).as_deref(), Some("Worse: CVE-2"));
}

#[test]
fn an_exploited_part_leads_whatever_its_severity() {
    let exploited = cve("CVE-9", Severity::High).exploit_and_fix(Some(true), None);
    let record = merged(None, 0, vec![cve("CVE-1", Severity::Critical), exploited, cve("CVE-2", Severity::High)]);
    let order: Vec<&str> = record.open_parts().iter().map(|part| part.id.as_str()).collect();
    assert_eq!(order, ["CVE-9", "CVE-1", "CVE-2"]);
    assert_eq!(record.severity(), Severity::Critical);
}

#[test]
fn a_higher_amount_is_news_on_another_day_only() {
    let cost = |hours: i64, amount: &str, known: Option<&Record>| {
        let money = Money::new(MoneyKind::Anomaly, "USD", amount.parse().unwrap(), None, None);
        let finding = Finding { money: Some(money), ..finding(hours * 3_600, Vec::new()) };
        match merge(known, &finding, at(hours * 3_600)) {
            Merged::Applied(record) => *record,
            other => panic!("{other:?}"),
        }
    };
    let first = cost(0, "1200", None);
    assert_eq!(summary(&cost(2, "1500", Some(&first)), first.news), None, "the same day");
    assert_eq!(summary(&cost(24, "1100", Some(&first)), first.news), None, "less");
    let next = cost(24, "1500", Some(&first));
    assert_eq!(summary(&next, first.news).as_deref(), Some("Now USD 1,500.00, was USD 1,200.00"));
    assert_eq!(summary(&next, next.news), None);
}

/// What a build without stamps has stored: its parts are known, whatever a channel was told.
#[test]
fn a_record_of_an_older_build_tells_nothing_again() {
    let record = merged(None, 0, vec![cve("CVE-1", Severity::Critical), cve("CVE-2", Severity::High)]);
    let mut stored = serde_json::to_value(&record).unwrap();
    let object = stored.as_object_mut().unwrap();
    object.remove("news");
    for (_, part) in object["parts"].as_object_mut().unwrap() {
        part.as_object_mut().unwrap().remove("news").expect("a stamp is stored");
    }
    let old: Record = serde_json::from_value(stored).unwrap();
    assert_eq!((summary(&old, 0), due_at(&old, 0)), (None, None));
    let next = merged(Some(&old), 60, vec![cve("CVE-3", Severity::High)]);
    assert_eq!(summary(&next, 0).as_deref(), Some("New high: CVE-3"), "only what is really new");
}
