//! What GuardDuty says: threats, the health of runtime monitoring, and malware scans of S3 objects.
//!
//! <https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-guardduty.html>. The only durable security source:
//! GuardDuty retries until EventBridge has the event. It repeats a finding under the same id, up to 96 times a day.
#![warn(clippy::arithmetic_side_effects)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

mod action;
mod advice;
mod api_answer;
mod database;
#[cfg(test)]
mod decisive;
mod evidence;
mod kubernetes;
mod malware;
mod properties;
mod recognise;
mod redact;
mod remote;
mod resource;
mod runtime;
#[cfg(test)]
mod samples;
mod sequence;
mod severity;
#[cfg(test)]
mod tests;
mod threat;
mod threats;
mod victim;
mod workload;

use plimsoll_finding::{Event, Kind, Reading, Source, Unreadable, foreign};

/// Name of this function.
const NAME: &str = "guardduty-finding";
/// A threat that GuardDuty saw.
const THREAT: &str = "guardduty:finding";
/// Several signals that together are an attack.
const ATTACK_SEQUENCE: &str = "guardduty:attack-sequence";
/// Whether GuardDuty's agent watches a cluster or an instance.
const RUNTIME_COVERAGE: &str = "guardduty:runtime-coverage";
/// Whether an S3 object holds malware.
const MALWARE: &str = "guardduty:malware";
/// Whether the objects of a bucket are scanned for malware.
const MALWARE_PROTECTION: &str = "guardduty:malware-protection";

const FINDING: Kind = ("aws.guardduty", "GuardDuty Finding");
const RUNTIME_UNHEALTHY: Kind = ("aws.guardduty", "GuardDuty Runtime Protection Unhealthy");
const RUNTIME_HEALTHY: Kind = ("aws.guardduty", "GuardDuty Runtime Protection Healthy");
const OBJECT_SCAN: Kind = ("aws.guardduty", "GuardDuty Malware Protection Object Scan Result");
const POST_SCAN_FAILED: Kind = ("aws.guardduty", "GuardDuty Malware Protection Post Scan Action Failed");
const PLAN_ACTIVE: Kind = ("aws.guardduty", "GuardDuty Malware Protection Resource Status Active");
const PLAN_WARNING: Kind = ("aws.guardduty", "GuardDuty Malware Protection Resource Status Warning");
const PLAN_ERROR: Kind = ("aws.guardduty", "GuardDuty Malware Protection Resource Status Error");

/// The function: its events and what they mean.
pub const SOURCE: Source = Source {
    name: NAME,
    kinds: &[
        FINDING,
        RUNTIME_UNHEALTHY,
        RUNTIME_HEALTHY,
        OBJECT_SCAN,
        POST_SCAN_FAILED,
        PLAN_ACTIVE,
        PLAN_WARNING,
        PLAN_ERROR,
    ],
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
        kind if kind == FINDING.1 => threat::read(event),
        kind if kind == RUNTIME_UNHEALTHY.1 || kind == RUNTIME_HEALTHY.1 => runtime::read(event),
        kind if kind == OBJECT_SCAN.1 => malware::read_object_scan(event),
        kind if kind == POST_SCAN_FAILED.1 => malware::read_post_scan(event),
        kind if [PLAN_ACTIVE.1, PLAN_WARNING.1, PLAN_ERROR.1].contains(&kind) => malware::read_plan(event),
        _ => Err(foreign(&SOURCE, event)),
    }
}
