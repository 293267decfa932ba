//! What is said of a document that cannot be unwrapped: why, its kind, so that each kind is a finding of its own, and the
//! account that it names. Pure.

use plimsoll_finding::{Arn, clean_line};
use serde_json::Value;

/// The first bytes of a gzip file, read as text.
const GZIP: &str = "\u{1f}\u{fffd}\u{8}";
/// How the whole event arrives.
const UNCHANGED: &str = "remove `input_transformer`, `input_path` and `input` from the target of the EventBridge rule, so that the whole event is sent";
/// Fields of what AWS sends by itself and of envelopes that are broken in another way.
const NOT_FLATTENED: [&str; 12] = [
    "detail-type",
    "detail",
    "Type",
    "Message",
    "Records",
    "eventSource",
    "messageType",
    "invokingEvent",
    "AlarmName",
    "Event Source",
    "requestContext",
    "NextToken",
];
/// Most fields that name the kind of a document, and most characters of each.
const NAMED_FIELDS: usize = 3;
const NAMED_CHARS: usize = 60;

/// A kind of document that is known and not read: the fields that tell it, its name, and why it is not read.
struct Known {
    fields: &'static [&'static str],
    kind: &'static str,
    why: &'static str,
}

const KNOWN: [Known; 9] = [
    Known {
        fields: &["requestContext", "responseContext"],
        kind: "record of a Lambda invocation",
        why: "it is the record of a Lambda invocation without the event: `requestPayload` is missing; the event is still in the queue or the stream that the function reads",
    },
    Known {
        fields: &["Event Source", "Event ID"],
        kind: "RDS event notification",
        why: "it is an event notification of Amazon RDS, which no function reads",
    },
    Known { fields: &["kinesis"], kind: "record of Kinesis", why: "it is a record of Kinesis without `data`" },
    Known {
        fields: &["recordId", "data"],
        kind: "record of Firehose",
        why: "it is a record of Firehose without `data` that is text",
    },
    Known {
        fields: &["awslogs"],
        kind: "data of CloudWatch Logs",
        why: "it is what CloudWatch Logs sends to a subscriber, without `data`",
    },
    Known {
        fields: &["logGroup", "logStream", "logEvents"],
        kind: "lines of a log",
        why: "none of these lines of CloudWatch Logs is an EventBridge event; narrow the filter of the subscription",
    },
    Known {
        fields: &["dynamodb"],
        kind: "record of a DynamoDB stream",
        why: "it is a record of a DynamoDB stream, which no function reads",
    },
    Known {
        fields: &["s3", "eventName"],
        kind: "Amazon S3 event notification",
        why: "it is an event notification of Amazon S3, which no function reads",
    },
    Known {
        fields: &["AutoScalingGroupName", "Event"],
        kind: "Auto Scaling notification",
        why: "it is a notification of Amazon EC2 Auto Scaling, which no function reads",
    },
];

/// Why a document is not read.
pub(crate) fn why(document: &Value) -> String {
    if let Some(known) = known(document) {
        known.why.to_owned()
    } else if is_flattened(document) {
        format!(
            "it has no `detail-type` and no `detail`, as if an input transformer of the rule flattened the event; {UNCHANGED}"
        )
    } else {
        "it is neither an EventBridge event nor a detail, an SQS batch or an SNS message that can be recognised"
            .to_owned()
    }
}

/// Why a text is not read: it is no JSON.
pub(crate) fn why_not_json(text: &str, error: &serde_json::Error) -> String {
    if text.starts_with(GZIP) {
        "it is compressed with gzip; unpack it first, for example with `gzip -dc`".to_owned()
    } else if is_output_of_another_form(text) {
        "it is not JSON, but looks like a table or YAML; print it with `--output json`".to_owned()
    } else {
        format!("it is not JSON: {error}; if an input transformer of a rule wrote it, {UNCHANGED}")
    }
}

/// What people are told that an unreadable document is.
pub(crate) fn kind_of(document: &Value) -> String {
    const FAILED: [&str; 2] = ["ConfigurationSnapshotDeliveryFailed", "ConfigurationHistoryDeliveryFailed"];
    if text(document, "messageType").is_some_and(|kind| FAILED.contains(&kind)) {
        return "AWS Config delivery failure".to_owned();
    }
    if let Some(known) = known(document) {
        return known.kind.to_owned();
    }
    if let Some(kind @ ("SubscriptionConfirmation" | "UnsubscribeConfirmation")) = text(document, "Type") {
        return kind.to_owned();
    }
    if let Some(kind) = text(document, "messageType") {
        return named("message", [kind].into_iter());
    }
    let topic = text(document, "TopicArn").and_then(Arn::parse).filter(|arn| arn.service == "sns");
    if let (Some(topic), Some(_)) = (topic, document.get("Message")) {
        return named("message of topic", [topic.resource.as_str()].into_iter());
    }
    match document {
        Value::Object(fields) if !fields.is_empty() => named("document with", fields.keys().map(String::as_str)),
        Value::String(text) if !text.trim().is_empty() => "text that is no JSON".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => "nothing".to_owned(),
    }
}

