//! `plimsoll score`: how ready, by category, and with `--explain` why.

use std::collections::BTreeMap;

use plimsoll_checklist::{Assessment, ItemState, LineEvidence, Scorecard, Signal};
use plimsoll_finding::Category;
use plimsoll_pipeline::Policy;
use plimsoll_readiness::{Statements, assess_lines, read_evidence, read_statements};
use plimsoll_render::{Cell, Column, Style, Table, scorecard};
use serde_json::json;

use crate::{
    arguments::{Common, Score},
    output::{self, Exit},
    session,
};

pub(crate) async fn run(common: &Common, arguments: &Score) -> anyhow::Result<Exit> {
    if arguments.declared {
        let declared = session::checklist()?.declared();
        show(common, &declared)?;
        return Ok(verdict(&declared));
    }
    let session = session::open(common, false).await?;
    let policy = &session.app.policy;
    let Statements { open, signals } = read_statements(session.app.store.as_ref()).await?;
    let is_empty = signals.is_empty();
    let reads = read_evidence(session.app.store.as_ref()).await?;
    let Scope { signals, reads, targets } = scope(policy, signals, reads, arguments.environment.as_deref())?;
    let now = session.app.clock.now();
    let assessments = assess_lines(policy, &signals, &reads, &open, now);
    let score = policy.checklist.score(&assessments, &targets);
    if common.json {
        let mut value = json!({"schema_version": 1, "at": now, "score": score});
        if arguments.explain
            && let Some(object) = value.as_object_mut()
        {
            let lines: Vec<_> = assessments
                .iter()
                .map(|a| {
                    json!({
                        "id": a.item.id, "title": a.item.title, "category": a.item.category, "weight": a.item.weight,
                        "state": a.state, "because": a.reasons.iter().map(ToString::to_string).collect::<Vec<_>>(),
                        "why": a.item.why,
                    })
                })
                .collect();
            object.insert("lines".to_owned(), json!(lines));
        }
        output::json_pretty(&value)?;
    } else {
        show(common, &score)?;
        if arguments.explain {
            output::line(lines(&assessments).render(output::width(), Style::Colour).trim_end());
        } else if is_empty && reads.is_empty() {
            output::talk(
                "there is no evidence yet: `plimsoll replay events/` plays the shipped events, and no evidence is never a pass",
            );
        }
    }
    Ok(verdict(&score))
}

/// What counts for one environment, or for all.
pub(crate) struct Scope {
    /// What findings say about its accounts.
    pub(crate) signals: Vec<Signal>,
    /// What reads of AWS's configuration say about its accounts.
    pub(crate) reads: Vec<LineEvidence>,
    /// Its targets.
    pub(crate) targets: BTreeMap<Category, u8>,
}

pub(crate) fn scope(
    policy: &Policy,
    mut signals: Vec<Signal>,
    mut reads: Vec<LineEvidence>,
    environment: Option<&str>,
) -> anyhow::Result<Scope> {
    let mut targets = policy.targets.clone();
    if let Some(name) = environment {
        let environment = session::environment(policy, name)?;
        signals.retain(|signal| environment.accounts.contains(&signal.account));
        reads = reads.into_iter().map(|line| line.of_accounts(&environment.accounts)).collect();
        targets.extend(&environment.targets);
    }
    Ok(Scope { signals, reads, targets })
}

/// Every line of the checklist with its state, and below it why.
fn lines(assessments: &[Assessment<'_>]) -> Table {
    let mut table = Table::new(&[Column::new("Line"), Column::new("State"), Column::new("Title, and why")]);
    for assessment in assessments {
        let state = assessment.state.label().to_owned();
        let state = match assessment.state {
            ItemState::Met => Cell::Good(state),
            ItemState::Gap => Cell::Bad(state),
            _ => Cell::Dim(state),
        };
        let cells = vec![Cell::text(&assessment.item.id), state, Cell::text(&assessment.item.title)];
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
