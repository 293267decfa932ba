//! The suite as deployed: Terraform applies `infra/` onto the test bed with IAM enforced, and real events go through rule,
//! queue, function, table, stream or sweep and notifier to what plays Slack, and by SNS to a queue.
//!
//! In the test command development builds, one event of each source. With `PLIMSOLL_LONG=1` release builds, everything
//! else as well, twice in a row, and back to nothing:
//!
//! ```sh
//! PLIMSOLL_LONG=1 cargo test --workspace --test deployed -- --nocapture
//! ```
//!
//! `docs/scripts/as-deployed.sh` writes what that prints to `docs/as-deployed.md`.

#![cfg(test)]

mod alarms;
mod doctor;
mod journal;
mod journey;
mod suite;
mod transcript;
mod trouble;
