//! Each answer of `due` at its boundary, so that a comparison that is wrong by one step fails here.

use jiff::{SignedDuration, Timestamp, civil::time, tz::TimeZone};
use plimsoll_checklist::Checklist;
use plimsoll_finding::{Event, Finding, Part, Resource, Severity, Status};
use plimsoll_message::{Answer, AnswerKind, ChannelId, NotifyReason as Why};
use serde_json::json;

use super::*;
use crate::{
    channel::QuietHours,
    cost::CostPolicy,
    ingest::{Merged, merge},
    record::{Delivered, KeptAnswer, PartNews, Stamp},
};

const CRITICAL: Severity = Severity::Critical;
const HIGH: Severity = Severity::High;
const MEDIUM: Severity = Severity::Medium;

fn now() -> Timestamp {
    "2026-11-02T09:15:00Z".parse().unwrap()
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

fn record(status: Status, severity: Severity) -> Record {
    let event = Event::from_envelope(&json!({"detail-type": "X", "detail": {}}), now()).unwrap();
    let finding = Finding::new("s", "c", Resource::new("r", "k", "n"), &event).severity(severity, None).status(status);
    let Merged::Applied(record) = merge(None, &finding, now()) else { panic!("the first statement is applied") };
    *record
}

fn open(severity: Severity) -> Record {
    record(Status::Open, severity)
}

/// What a channel was told an hour ago.
fn delivered(status: Status, severity: Severity) -> Delivered {
    let version = open(severity).version;
    Delivered { version, status, severity, flapping: false, news: 0, answer: 0, at: now() - minutes(60) }
}

fn told(status: Status, severity: Severity) -> Cursor {
    Cursor { delivered: Some(delivered(status, severity)), ..Cursor::default() }
}

fn plain() -> ChannelPolicy {
    ChannelPolicy::plain(ChannelId::new("slack"))
}

fn due_plain(record: &Record, cursor: &Cursor) -> Option<Due> {
    due(record, cursor, &plain(), &WaiverState::default(), now())
}

fn reason(record: &Record, cursor: &Cursor) -> Option<(Why, Severity)> {
    due_plain(record, cursor).map(|due| (due.reason, due.severity))
}

#[test]
fn what_a_channel_knows_decides_why_it_is_due() {
    let peak = |severity| Cursor { peak: Some(severity), ..Cursor::default() };
    let in_flight = |cursor: Cursor| Cursor { in_flight: true, ..cursor };
    let over = record(Status::Resolved, MEDIUM);
    for (name, record, cursor, expected) in vec![
        ("never told", open(MEDIUM), Cursor::default(), Some((Why::FirstSeen, MEDIUM))),
        ("told the same", open(HIGH), told(Status::Open, HIGH), None),
        ("told worse", open(MEDIUM), told(Status::Open, HIGH), None),
        ("told milder", open(HIGH), told(Status::Open, MEDIUM), Some((Why::Worse, HIGH))),
        (
            "was worse in between",
            open(MEDIUM),
            Cursor { peak: Some(CRITICAL), ..told(Status::Open, HIGH) },
            Some((Why::Worse, CRITICAL)),
        ),
        ("was as bad in between", open(MEDIUM), Cursor { peak: Some(HIGH), ..told(Status::Open, HIGH) }, None),
        (
            "the claim took it along",
            open(MEDIUM),
            Cursor { claimed_peak: Some(CRITICAL), ..told(Status::Open, HIGH) },
            Some((Why::Worse, CRITICAL)),
        ),
        ("told as over", open(MEDIUM), told(Status::Resolved, HIGH), Some((Why::Reopened, MEDIUM))),
        ("nobody knows", open(HIGH), in_flight(told(Status::Open, HIGH)), Some((Why::Uncertain, HIGH))),
        ("over, told as open", over.clone(), told(Status::Open, HIGH), Some((Why::Resolved, HIGH))),
        ("over, told as over", over.clone(), told(Status::Resolved, HIGH), None),
        (
            "over, told as over, nobody knows",
            over.clone(),
            in_flight(told(Status::Resolved, HIGH)),
            Some((Why::Uncertain, MEDIUM)),
        ),
        ("over before it was told, high", over.clone(), peak(HIGH), Some((Why::OpenedAndResolved, HIGH))),
        ("over before it was told, medium", over.clone(), peak(MEDIUM), None),
        (
            "over before it was told, nobody knows",
            over.clone(),
            in_flight(Cursor::default()),
            Some((Why::OpenedAndResolved, MEDIUM)),
        ),
        ("over, never told", over, Cursor::default(), None),
    ] {
        assert_eq!(reason(&record, &cursor), expected, "{name}");
    }
}

#[test]
fn a_fifth_change_within_an_hour_is_flapping_until_thirty_minutes_are_quiet() {
    let changed = |minutes_ago: &[i64]| {
        let transitions = minutes_ago.iter().map(|ago| now() - minutes(*ago)).collect();
        Record { transitions, ..record(Status::Resolved, HIGH) }
    };
    let is_flapping = |minutes_ago: &[i64]| desired(&changed(minutes_ago), &told(Status::Open, HIGH), now()).flapping;
    assert!(is_flapping(&[60, 40, 30, 20, 0]), "the first of five is an hour before the last");
    assert!(!is_flapping(&[61, 40, 30, 20, 0]), "the first of five is more than an hour before the last");
    assert!(!is_flapping(&[40, 30, 20, 0]), "four changes");
    assert!(is_flapping(&[60, 50, 40, 35, 29]));
    assert!(!is_flapping(&[60, 50, 40, 35, 30]), "thirty minutes were quiet");

    let record = changed(&[50, 40, 30, 20, 10]);
    assert_eq!(reason(&record, &told(Status::Open, HIGH)), Some((Why::Flapping, HIGH)));
    let mut cursor = told(Status::Open, HIGH);
    cursor.delivered = cursor.delivered.map(|delivered| Delivered { flapping: true, ..delivered });
    let end = due_plain(&record, &cursor).unwrap();
    assert_eq!((end.reason, end.at), (Why::Resolved, now() + minutes(20)), "its end is told when it is quiet");
    let held = desired(&record, &Cursor { peak: Some(CRITICAL), ..told(Status::Open, MEDIUM) }, now());
    assert_eq!((held.status, held.severity), (Status::Open, CRITICAL), "held open at its worst");
    let unseen = Record { transitions: Vec::new(), ..record.clone() };
    assert_eq!(desired(&unseen, &Cursor::default(), now()).status, Status::Resolved);
}

#[test]
fn a_waiver_silences_what_is_open_up_to_its_severity_and_its_end_is_told() {
    let until = now() + minutes(600);
    let waiver = |up_to| WaiverState { active_until: Some(until), up_to: Some(up_to), ..WaiverState::default() };
    let ask = |record: &Record, cursor: &Cursor, waiver: &WaiverState| due(record, cursor, &plain(), waiver, now());
    let waited = Due { at: until, reason: Why::WaiverExpired, severity: HIGH };
    assert_eq!(ask(&open(HIGH), &Cursor::default(), &waiver(HIGH)), Some(waited));
    let at_peak = |severity| Cursor { peak: Some(severity), ..Cursor::default() };
    assert_eq!(ask(&open(HIGH), &at_peak(HIGH), &waiver(HIGH)), Some(waited), "the peak is covered");
    let told_now = ask(&open(HIGH), &at_peak(CRITICAL), &waiver(HIGH)).unwrap();
    assert_eq!((told_now.at, told_now.severity), (now(), CRITICAL), "the peak is worse than what was accepted");
    let over = ask(&record(Status::Resolved, HIGH), &told(Status::Open, HIGH), &waiver(HIGH)).unwrap();
    assert_eq!((over.at, over.reason), (now(), Why::Resolved));

    let ended = |ended: Timestamp| WaiverState { ended_at: Some(ended), ..WaiverState::default() };
    let cursor = told(Status::Open, HIGH);
    let delivered_at = now() - minutes(60);
    let why = |waiver: &WaiverState| ask(&open(HIGH), &cursor, waiver).map(|due| due.reason);
    assert_eq!(why(&ended(now())), Some(Why::WaiverExpired), "it ends now");
    assert_eq!(why(&ended(now() + minutes(1))), None, "it has not ended");
    assert_eq!(why(&ended(delivered_at)), None, "the channel was told at its end");
    assert_eq!(why(&ended(delivered_at + minutes(1))), Some(Why::WaiverExpired));
}

#[test]
fn quiet_hours_hold_back_everything_but_criticals_and_a_lease_holds_back_all() {
    let quiet = QuietHours { from: time(9, 0, 0, 0), until: time(10, 0, 0, 0), time_zone: TimeZone::UTC };
    let channel = ChannelPolicy { quiet_hours: Some(quiet), ..plain() };
    let at = |severity, cursor: &Cursor| {
        due(&open(severity), cursor, &channel, &WaiverState::default(), now()).map(|due| due.at)
    };
    assert_eq!(at(HIGH, &Cursor::default()), Some(now() + minutes(45)));
    assert_eq!(at(CRITICAL, &Cursor::default()), Some(now()));
    let leased = |minutes_ahead| Cursor { lease_until: Some(now() + minutes(minutes_ahead)), ..Cursor::default() };
    assert_eq!(at(CRITICAL, &leased(2)), Some(now() + minutes(2)));
    assert_eq!(at(HIGH, &leased(2)), Some(now() + minutes(45)), "the later of the two");
    assert_eq!(at(CRITICAL, &leased(-2)), Some(now()), "a lease that is over");
}

#[test]
fn an_open_critical_is_reminded_of_after_its_time_and_news_comes_first() {
    let channel = ChannelPolicy { remind_critical_after: Some(minutes(90)), ..plain() };
    let ask = |record: &Record, cursor: &Cursor| due(record, cursor, &channel, &WaiverState::default(), now());
    let at = |minutes_ahead, reason| Some(Due { at: now() + minutes(minutes_ahead), reason, severity: CRITICAL });
    assert_eq!(ask(&open(CRITICAL), &told(Status::Open, CRITICAL)), at(30, Why::Reminder));
    assert_eq!(ask(&open(HIGH), &told(Status::Open, CRITICAL)), None, "it is not critical any more");
    assert_eq!(ask(&open(HIGH), &told(Status::Open, HIGH)), None);
    let late = ChannelPolicy { remind_critical_after: Some(minutes(10)), ..plain() };
    let overdue = due(&open(CRITICAL), &told(Status::Open, CRITICAL), &late, &WaiverState::default(), now());
    assert_eq!(overdue, at(0, Why::Reminder), "never in the past");

    let with_news = |minutes_ago: i64| {
        let mut record = open(CRITICAL);
        let part = Part::new("CVE-1", "v", Status::Open, CRITICAL, "CVE-1");
        let mut state = record.parts.values().next().unwrap().clone();
        state.part = part;
        state.news = PartNews { new: Some(Stamp::new(1, now() - minutes(minutes_ago))), ..PartNews::default() };
        record.parts = [("CVE-1".to_owned(), state)].into();
        record.news = 1;
        record
    };
    let cursor = told(Status::Open, CRITICAL);
    assert_eq!(ask(&with_news(2), &cursor), at(3, Why::News), "five minutes to settle");
    assert_eq!(ask(&with_news(9), &cursor), at(0, Why::News), "it settled while nobody looked");
    let knows =
        |news| Cursor { delivered: cursor.delivered.clone().map(|d| Delivered { news, ..d }), ..Cursor::default() };
    assert_eq!(ask(&with_news(2), &knows(1)), at(30, Why::Reminder), "the news was told");
    let sooner = ChannelPolicy { remind_critical_after: Some(minutes(62)), ..plain() };
    let first = due(&with_news(2), &cursor, &sooner, &WaiverState::default(), now());
    assert_eq!(first, at(2, Why::Reminder), "a reminder that is due first takes the news along");
    let same = ChannelPolicy { remind_critical_after: Some(minutes(63)), ..plain() };
    assert_eq!(
        due(&with_news(2), &cursor, &same, &WaiverState::default(), now()),
        at(3, Why::News),
        "at the same time the news"
    );
}

#[test]
fn a_waiver_of_the_configuration_is_looked_at_again_each_day() {
    let until = now() + minutes(60 * 24 * 300);
    let waiver = |is_standing| WaiverState {
        active_until: Some(until),
        up_to: Some(HIGH),
        is_standing,
        ..WaiverState::default()
    };
    let at = |waiver: &WaiverState| due(&open(HIGH), &Cursor::default(), &plain(), waiver, now()).unwrap().at;
    assert_eq!(at(&waiver(false)), until);
    assert_eq!(at(&waiver(true)), now() + minutes(60 * 24));
    let soon = WaiverState { active_until: Some(now() + minutes(5)), ..waiver(true) };
    assert_eq!(at(&soon), now() + minutes(5));
}

/// It was told, then accepted, and now nobody accepts what it says.
#[test]
fn what_no_waiver_covers_any_longer_is_told_once() {
    let covered_until = |since: Timestamp| DueMark { at: since, since, severity: HIGH, reason: Why::WaiverExpired };
    let cursor = |mark| Cursor { due: Some(mark), ..told(Status::Open, HIGH) };
    assert_eq!(reason(&open(HIGH), &cursor(covered_until(now() + minutes(60)))), Some((Why::WaiverExpired, HIGH)));
    assert_eq!(reason(&open(HIGH), &cursor(covered_until(now() - minutes(59)))), Some((Why::WaiverExpired, HIGH)));
    assert_eq!(reason(&open(HIGH), &cursor(covered_until(now() - minutes(60)))), None, "it was told since");
    let other = DueMark { reason: Why::News, ..covered_until(now()) };
    assert_eq!(reason(&open(HIGH), &cursor(other)), None);
}

#[test]
fn what_is_over_is_as_bad_as_it_was_told_and_not_as_bad_as_it_is() {
    let over = record(Status::Resolved, CRITICAL);
    assert_eq!(reason(&over, &told(Status::Open, HIGH)), Some((Why::Resolved, HIGH)));
    let transitions = [50, 40, 30, 20, 10].iter().map(|ago| now() - minutes(*ago)).collect();
    let held = desired(&Record { transitions, ..over }, &told(Status::Open, HIGH), now());
    assert_eq!((held.flapping, held.severity), (true, HIGH), "held open at what people know");
}

#[test]
fn a_flapping_finding_whose_first_message_may_have_arrived_is_told_as_flapping() {
    let transitions = [50, 40, 30, 20, 10].iter().map(|ago| now() - minutes(*ago)).collect();
    let record = Record { transitions, ..open(HIGH) };
    assert_eq!(reason(&record, &Cursor::default()), Some((Why::FirstSeen, HIGH)));
    let in_flight = Cursor { in_flight: true, ..Cursor::default() };
    assert_eq!(reason(&record, &in_flight), Some((Why::Flapping, HIGH)));
    assert_eq!(reason(&open(HIGH), &in_flight), Some((Why::FirstSeen, HIGH)), "one that does not flap");
}

#[test]
fn an_answer_is_told_once_to_whoever_does_not_know_it() {
    let answer = |number| {
        let answer = Answer { kind: AnswerKind::Acknowledged, owner: "web".into(), by: "ana".into(), at: now() };
        Record { answer: Some(KeptAnswer { answer, number, severity: HIGH }), ..open(HIGH) }
    };
    let knows = |number| Cursor {
        delivered: Some(Delivered { answer: number, ..delivered(Status::Open, HIGH) }),
        ..Cursor::default()
    };
    assert_eq!(reason(&answer(2), &knows(1)), Some((Why::Answered, HIGH)));
    assert_eq!(reason(&answer(2), &knows(2)), None);
    assert_eq!(reason(&answer(2), &knows(3)), None, "a channel that knows a later one");
}

/// How long something waits counts from when it became due: through failed attempts, and not while it need not be told.
#[test]
fn since_is_kept_while_a_channel_stays_due_and_begins_anew_after_a_reminder() {
    let slack = ChannelId::new("slack");
    let policy = |quiet: bool| {
        let hours = QuietHours { from: time(9, 0, 0, 0), until: time(10, 0, 0, 0), time_zone: TimeZone::UTC };
        let channel = ChannelPolicy { quiet_hours: quiet.then_some(hours), ..plain() };
        Policy {
            checklist: Checklist::shipped().unwrap(),
            runbooks_url: None,
            environments: Vec::new(),
            routes: Vec::new(),
            channels: [(slack.clone(), channel)].into(),
            waivers: Vec::new(),
            targets: std::collections::BTreeMap::new(),
            accounts: Vec::new(),
            regions: Vec::new(),
            cost: CostPolicy::default(),
            account_names: std::collections::BTreeMap::new(),
        }
    };
    let since = |mark: Option<DueMark>, quiet: bool| {
        let mut record = open(HIGH);
        record.cursors = [(slack.clone(), Cursor { due: mark, ..Cursor::default() })].into();
        refresh(&mut record, &policy(quiet), now());
        record.cursors[&slack].due.clone().unwrap().since
    };
    let earlier = now() - minutes(20);
    let mark = |reason| Some(DueMark { at: earlier, since: earlier, severity: HIGH, reason });
    assert_eq!(since(None, false), now());
    assert_eq!(since(mark(Why::FirstSeen), false), earlier, "it has waited since then");
    assert_eq!(since(mark(Why::Reminder), false), now(), "a reminder was due; this is another question");
    assert_eq!(since(mark(Why::FirstSeen), true), now() + minutes(45), "quiet hours: it begins when they end");
}
