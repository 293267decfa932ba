//! Makes what one channel was told equal to what is true: claim, compose, send, record. It needs no event.

mod channel_state;
mod claim;
mod compose;
mod deliver;
mod flood;
pub mod heartbeat;
mod heartbeat_status;

pub use claim::{Claim, Failure, LEASE, SEND_WITHIN, backoff, claim, delivered, failed};
pub use compose::{compose, compose_roll_up};
pub use deliver::{DeliveryOptions, DeliveryReport, deliver};
pub use flood::{FLOOD_SINGLES, FLOOD_WINDOW, FloodWindows, ROLL_UP_MAX, Step, plan};
pub use heartbeat_status::HeartbeatStatus;
