//! Which actions of IAM the reads need: what the handlers of Cloud Control ask for on the caller's behalf, from the
//! registry (`registry.json`, made by `scripts/registry.py`), and the calls of the SDKs.
//!
//! `infra/suite/evidence_reads.json` is this list; a test compares.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_evidence::reads::{Extent, KINDS, Kind, Via};
use serde::Deserialize;
use serde_json::{Value, json};

/// The permissions that the handlers of a type want.
#[derive(Debug, Clone, Deserialize)]
struct Handlers {
    read: Vec<String>,
    list: Vec<String>,
}

/// Actions that a handler declares and that the role does not have: they change something, or show more than
/// configuration. Each with the reason, and with what stays unknown without it.
pub const LEFT_OUT: [(&str, &str); 4] = [
    ("s3:GetObject", "it shows the contents of objects; an API that was imported from a bucket is read all the same"),
    (
        "secretsmanager:GetSecretValue",
        "it shows secrets: AWS::SecretsManager::Secret is never read, and no line needs it",
    ),
    ("ssm:GetParameter", "it shows the values of parameters: AWS::SSM::Parameter is never read, and no line needs it"),
    (
        "lambda:GetFunction",
        "it shows the environment and the code of functions: AWS::Lambda::Function is never read, and no line needs it",
    ),
];

/// The verbs of an action that only reads.
const READING: [&str; 5] = ["BatchGet", "Describe", "Get", "List", "View"];

/// Of the handler of `AWS::WAFv2::WebACLAssociation`: what it asks other services for, which the collector never does, as
/// it asks about load balancers and stages of REST APIs alone.
const NOT_ASKED: [&str; 6] = ["amplify", "apprunner", "appsync", "bedrock-agentcore", "cognito-idp", "ec2"];

fn registry() -> BTreeMap<String, Handlers> {
    serde_json::from_str(include_str!("registry.json")).unwrap_or_default()
}

/// The actions that the calls of a kind need, beside `cloudformation:ListResources` and `cloudformation:GetResource` for
/// what Cloud Control reads.
#[must_use]
pub fn actions_of(kind: &Kind) -> BTreeSet<String> {
    if kind.via == Via::Api {
        let lists: &[&str] = match kind.name {
            "ecs:DescribeClusters" => &["ecs:ListClusters"],
            "ecs:DescribeServices" => &["ecs:ListServices"],
            "ecs:DescribeTasks" => &["ecs:ListTasks"],
            "guardduty:GetDetector" => &["guardduty:ListDetectors"],
            "config:GetConformancePackComplianceSummary" => &["config:DescribeConformancePacks"],
            _ => &[],
        };
        return lists.iter().chain([&kind.name]).map(|action| (*action).to_owned()).collect();
    }
    let registry = registry();
    let Some(handlers) = registry.get(kind.name) else { return BTreeSet::new() };
    let lists: &[String] = if is_listed(kind) { &handlers.list } else { &[] };
    let association = kind.name == "AWS::WAFv2::WebACLAssociation";
    let wanted = handlers.read.iter().chain(lists).filter(|action| {
        let (service, verb) = action.split_once(':').unwrap_or_default();
        let reads = verb == "GET" || READING.iter().any(|reading| verb.starts_with(reading));
        reads && !LEFT_OUT.iter().any(|(left, _)| left == action) && !(association && NOT_ASKED.contains(&service))
    });
    wanted.cloned().collect()
}

/// Whether the kind is listed; others are read by reference.
fn is_listed(kind: &Kind) -> bool {
    kind.extent != Extent::Used && kind.name != "AWS::IAM::ManagedPolicy"
}

/// All actions of the collector's role.
#[must_use]
pub fn actions() -> BTreeSet<String> {
    let cloud_control = ["cloudformation:GetResource", "cloudformation:ListResources"];
    cloud_control.iter().map(|action| (*action).to_owned()).chain(KINDS.iter().flat_map(actions_of)).collect()
}

