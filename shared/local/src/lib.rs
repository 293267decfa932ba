//! One machine, no account: an embedded store, and a look-alike of Slack and SNS that receives real
//! requests, and previews of messages as pages.

mod look_alike;
pub mod preview;
mod store;

pub use look_alike::{LookAlike, Received, ReceivedKind};
pub use store::LocalStore;
