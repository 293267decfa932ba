//! The port to everything that can deliver a message, and what a provider can answer.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::{channel::ChannelId, message::Message, reference::MessageRef};

/// The provider accepted the message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The reference of the message, if the provider returned one.
    pub message: Option<MessageRef>,
    /// Why the provider refused the full form, if it accepted a plainer one.
    pub degraded: Option<String>,
}

/// The provider did not accept the message, or the outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The message was certainly not accepted; a later attempt may succeed.
    #[error("not accepted: {0}")]
    Refused(String),
    /// The outcome is unknown: a timeout, a reset or a server error after the request was written.
    #[error("outcome unknown: {0}")]
    Ambiguous(String),
    /// The message was certainly not accepted, and the provider said how long to wait.
    #[error("not accepted, wait {} s: {reason}", wait.as_secs())]
    Wait {
        /// The length of the wait.
        wait: SignedDuration,
        /// The provider's error text.
        reason: String,
    },
    /// The channel or its credential is dead until somebody repairs it; `reason` says what to do.
    #[error("channel is broken: {0}")]
    Dead(String),
    /// Every form of this message was refused; other messages may be accepted.
    #[error("message was refused in every form: {0}")]
    Undeliverable(String),
    /// The claim had expired, so nothing was sent.
    #[error("too late to send under this claim")]
    TooLate,
}

/// What [`Notifier::probe`] says of a kind of channel that nothing but a message reaches.
pub const UNPROBED: &str = "this kind of channel cannot be checked without telling somebody";

/// Why a probe could not confirm that the channel accepts messages. Each variant says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// The channel or its credential is dead until somebody repairs it.
    #[error("{0}")]
    Broken(String),
    /// A temporary failure; a later probe may succeed.
    #[error("{0}")]
    Failed(String),
    /// No fault was found, but a part could not be checked.
    #[error("{0}")]
    Unseen(String),
}

impl From<SendError> for ProbeError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Dead(_) => Self::Broken(error.to_string()),
            other => Self::Failed(other.to_string()),
        }
    }
}

/// A destination that messages can be delivered to: people or programs.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// The channel that this notifier delivers to.
    fn channel(&self) -> &ChannelId;

    /// Sends one message. Must not write to the network at or after `send_before`.
    async fn send(&self, message: &Message, send_before: Timestamp) -> Result<Receipt, SendError>;

    /// Checks, without sending a message, that the channel accepts messages. `Ok` says what was checked, `Err` what is wrong
    /// and how to fix it.
    async fn probe(&self) -> Result<String, ProbeError> {
        Ok(UNPROBED.to_owned())
    }
}
