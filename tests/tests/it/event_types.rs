//! The samples against the types of the library that other people read events with: what is an EventBridge event for them is
//! one for us, and the other way round, but for what is named here.
//! <https://docs.rs/aws_lambda_events>

use aws_lambda_events::{ecr_scan::EcrScanEvent, eventbridge::EventBridgeEvent};
use plimsoll_tests::samples::envelopes;
use serde_json::Value;

/// Samples that the type of the library refuses and we read, and why. The decision is 0008.
const REFUSED: [(&str, &str); 0] = [];
/// Basic scans that the type of the library refuses and we read, and why.
const REFUSED_SCANS: [(&str, &str); 10] = [
    ("events/ecr-scan/image-scan-clean-null-counts.json", "a clean image has no counts, here null"),
    ("events/ecr-scan/image-scan-clean.json", "a clean image has no counts"),
    ("events/ecr-scan/image-scan-counts-as-text.json", "a count is text"),
    ("events/ecr-scan/image-scan-detail-is-text.json", "the detail is text"),
    ("events/ecr-scan/image-scan-failed.json", "a failed scan has no counts"),
    ("events/ecr-scan/image-scan-in-progress.json", "a scan that is not over has no counts"),
    ("events/ecr-scan/image-scan-unsupported.json", "a scan that is not possible has no counts"),
    ("events/ecr-scan/image-scan-without-status.json", "a scan without a status has no counts"),
    ("events/ecr-scan/two-events.jsonl", "one of the two is clean"),
    ("events/ecr-scan/wrapped-in-sqs.json", "one of them is clean"),
];

fn differing<T: serde::de::DeserializeOwned>(samples: impl Iterator<Item = (String, Value)>) -> Vec<String> {
    let refused = |json: Value| serde_json::from_value::<T>(json).err();
    samples.filter_map(|(origin, json)| refused(json).map(|error| format!("{origin}: {error}"))).collect()
}

/// Each sample that is refused is named, and each that is named is refused.
fn only(refused: &[String], named: &[(&str, &str)]) {
    let is_named = |line: &String| named.iter().any(|(file, _)| line.starts_with(file));
    let others: Vec<&String> = refused.iter().filter(|line| !is_named(line)).collect();
    assert!(others.is_empty(), "{others:#?}");
    let stale = named.iter().filter(|(file, _)| !refused.iter().any(|line| line.starts_with(file)));
    assert_eq!(stale.count(), 0, "a sample that is named is not refused any more");
}

#[test]
fn every_sample_is_an_event_of_the_library() {
    let envelopes = envelopes().unwrap();
    assert!(envelopes.len() > 150, "only {}", envelopes.len());
    let samples = envelopes.into_iter().map(|envelope| (envelope.origin, envelope.json));
    only(&differing::<EventBridgeEvent<Value>>(samples), &REFUSED);
}

#[test]
fn every_basic_scan_is_a_scan_of_the_library() {
    let scans: Vec<(String, Value)> = envelopes()
        .unwrap()
        .into_iter()
        .map(|envelope| (envelope.origin, envelope.json))
        .filter(|(_, json)| json["detail-type"] == "ECR Image Scan")
        .collect();
    assert!(scans.len() > 5, "only {}", scans.len());
    only(&differing::<EcrScanEvent>(scans.into_iter()), &REFUSED_SCANS);
}
