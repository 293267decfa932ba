//! Merging a statement into what is known: a join, so that order and repetition of events never matter.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{Finding, Part, Severity, Status};

use crate::{
    news::{amount_news, part_news},
    record::{Description, PartState, Record, Stamp, Version},
};

/// How far ahead of our clock a provider's time may be. Beyond, it is cut to this, so that a future-dated event
/// cannot freeze a finding.
pub const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// Most parts that a record keeps: a thousand of Inspector's were measured at 470 KB, and a `DynamoDB` item holds 400 KB.
const MAX_PARTS: usize = 700;
/// Status changes that are remembered.
const MAX_TRANSITIONS: usize = 8;

/// What a statement changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    /// It says something new: this is the record now (same revision; saving it raises that).
    Applied(Box<Record>),
    /// It was known already.
    Duplicate,
    /// Something newer is known.
    Stale,
}

/// Merges a finding into the record of the same key. Pure; `now` is the time of receipt.
#[must_use]
pub fn merge(known: Option<&Record>, finding: &Finding, now: Timestamp) -> Merged {
    let version = version_of(finding, now);
    let statements = finding.statements();
    let Some(known) = known else {
        return Merged::Applied(Box::new(first(finding, version, statements, now)));
    };

    // A statement from the future is cut to the time of receipt, so each repetition of it would look newer: it is known
    // by its event instead.
    let is_cut = finding.observed_at > version.observed_at;
    let is_repeated = |old: &Version, new: &Version| {
        is_cut && (&old.event_id, old.status, old.severity) == (&new.event_id, new.status, new.severity)
    };

    let mut record = known.clone();
    let mut any_older = false;
    let mut any_newer = false;
    let stamp = Stamp::new(known.news.saturating_add(1), now);
    for part in statements {
        let old = record.parts.get(&part.id);
        let news = part_news(old, &part, stamp);
        let incoming = PartState { version: part_version(&version, &part), part, news };
        match old.map(|old| &old.version) {
            Some(old) if incoming.version < *old => any_older = true,
            Some(old) if incoming.version == *old || is_repeated(old, &incoming.version) => {}
            Some(_) | None => {
                any_newer = true;
                record.parts.insert(incoming.part.id.clone(), incoming);
            }
        }
    }
    if !any_newer {
        return if any_older { Merged::Stale } else { Merged::Duplicate };
    }

    let status_before = record.finding.status;
    record.first_seen = first_sight(known, finding, first_seen(finding, &version));
    record.last_seen = record.last_seen.max(version.observed_at);
    describe(&mut record, Description { version, finding: Finding { parts: Vec::new(), ..finding.clone() } });
    forget_parts(&mut record.parts);
    derive(&mut record);
    if let Some(amount) = amount_news(known, &record, stamp) {
        record.amount = Some(amount);
    }
    record.news = newest_stamp(&record).max(known.news);
    // Each event describes one part: of all that was said, the latest sight counts.
    record.finding.last_seen = known.finding.last_seen.max(finding.last_seen);
    if record.finding.status != status_before {
        record.transitions.push(now);
        let surplus = record.transitions.len().saturating_sub(MAX_TRANSITIONS);
        record.transitions.drain(..surplus);
    }
    Merged::Applied(Box::new(record))
}

fn first(finding: &Finding, version: Version, statements: Vec<Part>, now: Timestamp) -> Record {
    let parts = statements
        .into_iter()
        .map(|part| {
            let news = part_news(None, &part, Stamp::new(1, now));
            (part.id.clone(), PartState { version: part_version(&version, &part), part, news })
        })
        .collect();
    let mut record = Record {
        key: finding.key(),
        revision: 0,
        finding: finding.clone(),
        first_seen: first_seen(finding, &version),
        last_seen: version.observed_at,
        version,
        other: None,
        parts,
        transitions: Vec::new(),
        news: 0,
        amount: None,
        answer: None,
        expires_at: None,
        cursors: BTreeMap::new(),
    };
    forget_parts(&mut record.parts);
    record.news = newest_stamp(&record);
    derive(&mut record);
    if record.finding.status == Status::Open {
        record.transitions.push(now);
    }
    record
}

