//! Which event a document is when its envelope is lost: pasted from a console, a log or the answer of an API.

use plimsoll_finding::{Arn, Detail, Kind};
use serde_json::Value;

use crate::{
    IMAGE_SCAN, INSPECTOR_AUTO_ENABLE, INSPECTOR_COVERAGE, INSPECTOR_FINDING, INSPECTOR_SCAN, RESOURCE_CHANGE,
    api_answer,
};

pub(crate) fn kind_of(document: &Value) -> Option<Kind> {
    let detail = Detail(document);
    if !document.is_object() {
        None
    } else if is_inspector_finding(detail)
        || detail.0.get("findings").is_some() && detail.list("findings").into_iter().any(is_inspector_finding)
    {
        Some(INSPECTOR_FINDING)
    } else if let Some(kind) = api_answer::kind_of(detail) {
        Some(kind)
    } else if let Some(status) = detail.text("scan-status") {
        let by_inspector = status.eq_ignore_ascii_case("INITIAL_SCAN_COMPLETE")
            || detail.raw("repository-name").is_some_and(|name| Arn::parse(&name).is_some())
            || detail.get("instance-id").is_some();
        match (by_inspector, detail.get("repository-name")) {
            (true, _) => Some(INSPECTOR_SCAN),
            (false, Some(_)) => Some(IMAGE_SCAN),
            (false, None) => None,
        }
    } else if detail.get("action-type").is_some() && detail.get("repositories").is_some() {
        Some(RESOURCE_CHANGE)
    } else if detail.get("scanStatus.statusCodeValue").is_some() {
        Some(INSPECTOR_COVERAGE)
    } else if detail.get("AutoEnableStatus").is_some() {
        Some(INSPECTOR_AUTO_ENABLE)
    } else {
        None
    }
}

fn is_inspector_finding(detail: Detail<'_>) -> bool {
    detail.raw("findingArn").and_then(|arn| Arn::parse(&arn)).is_some_and(|arn| arn.service == "inspector2")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bare_details() {
        let arn = "arn:aws:inspector2:eu-central-1:111122223333:finding/0a1b";
        let repository = "arn:aws:ecr:eu-central-1:111122223333:repository/web";
        for (document, expected) in [
            (json!({"scan-status": "COMPLETE", "repository-name": "web"}), Some(IMAGE_SCAN)),
            (json!({"scan-status": "COMPLETE", "repository-name": repository}), Some(INSPECTOR_SCAN)),
            (json!({"scan-status": "INITIAL_SCAN_COMPLETE", "version": "1.0"}), Some(INSPECTOR_SCAN)),
            (json!({"findingArn": arn}), Some(INSPECTOR_FINDING)),
            (json!({"FindingArn": arn}), Some(INSPECTOR_FINDING)),
            (json!({"findings": [{"findingArn": arn}]}), Some(INSPECTOR_FINDING)),
            (json!({"action-type": "SCAN_FREQUENCY_CHANGE", "repositories": [{}]}), Some(RESOURCE_CHANGE)),
            (json!({"scanStatus": {"statusCodeValue": "ACTIVE"}}), Some(INSPECTOR_COVERAGE)),
            (json!({"AutoEnableStatus": "Failed"}), Some(INSPECTOR_AUTO_ENABLE)),
            (json!({"findingArn": "arn:aws:macie2:eu-central-1:111122223333:finding/1"}), None),
            (json!({"findings": [{"ProductArn": "arn:aws:securityhub:eu-central-1::product/aws/inspector"}]}), None),
            (json!({"findings": []}), None),
            (json!({"scan-status": "COMPLETE"}), None),
            (json!([]), None),
            (json!("scan-status"), None),
        ] {
            assert_eq!(kind_of(&document), expected, "{document}");
        }
    }
}
