//! What the suite needs of an account, read before anything is deployed: kinds that a collection has as well, and three
//! answers that no line of the checklist needs. Every service is asked at the same time, so that one that does not answer
//! takes no time from the others.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::Timestamp;
use plimsoll_aws::{Clients, Service};
use plimsoll_evidence::{
    Read,
    reads::{self, KINDS},
};

use crate::{
    pace::{Pace, fail},
    permissions,
    run::{Options, Progress, resume, settings},
    take::{resource, take},
};

/// Where AWS Config delivers to: `DeliveryChannels[]`, by `name`.
/// <https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeDeliveryChannels.html>
pub const DELIVERY_CHANNELS: &str = "config:DescribeDeliveryChannels";
/// The resource types that AWS Backup may protect in the region: the answer, by the region.
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeRegionSettings.html>
pub const BACKUP_REGION: &str = "backup:DescribeRegionSettings";
/// How many functions may run at once: the answer, by the region.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html>
pub const LAMBDA_ACCOUNT: &str = "lambda:GetAccountSettings";

/// The kinds of [`KINDS`] that are read, by service. The requests of one service share a limit of paid requests.
const COLLECTED: [&[&str]; 7] = [
    &["AWS::ECR::RegistryScanningConfiguration"],
    &["inspector2:BatchGetAccountStatus"],
    &["config:DescribeConfigurationRecorderStatus"],
    &["guardduty:GetDetector"],
    &["AWS::Backup::BackupPlan"],
    &["ce:GetAnomalyMonitors", "ce:GetAnomalySubscriptions"],
    &["AWS::CloudTrail::Trail"],
];

/// Reads all of it. What was refused or not reached is in the result as an error of its kind; what the options leave out,
/// or no time was left for, is absent.
pub async fn prerequisites(
    clients: &Clients,
    account: &str,
    region: &str,
    options: Options,
    now: &(dyn Fn() -> Timestamp + Send + Sync),
) -> Progress {
    let services = join_all(COLLECTED.iter().map(|kinds| collected(clients, (account, region), options, now, kinds)));
    let pace = Pace::new(options.per_second, options.deadline, now);
    let (services, channels, backup, lambda) = tokio::join!(
        services,
        delivery_channels(clients, region, &pace),
        backup_region(clients, region, &pace),
        lambda_account(clients, region, &pace),
    );
    let mut all = Progress::new(account, region, now());
    for service in services {
        all.collection.reads.extend(service.collection.reads);
        all.paid_calls = all.paid_calls.saturating_add(service.paid_calls);
    }
    let own = [(DELIVERY_CHANNELS, channels), (BACKUP_REGION, backup), (LAMBDA_ACCOUNT, lambda)];
    all.collection.reads.extend(own.map(|(kind, read)| (kind.to_owned(), read)));
    all.done.extend(all.collection.reads.keys().cloned());
    all.collection.finished_at = now();
    all
}

/// A run of the collector that has these kinds left.
async fn collected(
    clients: &Clients,
    (account, region): (&str, &str),
    options: Options,
    now: &(dyn Fn() -> Timestamp + Send + Sync),
    kinds: &[&str],
) -> Progress {
    let mut progress = Progress::new(account, region, now());
    let others = KINDS.iter().map(|kind| kind.name).filter(|name| !kinds.contains(name));
    progress.done.extend(others.map(ToOwned::to_owned));
    Box::pin(resume(clients, progress, options, now, &|_, _| {})).await
}

async fn delivery_channels(clients: &Clients, region: &str, pace: &Pace<'_>) -> Read {
    let client = aws_sdk_config::Client::new(&settings(clients, Service::Config, region));
    let mut read = Read { complete: true, ..Read::default() };
    let send = |capture| client.describe_delivery_channels().customize().interceptor(capture).send();
    match pace.call(DELIVERY_CHANNELS, None, send).await {
        Ok(Some(answer)) => take(&mut read, &answer.body, "DeliveryChannels", "name"),
        Ok(None) => {}
        Err(error) => fail(&mut read, error),
    }
    read
}

async fn backup_region(clients: &Clients, region: &str, pace: &Pace<'_>) -> Read {
    let client = aws_sdk_backup::Client::new(&settings(clients, Service::Backup, region));
    let mut read = Read { complete: true, ..Read::default() };
    let send = |capture| client.describe_region_settings().customize().interceptor(capture).send();
    match pace.call(BACKUP_REGION, None, send).await {
        Ok(Some(answer)) => read.resources.push(resource(region, &answer.body)),
        Ok(None) => {}
        Err(error) => fail(&mut read, error),
    }
    read
}

async fn lambda_account(clients: &Clients, region: &str, pace: &Pace<'_>) -> Read {
    let client = aws_sdk_lambda::Client::new(&settings(clients, Service::Lambda, region));
    let mut read = Read { complete: true, ..Read::default() };
    let send = |capture| client.get_account_settings().customize().interceptor(capture).send();
    match pace.call(LAMBDA_ACCOUNT, None, send).await {
        Ok(Some(answer)) => read.resources.push(resource(region, &answer.body)),
        Ok(None) => {}
        Err(error) => fail(&mut read, error),
    }
    read
}

/// The kinds that [`prerequisites`] reads.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    COLLECTED.iter().flat_map(|kinds| kinds.iter().copied()).chain([DELIVERY_CHANNELS, BACKUP_REGION, LAMBDA_ACCOUNT])
}

/// The actions that the read of such a kind needs.
#[must_use]
pub fn actions_of(kind: &str) -> BTreeSet<String> {
    let Some(known) = reads::kind(kind) else { return BTreeSet::from([kind.to_owned()]) };
    let mut actions = permissions::actions_of(known);
    if known.via != reads::Via::Api {
        let cloud_control = ["cloudformation:GetResource", "cloudformation:ListResources"];
        actions.extend(cloud_control.map(ToOwned::to_owned));
    }
    actions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_one_of_the_collector_or_its_own_action() {
        for kind in kinds() {
            let own = [DELIVERY_CHANNELS, BACKUP_REGION, LAMBDA_ACCOUNT].contains(&kind);
            assert_eq!(reads::kind(kind).is_none(), own, "{kind}");
            assert!(!actions_of(kind).is_empty(), "{kind}");
        }
        assert!(actions_of("AWS::CloudTrail::Trail").contains("cloudtrail:GetTrailStatus"));
        assert!(actions_of("AWS::CloudTrail::Trail").contains("cloudformation:ListResources"));
        assert_eq!(actions_of("guardduty:GetDetector").len(), 2);
        assert_eq!(actions_of(LAMBDA_ACCOUNT), BTreeSet::from([LAMBDA_ACCOUNT.to_owned()]));
    }
}
