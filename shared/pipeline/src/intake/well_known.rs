//! What AWS sends to the same buses, topics and queues and what says nothing about the state of a resource that a source
//! reads. Such an event is ignored with its reason; every command and every function gives the same answer. Pure.

use plimsoll_finding::Event;
use serde_json::Value;

/// Messages of an AWS Config delivery channel that say nothing about compliance. A delivery that *failed* is not among
/// them. <https://docs.aws.amazon.com/config/latest/developerguide/notifications-for-AWS-Config.html>
const CONFIG_MESSAGES: [(&str, &str); 7] = [
    ("ConfigurationSnapshotDeliveryStarted", "AWS Config began to deliver a configuration snapshot"),
    ("ConfigurationSnapshotDeliveryCompleted", "AWS Config delivered a configuration snapshot"),
    ("ConfigurationHistoryDeliveryStarted", "AWS Config began to deliver a configuration history"),
    ("ConfigurationHistoryDeliveryCompleted", "AWS Config delivered a configuration history"),
    ("ConfigRulesEvaluationStarted", EVALUATION_BEGAN),
    ("ConfigurationItemChangeNotification", RECORDED),
    ("OversizedConfigurationItemChangeNotification", RECORDED),
];
const EVALUATION_BEGAN: &str = "AWS Config began to evaluate rules; the results come as messages of their own";
const RECORDED: &str = "AWS Config recorded a change; whether it complies comes as a message of its own";

/// Words of a message that somebody publishes to try a topic.
const TEST_WORDS: [&str; 26] = [
    "a",
    "amazon",
    "an",
    "aws",
    "console",
    "from",
    "hello",
    "hi",
    "ignore",
    "is",
    "just",
    "message",
    "my",
    "notification",
    "only",
    "ping",
    "please",
    "sns",
    "sqs",
    "test",
    "testing",
    "the",
    "this",
    "to",
    "topic",
    "world",
];

/// Why an event of a kind that no source reads can be ignored: it is well known and says nothing.
pub(crate) fn well_known_event(event: &Event) -> Option<String> {
    let reason = match (event.source.as_str(), event.detail_type.as_str()) {
        ("aws.securityhub", "Security Hub Findings - Custom Action") => {
            "a custom action of Security Hub; the services behind its findings are read directly"
        }
        ("aws.securityhub", "Security Hub Insight Results") => {
            "results of a Security Hub insight; the services behind its findings are read directly"
        }
        ("aws.securityhub", "Security Hub Findings - Imported" | "Findings Imported V2") => {
            "findings that Security Hub imported; the services behind them are read directly"
        }
        ("aws.config", "Config Configuration Item Change") => RECORDED,
        ("aws.config", "Config Rules Re-evaluation Status") => EVALUATION_BEGAN,
        (
            "aws.config",
            "Config Configuration Snapshot Delivery Status" | "Config Configuration History Delivery Status",
        ) => config_message(&event.detail)?,
        (source, kind) if source.starts_with("aws.") && is_cloudtrail(kind) => {
            "a CloudTrail record; no function reads records of API calls"
        }
        _ => return None,
    };
    Some(reason.to_owned())
}

/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html>
fn is_cloudtrail(detail_type: &str) -> bool {
    ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail", "AWS Service Event via CloudTrail"]
        .contains(&detail_type)
}

