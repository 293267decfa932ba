//! Backup, copy and restore jobs: one table of states, one way to name what the job was about.
//!
//! People care whether there is a good backup of a database in a vault, not about one job. So a finding is identified by
//! resource and vault, and the next good job closes what a failed one opened.

use plimsoll_finding::{Detail, Event, Finding, Reading, Resource, Severity, Status, Unreadable, clean_line};

use crate::{
    JobKind, expired,
    statement::{self, Statement, Verdict, job_id, observed_at, vault},
    text::{issue, message, name_of},
};

pub(crate) fn read(event: &Event, kind: JobKind) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    let state = state(detail, kind.state_keys())?;
    let Some(verdict) = verdict(event, kind, &state)? else {
        return Ok(Reading::Ignored(between(kind.noun(), &state)));
    };
    let place = place(detail, kind);
    let subjects = subjects(event, kind, verdict.status)?;
    Ok(Reading::Findings(subjects.into_iter().map(|s| finding(event, kind, s, &place, verdict, &state)).collect()))
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
    format!("{noun} is {state}: not over yet; the state that ends it comes in another event")
}

pub(crate) fn unknown(noun: &str, state: &str) -> Unreadable {
    Unreadable::reasons(format!("`{state}` is not a state that AWS Backup documents for: {noun}"))
}

/// `None` while the job is not over. Unknown states are errors: one of them may be a new kind of failure.
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupJob.html>
fn verdict(event: &Event, kind: JobKind, state: &str) -> Result<Option<Verdict>, Unreadable> {
    let detail = event.detail();
    Ok(Some(match state {
        "CREATED" | "PENDING" | "STARTED" | "RUNNING" | "ABORTING" | "COMPLETING" | "FAILING" => return Ok(None),
        // The console calls this "Completed with issues"; only backup jobs have it.
        "COMPLETED" if kind == JobKind::Backup && message(detail, "statusMessage").is_some() => {
            Verdict::open(Severity::Medium, "completed with issues")
        }
        "COMPLETED" if kind == JobKind::Restore => restored(detail),
        "COMPLETED" => Verdict::resolved(Severity::High, "completed"),
        "FAILED" => Verdict::open(Severity::High, "failed"),
        "EXPIRED" => Verdict::open(Severity::High, expired::words(detail, observed_at(event))),
        "PARTIAL" => Verdict::open(Severity::Medium, "is incomplete"),
        "ABORTED" => Verdict::open(Severity::Low, "was stopped"),
        _ => return Err(unknown(kind.noun(), state)),
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

fn place(detail: Detail<'_>, kind: JobKind) -> Place {
    if kind == JobKind::Copy {
        let destination = detail.raw("destinationBackupVaultArn").unwrap_or_default();
        return Place { called: Some(name_of(&destination)).filter(|n| !n.is_empty()), identity: destination };
    }
    // A restore is about the resource, whichever vault the recovery point came from: some of its events name none.
    let vault = vault(detail, ["backupVaultName"], ["backupVaultArn"]).filter(|_| kind == JobKind::Backup);
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
/// A failed restore may name only its recovery point, a good one names both; so a good one makes a statement about all
/// that are named, and closes whatever the failed one was filed under.
fn subjects(event: &Event, kind: JobKind, status: Status) -> Result<Vec<Subject>, Unreadable> {
    let detail = event.detail();
    let named = kind.resource_keys().iter().find_map(|path| detail.raw(path)).map(Subject::arn);
    let is_restore = kind == JobKind::Restore;
    let point = kind
        .point_key()
        .and_then(|path| detail.raw(path))
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
    let missing = || Unreadable::missing(kind.resource_keys().first().unwrap_or(&"resourceArn"));
    let id = job_id(detail).ok_or_else(missing)?;
    let resource = detail
        .text("resourceType")
        .map_or_else(|| "a resource".to_owned(), |kind| format!("a resource of type {kind}"));
    Ok(vec![Subject { called: format!("{resource} (job {})", clean_line(&id)), id }])
}

fn finding(event: &Event, kind: JobKind, subject: Subject, place: &Place, verdict: Verdict, state: &str) -> Finding {
    let detail = event.detail();
    let resource_kind = detail.text("resourceType").unwrap_or_else(|| "backup-resource".to_owned());
    let title = match (&place.called, kind) {
        (Some(vault), JobKind::Copy) => format!("Copy of {} to vault {vault} {}", subject.called, verdict.words),
        (Some(vault), _) => format!("{} of {} {} (vault {vault})", kind.noun(), subject.called, verdict.words),
        (None, _) => format!("{} of {} {}", kind.noun(), subject.called, verdict.words),
    };
    // What is incomplete is the whole point of this state: routes, waivers and the checklist see titles.
    let with_issues = verdict.status == Status::Open && state == "COMPLETED" && kind == JobKind::Backup;
    let title = match issue(detail, "statusMessage").filter(|_| with_issues) {
        Some(issue) => format!("{title}: {issue}"),
        None => title,
    };
    statement::finding(
        event,
        Statement {
            check: kind.check(),
            identity_rule: format!("{}/{}", kind.check(), place.identity),
            resource: Resource::new(subject.id, &resource_kind, &subject.called),
            verdict,
            state,
            title,
        },
    )
    .fact("Restored as", detail.text("createdResourceArn"))
    .fact("Validation", detail.text("validationStatus"))
    .fact("Validation message", message(detail, "validationStatusMessage"))
    .console_url(statement::page(event, &kind.page()))
}
