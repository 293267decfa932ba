//! How records and documents lie in the table: names of attributes and indexes, items from values and back.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>: an item holds at most 400 KB.
//!
//! | item | `pk` | `sk` | more |
//! |---|---|---|---|
//! | finding | `F#<key>` | `F` | `rev`, `body`, `source`, `status`, `severity`, `last_seen`, the due attributes |
//! | document | `D#<kind>` | `<id>` | `rev`, `body` |
//!
//! A finding that is open has two more attributes, `open_pk` and `open_sk`, and only then; so the index `open` holds what
//! is open and nothing else.
//!
//! A finding that a channel is due to hear of has three more attributes, `due_<channel>_pk`, `_sk` and `_at`, and only
//! then; so the index of a channel holds what is due there and nothing else.
//!
//! A finding that was never open has `expires_at`, in seconds since 1970, and only such a finding: `DynamoDB` deletes it after
//! that time. <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html>. Nothing else expires.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use plimsoll_finding::{FindingKey, Severity, Status};
use plimsoll_message::ChannelId;
use plimsoll_pipeline::{Document, DocumentKind, DueMark, DueRow, Record, Revision};

/// The largest item that `DynamoDB` takes, names and values together.
pub const MAX_ITEM_BYTES: usize = 400 * 1024;
/// Partition key of the table.
pub(crate) const PK: &str = "pk";
/// Sort key of the table.
pub(crate) const SK: &str = "sk";
/// The revision of the item.
pub(crate) const REV: &str = "rev";
/// The record or document as JSON.
pub(crate) const BODY: &str = "body";
/// Which write made it so: a writer that got no answer finds its own write again.
pub(crate) const WRITE_ID: &str = "write_id";
/// When `DynamoDB` forgets a finding that was never open.
pub const EXPIRES_AT: &str = "expires_at";
/// What the partition keys of findings start with.
pub(crate) const FINDINGS: &str = "F#";
const FINDING_SK: &str = "F";

/// An item, as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The names of the index in which a channel finds what it is due to hear. Terraform makes one for each channel:
/// partition and sort key are strings; `at` is projected beside the table's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueIndex {
    /// The index, for example `due_on_call` for the channel `on-call`.
    pub name: String,
    /// Partition key: the source of the finding.
    pub partition: String,
    /// Sort key: severity rank, due since, finding key, so that the worst comes first and then the oldest.
    pub sort: String,
    /// Not due before this time.
    pub at: String,
}

impl DueIndex {
    /// Of that channel. Channel names have no `_`, so no two channels share an index.
    #[must_use]
    pub fn of(channel: &ChannelId) -> Self {
        let name = format!("due_{}", channel.as_str().replace('-', "_"));
        Self { partition: format!("{name}_pk"), sort: format!("{name}_sk"), at: format!("{name}_at"), name }
    }
}

/// The index of what is open. Terraform makes it beside those of the channels.
pub const OPEN_INDEX: &str = "open";
/// Its partition key: the source of the finding.
pub const OPEN_PK: &str = "open_pk";
/// Its sort key: the key of the finding, so that a page is where it was whatever changes meanwhile.
pub const OPEN_SK: &str = "open_sk";

/// The key of a finding's item.
pub(crate) fn finding_key(key: &FindingKey) -> (String, String) {
    (format!("{FINDINGS}{key}"), FINDING_SK.to_owned())
}

/// The partition of a kind of documents.
pub(crate) fn document_partition(kind: DocumentKind) -> String {
    format!("D#{}", kind.name())
}

/// The item of a record, which already has its new revision.
pub(crate) fn of_record(record: &Record, write_id: &str) -> Result<Item, serde_json::Error> {
    let (pk, sk) = finding_key(&record.key);
    let mut item = keyed(pk, sk, record.revision, serde_json::to_string(record)?, write_id);
    let mut set = |name: &str, value: &str| item.insert(name.to_owned(), text(value));
    set("source", &record.finding.source);
    set("status", record.status().name());
    set("severity", record.severity().name());
    set("last_seen", &sortable(record.last_seen));
    if let Some(at) = record.may_expire() {
        item.insert(EXPIRES_AT.to_owned(), AttributeValue::N(at.as_second().to_string()));
    }
    let mut set = |name: &str, value: &str| item.insert(name.to_owned(), text(value));
    if record.status() == Status::Open {
        set(OPEN_PK, &record.finding.source);
        set(OPEN_SK, record.key.as_str());
    }
    for (channel, cursor) in &record.cursors {
        let Some(mark) = &cursor.due else { continue };
        let index = DueIndex::of(channel);
        set(&index.partition, &record.finding.source);
        set(&index.sort, &due_order(mark, &record.key));
        set(&index.at, &sortable(mark.at));
    }
    Ok(item)
}

/// The item of a document, with its new revision.
pub(crate) fn of_document(kind: DocumentKind, id: &str, revision: Revision, body: String, write_id: &str) -> Item {
    keyed(document_partition(kind), id.to_owned(), revision, body, write_id)
}

fn keyed(pk: String, sk: String, revision: Revision, body: String, write_id: &str) -> Item {
    HashMap::from([
        (PK.to_owned(), AttributeValue::S(pk)),
        (SK.to_owned(), AttributeValue::S(sk)),
        (REV.to_owned(), number(revision)),
        (BODY.to_owned(), AttributeValue::S(body)),
        (WRITE_ID.to_owned(), text(write_id)),
    ])
}

