//! The Slack notifier with a bot token.

use std::sync::Arc;

use crate::http::{Answer, Endpoint, HttpClient, Pause};
use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_finding::Severity;
use plimsoll_message::{
    Alert, ChannelId, Message, MessageRef, Notifier, NotifyReason, ProbeError, Receipt, Secret, SendError,
};
use plimsoll_pipeline::Clock;
use plimsoll_render::slack::{self, Mentions, SlackMessage};
use serde_json::{Value, json};

use crate::slack::{
    fallback_forms::{Trouble, forms, no_answer, refused_in_every_form, trouble},
    probe,
};

const JSON: &str = "application/json; charset=utf-8";
const FORM: &str = "application/x-www-form-urlencoded";

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
    pause: Pause,
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
        Self { channel, place: place.to_owned(), token, base, client, mentions, clock, pause: Pause::default() }
    }

    /// The reference of the posted message, if Slack returned one.
    async fn call(&self, method: &str, body: &Value, send_before: Timestamp) -> Result<Option<MessageRef>, Trouble> {
        let answer = self.request(method, body, send_before).await?;
        let value: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let ok = value.get("ok").and_then(Value::as_bool);
        if answer.status == 200 && ok == Some(true) {
            let place = text("channel").unwrap_or(&self.place).to_owned();
            return Ok(text("ts").filter(|ts| !ts.is_empty()).map(|ts| MessageRef { place, id: ts.to_owned() }));
        }
        if (200..300).contains(&answer.status) && ok != Some(false) {
            // The answer is not from Slack (a proxy, a captive portal), so it is unknown whether Slack received the message.
            let why = format!("HTTP {}, but not an answer of Slack", answer.status);
            return Err(SendError::Ambiguous(why).into());
        }
        Err(trouble(&answer, text("error").unwrap_or_default(), self.clock.now()))
    }

    async fn request(&self, method: &str, body: &Value, send_before: Timestamp) -> Result<Answer, SendError> {
        self.request_as(JSON, method, body.to_string(), send_before).await
    }

    async fn request_as(
        &self,
        content_type: &str,
        method: &str,
        body: String,
        send_before: Timestamp,
    ) -> Result<Answer, SendError> {
        let token = self.token.expose();
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let fix = "the secret is no bot token: put the token that begins with xoxb- into it, and nothing else";
            return Err(SendError::Dead(fix.to_owned()));
        }
        let headers = [("content-type", content_type.to_owned()), ("authorization", format!("Bearer {token}"))];
        let endpoint = self.base.join(&format!("/api/{method}"));
        let now = self.clock.now();
        if let Some(wait) = self.pause.left(now) {
            return Err(SendError::Wait { wait, reason: "Slack asked us to slow down".to_owned() });
        }
        let client = self.client.with_left(send_before.duration_since(now)).ok_or(SendError::TooLate)?;
        client.post(&endpoint, &headers, body.into_bytes()).await.map_err(no_answer)
    }

    /// Posts a message, in the best form that Slack accepts.
    async fn post(&self, message: &Message, send_before: Timestamp) -> Result<Receipt, SendError> {
        let mut refused = None;
        for form in forms(message, &self.mentions) {
            let mut body = form.body();
            set(&mut body, "channel", json!(self.place));
            match self.call("chat.postMessage", &body, send_before).await {
                Ok(message) => return Ok(Receipt { message, degraded: refused }),
                Err(Trouble::Degrade(word) | Trouble::PostAnew(word)) => refused = Some(word),
                Err(Trouble::Failed(error)) => return Err(error),
            }
        }
        Err(refused_in_every_form(refused))
    }

    /// Brings the earlier message up to date, then adds the transition to the thread under it.
    ///
    /// The update comes first because it may be repeated and calls nobody; the reply is what people are told. So
    /// whatever fails on the way, nobody reads a reply twice and no message stays behind the truth.
    async fn follow_up(&self, alert: &Alert, at: &MessageRef, send_before: Timestamp) -> Result<Receipt, SendError> {
        let message = Message::Alert(alert.clone());
        let forms = forms(&message, &self.mentions);
        let mut refused = None;
        let mut updated = false;
        for form in &forms {
            match self.call("chat.update", &updating(form, at), send_before).await {
                Ok(_) => {
                    updated = true;
                    break;
                }
                Err(Trouble::Degrade(word)) => refused = Some(word),
                Err(Trouble::PostAnew(_)) => break,
                Err(Trouble::Failed(error)) => return Err(error),
            }
        }
        if !updated {
            // The old message cannot be updated any more, so a new one is posted.
            return self.post(&message, send_before).await;
        }
        // Slack notifies nobody about an update, so the mention goes into the reply.
        let [full, _, _] = forms;
        let reply = SlackMessage { mention: full.mention, ..slack::thread_reply(alert) };
        for form in [reply.clone(), SlackMessage { blocks: Vec::new(), ..reply }, slack::plain(&message)] {
            let mut body = form.body();
            set(&mut body, "channel", json!(at.place));
            set(&mut body, "thread_ts", json!(at.id));
            set(&mut body, "reply_broadcast", json!(is_news(alert)));
            match self.call("chat.postMessage", &body, send_before).await {
                Ok(_) => return Ok(Receipt { message: Some(at.clone()), degraded: refused }),
                Err(Trouble::Degrade(word)) => refused = Some(word),
                Err(Trouble::PostAnew(_)) => break,
                Err(Trouble::Failed(error)) => return Err(self.half_told(error)),
            }
        }
        // The thread takes no reply, so the transition is posted as a message of its own.
        self.post(&message, send_before).await
    }

    /// The message is up to date and its thread is not: if the finding turns back now, the message must turn back too,
    /// so this is unknown rather than not accepted. A dead channel stays one.
    fn half_told(&self, error: SendError) -> SendError {
        match error {
            SendError::Dead(_) | SendError::Ambiguous(_) => return error,
            SendError::Wait { wait, .. } => self.pause.begin(self.clock.now(), wait),
            SendError::Refused(_) | SendError::Undeliverable(_) | SendError::TooLate => {}
        }
        SendError::Ambiguous(format!("the message is up to date, but the reply under it: {error}"))
    }
}

