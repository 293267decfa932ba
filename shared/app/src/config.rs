//! `plimsoll.toml`: what people decide. Everything has a default; an empty file is valid.

use std::collections::BTreeMap;

use jiff::{SignedDuration, civil::Time, tz::TimeZone};
use plimsoll_checklist::Checklist;
use plimsoll_evidence::{Profile, Settings};
use plimsoll_finding::{Category, Severity};
use plimsoll_message::ChannelId;
use plimsoll_pipeline::{ChannelPolicy, Environment, Matcher, Policy, QuietHours, Route, Waiver};
use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, MapAccess, Visitor},
};

use crate::{
    cost_config::CostConfig,
    lines_config::{LineOffConfig, OwnLineConfig},
    profile_config::ProfileConfig,
    standing_waivers::{StandingFault, StandingWaiver},
};

/// Where the look-alike of Slack and SNS listens unless told otherwise.
pub const LOOK_ALIKE_URL: &str = "http://127.0.0.1:7117";

/// The user group that the look-alike of Slack has on duty.
const LOOK_ALIKE_ON_DUTY: &str = "S0ONDUTY000";

/// The whole file.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Accounts whose events are accepted. An event from another account is put in quarantine. Empty accepts all.
    pub accounts: Vec<String>,
    /// Whether an event that closes something high or critical is believed only after a read of the provider's API. On
    /// one machine without an account there is no API to read, and every close is believed.
    pub verify_close: bool,
    /// Accounts whose closes are believed all the same, because this suite cannot read their APIs.
    pub believe_closes_of: Vec<String>,
    /// Where the runbooks can be read, so that alerts link to them: the `https` address of the folder that holds `docs`,
    /// for example `https://git.example.com/platform/plimsoll/blob/main`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runbooks_url: Option<String>,
    /// Regions whose events are accepted, for example `eu-central-1`. An event from another region is put in quarantine.
    /// Empty accepts all. Events about costs come from us-east-1, wherever the money is spent.
    pub regions: Vec<String>,
    /// Target score per category in whole percent, where it differs from the checklist's.
    pub targets: BTreeMap<Category, u8>,
    /// Accounts that belong together, by name.
    pub environments: BTreeMap<String, EnvironmentConfig>,
    /// What lines of the checklist ask for beyond their sentence, for every account that no environment says otherwise of.
    pub profile: ProfileConfig,
    /// What people call an account, by its twelve digits: messages show `payments-prod (444455556666)`.
    pub account_names: BTreeMap<String, String>,
    /// From which amounts and percentages on a cost anomaly or a budget alert is how bad, by environment and account.
    pub cost: CostConfig,
    /// Recipients we can tell, by name. Without any, Slack and SNS look-alikes on this machine.
    pub channels: BTreeMap<String, ChannelConfig>,
    /// Who is told what: read in order, the first match decides unless it says `continue = true`. Without any,
    /// medium and worse goes to every channel for people and everything to every channel for machines.
    pub routes: Vec<Route>,
    /// The scheduled digest.
    pub digest: DigestConfig,
    /// Rules for accepted risks.
    pub waivers: WaiverConfig,
    /// Lines of the team's own, which count apart from the hundred of the checklist.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<OwnLineConfig>,
    /// Lines of the checklist that the team has switched off, by id: they stay in the evidenced score, leave the claimed one,
    /// and every score names them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lines_off: BTreeMap<String, LineOffConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            accounts: Vec::new(),
            regions: Vec::new(),
            verify_close: true,
            believe_closes_of: Vec::new(),
            runbooks_url: None,
            targets: BTreeMap::new(),
            environments: BTreeMap::new(),
            profile: ProfileConfig::default(),
            account_names: BTreeMap::new(),
            cost: CostConfig::default(),
            channels: BTreeMap::new(),
            routes: Vec::new(),
            digest: DigestConfig::default(),
            waivers: WaiverConfig::default(),
            lines: Vec::new(),
            lines_off: BTreeMap::new(),
        }
    }
}

