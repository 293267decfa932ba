//! Slack by bot token.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_finding::Severity;
use plimsoll_http::{Answer, Endpoint, HttpClient, Secret};
use plimsoll_pipeline::{Alert, ChannelId, Clock, Message, MessageRef, Notifier, NotifyReason, Receipt, SendError};
use plimsoll_render::slack::{self, Mentions};
use serde_json::{Value, json};

use crate::ladder::{Trouble, forms, no_answer, trouble};

/// Posts to one Slack channel with a bot token (`chat:write`).
#[derive(Debug)]
pub struct SlackBot {
    channel: ChannelId,
    place: String,
    token: Secret,
    base: Endpoint,
    client: HttpClient,
    mentions: Mentions,
    clock: Arc<dyn Clock>,
}

impl SlackBot {
    /// A notifier for our `channel`, which is Slack's channel `place` (an id such as `C0123456789`). `base` is
    /// `https://slack.com`, or a look-alike on this machine.
    #[must_use]
    pub fn new(
        channel: ChannelId,
        place: &str,
        token: Secret,
        base: Endpoint,
        client: HttpClient,
        mentions: Mentions,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { channel, place: place.to_owned(), token, base, client, mentions, clock }
    }

    async fn call(&self, method: &str, body: &Value, send_before: Timestamp) -> Result<MessageRef, Trouble> {
        let answer = self.request(method, body, send_before).await?;
        let value: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        if answer.status == 200 && value.get("ok").and_then(Value::as_bool) == Some(true) {
            let place = text("channel").unwrap_or(&self.place).to_owned();
            return Ok(MessageRef { place, id: text("ts").unwrap_or_default().to_owned() });
        }
        if answer.status == 200 && !value.is_object() {
            // Not Slack's voice (a proxy, a captive portal): whether the message reached Slack is not known.
            return Err(SendError::Ambiguous("HTTP 200, but not an answer of Slack".to_owned()).into());
        }
        Err(trouble(&answer, text("error").unwrap_or("no error was named"), self.clock.now()))
    }

    async fn request(&self, method: &str, body: &Value, send_before: Timestamp) -> Result<Answer, SendError> {
        let headers = [
            ("content-type", "application/json; charset=utf-8".to_owned()),
            ("authorization", format!("Bearer {}", self.token.expose())),
        ];
        let endpoint = self.base.join(&format!("/api/{method}"));
        if self.clock.now() >= send_before {
            return Err(SendError::TooLate);
        }
        self.client.post(&endpoint, &headers, body.to_string().into_bytes()).await.map_err(no_answer)
    }

    /// Posts a message, in the best form that Slack accepts.
    async fn post(&self, message: &Message, send_before: Timestamp) -> Result<Receipt, SendError> {
        let mut refused = None;
        for form in forms(message, &self.mentions) {
            let mut body = form.body();
            set(&mut body, "channel", json!(self.place));
            match self.call("chat.postMessage", &body, send_before).await {
                Ok(message) => return Ok(Receipt { message: Some(message), degraded: refused }),
                Err(Trouble::Degrade(word)) => refused = Some(word),
                Err(Trouble::PostAnew) => refused = Some("nothing to reply to".to_owned()),
                Err(Trouble::Failed(error)) => return Err(error),
            }
        }
        Err(SendError::Undeliverable(format!("Slack says {}", refused.unwrap_or_default())))
    }

    /// Adds the transition to the thread under the earlier message, then brings that message up to date. The reply
    /// comes first: it is what people notice.
    async fn update(&self, alert: &Alert, at: &MessageRef, send_before: Timestamp) -> Result<Receipt, SendError> {
        let message = Message::Alert(alert.clone());
        let mut reply = slack::thread_reply(alert).body();
        set(&mut reply, "channel", json!(at.place));
        set(&mut reply, "thread_ts", json!(at.id));
        set(&mut reply, "reply_broadcast", json!(is_news(alert)));
        match self.call("chat.postMessage", &reply, send_before).await {
            Ok(_) | Err(Trouble::Degrade(_)) => {}
            Err(Trouble::PostAnew) => return self.post(&message, send_before).await,
            Err(Trouble::Failed(error)) => return Err(error),
        }
        let mut refused = None;
        for form in forms(&message, &self.mentions) {
            let mut body = form.body();
            set(&mut body, "channel", json!(at.place));
            set(&mut body, "ts", json!(at.id));
            match self.call("chat.update", &body, send_before).await {
                Ok(_) => return Ok(Receipt { message: Some(at.clone()), degraded: refused }),
                Err(Trouble::Degrade(word)) => refused = Some(word),
                Err(Trouble::PostAnew) => return self.post(&message, send_before).await,
                // The people in the thread know; the next transition will bring the message up to date.
                Err(Trouble::Failed(SendError::TooLate | SendError::Ambiguous(_))) => {
                    return Ok(Receipt { message: Some(at.clone()), degraded: Some("update not confirmed".to_owned()) });
                }
                Err(Trouble::Failed(error)) => return Err(error),
            }
        }
        Err(SendError::Undeliverable(format!("Slack says {}", refused.unwrap_or_default())))
    }
}

/// Whether people outside the thread must see a reply: something that needs hands again.
fn is_news(alert: &Alert) -> bool {
    let again = matches!(
        alert.reason,
        NotifyReason::Worse | NotifyReason::Reopened | NotifyReason::WaiverExpired | NotifyReason::Reminder
    );
    again && alert.severity >= Severity::High
}

fn set(body: &mut Value, key: &str, value: Value) {
    if let Some(object) = body.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

#[async_trait]
impl Notifier for SlackBot {
    fn channel(&self) -> &ChannelId {
        &self.channel
    }

    async fn send(&self, message: &Message, send_before: Timestamp) -> Result<Receipt, SendError> {
        match message {
            Message::Alert(alert) => match &alert.update {
                Some(at) => self.update(alert, at, send_before).await,
                None => self.post(message, send_before).await,
            },
            Message::RollUp(_) | Message::Digest(_) => self.post(message, send_before).await,
        }
    }

    async fn probe(&self) -> Result<String, String> {
        let send_before = Timestamp::MAX;
        let answer = self.request("auth.test", &json!({}), send_before).await.map_err(|e| e.to_string())?;
        let value: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        if value.get("ok").and_then(Value::as_bool) != Some(true) {
            let word = value.get("error").and_then(Value::as_str).unwrap_or("no answer of Slack");
            return Err(match trouble(&answer, word, self.clock.now()) {
                Trouble::Failed(error) => error.to_string(),
                Trouble::Degrade(word) => format!("Slack says {word}"),
                Trouble::PostAnew => format!("Slack says {word}"),
            });
        }
        let scopes = answer.scopes.unwrap_or_default();
        if !scopes.is_empty() && !scopes.split(',').any(|scope| scope.trim() == "chat:write") {
            return Err("the token lacks the scope chat:write; add it to the app and reinstall it".to_owned());
        }
        let team = value.get("team").and_then(Value::as_str).unwrap_or("?");
        Ok(format!("the token works in workspace {}", plimsoll_finding::clean_line(team)))
    }
}
