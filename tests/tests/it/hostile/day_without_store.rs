//! A store that is down for a day, in virtual time, behind a queue that behaves as SQS does: what failed comes back after
//! the visibility timeout, and is put aside when it came too often.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::FindingKey;
use plimsoll_local::LocalStore;
use plimsoll_message::{ChannelId, Message, NotifyReason};
use plimsoll_pipeline::{Document, DocumentKind, DueRow, Page, Record, Saved, Store, StoreError, intake::unwrap};
use plimsoll_tests::{
    harness::{Harness, SOURCES, Scripted, guardduty},
    samples::{root, samples},
};
use serde_json::{Value, json};

/// What the store does.
const UP: u8 = 0;
/// Nothing is answered.
const DOWN: u8 = 1;
/// Reads are answered, writes are not: throttled by its write units.
const READS_ONLY: u8 = 2;
/// Every second call is answered; the others may have written all the same.
const FLAKY: u8 = 3;

struct Ailing {
    store: LocalStore,
    state: AtomicU8,
    calls: AtomicU64,
}

impl Ailing {
    /// Whether this call fails.
    fn fails(&self, writes: bool) -> bool {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        match self.state.load(Ordering::SeqCst) {
            UP => false,
            DOWN => true,
            READS_ONLY => writes,
            _ => call.is_multiple_of(2),
        }
    }

    fn check(&self, writes: bool) -> Result<(), StoreError> {
        if self.fails(writes) { Err(StoreError::new("call", "the table", "InternalServerError")) } else { Ok(()) }
    }
}

#[async_trait]
impl Store for Ailing {
    async fn load(&self, key: &FindingKey) -> Result<Option<Record>, StoreError> {
        self.check(false)?;
        self.store.load(key).await
    }

    async fn save(&self, record: &Record) -> Result<Saved, StoreError> {
        if self.fails(true) {
            // The answer is lost, and in one case the write is not.
            if self.state.load(Ordering::SeqCst) == FLAKY {
                self.store.save(record).await?;
            }
            return Err(StoreError::new("save", record.key.to_string(), "time-out"));
        }
        self.store.save(record).await
    }

    async fn due(&self, channel: &ChannelId, now: Timestamp, limit: usize) -> Result<Vec<DueRow>, StoreError> {
        self.check(false)?;
        self.store.due(channel, now, limit).await
    }

    async fn open_page(&self, source: Option<&str>, after: Option<&str>) -> Result<Page, StoreError> {
        self.check(false)?;
        self.store.open_page(source, after).await
    }

    async fn page(&self, after: Option<&str>) -> Result<Page, StoreError> {
        self.check(false)?;
        self.store.page(after).await
    }

    async fn find(&self, digits: &str) -> Result<Vec<Record>, StoreError> {
        self.check(false)?;
        self.store.find(digits).await
    }

    async fn document(&self, kind: DocumentKind, id: &str) -> Result<Option<Document>, StoreError> {
        self.check(false)?;
        self.store.document(kind, id).await
    }

    async fn put_document(&self, kind: DocumentKind, document: &Document) -> Result<Saved, StoreError> {
        self.check(true)?;
        self.store.put_document(kind, document).await
    }

    async fn latest_document(&self, kind: DocumentKind, before: &str) -> Result<Option<Document>, StoreError> {
        self.check(false)?;
        self.store.latest_document(kind, before).await
    }

    async fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>, StoreError> {
        self.check(false)?;
        self.store.documents(kind).await
    }
}

/// A number that Terraform sets: the default of a variable of the function's module.
fn default_of(name: &str) -> u64 {
    let text = fs::read_to_string(root().join("infra/modules/function/variables.tf")).unwrap();
    let optional = text.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_start_matches("optional(number, ").trim_end_matches(')'))
    });
    let variable = text.split_once(&format!("variable \"{name}\" {{")).and_then(|(_, rest)| {
        let default = rest.split_once("\n}")?.0.lines().find(|line| line.trim().starts_with("default"))?;
        default.split_once('=').map(|(_, value)| value.trim())
    });
    optional.or(variable).unwrap_or_else(|| panic!("{name} is not in variables.tf")).parse().unwrap()
}

struct Waiting {
    id: String,
    body: String,
    visible_at: Timestamp,
    sent_at: Timestamp,
    receives: u64,
}

