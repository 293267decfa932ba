//! A process that dies, or stands still, at one numbered point of the two walks.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::FindingKey;
use plimsoll_message::{ChannelId, Message, Notifier, Receipt, SendError};
use plimsoll_pipeline::{Document, DocumentKind, DueRow, Page, Record, Saved, Store, StoreError};

use super::{MemoryStore, ScriptedChannel, VirtualTime};

/// A point of the two walks; six of ingest, eight of notify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Point {
    /// Ingest: nothing was read.
    BeforeLoad,
    /// Ingest: what is known was read.
    AfterLoad,
    /// Ingest: merged in memory, nothing written.
    AfterMerge,
    /// Ingest: the first write lost its race, the second is about to be made.
    BeforeSave,
    /// Ingest: written, and nobody knows.
    AfterSave,
    /// Ingest: finished, but the event is not acknowledged.
    AfterAnswer,
    /// Notify: nothing was read.
    BeforeDue,
    /// Notify: what is due was read.
    AfterDue,
    /// Notify: a claim was made in memory.
    BeforeClaimSave,
    /// Notify: the claim is written.
    AfterClaimSave,
    /// Notify: the message is ready.
    BeforeSend,
    /// Notify: the message was accepted, and nobody knows.
    AfterSend,
    /// Notify: the answer is known and not written.
    BeforeRecordSave,
    /// Notify: all is written.
    AfterRecordSave,
}

impl Point {
    /// All fourteen, in order.
    pub const ALL: [Self; 14] = [
        Self::BeforeLoad,
        Self::AfterLoad,
        Self::AfterMerge,
        Self::BeforeSave,
        Self::AfterSave,
        Self::AfterAnswer,
        Self::BeforeDue,
        Self::AfterDue,
        Self::BeforeClaimSave,
        Self::AfterClaimSave,
        Self::BeforeSend,
        Self::AfterSend,
        Self::BeforeRecordSave,
        Self::AfterRecordSave,
    ];

    /// Whether it is one of ingest.
    #[must_use]
    pub const fn is_ingest(self) -> bool {
        (self as u8) < (Self::BeforeDue as u8)
    }
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Death {
    /// It panics; the runtime catches it.
    Panic,
    /// Its future is dropped while it waits.
    Dropped,
    /// It is killed: from then on nothing that it does has an effect.
    Killed,
    /// The platform ends it at its timeout, a minute later.
    TimedOut,
}

impl Death {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Panic, Self::Dropped, Self::Killed, Self::TimedOut];
}

/// What happens at the point.
enum CallOutcome<'t> {
    Dies(Death),
    Pauses(Box<dyn Fn() + Send + Sync + 't>),
}

/// One life of a process: its view of the store and of the channel.
pub struct Mortal<'t> {
    store: &'t MemoryStore,
    channel: &'t ScriptedChannel<'t>,
    time: &'t VirtualTime,
    point: Point,
    outcome_of_call: CallOutcome<'t>,
    reached: AtomicBool,
    dead: AtomicBool,
    saves: AtomicU64,
}

impl<'t> Mortal<'t> {
    /// A process that dies in that way when it first comes to that point.
    #[must_use]
    pub const fn dying(
        store: &'t MemoryStore,
        channel: &'t ScriptedChannel<'t>,
        time: &'t VirtualTime,
        point: Point,
        death: Death,
    ) -> Self {
        Self::new(store, channel, time, point, CallOutcome::Dies(death))
    }

    /// A process that stands still at that point while something else happens, and then goes on.
    pub fn pausing(
        store: &'t MemoryStore,
        channel: &'t ScriptedChannel<'t>,
        time: &'t VirtualTime,
        point: Point,
        meanwhile: impl Fn() + Send + Sync + 't,
    ) -> Self {
        Self::new(store, channel, time, point, CallOutcome::Pauses(Box::new(meanwhile)))
    }

    const fn new(
        store: &'t MemoryStore,
        channel: &'t ScriptedChannel<'t>,
        time: &'t VirtualTime,
        point: Point,
        outcome_of_call: CallOutcome<'t>,
    ) -> Self {
        let (reached, dead, saves) = (AtomicBool::new(false), AtomicBool::new(false), AtomicU64::new(0));
        Self { store, channel, time, point, outcome_of_call, reached, dead, saves }
    }

