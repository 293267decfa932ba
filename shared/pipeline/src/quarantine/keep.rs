//! Keeps an event that could not be read, is not for us, or whose close was not confirmed.

use jiff::Timestamp;
use plimsoll_finding::{Event, Finding, FindingKey, Status, unconfirmed_finding};
use serde_json::json;

use crate::{
    ingest::{Ingested, Outcome, ingest},
    policy::Policy,
    ports::{Document, DocumentKind, Store, StoreError},
    quarantine::Quarantined,
};

/// The longest raw event that is kept in quarantine; the rest is cut. EventBridge allows 1 MB, a `DynamoDB` item 400 KB.
const MAX_RAW_BYTES: usize = 300_000;

/// Keeps an event that could not be read or is not for us, and makes it visible by this finding. Both are saved when this
/// returns, the event first. The same event again changes nothing.
///
/// # Errors
/// The store could not answer. Trying again is safe.
pub async fn quarantine(
    store: &dyn Store,
    raw: &str,
    reason: &str,
    finding: &Finding,
    policy: &Policy,
    now: Timestamp,
) -> Result<Ingested, StoreError> {
    let ingested = keep(store, raw, reason, finding, policy, now).await?;
    Ok(Ingested { outcome: Outcome::Quarantined, ..ingested })
}

/// Keeps an event whose close of `doubted` was not confirmed, in the same way; `reason` says why, and what to do.
///
/// # Errors
/// The store could not answer. Trying again is safe.
pub async fn quarantine_close(
    store: &dyn Store,
    event: &Event,
    raw: &str,
    unconfirmed: &Finding,
    reason: &str,
    policy: &Policy,
    now: Timestamp,
) -> Result<Ingested, StoreError> {
    let finding = unconfirmed_finding(event, unconfirmed, reason);
    quarantine(store, raw, reason, &finding, policy, now).await
}

/// Keeps an event behind a finding, and takes the finding; the outcome is that of the finding.
///
/// # Errors
/// The store could not answer. Trying again is safe.
pub async fn keep(
    store: &dyn Store,
    raw: &str,
    reason: &str,
    finding: &Finding,
    policy: &Policy,
    now: Timestamp,
) -> Result<Ingested, StoreError> {
    let id = quarantine_id(&finding.source, raw);
    let known = store.document(DocumentKind::Quarantine, &id).await?.map(Quarantined::from_document).transpose()?;
    let fresh = Quarantined {
        id,
        revision: known.as_ref().map_or(0, |known| known.revision),
        function: finding.source.clone(),
        reason: reason.to_owned(),
        received_at: Some(now),
        finding: Some(finding.key()),
        check: finding.check.clone(),
        event: String::new(),
        released_at: None,
        discarded: None,
    };
    // The event first: what is listed can be read. A conflict means that another process kept the same event meanwhile.
    if known.is_none() {
        put_event(store, &fresh.id, cut(raw)).await?;
        store.put_document(DocumentKind::Quarantine, &fresh.to_document()?).await?;
    }
    let ingested = ingest(store, finding, policy, now).await?;
    // It comes again after it was released or discarded, and opened its finding again: it waits again, too, or nothing could
    // end the finding.
    let has_left = known.is_some_and(|known| !known.waits());
    if has_left && ingested.record.status() == Status::Open {
        store.put_document(DocumentKind::Quarantine, &fresh.to_document()?).await?;
    }
    Ok(ingested)
}

/// Keeps the event of a quarantine document; the same again changes nothing.
async fn put_event(store: &dyn Store, id: &str, event: &str) -> Result<(), StoreError> {
    let document = Document { id: id.to_owned(), revision: 0, body: json!({"event": event}) };
    // The id follows from the content, so a conflict means that it is there.
    store.put_document(DocumentKind::QuarantineEvent, &document).await?;
    Ok(())
}

/// Moves the event of a document that an older build wrote into one of its own.
pub(crate) async fn move_event(store: &dyn Store, quarantined: Quarantined) -> Result<(), StoreError> {
    put_event(store, &quarantined.id, &quarantined.event).await?;
    let header = Quarantined { event: String::new(), ..quarantined };
    // A conflict means that it was released meanwhile.
    store.put_document(DocumentKind::Quarantine, &header.to_document()?).await?;
    Ok(())
}

/// A hash of function and content, so that a repeated delivery is kept once.
fn quarantine_id(function: &str, raw: &str) -> String {
    FindingKey::of("quarantine", "", "", raw, function).to_string()
}

fn cut(raw: &str) -> &str {
    let mut end = raw.len().min(MAX_RAW_BYTES);
    while !raw.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    raw.get(..end).unwrap_or_default()
}
