//! The application on a bench: real handlers and store, a clock that is moved by hand, channels that answer as scripted.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a bench that cannot be set up is a failed test")]

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use plimsoll_app::{App, Config, DeliveryReports, KeptScore, validate_config};
use plimsoll_checklist::Checklist;
use plimsoll_local::LocalStore;
use plimsoll_message::{ChannelId, Message, Notifier, ProbeError, Receipt, SendError};
use plimsoll_pipeline::{
    Clock, Record,
    intake::{EventSummary, unwrap},
};
/// Every source function.
pub use plimsoll_sources::SOURCES;
use serde_json::{Value, json};

/// Slack, which is told everything, with mail to fall back on.
pub const TWO_CHANNELS: &str = r#"
[channels.slack]
kind = "slack-bot"
channel = "C0123456789"
token = { env = "UNUSED" }
fallback = "mail"
remind_critical_after_hours = 24
[channels.mail]
kind = "sns-humans"
topic_arn = "arn:aws:sns:eu-central-1:111122223333:mail"
[[routes]]
name = "all"
channels = ["slack"]
"#;

/// A clock that is moved by hand.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// Shows this time.
    #[must_use]
    pub fn new(now: &str) -> Self {
        Self(Mutex::new(now.parse().unwrap()))
    }

    /// Shows another time.
    pub fn set(&self, now: Timestamp) {
        *lock(&self.0) = now;
    }

    /// Moves on.
    pub fn advance(&self, by: SignedDuration) {
        *lock(&self.0) += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *lock(&self.0)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers with what it was told to, last first, then accepts; keeps what it accepted.
#[derive(Debug)]
pub struct Scripted {
    channel: ChannelId,
    answers: Mutex<Vec<SendError>>,
    always: Mutex<Option<SendError>>,
    accepted: Mutex<Vec<Message>>,
    probe: Mutex<Option<ProbeError>>,
    probed: AtomicUsize,
}

impl Scripted {
    /// A channel that accepts after these answers.
    #[must_use]
    pub fn new(channel: &str, answers: Vec<SendError>) -> Self {
        Self {
            channel: ChannelId::new(channel),
            answers: answers.into(),
            always: Mutex::default(),
            accepted: Mutex::default(),
            probe: Mutex::default(),
            probed: AtomicUsize::new(0),
        }
    }

    /// Answers probes like that from now on; `None` says that all is well.
    pub fn probes(&self, answer: Option<ProbeError>) {
        *lock(&self.probe) = answer;
    }

    /// How often it was probed.
    #[must_use]
    pub fn probed(&self) -> usize {
        self.probed.load(Ordering::Relaxed)
    }

    /// Answers like that from now on; `None` accepts again.
    pub fn always(&self, answer: Option<SendError>) {
        *lock(&self.always) = answer;
    }

    /// What it accepted.
    #[must_use]
    pub fn accepted(&self) -> Vec<Message> {
        lock(&self.accepted).clone()
    }

    /// The titles of the alerts that it accepted.
    #[must_use]
    pub fn titles(&self) -> Vec<String> {
        let title = |message: &Message| match message {
            Message::Alert(alert) => alert.finding.title.clone(),
            other => format!("{other:?}"),
        };
        lock(&self.accepted).iter().map(title).collect()
    }
}

#[async_trait]
impl Notifier for Scripted {
    fn channel(&self) -> &ChannelId {
        &self.channel
    }

    async fn send(&self, message: &Message, _: Timestamp) -> Result<Receipt, SendError> {
        if let Some(error) = lock(&self.always).clone() {
            return Err(error);
        }
        if let Some(error) = lock(&self.answers).pop() {
            return Err(error);
        }
        lock(&self.accepted).push(message.clone());
        Ok(Receipt::default())
    }

    async fn probe(&self) -> Result<String, ProbeError> {
        self.probed.fetch_add(1, Ordering::Relaxed);
        lock(&self.probe).clone().map_or_else(|| Ok("it could be told".to_owned()), Err)
    }
}

/// The application with its clock.
#[derive(Debug)]
pub struct Harness {
    /// The application.
    pub app: App,
    /// Its clock.
    pub hand: Arc<ManualClock>,
}

impl Harness {
    /// An application with this configuration and these channels, on 2 November 2026.
    #[must_use]
    pub fn new(config: &str, channels: &[Arc<Scripted>]) -> Self {
        let hand = Arc::new(ManualClock::new("2026-11-02T09:15:00Z"));
        let config: Config = validate_config(config, &[]).unwrap();
        let app = App {
            policy: config.policy(Checklist::shipped().unwrap(), ""),
            config,
            store: Arc::new(LocalStore::in_memory().unwrap()),
            notifiers: channels.iter().map(|c| Arc::clone(c) as Arc<dyn Notifier>).collect(),
            clock: Arc::clone(&hand) as Arc<dyn Clock>,
            local: false,
            pause: std::time::Duration::ZERO,
            source_api: None,
            score: KeptScore::default(),
        };
        Self { app, hand }
    }

    /// One invocation, then everything due is told.
    pub async fn handle(&self, payload: &Value) -> Vec<EventSummary> {
        let intake = unwrap(payload, &SOURCES, self.app.clock.now());
        let summaries = self.app.handle(&intake, &SOURCES).await.unwrap();
        self.deliver().await;
        summaries
    }

    /// Everything due is told.
    pub async fn deliver(&self) -> DeliveryReports {
        self.app.deliver(SignedDuration::from_mins(1)).await.unwrap()
    }

    /// Time passes, then everything due is told.
    pub async fn later(&self, minutes: i64) -> DeliveryReports {
        self.hand.advance(SignedDuration::from_mins(minutes));
        self.deliver().await
    }

    /// All records.
    pub async fn records(&self) -> Vec<Record> {
        self.app.store.records().await.unwrap()
    }
}

/// A GuardDuty finding as an event: `id` names finding and instance, `time` is when GuardDuty saw it.
#[must_use]
pub fn guardduty(id: &str, severity: f64, time: &str, archived: bool) -> Value {
    json!({
        "id": format!("{id}-{time}"), "source": "aws.guardduty", "detail-type": "GuardDuty Finding",
        "account": "111122223333", "region": "eu-central-1", "time": time,
        "detail": {"id": id, "accountId": "111122223333", "region": "eu-central-1", "severity": severity,
            "type": "Trojan:EC2/DNSDataExfiltration", "updatedAt": time,
            "resource": {"resourceType": "Instance", "instanceDetails": {"instanceId": format!("i-{id}")}},
            "service": {"archived": archived}}
    })
}
