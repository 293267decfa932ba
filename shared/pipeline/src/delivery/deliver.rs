//! The second walk: makes what one channel was told equal to what is true. It needs no event.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{FindingKey, Severity, Status};
use serde::Serialize;

use crate::{
    delivery::channel_state::{self, ChannelState},
    delivery::{
        claim::{Claim, Failure, LEASE, SEND_WITHIN, WAIT_MAX, backoff, claim, claim_reminder, delivered, failed},
        compose::{compose, compose_roll_up},
        flood::{ROLL_UP_MAX, Step, plan},
    },
    due::refresh,
    policy::Policy,
    ports::{Clock, DueRow, Saved, Store, StoreError},
    record::{Cursor, Record},
};
use plimsoll_message::{ChannelId, Message, Notifier, NotifyReason, Receipt, SendError};

/// Rows asked of the store per source and round: two full roll-ups and the singles.
const ROWS_PER_SOURCE: usize = 210;
/// How often a lost race is tried again.
const MAX_RACES: usize = 16;
/// Failures in a row after which the channel rests.
const BREAKER_AFTER: u32 = 5;
/// How long it rests before the worst due message probes it. Shorter than the minute of the sweep by more than a request
/// takes: with a full minute, each second sweep would come too early, and the channel be probed every two minutes only.
const BREAKER_REST: SignedDuration = SignedDuration::from_secs(45);
/// How long a critical may wait for its channel before the fallback is told as well.
const FALLBACK_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// A reminder takes along what comes up within this part of the time between two reminders: a third.
const TOGETHER: i64 = 3;
/// Claims stop when less than this is left of the invocation.
const STOP_BEFORE_DEADLINE: SignedDuration = SignedDuration::from_secs(15);

/// Limits of one run.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryOptions {
    /// When the process may be killed.
    pub deadline: Timestamp,
    /// The shortest time between two messages to the channel: Slack allows one per second.
    pub pause: std::time::Duration,
}

/// What one run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryReport {
    /// Messages that were accepted.
    #[serde(skip_serializing_if = "is_zero")]
    pub sent: usize,
    /// Findings that were told by them.
    #[serde(skip_serializing_if = "is_zero")]
    pub delivered: usize,
    /// Messages that were accepted in a plainer form only.
    #[serde(skip_serializing_if = "is_zero")]
    pub degraded: usize,
    /// Messages that were not accepted, or whose outcome is unknown.
    #[serde(skip_serializing_if = "is_zero")]
    pub failed: usize,
    /// The last error, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The channel is broken until somebody repairs it: what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
    /// The time ran out, or the channel rests, before everything due was told.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// For how long the oldest due finding had waited when the run began, in seconds; failed attempts and their waits
    /// count.
    #[serde(skip)]
    pub due_age_seconds: i64,
    /// The same for criticals.
    #[serde(skip)]
    pub critical_due_age_seconds: i64,
    /// Findings that the fallback channel is told as well.
    #[serde(skip_serializing_if = "is_zero")]
    pub fell_back: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Tells the channel everything that it is due to hear, worst first, until nothing is due, the time runs out or the
/// channel stops answering.
///
/// # Errors
/// The store could not answer. What was sent until then is recorded or will be told again.
pub async fn deliver(
    store: &dyn Store,
    notifier: &dyn Notifier,
    policy: &Policy,
    clock: &dyn Clock,
    options: &DeliveryOptions,
) -> Result<DeliveryReport, StoreError> {
    let channel = notifier.channel();
    let mut report = DeliveryReport::default();
    let (mut state, loaded) = channel_state::load(store, channel).await?;
    (report.due_age_seconds, report.critical_due_age_seconds) = ages(store, channel, clock.now()).await?;
    let run = Run { store, notifier, policy, clock, options };

    let mut served = BTreeSet::new();
    // One message, then look again: what became due meanwhile may be worse than what was planned before.
    'messages: loop {
        let now = clock.now();
        if state.rests(now) {
            report.more = true;
            break;
        }
        let rows = store.due(channel, now, ROWS_PER_SOURCE).await?;
        for step in in_turn(plan(rows, &state.windows, now), &mut served) {
            if run.out_of_time() {
                report.more = true;
                break 'messages;
            }
            // After a rest, one message probes the channel: the worst that is due, on its own.
            let step = if state.failures >= BREAKER_AFTER { first_alone(step) } else { Some(step) };
            let Some(step) = step else { break };
            let Some(sent) = run.deliver(&step).await? else { continue };
            served.extend(step.rows().first().map(|row| row.source.clone()));
            account(&mut state, &mut report, &step, &sent, clock.now());
            if !options.pause.is_zero() {
                clock.sleep(options.pause).await;
            }
            continue 'messages;
        }
        break;
    }
    let broken = state.why_broken().is_some();
    if broken || report.failed > 0 || report.more {
        report.fell_back = run.fall_back(broken).await?;
    }
    loaded.save(store, &state, policy, clock.now()).await?;
    Ok(report)
}

