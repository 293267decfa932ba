//! A source function: any wrapping of its events in, a summary out; on a schedule's tick a read of its API.

use std::sync::Arc;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use plimsoll_finding::Source;
use plimsoll_pipeline::intake::{EventSummary, unwrap};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::{
    App,
    lambda::{Failure, store_failed, time_left},
    logs,
    source_apis::{Lazy, MakeSourceApi},
    wiring::{self, Recipients},
};

/// Runs a source function: any wrapping of its events in, a summary out. `{"plimsoll": "reconcile"}` reads the provider's
/// API instead, which `make` makes. Without a table, on one machine, there is no API.
///
/// # Errors
/// The configuration is wrong (the message says where), or the runtime ended.
pub async fn serve(source: Source, make: MakeSourceApi) -> Result<(), Error> {
    logs::init(source.name);
    let app = Mutex::new(wiring::app_from_environment(Recipients::Nobody).await?);
    let (app, sources) = (&app, [source]);
    let sources = &sources;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let mut app = app.lock().await;
        if app.source_api.is_none() && !app.local {
            let function = event.context.invoked_function_arn.clone();
            app.source_api = Some(Arc::new(Lazy::new(make, function)));
        }
        if is_reconcile_tick(&event.payload) {
            return reconcile_invocation(&mut app, &source, &event).await;
        }
        source_invocation(&mut app, sources, &event).await
    }))
    .await
}

async fn reconcile_invocation(app: &mut App, source: &Source, event: &LambdaEvent<Value>) -> Result<Value, Failure> {
    app.load_waivers().await.map_err(|e| store_failed(&e))?;
    let Some(source_api) = app.source_api.clone() else {
        let message = "on one machine without an account there is no API to read; send events instead".to_owned();
        return Err(Failure { error_type: "NothingToRead", message });
    };
    let time_left = time_left(&event.context, app.clock.now());
    let result = app.reconcile(source, source_api.as_ref(), time_left).await;
    logs::reconcile(&event.context.request_id, source.name, &result);
    let report = result.map_err(|e| Failure { error_type: "ReconcileFailed", message: e.to_string() })?;
    Ok(json!({"reconcile": report}))
}

async fn source_invocation(app: &mut App, sources: &[Source], event: &LambdaEvent<Value>) -> Result<Value, Failure> {
    app.load_waivers().await.map_err(|e| store_failed(&e))?;
    let intake = unwrap(&event.payload, sources, app.clock.now());
    let summaries = app.handle(&intake, sources).await.map_err(|e| store_failed(&e))?;
    for summary in &summaries {
        logs::event(&event.context.request_id, sources, summary);
    }
    let mut reply = reply(intake.batch, &summaries)?;
    if app.local {
        let delivered = app.deliver(time_left(&event.context, app.clock.now())).await.map_err(|e| store_failed(&e))?;
        if let Some(object) = reply.as_object_mut() {
            object.insert("delivered".to_owned(), json!(delivered));
        }
    }
    Ok(reply)
}

/// What the function answers: for one event its summary, for several a list; for an SQS batch also the messages that
/// must be delivered again.
fn reply(batch: bool, summaries: &[EventSummary]) -> Result<Value, Failure> {
    if batch {
        let mut response = SqsBatchResponse::default();
        for id in summaries.iter().filter(|s| s.failed()).filter_map(|s| s.message_id.as_ref()) {
            if !response.batch_item_failures.iter().any(|f| f.item_identifier == *id) {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier.clone_from(id);
                response.batch_item_failures.push(failure);
            }
        }
        return Ok(json!({"batchItemFailures": response.batch_item_failures, "events": summaries}));
    }
    if let Some(failed) = summaries.iter().find(|s| s.failed()) {
        let message = failed.reason.clone().unwrap_or_default();
        return Err(Failure { error_type: "StoreUnavailable", message });
    }
    match summaries {
        [only] => Ok(flat(only)),
        many => Ok(json!({"events": many})),
    }
}

/// One event with one finding reads best without nesting.
fn flat(summary: &EventSummary) -> Value {
    let mut value = json!(summary);
    if let ([finding], Some(object)) = (summary.findings.as_slice(), value.as_object_mut()) {
        object.remove("findings");
        if let Value::Object(fields) = json!(finding) {
            object.extend(fields.into_iter().filter(|(name, _)| name != "outcome"));
        }
    }
    value
}

/// Whether an invocation is the tick of a schedule that asks for a reading: `{"plimsoll": "reconcile"}`.
fn is_reconcile_tick(payload: &Value) -> bool {
    payload.get("plimsoll").and_then(Value::as_str) == Some("reconcile")
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_pipeline::ingest::Outcome;

    fn summary(message: &str, outcome: Option<Outcome>) -> EventSummary {
        EventSummary {
            outcome,
            reason: None,
            event_id: "e".into(),
            detail_type: "X".into(),
            findings: Vec::new(),
            score: None,
            message_id: Some(message.into()),
            lag_ms: None,
        }
    }

    #[test]
    fn a_batch_names_each_message_that_failed_once() {
        let summaries =
            [summary("a", None), summary("a", None), summary("b", Some(Outcome::Applied)), summary("c", None)];
        let reply = reply(true, &summaries).unwrap();
        assert_eq!(reply["batchItemFailures"], json!([{"itemIdentifier": "a"}, {"itemIdentifier": "c"}]));
        assert_eq!(reply["events"].as_array().unwrap().len(), 4);
    }

    #[test]
    fn a_bare_event_that_failed_fails_the_invocation() {
        assert!(reply(false, &[summary("a", None)]).is_err());
        assert_eq!(reply(false, &[summary("a", Some(Outcome::Stale))]).unwrap()["outcome"], "stale");
    }
}
