//! Vaults, plans and answers of the command line.

use plimsoll_finding::{Event, Finding, Reading, Severity, Status};
use serde_json::{Value, json};

use super::{DATABASE, OFFSITE, all, envelope, fact, now, one, with};
use crate::SOURCE;

const VAULT: &str = "arn:aws:backup:eu-central-1:111122223333:backup-vault:aws/efs/automatic";

fn vault(state: &str, locked: &Value) -> Finding {
    let value = envelope(
        "Backup Vault State Change",
        json!({"backupVaultName": "aws/efs/automatic", "state": state, "isLocked": locked}),
    );
    one(&with(value, &[("/resources", json!([VAULT]))]))
}

/// What each part says: id, status, whether it proves nothing.
fn parts(finding: &Finding) -> Vec<(&str, Status, bool)> {
    finding.parts.iter().map(|part| (part.id.as_str(), part.status, part.not_applicable)).collect()
}

#[test]
fn a_vault_is_there_and_locked_or_not() {
    let deleted = vault("DELETED", &json!(null));
    assert_eq!((deleted.status, deleted.severity), (Status::Open, Severity::High));
    assert_eq!(deleted.title, "Backup vault aws/efs/automatic was deleted");
    assert_eq!(parts(&deleted), [("exists", Status::Open, false), ("lock", Status::Resolved, true)]);

    let unlocked = vault("MODIFIED", &json!("false"));
    assert_eq!(
        (unlocked.status, unlocked.severity),
        (Status::Open, Severity::Medium),
        "a lock that is gone is not informational"
    );
    assert_eq!(unlocked.title, "Backup vault aws/efs/automatic was modified and is not locked");
    assert_eq!(parts(&unlocked), [("exists", Status::Resolved, false), ("lock", Status::Open, false)]);
    assert!(unlocked.remediation.as_deref().unwrap().contains("put the lock back"));
    assert_eq!(fact(&unlocked, "Locked"), Some("no"));

    for locked in [json!("true"), json!(true)] {
        let again = vault("MODIFIED", &locked);
        assert_eq!((again.status, again.key()), (Status::Resolved, unlocked.key()), "the next state ends it");
        assert_eq!(parts(&again), [("exists", Status::Resolved, false), ("lock", Status::Resolved, false)]);
    }
    let unknown = vault("MODIFIED", &json!(null));
    assert_eq!(parts(&unknown), [("exists", Status::Resolved, false)], "what the event does not say stays as it was");

    let created = vault("CREATED", &json!(null));
    assert_eq!((created.status, created.key()), (Status::Resolved, deleted.key()));
    assert_eq!(parts(&created), [("exists", Status::Resolved, false), ("lock", Status::Resolved, true)]);
    let nameless = one(&envelope(
        "Backup Vault State Change",
        json!({"backupVaultName": "aws/efs/automatic", "state": "CREATED"}),
    ));
    assert_eq!(nameless.key(), deleted.key(), "the ARN is built when the envelope has none");
    assert!(deleted.console_url.unwrap().ends_with("#/backupvaults/details/aws%2Fefs%2Fautomatic"));
}

fn plan(id: &str, state: &str, at: &str) -> Vec<Finding> {
    let value = envelope("Backup Plan State Change", json!({"backupPlanId": id, "state": state}));
    all(&with(value, &[("/time", json!(at)), ("/resources", json!([]))]))
}

