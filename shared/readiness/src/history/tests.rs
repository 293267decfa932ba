//! A history that is bounded, keeps causes, and does not move because the list does.

use jiff::SignedDuration;
use plimsoll_checklist::{Known, Signal, assess_known};
use plimsoll_finding::{FindingKey, Severity, Status};

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn scanned(status: Status, time: Timestamp) -> Signal {
    Signal {
        check: "ecr-scan:scan-status".into(),
        status,
        severity: Severity::High,
        observed_at: time,
        account: "111122223333".into(),
        region: String::new(),
        resource: String::new(),
        tags: std::collections::BTreeMap::new(),
        not_applicable: false,
        sample: false,
        key: FindingKey::of("test", "111122223333", "eu-central-1", "scan", ""),
        title: "Scan of web/api".into(),
    }
}

/// Takes one state in, and says what is proved then.
fn take(history: &mut History, checklist: &Checklist, signals: &[Signal], time: Timestamp) -> u8 {
    let all = assess_known(checklist, Known { signals, ..Known::default() }, time);
    let current = checklist.score(&all, &BTreeMap::new()).current;
    history.take(&all, current, time);
    current
}

#[test]
fn each_step_keeps_what_changed_and_what_changed_it_and_a_day_is_one_row() {
    let checklist = Checklist::where_one_is_enough().unwrap();
    let (mut history, first) = (History::default(), at("2026-10-05T08:00:00Z"));
    take(&mut history, &checklist, &[], first);
    let later = first + SignedDuration::from_hours(2);
    take(&mut history, &checklist, &[scanned(Status::Open, first)], later);
    take(&mut history, &checklist, &[scanned(Status::Resolved, later)], later + SignedDuration::from_hours(1));
    let trend = history.trend(&checklist);
    assert_eq!(trend.len(), 1, "a day is one row");
    let step = &trend[0].steps[0];
    assert_eq!((step.line.as_str(), step.from, step.to), ("SEC-02", 'u', 'm'));
    assert!(step.cause.contains("Scan of web/api (ecr-scan:scan-status, seen "), "{}", step.cause);
    let next = first + SignedDuration::from_hours(24);
    take(&mut history, &checklist, &[scanned(Status::Open, next)], next);
    let trend = history.trend(&checklist);
    assert_eq!((trend.len(), trend[1].by_team, trend[1].by_list), (2, -1, 0), "{trend:#?}");
    take(&mut history, &checklist, &[], first);
    assert_eq!(history.trend(&checklist), trend, "what is older than the last look changes nothing");
}

#[test]
fn what_is_back_where_it_was_on_the_same_day_is_no_step() {
    let checklist = Checklist::where_one_is_enough().unwrap();
    let (mut history, first) = (History::default(), at("2026-10-05T08:00:00Z"));
    take(&mut history, &checklist, &[], first);
    let hour = SignedDuration::from_hours(1);
    take(&mut history, &checklist, &[scanned(Status::Open, first)], first + hour);
    take(&mut history, &checklist, &[], first + hour + hour);
    assert!(history.trend(&checklist)[0].steps.is_empty());
}

/// The shipped checklist without a line, as an older release had it.
fn without(id: &str) -> Checklist {
    let mut text = String::new();
    let whole = Checklist::SHIPPED.replace(", units = \"any\"", "").replace("met = \"", "units = \"any\", met = \"");
    for (number, block) in whole.split("[[item]]").enumerate() {
        if number == 0 || !block.contains(&format!("id = \"{id}\"")) {
            text.push_str(if number == 0 { "" } else { "[[item]]" });
            text.push_str(block);
        }
    }
    Checklist::parse(&text).unwrap()
}

#[test]
fn a_new_line_counts_from_its_date_and_what_the_list_did_stands_apart() {
    // One line of four in its category: the list alone moves the overall score.
    let (older, newer) = (without("FIN-03"), Checklist::where_one_is_enough().unwrap());
    let own: Vec<&str> = newer.items().iter().filter(|i| older.item(&i.id).is_none()).map(|i| i.id.as_str()).collect();
    assert_eq!(own.len(), 1, "{own:?}");
    let mut history = History::default();
    let first = at("2026-10-05T08:00:00Z");
    let budget = |time| Signal { check: "cost:budget".into(), ..scanned(Status::Resolved, time) };
    let before = take(&mut history, &older, &[budget(first)], first);
    let next = first + SignedDuration::from_hours(24);
    let after = take(&mut history, &newer, &[budget(next)], next);
    let trend = history.trend(&newer);
    assert_eq!((trend[0].current, trend[1].current), (before, after));
    assert_eq!(trend[1].by_team, 0, "nobody did anything: {trend:#?}");
    assert_eq!(trend[1].by_list, i16::from(after) - i16::from(before));
}

#[test]
fn six_years_of_days_stay_small_and_the_newest_are_all_there() {
    let checklist = Checklist::where_one_is_enough().unwrap();
    let mut history = History::default();
    let first = at("2020-01-01T08:00:00Z");
    for day in 0..2_200 {
        let time = first + SignedDuration::from_hours(24 * day);
        let status = if day % 2 == 0 { Status::Open } else { Status::Resolved };
        take(&mut history, &checklist, &[scanned(status, time)], time);
    }
    let trend = history.trend(&checklist);
    assert!(trend.len() <= MOST_DAYS, "{}", trend.len());
    let newest = trend.last().unwrap().day;
    let last_days = trend.iter().rev().take(ALL_DAYS).enumerate();
    for (ago, point) in last_days {
        assert_eq!(newest.checked_sub(jiff::Span::new().days(i64::try_from(ago).unwrap())).unwrap(), point.day);
    }
    let bytes = pack("the history", &history).unwrap().len();
    assert!(bytes < 300_000, "{bytes}");
}
