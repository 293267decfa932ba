//! How an event leaves quarantine: it was taken through, or somebody discarded it.

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::Status;

use crate::{
    ingest::ingest,
    policy::Policy,
    ports::{DocumentKind, Store, StoreError},
    quarantine::{Discarded, Quarantined},
};

/// Marks an event in quarantine as released, after it was taken through. When it was the last one behind its finding,
/// the finding is resolved, and this says so. Safe to repeat.
///
/// # Errors
/// The store could not answer.
pub async fn release(
    store: &dyn Store,
    quarantined: Quarantined,
    policy: &Policy,
    now: Timestamp,
) -> Result<bool, StoreError> {
    leave(store, Quarantined { released_at: Some(now), ..quarantined }, policy, now).await
}

/// Marks an event in quarantine as discarded: it stays in the store and waits no more. When it was the last one behind its
/// finding, the finding is resolved, and this says so. Safe to repeat.
///
/// # Errors
/// The store could not answer.
pub async fn discard(
    store: &dyn Store,
    quarantined: Quarantined,
    discarded: Discarded,
    policy: &Policy,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let left = Quarantined { released_at: Some(now), discarded: Some(discarded), ..quarantined };
    leave(store, left, policy, now).await
}

async fn leave(store: &dyn Store, left: Quarantined, policy: &Policy, now: Timestamp) -> Result<bool, StoreError> {
    // A conflict means that another process released it meanwhile.
    store.put_document(DocumentKind::Quarantine, &left.to_document()?).await?;
    let Some(key) = left.finding else { return Ok(false) };
    if Quarantined::waiting(store).await?.iter().any(|other| other.finding.as_ref() == Some(&key)) {
        return Ok(false);
    }
    let Some(record) = store.load(&key).await? else { return Ok(false) };
    let mut resolved = record.finding;
    resolved.status = Status::Resolved;
    // On a tie open beats resolved, and the newest event may be dated after this moment by its sender's clock.
    let newest = record.version.observed_at;
    resolved.observed_at = now.max(newest.checked_add(SignedDuration::from_millis(1)).unwrap_or(newest));
    Ok(ingest(store, &resolved, policy, now).await?.record.status() == Status::Resolved)
}
