//! Backup plans. The event names a plan by its id only, and a plan that is made anew has a new id: Terraform replaces a
//! plan by deleting one and creating another, in either order and within minutes.
//!
//! So all plans of an account and a region that are deleted within one hour are one finding with one part per plan, and
//! each plan that is created then takes the place of one of them. A plan that is created in the first half of an hour also
//! counts for the hour before.

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{Event, Finding, Part, Reading, Resource, Severity, Status, Unreadable};

use crate::{
    job::{state, unknown},
    statement::{self, Statement, Verdict, arn, observed_at},
    text::{name_of, time_at},
};

const CHECK: &str = "backup:plan";
/// How long after the end of an hour a new plan may still replace one that was deleted in it.
const LATE: SignedDuration = SignedDuration::from_mins(30);

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let state = state(event.detail(), ["state", "status"])?;
    if !["CREATED", "MODIFIED", "DELETED"].contains(&state.as_str()) {
        return Err(unknown("backup plan", &state));
    }
    let arn = arn(event, "backup-plan", "backupPlanId")?;
    let at = observed_at(event);
    let called = name_of(&arn);
    let findings = match state.as_str() {
        // It is there. Who changed it is in CloudTrail; nothing is wrong.
        "MODIFIED" => {
            let resource = Resource::new(&arn, "backup-plan", &called);
            vec![finding(event, resource, Verdict::resolved(Severity::Informational, "was modified"), &state)]
        }
        // The recovery points stay, and tools that replace a plan delete it: less than a vault.
        "DELETED" => {
            let deleted = Verdict::open(Severity::Medium, "was deleted");
            let label = format!("{called} was deleted");
            let part = Part::new(&arn, CHECK, Status::Open, deleted.severity, &label);
            vec![in_hour(event, at, &called, deleted, &state).part(part)]
        }
        _ => {
            let created = Verdict::resolved(Severity::Medium, "was created");
            let label = format!("{called} was created");
            let replacement = || Part::new(&arn, CHECK, Status::Resolved, created.severity, &label).replacement();
            let before = at.checked_sub(LATE).unwrap_or(at);
            let mut findings = vec![in_hour(event, at, &called, created, &state).part(replacement())];
            if hour(before) != hour(at) {
                findings.push(in_hour(event, before, &called, created, &state).part(replacement()));
            }
            findings
        }
    };
    Ok(Reading::Findings(findings))
}

fn in_hour(event: &Event, at: Timestamp, called: &str, verdict: Verdict, state: &str) -> Finding {
    let resource = Resource::new(format!("backup-plans/{}", hour(at)), "backup-plan", called);
    finding(event, resource, verdict, state).collective_title("Backup plans were deleted")
}

/// `2026-11-20T08Z`.
fn hour(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%HZ").to_string()
}

fn finding(event: &Event, resource: Resource, verdict: Verdict, state: &str) -> Finding {
    let detail = event.detail();
    let called = resource.name.clone();
    let title = format!("Backup plan {called} {}", verdict.words);
    let statement = Statement { check: CHECK, identity_rule: CHECK.to_owned(), title, resource, verdict, state };
    let page = statement::page(event, &["backupplan", "details", &called]);
    statement::finding(event, statement)
        .fact("Version", detail.text("versionId"))
        .fact("Modified", time_at(detail, "modifiedAt"))
        .fact("Deleted", time_at(detail, "deletionDate").filter(|_| state == "DELETED"))
        .console_url(page)
}
