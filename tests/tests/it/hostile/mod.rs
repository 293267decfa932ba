//! Hostile and broken input: nothing panics, nothing is lost, nothing closes what it does not name.

mod batches;
mod day_without_store;
mod forgery;
mod mutation;

use plimsoll_app::Config;
use plimsoll_checklist::Checklist;
use plimsoll_pipeline::{
    Policy, Store,
    intake::{EventSummary, process, unwrap},
};
use plimsoll_tests::samples::{SOURCES, now};
use serde_json::{Value, json};

fn policy() -> Policy {
    Config::default().policy(Checklist::shipped().unwrap(), plimsoll_app::LOOK_ALIKE_URL)
}

/// Takes one payload through the real unwrapping and the real pipeline.
async fn take(store: &dyn Store, payload: &Value, policy: &Policy) -> Vec<EventSummary> {
    let processed = process(store, &unwrap(payload, &SOURCES, now()), &SOURCES, policy, None, now()).await;
    processed.into_iter().map(|processed| processed.summary).collect()
}

/// An SQS batch of these messages: ids and bodies.
fn batch(messages: &[(String, String)]) -> Value {
    let records: Vec<Value> = messages
        .iter()
        .map(|(id, body)| {
            json!({"messageId": id, "receiptHandle": "r", "body": body, "eventSource": "aws:sqs", "messageAttributes": {},
                   "attributes": {"ApproximateReceiveCount": "1"}, "awsRegion": "eu-central-1",
                   "eventSourceARN": "arn:aws:sqs:eu-central-1:111122223333:plimsoll-events"})
        })
        .collect();
    json!({ "Records": records })
}

/// A future that never waits for anything outside.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
