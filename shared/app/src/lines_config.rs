//! `[[lines]]` in `plimsoll.toml`: lines of the team's own; and `[lines_off.ID]`: lines of the checklist that it has switched
//! off.

use jiff::Timestamp;
use plimsoll_checklist::{EvidenceRule, Item, OwnLine, Priority, Quantifier, Section, Signature, SwitchedOff};
use plimsoll_finding::{Category, parse_time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A line of the team's own. It counts apart from the hundred lines of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnLineConfig {
    /// Capital letters, a hyphen and two digits, for example `OWN-01`; no id of the checklist.
    pub id: String,
    /// What the line asks for.
    pub title: String,
    /// Where it belongs.
    pub category: Category,
    /// Who answers for it.
    pub owner: String,
    /// What goes wrong without it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// When to do it, 1 (before going live) to 4 (some day).
    #[serde(default = "default_phase")]
    pub phase: u8,
    /// How much it matters.
    #[serde(default = "default_priority")]
    pub priority: Priority,
    /// What proves and what refutes it: a rule of AWS Config (`config:REQUIRED_TAGS`) or another check that findings carry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceRule>,
    /// Somebody's signed word, where no event shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<SignatureConfig>,
}

const fn default_phase() -> u8 {
    1
}

const fn default_priority() -> Priority {
    Priority::Important
}

/// Somebody's signed word.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignatureConfig {
    /// Who signed.
    pub by: String,
    /// When: `2026-11-18`.
    pub on: String,
    /// For how many days the word holds, 1 to 366.
    pub days: u32,
    /// The document that was signed: a path or an address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub document: String,
}

/// Why a line of the checklist is switched off.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineOffConfig {
    /// Who answers for it.
    pub owner: String,
    /// Why; at least ten characters.
    pub reason: String,
}

impl OwnLineConfig {
    /// The line. A signature whose date cannot be read is left out: [`crate::validate_config`] refuses it.
    pub(crate) fn line(&self) -> OwnLine {
        let item = Item {
            id: self.id.clone(),
            title: self.title.clone(),
            category: self.category,
            section: Section::Own,
            heading: String::new(),
            phase: self.phase,
            priority: self.priority,
            weight: 0,
            declared: false,
            why: self.why.clone(),
            // No read knows the units of a line of the team's own: what the team names is enough.
            evidence: self
                .evidence
                .iter()
                .cloned()
                .map(|rule| EvidenceRule { units: Quantifier::Any, ..rule })
                .collect(),
            controls: Vec::new(),
            remedy: None,
            same_as: Vec::new(),
            attestation_days: None,
        };
        let signature = self.signed.as_ref().and_then(SignatureConfig::read);
        OwnLine { item, owner: self.owner.clone(), signature }
    }
}

impl SignatureConfig {
    fn read(&self) -> Option<Signature> {
        let on: Timestamp = parse_time(&self.on)?;
        Some(Signature { by: self.by.clone(), on, days: self.days, document: self.document.clone() })
    }
}

impl LineOffConfig {
    pub(crate) fn of(&self, id: &str) -> SwitchedOff {
        SwitchedOff { id: id.to_owned(), owner: self.owner.clone(), reason: self.reason.clone() }
    }
}