/// One queue, as Terraform sets it up.
struct Queue {
    waiting: Vec<Waiting>,
    visibility: SignedDuration,
    maximum_receives: u64,
    retention: SignedDuration,
    dead: usize,
    most_receives: u64,
}

impl Queue {
    fn new() -> Self {
        let seconds = |n: u64| SignedDuration::from_secs(i64::try_from(n).unwrap());
        Self {
            waiting: Vec::new(),
            visibility: seconds(6 * default_of("timeout_seconds")),
            maximum_receives: default_of("maximum_receives"),
            retention: seconds(86_400 * default_of("retention_days")),
            dead: 0,
            most_receives: 0,
        }
    }

    fn send(&mut self, body: &Value, now: Timestamp) {
        let id = format!("m-{}-{now}", self.waiting.len());
        self.waiting.push(Waiting { id, body: body.to_string(), visible_at: now, sent_at: now, receives: 0 });
    }

    /// The next batch of ten as Lambda gets it; empty if nothing is visible.
    fn receive(&mut self, now: Timestamp) -> Vec<Value> {
        let (visibility, most) = (self.visibility, self.maximum_receives);
        let before = self.waiting.len();
        self.waiting
            .retain(|m| m.visible_at > now || (m.receives < most && now.duration_since(m.sent_at) < self.retention));
        self.dead += before - self.waiting.len();
        let visible = self.waiting.iter_mut().filter(|m| m.visible_at <= now).take(10);
        let mut records = Vec::new();
        for message in visible {
            message.receives += 1;
            message.visible_at = now + visibility;
            self.most_receives = self.most_receives.max(message.receives);
            records.push(json!({
                "messageId": message.id, "receiptHandle": "r", "body": message.body, "eventSource": "aws:sqs",
                "attributes": {"ApproximateReceiveCount": message.receives.to_string()}, "messageAttributes": {},
                "eventSourceARN": "arn:aws:sqs:eu-central-1:111122223333:plimsoll-events", "awsRegion": "eu-central-1",
            }));
        }
        records
    }
}

/// The application, its queue and its channel.
struct Day {
    bench: Harness,
    ailing: Arc<Ailing>,
    queue: Queue,
    slack: Arc<Scripted>,
}

impl Day {
    fn new() -> Self {
        let slack = Arc::new(Scripted::new("slack", Vec::new()));
        let config = "[channels.slack]\nkind = \"slack-webhook\"\nurl = { env = \"UNUSED\" }\n[[routes]]\nname = \"all\"\n\
                      channels = [\"slack\"]\n";
        let mut bench = Harness::new(config, &[Arc::clone(&slack)]);
        let (state, calls) = (AtomicU8::new(UP), AtomicU64::new(0));
        let ailing = Arc::new(Ailing { store: LocalStore::in_memory().unwrap(), state, calls });
        bench.app.store = Arc::clone(&ailing) as Arc<dyn Store>;
        Self { bench, ailing, queue: Queue::new(), slack }
    }

    /// Everything that is visible is taken through, as the function does; what fails stays in the queue.
    async fn invocations(&mut self) {
        let now = self.bench.app.clock.now();
        loop {
            let records = self.queue.receive(now);
            if records.is_empty() {
                break;
            }
            let ids: BTreeSet<String> = records.iter().map(|r| r["messageId"].as_str().unwrap().to_owned()).collect();
            let intake = unwrap(&json!({ "Records": records }), &SOURCES, now);
            let handled = match self.bench.app.load_waivers().await {
                Ok(()) => self.bench.app.handle(&intake, &SOURCES).await,
                Err(error) => Err(error),
            };
            let failed: BTreeSet<String> = handled.map_or_else(
                |_| ids.clone(),
                |summaries| summaries.iter().filter(|s| s.failed()).filter_map(|s| s.message_id.clone()).collect(),
            );
            self.queue.waiting.retain(|m| !ids.contains(&m.id) || failed.contains(&m.id));
        }
    }

    async fn passes(&mut self, time: SignedDuration) {
        let minute = SignedDuration::from_mins(1);
        let end = self.bench.app.clock.now() + time;
        while self.bench.app.clock.now() < end {
            self.invocations().await;
            // The sweep of each minute; it fails while the store does.
            self.bench.app.deliver(minute).await.ok();
            self.bench.hand.advance(minute);
        }
    }

