//! The store on AWS: one table, one item for each finding, one sparse index of what is open, and one for each channel.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-general-sparse-indexes.html>: at most 20
//! indexes in a table, hence 19 channels.

use async_trait::async_trait;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use plimsoll_finding::{FindingKey, Status};
use plimsoll_message::ChannelId;
use plimsoll_pipeline::{Document, DocumentKind, DueRow, Page, Record, Saved, Store, StoreError};

use crate::{
    Clients, DueIndex,
    item::{self, Item},
    table::{OPEN_PAGE, Table, new_write_id},
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

    /// Keys from the index, about 80 bytes each, then the records, strongly consistent.
    async fn open_page(&self, source: Option<&str>, after: Option<&str>) -> Result<Page, StoreError> {
        let (from_source, from_key) = after.and_then(|after| after.split_once('/')).unwrap_or_default();
        let first = source.or_else(|| after.map(|_| from_source));
        let sources = self.sources.iter().map(String::as_str).filter(|name| match source {
            Some(source) => *name == source,
            None => first.is_none_or(|first| *name >= first),
        });
        let Some(name) = sources.clone().next() else { return Ok(Page::default()) };
        let from = if name == from_source { from_key } else { "" };
        let keys = self.table.open_keys(name, from).await?;
        let last = keys.last().cloned();
        let is_full = keys.len() >= OPEN_PAGE;
        let wanted = keys.iter().filter_map(|key| FindingKey::from_hex(key)).map(|key| item::finding_key(&key));
        let items = self.table.get_many("open_page", wanted.collect()).await?;
        let mut records = self.records_of("open_page", &items)?;
        // The index lags behind; the records do not.
        records.retain(|record| record.status() == Status::Open);
        records.sort_by(|a, b| a.key.cmp(&b.key));
        let next = match last {
            Some(last) if is_full => Some(format!("{name}/{last}")),
            _ => sources.clone().nth(1).map(|next| format!("{next}/")),
        };
        Ok(Page { records, next })
    }

    /// Reads the table, strongly consistent, a megabyte a page.
    async fn page(&self, after: Option<&str>) -> Result<Page, StoreError> {
        let (items, next) = self.table.findings("page", after, "").await?;
        Ok(Page { records: self.records_of("page", &items)?, next })
    }

    /// Reads the whole table: `DynamoDB` finds no item by the beginning of its partition key.
    async fn find(&self, digits: &str) -> Result<Vec<Record>, StoreError> {
        if let Some(key) = FindingKey::from_hex(digits) {
            return Ok(self.load(&key).await?.into_iter().collect());
        }
        let mut records = Vec::new();
        let mut from = None;
        loop {
            let (items, next) = self.table.findings("find", from.as_deref(), digits).await?;
            records.append(&mut self.records_of("find", &items)?);
            from = next;
            if from.is_none() {
                records.sort_by(|a, b| a.key.cmp(&b.key));
                return Ok(records);
            }
        }
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

    async fn latest_document(&self, kind: DocumentKind, before: &str) -> Result<Option<Document>, StoreError> {
        if before.is_empty() {
            return Ok(None);
        }
        let item = self.table.last_before("latest_document", &item::document_partition(kind), before).await?;
        let read = |item: &Item| item::to_document(item).map_err(|e| self.unreadable("latest_document", item, &e));
        item.as_ref().map(read).transpose()
    }

    async fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>, StoreError> {
        let items = self.table.partition("documents", &item::document_partition(kind)).await?;
        items.iter().map(|item| item::to_document(item).map_err(|e| self.unreadable("documents", item, &e))).collect()
    }
}

#[cfg(test)]
mod tests;