/// For how long the oldest finding, and the oldest critical one, has been due, in seconds; 0 if none is. What waits for
/// its next attempt counts: a channel that refuses everything is never more overdue than while it is being waited for.
/// Looks at the most urgent [`ROWS_PER_SOURCE`] of each source.
async fn ages(store: &dyn Store, channel: &ChannelId, now: Timestamp) -> Result<(i64, i64), StoreError> {
    let rows = store.due(channel, now.checked_add(WAIT_MAX).unwrap_or(now), ROWS_PER_SOURCE).await?;
    let age = |from: Severity| {
        let since = rows.iter().filter(|row| row.severity >= from).map(|row| row.since).min();
        since.map_or(0, |since| now.duration_since(since).as_secs().max(0))
    };
    Ok((age(Severity::Informational), age(Severity::Critical)))
}

/// What one message became.
struct Sent {
    claims: usize,
    result: Result<Receipt, SendError>,
}

/// Puts those sources first that are as urgent as the worst and had no turn yet: with each message planned anew, a
/// source waits for one message of each other source at most.
fn in_turn(mut steps: Vec<Step>, served: &mut BTreeSet<String>) -> Vec<Step> {
    let Some(worst) = steps.first().and_then(|step| step.rows().first()).map(|row| row.severity) else { return steps };
    let waits = |step: &Step, served: &BTreeSet<String>| {
        step.rows().first().is_some_and(|row| row.severity == worst && !served.contains(&row.source))
    };
    if !steps.iter().any(|step| waits(step, served)) {
        served.clear();
    }
    steps.sort_by_key(|step| !waits(step, served));
    steps
}

fn first_alone(step: Step) -> Option<Step> {
    match step {
        Step::Single(_) => Some(step),
        Step::RollUp(rows) => rows.into_iter().next().map(Step::Single),
    }
}

fn account(state: &mut ChannelState, report: &mut DeliveryReport, step: &Step, sent: &Sent, now: Timestamp) {
    match &sent.result {
        Ok(receipt) => {
            report.sent = report.sent.saturating_add(1);
            report.delivered = report.delivered.saturating_add(sent.claims);
            report.degraded = report.degraded.saturating_add(usize::from(receipt.degraded.is_some()));
            state.failures = 0;
            state.rest_until = None;
            state.broken = None;
            if let Step::Single(row) = step {
                state.windows.count(&row.source, now);
            }
        }
        Err(SendError::TooLate) => {}
        Err(error) => {
            report.failed = report.failed.saturating_add(1);
            report.error = Some(error.to_string());
            // One refused message says nothing about the channel.
            if matches!(error, SendError::Undeliverable(_)) {
                return;
            }
            state.failures = state.failures.saturating_add(1);
            let rest = match error {
                SendError::Wait { wait, .. } => Some((*wait).min(SignedDuration::from_mins(15))),
                SendError::Dead(reason) => {
                    state.broken = Some(reason.clone());
                    report.broken = Some(reason.clone());
                    state.failures = state.failures.max(BREAKER_AFTER);
                    Some(BREAKER_REST)
                }
                _ if state.failures >= BREAKER_AFTER => Some(BREAKER_REST),
                _ => None,
            };
            if let Some(rest) = rest {
                state.rest_until = now.checked_add(rest).ok();
            }
        }
    }
}

struct Run<'a> {
    store: &'a dyn Store,
    notifier: &'a dyn Notifier,
    policy: &'a Policy,
    clock: &'a dyn Clock,
    options: &'a DeliveryOptions,
}

