//! One event in quarantine, as the store keeps it.

use jiff::Timestamp;
use plimsoll_finding::FindingKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ports::{Document, DocumentKind, Store, StoreError},
    record::Revision,
};

/// An event in quarantine. Every field has a default, so that no document of an older version stops a reader.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quarantined {
    /// Follows from function and content: the same event is kept once.
    #[serde(skip)]
    pub id: String,
    /// The revision of its document; 0 before it is written.
    #[serde(skip)]
    pub revision: Revision,
    /// The function that received it.
    pub function: String,
    /// Why it is here, for people.
    pub reason: String,
    /// When it was received.
    pub received_at: Option<Timestamp>,
    /// The finding that makes it visible.
    pub finding: Option<FindingKey>,
    /// The check of that finding.
    pub check: String,
    /// Empty, because [`Quarantined::raw_event`] reads the event. Documents of older builds hold it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub event: String,
    /// When it was taken through or discarded; `None` while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Timestamp>,
    /// Who discarded it; `None` if it was taken through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discarded: Option<Discarded>,
}

/// That somebody said of an event that it need not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discarded {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl Quarantined {
    /// Whether it still waits for somebody.
    #[must_use]
    pub const fn waits(&self) -> bool {
        self.released_at.is_none()
    }

    /// Reads a document of [`DocumentKind::Quarantine`].
    ///
    /// # Errors
    /// The document has another shape; it names the document.
    pub fn from_document(document: Document) -> Result<Self, StoreError> {
        let read: Self = serde_json::from_value(document.body)
            .map_err(|error| StoreError::new("read", format!("quarantine {}", document.id), error))?;
        Ok(Self { id: document.id, revision: document.revision, ..read })
    }

    /// The document to be written.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn to_document(&self) -> Result<Document, StoreError> {
        let body = serde_json::to_value(self)
            .map_err(|error| StoreError::new("write", format!("quarantine {}", self.id), error))?;
        Ok(Document { id: self.id.clone(), revision: self.revision, body })
    }

    /// The event as it was received, cut at 300,000 bytes; empty if it is not there any more.
    ///
    /// # Errors
    /// The store could not answer.
    pub async fn raw_event(&self, store: &dyn Store) -> Result<String, StoreError> {
        if !self.event.is_empty() {
            return Ok(self.event.clone());
        }
        let document = store.document(DocumentKind::QuarantineEvent, &self.id).await?;
        let event = document.and_then(|it| it.body.get("event").and_then(Value::as_str).map(ToOwned::to_owned));
        Ok(event.unwrap_or_default())
    }

    /// Everything that was ever kept, without the events, oldest first.
    ///
    /// # Errors
    /// The store could not answer, or a document has another shape.
    pub async fn all(store: &dyn Store) -> Result<Vec<Self>, StoreError> {
        let documents = store.documents(DocumentKind::Quarantine).await?;
        let all: Result<Vec<Self>, StoreError> = documents.into_iter().map(Self::from_document).collect();
        let mut all = all?;
        all.sort_by(|a, b| (a.received_at, &a.id).cmp(&(b.received_at, &b.id)));
        Ok(all)
    }

    /// Everything that waits, without the events, oldest first.
    ///
    /// # Errors
    /// The store could not answer, or a document has another shape.
    pub async fn waiting(store: &dyn Store) -> Result<Vec<Self>, StoreError> {
        Ok(Self::all(store).await?.into_iter().filter(Self::waits).collect())
    }
}
