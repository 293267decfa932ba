//! The state of every line, with the risks that somebody accepted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_checklist::{Assessment, ItemState, Known, LineEvidence, Reason, Signal, assess_known};
use plimsoll_finding::FindingKey;
use plimsoll_pipeline::{Policy, Record, WaiverTarget, waiver::waiver_for};

/// The state of every line by the findings and, where AWS's configuration was read, by the reads. A line is waived if all
/// that refutes it are findings under a waiver that is in force now, or if the line itself is. `records` are the open
/// findings: nothing else refutes.
#[must_use]
pub fn assess_lines<'a>(
    policy: &'a Policy,
    signals: &'a [Signal],
    reads: &'a [LineEvidence],
    records: &[Record],
    now: Timestamp,
) -> Vec<Assessment<'a>> {
    let records: BTreeMap<&FindingKey, &Record> = records.iter().map(|record| (&record.key, record)).collect();
    assess_accepted(policy, Known { signals, reads, waived: &[] }, now, |signal| {
        let record = records.get(&signal.key);
        record.is_some_and(|record| waiver_for(record, &policy.waivers, now).active_until.is_some())
    })
}

/// The same, where `accepted` says whether a statement is of a finding under a waiver that is in force now.
pub(crate) fn assess_accepted<'a>(
    policy: &'a Policy,
    known: Known<'a, '_>,
    now: Timestamp,
    accepted: impl Fn(&Signal) -> bool,
) -> Vec<Assessment<'a>> {
    let first = assess_known(&policy.checklist, known, now);
    let refuted_by = |reason: &Reason<'_>| match reason {
        Reason::Refuted { signal } => accepted(signal),
        _ => false,
    };
    let waived: Vec<String> = first
        .iter()
        .filter(|line| line.state == ItemState::Gap && line.reasons.iter().all(refuted_by))
        .map(|line| line.item.id.clone())
        .chain(policy.waivers.iter().filter(|waiver| waiver.in_force(now)).filter_map(|waiver| match &waiver.target {
            WaiverTarget::Line(line) => Some(line.clone()),
            _ => None,
        }))
        .collect();
    if waived.is_empty() {
        return first;
    }
    assess_known(&policy.checklist, Known { waived: &waived, ..known }, now)
}
