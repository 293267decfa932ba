//! The webhook notifier.

use std::sync::Arc;

use crate::http::{Endpoint, HttpClient};
use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_message::{ChannelId, Message, Notifier, Receipt, SendError};
use plimsoll_pipeline::Clock;
use plimsoll_render::webhook as render;

use crate::webhook::{
    SigningKeys,
    answer::{accepted, no_answer},
};

/// Posts to one address that the configuration names, never to one from an event.
#[derive(Debug)]
pub struct Webhook {
    channel: ChannelId,
    address: Endpoint,
    keys: SigningKeys,
    client: HttpClient,
    clock: Arc<dyn Clock>,
}

impl Webhook {
    /// A notifier for our `channel`.
    #[must_use]
    pub fn new(
        channel: ChannelId,
        address: Endpoint,
        keys: SigningKeys,
        client: HttpClient,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { channel, address, keys, client, clock }
    }
}

#[async_trait]
impl Notifier for Webhook {
    fn channel(&self) -> &ChannelId {
        &self.channel
    }

    async fn send(&self, message: &Message, send_before: Timestamp) -> Result<Receipt, SendError> {
        let now = self.clock.now();
        let client = self.client.with_left(send_before.duration_since(now)).ok_or(SendError::TooLate)?;
        let body = render::body(message, now).to_string();
        let id = render::id(message);
        let signature = self.keys.sign(&id, now.as_second(), &body);
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", id),
            ("webhook-timestamp", now.as_second().to_string()),
            ("webhook-signature", signature),
        ];
        let answer = client.post(&self.address, &headers, body.into_bytes()).await.map_err(no_answer)?;
        accepted(&answer, self.clock.now()).map(|()| Receipt::default())
    }
}
