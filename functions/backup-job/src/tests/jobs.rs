//! Backup, copy and restore jobs.

use plimsoll_finding::{Category, Finding, Reading, Severity, Status};
use serde_json::{Value, json};

use super::{DATABASE, OFFSITE, POINT, all, backup, envelope, fact, one, read, with};

use crate::SOURCE;

#[test]
fn every_end_of_a_job_has_a_status_a_severity_and_a_title() {
    let copy = |state: &str| {
        envelope(
            "Copy Job State Change",
            json!({"copyJobId": "c", "state": state, "resourceArn": DATABASE, "destinationBackupVaultArn": OFFSITE}),
        )
    };
    let restore = |state: &str| {
        envelope("Restore Job State Change", json!({"restoreJobId": "r", "status": state, "resourceType": "RDS"}))
    };
    let issues = with(backup("COMPLETED"), &[("/detail/statusMessage", json!("Some files were in use."))]);
    for (value, status, severity, title) in [
        (backup("FAILED"), Status::Open, Severity::High, "Backup of orders failed (vault nightly)"),
        (
            backup("EXPIRED"),
            Status::Open,
            Severity::High,
            "Backup of orders did not start in its window (vault nightly)",
        ),
        (
            with(backup("EXPIRED"), &[("/detail/percentDone", json!(41.5))]),
            Status::Open,
            Severity::High,
            "Backup of orders did not finish in its window (vault nightly)",
        ),
        (backup("PARTIAL"), Status::Open, Severity::Medium, "Backup of orders is incomplete (vault nightly)"),
        (backup("ABORTED"), Status::Open, Severity::Low, "Backup of orders was stopped (vault nightly)"),
        (
            issues,
            Status::Open,
            Severity::Medium,
            "Backup of orders completed with issues (vault nightly): Some files were in use",
        ),
        (backup("COMPLETED"), Status::Resolved, Severity::High, "Backup of orders completed (vault nightly)"),
        (copy("FAILED"), Status::Open, Severity::High, "Copy of orders to vault offsite failed"),
        (copy("PARTIAL"), Status::Open, Severity::Medium, "Copy of orders to vault offsite is incomplete"),
        (copy("COMPLETED"), Status::Resolved, Severity::High, "Copy of orders to vault offsite completed"),
        (
            restore("FAILED"),
            Status::Open,
            Severity::High,
            "Restore of recovery point 7c0e3c51-94e1-4c64-8d2a-0d6a2f4b9e11 failed",
        ),
        (
            restore("ABORTED"),
            Status::Open,
            Severity::Low,
            "Restore of recovery point 7c0e3c51-94e1-4c64-8d2a-0d6a2f4b9e11 was stopped",
        ),
    ] {
        let finding = one(&value);
        assert_eq!((finding.title.as_str(), finding.status, finding.severity), (title, status, severity));
        assert_eq!(finding.category, Category::Reliability);
        assert!(!finding.severity_is_default);
        assert_eq!(finding.remediation.is_some(), status == Status::Open, "{title}");
    }
}

#[test]
fn states_between_are_ignored_and_unknown_ones_are_errors() {
    for state in ["CREATED", "PENDING", "RUNNING", "ABORTING", "STARTED", "running"] {
        assert!(matches!(read(&backup(state)), Ok(Reading::Ignored(reason)) if !reason.is_empty()), "{state}");
    }
    // CREATED carries three fields only, a restore's says `state` where all others say `status`.
    for (kind, detail) in [
        (
            "Backup Job State Change",
            json!({"backupJobId": "b", "state": "CREATED", "creationDate": "2026-10-05T02:00:00Z"}),
        ),
        ("Copy Job State Change", json!({"state": "CREATED", "destinationBackupVaultArn": OFFSITE})),
        ("Restore Job State Change", json!({"restoreJobId": "r", "state": "CREATED"})),
        ("Scan Job State Change", json!({"scanJobId": "s", "state": "RUNNING"})),
        ("Recovery Point State Change", json!({"status": "CREATING", "resourceArn": DATABASE})),
        ("Recovery Point Index State Change", json!({"indexStatus": "PENDING"})),
    ] {
        assert!(matches!(read(&envelope(kind, detail)), Ok(Reading::Ignored(_))), "{kind}");
    }
    for kind in SOURCE.kinds.iter().map(|(_, kind)| *kind).filter(|kind| *kind != "Backup Notification") {
        let state = json!({"state": "PAUSED", "status": "PAUSED", "indexStatus": "PAUSED", "resourceArn": DATABASE});
        let error = read(&envelope(kind, state)).unwrap_err();
        assert!(error.reason.contains("PAUSED"), "{kind}: {error}");
        assert!(read(&envelope(kind, json!({"resourceArn": DATABASE}))).is_err(), "{kind} without a state");
    }
}

