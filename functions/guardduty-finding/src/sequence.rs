//! Attack sequences: several signals that together are an attack. Type `AttackSequence:...`, severity 9 and more.
//! <https://docs.aws.amazon.com/guardduty/latest/ug/guardduty-attack-sequence-finding-types.html>
//!
//! `resource` says only `AttackSequence`; what is affected stands in `service.detection.sequence.resources`, a list
//! that grows. Only a cluster, of which there is one, can be the identity.

use plimsoll_finding::{Detail, Finding, Resource};

use crate::{
    redact::{few, is_access_key, name_of, redact, text, texts},
    resource::Affected,
};

/// Clusters, of which an attack sequence has one.
const CLUSTERS: [&str; 2] = ["ECS_CLUSTER", "EKS_CLUSTER"];
/// Victims that a title names; the rest is counted.
const TITLED: usize = 2;
/// Indicators whose values decide, beside tactics and techniques.
const OTHER_INDICATORS: [&str; 8] = [
    "HIGH_RISK_API",
    "MALICIOUS_IP",
    "MALICIOUS_DOMAIN",
    "MALICIOUS_PROCESS",
    "MALICIOUS_FILE",
    "CRYPTOMINING_IP",
    "CRYPTOMINING_DOMAIN",
    "SENSITIVE_DATA",
];

/// Whether the finding is an attack sequence.
pub(crate) fn is_sequence(finding_type: &str) -> bool {
    finding_type.starts_with("AttackSequence:")
}

fn sequence(finding: Detail<'_>) -> Detail<'_> {
    finding.at("service.detection.sequence")
}

/// The cluster under attack, else all that is affected, under the finding's own identifier.
pub(crate) fn affected<'a>(finding: Detail<'a>, fallback: &str) -> Affected<'a> {
    let resources = sequence(finding).list("resources");
    let clusters: Vec<Detail<'a>> =
        resources.iter().copied().filter(|resource| CLUSTERS.contains(&kind_of(*resource).as_str())).collect();
    if let [cluster] = clusters.as_slice()
        && let Some(uid) = cluster.raw("uid").filter(|uid| !is_access_key(uid))
    {
        let name = text(*cluster, "name").unwrap_or_else(|| redact(name_of(&uid)));
        let kind = cluster.text("resourceType").unwrap_or_default();
        return Affected { resource: Resource::new(uid, &kind, &name), details: *cluster, is_named: true };
    }
    let victims = victims(finding, &resources);
    let details = resources.first().copied().unwrap_or(Detail(&serde_json::Value::Null));
    let kind = finding.text("resource.resourceType").unwrap_or_else(|| "AttackSequence".to_owned());
    let name = few(&victims, TITLED).unwrap_or_else(|| kind.clone());
    Affected { resource: Resource::new(fallback, &kind, &name), details, is_named: !victims.is_empty() }
}

/// Those that the type of the sequence is about (`AttackSequence:S3/...`: the buckets), else all that has a name, else
/// the users whose credentials were used.
fn victims(finding: Detail<'_>, resources: &[Detail<'_>]) -> Vec<String> {
    let target = finding.text("type").unwrap_or_default().to_ascii_uppercase();
    let target = target.strip_prefix("ATTACKSEQUENCE:").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let wanted: &[&str] = match target {
        "S3" => &["S3_BUCKET"],
        "EC2" => &["EC2_INSTANCE", "AUTOSCALING_AUTO_SCALING_GROUP"],
        "ECS" => &["ECS_CLUSTER"],
        "EKS" => &["EKS_CLUSTER"],
        "IAM" => &["ACCESS_KEY"],
        _ => &[],
    };
    let of_target: Vec<String> = resources
        .iter()
        .filter(|resource| wanted.contains(&kind_of(**resource).as_str()))
        .filter_map(|resource| described(*resource))
        .collect();
    if !of_target.is_empty() {
        return of_target;
    }
    let actors = actors(finding);
    let all: Vec<String> = resources.iter().filter_map(|resource| described(*resource)).collect();
    let is_about_users = target == "IAM" || all.is_empty();
    if is_about_users && !actors.is_empty() { actors } else { all }
}

/// Adds the facts of the sequence.
pub(crate) fn facts(finding: Finding, said: Detail<'_>) -> Finding {
    let sequence = sequence(said);
    let resources = sequence.list("resources");
    let affected: Vec<String> = resources.iter().filter_map(|resource| described(*resource)).collect();
    let signals: Vec<String> = sequence
        .list("signals")
        .into_iter()
        .filter_map(|signal| text(signal, "name").or_else(|| text(signal, "type")))
        .collect();
    let endpoints: Vec<String> = sequence.list("endpoints").into_iter().filter_map(endpoint).collect();
    let others: Vec<String> = OTHER_INDICATORS.into_iter().flat_map(|key| indicators(sequence, key)).collect();
    finding
        .fact("Affected resources", few(&affected, 8))
        .fact("Actors", few(&actors(said), 3))
        .fact("Endpoints", few(&endpoints, 5))
        .fact("Signals", few(&signals, 5))
        .fact("Indicators", few(&others, 5))
        .fact("Tactics", few(&indicators(sequence, "ATTACK_TACTIC"), 6))
        .fact("Techniques", few(&indicators(sequence, "ATTACK_TECHNIQUE"), 4))
}

