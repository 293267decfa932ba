//! The reads of the collector on the wire: paging, what is denied, throttled, unsupported or gone, a run that ends early,
//! and what a recording must not hold.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use jiff::Timestamp;
use plimsoll_aws::Clients;
use plimsoll_collector::{Options, Progress, permissions, recording, resume};
use plimsoll_evidence::{
    ReadErrorKind,
    reads::{KINDS, Kind},
};
use plimsoll_tests::{
    hostile_server::{Answer, HostileServer, Request},
    samples::root,
};
use serde_json::{Value, json};

const CANARY: &str = "canary-in-an-answer";
const ALB: &str = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/shop/1";
const ACL: &str = "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/shop/2";
const GLOBAL_ACL: &str = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/edge/3";
const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:alarms";
const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/boundary";

fn reply(status: u16, body: &Value) -> Answer {
    Answer::body(status, &body.to_string())
}

fn error(code: &str, words: &str) -> Answer {
    reply(400, &json!({"__type": code, "message": words}))
}

/// The operation and what it was asked with: JSON protocols name the operation in a header, REST ones in the path, query
/// ones in the body.
fn asked(request: &Request) -> (String, Value) {
    // The script sees the body without its last byte.
    let body = serde_json::from_str(&format!("{}}}", request.body)).unwrap_or_default();
    match request.header("x-amz-target") {
        Some(target) => (target.rsplit('.').next().unwrap().to_owned(), body),
        None => (request.path.clone(), body),
    }
}

/// The properties of what Cloud Control lists, by type.
fn resources(kind: &str) -> Vec<(String, Value)> {
    let one = |id: &str, properties: Value| vec![(id.to_owned(), properties)];
    match kind {
        "AWS::EC2::RouteTable" => vec![("rtb-1".to_owned(), json!({})), ("rtb-2".to_owned(), json!({}))],
        "AWS::EC2::Route" => one("route", json!({"DestinationCidrBlock": "0.0.0.0/0"})),
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => {
            one(ALB, json!({"Scheme": "internet-facing", "Type": "application"}))
        }
        "AWS::ElasticLoadBalancingV2::Listener" => {
            vec![("http".to_owned(), json!({"Protocol": "HTTP"})), ("https".to_owned(), json!({"Protocol": "HTTPS"}))]
        }
        "AWS::ElasticLoadBalancingV2::ListenerRule" => {
            one("rule", json!({"Conditions": [{"Field": "http-header", "HttpHeaderConfig": {"Values": [CANARY]}}]}))
        }
        "AWS::CloudFront::Distribution" => {
            one("E1", json!({"DistributionConfig": {"Origins": [{"OriginCustomHeaders": [{"HeaderValue": CANARY}]}]}}))
        }
        "AWS::CloudWatch::Alarm" => one("cpu", json!({"AlarmActions": [TOPIC, "arn:aws:lambda:x"]})),
        "AWS::ApiGateway::RestApi" => one("api1", json!({})),
        "AWS::ApiGateway::Stage" => {
            one("api1|live", json!({"RestApiId": "api1", "StageName": "live", "Variables": {"key": CANARY}}))
        }
        "AWS::IAM::Role" => vec![
            (
                "task".to_owned(),
                json!({"ManagedPolicyArns": ["arn:aws:iam::aws:policy/X"], "PermissionsBoundary": BOUNDARY}),
            ),
            ("AWSServiceRoleForECS".to_owned(), json!({})),
        ],
        "AWS::Budgets::Budget" => {
            one("all", json!({"NotificationsWithSubscribers": [{"Subscribers": [{"Address": CANARY}]}]}))
        }
        _ => Vec::new(),
    }
}

/// What AWS has: one cluster with a service, two repositories over two pages, subnets that nobody may list, and one of
/// most other things.
pub(crate) fn account() -> HostileServer {
    HostileServer::start(|request, _| answer(request)).unwrap()
}

