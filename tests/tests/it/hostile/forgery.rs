//! Events that are not what they say: quarantine. Names that try to be another's: a finding of their own.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use plimsoll_finding::{FindingKey, Status};
use plimsoll_local::LocalStore;
use plimsoll_pipeline::{
    Policy, Store,
    ingest::Outcome,
    intake::{Classification, EventSummary, classify, unwrap},
};
use plimsoll_tests::samples::{SOURCES, envelopes, now};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{policy, run, take};

const OURS: &str = "111122223333";
const FOREIGN: &str = "444455556666";

fn only_ours() -> Policy {
    Policy { accounts: vec![OURS.to_owned()], ..policy() }
}

fn compliance(account: &str, owner: &str) -> Value {
    json!({
        "id": "e-1", "source": "aws.config", "detail-type": "Config Rules Compliance Change", "account": account,
        "region": "eu-central-1", "time": "2026-11-05T10:00:00Z", "resources": [],
        "detail": {
            "resourceId": "web", "resourceType": "AWS::ECR::Repository", "awsRegion": "eu-central-1", "awsAccountId": owner,
            "configRuleName": "ecr-private-image-scanning-enabled",
            "configRuleARN": format!("arn:aws:config:eu-central-1:{owner}:config-rule/config-rule-abc123"),
            "messageType": "ComplianceChangeNotification",
            "newEvaluationResult": {"complianceType": "COMPLIANT", "resultRecordedTime": "2026-11-05T10:00:00Z"},
        },
    })
}

fn outcome(event: &Value, policy: &Policy) -> (Option<Outcome>, String) {
    let store = LocalStore::in_memory().unwrap();
    let EventSummary { outcome, reason, .. } = run(take(&store, event, policy)).remove(0);
    (outcome, reason.unwrap_or_default())
}

fn is_quarantined(event: &Value, policy: &Policy, reasons: &str) {
    let (outcome, reason) = outcome(event, policy);
    assert_eq!(outcome, Some(Outcome::Quarantined), "{event}");
    assert!(reason.contains(reasons), "{reason}");
}

#[test]
fn an_event_of_a_foreign_account_is_put_aside() {
    let policy = only_ours();
    assert_eq!(outcome(&compliance(OURS, OURS), &policy).0, Some(Outcome::Applied));
    is_quarantined(&compliance(FOREIGN, FOREIGN), &policy, FOREIGN);
    is_quarantined(&compliance("111122223333 ", OURS), &policy, "not one of ours");
    is_quarantined(&compliance("11112222333", OURS), &policy, "not one of ours");
}

#[test]
fn an_envelope_of_ours_around_a_resource_of_a_foreign_account_is_put_aside() {
    is_quarantined(&compliance(OURS, FOREIGN), &only_ours(), FOREIGN);
}

#[test]
fn a_bare_detail_of_a_foreign_account_is_put_aside() {
    is_quarantined(&compliance(OURS, FOREIGN)["detail"], &only_ours(), FOREIGN);
    assert_eq!(outcome(&compliance(OURS, OURS)["detail"], &only_ours()).0, Some(Outcome::Applied));
}

#[test]
fn an_event_of_a_foreign_region_is_put_aside() {
    let ours = Policy { regions: vec!["eu-central-1".to_owned(), "us-east-1".to_owned()], ..policy() };
    let mut event = compliance(OURS, OURS);
    assert_eq!(outcome(&event, &ours).0, Some(Outcome::Applied));
    // Both the envelope and the resource that it names.
    event["detail"]["awsRegion"] = json!("ap-south-1");
    is_quarantined(&event, &ours, "region ap-south-1 is not one of ours");
    event["detail"]["awsRegion"] = json!("eu-central-1");
    for region in ["ap-south-1", "eu-central-1 ", "EU-CENTRAL-1", "eu-central-12"] {
        event["region"] = json!(region);
        is_quarantined(&event, &ours, "`regions` in plimsoll.toml");
        assert_eq!(outcome(&event, &policy()).0, Some(Outcome::Applied), "without a list every region is ours");
    }
}

