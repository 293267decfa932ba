use plimsoll_finding::{Event, Finding, Reading, Severity, Status};
use serde_json::{Value, json};

use crate::SOURCE;

fn read(answer: &Value) -> Reading {
    let (source, detail_type) = (SOURCE.recognise)(answer).expect("recognised");
    let now = "2026-11-02T09:15:00Z".parse().unwrap();
    (SOURCE.read)(&Event::from_bare_detail(source, detail_type, answer, now)).expect("readable")
}

fn findings(answer: &Value) -> Vec<Finding> {
    match read(answer) {
        Reading::Findings(findings) => findings,
        Reading::Ignored(why) => panic!("ignored: {why}"),
    }
}

#[test]
fn scan_findings_of_one_image() {
    let answer = |status: &str, found: Value| {
        json!({"imageScanFindings": found, "registryId": "444455556666", "repositoryName": "tools/lint",
               "imageId": {"imageDigest": "sha256:0d", "imageTag": "7.1"}, "imageScanStatus": {"status": status}})
    };
    let counts = json!({"findings": [{"name": "CVE-2026-90700", "severity": "HIGH"}],
                        "imageScanCompletedAt": "2026-10-20T08:00:00+02:00", "findingSeverityCounts": {"HIGH": 3}});
    let vulnerable = findings(&answer("COMPLETE", counts)).remove(0);
    assert_eq!(vulnerable.title, "3 high vulnerabilities in tools/lint:7.1");
    assert_eq!((vulnerable.account.as_str(), vulnerable.status), ("444455556666", Status::Open));
    assert_eq!(vulnerable.observed_at.to_string(), "2026-10-20T06:00:00Z");
    let clean =
        findings(&answer("COMPLETE", json!({"findings": [], "imageScanCompletedAt": 1_792_000_000.0}))).remove(0);
    assert_eq!((clean.key(), clean.status), (vulnerable.key(), Status::Resolved));
    let failed = findings(&answer("FAILED", json!(null))).remove(0);
    assert_eq!(failed.title, "No scan result for tools/lint:7.1: failed");
    assert!(matches!(read(&answer("ACTIVE", json!({"enhancedFindings": []}))), Reading::Ignored(_)));
    let enhanced = json!({"enhancedFindings": [crate::tests::inspector_finding()["detail"]]});
    let one_by_one = findings(&answer("ACTIVE", enhanced)).remove(0);
    assert_eq!(one_by_one.title, "CVE-2026-90001 in web/api:1.4.2");
}

#[test]
fn many_images() {
    let image = |digest: &str, status: Value, counts: Value| {
        json!({"registryId": "444455556666", "repositoryName": "tools/lint", "imageDigest": digest, "imageTags": [digest],
               "imageScanStatus": status, "imageScanFindingsSummary": {"imageScanCompletedAt": 1_792_000_000.0,
               "findingSeverityCounts": counts}})
    };
    let answer = json!({"imageDetails": [
        image("sha256:1", json!({"status": "COMPLETE"}), json!({"CRITICAL": 1})),
        image("sha256:2", json!({"status": "COMPLETE"}), json!({})),
        image("sha256:3", json!(null), json!(null)),
        image("sha256:4", json!({"status": "ACTIVE"}), json!(null)),
        image("sha256:5", json!({"status": "UNSUPPORTED_IMAGE"}), json!(null)),
    ]});
    let read_all = findings(&answer);
    let severities: Vec<_> = read_all.iter().map(|f| (f.status, f.severity)).collect();
    let expected = [
        (Status::Open, Severity::Critical),
        (Status::Resolved, Severity::Informational),
        (Status::Open, Severity::Medium),
    ];
    assert_eq!(severities, expected);
    let never_scanned = json!({"imageDetails": [image("sha256:3", json!(null), json!(null))]});
    assert!(matches!(read(&never_scanned), Reading::Ignored(_)));
}

#[test]
fn scanning_configuration_and_coverage() {
    let repository = |name: &str, frequency: &str| {
        json!({"repositoryArn": format!("arn:aws:ecr:eu-west-1:444455556666:repository/{name}"), "repositoryName": name,
               "scanOnPush": false, "scanFrequency": frequency})
    };
    let answer = json!({"scanningConfigurations": [repository("a", "MANUAL"), repository("b", "CONTINUOUS_SCAN")], "failures": []});
    let read_all = findings(&answer);
    assert_eq!((read_all[0].status, read_all[1].status), (Status::Open, Status::Resolved));
    assert_eq!(read_all[0].region, "eu-west-1");

    let resource = |id: &str, kind: &str, code: &str| {
        json!({"resourceId": id, "resourceType": kind, "accountId": "444455556666", "scanType": "PACKAGE",
               "scanStatus": {"statusCode": code, "reason": "UNMANAGED_EC2_INSTANCE"}})
    };
    let answer = json!({"coveredResources": [resource("i-0feed", "AWS_EC2_INSTANCE", "INACTIVE"),
        resource("arn:aws:lambda:eu-west-1:444455556666:function:billing:$LATEST", "AWS_LAMBDA_FUNCTION", "ACTIVE")]});
    let read_all = findings(&answer);
    assert_eq!(read_all[0].title, "Inspector does not scan i-0feed: unmanaged EC2 instance");
    assert_eq!((read_all[0].check.as_str(), read_all[0].status), ("inspector:coverage", Status::Open));
    assert_eq!((read_all[1].resource.name.as_str(), read_all[1].status), ("billing", Status::Resolved));
    assert!(matches!(read(&json!({"coveredResources": []})), Reading::Ignored(_)));
}
