//! From configuration and environment to ports.

use std::{path::Path, sync::Arc, time::Duration};

use plimsoll_aws::{Clients, DynamoStore, EnvironmentError, SecretReader, SnsForm, SnsNotifier};
use plimsoll_checklist::Checklist;
use plimsoll_http::{Endpoint, HttpClient, Secret};
use plimsoll_local::LocalStore;
use plimsoll_pagerduty::PagerDuty;
use plimsoll_pipeline::{ChannelId, Clock, Notifier, Store, StoreError};
use plimsoll_render::slack::Mentions;
use plimsoll_slack::{SlackBot, SlackWebhook, WEBHOOK_HOSTS};
use plimsoll_webhook::{SigningKeys, Webhook};

use crate::{
    App, ChannelConfig, ChannelKind, Config, ConfigFault, LOOK_ALIKE_URL, OVERLAY_PREFIX, SOURCES, SecretReference,
    SystemClock, broken::BrokenNotifier, check_config,
};

/// The environment variables that functions read, and what each expects.
pub mod variables {
    /// Path of the embedded store's file; `.plimsoll/state.redb` unless given. Used where [`TABLE`] is not set.
    pub const STORE: &str = "PLIMSOLL_STORE";
    /// Name of the `DynamoDB` table.
    pub const TABLE: &str = "PLIMSOLL_TABLE";
    /// Path of the configuration file. Without it the table's own copy is read, else `plimsoll.toml` in this folder.
    pub const CONFIG: &str = "PLIMSOLL_CONFIG";
    /// The one channel that this deployment of the notifier tells.
    pub const CHANNEL: &str = "PLIMSOLL_CHANNEL";
    /// Namespace of the metrics; `Plimsoll` unless given.
    pub const METRICS_NAMESPACE: &str = "PLIMSOLL_METRICS_NAMESPACE";
}

/// One Slack channel takes one message per second.
/// <https://docs.slack.dev/apis/web-api/rate-limits>
const PAUSE: Duration = Duration::from_millis(1_100);
/// The region of look-alikes, which do not care.
const LOCAL_REGION: &str = "eu-central-1";
const SLACK_URL: &str = "https://slack.com";

/// The process cannot start. Names what is missing or wrong, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// The configuration file cannot be read.
    #[error("cannot read the configuration {path}: {reason}")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The configuration is wrong.
    #[error("the configuration is wrong: {0}; `plimsoll check` shows every fault")]
    Wrong(ConfigFault),
    /// The shipped checklist is wrong.
    #[error("the checklist is wrong: {0}")]
    Checklist(String),
    /// The environment lacks something.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A channel cannot be set up.
    #[error("channel {channel}: {reason}")]
    Channel {
        /// Which channel.
        channel: String,
        /// What is wrong, and what to do. Never contains a secret.
        reason: String,
    },
}

impl WiringError {
    fn channel(channel: &str, reason: impl std::fmt::Display) -> Self {
        Self::Channel { channel: channel.to_owned(), reason: reason.to_string() }
    }
}

/// The notifiers of all channels, or of `only` these. A channel whose address or secret cannot be used becomes one that
/// refuses everything with the reason, so that it harms no other.
///
/// # Errors
/// `only` is not in the configuration.
pub async fn notifiers(
    config: &Config,
    look_alike: &str,
    clock: &Arc<dyn Clock>,
    only: Option<&[String]>,
) -> Result<Vec<Arc<dyn Notifier>>, WiringError> {
    let channels = config.effective_channels(look_alike);
    let builder = Builder::new(config.channels.is_empty(), look_alike, clock);
    let mut notifiers = Vec::new();
    for (id, channel) in channels.iter().filter(|(id, _)| only.is_none_or(|only| only.contains(id))) {
        notifiers.push(match builder.notifier(id, channel).await {
            Ok(notifier) => notifier,
            Err(error) => Arc::new(BrokenNotifier { channel: ChannelId::new(id), reason: error.to_string() }),
        });
    }
    match only {
        Some([missing, ..]) if notifiers.is_empty() => Err(WiringError::channel(
            missing,
            format!("it is not in the configuration; {} names it", variables::CHANNEL),
        )),
        _ => Ok(notifiers),
    }
}

