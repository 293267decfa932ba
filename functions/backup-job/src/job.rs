//! Backup, copy and restore jobs: one table of states, one way to name what the job was about.
//!
//! A job is not what people care about: "is there a good backup of this database in that vault" is. So a finding is
//! identified by resource and vault, and the next good job closes what a failed one opened.

use plimsoll_finding::{Detail, Event, Finding, Reading, Resource, Severity, Status, Unreadable, clean_line};

use crate::{
    statement::{self, Statement, Verdict, job_id, vault},
    text::{message, name_of},
};

/// What differs between the three kinds of jobs.
pub(crate) struct Job {
    pub(crate) check: &'static str,
    /// Begins a sentence: `Backup of orders`.
    noun: &'static str,
    /// Where the state is, in order of preference. Restore jobs use `status`, but `state` when they are created.
    state_keys: [&'static str; 2],
    /// Where the protected resource is.
    resource_keys: &'static [&'static str],
    /// Where the recovery point is that stands for a resource nobody named.
    point_keys: &'static [&'static str],
    /// The page of the console.
    page: &'static str,
    remediation: &'static str,
}

pub(crate) const BACKUP: Job = Job {
    check: "backup:backup-job",
    noun: "Backup",
    state_keys: ["state", "status"],
    resource_keys: &["resourceArn"],
    point_keys: &[],
    page: "jobs/backup",
    remediation: "Read the message, repair the cause (role, vault, key, backup window), then start an on-demand \
                  backup. The next good backup of this resource into this vault closes the finding.",
};

pub(crate) const COPY: Job = Job {
    check: "backup:copy-job",
    noun: "Copy",
    state_keys: ["state", "status"],
    resource_keys: &["resourceArn"],
    point_keys: &["sourceRecoveryPointArn"],
    page: "jobs/copy",
    remediation: "Read the message; most copies fail on the destination vault's access policy or its key. The next \
                  good copy of this resource into the same vault closes the finding.",
};

pub(crate) const RESTORE: Job = Job {
    check: "backup:restore-job",
    noun: "Restore",
    state_keys: ["status", "state"],
    resource_keys: &["sourceResourceArn", "resourceArn"],
    point_keys: &["recoveryPointArn"],
    page: "jobs/restore",
    remediation: "Read the message, repair the cause and restore again: a backup that nobody could restore is not \
                  one. The next good restore closes the finding.",
};

pub(crate) fn read(event: &Event, job: &Job) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    let state = state(detail, job.state_keys)?;
    let Some(verdict) = verdict(job, detail, &state)? else {
        return Ok(Reading::Ignored(between(job.noun, &state)));
    };
    let place = place(detail, job);
    let subjects = subjects(event, job, verdict.status)?;
    Ok(Reading::Findings(subjects.into_iter().map(|s| finding(event, job, s, &place, verdict, &state)).collect()))
}

/// The state in capitals, from the first key that has one.
pub(crate) fn state(detail: Detail<'_>, keys: [&str; 2]) -> Result<String, Unreadable> {
    let [first, second] = keys;
    detail
        .text(first)
        .or_else(|| detail.text(second))
        .map(|s| s.to_ascii_uppercase())
        .ok_or_else(|| Unreadable::missing(first))
}

pub(crate) fn between(noun: &str, state: &str) -> String {
    format!("{noun} is {state}: not over yet, the state that ends it will be told")
}

pub(crate) fn unknown(noun: &str, state: &str) -> Unreadable {
    Unreadable::reasons(format!("`{state}` is not a state that AWS Backup documents for: {noun}"))
}

/// `None` while the job is not over. Unknown states are errors: one of them may be a new kind of failure.
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupJob.html>
fn verdict(job: &Job, detail: Detail<'_>, state: &str) -> Result<Option<Verdict>, Unreadable> {
    let is_backup = job.check == BACKUP.check;
    Ok(Some(match state {
        "CREATED" | "PENDING" | "STARTED" | "RUNNING" | "ABORTING" | "COMPLETING" | "FAILING" => return Ok(None),
        // The console calls this "Completed with issues"; only backup jobs have it.
        "COMPLETED" if is_backup && message(detail, "statusMessage").is_some() => {
            Verdict::open(Severity::Medium, "completed with issues")
        }
        "COMPLETED" if job.check == RESTORE.check => restored(detail),
        "COMPLETED" => Verdict::resolved(Severity::High, "completed"),
        "FAILED" => Verdict::open(Severity::High, "failed"),
        "EXPIRED" => Verdict::open(Severity::High, "did not start in its window"),
        "PARTIAL" => Verdict::open(Severity::Medium, "is incomplete"),
        "ABORTED" => Verdict::open(Severity::Low, "was stopped"),
        _ => return Err(unknown(job.noun, state)),
    }))
}

