//! Out of all wrappings: the same event may come bare from EventBridge, in an SQS batch, in SNS records, as an SNS
//! notification inside SQS, or as a `detail` that lost its envelope. Total: whatever cannot be unwrapped becomes an
//! unreadable delivery with the reason.
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>, <https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>

use aws_lambda_events::{sns::SnsMessage, sqs::SqsMessage};
use jiff::Timestamp;
use plimsoll_finding::{Event, Source, Unreadable, parse_time};
use serde_json::{Value, json};

use crate::intake::{
    documents::{Part, documents},
    wrappings::{Inner, inner, with_detail_as_object},
};

/// Wrappings within wrappings that are followed.
const MAX_DEPTH: usize = 6;
/// The largest document that is parsed: EventBridge, SQS and Lambda's asynchronous invocation take at most 1 MiB.
const MAX_BYTES: usize = 1024 * 1024;
/// A message that was received this often is put aside without being parsed: it may be what kills the process. A store
/// that is down for a day makes every message come again some 480 times, and those must be read when it is back.
const MAX_RECEIVES: u64 = 495;

/// The first bytes of a gzip file, read as text.
const GZIP: &str = "\u{1f}\u{fffd}\u{8}";
/// What a document looks like that kept neither its envelope nor its shape.
const FLATTENED: &str =
    "it has no `detail-type` and no `detail`, as if an input transformer of the rule flattened the event";
/// Fields of what AWS sends by itself and of envelopes that are broken in another way.
const NOT_FLATTENED: [&str; 10] = [
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
];
/// How the whole event arrives.
const UNCHANGED: &str = "remove `input_transformer`, `input_path` and `input` from the target of the EventBridge rule, so that the whole event is sent";

/// One event, out of its wrappings.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The SQS message that it came in.
    pub message_id: Option<String>,
    /// The event; for one that cannot be unwrapped a placeholder that says what is known of it.
    pub event: Event,
    /// Why it cannot be unwrapped.
    pub fault: Option<Unreadable>,
    /// What was received, for quarantine.
    pub raw: String,
}

/// Everything in one invocation.
#[derive(Debug, Clone)]
pub struct Intake {
    /// The events, in order.
    pub deliveries: Vec<Delivery>,
    /// It came from SQS: the answer names the messages that failed.
    pub batch: bool,
}

/// Unwraps the payload of one invocation. `sources` recognise documents that lost their envelope.
#[must_use]
pub fn unwrap(payload: &Value, sources: &[Source], now: Timestamp) -> Intake {
    let records = payload.get("Records").and_then(Value::as_array);
    let batch = records.is_some_and(|records| {
        records.iter().all(|r| text(r, "eventSource") == Some("aws:sqs")) && !records.is_empty()
    });
    let mut intake = Unwrapping { sources, now, message_id: None, sent_at: None, deliveries: Vec::new() };
    intake.document(payload, 0);
    Intake { deliveries: intake.deliveries, batch }
}

/// Unwraps text that should be JSON: one document, several in a row, or one document per line.
#[must_use]
pub fn unwrap_text(content: &str, sources: &[Source], now: Timestamp) -> Intake {
    let parts = documents(content);
    if let [Part::Document(document, _)] = parts.as_slice() {
        return unwrap(document, sources, now);
    }
    let mut intake = Unwrapping { sources, now, message_id: None, sent_at: None, deliveries: Vec::new() };
    for part in parts {
        match part {
            Part::Document(document, bytes) if bytes > MAX_BYTES => intake.too_long(&document, bytes),
            Part::Document(document, _) => intake.document(&document, 0),
            Part::Text(text) => intake.text(text, 0),
        }
    }
    Intake { deliveries: intake.deliveries, batch: false }
}

struct Unwrapping<'a> {
    sources: &'a [Source],
    now: Timestamp,
    message_id: Option<String>,
    /// When SNS published it: the best time for a document without an envelope.
    sent_at: Option<Timestamp>,
    deliveries: Vec<Delivery>,
}

