//! The reads of the collector on the wire: paging, what is denied, unsupported or gone, and a run that ends early.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use plimsoll_aws::Clients;
use plimsoll_collector::{Options, Progress, resume};
use plimsoll_evidence::ReadErrorKind;
use plimsoll_tests::hostile_server::{Answer, HostileServer};
use serde_json::{Value, json};

const CANARY: &str = "canary-in-an-environment";

fn reply(status: u16, body: &Value) -> Answer {
    Answer::Reply(
        status,
        vec![("Content-Type", "application/x-amz-json-1.1")]
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect(),
        body.to_string(),
    )
}

fn error(code: &str, words: &str) -> Answer {
    reply(400, &json!({"__type": code, "message": words}))
}

/// What AWS has: one cluster with a service, two repositories over two pages, and subnets that nobody may list.
fn account() -> HostileServer {
    HostileServer::start(|request, _| {
        let operation = request.header("x-amz-target").unwrap_or_default().rsplit('.').next().unwrap().to_owned();
        // The script sees the body without its last byte.
        let asked: Value = serde_json::from_str(&format!("{}}}", request.body)).unwrap_or_default();
        let kind = asked["TypeName"].as_str().unwrap_or_default();
        match (operation.as_str(), kind) {
            ("ListClusters", _) => reply(200, &json!({"clusterArns": ["c"]})),
            ("DescribeClusters", _) => reply(200, &json!({"clusters": [{"clusterArn": "c", "settings": []}]})),
            ("ListServices", _) => reply(200, &json!({"serviceArns": ["s"]})),
            ("DescribeServices", _) => reply(200, &json!({"services": [
                {"serviceArn": "s", "desiredCount": 2, "taskDefinition": "shop:42"}]})),
            ("DescribeTaskDefinition", _) => reply(200, &json!({"taskDefinition": {"containerDefinitions": [
                {"name": "web", "environment": [{"name": "DB_PASSWORD", "value": CANARY}]}]}})),
            ("ListResources", "AWS::ECR::Repository") if asked["NextToken"].is_null() => reply(200, &json!({
                "ResourceDescriptions": [{"Identifier": "one"}, {"Identifier": "went"}], "NextToken": "2"})),
            ("ListResources", "AWS::ECR::Repository") => reply(200, &json!({"ResourceDescriptions": [{"Identifier": "two"}]})),
            ("ListResources", "AWS::EC2::Subnet") => error("AccessDeniedException", "no"),
            ("ListResources", "AWS::EC2::NatGateway") => error("UnsupportedActionException", "no handler"),
            ("ListResources", _) => reply(200, &json!({"ResourceDescriptions": []})),
            ("GetResource", _) if asked["Identifier"] == "went" => error("ResourceNotFoundException", "gone"),
            ("GetResource", _) => reply(200, &json!({"ResourceDescription": {
                "Identifier": asked["Identifier"], "Properties": json!({"RepositoryName": asked["Identifier"]}).to_string()}})),
            _ => error("ValidationException", "unknown"),
        }
    })
    .unwrap()
}

fn start() -> Timestamp {
    "2026-11-02T09:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn pages_are_joined_and_what_is_denied_harms_no_other_read() {
    let server = account();
    let clients = Clients::at(&server.url(), "eu-central-1");
    let options = Options { per_second: 100_000, deadline: Timestamp::MAX };
    let progress = resume(&clients, Progress::new("111122223333", "eu-central-1", start()), options, &start).await;
    assert!(progress.is_over());
    let reads = &progress.collection.reads;
    let repositories = &reads["AWS::ECR::Repository"];
    assert!(repositories.complete && repositories.errors.is_empty(), "{repositories:?}");
    assert_eq!(repositories.resources.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    for (kind, expected) in
        [("AWS::EC2::Subnet", ReadErrorKind::Denied), ("AWS::EC2::NatGateway", ReadErrorKind::Unsupported)]
    {
        let read = &reads[kind];
        assert!(!read.complete && read.resources.is_empty(), "{kind}");
        assert_eq!(read.errors.iter().map(|e| e.kind).collect::<Vec<_>>(), [expected], "{kind}");
    }
    assert!(reads["AWS::RDS::DBInstance"].complete);
    assert_eq!(reads["ecs:DescribeServices"].resources[0].properties["desiredCount"], 2);
    let definition = &reads["ecs:DescribeTaskDefinition"].resources[0].properties;
    assert_eq!(definition["containerDefinitions"][0]["environment"][0]["value"], "<set>");
    assert!(!serde_json::to_string(&progress).unwrap().contains(CANARY));
    assert!(server.requests().iter().all(|request| !request.json().to_string().contains("AWS::SecretsManager")));
}

#[tokio::test]
async fn a_run_that_ends_early_says_so_and_the_next_one_goes_on() {
    let server = account();
    let clients = Clients::at(&server.url(), "eu-central-1");
    // Each look at the clock costs a second.
    let clock = AtomicI64::new(0);
    let now = || start() + jiff::SignedDuration::from_secs(clock.fetch_add(1, Ordering::Relaxed));
    let mut progress = Progress::new("111122223333", "eu-central-1", start());
    let mut runs = 0;
    while !progress.is_over() {
        runs += 1;
        assert!(runs < 100, "it never ends");
        let before = progress.done.len();
        let deadline = now() + jiff::SignedDuration::from_secs(20);
        progress = resume(&clients, progress, Options { per_second: 100_000, deadline }, &now).await;
        assert!(progress.done.len() > before, "each run gets further");
    }
    assert!(runs > 3, "{runs}");
    let whole = resume(
        &clients,
        Progress::new("111122223333", "eu-central-1", start()),
        Options { per_second: 100_000, deadline: Timestamp::MAX },
        &start,
    )
    .await;
    assert_eq!(progress.collection.reads, whole.collection.reads);
}
