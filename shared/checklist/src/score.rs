//! The score: how much of the checklist is proved.
//!
//! A category's **current** value is the weight of its lines that are met, as a share of the weight of all its lines:
//! `current = 100 × weight met ÷ weight of all lines`, in whole percent, a half rounded up. Gaps, unknown and waived
//! lines count as not met; aliases weigh nothing. A line that does not apply leaves both sides of the fraction, but only
//! if a complete read shows so: one that a profile leaves out still counts as not met. The **target** is what people decided. The **gap** is what is
//! missing to the target: `target − current`, and never below 0. **Overall** values are the plain mean of the
//! categories, each category counting the same, rounded the same way; the overall gap is the difference of the two.
//!
//! The current value is the **lower bound**, and it alone is held against the target. The **upper bound** is what would be
//! proved if every unknown line were met: `upper = 100 × (weight of all lines − weight of gaps) ÷ weight of all lines`,
//! rounded and averaged in the same way. A waiver moves neither: a gap that somebody accepted is a gap in both. What is
//! between the two is not known. Of that, lines that nothing installed can speak for are **not visible**.
//!
//! A worked example. Five categories stand at 85, 90, 75, 80 and 85 %: together 415, a fifth of which is 83. Their
//! targets are 95, 95, 90, 90 and 90 %: together 460, a fifth of which is 92. So 9 % are missing:
//!
//! ```
//! use plimsoll_checklist::Scorecard;
//! use plimsoll_finding::Category::{Cost, Operations, Performance, Reliability, Security};
//!
//! let score = Scorecard::from_figures(&[
//!     (Security, 85, 95),
//!     (Reliability, 90, 95),
//!     (Operations, 75, 90),
//!     (Performance, 80, 90),
//!     (Cost, 85, 90),
//! ]);
//! assert_eq!((score.current, score.target, score.gap), (83, 92, 9));
//! assert_eq!(score.categories[2].gap, 15);
//! ```

use std::collections::BTreeMap;

use plimsoll_finding::Category;
use serde::{Deserialize, Serialize};

use crate::{
    checklist::{CategoryFigures, Checklist},
    state::{Assessment, ItemState, Reason},
    team::SwitchedOff,
};

/// What is not known, in percent. Absent in a scorecard of known figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// How much would be proved if every unknown line were met.
    pub upper: u8,
    /// How much of what is unknown nothing that is installed and allowed can speak for.
    pub not_visible: u8,
}

/// What the lines of a category weigh together, by what the evidence says of them. An accepted risk changes nothing here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// Met.
    pub met: u32,
    /// Refuted.
    pub gap: u32,
    /// Unknown, and a source, a repetition or a signature would show it.
    pub unknown: u32,
    /// Unknown, and nothing that is installed and allowed can speak for it.
    pub not_visible: u32,
    /// Left out of the score by a complete read that shows nothing to protect.
    pub out_of_scope: u32,
}

impl Weights {
    /// The weight that the score is a share of.
    #[must_use]
    pub const fn applicable(&self) -> u32 {
        self.met.saturating_add(self.gap).saturating_add(self.unknown).saturating_add(self.not_visible)
    }

    fn count(&mut self, line: &Assessment<'_>) {
        let part = match line.evidenced {
            _ if line.is_out_of_scope() => &mut self.out_of_scope,
            ItemState::Met => &mut self.met,
            ItemState::Gap => &mut self.gap,
            _ if is_not_visible(line) => &mut self.not_visible,
            // A line that a profile leaves out counts as not met and is no gap: nobody looked at it.
            _ => &mut self.unknown,
        };
        *part = part.saturating_add(line.item.weight);
    }

    fn bounds(&self, current: u8) -> Bounds {
        let percent = |weight: u32| round_half_up(u64::from(weight).saturating_mul(100), u64::from(self.applicable()));
        let upper = percent(self.applicable().saturating_sub(self.gap)).max(current);
        Bounds { upper, not_visible: percent(self.not_visible).min(upper.saturating_sub(current)) }
    }
}

fn is_not_visible(line: &Assessment<'_>) -> bool {
    let mut why = UnknownLines::default();
    if line.is_unknown() {
        why.count(&line.reasons);
    }
    why.not_visible.saturating_add(why.no_source) > 0
}

/// How many lines of one phase are in which state; stale lines are unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseCount {
    /// 1 (before going live) to 4 (some day).
    pub phase: u8,
    /// Met.
    pub met: u32,
    /// Refuted.
    pub gaps: u32,
    /// Unknown.
    pub unknown: u32,
    /// Accepted as a risk.
    pub waived: u32,
    /// Not applicable.
    pub not_applicable: u32,
}

