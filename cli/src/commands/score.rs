//! `plimsoll score`: how ready, by category, and with `--explain` why.

use jiff::Timestamp;
use plimsoll_checklist::{Assessment, CategoryScore, ItemState, LineEvidence, Scorecard, Signal};
use plimsoll_pipeline::{Environment, Policy, Record};
use plimsoll_readiness::{Scope, Statements, go_live, read_evidence, read_history, read_statements, scores};
use plimsoll_render::{Cell, Column, Style, Table, bold, scorecard};
use serde_json::json;

use crate::{
    arguments::{Common, Score},
    commands::{golive, trend},
    output::{self, Exit},
    session::{self, Session},
};

pub(crate) async fn run(common: &Common, arguments: &Score) -> anyhow::Result<Exit> {
    if arguments.declared {
        let declared = session::checklist()?.declared();
        show(common, &declared)?;
        return Ok(verdict(&declared));
    }
    let session = session::open(common, false).await?;
    if arguments.trend {
        return show_trend(common, arguments, &session).await;
    }
    let known = known(&session, arguments.environment.as_deref(), arguments.deployment).await?;
    let scope = known.scope();
    let now = session.app.clock.now();
    let assessments = scope.assess(&known.open, now);
    if arguments.golive {
        let list = go_live(&session.app.policy, &assessments, &known.open, now);
        if common.json {
            output::json_pretty(&json!({"schema_version": 1, "at": now, "environment": scope.name(), "golive": list}))?;
        } else {
            golive::print(&list);
        }
        return Ok(if list.go { Exit::Ok } else { Exit::Below });
    }
    let score = scope.score(&assessments);
    if common.json {
        let mut value = json!({"schema_version": 1, "at": now, "environment": scope.name(), "score": score});
        if arguments.explain
            && let Some(object) = value.as_object_mut()
        {
            let lines: Vec<_> = assessments
                .iter()
                .map(|a| {
                    json!({
                        "id": a.item.id, "title": a.item.title, "category": a.item.category, "phase": a.item.phase,
                        "weight": a.item.weight, "own": a.item.is_own(), "state": a.state, "evidenced": a.evidenced,
                        "out_of_scope": a.is_out_of_scope(),
                        "because": a.reasons.iter().map(ToString::to_string).collect::<Vec<_>>(), "why": a.item.why,
                    })
                })
                .collect();
            object.insert("lines".to_owned(), json!(lines));
        }
        output::json_pretty(&value)?;
    } else {
        if let Some(name) = scope.name() {
            output::line(bold(name, Style::Colour));
        }
        show(common, &score)?;
        if arguments.environment.is_none()
            && let Some(table) = environments(&known, scope.name(), now)
        {
            output::line(table.render(output::width(), Style::Colour));
        }
        if arguments.explain {
            explain(&score, &assessments);
        } else if known.signals.is_empty() && known.reads.is_empty() {
            output::talk(
                "there is no evidence yet: `plimsoll replay events/` plays the shipped events, and no evidence is never a pass",
            );
        }
    }
    Ok(verdict(&score))
}

async fn show_trend(common: &Common, arguments: &Score, session: &Session) -> anyhow::Result<Exit> {
    let policy = &session.app.policy;
    let environment = asked_for(policy, arguments.environment.as_deref(), arguments.deployment)?;
    let name = environment.map(|environment| environment.name.as_str());
    let days = read_history(session.app.store.as_ref(), name).await?.trend(&policy.checklist);
    if common.json {
        output::json_pretty(&json!({"schema_version": 1, "environment": name, "days": days}))?;
    } else {
        trend::print(&days, name);
    }
    Ok(Exit::Ok)
}

/// What the store knows, and what of it counts.
pub(crate) struct Known<'s> {
    policy: &'s Policy,
    /// The open findings.
    pub(crate) open: Vec<Record>,
    pub(crate) signals: Vec<Signal>,
    pub(crate) reads: Vec<LineEvidence>,
    environment: Option<&'s Environment>,
}

/// Reads the store. Without a name it is about the environment of the headline, if there is one and nobody asks for the
/// whole deployment.
pub(crate) async fn known<'s>(
    session: &'s Session,
    environment: Option<&str>,
    is_whole: bool,
) -> anyhow::Result<Known<'s>> {
    let (store, policy) = (session.app.store.as_ref(), &session.app.policy);
    let environment = asked_for(policy, environment, is_whole)?;
    let Statements { open, signals } = read_statements(store).await?;
    let reads = read_evidence(store).await?;
    Ok(Known { policy, open, signals, reads, environment })
}

fn asked_for<'s>(
    policy: &'s Policy,
    environment: Option<&str>,
    is_whole: bool,
) -> anyhow::Result<Option<&'s Environment>> {
    match environment {
        Some(name) => session::environment(policy, name).map(Some),
        None if is_whole => Ok(None),
        None => Ok(policy.headline()),
    }
}

