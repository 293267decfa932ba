//! Reads the configuration of one account and region into a [`plimsoll_evidence::Collection`]: Cloud Control, and the
//! APIs of services that it cannot replace. A run stops at its deadline and the next one goes on from its [`Progress`];
//! what one call refuses harms no other, and every error stays in the result. Knows no storage and no clock.

mod capture;
mod cloud_control;
mod ecs;
mod fault;
mod pace;
mod redact;
mod run;

pub use redact::without_values;
pub use run::{Options, Progress, resume};
