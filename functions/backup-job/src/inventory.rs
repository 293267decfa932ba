//! What backups are made of: vaults, plans, and which services a region backs up.
//!
//! Nothing here closes by waiting. A deletion is closed when the same vault or plan is created again; everything else
//! is told once.

use plimsoll_finding::{Event, Finding, Part, Partition, Reading, Resource, Severity, Status, Unreadable};

use crate::{
    job::{state, unknown},
    statement::{self, Owner, Statement, Verdict, owner},
    text::{name_of, time_at},
};

pub(crate) fn vault(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    let state = state(detail, ["state", "status"])?;
    let verdict = match state.as_str() {
        "CREATED" => Verdict::resolved(Severity::High, "was created"),
        "MODIFIED" => Verdict::open(Severity::Informational, "was modified"),
        "DELETED" => Verdict::open(Severity::High, "was deleted"),
        _ => return Err(unknown("backup vault", &state)),
    };
    let arn = arn(event, "backup-vault", "backupVaultName")?;
    let locked = detail.flag("isLocked").map(|yes| if yes { "yes" } else { "no" });
    let finding = change(event, "backup:vault", "Backup vault", &arn, verdict, &state)
        .fact("Locked", locked)
        .console_url(statement::resource_page(event, &arn));
    let finding = match state.as_str() {
        "DELETED" => finding.remediation(
            "Find out who deleted it (CloudTrail: DeleteBackupVault) and which plans still point to it: their jobs \
             will fail. The finding closes when the vault is created again.",
        ),
        "MODIFIED" => finding.remediation(
            "Look at the vault's access policy and its lock. If the change was meant, nothing is to be done.",
        ),
        _ => finding,
    };
    Ok(Reading::Findings(vec![finding]))
}

pub(crate) fn plan(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    let state = state(detail, ["state", "status"])?;
    let verdict = match state.as_str() {
        "CREATED" => Verdict::resolved(Severity::Medium, "was created"),
        "MODIFIED" => Verdict::open(Severity::Informational, "was modified"),
        // The recovery points stay, and tools that replace a plan delete it: less than a vault.
        "DELETED" => Verdict::open(Severity::Medium, "was deleted"),
        _ => return Err(unknown("backup plan", &state)),
    };
    let arn = arn(event, "backup-plan", "backupPlanId")?;
    let finding = change(event, "backup:plan", "Backup plan", &arn, verdict, &state)
        .fact("Version", detail.text("versionId"))
        .fact("Modified", time_at(detail, "modifiedAt"))
        .fact("Deleted", time_at(detail, "deletionDate"))
        .console_url(statement::page(event, &format!("backupplan/details/{}", name_of(&arn))));
    let finding = if state == "DELETED" {
        finding.remediation("Make sure that another plan backs up the same resources; then waive this finding.")
    } else {
        finding
    };
    Ok(Reading::Findings(vec![finding]))
}

/// Which services AWS Backup covers in a region, one part per service: the opt-in of one service never closes the
/// opt-out of another. The map has capitals where the rest of the event has none (`ResourceTypeOptInPreference`).
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateRegionSettings.html>
pub(crate) fn region_setting(event: &Event) -> Result<Reading, Unreadable> {
    const CHECK: &str = "backup:region-setting";
    let detail = event.detail();
    let state = state(detail, ["state", "status"])?;
    if state != "MODIFIED" {
        return Err(unknown("region setting", &state));
    }
    let region = owner(event).region.ok_or_else(|| Unreadable::reasons("the envelope has no `region`"))?;
    let preferences: Vec<(String, bool)> = detail
        .get("ResourceTypeOptInPreference")
        .and_then(|map| map.as_object())
        .into_iter()
        .flatten()
        .filter_map(|(service, _)| Some((service.clone(), detail.at("ResourceTypeOptInPreference").flag(service)?)))
        .collect();
    let out: Vec<&str> = preferences.iter().filter(|(_, on)| !on).map(|(service, _)| service.as_str()).collect();
    let covered: Vec<&str> = preferences.iter().filter(|(_, on)| *on).map(|(service, _)| service.as_str()).collect();
    let (verdict, title) = if !out.is_empty() {
        (Verdict::open(Severity::Low, ""), format!("AWS Backup in {region} no longer covers {}", out.join(", ")))
    } else if !covered.is_empty() {
        (Verdict::resolved(Severity::Low, ""), format!("AWS Backup in {region} covers {}", covered.join(", ")))
    } else {
        (Verdict::open(Severity::Informational, ""), format!("AWS Backup's settings in {region} were modified"))
    };
    let mut finding = statement::finding(
        event,
        Statement {
            check: CHECK,
            identity_rule: CHECK.to_owned(),
            resource: Resource::new(format!("region-setting/{region}"), "backup-region-setting", &region),
            verdict,
            state: &state,
            title,
        },
    )
    .fact("Covered", Some(covered.join(", ")))
    .fact("Not covered", Some(out.join(", ")))
    .fact("Modified", time_at(detail, "modifiedAt"))
    .console_url(statement::page(event, "settings"));
    if verdict.status == Status::Open {
        finding = finding
            .remediation("If a service listed here should be backed up, opt in again under Settings in AWS Backup.");
    }
    for (service, on) in preferences {
        let status = if on { Status::Resolved } else { Status::Open };
        let label = if on { format!("{service} is covered") } else { format!("{service} is not covered") };
        finding = finding.part(Part::new(service, CHECK, status, Severity::Low, &label));
    }
    Ok(Reading::Findings(vec![finding]))
}

/// The ARN in the envelope, else built from the name: both give the same identity.
fn arn(event: &Event, kind: &str, key: &str) -> Result<String, Unreadable> {
    let marked = format!(":{kind}:");
    if let Some(arn) = event.resources.iter().find(|arn| arn.contains(&marked)) {
        return Ok(arn.clone());
    }
    let name = event.detail().raw(key).ok_or_else(|| Unreadable::missing(key))?;
    let Owner { account, region } = owner(event);
    let (account, region) = (account.unwrap_or_default(), region.unwrap_or_default());
    Ok(format!("arn:{}:backup:{region}:{account}:{kind}:{name}", Partition::of_region(&region).name()))
}

fn change(event: &Event, check: &str, noun: &str, arn: &str, verdict: Verdict, state: &str) -> Finding {
    let called = name_of(arn);
    let kind = check.replace(':', "-");
    statement::finding(
        event,
        Statement {
            check,
            identity_rule: check.to_owned(),
            title: format!("{noun} {called} {}", verdict.words),
            resource: Resource::new(arn, &kind, &called),
            verdict,
            state,
        },
    )
}
