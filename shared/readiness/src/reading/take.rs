//! Judges what was read, keeps a row for each line, and makes findings of what broke or is mended.

use jiff::Timestamp;
use plimsoll_checklist::ReadState;
use plimsoll_evidence::{Collection, Profile, judge};
use plimsoll_finding::{Finding, Status};
use plimsoll_pipeline::{Policy, Record, Store, StoreError, ingest::ingest, state::all_open};
use serde::Serialize;

use crate::{
    history::record_history,
    reading::{
        rows::{read_rows, save},
        transitions::{Transition, finding, step},
    },
};

/// What became of the lines after a reading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TakenReading {
    /// The lines that were judged.
    pub lines: usize,
    /// The lines that the reads say are met; those that need an event or a signature as well are among them.
    pub met: usize,
    /// The lines that the reads refute.
    pub gaps: usize,
    /// The lines of which something could not be seen.
    pub unknown: usize,
    /// The lines that do not apply.
    pub not_applicable: usize,
    /// The units that broke since the reading before, by their finding.
    pub broke: Vec<String>,
    /// The units that had broken and are mended or gone, by their finding.
    pub mended: Vec<String>,
}

/// Judges the collections of all accounts and regions together. A finding is written before the row that remembers it, so
/// that a run that dies in between repeats itself and loses nothing; a finding that is written twice is told once.
///
/// # Errors
/// The store could not answer. Trying again is safe.
pub async fn take_reading(
    store: &dyn Store,
    policy: &Policy,
    profile: &Profile,
    collections: &[Collection],
    now: Timestamp,
) -> Result<TakenReading, StoreError> {
    let mut taken = TakenReading::default();
    let rows = read_rows(store).await?;
    let mut records: Option<Vec<Record>> = None;
    for evidence in judge(collections, profile) {
        let line = evidence.line.clone();
        let Some(item) = policy.checklist.items().iter().find(|item| item.id == line) else { continue };
        let earlier = rows.get(&line);
        let (mut row, transitions) = step(earlier, evidence, now);
        row.revision = earlier.map_or(0, |earlier| earlier.revision);
        for transition in &transitions {
            let Some(finding) = finding(transition, item, &row.evidence, now) else { continue };
            if matches!(transition, Transition::Broken(_)) {
                let known = match &records {
                    Some(known) => known,
                    None => records.insert(all_open(store, None).await?),
                };
                if is_told_by_an_event(&finding, &line, known, policy) {
                    continue;
                }
            }
            let key = finding.key().to_string();
            ingest(store, &finding, policy, now).await?;
            if finding.status == Status::Open { taken.broke.push(key) } else { taken.mended.push(key) }
        }
        taken.lines = taken.lines.saturating_add(1);
        let count = match row.evidence.state(now) {
            ReadState::Met => &mut taken.met,
            ReadState::Gap => &mut taken.gaps,
            ReadState::NotApplicable => &mut taken.not_applicable,
            ReadState::Unknown | ReadState::Stale => &mut taken.unknown,
        };
        *count = count.saturating_add(1);
        save(store, &line, &row).await?;
    }
    let reads: Vec<_> = read_rows(store).await?.into_values().map(|row| row.evidence).collect();
    record_history(store, policy, &reads, now).await?;
    Ok(taken)
}

/// Whether an open finding of another source says the same: it refutes the line, about the same resource.
fn is_told_by_an_event(finding: &Finding, line: &str, records: &[Record], policy: &Policy) -> bool {
    let same = |record: &Record| {
        let (ours, theirs) = (&finding.resource, &record.finding.resource);
        record.finding.account == finding.account && (ours.id == theirs.id || ours.name == theirs.name)
    };
    records.iter().filter(|record| record.status() == Status::Open && !record.finding.sample && same(record)).any(
        |record| {
            record.parts.values().filter(|state| state.part.status == Status::Open).any(|state| {
                let rules = |item: &plimsoll_checklist::Item| {
                    let part = &state.part;
                    item.evidence.iter().any(|r| r.concerns(&part.check) && r.refuted_by(part.status, part.severity))
                };
                policy.checklist.items().iter().any(|item| item.id == line && rules(item))
            })
        },
    )
}
