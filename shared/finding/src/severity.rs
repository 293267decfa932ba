//! One severity scale for all sources. The native value is kept beside it on the finding.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad a finding is. Ordered so that `a > b` reads "a is worse than b". Labels as in AWS Security Hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing, nothing to do.
    Informational,
    /// To be fixed some day.
    Low,
    /// To be fixed this sprint.
    Medium,
    /// To be fixed today.
    High,
    /// To be fixed now.
    Critical,
}

impl Severity {
    /// All severities, worst first: the order of delivery.
    pub const WORST_FIRST: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Informational];

    /// The word people read, for example `Critical`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Critical => "Critical",
            Self::High => "High",
            Self::Medium => "Medium",
            Self::Low => "Low",
            Self::Informational => "Informational",
        }
    }

    /// The word machines read, the same as in JSON and configuration, for example `critical`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Informational => "informational",
        }
    }

    /// Sorts worst first as a number: critical 0 to informational 4.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Critical => 0,
            Self::High => 1,
            Self::Medium => 2,
            Self::Low => 3,
            Self::Informational => 4,
        }
    }

    /// Reads the words that AWS services use, in any case: `CRITICAL`, `Medium`, `INFORMATIONAL`, `info`,
    /// `MODERATE`. `None` for anything else (among them `UNDEFINED` and `UNTRIAGED`, whose meaning differs by
    /// service).
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "critical" => Some(Self::Critical),
            "high" => Some(Self::High),
            "medium" | "moderate" => Some(Self::Medium),
            "low" => Some(Self::Low),
            "informational" | "info" => Some(Self::Informational),
            _ => None,
        }
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greater_reads_worse_and_rank_agrees() {
        assert!(Severity::Critical > Severity::High && Severity::Low > Severity::Informational);
        for pair in Severity::WORST_FIRST.windows(2) {
            assert!(pair[0] > pair[1] && pair[0].rank() < pair[1].rank());
        }
    }

    #[test]
    fn words_in_any_case_and_only_known_ones() {
        assert_eq!(Severity::from_word(" MEDIUM "), Some(Severity::Medium));
        assert_eq!(Severity::from_word("Moderate"), Some(Severity::Medium));
        assert_eq!(Severity::from_word("UNTRIAGED"), None);
        for severity in Severity::WORST_FIRST {
            assert_eq!(Severity::from_word(severity.label()), Some(severity));
        }
    }
}
