//! What to do about a backup, as data: the first row that fits. The text that a row looks for is `CHECK STATE [CLASS] MESSAGE`,
//! for example `backup:copy-job FAILED [key] Given key ID is not accessible`.

use plimsoll_finding::{Advice, Severity};

/// Classes of causes, by words of AWS Backup's messages in small letters. The first that fits.
const CLASSES: [(&str, &[&str]); 5] = [
    ("key", &["key id is not accessible", "describekey", "kms", "encryption key"]),
    ("vault", &["vault does not exist", "vault not found", "cannot find the vault", "cannot find backup vault"]),
    ("access", &["access denied", "accessdenied", "not authorized", "unauthorized", "permission", "assume"]),
    ("window", &["maintenance window", "backup window", "too close to"]),
    ("busy", &["already running", "in progress", "concurrent", "limit exceeded", "throttl"]),
];

/// What the table looks at.
pub(crate) fn cause(check: &str, state: &str, message: &str) -> String {
    let lower = message.to_lowercase();
    let class = CLASSES.iter().find(|(_, words)| words.iter().any(|word| lower.contains(word)));
    format!("{check} {state} [{}] {message}", class.map_or("other", |(class, _)| class))
}

const fn row(words: &'static [&'static str], text: &'static str, section: &'static str) -> Advice {
    Advice { finding_types: words, resource_kinds: &[], from: Severity::Informational, text, runbook: section }
}

const fn of_kinds(
    words: &'static [&'static str],
    kinds: &'static [&'static str],
    text: &'static str,
    section: &'static str,
) -> Advice {
    Advice { finding_types: words, resource_kinds: kinds, from: Severity::Informational, text, runbook: section }
}

