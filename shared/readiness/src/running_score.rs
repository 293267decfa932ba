//! The overall score, kept up to date event by event on one machine.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_checklist::{Known, LineEvidence, Signal, assess_known};
use plimsoll_pipeline::{Policy, Record, Store, StoreError, intake::ScoreChange};

use crate::{reading::read_evidence, signals::signals};

/// The overall score, kept up to date event by event so that an invocation reads the store once.
#[derive(Debug)]
pub struct RunningScore {
    signals: BTreeMap<String, Vec<Signal>>,
    reads: Vec<LineEvidence>,
    overall: u8,
}

impl RunningScore {
    /// Reads all records once.
    ///
    /// # Errors
    /// The store could not answer.
    pub async fn load(store: &dyn Store, policy: &Policy, now: Timestamp) -> Result<Self, StoreError> {
        let mut signals_by_key: BTreeMap<String, Vec<Signal>> = BTreeMap::new();
        for record in store.records().await? {
            signals_by_key.insert(record.key.to_string(), signals([&record]));
        }
        let mut score = Self { signals: signals_by_key, reads: read_evidence(store).await?, overall: 0 };
        score.overall = score.compute(policy, now);
        Ok(score)
    }

    /// Takes the changed records into the score.
    pub fn update(&mut self, changed: &[Record], policy: &Policy, now: Timestamp) -> ScoreChange {
        let before = self.overall;
        for record in changed {
            self.signals.insert(record.key.to_string(), signals([record]));
        }
        if !changed.is_empty() {
            self.overall = self.compute(policy, now);
        }
        ScoreChange { before, after: self.overall }
    }

    fn compute(&self, policy: &Policy, now: Timestamp) -> u8 {
        let all: Vec<Signal> = self.signals.values().flatten().cloned().collect();
        let known = Known { signals: &all, reads: &self.reads, waived: &[] };
        policy.checklist.score(&assess_known(&policy.checklist, known, now), &policy.targets).current
    }
}
