//! Reading `plimsoll.toml`, with the environment laid over it, and every fault at once.

use std::{collections::BTreeSet, ops::Range};

use jiff::tz::TimeZone;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use plimsoll_aws::SecretStore;

mod money_and_names;

use crate::config::{ChannelConfig, ChannelKind, Config, SECRET_BY_ANOTHER_KEY, SECRET_IN_THE_FILE, SecretReference};

/// Environment variables that begin so replace one value of the file: `PLIMSOLL__DIGEST__TIME_ZONE=Europe/Berlin`.
/// Two underscores separate the steps; names are taken in lower case, and `_` also finds a `-` (`SNS_HUMANS`).
pub const OVERLAY_PREFIX: &str = "PLIMSOLL__";

/// Something wrong in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    /// What is wrong.
    pub message: String,
    /// Where in the file, in bytes.
    pub span: Option<Range<usize>>,
    /// How to fix it.
    pub help: String,
}

impl std::fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}. {}", self.message, self.help)
    }
}

/// Reads the file's text with the overlay on top, and checks all of it.
///
/// # Errors
/// Every fault that was found. Syntax errors come alone, since nothing behind them can be trusted.
pub fn validate_config(text: &str, overlay: &[(String, String)]) -> Result<Config, Vec<ConfigFault>> {
    let tree = DeTable::parse(text).map_err(|error| vec![from_toml(&error)])?;
    let from_file: Config = toml::from_str(text).map_err(|error| vec![from_toml(&error)])?;
    let config = if overlay.is_empty() { from_file } else { overlaid(text, overlay).map_err(|fault| vec![fault])? };
    let faults = Check { tree: tree.get_ref(), config: &config }.faults();
    if faults.is_empty() { Ok(config) } else { Err(faults) }
}

fn from_toml(error: &toml::de::Error) -> ConfigFault {
    // Without a place: whoever shows the place shows the line.
    if error.message().contains(SECRET_BY_ANOTHER_KEY) {
        let message = format!("a secret is named wrongly: {SECRET_BY_ANOTHER_KEY}");
        return ConfigFault { message, span: None, help: SECRET_IN_THE_FILE.to_owned() };
    }
    if error.message().contains(SECRET_IN_THE_FILE) {
        let message = "a secret stands in the file itself".to_owned();
        return ConfigFault { message, span: None, help: SECRET_IN_THE_FILE.to_owned() };
    }
    ConfigFault {
        message: error.message().to_owned(),
        span: error.span(),
        help: "`plimsoll schema` prints what may stand here".to_owned(),
    }
}

fn overlaid(text: &str, overlay: &[(String, String)]) -> Result<Config, ConfigFault> {
    let mut table: toml::Table = text.parse().map_err(|error| from_toml(&error))?;
    for (name, value) in overlay {
        let Some(path) = name.strip_prefix(OVERLAY_PREFIX) else { continue };
        let steps: Vec<String> = path.split("__").map(str::to_lowercase).collect();
        set(&mut table, &steps, value);
    }
    table.try_into().map_err(|error: toml::de::Error| ConfigFault {
        message: format!("with the environment laid over it: {}", error.message()),
        span: None,
        help: format!("look at the variables that begin with {OVERLAY_PREFIX}"),
    })
}

fn set(table: &mut toml::Table, steps: &[String], value: &str) {
    let Some((first, rest)) = steps.split_first() else { return };
    let key = table.keys().find(|k| k.replace('-', "_") == *first).cloned().unwrap_or_else(|| first.clone());
    if rest.is_empty() {
        // A value that reads as TOML (7, true, ["a"]) is taken as that, everything else as text.
        let parsed = format!("v = {value}").parse::<toml::Table>().ok().and_then(|mut t| t.remove("v"));
        table.insert(key, parsed.unwrap_or_else(|| toml::Value::String(value.to_owned())));
        return;
    }
    let entry = table.entry(key).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let toml::Value::Table(inner) = entry {
        set(inner, rest, value);
    }
}

struct Check<'a> {
    tree: &'a DeTable<'a>,
    config: &'a Config,
}