#[expect(clippy::too_many_lines, reason = "one line for each call")]
fn answer(request: &Request) -> Answer {
    let (operation, asked) = asked(request);
    let kind = asked["TypeName"].as_str().unwrap_or_default();
    match (operation.as_str(), kind) {
        ("ListClusters", _) => reply(200, &json!({"clusterArns": ["c"]})),
        ("DescribeClusters", _) => reply(200, &json!({"clusters": [{"clusterArn": "c", "settings": []}]})),
        ("ListServices", _) => reply(200, &json!({"serviceArns": ["s"]})),
        ("DescribeServices", _) => reply(
            200,
            &json!({"services": [{"serviceArn": "s", "clusterArn": "c", "desiredCount": 2, "taskDefinition": "shop:42",
                "createdAt": 1_793_350_800, "deployments": [{"taskDefinition": "shop:41", "serviceConnectConfiguration": {
                    "logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": CANARY}}}}]}]}),
        ),
        ("ListTasks", _) => reply(200, &json!({"taskArns": ["t"]})),
        ("DescribeTasks", _) => reply(
            200,
            &json!({"tasks": [{"taskArn": "t", "taskDefinitionArn": "shop:40",
                "overrides": {"containerOverrides": [{"environment": [{"name": "X", "value": CANARY}]}]},
                "containers": [{"name": "web", "imageDigest": "sha256:ab",
                    "image": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop/web:1.2"}]}]}),
        ),
        ("DescribeTaskDefinition", _) => reply(
            200,
            &json!({"taskDefinition": {"taskDefinitionArn": asked["taskDefinition"], "containerDefinitions": [
                {"name": "web", "command": [CANARY], "environment": [{"name": "DB_PASSWORD", "value": CANARY}]}]}}),
        ),
        ("ListServiceDeployments", _) => {
            reply(200, &json!({"serviceDeployments": [{"serviceDeploymentArn": "d", "status": "SUCCESSFUL"}]}))
        }
        ("DescribeImageReplicationStatus", _) => reply(
            200,
            &json!({"repositoryName": asked["repositoryName"], "imageId": asked["imageId"], "replicationStatuses": []}),
        ),
        ("DescribeConfigurationRecorderStatus", _) => {
            reply(200, &json!({"ConfigurationRecordersStatus": [{"name": "default", "recording": true}]}))
        }
        ("DescribeConfigRules", _) => reply(200, &json!({"ConfigRules": [{"ConfigRuleName": "r"}]})),
        ("DescribeComplianceByConfigRule", _) => {
            reply(200, &json!({"ComplianceByConfigRules": [{"ConfigRuleName": "r"}]}))
        }
        ("DescribeConfigRuleEvaluationStatus", _) => reply(
            200,
            &json!({"ConfigRulesEvaluationStatus": [
                {"ConfigRuleName": "r", "LastSuccessfulEvaluationTime": 1_793_350_800.25}]}),
        ),
        ("GetDiscoveredResourceCounts", _) if asked["nextToken"].is_null() => reply(
            200,
            &json!({"resourceCounts": [{"resourceType": "AWS::ECS::Service", "count": 1}], "nextToken": "2"}),
        ),
        ("GetDiscoveredResourceCounts", _) => {
            reply(200, &json!({"resourceCounts": [{"resourceType": "AWS::EC2::Subnet", "count": 3}]}))
        }
        ("DescribeConformancePacks", _) => reply(
            200,
            &json!({"ConformancePackDetails": [{"ConformancePackName": "p", "ConformancePackArn": "a",
                "ConformancePackId": "i"}]}),
        ),
        ("GetConformancePackComplianceSummary", _) => reply(
            200,
            &json!({"ConformancePackComplianceSummaryList": [
                {"ConformancePackName": "p", "ConformancePackComplianceStatus": "COMPLIANT"}]}),
        ),
        ("GetAnomalyMonitors", _) => reply(
            200,
            &json!({"AnomalyMonitors": [{"MonitorArn": "m", "MonitorName": "n",
            "MonitorType": "DIMENSIONAL"}]}),
        ),
        ("GetAnomalySubscriptions", _) => reply(
            200,
            &json!({"AnomalySubscriptions": [{"SubscriptionArn": "s",
            "MonitorArnList": ["m"], "SubscriptionName": "n", "Frequency": "DAILY",
            "Subscribers": [{"Address": CANARY, "Type": "EMAIL", "Status": "CONFIRMED"}]}]}),
        ),
        ("GetAnomalies", _) => reply(200, &json!({"Anomalies": []})),
        ("GetSavingsPlansCoverage", _) => reply(
            200,
            &json!({"SavingsPlansCoverages": [{"TimePeriod": {"Start": "2026-10-03", "End": "2026-11-02"},
                "Coverage": {"CoveragePercentage": "71.5"}}]}),
        ),
        ("ListResources", "AWS::ECR::Repository") if asked["NextToken"].is_null() => reply(
            200,
            &json!({"ResourceDescriptions": [{"Identifier": "one"}, {"Identifier": "went"}], "NextToken": "2"}),
        ),
        ("ListResources", "AWS::ECR::Repository") => {
            reply(200, &json!({"ResourceDescriptions": [{"Identifier": "two"}]}))
        }
        ("ListResources", "AWS::EC2::Subnet") => error("AccessDeniedException", "no"),
        ("ListResources", "AWS::EC2::NatGateway") => error("UnsupportedActionException", "no handler"),
        ("ListResources", "AWS::WAFv2::WebACL") => {
            let global = asked["ResourceModel"].as_str().unwrap_or_default().contains("CLOUDFRONT");
            let id = if global { "edge|3|CLOUDFRONT" } else { "shop|2|REGIONAL" };
            reply(200, &json!({"ResourceDescriptions": [{"Identifier": id}]}))
        }
        ("ListResources", kind) => {
            let found: Vec<_> = resources(kind).into_iter().map(|(id, _)| json!({"Identifier": id})).collect();
            reply(200, &json!({"ResourceDescriptions": found}))
        }
        ("GetResource", _) => get(kind, asked["Identifier"].as_str().unwrap_or_default()),
        ("/detector", _) => reply(200, &json!({"detectorIds": ["d1"]})),
        ("/detector/d1", _) => reply(
            200,
            &json!({"status": "ENABLED", "serviceRole": "r",
            "features": [{"name": "S3_DATA_EVENTS", "status": "ENABLED"}]}),
        ),
        ("/detector/d1/coverage", _) => {
            reply(200, &json!({"resources": [{"resourceId": "c1", "coverageStatus": "HEALTHY"}]}))
        }
        ("/status/batch/get", _) => reply(
            200,
            &json!({"accounts": [{"accountId": "111122223333",
            "state": {"status": "ENABLED", "errorCode": "", "errorMessage": ""},
            "resourceState": {"ecr": {"status": "ENABLED", "errorCode": "", "errorMessage": ""},
                "ec2": {"status": "DISABLED", "errorCode": "", "errorMessage": ""}}}]}),
        ),
        (path, _) if path.starts_with("/resources") => {
            reply(200, &json!({"Results": [{"ResourceArn": "db", "LastBackupTime": 1_793_350_800.5}]}))
        }
        _ if request.body.contains("GetTopicAttributes") => Answer::body(
            200,
            "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes><entry><key>SubscriptionsConfirmed</key>\
             <value>1</value></entry><entry><key>Policy</key><value>canary-in-an-answer</value></entry></Attributes>\
             </GetTopicAttributesResult></GetTopicAttributesResponse>",
        ),
        _ => error("ValidationException", "unknown"),
    }
}

fn get(kind: &str, id: &str) -> Answer {
    let known = match (kind, id) {
        (_, "went") => None,
        ("AWS::ECR::Repository", _) => Some(json!({"RepositoryName": id})),
        ("AWS::WAFv2::WebACL", "shop|2|REGIONAL") => Some(json!({"Arn": ACL, "Rules": [
            {"Statement": {"ByteMatchStatement": {"SearchString": CANARY}}}]})),
        ("AWS::WAFv2::WebACL", _) => Some(json!({"Arn": GLOBAL_ACL})),
        ("AWS::WAFv2::LoggingConfiguration", GLOBAL_ACL) => Some(json!({"ResourceArn": GLOBAL_ACL})),
        ("AWS::WAFv2::LoggingConfiguration", _) => None,
        ("AWS::WAFv2::WebACLAssociation", pair) => {
            (pair == format!("{ALB}|{ACL}")).then(|| json!({"ResourceArn": ALB, "WebACLArn": ACL}))
        }
        ("AWS::IAM::ManagedPolicy", BOUNDARY) => Some(json!({"PolicyArn": BOUNDARY})),
        (kind, id) => resources(kind).into_iter().find(|(known, _)| known == id).map(|(_, properties)| properties),
    };
    match known {
        Some(properties) => {
            reply(200, &json!({"ResourceDescription": {"Identifier": id, "Properties": properties.to_string()}}))
        }
        None => error("ResourceNotFoundException", "gone"),
    }
}

fn start() -> Timestamp {
    "2026-11-02T09:00:00Z".parse().unwrap()
}

fn fast(deadline: Timestamp) -> Options {
    Options { per_second: 100_000, ..Options::until(deadline) }
}

fn paid() -> Options {
    Options { paid_calls: 10, savings_plans: true, ..fast(Timestamp::MAX) }
}

fn new() -> Progress {
    Progress::new("111122223333", "eu-central-1", start())
}

async fn collect(server: &HostileServer, progress: Progress, options: Options) -> Progress {
    let clients = Clients::at(&server.url(), "eu-central-1");
    resume(&clients, progress, options, &start, &|_, _| {}).await
}

#[tokio::test]
async fn pages_are_joined_and_what_is_denied_harms_no_other_read() {
    let server = account();
    let progress = collect(&server, new(), paid()).await;
    assert!(progress.is_over(&paid()));
    let reads = &progress.collection.reads;
    assert_eq!(reads.len(), KINDS.len(), "every kind is read");
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
    for (kind, read) in reads {
        let refused = ["AWS::EC2::Subnet", "AWS::EC2::NatGateway"].contains(&kind.as_str());
        assert!(refused || (read.complete && read.errors.is_empty()), "{kind}: {read:?}");
    }
    assert!(server.requests().iter().all(|request| !request.json().to_string().contains("AWS::SecretsManager")));
}

#[tokio::test]
async fn every_kind_is_read_with_the_names_on_the_wire() {
    let server = account();
    let reads = collect(&server, new(), paid()).await.collection.reads;
    let ids = |kind: &str| reads[kind].resources.iter().map(|r| r.id.clone()).collect::<Vec<_>>();
    let first = |kind: &str| reads[kind].resources[0].properties.clone();
    assert_eq!(first("ecs:DescribeServices")["createdAt"], "2026-10-30T09:00:00Z");
    assert_eq!(
        ids("ecs:DescribeTaskDefinition"),
        ["shop:40", "shop:41", "shop:42"],
        "of tasks, deployments and services"
    );
    let definition = first("ecs:DescribeTaskDefinition");
    assert_eq!(definition["containerDefinitions"][0]["environment"][0]["value"], "<set>");
    assert_eq!(ids("ecr:DescribeImageReplicationStatus"), ["shop/web@sha256:ab"]);
    assert_eq!(ids("ecs:ListServiceDeployments"), ["d"]);
    // Lists that ask for a parent, and the parent that a handler does not give back.
    assert_eq!(ids("AWS::EC2::Route"), ["route", "route"]);
    assert_eq!(first("AWS::EC2::Route")["RouteTableId"], "rtb-1");
    assert_eq!(first("AWS::ElasticLoadBalancingV2::ListenerRule")["ListenerArn"], "http");
    assert_eq!(ids("AWS::ElasticLoadBalancingV2::ListenerRule").len(), 1, "those of HTTP alone");
    // What is read by reference.
    assert_eq!(ids("AWS::WAFv2::WebACL"), ["shop|2|REGIONAL", "edge|3|CLOUDFRONT"]);
    assert_eq!(ids("AWS::WAFv2::LoggingConfiguration"), [GLOBAL_ACL]);
    assert_eq!(ids("AWS::WAFv2::WebACLAssociation"), [format!("{ALB}|{ACL}")]);
    assert_eq!(ids("AWS::IAM::Role"), ["task"]);
    assert_eq!(ids("AWS::IAM::ManagedPolicy"), [BOUNDARY]);
    assert_eq!(
        first("sns:GetTopicAttributes"),
        json!({"TopicArn": TOPIC, "Attributes": {"SubscriptionsConfirmed": "1"}})
    );
    // The APIs of services.
    assert_eq!(
        first("config:DescribeConfigRuleEvaluationStatus")["LastSuccessfulEvaluationTime"],
        "2026-10-30T09:00:00.25Z"
    );
    assert_eq!(ids("config:GetDiscoveredResourceCounts"), ["AWS::ECS::Service", "AWS::EC2::Subnet"]);
    assert_eq!(ids("config:GetConformancePackComplianceSummary"), ["p"]);
    assert_eq!(first("guardduty:GetDetector")["detectorId"], "d1");
    assert_eq!(ids("guardduty:ListCoverage"), ["c1"]);
    assert_eq!(first("inspector2:BatchGetAccountStatus")["resourceState"]["ecr"]["status"], "ENABLED");
    assert_eq!(first("backup:ListProtectedResources")["LastBackupTime"], "2026-10-30T09:00:00.5Z");
    assert_eq!(ids("ce:GetSavingsPlansCoverage"), ["2026-10-03"]);
    assert_eq!(first("ce:GetAnomalySubscriptions")["Subscribers"][0]["Status"], "CONFIRMED");
}

#[tokio::test]
async fn no_byte_of_a_recording_holds_a_value_of_an_environment() {
    let server = account();
    let progress = collect(&server, new(), paid()).await;
    assert!(!serde_json::to_string(&progress).unwrap().contains(CANARY), "what is kept between runs");
    let folder = tempfile::tempdir().unwrap();
    recording::write(folder.path(), std::slice::from_ref(&progress.collection)).unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()));
        assert!(bytes.windows(11).any(|window| window == b"DB_PASSWORD"), "the name stays");
        files += 1;
    }
    assert_eq!(files, 1);
    assert_eq!(recording::read(folder.path()).unwrap(), [progress.collection]);
}

#[tokio::test]
async fn paid_requests_are_counted_limited_and_off_by_default() {
    let server = account();
    let calls = |server: &HostileServer| {
        let requests = server.requests();
        requests.iter().filter(|r| r.header("x-amz-target").is_some_and(|t| t.contains("InsightsIndex"))).count()
    };
    let free = collect(&server, new(), fast(Timestamp::MAX)).await;
    assert!(free.is_over(&fast(Timestamp::MAX)) && free.paid_calls == 0 && calls(&server) == 0);
    assert!(!free.collection.reads.contains_key("ce:GetAnomalyMonitors"), "not read, so unknown");
    let two = Options { paid_calls: 2, ..paid() };
    let limited = collect(&server, new(), two).await;
    assert_eq!((limited.paid_calls, calls(&server)), (2, 2));
    let refused = &limited.collection.reads["ce:GetAnomalies"];
    assert!(!refused.complete && refused.errors[0].message.contains("limit"), "{refused:?}");
    assert_eq!(collect(&server, limited, two).await.paid_calls, 2, "the next run has nothing left");
}

#[tokio::test]
async fn another_region_of_the_account_leaves_out_what_is_global() {
    let server = account();
    let options = Options { account_wide: false, ..paid() };
    let reads = collect(&server, new(), options).await.collection.reads;
    let global = |kind: &Kind| kind.extent == plimsoll_evidence::reads::Extent::Account;
    for kind in &KINDS {
        assert_eq!(reads.contains_key(kind.name), !global(kind), "{}", kind.name);
    }
    assert_eq!(reads["AWS::WAFv2::WebACL"].resources.len(), 1);
}

#[tokio::test]
async fn a_throttled_request_is_repeated_more_slowly_and_the_answer_is_complete() {
    let throttled = AtomicUsize::new(0);
    let server = HostileServer::start(move |request, _| {
        let is_subnet = request.body.contains("AWS::ECR::Repository");
        // Handlers pass on the words of their service.
        if is_subnet && throttled.fetch_add(1, Ordering::Relaxed) < 3 {
            return error("GeneralServiceException", "Rate exceeded (Service: ecr, Status Code: 400)");
        }
        answer(request)
    })
    .unwrap();
    let reads = collect(&server, new(), fast(Timestamp::MAX)).await.collection.reads;
    assert!(reads["AWS::ECR::Repository"].complete, "{:?}", reads["AWS::ECR::Repository"]);
    assert_eq!(reads["AWS::ECR::Repository"].resources.len(), 2);
}

#[tokio::test]
async fn one_that_is_throttled_for_ever_gives_up_and_the_others_are_read() {
    let server = HostileServer::start(|request, _| {
        if request.body.contains("AWS::ECR::Repository") {
            error("ThrottlingException", "slow down")
        } else {
            answer(request)
        }
    })
    .unwrap();
    let reads = collect(&server, new(), fast(Timestamp::MAX)).await.collection.reads;
    let read = &reads["AWS::ECR::Repository"];
    assert_eq!(read.errors.iter().map(|e| e.kind).collect::<Vec<_>>(), [ReadErrorKind::Throttled]);
    assert!(!read.complete && reads["AWS::EC2::RouteTable"].complete);
}

#[tokio::test]
async fn a_run_that_ends_early_says_so_and_the_next_one_goes_on() {
    let server = account();
    let clients = Clients::at(&server.url(), "eu-central-1");
    // Each look at the clock costs a second.
    let clock = AtomicI64::new(0);
    let now = || start() + jiff::SignedDuration::from_secs(clock.fetch_add(1, Ordering::Relaxed));
    let mut progress = new();
    let mut runs = 0;
    while !progress.is_over(&fast(start())) {
        runs += 1;
        assert!(runs < 100, "it never ends");
        let before = progress.done.len();
        let deadline = now() + jiff::SignedDuration::from_secs(20);
        progress = resume(&clients, progress, fast(deadline), &now, &|_, _| {}).await;
        assert!(progress.done.len() > before, "each run gets further");
    }
    assert!(runs > 3, "{runs}");
    let whole = collect(&server, new(), fast(Timestamp::MAX)).await;
    assert_eq!(progress.collection.reads, whole.collection.reads);
}

/// The role of the deployed collector is this list: what the readers need, no more and no less.
#[test]
fn the_golden_list_is_what_the_readers_need() {
    let text = std::fs::read_to_string(root().join("infra/suite/evidence_reads.json")).unwrap();
    let golden: std::collections::BTreeMap<String, Vec<String>> = serde_json::from_str(&text).unwrap();
    let golden: Vec<&String> = golden.values().flatten().collect();
    let mut sorted: Vec<String> = golden.iter().map(|action| (*action).clone()).collect();
    sorted.sort();
    let needed: Vec<String> = permissions::actions().into_iter().collect();
    assert_eq!(sorted, needed);
    let guide = std::fs::read_to_string(root().join("docs/collect.md")).unwrap();
    for (action, _) in permissions::LEFT_OUT {
        assert!(guide.contains(&format!("`{action}`")), "docs/collect.md does not name {action}");
    }
}