pub(crate) const ADVICE: [Advice; 23] = [
    row(
        &["scan-job THREATS_FOUND"],
        "Do not restore this recovery point. Look at the scan in GuardDuty, then at the resource itself: it may be infected \
         still. Deleting the recovery point closes the finding.",
        "docs/runbooks/backup-job.md#malware",
    ),
    row(
        &["scan-job"],
        "Read the message, repair the cause and scan the recovery point again.",
        "docs/runbooks/backup-job.md#malware",
    ),
    row(
        &["recovery-point STOPPED"],
        "Until it is repaired there is no point-in-time recovery. Give AWS Backup back what the continuous backup needs (role, \
         S3 versioning, EventBridge rules); the next run of the rule starts a new one. Deleting the stopped one closes the \
         finding.",
        "docs/runbooks/backup-job.md#recovery-points",
    ),
    row(
        &["recovery-point EXPIRED"],
        "Delete the recovery point by hand, or give AWS Backup's role the right to do so.",
        "docs/runbooks/backup-job.md#recovery-points",
    ),
    row(
        &["recovery-point DELET"],
        "Find out who deletes it (CloudTrail: DeleteRecoveryPoint) and whether that was meant. Vault Lock stops deletions \
         before their time.",
        "docs/runbooks/backup-job.md#recovery-points",
    ),
    row(
        &["vault DELETED"],
        "Find out who deleted it (CloudTrail: DeleteBackupVault) and which plans still point to it: their jobs will fail. The \
         finding closes when the vault is created again.",
        "docs/runbooks/backup-job.md#vaults-and-plans",
    ),
    row(
        &["vault MODIFIED"],
        "Without a lock, whoever may delete recovery points can delete them before their time. Find out who changed the vault \
         (CloudTrail: DeleteBackupVaultLockConfiguration), and put the lock back. The finding closes when the vault is locked.",
        "docs/runbooks/backup-job.md#vaults-and-plans",
    ),
    row(
        &["plan DELETED"],
        "Make sure that another plan backs up the same resources. A plan that is created within the hour in the same account \
         and region closes the finding; otherwise waive it.",
        "docs/runbooks/backup-job.md#vaults-and-plans",
    ),
    row(
        &["region-setting"],
        "If a service listed here should be backed up, opt in again under Settings in AWS Backup.",
        "docs/runbooks/backup-job.md#vaults-and-plans",
    ),
    row(
        &["copy-job FAILED [key]"],
        "Let the copy use the keys: the key of the source vault must allow the account of the destination (kms:DescribeKey, \
         kms:Decrypt, kms:CreateGrant), and that account's role the key of its vault. A resource that is encrypted with a key \
         that AWS manages (aws/ebs, aws/rds) cannot be copied to another account: encrypt it with a key of your own.",
        "docs/runbooks/backup-job.md#copies",
    ),
    row(
        &["FAILED [key]", "EXPIRED [key]", "ABORTED [key]"],
        "Give the role of the job the right to use the key (kms:DescribeKey, kms:Decrypt, kms:GenerateDataKey, \
         kms:CreateGrant), in its policy and in the key's, and see that the key is enabled. Then start the job again.",
        "docs/runbooks/backup-job.md#roles-and-keys",
    ),
    row(
        &["copy-job FAILED [access]", "cross-account"],
        "Allow the copy: cross-account backup must be switched on in the management account, the access policy of the \
         destination vault must allow backup:CopyIntoBackupVault, and the role must be able to read the resource's tags. Then \
         the next good copy closes the finding.",
        "docs/runbooks/backup-job.md#copies",
    ),
    row(
        &["FAILED [access]"],
        "Give the role of the job what the message names: the policies AWSBackupServiceRolePolicyForBackup and \
         AWSBackupServiceRolePolicyForRestores, those for S3, and the trust of backup.amazonaws.com. Then start the job again.",
        "docs/runbooks/backup-job.md#roles-and-keys",
    ),
    row(
        &["FAILED [vault]"],
        "The plan points to a vault that is gone. Create the vault again or change the rule of the plan, then start an \
         on-demand backup.",
        "docs/runbooks/backup-job.md#vaults-and-plans",
    ),
    row(
        &["[window]"],
        "Move the start of the backup rule away from the backup and maintenance windows of the database, then start an \
         on-demand backup.",
        "docs/runbooks/backup-job.md#windows",
    ),
    row(
        &["[busy]"],
        "Another job was in the way. Spread the start times of the rules, and start an on-demand backup now.",
        "docs/runbooks/backup-job.md#windows",
    ),
    of_kinds(
        &["backup-job COMPLETED", "backup-job PARTIAL"],
        &["S3"],
        "Read in the backup report of the bucket which objects are missing. Objects in S3 Glacier and objects without read \
         permission are never backed up: leave them out by intent, and accept the message with a reason.",
        "docs/runbooks/backup-job.md#incomplete-backups",
    ),
    row(
        &["backup-job COMPLETED", "-job PARTIAL", "recovery-point PARTIAL"],
        "There is a recovery point, and something is missing in it. Read the message, repair the cause, and start an on-demand \
         backup; or accept the message with a reason.",
        "docs/runbooks/backup-job.md#incomplete-backups",
    ),
    row(
        &["backup-job EXPIRED"],
        "Make the start or completion window of the rule longer, or find what kept the job waiting; then start an on-demand \
         backup. The next good backup of this resource into this vault closes the finding.",
        "docs/runbooks/backup-job.md#windows",
    ),
    row(
        &["copy-job"],
        "Read the message; most copies fail on the destination vault's access policy or its key. The next good copy of this \
         resource into the same vault closes the finding.",
        "docs/runbooks/backup-job.md#copies",
    ),
    row(
        &["restore-job"],
        "Read the message, repair the cause and restore again: a backup is proved by a restore only. The next good restore \
         closes the finding.",
        "docs/runbooks/backup-job.md#restores",
    ),
    row(
        &["recovery-point"],
        "Read the message, repair the cause, then start an on-demand backup: the next complete recovery point of this resource \
         in this vault closes the finding.",
        "docs/runbooks/backup-job.md#recovery-points",
    ),
    row(
        &[],
        "Read the message, repair the cause (role, vault, key, backup window), then start an on-demand backup. The next good \
         backup of this resource into this vault closes the finding.",
        "docs/runbooks/backup-job.md#the-first-five-minutes",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_fits_the_cause() {
        for (text, kind, words) in [
            ("backup:copy-job FAILED Given key ID is not accessible.", "EC2", "cannot be copied to another account"),
            (
                "backup:copy-job FAILED The source snapshot KMS key is not enabled.",
                "EBS",
                "cannot be copied to another account",
            ),
            ("backup:copy-job FAILED Access denied exception", "EC2", "CopyIntoBackupVault"),
            (
                "backup:backup-job COMPLETED Completed with issues. Objects without read permission",
                "S3",
                "Objects in S3 Glacier",
            ),
            ("backup:restore-job COMPLETED what came back", "RDS", "restore again"),
            ("backup:copy-job FAILED something", "EC2", "most copies fail"),
            ("backup:backup-job FAILED Insufficient permission to use the KMS key", "RDS", "kms:GenerateDataKey"),
            ("backup:backup-job FAILED Access Denied trying to call AWS Backup", "RDS", "Give the role"),
            ("backup:backup-job FAILED The backup vault does not exist.", "RDS", "vault that is gone"),
            ("backup:backup-job FAILED inside or too close to the automated backup window", "RDS", "Move the start"),
            ("backup:backup-job FAILED another backup is already running", "RDS", "in the way"),
            ("backup:backup-job COMPLETED Completed with issues. Glacier", "S3", "Objects in S3 Glacier"),
            ("backup:backup-job COMPLETED VSS failed", "EC2", "something is missing"),
            ("backup:recovery-point PARTIAL ", "EC2", "something is missing"),
            ("backup:backup-job EXPIRED ", "RDS", "window of the rule longer"),
            ("backup:restore-job FAILED odd", "RDS", "restore again"),
            ("backup:vault MODIFIED ", "backup-vault", "put the lock back"),
            ("backup:plan DELETED ", "backup-plan", "another plan"),
            ("backup:scan-job THREATS_FOUND ", "", "Do not restore"),
            ("backup:backup-job FAILED odd", "RDS", "Read the message"),
        ] {
            let [check, state, message] = text.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{text}") };
            let advice = Advice::find(&ADVICE, &cause(check, state, message), kind, Severity::Low).unwrap();
            assert!(advice.text.contains(words), "{text}: {}", advice.text);
        }
    }
}
