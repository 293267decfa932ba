//! Batches of ten with some bad: only what the store could not keep is delivered again.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_finding::{FindingKey, Reading};
use plimsoll_local::LocalStore;
use plimsoll_message::ChannelId;
use plimsoll_pipeline::{
    Document, DocumentKind, DueRow, Page, Record, Saved, Store, StoreError, ingest::Outcome, intake::EventSummary,
};
use plimsoll_tests::samples::{SOURCES, now};
use serde_json::{Value, json};

use super::{batch, policy, run, take};

const SIZE: usize = 10;

/// A store that cannot write some findings, or nothing in quarantine.
struct Failing<'a> {
    store: &'a LocalStore,
    keys: BTreeSet<FindingKey>,
    quarantine: bool,
}

#[async_trait]
impl Store for Failing<'_> {
    async fn load(&self, key: &FindingKey) -> Result<Option<Record>, StoreError> {
        self.store.load(key).await
    }

    async fn save(&self, record: &Record) -> Result<Saved, StoreError> {
        if self.keys.contains(&record.key) {
            return Err(StoreError::new("save", record.key.to_string(), "throttled"));
        }
        self.store.save(record).await
    }

    async fn due(&self, channel: &ChannelId, now: Timestamp, limit: usize) -> Result<Vec<DueRow>, StoreError> {
        self.store.due(channel, now, limit).await
    }

    async fn open_page(&self, source: Option<&str>, after: Option<&str>) -> Result<Page, StoreError> {
        self.store.open_page(source, after).await
    }

    async fn page(&self, after: Option<&str>) -> Result<Page, StoreError> {
        self.store.page(after).await
    }

    async fn find(&self, digits: &str) -> Result<Vec<Record>, StoreError> {
        self.store.find(digits).await
    }

    async fn document(&self, kind: DocumentKind, id: &str) -> Result<Option<Document>, StoreError> {
        self.store.document(kind, id).await
    }

    async fn put_document(&self, kind: DocumentKind, document: &Document) -> Result<Saved, StoreError> {
        if self.quarantine && kind == DocumentKind::Quarantine {
            return Err(StoreError::new("put_document", document.id.clone(), "throttled"));
        }
        self.store.put_document(kind, document).await
    }

    async fn latest_document(&self, kind: DocumentKind, before: &str) -> Result<Option<Document>, StoreError> {
        self.store.latest_document(kind, before).await
    }

    async fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>, StoreError> {
        self.store.documents(kind).await
    }
}

fn good(number: usize) -> Value {
    json!({
        "id": format!("e-{number}"), "source": "aws.ecr", "detail-type": "ECR Image Scan", "account": "111122223333",
        "region": "eu-central-1", "time": "2026-11-05T10:00:00Z",
        "resources": [format!("arn:aws:ecr:eu-central-1:111122223333:repository/batch/item-{number}")],
        "detail": {"scan-status": "COMPLETE", "repository-name": format!("batch/item-{number}"),
                   "image-digest": format!("sha256:{number:064x}"), "image-tags": ["1.0.0"],
                   "finding-severity-counts": {"HIGH": number + 1}},
    })
}

/// Bad in a different way each.
fn bad(number: usize) -> String {
    match number % 5 {
        0 => format!("no event {number}"),
        1 => format!("{{\"detail-type\": \"ECR Image Scan\", \"detail\": {number}"),
        2 => json!({"id": number, "source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification", "detail": {}}).to_string(),
        3 => json!({"id": number, "source": "aws.ecr", "detail-type": "ECR Image Scan", "detail": {"scan-status": null}}).to_string(),
        _ => format!("\u{fffd}\u{0} {number}"),
    }
}

fn key(event: &Value) -> FindingKey {
    let event = plimsoll_finding::Event::from_envelope(event, now()).unwrap();
    match (SOURCES[0].read)(&event) {
        Ok(Reading::Findings(findings)) => findings[0].key(),
        other => panic!("{other:?}"),
    }
}

/// For every k from 0 to 10 and every first position: which of the ten are picked.
fn selections() -> Vec<[bool; SIZE]> {
    let one = |(k, first): (usize, usize)| std::array::from_fn(|i| (i + SIZE - first) % SIZE < k);
    (0..=SIZE).flat_map(|k| (0..SIZE).map(move |first| (k, first))).map(one).collect()
}