impl Unwrapping<'_> {
    fn text(&mut self, content: &str, depth: usize) {
        if content.len() > MAX_BYTES {
            return self.too_long(&Value::String(content.to_owned()), content.len());
        }
        match serde_json::from_str::<Value>(content) {
            Ok(document) => self.document(&document, depth),
            Err(error) => {
                let prose = Value::String(content.to_owned());
                if self.recognised(&prose) {
                    return;
                }
                if content.starts_with(GZIP) {
                    return self.unreadable(
                        &prose,
                        "it is compressed with gzip; unpack it first, for example with `gzip -dc`",
                    );
                }
                self.unreadable(&prose, &format!("it is not JSON: {error}; {UNCHANGED}"));
            }
        }
    }

    fn too_long(&mut self, document: &Value, bytes: usize) {
        self.unreadable(document, &format!("it is {bytes} bytes long; at most {MAX_BYTES} are read"));
    }

    fn document(&mut self, document: &Value, depth: usize) {
        if depth > MAX_DEPTH {
            return self.unreadable(document, "it is wrapped too deeply");
        }
        let deeper = depth.saturating_add(1);
        if let Value::Array(documents) = document {
            if documents.is_empty() {
                return self.unreadable(document, "it is an empty list");
            }
            return documents.iter().for_each(|d| self.document(d, deeper));
        }
        let whole = with_detail_as_object(document);
        if let Some(event) = Event::from_envelope(whole.as_ref().unwrap_or(document), self.now) {
            return self.push(event, None, document);
        }
        if let Some(records) = document.get("Records").and_then(Value::as_array) {
            return records.iter().for_each(|record| self.record(record, deeper));
        }
        if is_notification(document) {
            return self.notification(document, deeper);
        }
        if document.get("Sns").is_some_and(Value::is_object) || text(document, "eventSource") == Some("aws:sqs") {
            return self.record(document, deeper);
        }
        if self.recognised(document) {
            return;
        }
        match inner(document) {
            Some(Inner::Documents([])) => self.unreadable(&json!([]), "it is an empty list"),
            Some(Inner::Documents(documents)) => documents.iter().for_each(|d| self.document(d, deeper)),
            Some(Inner::Document(document)) => self.document(document, deeper),
            Some(Inner::Text(text)) => self.text(text, deeper),
            Some(Inner::Envelope(envelope)) => self.document(&envelope, deeper),
            None if is_flattened(document) => self.unreadable(document, &format!("{FLATTENED}; {UNCHANGED}")),
            None => self.unreadable(
                document,
                "it is neither an EventBridge event nor a detail, an SQS batch or an SNS message that can be recognised",
            ),
        }
    }

    fn record(&mut self, record: &Value, depth: usize) {
        if let Some(notification) = record.get("Sns") {
            return self.notification(notification, depth);
        }
        // The library is strict about message attributes, which are not needed: without it the body alone will do.
        let message = serde_json::from_value::<SqsMessage>(record.clone()).unwrap_or_default();
        self.message_id = message.message_id.or_else(|| text(record, "messageId").map(ToOwned::to_owned));
        let Some(body) = message.body.or_else(|| text(record, "body").map(ToOwned::to_owned)) else {
            self.unreadable(record, "it is a record of neither SQS nor SNS");
            self.message_id = None;
            return;
        };
        let receives = message.attributes.get("ApproximateReceiveCount").and_then(|n| n.parse::<u64>().ok());
        if receives.is_some_and(|n| n > MAX_RECEIVES) {
            let fault = format!("it was received more than {MAX_RECEIVES} times and never got through");
            self.unreadable(&Value::String(body), &fault);
        } else {
            self.text(&body, depth);
        }
        self.message_id = None;
    }

    fn notification(&mut self, notification: &Value, depth: usize) {
        if let Some(kind @ ("SubscriptionConfirmation" | "UnsubscribeConfirmation")) = text(notification, "Type") {
            return self.unreadable(notification, &format!("it is an SNS {kind}, not a notification"));
        }
        self.sent_at = text(notification, "Timestamp").and_then(parse_time);
        if let Some(document) = notification.get("Message").filter(|m| m.is_object() || m.is_array()) {
            self.document(document, depth);
            self.sent_at = None;
            return;
        }
        // The library knows the names; only the message itself is needed, so that trimmed samples work too.
        let known = serde_json::from_value::<SnsMessage>(notification.clone()).ok();
        let Some(message) = known.map(|n| n.message).or_else(|| text(notification, "Message").map(ToOwned::to_owned))
        else {
            self.unreadable(notification, "it is an SNS notification without a message");
            self.sent_at = None;
            return;
        };
        match serde_json::from_str::<Value>(&message) {
            Ok(document) if document.is_object() || document.is_array() => self.document(&document, depth),
            _ => {
                let attributes = notification.get("MessageAttributes").and_then(Value::as_object);
                let attributes: serde_json::Map<String, Value> = attributes
                    .into_iter()
                    .flatten()
                    .map(|(name, value)| (name.clone(), value.get("Value").unwrap_or(value).clone()))
                    .collect();
                let prose = json!({
                    "Message": message,
                    "Subject": notification.get("Subject"),
                    "MessageAttributes": attributes,
                    "TopicArn": notification.get("TopicArn"),
                    "Timestamp": notification.get("Timestamp"),
                });
                if !self.recognised(&prose) {
                    self.unreadable(&prose, "it is an SNS message in prose that no function can read");
                }
            }
        }
        self.sent_at = None;
    }

    fn recognised(&mut self, document: &Value) -> bool {
        let Some((source, detail_type)) = self.sources.iter().find_map(|s| (s.recognise)(document)) else {
            return false;
        };
        let mut event = Event::from_bare_detail(source, detail_type, document, self.now);
        event.time = self.sent_at;
        self.push(event, None, document);
        true
    }

    fn unreadable(&mut self, document: &Value, why: &str) {
        let mut event = Event::from_bare_detail("", kind_of(document), document, self.now);
        event.time = self.sent_at;
        self.push(event, Some(Unreadable::reasons(why)), document);
    }

    fn push(&mut self, event: Event, fault: Option<Unreadable>, document: &Value) {
        let raw = match document {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        self.deliveries.push(Delivery { message_id: self.message_id.clone(), event, fault, raw });
    }
}

