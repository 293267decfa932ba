//! Answers of the command line, with the results of rules:
//! `aws configservice get-compliance-details-by-config-rule`, `... get-compliance-details-by-resource` and
//! `... get-aggregate-compliance-details-by-config-rule`.
//!
//! The first two name neither account nor region. They are read all the same, without an account, so that `explain` and
//! `replay` work; an event is never read without one.

use plimsoll_finding::{Arn, Detail, Event, Reading, Unreadable};
use serde_json::{Value, json};

use crate::{
    compliance::finding_of,
    place::{Place, is_global},
};

const RESULTS: [&str; 2] = ["EvaluationResults", "AggregateEvaluationResults"];
/// Answers without a single result.
const SUMMARIES: [&str; 3] = ["ComplianceByConfigRules", "ComplianceByResources", "AggregateComplianceByConfigRules"];

pub(crate) fn is_answer(detail: Detail<'_>) -> bool {
    is_result(detail) || RESULTS.into_iter().chain(SUMMARIES).any(|key| detail.get(key).is_some_and(Value::is_array))
}

/// One result out of the list, as `--query EvaluationResults` prints it.
fn is_result(detail: Detail<'_>) -> bool {
    detail.get("evaluationResultIdentifier").is_some() && detail.get("complianceType").is_some()
}

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    let listed = RESULTS.into_iter().flat_map(|key| detail.list(key));
    let results: Vec<Detail<'_>> = is_result(detail).then_some(detail).into_iter().chain(listed).collect();
    let mut findings = Vec::new();
    let mut reason =
        "the answer of AWS Config has no result of a rule on a resource; get-compliance-details-by-config-rule \
                      has"
        .to_owned();
    for result in results {
        let change = json!({
            "awsAccountId": result.raw("accountId"),
            "awsRegion": result.raw("awsRegion"),
            "newEvaluationResult": result.0,
        });
        match finding_of(&Event { detail: change, ..event.clone() }, place)? {
            Ok(finding) => findings.push(finding),
            Err(why) => reason = why,
        }
    }
    Ok(if findings.is_empty() { Reading::Ignored(reason) } else { Reading::Findings(findings) })
}

/// As for an event; what the answer does not say stays empty, unless the id of the resource says it.
fn place(event: &Event, detail: Detail<'_>, resource: (&str, &str), identifier: &str) -> Result<Place, Unreadable> {
    let (kind, id) = resource;
    let arn = Arn::parse(id);
    let part = |part: fn(&Arn) -> &String| arn.as_ref().map(|arn| part(arn).clone());
    let account = detail.raw("awsAccountId").or_else(|| part(|arn| &arn.account)).filter(|text| !text.is_empty());
    let region = detail.raw("awsRegion").or_else(|| part(|arn| &arn.region)).unwrap_or_default();
    let named = Event { account: account.unwrap_or_default(), region: region.clone(), ..event.clone() };
    Place::of(&named, detail, resource, identifier).or_else(|_| {
        let region = if is_global(kind, id, identifier) { String::new() } else { region.clone() };
        Ok(Place { account: named.account.clone(), evaluated_in: region.clone(), region })
    })
}