/// Accounts that belong together.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EnvironmentConfig {
    /// Its accounts: twelve digits each.
    pub accounts: Vec<String>,
    /// Its regions, where one account holds several environments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// The names of its ECS clusters, in which `*` stands for any text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<String>,
    /// Its resource tags, each value a pattern: `{ env = "prod" }`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Whether its score is the headline, which is held against the target; one environment at most.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub headline: bool,
    /// Target score per category in whole percent, where it differs.
    pub targets: BTreeMap<Category, u8>,
    /// What lines ask for in its accounts, where it differs from `[profile]`.
    pub profile: ProfileConfig,
}

/// What kind of channel it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelKind {
    /// Slack by bot token: updates in place, history in the thread.
    SlackBot,
    /// Slack by incoming webhook: one message per transition.
    SlackWebhook,
    /// An SNS topic that people subscribe to.
    SnsHumans,
    /// An SNS topic that programs subscribe to.
    SnsFindings,
    /// An SNS topic that Amazon Q Developer in chat applications subscribes to.
    AmazonQ,
    /// `PagerDuty` Events v2.
    Pagerduty,
    /// Any HTTPS endpoint, with Standard Webhooks signatures.
    Webhook,
}

impl ChannelKind {
    /// Whether programs rather than people read it: they get every finding.
    #[must_use]
    pub const fn is_for_machines(self) -> bool {
        matches!(self, Self::SnsFindings)
    }

    /// Its name in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SlackBot => "slack-bot",
            Self::SlackWebhook => "slack-webhook",
            Self::SnsHumans => "sns-humans",
            Self::SnsFindings => "sns-findings",
            Self::AmazonQ => "amazon-q",
            Self::Pagerduty => "pagerduty",
            Self::Webhook => "webhook",
        }
    }
}

/// What is said to somebody who writes a secret into the file. The error of a derived reader would quote it.
pub(crate) const SECRET_IN_THE_FILE: &str =
    "a secret never stands here itself: write { arn = \"arn:aws:...\" } or { env = \"NAME\" }, and replace this one";

/// The same for a table with other keys, whose value may be the secret.
pub(crate) const SECRET_BY_ANOTHER_KEY: &str = "expected either `arn` or `env`, and nothing else";

/// Where a secret is. The secret itself never stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SecretReference {
    /// The ARN of a Secrets Manager secret, or of a `SecureString` in Systems Manager's Parameter Store.
    Arn(String),
    /// The name of an environment variable.
    Env(String),
}

impl<'de> Deserialize<'de> for SecretReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SecretReferenceVisitor)
    }
}

struct SecretReferenceVisitor;

impl<'de> Visitor<'de> for SecretReferenceVisitor {
    type Value = SecretReference;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("{ arn = \"arn:aws:...\" } or { env = \"NAME\" }")
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Self::Value, E> {
        Err(E::custom(SECRET_IN_THE_FILE))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let first = map.next_entry::<String, String>()?;
        let alone = map.next_key::<String>()?.is_none();
        match first {
            Some((key, value)) if key == "arn" && alone => Ok(SecretReference::Arn(value)),
            Some((key, value)) if key == "env" && alone => Ok(SecretReference::Env(value)),
            _ => Err(de::Error::custom(SECRET_BY_ANOTHER_KEY)),
        }
    }
}

/// One channel.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelConfig {
    /// What kind it is.
    pub kind: ChannelKind,
    /// `slack-bot`: the Slack channel id, for example `C0123456789`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// `slack-bot`: the bot token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretReference>,
    /// `slack-webhook`, `webhook`: the address, which is a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<SecretReference>,
    /// `sns-humans`, `sns-findings`, `amazon-q`: the topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic_arn: Option<String>,
    /// `pagerduty`: the integration's routing key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routing_key: Option<SecretReference>,
    /// `webhook`: the signing secret, `whsec_...`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretReference>,
    /// Another address of the service: a proxy, the `PagerDuty` EU region, the look-alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Slack: who is mentioned in a critical alert: user, user group ids (`U...`, `S...`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mention_on_critical: Vec<String>,
    /// When only criticals are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHoursConfig>,
    /// Hours after which an open critical is told again; 72 unless given, 0 for never.
    #[serde(default = "default_reminder")]
    pub remind_critical_after_hours: u32,
    /// The channel that is told when this one cannot be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
}

