//! What became of an event and of its findings, for people and programs.

use plimsoll_finding::{Severity, Status};
use plimsoll_message::ChannelId;
use serde::Serialize;

use crate::{
    ingest::{Ingested, Outcome},
    policy::Policy,
};

/// What became of one finding, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingSummary {
    /// Applied, duplicate, stale or quarantined.
    pub outcome: Outcome,
    /// The finding's key.
    pub key: String,
    /// Its title.
    pub title: String,
    /// Open or resolved, with all that is known.
    pub status: Status,
    /// How bad it is, with all that is known.
    pub severity: Severity,
    /// Checklist lines that it is evidence for.
    pub checklist: Vec<String>,
    /// Channels that hear of it.
    pub routes: Vec<ChannelId>,
}

/// The overall score in whole percent before and after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ScoreChange {
    /// Before.
    pub before: u8,
    /// After.
    pub after: u8,
}

/// What became of one event, for people: the result of the function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventSummary {
    /// What became of it: of several findings the most telling outcome. `None` if the store could not answer.
    pub outcome: Option<Outcome>,
    /// Why it was ignored or put in quarantine, what failed, or whose heartbeat it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The event's id.
    pub event_id: String,
    /// Its detail-type.
    pub detail_type: String,
    /// Its findings, worst first.
    pub findings: Vec<FindingSummary>,
    /// The overall score; absent where computing it would cost a read of the whole table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<ScoreChange>,
    /// The SQS message that it came in.
    #[serde(skip)]
    pub message_id: Option<String>,
    /// From the event's own time to its handling, in milliseconds; `None` if it has no time.
    #[serde(skip)]
    pub lag_ms: Option<i64>,
}

impl EventSummary {
    /// Whether the event must be delivered again.
    #[must_use]
    pub const fn failed(&self) -> bool {
        self.outcome.is_none()
    }
}

pub(crate) fn describe(ingested: &Ingested, policy: &Policy) -> FindingSummary {
    let record = &ingested.record;
    FindingSummary {
        outcome: ingested.outcome,
        key: record.key.to_string(),
        title: record.title(),
        status: record.status(),
        severity: record.severity(),
        checklist: checklist_ids(record.parts.values().map(|s| s.part.check.as_str()), policy),
        routes: ingested.routes.clone(),
    }
}

/// The lines that statements with these checks are evidence for, in order, without repeats.
#[must_use]
pub fn checklist_ids<'a>(checks: impl Iterator<Item = &'a str>, policy: &Policy) -> Vec<String> {
    let mut ids: Vec<String> =
        checks.flat_map(|check| policy.checklist.lines_for_check(check)).map(|item| item.id.clone()).collect();
    ids.sort();
    ids.dedup();
    ids
}
