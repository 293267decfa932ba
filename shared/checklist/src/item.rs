//! One line of the checklist: what it asks for, how much it counts, and where help is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use plimsoll_finding::Category;

use crate::EvidenceRule;

/// The part of the checklist that a line stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    /// Already built.
    Implemented,
    /// Just added.
    New,
    /// Not built yet.
    Missing,
    /// To be looked at again before going live.
    Golive,
    /// A line of the team's own: it counts apart from the hundred.
    Own,
}

impl Section {
    /// What people read above the lines of the section.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Implemented => "Implemented",
            Self::New => "New additions",
            Self::Missing => "Missing",
            Self::Golive => "Before going live",
            Self::Own => "Own lines",
        }
    }
}

/// How much a line matters. Ordered so that `a > b` reads "a matters more than b".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Nice to have.
    Optional,
    /// Good practice.
    Recommended,
    /// Needed soon after going live.
    Important,
    /// Needed before going live.
    Critical,
}

impl Priority {
    /// The word people read, for example `Critical`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Critical => "Critical",
            Self::Important => "Important",
            Self::Recommended => "Recommended",
            Self::Optional => "Optional",
        }
    }
}

/// How to close a line: the page that says how, and what the page uses. The names are those of files in this repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// The page to follow: `waf` is `docs/runbooks/remediation/waf.md`.
    pub runbook: String,
    /// The Terraform module that builds it: `rds-proxy` is `infra/remediation/rds-proxy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// Another module that closes the line in another way; the page says how to choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternative: Option<String>,
    /// The example that has the settings, where they are settings of the service itself: `service` is
    /// `infra/examples/service`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// The workflow that does it: `load-test` is `.github/workflows/load-test.yml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// The document to fill in and sign: `on-call-rotation` is `docs/templates/on-call-rotation.md`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

impl Remedy {
    /// What the page uses, as (`field`, path from the root of the repository). A module, a workflow and a template are
    /// each one such thing; a valid remedy has at least one.
    #[must_use]
    pub fn uses(&self) -> Vec<(&'static str, String)> {
        [
            ("module", &self.module, "infra/remediation/", ""),
            ("alternative", &self.alternative, "infra/remediation/", ""),
            ("example", &self.example, "infra/examples/", ""),
            ("workflow", &self.workflow, ".github/workflows/", ".yml"),
            ("template", &self.template, "docs/templates/", ".md"),
        ]
        .into_iter()
        .filter_map(|(field, name, before, after)| Some((field, format!("{before}{}{after}", name.as_ref()?))))
        .collect()
    }

    /// The page to follow, as a path from the root of the repository.
    #[must_use]
    pub fn page(&self) -> String {
        format!("docs/runbooks/remediation/{}.md", self.runbook)
    }
}

/// One line of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Stable and never used again for something else: capital letters, a hyphen, two digits, for example `SEC-02`.
    pub id: String,
    /// What the line asks for.
    pub title: String,
    /// Which score it counts for.
    pub category: Category,
    /// Which part of the checklist it stands in.
    pub section: Section,
    /// The heading over the line within its section, for example `Disaster recovery`; empty if there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub heading: String,
    /// When to do it: 1 (first week) to 4 (some day).
    pub phase: u8,
    /// How much it matters.
    pub priority: Priority,
    /// Its share within its category: critical 3, important 2, recommended and optional 1; 0 for an alias.
    pub weight: u32,
    /// What the checklist document itself claims. It is never evidence.
    #[serde(default)]
    pub declared: bool,
    /// What goes wrong without it, in one sentence.
    pub why: String,
    /// What proves it, and what refutes it. Empty for a line that nothing can speak for yet: it stays unknown.
    #[serde(default)]
    pub evidence: Vec<EvidenceRule>,
    /// Published controls that the line supports (it never satisfies one alone): Security Hub `ECR.1`, `CIS 3.1`
    /// (AWS Foundations Benchmark 3.0), `PCI 6.4.2` (DSS 4.0.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<String>,
    /// How to close the line. Every line of the shipped checklist has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
    /// Makes the line an alias: it says again what these lines say, takes its state from them and counts nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_as: Vec<String>,
    /// How many days somebody's signed word holds, for what no event can show. While nobody has given it, the line
    /// is not met by its other lines alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation_days: Option<u32>,
}

impl Item {
    /// Whether a team has added it, so that it counts apart from the hundred.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.section == Section::Own
    }

    /// Whether it takes its state from other lines.
    #[must_use]
    pub fn is_alias(&self) -> bool {
        !self.same_as.is_empty()
    }
}
