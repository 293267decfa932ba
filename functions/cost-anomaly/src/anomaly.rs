//! One anomaly, which grows from day to day: the same id comes again with a later end and a larger impact.
//! <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Anomaly.html>
//!
//! Only the id, the score, the monitor and the largest daily impact are always there.

use plimsoll_finding::{
    Advice, Arn, Category, CostThresholds, Detail, Event, Finding, Money, MoneyKind, Reading, Resource, Status,
    Unreadable, console,
};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{
    SOURCE,
    advice::ANOMALIES,
    money::{cents, signed_percent, usd},
};

const CHECK: &str = "cost:anomaly";
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

/// Whether the document is the answer of `aws ce get-anomalies`.
pub(crate) fn is_answer(detail: Detail<'_>) -> bool {
    detail.get("anomalies").is_some_and(Value::is_array)
}

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let unwrapped = in_message(&event.detail);
    let detail = unwrapped.as_ref().map_or_else(|| event.detail(), Detail);
    if !is_answer(detail) {
        return Ok(Reading::Findings(vec![anomaly(event, detail)?]));
    }
    let findings: Vec<Finding> =
        detail.list("anomalies").into_iter().map(|one| anomaly(event, one)).collect::<Result<_, _>>()?;
    if findings.is_empty() {
        return Ok(Reading::Ignored("the answer of Cost Explorer lists no anomaly".to_owned()));
    }
    Ok(Reading::Findings(findings))
}

fn anomaly(event: &Event, detail: Detail<'_>) -> Result<Finding, Unreadable> {
    let id = detail.raw("anomalyId").ok_or_else(|| Unreadable::missing("anomalyId"))?;
    let impact = impact(detail).ok_or_else(|| Unreadable::missing("impact.totalImpact"))?;
    let account = account(event, detail).ok_or_else(|| Unreadable::missing("accountId"))?;
    let subject = subject(detail);
    let share = detail.decimal("impact.totalImpactPercentage");
    let money = Money::new(MoneyKind::Anomaly, "USD", impact, detail.decimal("impact.totalExpectedSpend"), share);
    let severity = CostThresholds::default().severity(&money);
    let feedback = detail.text("feedback").map(|word| word.to_ascii_uppercase());
    let (status, title) = verdict(impact, &subject, feedback.as_deref());

    let amount = usd(impact.abs());
    let difference = share.map_or_else(|| amount.clone(), |share| format!("{amount} ({})", signed_percent(share)));
    let link = detail.text("anomalyDetailsLink");
    let trusted = link.as_deref().and_then(console::trusted);
    let refused = (link.is_some() && trusted.is_none())
        .then_some("The event's own link leads to no AWS console and was left out");
    let page = trusted.or_else(|| own_page(detail, &id)).unwrap_or_else(console::cost_anomalies);

    let worst_day = detail.decimal("impact.maxImpact").filter(Decimal::is_sign_positive);
    let (since, until) = (date(detail, "anomalyStartDate"), date(detail, "anomalyEndDate"));
    let is_one_day = since.is_some() && since == until;
    let mut finding = Finding::new(SOURCE.name, CHECK, Resource::new(id, "cost-anomaly", &subject), event)
        // Money has no region: the event by EventBridge and the one by SNS are the same finding.
        .owner(Some(account), Some(String::new()))
        .identity_rule(CHECK)
        .finding_type(Some("cost-anomaly"))
        .status(status)
        .severity(severity, None)
        .category(Category::Cost)
        // The end of the anomaly is a date in the past: the time that counts is when AWS sent this.
        .observed_at(event.time.or_else(|| event.detail().time("Timestamp")))
        .title(&title)
        .fact(if impact.is_sign_negative() { "Less than expected" } else { "More than expected" }, Some(difference))
        .fact("Spent", detail.decimal("impact.totalActualSpend").map(usd))
        .fact("Expected", detail.decimal("impact.totalExpectedSpend").map(usd))
        .fact("Worst day", worst_day.filter(|worst| *worst != impact).map(usd))
        .fact(if is_one_day { "On" } else { "Since" }, since)
        .fact("Until", until.filter(|_| !is_one_day));
    for cause in root_causes(detail) {
        finding = finding.fact("Root cause", Some(cause));
    }
    for account in detail.list("rootCauses").into_iter().filter_map(|cause| cause.text("linkedAccount")) {
        finding = finding.linked_account(&account);
    }
    finding = finding
        .fact("Monitor", detail.text("monitorName").or_else(|| detail.text("monitorArn")))
        .fact("Account name", detail.text("accountName"))
        .fact("Feedback", feedback)
        .fact("Link", refused)
        .console_url(Some(page))
        .money(Some(money));
    if status == Status::Open {
        finding = finding.advice(Advice::find(&ANOMALIES, &what_costs(detail, &subject), "cost-anomaly", severity));
    }
    Ok(finding)
}

/// How much more than expected, all days together. Only the largest day is always there.
fn impact(detail: Detail<'_>) -> Option<Decimal> {
    let difference =
        || detail.decimal("impact.totalActualSpend")?.checked_sub(detail.decimal("impact.totalExpectedSpend")?);
    detail.decimal("impact.totalImpact").or_else(difference).or_else(|| detail.decimal("impact.maxImpact"))
}

/// Only what costs more than expected is a problem, and only until somebody says that it was meant or is none.
fn verdict(impact: Decimal, subject: &str, feedback: Option<&str>) -> (Status, String) {
    let amount = usd(impact.abs());
    if cents(impact).is_zero() {
        return (Status::Resolved, format!("{subject} costs what was expected"));
    }
    if impact.is_sign_negative() {
        return (Status::Resolved, format!("{amount} less than expected for {subject}"));
    }
    let more = format!("{amount} more than expected for {subject}");
    match feedback {
        Some("NO") => (Status::Resolved, format!("{more}: marked as no anomaly")),
        Some("PLANNED_ACTIVITY") => (Status::Resolved, format!("{more}: marked as planned")),
        _ => (Status::Open, more),
    }
}

/// The page of the anomaly, by the id of its monitor: `arn:aws:ce::ACCOUNT:anomalymonitor/ID`.
fn own_page(detail: Detail<'_>, id: &str) -> Option<String> {
    let monitor = Arn::parse(&detail.raw("monitorArn")?)?;
    Some(console::cost_anomaly(monitor.resource.strip_prefix("anomalymonitor/")?, id))
}

/// Service and usage types, for the table of advice: those of the largest root cause, else the dimension.
fn what_costs(detail: Detail<'_>, subject: &str) -> String {
    let largest = sorted_causes(detail).into_iter().next();
    let words = largest.map(|cause| [cause.text("service"), cause.text("usageType")].into_iter().flatten().collect());
    words
        .map(|words: Vec<String>| words.join(" "))
        .filter(|words| !words.is_empty())
        .unwrap_or_else(|| subject.to_owned())
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

/// The root causes, the largest contribution first; those without one keep their order, after the others.
fn sorted_causes(detail: Detail<'_>) -> Vec<Detail<'_>> {
    let mut causes = detail.list("rootCauses");
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.decimal("impact.contribution")));
    causes
}

fn root_causes(detail: Detail<'_>) -> Vec<String> {
    let all: Vec<String> = sorted_causes(detail).into_iter().filter_map(root_cause).collect();
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