/// Why a document that is neither an event nor recognised by a source can be ignored: it is well known and says nothing.
pub(crate) fn well_known_document(document: &Value) -> Option<String> {
    if is_empty(document) {
        return Some("it is empty: there is nothing to read".to_owned());
    }
    if lists_nothing(document) {
        return Some("the answer lists nothing".to_owned());
    }
    if let Some(reason) = subscription(document) {
        return Some(reason);
    }
    let has = |key: &str| document.get(key).is_some();
    let all = |keys: &[&str]| keys.iter().all(|key| has(key));
    let first = document.get("findings").or_else(|| document.get("Findings")).and_then(|f| f.get(0));
    let reason = if first.is_some_and(|f| f.get("SchemaVersion").is_some() && f.get("ProductArn").is_some()) {
        "Security Hub findings (ASFF); the services behind them are read directly"
    } else if text(document, "messageType") == Some("CONTROL_MESSAGE") && has("logEvents") {
        "CloudWatch Logs asked whether the subscriber can be reached"
    } else if all(&["AlarmName", "NewStateValue"]) {
        "a CloudWatch alarm; no function reads alarms"
    } else if all(&["invokingEvent", "configRuleName"]) {
        "the invocation of a custom Config rule, not its result; the result comes as `Config Rules Compliance Change`"
    } else if all(&["eventVersion", "eventSource", "eventName", "eventID", "userIdentity"]) {
        "a CloudTrail record; no function reads records of API calls"
    } else if text(document, "Event") == Some("s3:TestEvent") {
        "the test event that Amazon S3 sends when notifications of a bucket are configured"
    } else if is_prose(document) && text(document, "Message").is_some_and(is_test_message) {
        "a test message: it names no resource and no event"
    } else {
        config_message(document)?
    };
    Some(reason.to_owned())
}

