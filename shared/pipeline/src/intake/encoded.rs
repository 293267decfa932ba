//! Records whose data is encoded: base64, and often packed with gzip. Pure.

use std::io::Read as _;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use flate2::read::MultiGzDecoder;
use serde_json::Value;

use crate::intake::{decode::decode, documents::MAX_BYTES};

/// base64 with padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
/// The same with `-` and `_`, as addresses have it.
const BASE64_OF_ADDRESSES: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
/// How a gzip file begins, and how its base64 begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];
const GZIP_IN_BASE64: &str = "H4sI";

/// One record, and the data in it, where it has some.
pub(crate) type Record<'a> = (&'a Value, Option<&'a Value>);

/// The records in a document whose data is encoded; `None` if the document is none of these:
///
/// - one record of Kinesis as Lambda or EventBridge Pipes has it, or the output of `aws kinesis get-records`
///   <https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html>
/// - a transformation of Firehose, a request of Firehose to an HTTP endpoint, or the input of `aws firehose put-record`
///   and `put-record-batch`
///   <https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html>,
///   <https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html>
/// - what CloudWatch Logs sends to a subscriber
///   <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html>
/// - a batch of Kafka, of Active MQ or of `RabbitMQ`
///   <https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html>, <https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html>
/// - a request of API Gateway or of a function's address
///   <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>
pub(crate) fn encoded(document: &Value) -> Option<Vec<Record<'_>>> {
    if let Some(data) = one(document) {
        return Some(vec![(document, Some(data))]);
    }
    let lists = || document.get("rmqMessagesByQueue").or_else(|| document.get("records"))?.as_object();
    let by_name: Option<Vec<&Value>> =
        lists().map(|lists| lists.values().filter_map(Value::as_array).flatten().collect());
    let listed = ["records", "messages", "Records"].into_iter().find_map(|key| document.get(key)?.as_array());
    let records = by_name.or_else(|| listed.map(|records| records.iter().collect()))?;
    let of = |record| ["data", "value", "Data"].into_iter().find_map(|key| carried(record, key));
    let records: Vec<Record<'_>> = records.into_iter().map(|record| (record, of(record))).collect();
    records.iter().any(|(_, data)| data.is_some()).then_some(records)
}

/// The data of a document that is one record.
fn one(document: &Value) -> Option<&Value> {
    let inside = |outer: &str, key: &str| carried(document.get(outer)?, key);
    let has = |key: &str| document.get(key).is_some();
    let of_kind = |kinds: &[&str]| text(document, "eventSource").is_some_and(|kind| kinds.contains(&kind));
    let found = inside("kinesis", "data").or_else(|| inside("awslogs", "data")).or_else(|| inside("Record", "Data"));
    found.or_else(|| {
        if has("recordId") || of_kind(&["aws:kinesis", "aws:mq", "aws:amq", "aws:rmq"]) {
            carried(document, "data")
        } else if of_kind(&["aws:kafka", "SelfManagedKafka"]) {
            carried(document, "value")
        } else if has("PartitionKey") || has("DeliveryStreamName") {
            carried(document, "Data")
        } else if document.get("isBase64Encoded").is_some_and(Value::is_boolean) {
            carried(document, "body")
        } else {
            None
        }
    })
}

/// Text that may be encoded, or the document that somebody decoded already.
fn carried<'a>(record: &'a Value, key: &str) -> Option<&'a Value> {
    record.get(key).filter(|data| data.is_string() || data.is_object())
}

/// Whether a text may be what gzip packed and base64 encoded.
pub(crate) fn is_packed(text: &str) -> bool {
    text.starts_with(GZIP_IN_BASE64)
}

/// The text behind data: JSON is taken as it is, base64 is decoded, and what gzip packed is unpacked.
///
/// # Errors
/// Why it cannot be decoded, for people.
pub(crate) fn decoded(data: &str) -> Result<String, String> {
    if data.trim_start().starts_with(['{', '[']) {
        return Ok(data.to_owned());
    }
    let joined: String = data.split_whitespace().collect();
    let bytes = BASE64.decode(&joined).or_else(|_| BASE64_OF_ADDRESSES.decode(&joined));
    let mut bytes = bytes.map_err(|error| format!("its data is neither JSON nor base64: {error}"))?;
    // What CloudWatch Logs packed may be packed once more on its way.
    for _ in 0..2 {
        if bytes.starts_with(&GZIP) {
            bytes = unpacked(&bytes)?;
        }
    }
    Ok(decode(&bytes))
}

/// What gzip packed, up to the largest document that is read, so that a small record cannot fill the memory.
fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut unpacked = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut unpacked);
    read.map_err(|error| format!("its data is packed with gzip and cannot be unpacked: {error}"))?;
    if unpacked.len() > MAX_BYTES {
        return Err(format!("its data is longer than {MAX_BYTES} bytes when it is unpacked"));
    }
    Ok(unpacked)
}

