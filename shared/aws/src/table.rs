//! The calls to one table, with the errors in words.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html>: a conditional write that got no
//! answer may have happened; every write carries an id of its own, so that it can be found again.

use std::hash::{BuildHasher, RandomState};

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::put_item::PutItemError,
    types::{KeysAndAttributes, ReturnValuesOnConditionCheckFailure},
};
use jiff::Timestamp;
use plimsoll_pipeline::{Revision, Saved, StoreError};

use crate::{
    Clients, DueIndex, MAX_ITEM_BYTES,
    error::{CallOutcome, explain},
    item::{FINDINGS, Item, OPEN_INDEX, OPEN_PK, OPEN_SK, PK, REV, SK, WRITE_ID, number, size, sortable, string, text},
};

/// Open findings in one page: as many as one `BatchGetItem` takes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>: 100 items, 16 MB in one answer.
pub(crate) const OPEN_PAGE: usize = 100;
/// How often what a `BatchGetItem` left out is asked for again, each time after a longer wait.
const MAX_ASKS: u32 = 8;

/// Index entries in one page: those not due yet are read and left out, so a page holds more than is asked for.
const INDEX_PAGE: usize = 250;

/// One table and how to reach it.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    client: aws_sdk_dynamodb::Client,
    name: String,
    region: String,
}

/// An id that no other write has, in this process or another: the standard library seeds its hashers at random.
pub(crate) fn new_write_id() -> String {
    let half = || RandomState::new().hash_one(std::time::SystemTime::now());
    format!("{:016x}{:016x}", half(), half())
}

impl Table {
    pub(crate) fn new(clients: &Clients, name: &str) -> Self {
        Self { client: clients.dynamodb(), name: name.to_owned(), region: clients.region().to_owned() }
    }

    /// An error that is about what lies in the table.
    pub(crate) fn unreadable(&self, operation: &'static str, reason: String) -> StoreError {
        StoreError::new(operation, self.target(), reason)
    }

    /// One item, strongly consistent.
    pub(crate) async fn get(&self, operation: &'static str, pk: &str, sk: &str) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&self.name).consistent_read(true);
        let answer = request.key(PK, text(pk)).key(SK, text(sk)).send().await;
        answer.map(|it| it.item).map_err(|e| self.failed(operation, "GetItem", &e))
    }

    /// Writes an item that carries `write_id`, if the stored revision is still `expected` (0: if there is none).
    pub(crate) async fn put(
        &self,
        operation: &'static str,
        item: Item,
        expected: Revision,
        write_id: &str,
    ) -> Result<Saved, StoreError> {
        let bytes = size(&item);
        if bytes > MAX_ITEM_BYTES {
            return Err(self.too_big(operation, &item, bytes));
        }
        let key = (string(&item, PK).map(ToOwned::to_owned), string(&item, SK).map(ToOwned::to_owned));
        let request = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let request = if expected == 0 {
            request.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", PK)
        } else {
            request
                .condition_expression("#rev = :expected")
                .expression_attribute_names("#rev", REV)
                .expression_attribute_values(":expected", number(expected))
        };
        let written = Saved::Written(expected.saturating_add(1));
        let Err(error) = request.send().await else { return Ok(written) };
        if let Some(PutItemError::ConditionalCheckFailedException(failure)) = error.as_service_error() {
            // An earlier try of this very write may have been the one that raised the revision.
            let mine = failure.item().is_some_and(|stored| is_written_by(stored, write_id));
            return Ok(if mine { written } else { Saved::Conflict });
        }
        let may_have_happened = match CallOutcome::of(&error) {
            CallOutcome::Unknown => true,
            CallOutcome::Answered { status, .. } => status >= 500,
            CallOutcome::NotSent => false,
        };
        let failed = self.failed(operation, "PutItem", &error);
        let (true, (Ok(pk), Ok(sk))) = (may_have_happened, key) else { return Err(failed) };
        match self.get(operation, &pk, &sk).await {
            Ok(Some(stored)) if is_written_by(&stored, write_id) => Ok(written),
            // Revisions only grow, so a write that is still on its way will fail.
            Ok(Some(stored)) if crate::item::revision(&stored) != Ok(expected) => Ok(Saved::Conflict),
            Ok(_) | Err(_) => Err(failed),
        }
    }

