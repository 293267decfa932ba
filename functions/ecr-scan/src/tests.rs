//! The whole function against tables of events.

use plimsoll_finding::{Event, Finding, Reading, Severity, Status, Unreadable};
use serde_json::{Value, json};

use crate::SOURCE;

mod scans;

const DIGEST: &str = "sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";
const REPOSITORY: &str = "arn:aws:ecr:eu-central-1:111122223333:repository/web/api";

pub(crate) fn event(source: &str, kind: &str, detail: &Value) -> Value {
    json!({"version": "0", "id": "e-1", "source": source, "detail-type": kind, "account": "111122223333",
           "region": "eu-central-1", "time": "2026-10-02T08:00:00Z", "resources": [], "detail": detail})
}

pub(crate) fn read(envelope: &Value) -> Result<Reading, Unreadable> {
    let now = "2026-11-02T09:15:00Z".parse().unwrap();
    let event = Event::from_envelope(envelope, now).expect("an envelope");
    (SOURCE.read)(&event)
}

pub(crate) fn findings(envelope: &Value) -> Vec<Finding> {
    match read(envelope).expect("readable") {
        Reading::Findings(findings) => findings,
        Reading::Ignored(why) => panic!("ignored: {why}"),
    }
}

pub(crate) fn only(envelope: &Value) -> Finding {
    let mut findings = findings(envelope);
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

/// `basic:open:critical scan:resolved:informational`
fn parts(finding: &Finding) -> String {
    let part = |p: &plimsoll_finding::Part| format!("{}:{}:{}", p.id, p.status.name(), p.severity.name());
    finding.parts.iter().map(part).collect::<Vec<_>>().join(" ")
}

pub(crate) fn fact<'a>(finding: &'a Finding, name: &str) -> Option<&'a str> {
    finding.facts.iter().find(|f| f.name == name).map(|f| f.value.as_str())
}

fn image_scan(detail: &Value) -> Value {
    let mut all = json!({"repository-name": "web/api", "image-digest": DIGEST, "image-tags": ["1.4.2"]});
    for (key, value) in detail.as_object().unwrap() {
        all[key] = value.clone();
    }
    event("aws.ecr", "ECR Image Scan", &all)
}

pub(crate) fn inspector_finding() -> Value {
    let arn = format!("{REPOSITORY}/{DIGEST}");
    event(
        "aws.inspector2",
        "Inspector2 Finding",
        &json!({"awsAccountId": "111122223333", "type": "PACKAGE_VULNERABILITY", "severity": "HIGH", "status": "ACTIVE",
                "findingArn": "arn:aws:inspector2:eu-central-1:111122223333:finding/0a1b", "fixAvailable": "YES",
                "title": "CVE-2026-90001 - openssl", "updatedAt": "2026-10-02T07:59:00Z", "inspectorScore": 7.5,
                "exploitAvailable": "NO", "epss": {"score": 0.004}, "lastObservedAt": "2026-10-01T00:00:00Z",
                "packageVulnerabilityDetails": {"vulnerabilityId": "CVE-2026-90001", "vulnerablePackages": [
                    {"name": "openssl", "version": "3.0.1", "fixedInVersion": "3.0.2", "remediation": "apt upgrade"}]},
                "resources": [{"id": arn, "type": "AWS_ECR_CONTAINER_IMAGE", "partition": "aws",
                    "region": "eu-central-1", "tags": {"team": "web"}, "details": {"awsEcrContainerImage": {
                    "repositoryName": "web/api", "imageHash": DIGEST, "registry": "111122223333", "inUseCount": 2,
                    "imageTags": ["1.4.2"]}}}]}),
    )
}

fn inspector_scan(counts: &Value) -> Value {
    event(
        "aws.inspector2",
        "Inspector2 Scan",
        &json!({"scan-status": "INITIAL_SCAN_COMPLETE", "repository-name": REPOSITORY, "image-digest": DIGEST,
                "image-tags": ["1.4.2"], "finding-severity-counts": counts, "version": "1.0"}),
    )
}