/// The record in an item; what is wrong with the item if there is none.
pub(crate) fn to_record(item: &Item) -> Result<Record, String> {
    serde_json::from_str(string(item, BODY)?).map_err(|e| format!("the stored record cannot be read: {e}"))
}

/// The document in an item; what is wrong with the item if there is none.
pub(crate) fn to_document(item: &Item) -> Result<Document, String> {
    let body =
        serde_json::from_str(string(item, BODY)?).map_err(|e| format!("the stored document cannot be read: {e}"))?;
    Ok(Document { id: string(item, SK)?.to_owned(), revision: revision(item)?, body })
}

/// The row that an entry of a channel's index stands for; what is wrong with the entry if there is none.
pub(crate) fn to_due_row(item: &Item, index: &DueIndex) -> Result<DueRow, String> {
    let order = string(item, &index.sort)?;
    let read = || {
        let (rank, rest) = order.split_once('#')?;
        let (since, key) = rest.split_once('#')?;
        let severity = Severity::WORST_FIRST.into_iter().find(|s| s.rank().to_string() == rank)?;
        Some((FindingKey::from_hex(key)?, severity, since.parse::<Timestamp>().ok()?))
    };
    let (key, severity, since) = read().ok_or_else(|| format!("`{order}` in {} is no due mark", index.sort))?;
    Ok(DueRow { key, source: string(item, &index.partition)?.to_owned(), severity, since })
}

/// The revision of an item.
pub(crate) fn revision(item: &Item) -> Result<Revision, String> {
    let number = item.get(REV).and_then(|value| value.as_n().ok());
    number.and_then(|n| n.parse().ok()).ok_or_else(|| format!("the item has no number in `{REV}`"))
}

/// The text in an attribute.
pub(crate) fn string<'a>(item: &'a Item, name: &str) -> Result<&'a str, String> {
    item.get(name)
        .and_then(|value| value.as_s().ok())
        .map(String::as_str)
        .ok_or_else(|| format!("the item has no text in `{name}`"))
}

/// Text as an attribute.
pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// A revision as an attribute.
pub(crate) fn number(value: Revision) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A time whose text sorts as the time does: always nine digits of fraction.
pub(crate) fn sortable(time: Timestamp) -> String {
    format!("{time:.9}")
}

fn due_order(mark: &DueMark, key: &FindingKey) -> String {
    format!("{}#{}#{key}", mark.severity.rank(), sortable(mark.since))
}

/// Bytes of an item as `DynamoDB` counts them: names and values in UTF-8; a number is never counted too small.
pub(crate) fn size(item: &Item) -> usize {
    let value = |v: &AttributeValue| match v {
        AttributeValue::S(s) | AttributeValue::N(s) => s.len(),
        _ => 0,
    };
    item.iter().map(|(name, v)| name.len().saturating_add(value(v))).fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_message::NotifyReason;

    fn mark(severity: Severity, since: &str) -> DueMark {
        let since = since.parse().unwrap();
        DueMark { at: since, since, severity, reason: NotifyReason::FirstSeen }
    }

    #[test]
    fn due_marks_sort_worst_first_then_oldest() {
        let key = FindingKey::of("s", "1", "r", "x", "c");
        let order = [
            mark(Severity::Critical, "2026-11-02T09:15:00Z"),
            // Without a fixed fraction `00.5Z` would sort before `00Z`.
            mark(Severity::Critical, "2026-11-02T09:15:00.5Z"),
            mark(Severity::Critical, "2026-11-02T09:15:01Z"),
            mark(Severity::High, "2026-11-01T09:15:00Z"),
            mark(Severity::Informational, "2025-11-01T09:15:00Z"),
        ];
        let written: Vec<String> = order.iter().map(|m| due_order(m, &key)).collect();
        let mut sorted = written.clone();
        sorted.sort();
        assert_eq!(written, sorted);
    }

    #[test]
    fn an_index_entry_is_read_back_or_named() {
        let key = FindingKey::of("s", "1", "r", "x", "c");
        let index = DueIndex::of(&ChannelId::new("on-call"));
        assert_eq!((index.name.as_str(), index.sort.as_str()), ("due_on_call", "due_on_call_sk"));
        let mark = mark(Severity::High, "2026-11-02T09:15:00.5Z");
        let mut item = Item::from([
            (index.partition.clone(), text("guardduty-finding")),
            (index.sort.clone(), text(&due_order(&mark, &key))),
        ]);
        let row = to_due_row(&item, &index).unwrap();
        assert_eq!((row.key, row.severity, row.since), (key, Severity::High, mark.since));
        item.insert(index.sort.clone(), text("9#soon#x"));
        assert_eq!(to_due_row(&item, &index).unwrap_err(), "`9#soon#x` in due_on_call_sk is no due mark");
    }

    #[test]
    fn the_size_counts_names_and_bytes() {
        assert_eq!(size(&Item::from([("pk".to_owned(), text("é"))])), 4);
        assert_eq!(size(&Item::from([("rev".to_owned(), number(10))])), 5);
    }
}
