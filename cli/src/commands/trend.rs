//! `plimsoll score --trend`: the score by day, drawn with the checklist of today, and what moved it.

use plimsoll_readiness::{HistoryStep, TrendDay};
use plimsoll_render::{Style, bold, hanging};

use crate::output;

/// Days that are drawn; `--json` has all.
const DAYS: usize = 30;
/// Steps of a day that are named.
const STEPS: usize = 3;
/// Characters of the longest bar.
const BAR: usize = 20;

pub(crate) fn print(days: &[TrendDay], environment: Option<&str>) {
    let [.., last] = days else {
        output::say(
            "There is no history yet: each digest and each reading of the collector keeps the state of its day, for every \
             environment.",
        );
        return;
    };
    let of = environment.map(|name| format!(" of {name}")).unwrap_or_default();
    let title = format!("Proved{of}, by day: {} % on {}, up to {} % possible", last.current, last.day, last.upper);
    output::line(bold(&title, Style::Colour));
    for day in days.iter().skip(days.len().saturating_sub(DAYS)) {
        let prefix = format!("{}  {:>3} %  {}  ", day.day, day.current, bar(day));
        output::line(hanging(&prefix, &change(day), output::width()).trim_end());
        for step in day.steps.iter().take(STEPS) {
            output::line(hanging("            ", &words(step), output::width()).trim_end());
        }
        let left = day.steps.len().saturating_sub(STEPS);
        if left > 0 {
            output::line(format!("            and {left} more lines"));
        }
    }
}

/// What is proved, and behind it what would be possible.
fn bar(day: &TrendDay) -> String {
    let cells = |percent: u8| usize::from(percent) * BAR / 100;
    let (met, upper) = (cells(day.current), cells(day.upper).max(cells(day.current)));
    format!("{}{}{}", "█".repeat(met), "░".repeat(upper - met), " ".repeat(BAR - upper))
}

fn change(day: &TrendDay) -> String {
    let by = |points: i16, what: &str| if points == 0 { String::new() } else { format!("{points:+}{what}") };
    let parts = [by(day.by_team, ""), by(day.by_list, " by the list")];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "=".to_owned() } else { parts.join(", ") }
}

/// `SEC-02 unknown → met: proved: ...`.
fn words(step: &HistoryStep) -> String {
    format!("{} {} → {}: {}", step.line, word(step.from), word(step.to), step.cause)
}

const fn word(mark: char) -> &'static str {
    match mark {
        'm' => "met",
        'g' => "gap",
        's' => "stale",
        'n' | 'p' => "not applicable",
        'u' => "unknown",
        // Capitals: somebody accepted the risk.
        _ => "waived",
    }
}
