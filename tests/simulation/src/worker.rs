//! One process of ours: what it holds in memory, and loses when it dies.

use jiff::{SignedDuration, Timestamp};
use plimsoll_message::Message;
use plimsoll_pipeline::{DueRow, Record, delivery::Claim};

/// A process that merges events or tells a channel, one small step at a time.
#[derive(Debug, Clone)]
pub struct Worker {
    /// How far its clock is ahead of the true time.
    pub skew: SignedDuration,
    /// What it is doing.
    pub task: Task,
    /// When it began, in true time.
    pub started: Timestamp,
    /// It does nothing before this time.
    pub frozen_until: Timestamp,
}

/// What a worker is in the middle of.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "one value for each simulated worker; a box would save nothing")]
pub enum Task {
    /// Nothing.
    Idle,
    /// It has loaded what is known and will save what the event makes of it.
    Merge {
        /// The event's position in the scene.
        event: usize,
        /// What was known.
        known: Option<Record>,
    },
    /// It has saved and will acknowledge the event.
    Acknowledge {
        /// The event's position in the scene.
        event: usize,
    },
    /// It tells a channel of one finding, or of several together.
    Tell(Tell),
}

/// One message on its way.
#[derive(Debug, Clone)]
pub struct Tell {
    /// The channel's position.
    pub channel: usize,
    /// Rows that are still to be claimed.
    pub rows: Vec<DueRow>,
    /// What was claimed, as saved.
    pub claims: Vec<(Record, Claim)>,
    /// What comes next.
    pub phase: Phase,
}

/// Where a message is.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "one value for each simulated worker; a box would save nothing")]
pub enum Phase {
    /// The next row is loaded, or the message made.
    Load,
    /// The record was loaded; it is claimed by a conditional write.
    Claim(Record),
    /// The message is made and will be sent.
    Send(Message),
    /// The provider answered; the answer is recorded for the claim at this position.
    Record {
        /// What the provider said.
        answer: Answer,
        /// Which claim.
        position: usize,
        /// The record as last read.
        known: Record,
    },
}

/// What becomes of a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Accepted, and the answer arrived.
    Accepted,
    /// Accepted, and the answer was lost.
    AcceptedUnseen,
    /// Lost on the way, and nobody knows.
    LostUnseen,
    /// Certainly not accepted.
    Refused,
    /// Not accepted; wait this many seconds.
    Wait(i64),
    /// The worker noticed that its time was over and sent nothing.
    TooLate,
}

impl Answer {
    /// Whether the channel heard the message.
    #[must_use]
    pub const fn was_heard(self) -> bool {
        matches!(self, Self::Accepted | Self::AcceptedUnseen)
    }

    /// Whether the sender cannot know.
    #[must_use]
    pub const fn is_ambiguous(self) -> bool {
        matches!(self, Self::AcceptedUnseen | Self::LostUnseen)
    }
}

impl Worker {
    /// An idle worker.
    #[must_use]
    pub const fn new(skew: SignedDuration, now: Timestamp) -> Self {
        Self { skew, task: Task::Idle, started: now, frozen_until: now }
    }

    /// Whether it has nothing to do.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        matches!(self.task, Task::Idle)
    }

    /// What its clock says when the true time is `now`.
    #[must_use]
    pub fn clock(&self, now: Timestamp) -> Timestamp {
        now.checked_add(self.skew).unwrap_or(now)
    }

    /// How many repeated messages its death would excuse: one, or one for each member that is not recorded yet.
    #[must_use]
    pub fn at_stake(&self) -> u64 {
        let Task::Tell(deliver) = &self.task else { return 1 };
        let recorded = if let Phase::Record { position, .. } = deliver.phase { position } else { 0 };
        (deliver.claims.len().saturating_sub(recorded) as u64).max(1)
    }
}
