//! Reads the environment once, wires the ports, and runs the Lambda loop. The functions' `main.rs` call [`serve`],
//! [`serve_notifier`] or [`serve_digest`]; the command line builds an [`App`] by hand.

mod app;
pub mod authority;
mod channels;
mod check;
mod config;
pub mod intake;
mod lambda;
mod logs;
mod process;
mod reconcile;
mod renewing;
mod wiring;

pub use app::{App, DigestReply, Hearing, SystemClock, TellReport};
pub use channels::notifiers;
pub use check::{ConfigFault, OVERLAY_PREFIX, check_config};
pub use config::{
    ChannelConfig, ChannelKind, Config, DigestConfig, EnvironmentConfig, LOOK_ALIKE_URL, QuietHoursConfig,
    SecretReference, WaiverConfig,
};
pub use lambda::{serve, serve_digest, serve_notifier};
pub use plimsoll_aws::{Clients, DynamoStore};
pub use process::{EventSummary, FindingSummary, Judgement, RunningScore, ScoreChange, checklist_ids, judge, process};
pub use reconcile::{ReconcileError, ReconcileReport, last_reconciles};
pub use wiring::{Environment, WiringError, table_store, variables};

/// The source functions, by name, in the order in which a digest lists them.
pub const SOURCES: [&str; 5] = ["ecr-scan", "config-rule", "guardduty-finding", "backup-job", "cost-anomaly"];
