//! The first walk: from a finding to a saved record. It never waits for a channel.

use jiff::Timestamp;
use plimsoll_checklist::{Checklist, Signal};
use plimsoll_finding::{Event, Finding, FindingKey, Severity, Status, Unreadable, unreadable_finding};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{
    ChannelId, Document, DocumentKind, Merged, Policy, Published, Record, Saved, Store, StoreError, merge, publish,
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
///
/// # Errors
/// The store could not answer, or the race for this record was lost too often. Trying again is safe.
pub async fn ingest(
    store: &dyn Store,
    finding: &Finding,
    policy: &Policy,
    now: Timestamp,
) -> Result<Ingested, StoreError> {
    let finding = enrich(finding, &policy.checklist);
    let key = finding.key();
    for _ in 0..MAX_RACES {
        let known = store.load(&key).await?;
        let record = match merge(known.as_ref(), &finding, now) {
            Merged::Applied(record) => record,
            unchanged => {
                let outcome = if unchanged == Merged::Stale { Outcome::Stale } else { Outcome::Duplicate };
                let Some(record) = known else { continue };
                let routes = record.cursors.keys().cloned().collect();
                return Ok(Ingested { outcome, record, routes });
            }
        };
        let Published { mut record, routes } = publish(*record, policy, now);
        if let Saved::Written(revision) = store.save(&record).await? {
            record.revision = revision;
            return Ok(Ingested { outcome: Outcome::Applied, record, routes });
        }
    }
    Err(StoreError::new(
        "save",
        key.to_string(),
        "other writers were faster each time; the event will be delivered again",
    ))
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
    let id = quarantine_id(function, raw);
    let finding = unreadable_finding(function, event, error);
    if store.document(DocumentKind::Quarantine, &id).await?.is_none() {
        let body = json!({
            "function": function,
            "reason": error.reason,
            "received_at": now,
            "finding": finding.key(),
            "event": cut(raw),
        });
        // A conflict means that the same event was kept by somebody else meanwhile.
        store.put_document(DocumentKind::Quarantine, &Document { id, revision: 0, body }).await?;
    }
    let ingested = ingest(store, &finding, policy, now).await?;
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
