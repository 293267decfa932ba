//! AWS Config's "Config Rules Compliance Change" to findings.
//! <https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html>
//!
//! Delivery is best effort and there is no event for a rule that was deleted: a scheduled read must fill the gaps.

mod compliance;
mod rule;
#[cfg(test)]
mod tests;

use plimsoll_finding::{Detail, Event, Kind, Reading, Source, Unreadable, foreign};
use serde_json::Value;

pub use rule::{Origin, RuleName};

const COMPLIANCE_CHANGE: Kind = ("aws.config", "Config Rules Compliance Change");

/// The function `config-rule`.
pub const SOURCE: Source = Source { name: "config-rule", kinds: &[COMPLIANCE_CHANGE], recognise, read };

/// A bare `detail` names its rule and has a new result. The invocation of a custom rule's Lambda function
/// (`invokingEvent`) is a question to that function, not a result, and is never recognised.
fn recognise(document: &Value) -> Option<Kind> {
    let detail = Detail(document);
    let is_change = detail.get("configRuleName").is_some()
        && detail.get("newEvaluationResult").is_some_and(Value::is_object)
        && detail.get("invokingEvent").is_none();
    is_change.then_some(COMPLIANCE_CHANGE)
}

fn read(event: &Event) -> Result<Reading, Unreadable> {
    if !SOURCE.reads(&event.source, &event.detail_type) {
        return Err(foreign(&SOURCE, event));
    }
    compliance::read(event)
}
