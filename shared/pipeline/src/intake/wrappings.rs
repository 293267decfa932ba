//! The wrappings that are known by their fields alone. Pure.

use serde_json::{Map, Value, json};

/// What stands in a wrapping.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Inner<'a> {
    /// Several documents, each with wrappings of its own.
    Documents(&'a [Value]),
    /// One document.
    Document(&'a Value),
    /// The text of a message.
    Text(&'a str),
    /// An EventBridge envelope that was put together again.
    Envelope(Value),
}

/// Looks into a wrapping; `None` if the document is none of these:
///
/// - the output of `aws sqs receive-message`, or one message of it
///   <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
/// - what Lambda sends to a destination
///   <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
/// - the input of `aws events put-events`, or one entry of it
///   <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html>
/// - JSON text that was encoded once more
pub(crate) fn inner(document: &Value) -> Option<Inner<'_>> {
    if let Value::String(text) = document {
        return text.trim_start().starts_with(['{', '[', '"']).then_some(Inner::Text(text));
    }
    let list = |name: &str, fields: &[&str]| {
        let items = document.get(name)?.as_array()?;
        let fits = |item: &Value| fields.iter().all(|field| text(item, field).is_some());
        items.iter().all(fits).then_some(items.as_slice())
    };
    if let Some(messages) = list("Messages", &["Body"]).or_else(|| list("Entries", &["Source", "DetailType"])) {
        return Some(Inner::Documents(messages));
    }
    if is_received_message(document)
        && let Some(body) = text(document, "Body")
    {
        return Some(Inner::Text(body));
    }
    if document.get("requestContext").is_some()
        && let Some(payload) = document.get("requestPayload")
    {
        return Some(Inner::Document(payload));
    }
    put_events_entry(document).map(Inner::Envelope)
}

/// A message as SQS returns it. One that was trimmed by hand may have kept nothing but its body.
fn is_received_message(document: &Value) -> bool {
    let names = ["MessageId", "ReceiptHandle", "MD5OfBody"];
    document.as_object().is_some_and(|fields| fields.len() == 1 || names.iter().any(|name| fields.contains_key(*name)))
}

fn put_events_entry(entry: &Value) -> Option<Value> {
    let mut envelope = Map::new();
    envelope.insert("source".to_owned(), json!(text(entry, "Source")?));
    envelope.insert("detail-type".to_owned(), json!(text(entry, "DetailType")?));
    envelope.insert("detail".to_owned(), entry.get("Detail")?.clone());
    for (from, to) in [("Time", "time"), ("Resources", "resources")] {
        if let Some(value) = entry.get(from) {
            envelope.insert(to.to_owned(), value.clone());
        }
    }
    Some(Value::Object(envelope))
}

/// The envelope with a `detail` that is an object, where it is the JSON text of one.
pub(crate) fn with_detail_as_object(envelope: &Value) -> Option<Value> {
    let detail = serde_json::from_str::<Value>(text(envelope, "detail")?).ok().filter(Value::is_object)?;
    let mut envelope = envelope.clone();
    envelope.as_object_mut()?.insert("detail".to_owned(), detail);
    Some(envelope)
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}