/// The newest change that brought something new.
fn newest_stamp(record: &Record) -> u64 {
    let parts = record.parts.values().flat_map(|state| {
        let news = state.news;
        [news.new, news.worse, news.exploit, news.fix].into_iter().flatten()
    });
    parts.chain(record.amount.as_ref().map(|amount| amount.stamp)).map(|stamp| stamp.number).max().unwrap_or(0)
}

/// When the problem was first seen, now that the finding says `seen`. A good statement saw no problem: a rule that complied
/// in May and fails in June was first seen to fail in June.
fn first_sight(known: &Record, finding: &Finding, seen: Timestamp) -> Timestamp {
    let was_never_open = known.transitions.is_empty();
    match finding.status {
        Status::Open if was_never_open => seen,
        Status::Resolved if finding.first_seen.is_none() => known.first_seen,
        Status::Open | Status::Resolved => known.first_seen.min(seen),
    }
}

/// When the source first saw the problem, which may be long before it said so.
fn first_seen(finding: &Finding, version: &Version) -> Timestamp {
    finding.first_seen.map_or(version.observed_at, |seen| seen.min(version.observed_at))
}

fn version_of(finding: &Finding, now: Timestamp) -> Version {
    let latest = now.checked_add(CLOCK_TOLERANCE).unwrap_or(now);
    Version {
        observed_at: finding.observed_at.min(latest),
        status: finding.status,
        severity: finding.severity,
        event_id: finding.event_id.clone(),
    }
}

fn part_version(version: &Version, part: &Part) -> Version {
    Version { status: part.status, severity: part.severity, ..version.clone() }
}

/// Keeps the newest description of each status. Status, severity and parts are a join; the words are those of the
/// events that were applied, so that an event which was stale on arrival leaves none.
fn describe(record: &mut Record, new: Description) {
    let current = Description { version: record.version.clone(), finding: record.finding.clone() };
    for described in [current, new] {
        let same = described.version.status == record.version.status;
        if same && described.version > record.version {
            record.version = described.version;
            record.finding = described.finding;
        } else if !same && record.other.as_ref().is_none_or(|other| described.version > other.version) {
            record.other = Some(Box::new(described));
        }
    }
}

/// Status and severity follow from the parts: open while any speaking part is open, as bad as the worst open one;
/// when resolved, as bad as the worst part was.
fn derive(record: &mut Record) {
    let open = record.open_parts().into_iter().map(|p| p.severity).max();
    let (status, severity) = match open {
        Some(worst) => (Status::Open, worst),
        None => {
            (Status::Resolved, record.parts.values().map(|s| s.part.severity).max().unwrap_or(Severity::Informational))
        }
    };
    if record.version.status != status
        && let Some(other) = record.other.take()
    {
        let Description { version, finding } = *other;
        let version = std::mem::replace(&mut record.version, version);
        let finding = std::mem::replace(&mut record.finding, finding);
        record.other = Some(Box::new(Description { version, finding }));
    }
    record.finding.status = status;
    record.finding.severity = severity;
    record.finding.parts.clear();
}

