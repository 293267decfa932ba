//! What is true of the whole: the score, the digest and its history. It reads the store and never sees AWS.

mod digest;
mod lines;
mod publish;
mod running_score;
mod signals;
mod snapshot_parts;

pub use digest::{DigestInput, Snapshot, digest};
pub use lines::assess_lines;
pub use publish::{DigestOutcome, deliver_digest, draft_digest, make_digest};
pub use running_score::RunningScore;
pub use signals::signals;
