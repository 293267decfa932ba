//! Cost Anomaly Detection (EventBridge and SNS) and AWS Budgets (SNS) to findings.
//! <https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-ce.html>
//!
//! The events come in the home region of billing only (us-east-1), up to a day after the money was spent.

mod anomaly;
mod budget;
mod money;
#[cfg(test)]
mod tests;

use plimsoll_finding::{Detail, Event, Kind, Reading, Source, Unreadable, foreign};
use serde_json::Value;

const ANOMALY: Kind = ("aws.ce", "Anomaly Detected");
/// AWS Budgets writes prose to SNS; the kind is ours, the message has none.
const BUDGET: Kind = ("aws.budgets", "AWS Budgets Notification");

/// The function `cost-anomaly`.
pub const SOURCE: Source = Source { name: "cost-anomaly", kinds: &[ANOMALY, BUDGET], recognise, read };

fn recognise(document: &Value) -> Option<Kind> {
    if anomaly::is_anomaly(Detail(document)) || anomaly::in_message(document).is_some() {
        Some(ANOMALY)
    } else if budget::is_budget(document) {
        Some(BUDGET)
    } else {
        None
    }
}

fn read(event: &Event) -> Result<Reading, Unreadable> {
    if !SOURCE.reads(&event.source, &event.detail_type) {
        return Err(foreign(&SOURCE, event));
    }
    if event.detail_type == ANOMALY.1 { anomaly::read(event) } else { budget::read(event) }
}
