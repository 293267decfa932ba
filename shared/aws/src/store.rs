//! The store on AWS: one table, one item for each finding, one sparse index for each channel.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-general-sparse-indexes.html>: at most 20
//! indexes in a table, hence 20 channels.

use async_trait::async_trait;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use plimsoll_finding::FindingKey;
use plimsoll_message::ChannelId;
use plimsoll_pipeline::{Document, DocumentKind, DueRow, Record, Saved, Store, StoreError};

use crate::{
    Clients, DueIndex,
    item::{self, Item},
    table::{Table, new_write_id},
};

/// The longest sort key, hence the longest id of a document, in bytes.
const MAX_ID_BYTES: usize = 1_024;
/// Where Terraform puts the configuration: partition and sort key.
const CONFIGURATION: (&str, &str) = ("D#config", "plimsoll.toml");

/// A [`Store`] in one `DynamoDB` table.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    table: Table,
    /// Sorted, without repeats.
    sources: Vec<String>,
}

impl DynamoStore {
    /// The store in that table. `sources` are all names that a finding's source can have: the functions, and whatever
    /// else makes findings. What is due is asked for source by source, so a finding of any other source is refused
    /// when it is saved rather than never told.
    pub fn new(clients: &Clients, table: &str, sources: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut sources: Vec<String> = sources.into_iter().map(Into::into).collect();
        sources.sort();
        sources.dedup();
        Self { table: Table::new(clients, table), sources }
    }

    /// The configuration that Terraform put into the table: the text of `plimsoll.toml`; `None` if it put none.
    ///
    /// # Errors
    /// `DynamoDB` could not answer, or the item is not what Terraform writes. Trying again is safe.
    pub async fn configuration(&self) -> Result<Option<String>, StoreError> {
        let (pk, sk) = CONFIGURATION;
        let Some(item) = self.table.get("configuration", pk, sk).await? else { return Ok(None) };
        let document = item::to_document(&item).map_err(|e| self.table.unreadable("configuration", e))?;
        let toml = document.body.get("toml").and_then(|toml| toml.as_str());
        let missing = || self.table.unreadable("configuration", format!("{pk} {sk} has no text in `body.toml`"));
        toml.map(|toml| Some(toml.to_owned())).ok_or_else(missing)
    }

    fn records_of(&self, operation: &'static str, items: &[Item]) -> Result<Vec<Record>, StoreError> {
        items.iter().map(|item| item::to_record(item).map_err(|e| self.unreadable(operation, item, &e))).collect()
    }

    fn unreadable(&self, operation: &'static str, item: &Item, error: &str) -> StoreError {
        let which = item::string(item, item::PK).unwrap_or("an item without a key");
        self.table.unreadable(operation, format!("{which}: {error}"))
    }
}

#[async_trait]
impl Store for DynamoStore {
    async fn load(&self, key: &FindingKey) -> Result<Option<Record>, StoreError> {
        let (pk, sk) = item::finding_key(key);
        let item = self.table.get("load", &pk, &sk).await?;
        Ok(self.records_of("load", item.as_slice())?.pop())
    }

    async fn save(&self, record: &Record) -> Result<Saved, StoreError> {
        let source = &record.finding.source;
        if self.sources.binary_search(source).is_err() {
            let known = self.sources.join(", ");
            let reason =
                format!("nobody would be told of findings from `{source}`; the sources of this stack are {known}");
            return Err(self.table.unreadable("save", reason));
        }
        let next = Record { revision: record.revision.saturating_add(1), ..record.clone() };
        let write_id = new_write_id();
        let item = item::of_record(&next, &write_id).map_err(|e| self.table.unreadable("save", e.to_string()))?;
        self.table.put("save", item, record.revision, &write_id).await
    }

    async fn due(&self, channel: &ChannelId, now: Timestamp, limit: usize) -> Result<Vec<DueRow>, StoreError> {
        let index = DueIndex::of(channel);
        let sources = self.sources.iter().map(|source| self.table.due(&index, source, now, limit));
        let items = try_join_all(sources).await?;
        let rows = items.iter().flatten().map(|item| item::to_due_row(item, &index));
        rows.map(|row| row.map_err(|e| self.table.unreadable("due", e))).collect()
    }

    /// Reads the whole table, strongly consistent: about 2 ms and one read unit for each 4 KB. For the digest, not for
    /// each event.
    async fn records(&self) -> Result<Vec<Record>, StoreError> {
        let mut records = self.records_of("records", &self.table.findings("records").await?)?;
        records.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(records)
    }

    async fn document(&self, kind: DocumentKind, id: &str) -> Result<Option<Document>, StoreError> {
        if id.is_empty() {
            return Ok(None);
        }
        let Some(item) = self.table.get("document", &item::document_partition(kind), id).await? else {
            return Ok(None);
        };
        item::to_document(&item).map(Some).map_err(|e| self.unreadable("document", &item, &e))
    }

    async fn put_document(&self, kind: DocumentKind, document: &Document) -> Result<Saved, StoreError> {
        let id = document.id.as_str();
        if id.is_empty() || id.len() > MAX_ID_BYTES {
            let reason = format!("the id of a {} has 1 to {MAX_ID_BYTES} bytes, not {}", kind.name(), id.len());
            return Err(self.table.unreadable("put_document", reason));
        }
        let write_id = new_write_id();
        let revision = document.revision.saturating_add(1);
        let item = item::of_document(kind, id, revision, document.body.to_string(), &write_id);
        self.table.put("put_document", item, document.revision, &write_id).await
    }

    async fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>, StoreError> {
        let items = self.table.partition("documents", &item::document_partition(kind)).await?;
        items.iter().map(|item| item::to_document(item).map_err(|e| self.unreadable("documents", item, &e))).collect()
    }
}

#[cfg(test)]
mod tests;