impl PhaseCount {
    fn count(&mut self, state: ItemState) {
        let count = match state {
            ItemState::Met => &mut self.met,
            ItemState::Gap => &mut self.gaps,
            ItemState::Unknown | ItemState::Stale => &mut self.unknown,
            ItemState::Waived => &mut self.waived,
            ItemState::NotApplicable => &mut self.not_applicable,
        };
        *count = count.saturating_add(1);
    }

    /// How many lines are neither met nor without application.
    #[must_use]
    pub const fn to_go(&self) -> u32 {
        self.gaps.saturating_add(self.unknown).saturating_add(self.waived)
    }

    /// How many lines there are.
    #[must_use]
    pub const fn all(&self) -> u32 {
        self.to_go().saturating_add(self.met).saturating_add(self.not_applicable)
    }
}

/// The score of one category. Percentages are whole, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryScore {
    /// Which category.
    pub category: Category,
    /// How much of it is proved, in percent.
    pub current: u8,
    /// How much of it should be, in percent.
    pub target: u8,
    /// How much is missing to the target, in percentage points.
    pub gap: u8,
    /// How many lines are met, aliases included, as in the three that follow.
    pub met: u32,
    /// How many are refuted.
    pub gaps: u32,
    /// How many nobody can speak for, those with stale evidence included.
    pub unknown: u32,
    /// How many are an accepted risk.
    pub waived: u32,
    /// How many do not apply.
    #[serde(default)]
    pub not_applicable: u32,
    /// Whether every line that counts is out of scope, so that the category has no score. `current` is 0 then, and the
    /// overall score leaves the category out.
    #[serde(default)]
    pub empty: bool,
    /// What is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// The weights that the figures follow from; all zero for known figures.
    #[serde(default)]
    pub weights: Weights,
}

/// Why lines are unknown: each unknown line counts once, by the first of these that is true of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownLines {
    /// Something proved them once, and that is too old or misdated now.
    pub too_old: u32,
    /// The checks that would prove them have reported nothing.
    pub not_heard: u32,
    /// One resource is as it should be, and nobody knows whether all of them are.
    #[serde(default)]
    pub for_one: u32,
    /// Somebody has to sign for them.
    pub to_sign: u32,
    /// They repeat what other lines say, and not all of those are met.
    pub follow_others: u32,
    /// No source speaks for them yet.
    pub no_source: u32,
    /// A read of AWS's configuration could not see all of their units.
    #[serde(default)]
    pub not_visible: u32,
}

impl UnknownLines {
    fn count(&mut self, reasons: &[Reason<'_>]) {
        let any = |is: fn(&Reason<'_>) -> bool| reasons.iter().any(is);
        let too_old =
            |r: &Reason<'_>| matches!(r, Reason::TooOld { .. } | Reason::Misdated { .. } | Reason::ReadTooOld { .. });
        let count = if any(too_old) {
            &mut self.too_old
        } else if any(|r| matches!(r, Reason::NotVisible { .. })) {
            &mut self.not_visible
        } else if any(|r| matches!(r, Reason::ProvedForOne { .. })) {
            &mut self.for_one
        } else if any(|r| matches!(r, Reason::NothingHeard { .. } | Reason::AlsoNeeds { .. })) {
            &mut self.not_heard
        } else if any(|r| matches!(r, Reason::NeedsAttestation { .. })) {
            &mut self.to_sign
        } else if any(|r| matches!(r, Reason::SameAs { .. })) {
            &mut self.follow_others
        } else {
            &mut self.no_source
        };
        *count = count.saturating_add(1);
    }
}

/// The score of all categories. Percentages are whole, 0 to 100.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scorecard {
    /// Each category, in the order of the checklist.
    pub categories: Vec<CategoryScore>,
    /// The plain mean of what is proved, in percent.
    pub current: u8,
    /// The plain mean of the targets, in percent.
    pub target: u8,
    /// How much is missing to the target, in percentage points.
    pub gap: u8,
    /// Why lines are unknown; all zero in a scorecard of known figures.
    #[serde(default)]
    pub unknown_lines: UnknownLines,
    /// What is not known: the plain mean of the categories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// The lines by phase, 1 to 4; empty for known figures.
    #[serde(default)]
    pub phases: Vec<PhaseCount>,
    /// The lines of the team's own by state, which count for nothing else; absent if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<PhaseCount>,
    /// What the team claims, if it leaves lines out. The evidenced figures above do not move by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Claimed>,
}

/// The score without what the team leaves out: lines that a profile leaves out or that are switched off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// The plain mean of what is proved of the lines that the team keeps, in percent.
    pub current: u8,
    /// The lines that are switched off, with who answers for it and why.
    pub switched_off: Vec<SwitchedOff>,
    /// The lines that a profile leaves out.
    pub by_profile: Vec<String>,
}

