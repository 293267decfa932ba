//! "ECR Image Scan": the result of basic scanning, once per scan.
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-basic.html>
//!
//! A clean scan carries no counts at all, and no other event says that an image is clean. Any status that is neither
//! complete nor on its way means that the image was not scanned.

use plimsoll_finding::{Detail, Event, Finding, Part, Reading, Severity, Status, Unreadable, code_in_words};
use serde_json::Value;

use crate::{SCAN_STATUS, VULNERABILITIES, advice, counts::Counts, image::Image, scanned::Scanned};

pub(crate) const BASIC_PART: &str = "basic";
pub(crate) const SCAN_PART: &str = "scan";

/// Statuses that say only that a result will come, or that scanning goes on.
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanStatus.html>
const ON_ITS_WAY: [&str; 7] = ["ACTIVE", "PENDING", "IN_PROGRESS", "QUEUED", "STARTED", "SCANNING", "RUNNING"];

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    let status = detail.text("scan-status").ok_or_else(|| Unreadable::missing("scan-status"))?;
    if detail.raw("repository-name").is_none() {
        return Err(Unreadable::missing("repository-name"));
    }
    let image = Image::of_ecr_detail(detail, event).ok_or_else(|| Unreadable::missing("image-digest"))?;
    let word = status.to_ascii_uppercase();
    if ON_ITS_WAY.contains(&word.as_str()) {
        return Ok(Reading::Ignored(format!("the scan of {} has no result yet: {status}", image.name())));
    }
    let finding = if matches!(word.as_str(), "COMPLETE" | "COMPLETED") {
        complete(&image, &counts(detail)?, event)
    } else {
        no_result(&image, &status, event)
    };
    Ok(Reading::Findings(vec![finding]))
}

/// Absent counts are good news here: ECR leaves them out when it found nothing.
fn counts(detail: Detail<'_>) -> Result<Counts, Unreadable> {
    match detail.get("finding-severity-counts") {
        None if blank_text(detail) => Err(Unreadable::missing("finding-severity-counts")),
        None => Ok(Counts::default()),
        Some(value) => Counts::read(value, "finding-severity-counts"),
    }
}

/// Blank text where a map should be is not "no counts", it is something else.
fn blank_text(detail: Detail<'_>) -> bool {
    detail.0.get("finding-severity-counts").is_some_and(Value::is_string)
}

fn complete(image: &Image, counts: &Counts, event: &Event) -> Finding {
    let name = image.name();
    let severity = counts.worst();
    let (status, title, label) = if counts.is_clean() {
        (Status::Resolved, format!("No vulnerabilities in {name}"), "no vulnerabilities".to_owned())
    } else {
        (Status::Open, format!("{} in {name}", counts.headline()), counts.label())
    };
    let finding = image
        .finding(event)
        .title(&title)
        .status(status)
        .severity(severity, counts.worst_word().as_deref())
        .fact("Found", counts.in_total())
        .fact("Scanned by", Some("ECR basic scanning"));
    let finding = image
        .facts(finding)
        .part(Part::new(BASIC_PART, VULNERABILITIES, status, severity, &label))
        .part(Part::new(SCAN_PART, SCAN_STATUS, Status::Resolved, Severity::Informational, "scan complete"));
    if status == Status::Open { finding.advice(advice::of(advice::COUNTED, Scanned::Image, severity)) } else { finding }
}

fn no_result(image: &Image, status: &str, event: &Event) -> Finding {
    let words = code_in_words(status);
    let label = format!("no scan result: {words}");
    let is_unsupported = status.to_ascii_uppercase().contains("UNSUPPORTED");
    let why = if is_unsupported { advice::UNSUPPORTED } else { advice::NO_RESULT };
    let finding = image
        .finding(event)
        .title(&format!("No scan result for {}: {words}", image.name()))
        .severity(Severity::Medium, None)
        .fact("Scan status", Some(status));
    image.facts(finding).advice(advice::of(why, Scanned::Image, Severity::Medium)).part(Part::new(
        SCAN_PART,
        SCAN_STATUS,
        Status::Open,
        Severity::Medium,
        &label,
    ))
}
