//! Delivers the digest: once per scheduled time and channel, however often the scheduler fires.

use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    digest::{DigestInput, Draft, Snapshot},
    history::record_history,
    reading::read_evidence,
    snapshot_parts,
};
use plimsoll_finding::Status;
use plimsoll_message::{Digest, Message, Notifier, SendError};
use plimsoll_pipeline::{
    Clock, Document, DocumentKind, Policy, Saved, Store, StoreError, delivery::SEND_WITHIN, ending::end_on_time,
    quarantine::Quarantined, state::survey,
};

/// How long a sender keeps others away.
const LEASE: SignedDuration = SignedDuration::from_secs(120);
/// Findings that were open at the digest before and are read at the same time.
const LOADS_AT_ONCE: usize = 16;
/// The longest wait between two attempts to deliver a message.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);
/// Late messages that are counted, for each channel and source.
const MAX_LATE: usize = 1_000;

/// What became of the digest on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DigestOutcome {
    /// It was accepted now.
    Delivered,
    /// It was accepted earlier: this schedule time is done.
    AlreadyDelivered,
    /// Somebody else is telling it right now.
    InProgress,
    /// It was not accepted, or nobody knows; the next invocation for the same time tries again.
    Failed(String),
}

/// Whether and when a channel was told, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct DigestDelivery {
    #[serde(alias = "told_at")]
    delivered_at: Option<Timestamp>,
    lease_until: Option<Timestamp>,
}

/// What the digest of one scheduled time is: made once, then kept, so that each channel and each repeat says the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Made {
    digest: Digest,
    snapshot: Snapshot,
    /// The documents that hold what was open, in order; empty if the snapshot holds it itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    open_in: Vec<String>,
}

/// Makes the digest of a scheduled time, or takes the one that was made before.
///
/// # Errors
/// The store could not answer.
pub async fn make_digest(
    store: &dyn Store,
    policy: &Policy,
    sources: &[&str],
    silent_after_days: i64,
    scheduled_for: Timestamp,
) -> Result<Digest, StoreError> {
    let id = scheduled_for.to_string();
    if let Some(made) = read(store.document(DocumentKind::Score, &id).await?) {
        return Ok(made.digest);
    }
    end_on_time(store, policy, scheduled_for).await?;
    record_history(store, policy, &read_evidence(store).await?, scheduled_for).await?;
    let (digest, mut snapshot) = draft_digest(store, policy, sources, silent_after_days, scheduled_for).await?;
    // The parts first: a digest that is there can always be compared with.
    let open_in = snapshot_parts::write(store, &mut snapshot).await?;
    let body = serde_json::to_value(Made { digest: digest.clone(), snapshot, open_in })
        .map_err(|error| StoreError::new("make_digest", id.clone(), error))?;
    match store.put_document(DocumentKind::Score, &Document { id: id.clone(), revision: 0, body }).await? {
        Saved::Written(_) => Ok(digest),
        Saved::Conflict => Ok(read(store.document(DocumentKind::Score, &id).await?).map_or(digest, |made| made.digest)),
    }
}

/// The digest as it would be at that time, and what the next one would compare itself with. Writes nothing.
///
/// # Errors
/// The store could not answer.
pub async fn draft_digest(
    store: &dyn Store,
    policy: &Policy,
    sources: &[&str],
    silent_after_days: i64,
    scheduled_for: Timestamp,
) -> Result<(Digest, Snapshot), StoreError> {
    let id = scheduled_for.to_string();
    let previous = match read(store.latest_document(DocumentKind::Score, &id).await?) {
        Some(made) => Some(snapshot_parts::read(store, made.snapshot, &made.open_in).await?),
        None => None,
    };
    let quarantined = Quarantined::waiting(store).await?.len();
    let reads = read_evidence(store).await?;
    let input = DigestInput {
        reads: &reads,
        sources,
        previous: previous.as_ref(),
        quarantined,
        silent_after_days,
        scheduled_for,
    };
    let mut draft = Draft::new(policy, input);
    let resolved = survey(store, |record| draft.open(&record)).await?;
    let loads = draft.closed_since().into_iter().map(|key| async move { store.load(&key).await });
    let mut loads = stream::iter(loads.collect::<Vec<_>>()).buffer_unordered(LOADS_AT_ONCE);
    while let Some(record) = loads.next().await {
        match record? {
            // The index lags behind, or a build before the index wrote it: it is open.
            Some(record) if record.status() == Status::Open => draft.open(&record),
            Some(record) => draft.closed(&record),
            None => {}
        }
    }
    // What waits for its next attempt is late all the same.
    let soon = scheduled_for.checked_add(LONGEST_WAIT).unwrap_or(scheduled_for);
    for channel in policy.channels.keys() {
        // A channel that Terraform made no index for has no notifier either; the digest is made all the same.
        for row in store.due(channel, soon, MAX_LATE).await.unwrap_or_default() {
            draft.waits(&row.key, row.since);
        }
    }
    Ok(draft.finish(&resolved))
}

fn read(document: Option<Document>) -> Option<Made> {
    serde_json::from_value(document?.body).ok()
}

/// Tells one channel the digest, unless it was told.
///
/// # Errors
/// The store could not answer.
pub async fn deliver_digest(
    store: &dyn Store,
    notifier: &dyn Notifier,
    digest: &Digest,
    clock: &dyn Clock,
) -> Result<DigestOutcome, StoreError> {
    let id = format!("{}/{}", digest.scheduled_for, notifier.channel());
    let known = store.document(DocumentKind::Digest, &id).await?;
    let revision = known.as_ref().map_or(0, |d| d.revision);
    let telling: Option<DigestDelivery> = known.and_then(|d| serde_json::from_value(d.body).ok());
    let now = clock.now();
    match telling {
        Some(DigestDelivery { delivered_at: Some(_), .. }) => return Ok(DigestOutcome::AlreadyDelivered),
        Some(DigestDelivery { lease_until: Some(until), .. }) if now < until => return Ok(DigestOutcome::InProgress),
        _ => {}
    }
    let lease_until = now.checked_add(LEASE).ok();
    let claimed =
        Document { id: id.clone(), revision, body: json!(DigestDelivery { delivered_at: None, lease_until }) };
    let Saved::Written(revision) = store.put_document(DocumentKind::Digest, &claimed).await? else {
        return Ok(DigestOutcome::InProgress);
    };
    let send_before = now.checked_add(SEND_WITHIN).unwrap_or(now);
    let result = notifier.send(&Message::Digest(digest.clone()), send_before).await;
    let (outcome, delivered_at) = match result {
        Ok(_) => (DigestOutcome::Delivered, Some(clock.now())),
        Err(SendError::TooLate) => (DigestOutcome::InProgress, None),
        Err(error) => (DigestOutcome::Failed(error.to_string()), None),
    };
    // After a failure the lease is given back, so that the next invocation may try at once.
    let body = json!(DigestDelivery { delivered_at, lease_until: None });
    // Lost to another sender: it has taken over after our lease ran out, and tells the same words.
    store.put_document(DocumentKind::Digest, &Document { id, revision, body }).await?;
    Ok(outcome)
}
