//! Keeps an event that could not be read, is not for us, or whose close was not confirmed.

use jiff::Timestamp;
use plimsoll_finding::{Event, Finding, FindingKey, Unreadable, unconfirmed_finding, unreadable_finding};

use crate::{
    ingest::{Ingested, Outcome, ingest},
    policy::Policy,
    ports::{DocumentKind, Store, StoreError},
    quarantine::Quarantined,
};

/// The longest raw event that is kept in quarantine; the rest is cut. EventBridge allows 1 MB, a `DynamoDB` item 400 KB.
const MAX_RAW_BYTES: usize = 300_000;

/// Keeps an event that could not be read or is not for us, and makes it visible as a finding. Both are saved when this
/// returns, the event first. The same event again changes nothing.
///
/// # Errors
/// The store could not answer. Trying again is safe.
pub async fn quarantine(
    store: &dyn Store,
    function: &str,
    event: &Event,
    raw: &str,
    error: &Unreadable,
    policy: &Policy,
    now: Timestamp,
) -> Result<Ingested, StoreError> {
    let finding = unreadable_finding(function, event, error);
    keep(store, function, raw, &error.reason, &finding, policy, now).await
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
    keep(store, &unconfirmed.source, raw, reason, &finding, policy, now).await
}

async fn keep(
    store: &dyn Store,
    function: &str,
    raw: &str,
    reason: &str,
    finding: &Finding,
    policy: &Policy,
    now: Timestamp,
) -> Result<Ingested, StoreError> {
    let id = quarantine_id(function, raw);
    if store.document(DocumentKind::Quarantine, &id).await?.is_none() {
        let kept = Quarantined {
            id,
            revision: 0,
            function: function.to_owned(),
            reason: reason.to_owned(),
            received_at: Some(now),
            finding: Some(finding.key()),
            check: finding.check.clone(),
            event: cut(raw).to_owned(),
            released_at: None,
        };
        // A conflict means that another process kept the same event meanwhile.
        store.put_document(DocumentKind::Quarantine, &kept.to_document()?).await?;
    }
    let ingested = ingest(store, finding, policy, now).await?;
    Ok(Ingested { outcome: Outcome::Quarantined, ..ingested })
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