/// The account that a document names: as its own field, or by the topic that it came through.
pub(crate) fn account_of(document: &Value) -> Option<String> {
    let number = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    let own = ["awsAccountId", "accountId", "AccountId", "account", "account_id"].into_iter();
    let topic = || text(document, "TopicArn").and_then(Arn::parse).map(|arn| arn.account);
    let function = || {
        let arn = document.get("requestContext")?.get("functionArn")?.as_str()?;
        Arn::parse(arn).map(|arn| arn.account)
    };
    let own = own.filter_map(|key| text(document, key)).find(|value| number(value)).map(ToOwned::to_owned);
    own.or_else(topic).or_else(function).filter(|account| number(account))
}

fn known(document: &Value) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.fields.iter().all(|field| document.get(*field).is_some()))
}

fn named<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> String {
    let name = |name: &str| clean_line(name).chars().take(NAMED_CHARS).collect::<String>();
    let names: Vec<String> = names.take(NAMED_FIELDS).map(name).collect();
    format!("{what} {}", names.join(", "))
}

/// The output of the AWS CLI as YAML or as a table.
fn is_output_of_another_form(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim_end();
    let is_rule = first.len() > 20 && first.chars().all(|c| c == '-');
    let is_key = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let yaml =
        |line: &str| line.trim_start_matches("- ").trim_start().split_once(':').is_some_and(|(key, _)| is_key(key));
    is_rule || (text.lines().count() > 1 && text.lines().filter(|line| !line.trim().is_empty()).all(yaml))
}

/// Whether this may be what an input transformer made of an event: text, or an object without the fields of an envelope.
fn is_flattened(document: &Value) -> bool {
    match document {
        Value::String(text) => !text.trim().is_empty(),
        Value::Object(fields) => !fields.is_empty() && !NOT_FLATTENED.iter().any(|f| fields.contains_key(*f)),
        _ => false,
    }
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_kind_has_a_name_and_repeats_no_hostile_text() {
        let topic = "arn:aws:sns:eu-central-1:111122223333:cost";
        for (document, kind) in [
            (json!({"requestContext": {}, "responseContext": {}}), "record of a Lambda invocation"),
            (json!({"Event Source": "db-instance", "Event ID": "RDS-EVENT-0002"}), "RDS event notification"),
            (json!({"eventSource": "aws:kinesis", "kinesis": {"data": "e30="}}), "record of Kinesis"),
            (json!({"messageType": "ConfigurationHistoryDeliveryFailed"}), "AWS Config delivery failure"),
            (json!({"Message": "disk full", "TopicArn": topic}), "message of topic cost"),
            (json!({"fileName": "f", "scanResult": "r", "a": 1, "b": 2}), "document with fileName, scanResult, a"),
            (json!({"x\u{1b}[31m\u{202e}": 1}), "document with x[31m"),
            (json!({"k".repeat(500): 1}), &format!("document with {}", "k".repeat(60))),
            (json!("3 critical"), "text that is no JSON"),
            (json!(7), "a number"),
            (json!([]), "nothing"),
            (json!(" "), "nothing"),
            (json!({"messageType": "ConfigRulesEvaluationStarted"}), "message ConfigRulesEvaluationStarted"),
        ] {
            assert_eq!(kind_of(&document), kind, "{document}");
        }
    }

    #[test]
    fn the_account_is_the_one_that_the_document_names() {
        let topic = "arn:aws:sns:eu-central-1:111122223333:cost";
        let function = "arn:aws:lambda:eu-central-1:444455556666:function:x:$LATEST";
        for (document, account) in [
            (json!({"account_id": "444455556666", "TopicArn": topic}), Some("444455556666")),
            (json!({"accountId": "none", "TopicArn": topic}), Some("111122223333")),
            (json!({"requestContext": {"functionArn": function}}), Some("444455556666")),
            (json!({"accountId": 7}), None),
            (json!("111122223333"), None),
        ] {
            assert_eq!(account_of(&document).as_deref(), account, "{document}");
        }
    }

    #[test]
    fn what_is_no_json_says_how_it_can_be_read() {
        let why = |text: &str| why_not_json(text, &serde_json::from_str::<Value>(text).unwrap_err());
        assert!(why("BackupJobs:\n- State: FAILED\n  AccountId: '111122223333'\n").contains("--output json"));
        assert!(why(&format!("{}\n|  ListBackupJobs  |\n", "-".repeat(40))).contains("--output json"));
        assert!(why("3 critical").contains("not JSON") && why("3 critical").contains("`input_transformer`"));
        assert!(why("note: it failed").contains("`input_transformer`"));
        assert!(why(&String::from_utf8_lossy(&[0x1f, 0x8b, 8, 0])).contains("gzip -dc"));
    }

    #[test]
    fn a_known_kind_says_what_to_do_and_a_flattened_event_what_to_remove() {
        assert!(why(&json!({"awslogs": {}})).contains("without `data`"));
        assert!(why(&json!({"logGroup": "g", "logStream": "s", "logEvents": []})).contains("none of these lines"));
        assert!(why(&json!({"requestContext": {}, "responseContext": {}})).contains("`requestPayload` is missing"));
        assert!(why(&json!({"fileName": "f"})).contains("remove `input_transformer`"));
        assert!(why(&json!({"detail": {}})).contains("neither"));
    }
}
