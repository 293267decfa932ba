use jiff::Timestamp;
use plimsoll_finding::{Event, Finding, Part, Resource, Severity, Status};
use plimsoll_pipeline::{SourceApi, SourceApiError, source_api::Lookup};
use serde_json::{Value, json};

use super::*;
use crate::canned::{Answer, Request, Server};

const JSON: &str = "application/json";
const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-central-1";

fn place() -> Place {
    Place { account: ACCOUNT.to_owned(), region: REGION.to_owned() }
}

fn answers(answer: impl Fn(&Request) -> (u16, Value) + Send + Sync + 'static) -> (Server, Clients) {
    let server = Server::start(move |request| {
        let (status, body) = answer(request);
        Answer::Body(status, JSON, body.to_string())
    });
    let clients = Clients::at(&server.url(), REGION);
    (server, clients)
}

fn finding(check: &str, resource: Resource, rule: &str) -> Finding {
    let now: Timestamp = "2026-11-02T09:15:00Z".parse().unwrap();
    let event = json!({"id": "e", "detail-type": "X", "detail": {}, "account": ACCOUNT, "region": REGION});
    Finding::new("s", check, resource, &Event::from_envelope(&event, now).unwrap()).identity_rule(rule)
}

fn threat() -> Finding {
    finding("guardduty:finding", Resource::new("i-1", "Instance", "i-1"), "f-1")
}

fn guardduty(request: &Request) -> (u16, Value) {
    match request.path.as_str() {
        "GET /detector" => (200, json!({"detectorIds": ["d-1"]})),
        "POST /detector/d-1/findings/get" => {
            let asked: Value = serde_json::from_str(&request.body).unwrap();
            let id = asked["findingIds"][0].as_str().unwrap();
            let found = json!({"id": id, "accountId": ACCOUNT, "region": REGION, "updatedAt": "2026-11-02T09:10:00Z",
                "service": {"archived": true}, "fieldOfTomorrow": {"a": 1}});
            (200, json!({"findings": [found]}))
        }
        "POST /detector/d-1/findings" => {
            let asked: Value = serde_json::from_str(&request.body).unwrap();
            let second = asked["nextToken"] == "two";
            (
                200,
                json!({"findingIds": [if second { "f-2" } else { "f-1" }], "nextToken": if second { "" } else { "two" }}),
            )
        }
        other => (404, json!({"message": other})),
    }
}

#[tokio::test]
async fn guardduty_says_what_it_holds_word_for_word() {
    let (_server, clients) = answers(guardduty);
    let api = GuardDuty::new(&clients, &place());
    let Lookup::Events(events) = api.lookup(&threat()).await.unwrap() else { panic!("it must answer") };
    assert_eq!(events[0]["detail-type"], "GuardDuty Finding");
    assert_eq!(events[0]["id"], RECONCILE_ID);
    assert_eq!(events[0]["time"], "2026-11-02T09:10:00Z");
    // What the SDK's types do not know is there all the same.
    assert_eq!(events[0]["detail"]["fieldOfTomorrow"]["a"], 1);
    let other = finding("guardduty:malware", Resource::new("o", "S3_OBJECT", "o"), "x");
    assert_eq!(api.lookup(&other).await.unwrap(), Lookup::NoApi);
}

#[tokio::test]
async fn guardduty_is_read_page_by_page() {
    let (server, clients) = answers(guardduty);
    let api = GuardDuty::new(&clients, &place());
    let first = api.page(None, None).await.unwrap();
    assert_eq!(first.next.as_deref(), Some("two"));
    let since = "2026-11-02T08:00:00Z".parse().unwrap();
    let second = api.page(Some(since), first.next.as_deref()).await.unwrap();
    assert_eq!((second.events[0]["detail"]["id"].as_str(), second.next), (Some("f-2"), None));
    let lists: Vec<Value> = server
        .requests()
        .iter()
        .filter(|request| request.path.ends_with("/findings"))
        .map(|request| serde_json::from_str(&request.body).unwrap())
        .collect();
    assert_eq!(lists[0]["findingCriteria"]["criterion"]["service.archived"]["equals"][0], "false");
    let since_there = &lists[1]["findingCriteria"]["criterion"]["updatedAt"]["greaterThanOrEqual"];
    assert_eq!(since_there, &json!(since.as_millisecond()));
}

