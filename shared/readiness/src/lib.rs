//! What is true of the whole: the score, the digest and its history. What the collector read is judged here;
//! this crate reads the store and never sees AWS.

mod decisive;
mod digest;
mod golive;
mod history;
mod lines;
mod marks;
mod packed;
mod publish;
mod reading;
mod running_score;
mod scope;
mod snapshot_parts;
mod statements;
mod tally;

pub use digest::{DigestInput, Draft, Snapshot, scores};
pub use golive::{GoLive, GoLiveLine, Ground, accepted_by, go_live};
pub use history::{History, HistoryStep, TrendDay, read_history, record_history};
pub use lines::assess_lines;
pub use plimsoll_pipeline::signals;
pub use publish::{DigestOutcome, deliver_digest, draft_digest, make_digest};
pub use reading::{
    Broken, EVIDENCE_SOURCE, EvidenceRow, Place, PlaceReading, TakenReading, Transition, load_place, read_evidence,
    read_rows, save_place, take_reading,
};
pub use running_score::RunningScore;
pub use scope::Scope;
pub use statements::{Statements, read_statements};
