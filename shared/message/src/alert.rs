//! One alert, or many as a roll-up.

use jiff::Timestamp;
use plimsoll_finding::{Category, Finding, FindingKey, Severity, Status};
use serde::{Deserialize, Serialize};

use crate::reference::MessageRef;

/// Why a channel is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotifyReason {
    /// The channel hears of it for the first time.
    FirstSeen,
    /// It is worse than what the channel was told.
    Worse,
    /// It is over.
    Resolved,
    /// It was over, and is back.
    Reopened,
    /// It opened and was over before the channel could be told.
    OpenedAndResolved,
    /// It changes back and forth; it is held open at its worst until it is quiet.
    Flapping,
    /// Its waiver has ended.
    WaiverExpired,
    /// It is critical and still open.
    Reminder,
    /// An earlier message may or may not have arrived.
    Uncertain,
}

/// A line of the checklist that the finding is evidence for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistLine {
    /// For example `SEC-02`.
    pub id: String,
    /// For example `ECR image scanning`.
    pub title: String,
}

/// When a finding happened, as the recipient sees it, and who else was told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertHistory {
    /// When this alert is told.
    pub at: Option<Timestamp>,
    /// When the channel was told before.
    pub previous_at: Option<Timestamp>,
    /// When the finding opened, or opened again.
    pub open_since: Option<Timestamp>,
    /// When the finding was resolved; `None` while it is open.
    pub resolved_at: Option<Timestamp>,
    /// Parts that opened since the channel was told before.
    pub opened_parts: usize,
    /// Parts that were resolved since the channel was told before.
    pub resolved_parts: usize,
    /// For a resolved finding the parts that were open, worst first: severity and label. At most three.
    pub worst: Vec<(Severity, String)>,
    /// Parts that were open and are not listed.
    pub more_worst: usize,
    /// Other channels that were told of the finding, or are about to be.
    pub also_told: Vec<String>,
}

/// One finding, told on its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// The finding's identity; its first eight digits are the reference that people see.
    pub key: FindingKey,
    /// Why now.
    pub reason: NotifyReason,
    /// Open or resolved, as told; a flapping finding is told as open.
    pub status: Status,
    /// The severity as told: for an open finding what it is now, for a resolved one how bad it was.
    pub severity: Severity,
    /// The worst it was since the channel was told last, if that is worse than `severity`.
    pub peak: Option<Severity>,
    /// What the channel was told before, if anything.
    pub previous: Option<(Status, Severity)>,
    /// The finding's description.
    pub finding: Finding,
    /// The open parts, worst first: label and severity. At most 20; `more_parts` counts the rest.
    pub parts: Vec<(Severity, String)>,
    /// Open parts that are not listed.
    pub more_parts: usize,
    /// Name of the environment that the account belongs to.
    pub environment: Option<String>,
    /// Checklist lines that it is evidence for.
    pub lines: Vec<ChecklistLine>,
    /// When AWS first saw it.
    pub first_seen: Timestamp,
    /// When AWS last saw it.
    pub last_seen: Timestamp,
    /// When it happened, what changed since the last message, and who else was told.
    #[serde(default)]
    pub history: AlertHistory,
    /// The earlier message to update and to reply to.
    pub update: Option<MessageRef>,
    /// The primary channel could not be reached, so this one is told instead.
    pub as_fallback: bool,
    /// Stays the same for repeats of the same statement, so that a receiver can drop duplicates.
    pub deduplication_id: String,
}

/// One member of a roll-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollUpMember {
    /// Its identity.
    pub key: FindingKey,
    /// Why.
    pub reason: NotifyReason,
    /// Open or resolved.
    pub status: Status,
    /// The worst of what it is and was.
    pub severity: Severity,
    /// Its title.
    pub title: String,
    /// Its account.
    pub account: String,
    /// Its region.
    pub region: String,
}

/// Many findings of one source, told together because there are too many to tell one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollUp {
    /// Names this roll-up: eight digits.
    pub id: String,
    /// Which source.
    pub source: String,
    /// Which category the members belong to (that of the worst).
    pub category: Category,
    /// The worst severity of any member.
    pub severity: Severity,
    /// All members, worst first.
    pub members: Vec<RollUpMember>,
}
