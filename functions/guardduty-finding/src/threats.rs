//! The threats that a finding names: malware in files, and entries of threat lists.
//! <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ScanDetections.html>

use plimsoll_finding::{Detail, Finding};
use serde_json::Value;

use crate::redact::{few, redact, text, texts};

/// Names that are shown.
const NAMES: usize = 5;
/// Files that are shown.
const FILES: usize = 3;

/// Adds the names of the threats, as facts and for matching, and the files that they were found in.
pub(crate) fn facts(finding: Finding, said: Detail<'_>) -> Finding {
    let service = said.at("service");
    let names = names(service);
    let files = files(service);
    let detected = service.at("ebsVolumeScanDetails.scanDetections.threatsDetectedItemCount");
    // The list is cut by GuardDuty, the count is not.
    let infected =
        detected.count("files").filter(|count| u64::try_from(files.len()).is_ok_and(|listed| *count > listed));
    finding
        .fact(if names.len() == 1 { "Threat" } else { "Threats" }, few(&names, NAMES))
        .fact(if files.len() == 1 { "Infected file" } else { "Infected files" }, few(&files, FILES))
        .fact("Infected files in all", infected.map(|count| count.to_string()))
        .fact("Threat list", few(&lists(service), FILES))
        .threat_names(names)
}

/// Malware first, then what threat lists and GuardDuty's additional information call it.
fn names(service: Detail<'_>) -> Vec<String> {
    let volumes = service.at("ebsVolumeScanDetails.scanDetections");
    let mut found: Vec<String> = Vec::new();
    found
        .extend(volumes.list("threatDetectedByName.threatNames").into_iter().filter_map(|threat| text(threat, "name")));
    found.extend(text(volumes, "highestSeverityThreatDetails.threatName"));
    found.extend(service.list("malwareScanDetails.threats").into_iter().filter_map(|threat| text(threat, "name")));
    for threat in service.list("evidence.threatIntelligenceDetails") {
        found.extend(texts(threat, "threatNames"));
    }
    found.extend(additional(service, "threatName"));
    distinct(found)
}

fn files(service: Detail<'_>) -> Vec<String> {
    let volumes = service.list("ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames");
    let mut found: Vec<String> = Vec::new();
    for threat in volumes {
        found.extend(threat.list("filePaths").into_iter().filter_map(|file| text(file, "filePath")));
    }
    for threat in service.list("malwareScanDetails.threats") {
        found.extend(threat.list("itemDetails").into_iter().filter_map(|item| text(item, "itemPath")));
        found.extend(threat.list("itemPaths").into_iter().filter_map(|item| text(item, "nestedItemPath")));
    }
    distinct(found)
}

fn lists(service: Detail<'_>) -> Vec<String> {
    let details = service.list("evidence.threatIntelligenceDetails");
    let mut found: Vec<String> = details.into_iter().filter_map(|threat| text(threat, "threatListName")).collect();
    found.extend(additional(service, "threatListName"));
    distinct(found)
}

/// A field of `additionalInfo`, which is an object or JSON in its field `value`.
pub(crate) fn additional(service: Detail<'_>, field: &str) -> Option<String> {
    let additional = service.at("additionalInfo");
    text(additional, field).or_else(|| {
        let value: Value = serde_json::from_str(&additional.raw("value")?).ok()?;
        Detail(&value).raw(field).map(|found| redact(&found)).filter(|found| !found.is_empty())
    })
}

fn distinct(names: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        if !kept.contains(&name) {
            kept.push(name);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_from_every_place_once() {
        let service = json!({
            "ebsVolumeScanDetails": {"scanDetections": {
                "highestSeverityThreatDetails": {"threatName": "Trojan.Linux"},
                "threatDetectedByName": {"threatNames": [{"name": "Trojan.Linux", "filePaths": [
                    {"filePath": "/tmp/x"}, {"filePath": "/tmp/y"}]}]}}},
            "malwareScanDetails": {"threats": [{"name": "EICAR", "itemDetails": [{"itemPath": "in/eicar.txt"}]}]},
            "evidence": {"threatIntelligenceDetails": [{"threatListName": "ProofPoint", "threatNames": ["Scanner"]}]},
            "additionalInfo": {"value": "{\"threatName\":\"Scanner\",\"threatListName\":\"Own list\"}"}
        });
        assert_eq!(names(Detail(&service)), ["Trojan.Linux", "EICAR", "Scanner"]);
        assert_eq!(files(Detail(&service)), ["/tmp/x", "/tmp/y", "in/eicar.txt"]);
        assert_eq!(lists(Detail(&service)), ["ProofPoint", "Own list"]);
        assert!(names(Detail(&json!({"additionalInfo": {"value": "no json"}}))).is_empty());
    }
}