impl Check<'_> {
    fn faults(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        self.accounts(&mut faults);
        self.regions(&mut faults);
        self.targets(&mut faults);
        self.cost(&mut faults);
        self.account_names(&mut faults);
        self.channels(&mut faults);
        self.references(&mut faults);
        if let Some(url) = &self.config.runbooks_url
            && !plimsoll_render::is_link(url)
        {
            faults.push(self.fault(
                &["runbooks_url"],
                format!("`{url}` is no `https` address"),
                "write the address of the folder that holds `docs`: https://git.example.com/platform/plimsoll/blob/main",
            ));
        }
        if TimeZone::get(&self.config.digest.time_zone).is_err() {
            faults.push(self.fault(
                &["digest", "time_zone"],
                format!("`{}` is no time zone", self.config.digest.time_zone),
                "use an IANA name such as `Europe/Berlin`",
            ));
        }
        faults
    }

    fn accounts(&self, faults: &mut Vec<ConfigFault>) {
        let account = is_account;
        let mut seen = BTreeSet::new();
        for (name, environment) in &self.config.environments {
            let path = ["environments", name, "accounts"];
            for id in &environment.accounts {
                if !account(id) {
                    faults.push(self.fault(
                        &path,
                        format!("`{id}` is no account id"),
                        "write all twelve digits, as text",
                    ));
                } else if !seen.insert(id) {
                    let message = format!("account {id} belongs to more than one environment");
                    faults.push(self.fault(&path, message, "leave it in one of them"));
                }
            }
        }
        for (key, ids) in [("accounts", &self.config.accounts), ("believe_closes_of", &self.config.believe_closes_of)] {
            for id in ids.iter().filter(|id| !account(id)) {
                let message = format!("`{id}` is no account id");
                faults.push(self.fault(&[key], message, "write all twelve digits, as text"));
            }
        }
        for id in &self.config.believe_closes_of {
            let ours = self.config.accounts.is_empty() || self.config.accounts.contains(id);
            if account(id) && !ours {
                let message = format!("the closes of account {id} are believed, but its events are not accepted");
                faults.push(self.fault(&["believe_closes_of"], message, "add it to `accounts`, or leave it out"));
            }
        }
    }

    fn regions(&self, faults: &mut Vec<ConfigFault>) {
        for region in self.config.regions.iter().filter(|region| !is_region(region)) {
            let help = "write it as AWS does, for example `eu-central-1`; events about costs come from `us-east-1`";
            faults.push(self.fault(&["regions"], format!("`{region}` is no region"), help));
        }
    }

    fn targets(&self, faults: &mut Vec<ConfigFault>) {
        let own = self.config.targets.iter().map(|(c, v)| (vec!["targets".to_owned(), c.name().to_owned()], *v));
        let environments = self.config.environments.iter().flat_map(|(name, e)| {
            e.targets.iter().map(move |(c, v)| {
                (vec!["environments".to_owned(), name.clone(), "targets".to_owned(), c.name().to_owned()], *v)
            })
        });
        for (path, value) in own.chain(environments) {
            if value > 100 {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                faults.push(self.fault(&path, format!("a target of {value} % cannot be reached"), "use 0 to 100"));
            }
        }
    }

    fn channels(&self, faults: &mut Vec<ConfigFault>) {
        for (id, channel) in &self.config.channels {
            let plain = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            if !plain || id.is_empty() || id.len() > 40 {
                let help = "use lower-case letters, digits and `-`, at most 40: it becomes part of resource names";
                faults.push(self.fault(&["channels", id], format!("`{id}` cannot be a channel's name"), help));
            }
            for (key, missing) in missing(channel) {
                if missing {
                    let message = format!("channel `{id}` has no `{key}`");
                    faults.push(self.fault(&["channels", id], message, &format!("add `{key} = ...`")));
                }
            }
            self.secrets(id, channel, faults);
            if let Some(place) = channel.channel.as_deref()
                && !(place.starts_with(['C', 'G', 'D'])
                    && place.len() >= 9
                    && place.bytes().all(|b| b.is_ascii_alphanumeric()))
            {
                let help = "open the channel's details in Slack and copy the id at the bottom: C0123456789";
                faults.push(self.fault(
                    &["channels", id, "channel"],
                    format!("`{place}` is no Slack channel id"),
                    help,
                ));
            }
            if let Some(hours) = &channel.quiet_hours
                && hours.read().is_none()
            {
                let help = "write `{ from = \"22:00\", until = \"07:00\", time_zone = \"Europe/Berlin\" }`";
                faults.push(self.fault(
                    &["channels", id, "quiet_hours"],
                    "these hours cannot be read".to_owned(),
                    help,
                ));
            }
            for name in channel.mention_on_critical.iter().filter(|name| !is_mention(name)) {
                let help = "use a user id (U...) or user group id (S...); `@channel` is not supported";
                faults.push(self.fault(
                    &["channels", id, "mention_on_critical"],
                    format!("`{name}` is nobody's id"),
                    help,
                ));
            }
        }
    }

    fn secrets(&self, id: &str, channel: &ChannelConfig, faults: &mut Vec<ConfigFault>) {
        let secrets = [
            ("token", &channel.token),
            ("url", &channel.url),
            ("routing_key", &channel.routing_key),
            ("secret", &channel.secret),
        ];
        for (key, reference) in secrets {
            let (message, help) = match reference {
                Some(SecretReference::Arn(arn)) => match SecretStore::of(arn) {
                    Ok(_) => continue,
                    Err(error) => (format!("`{key}` of channel `{id}`: {error}"), "copy the ARN of the secret whole"),
                },
                Some(SecretReference::Env(name)) if !is_variable(name) => (
                    format!("`{key}` of channel `{id}`: `env` is no name of an environment variable"),
                    "write a name such as `SLACK_TOKEN`, in capitals, digits and `_`; the secret itself never stands here",
                ),
                _ => continue,
            };
            // Without a place if it may be the secret itself: whoever shows the place shows the line.
            let quoted = matches!(reference, Some(SecretReference::Arn(arn)) if arn.starts_with("arn:"));
            let fault = self.fault(&["channels", id, key], message, help);
            faults.push(if quoted { fault } else { ConfigFault { span: None, ..fault } });
        }
    }

    fn references(&self, faults: &mut Vec<ConfigFault>) {
        let channels = self.config.effective_channels("");
        let known = channels.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let help = format!("known channels are: {known}");
        for (index, route) in self.config.routes.iter().enumerate() {
            let index = index.to_string();
            for channel in route.channels.iter().filter(|c| !channels.contains_key(c.as_str())) {
                let message = format!("route `{}` tells channel `{channel}`, which does not exist", route.name);
                faults.push(self.fault(&["routes", &index, "channels"], message, &help));
            }
            for name in route.matcher.environments.iter().filter(|e| !self.config.environments.contains_key(*e)) {
                let message = format!("route `{}` names environment `{name}`, which does not exist", route.name);
                faults.push(self.fault(&["routes", &index, "match"], message, "add it under [environments]"));
            }
        }
        if !self.config.routes.is_empty() && self.config.routes.iter().all(|route| route.channels.is_empty()) {
            let message = "no route tells anybody anything".to_owned();
            faults.push(self.fault(&["routes"], message, "give at least one route a channel"));
        }
        for name in self.config.digest.channels.iter().filter(|c| !channels.contains_key(*c)) {
            faults.push(self.fault(
                &["digest", "channels"],
                format!("the digest goes to channel `{name}`, which does not exist"),
                &help,
            ));
        }
        for (id, channel) in &self.config.channels {
            if let Some(fallback) = &channel.fallback
                && (fallback == id || !channels.contains_key(fallback))
            {
                let message = format!("channel `{id}` falls back to `{fallback}`, which is no other channel");
                faults.push(self.fault(&["channels", id, "fallback"], message, &help));
            }
        }
    }

    fn fault(&self, path: &[&str], message: String, help: &str) -> ConfigFault {
        ConfigFault { message, span: span(self.tree, path), help: help.to_owned() }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Words in small letters and a number, joined by hyphens: `us-gov-west-1`, `eusc-de-east-1`.
fn is_region(name: &str) -> bool {
    let mut words: Vec<&str> = name.split('-').collect();
    let number = words.pop().is_some_and(|last| !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()));
    number && words.len() >= 2 && words.iter().all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase()))
}