#[test]
fn one_image_has_one_key_whoever_speaks_of_it() {
    let basic = only(&image_scan(&json!({"scan-status": "COMPLETE"})));
    assert_eq!(basic.resource.id, format!("{REPOSITORY}/{DIGEST}"));
    assert_eq!((basic.resource.kind.as_str(), basic.resource.name.as_str()), ("ecr-image", "web/api:1.4.2"));

    let mut administrator = inspector_finding();
    administrator["account"] = json!("444455556666");
    let mut nothing_said = inspector_finding();
    let resource = &mut nothing_said["detail"]["resources"][0];
    (resource["partition"], resource["region"]) = (json!("N/A"), json!("N/A"));
    let mut without_arn = nothing_said.clone();
    without_arn["detail"]["resources"][0].as_object_mut().unwrap().remove("id");
    without_arn["account"] = json!("444455556666");
    let mut other_tag = image_scan(&json!({"scan-status": "FAILED", "image-tags": []}));
    other_tag["account"] = json!(null);
    other_tag["resources"] = json!([REPOSITORY]);
    for envelope in [
        inspector_finding(),
        administrator,
        nothing_said,
        without_arn,
        other_tag,
        inspector_scan(&json!({"HIGH": 1})),
        image_scan(&json!({"scan-status": "COMPLETE", "repository-name": REPOSITORY})),
    ] {
        let finding = only(&envelope);
        assert_eq!(finding.key(), basic.key(), "{envelope}");
        assert_eq!((finding.account.as_str(), finding.region.as_str()), ("111122223333", "eu-central-1"));
    }

    for (field, value) in [("image-digest", "sha256:ff"), ("repository-name", "web/apu")] {
        let other = only(&image_scan(&json!({"scan-status": "COMPLETE", field: value})));
        assert_ne!(other.key(), basic.key());
    }
    for (field, value) in [("account", "444455556666"), ("region", "eu-west-1")] {
        let mut other = image_scan(&json!({"scan-status": "COMPLETE"}));
        other[field] = json!(value);
        assert_ne!(only(&other).key(), basic.key());
    }
}

#[test]
fn basic_scans() {
    for (detail, title, expected) in [
        (
            json!({"scan-status": "COMPLETE", "finding-severity-counts": {"CRITICAL": 2, "HIGH": "5", "MEDIUM": 1}}),
            "2 critical, 5 high and 1 medium vulnerabilities in web/api:1.4.2",
            "basic:open:critical scan:resolved:informational",
        ),
        (
            json!({"scan-status": "COMPLETE", "finding-severity-counts": {"UNDEFINED": 1}}),
            "1 vulnerability of undefined severity in web/api:1.4.2",
            "basic:open:low scan:resolved:informational",
        ),
        (
            json!({"scan-status": "COMPLETE"}),
            "No vulnerabilities in web/api:1.4.2",
            "basic:resolved:informational scan:resolved:informational",
        ),
        (
            json!({"scan-status": "COMPLETE", "finding-severity-counts": null}),
            "No vulnerabilities in web/api:1.4.2",
            "basic:resolved:informational scan:resolved:informational",
        ),
        (
            json!({"scan-status": "complete", "finding-severity-counts": {"CRITICAL": 0}, "image-tags": []}),
            "No vulnerabilities in web/api@sha256:0a1b2c3d",
            "basic:resolved:informational scan:resolved:informational",
        ),
        (json!({"scan-status": "FAILED"}), "No scan result for web/api:1.4.2: failed", "scan:open:medium"),
        (
            json!({"scan-status": "UNSUPPORTED_IMAGE", "finding-severity-counts": {"CRITICAL": 1}}),
            "No scan result for web/api:1.4.2: unsupported image",
            "scan:open:medium",
        ),
        (json!({"scan-status": "NEW_WORD"}), "No scan result for web/api:1.4.2: new word", "scan:open:medium"),
    ] {
        let finding = only(&image_scan(&detail));
        assert_eq!((finding.title.as_str(), parts(&finding).as_str()), (title, expected), "{detail}");
        let open = finding.parts.iter().any(|p| p.status == Status::Open);
        assert_eq!(finding.status == Status::Open, open);
        assert_eq!(finding.remediation.is_some(), open);
    }
    for status in ["PENDING", "IN_PROGRESS", "active"] {
        assert!(matches!(read(&image_scan(&json!({"scan-status": status}))), Ok(Reading::Ignored(_))), "{status}");
    }
    for detail in [
        json!({"scan-status": null}),
        json!({"scan-status": "COMPLETE", "repository-name": null}),
        json!({"scan-status": "COMPLETE", "image-digest": null, "image-tags": []}),
        json!({"scan-status": "COMPLETE", "finding-severity-counts": "none"}),
        json!({"scan-status": "COMPLETE", "finding-severity-counts": " "}),
        json!({"scan-status": "COMPLETE", "finding-severity-counts": {"HIGH": "a few"}}),
    ] {
        assert!(read(&image_scan(&detail)).is_err(), "{detail}");
    }
    let tag_only = only(&image_scan(&json!({"scan-status": "COMPLETE", "image-digest": null})));
    assert_eq!(tag_only.resource.id, format!("{REPOSITORY}:1.4.2"));
}

