//! Makes the digest: how ready the deployment is, what changed, what is open, and whether a source is silent. Pure. The
//! open findings are given one by one, and of each as much is kept as the digest and the next one need.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use plimsoll_checklist::{Assessment, ItemState, LineEvidence, Scorecard, Signal, line_points};
use plimsoll_finding::{FindingKey, Severity, Status};
use plimsoll_message::{Change, ChangeKind, Digest, EnvironmentScore, LineChange, Movement, SourceHealth};
use plimsoll_pipeline::{Policy, Record, news::news_since, state::Resolved, waiver::waiver_for};
use serde::{Deserialize, Serialize};

use crate::{
    decisive::Decisive,
    history::cause,
    marks::{Redrawn, marks, moved},
    scope::Scope,
};

/// Changes and findings that a digest lists; it counts all.
const MAX_LISTED: usize = 10;

/// What the next digest compares itself with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When it was made.
    pub at: Timestamp,
    /// The environment that score and lines are of; absent for the whole deployment.
    #[serde(default)]
    pub environment: Option<String>,
    /// The score then.
    pub score: Scorecard,
    /// What was open then, and how bad.
    pub open: BTreeMap<String, Severity>,
    /// How much had become known of what was open then. Empty in snapshots of older builds, which then compare nothing.
    #[serde(default)]
    pub news: BTreeMap<String, u64>,
    /// The state of each line then.
    pub lines: BTreeMap<String, ItemState>,
    /// The same in one character, which also says what left the score. Empty in snapshots of older builds.
    #[serde(default)]
    pub marks: BTreeMap<String, char>,
}

impl Snapshot {
    /// The state of each line in one character, of older builds as far as they knew it.
    fn marks(&self) -> BTreeMap<String, char> {
        if !self.marks.is_empty() {
            return self.marks.clone();
        }
        let mark = |state: ItemState| match state {
            ItemState::Met => 'm',
            ItemState::Gap => 'g',
            ItemState::Stale => 's',
            ItemState::Unknown => 'u',
            ItemState::Waived => 'U',
            ItemState::NotApplicable => 'n',
        };
        self.lines.iter().map(|(id, state)| (id.clone(), mark(*state))).collect()
    }
}

/// A message that waits for longer than this is late.
const LATE: SignedDuration = SignedDuration::from_mins(5);

/// What a digest is made from, apart from the findings.
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

/// A digest that is being made: [`Draft::open`] for each open finding, then [`Draft::closed`] for each that was open at the
/// digest before, then [`Draft::finish`].
#[derive(Debug)]
pub struct Draft<'a> {
    policy: &'a Policy,
    input: DigestInput<'a>,
    decisive: Decisive,
    open: Vec<Change>,
    news: BTreeMap<String, u64>,
    changes: Vec<Change>,
    /// The findings of which a message is late.
    late: BTreeSet<FindingKey>,
}

impl<'a> Draft<'a> {
    /// Nothing is open yet.
    #[must_use]
    pub fn new(policy: &'a Policy, input: DigestInput<'a>) -> Self {
        Self {
            policy,
            input,
            decisive: Decisive::default(),
            open: Vec::new(),
            news: BTreeMap::new(),
            changes: Vec::new(),
            late: BTreeSet::new(),
        }
    }

    /// Takes an open finding into account.
    pub fn open(&mut self, record: &Record) {
        let now = self.input.scheduled_for;
        let opened = change(record, ChangeKind::Opened, self.policy, now);
        self.decisive.open(record, opened.waived_until.is_some(), self.policy, now);
        if record.cursors.values().filter_map(|cursor| cursor.due.as_ref()).any(|due| is_late(due.since, now)) {
            self.late.insert(record.key.clone());
        }
        if record.finding.sample {
            return;
        }
        if let Some(previous) = self.input.previous {
            self.changes.extend(change_of_open(record, previous, &opened));
        }
        self.news.insert(record.key.to_string(), record.news);
        self.open.push(opened);
    }

    /// The findings that were open at the digest before and are not any more.
    #[must_use]
    pub fn closed_since(&self) -> Vec<FindingKey> {
        let keys = self.input.previous.into_iter().flat_map(|previous| previous.open.keys());
        keys.filter(|key| !self.news.contains_key(*key)).filter_map(|key| FindingKey::from_hex(key)).collect()
    }