#[tokio::test]
async fn a_refusal_names_the_permission_and_throttling_is_for_later() {
    let (_server, clients) =
        answers(|_| (403, json!({"__type": "AccessDeniedException", "message": "not authorized"})));
    for error in [
        GuardDuty::new(&clients, &place()).lookup(&threat()).await.unwrap_err(),
        GuardDuty::new(&clients, &place()).page(None, None).await.unwrap_err(),
    ] {
        let SourceApiError::Refused(reason) = error else { panic!("{error:?}") };
        assert!(reason.contains("allow the role of the function guardduty:ListDetectors"), "{reason}");
    }
    for (status, code) in
        [(429, "TooManyRequestsException"), (400, "ThrottlingException"), (500, "InternalServerError")]
    {
        let (_server, clients) = answers(move |_| (status, json!({"__type": code, "message": "m"})));
        let error = GuardDuty::new(&clients, &place()).lookup(&threat()).await.unwrap_err();
        assert!(matches!(error, SourceApiError::Unavailable(_)), "{status} {code}: {error:?}");
    }
    let (_server, clients) = answers(|_| (200, json!({"detectorIds": []})));
    let off = GuardDuty::new(&clients, &place());
    assert!(matches!(off.lookup(&threat()).await.unwrap(), Lookup::Unknown(reason) if reason.contains("is off")));
    assert!(matches!(off.page(None, None).await.unwrap_err(), SourceApiError::Refused(_)));
}

const IMAGE: &str = "arn:aws:ecr:eu-central-1:111122223333:repository/web/api/sha256:0a1b";
const CVE: &str = "arn:aws:inspector2:eu-central-1:111122223333:finding/0a1b";

fn image(parts: &[&str]) -> Finding {
    let mut image = finding("ecr-scan:vulnerabilities", Resource::new(IMAGE, "ecr-image", "web/api"), "ecr-scan:image");
    for id in parts {
        image = image.part(Part::new(*id, "c", Status::Resolved, Severity::High, id));
    }
    image
}

/// Inspector on, registry with basic scanning, two pages of findings, one repository with one image.
fn scans(request: &Request) -> (u16, Value) {
    let asked: Value = serde_json::from_str(&request.body).unwrap_or_default();
    let operation = request.target.rsplit('.').next().unwrap_or_default();
    match (request.path.as_str(), operation) {
        ("POST /status/batch/get", _) => {
            let kinds = json!({"ec2": {"status": "DISABLED"}, "ecr": {"status": "ENABLED"}});
            let state = json!({"status": "ENABLED", "errorCode": "", "errorMessage": ""});
            (200, json!({"accounts": [{"accountId": ACCOUNT, "state": state, "resourceState": kinds}]}))
        }
        ("POST /findings/list", _) => {
            let found = json!({"findingArn": CVE, "awsAccountId": ACCOUNT, "status": "CLOSED", "severity": "HIGH",
                "updatedAt": 1_793_610_600.5});
            let next = if asked["nextToken"].is_null() { json!("two") } else { Value::Null };
            (200, json!({"findings": [found], "nextToken": next}))
        }
        (_, "GetRegistryScanningConfiguration") => {
            (200, json!({"registryId": ACCOUNT, "scanningConfiguration": {"scanType": "BASIC", "rules": []}}))
        }
        (_, "DescribeRepositories") => (200, json!({"repositories": [{"repositoryName": "web/api"}]})),
        (_, "DescribeImages") => {
            let image = json!({"imageDigest": "sha256:0a1b", "registryId": ACCOUNT, "imageTags": ["1.0.0"]});
            (200, json!({"imageDetails": [image]}))
        }
        (_, "DescribeImageScanFindings") if asked["imageId"]["imageDigest"] == "sha256:0a1b" => {
            let found = json!({"imageScanCompletedAt": 1_793_610_600.0, "findingSeverityCounts": {"HIGH": 2}});
            (200, json!({"imageScanStatus": {"status": "COMPLETE"}, "imageScanFindings": found}))
        }
        (_, "DescribeImageScanFindings") => (400, json!({"__type": "ImageNotFoundException", "message": "gone"})),
        other => (404, json!({"message": format!("{other:?}")})),
    }
}

