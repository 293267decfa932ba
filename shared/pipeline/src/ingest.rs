//! From a finding to a saved record. It never waits for a channel.

mod confirm;
mod enrich;
mod merge;
mod outcome;
mod publish;
mod store;
mod version_row;

pub use confirm::{Confirmation, Verifier, confirmation, unconfirmed_parts};
pub use enrich::enrich;
pub use merge::{CLOCK_TOLERANCE, Merged, merge};
pub use outcome::Outcome;
pub use publish::{Published, publish};
pub use store::{IngestError, Ingested, Ingestion, ingest, ingest_confirmed};
pub use version_row::KEPT_FOR;