struct Builder<'a> {
    clients: Clients,
    secrets: SecretReader,
    http: HttpClient,
    look_alike: bool,
    clock: &'a Arc<dyn Clock>,
}

impl<'a> Builder<'a> {
    fn new(look_alike: bool, url: &str, clock: &'a Arc<dyn Clock>) -> Self {
        let clients = match Clients::from_environment() {
            _ if look_alike => Clients::at(url, LOCAL_REGION),
            Ok(clients) => clients,
            // Slack alone needs no AWS; whatever does will say so with its first call.
            Err(_) => Clients::at("http://127.0.0.1:9", LOCAL_REGION),
        };
        let http = HttpClient::new(clients.http_connector());
        Self { secrets: SecretReader::new(&clients), clients, http, look_alike, clock }
    }

    async fn notifier(&self, id: &str, channel: &ChannelConfig) -> Result<Arc<dyn Notifier>, WiringError> {
        let name = ChannelId::new(id);
        let clock = Arc::clone(self.clock);
        Ok(match channel.kind {
            ChannelKind::SlackBot => {
                let token = self.secret(id, "token", channel.token.as_ref()).await?;
                let base = Secret::new(channel.endpoint.as_deref().unwrap_or(SLACK_URL));
                let base = Endpoint::parse_on(&base, &["slack.com", "slack-gov.com"]);
                let base = base.map_err(|e| WiringError::channel(id, format!("endpoint: {e}")))?;
                let place = channel.channel.as_deref().unwrap_or_default();
                Arc::new(SlackBot::new(name, place, token, base, self.http.clone(), mentions(id, channel)?, clock))
            }
            ChannelKind::SlackWebhook => {
                let url = self.secret(id, "url", channel.url.as_ref()).await?;
                let address = Endpoint::parse_on(&url, WEBHOOK_HOSTS)
                    .map_err(|e| WiringError::channel(id, format!("url: {e}")))?;
                Arc::new(SlackWebhook::new(name, address, self.http.clone(), mentions(id, channel)?, clock))
            }
            ChannelKind::SnsHumans => self.sns(name, SnsForm::Humans, channel),
            ChannelKind::SnsFindings => self.sns(name, SnsForm::Findings, channel),
            ChannelKind::AmazonQ => self.sns(name, SnsForm::AmazonQ, channel),
            ChannelKind::Pagerduty => {
                let key = self.secret(id, "routing_key", channel.routing_key.as_ref()).await?;
                let base = Secret::new(channel.endpoint.as_deref().unwrap_or(plimsoll_pagerduty::BASE_URL));
                let base = Endpoint::parse_on(&base, plimsoll_pagerduty::HOSTS);
                let base = base.map_err(|e| WiringError::channel(id, format!("endpoint: {e}")))?;
                let notifier = PagerDuty::new(name, key, &base, self.http.clone(), clock);
                Arc::new(notifier.map_err(|e| WiringError::channel(id, e))?)
            }
            ChannelKind::Webhook => {
                let url = self.secret(id, "url", channel.url.as_ref()).await?;
                let address = Endpoint::parse(&url).map_err(|e| WiringError::channel(id, format!("url: {e}")))?;
                let secret = self.secret(id, "secret", channel.secret.as_ref()).await?;
                let keys = SigningKeys::parse(&secret).map_err(|e| WiringError::channel(id, format!("secret: {e}")))?;
                Arc::new(Webhook::new(name, address, keys, self.http.clone(), clock))
            }
        })
    }

    fn sns(&self, name: ChannelId, form: SnsForm, channel: &ChannelConfig) -> Arc<dyn Notifier> {
        let topic = channel.topic_arn.as_deref().unwrap_or_default();
        let clock = Arc::clone(self.clock);
        Arc::new(SnsNotifier::new(name, form, topic, &self.clients, channel.endpoint.as_deref(), clock))
    }

