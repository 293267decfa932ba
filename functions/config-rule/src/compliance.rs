//! One compliance change: one rule, one resource, one answer.
//!
//! The same question is often asked by several copies of a rule: a plain one, Security Hub's, a conformance pack's.
//! All of them are one finding, identified by question and resource, with one part per copy: it is open while any
//! copy says so, and the good answer of one never hides the bad answer of another.

use jiff::Timestamp;
use plimsoll_finding::{
    Arn, Detail, Event, Finding, Part, Reading, Resource, Severity, Status, Unreadable, clean_line, console,
};

use crate::{RuleName, SOURCE};

/// AWS Config sends this word with every compliance change; other notifications have other words.
const MESSAGE_TYPE: &str = "ComplianceChangeNotification";

/// What the rule said. <https://docs.aws.amazon.com/config/latest/APIReference/API_EvaluationResult.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Compliant,
    NonCompliant,
    /// The resource or the rule is gone, or out of the rule's scope: it proves nothing.
    NotApplicable,
}

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    if let Some(other) = detail.text("messageType")
        && other != MESSAGE_TYPE
    {
        return Ok(Reading::Ignored(format!("`{other}` is not a compliance change")));
    }
    let qualifier = detail.at("newEvaluationResult.evaluationResultIdentifier.evaluationResultQualifier");
    let either = |path: &str| detail.raw(path).or_else(|| qualifier.raw(path));
    let rule = either("configRuleName").ok_or_else(|| Unreadable::missing("configRuleName"))?;
    let resource_id = either("resourceId").ok_or_else(|| Unreadable::missing("resourceId"))?;
    let resource_type = either("resourceType").ok_or_else(|| Unreadable::missing("resourceType"))?;
    let compliance = detail
        .text("newEvaluationResult.complianceType")
        .ok_or_else(|| Unreadable::missing("newEvaluationResult.complianceType"))?;
    let answer = match compliance.as_str() {
        "COMPLIANT" => Answer::Compliant,
        "NON_COMPLIANT" => Answer::NonCompliant,
        "NOT_APPLICABLE" => Answer::NotApplicable,
        "INSUFFICIENT_DATA" => {
            return Ok(Reading::Ignored(format!(
                "{} has too little data to judge {}: neither a pass nor a failure",
                clean_line(&rule),
                clean_line(&resource_id)
            )));
        }
        other => {
            return Err(Unreadable::reasons(format!(
                "`{other}` in `detail.newEvaluationResult.complianceType` is not a compliance type that AWS Config \
                 documents"
            )));
        }
    };
    let (account, region) = owner(event, detail)?;
    let name = RuleName::read(&rule, detail.raw("configRuleARN").as_deref());
    Ok(Reading::Findings(vec![finding(
        event,
        &Change { rule, name, resource_id, resource_type, answer, account, region },
    )]))
}

struct Change {
    rule: String,
    name: RuleName,
    resource_id: String,
    resource_type: String,
    answer: Answer,
    account: String,
    region: String,
}

/// Whose resource it is. Without that, the same resource name in two accounts would be one finding.
fn owner(event: &Event, detail: Detail<'_>) -> Result<(String, String), Unreadable> {
    let rule = detail.raw("configRuleARN").and_then(|arn| Arn::parse(&arn));
    let account = detail
        .raw("awsAccountId")
        .or_else(|| Some(event.account.clone()).filter(|a| !a.is_empty()))
        .or_else(|| rule.as_ref().map(|arn| arn.account.clone()))
        .ok_or_else(|| Unreadable::missing("awsAccountId"))?;
    let region = detail
        .raw("awsRegion")
        .or_else(|| Some(event.region.clone()).filter(|r| !r.is_empty()))
        .or_else(|| rule.map(|arn| arn.region))
        .ok_or_else(|| Unreadable::missing("awsRegion"))?;
    Ok((account, region))
}

fn finding(event: &Event, change: &Change) -> Finding {
    let detail = event.detail();
    let check = format!("config:{}", change.name.identifier);
    let status = if change.answer == Answer::NonCompliant { Status::Open } else { Status::Resolved };
    let not_applicable = change.answer == Answer::NotApplicable;
    let called = human_name(&change.resource_id, &change.resource_type);
    let resource = Resource::new(change.resource_id.clone(), &change.resource_type, &called);

    // A rule that is made anew has the same name and a new ARN: by its ARN, the old part would stay open for ever.
    let mut part = Part::new(change.rule.clone(), &check, status, Severity::Medium, &change.rule);
    part.not_applicable = not_applicable;

    let mut finding = Finding::new(SOURCE.name, &check, resource, event)
        .owner(Some(change.account.clone()), Some(change.region.clone()))
        // The type belongs to the identity: a repository and a service may both be called `web`.
        .identity_rule(format!("{check}/{}", change.resource_type))
        .status(status)
        .observed_at(observed_at(event, detail))
        .title(&title(&called, &change.name.base, change.answer))
        .fact("Rule", Some(&change.rule))
        .fact("Rule comes from", Some(change.name.origin.label()))
        .fact("Resource type", Some(&change.resource_type))
        .fact("Why", detail.text("newEvaluationResult.annotation"))
        .fact("Before", detail.text("oldEvaluationResult.complianceType"))
        .fact("Evaluated", detail.text("newEvaluationResult.resultRecordedTime"))
        .fact("Evaluation started", detail.text("newEvaluationResult.configRuleInvokedTime"))
        .console_url(console::in_region(&change.region).map(|console| console.config_rule(&change.rule)))
        .part(part);
    finding.not_applicable = not_applicable;
    if change.answer == Answer::NonCompliant {
        finding = finding.remediation(
            "Change the resource so that it meets the rule; AWS Config looks again by itself. If it must stay as it \
             is, waive the finding with a reason and an end date.",
        );
    }
    finding
}

fn title(called: &str, rule: &str, answer: Answer) -> String {
    match answer {
        Answer::NonCompliant => format!("{called} breaks Config rule {rule}"),
        Answer::Compliant => format!("{called} complies with Config rule {rule}"),
        Answer::NotApplicable => format!("Config rule {rule} no longer applies to {called}"),
    }
}

/// An ARN is shortened to its last part, the account stands for itself, everything else is called by its id (which
/// for IAM is no name: `AROA…`).
fn human_name(id: &str, kind: &str) -> String {
    if kind == "AWS::::Account" {
        return format!("Account {id}");
    }
    Arn::parse(id).map_or_else(|| id.to_owned(), |arn| arn.resource_name().to_owned())
}

fn observed_at(event: &Event, detail: Detail<'_>) -> Option<Timestamp> {
    detail
        .time("newEvaluationResult.resultRecordedTime")
        .or_else(|| detail.time("notificationCreationTime"))
        .or(event.time)
}
