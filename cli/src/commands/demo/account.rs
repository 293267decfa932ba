//! The account that the demo reads, as a team has it on its way: most of it as it should be, some gaps, some things that it does
//! not use, and two reads that its role may not make. In the second week a service gets a public address by mistake.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use plimsoll_evidence::{Collection, Read, ReadError, ReadErrorKind, Resource, reads::KINDS};
use serde_json::{Map, Value, json};

/// The account of the tests of the predicates, in which every line is met.
const WELL: &str = include_str!("../../../../shared/evidence/fixtures/account.json");
/// Times in it, with how long before a reading they are.
const TIMES: [(&str, i64); 2] = [("2026-11-02T03:00:00Z", 6), ("2026-11-02T01:00:00Z", 8)];

/// What the team does not use.
const UNUSED: [&str; 12] = [
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudFront::Distribution",
    "AWS::CodeDeploy::Application",
    "AWS::EFS::FileSystem",
    "AWS::RDS::DBProxy",
    "AWS::RDS::DBProxyTargetGroup",
    "AWS::Shield::Protection",
    "AWS::WAFv2::LoggingConfiguration",
    "AWS::CloudWatch::Dashboard",
];
/// What the role of the collector may not read.
const DENIED: [&str; 2] = ["AWS::IAM::Role", "AWS::Macie::Session"];

/// The days on which the service `api` has a public address.
const PUBLIC: std::ops::Range<i64> = 9..12;

/// What a reading at this time finds, so many days after the first one.
pub(super) fn on_day(day: i64, at: Timestamp) -> anyhow::Result<Collection> {
    let mut text = WELL.to_owned();
    for (time, hours) in TIMES {
        text = text.replace(time, &at.checked_sub(SignedDuration::from_hours(hours))?.to_string());
    }
    let resources: BTreeMap<String, Map<String, Value>> = serde_json::from_str(&text).context("the demo's account")?;
    let mut reads: BTreeMap<String, Read> =
        KINDS.iter().map(|kind| (kind.name.to_owned(), Read { complete: true, ..Read::default() })).collect();
    for (kind, resources) in resources {
        let Some(read) = reads.get_mut(&kind).filter(|_| !UNUSED.contains(&kind.as_str())) else { continue };
        read.resources = resources.into_iter().map(|(id, properties)| Resource { id, properties }).collect();
    }
    for kind in DENIED {
        reads.insert(kind.to_owned(), denied(kind));
    }
    let mut set = |kind: &str, id: &str, path: &str, value: Value| {
        let resources = reads.get_mut(kind).into_iter().flat_map(|read| &mut read.resources);
        if let Some(place) = resources.filter(|r| r.id.ends_with(id)).find_map(|r| r.properties.pointer_mut(path)) {
            *place = value;
        }
    };
    set("AWS::ECR::Repository", "shop/api", "/ImageTagMutability", json!("MUTABLE"));
    set("AWS::Logs::LogGroup", "/ecs/web", "/RetentionInDays", json!(7));
    set("AWS::ECR::ReplicationConfiguration", "", "/ReplicationConfiguration/Rules", json!([]));
    if PUBLIC.contains(&day) {
        let address = "/networkConfiguration/awsvpcConfiguration/assignPublicIp";
        set("ecs:DescribeServices", "service/shop/api", address, json!("ENABLED"));
    }
    if let Some(alarms) = reads.get_mut("AWS::CloudWatch::Alarm") {
        alarms.resources.retain(|alarm| !alarm.id.starts_with("api-Memory"));
    }
    Ok(Collection {
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
        started_at: at,
        finished_at: at,
        reads,
    })
}

fn denied(kind: &str) -> Read {
    let action = format!("cloudformation:ListResources {kind}");
    let message = format!("not authorized to list {kind}");
    let error = ReadError { resource: None, kind: ReadErrorKind::Denied, action, message };
    Read { complete: false, resources: Vec::new(), errors: vec![error] }
}

#[cfg(test)]
mod tests {
    use plimsoll_evidence::{LineEvidence, Profile, ReadState, judge};

    use super::*;

    fn states(day: i64) -> Vec<LineEvidence> {
        let at: Timestamp = "2026-10-05T08:00:00Z".parse().unwrap();
        let at = at.checked_add(SignedDuration::from_hours(24 * day)).unwrap();
        let lines = judge(&[on_day(day, at).unwrap()], &Profile::default());
        assert!(lines.iter().all(|line| line.state(at) != ReadState::Stale));
        lines
    }

    #[test]
    fn the_account_shows_every_state_and_one_service_is_public_for_a_while() {
        let first = states(0);
        let at: Timestamp = "2026-10-05T08:00:00Z".parse().unwrap();
        for state in [ReadState::Met, ReadState::Gap, ReadState::Unknown, ReadState::NotApplicable] {
            assert!(first.iter().filter(|line| line.state(at) == state).count() >= 3, "{state:?}");
        }
        for kind in UNUSED {
            assert!(WELL.contains(kind), "{kind} is in the account, or leaving it out means nothing");
        }
        let public = |day: i64| {
            let lines = states(day);
            let line = lines.iter().find(|line| line.line == "SEC-07").unwrap();
            line.units.iter().any(|unit| unit.verdict == plimsoll_checklist::Verdict::Fails)
        };
        assert!(!public(0) && public(10) && !public(20));
    }
}
