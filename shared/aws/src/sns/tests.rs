//! What is published, and what each answer means.

use std::time::Duration;

use plimsoll_finding::{Event, Finding, Resource, Severity};
use plimsoll_message::{Alert, NotifyReason, RollUp};
use serde_json::json;

use super::*;
use crate::canned::{Answer, Server};

const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:plimsoll";

#[derive(Debug)]
struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn now() -> Timestamp {
    "2026-11-02T09:15:00Z".parse().unwrap()
}

fn alert() -> Alert {
    let event = Event::from_envelope(&json!({"id": "e", "detail-type": "X", "detail": {}}), now()).unwrap();
    let finding = Finding::new("ecr-scan", "c", Resource::new("r", "k", "n"), &event).severity(Severity::High, None);
    Alert {
        key: finding.key(),
        reason: NotifyReason::FirstSeen,
        status: finding.status,
        severity: finding.severity,
        peak: None,
        previous: None,
        news: plimsoll_message::News::default(),
        finding: finding.title("A title"),
        parts: Vec::new(),
        more_parts: 0,
        environment: None,
        account_name: None,
        lines: Vec::new(),
        first_seen: now(),
        last_seen: now(),
        history: plimsoll_message::AlertHistory::default(),
        update: None,
        as_fallback: false,
        deduplication_id: "0123abcd".to_owned(),
    }
}

fn notifier(server: &Server, form: SnsForm, topic: &str) -> SnsNotifier {
    let clients = Clients::at(&server.url(), "us-east-1");
    SnsNotifier::new(ChannelId::new("sns"), form, topic, &clients, None, Arc::new(At(now())))
}

async fn send(server: &Server, form: SnsForm, topic: &str) -> Result<Receipt, SendError> {
    let deadline = now() + SignedDuration::from_secs(60);
    notifier(server, form, topic).send(&Message::Alert(alert()), deadline).await
}

fn accepting() -> Server {
    Server::start(|_| {
        let body = "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>";
        Answer::Body(200, "text/xml", body.to_owned())
    })
}

/// The form fields of the only request.
fn fields(server: &Server) -> Vec<(String, String)> {
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    requests[0]
        .body
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(n, v)| (n.to_owned(), decode(v)))
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let hex = [bytes.next().unwrap(), bytes.next().unwrap()];
            out.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
        } else {
            out.push(if byte == b'+' { b' ' } else { byte });
        }
    }
    String::from_utf8(out).unwrap()
}

fn field(fields: &[(String, String)], name: &str) -> Option<String> {
    fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone())
}

#[tokio::test]
async fn people_get_a_subject_and_one_text_per_protocol() {
    let server = accepting();
    let receipt = send(&server, SnsForm::Humans, TOPIC).await.unwrap();
    assert_eq!(receipt, Receipt::default());
    let fields = fields(&server);
    assert_eq!(field(&fields, "MessageStructure").unwrap(), "json");
    let humans = sns::humans(&Message::Alert(alert()));
    assert_eq!(field(&fields, "Subject").unwrap(), humans.subject);
    assert_eq!(field(&fields, "Message").unwrap(), humans.message_structure());
    assert_eq!(field(&fields, "MessageDeduplicationId"), None);
}

#[tokio::test]
async fn machines_get_json_and_attributes() {
    let server = accepting();
    send(&server, SnsForm::Findings, TOPIC).await.unwrap();
    let fields = fields(&server);
    let finding = sns::finding(&Message::Alert(alert()));
    assert_eq!(field(&fields, "Message").unwrap(), finding.body.to_string());
    let names = fields.iter().filter(|(n, _)| n.starts_with("MessageAttributes.") && n.ends_with(".Name")).count();
    assert_eq!(names, finding.attributes.len());
}

#[tokio::test]
async fn amazon_q_gets_its_own_schema() {
    let server = accepting();
    send(&server, SnsForm::AmazonQ, TOPIC).await.unwrap();
    let message: serde_json::Value = serde_json::from_str(&field(&fields(&server), "Message").unwrap()).unwrap();
    assert_eq!((&message["version"], &message["source"]), (&json!("1.0"), &json!("custom")));
}

#[tokio::test]
async fn a_fifo_topic_keeps_one_finding_in_order_and_drops_only_repeats_of_one_version() {
    let server = accepting();
    send(&server, SnsForm::Findings, &format!("{TOPIC}.fifo")).await.unwrap();
    let fields = fields(&server);
    assert_eq!(field(&fields, "MessageGroupId").unwrap(), alert().key.to_string());
    assert_eq!(field(&fields, "MessageDeduplicationId").unwrap(), "0123abcd");
}

#[test]
fn fifo_ids_keep_to_the_rules_of_sns() {
    let mut odd = alert();
    odd.deduplication_id = "é ".repeat(400);
    let roll_up = RollUp {
        id: "12345678".to_owned(),
        source: "a source\n".to_owned(),
        category: plimsoll_finding::Category::Security,
        severity: Severity::High,
        members: Vec::new(),
    };
    for message in [Message::Alert(odd), Message::RollUp(roll_up)] {
        let (group, deduplication) = fifo_ids(&message);
        for id in [group, deduplication] {
            assert!((1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()), "{id}");
        }
    }
}

