//! The first walk: from a finding to a saved record. It never waits for a channel.

use jiff::Timestamp;
use plimsoll_checklist::{Checklist, Signal};
use plimsoll_finding::{
    Event, Finding, FindingKey, Part, Severity, Status, Unreadable, unconfirmed_finding, unreadable_finding,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{
    ChannelId, Confirmation, Document, DocumentKind, Merged, Policy, Published, Record, Saved, Store, StoreError,
    Verifier, in_doubt, merge, publish,
};

/// How often a lost race is tried again. Each loss means that somebody else made progress.
const MAX_RACES: usize = 64;
/// The longest raw event that is kept in quarantine; the rest is cut. EventBridge allows 1 MB, a `DynamoDB` item 400 KB.
const MAX_RAW_BYTES: usize = 300_000;

/// What became of an event. Every event ends in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It said something new, which is saved.
    Applied,
    /// It was known already.
    Duplicate,
    /// Something newer is known.
    Stale,
    /// It is well formed and says nothing about readiness.
    Ignored,
    /// It could not be read, or is not for us; it is kept, and people are told.
    Quarantined,
}

impl Outcome {
    /// The word in JSON and in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::Stale => "stale",
            Self::Ignored => "ignored",
            Self::Quarantined => "quarantined",
        }
    }
}

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

/// Fills in what only the checklist knows: the severity and category of sources that have none of their own.
#[must_use]
pub fn enrich(finding: &Finding, checklist: &Checklist) -> Finding {
    let mut finding = finding.clone();
    if finding.severity_is_default
        && let Some((severity, category)) = checklist.config_severity(&finding.check)
    {
        finding.severity = severity;
        finding.category = category;
        for part in &mut finding.parts {
            part.severity = severity;
        }
    }
    finding
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
        Ok(Taken::Ingested(ingested)) => Ok(*ingested),
        Err(IngestError::Store(error)) => Err(error),
        // Without a verifier nothing is asked.
        Ok(Taken::Doubted(reason)) | Err(IngestError::Authority(_, reason)) => {
            Err(StoreError::new("ingest", finding.key().to_string(), reason))
        }
    }
}

/// What became of one finding of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It was merged.
    Ingested(Box<Ingested>),
    /// It would have closed something high or critical, and the provider's API does not bear that out: nothing was
    /// changed. Why, and what to do, for people.
    Doubted(String),
}

/// A finding could not be taken. Delivering its event again is safe.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IngestError {
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The API that has to confirm a close cannot answer now. Of which finding; why.
    #[error("the close of {0} could not be confirmed yet: {1}")]
    Authority(String, String),
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
) -> Result<Taken, IngestError> {
    let finding = enrich(finding, &policy.checklist);
    let key = finding.key();
    let mut confirmed: Vec<Part> = Vec::new();
    for _ in 0..MAX_RACES {
        let known = store.load(&key).await?;
        let merged = merge(known.as_ref(), &finding, now);
        if let Some(verifier) = verifier {
            let doubted = in_doubt(known.as_ref(), &finding, &merged);
            if !doubted.iter().all(|part| confirmed.contains(part)) {
                match verifier.confirm(&finding, &doubted, now).await {
                    Ok(Confirmation::Closed) => confirmed = doubted,
                    Ok(Confirmation::StillOpen(reason) | Confirmation::Unknown(reason)) => {
                        return Ok(Taken::Doubted(reason));
                    }
                    Err(error) => return Err(IngestError::Authority(finding.resource.name, error.to_string())),
                }
            }
        }
        let record = match merged {
            Merged::Applied(record) => record,
            unchanged => {
                let outcome = if unchanged == Merged::Stale { Outcome::Stale } else { Outcome::Duplicate };
                let Some(record) = known else { continue };
                let routes = record.cursors.keys().cloned().collect();
                return Ok(Taken::Ingested(Box::new(Ingested { outcome, record, routes })));
            }
        };
        let Published { mut record, routes } = publish(*record, policy, now);
        if let Saved::Written(revision) = store.save(&record).await? {
            record.revision = revision;
            return Ok(Taken::Ingested(Box::new(Ingested { outcome: Outcome::Applied, record, routes })));
        }
    }
    let reason = "other writers were faster each time; the event will be delivered again";
    Err(StoreError::new("save", key.to_string(), reason).into())
}

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
    doubted: &Finding,
    reason: &str,
    policy: &Policy,
    now: Timestamp,
) -> Result<Ingested, StoreError> {
    let finding = unconfirmed_finding(event, doubted, reason);
    keep(store, &doubted.source, raw, reason, &finding, policy, now).await
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
        let body = json!({
            "function": function,
            "reason": reason,
            "received_at": now,
            "finding": finding.key(),
            "check": finding.check,
            "event": cut(raw),
        });
        // A conflict means that the same event was kept by somebody else meanwhile.
        store.put_document(DocumentKind::Quarantine, &Document { id, revision: 0, body }).await?;
    }
    let ingested = ingest(store, finding, policy, now).await?;
    Ok(Ingested { outcome: Outcome::Quarantined, ..ingested })
}

/// Marks an event in quarantine as released, after it was taken through. When it was the last one behind its finding,
/// the finding is resolved. Safe to repeat.
///
/// # Errors
/// The store could not answer.
pub async fn release(store: &dyn Store, document: Document, policy: &Policy, now: Timestamp) -> Result<(), StoreError> {
    let finding = document.body.get("finding").and_then(|f| f.as_str()).and_then(FindingKey::from_hex);
    let mut released = document;
    if let Some(body) = released.body.as_object_mut() {
        body.insert("released_at".to_owned(), json!(now));
    }
    // A conflict means that somebody released it meanwhile.
    store.put_document(DocumentKind::Quarantine, &released).await?;
    let Some(key) = finding else { return Ok(()) };
    let left = store.documents(DocumentKind::Quarantine).await?.iter().any(|d| {
        let same = d.body.get("finding").and_then(|f| f.as_str()) == Some(key.as_str());
        same && d.body.get("released_at").is_none_or(serde_json::Value::is_null)
    });
    if left {
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

/// The same content has the same id, so that a repeated delivery is kept once.
fn quarantine_id(function: &str, raw: &str) -> String {
    let hash = Sha256::new().chain_update(function).chain_update([0]).chain_update(raw);
    FindingKey::of("quarantine", "", "", &format!("{:?}", hash.finalize()), function).to_string()
}

fn cut(raw: &str) -> &str {
    let mut end = raw.len().min(MAX_RAW_BYTES);
    while !raw.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    raw.get(..end).unwrap_or_default()
}

/// The statements of all records, as evidence for the checklist.
#[must_use]
pub fn signals<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<Signal> {
    records
        .into_iter()
        .flat_map(|record| {
            record.parts.values().filter(|state| record.speaks(&state.part)).map(|state| Signal {
                check: state.part.check.clone(),
                status: state.part.status,
                severity: if state.part.status == Status::Open { state.part.severity } else { Severity::Informational },
                observed_at: state.version.observed_at,
                account: record.finding.account.clone(),
                not_applicable: state.part.not_applicable,
                sample: record.finding.sample,
                key: record.key.clone(),
                title: record.finding.title.clone(),
            })
        })
        .collect()
}
