//! A waiver in the configuration: what is known and intended stays silent for up to a year by what AWS says of it, and
//! anything else that AWS says of the same resource is told. Real handlers and store.

use std::sync::Arc;

use jiff::Timestamp;
use plimsoll_app::validate_config;
use plimsoll_message::{Message, NotifyReason};
use plimsoll_tests::{
    harness::{Harness, Scripted},
    samples::root,
};
use serde_json::{Value, json};

const SLACK: &str = r#"
[channels.slack]
kind = "slack-bot"
channel = "C0123456789"
token = { env = "UNUSED" }
[[routes]]
name = "all"
channels = ["slack"]
"#;

const ARCHIVE: &str = r#"
[[waivers.standing]]
name = "archive"
match = { checks = ["backup:backup-job"], message = "*S3 Glacier*" }
owner = "platform"
reason = "archived objects have a copy of their own"
from = "2026-11-01"
until = "2027-11-01"
"#;

const GLACIER: &str = "Completed with issues. Some objects in S3 Glacier Flexible Retrieval were not backed up.";
const DENIED: &str = "Completed with issues. Objects without read permission were not backed up.";

/// A backup of the night that ended with that message.
fn night(day: u8, message: &str) -> Value {
    let text = std::fs::read_to_string(root().join("events/backup-job/backup-completed-with-issues.json")).unwrap();
    let mut event: Value = serde_json::from_str(&text).unwrap();
    let time = format!("2026-11-{day:02}T05:00:00Z");
    event["id"] = json!(format!("night-{day}"));
    event["time"] = json!(time);
    event["detail"]["creationDate"] = json!(time);
    event["detail"]["completionDate"] = json!(time);
    event["detail"]["statusMessage"] = json!(message);
    event
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn bench(config: &str) -> (Harness, Arc<Scripted>) {
    let slack = Arc::new(Scripted::new("slack", Vec::new()));
    (Harness::new(config, &[Arc::clone(&slack)]), slack)
}

/// The invocation of that morning.
async fn morning(bench: &mut Harness, day: u8, message: &str) {
    bench.hand.set(at(&format!("2026-11-{day:02}T05:01:00Z")));
    bench.app.load_waivers().await.unwrap();
    let summaries = bench.handle(&night(day, message)).await;
    assert_eq!(summaries.len(), 1);
}

fn reasons(slack: &Scripted) -> Vec<NotifyReason> {
    let reason = |message: &Message| match message {
        Message::Alert(alert) => alert.reason,
        other => panic!("{other:?}"),
    };
    slack.accepted().iter().map(reason).collect()
}

#[tokio::test]
async fn an_accepted_message_is_silent_each_night_and_stands_in_the_digest() {
    let (mut bench, slack) = bench(&format!("{SLACK}{ARCHIVE}"));
    for day in 2..12 {
        morning(&mut bench, day, GLACIER).await;
    }
    assert_eq!(reasons(&slack), []);
    let digest = bench.app.preview_digest(at("2026-11-11T08:00:00Z")).await.unwrap();
    assert_eq!(digest.waived.len(), 1);
    assert_eq!(digest.waived[0].waived_until, Some(at("2027-11-01T00:00:00Z")));

    morning(&mut bench, 12, DENIED).await;
    assert_eq!(reasons(&slack), [NotifyReason::FirstSeen], "nobody accepted that");
}

#[tokio::test]
async fn what_was_told_before_it_was_accepted_is_told_again_when_it_says_something_else() {
    let (mut bench, slack) = bench(SLACK);
    morning(&mut bench, 2, GLACIER).await;
    assert_eq!(reasons(&slack), [NotifyReason::FirstSeen]);
    bench.app.config = validate_config(&format!("{SLACK}{ARCHIVE}"), &[]).unwrap();
    morning(&mut bench, 3, GLACIER).await;
    morning(&mut bench, 4, GLACIER).await;
    assert_eq!(slack.accepted().len(), 1);
    morning(&mut bench, 5, DENIED).await;
    assert_eq!(reasons(&slack), [NotifyReason::FirstSeen, NotifyReason::WaiverExpired]);
    morning(&mut bench, 6, DENIED).await;
    assert_eq!(slack.accepted().len(), 2, "it is told once");
}

#[tokio::test]
async fn it_ends_by_itself() {
    let (mut bench, slack) = bench(&format!("{SLACK}{ARCHIVE}"));
    morning(&mut bench, 2, GLACIER).await;
    for _ in 0..363 {
        bench.later(24 * 60).await;
    }
    assert_eq!(reasons(&slack), [], "it is 31 October 2027, 05:01");
    bench.later(24 * 60).await;
    assert_eq!(reasons(&slack), [NotifyReason::FirstSeen]);
}

#[tokio::test]
async fn what_is_taken_out_of_the_file_is_told_within_a_day() {
    let (mut bench, slack) = bench(&format!("{SLACK}{ARCHIVE}"));
    morning(&mut bench, 2, GLACIER).await;
    bench.app.config = validate_config(SLACK, &[]).unwrap();
    bench.app.load_waivers().await.unwrap();
    bench.later(23 * 60).await;
    assert_eq!(reasons(&slack), []);
    bench.later(60).await;
    assert_eq!(reasons(&slack), [NotifyReason::FirstSeen]);
}

/// The faults that `plimsoll check` names, each in its line.
#[test]
fn the_check_names_every_fault() {
    let of = |change: &dyn Fn(&str) -> String| {
        let text = change(ARCHIVE);
        let faults = validate_config(&text, &[]).unwrap_err();
        let line = |at: usize| text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let said = faults.into_iter().map(|fault| (fault.span.map(|span| line(span.start)), fault.message));
        said.collect::<Vec<_>>()
    };
    let one = |line, message: &str| vec![(Some(line), message.to_owned())];
    assert_eq!(
        of(&|text| text.replace("2027-11-01", "2029-11-01")),
        one(2, "standing waiver `archive`: a waiver may last at most 366 days")
    );
    assert_eq!(
        of(&|text| text.replace("2027-11-01", "next year")),
        one(7, "standing waiver `archive`: `until = \"next year\"` is no time")
    );
    assert_eq!(
        of(&|text| text.replace("checks = [\"backup:backup-job\"]", "accounts = [\"1\"]")),
        one(3, "standing waiver `archive`: `1` is no account id")
    );
    assert_eq!(
        of(&|text| text.replace("checks = [\"backup:backup-job\"]", "environments = [\"prod\"]")),
        one(3, "standing waiver `archive` names environment `prod`, which does not exist")
    );
    assert_eq!(of(&|text| format!("{text}{text}")), one(10, "`archive` names no standing waiver, or two"));
}