#[tokio::test]
async fn nothing_is_sent_when_the_claim_has_run_out() {
    let server = accepting();
    let late = notifier(&server, SnsForm::Humans, TOPIC).send(&Message::Alert(alert()), now()).await;
    assert_eq!(late, Err(SendError::TooLate));
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn no_answer_before_the_claim_runs_out_is_ambiguous() {
    let server = Server::start(|_| Answer::Hang);
    let deadline = now() + SignedDuration::from_millis(300);
    let started = std::time::Instant::now();
    let sent = notifier(&server, SnsForm::Humans, TOPIC).send(&Message::Alert(alert()), deadline).await;
    assert!(matches!(sent, Err(SendError::Ambiguous(_))), "{sent:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

/// Kind of error, and what its text must hold.
async fn verdict(status: u16, code: &str, message: &str) -> (&'static str, String) {
    let body = format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>");
    let server = Server::start(move |_| Answer::Body(status, "text/xml", body.clone()));
    let error = send(&server, SnsForm::Humans, TOPIC).await.unwrap_err();
    assert_eq!(server.requests().len(), 1, "{code} is tried once");
    let kind = match &error {
        SendError::Refused(_) => "refused",
        SendError::Ambiguous(_) => "ambiguous",
        SendError::Wait { .. } => "wait",
        SendError::Dead(_) => "dead",
        SendError::Undeliverable(_) => "undeliverable",
        SendError::TooLate => "too late",
    };
    (kind, error.to_string())
}

#[tokio::test]
async fn every_answer_has_its_meaning() {
    for (status, code, message, kind, words) in [
        (404, "NotFound", "Topic does not exist", "dead", "correct topic_arn"),
        (403, "AuthorizationError", "User is not authorized", "dead", "allow the role sns:Publish"),
        (403, "InvalidClientTokenId", "The security token is invalid", "dead", "sns:Publish"),
        (400, "KMSAccessDenied", "denied", "dead", "kms:GenerateDataKey and kms:Decrypt"),
        (400, "KMSDisabled", "disabled", "dead", "see that the key is enabled"),
        (400, "KMSThrottling", "slow", "refused", "KMSThrottling"),
        (400, "Throttled", "Rate exceeded", "refused", "Throttled: Rate exceeded"),
        (429, "Anything", "slow", "refused", "Anything"),
        (400, "InvalidParameter", "Invalid parameter: Subject", "undeliverable", "Invalid parameter: Subject"),
        (400, "InvalidParameter", "Invalid parameter: TopicArn", "dead", "correct topic_arn"),
        (400, "ValidationError", "too long", "undeliverable", "too long"),
        (403, "ExpiredToken", "The security token has expired", "refused", "ExpiredToken"),
        (418, "Teapot", "short and stout", "refused", "Teapot"),
        (500, "InternalError", "oops", "ambiguous", "InternalError"),
        (503, "ServiceUnavailable", "later", "ambiguous", "ServiceUnavailable"),
    ] {
        let (got, text) = verdict(status, code, message).await;
        assert_eq!(got, kind, "{code}: {text}");
        assert!(text.contains(words) && text.contains(TOPIC), "{text}");
    }
}

#[tokio::test]
async fn no_connection_is_a_refusal_and_a_lost_one_is_ambiguous() {
    let server = Server::start(|_| Answer::Close);
    assert!(matches!(send(&server, SnsForm::Humans, TOPIC).await, Err(SendError::Ambiguous(_))));
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let clients = Clients::at(&format!("http://{closed}"), "us-east-1");
    let notifier = SnsNotifier::new(ChannelId::new("sns"), SnsForm::Humans, TOPIC, &clients, None, Arc::new(At(now())));
    let sent = notifier.send(&Message::Alert(alert()), now() + SignedDuration::from_secs(60)).await;
    assert!(matches!(sent, Err(SendError::Refused(_))), "{sent:?}");
}

#[tokio::test]
async fn a_topic_that_nobody_hears_is_told_by_the_probe() {
    for (confirmed, pending, verdict) in [
        ("2", "1", Ok("plimsoll: subscriptions: 2 confirmed, 1 waiting to be confirmed")),
        ("0", "1", Err("0 confirmed, 1 waiting to be confirmed; follow the link in the e-mail from AWS")),
        ("0", "0", Err("nobody is subscribed")),
    ] {
        let entry = |name: &str, value: &str| format!("<entry><key>{name}</key><value>{value}</value></entry>");
        let entries = entry("SubscriptionsConfirmed", confirmed) + &entry("SubscriptionsPending", pending);
        let body = format!(
            "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes>{entries}</Attributes>\
             </GetTopicAttributesResult></GetTopicAttributesResponse>"
        );
        let server = Server::start(move |_| Answer::Body(200, "text/xml", body.clone()));
        let probe = notifier(&server, SnsForm::Humans, TOPIC).probe().await.map_err(|e| e.to_string());
        match (probe, verdict) {
            (Ok(said), Ok(words)) | (Err(said), Err(words)) => assert!(said.contains(words), "{said}"),
            (said, wanted) => panic!("{said:?}, wanted {wanted:?}"),
        }
    }
}
