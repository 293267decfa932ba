//! An account of 50 services, recorded and judged offline: what `plimsoll collect --record` and `--from` do, without AWS.

use std::collections::BTreeMap;

use plimsoll_collector::recording;
use plimsoll_evidence::{
    Collection, LineEvidence, Profile, Read, ReadState, Resource, judge,
    reads::{KINDS, LINES},
};
use plimsoll_tests::samples::root;
use serde_json::{Map, Value};

const SERVICES: usize = 50;
/// The service of the fixture that is copied.
const ORIGINAL: &str = "api";
/// The kinds of which each service has its own.
const OF_A_SERVICE: [&str; 11] = [
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::CloudWatch::Alarm",
    "AWS::ECR::Repository",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
    "ecr:DescribeImageReplicationStatus",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
];

fn now() -> jiff::Timestamp {
    "2026-11-02T09:15:00Z".parse().unwrap()
}

/// The account of the fixtures, in which every line is met, with its second service 49 times.
pub(crate) fn account() -> Collection {
    let text = std::fs::read_to_string(root().join("shared/evidence/fixtures/account.json")).unwrap();
    let resources: BTreeMap<String, Map<String, Value>> = serde_json::from_str(&text).unwrap();
    let started_at = "2026-11-02T09:00:00Z".parse().unwrap();
    let mut reads: BTreeMap<String, Read> =
        KINDS.iter().map(|kind| (kind.name.to_owned(), Read { complete: true, ..Read::default() })).collect();
    for (kind, resources) in resources {
        let read = reads.get_mut(&kind).unwrap();
        for (id, properties) in resources {
            let text = properties.to_string();
            let names_it = (id.contains(ORIGINAL) || text.contains(ORIGINAL)) && OF_A_SERVICE.contains(&kind.as_str());
            for copy in (1..SERVICES - 1).filter(|_| names_it) {
                let name = |text: &str| text.replace(ORIGINAL, &format!("{ORIGINAL}{copy}"));
                let properties = serde_json::from_str(&name(&text)).unwrap();
                let id = if id.contains(ORIGINAL) { name(&id) } else { format!("{id}{copy}") };
                read.resources.push(Resource { id, properties });
            }
            read.resources.push(Resource { id, properties });
        }
    }
    Collection {
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
        started_at,
        finished_at: started_at,
        reads,
    }
}

fn offline(collection: &Collection) -> Vec<LineEvidence> {
    let folder = tempfile::tempdir().unwrap();
    recording::write(folder.path(), std::slice::from_ref(collection)).unwrap();
    judge(&recording::read(folder.path()).unwrap(), &Profile::default())
}

fn count(evidence: &[LineEvidence], state: ReadState) -> usize {
    evidence.iter().filter(|line| line.state(now()) == state).count()
}

fn line<'a>(evidence: &'a [LineEvidence], id: &str) -> &'a LineEvidence {
    evidence.iter().find(|line| line.line == id).unwrap()
}

#[test]
fn fifty_services_are_judged_offline_and_one_bad_one_is_named() {
    let mut collection = account();
    assert_eq!(collection.reads["ecs:DescribeServices"].resources.len(), SERVICES);
    let good = offline(&collection);
    assert_eq!(good.len(), LINES.len());
    assert_eq!(line(&good, "SEC-07").summary(now()), format!("{SERVICES} of {SERVICES} services"));
    let met = count(&good, ReadState::Met);
    assert!(met > 50, "{met} met, {} gaps: {:?}", count(&good, ReadState::Gap), gaps(&good));

    // One of fifty gets a public address.
    let services = collection.reads.get_mut("ecs:DescribeServices").unwrap();
    let bad = services.resources.iter_mut().find(|service| service.id.ends_with("api7")).unwrap();
    bad.properties["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] = "ENABLED".into();
    let broken = offline(&collection);
    let public = line(&broken, "SEC-07");
    assert_eq!(public.state(now()), ReadState::Gap);
    assert!(
        public.summary(now()).starts_with("49 of 50 services, missing: ") && public.summary(now()).contains("api7")
    );
    assert_eq!(count(&broken, ReadState::Met), met - 1, "one line lower: {:?}", gaps(&broken));

    // What may not be read any more raises nothing.
    collection.reads.get_mut("AWS::EC2::Subnet").unwrap().complete = false;
    let blind = offline(&collection);
    assert!(count(&blind, ReadState::Met) < count(&broken, ReadState::Met));
    assert_eq!(line(&blind, "REL-01").state(now()), ReadState::Unknown);

    // Three days later nothing is proved.
    let later = now().checked_add(jiff::SignedDuration::from_hours(24 * 9)).unwrap();
    assert!(good.iter().all(|line| line.state(later) != ReadState::Met));
}

fn gaps(evidence: &[LineEvidence]) -> Vec<String> {
    let gaps = evidence.iter().filter(|line| line.state(now()) == ReadState::Gap);
    gaps.map(|line| format!("{} {}", line.line, line.summary(now()))).collect()
}
