//! One alert, or many as a roll-up.

use jiff::Timestamp;
use plimsoll_finding::{Category, Finding, FindingKey, Severity, Status};
use serde::{Deserialize, Serialize};

use crate::{answer::Answer, news::News, reference::MessageRef};

/// Why a channel is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotifyReason {
    /// The first notification of this finding on the channel.
    FirstSeen,
    /// The finding is worse than in the last notification.
    Worse,
    /// Something about the finding became worse at the same severity: a new part, a known exploit or fix, a higher amount.
    News,
    /// The finding is resolved.
    Resolved,
    /// The finding was resolved and is open again.
    Reopened,
    /// The finding opened and was resolved before the channel could be notified.
    OpenedAndResolved,
    /// The finding is flapping; it is held open at its worst severity until it is quiet.
    Flapping,
    /// The waiver of the finding has ended.
    WaiverExpired,
    /// The finding is critical and still open.
    Reminder,
    /// Somebody answered: took care of it, or said what a cost anomaly was.
    Answered,
    /// An earlier message may or may not have arrived.
    Uncertain,
}

/// A checklist line that the finding is evidence for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistLine {
    /// For example `SEC-02`.
    pub id: String,
    /// For example `ECR image scanning`.
    pub title: String,
}

/// When a finding happened, as the recipient sees it, and which other channels were notified.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertHistory {
    /// The time of this alert.
    pub at: Option<Timestamp>,
    /// The time of the channel's last notification.
    pub previous_at: Option<Timestamp>,
    /// When the finding opened, or opened again.
    pub open_since: Option<Timestamp>,
    /// When the finding was resolved; `None` while it is open.
    pub resolved_at: Option<Timestamp>,
    /// Parts that AWS reported as open since the channel's last notification, new or seen again.
    pub reported_open: usize,
    /// Parts that AWS reported as resolved since the channel's last notification.
    pub reported_resolved: usize,
    /// For a resolved finding the parts that were open, worst first: severity and label. At most three.
    pub worst: Vec<(Severity, String)>,
    /// Parts that were open and are not listed.
    pub more_worst: usize,
    /// Other channels that were notified of the finding, or are about to be.
    pub also_told: Vec<String>,
    /// What a person said about the finding as it is open now.
    #[serde(default)]
    pub answer: Option<Answer>,
}

/// A notification about one finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// The finding's identity; its first eight digits are the reference that people see.
    pub key: FindingKey,
    /// Why the channel is notified now.
    pub reason: NotifyReason,
    /// Open or resolved, as told; a flapping finding is told as open.
    pub status: Status,
    /// The severity as told: for an open finding what it is now, for a resolved one how bad it was.
    pub severity: Severity,
    /// The worst severity since the last notification of the channel, if that is worse than `severity`.
    pub peak: Option<Severity>,
    /// The last notification of the channel, if there was one.
    pub previous: Option<(Status, Severity)>,
    /// What became worse inside it since the channel was told that it is open.
    #[serde(default)]
    pub news: News,
    /// The finding's description.
    pub finding: Finding,
    /// The open parts, exploited ones first, then the worst: label and severity. At most 20; `more_parts` counts the rest.
    pub parts: Vec<(Severity, String)>,
    /// The number of open parts that are not listed.
    pub more_parts: usize,
    /// Name of the environment that the account belongs to.
    pub environment: Option<String>,
    /// What people call the account of the finding.
    #[serde(default)]
    pub account_name: Option<String>,
    /// Checklist lines that the finding is evidence for.
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
    /// Whether this channel is the fallback of one that could not be reached.
    pub as_fallback: bool,
    /// Stays the same for repeats of the same statement, so that a receiver can drop duplicates.
    pub deduplication_id: String,
}

/// One member of a roll-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollUpMember {
    /// The identity of the finding.
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
    /// What people call the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_name: Option<String>,
    /// Its region.
    pub region: String,
}

/// Many findings told together: of one source, because there are too many to tell one by one; or all open criticals of which
/// a channel is reminded, of whatever source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollUp {
    /// Names this roll-up: eight digits.
    pub id: String,
    /// The source of the members; of reminders that of the worst.
    pub source: String,
    /// Which category the members belong to (that of the worst).
    pub category: Category,
    /// The worst severity of any member.
    pub severity: Severity,
    /// All members, worst first.
    pub members: Vec<RollUpMember>,
}

impl RollUp {
    /// Whether it reminds of what is open and says nothing new.
    #[must_use]
    pub fn is_reminder(&self) -> bool {
        !self.members.is_empty() && self.members.iter().all(|member| member.reason == NotifyReason::Reminder)
    }
}
