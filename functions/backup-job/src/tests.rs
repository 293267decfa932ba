mod inventory;
mod jobs;
mod points;
mod tables;

use std::path::Path;

use jiff::Timestamp;
use plimsoll_finding::{Event, Finding, Reading, Severity, Status, Unreadable, read_damaged};
use serde_json::{Value, json};

use crate::SOURCE;

const DATABASE: &str = "arn:aws:rds:eu-central-1:111122223333:db:orders";
const POINT: &str = "arn:aws:backup:eu-central-1:111122223333:recovery-point:7c0e3c51-94e1-4c64-8d2a-0d6a2f4b9e11";
const OFFSITE: &str = "arn:aws:backup:eu-west-1:444455556666:backup-vault:offsite";

fn now() -> Timestamp {
    "2026-10-31T12:00:00Z".parse().unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "a literal reads better without a reference")]
fn envelope(kind: &str, detail: Value) -> Value {
    json!({
        "version": "0", "id": "b41d3f0a-58c7-4b6e-9d25-7a3f1c9e2b04", "source": "aws.backup", "detail-type": kind,
        "account": "111122223333", "region": "eu-central-1", "time": "2026-10-05T02:20:00Z", "resources": [POINT],
        "detail": detail
    })
}

fn backup(state: &str) -> Value {
    envelope(
        "Backup Job State Change",
        json!({
            "backupJobId": "3f2a90c1-7c1e-4f0b-8f0e-2f6f1d9c7a10", "state": state, "resourceArn": DATABASE,
            "resourceType": "RDS", "backupVaultName": "nightly",
            "backupVaultArn": "arn:aws:backup:eu-central-1:111122223333:backup-vault:nightly",
            "backupSizeInBytes": "22548578304", "creationDate": "2026-10-05T02:00:00.123Z",
            "startBy": "2026-10-05T10:00:00Z", "percentDone": 0, "retryCount": 3,
            "createdBy": {"backupPlanId": "aws/rds/plan-1", "backupPlanRuleId": "rule-1"}
        }),
    )
}

fn with(mut value: Value, edits: &[(&str, Value)]) -> Value {
    for (pointer, new) in edits {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        value.pointer_mut(parent).unwrap()[key] = new.clone();
    }
    value
}

fn read(value: &Value) -> Result<Reading, Unreadable> {
    (SOURCE.read)(&Event::from_envelope(value, now()).unwrap())
}

fn all(value: &Value) -> Vec<Finding> {
    match read(value) {
        Ok(Reading::Findings(findings)) => findings,
        other => panic!("{other:?}"),
    }
}

fn one(value: &Value) -> Finding {
    let mut findings = all(value);
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

fn fact<'a>(finding: &'a Finding, name: &str) -> Option<&'a str> {
    finding.facts.iter().find(|f| f.name == name).map(|f| f.value.as_str())
}

fn scan(state: &str, result: &Value, point: &str) -> Value {
    envelope(
        "Scan Job State Change",
        json!({"scanJobId": "s", "state": state, "resourceArn": DATABASE, "recoveryPointArn": point, "backupVaultName": "nightly",
               "malwareScanner": "GUARDDUTY", "statusMessage": "An AWS Backup scan job ended.", "scanResult": {"scanResultStatus": result}}),
    )
}

fn notification(state: &str, attributes: bool) -> Value {
    let wrap = |value: &str| if attributes { json!({"Type": "String", "Value": value}) } else { json!(value) };
    json!({
        "Message": format!("An AWS Backup job ended. Resource ARN : {DATABASE}. BackupJob ID : 3f2a90c1"),
        "Subject": "Notification from AWS Backup", "TopicArn": "arn:aws:sns:eu-central-1:111122223333:backups",
        "Timestamp": "2026-10-05T02:20:00.788Z",
        "MessageAttributes": {"EventType": wrap("BACKUP_JOB"), "State": wrap(state), "AccountId": wrap("111122223333"),
                              "Id": wrap("3f2a90c1"), "StartTime": wrap("2026-10-05T02:00:00Z")}
    })
}

