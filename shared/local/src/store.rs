//! The embedded store: one `redb` file with the same behaviour as the `DynamoDB` table.
//! <https://docs.rs/redb>. Several processes may write to one file (`cargo lambda watch` runs one per function).

use std::{
    collections::BTreeMap,
    ops::Bound,
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_finding::{FindingKey, Severity, Status};
use plimsoll_message::ChannelId;
use plimsoll_pipeline::{Document, DocumentKind, DueRow, Page, Record, Revision, Saved, Store, StoreError};
use redb::{
    ConcurrencyMode, Database, Durability, ReadableDatabase, ReadableTable, TableDefinition, TableHandle,
    WriteTransaction, backends::InMemoryBackend,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Finding key -> record as JSON.
const RECORDS: TableDefinition<&str, &[u8]> = TableDefinition::new("records");
/// (channel, source, severity rank, due since in ns, finding key) -> due at in ns. Only what is due, now or later.
const DUE: TableDefinition<(&str, &str, u8, i128, &str), i128> = TableDefinition::new("due");
/// (source, finding key) of what is open.
const OPEN: TableDefinition<(&str, &str), ()> = TableDefinition::new("open");
/// (expires at, in seconds, finding key) of what was never open.
const EXPIRES: TableDefinition<(i64, &str), ()> = TableDefinition::new("expires");
/// `generation` -> how many writes changed what is said of a finding.
const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
/// The row of [`META`].
const GENERATION: &str = "generation";
/// Memory for pages of the file; `redb` takes a gigabyte by default.
const CACHE_BYTES: usize = 32 * 1024 * 1024;
/// Records in one page.
const PAGE: usize = 200;
/// (kind, id) -> revision and body as JSON.
const DOCUMENTS: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("documents");

/// A store in one file, or in memory.
pub struct LocalStore {
    database: Database,
    target: String,
    durability: Durability,
    /// Whether writes are gathered until [`LocalStore::commit`].
    is_grouped: AtomicBool,
    /// The writes that are gathered.
    group: Mutex<Option<WriteTransaction>>,
}

impl std::fmt::Debug for LocalStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalStore").field("target", &self.target).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct StoredDocument {
    revision: Revision,
    body: Value,
}

impl LocalStore {
    /// Opens the file, which is made if it is not there, with its folder.
    ///
    /// # Errors
    /// The file cannot be made, is no store, or was written by an incompatible version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let target = path.display().to_string();
        let failed = |error: &dyn std::fmt::Display| StoreError::new("open", target.clone(), error);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| failed(&e))?;
        }
        let database = Database::builder()
            .set_concurrency_mode(ConcurrencyMode::MultiWriter)
            .set_cache_size(CACHE_BYTES)
            .create(path)
            .map_err(|e| failed(&format!("{e}; move the file away to start afresh")))?;
        Self::with_tables(database, target, Durability::Immediate)
    }

    /// Makes a fresh file for one process that reaches the disk only with [`LocalStore::flush`]: for a rehearsal that
    /// can be repeated, many times faster.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn rehearsal(path: &Path) -> Result<Self, StoreError> {
        let target = path.display().to_string();
        let database = Database::create(path).map_err(|e| StoreError::new("create", target.clone(), e))?;
        Self::with_tables(database, target, Durability::None)
    }

    /// Brings everything to the disk.
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.run("flush", |store| {
            let mut transaction = store.database.begin_write()?;
            transaction.set_durability(Durability::Immediate)?;
            Ok(transaction.commit()?)
        })
    }

    /// From now on writes are gathered, and reach the disk together with [`LocalStore::commit`]: a write that waits for the
    /// disk alone takes milliseconds. This process sees them at once; another one waits until the group is committed.
    /// What is not committed when the process ends is lost, so nothing may be told of it before.
    pub fn gather(&self) {
        self.is_grouped.store(true, Ordering::SeqCst);
    }

    /// Brings the gathered writes to the disk, all or none.
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn commit(&self) -> Result<(), StoreError> {
        self.run("commit", |store| {
            let Some(group) = store.group().take() else { return Ok(()) };
            Ok(group.commit()?)
        })
    }

    /// A store in memory, for tests.
    ///
    /// # Errors
    /// There is not enough memory.
    pub fn in_memory() -> Result<Self, StoreError> {
        let target = "memory".to_owned();
        let database = Database::builder()
            .create_with_backend(InMemoryBackend::new())
            .map_err(|e| StoreError::new("open", target.clone(), e))?;
        Self::with_tables(database, target, Durability::Immediate)
    }

    fn with_tables(database: Database, target: String, durability: Durability) -> Result<Self, StoreError> {
        let store = Self { database, target, durability, is_grouped: AtomicBool::new(false), group: Mutex::default() };
        store.run("open", |store| {
            let transaction = store.begin_write()?;
            transaction.open_table(DUE)?;
            transaction.open_table(DOCUMENTS)?;
            transaction.open_table(EXPIRES)?;
            let is_older = !transaction.list_tables()?.any(|table| table.name() == OPEN.name());
            {
                let records = transaction.open_table(RECORDS)?;
                let mut open = transaction.open_table(OPEN)?;
                let mut meta = transaction.open_table(META)?;
                // A file of a build that had no such table.
                if is_older {
                    meta.insert(GENERATION, 0)?;
                    for entry in records.iter()? {
                        let record: Record = serde_json::from_slice(entry?.1.value())?;
                        if record.status() == Status::Open {
                            open.insert((record.finding.source.as_str(), record.key.as_str()), ())?;
                        }
                    }
                }
            }
            transaction.commit()?;
            Ok(())
        })?;
        Ok(store)
    }

    fn begin_write(&self) -> Result<WriteTransaction, Problem> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_durability(self.durability)?;
        Ok(transaction)
    }

    fn group(&self) -> MutexGuard<'_, Option<WriteTransaction>> {
        self.group.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A conditional write, in the group or alone. `work` changes nothing if it returns a conflict.
    fn write(
        &self,
        operation: &'static str,
        work: impl FnOnce(&WriteTransaction) -> Result<Saved, Problem>,
    ) -> Result<Saved, StoreError> {
        self.run(operation, |store| {
            let mut group = store.group();
            if store.is_grouped.load(Ordering::SeqCst) {
                let transaction = match group.take() {
                    Some(transaction) => transaction,
                    None => store.begin_write()?,
                };
                return work(group.insert(transaction));
            }
            let transaction = store.begin_write()?;
            let saved = work(&transaction)?;
            if saved != Saved::Conflict {
                transaction.commit()?;
            }
            Ok(saved)
        })
    }

    fn run<T>(&self, operation: &'static str, work: impl FnOnce(&Self) -> Result<T, Problem>) -> Result<T, StoreError> {
        work(self).map_err(|problem| StoreError::new(operation, self.target.clone(), problem))
    }
}