#[test]
fn an_administrator_may_speak_for_its_members() {
    let policy = Policy { accounts: vec![OURS.to_owned(), FOREIGN.to_owned()], ..policy() };
    assert_eq!(outcome(&compliance(FOREIGN, OURS), &policy).0, Some(Outcome::Applied));
}

#[test]
fn a_wrong_source_or_detail_type_is_put_aside() {
    let policy = policy();
    for (field, value) in [
        ("source", "aws.ecr"),
        ("source", "com.example.config"),
        ("source", "aws.config "),
        ("detail-type", "config rules compliance change"),
        ("detail-type", "Scheduled Event"),
    ] {
        let mut event = compliance(OURS, OURS);
        event[field] = json!(value);
        is_quarantined(&event, &policy, "no function reads");
    }
    // A kind of AWS Config that says nothing about a rule closes nothing either, whatever its detail claims.
    let mut event = compliance(OURS, OURS);
    event["detail-type"] = json!("Config Configuration Item Change");
    assert_eq!(outcome(&event, &policy).0, Some(Outcome::Ignored));
}

/// Each function, alone as it is deployed, with the events of all others.
#[test]
fn a_function_puts_the_events_of_others_aside() {
    let policy = policy();
    let envelopes = envelopes().unwrap();
    for source in SOURCES {
        for envelope in envelopes.iter().filter(|e| e.source.name != source.name) {
            let intake = unwrap(&envelope.json, &[source], now());
            let (_, classification) = classify(&intake.deliveries[0], &[source], &policy);
            assert!(
                matches!(classification, Classification::Quarantined(_)),
                "{} reads {}",
                source.name,
                envelope.origin
            );
        }
    }
}

