//! Backup vaults: are they there, and are they locked. These are two parts of one finding: a vault that is created again
//! ends its deletion, and a vault that is locked again ends that it was not.
//! <https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html>

use plimsoll_finding::{Event, Part, Reading, Resource, Severity, Status, Unreadable};

use crate::{
    job::{state, unknown},
    statement::{self, Statement, Verdict, arn},
    text::name_of,
};

const CHECK: &str = "backup:vault";
const EXISTS: &str = "exists";
const LOCK: &str = "lock";

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    let state = state(detail, ["state", "status"])?;
    // Text in most events: `"isLocked": "true"`.
    let locked = detail.flag("isLocked");
    let verdict = match (state.as_str(), locked) {
        ("CREATED", _) => Verdict::resolved(Severity::High, "was created"),
        // The event does not say what was changed, and a vault that never had a lock looks the same: not high.
        ("MODIFIED", Some(false)) => Verdict::open(Severity::Medium, "was modified and is not locked"),
        // It is there, and locked as far as the event says. Who changed it is in CloudTrail; nothing is wrong.
        ("MODIFIED", _) => Verdict::resolved(Severity::Informational, "was modified"),
        ("DELETED", _) => Verdict::open(Severity::High, "was deleted"),
        _ => return Err(unknown("backup vault", &state)),
    };
    let arn = arn(event, "backup-vault", "backupVaultName")?;
    let called = name_of(&arn);
    let is_deleted = state == "DELETED";
    let exists = if is_deleted { Status::Open } else { Status::Resolved };
    let severity =
        if verdict.status == Status::Open && !is_deleted { Severity::Informational } else { verdict.severity };
    let label = if is_deleted { "the vault was deleted" } else { "the vault is there" };
    let mut finding = statement::finding(
        event,
        Statement {
            check: CHECK,
            identity_rule: CHECK.to_owned(),
            title: format!("Backup vault {called} {}", verdict.words),
            resource: Resource::new(&arn, "backup-vault", &called),
            verdict,
            state: &state,
        },
    )
    .fact("Locked", locked.map(|yes| if yes { "yes" } else { "no" }))
    .console_url(statement::page(event, &["backupvaults", "details", &called]))
    .part(Part::new(EXISTS, CHECK, exists, severity, label));
    if let Some(lock) = lock(&state, locked) {
        finding = finding.part(lock);
    }
    Ok(Reading::Findings(vec![finding]))
}

/// What the event says about the lock; `None` if nothing.
fn lock(state: &str, locked: Option<bool>) -> Option<Part> {
    let part = |status, label| Part::new(LOCK, CHECK, status, Severity::Medium, label);
    match (state, locked) {
        // A new vault has lost no lock, and one that is gone needs none.
        ("CREATED", None | Some(false)) | ("DELETED", _) => {
            let mut gone = part(Status::Resolved, "the vault has no lock to lose");
            gone.not_applicable = true;
            Some(gone)
        }
        (_, Some(true)) => Some(part(Status::Resolved, "the vault is locked")),
        (_, Some(false)) => Some(part(Status::Open, "the vault is not locked")),
        (_, None) => None,
    }
}
