//! One machine, no account: an embedded store, and a look-alike of Slack and SNS that receives real requests.

mod look_alike;
mod store;

pub use look_alike::{LookAlike, Received, ReceivedKind};
pub use store::LocalStore;
