//! The score: how much of the checklist is proved.
//!
//! A category's **current** value is the weight of its lines that are met, as a share of the weight of all its lines:
//! `current = 100 × weight met ÷ weight of all lines`, in whole percent, a half rounded up. Gaps, unknown and waived
//! lines count as not met; aliases weigh nothing. A line that does not apply leaves both sides of the fraction, but only
//! if a complete read shows so: one that a profile leaves out still counts as not met. The **target** is what people decided. The **gap** is what is
//! missing to the target: `target − current`, and never below 0. **Overall** values are the plain mean of the
//! categories, each category counting the same, rounded the same way; the overall gap is the difference of the two.
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
};

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
}

/// Why lines are unknown: each unknown line counts once, by the first of these that is true of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownLines {
    /// Something proved them once, and that is too old or misdated now.
    pub too_old: u32,
    /// The checks that would prove them have reported nothing.
    pub not_heard: u32,
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
}

impl Scorecard {
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
                }
            })
            .collect();
        Self::of(categories)
    }

    /// The scorecard of assessed lines. A category without a target in `targets` has the target 0.
    #[must_use]
    pub fn from_assessments(assessments: &[Assessment<'_>], targets: &BTreeMap<Category, u8>) -> Self {
        let categories = Category::ALL.map(|category| {
            let (mut met_weight, mut all_weight) = (0_u64, 0_u64);
            let mut counts = [0_u32; 5];
            let [met, gaps, unknown, waived, not_applicable] = &mut counts;
            let mut weighty = false;
            for assessment in assessments.iter().filter(|a| a.item.category == category) {
                let weight = u64::from(assessment.item.weight);
                weighty |= weight > 0;
                if !assessment.is_out_of_scope() {
                    all_weight = all_weight.saturating_add(weight);
                }
                let count = match assessment.state {
                    ItemState::Met => {
                        met_weight = met_weight.saturating_add(weight);
                        &mut *met
                    }
                    ItemState::Gap => &mut *gaps,
                    ItemState::Unknown | ItemState::Stale => &mut *unknown,
                    ItemState::Waived => &mut *waived,
                    ItemState::NotApplicable => &mut *not_applicable,
                };
                *count = count.saturating_add(1);
            }
            let [met, gaps, unknown, waived, not_applicable] = counts;
            let empty = weighty && all_weight == 0;
            let current = round_half_up(met_weight.saturating_mul(100), all_weight);
            let target = targets.get(&category).copied().unwrap_or_default().min(100);
            let gap = if empty { 0 } else { target.saturating_sub(current) };
            CategoryScore { category, current, target, gap, met, gaps, unknown, waived, not_applicable, empty }
        });
        let mut unknown_lines = UnknownLines::default();
        for assessment in assessments.iter().filter(|a| matches!(a.state, ItemState::Unknown | ItemState::Stale)) {
            unknown_lines.count(&assessment.reasons);
        }
        Self { unknown_lines, ..Self::of(categories.to_vec()) }
    }

    fn of(categories: Vec<CategoryScore>) -> Self {
        let mean = |figure: fn(&CategoryScore) -> u8| {
            let counted = || categories.iter().filter(|c| !c.empty);
            let sum = counted().fold(0_u64, |sum, c| sum.saturating_add(u64::from(figure(c))));
            round_half_up(sum, u64::try_from(counted().count()).unwrap_or(u64::MAX))
        };
        let (current, target) = (mean(|c| c.current), mean(|c| c.target));
        let gap = target.saturating_sub(current);
        Self { current, target, gap, categories, unknown_lines: UnknownLines::default() }
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
        Scorecard::from_assessments(assessments, &all)
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
