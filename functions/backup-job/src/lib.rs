//! AWS Backup's state changes, by EventBridge or by SNS, to findings.
//! <https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html>
//!
//! Delivery is best effort, in a batch every five minutes. A backup that never ran sends no event at all: somebody
//! must look at the age of the last good one.

mod inventory;
mod job;
mod notification;
mod recovery_point;
mod scan;
mod statement;
#[cfg(test)]
mod tests;
mod text;

use plimsoll_finding::{Detail, Event, Kind, Reading, Source, Unreadable, foreign};
use serde_json::Value;

const BACKUP_JOB: Kind = ("aws.backup", "Backup Job State Change");
const COPY_JOB: Kind = ("aws.backup", "Copy Job State Change");
const RESTORE_JOB: Kind = ("aws.backup", "Restore Job State Change");
const RECOVERY_POINT: Kind = ("aws.backup", "Recovery Point State Change");
/// Stands beside [`RECOVERY_POINT`] in the list of events, without a description of its own.
/// <https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-backup.html>
const RECOVERY_POINT_CHANGE: Kind = ("aws.backup", "Recovery Point Change");
const VAULT: Kind = ("aws.backup", "Backup Vault State Change");
const PLAN: Kind = ("aws.backup", "Backup Plan State Change");
const REGION_SETTING: Kind = ("aws.backup", "Region Setting State Change");
const SCAN_JOB: Kind = ("aws.backup", "Scan Job State Change");
const INDEX: Kind = ("aws.backup", "Recovery Point Index State Change");
/// AWS Backup's own SNS notification; the kind is ours, the message has none.
const NOTIFICATION: Kind = ("aws.backup", "Backup Notification");

/// The function `backup-job`.
pub const SOURCE: Source = Source {
    name: "backup-job",
    kinds: &[
        BACKUP_JOB,
        COPY_JOB,
        RESTORE_JOB,
        RECOVERY_POINT,
        RECOVERY_POINT_CHANGE,
        VAULT,
        PLAN,
        REGION_SETTING,
        SCAN_JOB,
        INDEX,
        NOTIFICATION,
    ],
    recognise,
    read,
};

/// An SNS notification of AWS Backup, or the bare `detail` of a job.
fn recognise(document: &Value) -> Option<Kind> {
    if notification::is_notification(document) {
        return Some(NOTIFICATION);
    }
    let detail = Detail(document);
    let has_state = detail.get("state").is_some() || detail.get("status").is_some();
    [("scanJobId", SCAN_JOB), ("copyJobId", COPY_JOB), ("restoreJobId", RESTORE_JOB), ("backupJobId", BACKUP_JOB)]
        .into_iter()
        .find(|(id, _)| has_state && detail.get(id).is_some())
        .map(|(_, kind)| kind)
}

fn read(event: &Event) -> Result<Reading, Unreadable> {
    if !SOURCE.reads(&event.source, &event.detail_type) {
        return Err(foreign(&SOURCE, event));
    }
    let kind = event.detail_type.as_str();
    if kind == BACKUP_JOB.1 {
        job::read(event, &job::BACKUP)
    } else if kind == COPY_JOB.1 {
        job::read(event, &job::COPY)
    } else if kind == RESTORE_JOB.1 {
        job::read(event, &job::RESTORE)
    } else if kind == SCAN_JOB.1 {
        scan::read(event)
    } else if kind == VAULT.1 {
        inventory::vault(event)
    } else if kind == PLAN.1 {
        inventory::plan(event)
    } else if kind == REGION_SETTING.1 {
        inventory::region_setting(event)
    } else if kind == INDEX.1 {
        recovery_point::index(event)
    } else if kind == NOTIFICATION.1 {
        notification::read(event)
    } else {
        recovery_point::read(event)
    }
}
