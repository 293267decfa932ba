//! Counted scans, scan frequency and coverage.

use super::*;

#[test]
fn inspector_scans_are_summaries() {
    let finding = only(&inspector_scan(&json!({"CRITICAL": 7, "HIGH": 61, "MEDIUM": 62, "TOTAL": 158})));
    assert_eq!(parts(&finding), "scan:resolved:informational basic:resolved:informational summary:open:critical");
    assert!(finding.parts[1].not_applicable, "basic scanning no longer applies");
    assert_eq!(finding.parts[2].summary_of, Some(68));
    assert_eq!(finding.parts[2].label, "7 critical, 61 high, 62 medium, 158 in total");
    assert_eq!(finding.title, "7 critical, 61 high and 62 medium vulnerabilities in web/api:1.4.2");

    for counts in [json!({"CRITICAL": 0, "HIGH": 0, "MEDIUM": 0, "TOTAL": 0}), json!({})] {
        let clean = only(&inspector_scan(&counts));
        assert_eq!((clean.status, clean.parts[2].status), (Status::Resolved, Status::Resolved));
        assert_eq!(clean.title, "No vulnerabilities in web/api:1.4.2");
    }
    let only_low = only(&inspector_scan(&json!({"CRITICAL": 0, "TOTAL": 3})));
    assert_eq!((only_low.status, only_low.severity), (Status::Open, Severity::Low));
    for counts in [json!(null), json!("0"), json!([0]), json!({"HIGH": true})] {
        assert!(read(&inspector_scan(&counts)).is_err(), "no counts are no proof: {counts}");
    }
    let mut incomplete = inspector_scan(&json!({"TOTAL": 0}));
    incomplete["detail"]["scan-status"] = json!("INCOMPLETE");
    assert_eq!(parts(&only(&incomplete)), "scan:open:medium");
}

#[test]
fn inspector_scans_of_other_resources() {
    let scan = |extra: Value, resources: Value| {
        let mut detail = json!({"scan-status": "INITIAL_SCAN_COMPLETE", "finding-severity-counts": {"HIGH": 1}});
        for (key, value) in extra.as_object().unwrap() {
            detail[key] = value.clone();
        }
        let mut envelope = event("aws.inspector2", "Inspector2 Scan", &detail);
        envelope["resources"] = resources;
        envelope
    };
    let mut same = inspector_finding();
    same["detail"]["resources"] = json!([{"id": "i-0c0ffee", "type": "AWS_EC2_INSTANCE"}]);
    let instance = only(&scan(json!({"instance-id": "i-0c0ffee"}), json!(["i-0c0ffee"])));
    assert_eq!(instance.key(), only(&same).key());
    assert!(instance.console_url.unwrap().ends_with("#InstanceDetails:instanceId=i-0c0ffee"));
    let arn = "arn:aws:lambda:eu-central-1:111122223333:function:mailer";
    let function = only(&scan(json!({}), json!([format!("{arn}:$LATEST")])));
    assert_eq!((function.resource.id.as_str(), function.resource.kind.as_str()), (arn, "AWS_LAMBDA_FUNCTION"));
    assert_eq!(function.title, "1 high vulnerability in mailer");
    assert!(function.parts.iter().all(|part| part.check.starts_with("inspector:")), "no evidence about ECR");
    assert!(read(&scan(json!({}), json!([]))).is_err());
    assert!(read(&scan(json!({"image-digest": DIGEST}), json!([]))).is_err());
}

#[test]
fn switching_scans_off_is_one_finding_per_repository() {
    let change = |frequency: &str| {
        event(
            "aws.ecr",
            "ECR Scan Resource Change",
            &json!({"action-type": "SCAN_FREQUENCY_CHANGE", "repositories": [
                {"repository-name": "web/api", "repository-arn": REPOSITORY, "scan-frequency": frequency,
                 "previous-scan-frequency": "SCAN_ON_PUSH"},
                {"repository-name": "jobs", "scan-frequency": frequency},
                {"repository-name": "odd", "scan-frequency": "SOMETIMES"}
            ]}),
        )
    };
    let off = findings(&change("MANUAL"));
    assert_eq!(off.len(), 3);
    assert_eq!(off[0].title, "Scanning was switched off for web/api");
    assert_eq!((off[0].resource.id.as_str(), off[0].check.as_str()), (REPOSITORY, "ecr-scan:scan-frequency"));
    assert_eq!((off[1].status, off[1].severity), (Status::Open, Severity::Medium));
    assert_eq!(off[2].check, "plimsoll:unreadable-event");
    let on = findings(&change("CONTINUOUS_SCAN"));
    assert_eq!((on[0].key(), on[0].status), (off[0].key(), Status::Resolved));

    let other = event("aws.ecr", "ECR Scan Resource Change", &json!({"action-type": "X", "repositories": [{}]}));
    assert!(matches!(read(&other), Ok(Reading::Ignored(_))));
}

#[test]
fn coverage_and_auto_enable() {
    let coverage = |code: &str, reason: &str, scan_type: &str| {
        let mut envelope = event(
            "aws.inspector2",
            "Inspector2 Coverage",
            &json!({"scanStatus": {"statusCodeValue": code, "reason": reason}, "scanType": scan_type,
                    "eventTimestamp": "2026-10-02T07:00:00.5Z"}),
        );
        envelope["resources"] = json!([format!("{REPOSITORY}/{DIGEST}")]);
        envelope
    };
    let off = only(&coverage("INACTIVE", "UNSUPPORTED_OS", "PACKAGE"));
    assert_eq!(off.title, "Inspector does not scan web/api@sha256:0a1b2c3d: unsupported OS");
    assert_eq!((off.check.as_str(), parts(&off).as_str()), ("ecr-scan:coverage", "PACKAGE:open:medium"));
    assert_eq!(off.observed_at.to_string(), "2026-10-02T08:00:00Z", "the envelope is later than `eventTimestamp`");
    let on = only(&coverage("ACTIVE", "SUCCESSFUL", "NETWORK"));
    assert_eq!((on.key(), on.status), (off.key(), Status::Resolved));
    assert_ne!(on.parts[0].id, off.parts[0].id, "one kind of scan does not answer for another");
    assert_ne!(on.key(), only(&inspector_finding()).key());
    let gone = only(&coverage("INACTIVE", "RESOURCE_TERMINATED", "PACKAGE"));
    assert!(gone.status == Status::Resolved && gone.not_applicable && gone.parts[0].not_applicable);
    assert!(read(&coverage("PERHAPS", "", "PACKAGE")).is_err());

    let enable = |detail: &Value| read(&event("aws.inspector2", "Inspector2 AutoEnable", detail));
    let Ok(Reading::Findings(failed)) = enable(&json!({"AutoEnableStatus": "Failed", "Reason": "limit"})) else {
        panic!("a failure is a finding")
    };
    assert_eq!((failed[0].status, fact(&failed[0], "Reason")), (Status::Open, Some("limit")));
    assert!(matches!(enable(&json!({"AutoEnableStatus": "Enabled"})), Ok(Reading::Ignored(_))));
    assert!(enable(&json!({"Reason": "x"})).is_err());
}
