//! Answers to findings: an owner who takes care, or what a cost anomaly was.
//!
//! An answer ends the reminders of the finding as it is. It closes nothing: what gets worse, is resolved or comes back is
//! told as if nobody had answered.

use jiff::Timestamp;
use plimsoll_finding::{FindingKey, Status};
use plimsoll_message::{Answer, AnswerKind};
use serde_json::json;

use crate::{
    due::refresh,
    policy::Policy,
    ports::{Document, DocumentKind, Saved, Store, StoreError},
    record::{KeptAnswer, Record},
};

/// How often a lost race is tried again.
const MAX_RACES: usize = 16;
/// The longest name of an owner, in characters.
const LONGEST_NAME: usize = 100;

/// Why a finding cannot be answered like that.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// It names nobody.
    #[error("an answer needs an owner: --owner <name>")]
    NoOwner,
    /// The name is too long to be shown.
    #[error("the name of the owner has more than {LONGEST_NAME} characters")]
    LongOwner,
    /// It is over.
    #[error("finding {0} is resolved, so there is nothing to acknowledge")]
    Resolved(String),
    /// It is no cost anomaly.
    #[error("finding {0} is no cost anomaly; `--planned`, `--false-alarm` and `--real` answer one")]
    NoAnomaly(String),
    /// Nothing has the key.
    #[error("there is no finding {0}")]
    Unknown(String),
    /// Others write all the time.
    #[error("finding {0} changes too fast; try again")]
    Busy(String),
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether the finding is a cost anomaly, which people can answer.
#[must_use]
pub fn is_anomaly(record: &Record) -> bool {
    record.finding.check == "cost:anomaly"
}

/// Keeps an answer, with an audit row, and makes the channels due that know of the finding.
///
/// # Errors
/// The answer breaks a rule, or the store could not answer.
pub async fn answer(
    store: &dyn Store,
    policy: &Policy,
    key: &FindingKey,
    given: &Answer,
) -> Result<Record, AnswerError> {
    let short = || key.short().to_owned();
    if given.owner.trim().is_empty() {
        return Err(AnswerError::NoOwner);
    }
    if given.owner.chars().count() > LONGEST_NAME {
        return Err(AnswerError::LongOwner);
    }
    for _ in 0..MAX_RACES {
        let mut record = store.load(key).await?.ok_or_else(|| AnswerError::Unknown(short()))?;
        if record.status() == Status::Resolved {
            return Err(AnswerError::Resolved(short()));
        }
        if given.kind != AnswerKind::Acknowledged && !is_anomaly(&record) {
            return Err(AnswerError::NoAnomaly(short()));
        }
        let number = record.answer.as_ref().map_or(0, |kept| kept.number).saturating_add(1);
        audit(store, key, given, number).await?;
        record.answer = Some(KeptAnswer { answer: given.clone(), number, severity: record.severity() });
        refresh(&mut record, policy, given.at);
        if let Saved::Written(revision) = store.save(&record).await? {
            record.revision = revision;
            return Ok(record);
        }
    }
    Err(AnswerError::Busy(short()))
}

/// The audit row comes first: an answer without a row must not exist, a row without its answer is harmless.
async fn audit(store: &dyn Store, key: &FindingKey, given: &Answer, number: u64) -> Result<(), StoreError> {
    let at: Timestamp = given.at;
    let row = Document {
        id: format!("{at}/answer/{key}/{number}"),
        revision: 0,
        body: json!({"at": at, "actor": given.by, "action": "answered", "finding": key, "answer": given}),
    };
    store.put_document(DocumentKind::Audit, &row).await?;
    Ok(())
}
