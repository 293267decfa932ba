//! The generic webhook: signed, with an id that stays.

use jiff::SignedDuration;
use plimsoll_channels::webhook::{SigningKeys, Webhook};
use plimsoll_message::{ChannelId, Message, Notifier as _, Secret};
use plimsoll_tests::hostile_server::HostileServer;
use std::sync::Arc;

use super::harness::{At, Kind, SIGNING_SECRET, alert, client, endpoint, in_a_minute, now, roll_up, webhook};

#[tokio::test]
async fn the_signature_is_over_the_bytes_that_were_sent() {
    let server = HostileServer::answering(vec![Kind::Webhook.yes()]).unwrap();
    let notifier = webhook(&server.url());
    for message in [Message::Alert(alert()), Message::RollUp(roll_up(3))] {
        notifier.send(&message, in_a_minute()).await.unwrap();
    }
    let keys = SigningKeys::parse(&Secret::new(SIGNING_SECRET).unwrap()).unwrap();
    for request in server.requests() {
        let header = |name| request.header(name).unwrap();
        assert_eq!(header("content-type"), "application/json");
        let timestamp: i64 = header("webhook-timestamp").parse().unwrap();
        assert_eq!(timestamp, now().as_second());
        assert_eq!(header("webhook-signature"), keys.sign(header("webhook-id"), timestamp, &request.body));
    }
    let requests = server.requests();
    assert_eq!(requests[0].header("webhook-id"), Some("alert_0f1e2d3c"));
    assert_eq!(requests[0].json()["type"], "plimsoll.finding.opened");
    assert_eq!(requests[0].json()["data"]["key"], alert().key.as_str());
    assert_eq!(requests[1].header("webhook-id"), Some("rollup_5e1f00d1"));
    assert_eq!(requests[1].json()["data"]["members"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_retry_keeps_the_id_and_signs_anew() {
    let server = HostileServer::answering(vec![Kind::Webhook.yes()]).unwrap();
    for later in [0, 120] {
        let at = now() + SignedDuration::from_secs(later);
        let keys = SigningKeys::parse(&Secret::new(SIGNING_SECRET).unwrap()).unwrap();
        let (id, address) = (ChannelId::new("webhook"), endpoint(&server.url()));
        let notifier = Webhook::new(id, address, keys, client(), Arc::new(At(at)));
        notifier.send(&Message::Alert(alert()), at + SignedDuration::from_secs(60)).await.unwrap();
    }
    let requests = server.requests();
    let both = |name| (requests[0].header(name).unwrap(), requests[1].header(name).unwrap());
    let (first, second) = both("webhook-id");
    assert_eq!(first, second);
    for changes in ["webhook-timestamp", "webhook-signature"] {
        let (first, second) = both(changes);
        assert_ne!(first, second, "{changes}");
    }
    assert_eq!(requests[0].body, requests[1].body, "the statement itself is the same");
}
