//! One anomaly, which grows from day to day: the same id comes again with a later end and a larger impact.
//! <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Anomaly.html>
//!
//! Only the id, the score, the monitor and the largest daily impact are always there.

use plimsoll_finding::{
    Arn, Category, Detail, Event, Finding, Reading, Resource, Severity, Status, Unreadable, console,
};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{
    SOURCE,
    money::{percent, usd},
};

const CHECK: &str = "cost:anomaly";

/// From this impact on, in US dollars, an anomaly is to be looked at today, whatever its share.
const HIGH_FROM_USD: Decimal = Decimal::ONE_THOUSAND;
/// Twice the expected cost or more is to be looked at today too.
const HIGH_FROM_PERCENT: Decimal = Decimal::ONE_HUNDRED;
/// A share counts only from this impact on, in US dollars: three cents instead of one is +200 % and nobody's problem.
const PERCENT_COUNTS_FROM_USD: Decimal = Decimal::TEN;
/// From this impact on, in US dollars, an anomaly is medium; below it, low.
const MEDIUM_FROM_USD: Decimal = Decimal::ONE_HUNDRED;
/// Most root causes that are named, the largest contribution first.
const MAX_ROOT_CAUSES: usize = 3;

pub(crate) fn is_anomaly(detail: Detail<'_>) -> bool {
    detail.get("anomalyId").is_some() && detail.get("impact").is_some_and(Value::is_object)
}

/// The anomaly in an SNS document whose `Message` is JSON in a string.
pub(crate) fn in_message(document: &Value) -> Option<Value> {
    let inner: Value = serde_json::from_str(document.as_object()?.get("Message")?.as_str()?).ok()?;
    is_anomaly(Detail(&inner)).then_some(inner)
}

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let unwrapped = in_message(&event.detail);
    let detail = unwrapped.as_ref().map_or_else(|| event.detail(), Detail);
    let id = detail.raw("anomalyId").ok_or_else(|| Unreadable::missing("anomalyId"))?;
    let impact = detail
        .decimal("impact.totalImpact")
        .or_else(|| detail.decimal("impact.maxImpact"))
        .ok_or_else(|| Unreadable::missing("impact.totalImpact"))?;
    let share = detail.decimal("impact.totalImpactPercentage");
    let account = account(event, detail).ok_or_else(|| Unreadable::missing("accountId"))?;

    let amount = usd(impact);
    let relative = share.map(percent);
    let impact_text = relative.map_or_else(|| amount.clone(), |relative| format!("{amount} ({relative})"));
    let subject = subject(detail);
    let feedback = detail.text("feedback").map(|word| word.to_ascii_uppercase());
    let (status, title) = match feedback.as_deref() {
        Some("NO") => (Status::Resolved, format!("{amount} more than expected for {subject}: marked as no anomaly")),
        Some("PLANNED_ACTIVITY") => {
            (Status::Resolved, format!("{amount} more than expected for {subject}: marked as planned"))
        }
        _ => (Status::Open, format!("{amount} more than expected for {subject}")),
    };
    let link = detail.text("anomalyDetailsLink");
    let trusted = link.as_deref().and_then(console::trusted);
    let refused = (link.is_some() && trusted.is_none())
        .then_some("The event's own link leads to no AWS console and was left out");

    let mut finding = Finding::new(SOURCE.name, CHECK, Resource::new(id, "cost-anomaly", &subject), event)
        // Money has no region: the event by EventBridge and the one by SNS are the same finding.
        .owner(Some(account), Some(String::new()))
        .identity_rule(CHECK)
        .status(status)
        .severity(severity(impact, share), Some(&amount))
        .category(Category::Cost)
        // The end of the anomaly is a date, and in the past: the time that counts is when AWS told.
        .observed_at(event.time.or_else(|| event.detail().time("Timestamp")))
        .title(&title)
        .fact("More than expected", Some(impact_text))
        .fact("Spent", detail.decimal("impact.totalActualSpend").map(usd))
        .fact("Expected", detail.decimal("impact.totalExpectedSpend").map(usd))
        .fact("Worst day", detail.decimal("impact.maxImpact").map(usd))
        .fact("Since", date(detail, "anomalyStartDate"))
        .fact("Until", date(detail, "anomalyEndDate"));
    for cause in root_causes(detail) {
        finding = finding.fact("Root cause", Some(cause));
    }
    finding = finding
        .fact("Monitor", detail.text("monitorName").or_else(|| detail.text("monitorArn")))
        .fact("Account name", detail.text("accountName"))
        .fact("Feedback", feedback)
        .fact("Link", refused)
        .console_url(Some(trusted.unwrap_or_else(console::cost_anomalies)));
    if status == Status::Open {
        finding = finding.remediation(
            "See which service and usage type grew, and who deployed what that day. Then answer in the console whether \
             it is an anomaly: planned activity and false alarms close the finding.",
        );
    }
    Ok(Reading::Findings(vec![finding]))
}

fn severity(impact: Decimal, share: Option<Decimal>) -> Severity {
    let doubled = impact >= PERCENT_COUNTS_FROM_USD && share.is_some_and(|share| share >= HIGH_FROM_PERCENT);
    if impact >= HIGH_FROM_USD || doubled {
        Severity::High
    } else if impact >= MEDIUM_FROM_USD {
        Severity::Medium
    } else {
        Severity::Low
    }
}

/// The account that the monitor watches from.
fn account(event: &Event, detail: Detail<'_>) -> Option<String> {
    detail
        .raw("accountId")
        .or_else(|| Some(event.account.clone()).filter(|account| !account.is_empty()))
        .or_else(|| Some(Arn::parse(&detail.raw("monitorArn")?)?.account).filter(|account| !account.is_empty()))
}

/// What costs more: `dimensionValue` by EventBridge, `dimensionalValue` by SNS; a service or `Tag:Value`.
fn subject(detail: Detail<'_>) -> String {
    detail
        .text("dimensionValue")
        .or_else(|| detail.text("dimensionalValue"))
        .or_else(|| detail.list("rootCauses").into_iter().find_map(|cause| cause.text("service")))
        .or_else(|| detail.text("monitorName"))
        .unwrap_or_else(|| "an unnamed part of the bill".to_owned())
}

fn root_causes(detail: Detail<'_>) -> Vec<String> {
    let mut causes = detail.list("rootCauses");
    // Stable: causes without a contribution keep their order, after those with one.
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.decimal("impact.contribution")));
    let all: Vec<String> = causes.into_iter().filter_map(root_cause).collect();
    let more = all.len().saturating_sub(MAX_ROOT_CAUSES);
    let mut named: Vec<String> = all.into_iter().take(MAX_ROOT_CAUSES).collect();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    named
}

fn root_cause(cause: Detail<'_>) -> Option<String> {
    let account = match (cause.text("linkedAccountName"), cause.text("linkedAccount")) {
        (Some(name), Some(id)) => Some(format!("{name} ({id})")),
        (name, id) => name.or(id),
    };
    let contribution = cause.decimal("impact.contribution").map(usd);
    let parts: Vec<String> =
        [cause.text("service"), account, cause.text("region"), cause.text("usageType"), contribution]
            .into_iter()
            .flatten()
            .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// A day; midnight says nothing.
fn date(detail: Detail<'_>, path: &str) -> Option<String> {
    detail.time(path).map(|time| time.strftime("%Y-%m-%d").to_string()).or_else(|| detail.text(path))
}
