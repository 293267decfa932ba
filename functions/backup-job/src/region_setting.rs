//! Which services AWS Backup covers in a region.

use plimsoll_finding::{Event, Part, Reading, Resource, Severity, Status, Unreadable};

use crate::{
    job::{state, unknown},
    statement::{self, Owner, Statement, Verdict, owner},
    text::time_at,
};

/// Which services AWS Backup covers in a region, one part per service: the opt-in of one service never closes the
/// opt-out of another. The map has capitals where the rest of the event has none (`ResourceTypeOptInPreference`).
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateRegionSettings.html>
pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    const CHECK: &str = "backup:region-setting";
    let detail = event.detail();
    let state = state(detail, ["state", "status"])?;
    if state != "MODIFIED" {
        return Err(unknown("region setting", &state));
    }
    let Owner { region, .. } = owner(event);
    let region = region.ok_or_else(|| Unreadable::reasons("the envelope has no `region`"))?;
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
    .console_url(statement::page(event, &["settings"]));
    for (service, on) in preferences {
        let status = if on { Status::Resolved } else { Status::Open };
        let label = if on { format!("{service} is covered") } else { format!("{service} is not covered") };
        finding = finding.part(Part::new(service, CHECK, status, Severity::Low, &label));
    }
    Ok(Reading::Findings(vec![finding]))
}
