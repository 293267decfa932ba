//! One run: every kind that has not been read yet, in the order of [`KINDS`], until the deadline.

use std::collections::BTreeSet;

use jiff::Timestamp;
use plimsoll_aws::{Clients, Service};
use plimsoll_evidence::{
    Collection, Read, ReadErrorKind,
    reads::{Extent, KINDS, Kind, Via},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{cloud_control, ecs, pace::Pace};

/// How a run behaves.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Requests a second to one region. Cloud Control tolerates about 25, which AWS does not document.
    pub per_second: u32,
    /// No request after it.
    pub deadline: Timestamp,
}

/// What has been read so far. It holds no secret and can be kept between runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// What was read.
    pub collection: Collection,
    /// The kinds that need no further call. The others are read from their beginning by the next run.
    pub done: BTreeSet<String>,
}

impl Progress {
    /// Nothing yet.
    #[must_use]
    pub fn new(account: &str, region: &str, now: Timestamp) -> Self {
        let collection = Collection {
            account: account.to_owned(),
            region: region.to_owned(),
            started_at: now,
            finished_at: now,
            reads: std::collections::BTreeMap::new(),
        };
        Self { collection, done: BTreeSet::new() }
    }

    /// Whether every kind that this crate can read has been read.
    #[must_use]
    pub fn is_over(&self) -> bool {
        KINDS.iter().filter(|kind| readable(kind)).all(|kind| self.done.contains(kind.name))
    }
}

/// Reads on. A kind whose read ran out of time is read again by the next call; any other error stays in the result.
pub async fn resume(
    clients: &Clients,
    mut progress: Progress,
    options: Options,
    now: &(dyn Fn() -> Timestamp + Send + Sync),
) -> Progress {
    let region = progress.collection.region.clone();
    let cloud = aws_sdk_cloudcontrol::Client::new(&clients.settings(Service::CloudControl, &region));
    let containers = aws_sdk_ecs::Client::new(&clients.settings(Service::Ecs, &region));
    let pace = Pace::new(options.per_second, options.deadline, now);
    for kind in KINDS.iter().filter(|kind| readable(kind)) {
        if progress.done.contains(kind.name) {
            continue;
        }
        if !pace.has_time() {
            break;
        }
        let of = |name: &str| progress.collection.reads.get(name).cloned().unwrap_or_default();
        let read = match kind.name {
            "ecs:DescribeClusters" => ecs::clusters(&containers, &pace).await,
            "ecs:DescribeServices" => ecs::services(&containers, &pace, &of("ecs:DescribeClusters")).await,
            "ecs:DescribeTaskDefinition" => {
                ecs::task_definitions(&containers, &pace, &of("ecs:DescribeServices")).await
            }
            name => {
                let (models, known) = models(kind, &progress.collection);
                let mut read = cloud_control::read(&cloud, &pace, name, &models).await;
                read.complete &= known;
                read
            }
        };
        if !read.errors.iter().any(|error| error.kind == ReadErrorKind::OutOfTime) {
            progress.done.insert(kind.name.to_owned());
        }
        progress.collection.reads.insert(kind.name.to_owned(), read);
        progress.collection.finished_at = now();
    }
    progress
}

/// Kinds that this crate reads; the others stay absent from a collection, which is unknown and never empty.
fn readable(kind: &Kind) -> bool {
    match kind.via {
        Via::Api => ["ecs:DescribeClusters", "ecs:DescribeServices", "ecs:DescribeTaskDefinition"].contains(&kind.name),
        // What is read by reference only.
        Via::CloudControl => kind.extent != Extent::Used,
        Via::CloudControlPer { .. } => true,
    }
}

/// The inputs that the list of a kind asks for, and whether all of them are known.
fn models(kind: &Kind, collection: &Collection) -> (Vec<Option<Value>>, bool) {
    let Via::CloudControlPer { input, parent } = kind.via else { return (vec![None], true) };
    if parent.is_empty() {
        let mut fixed = match input {
            "ServiceNamespace" => vec!["ecs"],
            _ => vec!["REGIONAL"],
        };
        if input == "Scope" && collection.region == "us-east-1" {
            fixed.push("CLOUDFRONT");
        }
        return (fixed.into_iter().map(|value| Some(json!({input: value}))).collect(), true);
    }
    let empty = Read::default();
    let parents = collection.reads.get(parent).unwrap_or(&empty);
    let models = parents.resources.iter().map(|resource| Some(json!({input: resource.id}))).collect();
    (models, parents.complete)
}