#[test]
fn a_plan_that_is_created_soon_takes_the_place_of_one_that_was_deleted() {
    let deleted = plan("p-1", "DELETED", "2026-05-04T08:10:00Z");
    assert_eq!((deleted.len(), deleted[0].status, deleted[0].severity), (1, Status::Open, Severity::Medium));
    assert_eq!(deleted[0].title, "Backup plan p-1 was deleted");
    assert!(deleted[0].console_url.as_deref().unwrap().ends_with("#/backupplan/details/p-1"));
    let concerns = |at: &str| {
        let created = plan("p-2", "CREATED", at);
        assert!(created.iter().all(|f| f.status == Status::Resolved && f.parts[0].replacement));
        created.iter().any(|f| f.key() == deleted[0].key())
    };
    // Terraform deletes first, or creates first.
    assert!(concerns("2026-05-04T08:10:05Z") && concerns("2026-05-04T08:09:00Z") && concerns("2026-05-04T09:20:00Z"));
    assert!(
        !concerns("2026-05-04T09:40:00Z") && !concerns("2026-05-05T08:10:05Z") && !concerns("2026-05-04T07:59:00Z")
    );
    let other = plan("p-3", "DELETED", "2026-05-04T08:30:00Z");
    assert_eq!(other[0].key(), deleted[0].key());
    assert_ne!(other[0].parts[0].id, deleted[0].parts[0].id, "two deletions need two replacements");
    let modified = plan("p-1", "MODIFIED", "2026-05-04T08:00:00Z");
    assert_eq!((modified[0].status, modified[0].severity), (Status::Resolved, Severity::Informational));
}

fn answer(document: &Value) -> Result<Reading, plimsoll_finding::Unreadable> {
    let (source, kind) = (SOURCE.recognise)(document).unwrap();
    (SOURCE.read)(&Event::from_bare_detail(source, kind, document, now()))
}

#[test]
fn answers_of_the_command_line_are_read_like_events() {
    let job = |id: &str, state: &str, message: &str| {
        json!({"AccountId": "111122223333", "BackupJobId": id, "BackupVaultName": "nightly", "ResourceArn": DATABASE,
               "CreationDate": 1_777_860_000.5, "CompletionDate": "2026-05-04T02:20:00+02:00", "State": state,
               "StatusMessage": message, "ResourceType": "RDS"})
    };
    let jobs = json!({"BackupJobs": [job("1", "FAILED", "no"), job("2", "RUNNING", ""), job("3", "COMPLETED", "")]});
    let Ok(Reading::Findings(findings)) = answer(&jobs) else { panic!() };
    let seen: Vec<_> = findings.iter().map(|f| (f.title.as_str(), f.status)).collect();
    assert_eq!(
        seen,
        [
            ("Backup of orders failed (vault nightly)", Status::Open),
            ("Backup of orders completed (vault nightly)", Status::Resolved)
        ]
    );
    assert_eq!((findings[0].account.as_str(), findings[0].region.as_str()), ("111122223333", "eu-central-1"));
    assert_eq!(findings[0].observed_at.to_string(), "2026-05-04T00:20:00Z");

    let copy = json!({"CopyJobId": "c", "State": "FAILED", "ResourceArn": DATABASE, "DestinationBackupVaultArn": OFFSITE, "StatusMessage": "key"});
    let restore = json!({"RestoreJobId": "r", "Status": "FAILED", "SourceResourceArn": DATABASE});
    let scan = json!({"ScanJobId": "s", "State": "FAILED", "ResourceArn": DATABASE});
    let point = json!({"RecoveryPointArn": "arn:aws:backup:eu-central-1:111122223333:recovery-point:1", "ResourceArn": DATABASE, "Status": "PARTIAL"});
    for (document, check) in [
        (json!({"CopyJobs": [copy.clone()]}), "backup:copy-job"),
        (json!({"CopyJob": copy}), "backup:copy-job"),
        (json!({"RestoreJobs": [restore]}), "backup:restore-job"),
        (json!({"ScanJobs": [scan]}), "backup:scan-job"),
        (json!({"RecoveryPoints": [point]}), "backup:recovery-point"),
        (job("1", "FAILED", "no"), "backup:backup-job"),
    ] {
        let Ok(Reading::Findings(findings)) = answer(&document) else { panic!("{document}") };
        assert_eq!((findings[0].check.as_str(), findings[0].status), (check, Status::Open), "{document}");
    }
    assert!(matches!(answer(&json!({"BackupJobs": []})), Ok(Reading::Ignored(_))));
    let error = answer(&json!({"BackupJobs": [job("1", "FAILED", ""), job("2", "PAUSED", "")]})).unwrap_err();
    assert!(error.reason.contains("entry 2 of `BackupJobs`") && error.reason.contains("PAUSED"), "{error}");
}
