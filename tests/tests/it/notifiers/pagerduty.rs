//! PagerDuty: incidents that open and close under one key, also when they are told together.

use plimsoll_finding::Status;
use plimsoll_message::{Alert, Message, Notifier as _, NotifyReason, Receipt, SendError};
use plimsoll_tests::hostile_server::{Answer, HostileServer, Request};

use super::harness::{Class, Kind, ROUTING_KEY, alert, class, in_a_minute, pagerduty, roll_up};

fn yes() -> Answer {
    Kind::PagerDuty.yes()
}

fn actions(requests: &[Request]) -> Vec<String> {
    requests.iter().map(|r| r.json()["event_action"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn opens_and_resolves_under_one_key() {
    let server = HostileServer::answering(vec![yes()]).unwrap();
    let notifier = pagerduty(&server.url());
    let over = Alert { status: Status::Resolved, reason: NotifyReason::Resolved, ..alert() };
    for alert in [alert(), over] {
        assert_eq!(notifier.send(&Message::Alert(alert), in_a_minute()).await, Ok(Receipt::default()));
    }
    let requests = server.requests();
    assert_eq!(actions(&requests), ["trigger", "resolve"]);
    for request in &requests {
        assert_eq!(request.path, "/v2/enqueue");
        assert_eq!(request.json()["routing_key"], ROUTING_KEY);
        assert_eq!(request.json()["dedup_key"], alert().key.as_str());
    }
    assert_eq!(requests[0].json()["payload"]["severity"], "critical");
}

#[tokio::test]
async fn samples_do_not_page_and_say_so() {
    let server = HostileServer::answering(vec![yes()]).unwrap();
    let mut sample = alert();
    sample.finding.sample = true;
    let result = pagerduty(&server.url()).send(&Message::Alert(sample), in_a_minute()).await;
    assert_eq!(result.unwrap().degraded.as_deref(), Some("samples do not page"));
    assert_eq!(server.requests(), []);
}

#[tokio::test]
async fn a_roll_up_is_one_incident_per_member() {
    let server = HostileServer::answering(vec![yes()]).unwrap();
    let result = pagerduty(&server.url()).send(&Message::RollUp(roll_up(100)), in_a_minute()).await;
    assert_eq!(result, Ok(Receipt::default()));
    let requests = server.requests();
    assert_eq!(requests.len(), 100);
    assert_eq!(actions(&requests[..3]), ["trigger", "resolve", "trigger"]);
    let keys: std::collections::BTreeSet<String> = requests.iter().map(|r| r.json()["dedup_key"].to_string()).collect();
    assert_eq!(keys.len(), 100);
}

#[tokio::test]
async fn half_a_roll_up_is_unknown_and_told_again_as_a_whole() {
    for (second, said) in [
        (Answer::body(500, ""), "outcome unknown"),
        (Answer::body(403, ""), "channel is broken"),
        (Answer::Close, "no answer from PagerDuty"),
    ] {
        let server = HostileServer::answering(vec![yes(), second.clone(), yes()]).unwrap();
        let notifier = pagerduty(&server.url());
        let result = notifier.send(&Message::RollUp(roll_up(3)), in_a_minute()).await;
        let Err(SendError::Ambiguous(why)) = result else { panic!("{second:?}: {result:?}") };
        assert!(why.starts_with("1 of 3 were accepted") && why.contains(said), "{why}");
        assert_eq!(server.requests().len(), 2, "what comes after waits");
        assert_eq!(class(&notifier.send(&Message::RollUp(roll_up(3)), in_a_minute()).await), Class::Delivered);
        assert_eq!(server.requests().len(), 5);
    }
}

#[tokio::test]
async fn a_wait_within_a_roll_up_holds_for_the_next_message() {
    let slow = Answer::header(429, "Retry-After", "30");
    let server = HostileServer::answering(vec![yes(), slow.clone(), yes()]).unwrap();
    let notifier = pagerduty(&server.url());
    let result = notifier.send(&Message::RollUp(roll_up(3)), in_a_minute()).await;
    assert_eq!(class(&result), Class::Ambiguous, "one is open: {result:?}");
    assert_eq!(class(&notifier.send(&Message::Alert(alert()), in_a_minute()).await), Class::Wait(30));
    assert_eq!(server.requests().len(), 2, "nothing was sent before the wait was over");

    let server = HostileServer::answering(vec![slow]).unwrap();
    let result = pagerduty(&server.url()).send(&Message::RollUp(roll_up(3)), in_a_minute()).await;
    assert_eq!((class(&result), server.requests().len()), (Class::Wait(30), 1), "none is open");
}

#[tokio::test]
async fn a_member_that_is_refused_does_not_keep_the_others_from_being_told() {
    let poison = roll_up(3).members[0].key.to_string();
    let server = HostileServer::start(move |request, _| {
        if request.body.contains(&poison) { Answer::body(400, r#"{"message":"no"}"#) } else { yes() }
    })
    .unwrap();
    let result = pagerduty(&server.url()).send(&Message::RollUp(roll_up(3)), in_a_minute()).await;
    let Err(SendError::Ambiguous(why)) = result else { panic!("{result:?}") };
    assert!(why.contains("2 of 3") && why.contains("HTTP 400 (no)"), "{why}");
    assert_eq!(server.requests().len(), 4, "full, plain, and the two others");
}

#[tokio::test]
async fn a_refused_event_is_sent_plainer() {
    let no =
        Answer::body(400, r#"{"status":"invalid event","message":"Event object is invalid","errors":["too long"]}"#);
    let server = HostileServer::answering(vec![no, yes()]).unwrap();
    let receipt = pagerduty(&server.url()).send(&Message::Alert(alert()), in_a_minute()).await.unwrap();
    assert!(receipt.degraded.unwrap().contains("too long"));
    let requests = server.requests();
    assert_eq!(requests[0].json()["dedup_key"], requests[1].json()["dedup_key"]);
    assert_eq!(requests[0].json()["payload"]["severity"], requests[1].json()["payload"]["severity"]);
    assert!(requests[1].json()["payload"]["custom_details"].is_null());
}
