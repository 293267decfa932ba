//! A store, a clock and a channel in memory, for the pipeline's own `ingest` and `notify` in virtual time. Nothing
//! sleeps: sending a message takes the time that the clock is told it takes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{FindingKey, Severity, Status};
use plimsoll_message::{ChannelId, Message, Notifier, Receipt, SendError};
use plimsoll_pipeline::{Clock, Document, DocumentKind, DueMark, DueRow, Page, Record, Saved, Store, StoreError};

use super::START;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The store's contract over two maps.
#[derive(Debug, Default)]
pub struct MemoryStore {
    records: Mutex<BTreeMap<FindingKey, Record>>,
    documents: Mutex<BTreeMap<(DocumentKind, String), Document>>,
}

impl MemoryStore {
    /// Another store with the same content.
    #[must_use]
    pub fn copy(&self) -> Self {
        let records = lock(&self.records).clone();
        let documents = lock(&self.documents).clone();
        Self { records: Mutex::new(records), documents: Mutex::new(documents) }
    }

    /// Looks at every record.
    pub fn inspect(&self, mut look: impl FnMut(&Record)) {
        lock(&self.records).values().for_each(&mut look);
    }

    /// How many findings the channel is due to hear of at `now`.
    #[must_use]
    pub fn due_count(&self, channel: &ChannelId, now: Timestamp) -> usize {
        let mut count = 0;
        self.inspect(|record| count += usize::from(due_mark(record, channel, now).is_some()));
        count
    }
}

fn due_mark<'r>(record: &'r Record, channel: &ChannelId, now: Timestamp) -> Option<&'r DueMark> {
    record.cursors.get(channel)?.due.as_ref().filter(|mark| mark.at <= now)
}

#[async_trait]
impl Store for MemoryStore {
    async fn load(&self, key: &FindingKey) -> Result<Option<Record>, StoreError> {
        Ok(lock(&self.records).get(key).cloned())
    }

    async fn save(&self, record: &Record) -> Result<Saved, StoreError> {
        let mut records = lock(&self.records);
        if records.get(&record.key).map_or(0, |known| known.revision) != record.revision {
            return Ok(Saved::Conflict);
        }
        let revision = record.revision + 1;
        records.insert(record.key.clone(), Record { revision, ..record.clone() });
        Ok(Saved::Written(revision))
    }

    async fn due(&self, channel: &ChannelId, now: Timestamp, limit: usize) -> Result<Vec<DueRow>, StoreError> {
        let records = lock(&self.records);
        let mut by_source: BTreeMap<&str, Vec<(&Record, &DueMark)>> = BTreeMap::new();
        for (record, mark) in records.values().filter_map(|record| Some((record, due_mark(record, channel, now)?))) {
            by_source.entry(&record.finding.source).or_default().push((record, mark));
        }
        let mut due = Vec::new();
        for (source, mut rows) in by_source {
            rows.sort_by(|(_, a), (_, b)| b.severity.cmp(&a.severity).then(a.since.cmp(&b.since)));
            due.extend(rows.into_iter().take(limit).map(|(record, mark)| DueRow {
                key: record.key.clone(),
                source: source.to_owned(),
                severity: mark.severity,
                since: mark.since,
            }));
        }
        Ok(due)
    }

    async fn open_page(&self, source: Option<&str>, _: Option<&str>) -> Result<Page, StoreError> {
        let is_listed = |record: &&Record| {
            record.status() == Status::Open && source.is_none_or(|source| record.finding.source == source)
        };
        Ok(Page { records: lock(&self.records).values().filter(is_listed).cloned().collect(), next: None })
    }

    async fn page(&self, _: Option<&str>) -> Result<Page, StoreError> {
        Ok(Page { records: lock(&self.records).values().cloned().collect(), next: None })
    }

    async fn find(&self, digits: &str) -> Result<Vec<Record>, StoreError> {
        let records = lock(&self.records);
        Ok(records.values().filter(|record| record.key.as_str().starts_with(digits)).cloned().collect())
    }

    async fn document(&self, kind: DocumentKind, id: &str) -> Result<Option<Document>, StoreError> {
        Ok(lock(&self.documents).get(&(kind, id.to_owned())).cloned())
    }

    async fn put_document(&self, kind: DocumentKind, document: &Document) -> Result<Saved, StoreError> {
        let mut documents = lock(&self.documents);
        let place = (kind, document.id.clone());
        if documents.get(&place).map_or(0, |known| known.revision) != document.revision {
            return Ok(Saved::Conflict);
        }
        let revision = document.revision + 1;
        documents.insert(place, Document { revision, ..document.clone() });
        Ok(Saved::Written(revision))
    }

    async fn latest_document(&self, kind: DocumentKind, before: &str) -> Result<Option<Document>, StoreError> {
        let documents = lock(&self.documents);
        let range = documents.range((kind, String::new())..(kind, before.to_owned()));
        Ok(range.last().map(|(_, document)| document.clone()))
    }