const fn default_reminder() -> u32 {
    72
}

/// When only criticals are told.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHoursConfig {
    /// First quiet minute, for example `22:00`.
    pub from: String,
    /// First minute that is no longer quiet, for example `07:00`.
    pub until: String,
    /// IANA name of the time zone, for example `Europe/Berlin`.
    #[serde(default = "default_time_zone")]
    pub time_zone: String,
}

fn default_time_zone() -> String {
    "UTC".to_owned()
}

/// The scheduled digest.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DigestConfig {
    /// Who gets it. Without any, every channel for people.
    pub channels: Vec<String>,
    /// When it is published, as EventBridge Scheduler writes it. Terraform sets the schedule; this one is for
    /// `plimsoll doctor`, which shows the next times, and should say the same.
    pub schedule: String,
    /// IANA name of the time zone of the schedule.
    pub time_zone: String,
    /// From how many days of silence a source is named.
    pub silent_after_days: u32,
}

impl Default for DigestConfig {
    fn default() -> Self {
        Self {
            channels: Vec::new(),
            schedule: "cron(0 8 ? * MON *)".to_owned(),
            time_zone: default_time_zone(),
            silent_after_days: 3,
        }
    }
}

/// Rules for accepted risks.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WaiverConfig {
    /// Whether a waiver has no effect until somebody else than its proposer approved it.
    pub require_approval: bool,
    /// What is accepted for longer than a waiver of the command line lasts: up to 366 days, by what is said of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub standing: Vec<StandingWaiver>,
}

impl Config {
    /// The channels, or the look-alikes if none are configured.
    #[must_use]
    pub fn effective_channels(&self, look_alike: &str) -> BTreeMap<String, ChannelConfig> {
        if !self.channels.is_empty() {
            return self.channels.clone();
        }
        let channel = |kind, place: Option<&str>, topic: Option<&str>| ChannelConfig {
            kind,
            channel: place.map(ToOwned::to_owned),
            topic_arn: topic.map(|t| format!("arn:aws:sns:eu-central-1:111122223333:{t}")),
            token: None,
            url: None,
            routing_key: None,
            secret: None,
            endpoint: Some(look_alike.to_owned()),
            // Somebody who is on duty in the look-alike of Slack, so that people see whom a critical calls.
            mention_on_critical: place.map(|_| LOOK_ALIKE_ON_DUTY.to_owned()).into_iter().collect(),
            quiet_hours: None,
            remind_critical_after_hours: default_reminder(),
            fallback: None,
        };
        BTreeMap::from([
            ("slack".to_owned(), channel(ChannelKind::SlackBot, Some("C0PLIMSOLL0"), None)),
            ("sns-findings".to_owned(), channel(ChannelKind::SnsFindings, None, Some("plimsoll-findings"))),
            ("sns-humans".to_owned(), channel(ChannelKind::SnsHumans, None, Some("plimsoll-humans"))),
        ])
    }

    /// The routes, or the default ones if none are configured.
    #[must_use]
    pub fn effective_routes(&self, channels: &BTreeMap<String, ChannelConfig>) -> Vec<Route> {
        if !self.routes.is_empty() {
            return self.routes.clone();
        }
        let ids = |machines: bool| {
            channels
                .iter()
                .filter(|(_, c)| c.kind.is_for_machines() == machines)
                .map(|(id, _)| ChannelId::new(id))
                .collect()
        };
        let people = Matcher { severity_from: Some(Severity::Medium), ..Matcher::default() };
        vec![
            Route {
                name: "machines".to_owned(),
                matcher: Matcher::default(),
                channels: ids(true),
                continue_matching: true,
            },
            Route { name: "people".to_owned(), matcher: people, channels: ids(false), continue_matching: false },
        ]
    }

