//! The score of the headline, kept up to date event by event on one machine.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_checklist::{LineEvidence, Signal};
use plimsoll_finding::FindingKey;
use plimsoll_pipeline::{Policy, Record, Store, StoreError, intake::ScoreChange, signals, state::survey};

use crate::{reading::read_evidence, scope::Scope, tally::Tally};

/// The score of the headline, kept up to date event by event: an event costs the same however many findings there are.
#[derive(Debug)]
pub struct RunningScore {
    tally: Tally,
    /// What is counted of each finding.
    counted: BTreeMap<FindingKey, Vec<Signal>>,
    reads: Vec<LineEvidence>,
    overall: u8,
    /// The generation of the store that it is true of; `None` where nobody counts.
    generation: Option<u64>,
}

impl RunningScore {
    /// Reads what is open, and what the rest proves, once.
    ///
    /// # Errors
    /// The store could not answer.
    pub async fn load(store: &dyn Store, policy: &Policy, now: Timestamp) -> Result<Self, StoreError> {
        let generation = store.generation().await?;
        let mut score = Self {
            tally: Tally::default(),
            counted: BTreeMap::new(),
            reads: read_evidence(store).await?,
            overall: 0,
            generation,
        };
        let known = survey(store, |record| score.count(&record, policy)).await?;
        for signal in known.proofs {
            score.tally.add(&signal, policy);
            score.counted.entry(signal.key.clone()).or_default().push(signal);
        }
        score.overall = score.compute(policy, now);
        Ok(score)
    }

    /// Whether nobody else changed what is said of a finding since this was true.
    ///
    /// # Errors
    /// The store could not answer.
    pub async fn is_current(&self, store: &dyn Store) -> Result<bool, StoreError> {
        Ok(self.generation.is_some() && store.generation().await? == self.generation)
    }

    /// Computes the score anew: proofs grow old.
    pub fn refresh(&mut self, policy: &Policy, now: Timestamp) {
        self.overall = self.compute(policy, now);
    }

    /// This process made that many writes that changed what is said of a finding.
    pub fn wrote(&mut self, writes: usize) {
        let writes = u64::try_from(writes).unwrap_or(u64::MAX);
        self.generation = self.generation.map(|generation| generation.saturating_add(writes));
    }

    /// Takes the changed records into the score.
    pub fn update(&mut self, changed: &[Record], policy: &Policy, now: Timestamp) -> ScoreChange {
        let before = self.overall;
        for record in changed {
            self.count(record, policy);
        }
        if !changed.is_empty() {
            self.overall = self.compute(policy, now);
        }
        ScoreChange { before, after: self.overall }
    }

    fn count(&mut self, record: &Record, policy: &Policy) {
        let signals = signals([record]);
        for signal in self.counted.remove(&record.key).unwrap_or_default() {
            self.tally.take_back(&signal, policy);
        }
        for signal in &signals {
            self.tally.add(signal, policy);
        }
        self.counted.insert(record.key.clone(), signals.into_iter().filter(|signal| !signal.sample).collect());
    }

    /// The score that `plimsoll score` shows: that of the headline.
    fn compute(&self, policy: &Policy, now: Timestamp) -> u8 {
        let scope = Scope::headline(policy, self.tally.decisive(now), self.reads.clone());
        scope.score(&scope.assess(&[], now)).current
    }
}
