//! A look-alike of Slack and of SNS on 127.0.0.1, for machines without either.
//!
//! It receives real HTTP from the real notifiers: Slack's `chat.postMessage`, `chat.update`, `auth.test`,
//! `conversations.info` and incoming webhooks, and SNS's `Publish`. Like Slack it refuses blocks that break Block Kit's
//! rules with `invalid_blocks`.
//! <https://docs.slack.dev/reference/methods/chat.postMessage>
//! <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Form, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
};
use plimsoll_render::block_kit;
use serde::Serialize;
use serde_json::{Value, json};

/// What was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReceivedKind {
    /// `chat.postMessage`.
    SlackPost,
    /// `chat.update`.
    SlackUpdate,
    /// An incoming webhook.
    SlackWebhook,
    /// SNS `Publish`.
    Sns,
}

/// One accepted message, in the order of receipt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Received {
    /// By which call.
    pub kind: ReceivedKind,
    /// The Slack channel, the webhook's path or the topic.
    pub place: String,
    /// The Slack timestamp (of the updated message for an update), or the SNS message id.
    pub id: String,
    /// The body as received; for SNS the form's fields.
    pub body: Value,
}

impl Received {
    /// The plain text of a message to Slack as people read it there: Slack shows the entities `&amp;`, `&lt;` and `&gt;` as the
    /// characters. <https://docs.slack.dev/messaging/formatting-message-text#escaping>
    #[must_use]
    pub fn slack_text(&self) -> String {
        let text = self.body.get("text").and_then(Value::as_str).unwrap_or_default();
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    }
}

#[derive(Default)]
struct Inbox {
    received: Vec<Received>,
    messages: u64,
}

type Shared = Arc<Mutex<Inbox>>;

/// A running look-alike. It stops when this is dropped.
pub struct LookAlike {
    address: SocketAddr,
    inbox: Shared,
    server: tokio::task::JoinHandle<()>,
}

impl std::fmt::Debug for LookAlike {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LookAlike").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for LookAlike {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl LookAlike {
    /// Starts on 127.0.0.1; port 0 picks a free one.
    ///
    /// # Errors
    /// The port is taken.
    pub async fn start(port: u16) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        let address = listener.local_addr()?;
        let inbox = Shared::default();
        let router = Router::new()
            .route("/api/{method}", post(slack_method))
            .route("/services/{*path}", post(webhook))
            .route("/", post(sns))
            .with_state(Arc::clone(&inbox));
        let server = tokio::spawn(async move {
            // The server ends with the process or with the handle; nobody is left to hear of an error.
            axum::serve(listener, router).await.ok();
        });
        Ok(Self { address, inbox, server })
    }

    /// For example `http://127.0.0.1:40123`: the base address for Slack calls and the endpoint for SNS.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that was accepted so far, in order.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.received_after(0)
    }

    /// What was accepted after the first `count` messages, in order.
    #[must_use]
    pub fn received_after(&self, count: usize) -> Vec<Received> {
        lock(&self.inbox).received.get(count..).unwrap_or_default().to_vec()
    }
}

fn lock(inbox: &Shared) -> MutexGuard<'_, Inbox> {
    inbox.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(inbox: &Shared, kind: ReceivedKind, place: &str, id: Option<String>, body: Value) -> String {
    let mut inbox = lock(inbox);
    inbox.messages = inbox.messages.saturating_add(1);
    let id = id.unwrap_or_else(|| format!("1700000000.{:06}", inbox.messages));
    inbox.received.push(Received { kind, place: place.to_owned(), id: id.clone(), body });
    id
}

fn slack_error(error: &str) -> Response {
    axum::Json(json!({"ok": false, "error": error})).into_response()
}

async fn slack_method(
    State(inbox): State<Shared>,
    Path(method): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let authorised =
        headers.get("authorization").and_then(|v| v.to_str().ok()).is_some_and(|v| v.starts_with("Bearer "));
    if !authorised {
        return slack_error("not_authed");
    }
    if method == "conversations.info" {
        return conversation(&body);
    }
    let body: Value = match serde_json::from_str(&body) {
        Ok(body) => body,
        Err(_) if method == "auth.test" => Value::Null,
        Err(_) => return slack_error("invalid_json"),
    };
    let channel = body.get("channel").and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = match method.as_str() {
        "chat.postMessage" => ReceivedKind::SlackPost,
        "chat.update" => ReceivedKind::SlackUpdate,
        "auth.test" => {
            return axum::Json(json!({"ok": true, "team": "look-alike", "user": "plimsoll"})).into_response();
        }
        _ => return slack_error("unknown_method"),
    };
    if channel.is_empty() {
        return slack_error("channel_not_found");
    }
    if let Some(fault) = block_kit::faults(&body).first() {
        return axum::Json(json!({"ok": false, "error": "invalid_blocks", "errors": [fault]})).into_response();
    }
    let known = body.get("ts").and_then(Value::as_str).map(ToOwned::to_owned);
    if kind == ReceivedKind::SlackUpdate {
        let exists = known
            .as_ref()
            .is_some_and(|ts| lock(&inbox).received.iter().any(|r| r.kind == ReceivedKind::SlackPost && r.id == *ts));
        if !exists {
            return slack_error("message_not_found");
        }
    }
    let id = known.filter(|_| kind == ReceivedKind::SlackUpdate);
    let ts = accept(&inbox, kind, &channel, id, body);
    axum::Json(json!({"ok": true, "channel": channel, "ts": ts})).into_response()
}

/// The app is in every channel here. Like Slack it reads a form, not JSON.
fn conversation(form: &str) -> Response {
    let id = form.split('&').find_map(|field| field.strip_prefix("channel=")).unwrap_or_default();
    if id.is_empty() {
        return slack_error("channel_not_found");
    }
    let channel = json!({"id": id, "name": "alerts", "is_member": true, "is_private": false, "is_archived": false});
    axum::Json(json!({"ok": true, "channel": channel})).into_response()
}

async fn webhook(State(inbox): State<Shared>, Path(path): Path<String>, body: String) -> Response {
    let Ok(body) = serde_json::from_str::<Value>(&body) else {
        return (StatusCode::BAD_REQUEST, "invalid_payload").into_response();
    };
    if !block_kit::faults(&body).is_empty() {
        return (StatusCode::BAD_REQUEST, "invalid_blocks").into_response();
    }
    accept(&inbox, ReceivedKind::SlackWebhook, &path, None, body);
    "ok".into_response()
}

async fn sns(State(inbox): State<Shared>, Form(fields): Form<BTreeMap<String, String>>) -> Response {
    match fields.get("Action").map(String::as_str) {
        Some("Publish") => {}
        Some("GetTopicAttributes") => {
            let entry = "<entry><key>SubscriptionsConfirmed</key><value>1</value></entry>";
            let xml = format!(
                "<GetTopicAttributesResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><GetTopicAttributesResult>\
                 <Attributes>{entry}</Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>"
            );
            return ([(CONTENT_TYPE, "text/xml")], xml).into_response();
        }
        _ => return (StatusCode::BAD_REQUEST, "only Publish and GetTopicAttributes are known here").into_response(),
    }
    let topic = fields.get("TopicArn").cloned().unwrap_or_default();
    let id = accept(&inbox, ReceivedKind::Sns, &topic, None, json!(fields));
    let xml = format!(
        "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>{id}</MessageId>\
         </PublishResult><ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></PublishResponse>"
    );
    ([(CONTENT_TYPE, "text/xml")], xml).into_response()
}
