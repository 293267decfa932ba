//! The checklist as a document: its sections, headings and lines in their order, each box ticked only by evidence.
//!
//! Markdown as GitHub reads it: <https://github.github.com/gfm/>. Text that came from an event stands in a code span,
//! in which nothing is markup, a link, a mention or HTML.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use plimsoll_checklist::{Assessment, Item, ItemState, Reason, Scorecard, Section, Signal};

use crate::{
    escape::{cut, line as clean},
    terminal::{Style, hanging},
    words,
};

/// The longest text of an event that a line shows, in UTF-16 units.
const MAX_EVENT_TEXT: usize = 160;
/// The phases of the source checklist, and when each is due.
const PHASES: [(u8, &str); 4] =
    [(1, "must have, week 1"), (2, "important, week 2"), (3, "recommended, weeks 3 and 4"), (4, "optional, later")];
/// What stands in one column of a table: stale evidence leaves a line unknown.
const STATES: [&[ItemState]; 5] = [
    &[ItemState::Met],
    &[ItemState::Gap],
    &[ItemState::Unknown, ItemState::Stale],
    &[ItemState::Waived],
    &[ItemState::NotApplicable],
];

/// The checklist as a Markdown document. `scope` names what it is about, for example an environment; `at` is the time
/// for which the assessments were made.
#[must_use]
pub fn checklist_markdown(
    assessments: &[Assessment<'_>],
    score: &Scorecard,
    scope: Option<&str>,
    at: Timestamp,
) -> String {
    let by_id: BTreeMap<&str, &Assessment<'_>> = assessments.iter().map(|a| (a.item.id.as_str(), a)).collect();
    let mut out = String::from("# Production readiness checklist\n\n");
    let about = scope.map(|name| format!(" of `{}`", span(name))).unwrap_or_default();
    let shipped = || assessments.iter().filter(|a| !a.item.is_own());
    let count = |states: &[ItemState]| shipped().filter(|a| states.contains(&a.state)).count();
    let [met, gaps, unknown, waived, absent] = STATES.map(count);
    let absent = if absent == 0 { String::new() } else { format!(", {absent} not applicable") };
    let all = shipped().count();
    let time = words::utc(at);
    // Writing to a string cannot fail, here and below.
    writeln!(
        out,
        "State{about} at {time}: {met} of {all} lines met, {gaps} gaps, {unknown} unknown, {waived} waived{absent}.\n\n\
         A box is ticked only while fresh evidence proves the line. Each line names the finding that decided, with the \
         date on which AWS said it, and what closes the line if it is open."
    )
    .ok();
    let mut section: Option<Section> = None;
    let mut heading = "";
    let mut number = 0_usize;
    for assessment in assessments {
        let item = assessment.item;
        if section != Some(item.section) {
            section = Some(item.section);
            heading = "";
            writeln!(out, "\n## {}", item.section.label()).ok();
            if item.heading.is_empty() {
                out.push('\n');
            }
        }
        if heading != item.heading {
            heading = &item.heading;
            // The source checklist numbers its topics in this section alone.
            number = number.saturating_add(usize::from(item.section == Section::Missing));
            let numbered = if item.section == Section::Missing { format!("{number}. ") } else { String::new() };
            writeln!(out, "\n### {numbered}{}\n", plain(heading)).ok();
        }
        entry(&mut out, assessment, &by_id);
    }
    phases(&mut out, assessments);
    scorecard(&mut out, score);
    out
}

/// The checklist for a terminal: one line for each line, and below it what decided or what closes it, wrapped to `width`
/// columns if there is one.
#[must_use]
pub fn checklist_text(assessments: &[Assessment<'_>], width: Option<usize>, style: Style) -> String {
    let by_id: BTreeMap<&str, &Assessment<'_>> = assessments.iter().map(|a| (a.item.id.as_str(), a)).collect();
    let mut out = String::new();
    let mut above = (None, "");
    for assessment in assessments {
        let item = assessment.item;
        if above != (Some(item.section), item.heading.as_str()) {
            above = (Some(item.section), item.heading.as_str());
            let heading = if item.heading.is_empty() { String::new() } else { format!(": {}", clean(&item.heading)) };
            let heading = style.bold(&format!("{}{heading}", item.section.label()));
            writeln!(out, "{}{heading}", if out.is_empty() { "" } else { "\n" }).ok();
        }
        let mark = if assessment.state == ItemState::Met { 'x' } else { ' ' };
        out.push_str(&hanging(&format!("[{mark}] {:<8} ", clean(&item.id)), &item.title, width));
        let reason = decided(assessment, &by_id).map_or_else(
            || assessment.reasons.first().map(|reason| clean(&reason.to_string())).unwrap_or_default(),
            |signal| {
                format!(
                    "{} {} ({})",
                    words::day(signal.observed_at),
                    cut(&clean(&signal.title), MAX_EVENT_TEXT),
                    signal.key.short()
                )
            },
        );
        out.push_str(&hanging("    ", &format!("{}: {reason}", assessment.state.label()), width));
        if let Some(remedy) = item.remedy.as_ref().filter(|_| assessment.state != ItemState::Met) {
            out.push_str(&hanging("    ", &format!("see {}", clean(&remedy.page())), width));
        }
    }
    out
}

/// The statement that decided a line, its own or that of the line that it follows: the worst that refutes it, or the
/// newest that proves it. Of several lines that prove an alias it is the oldest, since the alias is no fresher.
#[must_use]
pub fn decided<'a>(assessment: &Assessment<'a>, by_id: &BTreeMap<&str, &Assessment<'a>>) -> Option<&'a Signal> {
    decided_within(assessment, by_id, by_id.len())
}

fn decided_within<'a>(
    assessment: &Assessment<'a>,
    by_id: &BTreeMap<&str, &Assessment<'a>>,
    depth: usize,
) -> Option<&'a Signal> {
    let depth = depth.checked_sub(1)?;
    let mut signals = assessment.reasons.iter().filter_map(|reason| match reason {
        Reason::SameAs { id, .. } => decided_within(by_id.get(id)?, by_id, depth),
        Reason::Refuted { signal } | Reason::Proved { signal } => Some(*signal),
        _ => None,
    });
    match assessment.state {
        ItemState::Met if assessment.item.is_alias() => signals.min_by_key(|signal| signal.observed_at),
        ItemState::Met | ItemState::Gap => signals.next(),
        ItemState::Stale | ItemState::Unknown | ItemState::Waived | ItemState::NotApplicable => None,
    }
}