fn from_sns(document: &Value) -> Result<Reading, Unreadable> {
    let (source, kind) = (SOURCE.recognise)(document).unwrap();
    (SOURCE.read)(&Event::from_bare_detail(source, kind, document, now()))
}

#[test]
fn notifications_are_read_by_their_attributes() {
    for attributes in [true, false] {
        let Ok(Reading::Findings(failed)) = from_sns(&notification("FAILED", attributes)) else { panic!() };
        let finding = &failed[0];
        assert_eq!((finding.status, finding.title.as_str()), (Status::Open, "Backup of orders failed"));
        assert_eq!((finding.account.as_str(), finding.region.as_str()), ("111122223333", "eu-central-1"));
        assert_eq!(finding.observed_at.to_string(), "2026-10-05T02:20:00.788Z");
        assert_eq!(finding.detail_type, "Backup Notification");
        assert!(fact(finding, "Message").unwrap().starts_with("An AWS Backup job ended."), "the sentence is shown");
        let Ok(Reading::Findings(good)) = from_sns(&notification("COMPLETED", attributes)) else { panic!() };
        assert_eq!((good[0].status, good[0].key()), (Status::Resolved, finding.key()));
    }
    let mut issues = notification("COMPLETED", true);
    issues["Message"] =
        json!(format!("An AWS Backup job completed with issues. Resource ARN : {DATABASE}. BackupJob ID : 1"));
    let Ok(Reading::Findings(findings)) = from_sns(&issues) else { panic!() };
    assert_eq!((findings[0].status, findings[0].severity), (Status::Open, Severity::Medium));
    assert!(matches!(from_sns(&notification("RUNNING", true)), Ok(Reading::Ignored(_))));
    assert!(from_sns(&notification("WHATEVER", true)).is_err());
}

#[test]
fn notifications_of_other_kinds() {
    let object = json!({
        "Message": "A Kubernetes resource failed to backup.",
        "MessageAttributes": {"eventType": {"Type": "String", "Value": "EKS_BACKUP_OBJECT_FAILED"},
                              "clusterName": {"Type": "String", "Value": "platform"}}
    });
    let Ok(Reading::Findings(findings)) = from_sns(&object) else { panic!() };
    assert_eq!(
        (findings[0].severity, findings[0].title.as_str()),
        (Severity::Medium, "Backup of platform is incomplete")
    );
    let index = json!({
        "Message": format!("An index job failed. Indexed recovery point arn: {POINT}"),
        "MessageAttributes": {"EventType": "RECOVERY_POINT_INDEXING_FAILED", "IndexStatus": "FAILED", "RecoveryPointArn": POINT}
    });
    let Ok(Reading::Findings(findings)) = from_sns(&index) else { panic!() };
    assert_eq!((findings[0].check.as_str(), findings[0].resource.id.as_str()), ("backup:recovery-point-index", POINT));
    let interrupted = json!({"Message": "x", "MessageAttributes": {"EventType": "CONTINUOUS_BACKUP_INTERRUPTED"}});
    assert!(from_sns(&interrupted).unwrap_err().reason.contains("CONTINUOUS_BACKUP_INTERRUPTED"));
}

#[test]
fn only_documents_of_aws_backup_are_recognised() {
    let kind = |value: Value| (SOURCE.recognise)(&value).map(|(_, kind)| kind);
    assert_eq!(kind(backup("FAILED")["detail"].clone()), Some("Backup Job State Change"));
    assert_eq!(kind(json!({"scanJobId": "s", "state": "FAILED", "backupJobId": "b"})), Some("Scan Job State Change"));
    for value in [
        json!({"Message": "hello", "MessageAttributes": {"EventType": "ORDER_PLACED", "State": "x", "Id": "1"}}),
        json!({"Message": {"a": 1}, "MessageAttributes": {"EventType": "BACKUP_JOB", "State": "x", "Id": "1"}}),
        json!({"Message": "x", "MessageAttributes": {"EventType": "BACKUP_JOB"}}),
        json!({"backupJobId": "b"}),
        json!("BACKUP_JOB"),
        json!(null),
    ] {
        assert_eq!(kind(value.clone()), None, "{value}");
    }
}

