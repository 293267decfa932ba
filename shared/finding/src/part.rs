//! The pieces of a finding: its status, its resource, its parts and its facts.

use serde::{Deserialize, Serialize};

use crate::{Arn, Severity, clean_line};

/// Whether the problem is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// AWS said that the problem is over, or that there is none.
    Resolved,
    /// The problem is there.
    Open,
}

impl Status {
    /// The word in JSON: `open` or `resolved`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
        }
    }
}

/// What the finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// An ARN where there is one, else the service's own identifier, exactly as sent: part of the identity.
    pub id: String,
    /// For example `ecr-image`, or a CloudFormation type such as `AWS::ECS::Service`.
    pub kind: String,
    /// What people call it, for example `web/api:1.4.2`. Made safe for one line.
    pub name: String,
}

impl Resource {
    /// A resource; `name` is cleaned, `id` is not.
    #[must_use]
    pub fn new(id: impl Into<String>, kind: &str, name: &str) -> Self {
        Self { id: id.into(), kind: clean_line(kind), name: clean_line(name) }
    }

    /// The parsed ARN, if the identifier is one.
    #[must_use]
    pub fn arn(&self) -> Option<Arn> {
        Arn::parse(&self.id)
    }
}

/// One independent statement within a finding.
///
/// Most findings are one statement and list no parts. An image is many: one per CVE, one for the scan itself. Each
/// part is merged on its own, newest statement first, and the finding is open while any part is: the close of one CVE
/// never closes the image, and a failed scan never hides what an earlier one found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Names the part within the finding, exactly as sent, for example an Inspector finding ARN.
    pub id: String,
    /// What was evaluated; evidence rules of the checklist refer to it.
    pub check: String,
    /// Open or resolved.
    pub status: Status,
    /// How bad this part is, or was while it was open.
    pub severity: Severity,
    /// What people call it, for example `CVE-2026-1111 in openssl 3.0.1`. Made safe for one line.
    pub label: String,
    /// For a summary (`3 critical and 12 high`): how many high and critical parts it counts. The summary counts only
    /// while fewer of those are known one by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary_of: Option<u64>,
    /// Resolved because the question no longer applies (the resource is gone), which proves nothing.
    #[serde(default)]
    pub not_applicable: bool,
    /// Stands for something new that took the place of something that is gone: each silences one open part of the same
    /// check, the oldest first. For example a backup plan that is created in the hour in which another was deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replacement: bool,
    /// Whether an exploit of this vulnerability is known; `None` where the source does not say. A change from `false` or
    /// `None` to `true` makes an open part worse at the same severity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exploit_available: Option<bool>,
    /// Whether a fixed version exists for at least one of the affected packages; `None` where the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_available: Option<bool>,
}

impl Part {
    /// A part; `label` is cleaned, `id` is not.
    #[must_use]
    pub fn new(id: impl Into<String>, check: &str, status: Status, severity: Severity, label: &str) -> Self {
        Self {
            id: id.into(),
            check: check.to_owned(),
            status,
            severity,
            label: clean_line(label),
            summary_of: None,
            not_applicable: false,
            replacement: false,
            exploit_available: None,
            fix_available: None,
        }
    }

    /// Makes it the replacement of something that is gone.
    #[must_use]
    pub fn replacement(mut self) -> Self {
        self.replacement = true;
        self
    }

    /// Makes it a summary of that many high and critical parts.
    #[must_use]
    pub fn summary_of(mut self, count: u64) -> Self {
        self.summary_of = Some(count);
        self
    }

    /// Sets whether an exploit is known and whether a fixed version exists.
    #[must_use]
    pub fn exploit_and_fix(mut self, exploit_available: Option<bool>, fix_available: Option<bool>) -> Self {
        self.exploit_available = exploit_available;
        self.fix_available = fix_available;
        self
    }
}

/// One line of detail under the title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// For example `Image tags`. Our own word, never from the event.
    pub name: String,
    /// Made safe for one line.
    pub value: String,
}
