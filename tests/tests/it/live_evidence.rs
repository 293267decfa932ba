//! The checklist is live: what the collector reads moves lines and score, and what was met and broke is told once, and is
//! over when it is met again.

use std::{path::Path, sync::Arc};

use evidence_collector::{CollectPlan, CollectReport, collect};
use jiff::{SignedDuration, Timestamp};
use plimsoll_aws::Clients;
use plimsoll_checklist::{ItemState, ReadState};
use plimsoll_evidence::{Collection, Profile};
use plimsoll_local::LocalStore;
use plimsoll_pipeline::DocumentKind;
use plimsoll_readiness::{TakenReading, assess_lines, read_evidence, take_reading};
use plimsoll_tests::harness::{Harness, Scripted, guardduty};
use serde_json::{Value, json};

use super::{collector, large_account, programs::plimsoll};

/// The account of 50 services with the subnets of one service public.
fn broken(service: &str) -> Collection {
    let mut collection = large_account::account();
    let services = collection.reads.get_mut("ecs:DescribeServices").unwrap();
    let bad = services.resources.iter_mut().find(|known| known.id.ends_with(service)).unwrap();
    bad.properties["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] = "ENABLED".into();
    collection
}

/// What the collector would bring back now.
fn now_read(harness: &Harness, mut collection: Collection) -> Collection {
    let now = harness.app.clock.now();
    (collection.started_at, collection.finished_at) = (now, now);
    collection
}

async fn take(harness: &Harness, collection: Collection) -> TakenReading {
    let (app, now) = (&harness.app, harness.app.clock.now());
    let collection = now_read(harness, collection);
    take_reading(app.store.as_ref(), &app.policy, &Profile::default(), &[collection], now).await.unwrap()
}

async fn state(harness: &Harness, line: &str) -> ItemState {
    let app = &harness.app;
    let (records, reads) = (harness.records().await, read_evidence(app.store.as_ref()).await.unwrap());
    let signals = plimsoll_readiness::signals(&records);
    let lines = assess_lines(&app.policy, &signals, &reads, &records, app.clock.now());
    lines.iter().find(|assessment| assessment.item.id == line).unwrap().state
}

async fn score(harness: &Harness) -> u8 {
    harness.app.preview_digest(harness.app.clock.now()).await.unwrap().score.current
}

fn harness() -> (Harness, Arc<Scripted>) {
    let slack = Arc::new(Scripted::new("slack", Vec::new()));
    let config = "[channels.slack]\nkind = \"slack-bot\"\nchannel = \"C0123456789\"\ntoken = { env = \"TOKEN\" }\n";
    (Harness::new(config, &[Arc::clone(&slack)]), slack)
}

#[tokio::test]
async fn a_line_is_met_breaks_is_told_once_and_is_over_when_it_is_met_again() {
    let (harness, slack) = harness();
    assert_eq!(state(&harness, "SEC-07").await, ItemState::Unknown);
    let before = score(&harness).await;
    let first = take(&harness, large_account::account()).await;
    assert!(first.met > 50 && first.broke.is_empty(), "{first:?}");
    assert_eq!(state(&harness, "SEC-07").await, ItemState::Met);
    let whole = score(&harness).await;
    assert!(whole > before + 50, "{before} then {whole}");

    harness.later(60).await;
    let second = take(&harness, broken("api7")).await;
    assert_eq!(second.broke.len(), 1, "{second:?}");
    assert_eq!(state(&harness, "SEC-07").await, ItemState::Gap);
    assert!(score(&harness).await < whole, "what breaks lowers the score");
    harness.deliver().await;
    let titles = slack.titles();
    assert_eq!(titles.len(), 1, "{titles:?}");
    assert!(titles[0].contains("api7 no longer meets SEC-07"), "{titles:?}");

    harness.later(60).await;
    take(&harness, broken("api7")).await;
    harness.deliver().await;
    assert_eq!(slack.titles().len(), 1, "what is still broken is told once");

    harness.later(60).await;
    let mended = take(&harness, large_account::account()).await;
    assert_eq!((mended.broke.len(), mended.mended.len()), (0, 1));
    harness.deliver().await;
    assert_eq!(slack.titles().len(), 2, "and that it is over");
    assert_eq!(state(&harness, "SEC-07").await, ItemState::Met);
    assert_eq!(score(&harness).await, whole);
}

#[tokio::test]
async fn the_first_reading_tells_nobody_however_much_is_wrong() {
    let (harness, slack) = harness();
    let mut collection = large_account::account();
    for service in &mut collection.reads.get_mut("ecs:DescribeServices").unwrap().resources {
        service.properties["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] = "ENABLED".into();
    }
    let taken = take(&harness, collection).await;
    assert!(taken.gaps > 0 && taken.broke.is_empty(), "{taken:?}");
    harness.deliver().await;
    assert_eq!(slack.titles(), Vec::<String>::new());
    assert_eq!(state(&harness, "SEC-07").await, ItemState::Gap);
}

#[tokio::test]
async fn what_may_not_be_read_any_more_only_lowers_and_old_reads_prove_nothing() {
    let (harness, slack) = harness();
    take(&harness, large_account::account()).await;
    let whole = score(&harness).await;
    let mut denied = large_account::account();
    denied.reads.get_mut("AWS::EC2::Subnet").unwrap().complete = false;
    harness.later(360).await;
    take(&harness, denied).await;
    assert!(score(&harness).await < whole);
    assert_eq!(state(&harness, "REL-01").await, ItemState::Unknown);
    harness.later(60 * 24 * 60).await;
    assert_eq!(score(&harness).await, 0, "two months later");
    assert_eq!(slack.titles(), Vec::<String>::new(), "what cannot be seen is no alert");
}

#[tokio::test]
async fn an_event_that_told_the_same_is_not_told_again() {
    let (harness, slack) = harness();
    take(&harness, large_account::account()).await;
    let event = guardduty("a", 8.0, "2026-11-02T09:00:00Z", false);
    harness.handle(&event).await;
    let told = slack.titles().len();
    // Config said it first, about the same service and the same line.
    let config = json!({"id": "e", "source": "aws.config", "detail-type": "Config Rules Compliance Change",
        "account": "111122223333", "region": "eu-central-1", "time": "2026-11-02T09:10:00Z",
        "detail": {"resourceId": service_arn("api7"), "resourceType": "AWS::ECS::Service", "awsAccountId": "111122223333",
            "awsRegion": "eu-central-1", "configRuleName": "ecs-service-assign-public-ip-disabled",
            "configRuleARN": "arn:aws:config:eu-central-1:111122223333:config-rule/config-rule-abc123",
            "newEvaluationResult": {"complianceType": "NON_COMPLIANT", "resultRecordedTime": "2026-11-02T09:10:00Z",
                "evaluationResultIdentifier": {"evaluationResultQualifier": {
                    "configRuleName": "ecs-service-assign-public-ip-disabled",
                    "resourceType": "AWS::ECS::Service", "resourceId": service_arn("api7")}}}}});
    harness.handle(&config).await;
    let heard = slack.titles().len();
    let refuted = state(&harness, "SEC-07").await == ItemState::Gap;
    harness.later(60).await;
    take(&harness, broken("api7")).await;
    harness.deliver().await;
    let expected = if refuted { heard } else { heard + 1 };
    assert!(heard > told);
    assert_eq!(slack.titles().len(), expected, "{:?}", slack.titles());
}

fn service_arn(name: &str) -> String {
    let services = &large_account::account().reads["ecs:DescribeServices"].resources;
    services.iter().find(|service| service.id.ends_with(name)).unwrap().id.clone()
}

fn plan(regions: &[&str]) -> CollectPlan {
    serde_json::from_value(json!({
        "accounts": [{"account": "111122223333", "regions": regions}], "requests_a_second": 100_000,
    }))
    .unwrap()
}

async fn run(harness: &Harness, server: &str, plan: &CollectPlan, seconds: i64) -> CollectReport {
    let clients = Clients::at(server, "eu-central-1");
    let deadline = harness.app.clock.now() + SignedDuration::from_secs(seconds);
    Box::pin(collect(&harness.app, &clients, plan, deadline, false)).await.unwrap()
}

#[tokio::test]
async fn a_tick_reads_judges_and_keeps_and_the_next_has_nothing_to_do() {
    let (harness, _) = harness();
    let server = collector::account();
    let report = run(&harness, &server.url(), &plan(&["eu-central-1"]), 900).await;
    let judged = report.judged.as_ref().unwrap();
    assert_eq!((report.completed.len(), report.under_way.len(), judged.lines), (1, 0, 73));
    assert!(judged.unknown > 0 && report.incomplete_reads == 2, "{report:?}");
    let reads = read_evidence(harness.app.store.as_ref()).await.unwrap();
    let now = harness.app.clock.now();
    assert_eq!(reads.len(), 73);
    assert!(reads.iter().any(|line| line.state(now) == ReadState::Gap));
    let asked = server.requests().len();
    harness.later(60).await;
    let idle = run(&harness, &server.url(), &plan(&["eu-central-1"]), 900).await;
    assert_eq!(
        (idle, server.requests().len()),
        (CollectReport::default(), asked),
        "nothing was asked and nothing written"
    );
    harness.later(300).await;
    assert_eq!(run(&harness, &server.url(), &plan(&["eu-central-1"]), 900).await.completed.len(), 1);
}

#[tokio::test]
async fn a_place_that_was_never_read_keeps_every_line_from_being_met() {
    let (harness, _) = harness();
    let server = collector::account();
    // The second region gets no time.
    let report = run(&harness, &server.url(), &plan(&["eu-central-1", "us-east-1"]), 900).await;
    assert_eq!(report.completed.len(), 2);
    let (harness, _) = self::harness();
    let plan = plan(&["eu-central-1"]);
    run(&harness, &server.url(), &plan, 900).await;
    let met = |reads: &[plimsoll_checklist::LineEvidence], now: Timestamp| {
        reads.iter().filter(|line| line.state(now) == ReadState::Met).count()
    };
    let app = &harness.app;
    let alone = met(&read_evidence(app.store.as_ref()).await.unwrap(), app.clock.now());
    assert!(alone > 0);
    let mut two = plan.clone();
    two.accounts.push(
        serde_json::from_value(json!({
            "account": "444455556666", "regions": ["eu-central-1"],
            "role_arn": "arn:aws:iam::444455556666:role/plimsoll-evidence-reader", "external_id": "x",
        }))
        .unwrap(),
    );
    harness.later(400).await;
    let report = run(&harness, &server.url(), &two, 900).await;
    assert!(report.failed["444455556666"].contains("plimsoll-evidence-reader"), "{report:?}");
    assert_eq!(met(&read_evidence(app.store.as_ref()).await.unwrap(), app.clock.now()), 0);
}

#[tokio::test]
async fn what_is_kept_between_runs_holds_no_value_of_an_environment() {
    let (harness, _) = harness();
    let server = collector::account();
    run(&harness, &server.url(), &plan(&["eu-central-1"]), 900).await;
    let kept = harness.app.store.documents(DocumentKind::Reading).await.unwrap();
    assert!(!kept.is_empty());
    for document in harness.app.store.documents(DocumentKind::Evidence).await.unwrap() {
        assert!(document.body.to_string().len() < 300_000, "{}", document.id);
    }
}

/// The state that the real program reads afterwards.
async fn state_file(folder: &Path) {
    let store = LocalStore::open(&folder.join("state.redb")).unwrap();
    let (harness, _) = harness();
    let now = "2026-11-02T09:15:00Z".parse().unwrap();
    take_reading(&store, &harness.app.policy, &Profile::default(), &[broken("api7")], now).await.unwrap();
}

#[tokio::test]
async fn the_command_line_scores_explains_and_shows_by_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    state_file(folder.path()).await;
    let print = |arguments: &[&str]| {
        let output =
            plimsoll(folder.path(), &[arguments, &["--state", "state.redb", "--now", "2026-11-02T10:00:00Z"]].concat());
        String::from_utf8(output.stdout).unwrap()
    };
    let score: Value = serde_json::from_str(&print(&["score", "--explain", "--json"])).unwrap();
    let line = score["lines"].as_array().unwrap().iter().find(|line| line["id"] == "SEC-07").unwrap();
    assert_eq!(line["state"], "gap");
    assert!(line["because"][0].as_str().unwrap().starts_with("49 of 50 services, missing: "), "{line}");
    assert!(score["score"]["current"].as_u64().unwrap() > 50, "{score}");
    for command in [&["show", "SEC-07"][..], &["checklist"], &["digest"]] {
        assert!(print(command).contains("SEC-07") || command[0] == "digest", "{command:?}");
    }
    let waived = print(&[
        "waive",
        "SEC-07",
        "--owner",
        "platform",
        "--reason",
        "moved behind NAT next sprint",
        "--until",
        "2026-11-20",
    ]);
    assert!(waived.contains("covers line SEC-07 of the checklist"), "{waived}");
    let after: Value = serde_json::from_str(&print(&["score", "--explain", "--json"])).unwrap();
    let line = after["lines"].as_array().unwrap().iter().find(|line| line["id"] == "SEC-07").unwrap();
    assert_eq!(
        (&line["state"], &after["score"]["current"]),
        (&json!("waived"), &score["score"]["current"]),
        "never met"
    );
    let shown = print(&["show", "SEC-07"]);
    assert!(shown.contains("What was compared") && shown.contains("api7") && shown.contains("fails"), "{shown}");
    assert!(shown.contains("aws ecs describe-services --cluster"), "{shown}");
    assert_eq!(print(&["explain", "sec-07"]), shown, "one question, one answer");
}
