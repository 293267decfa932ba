//! Known-bad variants of the protocol. Each wraps the real functions in one mistake that people do make; a test holds
//! that the checks catch every one of them.

use plimsoll_pipeline::{
    Policy, Record,
    delivery::Claim,
    due::refresh,
    ingest::{Merged, merge, publish},
};

use jiff::Timestamp;
use plimsoll_finding::Finding;
use plimsoll_message::NotifyReason;

/// One mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mutant {
    /// The message is noted as told, then sent: a crash in between loses it.
    RecordBeforeSend,
    /// Nothing says that a message may be out: an old word may stay the last.
    NoInFlightMark,
    /// Whoever finishes records, also when somebody else has taken over.
    NoFencing,
    /// Nothing keeps a second worker away.
    NoLease,
    /// A message is written to the network however late it is.
    SendWhenLate,
    /// The newest is what arrived last.
    LastArrivalWins,
    /// After a message nothing is due, whatever came in meanwhile.
    ClearWithoutCompare,
    /// Only the state of now counts, not how bad it was in between.
    PeakIgnored,
    /// A FIFO topic is given an id that is the same for the next statement.
    FifoIdWithoutVersion,
    /// "Too many requests" is taken for an answer.
    AcknowledgeOn429,
    /// Only the severity counts, not what became worse inside a finding.
    NewsIgnored,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::RecordBeforeSend,
        Self::NoInFlightMark,
        Self::NoFencing,
        Self::NoLease,
        Self::SendWhenLate,
        Self::LastArrivalWins,
        Self::ClearWithoutCompare,
        Self::PeakIgnored,
        Self::FifoIdWithoutVersion,
        Self::AcknowledgeOn429,
        Self::NewsIgnored,
    ];
}

/// Merge and publish, or the mistake in their place. `None` if nothing is to be saved.
pub(crate) fn merged(
    mutant: Option<Mutant>,
    known: Option<&Record>,
    finding: &Finding,
    policy: &Policy,
    now: Timestamp,
) -> Option<Record> {
    let known_or_not = if mutant == Some(Mutant::LastArrivalWins) { None } else { known };
    let Merged::Applied(mut record) = merge(known_or_not, finding, now) else { return None };
    if let (Some(Mutant::LastArrivalWins), Some(known)) = (mutant, known) {
        record.revision = known.revision;
        record.cursors.clone_from(&known.cursors);
    }
    let mut record = publish(*record, policy, now).record;
    if mutant == Some(Mutant::PeakIgnored) {
        record.cursors.values_mut().for_each(|cursor| cursor.peak = None);
        refresh(&mut record, policy, now);
    }
    Some(record)
}

/// What a mistake makes of a record that was just claimed.
pub(crate) fn claimed(mutant: Option<Mutant>, record: &mut Record, claim: &Claim, policy: &Policy, now: Timestamp) {
    let Some(cursor) = record.cursors.get_mut(&claim.channel) else { return };
    match mutant {
        Some(Mutant::NoInFlightMark) => cursor.in_flight = false,
        Some(Mutant::NoLease) => cursor.lease_until = None,
        _ => return,
    }
    refresh(record, policy, now);
}

/// What a mistake makes of a record whose message was accepted.
pub(crate) fn delivered(mutant: Option<Mutant>, record: &mut Record, claim: &Claim) {
    if mutant == Some(Mutant::NewsIgnored)
        && let Some(cursor) = record.cursors.get_mut(&claim.channel)
    {
        cursor.due = cursor.due.take().filter(|due| due.reason != NotifyReason::News);
        if let Some(delivered) = &mut cursor.delivered {
            delivered.news = u64::MAX;
        }
    }
    if mutant == Some(Mutant::ClearWithoutCompare)
        && let Some(cursor) = record.cursors.get_mut(&claim.channel)
    {
        cursor.peak = None;
        cursor.due = None;
    }
}
