//! Single reads of services whose SDK the suite is linked with anyway: backup, images, Inspector, topics.

use aws_sdk_backup::operation::list_protected_resources::ListProtectedResourcesOutput;
use std::collections::BTreeSet;

use aws_sdk_ecr::types::ImageIdentifier;
use plimsoll_evidence::Read;
use serde_json::{Map, Value, json};

use crate::{
    pace::{Pace, fail, is_out_of_time},
    take::{resource, take},
};

/// What AWS Backup protects, with the time of the last backup.
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListProtectedResources.html>
pub(crate) async fn protected(client: &aws_sdk_backup::Client, pace: &Pace<'_>) -> Read {
    let mut read = Read { complete: true, ..Read::default() };
    pace.pages(
        &mut read,
        ("backup:ListProtectedResources", None),
        |capture, token| {
            let request = client.list_protected_resources().max_results(1000).set_next_token(token);
            request.customize().interceptor(capture).send()
        },
        ListProtectedResourcesOutput::next_token,
        |read, answer| take(read, &answer.body, "Results", "ResourceArn"),
    )
    .await;
    read
}

/// Whether Amazon Inspector is on for the account.
/// <https://docs.aws.amazon.com/inspector/v2/APIReference/API_BatchGetAccountStatus.html>
pub(crate) async fn inspector(client: &aws_sdk_inspector2::Client, pace: &Pace<'_>, account: &str) -> Read {
    let mut read = Read { complete: true, ..Read::default() };
    let action = "inspector2:BatchGetAccountStatus";
    let send = |capture| client.batch_get_account_status().account_ids(account).customize().interceptor(capture).send();
    match pace.call(action, None, send).await {
        Ok(Some(answer)) => {
            take(&mut read, &answer.body, "accounts", "accountId");
            // Without an answer about this account, nothing was read.
            read.complete &= !read.resources.is_empty();
        }
        Ok(None) => {}
        Err(error) => fail(&mut read, error),
    }
    read
}

/// The replication of each image that runs: those of this account's registry in this region, by digest.
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageReplicationStatus.html>
pub(crate) async fn replication(client: &aws_sdk_ecr::Client, pace: &Pace<'_>, registry: &str, tasks: &Read) -> Read {
    let mut read = Read { complete: tasks.complete, ..Read::default() };
    let mut images = BTreeSet::new();
    for task in &tasks.resources {
        let containers = task.properties.get("containers").and_then(Value::as_array).into_iter().flatten();
        for container in containers {
            let text = |key| container.get(key).and_then(Value::as_str);
            let repository = text("image").and_then(|image| image.strip_prefix(registry)).map(repository);
            if let (Some(repository), Some(digest)) = (repository, text("imageDigest")) {
                images.insert((repository.to_owned(), digest.to_owned()));
            }
        }
    }
    for (repository, digest) in images {
        let id = format!("{repository}@{digest}");
        let image = ImageIdentifier::builder().image_digest(&digest).build();
        let send = |capture| {
            let request = client.describe_image_replication_status().repository_name(&repository);
            request.image_id(image.clone()).customize().interceptor(capture).send()
        };
        match pace.call("ecr:DescribeImageReplicationStatus", Some(&id), send).await {
            Ok(Some(answer)) => read.resources.push(resource(&id, &answer.body)),
            Ok(None) => {}
            Err(error) => fail(&mut read, error),
        }
        if is_out_of_time(&read) {
            break;
        }
    }
    read
}

/// `shop/web` of `shop/web:1.2@sha256:…`.
fn repository(image: &str) -> &str {
    let image = image.split_once('@').map_or(image, |(image, _)| image);
    image.split_once(':').map_or(image, |(image, _)| image)
}

/// The attributes of every topic that one of those alarms acts on, without its policies.
/// <https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html>
pub(crate) async fn topics(client: &aws_sdk_sns::Client, pace: &Pace<'_>, alarms: &Read) -> Read {
    const KEPT: [&str; 5] =
        ["DisplayName", "SubscriptionsConfirmed", "SubscriptionsDeleted", "SubscriptionsPending", "TopicArn"];
    let mut read = Read { complete: alarms.complete, ..Read::default() };
    let mut arns = BTreeSet::new();
    for alarm in &alarms.resources {
        for list in ["AlarmActions", "OKActions", "InsufficientDataActions"] {
            let actions = alarm.properties.get(list).and_then(Value::as_array).into_iter().flatten();
            let topics = actions.filter_map(Value::as_str).filter(|arn| arn.split(':').nth(2) == Some("sns"));
            arns.extend(topics.map(ToOwned::to_owned));
        }
    }
    for arn in arns {
        let send = |_| client.get_topic_attributes().topic_arn(&arn).send();
        match pace.call("sns:GetTopicAttributes", Some(&arn), send).await {
            Ok(Some(answer)) => {
                let attributes = answer.output.attributes.unwrap_or_default();
                let kept: Map<String, Value> = KEPT
                    .iter()
                    .filter_map(|name| Some(((*name).to_owned(), Value::String(attributes.get(*name)?.clone()))))
                    .collect();
                read.resources.push(resource(&arn, &json!({"TopicArn": arn, "Attributes": kept})));
            }
            Ok(None) => {}
            Err(error) => fail(&mut read, error),
        }
        if is_out_of_time(&read) {
            break;
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_has_neither_tag_nor_digest() {
        for image in ["shop/web", "shop/web:1.2", "shop/web@sha256:ab", "shop/web:1.2@sha256:ab"] {
            assert_eq!(repository(image), "shop/web");
        }
    }
}
