//! One invocation: unwrap its payload, classify each event, take it through, and say what became of it.

mod classify;
mod process;
mod summary;
mod unwrap;

pub use classify::{Classification, classify, foreign_place};
pub use process::{Processed, process};
pub use summary::{EventSummary, FindingSummary, ScoreChange, checklist_ids};
pub use unwrap::{Delivery, Intake, unwrap, unwrap_text};
