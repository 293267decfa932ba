//! What all findings of this source have in common: whose they are, when, and the facts every event may carry.

use jiff::Timestamp;
use plimsoll_finding::{
    Advice, Arn, Category, Detail, Event, Finding, Partition, Resource, Severity, Status, Unreadable, clean_line,
    console,
};

use crate::{
    SOURCE,
    advice::{ADVICE, cause},
    text::{message, name_of, size_at, time_at},
};

/// Where a notification's sentence is kept; no event of AWS Backup has such a key.
pub(crate) const SENTENCE: &str = "notificationSentence";

/// What a state means for people and for the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) status: Status,
    /// How bad it is; of a good state, how bad its opposite would be.
    pub(crate) severity: Severity,
    /// Continues a sentence: `Backup of orders` + `failed`.
    pub(crate) words: &'static str,
}

impl Verdict {
    pub(crate) const fn open(severity: Severity, words: &'static str) -> Self {
        Self { status: Status::Open, severity, words }
    }

    pub(crate) const fn resolved(severity: Severity, words: &'static str) -> Self {
        Self { status: Status::Resolved, severity, words }
    }
}

/// One statement to be made.
pub(crate) struct Statement<'a> {
    pub(crate) check: &'a str,
    pub(crate) identity_rule: String,
    pub(crate) resource: Resource,
    pub(crate) verdict: Verdict,
    /// The state as AWS sent it.
    pub(crate) state: &'a str,
    pub(crate) title: String,
}

/// A finding with everything but its own extra facts.
pub(crate) fn finding(event: &Event, statement: Statement<'_>) -> Finding {
    let detail = event.detail();
    let Owner { account, region } = owner(event);
    let said = said(detail);
    let finding = Finding::new(SOURCE.name, statement.check, statement.resource, event)
        .owner(account, region)
        .identity_rule(statement.identity_rule)
        .status(statement.verdict.status)
        .finding_type(Some(format!("{}/{}", statement.check, statement.state)))
        // AWS Backup has states, not severities.
        .severity(statement.verdict.severity, None)
        .category(Category::Reliability)
        .observed_at(Some(observed_at(event)))
        .title(&statement.title)
        // That the job ran says nothing where its result is the news.
        .fact("Message", said.as_deref().filter(|_| statement.state != "THREATS_FOUND"))
        .fact("State", Some(statement.state))
        .fact("Resource type", detail.text("resourceType"));
    let finding = if statement.verdict.status == Status::Open {
        let cause = cause(statement.check, statement.state, &said.unwrap_or_default());
        let severity = statement.verdict.severity;
        let kind = finding.resource.kind.clone();
        finding.advice(Advice::find(&ADVICE, &cause, &kind, severity))
    } else {
        finding
    };
    facts(finding, detail)
}

/// Why it is so, in the words of AWS Backup: the message of the event, else the sentence of the notification.
fn said(detail: Detail<'_>) -> Option<String> {
    ["statusMessage", "indexStatusMessage", SENTENCE].into_iter().find_map(|path| message(detail, path))
}

fn facts(finding: Finding, detail: Detail<'_>) -> Finding {
    let retries = detail.count("retryCount").filter(|n| *n > 0).map(|n| n.to_string());
    finding
        .fact("Vault", vault(detail, ["backupVaultName"], ["backupVaultArn", "sourceBackupVaultArn"]))
        .fact("Destination vault", detail.text("destinationBackupVaultArn"))
        .fact("Size", size_at(detail, "backupSizeInBytes"))
        .fact("Retries", retries)
        .fact(if job_id(detail).is_some() { "Started" } else { "Created" }, time_at(detail, "creationDate"))
        .fact("Completed", time_at(detail, "completionDate"))
        .fact("Had to start by", time_at(detail, "startBy"))
        .fact("Was expected to complete", time_at(detail, "expectedCompletionDate"))
        .fact("Recovery point", detail.text("recoveryPointArn").or_else(|| detail.text("destinationRecoveryPointArn")))
        .fact("Plan", detail.text("createdBy.backupPlanId"))
        .fact(
            "Plan rule",
            // Jobs say `backupPlanRuleId`, scan jobs `backupRuleId`.
            detail.text("createdBy.backupPlanRuleId").or_else(|| detail.text("createdBy.backupRuleId")),
        )
        .fact("Job", job_id(detail).map(|id| clean_line(&id)))
}

