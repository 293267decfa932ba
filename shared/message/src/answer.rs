//! What a person said about an open finding: the owner who takes it, or what a cost anomaly was.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerKind {
    /// Somebody takes care of it.
    Acknowledged,
    /// The cost was planned.
    Planned,
    /// The cost anomaly is a false alarm.
    FalseAlarm,
    /// The cost is real and was not planned.
    Real,
}

/// An answer to a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What was said.
    pub kind: AnswerKind,
    /// Who answers for it.
    pub owner: String,
    /// Who wrote it down.
    pub by: String,
    /// When.
    pub at: Timestamp,
}
