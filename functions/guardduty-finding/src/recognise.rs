//! Which event a document is when its envelope is lost: pasted from a console, a log or the command line.

use plimsoll_finding::{Detail, Kind};
use serde_json::Value;

use crate::{
    FINDING, OBJECT_SCAN, PLAN_ACTIVE, PLAN_ERROR, PLAN_WARNING, POST_SCAN_FAILED, RUNTIME_HEALTHY, RUNTIME_UNHEALTHY,
    api_answer,
};

pub(crate) fn kind_of(document: &Value) -> Option<Kind> {
    let detail = Detail(document);
    if !document.is_object() {
        return None;
    }
    let word = |path: &str| detail.text(path).unwrap_or_default().to_ascii_uppercase();
    if is_finding(detail) || detail.list("findings").into_iter().any(is_finding) {
        Some(FINDING)
    } else if detail.get("resourceDetails").is_some() && detail.get("currentStatus").is_some() {
        match word("currentStatus").as_str() {
            "HEALTHY" => Some(RUNTIME_HEALTHY),
            "UNHEALTHY" => Some(RUNTIME_UNHEALTHY),
            _ => None,
        }
    } else if detail.get("s3ObjectDetails").is_some() && detail.get("postScanActions").is_some() {
        Some(POST_SCAN_FAILED)
    } else if detail.get("s3ObjectDetails").is_some() && detail.get("scanResultDetails").is_some() {
        Some(OBJECT_SCAN)
    } else if detail.get("s3BucketDetails").is_some() {
        match word("resourceStatus").as_str() {
            "ACTIVE" => Some(PLAN_ACTIVE),
            "WARNING" => Some(PLAN_WARNING),
            "ERROR" => Some(PLAN_ERROR),
            _ => None,
        }
    } else {
        api_answer::kind_of(detail)
    }
}

/// A finding has a type such as `Recon:EC2/Portscan` and a `service` that is GuardDuty.
fn is_finding(detail: Detail<'_>) -> bool {
    let service = detail.at("service");
    detail.text("type").is_some_and(|kind| kind.contains(':'))
        && (service.text("serviceName").is_some_and(|name| name.eq_ignore_ascii_case("guardduty"))
            || ["detectorId", "eventFirstSeen", "eventLastSeen"].into_iter().any(|key| service.get(key).is_some()))
}