    /// Whether it came to its point.
    #[must_use]
    pub fn reached(&self) -> bool {
        self.reached.load(Ordering::SeqCst)
    }

    async fn reach(&self, here: Point) -> Result<(), StoreError> {
        let dead = || StoreError::new("any operation", "the store", "this process is dead");
        if self.dead.load(Ordering::SeqCst) {
            return Err(dead());
        }
        if here != self.point || self.reached.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        match &self.outcome_of_call {
            CallOutcome::Pauses(meanwhile) => meanwhile(),
            CallOutcome::Dies(Death::Panic) => resume_unwind(Box::new("a planned panic")),
            CallOutcome::Dies(Death::Killed) => {
                self.dead.store(true, Ordering::SeqCst);
                return Err(dead());
            }
            CallOutcome::Dies(Death::Dropped) => std::future::pending::<()>().await,
            CallOutcome::Dies(Death::TimedOut) => {
                self.time.pass(SignedDuration::from_secs(60));
                std::future::pending::<()>().await;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Store for Mortal<'_> {
    async fn load(&self, key: &FindingKey) -> Result<Option<Record>, StoreError> {
        self.reach(Point::BeforeLoad).await?;
        let known = self.store.load(key).await?;
        self.reach(Point::AfterLoad).await?;
        Ok(known)
    }

    async fn save(&self, record: &Record) -> Result<Saved, StoreError> {
        let number = self.saves.fetch_add(1, Ordering::SeqCst);
        let (before, after) = match (self.point.is_ingest(), number) {
            (true, 0) => (Point::AfterMerge, Point::AfterSave),
            (true, _) => (Point::BeforeSave, Point::AfterSave),
            (false, 0) => (Point::BeforeClaimSave, Point::AfterClaimSave),
            (false, _) => (Point::BeforeRecordSave, Point::AfterRecordSave),
        };
        self.reach(before).await?;
        if self.point == Point::BeforeSave && number == 0 {
            return Ok(Saved::Conflict);
        }
        let saved = self.store.save(record).await?;
        self.reach(after).await?;
        Ok(saved)
    }

    async fn due(&self, channel: &ChannelId, now: Timestamp, limit: usize) -> Result<Vec<DueRow>, StoreError> {
        self.reach(Point::BeforeDue).await?;
        let rows = self.store.due(channel, now, limit).await?;
        self.reach(Point::AfterDue).await?;
        Ok(rows)
    }

    async fn open_page(&self, source: Option<&str>, after: Option<&str>) -> Result<Page, StoreError> {
        self.store.open_page(source, after).await
    }

    async fn page(&self, after: Option<&str>) -> Result<Page, StoreError> {
        self.store.page(after).await
    }

    async fn find(&self, digits: &str) -> Result<Vec<Record>, StoreError> {
        self.store.find(digits).await
    }

    async fn document(&self, kind: DocumentKind, id: &str) -> Result<Option<Document>, StoreError> {
        self.store.document(kind, id).await
    }

    async fn put_document(&self, kind: DocumentKind, document: &Document) -> Result<Saved, StoreError> {
        self.store.put_document(kind, document).await
    }

    async fn latest_document(&self, kind: DocumentKind, before: &str) -> Result<Option<Document>, StoreError> {
        self.store.latest_document(kind, before).await
    }

    async fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>, StoreError> {
        self.store.documents(kind).await
    }
}

#[async_trait]
impl Notifier for Mortal<'_> {
    fn channel(&self) -> &ChannelId {
        self.channel.channel()
    }

    async fn send(&self, message: &Message, send_before: Timestamp) -> Result<Receipt, SendError> {
        let dead = |error: StoreError| SendError::Refused(error.to_string());
        self.reach(Point::BeforeSend).await.map_err(dead)?;
        let receipt = self.channel.send(message, send_before).await?;
        self.reach(Point::AfterSend).await.map_err(dead)?;
        Ok(receipt)
    }
}

/// Runs a future that waits for nothing but its death. `None` if it died.
pub fn live<T>(future: impl Future<Output = T>) -> Option<T> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut context = Context::from_waker(Waker::noop());
        match pin!(future).poll(&mut context) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }));
    outcome.unwrap_or(None)
}