/// Reads a table: as the gathered writes made it, or as it was committed last.
macro_rules! read {
    ($store:expr, |$($table:ident: $definition:ident),+| $work:expr) => {{
        let group = $store.group();
        if let Some(group) = group.as_ref() {
            $(let $table = group.open_table($definition)?;)+
            $work
        } else {
            let transaction = $store.database.begin_read()?;
            $(let $table = transaction.open_table($definition)?;)+
            $work
        }
    }};
}

/// Whatever `redb` or JSON may say.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Store(#[from] Box<redb::Error>),
    #[error("a stored value cannot be read: {0}; move the file away to start afresh")]
    Json(#[from] serde_json::Error),
}

macro_rules! from_redb {
    ($($error:ty),*) => {$(
        impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                Self::Store(Box::new(error.into()))
            }
        }
    )*};
}
from_redb!(redb::TransactionError, redb::TableError, redb::StorageError, redb::CommitError, redb::SetDurabilityError);

fn rank_to_severity(rank: u8) -> Severity {
    Severity::WORST_FIRST.into_iter().find(|s| s.rank() == rank).unwrap_or(Severity::Informational)
}

#[async_trait]
impl Store for LocalStore {
    async fn load(&self, key: &FindingKey) -> Result<Option<Record>, StoreError> {
        self.run("load", |store| {
            read!(store, |records: RECORDS| {
                let value = records.get(key.as_str())?;
                Ok(value.map(|value| serde_json::from_slice(value.value())).transpose()?)
            })
        })
    }

