//! Claim, then send, then record. A claim is a lease with a fencing token, taken by one conditional write.
//!
//! The order makes a crash harmless: before the send nothing was told and the lease runs out; after the send the
//! cursor is marked in flight, so the channel is told again rather than left with a guess.

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{FindingKey, Severity, Status};

use crate::{
    due::{desired, due, refresh},
    policy::Policy,
    record::{Delivered, Record, Version},
    waiver::waiver_for,
};
use plimsoll_message::{ChannelId, MessageRef, NotifyReason, Receipt, SendError};

/// How long a claim keeps others away.
pub const LEASE: SignedDuration = SignedDuration::from_secs(120);
/// How long after the claim a message may be written to the network: the function's timeout. With this and [`LEASE`],
/// two senders never overlap while their clocks differ by at most 30 s.
pub const SEND_WITHIN: SignedDuration = SignedDuration::from_secs(60);
/// First and last ceiling of the back-off. The last is below the minute of the sweep less the ten seconds of a request:
/// the breaker keeps a dead channel from being asked too often, and its next probe must find the worst message due, not
/// asleep because an earlier probe carried it.
const BACKOFF_MIN: SignedDuration = SignedDuration::from_secs(5);
const BACKOFF_MAX: SignedDuration = SignedDuration::from_secs(45);
/// The longest that a provider may make us wait before the next try.
pub(crate) const WAIT_MAX: SignedDuration = SignedDuration::from_mins(15);
/// How long a message that was refused in every form rests before it is tried again.
const REFUSED_WAIT: SignedDuration = SignedDuration::from_mins(5);

/// The right to tell one channel about one finding, and what it will be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Which finding.
    pub key: FindingKey,
    /// Which channel.
    pub channel: ChannelId,
    /// Only the holder of the newest token may record.
    pub token: u64,
    /// When it was claimed.
    pub at: Timestamp,
    /// Why the channel is told.
    pub reason: NotifyReason,
    /// The version that is told.
    pub version: Version,
    /// Open or resolved, as told.
    pub status: Status,
    /// The severity as told.
    pub severity: Severity,
    /// The worst that was not told so far.
    pub peak: Option<Severity>,
    /// Told as flapping.
    pub flapping: bool,
    /// What the channel was told before.
    pub previous: Option<(Status, Severity)>,
    /// Up to which change of [`Record::news`] the channel was told before.
    pub known_news: u64,
    /// Up to which one it is told now.
    pub news: u64,
    /// Up to which answer of a person it is told now.
    pub answer: u64,
    /// Whether an earlier message was already out with unknown outcome.
    pub was_in_flight: bool,
    /// The message to update.
    pub update: Option<MessageRef>,
}

/// What became of a send that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Certainly not accepted: as if the claim had not been, but for the wait.
    NotAccepted {
        /// Try again then.
        retry_at: Timestamp,
    },
    /// Nobody knows: the channel stays in flight.
    Unknown {
        /// Try again then.
        retry_at: Timestamp,
    },
}

/// Claims the channel's turn, if it is due and nobody else holds it. The record that comes back must be saved before
/// anything is sent; `None` if there is nothing to claim.
#[must_use]
pub fn claim(record: &Record, channel: &ChannelId, policy: &Policy, now: Timestamp) -> Option<(Record, Claim)> {
    let cursor = record.cursors.get(channel)?;
    let waiver = waiver_for(record, &policy.waivers, now);
    let due = due(record, cursor, &policy.channel(channel), &waiver, now)?;
    (due.at <= now).then(|| take(record, channel, policy, due.reason, now)).flatten()
}

/// The same for a reminder that is due within so long: a channel is reminded of all its open criticals at once. What is due
/// for another reason, and what somebody else holds, is left alone.
#[must_use]
pub(super) fn claim_reminder(
    record: &Record,
    channel: &ChannelId,
    policy: &Policy,
    now: Timestamp,
    within: SignedDuration,
) -> Option<(Record, Claim)> {
    let cursor = record.cursors.get(channel)?;
    let waiver = waiver_for(record, &policy.waivers, now);
    let due = due(record, cursor, &policy.channel(channel), &waiver, now)?;
    let is_free = cursor.lease_until.is_none_or(|lease| lease <= now);
    let is_near = now.checked_add(within).is_ok_and(|latest| due.at <= latest);
    (due.reason == NotifyReason::Reminder && is_free && is_near)
        .then(|| take(record, channel, policy, due.reason, now))
        .flatten()
}

