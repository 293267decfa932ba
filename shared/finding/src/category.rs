//! The five categories of production readiness.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What part of production readiness something belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// Who may do what, and what is vulnerable.
    Security,
    /// Does it stay up, and does it come back.
    Reliability,
    /// Can people run it.
    Operations,
    /// Is it fast enough under load.
    Performance,
    /// What it costs.
    Cost,
}

impl Category {
    /// All categories, in the order of the checklist.
    pub const ALL: [Self; 5] = [Self::Security, Self::Reliability, Self::Operations, Self::Performance, Self::Cost];

    /// The word people read, for example `Security`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Security => "Security",
            Self::Reliability => "Reliability",
            Self::Operations => "Operations",
            Self::Performance => "Performance",
            Self::Cost => "Cost",
        }
    }

    /// The word machines read, the same as in JSON and configuration, for example `security`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::Reliability => "reliability",
            Self::Operations => "operations",
            Self::Performance => "performance",
            Self::Cost => "cost",
        }
    }
}

impl std::fmt::Display for Category {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
