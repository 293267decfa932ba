//! Out of all wrappings: the same event may come bare from EventBridge, in an SQS batch, in SNS records, as an SNS
//! notification inside SQS, or as a `detail` that lost its envelope. Total: whatever cannot be unwrapped becomes an
//! unreadable delivery with the reason.
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>, <https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>

use aws_lambda_events::{sns::SnsMessage, sqs::SqsMessage};
use jiff::Timestamp;
use plimsoll_finding::{Event, Source, Unreadable, parse_time};
use serde_json::{Value, json};

/// Wrappings within wrappings that are followed.
const MAX_DEPTH: usize = 6;
/// The largest document that is parsed: EventBridge, SQS and Lambda's asynchronous invocation take at most 1 MiB.
const MAX_BYTES: usize = 1024 * 1024;
/// A message that was received this often is put aside without being parsed: it may be what kills the process. A store
/// that is down for a day makes every message come again some 480 times, and those must be read when it is back.
const MAX_RECEIVES: u64 = 495;

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

/// Unwraps text that should be JSON: one document, or one document per line.
#[must_use]
pub fn unwrap_text(content: &str, sources: &[Source], now: Timestamp) -> Intake {
    let content = content.strip_prefix('\u{feff}').unwrap_or(content);
    if let Ok(document) = serde_json::from_str::<Value>(content) {
        return unwrap(&document, sources, now);
    }
    let lines: Vec<&str> = content.lines().filter(|line| !line.trim().is_empty()).collect();
    let json_lines = lines.len() > 1 && lines.iter().any(|line| serde_json::from_str::<Value>(line).is_ok());
    let mut intake = Unwrapping { sources, now, message_id: None, sent_at: None, deliveries: Vec::new() };
    if json_lines {
        for line in lines {
            intake.text(line, 0);
        }
    } else {
        intake.text(content, 0);
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
            let fault = format!("it is {} bytes long; at most {MAX_BYTES} are read", content.len());
            return self.unreadable(&Value::String(content.to_owned()), &fault);
        }
        match serde_json::from_str::<Value>(content) {
            Ok(document) => self.document(&document, depth),
            Err(error) => {
                let prose = Value::String(content.to_owned());
                if self.recognised(&prose) {
                    return;
                }
                self.unreadable(&prose, &format!("it is not JSON: {error}"));
            }
        }
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
        if let Some(event) = Event::from_envelope(document, self.now) {
            return self.push(event, None, document);
        }
        if let Some(records) = document.get("Records").and_then(Value::as_array) {
            return records.iter().for_each(|record| self.record(record, deeper));
        }
        if text(document, "Type") == Some("Notification") && document.get("Message").is_some() {
            return self.notification(document, deeper);
        }
        if !self.recognised(document) {
            self.unreadable(
                document,
                "it is neither an EventBridge event nor a detail, an SQS batch or an SNS message that can be recognised",
            );
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
        // The library knows the names; only the message itself is needed, so that trimmed samples work too.
        let known = serde_json::from_value::<SnsMessage>(notification.clone()).ok();
        let Some(message) = known.map(|n| n.message).or_else(|| text(notification, "Message").map(ToOwned::to_owned))
        else {
            return self.unreadable(notification, "it is an SNS notification without a message");
        };
        self.sent_at = text(notification, "Timestamp").and_then(parse_time);
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
        let mut event = Event::from_bare_detail("", "", document, self.now);
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
}
