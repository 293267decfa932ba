//! Answers of the command line: `aws backup list-backup-jobs`, `list-copy-jobs`, `list-restore-jobs`, `list-scan-jobs`,
//! `list-recovery-points-by-backup-vault` and `list-recovery-points-by-resource`, `describe-copy-job` and
//! `describe-recovery-point`. The answers of `describe-backup-job` and `describe-restore-job` are the details of a job.

use plimsoll_finding::{Detail, Event, Finding, Kind, Reading, Unreadable};
use serde_json::Value;

use crate::{BACKUP_JOB, COPY_JOB, RECOVERY_POINT, RESTORE_JOB, SCAN_JOB, handler};

/// The key of a list, and the kind of event that each of its entries is like.
const LISTS: [(&str, Kind); 6] = [
    ("BackupJobs", BACKUP_JOB),
    ("CopyJobs", COPY_JOB),
    ("CopyJob", COPY_JOB),
    ("RestoreJobs", RESTORE_JOB),
    ("ScanJobs", SCAN_JOB),
    ("RecoveryPoints", RECOVERY_POINT),
];

/// The list in an answer. The keys are exact: no event has them.
fn list(document: &Value) -> Option<(&'static str, Kind)> {
    let object = document.as_object()?;
    LISTS.into_iter().find(|(key, _)| object.get(*key).is_some_and(|value| value.is_array() || value.is_object()))
}

pub(crate) fn kind(document: &Value) -> Option<Kind> {
    list(document).map(|(_, kind)| kind)
}

/// The answer of `describe-recovery-point`.
pub(crate) fn is_recovery_point(document: Detail<'_>) -> bool {
    ["recoveryPointArn", "backupVaultName", "resourceArn", "status"].iter().all(|key| document.get(key).is_some())
}

/// Reads each entry like an event; `None` if the event is no answer.
pub(crate) fn read(event: &Event) -> Option<Result<Reading, Unreadable>> {
    let (key, kind) = list(&event.detail)?;
    Some(entries(event, key, kind))
}

fn entries(event: &Event, key: &str, kind: Kind) -> Result<Reading, Unreadable> {
    let entries: Vec<Detail<'_>> = event.detail().list(key);
    let mut findings: Vec<Finding> = Vec::new();
    let mut ignored = format!("the answer of AWS Backup has an empty list `{key}`");
    for (position, entry) in entries.iter().enumerate() {
        let single = Event { detail: entry.0.clone(), ..event.clone() };
        match handler(kind.1)(&single) {
            Ok(Reading::Findings(read)) => findings.extend(read),
            Ok(Reading::Ignored(reason)) => ignored = reason,
            Err(error) => {
                let place = position.saturating_add(1);
                return Err(Unreadable::reasons(format!("entry {place} of `{key}`: {}", error.reason)));
            }
        }
    }
    Ok(if findings.is_empty() { Reading::Ignored(ignored) } else { Reading::Findings(findings) })
}
