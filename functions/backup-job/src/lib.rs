//! AWS Backup's state changes, by EventBridge or by SNS, to findings.
//! <https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html>
//!
//! Delivery is best effort, in a batch every five minutes. A backup that never ran sends no event at all: the checklist
//! looks at the age of the last good one.

mod advice;
mod answer;
mod expired;
mod job;
mod kind;
mod notification;
mod plan;
mod recovery_point;
mod region_setting;
mod scan;
mod statement;
#[cfg(test)]
mod tests;
mod text;
mod vault;

use plimsoll_finding::{Detail, Event, Kind, Reading, Source, Unreadable, foreign};
use serde_json::Value;

use kind::JobKind;

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
/// AWS Backup's own SNS notification. The message has no detail-type: this one is ours.
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

/// What reads the events of one kind.
type Handler = fn(&Event) -> Result<Reading, Unreadable>;

/// An SNS notification of AWS Backup, the bare `detail` of a job, or an answer of the command line.
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
        .or_else(|| answer::kind(document))
        .or_else(|| answer::is_recovery_point(detail).then_some(RECOVERY_POINT))
}

fn read(event: &Event) -> Result<Reading, Unreadable> {
    if !SOURCE.reads(&event.source, &event.detail_type) {
        return Err(foreign(&SOURCE, event));
    }
    answer::read(event).unwrap_or_else(|| handler(&event.detail_type)(event))
}

fn handler(detail_type: &str) -> Handler {
    const HANDLERS: [(Kind, Handler); 9] = [
        (BACKUP_JOB, |event| job::read(event, JobKind::Backup)),
        (COPY_JOB, |event| job::read(event, JobKind::Copy)),
        (RESTORE_JOB, |event| job::read(event, JobKind::Restore)),
        (SCAN_JOB, scan::read),
        (VAULT, vault::read),
        (PLAN, plan::read),
        (REGION_SETTING, region_setting::read),
        (INDEX, recovery_point::index),
        (NOTIFICATION, notification::read),
    ];
    let found = HANDLERS.into_iter().find(|((_, known), _)| *known == detail_type);
    found.map_or(recovery_point::read as Handler, |(_, handler)| handler)
}
