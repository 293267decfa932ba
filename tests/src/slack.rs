//! What plays Slack for the deployed suite: it accepts one token, which can be changed, and keeps what it accepted. In
//! threads of its own, unlike the look-alike: Terraform blocks the test for minutes.
//! <https://docs.slack.dev/reference/methods/chat.postMessage>

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use anyhow::Result;
use plimsoll_render::block_kit;
use serde_json::{Value, json};

use crate::hostile_server::{Answer, HostileServer, Request};

/// A message that was accepted.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// For example `chat.postMessage`.
    pub method: String,
    /// The request.
    pub body: Value,
    /// When.
    pub at: Instant,
}

impl Accepted {
    /// The fallback text, which notifications show: the first line of every message of ours.
    #[must_use]
    pub fn text(&self) -> &str {
        self.body.get("text").and_then(Value::as_str).unwrap_or_default()
    }
}

#[derive(Debug)]
struct State {
    token: String,
    accepted: Vec<Accepted>,
    down: bool,
}

/// It runs until the test process ends.
#[derive(Debug, Clone)]
pub struct FakeSlack {
    server: HostileServer,
    state: Arc<Mutex<State>>,
}

impl FakeSlack {
    /// Accepts this token.
    ///
    /// # Errors
    /// There is no port to listen at.
    pub fn start(token: &str) -> Result<Self> {
        let state = Arc::new(Mutex::new(State { token: token.to_owned(), accepted: Vec::new(), down: false }));
        let shared = Arc::clone(&state);
        let server = HostileServer::start(move |request, _| {
            if lock(&shared).down {
                return Answer::body(503, "down");
            }
            Answer::body(200, &answer(&shared, request).to_string())
        })?;
        Ok(Self { server, state })
    }

    /// For example `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Revokes the token and accepts this one.
    pub fn rotate(&self, token: &str) {
        token.clone_into(&mut lock(&self.state).token);
    }

    /// Answers every request with 503 while it is down.
    pub fn set_down(&self, down: bool) {
        lock(&self.state).down = down;
    }

    /// Everything that was accepted, in order.
    #[must_use]
    pub fn accepted(&self) -> Vec<Accepted> {
        lock(&self.state).accepted.clone()
    }

    /// How many requests there were, refused ones included.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.server.requests().len()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(state: &Mutex<State>, request: &Request) -> Value {
    let mut state = lock(state);
    if request.header("authorization") != Some(&format!("Bearer {}", state.token)) {
        return json!({"ok": false, "error": "invalid_auth"});
    }
    let method = request.path.trim_start_matches("/api/").to_owned();
    // A hostile server answers before it has read the last byte, which closes the object.
    let body: Value = serde_json::from_str(&format!("{}}}", request.body)).unwrap_or_default();
    match method.as_str() {
        "auth.test" => return json!({"ok": true, "team": "fake", "user": "plimsoll"}),
        "conversations.info" => return json!({"ok": true, "channel": {"name": "alerts", "is_member": true}}),
        "chat.postMessage" | "chat.update" => {}
        _ => return json!({"ok": false, "error": "unknown_method"}),
    }
    if let Some(fault) = block_kit::faults(&body).first() {
        return json!({"ok": false, "error": "invalid_blocks", "errors": [fault]});
    }
    let ts = match body.get("ts").and_then(Value::as_str) {
        Some(ts) => ts.to_owned(),
        None => format!("1700000000.{:06}", state.accepted.len()),
    };
    let channel = body.get("channel").cloned().unwrap_or_default();
    state.accepted.push(Accepted { method, body, at: Instant::now() });
    json!({"ok": true, "channel": channel, "ts": ts})
}
