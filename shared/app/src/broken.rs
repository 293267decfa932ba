//! A channel that could not be set up: it says why with every attempt, so that its messages stay due, its fallback is
//! told, and no other channel is affected.

use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_pipeline::{ChannelId, Message, Notifier, Receipt, SendError};

/// Refuses everything, for one reason.
#[derive(Debug)]
pub(crate) struct BrokenNotifier {
    pub(crate) channel: ChannelId,
    pub(crate) reason: String,
}

#[async_trait]
impl Notifier for BrokenNotifier {
    fn channel(&self) -> &ChannelId {
        &self.channel
    }

    async fn send(&self, _: &Message, _: Timestamp) -> Result<Receipt, SendError> {
        Err(SendError::Dead(self.reason.clone()))
    }

    async fn probe(&self) -> Result<String, String> {
        Err(self.reason.clone())
    }
}
