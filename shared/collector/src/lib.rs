//! Reads the configuration of one account and region into a [`plimsoll_evidence::Collection`]: Cloud Control, and the
//! APIs of services that it cannot replace. A run stops at its deadline and the next one goes on from its [`Progress`];
//! what one call refuses harms no other, and every error stays in the result. Knows no storage and no clock.

mod cloud_control;
mod config;
mod cost;
mod ecs;
mod fault;
mod feedback;
mod guardduty;
mod identity;
mod pace;
pub mod permissions;
pub mod prerequisites;
pub mod recording;
mod redact;
mod run;
mod services;
mod take;

pub use feedback::{FeedbackError, answer_anomaly};
pub use identity::{IdentityError, account_of, assume};
pub use redact::{without_secrets, without_values};
pub use run::{GLOBAL_REGION, Options, Progress, REQUESTS_A_SECOND, resume};
