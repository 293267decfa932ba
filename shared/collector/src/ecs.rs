//! Amazon ECS by its own API: Service Connect is write-only in Cloud Control, and tasks are not in it.
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html>: 10 services a call.

use aws_sdk_ecs::operation::list_clusters::ListClustersOutput;
use aws_sdk_ecs::operation::list_service_deployments::ListServiceDeploymentsOutput;
use aws_sdk_ecs::operation::list_services::ListServicesOutput;
use aws_sdk_ecs::operation::list_tasks::ListTasksOutput;
use std::collections::BTreeSet;

use aws_sdk_ecs::{
    Client,
    types::{ClusterField, CreatedAt, ServiceField},
};
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use plimsoll_evidence::{Read, Resource};
use serde_json::Value;

use crate::{
    pace::{Pace, fail, failed, is_out_of_time},
    redact::{without_options, without_overrides, without_values},
    take::{resource, take},
};

const CLUSTERS_A_CALL: usize = 100;
const SERVICES_A_CALL: usize = 10;
const TASKS_A_CALL: usize = 100;

/// Clusters with their settings.
pub(crate) async fn clusters(client: &Client, pace: &Pace<'_>) -> Read {
    let mut read = Read { complete: true, ..Read::default() };
    let mut arns = Vec::new();
    pace.pages(
        &mut read,
        ("ecs:ListClusters", None),
        |capture, token| client.list_clusters().set_next_token(token).customize().interceptor(capture).send(),
        ListClustersOutput::next_token,
        |_, answer| arns.extend_from_slice(answer.output.cluster_arns()),
    )
    .await;
    for some in arns.chunks(CLUSTERS_A_CALL) {
        let send = |capture| {
            let request = client.describe_clusters().set_clusters(Some(some.to_vec())).include(ClusterField::Settings);
            request.customize().interceptor(capture).send()
        };
        match pace.call("ecs:DescribeClusters", None, send).await {
            Ok(Some(answer)) => described(&mut read, &answer.body, "clusters", "clusterArn"),
            Ok(None) => {}
            Err(error) => fail(&mut read, error),
        }
        if is_out_of_time(&read) {
            break;
        }
    }
    read
}

/// Services of those clusters, also those that want no task.
pub(crate) async fn services(client: &Client, pace: &Pace<'_>, clusters: &Read) -> Read {
    let mut read = Read { complete: clusters.complete, ..Read::default() };
    for cluster in clusters.resources.iter().map(|cluster| cluster.id.as_str()) {
        let mut arns = Vec::new();
        let send = |capture, token| {
            let request = client.list_services().cluster(cluster).max_results(100).set_next_token(token);
            request.customize().interceptor(capture).send()
        };
        let take = |_: &mut Read, answer: &crate::pace::Answer<ListServicesOutput>| {
            arns.extend_from_slice(answer.output.service_arns());
        };
        pace.pages(&mut read, ("ecs:ListServices", Some(cluster)), send, ListServicesOutput::next_token, take).await;
        for some in arns.chunks(SERVICES_A_CALL) {
            let send = |capture| {
                let request = client.describe_services().cluster(cluster).set_services(Some(some.to_vec()));
                request.include(ServiceField::Tags).customize().interceptor(capture).send()
            };
            match pace.call("ecs:DescribeServices", Some(cluster), send).await {
                Ok(Some(answer)) => described(&mut read, &answer.body, "services", "serviceArn"),
                Ok(None) => {}
                Err(error) => fail(&mut read, error),
            }
            if is_out_of_time(&read) {
                return read;
            }
        }
    }
    for service in &mut read.resources {
        without_options(&mut service.properties);
    }
    read
}

