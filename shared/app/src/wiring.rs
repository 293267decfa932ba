//! From configuration and environment to ports.

use std::{path::Path, sync::Arc, time::Duration};

use jiff::SignedDuration;
use plimsoll_aws::{Clients, DynamoStore};
use plimsoll_checklist::Checklist;
use plimsoll_local::LocalStore;
use plimsoll_pipeline::{Clock, Store};

use crate::{
    App, Environment, KeptScore, LOOK_ALIKE_URL, OVERLAY_PREFIX, SOURCES, SystemClock, WiringError, notifiers,
    validate_config, variables,
};

/// One Slack channel takes one message per second.
/// <https://docs.slack.dev/apis/web-api/rate-limits>
const PAUSE: Duration = Duration::from_millis(1_100);

/// The store in that table.
///
/// # Errors
/// The environment lacks region or credentials.
pub fn table_store(environment: &Environment, table: &str) -> Result<DynamoStore, WiringError> {
    let known = SOURCES.iter().copied().chain(["plimsoll", "alert-notifier", "readiness-digest", "evidence-collector"]);
    Ok(DynamoStore::new(environment.as_ref().map_err(Clone::clone)?, table, known))
}

/// Recipients a function tells. It reads no other channel's secret: its role could not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Recipients {
    /// A source function on AWS; on one machine it tells everybody, since nothing else would.
    Nobody,
    /// Every channel.
    All,
    /// One channel.
    Channel(String),
    /// The digest's channels.
    Digest,
}

/// The application of a function, by the environment of Lambda or of this machine.
pub(crate) async fn app_from_environment(whom: Recipients) -> Result<App, WiringError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let environment = Clients::from_environment();
    let table = std::env::var(variables::TABLE).ok().filter(|name| !name.is_empty());
    let (store, text, local): (Arc<dyn Store>, String, bool) = if let Some(table) = &table {
        let store = table_store(&environment, table)?;
        let text = match file()? {
            Some(text) => text,
            None => store.configuration().await?.unwrap_or_default(),
        };
        (Arc::new(store), text, false)
    } else {
        let path = std::env::var(variables::STORE).unwrap_or_else(|_| ".plimsoll/state.redb".to_owned());
        (Arc::new(LocalStore::open(Path::new(&path))?), file()?.unwrap_or_default(), true)
    };
    let overlay: Vec<(String, String)> =
        std::env::vars().filter(|(name, _)| name.starts_with(OVERLAY_PREFIX)).collect();
    let config = validate_config(&text, &overlay).map_err(|faults| match faults.into_iter().next() {
        Some(fault) => WiringError::Wrong(fault),
        None => WiringError::Checklist("unknown fault".to_owned()),
    })?;
    let checklist = Checklist::shipped()
        .map_err(|faults| WiringError::Checklist(faults.first().map_or_else(String::new, |f| f.message.clone())))?;
    // Source functions on AWS tell nobody: they need no secret, and must not have one.
    let only = match &whom {
        Recipients::Nobody if !local => Some(Vec::new()),
        Recipients::Channel(channel) => Some(vec![channel.clone()]),
        Recipients::Digest => Some(config.digest_channels(&config.effective_channels(LOOK_ALIKE_URL))),
        Recipients::Nobody | Recipients::All => None,
    };
    let notifiers = match only {
        Some(only) if only.is_empty() => Vec::new(),
        only => notifiers(&environment, &config, LOOK_ALIKE_URL, &clock, only.as_deref()).await?,
    };
    let pause = if config.channels.is_empty() { Duration::ZERO } else { PAUSE };
    let policy = config.policy(checklist, LOOK_ALIKE_URL);
    let app =
        App { config, policy, store, notifiers, clock, local, pause, source_api: None, score: KeptScore::default() };
    if local {
        app.migrate(SignedDuration::MAX).await?;
    }
    Ok(app)
}

/// The paths that heartbeats must come by.
pub(crate) fn heartbeats() -> Vec<String> {
    let named = std::env::var(variables::HEARTBEATS).unwrap_or_default();
    named.split(',').map(str::trim).filter(|path| !path.is_empty()).map(ToOwned::to_owned).collect()
}

/// The text of the configuration file, if one is named or here.
fn file() -> Result<Option<String>, WiringError> {
    let named = std::env::var(variables::CONFIG).ok().filter(|path| !path.is_empty());
    let path = named.clone().unwrap_or_else(|| "plimsoll.toml".to_owned());
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(_) if named.is_none() => Ok(None),
        Err(error) => Err(WiringError::Unreadable { path, reason: error.to_string() }),
    }
}
