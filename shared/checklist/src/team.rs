//! What a team makes of the checklist: lines of its own, which count apart from the hundred, and lines that it has switched
//! off, which stay in the evidenced score and leave the claimed one.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::item::Item;

/// A line that the team has switched off: who answers for that, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchedOff {
    /// The line.
    pub id: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
}

impl fmt::Display for SwitchedOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {}: {}", self.id, self.owner, self.reason)
    }
}

/// Somebody's signed word for an own line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who signed.
    pub by: String,
    /// When; the word holds from there.
    pub on: Timestamp,
    /// For how many days it holds.
    pub days: u32,
    /// The document that was signed, a path or an address; empty if there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub document: String,
}

impl Signature {
    /// Whether it holds: from its date to the last second of its days.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.on);
        !age.is_negative() && age <= SignedDuration::from_hours(i64::from(self.days).saturating_mul(24))
    }
}

/// A line that the team has added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnLine {
    /// The line, in the section [`crate::Section::Own`] and without weight.
    pub item: Item,
    /// Who answers for it.
    pub owner: String,
    /// Somebody's signed word for it.
    pub signature: Option<Signature>,
}

/// What a team makes of the checklist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Team {
    pub(crate) own: Vec<OwnLine>,
    pub(crate) off: BTreeMap<String, SwitchedOff>,
}
