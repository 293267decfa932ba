//! Answers of the AWS CLI, read like the events that say the same: `aws guardduty list-coverage`,
//! `get-malware-protection-plan`, `describe-malware-scans` and `get-malware-scan`. `get-findings` is read by `threat`.
//! <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ListCoverage.html>

use plimsoll_finding::{Arn, Detail, Event, Finding, Kind, Reading, Unreadable, unreadable_finding};
use serde_json::{Value, json};

use crate::{
    FINDING, NAME, OBJECT_SCAN, PLAN_ACTIVE, PLAN_ERROR, PLAN_WARNING, RUNTIME_HEALTHY, RUNTIME_UNHEALTHY, malware,
    runtime,
};

/// The kind of event that says the same; `None` if the document is no such answer.
pub(crate) fn kind_of(document: Detail<'_>) -> Option<Kind> {
    if document.list("resources").into_iter().any(is_coverage) {
        Some(RUNTIME_UNHEALTHY)
    } else if document.get("protectedResource.s3Bucket").is_some() {
        plan_kind(document)
    } else if is_malware_scan(document) || document.list("scans").into_iter().any(is_malware_scan) {
        Some(OBJECT_SCAN)
    } else if document.get("findingIds").is_some() {
        Some(FINDING)
    } else {
        None
    }
}

/// The reading of an answer; `None` if the event's detail is no answer.
pub(crate) fn read(event: &Event) -> Option<Result<Reading, Unreadable>> {
    let answer = event.detail();
    let coverage: Vec<Detail<'_>> = answer.list("resources").into_iter().filter(|r| is_coverage(*r)).collect();
    let scans: Vec<Detail<'_>> = answer.list("scans").into_iter().filter(|scan| is_malware_scan(*scan)).collect();
    if !coverage.is_empty() {
        Some(each(coverage.into_iter().map(|covered| coverage_event(covered, event)).collect(), event, runtime::read))
    } else if !scans.is_empty() {
        Some(each(scans.into_iter().map(|scan| scan_event(scan, event)).collect(), event, malware::read_object_scan))
    } else if is_malware_scan(answer) {
        Some(malware::read_object_scan(&scan_event(answer, event)))
    } else if answer.get("protectedResource.s3Bucket").is_some() {
        Some(malware::read_plan(&plan_event(answer, event)))
    } else if answer.get("findingIds").is_some() {
        Some(Err(Unreadable::reasons(
            "`aws guardduty list-findings` prints ids only; read them with `aws guardduty get-findings`",
        )))
    } else {
        None
    }
}

fn is_coverage(resource: Detail<'_>) -> bool {
    resource.get("coverageStatus").is_some() && resource.get("resourceDetails").is_some()
}

fn is_malware_scan(scan: Detail<'_>) -> bool {
    scan.get("scanId").is_some() && scan.get("scanStatus").is_some()
}

fn coverage_event(covered: Detail<'_>, event: &Event) -> Event {
    let is_healthy = covered.text("coverageStatus").is_some_and(|status| status.eq_ignore_ascii_case("HEALTHY"));
    let kind = if is_healthy { RUNTIME_HEALTHY } else { RUNTIME_UNHEALTHY };
    let detail = json!({
        "resourceAccountId": covered.raw("accountId"),
        "currentStatus": covered.text("coverageStatus"),
        "resourceDetails": covered.get("resourceDetails"),
        "issue": covered.text("issue"),
        "lastUpdatedAt": covered.get("updatedAt"),
    });
    as_event(kind, detail, event)
}

/// A scan of an instance, a snapshot or a backup. Its resource is named by an ARN.
fn scan_event(scan: Detail<'_>, event: &Event) -> Event {
    let result = scan.text("scanResultDetails.scanResultStatus").or_else(|| {
        // The older answer has words of its own.
        Some(match scan.text("scanResultDetails.scanResult")?.to_ascii_uppercase().as_str() {
            "CLEAN" => "NO_THREATS_FOUND".to_owned(),
            "INFECTED" => "THREATS_FOUND".to_owned(),
            other => other.to_owned(),
        })
    });
    let reason = scan.text("failureReason").or_else(|| scan.text("scanStatusReason"));
    let arn = scan.raw("resourceArn").or_else(|| scan.raw("resourceDetails.instanceArn"));
    let detail = json!({
        "scanStatus": scan.text("scanStatus"),
        "resourceType": scan.text("resourceType").unwrap_or_else(|| "EC2_INSTANCE".to_owned()),
        "resourceArn": arn,
        "scanResultDetails": {
            "scanResultStatus": result,
            "statusReasons": reason,
            "threats": scan.at("scanResultDetails").get("threats"),
        },
        "eventTime": scan.get("scanCompletedAt").or_else(|| scan.get("scanEndTime")),
    });
    let mut inner = as_event(OBJECT_SCAN, detail, event);
    let owner = arn.as_deref().and_then(Arn::parse);
    inner.account =
        scan.raw("accountId").or_else(|| owner.as_ref().map(|o| o.account.clone())).unwrap_or(inner.account);
    inner.region = owner.map(|owner| owner.region).filter(|region| !region.is_empty()).unwrap_or(inner.region);
    inner
}

fn plan_kind(plan: Detail<'_>) -> Option<Kind> {
    match plan.text("status").unwrap_or_default().to_ascii_uppercase().as_str() {
        "ACTIVE" => Some(PLAN_ACTIVE),
        "WARNING" => Some(PLAN_WARNING),
        "ERROR" => Some(PLAN_ERROR),
        _ => None,
    }
}

fn plan_event(plan: Detail<'_>, event: &Event) -> Event {
    let detail = json!({
        "resourceStatus": plan.text("status"),
        "s3BucketDetails": {"bucketName": plan.raw("protectedResource.s3Bucket.bucketName")},
        "statusReasons": plan.get("statusReasons"),
    });
    let kind = plan_kind(plan).unwrap_or(PLAN_ERROR);
    let mut inner = as_event(kind, detail, event);
    if let Some(arn) = plan.raw("arn") {
        if let Some(owner) = Arn::parse(&arn) {
            (inner.account, inner.region) = (owner.account, owner.region);
        }
        inner.resources = vec![arn];
    }
    inner
}

fn as_event(kind: Kind, detail: Value, event: &Event) -> Event {
    Event { source: kind.0.to_owned(), detail_type: kind.1.to_owned(), detail, ..event.clone() }
}

/// Reads each statement; what cannot be read is a finding of its own beside the others.
fn each(
    events: Vec<Event>,
    outer: &Event,
    read: fn(&Event) -> Result<Reading, Unreadable>,
) -> Result<Reading, Unreadable> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut first_error = None;
    for event in events {
        match read(&event) {
            Ok(Reading::Findings(read)) => findings.extend(read),
            Ok(Reading::Ignored(_)) => {}
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    match first_error {
        Some(error) if findings.is_empty() => Err(error),
        Some(error) => {
            findings.push(unreadable_finding(NAME, outer, &error));
            Ok(Reading::Findings(findings))
        }
        None if findings.is_empty() => Ok(Reading::Ignored("no scan in the list has a result yet".to_owned())),
        None => Ok(Reading::Findings(findings)),
    }
}

#[cfg(test)]
#[path = "api_answer/tests.rs"]
mod tests;