    async fn secret(&self, id: &str, key: &str, reference: Option<&SecretReference>) -> Result<Secret, WiringError> {
        let secret = match reference {
            Some(SecretReference::Env(name)) => Secret::new(&std::env::var(name).map_err(|_| {
                WiringError::channel(id, format!("`{key}` is in environment variable {name}, which is not set"))
            })?),
            Some(SecretReference::Arn(arn)) => {
                let text =
                    self.secrets.read(arn).await.map_err(|e| WiringError::channel(id, format!("`{key}`: {e}")))?;
                Secret::new(text.expose())
            }
            None if self.look_alike => Secret::new("xoxb-look-alike"),
            None => return Err(WiringError::channel(id, format!("it has no `{key}`"))),
        };
        if secret.is_empty() {
            return Err(WiringError::channel(
                id,
                format!("`{key}` is empty: put the secret where the configuration says"),
            ));
        }
        Ok(secret)
    }
}

fn mentions(id: &str, channel: &ChannelConfig) -> Result<Mentions, WiringError> {
    channel.mention_on_critical.iter().try_fold(Mentions::none(), |mentions, whom| {
        let from = plimsoll_finding::Severity::Critical;
        mentions.and(whom, from, false).map_err(|e| WiringError::channel(id, e))
    })
}

/// The store in that table, with the credentials of the environment.
///
/// # Errors
/// The environment lacks region or credentials.
pub fn table_store(table: &str) -> Result<DynamoStore, WiringError> {
    let known = SOURCES.iter().copied().chain(["plimsoll", "alert-notifier", "readiness-digest"]);
    Ok(DynamoStore::new(&Clients::from_environment()?, table, known))
}

/// Whom a function tells. It reads no other channel's secret: its role could not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whom {
    /// A source function on AWS; on one machine it tells everybody, since nothing else would.
    Nobody,
    /// Every channel.
    Everybody,
    /// One channel.
    Channel(String),
    /// The digest's channels.
    Digest,
}

/// The application of a function, by the environment of Lambda or of this machine.
pub(crate) async fn app_from_environment(whom: Whom) -> Result<App, WiringError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let table = std::env::var(variables::TABLE).ok().filter(|name| !name.is_empty());
    let (store, text, local): (Arc<dyn Store>, String, bool) = if let Some(table) = &table {
        let store = table_store(table)?;
        let text = match file()? {
            Some(text) => text,
            None => store.configuration().await?.unwrap_or_default(),
        };
        (Arc::new(store), text, false)
    } else {
        let path = std::env::var(variables::STORE).unwrap_or_else(|_| ".plimsoll/state.redb".to_owned());
        (Arc::new(LocalStore::open(Path::new(&path))?), file()?.unwrap_or_default(), true)
    };
    let overlay: Vec<(String, String)> =
        std::env::vars().filter(|(name, _)| name.starts_with(OVERLAY_PREFIX)).collect();
    let config = check_config(&text, &overlay).map_err(|faults| match faults.into_iter().next() {
        Some(fault) => WiringError::Wrong(fault),
        None => WiringError::Checklist("unknown fault".to_owned()),
    })?;
    let checklist = Checklist::shipped()
        .map_err(|faults| WiringError::Checklist(faults.first().map_or_else(String::new, |f| f.message.clone())))?;
    // Source functions on AWS tell nobody: they need no secret, and must not have one.
    let only = match &whom {
        Whom::Nobody if !local => Some(Vec::new()),
        Whom::Channel(channel) => Some(vec![channel.clone()]),
        Whom::Digest => Some(config.digest_channels(&config.effective_channels(LOOK_ALIKE_URL))),
        Whom::Nobody | Whom::Everybody => None,
    };
    let notifiers = match only {
        Some(only) if only.is_empty() => Vec::new(),
        only => notifiers(&config, LOOK_ALIKE_URL, &clock, only.as_deref()).await?,
    };
    let pause = if config.channels.is_empty() { Duration::ZERO } else { PAUSE };
    let policy = config.policy(checklist, LOOK_ALIKE_URL);
    Ok(App { config, policy, store, notifiers, clock, local, pause, authority: None })
}

/// The text of the configuration file, if one is named or here.
fn file() -> Result<Option<String>, WiringError> {
    let named = std::env::var(variables::CONFIG).ok().filter(|path| !path.is_empty());
    let path = named.clone().unwrap_or_else(|| "plimsoll.toml".to_owned());
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(_) if named.is_none() => Ok(None),
        Err(error) => Err(WiringError::Unreadable { path, reason: error.to_string() }),
    }
}
