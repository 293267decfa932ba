//! `plimsoll plan`: what to fix next and what to see next, up to a target.

use plimsoll_render::Style;
use serde_json::json;

use crate::{
    arguments::{Common, Plan},
    commands::score,
    output::{self, Exit},
    session,
};

/// Steps of each list that are printed; `--json` has all.
const STEPS: [usize; 2] = [10, 10];

pub(crate) async fn run(common: &Common, arguments: &Plan) -> anyhow::Result<Exit> {
    let session = session::open(common, false).await?;
    let known = score::known(&session, arguments.environment.as_deref(), arguments.deployment).await?;
    let scope = known.scope();
    let now = session.app.clock.now();
    let assessments = scope.assess(&known.open, now);
    let plan = scope.plan(&assessments, arguments.target);
    if common.json {
        let value = json!({"schema_version": 1, "at": now, "environment": scope.name(), "plan": plan});
        output::json_pretty(&value)?;
    } else {
        output::line(plimsoll_render::plan(&plan, STEPS, output::width(), Style::Colour).trim_end());
    }
    Ok(Exit::Ok)
}