fn take(
    record: &Record,
    channel: &ChannelId,
    policy: &Policy,
    reason: NotifyReason,
    now: Timestamp,
) -> Option<(Record, Claim)> {
    let cursor = record.cursors.get(channel)?;
    let want = desired(record, cursor, now);
    let mut claimed = record.clone();
    let cursor = claimed.cursors.get_mut(channel)?;
    let claim = Claim {
        key: record.key.clone(),
        channel: channel.clone(),
        token: cursor.token.saturating_add(1),
        at: now,
        reason,
        version: record.version.clone(),
        status: want.status,
        severity: want.severity,
        peak: cursor.undelivered_peak(),
        flapping: want.flapping,
        previous: cursor.delivered.as_ref().map(|t| (t.status, t.severity)),
        known_news: cursor.delivered.as_ref().map_or(0, |t| t.news),
        news: record.news,
        answer: record.answer.as_ref().map_or(0, |kept| kept.number),
        was_in_flight: cursor.in_flight,
        update: cursor.message.clone(),
    };
    cursor.token = claim.token;
    cursor.claimed_peak = claim.peak;
    cursor.peak = None;
    cursor.in_flight = true;
    cursor.lease_until = now.checked_add(LEASE).ok();
    refresh(&mut claimed, policy, now);
    Some((claimed, claim))
}

/// Records that the message was accepted. `None` if the claim was taken over meanwhile: then nothing may be recorded.
#[must_use]
pub fn delivered(record: &Record, claim: &Claim, receipt: &Receipt, policy: &Policy, now: Timestamp) -> Option<Record> {
    let mut record = record.clone();
    let cursor = record.cursors.get_mut(&claim.channel).filter(|c| c.token == claim.token)?;
    cursor.delivered = Some(Delivered {
        version: claim.version.clone(),
        status: claim.status,
        severity: claim.severity,
        flapping: claim.flapping,
        news: claim.news,
        answer: claim.answer,
        at: now,
    });
    cursor.claimed_peak = None;
    cursor.in_flight = false;
    cursor.lease_until = None;
    cursor.attempts = 0;
    cursor.due = None;
    if receipt.message.is_some() {
        cursor.message.clone_from(&receipt.message);
    }
    refresh(&mut record, policy, now);
    Some(record)
}

/// Records that the message was not accepted, or that nobody knows. `None` if the claim was taken over meanwhile.
#[must_use]
pub fn failed(record: &Record, claim: &Claim, failure: &Failure, policy: &Policy, now: Timestamp) -> Option<Record> {
    let mut record = record.clone();
    let cursor = record.cursors.get_mut(&claim.channel).filter(|c| c.token == claim.token)?;
    cursor.attempts = cursor.attempts.saturating_add(1);
    match failure {
        Failure::NotAccepted { retry_at } => {
            cursor.in_flight = claim.was_in_flight;
            cursor.lease_until = Some(*retry_at);
        }
        Failure::Unknown { retry_at } => cursor.lease_until = Some(*retry_at),
    }
    refresh(&mut record, policy, now);
    Some(record)
}

/// What a send error means for the claim: 5 s to 45 s of back-off with full jitter, or the provider's own wait up to
/// 15 min. The jitter follows from `(key, attempts)`, so that a replay is exact.
#[must_use]
pub fn backoff(error: &SendError, claim: &Claim, attempts: u32, now: Timestamp) -> Failure {
    let after = |wait: SignedDuration| now.checked_add(wait).unwrap_or(now);
    let jittered = after(jitter(claim, attempts));
    match error {
        SendError::Ambiguous(_) => Failure::Unknown { retry_at: jittered },
        SendError::Refused(_) | SendError::Dead(_) => Failure::NotAccepted { retry_at: jittered },
        SendError::Wait { wait, .. } => Failure::NotAccepted { retry_at: after((*wait).clamp(BACKOFF_MIN, WAIT_MAX)) },
        SendError::Undeliverable(_) => Failure::NotAccepted { retry_at: after(REFUSED_WAIT) },
        SendError::TooLate => Failure::NotAccepted { retry_at: now },
    }
}