    async fn save(&self, record: &Record) -> Result<Saved, StoreError> {
        self.write("save", |transaction| save(transaction, record))
    }

    async fn due(&self, channel: &ChannelId, now: Timestamp, limit: usize) -> Result<Vec<DueRow>, StoreError> {
        self.run("due", |store| {
            read!(store, |due: DUE| {
                let mut per_source: BTreeMap<String, usize> = BTreeMap::new();
                let mut rows = Vec::new();
                for entry in due.range((channel.as_str(), "", 0, i128::MIN, "")..)? {
                    let (row, at) = entry?;
                    let (row_channel, source, rank, since, key) = row.value();
                    if row_channel != channel.as_str() {
                        break;
                    }
                    let taken = per_source.entry(source.to_owned()).or_default();
                    if at.value() > now.as_nanosecond() || *taken >= limit {
                        continue;
                    }
                    let (Some(key), Ok(since)) = (FindingKey::from_hex(key), Timestamp::from_nanosecond(since)) else {
                        continue;
                    };
                    *taken = taken.saturating_add(1);
                    rows.push(DueRow { key, source: source.to_owned(), severity: rank_to_severity(rank), since });
                }
                Ok(rows)
            })
        })
    }

    async fn open_page(&self, source: Option<&str>, after: Option<&str>) -> Result<Page, StoreError> {
        self.run("open_page", |store| {
            read!(store, |open: OPEN, records: RECORDS| {
                let after = after.and_then(|after| after.split_once('/'));
                let first = after.map_or((source.unwrap_or_default(), ""), |(key, source)| (source, key));
                let mut page = Page::default();
                for entry in open.range((Bound::Excluded(first), Bound::Unbounded))? {
                    let (row, _) = entry?;
                    let (row_source, key) = row.value();
                    if source.is_some_and(|source| source != row_source) {
                        break;
                    }
                    let Some(value) = records.get(key)? else { continue };
                    let record: Record = serde_json::from_slice(value.value())?;
                    if record.status() == Status::Open {
                        page.records.push(record);
                    }
                    if page.records.len() >= PAGE {
                        page.next = Some(format!("{key}/{row_source}"));
                        break;
                    }
                }
                Ok(page)
            })
        })
    }

    async fn page(&self, after: Option<&str>) -> Result<Page, StoreError> {
        self.run("page", |store| {
            read!(store, |records: RECORDS| {
                let mut page = Page::default();
                for entry in records.range::<&str>((Bound::Excluded(after.unwrap_or_default()), Bound::Unbounded))? {
                    let (key, value) = entry?;
                    page.records.push(serde_json::from_slice(value.value())?);
                    if page.records.len() >= PAGE {
                        page.next = Some(key.value().to_owned());
                        break;
                    }
                }
                Ok(page)
            })
        })
    }

    async fn find(&self, digits: &str) -> Result<Vec<Record>, StoreError> {
        self.run("find", |store| {
            read!(store, |records: RECORDS| {
                let mut found = Vec::new();
                for entry in records.range(digits..)? {
                    let (key, value) = entry?;
                    if !key.value().starts_with(digits) {
                        break;
                    }
                    found.push(serde_json::from_slice(value.value())?);
                }
                Ok(found)
            })
        })
    }