/// An SNS message. One that was trimmed may lack its type; then it names its topic or itself.
fn is_notification(document: &Value) -> bool {
    let has = |key: &str| text(document, key).is_some();
    match text(document, "Type") {
        Some("Notification" | "SubscriptionConfirmation" | "UnsubscribeConfirmation") => {
            document.get("Message").is_some()
        }
        Some(_) => false,
        None => has("Message") && has("MessageId"),
    }
}

/// What people are told that an unreadable document is, so that each kind is a finding of its own; empty if nobody knows.
fn kind_of(document: &Value) -> &'static str {
    match text(document, "messageType") {
        Some("ConfigurationSnapshotDeliveryFailed" | "ConfigurationHistoryDeliveryFailed") => {
            "AWS Config delivery failure"
        }
        _ if document.get("Event Source").is_some() && document.get("Event ID").is_some() => "RDS event notification",
        _ => "",
    }
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

    const SOURCE: Source = Source {
        name: "x",
        kinds: &[("aws.x", "X Happened")],
        recognise: |value| {
            value
                .get("xId")
                .or_else(|| value.get("Message").filter(|m| m.as_str() == Some("x!")))
                .map(|_| ("aws.x", "X Happened"))
        },
        read: |_| Ok(plimsoll_finding::Reading::Ignored(String::new())),
    };

    fn now() -> Timestamp {
        "2026-11-02T09:15:00Z".parse().unwrap()
    }

    fn event() -> Value {
        json!({"id": "e1", "source": "aws.x", "detail-type": "X Happened", "time": "2026-11-02T09:00:00Z", "detail": {"xId": 1}})
    }

    fn ids(payload: &Value) -> Vec<String> {
        unwrap(payload, &[SOURCE], now())
            .deliveries
            .iter()
            .map(|d| d.fault.as_ref().map_or_else(|| d.event.id.clone(), |f| format!("fault: {}", f.reason)))
            .collect()
    }

    #[test]
    fn the_same_event_in_every_wrapping() {
        let text = event().to_string();
        let notification = json!({"Type": "Notification", "Message": text, "Timestamp": "2026-11-02T09:01:00Z"});
        for payload in [
            event(),
            json!([event()]),
            json!({"Records": [{"eventSource": "aws:sqs", "messageId": "m", "body": text}]}),
            json!({"Records": [{"EventSource": "aws:sns", "Sns": notification}]}),
            json!({"Records": [{"eventSource": "aws:sqs", "messageId": "m", "body": notification.to_string()}]}),
        ] {
            assert_eq!(ids(&payload), ["e1"], "{payload}");
        }
    }

    #[test]
    fn only_an_sqs_batch_answers_with_failures_and_knows_its_messages() {
        let batch = json!({"Records": [
            {"eventSource": "aws:sqs", "messageId": "m1", "body": event().to_string()},
            {"eventSource": "aws:sqs", "messageId": "m2", "body": "no json"},
        ]});
        let intake = unwrap(&batch, &[SOURCE], now());
        assert!(intake.batch);
        let messages: Vec<_> = intake.deliveries.iter().map(|d| d.message_id.as_deref().unwrap()).collect();
        assert_eq!(messages, ["m1", "m2"]);
        assert!(intake.deliveries[1].fault.as_ref().unwrap().reason.contains("not JSON"));
        assert!(!unwrap(&json!({"Records": []}), &[SOURCE], now()).batch);
        assert!(!unwrap(&event(), &[SOURCE], now()).batch);
    }

    #[test]
    fn a_bare_detail_is_recognised_and_takes_the_time_of_its_notification() {
        let notification =
            json!({"Type": "Notification", "Message": "{\"xId\": 7}", "Timestamp": "2026-11-02T09:01:00Z"});
        let intake = unwrap(&notification, &[SOURCE], now());
        assert_eq!(intake.deliveries[0].event.time, Some("2026-11-02T09:01:00Z".parse().unwrap()));
        assert_eq!(intake.deliveries[0].event.detail_type, "X Happened");
        assert_eq!(unwrap(&json!({"xId": 7}), &[SOURCE], now()).deliveries[0].event.time, None);
    }

    #[test]
    fn prose_in_sns_keeps_subject_and_attributes() {
        let record = json!({"Records": [{"Sns": {"Message": "x!", "Subject": "s", "MessageAttributes": {"State": {"Type": "String", "Value": "FAILED"}}}}]});
        let event = unwrap(&record, &[SOURCE], now()).deliveries.remove(0).event;
        assert_eq!(event.detail["MessageAttributes"]["State"], "FAILED");
        assert_eq!(event.detail["Subject"], "s");
    }

    #[test]
    fn what_cannot_be_unwrapped_says_why_and_loses_nobody_else() {
        let batch = json!({"Records": [
            {"eventSource": "aws:sqs", "messageId": "a", "body": "[".repeat(100_000)},
            {"eventSource": "aws:sqs", "messageId": "b"},
            {"eventSource": "aws:sqs", "messageId": "c", "body": event().to_string(), "attributes": {"ApproximateReceiveCount": "496"}},
            {"eventSource": "aws:sqs", "messageId": "d", "body": "x".repeat(MAX_BYTES + 1)},
            {"eventSource": "aws:sqs", "messageId": "e", "body": event().to_string()},
            7,
        ]});
        let ids = ids(&batch);
        assert_eq!(ids.len(), 6);
        assert_eq!(ids.iter().filter(|id| id.starts_with("fault")).count(), 5);
        assert_eq!(ids[4], "e1");
        for payload in [json!(null), json!("text"), json!([]), json!({}), json!({"detail-type": 1, "detail": {}})] {
            assert_eq!(ids_of_faults(&payload), 1, "{payload}");
        }
    }

    fn ids_of_faults(payload: &Value) -> usize {
        ids(payload).iter().filter(|id| id.starts_with("fault")).count()
    }

    #[test]
    fn json_lines_and_a_byte_order_mark() {
        let lines = format!("\u{feff}{}\n\n{}\nnonsense\n", event(), event());
        let intake = unwrap_text(&lines, &[SOURCE], now());
        assert_eq!(intake.deliveries.len(), 3);
        assert!(intake.deliveries[2].fault.is_some());
        let pretty = serde_json::to_string_pretty(&event()).unwrap();
        assert_eq!(unwrap_text(&pretty, &[SOURCE], now()).deliveries.len(), 1);
        assert_eq!(unwrap_text("{\"broken\":\n", &[SOURCE], now()).deliveries.len(), 1);
    }

    #[test]
    fn what_people_have_at_hand_is_read_too() {
        let text = event().to_string();
        let entry = json!({"Source": "aws.x", "DetailType": "X Happened", "Detail": "{\"xId\": 1}", "Time": "2026-11-02T09:00:00Z"});
        let mut detail_as_text = event();
        detail_as_text["detail"] = json!("{\"xId\": 1}");
        let message = json!({"MessageId": "m", "ReceiptHandle": "r", "Body": text});
        for payload in [
            json!({"Messages": [{"Body": text}]}),
            json!({"Messages": [message]}),
            message,
            json!({"eventSource": "aws:sqs", "messageId": "m", "body": text}),
            json!({"version": "1.0", "requestContext": {"condition": "RetriesExhausted"}, "requestPayload": event()}),
            json!({"requestContext": {}, "requestPayload": {"Records": [{"eventSource": "aws:sqs", "body": text}]}}),
            json!({"Entries": [entry]}),
            json!([entry]),
            entry,
            json!({"Type": "Notification", "Message": event()}),
            json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": event()}}]}),
            json!({"MessageId": "m", "Timestamp": "2026-11-02T09:01:00Z", "Message": text}),
            json!(text),
            detail_as_text,
        ] {
            let deliveries = unwrap(&payload, &[SOURCE], now()).deliveries;
            let [delivery] = deliveries.as_slice() else { panic!("{payload}: {deliveries:?}") };
            assert_eq!(delivery.fault, None, "{payload}");
            assert_eq!(delivery.event.detail, json!({"xId": 1}), "{payload}");
            assert_eq!(delivery.event.source, "aws.x", "{payload}");
            assert_eq!(delivery.event.time, Some("2026-11-02T09:00:00Z".parse().unwrap()), "{payload}");
        }
    }

    #[test]
    fn events_in_a_row_are_read_and_a_broken_one_hides_no_neighbour() {
        let pretty = serde_json::to_string_pretty(&event()).unwrap();
        let intake = unwrap_text(&format!("{pretty}\n{pretty}\n{{\"cut\": "), &[SOURCE], now());
        let faults: Vec<bool> = intake.deliveries.iter().map(|d| d.fault.is_some()).collect();
        assert_eq!(faults, [false, false, true]);
        let long = json!({"xId": "x".repeat(MAX_BYTES)}).to_string();
        let intake = unwrap_text(&format!("{pretty}{long}"), &[SOURCE], now());
        assert!(intake.deliveries[1].fault.as_ref().unwrap().reason.contains("bytes long"));
    }

    #[test]
    fn new_wrappings_are_followed_no_deeper_than_the_others() {
        let mut payload = event();
        for _ in 0..=MAX_DEPTH {
            payload = json!({"requestContext": {}, "requestPayload": payload});
        }
        assert_eq!(ids(&payload), ["fault: it is wrapped too deeply"]);
        let mut encoded = event().to_string();
        for _ in 0..=MAX_DEPTH {
            encoded = json!(encoded).to_string();
        }
        assert_eq!(ids(&json!(encoded)), ["fault: it is wrapped too deeply"]);
    }

    #[test]
    fn what_a_transformer_flattened_says_what_to_remove() {
        for payload in
            [json!({"message": "X Happened", "details": {"rule": "r"}}), json!("3 critical"), json!({"fileName": "f"})]
        {
            let reasons = ids(&payload);
            assert!(
                reasons[0].contains("input transformer") && reasons[0].contains("remove `input_transformer`"),
                "{reasons:?}"
            );
        }
        assert!(
            unwrap_text("3 critical", &[SOURCE], now()).deliveries[0]
                .fault
                .as_ref()
                .unwrap()
                .reason
                .contains("input_transformer")
        );
        let packed = String::from_utf8_lossy(&[0x1f, 0x8b, 8, 0]).into_owned();
        assert!(
            unwrap_text(&packed, &[SOURCE], now()).deliveries[0].fault.as_ref().unwrap().reason.contains("gzip -dc")
        );
    }
}