fn jitter(claim: &Claim, attempts: u32) -> SignedDuration {
    let ceiling = BACKOFF_MIN.saturating_mul(1_i32.checked_shl(attempts.min(6)).unwrap_or(1)).min(BACKOFF_MAX);
    let seed = claim
        .key
        .as_str()
        .bytes()
        .fold(u64::from(attempts), |h, b| h.wrapping_mul(0x0100_0000_01b3).wrapping_add(u64::from(b)));
    let span = u64::try_from(ceiling.as_millis()).unwrap_or(1).max(1);
    let wait = i64::try_from(seed.checked_rem(span).unwrap_or(0)).unwrap_or(0);
    SignedDuration::from_millis(wait).max(SignedDuration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use plimsoll_checklist::Checklist;
    use plimsoll_finding::{Event, Finding, Resource};
    use serde_json::json;

    use super::*;
    use crate::{
        channel::ChannelPolicy,
        cost::CostPolicy,
        ingest::{Merged, merge},
        record::Cursor,
    };

    fn now() -> Timestamp {
        "2026-11-02T09:15:00Z".parse().unwrap()
    }

    fn claim(n: usize) -> Claim {
        Claim {
            key: FindingKey::of("s", "", "", &n.to_string(), ""),
            channel: ChannelId::new("slack"),
            token: 1,
            at: now(),
            reason: plimsoll_message::NotifyReason::FirstSeen,
            version: Version {
                observed_at: now(),
                status: Status::Open,
                severity: Severity::Critical,
                event_id: String::new(),
            },
            status: Status::Open,
            severity: Severity::Critical,
            peak: None,
            flapping: false,
            previous: None,
            known_news: 0,
            news: 0,
            answer: 0,
            was_in_flight: false,
            update: None,
        }
    }

    /// Else a critical that probed a dead channel would sleep through the next probes, and through the recovery.
    #[test]
    fn whatever_failed_is_due_again_at_the_next_sweep() {
        let minute_less_a_request = now() + SignedDuration::from_secs(50);
        for (n, attempts) in (0..1_000).zip((0..20).cycle()) {
            for error in
                [SendError::Refused(String::new()), SendError::Ambiguous(String::new()), SendError::Dead(String::new())]
            {
                let (Failure::NotAccepted { retry_at } | Failure::Unknown { retry_at }) =
                    backoff(&error, &claim(n), attempts, now());
                assert!(retry_at > now() && retry_at < minute_less_a_request, "{error} {attempts} {retry_at}");
            }
        }
    }

    fn minutes(count: i64) -> SignedDuration {
        SignedDuration::from_mins(count)
    }

    fn slack() -> ChannelId {
        ChannelId::new("slack")
    }

    /// Open and critical, told an hour ago, with a reminder in half an hour.
    fn told(severity: Severity) -> (Record, Policy) {
        let event = Event::from_envelope(&json!({"detail-type": "X", "detail": {}}), now()).unwrap();
        let finding = Finding::new("s", "c", Resource::new("r", "k", "n"), &event).severity(Severity::Critical, None);
        let Merged::Applied(record) = merge(None, &finding, now()) else { panic!("the first statement is applied") };
        let mut record = *record;
        let delivered = Delivered {
            version: record.version.clone(),
            status: Status::Open,
            severity,
            flapping: false,
            news: 0,
            answer: 0,
            at: now() - minutes(60),
        };
        record.cursors = [(slack(), Cursor { delivered: Some(delivered), ..Cursor::default() })].into();
        let channel = ChannelPolicy { remind_critical_after: Some(minutes(90)), ..ChannelPolicy::plain(slack()) };
        let policy = Policy {
            checklist: Checklist::shipped().unwrap(),
            runbooks_url: None,
            environments: Vec::new(),
            routes: Vec::new(),
            channels: [(slack(), channel)].into(),
            waivers: Vec::new(),
            targets: BTreeMap::new(),
            accounts: Vec::new(),
            regions: Vec::new(),
            cost: CostPolicy::default(),
            account_names: BTreeMap::new(),
        };
        (record, policy)
    }

    #[test]
    fn a_reminder_takes_along_what_comes_up_for_the_same_reason_and_nobody_holds() {
        let (record, policy) = told(Severity::Critical);
        let within = |record: &Record, soon| claim_reminder(record, &slack(), &policy, now(), minutes(soon));
        assert_eq!(within(&record, 30).unwrap().1.reason, NotifyReason::Reminder);
        assert!(within(&record, 29).is_none(), "it comes up later");
        let held = |until: i64| {
            let mut record = record.clone();
            record.cursors.get_mut(&slack()).unwrap().lease_until = Some(now() + minutes(until));
            record
        };
        assert!(within(&held(1), 30).is_none(), "somebody else holds it");
        assert!(within(&held(0), 30).is_some() && within(&held(-1), 30).is_some(), "nobody holds it any more");
        let (worse, policy) = told(Severity::High);
        assert!(claim_reminder(&worse, &slack(), &policy, now(), minutes(30)).is_none(), "that is no reminder");
        assert_eq!(super::claim(&worse, &slack(), &policy, now()).unwrap().1.reason, NotifyReason::Worse);
    }

    #[test]
    fn a_failure_is_recorded_for_whoever_holds_the_claim_alone() {
        let (record, policy) = told(Severity::High);
        let (claimed, claim) = super::claim(&record, &slack(), &policy, now()).unwrap();
        let retry_at = now() + minutes(5);
        let after =
            |failure: &Failure| failed(&claimed, &claim, failure, &policy, now()).unwrap().cursors[&slack()].clone();
        let refused = after(&Failure::NotAccepted { retry_at });
        assert_eq!((refused.attempts, refused.in_flight, refused.lease_until), (1, false, Some(retry_at)));
        let unknown = after(&Failure::Unknown { retry_at });
        assert_eq!((unknown.attempts, unknown.in_flight, unknown.lease_until), (1, true, Some(retry_at)));
        let late = Claim { token: claim.token + 1, ..claim.clone() };
        assert!(failed(&claimed, &late, &Failure::Unknown { retry_at }, &policy, now()).is_none());
        assert!(delivered(&claimed, &late, &Receipt::default(), &policy, now()).is_none());
    }

    #[test]
    fn the_provider_is_waited_for_up_to_fifteen_minutes() {
        for (asked, waited) in [(0, 5), (5, 5), (30, 30), (900, 900), (86_400, 900)] {
            let error = SendError::Wait { wait: SignedDuration::from_secs(asked), reason: String::new() };
            let retry_at = now() + SignedDuration::from_secs(waited);
            assert_eq!(backoff(&error, &claim(0), 0, now()), Failure::NotAccepted { retry_at });
        }
    }
}
