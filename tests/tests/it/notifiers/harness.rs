//! The five notifiers, set up against one server, and a finding to tell.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use plimsoll_aws::{Clients, SnsForm, SnsNotifier};
use plimsoll_channels::{
    http::{Endpoint, HttpClient},
    pagerduty::PagerDuty,
    slack::{SlackBot, SlackWebhook},
    webhook::{SigningKeys, Webhook},
};
use plimsoll_finding::{Category, Event, Finding, FindingKey, Resource, Severity, Status};
use plimsoll_message::{
    Alert, ChannelId, Message, Notifier, NotifyReason, Receipt, RollUp, RollUpMember, Secret, SendError,
};
use plimsoll_pipeline::Clock;
use plimsoll_render::slack::Mentions;
use plimsoll_tests::hostile_server::{Answer, HostileServer};
use serde_json::json;

pub(super) const TOKEN: &str = "xoxb-canary-1111";
pub(super) const ROUTING_KEY: &str = "canary00canary00canary00canary00";
/// 24 bytes: `canary-canary-canary-123`.
pub(super) const SIGNING_SECRET: &str = "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktMTIz";
const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:plimsoll";

#[derive(Debug)]
pub(super) struct At(pub(super) Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

pub(super) fn now() -> Timestamp {
    "2026-11-02T09:15:00Z".parse().unwrap()
}

pub(super) fn clock() -> Arc<dyn Clock> {
    Arc::new(At(now()))
}

/// Time enough.
pub(super) fn in_a_minute() -> Timestamp {
    now() + SignedDuration::from_secs(60)
}

/// Time for what answers at once, and not for what never does.
pub(super) fn soon() -> Timestamp {
    now() + SignedDuration::from_millis(400)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    SlackBot,
    SlackWebhook,
    PagerDuty,
    Webhook,
    Sns,
}

impl Kind {
    pub(super) const ALL: [Self; 5] = [Self::SlackBot, Self::SlackWebhook, Self::PagerDuty, Self::Webhook, Self::Sns];

    pub(super) fn notifier(self, url: &str) -> Box<dyn Notifier> {
        match self {
            Self::SlackBot => Box::new(bot(url)),
            Self::SlackWebhook => Box::new(slack_webhook(url)),
            Self::PagerDuty => Box::new(pagerduty(url)),
            Self::Webhook => Box::new(webhook(url)),
            Self::Sns => {
                let clients = Clients::at(url, "eu-central-1");
                Box::new(SnsNotifier::new(ChannelId::new("sns"), SnsForm::Humans, TOPIC, &clients, None, clock()))
            }
        }
    }

    /// What the provider says when it accepts a message.
    pub(super) fn yes(self) -> Answer {
        match self {
            Self::SlackBot => {
                Answer::body(200, &json!({"ok": true, "channel": "C0123456789", "ts": "1.1"}).to_string())
            }
            Self::SlackWebhook => Answer::body(200, "ok"),
            Self::PagerDuty => Answer::body(202, r#"{"status":"success","message":"Event processed","dedup_key":"k"}"#),
            Self::Webhook => Answer::body(204, ""),
            Self::Sns => {
                let xml =
                    "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>";
                Answer::Reply(200, vec![("Content-Type", "text/xml".to_owned())], xml.to_owned())
            }
        }
    }
}

/// Over the connector of the functions. One per test, since connections belong to the runtime that made them.
pub(super) fn client() -> HttpClient {
    thread_local! {
        static CLIENT: HttpClient = HttpClient::new(Clients::at("http://127.0.0.1:9", "eu-central-1").http_connector());
    }
    CLIENT.with(Clone::clone)
}

pub(super) fn endpoint(url: &str) -> Endpoint {
    Endpoint::parse(&Secret::new(url).unwrap()).unwrap()
}

pub(super) fn bot(url: &str) -> SlackBot {
    let (id, token, mentions) = (ChannelId::new("slack"), Secret::new(TOKEN).unwrap(), mentions());
    SlackBot::new(id, "C0123456789", token, endpoint(url), client(), mentions, clock())
}

pub(super) fn mentions() -> Mentions {
    Mentions::none().and("S01ABCDEFGH", Severity::Critical, false).unwrap()
}

pub(super) fn slack_webhook(url: &str) -> SlackWebhook {
    let address = endpoint(&format!("{url}/services/T0/B0/canary"));
    SlackWebhook::new(ChannelId::new("slack-webhook"), address, client(), Mentions::none(), clock())
}

pub(super) fn pagerduty(url: &str) -> PagerDuty {
    let id = ChannelId::new("pagerduty");
    PagerDuty::new(id, Secret::new(ROUTING_KEY).unwrap(), &endpoint(url), client(), clock()).unwrap()
}

pub(super) fn webhook(url: &str) -> Webhook {
    let keys = SigningKeys::parse(&Secret::new(SIGNING_SECRET).unwrap()).unwrap();
    Webhook::new(ChannelId::new("webhook"), endpoint(&format!("{url}/in/canary")), keys, client(), clock())
}

pub(super) fn alert() -> Alert {
    let envelope =
        json!({"id": "e", "detail-type": "X", "detail": {"a": 1}, "account": "111122223333", "region": "eu-central-1"});
    let event = Event::from_envelope(&envelope, now()).unwrap();
    let finding =
        Finding::new("ecr-scan", "ecr-scan:vulnerabilities", Resource::new("r", "ecr-image", "web:1"), &event)
            .title("web:1 has 1 critical vulnerability")
            .severity(Severity::Critical, None);
    Alert {
        key: finding.key(),
        reason: NotifyReason::FirstSeen,
        status: Status::Open,
        severity: Severity::Critical,
        peak: None,
        previous: None,
        news: plimsoll_message::News::default(),
        parts: Vec::new(),
        more_parts: 0,
        environment: Some("prod".to_owned()),
        account_name: None,
        lines: Vec::new(),
        first_seen: now(),
        last_seen: now(),
        history: plimsoll_message::AlertHistory::default(),
        update: None,
        as_fallback: false,
        deduplication_id: "0f1e2d3c".to_owned(),
        finding,
    }
}

pub(super) fn roll_up(members: usize) -> RollUp {
    let member = |index: usize| RollUpMember {
        key: FindingKey::of("ecr-scan", "", "", &index.to_string(), ""),
        reason: NotifyReason::FirstSeen,
        status: if index == 1 { Status::Resolved } else { Status::Open },
        severity: Severity::High,
        title: format!("web:{index} has 1 high vulnerability"),
        account: "111122223333".to_owned(),
        account_name: None,
        region: "eu-central-1".to_owned(),
    };
    RollUp {
        id: "5e1f00d1".to_owned(),
        source: "ecr-scan".to_owned(),
        category: Category::Security,
        severity: Severity::High,
        members: (0..members).map(member).collect(),
    }
}

/// The outcome of a send, without its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Delivered,
    ToldPlainer,
    Wait(i64),
    Refused,
    Ambiguous,
    Dead,
    Undeliverable,
    TooLate,
}

pub(super) fn class(result: &Result<Receipt, SendError>) -> Class {
    match result {
        Ok(receipt) if receipt.degraded.is_none() => Class::Delivered,
        Ok(_) => Class::ToldPlainer,
        Err(SendError::Wait { wait, .. }) => Class::Wait(wait.as_secs()),
        Err(SendError::Refused(_)) => Class::Refused,
        Err(SendError::Ambiguous(_)) => Class::Ambiguous,
        Err(SendError::Dead(_)) => Class::Dead,
        Err(SendError::Undeliverable(_)) => Class::Undeliverable,
        Err(SendError::TooLate) => Class::TooLate,
    }
}

/// Sends the alert to a server that answers so, and looks at everything that holds for any answer.
pub(super) async fn delivered(kind: Kind, answer: &Answer, case: &str) -> (Class, HostileServer) {
    let server = HostileServer::answering(vec![answer.clone()]).unwrap();
    let class = told_by(kind, &server, &Message::Alert(alert()), case).await;
    (class, server)
}

pub(super) async fn told_by(kind: Kind, server: &HostileServer, message: &Message, case: &str) -> Class {
    let notifier = kind.notifier(&server.url());
    let began = std::time::Instant::now();
    let result = notifier.send(message, soon()).await;
    let took = began.elapsed();
    assert!(took < Duration::from_secs(3), "{kind:?}, {case}: took {took:?}");
    let shown = format!("{result:?} {}", result.as_ref().err().map(ToString::to_string).unwrap_or_default());
    assert!(!shown.contains("canary"), "{kind:?}, {case}: {shown}");
    assert!(!shown.contains(&server.url()), "{kind:?}, {case}: {shown}");
    class(&result)
}
