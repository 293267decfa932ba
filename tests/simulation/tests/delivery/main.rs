//! Nothing lost, nothing told twice, worst first: the delivery protocol over the pipeline's own functions.
//!
//! `PLIMSOLL_SCHEDULES=1000000 cargo test --workspace --test delivery schedules` runs more of them, and
//! `PLIMSOLL_SCHEDULE=<n>` replays one with all its steps. Figures are shown with `-- --nocapture`.
#![cfg(test)]

mod crashes;
mod exhaustive;
mod freezes;
mod mutants;
mod outage;
mod properties;
mod schedules;
