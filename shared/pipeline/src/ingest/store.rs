//! From a finding to a saved record: one read and one conditional write.

use jiff::Timestamp;
use plimsoll_finding::{Finding, Part};
use plimsoll_message::ChannelId;

use crate::{
    ingest::{
        confirm::{Confirmation, Verifier, unconfirmed_parts},
        enrich::enrich,
        merge::{Merged, merge},
        outcome::Outcome,
        publish::{Published, publish},
        version_row::to_store,
    },
    policy::Policy,
    ports::{Saved, Store, StoreError},
    proofs::note,
    record::Record,
};

/// How often a lost race is tried again. Each loss means that somebody else made progress.
const MAX_RACES: usize = 64;

/// What became of one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ingested {
    /// Applied, duplicate or stale.
    pub outcome: Outcome,
    /// The record as it is now.
    pub record: Record,
    /// The channels that hear of it.
    pub routes: Vec<ChannelId>,
}

/// Merges a finding into the store: one read and one conditional write, or one read and none if it says nothing new.
/// What it says is believed; an event goes through [`ingest_confirmed`].
///
/// # Errors
/// The store could not answer, or the race for this record was lost too often. Trying again is safe.
pub async fn ingest(
    store: &dyn Store,
    finding: &Finding,
    policy: &Policy,
    now: Timestamp,
) -> Result<Ingested, StoreError> {
    match ingest_confirmed(store, finding, policy, None, now).await {
        Ok(Ingestion::Saved(ingested)) => Ok(*ingested),
        Err(IngestError::Store(error)) => Err(error),
        // Without a verifier nothing is asked.
        Ok(Ingestion::Unconfirmed(reason)) | Err(IngestError::SourceApi(_, reason)) => {
            Err(StoreError::new("ingest", finding.key().to_string(), reason))
        }
    }
}

/// What became of one finding of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ingestion {
    /// It was merged.
    Saved(Box<Ingested>),
    /// It would have closed something high or critical, and the provider's API does not bear that out: nothing was
    /// changed. Why, and what to do, for people.
    Unconfirmed(String),
}

/// A finding could not be taken. Delivering its event again is safe.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IngestError {
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The API that has to confirm a close cannot answer now. Of which finding; why.
    #[error("the close of {0} could not be confirmed yet: {1}")]
    SourceApi(String, String),
}

/// Like [`ingest`], but what closes something high or critical is confirmed first, if there is somebody to ask.
///
/// # Errors
/// The store or the API could not answer. Trying again is safe.
pub async fn ingest_confirmed(
    store: &dyn Store,
    finding: &Finding,
    policy: &Policy,
    verifier: Option<&Verifier<'_>>,
    now: Timestamp,
) -> Result<Ingestion, IngestError> {
    let finding = enrich(finding, policy);
    let key = finding.key();
    let mut confirmed: Vec<Part> = Vec::new();
    for _ in 0..MAX_RACES {
        let known = store.load(&key).await?;
        let merged = merge(known.as_ref(), &finding, now);
        if let Some(verifier) = verifier {
            let unconfirmed = unconfirmed_parts(known.as_ref(), &finding, &merged);
            if !unconfirmed.iter().all(|part| confirmed.contains(part)) {
                match verifier.confirm(&finding, &unconfirmed, now).await {
                    Ok(Confirmation::Closed) => confirmed = unconfirmed,
                    Ok(Confirmation::StillOpen(reason) | Confirmation::Unknown(reason)) => {
                        return Ok(Ingestion::Unconfirmed(reason));
                    }
                    Err(error) => return Err(IngestError::SourceApi(finding.resource.name, error.to_string())),
                }
            }
        }
        let record = match merged {
            Merged::Applied(record) => record,
            unchanged => {
                let outcome = if unchanged == Merged::Stale { Outcome::Stale } else { Outcome::Duplicate };
                let Some(record) = known else { continue };
                let routes = record.cursors.keys().cloned().collect();
                // A process that died after it saved the record has not noted it.
                note(store, &record, &policy.checklist).await?;
                return Ok(Ingestion::Saved(Box::new(Ingested { outcome, record, routes })));
            }
        };
        let Published { mut record, routes } = publish(*record, policy, now);
        if let Saved::Written(revision) = store.save(&to_store(&record, now)).await? {
            record.revision = revision;
            note(store, &record, &policy.checklist).await?;
            return Ok(Ingestion::Saved(Box::new(Ingested { outcome: Outcome::Applied, record, routes })));
        }
    }
    let reason = "other writers were faster each time; the event will be delivered again";
    Err(StoreError::new("save", key.to_string(), reason).into())
}