    async fn expire(&self, now: Timestamp) -> Result<usize, StoreError> {
        let is_over = self.run("expire", |store| {
            read!(store, |expires: EXPIRES| {
                let first = expires.first()?;
                Ok(first.is_some_and(|(row, _)| row.value().0 <= now.as_second()))
            })
        })?;
        // A look costs nothing; a write waits for the disk.
        if !is_over {
            return Ok(0);
        }
        let mut forgotten = 0_usize;
        self.write("expire", |transaction| {
            let mut expires = transaction.open_table(EXPIRES)?;
            let mut records = transaction.open_table(RECORDS)?;
            let mut over: Vec<(i64, String)> = Vec::new();
            for entry in expires.range(..=(now.as_second(), ""))? {
                let (row, _) = entry?;
                over.push((row.value().0, row.value().1.to_owned()));
            }
            for (at, key) in &over {
                expires.remove((*at, key.as_str()))?;
                let known: Option<Record> =
                    records.get(key.as_str())?.map(|value| serde_json::from_slice(value.value())).transpose()?;
                if known.as_ref().and_then(Record::may_expire).is_some_and(|end| end.as_second() == *at) {
                    records.remove(key.as_str())?;
                    forgotten = forgotten.saturating_add(1);
                }
            }
            Ok(Saved::Written(0))
        })?;
        Ok(forgotten)
    }

    async fn generation(&self) -> Result<Option<u64>, StoreError> {
        self.run("generation", |store| {
            read!(store, |meta: META| {
                let number = meta.get(GENERATION)?;
                Ok(number.map(|number| number.value()))
            })
        })
    }

    async fn document(&self, kind: DocumentKind, id: &str) -> Result<Option<Document>, StoreError> {
        self.run("document", |store| {
            read!(store, |documents: DOCUMENTS| {
                let value = documents.get((kind.name(), id))?;
                Ok(value.map(|value| to_document(id, value.value())).transpose()?)
            })
        })
    }

    async fn put_document(&self, kind: DocumentKind, document: &Document) -> Result<Saved, StoreError> {
        self.write("put_document", |transaction| {
            let mut table = transaction.open_table(DOCUMENTS)?;
            let name = (kind.name(), document.id.as_str());
            let known: Option<StoredDocument> =
                table.get(name)?.map(|value| serde_json::from_slice(value.value())).transpose()?;
            if known.map_or(0, |k| k.revision) != document.revision {
                return Ok(Saved::Conflict);
            }
            let revision = document.revision.saturating_add(1);
            let stored = StoredDocument { revision, body: document.body.clone() };
            table.insert(name, serde_json::to_vec(&stored)?.as_slice())?;
            Ok(Saved::Written(revision))
        })
    }

    async fn latest_document(&self, kind: DocumentKind, before: &str) -> Result<Option<Document>, StoreError> {
        self.run("latest_document", |store| {
            read!(store, |documents: DOCUMENTS| {
                let last = documents.range((kind.name(), "")..(kind.name(), before))?.next_back();
                let Some((name, value)) = last.transpose()? else { return Ok(None) };
                Ok(Some(to_document(name.value().1, value.value())?))
            })
        })
    }

    async fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>, StoreError> {
        self.run("documents", |store| {
            read!(store, |table: DOCUMENTS| {
                let mut documents = Vec::new();
                for entry in table.range((kind.name(), "")..)? {
                    let (name, value) = entry?;
                    let (row_kind, id) = name.value();
                    if row_kind != kind.name() {
                        break;
                    }
                    documents.push(to_document(id, value.value())?);
                }
                Ok(documents)
            })
        })
    }
}

fn to_document(id: &str, value: &[u8]) -> Result<Document, serde_json::Error> {
    let stored: StoredDocument = serde_json::from_slice(value)?;
    Ok(Document { id: id.to_owned(), revision: stored.revision, body: stored.body })
}

