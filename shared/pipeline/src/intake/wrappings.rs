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
    /// EventBridge envelopes that stand somewhere inside.
    Envelopes(Vec<Value>),
}

/// Looks into a wrapping; `None` if the document is none of these:
///
/// - the output of `aws sqs receive-message`, or one message of it
///   <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
/// - what Lambda sends to a destination
///   <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
/// - the input of `aws events put-events`, or one entry of it
///   <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html>
/// - the input of `aws sqs send-message`, or one message of a batch of it
///   <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
/// - JSON text that was encoded once more
/// - whatever has whole EventBridge envelopes inside, as objects or as their text: what a search in a log store prints, the
///   input of an execution of a state machine, a log line
pub(crate) fn inner(document: &Value) -> Option<Inner<'_>> {
    if let Value::String(text) = document {
        return text.trim_start().starts_with(['{', '[', '"']).then_some(Inner::Text(text));
    }
    let list = |name: &str, fields: &[&str]| {
        let items = document.get(name)?.as_array()?;
        let fits = |item: &Value| fields.iter().all(|field| text(item, field).is_some());
        items.iter().all(fits).then_some(items.as_slice())
    };
    let messages = list("Messages", &["Body"]).or_else(|| list("Entries", &["Source", "DetailType"]));
    if let Some(messages) = messages.or_else(|| list("Entries", &["MessageBody"])) {
        return Some(Inner::Documents(messages));
    }
    if let Some(body) = text(document, "MessageBody") {
        return Some(Inner::Text(body));
    }
    if is_received_message(document)
        && let Some(body) = text(document, "Body")
    {
        return Some(Inner::Text(body));
    }
    if document.get("requestContext").is_some() {
        if let Some(payload) = document.get("requestPayload").filter(|payload| !payload.is_null()) {
            return Some(Inner::Document(payload));
        }
        // What an event source mapping writes to Amazon S3 has the whole payload, as text.
        if let Some(payload) = text(document, "payload") {
            return Some(Inner::Text(payload));
        }
    }
    put_events_entry(document).map(Inner::Envelope).or_else(|| {
        let found = envelopes(document, SEARCHED_LEVELS);
        (!found.is_empty()).then_some(Inner::Envelopes(found))
    })
}

/// Levels of a document that are searched for envelopes: `hits.hits[]._source.message` is the deepest that people have.
const SEARCHED_LEVELS: usize = 7;

/// The envelopes inside a document, in order. Inside an envelope there is no other one to be found.
fn envelopes(document: &Value, levels: usize) -> Vec<Value> {
    let Some(deeper) = levels.checked_sub(1) else { return Vec::new() };
    match document {
        Value::Object(fields) if is_envelope(fields) => vec![document.clone()],
        Value::Object(fields) => fields.values().flat_map(|value| envelopes(value, deeper)).collect(),
        Value::Array(items) => items.iter().flat_map(|item| envelopes(item, deeper)).collect(),
        Value::String(text) if text.trim_start().starts_with('{') && text.contains("detail-type") => {
            serde_json::from_str::<Value>(text).map(|inside| envelopes(&inside, deeper)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn is_envelope(fields: &Map<String, Value>) -> bool {
    ["source", "detail-type"].iter().all(|key| fields.get(*key).is_some_and(Value::is_string))
        && fields.contains_key("detail")
}

/// What Lambda sends to a destination that is an event bus: the record of the invocation stands in an envelope of its own.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
pub(crate) fn invocation_record(envelope: &Value) -> Option<&Value> {
    let is_result = text(envelope, "detail-type")?.starts_with("Lambda Function Invocation Result");
    let detail = envelope.get("detail").filter(|detail| detail.get("requestContext").is_some())?;
    (is_result && text(envelope, "source") == Some("lambda")).then_some(detail)
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
