//! Nothing lost, nothing told twice, worst first: the delivery protocol over the pipeline's own functions.
//!
//! `PLIMSOLL_SCHEDULES=1000000 cargo test -p plimsoll-tests --test delivery schedules` runs more of them, and
//! `PLIMSOLL_SCHEDULE=<n>` replays one with all its steps. Figures are shown with `-- --nocapture`.

#[cfg(test)]
#[path = "delivery/crashes.rs"]
mod crashes;
#[cfg(test)]
#[path = "delivery/exhaustive.rs"]
mod exhaustive;
#[cfg(test)]
#[path = "delivery/freezes.rs"]
mod freezes;
#[cfg(test)]
#[path = "delivery/mutants.rs"]
mod mutants;
#[cfg(test)]
#[path = "delivery/outage.rs"]
mod outage;
#[cfg(test)]
#[path = "delivery/schedules.rs"]
mod schedules;
