//! Cost Anomaly Detection (EventBridge and SNS) and AWS Budgets (SNS) to findings.
//! <https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-ce.html>
//!
//! The events come in the home region of billing only (us-east-1), up to a day after the money was spent.

mod advice;
mod anomaly;
mod budget;
mod money;
mod notice;
mod period;
#[cfg(test)]
mod tests;

use plimsoll_finding::{Detail, Event, Kind, Reading, Source, Unreadable, foreign};
use serde_json::Value;

const ANOMALY: Kind = ("aws.ce", "Anomaly Detected");
/// AWS Budgets writes prose to SNS. The message has no detail-type, so this one is ours.
const BUDGET: Kind = ("aws.budgets", "AWS Budgets Notification");

/// The function `cost-anomaly`.
pub const SOURCE: Source = Source { name: "cost-anomaly", kinds: &[ANOMALY, BUDGET], recognise, read };

/// A bare detail, an SNS message, or an answer of the command line: `aws ce get-anomalies`, `aws budgets
/// describe-budgets`.
fn recognise(document: &Value) -> Option<Kind> {
    let detail = Detail(document);
    if anomaly::is_anomaly(detail) || anomaly::is_answer(detail) || anomaly::in_message(document).is_some() {
        Some(ANOMALY)
    } else if notice::is_budget(document) || is_list_of_budgets(detail) {
        Some(BUDGET)
    } else {
        None
    }
}

fn is_list_of_budgets(detail: Detail<'_>) -> bool {
    detail.list("Budgets").first().is_some_and(|budget| budget.get("BudgetName").is_some())
}

fn read(event: &Event) -> Result<Reading, Unreadable> {
    if !SOURCE.reads(&event.source, &event.detail_type) {
        return Err(foreign(&SOURCE, event));
    }
    if event.detail_type == ANOMALY.1 { anomaly::read(event) } else { budget::read(event) }
}
