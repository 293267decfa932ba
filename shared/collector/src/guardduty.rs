//! Amazon `GuardDuty`: detectors with their features, and the coverage of ECS clusters.
//! <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ListCoverage.html>

use aws_sdk_guardduty::operation::list_coverage::ListCoverageOutput;
use aws_sdk_guardduty::operation::list_detectors::ListDetectorsOutput;
use aws_sdk_guardduty::{
    Client,
    types::{CoverageFilterCondition, CoverageFilterCriteria, CoverageFilterCriterion, CoverageFilterCriterionKey},
};
use plimsoll_evidence::Read;
use serde_json::Value;

use crate::{
    pace::{Pace, fail, is_out_of_time},
    take::{resource, take},
};

/// Each detector's answer, with the detector's id as `detectorId`.
pub(crate) async fn detectors(client: &Client, pace: &Pace<'_>) -> Read {
    let mut read = Read { complete: true, ..Read::default() };
    let mut ids = Vec::new();
    pace.pages(
        &mut read,
        ("guardduty:ListDetectors", None),
        |capture, token| client.list_detectors().set_next_token(token).customize().interceptor(capture).send(),
        ListDetectorsOutput::next_token,
        |_, answer| ids.extend_from_slice(answer.output.detector_ids()),
    )
    .await;
    for id in ids {
        let send = |capture| client.get_detector().detector_id(&id).customize().interceptor(capture).send();
        match pace.call("guardduty:GetDetector", Some(&id), send).await {
            Ok(Some(answer)) => {
                let mut detector = resource(&id, &answer.body);
                if let Some(map) = detector.properties.as_object_mut() {
                    map.insert("detectorId".to_owned(), Value::String(id));
                    read.resources.push(detector);
                } else {
                    read.complete = false;
                }
            }
            Ok(None) => {}
            Err(error) => fail(&mut read, error),
        }
    }
    read
}

/// The coverage of ECS clusters by each of those detectors.
pub(crate) async fn coverage(client: &Client, pace: &Pace<'_>, detectors: &Read) -> Read {
    let mut read = Read { complete: detectors.complete, ..Read::default() };
    let is_ecs = CoverageFilterCriterion::builder()
        .criterion_key(CoverageFilterCriterionKey::ResourceType)
        .filter_condition(CoverageFilterCondition::builder().equals("ECS").build())
        .build();
    let criteria = CoverageFilterCriteria::builder().filter_criterion(is_ecs).build();
    for detector in &detectors.resources {
        pace.pages(
            &mut read,
            ("guardduty:ListCoverage", Some(&detector.id)),
            |capture, token| {
                let request = client.list_coverage().detector_id(&detector.id).filter_criteria(criteria.clone());
                request.max_results(50).set_next_token(token).customize().interceptor(capture).send()
            },
            ListCoverageOutput::next_token,
            |read, answer| take(read, &answer.body, "resources", "resourceId"),
        )
        .await;
        if is_out_of_time(&read) {
            break;
        }
    }
    read
}
