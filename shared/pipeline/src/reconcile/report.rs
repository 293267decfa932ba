//! What a reading of a source's API did, and how far it came.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ports::{DocumentKind, Store, StoreError},
    source_api::SourceApiError,
};

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReconcileReport {
    /// Pages that were read.
    pub pages: usize,
    /// Findings that were listed there.
    pub listed: usize,
    /// Of those, what was not known here.
    pub found: usize,
    /// What was open here and is over there.
    pub closed: usize,
    /// Findings that are open here and that the API does not know; the first reason.
    pub unknown: usize,
    /// Why the first of those is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_reason: Option<String>,
    /// What was listed there and could not be read; it is in quarantine.
    pub unreadable: usize,
    /// Events in quarantine whose close is confirmed now.
    pub released: usize,
    /// Whether everything was read; if not, the next run goes on where this one ended.
    pub complete: bool,
}

/// A run failed. What was taken before stays; the next run reads again.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReconcileError {
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The API could not be read.
    #[error("reconciliation failed: {0}")]
    Read(#[from] SourceApiError),
}

/// How far the reading came; kept in the store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// When the last complete reading began: everything until then is known.
    pub(crate) last_success: Option<Timestamp>,
    /// When the reading that is under way began.
    pub(crate) began: Option<Timestamp>,
    /// Where it goes on.
    pub(crate) from: Option<String>,
    /// The finding that was looked at last.
    #[serde(alias = "looked")]
    pub(crate) last_lookup: Option<String>,
}

/// When each source was reconciled last, by the name of its function.
///
/// # Errors
/// The store could not answer.
pub async fn last_reconciles(store: &dyn Store) -> Result<BTreeMap<String, Timestamp>, StoreError> {
    let documents = store.documents(DocumentKind::Reconcile).await?;
    let times = documents.into_iter().filter_map(|document| {
        let progress: Progress = serde_json::from_value(document.body).ok()?;
        Some((document.id, progress.last_success?))
    });
    Ok(times.collect())
}