/// What API Gateway calls a resource: without API keys, whose values `apigateway:GET` would show.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html>
const API_GATEWAY: [&str; 5] = ["/apis", "/apis/*", "/restapis", "/restapis/*", "/tags/*"];

/// The actions as a policy of IAM, for whoever makes a role by hand.
#[must_use]
pub fn policy() -> Value {
    let (gateway, others): (Vec<String>, Vec<String>) =
        actions().into_iter().partition(|action| action.starts_with("apigateway:"));
    let paths: Vec<String> = API_GATEWAY.iter().map(|path| format!("arn:aws:apigateway:*::{path}")).collect();
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "ReadConfiguration", "Effect": "Allow", "Action": others, "Resource": "*"},
        {"Sid": "ReadApis", "Effect": "Allow", "Action": gateway, "Resource": paths},
    ]})
}

/// The kinds that a role without that action cannot read.
#[must_use]
pub fn kinds_of(action: &str) -> Vec<&'static str> {
    static ALL: &[Kind] = &KINDS;
    ALL.iter().filter(|kind| actions_of(kind).contains(action)).map(|kind| kind.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_has_the_handlers_that_each_kind_is_read_by() {
        let registry: Value = serde_json::from_str(include_str!("registry.json")).unwrap();
        for kind in KINDS.iter().filter(|kind| kind.via != Via::Api) {
            let handlers = &registry[kind.name];
            assert!(!handlers["read"].as_array().unwrap().is_empty(), "{}: it cannot be read", kind.name);
            assert!(!handlers["id"].as_array().unwrap().is_empty(), "{}", kind.name);
            if !is_listed(kind) {
                continue;
            }
            assert_eq!(handlers["lists"], true, "{}: it cannot be listed", kind.name);
            let ways = handlers["input"].as_array().unwrap();
            match kind.via {
                // Lists of targets ask for nothing in newer schemas; the namespace keeps other services out.
                Via::CloudControlPer { input: "ServiceNamespace", .. } => {}
                Via::CloudControlPer { input, .. } => {
                    assert!(ways.iter().any(|way| *way == json!([input])), "{}: {ways:?}", kind.name);
                }
                _ => assert!(ways.is_empty(), "{}: {ways:?}", kind.name),
            }
        }
        let kinds = KINDS.iter().filter(|kind| kind.via != Via::Api).count();
        assert_eq!(registry.as_object().unwrap().len(), kinds, "the file has a type that nobody reads");
    }

    #[test]
    fn the_role_only_reads_and_never_a_secret() {
        let actions = actions();
        assert!(actions.len() > 60, "{}", actions.len());
        for action in &actions {
            let (service, verb) = action.split_once(':').unwrap();
            assert!(!service.is_empty() && !verb.contains('*'), "{action}");
            assert!(verb == "GET" || READING.iter().any(|reading| verb.starts_with(reading)), "{action} does not read");
            assert!(LEFT_OUT.iter().all(|(left, _)| left != action), "{action} was left out");
        }
        for never in ["AWS::SecretsManager::Secret", "AWS::SSM::Parameter", "AWS::Lambda::Function", "AWS::S3::Bucket"]
        {
            assert!(KINDS.iter().all(|kind| kind.name != never), "{never}");
        }
        for kind in &KINDS {
            assert!(!actions_of(kind).is_empty(), "{} needs no permission?", kind.name);
        }
        let policy = policy();
        assert!(!policy["Statement"][0]["Action"].to_string().contains("apigateway"));
        assert!(!policy["Statement"][1]["Resource"].to_string().contains("apikeys"));
        // A managed policy has at most 6,144 characters without white space.
        // <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
        assert!(policy.to_string().len() < 6_144, "{}", policy.to_string().len());
        assert_eq!(kinds_of("ecs:ListTasks"), ["ecs:DescribeTasks"]);
        assert!(kinds_of("secretsmanager:GetSecretValue").is_empty());
    }
}
