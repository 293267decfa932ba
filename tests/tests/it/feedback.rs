//! Our own words fed back to us: a topic of ours that feeds a queue of ours, alarms and logs about ourselves. It is put aside
//! and told about, and that must not go on for ever.

use std::sync::Arc;

use plimsoll_finding::Source;
use plimsoll_message::Message;
use plimsoll_pipeline::intake::unwrap;
use plimsoll_render::{sns, webhook};
use plimsoll_tests::harness::{Harness, SOURCES, Scripted, guardduty};
use serde_json::{Value, json};

const CONFIG: &str = r#"
[channels.findings]
kind = "sns-findings"
topic_arn = "arn:aws:sns:eu-central-1:111122223333:plimsoll-findings"
[[routes]]
name = "all"
channels = ["findings"]
"#;
/// As many as anybody needs to see that it does not end.
const HOPS: usize = 10;

/// What SNS delivers to a queue for a message, and what else may come of it.
fn echoes(message: &Message, now: &str) -> Vec<Value> {
    let finding = sns::finding(message).body.to_string();
    let people = sns::humans(message);
    let hook = webhook::body(message, now.parse().unwrap());
    let notification = |text: &str, subject: &str| {
        json!({"Type": "Notification", "MessageId": format!("m-{now}"), "Subject": subject, "Message": text, "Timestamp": now,
            "TopicArn": "arn:aws:sns:eu-central-1:111122223333:plimsoll-findings"})
    };
    let event = |source: &str, detail_type: &str, detail: Value| {
        json!({"id": format!("e-{now}"), "source": source, "detail-type": detail_type, "account": "111122223333",
            "region": "eu-central-1", "time": now, "resources": [], "detail": detail})
    };
    let alarm = json!({"alarmName": "plimsoll-quarantined-ecr-scan", "state": {"value": "ALARM", "timestamp": now}});
    let log = json!({"awslogs": {"data": people.default}});
    let bodies = [
        notification(&finding, ""),
        notification(&people.email, &people.subject),
        event("plimsoll", "Finding", hook),
        event("aws.cloudwatch", "CloudWatch Alarm State Change", alarm.clone()),
        notification(&alarm.to_string(), "ALARM: plimsoll-quarantined-ecr-scan"),
        log,
    ];
    let record = |body: &Value| json!({"eventSource": "aws:sqs", "messageId": "m", "body": body.to_string()});
    bodies.iter().map(|body| json!({"Records": [record(body)]})).collect()
}

#[tokio::test]
async fn our_own_words_do_not_go_round() {
    let channel = Arc::new(Scripted::new("findings", Vec::new()));
    let bench = Harness::new(CONFIG, &[Arc::clone(&channel)]);
    bench.handle(&guardduty("critical", 9.5, "2026-11-02T09:15:00Z", false)).await;
    let (mut heard, mut news, mut records) = (0, Vec::new(), Vec::new());
    for _ in 0..HOPS {
        let accepted = channel.accepted();
        let now = bench.app.clock.now().to_string();
        for message in &accepted[heard..] {
            for payload in echoes(message, &now) {
                for source in SOURCES {
                    take(&bench, &payload, source).await;
                }
            }
        }
        news.push(accepted.len() - heard);
        records.push(bench.records().await.len());
        heard = accepted.len();
        bench.later(6).await;
    }
    assert_eq!(news[0], 1);
    assert!(news[1] > 0, "what nobody can read is told: {news:?}");
    assert!(news[3..].iter().all(|count| *count == 0), "messages by hop: {news:?}, records: {records:?}");
    assert!(records[2..].iter().all(|count| *count == records[2]), "records by hop: {records:?}");
}

async fn take(bench: &Harness, payload: &Value, source: Source) {
    let intake = unwrap(payload, &[source], bench.app.clock.now());
    let summaries = bench.app.handle(&intake, &[source]).await.unwrap();
    assert!(summaries.iter().all(|summary| !summary.failed()));
}
