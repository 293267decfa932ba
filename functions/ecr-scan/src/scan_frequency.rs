//! "ECR Scan Resource Change": the scan frequency of repositories changed. One event, many repositories.
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html>

use plimsoll_finding::{Detail, Event, Finding, Reading, Severity, Status, Unreadable, unreadable_finding};

use crate::{NAME, SCAN_FREQUENCY, advice, image::Repository, scanned::Scanned};

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    let action = detail.text("action-type").ok_or_else(|| Unreadable::missing("action-type"))?;
    if !action.eq_ignore_ascii_case("SCAN_FREQUENCY_CHANGE") {
        return Ok(Reading::Ignored(format!("not a change of the scan frequency: {action}")));
    }
    let repositories = detail.list("repositories");
    if repositories.is_empty() {
        return Err(Unreadable::missing("repositories"));
    }
    let mut findings = Vec::new();
    let mut first_error = None;
    for (index, repository) in repositories.into_iter().enumerate() {
        match repository_finding(repository, index, detail, event) {
            Ok(finding) => findings.push(finding),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    match first_error {
        Some(error) if findings.is_empty() => return Err(error),
        // What could be read is reported, and so is what could not.
        Some(error) => findings.push(unreadable_finding(NAME, event, &error)),
        None => {}
    }
    Ok(Reading::Findings(findings))
}

fn repository_finding(
    entry: Detail<'_>,
    index: usize,
    detail: Detail<'_>,
    event: &Event,
) -> Result<Finding, Unreadable> {
    let missing = |field: &str| Unreadable::missing(&format!("repositories[{index}].{field}"));
    let by_arn = entry.raw("repository-arn").and_then(|arn| Repository::from_arn(&arn)).map(|(r, _)| r);
    let repository = match (by_arn, entry.raw("repository-name")) {
        (Some(repository), _) => repository,
        (None, Some(name)) => Repository::named(&name, event),
        (None, None) => return Err(missing("repository-name")),
    };
    let frequency = entry.text("scan-frequency").ok_or_else(|| missing("scan-frequency"))?;
    let name = repository.name.clone();
    let (status, severity, title) = match frequency.to_ascii_uppercase().as_str() {
        "MANUAL" => (Status::Open, Severity::Medium, format!("Scanning was switched off for {name}")),
        "SCAN_ON_PUSH" => (Status::Resolved, Severity::Informational, format!("{name} is scanned on push")),
        "CONTINUOUS_SCAN" => (Status::Resolved, Severity::Informational, format!("{name} is scanned continuously")),
        _ => return Err(missing("scan-frequency")),
    };
    let finding = repository
        .finding(SCAN_FREQUENCY, event)
        .title(&title)
        .status(status)
        .severity(severity, None)
        .fact("Scan frequency", Some(&frequency))
        .fact("Before", entry.text("previous-scan-frequency"))
        .fact("Scan type", detail.text("scan-type"));
    Ok(if status == Status::Open {
        finding.advice(advice::of(advice::SWITCHED_OFF, Scanned::Image, severity))
    } else {
        finding
    })
}
