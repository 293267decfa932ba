//! One invocation: unwrap its payload, classify each event, take it through, and say what became of it.

mod classify;
mod decode;
mod documents;
mod encoded;
mod lanes;
mod process;
mod summary;
mod unreadable;
mod unwrap;
mod well_known;
mod wrappings;

pub use classify::{Classification, Judgement, classify, foreign_place, judge};
pub use decode::decode;
pub use process::{Processed, process};
pub use summary::{EventSummary, FindingSummary, ScoreChange, checklist_ids};
pub use unwrap::{Delivery, Intake, unwrap, unwrap_text};
