//! A function that a schedule wakes and that tells nobody by itself: a tick in, a report out.

use async_trait::async_trait;
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use plimsoll_pipeline::StoreError;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::{
    App,
    lambda::{Failure, store_failed, time_left},
    logs,
    wiring::{self, Recipients},
};

/// What a function does at each tick.
#[async_trait(?Send)]
pub trait Tick {
    /// The name of the function.
    fn name(&self) -> &'static str;

    /// One tick, which has to end before `deadline`. The report is logged, so it holds no secret and no event.
    async fn tick(&self, app: &App, payload: &Value, deadline: Timestamp) -> Result<Value, TickError>;
}

/// A tick that failed: the invocation counts as an error.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TickError {
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something else, by its name in the metrics and logs.
    #[error("{error_type}: {message}")]
    Other {
        /// The name, such as `AccountNotRead`.
        error_type: &'static str,
        /// What failed, for what, and what to do.
        message: String,
    },
}

/// Runs the function.
///
/// # Errors
/// The configuration is wrong (the message says where), or the runtime ended.
pub async fn serve_ticks(function: &dyn Tick) -> Result<(), Error> {
    logs::init(function.name());
    let app = Mutex::new(wiring::app_from_environment(Recipients::Nobody).await?);
    let app = &app;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let mut app = app.lock().await;
        app.load_waivers().await.map_err(|e| store_failed(&e))?;
        let now = app.clock.now();
        let deadline = now.checked_add(time_left(&event.context, now)).unwrap_or(now);
        let result = function.tick(&app, &event.payload, deadline).await;
        logs::tick(&event.context.request_id, function.name(), result.as_ref().map_err(ToString::to_string));
        result.map_err(|error| match error {
            TickError::Store(error) => store_failed(&error),
            TickError::Other { error_type, message } => Failure { error_type, message },
        })
    }))
    .await
}
