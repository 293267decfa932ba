//! What people and programs are sent: an alert, a roll-up of many alerts, a digest; and [`Notifier`], the port to
//! everything that can deliver one.
//!
//! A message has no form yet. Rendering turns it into Slack blocks, text or JSON.

mod alert;
mod answer;
mod channel;
mod digest;
mod message;
mod news;
mod notifier;
mod reference;
mod secret;

pub use alert::{Alert, AlertHistory, ChecklistLine, NotifyReason, RollUp, RollUpMember};
pub use answer::{Answer, AnswerKind};
pub use channel::ChannelId;
pub use digest::{Change, ChangeKind, Digest, EnvironmentScore, LineChange, Movement, SourceHealth};
pub use message::Message;
pub use news::{Names, News};
pub use notifier::{Notifier, ProbeError, Receipt, SendError, UNPROBED};
pub use reference::MessageRef;
pub use secret::{EmptySecret, Secret};