    /// Takes a finding into account that was open at the digest before.
    pub fn closed(&mut self, record: &Record) {
        let before = self.input.previous.and_then(|previous| previous.open.get(record.key.as_str()));
        if let (Status::Resolved, Some(severity)) = (record.status(), before) {
            let change = change(record, ChangeKind::Resolved, self.policy, self.input.scheduled_for);
            self.changes.push(Change { severity: *severity, ..change });
        }
    }

    /// A message about this finding has been waiting since then, whatever its status.
    pub fn waits(&mut self, key: &FindingKey, since: Timestamp) {
        if is_late(since, self.input.scheduled_for) {
            self.late.insert(key.clone());
        }
    }

    /// The digest, and the snapshot for the next one. `resolved` is what is known of the findings that are not open.
    #[must_use]
    pub fn finish(self, resolved: &Resolved) -> (Digest, Snapshot) {
        let Self { policy, input, mut decisive, mut open, news, mut changes, late } = self;
        let now = input.scheduled_for;
        decisive.resolved(resolved, policy, now);
        let signals = decisive.signals();
        let scope = Scope::headline(policy, signals.clone(), input.reads.to_vec());
        let environment = scope.name().map(str::to_owned);
        let assessments = scope.assess_with(now, |signal| decisive.is_accepted(signal));
        let score = scope.score(&assessments);

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
            environment: environment.clone(),
            score: score.clone(),
            open: open.iter().map(|c| (c.key.to_string(), c.severity)).collect(),
            news,
            lines: assessments.iter().map(|a| (a.item.id.clone(), a.state)).collect(),
            marks: marks(&assessments),
        };
        changes.sort_by(|a, b| {
            let order = a.kind.cmp(&b.kind).then(b.severity.cmp(&a.severity));
            order.then(a.since.cmp(&b.since)).then_with(|| a.key.cmp(&b.key))
        });
        let count = |kind| changes.iter().filter(|c: &&Change| c.kind == kind).count();
        let change_counts = [count(ChangeKind::Opened), count(ChangeKind::Worse), count(ChangeKind::Resolved)];
        changes.truncate(MAX_LISTED);
        // Another environment as the headline is nothing to compare with.
        let comparable = input.previous.filter(|previous| previous.environment == environment);
        let lines = comparable.map(|previous| line_changes(&assessments, previous, &score)).unwrap_or_default();
        let plan = scope.plan(&assessments, None);
        let compared = comparable.map(|previous| compared(policy, previous, &snapshot));
        open.truncate(MAX_LISTED);

        let heard = |source: &&str| health(source, resolved, input.silent_after_days, now);
        let digest = Digest {
            id: FindingKey::of("digest", "", "", &now.to_string(), "").short().to_owned(),
            scheduled_for: now,
            previous_at: input.previous.map(|p| p.at),
            others: others(policy, &signals, &decisive, &input, scope.name()),
            environment,
            score,
            previous_score: compared.as_ref().map(|(_, before)| before.clone()),
            movement: compared.map(|(movement, _)| movement),
            fix_next: plan.fix.into_iter().next(),
            see_next: plan.see.into_iter().next(),
            changes,
            change_counts,
            lines,
            open,
            open_counts,
            waived,
            sources: input.sources.iter().map(heard).collect(),
            undelivered: late.len(),
            quarantined: input.quarantined,
        };
        (digest, snapshot)
    }
}

/// The scores of the other environments and of the whole, where there are environments.
fn others(
    policy: &Policy,
    signals: &[Signal],
    decisive: &Decisive,
    input: &DigestInput<'_>,
    shown: Option<&str>,
) -> Vec<EnvironmentScore> {
    let assess =
        |scope: &Scope<'_>| scope.score(&scope.assess_with(input.scheduled_for, |signal| decisive.is_accepted(signal)));
    let all = each_score(policy, signals, input.reads, assess);
    all.into_iter().filter(|score| score.name.as_deref() != shown).collect()
}

