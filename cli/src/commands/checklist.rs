//! `plimsoll checklist`: the checklist itself, each line with its state, what decided, and what closes it.

use std::collections::BTreeMap;

use plimsoll_checklist::Assessment;
use plimsoll_render::{Style, checklist_markdown, checklist_text, decided};
use serde_json::{Value, json};

use crate::{
    arguments::{Checklist, Common},
    commands::score,
    output::{self, Exit},
    session,
};

pub(crate) async fn run(common: &Common, arguments: &Checklist) -> anyhow::Result<Exit> {
    let session = session::open(common, false).await?;
    let known = score::known(&session, arguments.environment.as_deref(), arguments.deployment).await?;
    let scope = known.scope();
    let environment = scope.name();
    let now = session.app.clock.now();
    let assessments = scope.assess(&known.open, now);
    let score = scope.score(&assessments);
    if common.json {
        let by_id = assessments.iter().map(|a| (a.item.id.as_str(), a)).collect();
        let lines: Vec<Value> = assessments.iter().map(|a| line(a, &by_id)).collect();
        output::json_pretty(
            &json!({"schema_version": 1, "at": now, "environment": environment, "score": score, "lines": lines}),
        )?;
    } else if arguments.markdown {
        output::line(checklist_markdown(&assessments, &score, environment, now).trim_end());
    } else {
        output::line(checklist_text(&assessments, output::width(), Style::Colour).trim_end());
    }
    Ok(Exit::Ok)
}

/// One line as JSON: what the checklist says of it, its state, and the finding that decided.
fn line(assessment: &Assessment<'_>, by_id: &BTreeMap<&str, &Assessment<'_>>) -> Value {
    let item = assessment.item;
    let finding = decided(assessment, by_id).map(|signal| {
        json!({
            "key": signal.key, "check": signal.check, "title": signal.title, "account": signal.account,
            "observed_at": signal.observed_at,
        })
    });
    json!({
        "id": item.id, "title": item.title, "section": item.section, "heading": item.heading, "phase": item.phase,
        "priority": item.priority, "category": item.category, "weight": item.weight, "state": assessment.state,
        "because": assessment.reasons.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "finding": finding, "remedy": item.remedy, "controls": item.controls,
    })
}
