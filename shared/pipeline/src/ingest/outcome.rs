//! What became of an event.

use serde::{Deserialize, Serialize};

/// What became of an event. Every event ends in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It said something new, which is saved.
    Applied,
    /// It was known already.
    Duplicate,
    /// Something newer is known.
    Stale,
    /// It is well formed and says nothing about readiness.
    Ignored,
    /// It could not be read, or is not for us; it is kept, and people are told.
    Quarantined,
}

impl Outcome {
    /// The word in JSON and in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::Stale => "stale",
            Self::Ignored => "ignored",
            Self::Quarantined => "quarantined",
        }
    }
}
