//! The state of every line as one character, so that a day takes about a hundred bytes, and the score that follows from it
//! with the weights of today.

use std::collections::BTreeMap;

use plimsoll_checklist::{Assessment, Checklist, ItemState};
use plimsoll_finding::Category;

/// The state of a line in one character: what evidence says, with an accepted risk in capitals.
#[must_use]
pub(crate) fn mark(line: &Assessment<'_>) -> char {
    let mark = match line.evidenced {
        ItemState::Met => 'm',
        ItemState::Gap => 'g',
        ItemState::Stale => 's',
        ItemState::NotApplicable if line.is_out_of_scope() => 'n',
        ItemState::NotApplicable => 'p',
        ItemState::Unknown | ItemState::Waived => 'u',
    };
    if line.state == ItemState::Waived { mark.to_ascii_uppercase() } else { mark }
}

/// The marks of the lines of the checklist, by id; lines of a team's own are left out.
#[must_use]
pub(crate) fn marks(assessments: &[Assessment<'_>]) -> BTreeMap<String, char> {
    let shipped = assessments.iter().filter(|line| !line.item.is_own());
    shipped.map(|line| (line.item.id.clone(), mark(line))).collect()
}

/// What the marks come to: percent by category, and their mean. A category without a line that counts has no figure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Redrawn {
    pub(crate) categories: BTreeMap<Category, u8>,
    pub(crate) current: u8,
    pub(crate) upper: u8,
}

/// The score of the lines with a mark, by the weights that the checklist has now.
#[must_use]
pub(crate) fn redraw(checklist: &Checklist, marks: &BTreeMap<&str, char>) -> Redrawn {
    let mut redrawn = Redrawn::default();
    let mut uppers = Vec::new();
    for category in Category::ALL {
        let lines = checklist.items().iter().filter(|item| item.category == category);
        let counted = lines.filter_map(|item| Some((u64::from(item.weight), *marks.get(item.id.as_str())?)));
        let (mut met, mut gap, mut all) = (0_u64, 0_u64, 0_u64);
        for (weight, mark) in counted.filter(|(_, mark)| *mark != 'n') {
            all = all.saturating_add(weight);
            match mark.to_ascii_lowercase() {
                'm' => met = met.saturating_add(weight),
                'g' => gap = gap.saturating_add(weight),
                _ => {}
            }
        }
        if all > 0 {
            redrawn.categories.insert(category, percent(met, all));
            uppers.push(percent(all.saturating_sub(gap), all));
        }
    }
    redrawn.current = mean(redrawn.categories.values());
    redrawn.upper = mean(&uppers).max(redrawn.current);
    redrawn
}

fn percent(part: u64, all: u64) -> u8 {
    rounded(part.saturating_mul(100), all)
}

fn mean<'a>(figures: impl IntoIterator<Item = &'a u8>) -> u8 {
    let (mut sum, mut count) = (0_u64, 0_u64);
    for figure in figures {
        (sum, count) = (sum.saturating_add(u64::from(*figure)), count.saturating_add(1));
    }
    rounded(sum, count)
}

/// `sum ÷ count` in whole numbers, a half rounded up, as the score does it.
fn rounded(sum: u64, count: u64) -> u8 {
    let doubled = sum.saturating_mul(2).saturating_add(count);
    u8::try_from(doubled.checked_div(count.saturating_mul(2)).unwrap_or_default().min(100)).unwrap_or(100)
}

/// How the score moved, and how much of that is the list and not the deployment: both in percentage points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) total: i16,
    pub(crate) by_list: i16,
}

/// How the score moved from `before` to `now`. Compared are the lines that both have, by the weights of now; what is left of
/// the difference to `recorded`, the score as it was told then, is due to the list.
#[must_use]
pub(crate) fn moved(
    checklist: &Checklist,
    before: &BTreeMap<String, char>,
    recorded: u8,
    now: &BTreeMap<String, char>,
) -> (Moved, Redrawn, Redrawn) {
    let both = |of: &BTreeMap<String, char>| -> Redrawn {
        let common = of.iter().filter(|(id, _)| before.contains_key(*id) && now.contains_key(*id));
        redraw(checklist, &common.map(|(id, mark)| (id.as_str(), *mark)).collect())
    };
    let all: BTreeMap<&str, char> = now.iter().map(|(id, mark)| (id.as_str(), *mark)).collect();
    let (then, since) = (both(before), both(now));
    let total = i16::from(redraw(checklist, &all).current) - i16::from(recorded);
    let by_team = i16::from(since.current) - i16::from(then.current);
    (Moved { total, by_list: total - by_team }, then, since)
}
