//! Reads the environment once, wires the ports, and runs the Lambda loop. The functions' `main.rs` call [`serve`],
//! [`serve_notifier`], [`serve_digest`] or [`serve_ticks`]; the command line builds an [`App`] by hand.

mod app;
mod channel_builder;
mod channels;
mod config;
mod cost_config;
mod dialect;
mod digest;
mod environment;
mod fault;
mod lambda;
mod lines_config;
mod logs;
mod notifier;
mod profile_config;
mod registry;
mod rotating;
mod shape;
mod source;
pub mod source_apis;
mod standing_waivers;
mod tick;
mod validate;
mod wiring;

pub use app::{App, DeliveryReports, DigestReply, HeartbeatReports, KeptScore, SystemClock};
pub use channels::notifiers;
pub use config::{
    ChannelConfig, ChannelKind, Config, DigestConfig, EnvironmentConfig, LOOK_ALIKE_URL, QuietHoursConfig,
    SecretReference, WaiverConfig,
};
pub use cost_config::CostConfig;
pub use dialect::is_region;
pub use digest::serve_digest;
pub use environment::{Environment, WiringError, variables};
pub use fault::ConfigFault;
pub use lines_config::{LineOffConfig, OwnLineConfig, SignatureConfig};
pub use notifier::serve_notifier;
pub use plimsoll_aws::{Clients, DynamoStore, EnvironmentError};
pub use profile_config::ProfileConfig;
pub use registry::SOURCES;
pub use source::serve;
pub use standing_waivers::StandingWaiver;
pub use tick::{Tick, TickError, serve_ticks};
pub use validate::{OVERLAY_PREFIX, validate_config};
pub use wiring::table_store;
