//! The digest: a schedule's tick in, the digest and what became of it on each channel out.

use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use plimsoll_finding::parse_time;
use plimsoll_readiness::DigestOutcome;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::{
    lambda::{Failure, store_failed},
    logs,
    wiring::{self, Recipients},
};

/// Runs the digest: a schedule's tick in (`{"scheduled_time": "2026-11-02T08:00:00Z"}`), the digest out.
///
/// # Errors
/// The configuration is wrong (the message says where), or the runtime ended.
pub async fn serve_digest() -> Result<(), Error> {
    logs::init("readiness-digest");
    let app = Mutex::new(wiring::app_from_environment(Recipients::Digest).await?);
    let app = &app;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let mut app = app.lock().await;
        app.load_waivers().await.map_err(|e| store_failed(&e))?;
        let scheduled = scheduled_time(&event.payload).unwrap_or_else(|| app.clock.now());
        let reply = app.deliver_digest(scheduled).await.map_err(|e| store_failed(&e))?;
        logs::digest(&event.context.request_id, &reply);
        if reply.channels.values().any(|o| matches!(o, DigestOutcome::Failed(_))) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_says_which_digest_it_means() {
        let expected = parse_time("2026-11-02T08:00:00Z");
        assert_eq!(scheduled_time(&json!({"scheduled_time": "2026-11-02T08:00:00Z"})), expected);
        assert_eq!(scheduled_time(&json!({"time": "2026-11-02T08:00:00Z", "detail": {}})), expected);
        assert_eq!(scheduled_time(&json!({})), None);
    }
}
