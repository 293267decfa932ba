//! The notifier of one channel: a stream record or a schedule's tick in, a report of what was delivered out.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::{
    HeartbeatReports,
    lambda::{Failure, store_failed, time_left},
    logs, variables,
    wiring::{self, Recipients},
};

/// Runs the notifier of one channel: a stream record or a schedule's tick in, what was told out.
///
/// # Errors
/// The configuration is wrong (the message says where), or the runtime ended.
pub async fn serve_notifier() -> Result<(), Error> {
    logs::init("alert-notifier");
    let channel = std::env::var(variables::CHANNEL).ok().filter(|name| !name.is_empty());
    let app = Mutex::new(wiring::app_from_environment(channel.map_or(Recipients::All, Recipients::Channel)).await?);
    let heartbeats = wiring::heartbeats();
    let (app, heartbeats) = (&app, heartbeats.as_slice());
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let mut app = app.lock().await;
        app.load_waivers().await.map_err(|e| store_failed(&e))?;
        // The payload is only a hint that something may be due; the store says what is.
        let delivered = app.deliver(time_left(&event.context, app.clock.now())).await.map_err(|e| store_failed(&e))?;
        // Heartbeats are listened for by the sweep: a hint from the stream has something to tell, and no time.
        let heartbeats = if event.payload.get("Records").is_some() {
            HeartbeatReports::new()
        } else {
            let left = time_left(&event.context, app.clock.now());
            app.receive_heartbeats(heartbeats, left).await.map_err(|e| store_failed(&e))?
        };
        logs::delivered(&event.context.request_id, &delivered, &heartbeats);
        let mut reply = json!({"delivered": delivered});
        if let Some(reply) = reply.as_object_mut().filter(|_| !heartbeats.is_empty()) {
            reply.insert("heartbeats".to_owned(), json!(heartbeats));
        }
        Ok::<Value, Failure>(reply)
    }))
    .await
}
