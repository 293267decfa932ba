//! A message of any kind.

use plimsoll_finding::Severity;
use serde::{Deserialize, Serialize};

use crate::{
    alert::{Alert, RollUp},
    digest::Digest,
};

/// A message for a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(clippy::large_enum_variant, reason = "one message exists at a time")]
pub enum Message {
    /// A notification about one finding.
    Alert(Alert),
    /// One notification about many findings.
    RollUp(RollUp),
    /// The scheduled digest.
    Digest(Digest),
}

impl Message {
    /// The worst severity in the message; `None` for a digest.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        match self {
            Self::Alert(alert) => Some(alert.severity.max(alert.peak.unwrap_or(alert.severity))),
            Self::RollUp(roll_up) => Some(roll_up.severity),
            Self::Digest(_) => None,
        }
    }

    /// The reference that people see, so that they can tell a repeated message from a new one.
    #[must_use]
    pub fn reference(&self) -> &str {
        match self {
            Self::Alert(alert) => alert.key.short(),
            Self::RollUp(roll_up) => &roll_up.id,
            Self::Digest(digest) => &digest.id,
        }
    }
}
