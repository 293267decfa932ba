//! The health of protection: runtime coverage, malware scans and protection plans.

use super::*;

#[test]
fn runtime_coverage() {
    let coverage = |kind: &str, current: &str, resource: Value| {
        event(
            &format!("GuardDuty Runtime Protection {kind}"),
            &json!({"resourceAccountId": "111122223333", "currentStatus": current, "previousStatus": "X",
                    "resourceDetails": resource, "issue": "Agent not reporting", "lastUpdatedAt": "2026-10-02T07:00:00Z"}),
        )
    };
    let ecs = json!({"resourceType": "ECS", "ecsClusterDetails": {"clusterName": "shop",
        "fargateDetails": {"issues": ["a", "b"], "managementType": "AUTO_MANAGED"},
        "containerInstanceDetails": {"coveredContainerInstances": "1", "compatibleContainerInstances": 3}}});
    let bad = only(&coverage("Unhealthy", "UNHEALTHY", ecs.clone()));
    assert_eq!((bad.check.as_str(), bad.resource.id.as_str()), ("guardduty:runtime-coverage", CLUSTER));
    assert_eq!((bad.status, bad.severity), (Status::Open, Severity::Medium));
    assert_eq!(bad.title, "GuardDuty does not watch ECS cluster shop at run time");
    assert_eq!(fact(&bad, "Issue"), Some("Agent not reporting"));
    assert_eq!(fact(&bad, "Covered instances"), Some("1 of 3"));
    let good = only(&coverage("Healthy", "HEALTHY", ecs.clone()));
    assert_eq!((good.key(), good.status), (bad.key(), Status::Resolved));

    assert!(read(&coverage("Healthy", "UNHEALTHY", ecs.clone())).is_err(), "it contradicts itself");
    assert!(read(&coverage("Unhealthy", "HEALTHY", ecs)).is_err());
    assert!(read(&coverage("Unhealthy", "UNHEALTHY", json!({"resourceType": "ECS"}))).is_err());
    for (resource, id) in [
        (
            json!({"resourceType": "EKS", "eksClusterDetails": {"clusterName": "a"}}),
            "arn:aws:eks:eu-central-1:111122223333:cluster/a",
        ),
        (json!({"resourceType": "EC2", "ec2InstanceDetails": {"instanceId": "i-1"}}), "i-1"),
    ] {
        assert_eq!(only(&coverage("Unhealthy", "UNHEALTHY", resource)).resource.id, id);
    }
}

#[test]
fn malware_scans() {
    let scan = |status: Value, result: Value| {
        event(
            "GuardDuty Malware Protection Object Scan Result",
            &json!({"scanStatus": status, "resourceType": "S3_OBJECT", "s3ObjectDetails": {"bucketName": "b", "objectKey": "k/1"},
                    "scanResultDetails": {"scanResultStatus": result, "threats": [{"name": "Bad"}, {"name": "Worse"}]}}),
        )
    };
    let (done, skipped) = (json!("COMPLETED"), json!("SKIPPED"));
    let fine = "threats:resolved:informational scan:resolved:informational post-scan-action:resolved:informational";
    for (status, result, title, expected) in [
        (&done, json!("NO_THREATS_FOUND"), "No malware in b/k/1", fine),
        (&json!(null), json!("NO_THREATS_FOUND"), "No malware in b/k/1", fine),
        (
            &done,
            json!("THREATS_FOUND"),
            "Malware in b/k/1: Bad",
            "threats:open:critical scan:resolved:informational post-scan-action:resolved:informational",
        ),
        (&skipped, json!("ACCESS_DENIED"), "No malware scan result for b/k/1: access denied", "scan:open:medium"),
        (&json!("FAILED"), json!(null), "No malware scan result for b/k/1: failed", "scan:open:medium"),
        (&skipped, json!("NO_THREATS_FOUND"), "No malware scan result for b/k/1: skipped", "scan:open:medium"),
        (&done, json!("UNSUPPORTED"), "No malware scan result for b/k/1: unsupported", "scan:open:medium"),
    ] {
        let finding = only(&scan(status.clone(), result));
        assert_eq!((finding.title.as_str(), parts(&finding).as_str()), (title, expected));
        assert_eq!(finding.resource.id, "arn:aws:s3:::b/k/1");
        assert_eq!(finding.status == Status::Open, expected.contains("open"));
    }
    assert!(read(&scan(json!(null), json!(null))).is_err());
    let found = only(&scan(done, json!("THREATS_FOUND")));
    assert_eq!(found.parts[0].label, "malware: Bad, Worse");
    assert_eq!(found.threat_names, ["Bad", "Worse"]);
    assert_eq!(found.native_severity, None, "a result is no severity");

    let failed = only(&event(
        "GuardDuty Malware Protection Post Scan Action Failed",
        &json!({"s3ObjectDetails": {"bucketName": "b", "objectKey": "k/1"}, "eventTime": "2026-10-02T07:00:00Z",
                "postScanActions": [{"actionType": "TAGGING", "failureReason": "ACCESS_DENIED"}]}),
    ));
    assert_eq!((failed.key(), parts(&failed).as_str()), (found.key(), "post-scan-action:open:high"));
    assert_eq!(fact(&failed, "Failed"), Some("TAGGING: ACCESS_DENIED"));
}

#[test]
fn malware_protection_of_a_bucket() {
    let status = |word: &str, said: &str| {
        event(
            &format!("GuardDuty Malware Protection Resource Status {word}"),
            &json!({"resourceStatus": said, "s3BucketDetails": {"bucketName": "b"},
                    "statusReasons": [{"code": "NO_RIGHT"}, "PLAIN"]}),
        )
    };
    let active = only(&status("Active", "ACTIVE"));
    assert_eq!((active.status, active.resource.id.as_str()), (Status::Resolved, "arn:aws:s3:::b"));
    for word in ["Warning", "Error"] {
        let finding = only(&status(word, &word.to_uppercase()));
        assert_eq!((finding.status, finding.severity, finding.key()), (Status::Open, Severity::Medium, active.key()));
        assert_eq!(fact(&finding, "Reasons"), Some("NO_RIGHT, PLAIN"));
    }
    assert!(read(&status("Active", "ERROR")).is_err(), "it contradicts itself");
}