fn is_empty(document: &Value) -> bool {
    match document {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// An answer of the command line whose lists are all empty, for example `{"findings": []}`.
fn lists_nothing(document: &Value) -> bool {
    let Some(fields) = document.as_object() else { return false };
    let is_list = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    fields.values().any(is_list) && fields.values().all(|value| is_list(value) || value.is_null())
}

fn config_message(document: &Value) -> Option<&'static str> {
    let kind = text(document, "messageType")?;
    CONFIG_MESSAGES.iter().find(|(name, _)| *name == kind).map(|(_, reason)| *reason)
}

/// A message of a topic and nothing else: no attribute says more.
fn is_prose(document: &Value) -> bool {
    const FIELDS: [&str; 5] = ["Message", "MessageAttributes", "Subject", "Timestamp", "TopicArn"];
    let fields = document.as_object().is_some_and(|fields| fields.keys().all(|key| FIELDS.contains(&key.as_str())));
    fields && document.get("MessageAttributes").is_none_or(is_empty)
}

/// Only a message that consists of nothing but the words of a test is one: a sentence about a test may be an alert.
fn is_test_message(message: &str) -> bool {
    let words: Vec<String> =
        message.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let number = |word: &str| word.len() <= 4 && word.chars().all(|c| c.is_ascii_digit());
    let trial = |word: &String| ["test", "testing", "hello", "ping"].contains(&word.as_str());
    words.len() <= 12
        && words.iter().any(trial)
        && words.iter().all(|word| number(word) || TEST_WORDS.contains(&word.as_str()))
}

/// <https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html>
fn subscription(document: &Value) -> Option<String> {
    let topic = text(document, "TopicArn").filter(|arn| is_topic(arn)).unwrap_or("ARN-OF-THE-TOPIC");
    let confirm = format!(
        "open the `SubscribeURL` of the message, or run `aws sns confirm-subscription --topic-arn {topic} --token TOKEN` with its `Token`"
    );
    match text(document, "Type")? {
        "SubscriptionConfirmation" => {
            Some(format!("SNS asks to confirm a subscription and delivers nothing until it is confirmed: {confirm}"))
        }
        "UnsubscribeConfirmation" => {
            Some(format!("SNS ended a subscription and delivers nothing more; to subscribe again: {confirm}"))
        }
        _ => None,
    }
}

/// People copy the command into a shell: nothing but the characters of an ARN goes into it.
fn is_topic(arn: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || [':', '-', '_', '.'].contains(&c);
    arn.starts_with("arn:aws") && arn.len() <= 400 && arn.chars().all(allowed)
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(source: &str, detail_type: &str, detail: &Value) -> Event {
        let envelope = json!({"source": source, "detail-type": detail_type, "detail": detail});
        Event::from_envelope(&envelope, "2026-11-02T09:15:00Z".parse().unwrap()).unwrap()
    }

    #[test]
    fn what_says_nothing_is_named() {
        for (document, words) in [
            (json!("\n"), "empty"),
            (json!(null), "empty"),
            (json!({"findings": []}), "lists nothing"),
            (json!({"coverageStatistics": [], "resources": [], "nextToken": null}), "lists nothing"),
            (json!({"findings": [{"SchemaVersion": "2018-10-08", "ProductArn": "arn"}]}), "ASFF"),
            (json!({"AlarmName": "cpu", "NewStateValue": "ALARM"}), "CloudWatch alarm"),
            (json!({"invokingEvent": "{}", "configRuleName": "r"}), "custom Config rule"),
            (json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}), "Amazon S3"),
            (json!({"Message": "test message from the console", "TopicArn": "t"}), "test message"),
            (json!({"Message": "Hello, world! Test 2"}), "test message"),
            (
                json!({"eventVersion": "1.11", "eventSource": "ecr.amazonaws.com", "eventName": "PutImage", "eventID": "i", "userIdentity": {}}),
                "CloudTrail",
            ),
        ] {
            let reason = well_known_document(&document).unwrap_or_default();
            assert!(reason.contains(words), "{document}: {reason}");
        }
        for (kind, _) in CONFIG_MESSAGES {
            assert!(well_known_document(&json!({"messageType": kind})).unwrap().contains("AWS Config"), "{kind}");
        }
    }

    #[test]
    fn what_may_say_something_is_not_ignored() {
        for document in [
            json!("x"),
            json!(0),
            json!({"findings": [], "severity": "HIGH"}),
            json!({"findings": null}),
            json!({"Message": "test of the restore failed"}),
            json!({"Message": "hello\nbackup job FAILED"}),
            json!({"Message": "please ignore"}),
            json!({"Message": "test", "severity": "HIGH"}),
            json!({"Message": "test", "MessageAttributes": {"State": "FAILED"}}),
            json!({"messageType": "ConfigurationSnapshotDeliveryFailed"}),
            json!({"messageType": "ComplianceChangeNotification"}),
            json!({"findings": [{"severity": 8}]}),
            json!({"Type": "Notification", "Message": "x"}),
        ] {
            assert_eq!(well_known_document(&document), None, "{document}");
        }
        for event in [
            event("aws.ec2", "EC2 Instance State-change Notification", &json!({})),
            event("mine", "AWS API Call via CloudTrail", &json!({})),
            event("aws.ecr", "AWS Insight via CloudTrail", &json!({})),
            event(
                "aws.config",
                "Config Configuration Snapshot Delivery Status",
                &json!({"messageType": "ConfigurationSnapshotDeliveryFailed"}),
            ),
        ] {
            assert_eq!(well_known_event(&event), None, "{}", event.detail_type);
        }
    }

    #[test]
    fn events_that_say_nothing_are_named() {
        let item = json!({"messageType": "ConfigurationItemChangeNotification"});
        for (source, kind, detail) in [
            ("aws.securityhub", "Security Hub Findings - Custom Action", json!({})),
            ("aws.securityhub", "Security Hub Findings - Imported", json!({})),
            ("aws.config", "Config Configuration Item Change", item),
            ("aws.ecr", "AWS API Call via CloudTrail", json!({})),
        ] {
            assert!(well_known_event(&event(source, kind, &detail)).is_some(), "{kind}");
        }
    }

    #[test]
    fn a_subscription_says_how_to_confirm_it_and_repeats_no_hostile_text() {
        let topic = "arn:aws:sns:eu-central-1:111122223333:cost";
        let message = json!({"Type": "SubscriptionConfirmation", "TopicArn": topic, "Token": "t0k3n", "SubscribeURL": "https://evil.example/"});
        let reason = well_known_document(&message).unwrap();
        assert!(
            reason.contains(&format!("aws sns confirm-subscription --topic-arn {topic} --token TOKEN")),
            "{reason}"
        );
        assert!(!reason.contains("evil") && !reason.contains("t0k3n"), "{reason}");
        let hostile = json!({"Type": "UnsubscribeConfirmation", "TopicArn": "x; rm -rf /"});
        assert!(!well_known_document(&hostile).unwrap().contains("rm -rf"));
    }
}
