//! The whole function against tables of events.

use plimsoll_finding::{Event, Finding, Reading, Severity, Status, Unreadable};
use serde_json::{Value, json};

use crate::SOURCE;

mod protection;

const CLUSTER: &str = "arn:aws:ecs:eu-central-1:111122223333:cluster/shop";
const KEY: &str = "ASIAIOSFODNN7EXAMPLE";

pub(crate) fn event(kind: &str, detail: &Value) -> Value {
    json!({"version": "0", "id": "e-1", "source": "aws.guardduty", "detail-type": kind, "account": "444455556666",
           "region": "eu-central-1", "time": "2026-10-02T08:00:00Z", "resources": [], "detail": detail})
}

fn threat() -> Value {
    event(
        "GuardDuty Finding",
        &json!({"id": "f-1", "accountId": "111122223333", "region": "eu-central-1", "severity": 8,
                "arn": "arn:aws:guardduty:eu-central-1:111122223333:detector/d/finding/f-1",
                "type": "CryptoCurrency:Runtime/BitcoinTool.B!DNS", "title": "A miner runs", "description": "A miner runs",
                "updatedAt": "2026-10-02T07:59:00.120Z",
                "resource": {"resourceType": "ECSCluster", "ecsClusterDetails": {"arn": CLUSTER, "name": "shop",
                    "tags": [{"key": "team", "value": "shop"}], "taskDetails": {"group": "service:cart",
                    "definitionArn": "arn:aws:ecs:eu-central-1:111122223333:task-definition/cart:17",
                    "containers": [{"image": "cart:5.1.0"}, {"image": "cart:5.1.0"}, null]}}},
                "service": {"count": 12, "archived": false, "eventFirstSeen": "2026-10-02T01:00:00Z",
                    "eventLastSeen": "2026-10-02T07:00:00Z", "detectorId": "d",
                    "action": {"actionType": "DNS_REQUEST", "dnsRequestAction": {"domain": "pool.miner.example"}},
                    "runtimeDetails": {"process": {"name": "k", "executablePath": "/opt/k", "user": "root"}}}}),
    )
}

pub(crate) fn read(envelope: &Value) -> Result<Reading, Unreadable> {
    let now = "2026-11-02T09:15:00Z".parse().unwrap();
    (SOURCE.read)(&Event::from_envelope(envelope, now).expect("an envelope"))
}

fn findings(envelope: &Value) -> Vec<Finding> {
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

pub(crate) fn fact<'a>(finding: &'a Finding, name: &str) -> Option<&'a str> {
    finding.facts.iter().find(|f| f.name == name).map(|f| f.value.as_str())
}

