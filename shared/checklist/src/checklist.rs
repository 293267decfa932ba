//! The checklist as a value, and the questions that others ask it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use plimsoll_finding::{Category, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    evidence::CONFIG,
    item::{Item, Priority},
    team::{OwnLine, SwitchedOff, Team},
};

/// What the document says about one category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryFigures {
    /// The word people read.
    pub label: String,
    /// How ready the document says that it is, in percent. It is never evidence.
    pub declared: u8,
    /// How ready it should be, in percent.
    pub target: u8,
}

/// A checklist without faults: it can only be made by reading one. Its JSON schema is that of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    categories: BTreeMap<Category, CategoryFigures>,
    #[serde(rename = "item")]
    items: Vec<Item>,
    /// What a team makes of it. It stands in the configuration, not in the file.
    #[serde(skip)]
    pub(crate) team: Team,
}

impl Checklist {
    pub(crate) fn new(categories: BTreeMap<Category, CategoryFigures>, items: Vec<Item>) -> Self {
        Self { categories, items, team: Team::default() }
    }

    /// The lines of the document, in its order; those of a team are not among them.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The line with this id, one of a team's own included.
    #[must_use]
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.every_line().find(|item| item.id == id)
    }

    /// What the document says about each category.
    #[must_use]
    pub const fn categories(&self) -> &BTreeMap<Category, CategoryFigures> {
        &self.categories
    }

    /// The target of each category, in percent.
    #[must_use]
    pub fn targets(&self) -> BTreeMap<Category, u8> {
        self.categories.iter().map(|(category, figures)| (*category, figures.target)).collect()
    }

    /// The lines that name this check, whatever a statement says. Rules about a whole source (`config:*`) are left
    /// out: they are about the source, not about what was evaluated.
    #[must_use]
    pub fn lines_for_check(&self, check: &str) -> Vec<&Item> {
        self.every_line().filter(|item| item.evidence.iter().any(|rule| rule.check == check)).collect()
    }

    /// How bad a failed Config rule is, and where it belongs: AWS Config has no severity of its own. Taken from the
    /// most important line that names the rule: critical is high, important and recommended are medium, optional is
    /// low. `None` if no line names it, or `check` is not one of Config.
    #[must_use]
    pub fn config_severity(&self, check: &str) -> Option<(Severity, Category)> {
        if !check.starts_with(CONFIG) {
            return None;
        }
        let lines = self.lines_for_check(check);
        let line = lines.into_iter().min_by_key(|item| (Reverse(item.priority), item.is_alias()))?;
        let severity = match line.priority {
            Priority::Critical => Severity::High,
            Priority::Important | Priority::Recommended => Severity::Medium,
            Priority::Optional => Severity::Low,
        };
        Some((severity, line.category))
    }
}

impl Checklist {
    /// The same checklist with lines of a team's own and with lines switched off.
    #[must_use]
    pub fn with_team(mut self, own: Vec<OwnLine>, off: impl IntoIterator<Item = SwitchedOff>) -> Self {
        let off = off.into_iter().map(|off| (off.id.clone(), off)).collect();
        self.team = Team { own, off };
        self
    }

    /// The lines that the team has added.
    #[must_use]
    pub fn own_lines(&self) -> &[OwnLine] {
        &self.team.own
    }

    /// The hundred and the team's own.
    pub fn every_line(&self) -> impl Iterator<Item = &Item> {
        self.items().iter().chain(self.team.own.iter().map(|own| &own.item))
    }

    /// Who switched the line off, and why; `None` if it is on.
    #[must_use]
    pub fn switched_off(&self, id: &str) -> Option<&SwitchedOff> {
        self.team.off.get(id)
    }

    /// Every line that is switched off.
    pub fn all_switched_off(&self) -> impl Iterator<Item = &SwitchedOff> {
        self.team.off.values()
    }
}