#[test]
fn one_vulnerability_is_one_part_of_its_image() {
    let finding = only(&inspector_finding());
    assert_eq!(finding.title, "CVE-2026-90001 in web/api:1.4.2");
    assert_eq!(finding.parts[0].id, "arn:aws:inspector2:eu-central-1:111122223333:finding/0a1b");
    assert_eq!(finding.parts[0].label, "CVE-2026-90001 in openssl 3.0.1 (fixed in 3.0.2)");
    assert_eq!(finding.parts[0].check, "ecr-scan:vulnerabilities");
    assert_eq!(finding.observed_at.to_string(), "2026-10-02T08:00:00Z", "the envelope is later than `updatedAt`");
    assert_eq!(finding.last_seen, Some("2026-10-01T00:00:00Z".parse().unwrap()));
    assert_eq!(finding.finding_type.as_deref(), Some("PACKAGE_VULNERABILITY"));
    assert_eq!((finding.parts[0].exploit_available, finding.parts[0].fix_available), (Some(false), Some(true)));
    assert_eq!(finding.tags["team"], "web");
    for (name, value) in [
        ("Package", "openssl 3.0.1"),
        ("Fixed in", "3.0.2"),
        ("Exploit known", "no"),
        ("Exploit probability (EPSS)", "0.4 %"),
        ("Inspector score", "7.5"),
        ("Suggested fix", "apt upgrade"),
        ("In use by", "2 tasks or pods"),
    ] {
        assert_eq!(fact(&finding, name), Some(value));
    }
    assert!(finding.console_url.unwrap().contains("/ecr/repositories/private/111122223333/web/api/_/image/sha256%3A"));

    for (status, severity, expected) in [
        ("ACTIVE", "CRITICAL", (Status::Open, Severity::Critical)),
        ("CLOSED", "HIGH", (Status::Resolved, Severity::High)),
        ("SUPPRESSED", "low", (Status::Resolved, Severity::Low)),
        ("active", "UNTRIAGED", (Status::Open, Severity::Medium)),
        ("ACTIVE", "APOCALYPTIC", (Status::Open, Severity::Medium)),
    ] {
        let mut envelope = inspector_finding();
        envelope["detail"]["status"] = json!(status);
        envelope["detail"]["severity"] = json!(severity);
        let finding = only(&envelope);
        assert_eq!((finding.status, finding.severity), expected);
        assert_eq!((finding.parts[0].status, finding.parts[0].severity), expected);
        assert_eq!(finding.native_severity.as_deref(), Some(severity));
        assert_eq!(fact(&finding, "Suppressed").is_some(), status == "SUPPRESSED");
    }
    for (field, value) in [("status", json!("REOPENED")), ("status", json!(null)), ("findingArn", json!(1.5e3))] {
        let mut envelope = inspector_finding();
        envelope["detail"][field] = value;
        if field == "findingArn" {
            envelope["detail"].as_object_mut().unwrap().remove("findingArn");
        }
        assert!(read(&envelope).is_err());
    }
}

#[test]
fn inspector_dates() {
    for (updated, last, expected) in [
        (json!("Oct 2, 2026, 6:02:30 PM"), json!(null), "2026-10-02T18:02:30Z"),
        (json!("Fri Oct 02 16:55:38.411 UTC 2026"), json!(null), "2026-10-02T16:55:38.411Z"),
        (json!(1_790_928_000.5), json!(null), "2026-10-02T08:00:00.5Z"),
        (json!("1.7909280005E9"), json!(null), "2026-10-02T08:00:00.5Z"),
        (json!("soon"), json!("2026-10-01T09:00:00+02:00"), "2026-10-01T07:00:00Z"),
        (json!(null), json!(null), "2026-11-02T09:15:00Z"),
    ] {
        let mut envelope = inspector_finding();
        envelope["detail"]["updatedAt"] = updated.clone();
        envelope["detail"]["lastObservedAt"] = last;
        envelope.as_object_mut().unwrap().remove("time");
        assert_eq!(only(&envelope).observed_at.to_string(), expected, "{updated}");
    }
}

