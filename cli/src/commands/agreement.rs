//! One question, one answer: what `explain`, `route` and `preview` say of an event is what `replay` does with it, and what
//! the function that receives it does.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use plimsoll_pipeline::{Policy, ingest::Outcome, intake};
use plimsoll_sources::SOURCES;
use serde_json::{Value, json};

use super::explain::explain;

use crate::{arguments::Common, session};

fn common(state: PathBuf) -> Common {
    Common { json: true, config: None, state, now: Some(now()) }
}

fn now() -> Timestamp {
    "2026-12-01T08:00:00Z".parse().unwrap()
}

/// Outcome, reason and keys of each event, in order.
type Answers = Vec<(Outcome, Option<String>, Vec<String>)>;

fn explained(content: &str, policy: &Policy) -> Answers {
    let answers = explain("x", content, policy, now()).into_iter();
    answers.map(|e| (e.outcome, e.reason, sorted(e.findings.into_iter().map(|f| f.key)))).collect()
}

/// What `route` and `preview` go by.
fn judged(content: &str, policy: &Policy) -> Answers {
    let answers = session::judged(content, policy, now()).into_iter();
    answers.map(|(_, j)| (j.outcome, j.reason, sorted(j.findings.iter().map(|f| f.key().to_string())))).collect()
}

async fn replayed(content: &str, state: &Path) -> Answers {
    let app = session::open(&common(state.to_owned()), false).await.unwrap().app;
    let summaries = app.handle(&intake::unwrap_text(content, &SOURCES, now()), &SOURCES).await.unwrap();
    let answers = summaries.into_iter();
    answers.map(|s| (s.outcome.unwrap(), s.reason, sorted(s.findings.into_iter().map(|f| f.key)))).collect()
}

fn sorted(keys: impl Iterator<Item = String>) -> Vec<String> {
    let mut keys: Vec<String> = keys.collect();
    keys.sort();
    keys.dedup();
    keys
}

/// Every shipped event, alone.
fn corpus() -> Vec<(String, String)> {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let files = session::find_files(&[events]).unwrap().files.into_iter().map(|file| file.path);
    files.map(|file| (file.display().to_string(), session::read(&file).unwrap())).collect()
}

const CONTROL_MESSAGE: &str = "H4sIAAAAAAACAzWOywrCMBBFfyVkXQS33Ump3UQFW3AhRdJmTIJ5lCS1SOm/m9i6PNw7c8+MNXhPOTSfAXCOi8u5uV7I41TW9aEq\
     cYbtZMClRNmRTTT0gljuY6Asr5wdh5itVAcHVK/ox873Tg5BWnOUKoDzOL+3v175BhMSzliytR5k1AhUx2f77K+URm8EbUpoU8pR\
     IaB/ScORAKqCQPaJWLyWhqY1RKjuGN3hpV2+0nBsdN4AAAA=";

