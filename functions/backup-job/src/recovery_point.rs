//! Recovery points and their search index.
//! <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeRecoveryPoint.html> explains the states.
//!
//! "Is the newest one whole" is filed under resource and vault, and the next whole one closes it. What happens to one
//! recovery point later (stopped, could not be deleted, deleted) is filed under that recovery point.

use jiff::Timestamp;
use plimsoll_finding::{Event, Finding, Reading, Resource, Severity, Status, Unreadable};

use crate::{
    job::{between, state, unknown},
    scan,
    statement::{self, Statement, Verdict, observed_at, vault},
    text::{name_of, time_at},
};

const CHECK: &str = "backup:recovery-point";
const INDEX_CHECK: &str = "backup:recovery-point-index";

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    let state = state(detail, ["status", "state"])?;
    let point = event.resources.first().cloned().or_else(|| detail.raw("recoveryPointArn"));
    let resource = detail.raw("resourceArn").or_else(|| detail.raw("sourceResourceArn"));
    let Some(subject) = resource.or_else(|| point.clone()) else {
        return Err(Unreadable::missing("resourceArn"));
    };
    let point = point.unwrap_or_else(|| subject.clone());
    let newest = |verdict| of_resource(event, &subject, verdict, &state);
    let this = |verdict| of_point(event, &point, &subject, verdict, &state);
    let findings = match state.as_str() {
        "CREATING" | "CREATED" => return Ok(Reading::Ignored(between("Recovery point", &state))),
        // Its lifecycle was changed, which the message does not say more about.
        "MODIFIED" => return Ok(Reading::Ignored("The lifecycle of a recovery point was changed".to_owned())),
        "COMPLETED" => vec![newest(Verdict::resolved(Severity::Medium, "is complete"))],
        // Newer word for "completed"; of a continuous recovery point also: it runs (again).
        "AVAILABLE" => vec![
            newest(Verdict::resolved(Severity::Medium, "is complete")),
            this(Verdict::resolved(Severity::High, "is available")),
        ],
        "PARTIAL" => vec![newest(Verdict::open(Severity::Medium, "is incomplete"))],
        // Point-in-time recovery is off from now on: permissions, versioning or event rules were taken away.
        "STOPPED" => vec![this(Verdict::open(Severity::High, "is no longer continued"))],
        // Past its retention, but AWS Backup may not or cannot delete it: it costs money and harms nobody.
        "EXPIRED" => vec![this(Verdict::open(Severity::Low, "is past its retention and could not be deleted"))],
        "DELETING" | "DELETED" => deleting(event, &point, &subject, &state),
        _ => return Err(unknown("recovery point", &state)),
    };
    Ok(Reading::Findings(findings))
}

/// The end of the retention deletes recovery points every day; before it, somebody does.
fn deleting(event: &Event, point: &str, subject: &str, state: &str) -> Vec<Finding> {
    let detail = event.detail();
    let due: Option<Timestamp> =
        ["calculatedLifecycle.deleteAt", "calculatedLifeCycle.deleteAt"].into_iter().find_map(|path| detail.time(path));
    let verdict = match due {
        Some(due) if due <= observed_at(event) => Verdict::resolved(Severity::High, "reached the end of its retention"),
        Some(_) => Verdict::open(Severity::High, "is being deleted before its retention ends"),
        None => Verdict::open(Severity::Medium, "is being deleted"),
    };
    let mut gone = of_point(event, point, subject, verdict, state);
    gone.not_applicable = verdict.status == Status::Resolved;
    // Whatever malware was in it is gone with it.
    let mut threats = statement::finding(
        event,
        Statement {
            check: scan::CHECK,
            identity_rule: scan::THREATS.to_owned(),
            resource: Resource::new(point, "backup-recovery-point", &name_of(point)),
            verdict: Verdict::resolved(Severity::Critical, ""),
            state,
            title: format!("A backup of {} is deleted, with whatever was in it", name_of(subject)),
        },
    );
    threats.not_applicable = true;
    vec![gone, threats]
}

fn of_resource(event: &Event, subject: &str, verdict: Verdict, state: &str) -> Finding {
    let detail = event.detail();
    let place = vault(detail, ["backupVaultName"], ["backupVaultArn"]).unwrap_or_default();
    let kind = detail.text("resourceType").unwrap_or_else(|| "backup-resource".to_owned());
    let called = name_of(subject);
    let finding = statement::finding(
        event,
        Statement {
            check: CHECK,
            identity_rule: format!("{CHECK}/{place}"),
            title: format!("Recovery point of {called} {}", verdict.words),
            resource: Resource::new(subject, &kind, &called),
            verdict,
            state,
        },
    );
    let finding = common(event, finding).console_url(statement::resource_page(event, subject));
    if verdict.status == Status::Open {
        finding.remediation("Read the message of the job that made it, repair the cause and start a backup by hand.")
    } else {
        finding
    }
}

fn of_point(event: &Event, point: &str, subject: &str, verdict: Verdict, state: &str) -> Finding {
    let finding = statement::finding(
        event,
        Statement {
            check: CHECK,
            identity_rule: CHECK.to_owned(),
            title: format!("Recovery point of {} {}", name_of(subject), verdict.words),
            resource: Resource::new(point, "backup-recovery-point", &name_of(point)),
            verdict,
            state,
        },
    );
    common(event, finding).console_url(statement::recovery_point_page(event, point))
}

fn common(event: &Event, finding: Finding) -> Finding {
    let detail = event.detail();
    finding
        .fact("Encrypted", detail.flag("isEncrypted").map(|yes| if yes { "yes" } else { "no" }))
        .fact("Storage class", detail.text("storageClass"))
        .fact("To be deleted", time_at(detail, "calculatedLifecycle.deleteAt"))
}

/// The index makes files in a recovery point searchable; without it the backup is as good as before.
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-search.html>
pub(crate) fn index(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    // Not `status`, which many details have: `ACTIVE` there would be taken for an index that is.
    let state = detail.text("indexStatus").ok_or_else(|| Unreadable::missing("indexStatus"))?.to_ascii_uppercase();
    let verdict = match state.as_str() {
        "PENDING" | "CREATED" => return Ok(Reading::Ignored(between("Search index", &state))),
        "DELETED" | "DELETING" => {
            return Ok(Reading::Ignored("A search index goes when somebody, or its recovery point, goes".to_owned()));
        }
        "ACTIVE" => Verdict::resolved(Severity::Low, "is there"),
        "FAILED" => Verdict::open(Severity::Low, "could not be made"),
        _ => return Err(unknown("search index", &state)),
    };
    let point = detail.raw("recoveryPointArn").or_else(|| event.resources.first().cloned());
    let Some(subject) = detail.raw("sourceResourceArn").or_else(|| detail.raw("resourceArn")).or(point) else {
        return Err(Unreadable::missing("recoveryPointArn"));
    };
    let kind = detail.text("resourceType").unwrap_or_else(|| "backup-resource".to_owned());
    let called = name_of(&subject);
    let finding = statement::finding(
        event,
        Statement {
            check: INDEX_CHECK,
            // Without the vault: this event names it in a form of its own (`arn:aws:cryo:…:pod/…`).
            identity_rule: INDEX_CHECK.to_owned(),
            title: format!("Search index of the backup of {called} {}", verdict.words),
            resource: Resource::new(subject, &kind, &called),
            verdict,
            state: &state,
        },
    );
    let finding = finding
        .fact("Recovery point created", time_at(detail, "backupCreationTime"))
        .console_url(statement::page(event, &["jobs"]));
    Ok(Reading::Findings(vec![finding]))
}