/// The messages that SQS would deliver again.
fn failures(summaries: &[EventSummary]) -> BTreeSet<String> {
    summaries.iter().filter(|s| s.failed()).filter_map(|s| s.message_id.clone()).collect()
}

fn ids(selected: &[bool; SIZE]) -> BTreeSet<String> {
    (0..SIZE).filter(|i| selected[*i]).map(|i| format!("m-{i}")).collect()
}

#[test]
fn bad_messages_fail_nobody_and_are_kept() {
    let policy = policy();
    for selected in selections() {
        let messages: Vec<_> =
            (0..SIZE).map(|i| (format!("m-{i}"), if selected[i] { bad(i) } else { good(i).to_string() })).collect();
        let store = LocalStore::in_memory().unwrap();
        let summaries = run(take(&store, &batch(&messages), &policy));
        assert_eq!(summaries.len(), SIZE);
        assert_eq!(failures(&summaries), BTreeSet::new(), "{selected:?}");
        for (i, summary) in summaries.iter().enumerate() {
            let expected = if selected[i] { Outcome::Quarantined } else { Outcome::Applied };
            assert_eq!(summary.outcome, Some(expected), "message {i} of {selected:?}: {:?}", summary.reason);
        }
        let kept = run(store.documents(DocumentKind::Quarantine)).unwrap();
        assert_eq!(kept.len(), selected.iter().filter(|s| **s).count(), "{selected:?}");
    }
}

#[test]
fn only_what_the_store_refused_is_delivered_again_and_then_nothing_is_missing() {
    let policy = policy();
    for selected in selections() {
        let messages: Vec<_> = (0..SIZE).map(|i| (format!("m-{i}"), good(i).to_string())).collect();
        let store = LocalStore::in_memory().unwrap();
        let keys = (0..SIZE).filter(|i| selected[*i]).map(|i| key(&good(i))).collect();
        let failing = Failing { store: &store, keys, quarantine: false };
        let summaries = run(take(&failing, &batch(&messages), &policy));
        assert_eq!(failures(&summaries), ids(&selected));
        // SQS delivers those again; the others would have done no harm either.
        let again = run(take(&store, &batch(&messages), &policy));
        assert_eq!(failures(&again), BTreeSet::new());
        for (i, summary) in again.iter().enumerate() {
            let expected = if selected[i] { Outcome::Applied } else { Outcome::Duplicate };
            assert_eq!(summary.outcome, Some(expected), "message {i} of {selected:?}");
        }
        assert_eq!(run(store.records()).unwrap().len(), SIZE);
    }
}

#[test]
fn a_bad_message_is_not_acknowledged_before_it_is_kept() {
    let policy = policy();
    let store = LocalStore::in_memory().unwrap();
    let messages: Vec<_> =
        (0..SIZE).map(|i| (format!("m-{i}"), if i % 2 == 0 { bad(i) } else { good(i).to_string() })).collect();
    let failing = Failing { store: &store, keys: BTreeSet::new(), quarantine: true };
    let summaries = run(take(&failing, &batch(&messages), &policy));
    assert_eq!(failures(&summaries), ids(&std::array::from_fn(|i| i % 2 == 0)));
}

#[test]
fn a_message_that_stands_there_twice_counts_twice_and_changes_once() {
    let policy = policy();
    let store = LocalStore::in_memory().unwrap();
    let message = ("m-0".to_owned(), good(0).to_string());
    let summaries = run(take(&store, &batch(&[message.clone(), message]), &policy));
    let outcomes: Vec<_> = summaries.iter().map(|s| s.outcome).collect();
    assert_eq!(outcomes, [Some(Outcome::Applied), Some(Outcome::Duplicate)]);
    assert_eq!(run(store.records()).unwrap()[0].revision, 1);
}

#[test]
fn an_empty_batch_is_nothing() {
    let policy = policy();
    let store = LocalStore::in_memory().unwrap();
    assert_eq!(run(take(&store, &json!({"Records": []}), &policy)), []);
    assert_eq!(run(store.records()).unwrap(), []);
}