/// Below this share of the weight known, in percent, the counts of lines lead and not the percentage.
pub const KNOWN_ENOUGH: u8 = 60;

impl Scorecard {
    /// How much of the weight is known, in percent: what is proved and what is refuted. `None` for known figures.
    #[must_use]
    pub fn known_percent(&self) -> Option<u8> {
        self.bounds.map(|bounds| 100_u8.saturating_sub(bounds.upper.saturating_sub(self.current)))
    }

    /// Whether so little is known that a percentage would mislead: the counts of lines lead then.
    #[must_use]
    pub fn counts_lead(&self) -> bool {
        self.known_percent().is_some_and(|known| known < KNOWN_ENOUGH)
    }

    /// How many lines are met, refuted, unknown and accepted as a risk, in all categories.
    #[must_use]
    pub fn counts(&self) -> [u32; 4] {
        self.categories.iter().fold([0; 4], |[met, gaps, unknown, waived], c| {
            [
                met.saturating_add(c.met),
                gaps.saturating_add(c.gaps),
                unknown.saturating_add(c.unknown),
                waived.saturating_add(c.waived),
            ]
        })
    }

    /// The scorecard of known figures: category, current and target in percent (more than 100 is taken as 100).
    /// Without any it is 0 of 0.
    #[must_use]
    pub fn from_figures(figures: &[(Category, u8, u8)]) -> Self {
        let categories = figures
            .iter()
            .map(|&(category, current, target)| {
                let (current, target) = (current.min(100), target.min(100));
                let gap = target.saturating_sub(current);
                CategoryScore {
                    category,
                    current,
                    target,
                    gap,
                    met: 0,
                    gaps: 0,
                    unknown: 0,
                    waived: 0,
                    not_applicable: 0,
                    empty: false,
                    bounds: None,
                    weights: Weights::default(),
                }
            })
            .collect();
        Self::of(categories)
    }

    /// The scorecard of assessed lines. A category without a target in `targets` has the target 0.
    #[must_use]
    pub fn from_assessments(assessments: &[Assessment<'_>], targets: &BTreeMap<Category, u8>) -> Self {
        let mut own = PhaseCount::default();
        assessments.iter().filter(|line| line.item.is_own()).for_each(|line| own.count(line.state));
        let own = (own.all() > 0).then_some(own);
        let assessments: Vec<&Assessment<'_>> = assessments.iter().filter(|line| !line.item.is_own()).collect();
        let categories = Category::ALL.map(|category| {
            let (mut weights, mut counts) = (Weights::default(), PhaseCount::default());
            for assessment in assessments.iter().filter(|a| a.item.category == category) {
                weights.count(assessment);
                counts.count(assessment.state);
            }
            let PhaseCount { met, gaps, unknown, waived, not_applicable, .. } = counts;
            let empty = weights.out_of_scope > 0 && weights.applicable() == 0;
            let current = round_half_up(u64::from(weights.met).saturating_mul(100), u64::from(weights.applicable()));
            let target = targets.get(&category).copied().unwrap_or_default().min(100);
            let gap = if empty { 0 } else { target.saturating_sub(current) };
            let bounds = Some(weights.bounds(current));
            CategoryScore {
                category,
                current,
                target,
                gap,
                met,
                gaps,
                unknown,
                waived,
                not_applicable,
                empty,
                bounds,
                weights,
            }
        });
        let phases = [1, 2, 3, 4].map(|phase| {
            let mut count = PhaseCount { phase, ..PhaseCount::default() };
            let lines = assessments.iter().filter(|line| line.item.phase == phase);
            lines.for_each(|line| count.count(line.state));
            count
        });
        let mut unknown_lines = UnknownLines::default();
        for assessment in assessments.iter().filter(|a| matches!(a.state, ItemState::Unknown | ItemState::Stale)) {
            unknown_lines.count(&assessment.reasons);
        }
        Self { unknown_lines, phases: phases.to_vec(), own, ..Self::of(categories.to_vec()) }
    }

    fn of(categories: Vec<CategoryScore>) -> Self {
        let mean = |figure: fn(&CategoryScore) -> u8| {
            let counted = || categories.iter().filter(|c| !c.empty);
            let sum = counted().fold(0_u64, |sum, c| sum.saturating_add(u64::from(figure(c))));
            round_half_up(sum, u64::try_from(counted().count()).unwrap_or(u64::MAX))
        };
        let (current, target) = (mean(|c| c.current), mean(|c| c.target));
        let gap = target.saturating_sub(current);
        let is_counted = categories.iter().all(|c| c.bounds.is_some()) && !categories.is_empty();
        let bounds = is_counted.then(|| {
            let upper = mean(|c| c.bounds.map_or(100, |bounds| bounds.upper)).max(current);
            let not_visible = mean(|c| c.bounds.map_or(0, |bounds| bounds.not_visible));
            Bounds { upper, not_visible: not_visible.min(upper.saturating_sub(current)) }
        });
        let (unknown_lines, phases) = (UnknownLines::default(), Vec::new());
        Self { categories, current, target, gap, unknown_lines, bounds, phases, own: None, claimed: None }
    }

    /// The score of one category.
    #[must_use]
    pub fn category(&self, category: Category) -> Option<&CategoryScore> {
        self.categories.iter().find(|c| c.category == category)
    }
}

/// `sum ÷ count` in whole numbers, a half rounded up; 0 for nothing, at most 100.
fn round_half_up(sum: u64, count: u64) -> u8 {
    let doubled = sum.saturating_mul(2).saturating_add(count);
    let rounded = doubled.checked_div(count.saturating_mul(2)).unwrap_or_default();
    u8::try_from(rounded.min(100)).unwrap_or(100)
}

impl Checklist {
    /// The scorecard that the document claims for itself. It says nothing about what is proved.
    #[must_use]
    pub fn declared(&self) -> Scorecard {
        let figures =
            |(category, figures): (&Category, &CategoryFigures)| (*category, figures.declared, figures.target);
        Scorecard::from_figures(&self.categories().iter().map(figures).collect::<Vec<_>>())
    }