#[tokio::test]
async fn an_image_is_asked_of_inspector_and_of_ecr() {
    let (server, clients) = answers(scans);
    let api = ImageScans::new(&clients, &place());
    let Lookup::Events(events) = api.lookup(&image(&[CVE])).await.unwrap() else { panic!("it must answer") };
    assert_eq!(events.len(), 2, "both pages");
    assert_eq!(
        (&events[0]["detail-type"], &events[0]["detail"]["status"]),
        (&json!("Inspector2 Finding"), &json!("CLOSED"))
    );
    let asked: Value = serde_json::from_str(&server.requests()[0].body).unwrap();
    assert_eq!(asked["filterCriteria"]["findingArn"], json!([{"comparison": "EQUALS", "value": CVE}]));

    let Lookup::Events(events) = api.lookup(&image(&["basic", "scan"])).await.unwrap() else {
        panic!("it must answer")
    };
    assert_eq!(events[0]["detail"]["finding-severity-counts"], json!({"HIGH": 2}));
    let mut other = image(&["basic"]);
    other.resource.id = IMAGE.replace("0a1b", "ffff");
    assert!(matches!(api.lookup(&other).await.unwrap(), Lookup::Gone(_)));
    other.identity_rule = None;
    assert_eq!(api.lookup(&other).await.unwrap(), Lookup::NoApi);
}

