//! What to do next: the gaps to fix, and what to switch on, grant or repeat so that more can be seen. Two lists, never mixed:
//! a gap is worth its points when it is closed, and what is not seen may turn out to be a gap.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use plimsoll_finding::{Category, Severity};
use serde::{Deserialize, Serialize};

use crate::{
    checklist::Checklist,
    item::Priority,
    score::Scorecard,
    state::{Assessment, ItemState, Reason},
};

/// Of which list a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// It closes gaps.
    Fix,
    /// It shows what is unknown.
    See,
}

/// A line that a step is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanLine {
    /// Its id.
    pub id: String,
    /// What it asks for.
    pub title: String,
    /// How much it matters.
    pub priority: Priority,
    /// When to do it, 1 to 4.
    pub phase: u8,
    /// Its share of the overall score, in percentage points.
    pub points: f64,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Of which list.
    pub kind: StepKind,
    /// What to do, as a clause for people. It may hold words of AWS.
    pub what: String,
    /// The lines that it closes or shows, what matters most first.
    pub lines: Vec<PlanLine>,
    /// How much the most important of the lines matters.
    pub risk: Priority,
    /// How bad the worst open finding is that refutes one of them; `None` for a step that shows, and where a read refutes.
    pub severity: Option<Severity>,
    /// The share of its lines of the overall score, in percentage points; for a step that shows, the most that it can add.
    pub points: f64,
    /// The overall score once this step and those before it are done, in percent. What is shown is taken as met.
    pub after: u8,
    /// The page to follow, as a path from the root of the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// What the page uses, for example `infra/remediation/waf`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<String>,
}

/// What to do next, up to a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The overall score that is wanted, in percent.
    pub target: u8,
    /// The overall score now, in percent: what is proved.
    pub current: u8,
    /// What would be proved if every unknown line were met, in percent.
    pub upper: u8,
    /// The gaps to fix, the greatest risk first, then by points.
    pub fix: Vec<Step>,
    /// What would show more, in the same order.
    pub see: Vec<Step>,
    /// How many of the steps reach the target, those that fix first; `None` if all of them do not.
    pub reached_after: Option<usize>,
    /// The lines that are left out, because somebody accepted their risk.
    pub accepted: Vec<String>,
    /// The unknown lines for which this version has no step.
    pub unreachable: Vec<PlanLine>,
    /// The line that is worth most, although it matters least.
    pub dearest: Option<PlanLine>,
}

/// What a step does, apart from its lines.
struct Way {
    what: String,
    page: Option<String>,
    uses: Vec<String>,
}