/// The name of an environment variable as POSIX wants it, which a token, an address or a key does not look like.
fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// A Slack user or user group id.
pub(crate) fn is_mention(name: &str) -> bool {
    name.len() >= 9
        && name.starts_with(['U', 'W', 'S'])
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

fn missing(channel: &ChannelConfig) -> Vec<(&'static str, bool)> {
    match channel.kind {
        ChannelKind::SlackBot => vec![("channel", channel.channel.is_none()), ("token", channel.token.is_none())],
        ChannelKind::SlackWebhook => vec![("url", channel.url.is_none())],
        ChannelKind::SnsHumans | ChannelKind::SnsFindings | ChannelKind::AmazonQ => {
            vec![("topic_arn", channel.topic_arn.is_none())]
        }
        ChannelKind::Pagerduty => vec![("routing_key", channel.routing_key.is_none())],
        ChannelKind::Webhook => vec![("url", channel.url.is_none()), ("secret", channel.secret.is_none())],
    }
}

/// Where a path is in the file; the nearest part of it that is there.
fn span(tree: &DeTable<'_>, path: &[&str]) -> Option<Range<usize>> {
    let (first, rest) = path.split_first()?;
    let (key, value) = tree.iter().find(|(key, _)| key.get_ref().as_ref() == *first)?;
    Some(span_below(value, rest).unwrap_or_else(|| key.span()))
}

fn span_below(value: &Spanned<DeValue<'_>>, path: &[&str]) -> Option<Range<usize>> {
    let Some((first, rest)) = path.split_first() else { return Some(value.span()) };
    match value.get_ref() {
        DeValue::Table(table) => span(table, path),
        DeValue::Array(items) => span_below(items.get(first.parse::<usize>().ok()?)?, rest),
        _ => Some(value.span()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let faults = validate_config(text, &[]).unwrap_err();
        faults
            .iter()
            .map(|f| format!("{} @ {}", f.message, f.span.clone().map_or("?", |s| text.get(s).unwrap_or("??"))))
            .collect()
    }

    #[test]
    fn nothing_is_needed() {
        let config = validate_config("", &[]).unwrap();
        assert_eq!(config, Config::default());
        assert_eq!(config.effective_channels("x").len(), 3);
        assert_eq!(config.effective_routes(&config.effective_channels("x")).len(), 2);
    }

    #[test]
    fn every_fault_at_once_with_its_place() {
        let text = r#"
accounts = ["42"]
believe_closes_of = ["43", "444455556666"]
regions = ["us-gov-west-1", "eu-central-1a", "Frankfurt"]
[targets]
cost = 101
[channels.slack]
kind = "slack-bot"
channel = "general"
mention_on_critical = ["@here"]
quiet_hours = { from = "late", until = "07:00" }
fallback = "pager"
[[routes]]
name = "r"
match = { environments = ["prod"] }
channels = ["slak"]
[digest]
channels = ["mail"]
time_zone = "Mars/Olympus"
"#;
        let faults = faults(text);
        for expected in [
            "`42` is no account id @ [\"42\"]",
            "`43` is no account id @ [\"43\"",
            "the closes of account 444455556666 are believed, but its events are not accepted @ [\"43\"",
            "`eu-central-1a` is no region @ [",
            "`Frankfurt` is no region @ [",
            "a target of 101 % cannot be reached @ 101",
            "channel `slack` has no `token`",
            "`general` is no Slack channel id @ \"general\"",
            "these hours cannot be read",
            "`@here` is nobody's id",
            "route `r` tells channel `slak`, which does not exist @ [\"slak\"]",
            "route `r` names environment `prod`",
            "the digest goes to channel `mail`",
            "channel `slack` falls back to `pager`",
            "`Mars/Olympus` is no time zone @ \"Mars/Olympus\"",
        ] {
            assert!(faults.iter().any(|f| f.starts_with(expected)), "{expected}\n{faults:#?}");
        }
        assert_eq!(faults.len(), 15);
    }

    #[test]
    fn runbooks_are_read_at_an_https_address_without_tricks() {
        for url in ["https://git.example.com/platform/plimsoll/blob/main", "https://wiki.example.com/"] {
            assert_eq!(
                validate_config(&format!("runbooks_url = \"{url}\""), &[]).unwrap().runbooks_url.as_deref(),
                Some(url)
            );
        }
        for url in
            ["http://git.example.com/", "docs/runbooks", "", "https://a b", "https://x|y>", "javascript:alert(1)"]
        {
            let faults = faults(&format!("regions = []\nrunbooks_url = \"{url}\"\n"));
            assert_eq!(faults, [format!("`{url}` is no `https` address @ \"{url}\"")]);
        }
    }

    #[test]
    fn a_secret_is_named_by_an_arn_or_a_variable_and_what_is_neither_is_not_quoted() {
        let channel =
            |token: &str| format!("[channels.s]\nkind = \"slack-bot\"\nchannel = \"C0123456789\"\ntoken = {token}");
        for token in [
            r#"{ arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf" }"#,
            r#"{ arn = "arn:aws-us-gov:ssm:us-gov-west-1:111122223333:parameter/plimsoll/slack" }"#,
            r#"{ env = "SLACK_TOKEN_2" }"#,
        ] {
            assert!(validate_config(&channel(token), &[]).is_ok(), "{token}");
        }
        let message = "a secret stands in the file itself";
        for token in [r#""xoxb-canary""#, r#""""xoxb-canary""""#] {
            let faults = validate_config(&channel(token), &[]).unwrap_err();
            assert_eq!((faults[0].message.as_str(), faults[0].span.clone()), (message, None));
        }
        let overlay = [("PLIMSOLL__CHANNELS__S__TOKEN".to_owned(), "xoxb-canary".to_owned())];
        let fault = validate_config(&channel("{ env = \"A\" }"), &overlay).unwrap_err().remove(0);
        assert!(!fault.to_string().contains("canary") && fault.message.contains("never stands here"), "{fault}");
        for token in ["{}", r#"{ arn = "a", env = "B" }"#, r#"{ file = "canary" }"#, "7"] {
            let fault = validate_config(&channel(token), &[]).unwrap_err().remove(0);
            assert!(fault.message.contains("`env`") || fault.message.contains("{ env"), "{fault}");
            assert!(!fault.to_string().contains("canary"), "{fault}");
        }
        for (token, expected) in [
            (r#"{ arn = "arn:aws:s3:::bucket" }"#, "`token` of channel `s`: `arn:aws:s3:::bucket` names neither"),
            (r#"{ arn = "xoxb-canary" }"#, "`token` of channel `s`: the value names neither"),
            (r#"{ env = "xoxb-canary" }"#, "`token` of channel `s`: `env` is no name"),
            (r#"{ env = "canary00canary00canary00canary00" }"#, "`token` of channel `s`: `env` is no name"),
            (r#"{ env = "" }"#, "`token` of channel `s`: `env` is no name"),
        ] {
            let faults = faults(&channel(token));
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].starts_with(expected) && !faults[0].contains("canary"), "{faults:?}");
            assert_eq!(faults[0].ends_with('?'), !token.contains("arn:"), "a place only for an ARN: {faults:?}");
        }
    }

    #[test]
    fn unknown_keys_and_bad_syntax_are_faults_with_a_place() {
        assert!(faults("[digest]\nchannel = []")[0].contains("unknown field `channel`"));
        assert_eq!(faults("[digest\n").len(), 1);
    }

    #[test]
    fn the_environment_lies_over_the_file() {
        let text = "[channels.sns-humans]\nkind = \"sns-humans\"\ntopic_arn = \"arn:a\"\n";
        let overlay = [
            ("PLIMSOLL__CHANNELS__SNS_HUMANS__TOPIC_ARN".to_owned(), "arn:b".to_owned()),
            ("PLIMSOLL__DIGEST__SILENT_AFTER_DAYS".to_owned(), "7".to_owned()),
            ("PLIMSOLL__ACCOUNTS".to_owned(), "[\"111122223333\"]".to_owned()),
        ];
        let config = validate_config(text, &overlay).unwrap();
        assert_eq!(config.channels["sns-humans"].topic_arn.as_deref(), Some("arn:b"));
        assert_eq!((config.digest.silent_after_days, config.accounts.len()), (7, 1));
        let wrong = [("PLIMSOLL__DIGEST__SILENT_AFTER_DAYS".to_owned(), "often".to_owned())];
        assert!(validate_config(text, &wrong).unwrap_err()[0].message.contains("environment"));
    }
}