#[tokio::test]
async fn scans_are_read_page_by_page_first_inspector_then_basic_scanning() {
    let (_server, clients) = answers(scans);
    let api = ImageScans::new(&clients, &place());
    let (mut kinds, mut from) = (Vec::new(), None);
    for _ in 0..10 {
        let page = api.page(None, from.as_deref()).await.unwrap();
        kinds.extend(page.events.iter().map(|event| event["detail-type"].as_str().unwrap().to_owned()));
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    assert_eq!((kinds.join(", "), from), ("Inspector2 Finding, Inspector2 Finding, ECR Image Scan".to_owned(), None));
}

#[tokio::test]
async fn a_rule_is_asked_by_resource_and_listed_by_rule() {
    let (_server, clients) = answers(|request| {
        let asked: Value = serde_json::from_str(&request.body).unwrap();
        let result = json!({
            "EvaluationResultIdentifier": {"EvaluationResultQualifier":
                {"ConfigRuleName": "restricted-ssh", "ResourceType": "AWS::EC2::SecurityGroup", "ResourceId": "sg-1"}},
            "ComplianceType": "NON_COMPLIANT", "ResultRecordedTime": 1_793_610_600.5,
        });
        match request.target.rsplit('.').next().unwrap_or_default() {
            "DescribeComplianceByConfigRule" => {
                (200, json!({"ComplianceByConfigRules": [{"ConfigRuleName": "restricted-ssh"}]}))
            }
            "GetComplianceDetailsByConfigRule" if asked["NextToken"].is_null() => {
                (200, json!({"EvaluationResults": [result], "NextToken": "two"}))
            }
            _ => (200, json!({"EvaluationResults": [result]})),
        }
    });
    let api = ConfigRules::new(&clients, &place());
    let first = api.page(None, None).await.unwrap();
    let second = api.page(None, first.next.as_deref()).await.unwrap();
    assert_eq!((first.events.len(), second.events.len(), second.next), (1, 1, None));
    let mut rule =
        finding("config:INCOMING_SSH_DISABLED", Resource::new("sg-1", "AWS::EC2::SecurityGroup", "sg-1"), "r");
    rule.parts = vec![
        Part::new("restricted-ssh", "c", Status::Resolved, Severity::High, "a"),
        Part::new("gone", "c", Status::Resolved, Severity::High, "b"),
    ];
    let Lookup::Events(events) = api.lookup(&rule).await.unwrap() else { panic!("it must answer") };
    let said = |n: usize| events[n]["detail"]["newEvaluationResult"]["complianceType"].as_str().unwrap().to_owned();
    assert_eq!((said(0), said(1)), ("NON_COMPLIANT".to_owned(), "NOT_APPLICABLE".to_owned()));
    assert_eq!(events[0]["detail"]["newEvaluationResult"]["resultRecordedTime"], "2026-11-02T09:10:00.5Z");
    rule.account = "444455556666".to_owned();
    let Lookup::Unknown(reason) = api.lookup(&rule).await.unwrap() else { panic!("it cannot be read") };
    assert!(reason.contains("believe_closes_of"), "{reason}");
}

#[tokio::test]
async fn the_newest_backup_that_is_over_decides() {
    let (_server, clients) = answers(|request| {
        let job = |state: &str, over: f64| {
            json!({"BackupJobId": state, "State": state, "AccountId": ACCOUNT, "BackupVaultName": "nightly",
                "ResourceArn": "arn:aws:rds:eu-central-1:111122223333:db:orders", "CompletionDate": over})
        };
        if request.path.contains("copy-jobs") {
            return (200, json!({"CopyJobs": []}));
        }
        (
            200,
            json!({"BackupJobs": [job("RUNNING", 1_793_610_900.0), job("COMPLETED", 1_793_610_600.0), job("FAILED", 1_793_600_000.0)]}),
        )
    });
    let api = BackupJobs::new(&clients, &place());
    let orders = Resource::new("arn:aws:rds:eu-central-1:111122223333:db:orders", "RDS", "orders");
    let asked = finding("backup:backup-job", orders.clone(), "backup:backup-job/nightly");
    let Lookup::Events(events) = api.lookup(&asked).await.unwrap() else { panic!("it must answer") };
    assert_eq!((events.len(), &events[0]["detail"]["State"]), (1, &json!("COMPLETED")));
    let page = api.page(None, None).await.unwrap();
    assert_eq!(page.events.len(), 1, "one resource had a failure");
    assert_eq!(page.events[0]["detail"]["State"], "COMPLETED", "which is over");
    let last = api.page(None, page.next.as_deref()).await.unwrap();
    assert_eq!((last.events.len(), last.next), (0, None));
    let vault = finding("backup:vault", orders, "v");
    assert_eq!(api.lookup(&vault).await.unwrap(), Lookup::NoApi);
}

#[tokio::test]
async fn every_service_names_its_permission_and_is_asked_again_when_it_is_throttled() {
    let orders = Resource::new("arn:aws:rds:eu-central-1:111122223333:db:orders", "RDS", "orders");
    let backup = finding("backup:backup-job", orders.clone(), "backup:backup-job/nightly");
    let copy = finding("backup:copy-job", orders.clone(), "backup:copy-job/nightly");
    let rule = finding("config:X", Resource::new("sg-1", "AWS::EC2::SecurityGroup", "sg-1"), "r");
    for (status, code) in [(400, "AccessDeniedException"), (400, "ThrottlingException"), (503, "ServiceUnavailable")] {
        let (_server, clients) = answers(move |_| (status, json!({"__type": code, "message": "m"})));
        let scans = ImageScans::new(&clients, &place());
        let (rules, jobs) = (ConfigRules::new(&clients, &place()), BackupJobs::new(&clients, &place()));
        let asked = [
            (scans.lookup(&image(&[CVE])).await.unwrap_err(), "inspector2:ListFindings"),
            (scans.lookup(&image(&["basic"])).await.unwrap_err(), "ecr:DescribeImageScanFindings"),
            (rules.lookup(&rule).await.unwrap_err(), "config:GetComplianceDetailsByResource"),
            (jobs.lookup(&backup).await.unwrap_err(), "backup:ListBackupJobs"),
            (jobs.lookup(&copy).await.unwrap_err(), "backup:ListCopyJobs"),
            (scans.page(None, None).await.unwrap_err(), "inspector2:BatchGetAccountStatus"),
            (scans.page(None, Some("ecr:")).await.unwrap_err(), "ecr:DescribeRepositories"),
            (rules.page(None, None).await.unwrap_err(), "config:DescribeComplianceByConfigRule"),
            (jobs.page(None, None).await.unwrap_err(), "backup:ListBackupJobs"),
        ];
        for (error, action) in asked {
            match error {
                SourceApiError::Refused(reason) if code == "AccessDeniedException" => {
                    assert!(reason.contains(&format!("allow the role of the function {action}")), "{reason}");
                }
                SourceApiError::Unavailable(reason) if code != "AccessDeniedException" => {
                    assert!(reason.contains(action), "{reason}");
                }
                other => panic!("{code}, {action}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_region_from_an_event_never_becomes_another_host() {
    let place = place();
    assert_eq!(place.region_of(""), Some(REGION));
    assert_eq!(place.region_of("us-east-1"), Some("us-east-1"));
    for bad in ["evil.example/", "a.b", "EU", "x@y", "eu central"] {
        assert_eq!(place.region_of(bad), None, "{bad}");
    }
    let clients = Clients::at("http://127.0.0.1:9", REGION);
    let arn = "arn:aws:lambda:us-east-1:444455556666:function:f";
    assert_eq!(Place::of_function(arn, &clients).account, "444455556666");
    assert_eq!(Place::of_function("", &clients), Place { account: String::new(), region: REGION.to_owned() });
}
