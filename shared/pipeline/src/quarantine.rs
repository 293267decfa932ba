//! Events that could not be read, are not for us, or whose close was not confirmed. Each is kept whole until somebody
//! replays or discards it.

mod keep;
mod quarantined;
mod release;
mod unread;

pub(crate) use keep::move_event;
pub use keep::{keep, quarantine, quarantine_close};
pub use quarantined::{Discarded, Quarantined};
pub use release::{discard, release};
pub use unread::unread_finding;
