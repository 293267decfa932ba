//! AWS Config's "Config Rules Compliance Change" to findings.
//! <https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html>
//!
//! Delivery is best effort, and AWS Config sends nothing when a rule is deleted: a scheduled read fills the gaps.

mod advice;
mod answer;
mod channel;
mod compliance;
mod place;
mod rule;
mod rules;
#[cfg(test)]
mod tests;

use plimsoll_finding::{Detail, Event, Kind, Reading, Source, Unreadable, foreign};
use serde_json::Value;

pub use rule::{Origin, RuleName};

const COMPLIANCE_CHANGE: Kind = ("aws.config", "Config Rules Compliance Change");
/// Messages of a delivery channel, which SNS carries without a detail-type: this one is ours.
const CHANNEL_MESSAGE: Kind = ("aws.config", "Config Delivery Channel Message");

/// The function `config-rule`.
pub const SOURCE: Source = Source {
    name: "config-rule",
    kinds: &[
        COMPLIANCE_CHANGE,
        CHANNEL_MESSAGE,
        ("aws.config", "Config Configuration Item Change"),
        ("aws.config", "Config Configuration Snapshot Delivery Status"),
        ("aws.config", "Config Configuration History Delivery Status"),
        ("aws.config", "Config Rules Re-evaluation Status"),
    ],
    recognise,
    read,
};

/// A bare `detail` names its rule and has a new result; an answer of the command line has a list of results; a message of
/// a delivery channel has a type of its own. The invocation of a custom rule's Lambda function (`invokingEvent`) asks that
/// function for a result, and is never recognised.
fn recognise(document: &Value) -> Option<Kind> {
    let detail = Detail(document);
    let is_change = detail.get("configRuleName").is_some()
        && detail.get("newEvaluationResult").is_some_and(Value::is_object)
        && detail.get("invokingEvent").is_none();
    if is_change || answer::is_answer(detail) {
        Some(COMPLIANCE_CHANGE)
    } else {
        channel::is_message(detail).then_some(CHANNEL_MESSAGE)
    }
}

fn read(event: &Event) -> Result<Reading, Unreadable> {
    if !SOURCE.reads(&event.source, &event.detail_type) {
        return Err(foreign(&SOURCE, event));
    }
    let detail = event.detail();
    match channel::reason(&event.detail_type, detail) {
        Some(reason) => Ok(Reading::Ignored(reason)),
        None if answer::is_answer(detail) => answer::read(event),
        None => compliance::read(event),
    }
}
