//! AWS Backup's notifications by SNS: a sentence, and message attributes.
//! <https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-notifications.html>
//!
//! Type, state and job come from the attributes; the sentence is read only for the ARN of the resource, which stands
//! nowhere else, and shown. It names no vault, so these findings are not the same as those by EventBridge: use one of the
//! two.

use plimsoll_finding::{Arn, Detail, Event, Reading, Unreadable};
use serde_json::{Map, Value};

use crate::{Handler, JobKind, job, recovery_point, statement::SENTENCE};

/// Words for a job's type in the attribute `EventType`.
const JOBS: [&str; 3] = ["BACKUP_JOB", "COPY_JOB", "RESTORE_JOB"];
/// Beginnings of the other event types that a vault may notify of.
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_PutBackupVaultNotifications.html>
const OTHERS: [&str; 6] =
    ["RECOVERY_POINT", "S3_BACKUP_", "S3_RESTORE_", "EKS_BACKUP_", "EKS_RESTORE_", "CONTINUOUS_BACKUP_INTERRUPTED"];

pub(crate) fn is_notification(document: &Value) -> bool {
    let detail = Detail(document);
    if !detail.get("Message").is_some_and(Value::is_string) {
        return false;
    }
    let Some(kind) = attribute(detail, "EventType") else { return false };
    let is_job = attribute(detail, "State").is_some() && attribute(detail, "Id").is_some();
    is_job && JOBS.iter().any(|job| kind.starts_with(job)) || OTHERS.iter().any(|other| kind.starts_with(other))
}

/// An attribute is `{"Type", "Value"}` in SNS, `{"dataType", "stringValue"}` where SQS adds its own, or plain text.
fn attribute(document: Detail<'_>, name: &str) -> Option<String> {
    let attributes = document.at("MessageAttributes");
    ["Value", "stringValue"].into_iter().find_map(|key| attributes.at(name).raw(key)).or_else(|| attributes.raw(name))
}

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let document = event.detail();
    let kind = attribute(document, "EventType")
        .ok_or_else(|| Unreadable::reasons("the notification has no `EventType` among its MessageAttributes"))?;
    let sentence = document.raw("Message").unwrap_or_default();
    let mut detail = Map::new();
    let mut set = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            detail.insert(key.to_owned(), Value::String(value));
        }
    };
    set("accountId", attribute(document, "AccountId"));
    set("creationDate", attribute(document, "StartTime"));
    set("resourceType", attribute(document, "ResourceType"));
    set(
        "recoveryPointArn",
        attribute(document, "RecoveryPointArn").or_else(|| arn_after(&sentence, "recovery point arn")),
    );
    let resource = arn_after(&sentence, "resource arn");
    let id = attribute(document, "Id");
    let state = attribute(document, "State");
    set(SENTENCE, Some(sentence.clone()));
    // The sentence says what the state does not.
    set("statusMessage", Some(sentence.clone()).filter(|text| text.to_lowercase().contains("with issues")));
    let (handler, id_key): (Handler, &str) = if kind.starts_with("BACKUP_JOB") {
        (|event| job::read(event, JobKind::Backup), JobKind::Backup.id_key())
    } else if kind.starts_with("COPY_JOB") {
        (|event| job::read(event, JobKind::Copy), JobKind::Copy.id_key())
    } else if kind.starts_with("RESTORE_JOB") {
        (|event| job::read(event, JobKind::Restore), JobKind::Restore.id_key())
    } else if kind.starts_with("RECOVERY_POINT_INDEX") {
        set("indexStatus", attribute(document, "IndexStatus").or_else(|| state.clone()));
        set("indexStatusMessage", Some(sentence.clone()));
        (recovery_point::index, "recoveryPointId")
    } else if kind.starts_with("RECOVERY_POINT") {
        (recovery_point::read, "recoveryPointId")
    } else if kind.ends_with("_OBJECT_SKIPPED") {
        return Ok(Reading::Ignored("A restore skipped an object that was there already".to_owned()));
    } else if kind.ends_with("_OBJECT_FAILED") {
        return object_failed(event, &kind, detail);
    } else {
        return Err(Unreadable::reasons(format!("`{kind}` is not a notification of AWS Backup that is understood")));
    };
    set("state", state);
    set(id_key, id);
    set(if kind.starts_with("RESTORE_JOB") { "sourceResourceArn" } else { "resourceArn" }, resource);
    handler(&inner(event, detail))
}

