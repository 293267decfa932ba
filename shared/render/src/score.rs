//! The score in words and bars: both bounds, what is known, and how much of each phase is to go. Every output that shows a
//! score takes its words from here.

use plimsoll_checklist::{Bounds, PhaseCount, Scorecard, Step, StepKind};

use crate::escape::{cut, line as clean};

/// What a cell of a bar means.
const PARTS: [(char, &str); 4] = [('█', "met"), ('▒', "gap"), ('░', "unknown"), ('·', "not visible")];

/// `25 % proved, up to 85 % possible, 47 of 100 lines known`; the counts first while less than 60 % of the weight is known.
/// `change` stands behind the percentage. `None` for a scorecard of known figures.
#[must_use]
pub fn standing(score: &Scorecard, change: &str) -> Option<String> {
    let bounds = score.bounds?;
    let Count { met, gaps, known, all, .. } = count(score)?;
    let percent = format!("{} % proved{change}, up to {} % possible", score.current, bounds.upper);
    Some(if score.counts_lead() {
        let gaps = if gaps == 1 { "1 gap".to_owned() } else { format!("{gaps} gaps") };
        format!("{known} of {all} lines known: {met} met, {gaps}; {percent}")
    } else {
        format!("{percent}, {known} of {all} lines known")
    })
}

/// How many lines there are of each sort.
struct Count {
    met: u32,
    gaps: u32,
    waived: u32,
    absent: u32,
    unknown: u32,
    known: u32,
    all: u32,
}

fn count(score: &Scorecard) -> Option<Count> {
    let [met, gaps, unknown, waived] = score.counts();
    let absent = score.categories.iter().fold(0_u32, |sum, c| sum.saturating_add(c.not_applicable));
    let known = met.saturating_add(gaps).saturating_add(waived).saturating_add(absent);
    let all = known.saturating_add(unknown);
    (all > 0).then_some(Count { met, gaps, waived, absent, unknown, known, all })
}

/// The lines by state, and why the unknown ones are; `None` for a scorecard of known figures.
#[must_use]
pub fn known_lines(score: &Scorecard) -> Option<String> {
    let Count { met, gaps, waived, absent, unknown, .. } = count(score)?;
    let list = |parts: &[(u32, &str)]| {
        let parts: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        parts.join(", ")
    };
    let states = list(&[
        (met, "met"),
        (gaps, if gaps == 1 { "gap" } else { "gaps" }),
        (waived, "waived"),
        (absent, "not applicable"),
        (unknown, "unknown"),
    ]);
    let why = score.unknown_lines;
    let why = list(&[
        (why.not_heard, "without a report"),
        (why.not_visible, "not visible to the collector"),
        (why.for_one, "seen for one resource only"),
        (why.too_old, "with evidence that is too old"),
        (why.to_sign, "to be signed"),
        (why.follow_others, "that follow other lines"),
        (why.no_source, "that no source covers"),
    ]);
    Some(if unknown == 0 { states } else { format!("{states}: {why}") })
}

/// `Phase 1: 3 of 34 to go. Phase 2: done.`; `None` for a scorecard of known figures.
#[must_use]
pub fn phases(score: &Scorecard) -> Option<String> {
    let one = |count: &PhaseCount| match count.to_go() {
        0 => format!("Phase {}: done.", count.phase),
        to_go => format!("Phase {}: {to_go} of {} to go.", count.phase, count.all()),
    };
    let all: Vec<String> = score.phases.iter().filter(|count| count.all() > 0).map(one).collect();
    (!all.is_empty()).then(|| all.join(" "))
}

/// What the team leaves out and what it has added, each as a sentence; none if it does neither.
#[must_use]
pub fn team(score: &Scorecard) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(claimed) = &score.claimed {
        let mut left_out: Vec<String> = claimed.switched_off.iter().map(|off| clean(&off.to_string())).collect();
        if !claimed.by_profile.is_empty() {
            left_out.push(format!("by profile {}", claimed.by_profile.join(", ")));
        }
        sentences.push(format!(
            "Claimed {} %, without what the team leaves out, which stays in the figures above: {}.",
            claimed.current,
            left_out.join("; ")
        ));
    }
    if let Some(own) = &score.own {
        sentences.push(format!(
            "Own lines, counted apart: {} met, {} gap, {} unknown, {} waived.",
            own.met, own.gaps, own.unknown, own.waived
        ));
    }
    sentences
}

/// What to do, how many points that is worth, and the score after it.
#[must_use]
pub fn step_line(step: &Step, kind: StepKind) -> String {
    let what = cut(&clean(&step.what), 160);
    let points = match kind {
        StepKind::Fix => format!("+{:.1} points", step.points),
        StepKind::See => format!("up to +{:.1} points", step.points),
    };
    let finding = step.severity.map(|severity| format!(", {} finding open", severity.name())).unwrap_or_default();
    format!("{}{finding}: {what} ({points}, then {} %)", step.risk.label(), step.after)
}

/// What is met, a gap, unknown and not visible, as one bar of `cells` characters. A part that is not 0 and rounds to no cell
/// has none: the figures say it.
#[must_use]
pub(crate) fn stacked_bar(current: u8, bounds: Bounds, cells: usize) -> String {
    let Bounds { upper, not_visible } = bounds;
    let gap_ends = current.saturating_add(100_u8.saturating_sub(upper));
    let ends = [current, gap_ends, 100_u8.saturating_sub(not_visible), 100];
    let cell_of = |percent: u8| usize::from(percent.min(100)).saturating_mul(cells).saturating_add(50) / 100;
    let mut bar = String::new();
    let mut drawn = 0_usize;
    for (end, (mark, _)) in ends.into_iter().zip(PARTS) {
        let upto = cell_of(end).max(drawn);
        bar.extend(std::iter::repeat_n(mark, upto.saturating_sub(drawn)));
        drawn = upto;
    }
    bar
}

/// What the cells mean.
pub(crate) fn legend() -> String {
    PARTS.map(|(mark, word)| format!("{mark} {word}")).join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bar_shows_what_is_met_a_gap_unknown_and_not_visible() {
        let bar = |current, upper, not_visible| stacked_bar(current, Bounds { upper, not_visible }, 10);
        assert_eq!(bar(20, 70, 10), "██▒▒▒░░░░·");
        assert_eq!(bar(0, 100, 0), "░░░░░░░░░░");
        assert_eq!(bar(0, 100, 100), "··········");
        assert_eq!(bar(100, 100, 0), "██████████");
        assert_eq!(bar(0, 0, 0), "▒▒▒▒▒▒▒▒▒▒");
        for current in 0..=100 {
            for upper in current..=100 {
                for cells in [0, 1, 7, 40] {
                    let not_visible = (upper - current) / 2;
                    let bar = stacked_bar(current, Bounds { upper, not_visible }, cells);
                    assert_eq!(bar.chars().count(), cells, "{current} {upper}");
                }
            }
        }
    }
}