impl Known<'_> {
    /// What of it counts.
    pub(crate) fn scope(&self) -> Scope<'_> {
        Scope::new(self.policy, self.signals.clone(), self.reads.clone(), self.environment)
    }
}

/// The scores of all environments and of the whole, where there are environments.
fn environments(known: &Known<'_>, shown: Option<&str>, now: Timestamp) -> Option<Table> {
    let scores = scores(known.policy, &known.signals, &known.open, &known.reads, now);
    let columns = ["Environment", "Proved", "Up to", "Target", ""].map(Column::new);
    let mut table = Table::new(&columns);
    for score in &scores {
        let is_shown = score.name.as_deref() == shown;
        let name = score.name.as_deref().unwrap_or("all of them");
        let percent = |figure: u8| Cell::text(format!("{figure:>3} %"));
        let proved = format!("{:>3} %", score.current);
        let proved = if score.current >= score.target { Cell::Good(proved) } else { Cell::text(proved) };
        let note = if is_shown { "the score above" } else { "" };
        table.row(
            vec![Cell::text(name), proved, percent(score.upper), percent(score.target), Cell::text(note)],
            Vec::new(),
        );
    }
    (!scores.is_empty()).then_some(table)
}

/// The lines by phase, and how the figures follow from their weights.
fn explain(score: &Scorecard, assessments: &[Assessment<'_>]) {
    for count in &score.phases {
        let lines = assessments.iter().filter(|line| line.item.phase == count.phase && !line.item.is_own());
        let title = format!("Phase {}: {} of {} to go", count.phase, count.to_go(), count.all());
        output::line(bold(&title, Style::Colour));
        output::line(lines_table(lines).render(output::width(), Style::Colour).trim_end());
        output::line("");
    }
    if score.own.is_some() {
        output::line(bold("Own lines, counted apart", Style::Colour));
        let lines = assessments.iter().filter(|line| line.item.is_own());
        output::line(lines_table(lines).render(output::width(), Style::Colour).trim_end());
        output::line("");
    }
    output::line(bold("How the figures follow from the weights", Style::Colour));
    for category in &score.categories {
        output::say(sum(category));
    }
    let counted: Vec<&CategoryScore> = score.categories.iter().filter(|category| !category.empty).collect();
    let mean = |figure: &dyn Fn(&CategoryScore) -> u8| {
        counted.iter().map(|category| figure(category).to_string()).collect::<Vec<_>>().join(" + ")
    };
    let upper = |category: &CategoryScore| category.bounds.map_or(0, |bounds| bounds.upper);
    let parts = counted.len();
    output::say(format!("Overall, proved: ({}) / {parts} = {} %", mean(&|c| c.current), score.current));
    let whole = score.bounds.map_or(0, |bounds| bounds.upper);
    output::say(format!("Overall, up to: ({}) / {parts} = {whole} %", mean(&upper)));
}

/// `Security: 13 of 69 proved = 19 %; 20 refuted, so up to 71 %; 30 unknown, 6 not visible.`
fn sum(category: &CategoryScore) -> String {
    let weights = &category.weights;
    let name = category.category.label();
    if category.empty {
        return format!("{name}: nothing applies");
    }
    let upper = category.bounds.map_or(0, |bounds| bounds.upper);
    let left = if weights.out_of_scope > 0 {
        format!("; {} not applicable and left out", weights.out_of_scope)
    } else {
        String::new()
    };
    format!(
        "{name}: {} of {} proved = {} %; {} refuted, so up to {upper} %; {} unknown, {} not visible{left}",
        weights.met,
        weights.applicable(),
        category.current,
        weights.gap,
        weights.unknown,
        weights.not_visible
    )
}

/// Lines of the checklist, each with its state, and below it why.
fn lines_table<'a>(assessments: impl Iterator<Item = &'a Assessment<'a>>) -> Table {
    let mut table =
        Table::new(&[Column::new("Line"), Column::new("State"), Column::new("Weight"), Column::new("Title, and why")]);
    for assessment in assessments {
        let state = assessment.state.label().to_owned();
        let state = match assessment.state {
            ItemState::Met => Cell::Good(state),
            ItemState::Gap => Cell::Bad(state),
            _ => Cell::Dim(state),
        };
        let item = assessment.item;
        let cells = vec![Cell::text(&item.id), state, Cell::text(item.weight.to_string()), Cell::text(&item.title)];
        table.row(cells, assessment.reasons.iter().map(ToString::to_string).collect());
    }
    table
}

fn show(common: &Common, score: &Scorecard) -> anyhow::Result<()> {
    if common.json {
        return output::json_pretty(&json!({"schema_version": 1, "score": score}));
    }
    output::line(scorecard(score, None, output::text_width(), Style::Colour));
    Ok(())
}

fn verdict(score: &Scorecard) -> Exit {
    if score.categories.iter().all(|c| c.gap == 0) { Exit::Ok } else { Exit::Below }
}