/// The job's own id, exactly as sent.
pub(crate) fn job_id(detail: Detail<'_>) -> Option<String> {
    ["backupJobId", "copyJobId", "restoreJobId", "scanJobId"].into_iter().find_map(|path| detail.raw(path))
}

/// A vault by its name, else by the name in its ARN. Names may hold slashes (`aws/efs/automatic-backup-vault`).
pub(crate) fn vault<const N: usize, const A: usize>(
    detail: Detail<'_>,
    names: [&str; N],
    arns: [&str; A],
) -> Option<String> {
    names
        .into_iter()
        .find_map(|path| detail.raw(path))
        .or_else(|| arns.into_iter().find_map(|path| detail.raw(path)).map(|arn| name_of(&arn)))
}

pub(crate) struct Owner {
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
}

/// The envelope's account and region; for a bare detail what its ARNs say. An S3 bucket's ARN says neither, a vault's
/// may be of another account, hence the order.
pub(crate) fn owner(event: &Event) -> Owner {
    let detail = event.detail();
    let arns: Vec<Arn> = ["resourceArn", "sourceResourceArn", "iamRoleArn", "backupVaultArn", "recoveryPointArn"]
        .into_iter()
        .filter_map(|path| Arn::parse(&detail.raw(path)?))
        .collect();
    let first = |part: fn(&Arn) -> &String| arns.iter().map(part).find(|text| !text.is_empty()).cloned();
    let account = some(&event.account).or_else(|| detail.raw("accountId")).or_else(|| first(|arn| &arn.account));
    let region = some(&event.region).or_else(|| first(|arn| &arn.region));
    Owner { account, region }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|t| !t.is_empty())
}

/// The envelope's time, for all states alike: not every failure has a completion date, and by two clocks a failure
/// could seem younger than the success that followed it. Without an envelope, what the detail says.
pub(crate) fn observed_at(event: &Event) -> Timestamp {
    let detail = event.detail();
    let written = || {
        ["completionDate", "deletionDate", "modifiedAt", "Timestamp", "creationDate"]
            .into_iter()
            .find_map(|path| detail.time(path))
    };
    event.time.or_else(written).unwrap_or(event.received_at)
}

/// A page of the AWS Backup console in the event's region, step by step.
pub(crate) fn page(event: &Event, path: &[&str]) -> Option<String> {
    let region = owner(event).region?;
    Some(console::in_region(&region)?.backup(path))
}

/// Any resource, by its ARN, in the console.
pub(crate) fn resource_page(event: &Event, arn: &str) -> Option<String> {
    let region = owner(event).region?;
    console::in_region(&region)?.resource(arn)
}

/// The page of a recovery point within its vault, else any page of its ARN.
pub(crate) fn recovery_point_page(event: &Event, point: &str) -> Option<String> {
    let region = owner(event).region?;
    let console = console::in_region(&region)?;
    let vault = vault(event.detail(), ["backupVaultName"], ["backupVaultArn"]);
    match vault.filter(|_| Arn::parse(point).is_some()) {
        Some(vault) => Some(console.backup(&["backupvaults", "details", &vault, point])),
        None => console.any(point),
    }
}

/// The ARN in the envelope, else built from the name: both give the same identity.
pub(crate) fn arn(event: &Event, kind: &str, key: &str) -> Result<String, Unreadable> {
    let marked = format!(":{kind}:");
    if let Some(arn) = event.resources.iter().find(|arn| arn.contains(&marked)) {
        return Ok(arn.clone());
    }
    let name = event.detail().raw(key).ok_or_else(|| Unreadable::missing(key))?;
    let Owner { account, region } = owner(event);
    let (account, region) = (account.unwrap_or_default(), region.unwrap_or_default());
    Ok(format!("arn:{}:backup:{region}:{account}:{kind}:{name}", Partition::of_region(&region).name()))
}
