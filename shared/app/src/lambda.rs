//! The Lambda loop of each kind of function. <https://docs.aws.amazon.com/lambda/latest/dg/lambda-rust.html>

use std::sync::Arc;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, Diagnostic, Error, LambdaEvent, service_fn};
use plimsoll_finding::{Source, parse_time};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::{
    App, EventSummary, Hearing, SOURCES,
    authority::{Lazy, MakeAuthority},
    intake, logs, reconcile, wiring,
    wiring::Whom,
};

/// An invocation that failed as a whole: Lambda delivers it again.
struct Failure {
    error_type: &'static str,
    message: String,
}

impl std::fmt::Debug for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.error_type, self.message)
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.error_type.to_owned(), error_message: failure.message }
    }
}

fn store_failed(error: &plimsoll_pipeline::StoreError) -> Failure {
    Failure { error_type: "StoreUnavailable", message: error.to_string() }
}

/// Runs a source function: any wrapping of its events in, a summary out. `{"plimsoll": "reconcile"}` reads the provider's
/// API instead, which `make` makes. Without a table, on one machine, there is no API.
///
/// # Errors
/// The configuration is wrong (the message says where), or the runtime ended.
pub async fn serve(source: Source, make: MakeAuthority) -> Result<(), Error> {
    logs::init(source.name);
    let app = Mutex::new(wiring::app_from_environment(Whom::Nobody).await?);
    let (app, sources) = (&app, [source]);
    let sources = &sources;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let mut app = app.lock().await;
        if app.authority.is_none() && !app.local {
            let function = event.context.invoked_function_arn.clone();
            app.authority = Some(Arc::new(Lazy::new(make, function)));
        }
        if reconcile::is_tick(&event.payload) {
            return reconcile_invocation(&mut app, &source, &event).await;
        }
        source_invocation(&mut app, sources, &event).await
    }))
    .await
}

async fn reconcile_invocation(app: &mut App, source: &Source, event: &LambdaEvent<Value>) -> Result<Value, Failure> {
    app.load_waivers().await.map_err(|e| store_failed(&e))?;
    let Some(authority) = app.authority.clone() else {
        let message = "on one machine without an account there is no API to read; send events instead".to_owned();
        return Err(Failure { error_type: "NothingToRead", message });
    };
    let time_left = time_left(&event.context, app.clock.now());
    let result = app.reconcile(source, authority.as_ref(), time_left).await;
    logs::reconcile(&event.context.request_id, source.name, &result);
    let report = result.map_err(|e| Failure { error_type: "ReconcileFailed", message: e.to_string() })?;
    Ok(json!({"reconcile": report}))
}

async fn source_invocation(app: &mut App, sources: &[Source], event: &LambdaEvent<Value>) -> Result<Value, Failure> {
    app.load_waivers().await.map_err(|e| store_failed(&e))?;
    let intake = intake::unwrap(&event.payload, sources, app.clock.now());
    let summaries = app.handle(&intake, sources).await.map_err(|e| store_failed(&e))?;
    for summary in &summaries {
        logs::event(&event.context.request_id, sources, summary);
    }
    let mut reply = reply(intake.batch, &summaries)?;
    if app.local {
        let told = app.tell(time_left(&event.context, app.clock.now())).await.map_err(|e| store_failed(&e))?;
        if let Some(object) = reply.as_object_mut() {
            object.insert("told".to_owned(), json!(told));
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

/// How long the invocation may still take. An emulator may give a deadline that is none (`cargo lambda watch` counts from
/// 1970): one that is long past is taken for 30 s.
fn time_left(context: &Context, now: Timestamp) -> SignedDuration {
    let deadline = i64::try_from(context.deadline).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let left = deadline.map(|deadline| deadline.duration_since(now));
    left.filter(|left| *left > -SignedDuration::from_hours(1)).unwrap_or(SignedDuration::from_secs(30))
}

/// Runs the notifier of one channel: a stream record or a schedule's tick in, what was told out.
///
/// # Errors
/// The configuration is wrong (the message says where), or the runtime ended.
pub async fn serve_notifier() -> Result<(), Error> {
    logs::init("alert-notifier");
    let channel = std::env::var(wiring::variables::CHANNEL).ok().filter(|name| !name.is_empty());
    let app = Mutex::new(wiring::app_from_environment(channel.map_or(Whom::Everybody, Whom::Channel)).await?);
    let heartbeats = wiring::heartbeats();
    let (app, heartbeats) = (&app, heartbeats.as_slice());
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let mut app = app.lock().await;
        app.load_waivers().await.map_err(|e| store_failed(&e))?;
        // The payload is only a hint that something may be due; the store says what is.
        let told = app.tell(time_left(&event.context, app.clock.now())).await.map_err(|e| store_failed(&e))?;
        // Heartbeats are listened for by the sweep: a hint from the stream has something to tell, and no time.
        let heard = if event.payload.get("Records").is_some() {
            Hearing::new()
        } else {
            let left = time_left(&event.context, app.clock.now());
            app.hear(heartbeats, left).await.map_err(|e| store_failed(&e))?
        };
        logs::told(&event.context.request_id, &told, &heard);
        let mut reply = json!({"told": told});
        if let Some(reply) = reply.as_object_mut().filter(|_| !heard.is_empty()) {
            reply.insert("heard".to_owned(), json!(heard));
        }
        Ok::<Value, Failure>(reply)
    }))
    .await
}

/// Runs the digest: a schedule's tick in (`{"scheduled_time": "2026-11-02T08:00:00Z"}`), the digest out.
///
/// # Errors
/// The configuration is wrong (the message says where), or the runtime ended.
pub async fn serve_digest() -> Result<(), Error> {
    logs::init("readiness-digest");
    let app = Mutex::new(wiring::app_from_environment(Whom::Digest).await?);
    let app = &app;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let mut app = app.lock().await;
        app.load_waivers().await.map_err(|e| store_failed(&e))?;
        let scheduled = scheduled_time(&event.payload).unwrap_or_else(|| app.clock.now());
        let reply = app.tell_digest(scheduled).await.map_err(|e| store_failed(&e))?;
        logs::digest(&event.context.request_id, &reply);
        if reply.channels.values().any(|o| matches!(o, plimsoll_pipeline::DigestOutcome::Failed(_))) {
            let message = format!("the digest was not accepted everywhere: {}", json!(reply.channels));
            return Err(Failure { error_type: "DigestNotDelivered", message });
        }
        Ok(json!(reply))
    }))
    .await
}

/// The time of the schedule, from its input or from an EventBridge rule's tick.
fn scheduled_time(payload: &Value) -> Option<Timestamp> {
    let text = payload.get("scheduled_time").or_else(|| payload.get("time"))?;
    parse_time(text.as_str()?)
}

const _: () = assert!(SOURCES.len() == 5, "a new source needs a place in the digest");

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_pipeline::Outcome;

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

    #[test]
    fn the_schedule_says_which_digest_it_means() {
        let expected = parse_time("2026-11-02T08:00:00Z");
        assert_eq!(scheduled_time(&json!({"scheduled_time": "2026-11-02T08:00:00Z"})), expected);
        assert_eq!(scheduled_time(&json!({"time": "2026-11-02T08:00:00Z", "detail": {}})), expected);
        assert_eq!(scheduled_time(&json!({})), None);
    }
}
