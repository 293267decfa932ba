//! Identity, dates and the first screen of Inspector's alerts, by kind of resource.

use plimsoll_finding::{Finding, Severity, Status};
use serde_json::{Value, json};

use crate::tests::{event, fact, inspector_finding, only};

/// The finding about another resource.
fn about(resource: &Value) -> Value {
    let mut envelope = inspector_finding();
    envelope["detail"]["resources"] = json!([resource]);
    envelope
}

fn instance() -> Value {
    json!({"id": "i-0feedbeef", "type": "AWS_EC2_INSTANCE", "region": "eu-central-1", "tags": {"Name": "build host"},
           "details": {"awsEc2Instance": {"ipV4Addresses": ["10.0.0.4", "203.0.113.4"], "imageId": "ami-1",
                       "platform": "DEBIAN_12"}}})
}

fn names_of_first(finding: &Finding, count: usize) -> Vec<&str> {
    finding.facts.iter().take(count).map(|fact| fact.name.as_str()).collect()
}

#[test]
fn a_function_is_one_finding_by_whatever_name() {
    let arn = "arn:aws:lambda:eu-central-1:111122223333:function:billing";
    let function = |id: &str| {
        json!({"id": id, "type": "AWS_LAMBDA_FUNCTION", "details": {"awsLambdaFunction":
        {"functionName": "billing", "version": "$LATEST", "runtime": "PYTHON_3_12"}}})
    };
    let latest = only(&about(&function(&format!("{arn}:$LATEST"))));
    assert_eq!((latest.resource.id.as_str(), latest.resource.name.as_str()), (arn, "billing"));
    assert_eq!(latest.title, "CVE-2026-90001 in billing");
    for id in [arn.to_owned(), format!("{arn}:17"), format!("{arn}:live")] {
        assert_eq!(only(&about(&function(&id))).key(), latest.key(), "{id}");
    }
    let mut scan = event(
        "aws.inspector2",
        "Inspector2 Scan",
        &json!({"scan-status": "INITIAL_SCAN_COMPLETE", "finding-severity-counts": {"HIGH": 1, "TOTAL": 1}}),
    );
    scan["resources"] = json!([format!("{arn}:$LATEST")]);
    let scan = only(&scan);
    assert_eq!((scan.key(), scan.resource.name.as_str()), (latest.key(), "billing"));
    assert_eq!(scan.parts.last().map(|part| part.check.as_str()), Some("inspector:lambda-vulnerabilities"));
    assert_eq!(latest.parts[0].check, "inspector:lambda-vulnerabilities", "else the count would stay open for ever");
    assert!(latest.remediation.unwrap().starts_with("Update the dependency in the package or layer"));
}

#[test]
fn a_close_whose_dates_stand_still_is_dated_by_its_envelope() {
    let open = inspector_finding();
    let mut closed = open.clone();
    closed["time"] = json!("2026-10-09T10:00:00Z");
    closed["detail"]["status"] = json!("CLOSED");
    let (open, closed) = (only(&open), only(&closed));
    assert_eq!((closed.key(), closed.status), (open.key(), Status::Resolved));
    assert!(closed.observed_at > open.observed_at, "else the close would be taken for older news");
    // The same the other way round: what is open again is open again.
    let mut reopened = inspector_finding();
    reopened["time"] = json!("2026-10-10T10:00:00Z");
    assert!(only(&reopened).observed_at > closed.observed_at);
}

#[test]
fn a_part_says_what_makes_it_worse() {
    for (exploit, fix, expected) in [
        ("YES", "NO", (Some(true), Some(false))),
        ("NO", "PARTIAL", (Some(false), Some(true))),
        ("yes", "YES", (Some(true), Some(true))),
    ] {
        let mut envelope = inspector_finding();
        envelope["detail"]["exploitAvailable"] = json!(exploit);
        envelope["detail"]["fixAvailable"] = json!(fix);
        let read = only(&envelope);
        assert_eq!((read.parts[0].exploit_available, read.parts[0].fix_available), expected, "{exploit} {fix}");
        assert_eq!(names_of_first(&read, 3), ["Exploit known", "Package", "Fixed in"]);
        assert_eq!(read.parts[0].label.contains("exploit known"), expected.0 == Some(true));
    }
}

#[test]
fn an_open_port_names_instance_port_and_path() {
    let mut envelope = about(&instance());
    let detail = envelope["detail"].as_object_mut().unwrap();
    for field in ["packageVulnerabilityDetails", "exploitAvailable", "fixAvailable", "inspectorScore", "epss"] {
        detail.remove(field);
    }
    detail.insert("type".to_owned(), json!("NETWORK_REACHABILITY"));
    detail.insert("title".to_owned(), json!("Port 5432 is reachable from an Internet Gateway - TCP"));
    detail.insert("severity".to_owned(), json!("MEDIUM"));
    detail.insert(
        "networkReachabilityDetails".to_owned(),
        json!({"protocol": "TCP",
        "openPortRange": {"begin": 5432, "end": 5432},
        "networkPath": {"steps": [{"componentId": "igw-7"}, {"componentId": "sg-8"}]}}),
    );
    let read = only(&envelope);
    let title = "Port 5432 is reachable from an Internet Gateway - TCP on i-0feedbeef (build host)";
    assert_eq!(read.title, title);
    assert_eq!((read.check.as_str(), read.severity), ("inspector:network-reachability", Severity::Medium));
    assert_eq!(read.parts[0].check, read.check);
    assert_eq!(names_of_first(&read, 3), ["Open port", "Network path", "Addresses"]);
    for (name, value) in
        [("Open port", "TCP 5432"), ("Network path", "igw-7 > sg-8"), ("Addresses", "10.0.0.4, 203.0.113.4")]
    {
        assert_eq!(fact(&read, name), Some(value));
    }
    assert!(read.remediation.unwrap().starts_with("Close the port"));
    assert_eq!(read.runbook.as_deref(), Some("docs/runbooks/ecr-scan.md#close-a-port"));
}

#[test]
fn a_vulnerable_instance_is_patched_and_is_no_evidence_about_ecr() {
    let read = only(&about(&instance()));
    assert_eq!(read.title, "CVE-2026-90001 in i-0feedbeef (build host)");
    assert_eq!(read.check, "inspector:ec2-vulnerabilities");
    assert!(read.parts.iter().all(|part| part.check == read.check));
    assert!(read.remediation.unwrap().starts_with("Patch the instance"));
    assert!(read.console_url.unwrap().contains("/inspector/v2/home?region=eu-central-1#/findings/details/"));
}

#[test]
fn first_and_last_seen_are_dates_and_not_facts() {
    let mut envelope = inspector_finding();
    envelope["detail"]["firstObservedAt"] = json!("2026-09-01T00:00:00Z");
    let read = only(&envelope);
    assert_eq!(read.first_seen, Some("2026-09-01T00:00:00Z".parse().unwrap()));
    assert_eq!(read.last_seen, Some("2026-10-01T00:00:00Z".parse().unwrap()));
    assert!(fact(&read, "First seen").is_none() && fact(&read, "Last seen").is_none());
}