/// Running tasks of those clusters, without what they were started with.
pub(crate) async fn tasks(client: &Client, pace: &Pace<'_>, clusters: &Read) -> Read {
    let mut read = Read { complete: clusters.complete, ..Read::default() };
    for cluster in clusters.resources.iter().map(|cluster| cluster.id.as_str()) {
        let mut arns = Vec::new();
        let send = |capture, token| {
            client.list_tasks().cluster(cluster).set_next_token(token).customize().interceptor(capture).send()
        };
        let take = |_: &mut Read, answer: &crate::pace::Answer<ListTasksOutput>| {
            arns.extend_from_slice(answer.output.task_arns());
        };
        pace.pages(&mut read, ("ecs:ListTasks", Some(cluster)), send, ListTasksOutput::next_token, take).await;
        for some in arns.chunks(TASKS_A_CALL) {
            let send = |capture| {
                let request = client.describe_tasks().cluster(cluster).set_tasks(Some(some.to_vec()));
                request.customize().interceptor(capture).send()
            };
            match pace.call("ecs:DescribeTasks", Some(cluster), send).await {
                Ok(Some(answer)) => described(&mut read, &answer.body, "tasks", "taskArn"),
                Ok(None) => {}
                Err(error) => fail(&mut read, error),
            }
            if is_out_of_time(&read) {
                break;
            }
        }
        if is_out_of_time(&read) {
            break;
        }
    }
    for task in &mut read.resources {
        task.properties = without_overrides(&task.properties);
    }
    read
}

/// Task definitions of those services and tasks, without the values of their environments.
pub(crate) async fn task_definitions(client: &Client, pace: &Pace<'_>, services: &Read, tasks: &Read) -> Read {
    let mut read = Read { complete: services.complete && tasks.complete, ..Read::default() };
    let named = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
    let mut used = BTreeSet::new();
    for service in &services.resources {
        used.extend(named(&service.properties, "taskDefinition"));
        for list in ["deployments", "taskSets"] {
            let several = service.properties.get(list).and_then(Value::as_array).into_iter().flatten();
            used.extend(several.filter_map(|one| named(one, "taskDefinition")));
        }
    }
    used.extend(tasks.resources.iter().filter_map(|task| named(&task.properties, "taskDefinitionArn")));
    for arn in used {
        let action = "ecs:DescribeTaskDefinition";
        let send =
            |capture| client.describe_task_definition().task_definition(&arn).customize().interceptor(capture).send();
        match pace.call(action, Some(&arn), send).await {
            Ok(Some(answer)) => match answer.body.get("taskDefinition") {
                Some(said) => read.resources.push(Resource { id: arn, properties: without_values(said) }),
                None => fail(&mut read, failed(action, Some(&arn), "the answer does not hold it")),
            },
            Ok(None) => {}
            Err(error) => fail(&mut read, error),
        }
        if is_out_of_time(&read) {
            break;
        }
    }
    read
}

/// Deployments of those services since then.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html>
pub(crate) async fn deployments(client: &Client, pace: &Pace<'_>, services: &Read, since: Timestamp) -> Read {
    let mut read = Read { complete: services.complete, ..Read::default() };
    for service in &services.resources {
        let text = |key| service.properties.get(key).and_then(Value::as_str);
        let created = CreatedAt::builder().after(DateTime::from_secs(since.as_second())).build();
        let send = |capture, token| {
            let request = client.list_service_deployments().service(&service.id).created_at(created.clone());
            let request = request.set_cluster(text("clusterArn").map(ToOwned::to_owned)).max_results(100);
            request.set_next_token(token).customize().interceptor(capture).send()
        };
        pace.pages(
            &mut read,
            ("ecs:ListServiceDeployments", Some(&service.id)),
            send,
            ListServiceDeploymentsOutput::next_token,
            |read, answer| take(read, &answer.body, "serviceDeployments", "serviceDeploymentArn"),
        )
        .await;
        if is_out_of_time(&read) {
            break;
        }
    }
    read
}

/// The elements of a list in an answer, and what the answer itself calls a failure.
fn described(read: &mut Read, body: &Value, list: &str, id: &str) {
    for element in body.get(list).and_then(Value::as_array).into_iter().flatten() {
        match element.get(id).and_then(Value::as_str) {
            Some(id) => read.resources.push(resource(id, element)),
            None => read.complete = false,
        }
    }
    for failure in body.get("failures").and_then(Value::as_array).into_iter().flatten() {
        let text = |key| failure.get(key).and_then(Value::as_str);
        // What went since it was listed is no gap in the list.
        if text("reason") != Some("MISSING") {
            fail(read, failed("ecs", text("arn"), text("reason").unwrap_or("the answer calls it a failure")));
        }
    }
}
