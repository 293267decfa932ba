//! Makes the digest from the records: how ready the deployment is, what changed, what is open, and whether a source is
//! silent. Pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use plimsoll_checklist::{ItemState, LineEvidence, Scorecard};
use plimsoll_finding::{FindingKey, Severity, Status};
use plimsoll_message::{Change, ChangeKind, Digest, LineChange, SourceHealth};
use plimsoll_pipeline::{Policy, Record, news::news_since, waiver::waiver_for};
use serde::{Deserialize, Serialize};

use crate::{lines::assess_lines, signals::signals};

/// Changes and findings that a digest lists; it counts all.
const MAX_LISTED: usize = 10;

/// What the next digest compares itself with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When it was made.
    pub at: Timestamp,
    /// The score then.
    pub score: Scorecard,
    /// What was open then, and how bad.
    pub open: BTreeMap<String, Severity>,
    /// How much had become known of what was open then. Empty in snapshots of older builds, which then compare nothing.
    #[serde(default)]
    pub news: BTreeMap<String, u64>,
    /// The state of each line then.
    pub lines: BTreeMap<String, ItemState>,
}

/// What a digest is made from, apart from the records.
#[derive(Debug, Clone, Copy)]
pub struct DigestInput<'a> {
    /// What reads of AWS's configuration say; empty where no collector runs.
    pub reads: &'a [LineEvidence],
    /// The source functions that should be heard.
    pub sources: &'a [&'a str],
    /// The snapshot of the digest before.
    pub previous: Option<&'a Snapshot>,
    /// How many events are in quarantine.
    pub quarantined: usize,
    /// From how many days of silence a source is named.
    pub silent_after_days: i64,
    /// The time that it is scheduled for, and as of which it speaks.
    pub scheduled_for: Timestamp,
}

/// Makes the digest and the snapshot for the next one. Pure.
#[must_use]
pub fn digest(records: &[Record], policy: &Policy, input: DigestInput<'_>) -> (Digest, Snapshot) {
    let now = input.scheduled_for;
    let signals = signals(records);
    let assessments = assess_lines(policy, &signals, input.reads, records, now);
    let score = policy.checklist.score(&assessments, &policy.targets);

    let counted: Vec<&Record> = records.iter().filter(|r| !r.finding.sample).collect();
    let mut open: Vec<Change> = counted
        .iter()
        .filter(|r| r.status() == Status::Open)
        .map(|r| change(r, ChangeKind::Opened, policy, now))
        .collect();
    open.sort_by(|a, b| {
        let waived = a.waived_until.is_some().cmp(&b.waived_until.is_some());
        waived.then(b.severity.cmp(&a.severity)).then(a.since.cmp(&b.since)).then_with(|| a.key.cmp(&b.key))
    });
    let open_counts = Severity::WORST_FIRST
        .into_iter()
        .map(|severity| (severity, open.iter().filter(|c| c.severity == severity).count()))
        .collect();
    let mut waived: Vec<Change> = open.iter().filter(|c| c.waived_until.is_some()).cloned().collect();
    waived.sort_by_key(|c| c.waived_until);

    let snapshot = Snapshot {
        at: now,
        score: score.clone(),
        open: open.iter().map(|c| (c.key.to_string(), c.severity)).collect(),
        news: counted.iter().filter(|r| r.status() == Status::Open).map(|r| (r.key.to_string(), r.news)).collect(),
        lines: assessments.iter().map(|a| (a.item.id.clone(), a.state)).collect(),
    };
    let mut changes = input.previous.map(|p| changes(&counted, p, policy, now)).unwrap_or_default();
    let count = |kind| changes.iter().filter(|c: &&Change| c.kind == kind).count();
    let change_counts = [count(ChangeKind::Opened), count(ChangeKind::Worse), count(ChangeKind::Resolved)];
    changes.truncate(MAX_LISTED);
    let lines = input.previous.map_or_else(Vec::new, |previous| {
        assessments
            .iter()
            .filter_map(|a| {
                let from = *previous.lines.get(&a.item.id)?;
                let line = LineChange { id: a.item.id.clone(), title: a.item.title.clone(), from, to: a.state };
                (line.from != line.to).then_some(line)
            })
            .collect()
    });
    open.truncate(MAX_LISTED);

    let digest = Digest {
        id: FindingKey::of("digest", "", "", &now.to_string(), "").short().to_owned(),
        scheduled_for: now,
        previous_at: input.previous.map(|p| p.at),
        score,
        previous_score: input.previous.map(|p| p.score.clone()),
        changes,
        change_counts,
        lines,
        open,
        open_counts,
        waived,
        sources: input.sources.iter().map(|s| health(s, records, input.silent_after_days, now)).collect(),
        undelivered: undelivered(records, now),
        quarantined: input.quarantined,
    };
    (digest, snapshot)
}

fn change(record: &Record, kind: ChangeKind, policy: &Policy, now: Timestamp) -> Change {
    Change {
        kind,
        key: record.key.clone(),
        severity: record.severity(),
        title: record.title(),
        account: record.finding.account.clone(),
        account_name: policy.account_name(&record.finding.account).map(str::to_owned),
        since: record.first_seen,
        waived_until: waiver_for(record, &policy.waivers, now).active_until,
        answer: record.current_answer().map(|kept| kept.answer.clone()),
    }
}

fn changes(records: &[&Record], previous: &Snapshot, policy: &Policy, now: Timestamp) -> Vec<Change> {
    let mut changes: Vec<Change> = records
        .iter()
        .filter_map(|record| {
            let before = previous.open.get(record.key.as_str()).copied();
            let news = previous.news.get(record.key.as_str()).and_then(|known| news_since(record, *known).summary());
            let kind = match (record.status(), before) {
                (Status::Open, None) => ChangeKind::Opened,
                (Status::Open, Some(before)) if record.severity() > before => ChangeKind::Worse,
                (Status::Resolved, Some(_)) => ChangeKind::Resolved,
                (Status::Open, Some(_)) if news.is_some() => ChangeKind::Worse,
                _ => return None,
            };
            let mut change = change(record, kind, policy, now);
            if let (ChangeKind::Worse, Some(news)) = (kind, news) {
                change.title = format!("{}: {news}", change.title);
            }
            if let (ChangeKind::Resolved, Some(before)) = (kind, before) {
                change.severity = before;
            }
            Some(change)
        })
        .collect();
    changes.sort_by(|a, b| {
        a.kind
            .cmp(&b.kind)
            .then(b.severity.cmp(&a.severity))
            .then(a.since.cmp(&b.since))
            .then_with(|| a.key.cmp(&b.key))
    });
    changes
}

fn health(source: &str, records: &[Record], silent_after_days: i64, now: Timestamp) -> SourceHealth {
    let last_event = records
        .iter()
        .filter(|r| r.finding.source == source && !r.finding.check.starts_with("plimsoll:"))
        .map(|r| r.last_seen)
        .max();
    let days = last_event.and_then(|last| now.duration_since(last).as_hours().checked_div(24));
    let silent_days = days.filter(|days| *days >= silent_after_days);
    SourceHealth { source: source.to_owned(), last_event, silent_days }
}

fn undelivered(records: &[Record], now: Timestamp) -> usize {
    const LATE: SignedDuration = SignedDuration::from_mins(5);
    let late = |since: Timestamp| now.duration_since(since) > LATE;
    records.iter().filter(|r| r.cursors.values().filter_map(|c| c.due.as_ref()).any(|due| late(due.since))).count()
}
