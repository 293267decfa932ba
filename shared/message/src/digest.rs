//! The scheduled digest as a value.

use jiff::Timestamp;
use plimsoll_checklist::{ItemState, Scorecard, Step};
use plimsoll_finding::{FindingKey, Severity};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;

/// What happened to a finding since the last digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// The finding opened.
    Opened,
    /// The finding became worse.
    Worse,
    /// The finding was resolved.
    Resolved,
}

/// One change since the last digest, or one open finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// Which finding.
    pub key: FindingKey,
    /// Its severity; for a resolved finding the last one.
    pub severity: Severity,
    /// Its title.
    pub title: String,
    /// Its account.
    pub account: String,
    /// What people call the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_name: Option<String>,
    /// When AWS first saw it.
    pub since: Timestamp,
    /// Waived until then.
    pub waived_until: Option<Timestamp>,
    /// What a person said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// A checklist line that changed since the last digest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineChange {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its state in the last digest.
    pub from: ItemState,
    /// Its state now.
    pub to: ItemState,
    /// The event, the read or the signature that changed it, as a clause; empty in digests of older builds.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cause: String,
    /// Its share of the overall score, in percentage points.
    #[serde(default)]
    pub points: f64,
}

/// The score of one environment, or of the whole deployment, in percent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentScore {
    /// Its name; absent for the whole deployment, in which a line is met only if it is met in every environment.
    pub name: Option<String>,
    /// What is proved.
    pub current: u8,
    /// What would be proved if every unknown line were met.
    pub upper: u8,
    /// The target.
    pub target: u8,
}

/// How the score moved since the last digest, in percentage points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// By what happened.
    pub by_team: i16,
    /// By changes of the checklist itself: a new line, another weight.
    pub by_list: i16,
}

/// When a source last sent evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceHealth {
    /// The source function.
    pub source: String,
    /// When the source last sent something about a resource; `None` if never.
    pub last_event: Option<Timestamp>,
    /// Whole days since then, if that is more than the configured number of days.
    pub silent_days: Option<i64>,
}

/// The digest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// Eight digits: the same for the same schedule time.
    pub id: String,
    /// The time that it was scheduled for.
    pub scheduled_for: Timestamp,
    /// When the digest before this one was made.
    pub previous_at: Option<Timestamp>,
    /// The environment that the score, the lines and the steps are of; absent for the whole deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The scores of the other environments and of the whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<EnvironmentScore>,
    /// The score now.
    pub score: Scorecard,
    /// The score of the digest before.
    pub previous_score: Option<Scorecard>,
    /// What changed, worst first; at most ten.
    pub changes: Vec<Change>,
    /// How many changed in all: opened, worse, resolved.
    pub change_counts: [usize; 3],
    /// How the score moved; absent in the first digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub movement: Option<Movement>,
    /// Checklist lines that changed; all of them, what is worth most first.
    pub lines: Vec<LineChange>,
    /// The gap to fix next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_next: Option<Step>,
    /// What would show most next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub see_next: Option<Step>,
    /// Open findings, worst first, then oldest; at most ten. Waived ones come last.
    pub open: Vec<Change>,
    /// How many are open in all, worst severity first.
    pub open_counts: Vec<(Severity, usize)>,
    /// Open findings under a waiver; all of them, soonest end first.
    pub waived: Vec<Change>,
    /// Each source, and whether it is silent.
    pub sources: Vec<SourceHealth>,
    /// The number of findings whose notification is overdue by more than five minutes.
    pub undelivered: usize,
    /// Events that could not be read.
    pub quarantined: usize,
}
