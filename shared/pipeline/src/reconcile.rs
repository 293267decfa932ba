//! What no event reported: the API of a source, read page by page on a schedule.

mod report;
mod run;

pub use report::{ReconcileError, ReconcileReport, last_reconciles};
pub use run::{Reconcile, reconcile};
