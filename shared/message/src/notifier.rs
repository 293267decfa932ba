//! The port to everything that can deliver a message, and what a provider can answer.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::{channel::ChannelId, message::Message, reference::MessageRef};

/// The provider accepted the message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Where it is, if the provider said so.
    pub message: Option<MessageRef>,
    /// The provider refused the full form and accepted a plainer one; why.
    pub degraded: Option<String>,
}

/// The provider did not accept the message, or nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It was certainly not accepted; trying again later may help.
    #[error("not accepted: {0}")]
    Refused(String),
    /// Nobody knows: a timeout, a reset or a server error after the request was written.
    #[error("outcome unknown: {0}")]
    Ambiguous(String),
    /// It was certainly not accepted, and the provider said how long to wait.
    #[error("not accepted, wait {} s: {reason}", wait.as_secs())]
    Wait {
        /// How long.
        wait: SignedDuration,
        /// What the provider said.
        reason: String,
    },
    /// The channel or its credential is dead until somebody repairs it; `reason` says what to do.
    #[error("channel is broken: {0}")]
    Dead(String),
    /// Every form of this one message was refused; others may pass.
    #[error("message was refused in every form: {0}")]
    Undeliverable(String),
    /// The time in which the claim allows to send had passed; nothing was sent.
    #[error("too late to send under this claim")]
    TooLate,
}

/// Why a probe does not say that the channel could be told. Each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// The channel or its credential is dead until somebody repairs it.
    #[error("{0}")]
    Broken(String),
    /// Not now; later may be different.
    #[error("{0}")]
    Failed(String),
    /// Nothing is wrong as far as could be seen, but something could not be looked at.
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

/// Something that can tell people, or machines.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Which channel it speaks to.
    fn channel(&self) -> &ChannelId;

    /// Sends one message. Must not write to the network at or after `send_before`.
    async fn send(&self, message: &Message, send_before: Timestamp) -> Result<Receipt, SendError>;

    /// Checks, without telling anybody, that the channel could be told. `Ok` says what was checked, `Err` what is wrong
    /// and how to fix it.
    async fn probe(&self) -> Result<String, ProbeError> {
        Ok("this kind of channel cannot be checked without telling somebody".to_owned())
    }
}
