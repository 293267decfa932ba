//! "GuardDuty Finding": a threat, at first sight and again at every change of it.
//! <https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-format.html>
//!
//! GuardDuty never says that a threat is over. Archiving a finding by hand sends an update with `archived: true`, which
//! resolves it here; a suppression rule archives silently, and such a finding is never sent at all.

use plimsoll_finding::{Arn, Detail, Event, Finding, Reading, Status, Unreadable, console, unreadable_finding};
use serde_json::Value;

use crate::{ATTACK_SEQUENCE, NAME, THREAT, evidence, redact::text, resource, sequence, severity};

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
        // What could be read is told, and so is that there was more.
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
    let name = affected.resource.name.clone();
    let kind = affected.resource.kind.clone();
    let finding = Finding::new(NAME, check, affected.resource, event)
        .owner(account.filter(|a| !a.is_empty()), region.filter(|r| !r.is_empty()))
        .identity_rule(id.clone())
        .title(&format!("{what} on {}{name}", noun(&kind)))
        .observed_at(said.time("updatedAt").or_else(|| said.time("service.eventLastSeen")));
    let link = console::in_region(&finding.region).map(|c| c.guardduty_finding(&id));
    let finding = finding.console_url(link);

    let archived = said.flag("service.archived").unwrap_or(false);
    let finding = finding.status(if archived { Status::Resolved } else { Status::Open });
    let finding = match severity::read(said) {
        Some((severity, native)) => finding.severity(severity, Some(&native)),
        // Stays at the default and says so.
        None => finding.fact("Severity", Some("not given by GuardDuty, taken as medium")),
    };
    let finding = finding.fact("What happened", said_title).fact("Type", said_type).fact("Resource type", Some(kind));
    let finding = if is_sequence { sequence::facts(finding, said) } else { evidence::facts(finding, said) };
    let finding = evidence::history(finding, said).fact("Archived", archived.then_some("by somebody in GuardDuty"));
    let mut finding = resource::with_tags(finding, affected.details);
    finding.sample = is_sample(said.at("service.additionalInfo"));
    Ok(if archived { finding } else { finding.remediation(advice(&what, &resource_type(said))) })
}

/// What the name is a name of, where the name alone does not show it.
fn noun(kind: &str) -> &'static str {
    match kind.to_ascii_lowercase().as_str() {
        "ecscluster" | "ecs_cluster" => "ECS cluster ",
        "ekscluster" | "eks_cluster" => "EKS cluster ",
        "container" => "container ",
        "s3bucket" => "bucket ",
        "lambda" => "function ",
        "rdsdbinstance" => "database ",
        _ => "",
    }
}

/// A sample that somebody generated. In the answer of the API the flag is within JSON text.
fn is_sample(additional: Detail<'_>) -> bool {
    let within = || {
        let text = additional.raw("value")?;
        let value: Value = serde_json::from_str(&text).ok()?;
        Detail(&value).flag("sample")
    };
    additional.flag("sample").or_else(within).unwrap_or(false)
}

fn resource_type(said: Detail<'_>) -> String {
    said.text("resource.resourceType").unwrap_or_default().to_ascii_lowercase()
}

/// What to do first, by what is affected; an attack sequence says that only in its type, `AttackSequence:ECS/...`.
fn advice(what: &str, resource_type: &str) -> &'static str {
    let target = what.split_once(':').map_or("", |(_, rest)| rest).to_ascii_lowercase();
    let subject = if matches!(resource_type, "" | "attacksequence") { target.as_str() } else { resource_type };
    let is = |words: &[&str]| words.iter().any(|word| subject.contains(word));
    if is(&["ecs", "eks", "container", "kubernetes"]) {
        "Stop the task and keep its logs and image for analysis. Replace the credentials of its task role, and deploy \
         an image that you trust."
    } else if is(&["iam", "accesskey"]) {
        "Find out from CloudTrail whether the user did this. If not, deactivate the access key, revoke the sessions \
         of the role and undo what was done."
    } else if is(&["s3"]) {
        "Check in CloudTrail who read or changed the bucket, block public access, and replace the credentials that \
         were used."
    } else if is(&["lambda"]) {
        "Look at the code and the environment of the function, deploy a version that you trust, and replace the \
         credentials of its role."
    } else if is(&["rds"]) {
        "Check the database's logins, change the password of the user, and close the network path that was used."
    } else if is(&["ec2", "instance"]) {
        "Isolate the instance with a security group that allows nothing, snapshot its volumes for analysis, and \
         replace it from a clean image."
    } else {
        "Open the finding in GuardDuty, decide whether it is expected, and contain the resource if it is not."
    }
}
