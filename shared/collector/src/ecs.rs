//! Amazon ECS by its own API: Service Connect is write-only in Cloud Control, and tasks are not in it.
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html>: 10 services a call.

use std::collections::BTreeSet;

use aws_sdk_ecs::{
    Client,
    types::{ClusterField, ServiceField},
};
use plimsoll_evidence::{Read, ReadError, ReadErrorKind, Resource};
use serde_json::Value;

use crate::{capture::Capture, fault::fault, pace::Pace, redact::without_values};

const CLUSTERS_A_CALL: usize = 100;
const SERVICES_A_CALL: usize = 10;

/// Clusters with their settings.
pub(crate) async fn clusters(client: &Client, pace: &Pace<'_>) -> Read {
    let mut read = Read { complete: true, ..Read::default() };
    let (mut arns, mut token) = (Vec::new(), None);
    loop {
        if !turn(pace, &mut read, "ecs:ListClusters", None).await {
            break;
        }
        match client.list_clusters().set_next_token(token).send().await {
            Ok(answer) => {
                arns.extend(answer.cluster_arns.unwrap_or_default());
                token = answer.next_token;
            }
            Err(error) => {
                fail(&mut read, fault(&error, "ecs:ListClusters", None));
                break;
            }
        }
        if token.is_none() {
            break;
        }
    }
    for some in arns.chunks(CLUSTERS_A_CALL) {
        if !turn(pace, &mut read, "ecs:DescribeClusters", None).await {
            break;
        }
        let capture = Capture::default();
        let request = client.describe_clusters().set_clusters(Some(some.to_vec())).include(ClusterField::Settings);
        match request.customize().interceptor(capture.clone()).send().await {
            Ok(_) => take(&mut read, &capture.json(), "clusters", "clusterArn"),
            Err(error) => fail(&mut read, fault(&error, "ecs:DescribeClusters", None)),
        }
    }
    read
}

/// Services of those clusters, also those that want no task.
pub(crate) async fn services(client: &Client, pace: &Pace<'_>, clusters: &Read) -> Read {
    let mut read = Read { complete: clusters.complete, ..Read::default() };
    for cluster in clusters.resources.iter().map(|cluster| cluster.id.as_str()) {
        let (mut arns, mut token) = (Vec::new(), None);
        loop {
            if !turn(pace, &mut read, "ecs:ListServices", Some(cluster)).await {
                return read;
            }
            match client.list_services().cluster(cluster).max_results(100).set_next_token(token).send().await {
                Ok(answer) => {
                    arns.extend(answer.service_arns.unwrap_or_default());
                    token = answer.next_token;
                }
                Err(error) => {
                    fail(&mut read, fault(&error, "ecs:ListServices", Some(cluster)).or_else(|| Some(gone(cluster))));
                    break;
                }
            }
            if token.is_none() {
                break;
            }
        }
        for some in arns.chunks(SERVICES_A_CALL) {
            if !turn(pace, &mut read, "ecs:DescribeServices", Some(cluster)).await {
                return read;
            }
            let capture = Capture::default();
            let request = client.describe_services().cluster(cluster).set_services(Some(some.to_vec()));
            match request.include(ServiceField::Tags).customize().interceptor(capture.clone()).send().await {
                Ok(_) => take(&mut read, &capture.json(), "services", "serviceArn"),
                Err(error) => fail(&mut read, fault(&error, "ecs:DescribeServices", Some(cluster))),
            }
        }
    }
    read
}

/// Task definitions of those services, without the values of their environments.
pub(crate) async fn task_definitions(client: &Client, pace: &Pace<'_>, services: &Read) -> Read {
    let mut read = Read { complete: services.complete, ..Read::default() };
    let used: BTreeSet<&str> = services
        .resources
        .iter()
        .flat_map(|service| {
            let deployments = service.properties.get("deployments").and_then(Value::as_array).into_iter().flatten();
            deployments.chain([&service.properties]).filter_map(|v| v.get("taskDefinition").and_then(Value::as_str))
        })
        .collect();
    for arn in used {
        if !turn(pace, &mut read, "ecs:DescribeTaskDefinition", Some(arn)).await {
            break;
        }
        let capture = Capture::default();
        match client
            .describe_task_definition()
            .task_definition(arn)
            .customize()
            .interceptor(capture.clone())
            .send()
            .await
        {
            Ok(_) => {
                let answer = capture.json();
                match answer.get("taskDefinition") {
                    Some(said) => {
                        read.resources.push(Resource { id: arn.to_owned(), properties: without_values(said) });
                    }
                    None => fail(&mut read, Some(gone(arn))),
                }
            }
            Err(error) => fail(&mut read, fault(&error, "ecs:DescribeTaskDefinition", Some(arn))),
        }
    }
    read
}

/// Waits for a turn; `false` if there is no time left, which is then in the read.
async fn turn(pace: &Pace<'_>, read: &mut Read, action: &str, resource: Option<&str>) -> bool {
    match pace.turn(action, resource).await {
        Ok(()) => true,
        Err(error) => {
            fail(read, Some(error));
            false
        }
    }
}

fn fail(read: &mut Read, error: Option<ReadError>) {
    if let Some(error) = error {
        read.complete = false;
        read.errors.push(error);
    }
}

fn gone(resource: &str) -> ReadError {
    ReadError {
        resource: Some(resource.to_owned()),
        kind: ReadErrorKind::Failed,
        action: "ecs".to_owned(),
        message: "it is gone, or the answer does not hold it".to_owned(),
    }
}

/// The elements of a list in an answer, and what the answer itself calls a failure.
fn take(read: &mut Read, answer: &Value, list: &str, id: &str) {
    for said in answer.get(list).and_then(Value::as_array).into_iter().flatten() {
        match said.get(id).and_then(Value::as_str) {
            Some(id) => read.resources.push(Resource { id: id.to_owned(), properties: said.clone() }),
            None => read.complete = false,
        }
    }
    for failure in answer.get("failures").and_then(Value::as_array).into_iter().flatten() {
        let arn = failure.get("arn").and_then(Value::as_str).unwrap_or_default();
        // A service that went since it was listed is no gap in the list.
        if failure.get("reason").and_then(Value::as_str) != Some("MISSING") {
            fail(read, Some(gone(arn)));
        }
    }
}