impl Run<'_> {
    fn channel(&self) -> &ChannelId {
        self.notifier.channel()
    }

    fn out_of_time(&self) -> bool {
        self.options.deadline.duration_since(self.clock.now()) < STOP_BEFORE_DEADLINE
    }

    /// Claims, sends and records one step; `None` if there was nothing left to claim.
    async fn deliver(&self, step: &Step) -> Result<Option<Sent>, StoreError> {
        let mut claims = Vec::new();
        for row in step.rows() {
            if let Some(claimed) = self.claim(row).await? {
                claims.push(claimed);
            }
        }
        if let [(_, claim)] = claims.as_slice()
            && claim.reason == NotifyReason::Reminder
        {
            let others = self.other_reminders(&claim.key.clone()).await?;
            claims.extend(others);
        }
        let message = match claims.as_slice() {
            [] => return Ok(None),
            [(record, claim)] => Some(compose(record, claim, self.policy)),
            many => compose_roll_up(many, self.policy),
        };
        let Some(message) = message else { return Ok(None) };
        let first = claims.iter().map(|(_, claim)| claim.at).min().unwrap_or_else(|| self.clock.now());
        let result = self.send(&message, first).await;
        for (record, claim) in &claims {
            self.record(record, claim, &result, claims.len() == 1).await?;
        }
        Ok(Some(Sent { claims: claims.len(), result }))
    }

    /// Claims the reminders that come up soon as well, of every source: one message reminds of all open criticals, and from
    /// then on they are due together.
    async fn other_reminders(&self, first: &FindingKey) -> Result<Vec<(Record, Claim)>, StoreError> {
        let now = self.clock.now();
        let every = self.policy.channel(self.channel()).remind_critical_after.unwrap_or_default();
        let within = SignedDuration::from_secs(every.as_secs().checked_div(TOGETHER).unwrap_or_default());
        let until = now.checked_add(within).unwrap_or(now);
        let mut rows = self.store.due(self.channel(), until, ROWS_PER_SOURCE).await?;
        rows.retain(|row| row.severity == Severity::Critical && row.key != *first);
        let mut claims = Vec::new();
        for row in rows {
            // With the first one as many as a roll-up holds.
            if claims.len().saturating_add(1) >= ROLL_UP_MAX || self.out_of_time() {
                break;
            }
            let Some(record) = self.store.load(&row.key).await? else { continue };
            let Some((mut claimed, claim)) = claim_reminder(&record, self.channel(), self.policy, now, within) else {
                continue;
            };
            // A lost race leaves it to whoever won; it is reminded of at its own time.
            if let Saved::Written(revision) = self.store.save(&claimed).await? {
                claimed.revision = revision;
                claims.push((claimed, claim));
            }
        }
        Ok(claims)
    }

    async fn send(&self, message: &Message, claimed_at: Timestamp) -> Result<Receipt, SendError> {
        let send_before = claimed_at.checked_add(SEND_WITHIN).unwrap_or(claimed_at).min(self.options.deadline);
        if self.clock.now() >= send_before {
            return Err(SendError::TooLate);
        }
        self.notifier.send(message, send_before).await
    }

    async fn claim(&self, row: &DueRow) -> Result<Option<(Record, Claim)>, StoreError> {
        for _ in 0..MAX_RACES {
            let Some(record) = self.store.load(&row.key).await? else { return Ok(None) };
            let now = self.clock.now();
            let Some((mut claimed, claim)) = claim(&record, self.channel(), self.policy, now) else {
                return self.correct_due_mark(record, now).await;
            };
            if let Saved::Written(revision) = self.store.save(&claimed).await? {
                claimed.revision = revision;
                return Ok(Some((claimed, claim)));
            }
        }
        Ok(None)
    }

    /// Gives the fallback channel a cursor for what this channel cannot be told: everything if it is broken, else
    /// criticals that have waited too long. This channel stays due all the same.
    async fn fall_back(&self, broken: bool) -> Result<usize, StoreError> {
        let Some(fallback) = self.policy.channel(self.channel()).fallback else { return Ok(0) };
        let now = self.clock.now();
        let rows = self.store.due(self.channel(), now.checked_add(LEASE).unwrap_or(now), ROWS_PER_SOURCE).await?;
        let late = |row: &DueRow| now.duration_since(row.since) >= FALLBACK_AFTER;
        let mut fell_back: usize = 0;
        for row in rows.iter().filter(|row| broken || (row.severity == Severity::Critical && late(row))) {
            for _ in 0..MAX_RACES {
                let Some(mut record) = self.store.load(&row.key).await? else { break };
                if record.cursors.contains_key(&fallback) || record.status() == Status::Resolved {
                    break;
                }
                let cursor = Cursor { peak: Some(record.severity()), as_fallback: true, ..Cursor::default() };
                record.cursors.insert(fallback.clone(), cursor);
                refresh(&mut record, self.policy, now);
                if let Saved::Written(_) = self.store.save(&record).await? {
                    fell_back = fell_back.saturating_add(1);
                    break;
                }
            }
        }
        Ok(fell_back)
    }

    /// The index said due and the record says not (quiet hours have begun, a waiver was added): writes the mark anew,
    /// so that the row is not asked for again and again.
    async fn correct_due_mark(&self, record: Record, now: Timestamp) -> Result<Option<(Record, Claim)>, StoreError> {
        let mut corrected = record.clone();
        refresh(&mut corrected, self.policy, now);
        if corrected != record {
            // A conflict means that somebody wrote a newer mark.
            self.store.save(&corrected).await?;
        }
        Ok(None)
    }

    async fn record(
        &self,
        claimed: &Record,
        claim: &Claim,
        result: &Result<Receipt, SendError>,
        alone: bool,
    ) -> Result<(), StoreError> {
        let mut known = claimed.clone();
        for _ in 0..MAX_RACES {
            let now = self.clock.now();
            let recorded = match result {
                Ok(receipt) if alone => delivered(&known, claim, receipt, self.policy, now),
                // A roll-up is nobody's own message: none of its members may update it.
                Ok(_) => delivered(&known, claim, &Receipt::default(), self.policy, now),
                Err(error) => {
                    let attempts = known.cursors.get(self.channel()).map_or(0, |c| c.attempts);
                    let failure: Failure = backoff(error, claim, attempts, now);
                    failed(&known, claim, &failure, self.policy, now)
                }
            };
            let Some(recorded) = recorded else { return Ok(()) };
            if let Saved::Written(_) = self.store.save(&recorded).await? {
                return Ok(());
            }
            match self.store.load(&claim.key).await? {
                Some(record) => known = record,
                None => return Ok(()),
            }
        }
        // The lease runs out and the channel is told again: a repeat is better than a loss.
        Ok(())
    }
}
