//! "Inspector2 Scan": the first scan of a resource is done, with how much it found.
//! <https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html#event-initial-scan>
//!
//! One event per vulnerability follows or went before, so the counts are a summary: they speak only while fewer
//! vulnerabilities are known one by one.

use plimsoll_finding::{Detail, Event, Finding, Part, Reading, Resource, Severity, Status, Unreadable, console};
use serde_json::Value;

use crate::{
    IMAGE_RULE, NAME, SCAN_STATUS, VULNERABILITIES,
    counts::Counts,
    image::Image,
    image_scan::{BASIC_PART, SCAN_PART},
    inspector,
};

const SUMMARY_PART: &str = "summary";

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    let status = detail.text("scan-status").ok_or_else(|| Unreadable::missing("scan-status"))?;
    let image = image(detail, event)?;
    let (finding, name) = match &image {
        Some(image) => (image.finding(event), image.name()),
        None => other_resource(detail, event)?,
    };
    let word = status.to_ascii_uppercase();
    let finding = if word == "COMPLETE" || word.ends_with("_COMPLETE") {
        complete(finding, &name, &counts(detail)?)
    } else {
        finding
            .title(&format!("No scan result for {name}: {status}"))
            .severity(Severity::Medium, None)
            .fact("Scan status", Some(&status))
            .remediation("Nobody knows what is in this resource. Look at its coverage in the Inspector console.")
            .part(Part::new(
                SCAN_PART,
                SCAN_STATUS,
                Status::Open,
                Severity::Medium,
                &format!("no scan result: {status}"),
            ))
    };
    Ok(Reading::Findings(vec![match &image {
        Some(image) => image.facts(finding),
        None => finding,
    }]))
}

/// Inspector always sends the counts, zeros too: when they are not there, nothing is known.
fn counts(detail: Detail<'_>) -> Result<Counts, Unreadable> {
    let key = "finding-severity-counts";
    match (detail.get(key), detail.0.get(key)) {
        (Some(value), _) => Counts::read(value, key),
        (None, Some(Value::Object(_))) => Ok(Counts::default()),
        (None, _) => Err(Unreadable::missing(key)),
    }
}

/// The image, if one was scanned. Only images have a `repository-name`, which is an ARN here.
fn image(detail: Detail<'_>, event: &Event) -> Result<Option<Image>, Unreadable> {
    if detail.get("repository-name").is_none() && detail.get("image-digest").is_none() {
        return Ok(None);
    }
    let image = Image::of_ecr_detail(detail, event).ok_or_else(|| {
        let field = if detail.raw("repository-name").is_none() { "repository-name" } else { "image-digest" };
        Unreadable::missing(field)
    })?;
    Ok(Some(image))
}

/// What else was scanned, and its name.
fn other_resource(detail: Detail<'_>, event: &Event) -> Result<(Finding, String), Unreadable> {
    let (id, kind) = [("instance-id", "AWS_EC2_INSTANCE"), ("machine-image-id", "MACHINE_IMAGE")]
        .into_iter()
        .find_map(|(field, kind)| detail.raw(field).map(|id| (id, kind)))
        .or_else(|| event.resources.first().map(|id| (id.clone(), kind_of(id))))
        .ok_or_else(|| Unreadable::reasons("neither `detail` nor `resources` says what was scanned"))?;
    let name = inspector::resource_name(&id, Detail(&Value::Null));
    let url = console::in_region(&event.region).and_then(|c| c.any(&id));
    let resource = Resource::new(id, kind, &name);
    let name = resource.name.clone();
    let finding = Finding::new(NAME, VULNERABILITIES, resource, event).identity_rule(IMAGE_RULE).console_url(url);
    Ok((finding, name))
}

/// The same words as in "Inspector2 Finding".
fn kind_of(id: &str) -> &'static str {
    if id.contains(":function:") {
        "AWS_LAMBDA_FUNCTION"
    } else if id.starts_with("i-") {
        "AWS_EC2_INSTANCE"
    } else {
        "resource"
    }
}

fn complete(finding: Finding, name: &str, counts: &Counts) -> Finding {
    let severity = counts.worst();
    let (status, title, label) = if counts.is_clean() {
        (Status::Resolved, format!("No vulnerabilities in {name}"), "no vulnerabilities".to_owned())
    } else {
        (Status::Open, format!("{} in {name}", counts.headline()), counts.label())
    };
    let summary = Part::new(SUMMARY_PART, VULNERABILITIES, status, severity, &label);
    // Enhanced scanning took over: what basic scanning said is no longer kept up to date.
    let mut basic =
        Part::new(BASIC_PART, VULNERABILITIES, Status::Resolved, Severity::Informational, "replaced by Inspector");
    basic.not_applicable = true;
    let finding = finding
        .title(&title)
        .status(status)
        .severity(severity, counts.worst_word().as_deref())
        .fact("Found", Some(&label))
        .fact("Scanned by", Some("Amazon Inspector"))
        .part(Part::new(SCAN_PART, SCAN_STATUS, Status::Resolved, Severity::Informational, "scan complete"))
        .part(basic)
        .part(summary.summary_of(counts.critical_and_high()));
    match status {
        Status::Open => finding.remediation(
            "Rebuild on a current base image and current packages, and deploy that. Inspector names each \
             vulnerability and closes it by itself once it is gone.",
        ),
        Status::Resolved => finding,
    }
}
