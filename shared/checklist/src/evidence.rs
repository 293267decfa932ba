//! What can prove or refute a line: rules that name a check, and the statements that carry it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{FindingKey, Severity, Status};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The checks that findings carry, apart from those of AWS Config (`config:` and the identifier of the rule).
pub const CHECKS: [&str; 21] = [
    "backup:backup-job",
    "backup:copy-job",
    "backup:plan",
    "backup:recovery-point",
    "backup:restore-job",
    "backup:scan-job",
    "backup:vault",
    "cost:anomaly",
    "cost:budget",
    "ecr-scan:coverage",
    "ecr-scan:scan-frequency",
    "ecr-scan:scan-status",
    "ecr-scan:vulnerabilities",
    "guardduty:attack-sequence",
    "guardduty:finding",
    "guardduty:malware",
    "guardduty:runtime-coverage",
    "inspector:code-vulnerabilities",
    "inspector:coverage",
    "inspector:ec2-vulnerabilities",
    "inspector:lambda-vulnerabilities",
];

/// For how many days the word of AWS Config about one resource proves something. Config speaks only when something
/// changes, so nothing shows that it still looks: the collector reads its rules again and does not rely on this.
pub const CONFIG_HOLDS_DAYS: u32 = 35;

/// Before the identifier of a Config rule.
pub(crate) const CONFIG: &str = "config:";
/// A statement that claims to be later than this after now is dated wrongly and proves nothing.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_hours(1);

/// What a statement must be to prove a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// Resolved, and not because the question no longer applies.
    Resolved,
    /// Anything that fails no line: whoever speaks is switched on.
    Observed,
}

/// How many of the units of a line a statement about one of them speaks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Quantifier {
    /// The line is about every unit, so a statement about one of them proves nothing of the others.
    #[default]
    Every,
    /// One is enough: a drill, a test, an exercise of somebody.
    Any,
}

impl Quantifier {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// One rule of evidence of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRule {
    /// Which statements it is about: a check such as `ecr-scan:scan-status`, `config:ALB_WAF_ENABLED`, or with `*` at
    /// the end all checks of a source: `config:*`.
    pub check: String,
    /// Which of them prove the line; absent if none does (they can only refute).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met: Option<Proof>,
    /// From which severity an open one makes the line a gap; absent if none does (they can only prove).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap_from: Option<Severity>,
    /// For how many days a proof holds. Absent for AWS Config, whose proofs hold for [`CONFIG_HOLDS_DAYS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_days: Option<u32>,
    /// Whether what proves it for one unit proves the line.
    #[serde(default, skip_serializing_if = "Quantifier::is_default")]
    pub units: Quantifier,
}

impl EvidenceRule {
    /// What stands before the `*` of a rule about a whole source, for example `config:`.
    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        self.check.strip_suffix('*')
    }

    /// For how many days a proof by this rule holds; `None` if the rule says nothing and is not about AWS Config.
    #[must_use]
    pub fn holds_days(&self) -> Option<u32> {
        self.max_age_days.or_else(|| self.check.starts_with(CONFIG).then_some(CONFIG_HOLDS_DAYS))
    }

    /// Whether the rule is about statements with this check.
    #[must_use]
    pub fn concerns(&self, check: &str) -> bool {
        self.prefix().map_or(self.check == check, |prefix| check.starts_with(prefix))
    }

    /// Whether a statement that the rule concerns makes the line a gap.
    #[must_use]
    pub fn refuted_by(&self, status: Status, severity: Severity) -> bool {
        status == Status::Open && self.gap_from.is_some_and(|from| severity >= from)
    }
}

/// One statement of a stored finding, as evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// What was evaluated; evidence rules refer to it.
    pub check: String,
    /// Open or resolved.
    pub status: Status,
    /// How bad it is while open.
    pub severity: Severity,
    /// When AWS saw it.
    pub observed_at: Timestamp,
    /// Where.
    pub account: String,
    /// Its region; empty where there is none, or an older build wrote it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// The resource that it is about, by its ARN or another identifier.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub resource: String,
    /// The tags of the resource, as far as they are known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Resolved because the question no longer applies, which proves nothing.
    pub not_applicable: bool,
    /// A sample that somebody generated to try things out: it never counts.
    pub sample: bool,
    /// The finding that made the statement.
    pub key: FindingKey,
    /// Its title.
    pub title: String,
}

/// Whether a proof still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    Fresh,
    TooOld,
    /// Its date lies in the future: nobody can tell how old it is.
    Misdated,
}

impl Signal {
    pub(crate) fn freshness(&self, max_age_days: Option<u32>, now: Timestamp) -> Freshness {
        let age = now.duration_since(self.observed_at);
        let limit = max_age_days.map(|days| SignedDuration::from_hours(i64::from(days).saturating_mul(24)));
        if age.saturating_add(CLOCK_TOLERANCE).is_negative() {
            Freshness::Misdated
        } else if limit.is_some_and(|limit| age > limit) {
            Freshness::TooOld
        } else {
            Freshness::Fresh
        }
    }
}

/// Whether findings can carry this check, or a rule may name it: one of [`CHECKS`], a Config identifier
/// (`config:ALB_WAF_ENABLED`), or all checks of a source (`config:*`).
#[must_use]
pub fn is_known_check(check: &str) -> bool {
    if let Some(identifier) = check.strip_prefix(CONFIG) {
        let shaped = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        return identifier == "*" || (!identifier.is_empty() && identifier.bytes().all(shaped));
    }
    match check.strip_suffix('*') {
        Some(prefix) => prefix.ends_with(':') && CHECKS.iter().any(|known| known.starts_with(prefix)),
        None => CHECKS.contains(&check),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_exact_unless_a_star_says_otherwise() {
        for known in ["ecr-scan:coverage", "config:ALB_WAF_ENABLED", "config:*", "guardduty:*"] {
            assert!(is_known_check(known), "{known}");
        }
        for unknown in ["", "*", "config:", "config:alb-waf-enabled", "config:ALB_*", "ecr-scan", "ecr-scan:*x", "x:*"]
        {
            assert!(!is_known_check(unknown), "{unknown}");
        }
        let rule = |check: &str| EvidenceRule {
            check: check.into(),
            met: None,
            gap_from: None,
            max_age_days: None,
            units: Quantifier::Every,
        };
        assert!(rule("config:*").concerns("config:A") && !rule("config:*").concerns("configx:A"));
        assert!(rule("config:A").concerns("config:A") && !rule("config:A").concerns("config:AB"));
    }
}