    /// All items of a partition in the order of their sort key, strongly consistent.
    pub(crate) async fn partition(&self, operation: &'static str, pk: &str) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let request = self.client.query().table_name(&self.name).consistent_read(true);
            let request = request
                .key_condition_expression("#pk = :pk")
                .expression_attribute_names("#pk", PK)
                .expression_attribute_values(":pk", text(pk))
                .set_exclusive_start_key(from);
            let page = request.send().await.map_err(|e| self.failed(operation, "Query", &e))?;
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
    }

    /// The first `limit` entries of one source in a channel's index whose time has come.
    pub(crate) async fn due(
        &self,
        index: &DueIndex,
        source: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let page_size = i32::try_from(limit.clamp(INDEX_PAGE, 4 * INDEX_PAGE)).unwrap_or(i32::MAX);
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let request = self.client.query().table_name(&self.name).index_name(&index.name).limit(page_size);
            let request = request
                .key_condition_expression("#source = :source")
                .filter_expression("#at <= :now")
                .expression_attribute_names("#source", &index.partition)
                .expression_attribute_names("#at", &index.at)
                .expression_attribute_values(":source", text(source))
                .expression_attribute_values(":now", text(&sortable(now)))
                .set_exclusive_start_key(from);
            let page = request.send().await.map_err(|e| self.failed("due", "Query", &e))?;
            items.extend(page.items.unwrap_or_default());
            items.truncate(limit);
            from = page.last_evaluated_key;
            if from.is_none() || items.len() >= limit {
                return Ok(items);
            }
        }
    }

    /// Up to [`OPEN_PAGE`] keys of findings of a source that are open, behind `after`.
    pub(crate) async fn open_keys(&self, source: &str, after: &str) -> Result<Vec<String>, StoreError> {
        let mut keys = Vec::new();
        let mut from = None;
        loop {
            let room = i32::try_from(OPEN_PAGE.saturating_sub(keys.len())).unwrap_or(i32::MAX);
            let request = self.client.query().table_name(&self.name).index_name(OPEN_INDEX).limit(room);
            let request = request
                .expression_attribute_names("#source", OPEN_PK)
                .expression_attribute_values(":source", text(source))
                .set_exclusive_start_key(from);
            let request = if after.is_empty() {
                request.key_condition_expression("#source = :source")
            } else {
                request
                    .key_condition_expression("#source = :source AND #key > :after")
                    .expression_attribute_names("#key", OPEN_SK)
                    .expression_attribute_values(":after", text(after))
            };
            let page = request.send().await.map_err(|e| self.failed("open_page", "Query", &e))?;
            for item in page.items.unwrap_or_default() {
                let key = string(&item, OPEN_SK).map_err(|e| self.unreadable("open_page", e))?;
                keys.push(key.to_owned());
            }
            from = page.last_evaluated_key;
            if from.is_none() || keys.len() >= OPEN_PAGE {
                return Ok(keys);
            }
        }
    }

    /// At most [`OPEN_PAGE`] items by their keys, strongly consistent, in any order. What is not there is left out.
    pub(crate) async fn get_many(
        &self,
        operation: &'static str,
        keys: Vec<(String, String)>,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut left: Vec<Item> = keys
            .into_iter()
            .map(|(pk, sk)| Item::from([(PK.to_owned(), text(&pk)), (SK.to_owned(), text(&sk))]))
            .collect();
        for ask in 0..MAX_ASKS {
            if left.is_empty() {
                return Ok(items);
            }
            if ask > 0 {
                tokio::time::sleep(std::time::Duration::from_millis(25 << ask)).await;
            }
            let wanted = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(left)).build();
            let wanted = wanted.map_err(|e| self.unreadable(operation, e.to_string()))?;
            let answer = self.client.batch_get_item().request_items(&self.name, wanted).send().await;
            let answer = answer.map_err(|e| self.failed(operation, "BatchGetItem", &e))?;
            items.extend(answer.responses.unwrap_or_default().remove(&self.name).unwrap_or_default());
            let rest = answer.unprocessed_keys.unwrap_or_default().remove(&self.name);
            left = rest.map(|rest| rest.keys).unwrap_or_default();
        }
        if left.is_empty() {
            return Ok(items);
        }
        let reason = format!("{} of the items were not read; look at the table's throttled requests", left.len());
        Err(self.unreadable(operation, reason))
    }

    /// The item of a partition with the greatest sort key before `before`, strongly consistent.
    pub(crate) async fn last_before(
        &self,
        operation: &'static str,
        pk: &str,
        before: &str,
    ) -> Result<Option<Item>, StoreError> {
        let request = self.client.query().table_name(&self.name).consistent_read(true).limit(1);
        let request = request
            .scan_index_forward(false)
            .key_condition_expression("#pk = :pk AND #sk < :before")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":before", text(before));
        let page = request.send().await.map_err(|e| self.failed(operation, "Query", &e))?;
        Ok(page.items.unwrap_or_default().pop())
    }

    /// The findings in one page of the table whose key begins with those digits, and where the next page begins.
    pub(crate) async fn findings(
        &self,
        operation: &'static str,
        after: Option<&str>,
        digits: &str,
    ) -> Result<(Vec<Item>, Option<String>), StoreError> {
        let from = after.and_then(|after| after.split_once('\n'));
        let from = from.map(|(pk, sk)| Item::from([(PK.to_owned(), text(pk)), (SK.to_owned(), text(sk))]));
        let request = self.client.scan().table_name(&self.name).consistent_read(true);
        let request = request
            .filter_expression("begins_with(#pk, :findings)")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":findings", text(&format!("{FINDINGS}{digits}")))
            .set_exclusive_start_key(from);
        let page = request.send().await.map_err(|e| self.failed(operation, "Scan", &e))?;
        let next = page.last_evaluated_key.and_then(|key| {
            let (pk, sk) = (string(&key, PK).ok()?, string(&key, SK).ok()?);
            Some(format!("{pk}\n{sk}"))
        });
        Ok((page.items.unwrap_or_default(), next))
    }

    fn target(&self) -> String {
        format!("table {}", self.name)
    }

    fn too_big(&self, operation: &'static str, item: &Item, bytes: usize) -> StoreError {
        let which = string(item, PK).unwrap_or("item");
        let reason = format!(
            "{which} has {bytes} bytes and DynamoDB takes at most {MAX_ITEM_BYTES}; it has too many parts or too long \
             texts, and what was stored before is unchanged"
        );
        StoreError::new(operation, self.target(), reason)
    }

    fn failed<E>(&self, operation: &'static str, action: &str, error: &SdkError<E>) -> StoreError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let outcome_of_call = CallOutcome::of(error);
        let words = error.message().unwrap_or_default();
        let code = error.code().unwrap_or_default();
        let hint = if outcome_of_call.is_denied() {
            format!("allow the role dynamodb:{action} on the table and its indexes")
        } else if outcome_of_call.is_throttling() {
            "it will be tried again by itself; if it lasts, look at the table's throttled requests in CloudWatch"
                .to_owned()
        } else if code == "ResourceNotFoundException" {
            format!(
                "there is no such table in {}; check its name and the region, or apply the Terraform stack",
                self.region
            )
        } else if code == "ValidationException" && words.contains("index") {
            "each channel needs its index in the table; name the channel in Terraform and apply".to_owned()
        } else if code.starts_with("ExpiredToken") {
            "the credentials have expired; get new ones".to_owned()
        } else if outcome_of_call == CallOutcome::NotSent {
            format!("no connection to DynamoDB in {}; check the network and AWS_ENDPOINT_URL", self.region)
        } else {
            "trying again is safe".to_owned()
        };
        StoreError::new(operation, self.target(), format!("{} ({hint})", explain(error)))
    }
}

fn is_written_by(item: &Item, write_id: &str) -> bool {
    string(item, WRITE_ID) == Ok(write_id)
}