/// The lines of log in what CloudWatch Logs sends to a subscriber that may be events; `None` if the document is nothing of
/// the kind.
pub(crate) fn logged_events(document: &Value) -> Option<Vec<&str>> {
    document.get("logGroup").and(document.get("logStream"))?;
    let lines = document.get("logEvents")?.as_array()?;
    let messages = lines.iter().filter_map(|line| text(line, "message"));
    let events = messages.filter(|message| message.contains("\"detail-type\""));
    // A program may have written a word before the event.
    Some(events.map(|message| message.find('{').and_then(|start| message.get(start..)).unwrap_or(message)).collect())
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write as _;

    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
    use flate2::{Compression, write::GzEncoder};
    use serde_json::json;

    use super::*;

    pub(crate) fn packed(bytes: impl AsRef<[u8]>) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes.as_ref()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_encoding_of_a_text_is_the_same_text() {
        let text = "{\"a\": \"???>>>~~~ü\"}";
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let wrapped = STANDARD.encode(text).as_bytes().chunks(8).map(<[u8]>::to_vec).collect::<Vec<_>>().join(&b'\n');
        for data in [
            text.to_owned(),
            STANDARD.encode(text),
            STANDARD_NO_PAD.encode(text),
            URL_SAFE.encode(text),
            STANDARD.encode(packed(text.as_bytes())),
            STANDARD.encode(packed(packed(text.as_bytes()))),
            STANDARD.encode(utf16),
            String::from_utf8(wrapped).unwrap(),
        ] {
            assert_eq!(decoded(&data).unwrap(), text, "{data}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_says_why() {
        assert!(decoded("no data!").unwrap_err().contains("neither JSON nor base64"));
        let whole = packed("{}");
        let cut = STANDARD.encode(&whole[..whole.len() - 4]);
        assert!(decoded(&cut).unwrap_err().contains("cannot be unpacked"));
        let bomb = STANDARD.encode(packed(" ".repeat(MAX_BYTES + 1)));
        assert!(bomb.len() < 10_000 && decoded(&bomb).unwrap_err().contains("when it is unpacked"));
        assert!(is_packed(&bomb) && !is_packed("{}"));
    }

    #[test]
    fn a_record_is_told_by_its_fields() {
        let data = |document: &Value| -> Option<Vec<Value>> {
            Some(encoded(document)?.into_iter().map(|(_, data)| data.cloned().unwrap_or_default()).collect())
        };
        for document in [
            json!({"kinesis": {"data": "x"}, "eventSource": "aws:kinesis"}),
            json!({"eventSource": "aws:kinesis", "data": "x", "partitionKey": "p"}),
            json!({"Records": [{"SequenceNumber": "1", "Data": "x", "PartitionKey": "p"}]}),
            json!({"invocationId": "i", "deliveryStreamArn": "a", "records": [{"recordId": "1", "data": "x"}]}),
            json!({"requestId": "i", "timestamp": 1, "records": [{"data": "x"}]}),
            json!({"DeliveryStreamName": "s", "Record": {"Data": "x"}}),
            json!({"DeliveryStreamName": "s", "Records": [{"Data": "x"}]}),
            json!({"awslogs": {"data": "x"}}),
            json!({"eventSource": "aws:kafka", "records": {"topic-0": [{"value": "x"}], "topic-1": []}}),
            json!({"eventSource": "aws:mq", "messages": [{"data": "x"}]}),
            json!({"eventSource": "aws:rmq", "rmqMessagesByQueue": {"q::/": [{"data": "x"}]}}),
            json!({"version": "2.0", "body": "x", "isBase64Encoded": true, "requestContext": {}}),
        ] {
            assert_eq!(data(&document), Some(vec![json!("x")]), "{document}");
        }
        assert_eq!(data(&json!({"records": [{"data": "x"}, {"a": 1}]})), Some(vec![json!("x"), Value::Null]));
        for other in
            [json!({"data": "x"}), json!({"records": []}), json!({"records": [{"a": 1}]}), json!({"value": "x"})]
        {
            assert_eq!(data(&other), None, "{other}");
        }
    }

    #[test]
    fn lines_of_a_log_that_may_be_events() {
        let event = r#"{"source": "aws.x", "detail-type": "X", "detail": {}}"#;
        let document = json!({"logGroup": "g", "logStream": "s", "logEvents": [
            {"message": event}, {"message": format!("INFO {event}")}, {"message": "START"}, {"timestamp": 1}]});
        assert_eq!(logged_events(&document), Some(vec![event, event]));
        assert_eq!(logged_events(&json!({"logEvents": []})), None);
    }
}
