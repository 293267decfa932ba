//! What happens to a finding: merge, due, route, claim, compose, tell.
//!
//! The store holds facts: what AWS said ([`Record`]) and what each channel was told ([`Cursor`]). Everything else is
//! derived. Two short walks meet in the store: [`ingest`] never waits for a chat service, [`notify`] never needs an
//! event. A channel is due whenever it knows less than the truth, so a lost hint, a crash or an outage delays a
//! message and never loses it.
#![warn(clippy::arithmetic_side_effects)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

mod authority;
mod channel;
mod channel_state;
mod claim;
mod compose;
mod digest;
mod digest_run;
mod due;
mod flood;
mod heartbeat;
mod ingest;
mod merge;
mod message;
mod notify;
mod policy;
mod ports;
mod publish;
mod record;
mod route;
mod waiver;

pub use authority::{
    Authority, AuthorityError, Confirmation, Looked, Page, RECONCILE_ID, Verifier, confirmation, in_doubt, read_said,
};
pub use channel::{ChannelId, ChannelPolicy, QuietHours};
pub use claim::{Claim, Failure, LEASE, SEND_WITHIN, backoff, claim, failed, told};
pub use compose::{compose, compose_roll_up};
pub use digest::{Change, ChangeKind, Digest, DigestInput, LineChange, Snapshot, SourceHealth, digest};
pub use digest_run::{DigestOutcome, draft_digest, make_digest, tell_digest};
pub use due::{Desired, Due, desired, due, refresh};
pub use flood::{FLOOD_SINGLES, FLOOD_WINDOW, FloodWindows, ROLL_UP_MAX, Step, plan};
pub use heartbeat::{
    HEARTBEAT, HearReport, Heartbeat, Listening, beat, hear, is_heartbeat, last_heard, last_heartbeats, read_heartbeat,
};
pub use ingest::{
    IngestError, Ingested, Outcome, Taken, enrich, ingest, ingest_confirmed, quarantine, quarantine_close, release,
    signals,
};
pub use merge::{CLOCK_TOLERANCE, Merged, merge};
pub use message::{Alert, ChecklistLine, Message, NotifyReason, RollUp, RollUpMember};
pub use notify::{NotifyOptions, NotifyReport, notify};
pub use policy::{Environment, Policy};
pub use ports::{
    Clock, Document, DocumentKind, DueRow, MessageRef, Notifier, ProbeError, Receipt, Revision, Saved, SendError,
    Store, StoreError,
};
pub use publish::{Published, publish};
pub use record::{Cursor, Description, DueMark, PartState, Record, Told, Version};
pub use route::{Decision, Matcher, Route, decide, routes_for};
pub use waiver::{Waiver, WaiverError, WaiverState, WaiverTarget, waiver_for};
