//! All that decides the lines of the checklist: what is open, and what the rest proves.

use plimsoll_checklist::Signal;
use plimsoll_pipeline::{Record, Store, StoreError, signals, state::survey};

/// What is open, and the statements of all findings that can decide a line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Statements {
    /// The open findings, by key.
    pub open: Vec<Record>,
    /// What they say, and what resolved findings prove.
    pub signals: Vec<Signal>,
}

/// Reads what is open, together, and what the rest proves: for a person who asks, on one machine.
///
/// # Errors
/// The store could not answer.
pub async fn read_statements(store: &dyn Store) -> Result<Statements, StoreError> {
    let mut open = Vec::new();
    let resolved = survey(store, |record| open.push(record)).await?;
    open.sort_by(|a, b| a.key.cmp(&b.key));
    let mut signals = signals(&open);
    signals.extend(resolved.proofs);
    Ok(Statements { open, signals })
}
