//! The plan for a terminal: what to fix next, and what to see next.

use std::fmt::Write as _;

use plimsoll_checklist::{Plan, PlanLine, Step, StepKind};

use crate::{
    escape::line as clean,
    score::step_line,
    terminal::{Style, hanging, heading},
};

/// Lines of the checklist that a step names.
const NAMED: usize = 6;

/// The plan as text, at most so many steps that fix and that show, wrapped to `width` columns if there is one.
#[must_use]
pub fn plan(plan: &Plan, most: [usize; 2], width: Option<usize>, style: Style) -> String {
    let mut out = String::new();
    out.push_str(&hanging("", &summary(plan), width));
    let all: Vec<&Step> = plan.fix.iter().chain(&plan.see).collect();
    let [fix, see] = most;
    for (kind, title, steps, most) in [
        (StepKind::Fix, "Fix next, the greatest risk first", &plan.fix, fix),
        (StepKind::See, "See next: what would show more; what it shows may be a gap", &plan.see, see),
    ] {
        if steps.is_empty() {
            continue;
        }
        out.push_str(&heading(title, style));
        for step in steps.iter().take(most) {
            let number = all.iter().position(|other| std::ptr::eq(*other, step)).map_or(0, |at| at.saturating_add(1));
            let marker = if plan.reached_after == Some(number) { " ← the target" } else { "" };
            out.push_str(&hanging(&format!("{number:>3}. "), &format!("{}{marker}", step_line(step, kind)), width));
            out.push_str(&hanging("     ", &lines(step), width));
            if let Some(page) = &step.page {
                out.push_str(&hanging("     ", &format!("see {}", clean(page)), width));
            }
        }
        let left = steps.len().saturating_sub(most);
        if left > 0 {
            out.push_str(&hanging("     ", &format!("and {left} more"), width));
        }
    }
    if let Some(notes) = notes(plan) {
        out.push('\n');
        out.push_str(&hanging("", &notes, width));
    }
    out
}

/// Where things stand, and whether the steps reach the target.
fn summary(plan: &Plan) -> String {
    let Plan { target, current, upper, .. } = plan;
    let steps = plan.fix.len().saturating_add(plan.see.len());
    let how = match plan.reached_after {
        Some(0) => "It is reached.".to_owned(),
        Some(1) => "The first step reaches it.".to_owned(),
        Some(number) if number <= plan.fix.len() => format!("The first {number} steps reach it."),
        Some(number) => format!("The first {number} steps reach it, if what they show is met."),
        None if steps == 0 => "No step is known.".to_owned(),
        None => {
            let best = plan.see.last().or_else(|| plan.fix.last()).map_or(*current, |step| step.after);
            format!("All {steps} steps reach {best} %.")
        }
    };
    format!("Target {target} %: {current} % proved, up to {upper} % possible. {how}")
}

fn lines(step: &Step) -> String {
    let name = |line: &PlanLine| {
        if step.lines.len() > 2 { line.id.clone() } else { format!("{} {}", line.id, clean(&line.title)) }
    };
    let mut text = step.lines.iter().take(NAMED).map(name).collect::<Vec<_>>().join(", ");
    let left = step.lines.len().saturating_sub(NAMED);
    if left > 0 {
        // Writing to a string cannot fail.
        write!(text, " and {left} more lines").ok();
    }
    text
}

fn notes(plan: &Plan) -> Option<String> {
    let mut notes = Vec::new();
    if let Some(dearest) = plan.dearest.as_ref().filter(|line| line.points > 0.0) {
        notes.push(format!(
            "Each category counts the same, so a line of a small category moves the whole more: {} ({}) is {:.1} points. The \
             order is by risk first.",
            dearest.id,
            dearest.priority.label().to_lowercase(),
            dearest.points
        ));
    }
    if !plan.unreachable.is_empty() {
        let points: f64 = plan.unreachable.iter().map(|line| line.points).sum();
        let ids: Vec<&str> = plan.unreachable.iter().take(NAMED).map(|line| line.id.as_str()).collect();
        let left = plan.unreachable.len().saturating_sub(NAMED);
        let more = if left > 0 { format!(" and {left} more") } else { String::new() };
        notes.push(format!(
            "No source, event or signature of this version can show {} lines ({points:.1} points): {}{more}.",
            plan.unreachable.len(),
            ids.join(", ")
        ));
    }
    if !plan.accepted.is_empty() {
        notes.push(format!("Left out, since their risk is accepted: {}.", plan.accepted.join(", ")));
    }
    (!notes.is_empty()).then(|| notes.join(" "))
}