/// A detail under the name of an event of another function: never a statement about anything.
#[test]
fn a_detail_under_another_name_says_nothing() {
    let policy = policy();
    let mut faults = BTreeSet::new();
    for envelope in envelopes().unwrap() {
        for other in SOURCES.iter().filter(|s| s.name != envelope.source.name) {
            // Prose comes by SNS and is kept word for word, whatever it says.
            for (source, detail_type) in other.kinds.iter().filter(|(_, kind)| !kind.ends_with("Notification")) {
                let mut event = envelope.json.clone();
                event["source"] = json!(source);
                event["detail-type"] = json!(detail_type);
                let intake = unwrap(&event, &SOURCES, now());
                if let Classification::Findings(findings) = classify(&intake.deliveries[0], &SOURCES, &policy).1 {
                    faults.insert(format!("{} as {detail_type}: {}", envelope.origin, findings[0].title));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} are believed:\n{}", faults.len(), faults.into_iter().collect::<Vec<_>>().join("\n"));
}

/// Names that might be taken for one another by a key that joins its parts, folds case or normalises text.
const NAMES: [&str; 18] = [
    "web",
    "web/",
    "/web",
    "web/api",
    "web#api",
    "web:api",
    "web|api",
    "web\u{0}api",
    "webapi",
    "WEB",
    "web ",
    "web\n",
    "w\u{435}b",
    "caf\u{e9}",
    "cafe\u{301}",
    "we\u{200b}b",
    "web%2Fapi",
    "ｗｅｂ",
];

type Statement = fn(&str, bool) -> Value;

fn envelope(source: &str, detail_type: &str, is_open: bool, detail: &Value) -> Value {
    let time = if is_open { "2026-11-05T10:00:00Z" } else { "2026-11-06T10:00:00Z" };
    json!({"id": "e", "source": source, "detail-type": detail_type, "account": OURS, "region": "eu-central-1",
           "time": time, "resources": [], "detail": detail})
}

/// The same thing said of a resource of any name: the problem is there, or it is over.
const STATEMENTS: [(&str, Statement); 5] = [
    ("ecr-scan", |name, is_open| {
        let counts = if is_open { json!({"HIGH": 1}) } else { Value::Null };
        let detail = json!({"scan-status": "COMPLETE", "repository-name": name, "finding-severity-counts": counts,
            "image-digest": "sha256:0000000000000000000000000000000000000000000000000000000000000001"});
        envelope("aws.ecr", "ECR Image Scan", is_open, &detail)
    }),
    ("config-rule", |name, is_open| {
        let mut event = compliance(OURS, OURS);
        let result = if is_open { "NON_COMPLIANT" } else { "COMPLIANT" };
        let time = if is_open { "2026-11-05T10:00:00Z" } else { "2026-11-06T10:00:00Z" };
        event["detail"]["resourceId"] = json!(name);
        event["detail"]["newEvaluationResult"] = json!({"complianceType": result, "resultRecordedTime": time});
        event
    }),
    ("guardduty-finding", |name, is_open| {
        let time = if is_open { "2026-11-05T10:00:00Z" } else { "2026-11-06T10:00:00Z" };
        let detail = json!({"id": name, "accountId": OURS, "region": "eu-central-1", "type": "Recon:EC2/Portscan",
            "severity": 5, "title": "t", "description": "d", "createdAt": "2026-11-05T10:00:00Z", "updatedAt": time,
            "resource": {"resourceType": "Instance", "instanceDetails": {"instanceId": "i-0c0ffee00c0ffee00"}},
            "service": {"archived": !is_open, "count": 1}});
        envelope("aws.guardduty", "GuardDuty Finding", is_open, &detail)
    }),
    ("backup-job", |name, is_open| {
        let state = if is_open { "FAILED" } else { "COMPLETED" };
        let detail = json!({"backupJobId": "job", "state": state, "backupVaultName": "nightly", "resourceType": "RDS",
            "resourceArn": format!("arn:aws:rds:eu-central-1:111122223333:db:{name}")});
        envelope("aws.backup", "Backup Job State Change", is_open, &detail)
    }),
    ("cost-anomaly", |name, is_open| {
        let feedback = if is_open { Value::Null } else { json!("PLANNED_ACTIVITY") };
        let detail = json!({"accountId": OURS, "anomalyId": name, "monitorArn": format!("arn:aws:ce::{OURS}:anomalymonitor/m"),
            "anomalyScore": {"maxScore": 0.9, "currentScore": 0.9}, "feedback": feedback,
            "anomalyStartDate": "2026-11-04", "anomalyEndDate": "2026-11-04",
            "impact": {"maxImpact": 300, "totalImpact": 300.0, "totalExpectedSpend": 100.0, "totalActualSpend": 400.0}});
        envelope("aws.ce", "Anomaly Detected", is_open, &detail)
    }),
];

#[test]
fn no_name_closes_the_finding_of_another() {
    let policy = policy();
    for (function, statement) in STATEMENTS {
        let store = LocalStore::in_memory().unwrap();
        let mut keys: BTreeMap<String, &str> = BTreeMap::new();
        for name in NAMES {
            let summary = run(take(&store, &statement(name, true), &policy)).remove(0);
            assert_eq!(summary.outcome, Some(Outcome::Applied), "{function}: {name:?}: {:?}", summary.reason);
            assert_eq!(summary.findings[0].status, Status::Open, "{function}: {name:?}");
            let known = keys.insert(summary.findings[0].key.clone(), name);
            assert_eq!(known, None, "{function}: {name:?} is the same finding as {known:?}");
        }
        for (closed, name) in NAMES.into_iter().enumerate() {
            let summary = run(take(&store, &statement(name, false), &policy)).remove(0);
            assert_eq!(keys.get(&summary.findings[0].key), Some(&name), "{function} closes another");
            let open = run(store.records()).unwrap().iter().filter(|r| r.status() == Status::Open).count();
            assert_eq!(open, NAMES.len() - closed - 1, "{function}: after the close of {name:?}");
        }
    }
}

/// Few letters and many separators, so that joined parts would collide all the time.
fn part() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        proptest::sample::select(vec!["a", "b", "#", "/", ":", "|", "\u{0}", "\u{301}", "\\", ","]),
        0..5,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Among 500 keys there are 125,000 pairs; 40 cases give five million.
    #[test]
    fn different_identities_have_different_keys(identities in proptest::collection::vec([part(), part(), part(), part(), part()], 500)) {
        let mut known: HashMap<FindingKey, [String; 5]> = HashMap::new();
        for identity in identities {
            let [source, account, region, resource, rule] = &identity;
            let key = FindingKey::of(source, account, region, resource, rule);
            if let Some(other) = known.insert(key, identity.clone()) {
                prop_assert_eq!(other, identity);
            }
        }
    }
}
