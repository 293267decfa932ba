//! "GuardDuty Finding": a threat, at first sight and again at every change of it.
//! <https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-format.html>
//!
//! GuardDuty never says that a threat is over. Archiving a finding by hand sends an update with `archived: true`, which
//! resolves it here; a suppression rule archives silently, and such a finding is never sent at all.

use plimsoll_finding::{
    Arn, Detail, Event, Finding, Reading, Resource, Status, Unreadable, console, unreadable_finding,
};
use serde_json::Value;

use crate::{ATTACK_SEQUENCE, NAME, THREAT, advice, evidence, redact::text, resource, sequence, severity, victim};

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    // The answer of the API, as the command line prints it, is a list.
    if detail.get("id").is_some() || detail.get("findings").is_none() {
        return Ok(Reading::Findings(vec![one(detail, event)?]));
    }
    let mut findings = Vec::new();
    let mut errors = Vec::new();
    for entry in detail.list("findings") {
        match one(entry, event) {
            Ok(finding) => findings.push(finding),
            Err(error) => errors.push(error),
        }
    }
    match errors.first() {
        Some(error) if findings.is_empty() => return Err(error.clone()),
        // What could be read is reported, and so is what could not.
        Some(error) => findings.push(unreadable_finding(NAME, event, error)),
        None if findings.is_empty() => return Ok(Reading::Ignored("the list of findings is empty".to_owned())),
        None => {}
    }
    Ok(Reading::Findings(findings))
}

fn one(said: Detail<'_>, event: &Event) -> Result<Finding, Unreadable> {
    let arn_text = said.raw("arn");
    let arn = arn_text.as_deref().and_then(Arn::parse);
    let id = said
        .raw("id")
        .or_else(|| arn.as_ref().and_then(|a| a.resource.rsplit_once("/finding/").map(|(_, id)| id.to_owned())))
        .ok_or_else(|| Unreadable::missing("id"))?;
    let (said_type, said_title) = (text(said, "type"), text(said, "title"));
    let Some(what) = said_type.clone().or_else(|| said_title.clone()) else {
        return Err(Unreadable::missing("type"));
    };
    let is_sequence = said_type.as_deref().is_some_and(sequence::is_sequence);
    let fallback = arn_text.unwrap_or_else(|| format!("finding/{id}"));
    let affected = if is_sequence { sequence::affected(said, &fallback) } else { resource::affected(said, &fallback) };

    let account = said.raw("accountId").or_else(|| arn.as_ref().map(|a| a.account.clone()));
    let region =
        said.raw("region").or_else(|| arn.as_ref().map(|a| a.region.clone()).filter(|_| event.region.is_empty()));
    let check = if is_sequence { ATTACK_SEQUENCE } else { THREAT };
    let finding = Finding::new(NAME, check, affected.resource.clone(), event)
        .owner(account.filter(|a| !a.is_empty()), region.filter(|r| !r.is_empty()));
    let victim = victim::of(said, &affected, &what, &finding.account);
    let archived = said.flag("service.archived").unwrap_or(false);
    let url = console::in_region(&finding.region).map(|c| c.guardduty_finding(&id));
    let mut finding = finding
        .identity_rule(id)
        .title(&victim.title)
        .finding_type(said_type.as_deref())
        .status(if archived { Status::Resolved } else { Status::Open })
        // An archived finding may keep its dates: the envelope then says when it was archived.
        .observed_at(event.latest(said.time("updatedAt").or_else(|| said.time("service.eventLastSeen"))))
        .console_url(url);
    let kind = victim.kind.unwrap_or_else(|| finding.resource.kind.clone());
    finding.resource = Resource::new(finding.resource.id, &kind, &victim.name);
    let finding = match severity::read(said) {
        Some((severity, native)) => finding.severity(severity, Some(&native)),
        // Stays at the default, and the alert says so.
        None => finding.fact("Severity", Some("not given by GuardDuty, taken as medium")),
    };
    let finding = if is_sequence { sequence::facts(finding, said) } else { evidence::facts(finding, said) };
    let finding = evidence::history(finding, said)
        .fact("Archived", archived.then_some("by a user of GuardDuty"))
        .fact("Resource type", Some(kind).filter(|kind| kind != "unknown"));
    let mut finding = resource::with_tags(finding, affected.details);
    finding.sample = is_sample(said.at("service.additionalInfo"));
    if archived {
        return Ok(finding);
    }
    let subject = advice::subject(said, &what);
    let severity = finding.severity;
    Ok(finding.advice(advice::advice(&what, subject, severity)))
}

/// A sample that a user generated. In the answer of the API the flag is within JSON text.
fn is_sample(additional: Detail<'_>) -> bool {
    let within = || {
        let text = additional.raw("value")?;
        let value: Value = serde_json::from_str(&text).ok()?;
        Detail(&value).flag("sample")
    };
    additional.flag("sample").or_else(within).unwrap_or(false)
}
