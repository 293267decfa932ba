//! "Inspector2 Scan": the first scan of a resource is done, with how much it found.
//! <https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html#event-initial-scan>
//!
//! One event for each vulnerability comes before or after, so the counts are a summary: they count only while fewer
//! vulnerabilities are known one by one.

use plimsoll_finding::{
    Detail, Event, Finding, Part, Reading, Resource, Severity, Status, Unreadable, code_in_words, console,
};
use serde_json::Value;

use crate::{
    IMAGE_RULE, NAME, VULNERABILITIES, advice,
    counts::Counts,
    image::Image,
    image_scan::{BASIC_PART, SCAN_PART},
    scanned::{self, Scanned},
};

const SUMMARY_PART: &str = "summary";

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    let status = detail.text("scan-status").ok_or_else(|| Unreadable::missing("scan-status"))?;
    let image = image(detail, event)?;
    let (finding, name, scanned) = match &image {
        Some(image) => (image.finding(event), image.name(), Scanned::Image),
        None => other_resource(detail, event)?,
    };
    let word = status.to_ascii_uppercase();
    let finding = if word == "COMPLETE" || word.ends_with("_COMPLETE") {
        complete(finding, &name, scanned, &counts(detail)?)
    } else {
        let words = code_in_words(&status);
        let label = format!("no scan result: {words}");
        finding
            .check(scanned.scan_status())
            .title(&format!("No scan result for {name}: {words}"))
            .severity(Severity::Medium, None)
            .fact("Scan status", Some(&status))
            .advice(advice::of(advice::NO_RESULT, scanned, Severity::Medium))
            .part(Part::new(SCAN_PART, scanned.scan_status(), Status::Open, Severity::Medium, &label))
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
fn other_resource(detail: Detail<'_>, event: &Event) -> Result<(Finding, String, Scanned), Unreadable> {
    let (id, kind) = [("instance-id", "AWS_EC2_INSTANCE"), ("machine-image-id", "MACHINE_IMAGE")]
        .into_iter()
        .find_map(|(field, kind)| detail.raw(field).map(|id| (id, kind)))
        .or_else(|| event.resources.first().map(|id| (id.clone(), kind_of(id))))
        .ok_or_else(|| Unreadable::reasons("neither `detail` nor `resources` says what was scanned"))?;
    let scanned = Scanned::of(kind, &id);
    let name = scanned::name(&id, Detail(&Value::Null));
    let url = console::in_region(&event.region).and_then(|c| c.resource(&id));
    let resource = Resource::new(scanned::identity(id), kind, &name);
    let name = resource.name.clone();
    let check = scanned.vulnerabilities("");
    let finding = Finding::new(NAME, check, resource, event).identity_rule(IMAGE_RULE).console_url(url);
    Ok((finding, name, scanned))
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

fn complete(finding: Finding, name: &str, scanned: Scanned, counts: &Counts) -> Finding {
    let severity = counts.worst();
    let (status, title, label) = if counts.is_clean() {
        (Status::Resolved, format!("No vulnerabilities in {name}"), "no vulnerabilities".to_owned())
    } else {
        (Status::Open, format!("{} in {name}", counts.headline()), counts.label())
    };
    let check = scanned.vulnerabilities("");
    let summary = Part::new(SUMMARY_PART, check, status, severity, &label);
    let done = Part::new(SCAN_PART, scanned.scan_status(), Status::Resolved, Severity::Informational, "scan complete");
    let finding = finding
        .title(&title)
        .collective_title(&format!("Vulnerabilities in {name}"))
        .status(status)
        .severity(severity, counts.worst_word().as_deref())
        .fact("Found", counts.in_total())
        .fact("Scanned by", Some("Amazon Inspector"))
        .part(done);
    let finding = if scanned == Scanned::Image { finding.part(replaced_basic_scan()) } else { finding };
    let finding = finding.part(summary.summary_of(counts.critical_and_high()));
    match status {
        Status::Open => finding.advice(advice::of(advice::COUNTED, scanned, severity)),
        Status::Resolved => finding,
    }
}

/// Enhanced scanning took over: the result of basic scanning is no longer kept up to date.
fn replaced_basic_scan() -> Part {
    let label = "replaced by Inspector";
    let mut basic = Part::new(BASIC_PART, VULNERABILITIES, Status::Resolved, Severity::Informational, label);
    basic.not_applicable = true;
    basic
}