/// The score of each environment and of the whole deployment, the whole last; none where there are no environments.
#[must_use]
pub fn scores(
    policy: &Policy,
    signals: &[Signal],
    open: &[Record],
    reads: &[LineEvidence],
    now: Timestamp,
) -> Vec<EnvironmentScore> {
    each_score(policy, signals, reads, |scope| scope.score(&scope.assess(open, now)))
}

fn each_score(
    policy: &Policy,
    signals: &[Signal],
    reads: &[LineEvidence],
    score: impl Fn(&Scope<'_>) -> Scorecard,
) -> Vec<EnvironmentScore> {
    if policy.environments.is_empty() {
        return Vec::new();
    }
    let all = policy.environments.iter().map(Some).chain([None]);
    all.map(|environment| {
        let score = score(&Scope::new(policy, signals.to_vec(), reads.to_vec(), environment));
        let upper = score.bounds.map_or(score.current, |bounds| bounds.upper);
        let name = environment.map(|environment| environment.name.clone());
        EnvironmentScore { name, current: score.current, upper, target: score.target }
    })
    .collect()
}

/// The lines that changed their state, what is worth most first, each with what decided.
fn line_changes(assessments: &[Assessment<'_>], previous: &Snapshot, score: &Scorecard) -> Vec<LineChange> {
    let mut lines: Vec<LineChange> = assessments
        .iter()
        .filter_map(|line| {
            let from = *previous.lines.get(&line.item.id)?;
            let (id, title) = (line.item.id.clone(), line.item.title.clone());
            let points = line_points(line, score);
            let change = LineChange { id, title, from, to: line.state, cause: cause(line), points };
            (change.from != change.to).then_some(change)
        })
        .collect();
    // What goes on alike stays in the order of the checklist.
    lines.sort_by(|a, b| b.points.total_cmp(&a.points));
    lines
}

/// How the score moved, and the score of then as it would be with the list of now, so that a changed list looks like no change
/// of the deployment.
fn compared(policy: &Policy, previous: &Snapshot, now: &Snapshot) -> (Movement, Scorecard) {
    let (moved, then, since) = moved(&policy.checklist, &previous.marks(), previous.score.current, &now.marks);
    let movement = Movement { by_team: moved.total.saturating_sub(moved.by_list), by_list: moved.by_list };
    let mut before = previous.score.clone();
    if moved.by_list != 0 {
        before.current = without(now.score.current, movement.by_team);
        for category in &mut before.categories {
            let figure = |redrawn: &Redrawn| redrawn.categories.get(&category.category).map_or(0, |it| i16::from(*it));
            let current = now.score.category(category.category).map_or(0, |category| category.current);
            category.current = without(current, figure(&since).saturating_sub(figure(&then)));
        }
    }
    (movement, before)
}

/// A percentage less a change.
fn without(percent: u8, change: i16) -> u8 {
    u8::try_from(i16::from(percent).saturating_sub(change).clamp(0, 100)).unwrap_or(0)
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

/// What changed about an open finding since the digest before; `None` if nothing did.
fn change_of_open(record: &Record, previous: &Snapshot, opened: &Change) -> Option<Change> {
    let before = previous.open.get(record.key.as_str()).copied();
    let news = previous.news.get(record.key.as_str()).and_then(|known| news_since(record, *known).summary());
    let kind = match before {
        None => ChangeKind::Opened,
        Some(before) if record.severity() > before => ChangeKind::Worse,
        Some(_) if news.is_some() => ChangeKind::Worse,
        Some(_) => return None,
    };
    let mut change = Change { kind, ..opened.clone() };
    if let (ChangeKind::Worse, Some(news)) = (kind, news) {
        change.title = format!("{}: {news}", change.title);
    }
    Some(change)
}

fn health(source: &str, resolved: &Resolved, silent_after_days: i64, now: Timestamp) -> SourceHealth {
    let last_event = resolved.last_heard.get(source).copied();
    let days = last_event.and_then(|last| now.duration_since(last).as_hours().checked_div(24));
    let silent_days = days.filter(|days| *days >= silent_after_days);
    SourceHealth { source: source.to_owned(), last_event, silent_days }
}

fn is_late(since: Timestamp, now: Timestamp) -> bool {
    now.duration_since(since) > LATE
}
