//! What happens to a finding, from an event to a delivered message.
//!
//! The store holds facts: what AWS said ([`Record`]) and what each channel was told ([`Cursor`]). Everything else is
//! derived. Two short paths meet in the store: [`ingest`] never waits for a chat service, [`delivery`] never needs an
//! event. A channel is due whenever it knows less than the truth, so a lost hint, a crash or an outage delays a message
//! and never loses it.
//!
//! | module | question |
//! |---|---|
//! | [`intake`] | what does one invocation bring, and what became of each event? |
//! | [`ingest`] | what is known of a finding after a new statement? |
//! | [`due`] | which channel knows less than the truth, since when, and how urgent is that? |
//! | [`delivery`] | claim, compose, send, record |
//! | [`quarantine`] | what could not be read, and how does it get through later? |
//! | [`reconcile`] | what does the source's API know that no event reported? |
//! | [`heartbeat`] | does the path from each bus to each channel work? |
#![warn(clippy::arithmetic_side_effects)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

pub mod answer;
mod channel;
mod cost;
pub mod delivery;
pub mod due;
pub mod ending;
mod environment;
pub mod heartbeat;
pub mod ingest;
pub mod intake;
pub mod news;
mod policy;
mod ports;
pub mod proofs;
pub mod quarantine;
pub mod reconcile;
mod record;
pub mod route;
mod signals;
pub mod source_api;
pub mod state;
pub mod waiver;

pub use channel::{ChannelPolicy, QuietHours};
pub use cost::CostPolicy;
pub use environment::{Environment, Whereabouts};
pub use policy::Policy;
pub use ports::{Clock, Document, DocumentKind, DueRow, Page, Saved, Store, StoreError};
pub use record::{
    AmountNews, Cursor, Delivered, Description, DueMark, KeptAnswer, PartNews, PartState, Record, Revision, Stamp,
    Version,
};
pub use route::{Matcher, Route};
pub use signals::signals;
pub use source_api::{SourceApi, SourceApiError};
pub use waiver::{Waiver, WaiverTarget};
