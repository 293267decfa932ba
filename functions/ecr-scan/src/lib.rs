//! What image scans say: ECR basic scanning and Amazon Inspector, as one finding per image.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html> and
//! <https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html>. Both services deliver on a best
//! effort basis, and one pushed image can mean more than a hundred Inspector events: all are about the same image.
#![warn(clippy::arithmetic_side_effects)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

mod advice;
mod api_answer;
mod counts;
#[cfg(test)]
mod decisive;
mod image;
mod image_scan;
mod inspector;
mod inspector_coverage;
mod inspector_scan;
mod package;
mod place;
mod recognise;
#[cfg(test)]
mod samples;
mod scan_frequency;
mod scanned;
#[cfg(test)]
mod tests;

use plimsoll_finding::{Event, Kind, Reading, Source, Unreadable, foreign};

/// Name of this function.
const NAME: &str = "ecr-scan";
/// What is known to be vulnerable in an image (or another resource that Inspector scans).
const VULNERABILITIES: &str = "ecr-scan:vulnerabilities";
/// Whether the scan of an image gave a result.
const SCAN_STATUS: &str = "ecr-scan:scan-status";
/// Whether a repository is scanned automatically.
const SCAN_FREQUENCY: &str = "ecr-scan:scan-frequency";
/// Whether Inspector watches a resource.
const COVERAGE: &str = "ecr-scan:coverage";
/// Whether Inspector could enable itself for the accounts of an organisation.
const AUTO_ENABLE: &str = "ecr-scan:auto-enable";
/// The rule in the identity of an image: the same for all statements about it, whichever service sends them.
const IMAGE_RULE: &str = "ecr-scan:image";

const IMAGE_SCAN: Kind = ("aws.ecr", "ECR Image Scan");
const RESOURCE_CHANGE: Kind = ("aws.ecr", "ECR Scan Resource Change");
const INSPECTOR_FINDING: Kind = ("aws.inspector2", "Inspector2 Finding");
const INSPECTOR_SCAN: Kind = ("aws.inspector2", "Inspector2 Scan");
const INSPECTOR_COVERAGE: Kind = ("aws.inspector2", "Inspector2 Coverage");
const INSPECTOR_AUTO_ENABLE: Kind = ("aws.inspector2", "Inspector2 AutoEnable");

/// The function: its events and what they mean.
pub const SOURCE: Source = Source {
    name: NAME,
    kinds: &[IMAGE_SCAN, RESOURCE_CHANGE, INSPECTOR_FINDING, INSPECTOR_SCAN, INSPECTOR_COVERAGE, INSPECTOR_AUTO_ENABLE],
    recognise: recognise::kind_of,
    read,
};

fn read(event: &Event) -> Result<Reading, Unreadable> {
    if !SOURCE.reads(&event.source, &event.detail_type) {
        return Err(foreign(&SOURCE, event));
    }
    if !event.detail.is_object() {
        return Err(Unreadable::reasons("`detail` is not an object"));
    }
    if let Some(reading) = api_answer::read(event) {
        return reading;
    }
    match event.detail_type.as_str() {
        kind if kind == IMAGE_SCAN.1 => image_scan::read(event),
        kind if kind == RESOURCE_CHANGE.1 => scan_frequency::read(event),
        kind if kind == INSPECTOR_FINDING.1 => inspector::read(event),
        kind if kind == INSPECTOR_SCAN.1 => inspector_scan::read(event),
        kind if kind == INSPECTOR_COVERAGE.1 => inspector_coverage::read(event),
        kind if kind == INSPECTOR_AUTO_ENABLE.1 => inspector_coverage::read_auto_enable(event),
        _ => Err(foreign(&SOURCE, event)),
    }
}