    /// Who gets the digest.
    #[must_use]
    pub fn digest_channels(&self, channels: &BTreeMap<String, ChannelConfig>) -> Vec<String> {
        if !self.digest.channels.is_empty() {
            return self.digest.channels.clone();
        }
        channels
            .iter()
            .filter(|(_, c)| !c.kind.is_for_machines() && c.kind != ChannelKind::Pagerduty)
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// What the lines ask for, by account.
    #[must_use]
    pub fn evidence_profile(&self) -> Profile {
        let default = self.profile.over(&Settings::default());
        let of = |environment: &EnvironmentConfig| {
            let settings = environment.profile.over(&default);
            environment.accounts.iter().map(|account| (account.clone(), settings.clone())).collect::<Vec<_>>()
        };
        // Where one account holds several environments, what the headline asks for counts for the account.
        let mut environments: Vec<&EnvironmentConfig> = self.environments.values().collect();
        environments.sort_by_key(|environment| environment.headline);
        Profile { accounts: environments.into_iter().flat_map(of).collect(), default }
    }

    /// The waivers that stand in the file. Those that [`crate::validate_config`] would refuse are left out.
    #[must_use]
    pub fn standing_waivers(&self) -> Vec<Waiver> {
        self.waivers.standing.iter().filter_map(|standing| self.standing_waiver(standing).ok()).collect()
    }

    /// One of them.
    pub(crate) fn standing_waiver(&self, standing: &StandingWaiver) -> Result<Waiver, StandingFault> {
        standing.waiver(|name| self.environments.get(name).map(|e| e.accounts.clone()).unwrap_or_default())
    }

    /// The checklist as the team has it: with its own lines, and what is switched off.
    #[must_use]
    pub fn checklist(&self, shipped: Checklist) -> Checklist {
        let own = self.lines.iter().map(OwnLineConfig::line).collect();
        shipped.with_team(own, self.lines_off.iter().map(|(id, off)| off.of(id)))
    }

    /// The policy that follows. Values that [`crate::validate_config`] would refuse are left out.
    #[must_use]
    pub fn policy(&self, checklist: Checklist, look_alike: &str) -> Policy {
        let channels = self.effective_channels(look_alike);
        Policy {
            checklist: self.checklist(checklist),
            runbooks_url: self.runbooks_url.clone(),
            environments: self
                .environments
                .iter()
                .map(|(name, e)| Environment {
                    name: name.clone(),
                    accounts: e.accounts.clone(),
                    regions: e.regions.clone(),
                    clusters: e.clusters.clone(),
                    tags: e.tags.clone(),
                    headline: e.headline,
                    targets: e.targets.clone(),
                })
                .collect(),
            routes: self.effective_routes(&channels),
            channels: channels.iter().map(|(id, c)| (ChannelId::new(id), c.policy(id))).collect(),
            waivers: self.standing_waivers(),
            targets: self.targets.clone(),
            accounts: self.accounts.clone(),
            regions: self.regions.clone(),
            cost: self.cost.policy(),
            account_names: self.account_names.clone(),
        }
    }
}

impl ChannelConfig {
    fn policy(&self, id: &str) -> ChannelPolicy {
        ChannelPolicy {
            id: ChannelId::new(id),
            quiet_hours: self.quiet_hours.as_ref().and_then(QuietHoursConfig::read),
            remind_critical_after: (self.remind_critical_after_hours > 0)
                .then(|| SignedDuration::from_hours(i64::from(self.remind_critical_after_hours))),
            fallback: self.fallback.as_deref().map(ChannelId::new),
        }
    }
}

impl QuietHoursConfig {
    /// The hours, if the times and the time zone can be read.
    #[must_use]
    pub fn read(&self) -> Option<QuietHours> {
        let time = |text: &str| Time::strptime("%H:%M", text).ok();
        Some(QuietHours {
            from: time(&self.from)?,
            until: time(&self.until)?,
            time_zone: TimeZone::get(&self.time_zone).ok()?,
        })
    }
}
