//! Tells an SNS topic: people by e-mail and SMS, machines, or Amazon Q Developer in chat applications.
//! <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>: at most 256 KB; the bodies of `plimsoll-render` stay below.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_sdk_sns::{
    error::{ProvideErrorMetadata, SdkError},
    operation::publish::builders::PublishFluentBuilder,
    types::MessageAttributeValue,
};
use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{Arn, FindingKey};
use plimsoll_message::{ChannelId, Message, Notifier, ProbeError, Receipt, SendError};
use plimsoll_pipeline::Clock;
use plimsoll_render::sns;

use crate::{
    Clients,
    clients::CALL_TIMEOUT,
    error::{CallOutcome, explain},
};

/// The longest group and deduplication id of a FIFO topic.
/// <https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html>: repeats are dropped for five minutes.
const MAX_FIFO_ID_CHARS: usize = 128;

/// Who reads the topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnsForm {
    /// People: subject, e-mail and, for what is critical, SMS.
    Humans,
    /// Programs: one JSON document, and attributes for filter policies.
    Findings,
    /// Amazon Q Developer in chat applications: its custom notification.
    AmazonQ,
}

/// A [`Notifier`] that publishes to one topic.
#[derive(Debug)]
pub struct SnsNotifier {
    channel: ChannelId,
    form: SnsForm,
    topic_arn: String,
    client: aws_sdk_sns::Client,
    clock: Arc<dyn Clock>,
}

impl SnsNotifier {
    /// Speaks to that topic, in the region that its ARN names, at another address if one is given.
    #[must_use]
    pub fn new(
        channel: ChannelId,
        form: SnsForm,
        topic_arn: &str,
        clients: &Clients,
        endpoint: Option<&str>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let region = Arn::parse(topic_arn).map(|arn| arn.region).filter(|region| !region.is_empty());
        let client = clients.sns(region.as_deref().unwrap_or(clients.region()), endpoint);
        Self { channel, form, topic_arn: topic_arn.to_owned(), client, clock }
    }

    fn request(&self, message: &Message) -> Result<PublishFluentBuilder, SendError> {
        let request = self.client.publish().topic_arn(&self.topic_arn);
        let mut request = match self.form {
            SnsForm::Humans => {
                let humans = sns::humans(message);
                request.subject(&humans.subject).message_structure("json").message(humans.message_structure())
            }
            SnsForm::Findings => {
                let finding = sns::finding(message);
                let mut request = request.message(finding.body.to_string());
                for (name, kind, value) in finding.attributes {
                    let value = MessageAttributeValue::builder().data_type(kind).string_value(value).build();
                    let value = value.map_err(|e| SendError::Undeliverable(format!("attribute {name}: {e}")))?;
                    request = request.message_attributes(name, value);
                }
                request
            }
            SnsForm::AmazonQ => request.message(sns::amazon_q(message).to_string()),
        };
        if self.topic_arn.strip_suffix(".fifo").is_some() {
            let (group, deduplication) = fifo_ids(message);
            request = request.message_group_id(group).message_deduplication_id(deduplication);
        }
        Ok(request)
    }

    fn classify<E>(&self, error: &SdkError<E>) -> SendError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let topic = &self.topic_arn;
        let said = explain(error);
        let words = error.message().unwrap_or_default();
        let outcome_of_call = CallOutcome::of(error);
        let CallOutcome::Answered { status, code, wait } = &outcome_of_call else {
            return match outcome_of_call {
                CallOutcome::NotSent => SendError::Refused(format!("no connection to SNS for {topic}: {said}")),
                _ => SendError::Ambiguous(format!("{topic}: {said}")),
            };
        };
        if outcome_of_call.is_throttling() {
            return match wait {
                Some(wait) => SendError::Wait { wait: *wait, reason: format!("{topic}: {said}") },
                None => SendError::Refused(format!("{topic}: {said}")),
            };
        }
        if *status >= 500 {
            return SendError::Ambiguous(format!("{topic}: {said}"));
        }
        let dead = |fix: &str| SendError::Dead(format!("{topic}: {said}; {fix}"));
        match code.as_str() {
            "NotFound" | "NotFoundException" => dead("make the topic, or correct topic_arn in the configuration"),
            code if code.starts_with("KMS") => dead(
                "the topic is encrypted: allow the role kms:GenerateDataKey and kms:Decrypt on its key, in the key's policy \
                 too, and see that the key is enabled",
            ),
            _ if outcome_of_call.is_denied() => dead(
                "allow the role sns:Publish on the topic; if it is in another account, its policy must allow it too",
            ),
            "EndpointDisabled" | "PlatformApplicationDisabled" => dead("enable the endpoint again"),
            // A wrong ARN comes as an invalid parameter, and is no fault of the message.
            code if code.starts_with("Invalid") || code.starts_with("Validation") => {
                if words.contains("TopicArn") || words.contains("TargetArn") {
                    dead("correct topic_arn in the configuration")
                } else {
                    SendError::Undeliverable(format!("{topic}: {said}"))
                }
            }
            _ => SendError::Refused(format!("{topic}: {said}")),
        }
    }
}

