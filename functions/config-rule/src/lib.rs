//! AWS Config's "Config Rules Compliance Change" to findings.
//! <https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html>
//!
//! Delivery is best effort, and AWS Config sends nothing when a rule is deleted: a scheduled read fills the gaps.

mod advice;
mod answer;
mod compliance;
mod place;
mod rule;
mod rules;
#[cfg(test)]
mod tests;

use plimsoll_finding::{Detail, Event, Kind, Reading, Source, Unreadable, clean_line, foreign};
use serde_json::Value;

pub use rule::{Origin, RuleName};

const COMPLIANCE_CHANGE: Kind = ("aws.config", "Config Rules Compliance Change");

/// The function `config-rule`.
pub const SOURCE: Source = Source { name: "config-rule", kinds: &[COMPLIANCE_CHANGE], recognise, read };

/// A bare `detail` names its rule and has a new result; an answer of the command line has a list of results. The invocation
/// of a custom rule's Lambda function (`invokingEvent`) asks that function for a result, and is never recognised. What a
/// delivery channel sends besides results belongs to nobody: the pipeline ignores it with a reason.
fn recognise(document: &Value) -> Option<Kind> {
    let detail = Detail(document);
    let is_change = detail.get("configRuleName").is_some()
        && detail.get("newEvaluationResult").is_some_and(Value::is_object)
        && detail.get("invokingEvent").is_none();
    (is_change || answer::is_answer(detail)).then_some(COMPLIANCE_CHANGE)
}

fn read(event: &Event) -> Result<Reading, Unreadable> {
    if !SOURCE.reads(&event.source, &event.detail_type) {
        return Err(foreign(&SOURCE, event));
    }
    let detail = event.detail();
    if let Some(other) = detail.raw("messageType").filter(|kind| kind != compliance::MESSAGE_TYPE) {
        return Ok(Reading::Ignored(format!("`{}` is not a compliance change", clean_line(&other))));
    }
    if answer::is_answer(detail) { answer::read(event) } else { compliance::read(event) }
}
