//! Events that could not be read, are not for us, or whose close was not confirmed. Each is kept whole until somebody
//! replays or discards it.

mod keep;
mod quarantined;
mod release;

pub use keep::{quarantine, quarantine_close};
pub use quarantined::Quarantined;
pub use release::release;