    /// The scorecard of what is proved. `targets` (in percent) replace those of the checklist, category by category.
    #[must_use]
    pub fn score(&self, assessments: &[Assessment<'_>], targets: &BTreeMap<Category, u8>) -> Scorecard {
        let mut all = self.targets();
        all.extend(targets);
        Scorecard { claimed: self.claimed(assessments), ..Scorecard::from_assessments(assessments, &all) }
    }

    /// What is proved of the lines that the team keeps; `None` if it keeps all.
    fn claimed(&self, assessments: &[Assessment<'_>]) -> Option<Claimed> {
        let is_off = |line: &Assessment<'_>| self.switched_off(&line.item.id).is_some();
        let by_profile = |line: &Assessment<'_>| line.evidenced == ItemState::NotApplicable && !line.is_out_of_scope();
        let kept: Vec<Assessment<'_>> =
            assessments.iter().filter(|line| !is_off(line) && !by_profile(line)).cloned().collect();
        let names = |is: &dyn Fn(&Assessment<'_>) -> bool| {
            assessments.iter().filter(|line| is(line)).map(|line| line.item.id.clone()).collect::<Vec<_>>()
        };
        let switched_off: Vec<SwitchedOff> = self.all_switched_off().cloned().collect();
        let by_profile = names(&|line| by_profile(line) && !is_off(line));
        // A category of which nothing is kept has no claim.
        let mut score = Scorecard::from_assessments(&kept, &BTreeMap::new());
        for category in &mut score.categories {
            category.empty |= category.weights.applicable() == 0;
        }
        let current = Scorecard::of(score.categories).current;
        let is_all = switched_off.is_empty() && by_profile.is_empty();
        (!is_all).then_some(Claimed { current, switched_off, by_profile })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_the_document() {
        let figures = [(85, 95), (90, 95), (75, 90), (80, 90), (85, 90)];
        let figures: Vec<_> = Category::ALL.into_iter().zip(figures).map(|(c, (now, goal))| (c, now, goal)).collect();
        let score = Scorecard::from_figures(&figures);
        assert_eq!((score.current, score.target, score.gap), (83, 92, 9));
        assert_eq!(score.categories.iter().map(|c| c.gap).collect::<Vec<_>>(), [10, 5, 15, 10, 5]);
    }

    #[test]
    fn a_half_is_rounded_up_and_less_is_not() {
        for (sum, count, expected) in
            [(1, 2, 1), (3, 2, 2), (49, 100, 0), (50, 100, 1), (200, 3, 67), (100, 3, 33), (100, 8, 13), (0, 0, 0)]
        {
            assert_eq!(round_half_up(sum, count), expected, "{sum} / {count}");
        }
    }

    #[test]
    fn a_score_above_its_target_has_no_gap() {
        let score = Scorecard::from_figures(&[(Category::Cost, 99, 90), (Category::Security, 255, 100)]);
        assert_eq!((score.gap, score.categories[0].gap, score.categories[1].current), (0, 0, 100));
        assert_eq!(Scorecard::from_figures(&[]).current, 0);
    }
}
