//! "Inspector2 Coverage" (does Inspector watch this resource) and "Inspector2 `AutoEnable`" (it could not enable itself
//! for new accounts). <https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html#event-coverage-event>

use plimsoll_finding::{
    Arn, Detail, Event, Finding, Part, Reading, Resource, Severity, Status, Unreadable, code_in_words, console,
};
use serde_json::Value;

use crate::{
    AUTO_ENABLE, COVERAGE, NAME, advice,
    image::{Image, Repository, known},
    scanned::{self, Scanned},
};

/// The reason of Inspector for a resource that no longer exists.
const GONE: &str = "RESOURCE_TERMINATED";

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    let code = detail
        .text("scanStatus.statusCodeValue")
        .or_else(|| detail.text("scanStatus.statusCode"))
        .ok_or_else(|| Unreadable::missing("scanStatus.statusCodeValue"))?;
    let reason = detail.text("scanStatus.reason");
    let gone = reason.as_deref().is_some_and(|r| r.eq_ignore_ascii_case(GONE));
    let (finding, name, scanned) =
        watched(detail, event).ok_or_else(|| Unreadable::reasons("`resources` does not say which resource it is"))?;
    let (status, severity, title) = match code.to_ascii_uppercase().as_str() {
        "ACTIVE" => (Status::Resolved, Severity::Informational, format!("Inspector scans {name}")),
        "INACTIVE" if gone => (Status::Resolved, Severity::Informational, format!("{name} is gone")),
        "INACTIVE" => {
            let why = reason.as_deref().map_or_else(String::new, |reason| format!(": {}", code_in_words(reason)));
            (Status::Open, Severity::Medium, format!("Inspector does not scan {name}{why}"))
        }
        _ => {
            let reason = format!("`detail.scanStatus.statusCodeValue` is `{code}`, which is not known");
            return Err(Unreadable::reasons(reason));
        }
    };
    // An instance is scanned for packages, its network and its code: each may stop on its own.
    let scan_type = detail.text("scanType").unwrap_or_else(|| "SCAN".to_owned());
    let mut part =
        Part::new(scan_type.clone(), scanned.coverage(), status, severity, &format!("{scan_type} scan: {code}"));
    part.not_applicable = gone;
    let mut finding = finding
        .title(&title)
        .status(status)
        .severity(severity, None)
        .observed_at(event.latest(detail.time("eventTimestamp")))
        .fact("Reason", reason)
        .fact("Scan type", Some(scan_type))
        .part(part);
    finding.not_applicable = gone;
    Ok(Reading::Findings(vec![match status {
        Status::Open => finding.advice(advice::of(advice::NOT_COVERED, scanned, severity)),
        Status::Resolved => finding,
    }]))
}

fn watched(detail: Detail<'_>, event: &Event) -> Option<(Finding, String, Scanned)> {
    let id =
        event.resources.first().filter(|id| !id.trim().is_empty()).cloned().or_else(|| detail.raw("resourceId"))?;
    match Repository::from_arn(&id) {
        Some((repository, Some(digest))) => {
            let image = Image::new(repository, Some(digest), detail.texts("image-tags"))?;
            let mut finding = image.facts(image.finding(event));
            // Its own finding beside the image's vulnerabilities.
            COVERAGE.clone_into(&mut finding.check);
            finding.identity_rule = None;
            Some((finding, image.name(), Scanned::Image))
        }
        Some((repository, None)) => {
            Some((repository.finding(COVERAGE, event), repository.name.clone(), Scanned::Image))
        }
        None => {
            let arn = Arn::parse(&id);
            let kind = detail.text("resourceType").unwrap_or_else(|| "resource".to_owned());
            let scanned = Scanned::of(&kind, &id);
            let name = scanned::name(&id, Detail(&Value::Null));
            let url = console::in_region(&event.region).and_then(|c| c.resource(&id));
            let resource = Resource::new(scanned::identity(id), &kind, &name);
            let name = resource.name.clone();
            let account = arn.as_ref().and_then(|a| known(&a.account));
            let finding = Finding::new(NAME, scanned.coverage(), resource, event)
                .owner(account, arn.and_then(|a| known(&a.region)))
                .console_url(url);
            Some((finding, name, scanned))
        }
    }
}

/// AWS sends this when enabling failed; the documented example is the limit of member accounts.
pub(crate) fn read_auto_enable(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    // Not `status`, which many details have.
    let status = detail.text("AutoEnableStatus").ok_or_else(|| Unreadable::missing("AutoEnableStatus"))?;
    if !status.to_lowercase().contains("fail") {
        return Ok(Reading::Ignored(format!("Inspector enables itself for new accounts: {status}")));
    }
    let resource = Resource::new("inspector2/auto-enable", "inspector", "Inspector auto-enable");
    let finding = Finding::new(NAME, AUTO_ENABLE, resource, event)
        .title("Inspector could not enable itself for new accounts")
        .severity(Severity::Medium, None)
        .fact("Status", Some(status))
        .fact("Reason", detail.text("Reason"))
        .advice(advice::of(advice::NOT_ENABLED, Scanned::Other, Severity::Medium));
    Ok(Reading::Findings(vec![finding]))
}
