//! The store and the clock: the ports through which this crate touches the outside world. Notifiers are in
//! `plimsoll-message`, provider APIs in [`crate::source_api`].

use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_finding::{FindingKey, Severity};
use plimsoll_message::ChannelId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::record::{Record, Revision};

/// What became of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// Written; the new revision.
    Written(Revision),
    /// Somebody wrote in between: load again.
    Conflict,
}

/// A store could not answer. Trying again later is always safe.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation} on {target} failed: {reason}")]
pub struct StoreError {
    /// For example `save`.
    pub operation: &'static str,
    /// Which table, file or key.
    pub target: String,
    /// What the store said, and what to do where that is known.
    pub reason: String,
}

impl StoreError {
    /// An error of that operation.
    pub fn new(operation: &'static str, target: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self { operation, target: target.into(), reason: reason.to_string() }
    }
}

/// A finding that a channel is due to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRow {
    /// Which finding.
    pub key: FindingKey,
    /// Its source: the unit of fairness.
    pub source: String,
    /// The severity that the message will carry.
    pub severity: Severity,
    /// Since when.
    pub since: Timestamp,
}

/// The kinds of small documents beside the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    /// A waiver, by id.
    Waiver,
    /// A published or pending digest, by schedule and channel.
    Digest,
    /// The score on one date.
    Score,
    /// A part of what was open at a digest, by a hash of the whole and the number of the part; never changed.
    Snapshot,
    /// An audit row; written once, never changed.
    Audit,
    /// An event that could not be read, by hash.
    Quarantine,
    /// Flood windows and circuit breaker of a channel, by channel.
    Channel,
    /// When the provider's API was read last, by source function.
    Reconcile,
    /// The last heartbeat that reached its function, by path.
    Heartbeat,
    /// What reads of AWS's configuration say of a line of the checklist, by line.
    Evidence,
    /// What the collector has read of an account and region, by place and part.
    Reading,
    /// The event behind a quarantine document, by the same hash: a list of what waits need not read it.
    QuarantineEvent,
    /// What resolved findings prove, by check and account.
    Proof,
    /// When a source was heard last, by source.
    Heard,
    /// Which shape the state has: one document.
    State,
}

impl DocumentKind {
    /// The word in keys and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiver => "waiver",
            Self::Digest => "digest",
            Self::Score => "score",
            Self::Snapshot => "snapshot",
            Self::Audit => "audit",
            Self::Quarantine => "quarantine",
            Self::Channel => "channel",
            Self::Reconcile => "reconcile",
            Self::Heartbeat => "heartbeat",
            Self::Evidence => "evidence",
            Self::Reading => "reading",
            Self::QuarantineEvent => "quarantine-event",
            Self::Proof => "proof",
            Self::Heard => "heard",
            Self::State => "state",
        }
    }
}

/// A small document with its revision.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its name within its kind.
    pub id: String,
    /// Grows with each write.
    pub revision: Revision,
    /// JSON.
    pub body: Value,
}

/// Some records, and where to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The records; there may be none although more pages follow.
    pub records: Vec<Record>,
    /// What to ask for the next page with; `None` after the last.
    pub next: Option<String>,
}

/// Where findings live. One finding is one item; writes are conditional on the revision that was read.
#[async_trait]
pub trait Store: Send + Sync {
    /// The record of a finding; strongly consistent.
    async fn load(&self, key: &FindingKey) -> Result<Option<Record>, StoreError>;

    /// Writes a record if its stored revision is still `record.revision` (0: if there is none), with the revision
    /// raised by one.
    async fn save(&self, record: &Record) -> Result<Saved, StoreError>;

    /// Findings that the channel is due to hear of at `now`: per source the worst first, then the oldest; at most
    /// `limit` per source. May lag behind writes.
    async fn due(&self, channel: &ChannelId, now: Timestamp, limit: usize) -> Result<Vec<DueRow>, StoreError>;

    /// The open findings by source and key, of one source or of all, page by page. What is resolved costs nothing here.
    /// Which findings are listed may lag behind writes; each listed record is strongly consistent. A record of an older
    /// build may be missing until [`crate::state::migrate`] has taken it: ask [`crate::state`] instead.
    async fn open_page(&self, source: Option<&str>, after: Option<&str>) -> Result<Page, StoreError>;

    /// Every finding that was ever kept, page by page. It costs what the history costs: for a change of the state's shape.
    async fn page(&self, after: Option<&str>) -> Result<Page, StoreError>;

    /// The findings whose key begins with those hexadecimal digits, by key: for a person who has a reference.
    async fn find(&self, digits: &str) -> Result<Vec<Record>, StoreError>;

    /// Every finding that was ever kept, at once: for exports and tests.
    async fn records(&self) -> Result<Vec<Record>, StoreError> {
        let mut page = self.page(None).await?;
        let mut records = std::mem::take(&mut page.records);
        while let Some(next) = page.next.take() {
            page = self.page(Some(&next)).await?;
            records.append(&mut page.records);
        }
        records.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(records)
    }

    /// Forgets the findings whose [`Record::may_expire`] has come, as far as the store does not do so by itself; how many.
    async fn expire(&self, now: Timestamp) -> Result<usize, StoreError> {
        let _ = now;
        Ok(0)
    }

    /// A number that grows with each write that changes what is said of a finding, and not with what channels are told;
    /// `None` where nobody counts.
    async fn generation(&self) -> Result<Option<u64>, StoreError> {
        Ok(None)
    }

    /// A document, if it exists; strongly consistent.
    async fn document(&self, kind: DocumentKind, id: &str) -> Result<Option<Document>, StoreError>;

    /// Writes a document if its stored revision is still `document.revision` (0: if there is none).
    async fn put_document(&self, kind: DocumentKind, document: &Document) -> Result<Saved, StoreError>;

    /// The document of a kind with the greatest id before `before`.
    async fn latest_document(&self, kind: DocumentKind, before: &str) -> Result<Option<Document>, StoreError>;

    /// All documents of a kind, by id.
    async fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>, StoreError>;
}

/// The time: the only source of `now`, and the only way to wait.
#[async_trait]
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits for that long. A clock that does not run by itself returns at once.
    async fn sleep(&self, duration: std::time::Duration) {
        let _ = duration;
    }
}