#[async_trait]
impl Notifier for SnsNotifier {
    fn channel(&self) -> &ChannelId {
        &self.channel
    }

    async fn send(&self, message: &Message, send_before: Timestamp) -> Result<Receipt, SendError> {
        let request = self.request(message)?;
        let left = send_before - self.clock.now();
        if left <= SignedDuration::ZERO {
            return Err(SendError::TooLate);
        }
        let left = Duration::try_from(left).unwrap_or(CALL_TIMEOUT).min(CALL_TIMEOUT);
        match tokio::time::timeout(left, request.send()).await {
            // What was published cannot be changed, so there is nothing to refer to.
            Ok(Ok(_)) => Ok(Receipt::default()),
            Ok(Err(error)) => Err(self.classify(&error)),
            Err(_) => {
                Err(SendError::Ambiguous(format!("{}: no answer within {} ms", self.topic_arn, left.as_millis())))
            }
        }
    }

    /// Needs `sns:GetTopicAttributes`, which the functions do not have.
    async fn probe(&self) -> Result<String, ProbeError> {
        let topic = &self.topic_arn;
        match self.client.get_topic_attributes().topic_arn(topic).send().await {
            Ok(answer) => match subscriptions(&answer.attributes.unwrap_or_default()) {
                Ok(words) => Ok(format!("topic {topic}: {words}")),
                Err(words) => Err(ProbeError::Broken(format!("topic {topic}: {words}"))),
            },
            Err(error) if CallOutcome::of(&error).is_denied() => {
                let why = explain(&error);
                let fix = "run this with a role that may sns:GetTopicAttributes";
                Err(ProbeError::Unseen(format!("topic {topic}: {why}; {fix}")))
            }
            Err(error) => Err(self.classify(&error).into()),
        }
    }
}

/// How many subscriptions a topic has, from its attributes.
/// <https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html>
fn subscriptions(attributes: &HashMap<String, String>) -> Result<String, String> {
    let count = |name: &str| attributes.get(name).and_then(|n| n.parse::<u32>().ok()).unwrap_or_default();
    let (confirmed, pending) = (count("SubscriptionsConfirmed"), count("SubscriptionsPending"));
    let words = format!("subscriptions: {confirmed} confirmed, {pending} waiting to be confirmed");
    match (confirmed, pending) {
        (0, 0) => Err("nobody is subscribed; subscribe an address or a queue".to_owned()),
        (0, _) => Err(format!("{words}; follow the link in the e-mail from AWS")),
        _ => Ok(words),
    }
}

/// Group and deduplication id. All that is told of one finding stays in order; the deduplication id holds the version,
/// or a reopened finding would be dropped as a repeat of its first opening.
fn fifo_ids(message: &Message) -> (String, String) {
    let (group, deduplication) = match message {
        Message::Alert(alert) => (alert.key.to_string(), alert.deduplication_id.clone()),
        Message::RollUp(roll_up) => (format!("roll-up-{}", roll_up.source), format!("roll-up-{}", roll_up.id)),
        Message::Digest(digest) => ("digest".to_owned(), format!("digest-{}", digest.id)),
    };
    (fifo_id(group), fifo_id(deduplication))
}

/// The id itself, if SNS takes it; else a digest of it.
fn fifo_id(id: String) -> String {
    let valid = (1..=MAX_FIFO_ID_CHARS).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    if valid { id } else { FindingKey::of("fifo", "", "", &id, "").to_string() }
}

#[cfg(test)]
mod tests;
