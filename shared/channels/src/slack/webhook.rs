//! The Slack notifier with an incoming webhook: no threads, no updates, one message per transition.

use std::sync::Arc;

use crate::http::{Endpoint, HttpClient};
use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_message::{ChannelId, Message, Notifier, Receipt, SendError};
use plimsoll_pipeline::Clock;
use plimsoll_render::slack::Mentions;

use crate::slack::fallback_forms::{Trouble, forms, no_answer, refused_in_every_form, trouble};

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
            let left = send_before.duration_since(self.clock.now());
            let client = self.client.with_left(left).ok_or(SendError::TooLate)?;
            let answer = client.post(&self.address, &headers, body).await.map_err(no_answer)?;
            let word = answer.body.trim();
            if answer.status == 200 && word == "ok" {
                return Ok(Receipt { message: None, degraded: refused });
            }
            if (200..300).contains(&answer.status) {
                return Err(SendError::Ambiguous(format!("HTTP {}, but not Slack's `ok`", answer.status)));
            }
            match trouble(&answer, word, self.clock.now()) {
                Trouble::Degrade(word) | Trouble::PostAnew(word) => refused = Some(word),
                Trouble::Failed(error) => return Err(error),
            }
        }
        Err(refused_in_every_form(refused))
    }
}