    async fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>, StoreError> {
        let documents = lock(&self.documents);
        Ok(documents.iter().filter(|((k, _), _)| *k == kind).map(|(_, document)| document.clone()).collect())
    }
}

/// The true time, which goes on only when told; and clocks that are off by some seconds.
#[derive(Debug, Default)]
pub struct VirtualTime(AtomicI64);

impl VirtualTime {
    /// The true time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        START.checked_add(SignedDuration::from_millis(self.0.load(Ordering::SeqCst))).unwrap_or(START)
    }

    /// Lets time go on.
    pub fn pass(&self, time: SignedDuration) {
        let milliseconds = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Lets time go on to that moment, if it is still to come.
    pub fn pass_until(&self, time: Timestamp) {
        self.pass(time.duration_since(self.now()).max(SignedDuration::ZERO));
    }

    /// A clock that is ahead of the true time by that much.
    #[must_use]
    pub const fn clock(&self, skew: SignedDuration) -> SkewedClock<'_> {
        SkewedClock { time: self, skew }
    }
}

impl Clock for VirtualTime {
    fn now(&self) -> Timestamp {
        Self::now(self)
    }
}

/// A clock that may be wrong.
#[derive(Debug)]
pub struct SkewedClock<'t> {
    time: &'t VirtualTime,
    skew: SignedDuration,
}

impl Clock for SkewedClock<'_> {
    fn now(&self) -> Timestamp {
        let now = self.time.now();
        now.checked_add(self.skew).unwrap_or(now)
    }
}

/// A message that a channel received.
#[derive(Debug, Clone)]
pub struct Heard {
    /// When, in true time.
    pub at: Timestamp,
    /// What.
    pub message: Message,
}

impl Heard {
    /// Whether it speaks of that finding.
    #[must_use]
    pub fn is_about(&self, key: &FindingKey) -> bool {
        self.says(key).is_some()
    }

    /// What it says of that finding, if anything: its status, and how bad it is or was.
    #[must_use]
    pub fn says(&self, key: &FindingKey) -> Option<(Status, Severity)> {
        match &self.message {
            Message::Alert(alert) => (alert.key == *key).then_some((alert.status, alert.severity)),
            Message::RollUp(roll_up) => {
                roll_up.members.iter().find(|member| member.key == *key).map(|member| (member.status, member.severity))
            }
            Message::Digest(_) => None,
        }
    }

    /// How many findings it speaks of.
    #[must_use]
    pub fn members(&self) -> usize {
        if let Message::RollUp(roll_up) = &self.message { roll_up.members.len() } else { 1 }
    }

    /// The worst severity that it speaks of.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.message.severity().unwrap_or(Severity::Informational)
    }
}

type Script<'t> = Box<dyn Fn(u64, Timestamp) -> Result<(), SendError> + Send + Sync + 't>;

/// A channel that answers as a script says, and remembers what it accepted.
pub struct ScriptedChannel<'t> {
    channel: ChannelId,
    time: &'t VirtualTime,
    takes: SignedDuration,
    script: Script<'t>,
    asked: AtomicU64,
    late: AtomicU64,
    heard: Mutex<Vec<Heard>>,
    clock: SkewedClock<'t>,
}

impl<'t> ScriptedChannel<'t> {
    /// A channel in which each request takes that long. The script sees the number of the request, from 0, and the
    /// true time.
    pub fn new(
        name: &str,
        time: &'t VirtualTime,
        takes: SignedDuration,
        script: impl Fn(u64, Timestamp) -> Result<(), SendError> + Send + Sync + 't,
    ) -> Self {
        Self {
            channel: ChannelId::new(name),
            time,
            takes,
            script: Box::new(script),
            asked: AtomicU64::new(0),
            late: AtomicU64::new(0),
            heard: Mutex::default(),
            clock: time.clock(SignedDuration::ZERO),
        }
    }

    /// Its sender's clock is off by that much.
    #[must_use]
    pub fn with_skew(mut self, skew: SignedDuration) -> Self {
        self.clock = self.time.clock(skew);
        self
    }

    /// What was accepted so far.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        lock(&self.heard).clone()
    }

    /// How many messages it was given.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    /// How many messages came at or after the time that their claim allowed; they were not sent.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Notifier for ScriptedChannel<'_> {
    fn channel(&self) -> &ChannelId {
        &self.channel
    }

    async fn send(&self, message: &Message, send_before: Timestamp) -> Result<Receipt, SendError> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        if self.clock.now() >= send_before {
            self.late.fetch_add(1, Ordering::SeqCst);
            return Err(SendError::TooLate);
        }
        let at = self.time.now();
        let answer = (self.script)(number, at);
        if answer.is_ok() {
            lock(&self.heard).push(Heard { at, message: message.clone() });
        }
        self.time.pass(self.takes);
        answer.map(|()| Receipt::default())
    }
}
