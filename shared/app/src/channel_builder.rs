//! Makes the notifier of one channel from its configuration and its secrets.

use std::{collections::BTreeMap, sync::Arc};

use plimsoll_aws::{Clients, SecretReader, SnsForm, SnsNotifier};
use plimsoll_channels::{
    http::{Endpoint, HttpClient},
    pagerduty::PagerDuty,
    slack::{SlackBot, SlackWebhook, WEBHOOK_HOSTS},
    webhook::{SigningKeys, Webhook},
};
use plimsoll_message::{ChannelId, Notifier, Secret};
use plimsoll_pipeline::Clock;
use plimsoll_render::slack::Mentions;

use crate::{ChannelConfig, ChannelKind, Environment, SecretReference, WiringError};

/// The region of look-alikes, which do not care.
const LOCAL_REGION: &str = "eu-central-1";

const SLACK_URL: &str = "https://slack.com";

/// What the look-alike takes for a token.
const LOOK_ALIKE_TOKEN: &str = "xoxb-look-alike";

/// The secrets of a channel, by the key that names them in the configuration.
pub(crate) type Secrets = BTreeMap<&'static str, Secret>;

/// What all channels share.
pub(crate) struct Builder {
    environment: Environment,
    secrets: Option<SecretReader>,
    http: HttpClient,
    look_alike: bool,
    clock: Arc<dyn Clock>,
}

impl Builder {
    pub(crate) fn new(environment: &Environment, look_alike: Option<&str>, clock: &Arc<dyn Clock>) -> Self {
        let environment = match look_alike {
            Some(url) => Ok(Clients::at(url, LOCAL_REGION)),
            None => environment.clone(),
        };
        let connector = match &environment {
            Ok(clients) => clients.http_connector(),
            // Slack alone needs no AWS: nothing but the connector is used of these.
            Err(_) => Clients::at("http://127.0.0.1:9", LOCAL_REGION).http_connector(),
        };
        Self {
            secrets: environment.as_ref().ok().map(SecretReader::new),
            http: HttpClient::new(connector),
            environment,
            look_alike: look_alike.is_some(),
            clock: Arc::clone(clock),
        }
    }

    /// The secrets of a channel, read anew if `again`.
    pub(crate) async fn secrets(&self, id: &str, channel: &ChannelConfig, again: bool) -> Result<Secrets, WiringError> {
        let wanted: &[_] = match channel.kind {
            ChannelKind::SlackBot => &[("token", &channel.token)],
            ChannelKind::SlackWebhook => &[("url", &channel.url)],
            ChannelKind::Pagerduty => &[("routing_key", &channel.routing_key)],
            ChannelKind::Webhook => &[("url", &channel.url), ("secret", &channel.secret)],
            ChannelKind::SnsHumans | ChannelKind::SnsFindings | ChannelKind::AmazonQ => &[],
        };
        let mut secrets = Secrets::new();
        for (key, reference) in wanted {
            secrets.insert(key, self.secret(id, key, reference.as_ref(), again).await?);
        }
        Ok(secrets)
    }

    async fn secret(
        &self,
        id: &str,
        key: &str,
        reference: Option<&SecretReference>,
        again: bool,
    ) -> Result<Secret, WiringError> {
        let failed = |reason: String| WiringError::channel(id, format!("`{key}`: {reason}"));
        match reference {
            Some(SecretReference::Env(name)) => {
                let text = std::env::var(name).map_err(|_| {
                    WiringError::channel(id, format!("`{key}` is in environment variable {name}, which is not set"))
                })?;
                Secret::new(&text).map_err(|e| failed(format!("environment variable {name}: {e}")))
            }
            Some(SecretReference::Arn(arn)) => {
                let Some(reader) = &self.secrets else { return Err(self.no_aws(id)) };
                let secret = if again { reader.read_again(arn).await } else { reader.read(arn).await };
                secret.map_err(|e| failed(e.to_string()))
            }
            None if self.look_alike => Secret::new(LOOK_ALIKE_TOKEN).map_err(|e| failed(e.to_string())),
            None => Err(WiringError::channel(id, format!("it has no `{key}`"))),
        }
    }