/// A restore testing plan validates what came back; that answer counts more than "completed".
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-validation.html>
fn restored(detail: Detail<'_>) -> Verdict {
    match detail.text("validationStatus").as_deref() {
        Some("FAILED") => Verdict::open(Severity::High, "completed, but what came back is not valid"),
        Some("TIMED_OUT") => Verdict::open(Severity::Medium, "completed, but nobody validated it in time"),
        _ => Verdict::resolved(Severity::High, "completed"),
    }
}

/// Which vault belongs to the identity: where the backup lies, or where the copy goes. The same vault name may exist
/// in several accounts and regions that one resource is copied to, hence the whole ARN for a copy.
struct Place {
    identity: String,
    called: Option<String>,
}

fn place(detail: Detail<'_>, job: &Job) -> Place {
    if job.check == COPY.check {
        let destination = detail.raw("destinationBackupVaultArn").unwrap_or_default();
        return Place { called: Some(name_of(&destination)).filter(|n| !n.is_empty()), identity: destination };
    }
    // A restore is about the resource, whichever vault the recovery point came from: some of its events name none.
    let vault = vault(detail, ["backupVaultName"], ["backupVaultArn"]).filter(|_| job.check == BACKUP.check);
    Place { identity: vault.clone().unwrap_or_default(), called: vault }
}

/// What the finding is about: id exactly as sent, and a name.
struct Subject {
    id: String,
    called: String,
}

impl Subject {
    fn arn(id: String) -> Self {
        Self { called: name_of(&id), id }
    }
}

/// What the job was about: the resource, else the recovery point, else the job itself.
///
/// A failed restore may name only its recovery point, a good one names both; so good news is told of all that are
/// named, and closes whatever the bad news was filed under.
fn subjects(event: &Event, job: &Job, status: Status) -> Result<Vec<Subject>, Unreadable> {
    let detail = event.detail();
    let named = job.resource_keys.iter().find_map(|path| detail.raw(path)).map(Subject::arn);
    let is_restore = job.check == RESTORE.check;
    let point = job
        .point_keys
        .iter()
        .find_map(|path| detail.raw(path))
        .or_else(|| event.resources.first().cloned().filter(|_| is_restore))
        .map(|id| Subject { called: format!("recovery point {}", name_of(&id)), id });
    let both: Vec<Subject> = if is_restore && status == Status::Resolved {
        named.into_iter().chain(point).collect()
    } else {
        named.or(point).into_iter().collect()
    };
    if !both.is_empty() {
        return Ok(both);
    }
    let id = job_id(detail).ok_or_else(|| Unreadable::missing(job.resource_keys.first().unwrap_or(&"resourceArn")))?;
    Ok(vec![Subject { called: format!("an unnamed resource (job {})", clean_line(&id)), id }])
}

fn finding(event: &Event, job: &Job, subject: Subject, place: &Place, verdict: Verdict, state: &str) -> Finding {
    let detail = event.detail();
    let kind = detail.text("resourceType").unwrap_or_else(|| "backup-resource".to_owned());
    let title = match (&place.called, job.check == COPY.check) {
        (Some(vault), true) => format!("{} of {} to vault {vault} {}", job.noun, subject.called, verdict.words),
        (Some(vault), false) => format!("{} of {} {} (vault {vault})", job.noun, subject.called, verdict.words),
        (None, _) => format!("{} of {} {}", job.noun, subject.called, verdict.words),
    };
    let finding = statement::finding(
        event,
        Statement {
            check: job.check,
            identity_rule: format!("{}/{}", job.check, place.identity),
            resource: Resource::new(subject.id, &kind, &subject.called),
            verdict,
            state,
            title,
        },
    )
    .fact("Restored as", detail.text("createdResourceArn"))
    .fact("Validation", detail.text("validationStatus"))
    .fact("Validation message", message(detail, "validationStatusMessage"))
    .console_url(statement::page(event, job.page));
    if verdict.status == Status::Open { finding.remediation(job.remediation) } else { finding }
}