impl Plan {
    /// The plan for these lines. `readable` names the lines that reads of AWS's configuration can show. `target` is in
    /// percent; without one it is that of the score.
    #[must_use]
    pub fn of(
        checklist: &Checklist,
        assessments: &[Assessment<'_>],
        targets: &BTreeMap<Category, u8>,
        target: Option<u8>,
        readable: &[&str],
    ) -> Self {
        let score = checklist.score(assessments, targets);
        let was_read = assessments.iter().any(|line| line.reasons.iter().any(|r| matches!(r, Reason::Read { .. })));
        let share = |line: &Assessment<'_>| line_points(line, &score);
        let (mut fix, mut see) = (BTreeMap::new(), BTreeMap::new());
        let (mut accepted, mut unreachable) = (Vec::new(), Vec::new());
        for line in assessments {
            let entry = plan_line(line, share(line));
            if line.state == ItemState::Waived {
                accepted.push(line.item.id.clone());
            } else if line.state == ItemState::Gap && has_own_reason(line) {
                add(&mut fix, closes(line), entry, StepKind::Fix, worst(line));
            } else if line.is_unknown() && has_own_reason(line) {
                let readable = !was_read && readable.contains(&line.item.id.as_str());
                match shows(line, readable) {
                    Some(way) => add(&mut see, way, entry, StepKind::See, None),
                    None => unreachable.push(entry),
                }
            }
        }
        let (mut fix, mut see) = (ordered(fix), ordered(see));
        let target = target.unwrap_or(score.target);
        let mut done = assessments.to_vec();
        for step in fix.iter_mut().chain(&mut see) {
            for line in done.iter_mut().filter(|line| step.lines.iter().any(|l| l.id == line.item.id)) {
                (line.state, line.evidenced) = (ItemState::Met, ItemState::Met);
            }
            step.after = checklist.score(&done, targets).current;
        }
        let reached_after = if score.current >= target {
            Some(0)
        } else {
            fix.iter().chain(&see).position(|step| step.after >= target).map(|index| index.saturating_add(1))
        };
        let least = assessments.iter().filter(|line| line.item.priority <= Priority::Recommended && is_open(line));
        let dearest = least
            .map(|line| plan_line(line, share(line)))
            .max_by(|a, b| a.points.total_cmp(&b.points).then_with(|| (b.phase, &b.id).cmp(&(a.phase, &a.id))));
        let upper = score.bounds.map_or(score.current, |bounds| bounds.upper);
        Self { target, current: score.current, upper, fix, see, reached_after, accepted, unreachable, dearest }
    }
}

fn is_open(line: &Assessment<'_>) -> bool {
    !matches!(line.state, ItemState::Met | ItemState::NotApplicable)
}

/// The share of a line of the overall score, in percentage points with one decimal.
#[must_use]
pub fn line_points(line: &Assessment<'_>, score: &Scorecard) -> f64 {
    let of_category = score.category(line.item.category).map_or(0, |category| category.weights.applicable());
    let categories = score.categories.iter().filter(|category| !category.empty).count();
    let all = f64::from(of_category) * f64::from(u32::try_from(categories).unwrap_or(u32::MAX));
    if all > 0.0 { tenth(f64::from(line.item.weight) * 100.0 / all) } else { 0.0 }
}

fn tenth(points: f64) -> f64 {
    (points * 10.0).round() / 10.0
}

fn plan_line(line: &Assessment<'_>, points: f64) -> PlanLine {
    let item = line.item;
    PlanLine { id: item.id.clone(), title: item.title.clone(), priority: item.priority, phase: item.phase, points }
}

/// Whether something of its own keeps it from being met; what follows other lines alone ends with them.
fn has_own_reason(line: &Assessment<'_>) -> bool {
    !line.reasons.iter().all(|reason| matches!(reason, Reason::SameAs { .. } | Reason::InEnvironment { .. }))
}

fn worst(line: &Assessment<'_>) -> Option<Severity> {
    line.reasons
        .iter()
        .filter_map(|reason| match reason {
            Reason::Refuted { signal } => Some(signal.severity),
            _ => None,
        })
        .max()
}

fn closes(line: &Assessment<'_>) -> Way {
    match &line.item.remedy {
        Some(remedy) => {
            let uses = remedy.uses();
            let what = uses.first().map_or_else(
                || line.item.title.clone(),
                |(field, path)| match *field {
                    "example" => format!("take the settings of {path}"),
                    "workflow" => format!("use the workflow {path}"),
                    "template" => format!("fill in {path}"),
                    _ => format!("apply {path}"),
                },
            );
            let uses = uses.into_iter().map(|(_, path)| path).collect();
            Way { what, page: Some(remedy.page()), uses }
        }
        None => Way { what: line.item.title.clone(), page: None, uses: Vec::new() },
    }
}

/// What would show an unknown line. Of several ways the first is the nearest one: what is denied, then what only has to
/// happen, then what has to be switched on.
fn shows(line: &Assessment<'_>, readable: bool) -> Option<Way> {
    let plain = |what: String| Some(Way { what, page: None, uses: Vec::new() });
    let first = |pick: &dyn Fn(&Reason<'_>) -> Option<String>| line.reasons.iter().find_map(pick);
    if let Some(remedy) = first(&|reason| match reason {
        Reason::NotVisible { remedy, .. } => Some((*remedy).to_owned()),
        _ => None,
    }) {
        return plain(remedy);
    }
    if let Some(what) = first(&|reason| match reason {
        Reason::AlsoNeeds { what } => Some(format!("let it happen once, and its event shows it: {what}")),
        Reason::ReadTooOld { .. } => Some("let evidence-collector read again: its reads are too old".to_owned()),
        _ => None,
    }) {
        return plain(what);
    }
    if readable {
        let what = "let evidence-collector read the account (or run `plimsoll collect`)";
        return Some(Way {
            what: what.to_owned(),
            page: Some("docs/concepts/evidence.md".to_owned()),
            uses: Vec::new(),
        });
    }
    if let Some(what) = first(&|reason| match reason {
        Reason::TooOld { signal, .. } | Reason::Misdated { signal } => {
            Some(format!("repeat what proved it: the last proof from {} is too old", service(&signal.check)))
        }
        _ => None,
    }) {
        return plain(what);
    }
    if let Some(what) = first(&|reason| match reason {
        Reason::ProvedForOne { signal } => Some(format!("let {} show all resources, not one", service(&signal.check))),
        Reason::NothingHeard { checks } => Some(switch_on(checks)),
        _ => None,
    }) {
        return plain(what);
    }
    // No command takes a signature yet, and no source shows the rest.
    None
}

/// The service that speaks with this check.
fn service(check: &str) -> &'static str {
    match check.split(':').next().unwrap_or_default() {
        "ecr-scan" | "inspector" => "Amazon Inspector and ECR scanning",
        "config" => "AWS Config",
        "guardduty" => "GuardDuty",
        "backup" => "AWS Backup",
        "cost" => "Cost Anomaly Detection and AWS Budgets",
        _ => "its source",
    }
}

fn switch_on(checks: &[&str]) -> String {
    let only_config = checks.iter().all(|check| check.starts_with("config:"));
    let name = service(checks.first().copied().unwrap_or_default());
    match checks {
        [..] if only_config && !checks.contains(&"config:*") => {
            format!("deploy the rules of {name} that its lines name")
        }
        _ => format!("switch on {name}, and let its events reach Plimsoll"),
    }
}

fn add(
    steps: &mut BTreeMap<(String, Option<String>), Step>,
    way: Way,
    line: PlanLine,
    kind: StepKind,
    severity: Option<Severity>,
) {
    let Way { what, page, uses } = way;
    let step = steps.entry((what.clone(), page.clone())).or_insert_with(|| Step {
        kind,
        what,
        lines: Vec::new(),
        risk: Priority::Optional,
        severity: None,
        points: 0.0,
        after: 0,
        page,
        uses,
    });
    step.risk = step.risk.max(line.priority);
    step.severity = step.severity.max(severity);
    step.points = tenth(step.points + line.points);
    step.lines.push(line);
}

fn ordered(steps: BTreeMap<(String, Option<String>), Step>) -> Vec<Step> {
    let mut steps: Vec<Step> = steps.into_values().collect();
    for step in &mut steps {
        step.lines.sort_by(|a, b| {
            b.priority.cmp(&a.priority).then(b.points.total_cmp(&a.points)).then_with(|| a.id.cmp(&b.id))
        });
    }
    let phase = |step: &Step| step.lines.iter().map(|line| line.phase).min();
    steps.sort_by(|a, b| {
        let by_risk = Reverse((a.risk, a.severity)).cmp(&Reverse((b.risk, b.severity)));
        by_risk.then(b.points.total_cmp(&a.points)).then_with(|| (phase(a), &a.what).cmp(&(phase(b), &b.what)))
    });
    steps
}
