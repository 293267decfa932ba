//! AWS Backup: backup jobs and copy jobs, which it lists for 30 days.
//! <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupJobs.html>
//!
//! A finding asks whether there is a good backup of a resource in a vault, so the newest job that is over decides.
//! Believed, because nothing is asked: restores, recovery points and their index, malware scans, vaults, plans, region
//! settings.

use std::collections::BTreeSet;

use async_trait::async_trait;
use aws_smithy_types::DateTime;
use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{Finding, Kind, parse_time_value};
use plimsoll_pipeline::{
    SourceApi, SourceApiError,
    source_api::{Lookup, Page},
};
use serde_json::Value;

use super::{Place, event, fault, list, text};
use crate::Capture;
use crate::Clients;

const BACKUP: Kind = ("aws.backup", "Backup Job State Change");
const COPY: Kind = ("aws.backup", "Copy Job State Change");
const BACKUP_CHECK: &str = "backup:backup-job";
const COPY_CHECK: &str = "backup:copy-job";
const OVER: [&str; 5] = ["COMPLETED", "FAILED", "EXPIRED", "PARTIAL", "ABORTED"];
const PAGE: i32 = 100;
/// Pages of the jobs of one resource in one vault.
const MAX_PAGES: usize = 5;
/// How far back the first run looks: a resource that is backed up once a day has had three chances.
const FIRST_LOOK: SignedDuration = SignedDuration::from_hours(72);
/// Jobs are listed by when they were created, and may take this long until they are over.
const LONGEST_JOB: SignedDuration = SignedDuration::from_hours(24);

/// The API behind `backup-job`.
#[derive(Debug, Clone)]
pub struct BackupJobs {
    clients: Clients,
    place: Place,
}

/// Which jobs are listed.
#[derive(Debug, Clone, Default)]
struct Which {
    resource: Option<String>,
    /// The name of a vault; for copies the ARN of the destination.
    vault: Option<String>,
    after: Option<Timestamp>,
}

impl BackupJobs {
    /// With the credentials of `clients`.
    #[must_use]
    pub fn new(clients: &Clients, place: &Place) -> Self {
        Self { clients: clients.clone(), place: place.clone() }
    }

    async fn jobs(
        &self,
        kind: Kind,
        region: &str,
        which: &Which,
        from: Option<String>,
    ) -> Result<(Vec<Value>, Option<String>), SourceApiError> {
        let capture = Capture::default();
        let after = which.after.map(|after| DateTime::from_secs(after.as_second()));
        let client = self.clients.backup(region);
        let (next, key) = if kind == COPY {
            let request = client.list_copy_jobs().set_by_resource_arn(which.resource.clone()).max_results(PAGE);
            let request = request.set_by_destination_vault_arn(which.vault.clone()).set_by_created_after(after);
            let answer = request.set_next_token(from).customize().interceptor(capture.clone()).send().await;
            (answer.map_err(|error| fault(&error, "backup:ListCopyJobs", region, ""))?.next_token, "CopyJobs")
        } else {
            let request = client.list_backup_jobs().set_by_resource_arn(which.resource.clone()).max_results(PAGE);
            let request = request.set_by_backup_vault_name(which.vault.clone()).set_by_created_after(after);
            let answer = request.set_next_token(from).customize().interceptor(capture.clone()).send().await;
            (answer.map_err(|error| fault(&error, "backup:ListBackupJobs", region, ""))?.next_token, "BackupJobs")
        };
        Ok((list(&capture.json(), key).to_vec(), next))
    }

    /// The newest job of a resource in a vault that is over.
    async fn newest(&self, kind: Kind, region: &str, which: &Which) -> Result<Option<Value>, SourceApiError> {
        let (mut jobs, mut from) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let (page, next) = self.jobs(kind, region, which, from).await?;
            jobs.extend(page);
            from = next;
            if from.is_none() {
                break;
            }
        }
        Ok(jobs.into_iter().filter(is_over).max_by_key(over_at))
    }

    fn event(&self, kind: Kind, region: &str, job: &Value) -> Value {
        let account = text(job, "AccountId").unwrap_or(&self.place.account);
        event(kind, account, region, &over_at(job).map_or(Value::Null, |at| at.to_string().into()), &[], job)
    }
}