/// The body of an update. A list that it leaves out would stay as it was, so the lists that the form lacks are emptied.
/// <https://docs.slack.dev/reference/methods/chat.update>
fn updating(form: &SlackMessage, at: &MessageRef) -> Value {
    let mut body = form.body();
    set(&mut body, "channel", json!(at.place));
    set(&mut body, "ts", json!(at.id));
    for list in ["blocks", "attachments"] {
        if body.get(list).is_none() {
            set(&mut body, list, json!([]));
        }
    }
    body
}

/// Whether the reply is also shown in the channel: the finding needs action again.
fn is_news(alert: &Alert) -> bool {
    let again = matches!(
        alert.reason,
        NotifyReason::Worse
            | NotifyReason::News
            | NotifyReason::Reopened
            | NotifyReason::WaiverExpired
            | NotifyReason::Reminder
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
                Some(at) => self.follow_up(alert, at, send_before).await,
                None => self.post(message, send_before).await,
            },
            Message::RollUp(_) | Message::Digest(_) => self.post(message, send_before).await,
        }
    }

    async fn probe(&self) -> Result<String, ProbeError> {
        let answer = self.request("auth.test", &json!({}), Timestamp::MAX).await?;
        let token = probe::token(&answer, self.clock.now())?;
        // The only method here that takes no JSON: https://docs.slack.dev/reference/methods/conversations.info
        let about = format!("channel={}", probe::id(&self.place)?);
        let answer = self.request_as(FORM, "conversations.info", about, Timestamp::MAX).await?;
        let place = probe::membership(&answer, &self.place, &token, self.clock.now())?;
        Ok(format!("the token works in workspace {}, {place}", token.workspace))
    }
}
