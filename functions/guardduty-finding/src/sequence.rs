//! Attack sequences: several signals that together are an attack. Type `AttackSequence:...`, severity 9 and more.
//! <https://docs.aws.amazon.com/guardduty/latest/ug/guardduty-attack-sequence-finding-types.html>
//!
//! `resource` says only `AttackSequence`; what is affected stands in `service.detection.sequence.resources`, a list
//! that grows. Only a cluster, of which there is one, can be the identity.

use plimsoll_finding::{Detail, Finding, Resource};

use crate::{
    redact::{few, is_access_key, redact, text, texts},
    resource::{Affected, after_last_colon},
};

/// Clusters, of which an attack sequence has one.
const CLUSTERS: [&str; 2] = ["ECS_CLUSTER", "EKS_CLUSTER"];

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
    let kind_of = |resource: Detail<'_>| resource.text("resourceType").unwrap_or_default().to_ascii_uppercase();
    let clusters: Vec<Detail<'a>> =
        resources.iter().copied().filter(|resource| CLUSTERS.contains(&kind_of(*resource).as_str())).collect();
    if let [cluster] = clusters.as_slice()
        && let Some(uid) = cluster.raw("uid").filter(|uid| !is_access_key(uid))
    {
        let name = text(*cluster, "name").unwrap_or_else(|| redact(after_last_colon(&uid)));
        let kind = cluster.text("resourceType").unwrap_or_default();
        return Affected { resource: Resource::new(uid, &kind, &name), details: *cluster };
    }
    let names = names_of(&resources);
    let actors = actors(finding);
    let name = few(&actors, 1).or_else(|| few(&names, 1)).unwrap_or_else(|| "several resources".to_owned());
    let details = resources.first().copied().unwrap_or(Detail(&serde_json::Value::Null));
    let kind = finding.text("resource.resourceType").unwrap_or_else(|| "AttackSequence".to_owned());
    Affected { resource: Resource::new(fallback, &kind, &name), details }
}

/// Adds the facts of the sequence.
pub(crate) fn facts(finding: Finding, said: Detail<'_>) -> Finding {
    let sequence = sequence(said);
    let signals: Vec<String> = sequence
        .list("signals")
        .into_iter()
        .filter_map(|signal| text(signal, "name").or_else(|| text(signal, "type")))
        .collect();
    let endpoints: Vec<String> = sequence
        .list("endpoints")
        .into_iter()
        .filter_map(|endpoint| text(endpoint, "domain").or_else(|| text(endpoint, "ip")))
        .collect();
    finding
        .fact("Signals", few(&signals, 5))
        .fact("Tactics", few(&indicators(sequence, "ATTACK_TACTIC"), 6))
        .fact("Techniques", few(&indicators(sequence, "ATTACK_TECHNIQUE"), 4))
        .fact("Actors", few(&actors(said), 3))
        .fact("Endpoints", few(&endpoints, 3))
        .fact("Affected", few(&names_of(&sequence.list("resources")), 5))
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

fn names_of(resources: &[Detail<'_>]) -> Vec<String> {
    resources
        .iter()
        .filter(|resource| !resource.text("resourceType").is_some_and(|kind| kind.eq_ignore_ascii_case("ACCESS_KEY")))
        .filter_map(|resource| {
            text(*resource, "name").or_else(|| resource.raw("uid").map(|uid| redact(after_last_colon(&uid))))
        })
        .collect()
}
