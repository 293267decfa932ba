//! Answers of the AWS CLI, read like the events that say the same.
//!
//! `aws ecr describe-image-scan-findings`, `describe-images` and `batch-get-repository-scanning-configuration`, and
//! `aws inspector2 list-coverage`. Answers of ECR do not name their region.
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html>

use plimsoll_finding::{Detail, Event, Finding, Kind, Reading, Unreadable, unreadable_finding};
use serde_json::{Value, json};

use crate::{
    IMAGE_SCAN, INSPECTOR_COVERAGE, NAME, RESOURCE_CHANGE, image_scan, inspector, inspector_coverage, scan_frequency,
};

type Read = fn(&Event) -> Result<Reading, Unreadable>;

/// The kind of event that says the same; `None` if the document is no such answer.
pub(crate) fn kind_of(document: Detail<'_>) -> Option<Kind> {
    if is_scan(document) || document.get("imageDetails").is_some() {
        Some(IMAGE_SCAN)
    } else if document.get("scanningConfigurations").is_some() {
        Some(RESOURCE_CHANGE)
    } else if document.get("coveredResources").is_some() {
        Some(INSPECTOR_COVERAGE)
    } else {
        None
    }
}

/// The reading of an answer; `None` if the event's detail is no answer.
pub(crate) fn read(event: &Event) -> Option<Result<Reading, Unreadable>> {
    let answer = event.detail();
    if is_scan(answer) {
        Some(scan(answer, event))
    } else if answer.get("imageDetails").is_some() {
        let images = answer.list("imageDetails").into_iter().filter_map(described_image).collect();
        Some(each(images, event, image_scan::read, "none of the images has a scan result"))
    } else if answer.get("scanningConfigurations").is_some() {
        Some(each(configurations(answer), event, scan_frequency::read, "the list of repositories is empty"))
    } else if answer.get("coveredResources").is_some() {
        let resources = answer.list("coveredResources").into_iter().map(covered).collect();
        Some(each(resources, event, inspector_coverage::read, "the list of resources is empty"))
    } else {
        None
    }
}

fn is_scan(document: Detail<'_>) -> bool {
    document.get("imageId").is_some()
        && (document.get("imageScanFindings").is_some() || document.get("imageScanStatus").is_some())
}

/// One statement in the form of an event: its detail, its resources, and when the service said so.
struct Said<'a> {
    detail: Value,
    resources: Vec<String>,
    account: Option<String>,
    time: Detail<'a>,
}

/// `describe-image-scan-findings`: the counts of basic scanning, or Inspector's findings one by one.
fn scan(answer: Detail<'_>, event: &Event) -> Result<Reading, Unreadable> {
    let found = answer.at("imageScanFindings");
    let enhanced = found.list("enhancedFindings");
    if !enhanced.is_empty() {
        return inspector::list(enhanced, event);
    }
    let status = answer.at("imageScanStatus").text("status");
    if status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case("ACTIVE")) {
        return Ok(Reading::Ignored(
            "Inspector scans this image, and the answer lists no finding; `aws inspector2 list-findings` says more"
                .to_owned(),
        ));
    }
    let digest = answer.raw("imageId.imageDigest");
    let tags: Vec<String> = answer.raw("imageId.imageTag").into_iter().collect();
    image_scan::read(&as_event(image(answer, status, digest.as_deref(), &tags, found), event, IMAGE_SCAN))
}

fn image<'a>(
    owner: Detail<'_>,
    status: Option<String>,
    digest: Option<&str>,
    tags: &[String],
    found: Detail<'a>,
) -> Said<'a> {
    // The API leaves the status out of older answers; a result is then a completed scan.
    let status = status.or_else(|| found.get("imageScanCompletedAt").map(|_| "COMPLETE".to_owned()));
    Said {
        detail: json!({
            "scan-status": status,
            "repository-name": owner.raw("repositoryName"),
            "image-digest": digest,
            "image-tags": tags,
            "finding-severity-counts": found.get("findingSeverityCounts"),
        }),
        resources: Vec::new(),
        account: owner.raw("registryId"),
        time: found.at("imageScanCompletedAt"),
    }
}

/// One image of `describe-images`; `None` if it was never scanned, or if Inspector scans it.
fn described_image(details: Detail<'_>) -> Option<Said<'_>> {
    let status = details.text("imageScanStatus.status").filter(|status| !status.eq_ignore_ascii_case("ACTIVE"))?;
    let found = details.at("imageScanFindingsSummary");
    Some(image(details, Some(status), details.raw("imageDigest").as_deref(), &details.texts("imageTags"), found))
}

/// `batch-get-repository-scanning-configuration`: how often each repository is scanned.
fn configurations(answer: Detail<'_>) -> Vec<Said<'_>> {
    let repositories = answer.list("scanningConfigurations").into_iter().map(|repository| {
        json!({
            "repository-name": repository.raw("repositoryName"),
            "repository-arn": repository.raw("repositoryArn"),
            "scan-frequency": repository.text("scanFrequency"),
        })
    });
    let repositories: Vec<Value> = repositories.collect();
    if repositories.is_empty() {
        return Vec::new();
    }
    let detail = json!({"action-type": "SCAN_FREQUENCY_CHANGE", "repositories": repositories});
    vec![Said { detail, resources: Vec::new(), account: None, time: Detail(&Value::Null) }]
}

/// One resource of `list-coverage`.
fn covered(resource: Detail<'_>) -> Said<'_> {
    Said {
        detail: json!({
            "scanStatus": {
                "statusCodeValue": resource.text("scanStatus.statusCode"),
                "reason": resource.text("scanStatus.reason"),
            },
            "scanType": resource.text("scanType"),
            "resourceType": resource.text("resourceType"),
        }),
        resources: resource.raw("resourceId").into_iter().collect(),
        account: resource.raw("accountId"),
        time: Detail(&Value::Null),
    }
}

fn as_event(said: Said<'_>, event: &Event, kind: Kind) -> Event {
    Event {
        source: kind.0.to_owned(),
        detail_type: kind.1.to_owned(),
        account: said.account.unwrap_or_else(|| event.account.clone()),
        time: plimsoll_finding::parse_time_value(said.time.0).or(event.time),
        resources: said.resources,
        detail: said.detail,
        ..event.clone()
    }
}

/// Reads each statement; what cannot be read is a finding of its own beside the others.
fn each(said: Vec<Said<'_>>, event: &Event, read: Read, nothing: &str) -> Result<Reading, Unreadable> {
    let kind = (event.source.clone(), event.detail_type.clone());
    let mut findings: Vec<Finding> = Vec::new();
    let mut first_error = None;
    for one in said {
        let mut inner = as_event(one, event, IMAGE_SCAN);
        (inner.source, inner.detail_type) = kind.clone();
        match read(&inner) {
            Ok(Reading::Findings(read)) => findings.extend(read),
            Ok(Reading::Ignored(_)) => {}
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    match first_error {
        Some(error) if findings.is_empty() => Err(error),
        Some(error) => {
            findings.push(unreadable_finding(NAME, event, &error));
            Ok(Reading::Findings(findings))
        }
        None if findings.is_empty() => Ok(Reading::Ignored(nothing.to_owned())),
        None => Ok(Reading::Findings(findings)),
    }
}

#[cfg(test)]
#[path = "api_answer/tests.rs"]
mod tests;