#[test]
fn what_is_no_image_is_read_too() {
    for (id, kind, region, expected) in [
        ("i-0c0ffee00c0ffee00", "AWS_EC2_INSTANCE", "eu-central-1", "eu-central-1"),
        ("arn:aws:lambda:eu-west-1:111122223333:function:mailer", "AWS_LAMBDA_FUNCTION", "N/A", "eu-west-1"),
        ("/subscriptions/a/virtualmachines/cart-vm", "Microsoft.Compute/virtualMachines", "N/A", "eu-central-1"),
        ("something", "NOT_INVENTED_YET", "", "eu-central-1"),
    ] {
        let mut envelope = inspector_finding();
        envelope["detail"]["resources"] = json!([{"id": id, "type": kind, "region": region}]);
        let finding = only(&envelope);
        assert_eq!((finding.resource.id.as_str(), finding.resource.kind.as_str()), (id, kind));
        assert_eq!(finding.region, expected);
        assert_eq!(finding.parts.len(), 1);
        assert!(finding.console_url.unwrap().contains("/inspector/v2/home"));
    }
    let mut nothing = inspector_finding();
    nothing["detail"]["resources"] = json!([]);
    assert!(read(&nothing).is_err());
}

#[test]
fn an_answer_of_the_api_is_grouped_by_image() {
    let entry = |id: &str, severity: &str, status: &str, digest: &str| {
        let mut detail = inspector_finding()["detail"].clone();
        detail["findingArn"] = json!(format!("arn:aws:inspector2:eu-central-1:111122223333:finding/{id}"));
        detail["severity"] = json!(severity);
        detail["status"] = json!(status);
        detail["packageVulnerabilityDetails"]["vulnerabilityId"] = json!(format!("CVE-{id}"));
        detail["resources"][0]["id"] = json!(format!("{REPOSITORY}/{digest}"));
        detail["updatedAt"] = json!(format!("2026-10-0{id}T00:00:00Z"));
        detail
    };
    let list = json!({"findings": [
        entry("1", "CRITICAL", "CLOSED", DIGEST), entry("2", "LOW", "ACTIVE", DIGEST),
        entry("3", "HIGH", "ACTIVE", DIGEST), entry("4", "LOW", "CLOSED", "sha256:ff"), {"findingArn": 7}
    ]});
    assert_eq!((SOURCE.recognise)(&list), Some(("aws.inspector2", "Inspector2 Finding")));
    let findings = findings(&event("aws.inspector2", "Inspector2 Finding", &list));
    assert_eq!(findings.len(), 3);
    assert_eq!(findings[0].title, "CVE-3 and 2 more in web/api:1.4.2");
    assert_eq!((findings[0].status, findings[0].severity, findings[0].parts.len()), (Status::Open, Severity::High, 3));
    assert_eq!(findings[0].observed_at.to_string(), "2026-10-03T00:00:00Z");
    assert_eq!(findings[1].status, Status::Resolved);
    assert_eq!(findings[2].check, "plimsoll:unreadable-event");
    assert!(fact(&findings[2], "Reason").unwrap().starts_with("1 of the listed findings could not be read"));

    let empty = event("aws.inspector2", "Inspector2 Finding", &json!({"findings": []}));
    assert!(matches!(read(&empty), Ok(Reading::Ignored(_))));
    assert!(read(&event("aws.inspector2", "Inspector2 Finding", &json!({"findings": [{}]}))).is_err());
}

#[test]
fn hostile_text_stays_one_plain_line() {
    let evil = "<!channel>\n<http://evil.example|Console> `x` \u{202e}\u{200b}\u{1b}[31m";
    let mut envelope = inspector_finding();
    envelope["detail"]["resources"][0]["details"]["awsEcrContainerImage"]["imageTags"] = json!([evil]);
    envelope["detail"]["packageVulnerabilityDetails"]["vulnerabilityId"] = json!(evil);
    envelope["detail"]["packageVulnerabilityDetails"]["vulnerablePackages"][0]["name"] = json!(evil);
    envelope["detail"]["severity"] = json!(evil);
    let finding = only(&envelope);
    let mut texts = vec![finding.title.clone(), finding.resource.name.clone(), finding.parts[0].label.clone()];
    texts.extend(finding.facts.iter().map(|f| f.value.clone()));
    texts.extend(finding.native_severity.clone());
    for text in texts {
        assert!(!text.contains(['\n', '\u{202e}', '\u{200b}', '\u{1b}']), "{text:?}");
    }
    assert_eq!(finding.key(), only(&inspector_finding()).key(), "a tag is no identity");
}

#[test]
fn foreign_events_and_odd_details_are_unreadable() {
    assert!(read(&event("aws.ecr", "ECR Image Action", &json!({}))).is_err());
    assert!(read(&event("aws.evil", "ECR Image Scan", &json!({"scan-status": "COMPLETE"}))).is_err());
    for (source, kind) in SOURCE.kinds {
        for detail in [json!("text"), json!(null), json!([]), json!(7), json!({})] {
            assert!(read(&event(source, kind, &detail)).is_err(), "{kind}: {detail}");
        }
    }
}
