//! The two ports, a store and a notifier, and the clock. Everything else in this crate is a function of values.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{FindingKey, Severity};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ChannelId, Message, Record};

/// Grows by one with each write of a record or document; 0 for one that was never written.
pub type Revision = u64;

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
}

impl DocumentKind {
    /// The word in keys and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiver => "waiver",
            Self::Digest => "digest",
            Self::Score => "score",
            Self::Audit => "audit",
            Self::Quarantine => "quarantine",
            Self::Channel => "channel",
            Self::Reconcile => "reconcile",
            Self::Heartbeat => "heartbeat",
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

    /// All records, for score and digest.
    async fn records(&self) -> Result<Vec<Record>, StoreError>;

    /// A document, if it exists; strongly consistent.
    async fn document(&self, kind: DocumentKind, id: &str) -> Result<Option<Document>, StoreError>;

    /// Writes a document if its stored revision is still `document.revision` (0: if there is none).
    async fn put_document(&self, kind: DocumentKind, document: &Document) -> Result<Saved, StoreError>;

    /// All documents of a kind, by id.
    async fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>, StoreError>;
}

/// A message that was accepted and can be updated or replied to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRef {
    /// Where it is, as the provider calls it (a Slack channel id).
    pub place: String,
    /// Which one (a Slack timestamp).
    pub id: String,
}

/// The provider accepted the message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Where it is, if the provider said so.
    pub message: Option<MessageRef>,
    /// The provider refused the full form and accepted a plainer one; why.
    pub degraded: Option<String>,
}

/// The provider did not accept the message, or nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It was certainly not accepted; trying again later may help.
    #[error("not accepted: {0}")]
    Refused(String),
    /// Nobody knows: a timeout, a reset or a server error after the request was written.
    #[error("outcome unknown: {0}")]
    Ambiguous(String),
    /// It was certainly not accepted, and the provider said how long to wait.
    #[error("not accepted, wait {} s: {reason}", wait.as_secs())]
    Wait {
        /// How long.
        wait: SignedDuration,
        /// What the provider said.
        reason: String,
    },
    /// The channel or its credential is dead until somebody repairs it; `reason` says what to do.
    #[error("channel is broken: {0}")]
    Dead(String),
    /// Every form of this one message was refused; others may pass.
    #[error("message was refused in every form: {0}")]
    Undeliverable(String),
    /// The time in which the claim allows to send had passed; nothing was sent.
    #[error("too late to send under this claim")]
    TooLate,
}

/// Why a probe does not say that the channel could be told. Each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// The channel or its credential is dead until somebody repairs it.
    #[error("{0}")]
    Broken(String),
    /// Not now; later may be different.
    #[error("{0}")]
    Failed(String),
    /// Nothing is wrong as far as could be seen, but something could not be looked at.
    #[error("{0}")]
    Unseen(String),
}

impl From<SendError> for ProbeError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Dead(_) => Self::Broken(error.to_string()),
            other => Self::Failed(other.to_string()),
        }
    }
}

/// Something that can tell people, or machines.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Which channel it speaks to.
    fn channel(&self) -> &ChannelId;

    /// Sends one message. Must not write to the network at or after `send_before`.
    async fn send(&self, message: &Message, send_before: Timestamp) -> Result<Receipt, SendError>;

    /// Checks, without telling anybody, that the channel could be told. `Ok` says what was checked, `Err` what is wrong
    /// and how to fix it.
    async fn probe(&self) -> Result<String, ProbeError> {
        Ok("this kind of channel cannot be checked without telling somebody".to_owned())
    }
}

/// Tells the time. The only source of `now`.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now.
    fn now(&self) -> Timestamp;
}