/// Writes a record and its rows in the indexes, if its revision is still the stored one.
fn save(transaction: &WriteTransaction, record: &Record) -> Result<Saved, Problem> {
    let mut records = transaction.open_table(RECORDS)?;
    let mut due = transaction.open_table(DUE)?;
    let key = record.key.as_str();
    let known: Option<Record> = records.get(key)?.map(|value| serde_json::from_slice(value.value())).transpose()?;
    if known.as_ref().map_or(0, |k| k.revision) != record.revision {
        return Ok(Saved::Conflict);
    }
    let mut expires = transaction.open_table(EXPIRES)?;
    if let Some(at) = known.as_ref().and_then(Record::may_expire) {
        expires.remove((at.as_second(), key))?;
    }
    if let Some(at) = record.may_expire() {
        expires.insert((at.as_second(), key), ())?;
    }
    let mut open = transaction.open_table(OPEN)?;
    if let Some(known) = known.as_ref().filter(|known| known.status() == Status::Open) {
        open.remove((known.finding.source.as_str(), key))?;
    }
    if record.status() == Status::Open {
        open.insert((record.finding.source.as_str(), key), ())?;
    }
    if known.as_ref().is_none_or(|known| known.parts != record.parts) {
        let mut meta = transaction.open_table(META)?;
        let generation = meta.get(GENERATION)?.map_or(0, |number| number.value());
        meta.insert(GENERATION, generation.saturating_add(1))?;
    }
    for (channel, cursor) in known.iter().flat_map(|k| &k.cursors) {
        if let (Some(mark), Some(known)) = (&cursor.due, &known) {
            let since = mark.since.as_nanosecond();
            due.remove((channel.as_str(), known.finding.source.as_str(), mark.severity.rank(), since, key))?;
        }
    }
    let mut next = record.clone();
    next.revision = record.revision.saturating_add(1);
    for (channel, cursor) in &next.cursors {
        if let Some(mark) = &cursor.due {
            let since = mark.since.as_nanosecond();
            let row = (channel.as_str(), next.finding.source.as_str(), mark.severity.rank(), since, key);
            due.insert(row, mark.at.as_nanosecond())?;
        }
    }
    records.insert(key, serde_json::to_vec(&next)?.as_slice())?;
    Ok(Saved::Written(next.revision))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(revision: Revision) -> Document {
        Document { id: "a".to_owned(), revision, body: json!(revision) }
    }

    #[tokio::test]
    async fn gathered_writes_are_seen_here_at_once_and_by_others_when_they_are_committed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        let (here, there) = (LocalStore::open(&path).unwrap(), LocalStore::open(&path).unwrap());
        let kind = DocumentKind::Waiver;
        here.gather();
        assert_eq!(here.put_document(kind, &document(0)).await.unwrap(), Saved::Written(1));
        assert_eq!(here.put_document(kind, &document(0)).await.unwrap(), Saved::Conflict);
        assert_eq!(here.put_document(kind, &document(1)).await.unwrap(), Saved::Written(2));
        assert_eq!(here.document(kind, "a").await.unwrap().map(|it| it.revision), Some(2));
        assert_eq!(there.document(kind, "a").await.unwrap(), None);
        here.commit().unwrap();
        here.commit().unwrap();
        assert_eq!(there.documents(kind).await.unwrap(), here.documents(kind).await.unwrap());
        assert_eq!(there.put_document(kind, &document(2)).await.unwrap(), Saved::Written(3));
        assert_eq!(here.put_document(kind, &document(2)).await.unwrap(), Saved::Conflict);
    }

    #[tokio::test]
    async fn what_was_not_committed_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        let store = LocalStore::open(&path).unwrap();
        store.gather();
        store.put_document(DocumentKind::Waiver, &document(0)).await.unwrap();
        drop(store);
        let store = LocalStore::open(&path).unwrap();
        assert_eq!(store.documents(DocumentKind::Waiver).await.unwrap(), Vec::new());
    }
}
