//! The environment of the process: variables and AWS; and why a process cannot start.

use plimsoll_aws::{Clients, EnvironmentError};
use plimsoll_pipeline::StoreError;

use crate::ConfigFault;

/// The environment variables that functions read, and what each expects.
pub mod variables {
    /// Path of the embedded store's file; `.plimsoll/state.redb` unless given. Used where [`TABLE`] is not set.
    pub const STORE: &str = "PLIMSOLL_STORE";
    /// Name of the `DynamoDB` table.
    pub const TABLE: &str = "PLIMSOLL_TABLE";
    /// Path of the configuration file. Without it the table's own copy is read, else `plimsoll.toml` in this folder.
    pub const CONFIG: &str = "PLIMSOLL_CONFIG";
    /// The one channel that this deployment of the notifier tells.
    pub const CHANNEL: &str = "PLIMSOLL_CHANNEL";
    /// The paths that heartbeats must come by, as `<function>/<bus>` with commas between them; none unless given.
    pub const HEARTBEATS: &str = "PLIMSOLL_HEARTBEATS";
    /// What the collector reads, as JSON: `CollectPlan` of the function `evidence-collector`.
    pub const COLLECT: &str = "PLIMSOLL_COLLECT";
    /// Namespace of the metrics; `Plimsoll` unless given.
    pub const METRICS_NAMESPACE: &str = "PLIMSOLL_METRICS_NAMESPACE";
}

/// The process cannot start. Names what is missing or wrong, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// The configuration file cannot be read.
    #[error("cannot read the configuration {path}: {reason}")]
    Unreadable {
        /// The path of the file.
        path: String,
        /// The reason.
        reason: String,
    },
    /// The configuration is wrong.
    #[error("the configuration is wrong: {0}; `plimsoll check` shows every fault")]
    Wrong(ConfigFault),
    /// The shipped checklist is wrong.
    #[error("the checklist is wrong: {0}")]
    Checklist(String),
    /// The environment lacks something.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A channel cannot be set up.
    #[error("channel {channel}: {reason}")]
    Channel {
        /// The channel.
        channel: String,
        /// What is wrong, and what to do. Never contains a secret.
        reason: String,
    },
}

impl WiringError {
    pub(crate) fn channel(channel: &str, reason: impl std::fmt::Display) -> Self {
        Self::Channel { channel: channel.to_owned(), reason: reason.to_string() }
    }
}

/// AWS as the environment describes it, or what it lacks. Made once per process, so that all share one pool of
/// connections; whoever needs no AWS goes without.
pub type Environment = Result<Clients, EnvironmentError>;