    /// What the environment lacks.
    fn no_aws(&self, id: &str) -> WiringError {
        match &self.environment {
            Err(error) => WiringError::channel(id, error),
            Ok(_) => WiringError::channel(id, "there are no AWS clients"),
        }
    }

    /// The notifier that these secrets make.
    pub(crate) fn notifier(
        &self,
        id: &str,
        channel: &ChannelConfig,
        secrets: &Secrets,
    ) -> Result<Arc<dyn Notifier>, WiringError> {
        let name = ChannelId::new(id);
        let clock = Arc::clone(&self.clock);
        let http = self.http.clone();
        let secret = |key| secrets.get(key).ok_or_else(|| WiringError::channel(id, format!("it has no `{key}`")));
        Ok(match channel.kind {
            ChannelKind::SlackBot => {
                let base = base(id, channel, SLACK_URL, &["slack.com", "slack-gov.com"])?;
                let place = channel.channel.as_deref().unwrap_or_default();
                let token = secret("token")?.clone();
                Arc::new(SlackBot::new(name, place, token, base, http, mentions(id, channel)?, clock))
            }
            ChannelKind::SlackWebhook => {
                let address = Endpoint::parse_on(secret("url")?, WEBHOOK_HOSTS);
                let address = address.map_err(|e| WiringError::channel(id, format!("url: {e}")))?;
                Arc::new(SlackWebhook::new(name, address, http, mentions(id, channel)?, clock))
            }
            ChannelKind::SnsHumans => self.sns(id, SnsForm::Humans, channel)?,
            ChannelKind::SnsFindings => self.sns(id, SnsForm::Findings, channel)?,
            ChannelKind::AmazonQ => self.sns(id, SnsForm::AmazonQ, channel)?,
            ChannelKind::Pagerduty => {
                let base =
                    base(id, channel, plimsoll_channels::pagerduty::BASE_URL, plimsoll_channels::pagerduty::HOSTS)?;
                let notifier = PagerDuty::new(name, secret("routing_key")?.clone(), &base, http, clock);
                Arc::new(notifier.map_err(|e| WiringError::channel(id, e))?)
            }
            ChannelKind::Webhook => {
                let address = Endpoint::parse(secret("url")?);
                let address = address.map_err(|e| WiringError::channel(id, format!("url: {e}")))?;
                let keys = SigningKeys::parse(secret("secret")?);
                let keys = keys.map_err(|e| WiringError::channel(id, format!("secret: {e}")))?;
                Arc::new(Webhook::new(name, address, keys, http, clock))
            }
        })
    }

    fn sns(&self, id: &str, form: SnsForm, channel: &ChannelConfig) -> Result<Arc<dyn Notifier>, WiringError> {
        let Ok(clients) = &self.environment else { return Err(self.no_aws(id)) };
        let topic = channel.topic_arn.as_deref().unwrap_or_default();
        let (name, clock) = (ChannelId::new(id), Arc::clone(&self.clock));
        Ok(Arc::new(SnsNotifier::new(name, form, topic, clients, channel.endpoint.as_deref(), clock)))
    }
}

/// The address of the service, or the one that the channel names in its place.
fn base(id: &str, channel: &ChannelConfig, known: &str, hosts: &[&str]) -> Result<Endpoint, WiringError> {
    let wrong = |error: String| WiringError::channel(id, format!("endpoint: {error}"));
    let base = Secret::new(channel.endpoint.as_deref().unwrap_or(known)).map_err(|e| wrong(e.to_string()))?;
    Endpoint::parse_on(&base, hosts).map_err(|e| wrong(e.to_string()))
}

fn mentions(id: &str, channel: &ChannelConfig) -> Result<Mentions, WiringError> {
    channel.mention_on_critical.iter().try_fold(Mentions::none(), |mentions, whom| {
        let from = plimsoll_finding::Severity::Critical;
        mentions.and(whom, from, false).map_err(|e| WiringError::channel(id, e))
    })
}
