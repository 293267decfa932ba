//! Slack by incoming webhook: no threads, no updates, one message per transition.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_http::{Endpoint, HttpClient};
use plimsoll_pipeline::{ChannelId, Clock, Message, Notifier, Receipt, SendError};
use plimsoll_render::slack::Mentions;

use crate::ladder::{Trouble, forms, no_answer, trouble};

/// The hosts of incoming webhooks.
pub const WEBHOOK_HOSTS: &[&str] = &["hooks.slack.com", "hooks.slack-gov.com"];

/// Posts through one incoming webhook.
#[derive(Debug)]
pub struct SlackWebhook {
    channel: ChannelId,
    address: Endpoint,
    client: HttpClient,
    mentions: Mentions,
    clock: Arc<dyn Clock>,
}

impl SlackWebhook {
    /// A notifier for our `channel` over this webhook.
    #[must_use]
    pub fn new(
        channel: ChannelId,
        address: Endpoint,
        client: HttpClient,
        mentions: Mentions,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { channel, address, client, mentions, clock }
    }
}

#[async_trait]
impl Notifier for SlackWebhook {
    fn channel(&self) -> &ChannelId {
        &self.channel
    }

    async fn send(&self, message: &Message, send_before: Timestamp) -> Result<Receipt, SendError> {
        let mut refused = None;
        for form in forms(message, &self.mentions) {
            let body = form.body().to_string().into_bytes();
            let headers = [("content-type", "application/json; charset=utf-8".to_owned())];
            if self.clock.now() >= send_before {
                return Err(SendError::TooLate);
            }
            let answer = self.client.post(&self.address, &headers, body).await.map_err(no_answer)?;
            let word = answer.body.trim();
            if answer.status == 200 {
                if word == "ok" {
                    return Ok(Receipt { message: None, degraded: refused });
                }
                return Err(SendError::Ambiguous("HTTP 200, but not Slack's `ok`".to_owned()));
            }
            match trouble(&answer, word, self.clock.now()) {
                Trouble::Degrade(word) => refused = Some(word),
                Trouble::PostAnew => refused = Some("refused".to_owned()),
                Trouble::Failed(error) => return Err(error),
            }
        }
        Err(SendError::Undeliverable(format!("Slack says {}", refused.unwrap_or_default())))
    }
}
