//! Out of all wrappings: the same event may come bare from EventBridge, in an SQS batch, in SNS records, as an SNS
//! notification inside SQS, or as a `detail` that lost its envelope. Total: whatever cannot be unwrapped becomes an
//! unreadable delivery with the reason.
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>, <https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>

use aws_lambda_events::{sns::SnsMessage, sqs::SqsMessage};
use jiff::Timestamp;
use plimsoll_finding::{Event, Source, Unreadable, parse_time};
use serde_json::{Value, json};

use crate::intake::{
    documents::{MAX_BYTES, Part, documents},
    encoded::{decoded, encoded, is_packed, logged_events},
    unreadable::{account_of, kind_of, why, why_not_json},
    wrappings::{Inner, inner, invocation_record, with_detail_as_object},
};

/// Wrappings within wrappings that are followed.
const MAX_DEPTH: usize = 6;
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

/// Unwraps text that should be JSON: one document, several in a row, or one document per line.
#[must_use]
pub fn unwrap_text(content: &str, sources: &[Source], now: Timestamp) -> Intake {
    let parts = documents(content);
    if let [Part::Document(document, _)] = parts.as_slice() {
        let intake = unwrap(document, sources, now);
        // A queue that has nothing is nothing; a file that has nothing is a file, and people are told so.
        let is_empty = intake.deliveries.is_empty();
        return if is_empty { unwrap(&json!([]), sources, now) } else { intake };
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
                if is_packed(content) && depth <= MAX_DEPTH {
                    return self.encoded(&prose, Some(&prose), depth.saturating_add(1));
                }
                if self.recognised(&prose) {
                    return;
                }
                self.unreadable(&prose, &why_not_json(content, &error));
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
        if let Some(record) = invocation_record(document) {
            return self.document(record, deeper);
        }
        let whole = with_detail_as_object(document);
        if let Some(event) = Event::from_envelope(whole.as_ref().unwrap_or(document), self.now) {
            return self.push(event, None, document);
        }
        if let Some(records) = encoded(document) {
            return records.into_iter().for_each(|(record, data)| self.encoded(record, data, deeper));
        }
        if let Some(events) = logged_events(document).filter(|events| !events.is_empty()) {
            return events.into_iter().for_each(|event| self.text(event, deeper));
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
            Some(Inner::Envelopes(envelopes)) => envelopes.iter().for_each(|e| self.document(e, deeper)),
            None => self.unreadable(document, &why(document)),
        }
    }

    /// A record whose data is encoded. A record may carry several events, one after the other.
    fn encoded(&mut self, record: &Value, data: Option<&Value>, depth: usize) {
        let content = match data {
            Some(Value::String(data)) => decoded(data),
            Some(document) => return self.document(document, depth),
            None => return self.document(record, depth),
        };
        match content {
            Ok(content) if content.len() > MAX_BYTES => self.text(&content, depth),
            Ok(content) => {
                for part in documents(&content) {
                    match part {
                        Part::Document(document, _) => self.document(&document, depth),
                        Part::Text(text) => self.text(text, depth),
                    }
                }
            }
            Err(why) => self.unreadable(record, &why),
        }
    }

    fn record(&mut self, record: &Value, depth: usize) {
        if let Some(notification) = record.get("Sns") {
            return self.notification(notification, depth);
        }
        if text(record, "eventSource") != Some("aws:sqs") && text(record, "body").is_none() {
            return self.document(record, depth);
        }
        // The library is strict about message attributes, which are not needed: without it the body alone will do.
        let message = serde_json::from_value::<SqsMessage>(record.clone()).unwrap_or_default();
        self.message_id = message.message_id.or_else(|| text(record, "messageId").map(ToOwned::to_owned));
        let Some(body) = message.body.or_else(|| text(record, "body").map(ToOwned::to_owned)) else {
            self.unreadable(record, "it is a record of SQS without a body");
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
        let mut event = Event::from_bare_detail("", &kind_of(document), document, self.now);
        event.time = self.sent_at;
        event.account = account_of(document).unwrap_or_default();
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
        // The input of `aws sns publish` names its topic, one that was received itself.
        None => has("Message") && ["MessageId", "TopicArn", "TargetArn"].into_iter().any(has),
    }
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests;
