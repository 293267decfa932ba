//! Releases an event from quarantine after it was taken through.

use jiff::Timestamp;
use plimsoll_finding::Status;

use crate::{
    ingest::ingest,
    policy::Policy,
    ports::{DocumentKind, Store, StoreError},
    quarantine::Quarantined,
};

/// Marks an event in quarantine as released, after it was taken through. When it was the last one behind its finding,
/// the finding is resolved. Safe to repeat.
///
/// # Errors
/// The store could not answer.
pub async fn release(
    store: &dyn Store,
    quarantined: Quarantined,
    policy: &Policy,
    now: Timestamp,
) -> Result<(), StoreError> {
    let released = Quarantined { released_at: Some(now), ..quarantined };
    // A conflict means that another process released it meanwhile.
    store.put_document(DocumentKind::Quarantine, &released.to_document()?).await?;
    let Some(key) = released.finding else { return Ok(()) };
    if Quarantined::waiting(store).await?.iter().any(|other| other.finding.as_ref() == Some(&key)) {
        return Ok(());
    }
    if let Some(record) = store.load(&key).await? {
        let mut resolved = record.finding;
        resolved.status = Status::Resolved;
        resolved.observed_at = now;
        ingest(store, &resolved, policy, now).await?;
    }
    Ok(())
}
