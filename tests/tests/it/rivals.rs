//! Defects of the best-known module for this job, each reproduced there and kept here as a test.

use std::sync::Arc;

use jiff::SignedDuration;
use plimsoll_finding::{Severity, Status};
use plimsoll_message::{ChannelId, SendError};
use plimsoll_pipeline::ingest::Outcome;
use plimsoll_render::slack::{Mentions, message as slack_message};
use plimsoll_tests::harness::{Harness, Scripted, guardduty};
use serde_json::{Value, json};

fn bench(answers: Vec<SendError>) -> (Harness, Arc<Scripted>) {
    let slack = Arc::new(Scripted::new("slack", answers));
    (Harness::new("", &[Arc::clone(&slack)]), slack)
}

fn finding(id: &str, severity: f64) -> Value {
    guardduty(id, severity, "2026-11-02T09:10:00Z", false)
}

#[tokio::test]
async fn a_429_for_the_first_of_two_records_loses_neither() {
    let wait = SendError::Wait { wait: SignedDuration::from_secs(30), reason: "slow down".into() };
    let (bench, slack) = bench(vec![wait]);
    let record = |event: Value| json!({"EventSource": "aws:sns", "Sns": {"Message": event.to_string()}});
    bench.handle(&json!({"Records": [record(finding("one", 8.0)), record(finding("two", 8.0))]})).await;
    assert_eq!(slack.titles().len(), 0, "the channel was told to wait");
    bench.later(1).await;
    bench.later(1).await;
    assert_eq!(slack.titles().len(), 2);
}

#[tokio::test]
async fn a_500_is_tried_again() {
    let (bench, slack) = bench(vec![SendError::Ambiguous("HTTP 500".into())]);
    bench.handle(&finding("one", 8.0)).await;
    assert!(slack.titles().is_empty());
    bench.later(6).await;
    assert_eq!(slack.titles().len(), 1);
}

#[tokio::test]
async fn a_backup_notification_may_say_aborted_or_partial() {
    for (state, severity) in [("ABORTED", Severity::Low), ("PARTIAL", Severity::Medium), ("EXPIRED", Severity::High)] {
        let (bench, _) = bench(Vec::new());
        let message = "An AWS Backup job was stopped. Resource ARN : arn:aws:ec2:eu-central-1:111122223333:volume/vol-0a1b. \
                       BackupJob ID : 3f1c2d4e-0000-4000-8000-000000000001";
        let attributes = json!({
            "EventType": {"Type": "String", "Value": "BACKUP_JOB"},
            "State": {"Type": "String", "Value": state},
            "AccountId": {"Type": "String", "Value": "111122223333"},
            "Id": {"Type": "String", "Value": "3f1c2d4e-0000-4000-8000-000000000001"},
            "StartTime": {"Type": "String", "Value": "2026-11-02T02:00:00Z"},
        });
        let payload = json!({"Records": [{"EventSource": "aws:sns", "Sns": {
            "Message": message, "Subject": "Notification from AWS Backup", "MessageAttributes": attributes,
            "TopicArn": "arn:aws:sns:eu-central-1:111122223333:backup", "Timestamp": "2026-11-02T02:30:00Z"}}]});
        let summaries = bench.handle(&payload).await;
        assert_eq!(summaries[0].outcome, Some(Outcome::Applied), "{state}: {:?}", summaries[0].reason);
        assert_eq!(
            (summaries[0].findings[0].severity, summaries[0].findings[0].status),
            (severity, Status::Open),
            "{state}"
        );
    }
}

#[tokio::test]
async fn nine_point_two_is_critical() {
    let (bench, _) = bench(Vec::new());
    let summaries = bench.handle(&finding("one", 9.2)).await;
    assert_eq!(summaries[0].findings[0].severity, Severity::Critical);
}

#[tokio::test]
async fn the_same_finding_three_times_is_one_message() {
    let (bench, slack) = bench(Vec::new());
    for _ in 0..3 {
        bench.handle(&finding("one", 8.0)).await;
    }
    let mut seen_again = finding("one", 8.0);
    seen_again["id"] = json!("another-event");
    seen_again["detail"]["updatedAt"] = json!("2026-11-02T09:14:00Z");
    bench.handle(&seen_again).await;
    assert_eq!(slack.titles().len(), 1);
}

fn three_repositories() -> Value {
    let repository = |name: &str| {
        json!({"repository-name": name, "repository-arn": format!("arn:aws:ecr:eu-central-1:111122223333:repository/{name}"),
               "scan-frequency": "MANUAL", "previous-scan-frequency": "SCAN_ON_PUSH"})
    };
    json!({"id": "e", "source": "aws.ecr", "detail-type": "ECR Scan Resource Change", "account": "111122223333",
        "region": "eu-central-1", "time": "2026-11-02T09:10:00Z", "resources": [],
        "detail": {"action-type": "SCAN_FREQUENCY_CHANGE", "resource-type": "REPOSITORY", "scan-type": "ENHANCED",
                   "repositories": [repository("web/one"), repository("web/two"), repository("web/three")]}})
}

#[tokio::test]
async fn each_of_three_findings_in_one_event_is_told() {
    let (bench, slack) = bench(Vec::new());
    bench.handle(&three_repositories()).await;
    let titles = slack.titles().join("\n");
    for name in ["web/one", "web/two", "web/three"] {
        assert!(titles.contains(name), "{titles}");
    }
}

#[tokio::test]
async fn nothing_is_marked_as_told_before_it_was_accepted() {
    let down = || SendError::Refused("down".into());
    let (bench, slack) = bench(vec![down(), down(), down()]);
    bench.handle(&three_repositories()).await;
    assert!(slack.titles().is_empty());
    for record in bench.records().await {
        assert!(record.cursors[&ChannelId::new("slack")].delivered.is_none());
    }
    bench.later(6).await;
    assert_eq!(slack.titles().len(), 3);
}

#[tokio::test]
async fn no_message_is_a_dump_of_json() {
    for file in [
        include_str!("../../../events/ecr-scan/image-scan-critical.json"),
        include_str!("../../../events/config-rule/ssh-open-at-first-evaluation.json"),
        include_str!("../../../events/cost-anomaly/anomaly-day-one.json"),
    ] {
        let (bench, slack) = bench(Vec::new());
        bench.handle(&serde_json::from_str(file).unwrap()).await;
        // A finding below medium is silent on Slack: the machine channel is not part of this bench.
        for message in &slack.accepted() {
            let body = slack_message(message, &Mentions::none()).body();
            let text = body["text"].as_str().unwrap();
            assert!(!text.contains('{') && !text.contains("detail"), "{text}");
            assert!(body["blocks"][0]["type"] == "header", "{body}");
        }
        assert!(!bench.records().await.is_empty());
    }
}
