//! Scans, recovery points, vaults, plans, regions, indexes.

use plimsoll_finding::{Category, Severity, Status};
use serde_json::{Value, json};

use super::{DATABASE, POINT, all, envelope, fact, one, read, scan};

#[test]
fn malware_is_filed_under_the_recovery_point_and_the_scan_under_the_resource() {
    let found = all(&scan("COMPLETED", &json!("THREATS_FOUND"), POINT));
    assert_eq!((found[0].status, found[0].severity), (Status::Open, Severity::Critical));
    assert_eq!((found[0].title.as_str(), found[0].resource.id.as_str()), ("Malware in a backup of orders", POINT));
    assert_eq!((found[1].status, found[1].resource.id.as_str()), (Status::Resolved, DATABASE));
    assert!(found.iter().all(|f| f.category == Category::Security && f.check == "backup:scan-job"));

    let next = all(&scan("COMPLETED", &json!("NO_THREATS_FOUND"), &POINT.replace("7c0e", "8d1f")));
    assert_ne!(next[0].key(), found[0].key(), "a clean scan of another recovery point closes nothing");
    assert_eq!(next[1].key(), found[1].key());
    let again = all(&scan("COMPLETED", &json!("NO_THREATS_FOUND"), POINT));
    assert_eq!((again[0].key(), again[0].status), (found[0].key(), Status::Resolved));

    let deleted = all(&envelope("Recovery Point State Change", json!({"status": "DELETING", "resourceArn": DATABASE})));
    assert!(deleted.iter().any(|f| f.key() == found[0].key() && f.not_applicable && f.status == Status::Resolved));
}

#[test]
fn a_scan_proves_only_what_it_saw() {
    let issues = all(&scan("COMPLETED_WITH_ISSUES", &json!("NO_THREATS_FOUND"), POINT));
    assert_eq!(issues.len(), 1, "a scan that did not see everything finds nothing clean");
    assert_eq!((issues[0].status, issues[0].severity), (Status::Open, Severity::Medium));
    assert_eq!(all(&scan("COMPLETED_WITH_ISSUES", &json!("THREATS_FOUND"), POINT))[0].severity, Severity::Critical);
    assert_eq!(one(&scan("FAILED", &json!(null), POINT)).severity, Severity::High);
    assert_eq!(one(&scan("CANCELED", &json!(null), POINT)).severity, Severity::Low);
    assert!(read(&scan("COMPLETED", &json!(null), POINT)).is_err(), "no result is no pass");
    assert!(read(&scan("COMPLETED", &json!("PERHAPS"), POINT)).is_err());
}

#[test]
fn recovery_points_by_state() {
    let point = |state: &str, delete_at: Value| {
        all(&envelope(
            "Recovery Point State Change",
            json!({"status": state, "resourceArn": DATABASE, "backupVaultName": "nightly", "isEncrypted": "false",
                   "backupVaultArn": "arn:aws:backup:eu-central-1:444455556666:backup-vault:nightly",
                   "calculatedLifeCycle": {"deleteAt": delete_at}}),
        ))
    };
    let of = |state: &str| point(state, json!("2027-01-01T00:00:00Z"));
    for (state, status, severity) in [
        ("COMPLETED", Status::Resolved, Severity::Medium),
        ("PARTIAL", Status::Open, Severity::Medium),
        ("STOPPED", Status::Open, Severity::High),
        ("EXPIRED", Status::Open, Severity::Low),
        ("DELETING", Status::Open, Severity::High),
    ] {
        assert_eq!((of(state)[0].status, of(state)[0].severity), (status, severity), "{state}");
    }
    assert_eq!(of("PARTIAL")[0].key(), of("COMPLETED")[0].key());
    assert!(of("AVAILABLE").iter().any(|f| f.key() == of("STOPPED")[0].key() && f.status == Status::Resolved));
    assert_ne!(of("COMPLETED")[0].key(), of("STOPPED")[0].key(), "the next good one does not continue a stopped one");
    assert_eq!(fact(&of("COMPLETED")[0], "Encrypted"), Some("no"));
    let due = &point("DELETING", json!("2026-10-05T02:00:00Z"))[0];
    assert!(due.status == Status::Resolved && due.not_applicable && due.title.contains("end of its retention"));
    assert_eq!(due.key(), of("EXPIRED")[0].key());
    assert_eq!(point("DELETING", json!(null))[0].severity, Severity::Medium);
}

#[test]
fn each_service_of_a_region_is_a_part() {
    let setting = |map: Value| {
        one(&envelope("Region Setting State Change", json!({"state": "MODIFIED", "ResourceTypeOptInPreference": map})))
    };
    let mixed = setting(json!({"Aurora": true, "EFS": false}));
    assert_eq!(mixed.title, "AWS Backup in eu-central-1 no longer covers EFS");
    assert_eq!((mixed.status, mixed.parts.len(), mixed.parts[1].status), (Status::Open, 2, Status::Open));
    let on = setting(json!({"EFS": "true"}));
    assert_eq!((on.status, on.parts[0].status, on.key()), (Status::Resolved, Status::Resolved, mixed.key()));
    assert_eq!(setting(json!({})).severity, Severity::Informational);
}

#[test]
fn an_index_is_filed_under_the_resource() {
    let index = |state: &str| {
        one(&envelope(
            "Recovery Point Index State Change",
            json!({"indexStatus": state, "sourceResourceArn": DATABASE, "recoveryPointArn": POINT,
            "backupVaultArn": "arn:aws:cryo:eu-central-1:111122223333:pod/backup-pod-1", "indexStatusMessage": "It failed."}),
        ))
    };
    assert_eq!((index("FAILED").status, index("FAILED").severity), (Status::Open, Severity::Low));
    assert_eq!((index("ACTIVE").status, index("ACTIVE").key()), (Status::Resolved, index("FAILED").key()));
    assert_eq!(fact(&index("FAILED"), "Message"), Some("It failed."));
}
