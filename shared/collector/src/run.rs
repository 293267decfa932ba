//! One run: every kind that has not been read yet, in the order of [`KINDS`], until the deadline.

use std::collections::BTreeSet;

use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use jiff::{SignedDuration, Timestamp};
use plimsoll_aws::{Clients, Service};
use plimsoll_evidence::{
    Collection, Read,
    reads::{Extent, KINDS, Kind, Via},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    cloud_control::{self, Model},
    config, cost,
    cost::Purse,
    ecs, guardduty,
    pace::{Pace, is_out_of_time},
    services,
};

/// Requests a second to one region. Cloud Control tolerates 25 to 30, which AWS does not document; people use it as well.
pub const REQUESTS_A_SECOND: u32 = 20;
/// Where Cost Explorer and the web ACLs of `CloudFront` are.
pub const GLOBAL_REGION: &str = "us-east-1";
/// How far back deployments are listed, see line BG-05.
const DEPLOYMENT_DAYS: i64 = 180;
/// A handler of Cloud Control asks several APIs before it answers.
const CALL_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);

/// How a run behaves.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Requests a second to one region, see [`REQUESTS_A_SECOND`].
    pub per_second: u32,
    /// No request after it.
    pub deadline: Timestamp,
    /// Whether what is global to the account is read with this region: exactly one region of an account should.
    pub account_wide: bool,
    /// How many requests to Cost Explorer this collection may cost, 0.01 USD each. Without any, its kinds are not read.
    pub paid_calls: u32,
    /// Whether the coverage by Savings Plans is among the paid reads; it changes slowly.
    pub savings_plans: bool,
}

impl Options {
    /// Everything that costs nothing, until then.
    #[must_use]
    pub const fn until(deadline: Timestamp) -> Self {
        Self { per_second: REQUESTS_A_SECOND, deadline, account_wide: true, paid_calls: 0, savings_plans: false }
    }

    /// Whether such a run reads the kind at all. What it does not read is absent from the collection: unknown, never empty.
    #[must_use]
    pub fn reads(&self, kind: &Kind) -> bool {
        let global = kind.extent == Extent::Account;
        let paid = kind.name.starts_with("ce:");
        (self.account_wide || !global)
            && (!paid || self.paid_calls > 0)
            && (kind.name != "ce:GetSavingsPlansCoverage" || self.savings_plans)
    }
}

/// What has been read so far. It holds no secret and can be kept between runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// What was read.
    pub collection: Collection,
    /// The kinds that need no further call. The others are read from their beginning by the next run.
    pub done: BTreeSet<String>,
    /// Requests to Cost Explorer so far.
    #[serde(default)]
    pub paid_calls: u32,
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
        Self { collection, done: BTreeSet::new(), paid_calls: 0 }
    }

    /// Whether every kind that such a run reads has been read.
    #[must_use]
    pub fn is_over(&self, options: &Options) -> bool {
        self.pending(options).next().is_none()
    }

    /// The kinds that are still to be read.
    pub fn pending(&self, options: &Options) -> impl Iterator<Item = &'static Kind> {
        static ALL: &[Kind] = &KINDS;
        let options = *options;
        ALL.iter().filter(move |kind| options.reads(kind) && !self.done.contains(kind.name))
    }
}

/// Reads on, and calls `watch` after each kind. A kind whose read ran out of time is read again by the next call; any other
/// error stays in the result.
pub async fn resume(
    clients: &Clients,
    mut progress: Progress,
    options: Options,
    now: &(dyn Fn() -> Timestamp + Send + Sync),
    watch: &(dyn Fn(&Kind, &Read) + Send + Sync),
) -> Progress {
    let pace = Pace::new(options.per_second, options.deadline, now);
    let region = progress.collection.region.clone();
    let run = Run {
        account: progress.collection.account.clone(),
        started_at: progress.collection.started_at,
        options,
        cloud: aws_sdk_cloudcontrol::Client::new(&settings(clients, Service::CloudControl, &region)),
        edge: aws_sdk_cloudcontrol::Client::new(&settings(clients, Service::CloudControl, GLOBAL_REGION)),
        clients,
        pace: &pace,
        purse: Purse::new(options.paid_calls.saturating_sub(progress.paid_calls)),
        region,
    };
    let pending: Vec<&'static Kind> = progress.pending(&options).collect();
    let paid_before = progress.paid_calls;
    for kind in pending {
        if !pace.has_time() {
            break;
        }
        let read = Box::pin(run.read(kind, &progress.collection)).await;
        progress.paid_calls = paid_before.saturating_add(run.purse.spent());
        if !is_out_of_time(&read) {
            progress.done.insert(kind.name.to_owned());
        }
        watch(kind, &read);
        progress.collection.reads.insert(kind.name.to_owned(), read);
        progress.collection.finished_at = now();
    }
    progress
}