    /// What is kept: status and severity of each finding, and what is in quarantine.
    async fn kept(&self) -> (BTreeMap<String, String>, usize) {
        let records = self.ailing.store.records().await.unwrap();
        let state = records.iter().map(|r| (r.key.to_string(), format!("{:?} {:?}", r.status(), r.severity())));
        let quarantine = self.ailing.store.documents(DocumentKind::Quarantine).await.unwrap();
        (state.collect(), quarantine.len())
    }

    /// How often each finding was told for the first time.
    fn delivered(&self) -> BTreeMap<String, usize> {
        let mut delivered = BTreeMap::new();
        for message in self.slack.accepted() {
            let keys: Vec<String> = match &message {
                Message::Alert(alert) if alert.reason == NotifyReason::FirstSeen => vec![alert.key.to_string()],
                Message::RollUp(roll_up) => {
                    let first = roll_up.members.iter().filter(|m| m.reason == NotifyReason::FirstSeen);
                    first.map(|m| m.key.to_string()).collect()
                }
                _ => Vec::new(),
            };
            for key in keys {
                *delivered.entry(key).or_default() += 1;
            }
        }
        delivered
    }
}

/// The corpus at the beginning, then one event every half hour, and an hour to read what is left.
async fn a_day(state: u8) -> Day {
    let mut day = Day::new();
    day.ailing.state.store(state, Ordering::SeqCst);
    let start = day.bench.app.clock.now();
    for sample in samples().unwrap() {
        for delivery in sample.intake().deliveries {
            day.queue.send(&serde_json::from_str(&delivery.raw).unwrap_or_else(|_| json!(delivery.raw)), start);
        }
    }
    for half_hour in 0..48 {
        let now = day.bench.app.clock.now();
        day.queue.send(&guardduty(&format!("day-{half_hour}"), 8.0, &now.to_string(), false), now);
        day.passes(SignedDuration::from_mins(30)).await;
    }
    if state == DOWN || state == READS_ONLY {
        assert!(day.kept().await.0.is_empty() && day.slack.accepted().is_empty(), "nothing gets through");
        assert!(day.queue.waiting.len() > 100, "all of it waits");
    }
    day.ailing.state.store(UP, Ordering::SeqCst);
    day.passes(SignedDuration::from_hours(1)).await;
    day
}

#[tokio::test]
async fn a_day_without_the_store_loses_nothing_and_needs_no_hands() {
    let calm = a_day(UP).await;
    let (expected, quarantine) = calm.kept().await;
    assert!(expected.len() > 100 && calm.queue.waiting.is_empty());
    for (name, state) in [("down", DOWN), ("reads only", READS_ONLY), ("flaky", FLAKY)] {
        let day = a_day(state).await;
        let case = format!("{name}: received {} times at most", day.queue.most_receives);
        assert_eq!((day.queue.waiting.len(), day.queue.dead), (0, 0), "{case}: nobody must fetch it from a queue");
        let (kept, put_aside) = day.kept().await;
        assert_eq!(kept, expected, "{case}: the state is the one of a calm day");
        assert_eq!(put_aside, quarantine, "{case}: nothing is put aside for having come too often");
        let delivered = day.delivered();
        let repeated = delivered.iter().filter(|(_, times)| **times > 1).count();
        assert_eq!(repeated, 0, "{case}");
        for number in 0..48 {
            let id = format!("i-day-{number}");
            let records = day.bench.records().await;
            let record = records.iter().find(|r| r.finding.resource.id.contains(&id)).unwrap();
            assert_eq!(delivered.get(&record.key.to_string()), Some(&1), "{case}: {id} is told once");
        }
        if state != FLAKY {
            assert!(day.queue.most_receives > 470, "{case}: a whole day");
        }
    }
}

/// The queue is patient for a day and not for ever: this test would notice fewer receives in Terraform.
#[tokio::test]
async fn an_impatient_queue_would_lose() {
    let mut day = Day::new();
    day.queue.maximum_receives = 100;
    day.ailing.state.store(DOWN, Ordering::SeqCst);
    let now = day.bench.app.clock.now();
    day.queue.send(&guardduty("lost", 8.0, &now.to_string(), false), now);
    day.passes(SignedDuration::from_hours(24)).await;
    assert_eq!((day.queue.waiting.len(), day.queue.dead), (0, 1));
}