/// `evil.example`, `198.51.100.23:4444 (Romania)`
fn endpoint(endpoint: Detail<'_>) -> Option<String> {
    let name = text(endpoint, "domain").or_else(|| text(endpoint, "ip"))?;
    let port = endpoint.count("port").filter(|port| *port > 0).map_or_else(String::new, |port| format!(":{port}"));
    let country = text(endpoint, "location.country").map_or_else(String::new, |country| format!(" ({country})"));
    Some(format!("{name}{port}{country}"))
}

fn indicators(sequence: Detail<'_>, key: &str) -> Vec<String> {
    let of_key = sequence.list("sequenceIndicators").into_iter();
    of_key
        .filter(|indicator| indicator.text("key").is_some_and(|k| k.eq_ignore_ascii_case(key)))
        .flat_map(|indicator| texts(indicator, "values"))
        .collect()
}

/// Who did it: users, else processes. An actor's own id may hold an access key and is not used.
fn actors(finding: Detail<'_>) -> Vec<String> {
    sequence(finding)
        .list("actors")
        .into_iter()
        .filter_map(|actor| text(actor, "user.name").or_else(|| text(actor, "process.path")))
        .collect()
}

fn kind_of(resource: Detail<'_>) -> String {
    resource.text("resourceType").unwrap_or_default().to_ascii_uppercase()
}

/// `bucket ledger`, `pod ops/sync`, `user alice` for a key of hers; `None` for what has no name that may be shown.
fn described(resource: Detail<'_>) -> Option<String> {
    let kind = kind_of(resource);
    if kind == "ACCESS_KEY" {
        return text(resource, "data.accessKey.userName").map(|user| format!("user {user}"));
    }
    let name = text(resource, "name").or_else(|| resource.raw("uid").map(|uid| redact(name_of(&uid))))?;
    let namespace = text(resource, "data.kubernetesWorkload.namespace").map_or_else(String::new, |n| format!("{n}/"));
    let noun = match kind.as_str() {
        "S3_BUCKET" => "bucket ",
        "S3_OBJECT" => "object ",
        "EC2_INSTANCE" => "instance ",
        "ECS_CLUSTER" => "ECS cluster ",
        "EKS_CLUSTER" => "EKS cluster ",
        "ECS_TASK" => "task ",
        "CONTAINER" => "container ",
        "KUBERNETES_WORKLOAD" => "workload ",
        "IAM_INSTANCE_PROFILE" => "instance profile ",
        "AUTOSCALING_AUTO_SCALING_GROUP" => "Auto Scaling group ",
        _ => "",
    };
    Some(format!("{noun}{namespace}{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn resources_by_kind_and_name() {
        for (resource, expected) in [
            (json!({"resourceType": "S3_BUCKET", "name": "ledger"}), Some("bucket ledger")),
            (json!({"resourceType": "EC2_INSTANCE", "uid": "arn:aws:ec2:r:a:instance/i-1"}), Some("instance i-1")),
            (
                json!({"resourceType": "KUBERNETES_WORKLOAD", "name": "sync", "data": {"kubernetesWorkload": {"namespace": "ops"}}}),
                Some("workload ops/sync"),
            ),
            (
                json!({"resourceType": "ACCESS_KEY", "uid": "AKIAIOSFODNN7EXAMPLE", "data": {"accessKey": {"userName": "alice"}}}),
                Some("user alice"),
            ),
            (json!({"resourceType": "ACCESS_KEY", "uid": "AKIAIOSFODNN7EXAMPLE"}), None),
            (json!({"resourceType": "NOT_KNOWN_YET", "name": "x"}), Some("x")),
        ] {
            assert_eq!(described(Detail(&resource)).as_deref(), expected, "{resource}");
        }
    }

    #[test]
    fn endpoints() {
        let with_port = json!({"ip": "198.51.100.23", "port": 4444, "location": {"country": "Romania"}});
        assert_eq!(endpoint(Detail(&with_port)).as_deref(), Some("198.51.100.23:4444 (Romania)"));
        assert_eq!(
            endpoint(Detail(&json!({"domain": "evil.example", "ip": "192.0.2.1"}))).as_deref(),
            Some("evil.example")
        );
        assert_eq!(endpoint(Detail(&json!({"id": "e"}))), None);
    }
}