#[test]
fn the_next_good_job_closes_the_failed_one() {
    let failed = one(&backup("FAILED"));
    let good = one(&with(backup("COMPLETED"), &[("/detail/backupJobId", json!("another")), ("/id", json!("e2"))]));
    assert_eq!(failed.key(), good.key());
    assert_eq!(failed.check, "backup:backup-job");
    assert_eq!(failed.identity_rule.as_deref(), Some("backup:backup-job/nightly"));
    assert_eq!(failed.resource.id, DATABASE);
    let by_arn = one(&with(backup("FAILED"), &[("/detail/backupVaultName", json!(null))]));
    assert_eq!(by_arn.key(), failed.key(), "the vault's name is in its ARN too");
    let foreign_place = one(&with(backup("COMPLETED"), &[("/detail/backupVaultName", json!("weekly"))]));
    assert_ne!(foreign_place.key(), failed.key());
}

#[test]
fn copies_to_two_accounts_are_two_findings() {
    let copy = |vault: &str| {
        one(&envelope(
            "Copy Job State Change",
            json!({"copyJobId": "c", "state": "FAILED", "resourceArn": DATABASE, "destinationBackupVaultArn": vault}),
        ))
    };
    assert_ne!(copy(OFFSITE).key(), copy(&OFFSITE.replace("444455556666", "111122223333")).key());
}

#[test]
fn facts_are_for_people() {
    let finding = one(&with(
        backup("FAILED"),
        &[
            ("/detail/statusMessage", json!("\"The vault's key is <!channel> disabled.\u{1b}[0m\"")),
            ("/detail/expectedCompletionDate", json!("Oct 5, 2026 4:39:07 AM")),
            ("/detail/completionDate", json!({})),
        ],
    ));
    for (name, value) in [
        ("Message", "The vault's key is <!channel> disabled.[0m"),
        ("Size", "21.0 GiB"),
        ("Vault", "nightly"),
        ("Retries", "3"),
        ("Started", "2026-10-05 02:00 UTC"),
        ("Was expected to complete", "2026-10-05 04:39 UTC"),
        ("Plan", "aws/rds/plan-1"),
        ("Plan rule", "rule-1"),
        ("Job", "3f2a90c1-7c1e-4f0b-8f0e-2f6f1d9c7a10"),
    ] {
        assert_eq!(fact(&finding, name), Some(value));
    }
    assert_eq!(fact(&finding, "Completed"), None);
    assert_eq!((finding.native_severity.as_deref(), finding.facts[0].name.as_str()), (None, "Message"));
    assert_eq!(finding.finding_type.as_deref(), Some("backup:backup-job/FAILED"));
    assert_eq!(
        finding.console_url.as_deref(),
        Some("https://eu-central-1.console.aws.amazon.com/backup/home?region=eu-central-1#/jobs/backup")
    );
}

#[test]
fn an_empty_message_is_no_issue() {
    for message in ["", "\"\"", "  ", "\u{200b}"] {
        let finding = one(&with(backup("COMPLETED"), &[("/detail/statusMessage", json!(message))]));
        assert_eq!(finding.status, Status::Resolved, "{message:?}");
    }
}

#[test]
fn without_a_resource_the_job_stands_for_it() {
    let lone = with(backup("COMPLETED"), &[("/detail/resourceArn", json!({}))]);
    assert_eq!(one(&lone).resource.id, "3f2a90c1-7c1e-4f0b-8f0e-2f6f1d9c7a10");
    let error = read(&with(lone, &[("/detail/backupJobId", json!(null))])).unwrap_err();
    assert!(error.reason.contains("resourceArn"), "{error}");
}

#[test]
fn a_good_restore_closes_whatever_the_bad_one_was_filed_under() {
    let restore = |detail: Value| all(&envelope("Restore Job State Change", detail));
    let nameless = restore(json!({"restoreJobId": "1", "status": "FAILED", "resourceType": "RDS"}));
    let named = restore(json!({"restoreJobId": "2", "status": "FAILED", "sourceResourceArn": DATABASE}));
    let good = restore(json!({
        "restoreJobId": "3", "status": "COMPLETED", "sourceResourceArn": DATABASE, "recoveryPointArn": POINT,
        "backupVaultArn": "arn:aws:backup:eu-central-1:111122223333:backup-vault:nightly"
    }));
    let closed: Vec<_> = good.iter().map(Finding::key).collect();
    assert_eq!(closed, [named[0].key(), nameless[0].key()]);
    assert!(good.iter().all(|f| f.status == Status::Resolved));
}

#[test]
fn a_restore_that_is_not_valid_is_no_good_restore() {
    let restore = |validation: &str| {
        all(&envelope(
            "Restore Job State Change",
            json!({"restoreJobId": "3", "status": "COMPLETED", "sourceResourceArn": DATABASE, "validationStatus": validation}),
        ))
    };
    assert_eq!((restore("FAILED")[0].status, restore("FAILED")[0].severity), (Status::Open, Severity::High));
    assert_eq!((restore("TIMED_OUT")[0].status, restore("TIMED_OUT")[0].severity), (Status::Open, Severity::Medium));
    assert_eq!(restore("SUCCESSFUL")[0].status, Status::Resolved);
}