/// Keeps a record within an item's size: the longest-resolved parts go first, then the mildest.
fn forget_parts(parts: &mut BTreeMap<String, PartState>) {
    if parts.len() <= MAX_PARTS {
        return;
    }
    let mut order: Vec<(Status, Severity, Timestamp, String)> =
        parts.iter().map(|(id, s)| (s.part.status, s.part.severity, s.version.observed_at, id.clone())).collect();
    order.sort_by(|a, b| match (a.0, b.0) {
        (Status::Resolved, Status::Resolved) => a.2.cmp(&b.2).then_with(|| a.3.cmp(&b.3)),
        _ => a.cmp(b),
    });
    let surplus = parts.len().saturating_sub(MAX_PARTS);
    for (_, _, _, id) in order.into_iter().take(surplus) {
        parts.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_finding::{Event, Resource};
    use serde_json::json;

    fn now() -> Timestamp {
        "2026-11-02T09:15:00Z".parse().unwrap()
    }

    fn finding(minute: i64, id: &str, status: Status, severity: Severity) -> Finding {
        let time = now() + SignedDuration::from_mins(minute - 60);
        let event =
            Event::from_envelope(&json!({"id": id, "detail-type": "X", "detail": {}, "time": time.to_string()}), now())
                .unwrap();
        Finding::new("s", "c", Resource::new("r", "k", "n"), &event).severity(severity, None).status(status).title(id)
    }

    fn run(findings: &[&Finding]) -> Record {
        let mut known: Option<Record> = None;
        for finding in findings {
            if let Merged::Applied(record) = merge(known.as_ref(), finding, now()) {
                known = Some(*record);
            }
        }
        known.unwrap()
    }

    #[test]
    fn the_newest_wins_whatever_the_order() {
        let open = finding(1, "a", Status::Open, Severity::High);
        let closed = finding(2, "b", Status::Resolved, Severity::High);
        assert_eq!(run(&[&open, &closed]).status(), Status::Resolved);
        assert_eq!(run(&[&closed, &open]).status(), Status::Resolved);
        assert_eq!(run(&[&closed, &open]).finding.title, "b");
        assert_eq!(merge(Some(&run(&[&open, &closed])), &open, now()), Merged::Stale);
        assert_eq!(merge(Some(&run(&[&open, &closed])), &closed, now()), Merged::Duplicate);
    }

    #[test]
    fn on_a_tie_open_beats_resolved_and_worse_beats_milder() {
        let closed = finding(1, "z", Status::Resolved, Severity::Critical);
        let low = finding(1, "y", Status::Open, Severity::Low);
        let high = finding(1, "x", Status::Open, Severity::High);
        for order in [[&closed, &low, &high], [&high, &low, &closed], [&low, &closed, &high]] {
            let record = run(&order);
            assert_eq!((record.status(), record.severity()), (Status::Open, Severity::High));
        }
    }

    #[test]
    fn a_future_event_cannot_freeze_the_state() {
        let mut future = finding(0, "f", Status::Resolved, Severity::Low);
        future.observed_at = "2999-01-01T00:00:00Z".parse().unwrap();
        let record = run(&[&future]);
        assert_eq!(record.version.observed_at, now() + CLOCK_TOLERANCE);
        let later = now() + SignedDuration::from_mins(6);
        let mut open = finding(0, "o", Status::Open, Severity::High);
        open.observed_at = later;
        let Merged::Applied(record) = merge(Some(&record), &open, later) else { panic!("must be applied") };
        assert_eq!(record.status(), Status::Open);
    }

    #[test]
    fn a_future_date_repeated_is_a_duplicate() {
        let mut future = finding(0, "f", Status::Resolved, Severity::Low);
        future.observed_at = "2999-01-01T00:00:00Z".parse().unwrap();
        let record = run(&[&future]);
        let later = now() + SignedDuration::from_mins(1);
        assert_eq!(merge(Some(&record), &future, later), Merged::Duplicate);
        let other = Finding { event_id: "g".into(), ..future };
        assert!(matches!(merge(Some(&record), &other, later), Merged::Applied(_)));
    }

    fn image(minute: i64, id: &str, parts: Vec<Part>) -> Finding {
        let mut finding = finding(minute, id, Status::Open, Severity::Low);
        finding.parts = parts;
        finding
    }

    fn cve(id: &str, status: Status, severity: Severity) -> Part {
        Part::new(id, "vulnerabilities", status, severity, id)
    }

    #[test]
    fn the_close_of_one_cve_does_not_close_the_image() {
        let one = image(1, "1", vec![cve("A", Status::Open, Severity::Critical)]);
        let two = image(2, "2", vec![cve("B", Status::Open, Severity::High)]);
        let three = image(3, "3", vec![cve("A", Status::Resolved, Severity::Critical)]);
        for order in [[&one, &two, &three], [&three, &two, &one], [&three, &one, &two]] {
            let record = run(&order);
            assert_eq!((record.status(), record.severity()), (Status::Open, Severity::High));
            assert_eq!(record.open_parts().len(), 1);
        }
    }

    #[test]
    fn the_words_are_those_of_what_is_still_open() {
        let fails = image(1, "fails", vec![cve("A", Status::Open, Severity::High)]);
        let mut complies = image(2, "complies", vec![cve("B", Status::Resolved, Severity::High)]);
        complies.status = Status::Resolved;
        for order in [[&fails, &complies], [&complies, &fails]] {
            let record = run(&order);
            assert_eq!((record.status(), record.finding.title.as_str()), (Status::Open, "fails"));
        }
        let mut over = image(3, "over", vec![cve("A", Status::Resolved, Severity::High)]);
        over.status = Status::Resolved;
        for order in [[&fails, &complies, &over], [&over, &complies, &fails], [&complies, &over, &fails]] {
            let record = run(&order);
            assert_eq!((record.status(), record.finding.title.as_str()), (Status::Resolved, "over"));
        }
    }

    #[test]
    fn a_summary_speaks_while_fewer_parts_are_known_than_it_counted() {
        let summary =
            Part::new("summary", "vulnerabilities", Status::Open, Severity::Critical, "2 critical").summary_of(2);
        let scan = image(1, "1", vec![summary]);
        let first = image(2, "2", vec![cve("A", Status::Resolved, Severity::Critical)]);
        let second = image(3, "3", vec![cve("B", Status::Resolved, Severity::High)]);
        assert_eq!(run(&[&scan]).status(), Status::Open);
        assert_eq!(run(&[&scan, &first]).status(), Status::Open);
        assert_eq!(run(&[&scan, &first, &second]).status(), Status::Resolved);
        assert_eq!(run(&[&second, &first, &scan]).status(), Status::Resolved);
    }

    #[test]
    fn seen_first_and_last_by_the_source_whatever_the_order() {
        let at = |hour: i64| Some(now() - SignedDuration::from_hours(hour));
        let one = finding(1, "a", Status::Open, Severity::High).seen(at(500), at(90));
        let two = finding(2, "b", Status::Open, Severity::High).seen(at(700), at(95));
        let three = finding(3, "c", Status::Open, Severity::High);
        for order in [[&one, &two, &three], [&one, &three, &two]] {
            let record = run(&order);
            assert_eq!(Some(record.first_seen), at(if order[1].title == "b" { 700 } else { 500 }));
            assert_eq!(record.finding.last_seen, at(90), "the later sight, not the later statement");
        }
        assert_eq!(run(&[&three]).first_seen, three.observed_at, "the statement itself where the source does not say");
    }

    #[test]
    fn a_good_statement_saw_no_problem() {
        let good = finding(1, "a", Status::Resolved, Severity::Low);
        let bad = finding(2, "b", Status::Open, Severity::High);
        let good_again = finding(3, "c", Status::Resolved, Severity::High);
        let bad_again = finding(4, "d", Status::Open, Severity::High);
        assert_eq!(run(&[&good]).first_seen, good.observed_at, "there is nothing else to say");
        for order in [[&good, &bad, &good_again, &bad_again], [&bad, &good, &good_again, &bad_again]] {
            assert_eq!(run(&order).first_seen, bad.observed_at);
        }
    }

    #[test]
    fn the_title_names_the_one_part_that_is_open() {
        let titled = |minute, id: &str, part: Part| {
            image(minute, id, vec![part]).title(&format!("{id} (High) in n")).collective_title("Vulnerabilities in n")
        };
        let labelled = |id: &str, status| Part::new(id, "v", status, Severity::High, &format!("{id} in zlib 1.2"));
        let first = titled(1, "CVE-1", labelled("CVE-1", Status::Open));
        let second = titled(2, "CVE-10", labelled("CVE-10", Status::Open));
        let closed = titled(3, "CVE-10", labelled("CVE-10", Status::Resolved));
        assert_eq!(run(&[&first]).title(), "CVE-1 (High) in n");
        assert_eq!(run(&[&first, &second]).title(), "Vulnerabilities in n: 2 open, worst CVE-1 in zlib 1.2");
        let left = run(&[&first, &second, &closed]);
        assert_eq!(
            left.title(),
            "Vulnerabilities in n: CVE-1 in zlib 1.2",
            "the newest open event was about the other"
        );
    }

    #[test]
    fn a_count_of_inspector_has_the_open_ports_in_it() {
        let port = Part::new("arn:1", "inspector:network-reachability", Status::Resolved, Severity::Medium, "port");
        let count = Part::new("summary", "inspector:ec2-vulnerabilities", Status::Open, Severity::Medium, "1 medium");
        let scan = image(1, "scan", vec![count.summary_of(0)]);
        assert_eq!(run(&[&scan]).status(), Status::Open);
        assert_eq!(run(&[&scan, &image(2, "closed", vec![port])]).status(), Status::Resolved);
    }

    #[test]
    fn each_replacement_silences_one_part_that_is_gone_whatever_the_order() {
        let gone = |minute, id: &str| image(minute, id, vec![cve(id, Status::Open, Severity::Medium)]);
        let made = |minute, id: &str| {
            let mut finding = image(minute, id, vec![cve(id, Status::Resolved, Severity::Medium).replacement()]);
            finding.status = Status::Resolved;
            finding
        };
        let (first, second, new, newer) = (gone(1, "A"), gone(2, "B"), made(3, "C"), made(4, "D"));
        for order in [[&first, &new], [&new, &first]] {
            assert_eq!(run(&order).status(), Status::Resolved);
        }
        for order in [[&first, &second, &new], [&new, &second, &first], [&second, &new, &first]] {
            let record = run(&order);
            let open: Vec<&str> = record.open_parts().iter().map(|part| part.id.as_str()).collect();
            assert_eq!((record.status(), open), (Status::Open, vec!["B"]));
        }
        assert_eq!(run(&[&newer, &first, &new, &second]).status(), Status::Resolved);
    }

    #[test]
    fn a_record_never_outgrows_an_item_and_keeps_what_is_open() {
        let mut parts: Vec<Part> =
            (0..MAX_PARTS).map(|n| cve(&format!("r{n}"), Status::Resolved, Severity::High)).collect();
        parts.extend((0..50).map(|n| cve(&format!("o{n}"), Status::Open, Severity::Low)));
        let record = run(&[&image(1, "1", parts)]);
        assert_eq!(record.parts.len(), MAX_PARTS);
        assert_eq!(record.open_parts().len(), 50);
    }

    #[test]
    fn the_longest_resolved_parts_are_forgotten_first_and_then_the_mildest() {
        let mut parts: Vec<Part> =
            (2..MAX_PARTS).map(|n| cve(&format!("o{n}"), Status::Open, Severity::High)).collect();
        parts.push(cve("mild", Status::Open, Severity::Low));
        let scan = image(1, "1", parts);
        let old = image(2, "2", vec![cve("old", Status::Resolved, Severity::Critical)]);
        let new = image(3, "3", vec![cve("new", Status::Resolved, Severity::Low)]);
        let more = image(4, "4", vec![cve("p", Status::Open, Severity::High), cve("q", Status::Open, Severity::High)]);
        let has = |record: &Record| ["old", "new", "mild"].map(|id| record.parts.contains_key(id));
        let full = run(&[&scan, &old]);
        assert_eq!((full.parts.len(), has(&full)), (MAX_PARTS, [true, false, true]), "as many as it may keep");
        let newer = run(&[&scan, &old, &new]);
        assert_eq!((newer.parts.len(), has(&newer)), (MAX_PARTS, [false, true, true]));
        let fuller = run(&[&scan, &old, &new, &more]);
        assert_eq!((fuller.parts.len(), has(&fuller)), (MAX_PARTS, [false, false, false]));
    }

    #[test]
    fn the_last_eight_changes_of_status_are_remembered_and_nothing_else() {
        let mut record = run(&[&finding(0, "0", Status::Open, Severity::High)]);
        let times: Vec<Timestamp> = (1..=10).map(|minute| now() + SignedDuration::from_mins(minute)).collect();
        for (minute, time) in (1..).zip(&times) {
            let status = if minute % 2 == 0 { Status::Open } else { Status::Resolved };
            for severity in [Severity::High, Severity::Critical] {
                let Merged::Applied(next) =
                    merge(Some(&record), &finding(minute, &minute.to_string(), status, severity), *time)
                else {
                    panic!("{minute} is newer")
                };
                record = *next;
            }
        }
        assert_eq!(record.transitions, times[2..]);
        assert_eq!(record.first_seen, now() - SignedDuration::from_mins(60));
        assert_eq!(record.last_seen, now() - SignedDuration::from_mins(50));
    }
}