/// One try a call: the pace repeats, so that every request takes its turn.
pub(crate) fn settings(clients: &Clients, service: Service, region: &str) -> aws_types::SdkConfig {
    let timeouts = TimeoutConfig::builder().operation_timeout(CALL_TIMEOUT).operation_attempt_timeout(CALL_TIMEOUT);
    let settings = clients.settings(service, region).into_builder();
    settings.retry_config(RetryConfig::disabled()).timeout_config(timeouts.build()).build()
}

struct Run<'a> {
    clients: &'a Clients,
    account: String,
    region: String,
    started_at: Timestamp,
    options: Options,
    pace: &'a Pace<'a>,
    purse: Purse,
    cloud: aws_sdk_cloudcontrol::Client,
    /// Cloud Control where the resources of `CloudFront` are.
    edge: aws_sdk_cloudcontrol::Client,
}

impl Run<'_> {
    async fn read(&self, kind: &Kind, collection: &Collection) -> Read {
        let pace = self.pace;
        let of = |name: &str| collection.reads.get(name).cloned().unwrap_or_default();
        match kind.name.split_once(':').filter(|_| kind.via == Via::Api) {
            Some(("ecs", operation)) => {
                let client = aws_sdk_ecs::Client::new(&self.settings(Service::Ecs));
                match operation {
                    "DescribeClusters" => ecs::clusters(&client, pace).await,
                    "DescribeServices" => ecs::services(&client, pace, &of("ecs:DescribeClusters")).await,
                    "DescribeTasks" => ecs::tasks(&client, pace, &of("ecs:DescribeClusters")).await,
                    "DescribeTaskDefinition" => {
                        let (services, tasks) = (of("ecs:DescribeServices"), of("ecs:DescribeTasks"));
                        ecs::task_definitions(&client, pace, &services, &tasks).await
                    }
                    _ => {
                        let since = self.started_at.checked_sub(SignedDuration::from_hours(24 * DEPLOYMENT_DAYS));
                        let since = since.unwrap_or(self.started_at);
                        ecs::deployments(&client, pace, &of("ecs:DescribeServices"), since).await
                    }
                }
            }
            Some(("config", operation)) => {
                let client = aws_sdk_config::Client::new(&self.settings(Service::Config));
                match operation {
                    "DescribeConfigurationRecorderStatus" => config::recorders(&client, pace).await,
                    "DescribeConfigRules" => config::rules(&client, pace).await,
                    "DescribeComplianceByConfigRule" => config::compliance(&client, pace).await,
                    "DescribeConfigRuleEvaluationStatus" => config::evaluations(&client, pace).await,
                    "GetDiscoveredResourceCounts" => config::counts(&client, pace).await,
                    _ => config::packs(&client, pace).await,
                }
            }
            Some(("guardduty", operation)) => {
                let client = aws_sdk_guardduty::Client::new(&self.settings(Service::GuardDuty));
                if operation == "GetDetector" {
                    guardduty::detectors(&client, pace).await
                } else {
                    guardduty::coverage(&client, pace, &of("guardduty:GetDetector")).await
                }
            }
            Some(("ce", _)) => {
                let settings = settings(self.clients, Service::CostExplorer, GLOBAL_REGION);
                let client = aws_sdk_costexplorer::Client::new(&settings);
                cost::read(&client, pace, kind.name, &self.purse, self.started_at).await
            }
            Some(("backup", _)) => {
                services::protected(&aws_sdk_backup::Client::new(&self.settings(Service::Backup)), pace).await
            }
            Some(("ecr", _)) => {
                let client = aws_sdk_ecr::Client::new(&self.settings(Service::Ecr));
                let registry = format!("{}.dkr.ecr.{}.amazonaws.com/", self.account, self.region);
                services::replication(&client, pace, &registry, &of("ecs:DescribeTasks")).await
            }
            Some(("inspector2", _)) => {
                let client = aws_sdk_inspector2::Client::new(&self.settings(Service::Inspector2));
                services::inspector(&client, pace, &self.account).await
            }
            Some(_) => {
                let client = aws_sdk_sns::Client::new(&self.settings(Service::Sns));
                services::topics(&client, pace, &of("AWS::CloudWatch::Alarm")).await
            }
            None => self.cloud_control(kind, collection).await,
        }
    }

    fn settings(&self, service: Service) -> aws_types::SdkConfig {
        settings(self.clients, service, &self.region)
    }

    async fn cloud_control(&self, kind: &Kind, collection: &Collection) -> Read {
        if let Some((ids, known)) = self.referred(kind, collection) {
            let (edge, home): (Vec<String>, Vec<String>) =
                ids.into_iter().partition(|id| self.region != GLOBAL_REGION && id.contains(":global/webacl/"));
            let mut read = cloud_control::get_each(&self.cloud, self.pace, kind.name, home).await;
            add(&mut read, cloud_control::get_each(&self.edge, self.pace, kind.name, edge).await);
            read.complete &= known;
            return read;
        }
        let (models, known) = models(kind, collection);
        // Service-linked roles are AWS's own.
        let skip = |id: &str| kind.name == "AWS::IAM::Role" && id.starts_with("AWSServiceRoleFor");
        let mut read = cloud_control::read(&self.cloud, self.pace, kind.name, models, skip).await;
        if kind.name == "AWS::WAFv2::WebACL" && self.options.account_wide {
            let models = vec![Some(("Scope", "CLOUDFRONT".to_owned()))];
            add(&mut read, cloud_control::read(&self.edge, self.pace, kind.name, models, skip).await);
        }
        read.complete &= known;
        read
    }

    /// The identifiers of what is read by reference, and whether all of them are known; `None` for a kind that is listed.
    fn referred(&self, kind: &Kind, collection: &Collection) -> Option<(Vec<String>, bool)> {
        let empty = Read::default();
        let of = |name: &str| collection.reads.get(name).unwrap_or(&empty);
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        let acls = of("AWS::WAFv2::WebACL");
        match kind.name {
            "AWS::WAFv2::LoggingConfiguration" => {
                Some((acls.resources.iter().filter_map(|acl| text(&acl.properties, "Arn")).collect(), acls.complete))
            }
            "AWS::WAFv2::WebACLAssociation" => {
                let balancers = of("AWS::ElasticLoadBalancingV2::LoadBalancer");
                let stages = of("AWS::ApiGateway::Stage");
                let public = |balancer: &&plimsoll_evidence::Resource| {
                    let is = |name: &str, value: &str| {
                        balancer.properties.get(name).and_then(Value::as_str).is_none_or(|is| is == value)
                    };
                    is("Scheme", "internet-facing") && is("Type", "application")
                };
                let mut fronts: Vec<String> = balancers.resources.iter().filter(public).map(|b| b.id.clone()).collect();
                fronts.extend(stages.resources.iter().filter_map(|stage| {
                    let (api, name) = (text(&stage.properties, "RestApiId")?, text(&stage.properties, "StageName")?);
                    Some(format!("arn:{}:apigateway:{}::/restapis/{api}/stages/{name}", self.partition(), self.region))
                }));
                let regional = acls.resources.iter().filter_map(|acl| text(&acl.properties, "Arn"));
                let regional: Vec<String> = regional.filter(|arn| arn.contains(":regional/webacl/")).collect();
                let pairs = fronts.iter().flat_map(|front| regional.iter().map(move |acl| format!("{front}|{acl}")));
                Some((pairs.collect(), balancers.complete && stages.complete && acls.complete))
            }
            "AWS::IAM::ManagedPolicy" => {
                let roles = of("AWS::IAM::Role");
                let mut arns = BTreeSet::new();
                for role in &roles.resources {
                    let list = role.properties.get("ManagedPolicyArns").and_then(Value::as_array).into_iter().flatten();
                    let boundary = role.properties.get("PermissionsBoundary");
                    let named = list.chain(boundary).filter_map(Value::as_str);
                    arns.extend(named.filter(|arn| !arn.contains(":iam::aws:")).map(ToOwned::to_owned));
                }
                Some((arns.into_iter().collect(), roles.complete))
            }
            _ => None,
        }
    }

    fn partition(&self) -> &'static str {
        match self.region.split('-').take(2).collect::<Vec<_>>().as_slice() {
            ["cn", ..] => "aws-cn",
            ["us", "gov"] => "aws-us-gov",
            _ => "aws",
        }
    }
}

fn add(read: &mut Read, more: Read) {
    read.complete &= more.complete;
    read.resources.extend(more.resources);
    read.errors.extend(more.errors);
}

/// The inputs that the list of a kind asks for, and whether all of them are known.
fn models(kind: &Kind, collection: &Collection) -> (Vec<Model>, bool) {
    let Via::CloudControlPer { input, parent } = kind.via else { return (vec![None], true) };
    if parent.is_empty() {
        let fixed = if input == "Scope" { "REGIONAL" } else { "ecs" };
        return (vec![Some((input, fixed.to_owned()))], true);
    }
    let empty = Read::default();
    let parents = collection.reads.get(parent).unwrap_or(&empty);
    // The rules of a listener matter where it speaks HTTP: they may forward what should be redirected.
    let asked = parents.resources.iter().filter(|parent| {
        kind.name != "AWS::ElasticLoadBalancingV2::ListenerRule"
            || parent.properties.get("Protocol").and_then(Value::as_str).is_none_or(|protocol| protocol == "HTTP")
    });
    (asked.map(|parent| Some((input, parent.id.clone()))).collect(), parents.complete)
}