fn entry<'a>(out: &mut String, assessment: &Assessment<'a>, by_id: &BTreeMap<&str, &Assessment<'a>>) {
    let item = assessment.item;
    let mark = if assessment.state == ItemState::Met { 'x' } else { ' ' };
    writeln!(out, "- [{mark}] **{}** {}", plain(&item.id), plain(&item.title)).ok();
    match decided(assessment, by_id) {
        Some(signal) => writeln!(
            out,
            "  - {} on {}: finding `{}`, `{}`, `{}`{}",
            assessment.state.label(),
            words::day(signal.observed_at),
            signal.key.short(),
            span(&signal.check),
            span(&signal.title),
            follows(assessment),
        ),
        None => writeln!(out, "  - {}: {}", assessment.state.label(), reasons(assessment)),
    }
    .ok();
    if assessment.state != ItemState::Met {
        remedy(out, item);
    }
}

/// The lines from which an alias has its state.
fn follows(assessment: &Assessment<'_>) -> String {
    let ids = assessment.reasons.iter().filter_map(|reason| match reason {
        Reason::SameAs { id, .. } => Some(plain(id)),
        _ => None,
    });
    let ids = ids.collect::<Vec<_>>().join(", ");
    if ids.is_empty() { String::new() } else { format!(" (as {ids})") }
}

fn reasons(assessment: &Assessment<'_>) -> String {
    let reason = |reason: &Reason<'_>| match reason {
        // These name an event's title, which must not become markup.
        Reason::TooOld { signal, max_age_days } => {
            format!("older than {max_age_days} days: {}", evidence(signal))
        }
        Reason::Misdated { signal } => format!("dated in the future: {}", evidence(signal)),
        Reason::Refuted { signal } => format!("open: {}", evidence(signal)),
        Reason::Proved { signal } => format!("proved: {}", evidence(signal)),
        Reason::ProvedForOne { signal } => {
            format!("proved for one resource, the others are unknown: {}", evidence(signal))
        }
        Reason::NothingHeard { checks } => {
            let names: Vec<String> = checks.iter().map(|check| format!("`{}`", span(check))).collect();
            format!("nothing heard from {}", names.join(", "))
        }
        other => plain(&other.to_string()),
    };
    assessment.reasons.iter().map(reason).collect::<Vec<_>>().join("; ")
}

fn evidence(signal: &Signal) -> String {
    format!(
        "finding `{}` of {}, `{}`, `{}`",
        signal.key.short(),
        words::day(signal.observed_at),
        span(&signal.check),
        span(&signal.title)
    )
}

fn remedy(out: &mut String, item: &Item) {
    let Some(remedy) = &item.remedy else { return };
    let uses: Vec<String> = remedy.uses().iter().map(|(field, path)| format!("{field} `{}`", span(path))).collect();
    writeln!(out, "  - Remedy: `{}` with {}", span(&remedy.page()), uses.join(", ")).ok();
}

fn phases(out: &mut String, assessments: &[Assessment<'_>]) {
    out.push_str(
        "\n## Implementation priority\n\n| phase | met | gap | unknown | waived | n/a |\n|---|--:|--:|--:|--:|--:|\n",
    );
    for (phase, name) in PHASES {
        let [met, gaps, unknown, waived, absent] = STATES.map(|states| {
            let of_phase = assessments.iter().filter(|a| a.item.phase == phase && !a.item.is_own());
            of_phase.filter(|a| states.contains(&a.state)).count()
        });
        writeln!(out, "| {phase}: {name} | {met} | {gaps} | {unknown} | {waived} | {absent} |").ok();
    }
}

fn scorecard(out: &mut String, score: &Scorecard) {
    out.push_str("\n## Production readiness score\n\n| category | current | target | gap |\n|---|--:|--:|--:|\n");
    for c in &score.categories {
        writeln!(out, "| {} | {} % | {} % | {} |", c.category.label(), c.current, c.target, c.gap).ok();
    }
    writeln!(out, "| **Overall** | **{} %** | **{} %** | **{}** |", score.current, score.target, score.gap).ok();
}

/// What stands in a code span: one clean line without a backtick, which would end the span.
fn span(text: &str) -> String {
    let line = cut(&clean(text).replace('`', "ʼ"), MAX_EVENT_TEXT);
    // A code span of nothing is no code span.
    if line.is_empty() { "–".to_owned() } else { line }
}

/// Our own words outside a code span: what Markdown could read as markup is escaped.
fn plain(text: &str) -> String {
    clean(text).chars().fold(String::new(), |mut out, c| {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '#') {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

#[cfg(test)]
mod tests;
