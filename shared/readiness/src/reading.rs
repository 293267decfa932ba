//! What the collector read: kept between runs, judged, and turned into evidence for the checklist and into findings about
//! what was met and broke.

mod places;
mod rows;
mod take;
mod transitions;

pub use places::{Place, PlaceReading, load_place, save_place};
pub use rows::{EvidenceRow, read_evidence, read_rows};
pub use take::{TakenReading, take_reading};
pub use transitions::{Broken, EVIDENCE_SOURCE, Transition};
