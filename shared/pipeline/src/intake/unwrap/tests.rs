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
    let notification = json!({"Type": "Notification", "Message": "{\"xId\": 7}", "Timestamp": "2026-11-02T09:01:00Z"});
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
    assert!(unwrap_text(&packed, &[SOURCE], now()).deliveries[0].fault.as_ref().unwrap().reason.contains("gzip -dc"));
}

#[test]
fn several_messages_are_read_one_by_one_and_a_bad_one_hides_no_neighbour() {
    let topic = "arn:aws:sns:eu-central-1:111122223333:t";
    let notification =
        json!({"Type": "Notification", "MessageId": "n", "TopicArn": topic, "Message": event().to_string()});
    let messages = json!({"Messages": [
        {"MessageId": "a", "ReceiptHandle": "r", "Body": event().to_string()},
        {"MessageId": "b", "ReceiptHandle": "r", "Body": notification.to_string()},
        {"MessageId": "c", "ReceiptHandle": "r", "Body": "hello?"},
        {"MessageId": "d", "ReceiptHandle": "r", "Body": "x!"},
    ]});
    let ids = ids(&messages);
    assert_eq!((ids[0].as_str(), ids[1].as_str()), ("e1", "e1"));
    assert!(ids[2].starts_with("fault: it is not JSON"), "{ids:?}");
    assert_eq!(ids.len(), 4);
    assert_eq!(
        unwrap_text("{\"Records\": []}", &[SOURCE], now()).deliveries.len(),
        1,
        "a file without a message says so"
    );
}

#[test]
fn an_envelope_inside_is_found_and_nothing_that_only_looks_like_one() {
    let two = json!({"hits": [{"_source": event()}, {"_source": event()}]});
    assert_eq!(ids(&two), ["e1", "e1"]);
    for document in [
        json!({"note": {"detail-type": "X Happened", "detail": {}}}),
        json!({"note": "{\"detail-type\": \"X Happened\""}),
        json!({"a": {"b": {"c": {"d": {"e": {"f": {"g": event()}}}}}}}),
    ] {
        assert_eq!(ids_of_faults(&document), 1, "{document}");
    }
}

#[test]
fn a_record_of_an_invocation_without_its_event_says_so() {
    let record = json!({"version": "1.0", "requestContext": {"condition": "RetryAttemptsExhausted"}, "responseContext": {},
                        "KinesisBatchInfo": {"shardId": "s"}});
    let enveloped =
        json!({"source": "lambda", "detail-type": "Lambda Function Invocation Result - Failure", "detail": record});
    for document in [record.clone(), enveloped] {
        let delivery = unwrap(&document, &[SOURCE], now()).deliveries.remove(0);
        assert!(delivery.fault.unwrap().reason.contains("`requestPayload` is missing"), "{document}");
        assert_eq!(delivery.event.detail_type, "record of a Lambda invocation");
    }
}

#[test]
fn what_cannot_be_unwrapped_keeps_its_kind_and_its_account() {
    let topic = "arn:aws:sns:eu-central-1:111122223333:cost";
    let event =
        unwrap(&json!({"TopicArn": topic, "Message": "disk full"}), &[SOURCE], now()).deliveries.remove(0).event;
    assert_eq!((event.detail_type.as_str(), event.account.as_str()), ("message of topic cost", "111122223333"));
}

/// The data of a record, as a stream carries it.
fn data(content: &str) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, content)
}

fn packed(content: &str) -> String {
    let bytes = crate::intake::encoded::tests::packed(content);
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
}

#[test]
fn the_same_event_in_every_encoded_record() {
    let text = event().to_string();
    let logs = |message: &str| {
        json!({"messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "g", "logStream": "s",
            "subscriptionFilters": ["f"], "logEvents": [{"id": "1", "timestamp": 1, "message": message}]})
        .to_string()
    };
    for payload in [
        json!({"Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": data(&text), "partitionKey": "p"}}]}),
        json!([{"eventSource": "aws:kinesis", "data": data(&text), "partitionKey": "p"}]),
        json!({"Records": [{"SequenceNumber": "1", "Data": data(&text), "PartitionKey": "p"}]}),
        json!({"invocationId": "i", "records": [{"recordId": "1", "data": data(&text)}]}),
        json!({"requestId": "i", "records": [{"data": packed(&text)}]}),
        json!({"awslogs": {"data": packed(&logs(&text))}}),
        json!({"Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": packed(&logs(&format!("INFO {text}")))}}]}),
        json!({"eventSource": "aws:kafka", "records": {"t-0": [{"value": data(&text)}]}}),
        json!({"eventSource": "aws:rmq", "rmqMessagesByQueue": {"q": [{"data": data(&text)}]}}),
        json!({"Records": [{"eventSource": "aws:sqs", "messageId": "m", "body": packed(&text)}]}),
        json!({"isBase64Encoded": false, "body": text, "requestContext": {}}),
        json!({"records": [{"recordId": "1", "data": event()}]}),
    ] {
        assert_eq!(ids(&payload), ["e1"], "{payload}");
    }
}

#[test]
fn one_record_may_carry_several_events_and_hides_no_neighbour() {
    let text = event().to_string();
    let payload = json!({"records": [
        {"recordId": "1", "data": data(&format!("{text}\n{text}"))},
        {"recordId": "2", "data": "no data!"},
        {"recordId": "3", "data": data("3 critical")},
        {"recordId": "4"},
        {"recordId": "5", "data": data(&text)},
    ]});
    let ids = ids(&payload);
    assert_eq!(ids.len(), 6, "{ids:?}");
    assert_eq!((ids[0].as_str(), ids[1].as_str(), ids[5].as_str()), ("e1", "e1", "e1"));
    assert!(ids[2].contains("neither JSON nor base64") && ids[3].contains("not JSON"), "{ids:?}");
    assert!(ids[4].starts_with("fault: "), "{ids:?}");
}

#[test]
fn lines_of_a_log_that_are_no_events_are_one_fault_and_a_broken_event_is_kept() {
    let of = |messages: &[&str]| {
        let lines: Vec<Value> = messages.iter().map(|message| json!({"message": message})).collect();
        json!({"messageType": "DATA_MESSAGE", "logGroup": "g", "logStream": "s", "logEvents": lines})
    };
    let text = event().to_string();
    assert!(matches!(ids(&of(&["START", "END"])).as_slice(), [only] if only.contains("none of these lines")));
    let ids = ids(&of(&["START", &text, text.trim_end_matches('}')]));
    assert!(matches!(ids.as_slice(), [one, fault] if one == "e1" && fault.contains("not JSON")), "{ids:?}");
}