/// What nobody reads, with the outcome and a word of the reason.
fn unread() -> Vec<(Value, Outcome, &'static str)> {
    let notification = |message: &Value| {
        json!({"Type": "Notification", "MessageId": "n", "TopicArn": "arn:aws:sns:eu-central-1:111122223333:config",
               "Message": message.to_string(), "Timestamp": "2026-11-20T08:00:05.000Z"})
    };
    let event = |source: &str, kind: &str| {
        json!({"id": "e", "source": source, "detail-type": kind, "account": "111122223333", "region": "eu-central-1",
               "time": "2026-11-20T08:00:00Z", "detail": {"findings": []}})
    };
    let topic = "arn:aws:sns:eu-central-1:111122223333:cost";
    vec![
        (notification(&json!({"messageType": "ConfigRulesEvaluationStarted"})), Outcome::Ignored, "AWS Config"),
        (notification(&json!({"messageType": "ConfigurationItemChangeNotification"})), Outcome::Ignored, "AWS Config"),
        (
            notification(&json!({"messageType": "ConfigurationSnapshotDeliveryCompleted"})),
            Outcome::Ignored,
            "AWS Config",
        ),
        (notification(&json!({"messageType": "ConfigurationSnapshotDeliveryFailed"})), Outcome::Quarantined, "neither"),
        (event("aws.securityhub", "Security Hub Findings - Custom Action"), Outcome::Ignored, "Security Hub"),
        (event("aws.ecr", "AWS API Call via CloudTrail"), Outcome::Ignored, "CloudTrail"),
        (event("aws.macie", "Macie Finding"), Outcome::Quarantined, "no function reads `Macie Finding`"),
        (
            json!({"Type": "SubscriptionConfirmation", "TopicArn": topic, "Token": "t", "Message": "You have chosen to subscribe"}),
            Outcome::Ignored,
            "aws sns confirm-subscription",
        ),
        (
            json!({"Type": "Notification", "TopicArn": topic, "Subject": "hello", "Message": "test message from the console"}),
            Outcome::Ignored,
            "test message",
        ),
        (json!({"fileName": "invoice.zip", "scanResult": "THREATS_FOUND"}), Outcome::Quarantined, "input transformer"),
        (json!("The image scan found 3 CRITICAL"), Outcome::Quarantined, "input transformer"),
        (json!(""), Outcome::Ignored, "empty"),
        // The check of CloudWatch Logs whether a subscriber can be reached, as it comes: packed with gzip, in base64.
        (json!({"awslogs": {"data": CONTROL_MESSAGE}}), Outcome::Ignored, "CloudWatch Logs asked"),
        (
            json!({"invocationId": "i", "records": [{"recordId": "1", "data": "no data!"}]}),
            Outcome::Quarantined,
            "neither JSON nor base64",
        ),
        (
            json!({"messageType": "DATA_MESSAGE", "logGroup": "g", "logStream": "s", "logEvents": [{"message": "START"}]}),
            Outcome::Quarantined,
            "none of these lines",
        ),
    ]
}

#[tokio::test]
async fn all_commands_say_the_same_of_every_event() {
    let folder = tempfile::tempdir().unwrap();
    let policy = session::policy(&common(folder.path().join("unused"))).unwrap();
    let unread = unread().into_iter().map(|(document, ..)| (document.to_string(), document.to_string()));
    let mut events = 0;
    for (number, (name, content)) in corpus().into_iter().chain(unread).enumerate() {
        let explained = explained(&content, &policy);
        events += explained.len();
        assert_eq!(judged(&content, &policy), explained, "{name}");
        let mut replayed = replayed(&content, &folder.path().join(format!("{number}.redb"))).await;
        for (replayed, explained) in replayed.iter_mut().zip(&explained) {
            // Within one file an earlier event may say the same or something newer.
            if explained.0 == Outcome::Applied && [Outcome::Duplicate, Outcome::Stale].contains(&replayed.0) {
                replayed.0 = Outcome::Applied;
            }
        }
        assert_eq!(replayed, explained, "{name}");
    }
    assert!(events >= 200, "only {events} events");
}

/// Each function, alone as it is deployed, gives the outcome and the reason that people are shown.
#[test]
fn what_nobody_reads_has_one_outcome_everywhere() {
    let policy = session::policy(&common(PathBuf::from("unused"))).unwrap();
    for (document, outcome, words) in unread() {
        let [(_, judgement)] = session::judged(&document.to_string(), &policy, now()).try_into().unwrap();
        let reason = judgement.reason.unwrap_or_default();
        assert_eq!(judgement.outcome, outcome, "{document}: {reason}");
        assert!(reason.contains(words), "{document}: {reason}");
        for source in SOURCES {
            for delivery in intake::unwrap(&document, &[source], now()).deliveries {
                let alone = intake::judge(&delivery, &[source], &policy);
                assert_eq!(alone.outcome, outcome, "{} of {document}", source.name);
                if outcome == Outcome::Ignored {
                    assert_eq!(alone.reason.as_deref(), Some(reason.as_str()), "{} of {document}", source.name);
                }
            }
        }
    }
    let [(_, empty)] = session::judged("\n", &policy, now()).try_into().unwrap();
    assert_eq!(empty.outcome, Outcome::Ignored);
}