fn is_over(job: &Value) -> bool {
    text(job, "State").is_some_and(|state| OVER.contains(&state))
}

/// When a job was over. One that never started has no completion.
fn over_at(job: &Value) -> Option<Timestamp> {
    ["CompletionDate", "StartBy", "CreationDate"].into_iter().find_map(|key| parse_time_value(job.get(key)?))
}

fn is_good(job: &Value) -> bool {
    text(job, "State") == Some("COMPLETED") && text(job, "StatusMessage").is_none_or(|words| words.trim().is_empty())
}

#[async_trait]
impl SourceApi for BackupJobs {
    async fn lookup(&self, finding: &Finding) -> Result<Lookup, SourceApiError> {
        let kind = match finding.check.as_str() {
            BACKUP_CHECK => BACKUP,
            COPY_CHECK => COPY,
            _ => return Ok(Lookup::NoApi),
        };
        let Some(region) = self.place.region_of(&finding.region) else {
            return Ok(Lookup::Unknown(format!("`{}` is no region", finding.region)));
        };
        if finding.account != self.place.account {
            let hint = self.place.hint(&finding.account);
            let reason = format!("AWS Backup is read for account {} only{hint}", self.place.account);
            return Ok(Lookup::Unknown(reason));
        }
        // The rule of the identity ends with the vault.
        let vault = finding.identity_rule.as_deref().and_then(|rule| rule.split_once('/')).map(|(_, vault)| vault);
        let which = Which {
            resource: Some(finding.resource.id.clone()),
            vault: vault.filter(|vault| !vault.is_empty()).map(ToOwned::to_owned),
            after: None,
        };
        Ok(match self.newest(kind, region, &which).await? {
            Some(job) => Lookup::Events(vec![self.event(kind, region, &job)]),
            None => Lookup::Unknown("AWS Backup lists no job of this resource in this vault that is over".to_owned()),
        })
    }

    /// The newest job of each resource and vault that had a bad one since then; what is good closes nothing that the
    /// look at what is open here would not close.
    async fn page(&self, since: Option<Timestamp>, from: Option<&str>) -> Result<Page, SourceApiError> {
        let region = self.place.region.as_str();
        let (stage, token) = from.and_then(|from| from.split_once(':')).unwrap_or(("backup", ""));
        let kind = if stage == "copy" { COPY } else { BACKUP };
        let after = match since {
            Some(since) => since.checked_sub(LONGEST_JOB),
            None => Timestamp::now().checked_sub(FIRST_LOOK),
        };
        let after = after.ok();
        let listed = Which { after, ..Which::default() };
        let token = Some(token.to_owned()).filter(|token| !token.is_empty());
        let (jobs, next) = self.jobs(kind, region, &listed, token).await?;
        let mut subjects = BTreeSet::new();
        for job in jobs.iter().filter(|job| is_over(job) && !is_good(job)) {
            let vault = text(job, if kind == COPY { "DestinationBackupVaultArn" } else { "BackupVaultName" });
            if let (Some(resource), Some(vault)) = (text(job, "ResourceArn"), vault) {
                subjects.insert((resource.to_owned(), vault.to_owned()));
            }
        }
        let mut events = Vec::new();
        for (resource, vault) in subjects {
            let which = Which { resource: Some(resource), vault: Some(vault), after: None };
            if let Some(job) = self.newest(kind, region, &which).await? {
                events.push(self.event(kind, region, &job));
            }
        }
        let next = match next {
            Some(next) => Some(format!("{stage}:{next}")),
            None => (kind == BACKUP).then(|| "copy:".to_owned()),
        };
        Ok(Page { events, next })
    }
}