/// One object of a bucket or a cluster could not be backed up or restored: the job as a whole is incomplete.
///
/// It is filed under the cluster, bucket or job, not under the resource's ARN: the job goes on and may well "complete",
/// which must not close this.
fn object_failed(event: &Event, kind: &str, mut detail: Map<String, Value>) -> Result<Reading, Unreadable> {
    let document = event.detail();
    let of = |names: [&str; 2]| names.into_iter().find_map(|name| attribute(document, name)).map(Value::String);
    let is_restore = kind.contains("RESTORE");
    let (job, subject_key) =
        if is_restore { (JobKind::Restore, "sourceResourceArn") } else { (JobKind::Backup, "resourceArn") };
    let id_key = job.id_key();
    let sentence = document.raw("Message").unwrap_or_default();
    detail.insert("state".to_owned(), Value::String("PARTIAL".to_owned()));
    detail.insert("status".to_owned(), Value::String("PARTIAL".to_owned()));
    detail.insert("statusMessage".to_owned(), Value::String(sentence));
    if let Some(id) = of([id_key, "Id"]) {
        detail.insert(id_key.to_owned(), id);
    }
    if let Some(subject) = of(["clusterName", "bucketName"]) {
        detail.insert(subject_key.to_owned(), subject);
    }
    job::read(&inner(event, detail), job)
}

/// The event as EventBridge would have sent it.
fn inner(event: &Event, detail: Map<String, Value>) -> Event {
    let document = event.detail();
    let topic = document.raw("TopicArn").and_then(|arn| Arn::parse(&arn));
    let text = |path: &str| detail.get(path).and_then(Value::as_str).map(ToOwned::to_owned);
    let resource = ["resourceArn", "sourceResourceArn", "recoveryPointArn"]
        .into_iter()
        .find_map(|path| Arn::parse(&text(path)?))
        .filter(|arn| !arn.region.is_empty());
    let region = resource.map(|arn| arn.region).or_else(|| topic.as_ref().map(|arn| arn.region.clone()));
    let account = text("accountId").or_else(|| topic.map(|arn| arn.account));
    let either =
        |own: &str, other: Option<String>| if own.is_empty() { other.unwrap_or_default() } else { own.to_owned() };
    Event {
        account: either(&event.account, account),
        region: either(&event.region, region),
        time: event.time.or_else(|| document.time("Timestamp")),
        resources: Vec::new(),
        detail: Value::Object(detail),
        ..event.clone()
    }
}

/// The ARN that follows a label in the sentence, in any case: `Resource ARN : arn:aws:…. BackupJob ID : …`.
fn arn_after(sentence: &str, label: &str) -> Option<String> {
    let lower = sentence.to_ascii_lowercase();
    let (before, _) = lower.split_once(label)?;
    let rest = sentence.get(before.len().checked_add(label.len())?..)?;
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ':');
    let arn = rest.split_whitespace().next()?.trim_end_matches(['.', ',', ';']);
    Arn::parse(arn).map(|_| arn.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_found_in_sentences() {
        let volume = "arn:aws:ec2:eu-west-1:111122223333:volume/vol-0a1b2c3d";
        for (sentence, expected) in [
            (format!("An AWS Backup job failed. Resource ARN : {volume}. BackupJob ID : 1"), Some(volume)),
            (format!("Done. RESOURCE ARN: {volume}"), Some(volume)),
            ("Resource ARN : . BackupJob ID : 1".to_owned(), None),
            ("Resource ARN".to_owned(), None),
            ("İİ resource arn: nothing".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(arn_after(&sentence, "resource arn").as_deref(), expected, "{sentence}");
        }
    }
}
