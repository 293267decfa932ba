//! The PagerDuty notifier.

use std::sync::Arc;

use crate::http::{Endpoint, HttpClient, Pause};
use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_message::{ChannelId, Message, Notifier, Receipt, Secret, SendError};
use plimsoll_pipeline::Clock;
use plimsoll_render::pagerduty as render;
use serde_json::Value;

use crate::pagerduty::answer::{accepted, no_answer};

/// The length of a routing key in characters.
const KEY_CHARS: usize = 32;

/// The secret is not a routing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the secret is no routing key: put the integration key of the service's Events API v2 integration into it (32 letters \
     and digits), and nothing else"
)]
pub struct RoutingKeyError;

/// Opens and resolves incidents of one PagerDuty service.
#[derive(Debug)]
pub struct PagerDuty {
    channel: ChannelId,
    routing_key: Secret,
    address: Endpoint,
    client: HttpClient,
    clock: Arc<dyn Clock>,
    pause: Pause,
}

impl PagerDuty {
    /// A notifier for our `channel`. `base` is on one of [`crate::pagerduty::HOSTS`], or a look-alike on this machine.
    ///
    /// # Errors
    /// The routing key does not look like one.
    pub fn new(
        channel: ChannelId,
        routing_key: Secret,
        base: &Endpoint,
        client: HttpClient,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, RoutingKeyError> {
        let key = routing_key.expose();
        if key.len() != KEY_CHARS || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(RoutingKeyError);
        }
        Ok(Self { channel, routing_key, address: base.join("/v2/enqueue"), client, clock, pause: Pause::default() })
    }

    async fn enqueue(&self, event: &Value, send_before: Timestamp) -> Result<(), SendError> {
        let mut body = event.clone();
        if let Some(object) = body.as_object_mut() {
            object.insert("routing_key".to_owned(), self.routing_key.expose().into());
        }
        let headers = [("content-type", "application/json".to_owned())];
        let now = self.clock.now();
        if let Some(wait) = self.pause.left(now) {
            return Err(SendError::Wait { wait, reason: "PagerDuty asked us to slow down".to_owned() });
        }
        let client = self.client.with_left(send_before.duration_since(now)).ok_or(SendError::TooLate)?;
        let answer = client.post(&self.address, &headers, body.to_string().into_bytes()).await.map_err(no_answer)?;
        accepted(&answer, &self.routing_key, self.clock.now())
    }

    /// Sends an event; if PagerDuty refuses the full form, sends a plainer form and returns the reason.
    async fn deliver(&self, event: &Value, send_before: Timestamp) -> Result<Option<String>, SendError> {
        match self.enqueue(event, send_before).await {
            Ok(()) => Ok(None),
            Err(SendError::Undeliverable(why)) => {
                let plain = render::plain(event);
                if plain == *event {
                    return Err(SendError::Undeliverable(why));
                }
                self.enqueue(&plain, send_before).await.map(|()| Some(why))
            }
            Err(error) => Err(error),
        }
    }

    /// Sends one event per member, one after the other, worst first: each is an incident of its own, or none could be
    /// resolved on its own. What stops half-way is sent again as a whole, which wakes nobody twice.
    async fn tell_all(&self, events: &[Value], send_before: Timestamp) -> Result<Receipt, SendError> {
        let mut delivered = 0_usize;
        let mut degraded = None;
        let mut refused = None;
        for event in events {
            match self.deliver(event, send_before).await {
                Ok(why) => {
                    delivered = delivered.saturating_add(1);
                    degraded = degraded.or(why);
                }
                // Says nothing about the others.
                Err(error @ SendError::Undeliverable(_)) => refused = Some(error),
                Err(error) => {
                    refused = Some(error);
                    break;
                }
            }
        }
        match refused {
            None => Ok(Receipt { message: None, degraded }),
            Some(error) if delivered == 0 => Err(error),
            Some(error) => {
                // An incident may be open, so the whole is unknown; whoever comes next is told to wait.
                if let SendError::Wait { wait, .. } = error {
                    self.pause.begin(self.clock.now(), wait);
                }
                Err(SendError::Ambiguous(format!("{delivered} of {} were accepted, then: {error}", events.len())))
            }
        }
    }
}

#[async_trait]
impl Notifier for PagerDuty {
    fn channel(&self) -> &ChannelId {
        &self.channel
    }

    async fn send(&self, message: &Message, send_before: Timestamp) -> Result<Receipt, SendError> {
        match message {
            Message::Alert(alert) if alert.finding.sample => {
                Ok(Receipt { message: None, degraded: Some("samples do not page".to_owned()) })
            }
            Message::Alert(alert) => self.tell_all(&[render::event(alert)], send_before).await,
            Message::RollUp(roll_up) => {
                let events: Vec<Value> = roll_up.members.iter().map(|member| render::member(roll_up, member)).collect();
                self.tell_all(&events, send_before).await
            }
            Message::Digest(_) => Err(SendError::Undeliverable(
                "PagerDuty is told of findings only: leave this channel out of the digest's channels".to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_no_key_is_refused_without_being_quoted() {
        #[derive(Debug)]
        struct Never;
        impl Clock for Never {
            fn now(&self) -> Timestamp {
                Timestamp::UNIX_EPOCH
            }
        }
        #[derive(Debug)]
        struct NoNetwork;
        impl aws_smithy_runtime_api::client::http::HttpConnector for NoNetwork {
            fn call(
                &self,
                _: aws_smithy_runtime_api::client::orchestrator::HttpRequest,
            ) -> aws_smithy_runtime_api::client::http::HttpConnectorFuture {
                aws_smithy_runtime_api::client::http::HttpConnectorFuture::new(std::future::pending())
            }
        }
        let connector = aws_smithy_runtime_api::client::http::SharedHttpConnector::new(NoNetwork);
        let make = |key: &str| {
            let base =
                Endpoint::parse_on(&Secret::new(crate::pagerduty::BASE_URL).unwrap(), crate::pagerduty::HOSTS).unwrap();
            let client = HttpClient::new(connector.clone());
            PagerDuty::new(ChannelId::new("pagerduty"), Secret::new(key).unwrap(), &base, client, Arc::new(Never))
        };
        assert!(make("canary00canary00canary00canary00\n").is_ok());
        for key in [
            "canary",
            "canary00canary00canary00canary0",
            "canary00canary00 anary00canary00",
            "ü0canary00canary00canary00canary",
        ] {
            let error = make(key).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
        let shown = format!("{:?}", make("canary00canary00canary00canary00").unwrap());
        assert!(!shown.contains("canary"), "{shown}");
    }
}