#[test]
fn a_bare_detail_takes_its_owner_from_its_arns_and_its_time_from_its_dates() {
    let detail = with(backup("FAILED"), &[("/detail/completionDate", json!("2026-10-05T02:13:00Z"))])["detail"].clone();
    let event = Event::from_bare_detail("aws.backup", "Backup Job State Change", &detail, now());
    let Ok(Reading::Findings(findings)) = (SOURCE.read)(&event) else { panic!() };
    assert_eq!(findings[0].key(), one(&backup("FAILED")).key());
    assert_eq!(findings[0].observed_at.to_string(), "2026-10-05T02:13:00Z");
}

fn sample(name: &str) -> Finding {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/backup-job").join(name).with_extension("json");
    one(&serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

#[test]
fn the_stories_in_the_sample_events_close() {
    for [first, last] in [
        ["backup-failed", "backup-completed-the-next-night"],
        ["copy-failed", "copy-completed"],
        ["index-failed", "index-active"],
        ["region-setting-opt-out", "region-setting-opt-in"],
    ] {
        let (first, last) = (sample(first), sample(last));
        assert_eq!(first.key(), last.key(), "{}", first.title);
        assert!(first.status == Status::Open && last.status == Status::Resolved, "{}", first.title);
        assert!(first.observed_at < last.observed_at, "{}", first.title);
    }
}

#[test]
fn every_sample_event_is_read_or_refused_with_a_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/backup-job");
    let mut read_events = 0;
    for file in std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()) {
        // What people paste has a wrapping; `tests/tests/it/corpus.rs` takes it out of it.
        let is_pasted = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pasted-"));
        if is_pasted || file.extension().is_none_or(|e| e != "json") {
            continue;
        }
        let value: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let envelopes = value.as_array().cloned().unwrap_or_else(|| vec![value]);
        for event in envelopes.iter().filter_map(|v| Event::from_envelope(v, now())) {
            read_events += 1;
            let reading = (SOURCE.read)(&event);
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            assert_eq!(reading.is_err(), name.starts_with("unreadable-"), "{name}: {reading:?}");
            if let Ok(Reading::Findings(findings)) = reading {
                assert!(!findings.is_empty() && findings.iter().all(|f| !f.title.is_empty()), "{name}");
            }
        }
    }
    assert!(read_events >= 20, "only {read_events} events found");
}

#[test]
fn no_mutation_of_an_event_panics() {
    let samples = [
        backup("FAILED"),
        backup("COMPLETED"),
        scan("COMPLETED", &json!("THREATS_FOUND"), POINT),
        envelope(
            "Copy Job State Change",
            json!({"copyJobId": "c", "state": "FAILED", "resourceArn": DATABASE, "destinationBackupVaultArn": OFFSITE}),
        ),
        envelope(
            "Restore Job State Change",
            json!({"restoreJobId": "r", "status": "COMPLETED", "sourceResourceArn": DATABASE, "validationStatus": "FAILED"}),
        ),
        envelope(
            "Recovery Point State Change",
            json!({"status": "DELETING", "resourceArn": DATABASE, "calculatedLifecycle": {"deleteAt": "2026-10-05T02:00:00Z"}}),
        ),
        envelope("Backup Vault State Change", json!({"backupVaultName": "v", "state": "DELETED", "isLocked": "true"})),
        envelope(
            "Region Setting State Change",
            json!({"state": "MODIFIED", "ResourceTypeOptInPreference": {"Aurora": true}}),
        ),
        envelope("Recovery Point Index State Change", json!({"indexStatus": "FAILED", "sourceResourceArn": DATABASE})),
        envelope("Backup Notification", notification("FAILED", true)),
    ];
    let replacements = [json!(null), json!({}), json!(7), json!("x"), json!([])];
    let read = |original: &Value| {
        read_damaged(&SOURCE, original, &replacements, now(), |damage, reason| {
            panic!("{damage:?} silenced it: {reason}")
        })
    };
    let count: usize = samples.iter().map(read).sum();
    assert!(count > 500, "{count}");
}
