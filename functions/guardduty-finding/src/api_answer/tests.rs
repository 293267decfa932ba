use plimsoll_finding::{Event, Finding, Reading, Severity, Status};
use serde_json::{Value, json};

use crate::SOURCE;

fn event(answer: &Value) -> Event {
    let (source, detail_type) = (SOURCE.recognise)(answer).expect("recognised");
    Event::from_bare_detail(source, detail_type, answer, "2026-11-02T09:15:00Z".parse().unwrap())
}

fn findings(answer: &Value) -> Vec<Finding> {
    match (SOURCE.read)(&event(answer)).expect("readable") {
        Reading::Findings(findings) => findings,
        Reading::Ignored(why) => panic!("ignored: {why}"),
    }
}

#[test]
fn coverage() {
    let answer = json!({"Resources": [
        {"ResourceId": "1", "AccountId": "444455556666", "CoverageStatus": "UNHEALTHY", "Issue": "Agent not reporting",
         "UpdatedAt": "2026-10-20T06:00:00Z",
         "ResourceDetails": {"ResourceType": "EC2", "Ec2InstanceDetails": {"InstanceId": "i-0feed"}}},
        {"ResourceId": "2", "AccountId": "444455556666", "CoverageStatus": "HEALTHY",
         "ResourceDetails": {"ResourceType": "ECS", "EcsClusterDetails": {"ClusterName": "edge"}}},
        {"ResourceId": "3", "CoverageStatus": "UNHEALTHY", "ResourceDetails": {"ResourceType": "ECS"}}]});
    let read = findings(&answer);
    assert_eq!(read[0].title, "GuardDuty does not watch EC2 instance i-0feed at run time");
    assert_eq!(
        (read[0].account.as_str(), read[0].observed_at.to_string().as_str()),
        ("444455556666", "2026-10-20T06:00:00Z")
    );
    assert_eq!(
        (read[1].status, read[1].detail_type.as_str()),
        (Status::Resolved, "GuardDuty Runtime Protection Healthy")
    );
    assert_eq!(read[2].check, "plimsoll:unreadable-event");
}

#[test]
fn malware_scans() {
    let arn = "arn:aws:ec2:eu-west-1:444455556666:instance/i-0feed";
    let answer = json!({"Scans": [
        {"ScanId": "s1", "ScanStatus": "COMPLETED", "AccountId": "444455556666", "ResourceDetails": {"InstanceArn": arn},
         "ScanResultDetails": {"ScanResult": "INFECTED"}, "ScanEndTime": 1_792_000_000.0},
        {"ScanId": "s2", "ScanStatus": "RUNNING", "ResourceDetails": {"InstanceArn": arn}},
        {"ScanId": "s3", "ScanStatus": "FAILED", "FailureReason": "no rights", "ResourceDetails": {"InstanceArn": arn}}]});
    let read = findings(&answer);
    assert_eq!(read.len(), 2, "a running scan says nothing yet");
    assert_eq!((read[0].title.as_str(), read[0].severity), ("Malware in i-0feed", Severity::Critical));
    assert_eq!((read[0].resource.id.as_str(), read[0].region.as_str()), (arn, "eu-west-1"));
    assert_eq!(read[1].title, "No malware scan result for i-0feed: failed");

    let one = json!({"scanId": "s4", "scanStatus": "COMPLETED", "resourceType": "EBS_SNAPSHOT",
        "resourceArn": "arn:aws:ec2:eu-west-1::snapshot/snap-1",
        "scanResultDetails": {"scanResultStatus": "THREATS_FOUND", "threats": [{"name": "Linux.Miner"}]}});
    let read = findings(&one);
    assert_eq!(read[0].title, "Malware in snap-1: Linux.Miner");
    assert_eq!(read[0].threat_names, ["Linux.Miner"]);
    assert!(read[0].remediation.as_deref().unwrap().starts_with("Restore nothing"), "{:?}", read[0].remediation);
}

#[test]
fn a_protection_plan() {
    let plan = |status: &str| {
        json!({"arn": "arn:aws:guardduty:eu-west-1:444455556666:malware-protection-plan/p1", "role": "r", "status": status,
               "protectedResource": {"s3Bucket": {"bucketName": "inbox"}}, "statusReasons": [{"code": "NO_RIGHT"}]})
    };
    let warning = findings(&plan("WARNING")).remove(0);
    assert_eq!(warning.title, "Malware protection of inbox is in status warning");
    let active = findings(&plan("ACTIVE")).remove(0);
    assert_eq!((active.key(), active.status, active.region.as_str()), (warning.key(), Status::Resolved, "eu-west-1"));
}

#[test]
fn ids_alone_are_refused_with_the_command_that_helps() {
    let error = (SOURCE.read)(&event(&json!({"FindingIds": ["f-1", "f-2"]}))).unwrap_err();
    assert!(error.reason.contains("get-findings"), "{}", error.reason);
}