/// `threats:open:critical scan:resolved:informational`
fn parts(finding: &Finding) -> String {
    let part = |p: &plimsoll_finding::Part| format!("{}:{}:{}", p.id, p.status.name(), p.severity.name());
    finding.parts.iter().map(part).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_threat_in_fargate() {
    let finding = only(&threat());
    assert_eq!(finding.title, "CryptoCurrency:Runtime/BitcoinTool.B!DNS on ECS cluster shop");
    assert_eq!((finding.check.as_str(), finding.identity_rule.as_deref()), ("guardduty:finding", Some("f-1")));
    assert_eq!((finding.resource.id.as_str(), finding.resource.kind.as_str()), (CLUSTER, "ECSCluster"));
    assert_eq!((finding.status, finding.severity), (Status::Open, Severity::High));
    assert_eq!(finding.native_severity.as_deref(), Some("8.0"));
    assert_eq!(finding.account, "111122223333", "the member, not the administrator of the envelope");
    assert_eq!(finding.observed_at.to_string(), "2026-10-02T08:00:00Z", "the envelope is later than `updatedAt`");
    assert_eq!(finding.first_seen, Some("2026-10-02T01:00:00Z".parse().unwrap()));
    assert_eq!(finding.last_seen, Some("2026-10-02T07:00:00Z".parse().unwrap()));
    assert_eq!(finding.finding_type.as_deref(), Some("CryptoCurrency:Runtime/BitcoinTool.B!DNS"));
    assert_eq!(finding.tags["team"], "shop");
    for (name, value) in [
        ("What happened", "A miner runs"),
        ("Domain", "pool.miner.example"),
        ("Process", "/opt/k"),
        ("Process user", "root"),
        ("Container image", "cart:5.1.0"),
        ("Task definition", "arn:aws:ecs:eu-central-1:111122223333:task-definition/cart:17"),
        ("Service", "cart"),
        ("Seen", "12 times"),
    ] {
        assert_eq!(fact(&finding, name), Some(value));
    }
    assert_eq!(fact(&finding, "Description"), None, "it repeats the title");
    assert_eq!(fact(&finding, "First seen"), None, "a date of the finding, not a second label");
    assert!(finding.remediation.unwrap().starts_with("Stop the task"));
    assert_eq!(finding.runbook.as_deref(), Some("docs/runbooks/guardduty-finding.md#contain-an-ecs-task"));
    assert!(
        finding.console_url.unwrap().ends_with("/guardduty/home?region=eu-central-1#/findings?macros=current&fId=f-1")
    );
}

#[test]
fn repeats_and_copies_have_one_key_and_other_findings_another() {
    let key = only(&threat()).key();
    let changed = |path: &str, value: Value| {
        let mut envelope = threat();
        *envelope.pointer_mut(path).expect(path) = value;
        only(&envelope).key()
    };
    for (path, value) in [
        ("/id", json!("e-2")),
        ("/account", json!("111122223333")),
        ("/detail/updatedAt", json!("2026-10-03T00:00:00Z")),
        ("/detail/severity", json!(5)),
        ("/detail/service/count", json!(13)),
        ("/detail/service/archived", json!(true)),
        ("/detail/title", json!(null)),
    ] {
        assert_eq!(changed(path, value), key, "{path}");
    }
    for (path, value) in [
        ("/detail/id", json!("f-2")),
        ("/detail/accountId", json!("444455556666")),
        ("/detail/region", json!("eu-west-1")),
    ] {
        assert_ne!(changed(path, value), key, "{path}");
    }
}

#[test]
fn severities_and_states() {
    for (severity, expected) in [
        (json!(9), Severity::Critical),
        (json!(7.25), Severity::High),
        (json!("4.5"), Severity::Medium),
        (json!(1), Severity::Low),
        (json!(0.9), Severity::Informational),
    ] {
        let mut envelope = threat();
        envelope["detail"]["severity"] = severity;
        assert_eq!(only(&envelope).severity, expected);
    }
    for nothing in [json!(null), json!("undefined"), json!("NaN"), json!({}), json!([8])] {
        let mut envelope = threat();
        envelope["detail"]["severity"] = nothing;
        let finding = only(&envelope);
        assert_eq!((finding.severity, finding.native_severity.as_deref()), (Severity::Medium, None));
        assert!(finding.severity_is_default && fact(&finding, "Severity").is_some());
        assert!(!finding.title.contains("undefined") && !finding.title.contains("NaN"));
    }
    let mut archived = threat();
    archived["detail"]["service"]["archived"] = json!("true");
    assert_eq!((only(&archived).status, only(&archived).severity), (Status::Resolved, Severity::High));
}

#[test]
fn samples_are_marked() {
    for (additional, sample) in [
        (json!({"sample": true}), true),
        (json!({"sample": "true"}), true),
        (json!({"value": "{\"sample\":true}", "type": "default"}), true),
        (json!({"value": "{\"sample\":false}"}), false),
        (json!({"value": "not json"}), false),
        (json!(null), false),
    ] {
        let mut envelope = threat();
        envelope["detail"]["service"]["additionalInfo"] = additional.clone();
        envelope["detail"]["title"] = json!("[SAMPLE] not a proof");
        assert_eq!(only(&envelope).sample, sample, "{additional}");
    }
}

#[test]
fn little_is_needed() {
    let full = only(&threat());
    let mut bare = threat();
    for field in ["version", "id", "source", "time", "account", "region", "resources"] {
        bare.as_object_mut().unwrap().remove(field);
    }
    let detail = bare["detail"].as_object_mut().unwrap();
    for field in ["id", "accountId", "region", "severity", "service", "title"] {
        detail.remove(field);
    }
    let finding = only(&bare);
    assert_eq!(finding.key(), full.key(), "id, account and region are in the ARN as well");
    bare["detail"].as_object_mut().unwrap().remove("updatedAt");
    assert_eq!(only(&bare).observed_at.to_string(), "2026-11-02T09:15:00Z", "the time of receipt");

    for missing in ["id", "type"] {
        let mut envelope = threat();
        for field in [missing, "arn", "title"] {
            envelope["detail"].as_object_mut().unwrap().remove(field);
        }
        assert!(read(&envelope).is_err(), "{missing}");
    }
}

#[test]
fn attack_sequences() {
    let sequence = |resources: &Value| {
        let mut envelope = threat();
        let detail = &mut envelope["detail"];
        detail["type"] = json!("AttackSequence:ECS/CompromisedCluster");
        detail["severity"] = json!(9.5);
        detail["description"] = json!("one\ntwo");
        detail["resource"] = json!({"resourceType": "AttackSequence"});
        detail["service"]["detection"] = json!({"sequence": {
            "resources": resources, "actors": [{"id": KEY, "user": {"name": "alice", "credentialUid": KEY}}],
            "signals": [{"name": "A"}, {"type": "FINDING"}, {}, {"name": "C"}, {"name": "D"}, {"name": "E"}, {"name": "F"}],
            "endpoints": [{"domain": "evil.example"}, {"ip": "198.51.100.23"}],
            "sequenceIndicators": [{"key": "ATTACK_TACTIC", "values": ["Execution", "Impact"]}, {"key": "X", "values": ["y"]}]
        }});
        only(&envelope)
    };
    let task = json!({"uid": "arn:aws:ecs:eu-central-1:111122223333:task/shop/1", "resourceType": "ECS_TASK"});
    let key = json!({"uid": KEY, "name": KEY, "resourceType": "ACCESS_KEY"});
    let cluster =
        json!({"uid": CLUSTER, "name": "shop", "resourceType": "ECS_CLUSTER", "tags": [{"key": "a", "value": "b"}]});
    let one = sequence(&json!([task, key, cluster]));
    assert_eq!((one.check.as_str(), one.severity), ("guardduty:attack-sequence", Severity::Critical));
    assert_eq!(one.title, "AttackSequence:ECS/CompromisedCluster on ECS cluster shop");
    assert_eq!((one.resource.id.as_str(), one.tags.len()), (CLUSTER, 1));
    assert_eq!(fact(&one, "Signals"), Some("A, FINDING, C, D, E and 1 more"));
    assert_eq!(fact(&one, "Tactics"), Some("Execution, Impact"));
    assert_eq!(fact(&one, "Endpoints"), Some("evil.example, 198.51.100.23"));
    assert_eq!(fact(&one, "Description"), Some("one two"));
    assert!(one.remediation.as_deref().unwrap().starts_with("Stop the task"));

    let more = sequence(&json!([cluster, task]));
    assert_eq!(more.key(), one.key(), "the list of resources grows and changes order");
    let none = sequence(&json!([key]));
    assert_eq!(none.resource.id, "arn:aws:guardduty:eu-central-1:111122223333:detector/d/finding/f-1");
    assert_eq!(none.resource.name, "alice");
    for finding in [one, more, none] {
        assert!(!serde_json::to_string(&finding).unwrap().contains(KEY));
    }
}

#[test]
fn access_keys_never_leave() {
    let mut envelope = threat();
    let detail = &mut envelope["detail"];
    detail["title"] = json!(format!("The key {KEY} was used"));
    detail["description"] = json!(format!("by user:{KEY}, twice"));
    detail["resource"] = json!({"resourceType": "AccessKey", "accessKeyDetails": {"accessKeyId": KEY, "userName": KEY,
        "principalId": format!("AROA:{KEY}"), "userType": "AssumedRole"}, "tags": [{"key": KEY, "value": KEY}]});
    detail["service"]["action"] = json!({"actionType": KEY, "awsApiCallAction": {"api": KEY, "userAgent": KEY}});
    detail["service"]["runtimeDetails"] = json!({"process": {"executablePath": format!("/{KEY}"), "user": KEY}});
    let finding = only(&envelope);
    let text = serde_json::to_string(&finding).unwrap();
    assert!(!text.to_uppercase().contains(KEY), "{text}");
    assert_eq!(fact(&finding, "What happened"), Some("The key [access key] was used"));
    assert_eq!(finding.resource.name, "access key");
}

#[test]
fn an_answer_of_the_api_is_many_findings() {
    let list = json!({"Findings": [threat()["detail"], {"Id": "f-2", "Type": "Recon:EC2/Portscan", "Service": {"DetectorId": "d"}}, {}]});
    assert_eq!((SOURCE.recognise)(&list), Some(("aws.guardduty", "GuardDuty Finding")));
    let findings = findings(&event("GuardDuty Finding", &list));
    assert_eq!(findings.len(), 3);
    assert_eq!(findings[1].title, "Recon:EC2/Portscan in account 444455556666");
    assert_eq!(findings[2].check, "plimsoll:unreadable-event");
    assert!(matches!(read(&event("GuardDuty Finding", &json!({"findings": []}))), Ok(Reading::Ignored(_))));
}

#[test]
fn bare_details_are_recognised() {
    let object = json!({"bucketName": "b", "objectKey": "k"});
    for (document, expected) in [
        (threat()["detail"].clone(), Some("GuardDuty Finding")),
        (json!({"Type": "Recon:EC2/Portscan", "Service": {"ServiceName": "guardduty"}}), Some("GuardDuty Finding")),
        (
            json!({"currentStatus": "UNHEALTHY", "resourceDetails": {"a": 1}}),
            Some("GuardDuty Runtime Protection Unhealthy"),
        ),
        (
            json!({"currentStatus": "Healthy", "resourceDetails": {"a": 1}}),
            Some("GuardDuty Runtime Protection Healthy"),
        ),
        (
            json!({"s3ObjectDetails": object, "scanResultDetails": {"scanResultStatus": "FAILED"}}),
            Some("GuardDuty Malware Protection Object Scan Result"),
        ),
        (
            json!({"s3ObjectDetails": object, "postScanActions": []}),
            Some("GuardDuty Malware Protection Post Scan Action Failed"),
        ),
        (
            json!({"s3BucketDetails": object, "resourceStatus": "WARNING"}),
            Some("GuardDuty Malware Protection Resource Status Warning"),
        ),
        (json!({"Findings": [{"SchemaVersion": "2018-10-08", "Types": ["TTPs/Discovery/Recon:EC2-Portscan"]}]}), None),
        (json!({"type": "Recon:EC2/Portscan"}), None),
        (json!({"currentStatus": "?", "resourceDetails": {"a": 1}}), None),
        (json!([]), None),
        (json!(null), None),
    ] {
        assert_eq!((SOURCE.recognise)(&document).map(|(_, kind)| kind), expected, "{document}");
    }
}

#[test]
fn hostile_text_stays_one_plain_line() {
    let evil = "<!channel>\n<http://evil.example|Console> \u{202e}\u{200b}\u{1b}[31m";
    let mut envelope = threat();
    let detail = &mut envelope["detail"];
    for field in ["title", "description", "type"] {
        detail[field] = json!(evil);
    }
    detail["resource"]["ecsClusterDetails"]["name"] = json!(evil);
    detail["service"]["action"]["dnsRequestAction"]["domain"] = json!(evil);
    let finding = only(&envelope);
    let mut texts = vec![finding.title.clone(), finding.resource.name.clone()];
    texts.extend(finding.facts.iter().map(|f| f.value.clone()));
    for text in texts {
        assert!(!text.contains(['\n', '\u{202e}', '\u{200b}', '\u{1b}']), "{text:?}");
    }
}

#[test]
fn foreign_events_and_odd_details_are_unreadable() {
    assert!(read(&event("GuardDuty Something Else", &json!({}))).is_err());
    let mut foreign = threat();
    foreign["source"] = json!("aws.evil");
    assert!(read(&foreign).is_err());
    for (_, kind) in SOURCE.kinds {
        for detail in [json!("text"), json!(null), json!([]), json!(7), json!({})] {
            assert!(read(&event(kind, &detail)).is_err(), "{kind}: {detail}");
        }
    }
}
