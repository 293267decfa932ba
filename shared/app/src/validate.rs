//! Reading `plimsoll.toml`, with the environment laid over it, and every fault at once.

use std::{collections::BTreeSet, ops::Range};

use jiff::{civil::Time, tz::TimeZone};
use toml::{
    Spanned, Value,
    de::{DeTable, DeValue},
};

use plimsoll_aws::SecretStore;

mod environments;
mod lines;
mod money_and_names;
mod standing;

use crate::{
    config::{ChannelConfig, ChannelKind, Config, SECRET_BY_ANOTHER_KEY, SECRET_IN_THE_FILE, SecretReference},
    dialect::{is_region, meant_region, schedule_fault, topic_fault},
    fault::ConfigFault,
    registry::SOURCES,
    shape::{Shape, did_you_mean, shape},
};

/// Environment variables that begin so replace one value of the file: `PLIMSOLL__DIGEST__TIME_ZONE=Europe/Berlin`.
/// Two underscores separate the steps; names are taken in lower case, and `_` also finds a `-` (`SNS_HUMANS`).
pub const OVERLAY_PREFIX: &str = "PLIMSOLL__";

/// Reads the file's text with the overlay on top, and checks all of it: syntax, shape and meaning.
///
/// # Errors
/// Every fault that was found, in the order of the file.
pub fn validate_config(text: &str, overlay: &[(String, String)]) -> Result<Config, Vec<ConfigFault>> {
    let (tree, errors) = DeTable::parse_recoverable(text);
    let tree = tree.get_ref();
    let mut faults: Vec<ConfigFault> = errors.iter().map(|error| from_syntax(error, text)).collect();
    let read = if faults.is_empty() { toml::from_str::<Config>(text).ok() } else { None };
    let is_well_formed = read.is_some();
    let (from_file, meant) = if let Some(config) = read {
        (config, Vec::new())
    } else {
        let Shape { faults: misshapen, rest, meant } = shape(tree);
        // What is broken is read as something else by chance, so its line has one fault.
        let lines: BTreeSet<Option<usize>> = faults.iter().map(|fault| line_of(text, fault)).collect();
        faults.extend(misshapen.into_iter().filter(|fault| !lines.contains(&line_of(text, fault))));
        match Value::Table(rest).try_into::<Config>() {
            Ok(config) => (config, meant),
            Err(_) if !faults.is_empty() => return Err(faults),
            Err(error) => return Err(vec![from_toml(&error)]),
        }
    };
    let config = if overlay.is_empty() || !is_well_formed {
        from_file
    } else {
        overlaid(text, overlay).map_err(|fault| vec![fault])?
    };
    faults.extend(Check { tree, config: &config, meant: &meant }.faults());
    faults.sort_by_key(|fault| fault.span.as_ref().map_or(usize::MAX, |span| span.start));
    if faults.is_empty() { Ok(config) } else { Err(faults) }
}

/// The line of a fault, from 0.
fn line_of(text: &str, fault: &ConfigFault) -> Option<usize> {
    let before = text.get(..fault.span.as_ref()?.start)?;
    Some(before.matches('\n').count())
}

/// The keys behind which a secret may stand by mistake.
const SECRET_KEYS: [&str; 4] = ["token", "url", "routing_key", "secret"];

fn from_syntax(error: &toml::de::Error, text: &str) -> ConfigFault {
    let span = error.span();
    // A fault at the end of a file stands behind its last character.
    let at = span.as_ref().map_or(0, |span| span.start.min(text.len()));
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline.saturating_add(1));
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let is_secret = SECRET_KEYS.iter().any(|key| line.contains(key));
    let help = if is_secret { SECRET_IN_THE_FILE } else { "text stands in quotes, a list in [...], and each key once" };
    ConfigFault { message: error.message().replace('\n', ", "), span, help: help.to_owned(), is_secret }
}

fn from_toml(error: &toml::de::Error) -> ConfigFault {
    let named = error.message();
    if named.contains(SECRET_BY_ANOTHER_KEY) || named.contains(SECRET_IN_THE_FILE) {
        let message = "a secret stands in the file itself, or is named wrongly".to_owned();
        return ConfigFault { message, span: error.span(), help: SECRET_IN_THE_FILE.to_owned(), is_secret: true };
    }
    ConfigFault {
        message: named.to_owned(),
        span: error.span(),
        help: "`plimsoll schema` prints what may stand here".to_owned(),
        is_secret: true,
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
        is_secret: false,
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
    /// Keys that an unknown one probably meant: what lacks them is named already.
    meant: &'a [String],
}

impl Check<'_> {
    fn faults(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        self.accounts(&mut faults);
        self.regions(&mut faults);
        self.environments(&mut faults);
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
        self.digest(&mut faults);
        self.standing_waivers(&mut faults);
        self.lines(&mut faults);
        faults
    }

    fn digest(&self, faults: &mut Vec<ConfigFault>) {
        let digest = &self.config.digest;
        if let Some(why) = time_zone_fault(&digest.time_zone) {
            faults.push(self.fault(&["digest", "time_zone"], why, ZONE_HELP));
        }
        if let Some((message, help)) = schedule_fault(&digest.schedule) {
            faults.push(self.fault(&["digest", "schedule"], message, help));
        }
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
                } else if !seen.insert(id) && !self.is_shared(id) {
                    let message = format!("account {id} belongs to more than one environment");
                    faults.push(self.fault(
                        &path,
                        message,
                        "leave it in one of them, or tell all of them apart by `regions`, `clusters` or `tags`",
                    ));
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
            let help = match meant_region(region) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "write it as AWS does, for example `eu-central-1`; events about costs come from `us-east-1`"
                    .to_owned(),
            };
            faults.push(self.fault(&["regions"], format!("`{region}` is no region"), &help));
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
                let is_meant = self.meant.contains(&format!("channels.{id}.{key}"));
                // What stands there and cannot be read has a fault of its own.
                if missing && !is_meant && !stands_in(self.tree, &["channels", id, key]) {
                    let message = format!("channel `{id}` has no `{key}`");
                    faults.push(self.fault(&["channels", id], message, &format!("add `{key} = ...`")));
                }
            }
            self.foreign_keys(id, channel, faults);
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
            self.quiet_hours(id, channel, faults);
            if let Some(topic) = &channel.topic_arn
                && let Some((message, help)) = topic_fault(topic)
            {
                faults.push(self.fault(&["channels", id, "topic_arn"], message, help));
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

    /// An address that another kind of channel uses is a mistake about one of the two.
    fn foreign_keys(&self, id: &str, channel: &ChannelConfig, faults: &mut Vec<ConfigFault>) {
        let own: Vec<&str> = missing(channel).into_iter().map(|(key, _)| key).collect();
        let given = [
            ("channel", channel.channel.is_some()),
            ("token", channel.token.is_some()),
            ("url", channel.url.is_some()),
            ("topic_arn", channel.topic_arn.is_some()),
            ("routing_key", channel.routing_key.is_some()),
            ("secret", channel.secret.is_some()),
        ];
        for (key, _) in given.into_iter().filter(|(key, is_given)| *is_given && !own.contains(key)) {
            let kind = channel.kind.name();
            let message = format!("`{key}` means nothing to channel `{id}` of kind `{kind}`");
            let help = format!("leave it out, or change the kind: `{kind}` takes {}", own.join(", "));
            let fault = self.fault(&["channels", id, key], message, &help);
            faults.push(ConfigFault { is_secret: key != "channel" && key != "topic_arn", ..fault });
        }
    }

    fn quiet_hours(&self, id: &str, channel: &ChannelConfig, faults: &mut Vec<ConfigFault>) {
        let Some(hours) = &channel.quiet_hours else { return };
        for (key, time) in [("from", &hours.from), ("until", &hours.until)] {
            if Time::strptime("%H:%M", time).is_err() {
                let message = format!("`{key} = \"{time}\"` is no time of day");
                faults.push(self.fault(
                    &["channels", id, "quiet_hours", key],
                    message,
                    "write hours and minutes: `22:00`",
                ));
            }
        }
        if let Some(why) = time_zone_fault(&hours.time_zone) {
            faults.push(self.fault(&["channels", id, "quiet_hours", "time_zone"], why, ZONE_HELP));
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
            let may_be_shown = matches!(reference, Some(SecretReference::Arn(arn)) if arn.starts_with("arn:"));
            let fault = self.fault(&["channels", id, key], message, help);
            faults.push(ConfigFault { is_secret: !may_be_shown, ..fault });
        }
    }

    fn references(&self, faults: &mut Vec<ConfigFault>) {
        let channels = self.config.effective_channels("");
        // A channel with a fault is there all the same.
        let known: BTreeSet<&str> =
            channels.keys().map(String::as_str).chain(names_below(self.tree, "channels")).collect();
        let names: Vec<&str> = known.iter().copied().collect();
        let environments: Vec<&str> = names_below(self.tree, "environments").collect();
        for (index, route) in self.config.routes.iter().enumerate() {
            let index = index.to_string();
            for channel in route.channels.iter().filter(|c| !known.contains(c.as_str())) {
                let message = format!("route `{}` tells channel `{channel}`, which does not exist", route.name);
                let help = did_you_mean(channel.as_str(), &names);
                faults.push(self.fault(&["routes", &index, "channels"], message, &help));
            }
            for name in route.matcher.environments.iter().filter(|e| !self.config.environments.contains_key(*e)) {
                if environments.contains(&name.as_str()) {
                    continue;
                }
                let message = format!("route `{}` names environment `{name}`, which does not exist", route.name);
                let help = match crate::shape::nearest(name, environments.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("add [environments.{name}]"),
                };
                faults.push(self.fault(&["routes", &index, "match", "environments"], message, &help));
            }
            for name in route.matcher.sources.iter().filter(|name| !SOURCES.contains(&name.as_str())) {
                let message = format!("route `{}` names source `{name}`, which does not exist", route.name);
                let help = did_you_mean(name, &SOURCES);
                faults.push(self.fault(&["routes", &index, "match", "sources"], message, &help));
            }
            for id in route.matcher.accounts.iter().filter(|id| !is_account(id)) {
                let message = format!("route `{}`: `{id}` is no account id", route.name);
                faults.push(self.fault(
                    &["routes", &index, "match", "accounts"],
                    message,
                    "write all twelve digits, as text",
                ));
            }
        }
        if !self.config.routes.is_empty() && self.config.routes.iter().all(|route| route.channels.is_empty()) {
            let message = "no route tells anybody anything".to_owned();
            faults.push(self.fault(&["routes"], message, "give at least one route a channel"));
        }
        for name in self.config.digest.channels.iter().filter(|c| !known.contains(c.as_str())) {
            faults.push(self.fault(
                &["digest", "channels"],
                format!("the digest goes to channel `{name}`, which does not exist"),
                &did_you_mean(name, &names),
            ));
        }
        for (id, channel) in &self.config.channels {
            if let Some(fallback) = &channel.fallback
                && (fallback == id || !known.contains(fallback.as_str()))
            {
                let message = format!("channel `{id}` falls back to `{fallback}`, which is no other channel");
                let others: Vec<&str> = names.iter().copied().filter(|name| name != id).collect();
                faults.push(self.fault(&["channels", id, "fallback"], message, &did_you_mean(fallback, &others)));
            }
        }
    }

    fn fault(&self, path: &[&str], message: String, help: &str) -> ConfigFault {
        ConfigFault { message, span: span(self.tree, path), help: help.to_owned(), is_secret: false }
    }
}

const ZONE_HELP: &str = "use an IANA name such as `Europe/Berlin`";

fn time_zone_fault(name: &str) -> Option<String> {
    TimeZone::get(name).is_err().then(|| format!("`{name}` is no time zone"))
}

/// Twelve digits.
fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The names of the tables in a table of the file.
fn names_below<'a>(tree: &'a DeTable<'_>, name: &str) -> impl Iterator<Item = &'a str> {
    let below = tree.iter().find(|(key, _)| key.get_ref().as_ref() == name).map(|(_, value)| value.get_ref());
    let table = below.and_then(|value| match value {
        DeValue::Table(table) => Some(table),
        _ => None,
    });
    table.into_iter().flat_map(|table| table.keys().map(|key| key.get_ref().as_ref()))
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

/// Whether there is something at the path.
fn stands_in(table: &DeTable<'_>, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    let found = table.iter().find(|(key, _)| key.get_ref().as_ref() == *first).map(|(_, value)| value.get_ref());
    match found {
        Some(DeValue::Table(below)) => stands_in(below, rest),
        other => other.is_some() && rest.is_empty(),
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

    pub(super) fn faults(text: &str) -> Vec<String> {
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
match = { environments = ["prod"], sources = ["gardduty"] }
channels = ["slak"]
[digest]
channels = ["mail"]
time_zone = "Mars/Olympus"
schedule = "rate(0 days)"
[channels.topic]
kind = "sns-humans"
topic_arn = "arn:aws:sqs:eu-central-1:111122223333:q"
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
            "`from = \"late\"` is no time of day @ \"late\"",
            "`@here` is nobody's id",
            "route `r` tells channel `slak`, which does not exist @ [\"slak\"]",
            "route `r` names environment `prod`",
            "route `r` names source `gardduty`",
            "`arn:aws:sqs:eu-central-1:111122223333:q` is no SNS topic, but something of sqs @ \"arn:aws:sqs",
            "`rate(0 days)` never comes @ \"rate(0 days)\"",
            "the digest goes to channel `mail`",
            "channel `slack` falls back to `pager`",
            "`Mars/Olympus` is no time zone @ \"Mars/Olympus\"",
        ] {
            assert!(faults.iter().any(|f| f.starts_with(expected)), "{expected}\n{faults:#?}");
        }
        assert_eq!(faults.len(), 18, "{faults:#?}");
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
            assert!(faults[0].message.ends_with(message) && faults[0].is_secret, "{faults:?}");
            assert!(faults[0].span.is_some(), "its line is named: {faults:?}");
        }
        let overlay = [("PLIMSOLL__CHANNELS__S__TOKEN".to_owned(), "xoxb-canary".to_owned())];
        let fault = validate_config(&channel("{ env = \"A\" }"), &overlay).unwrap_err().remove(0);
        assert!(!fault.to_string().contains("canary") && fault.message.contains("never stands here"), "{fault}");
        for token in ["{}", r#"{ arn = "a", env = "B" }"#, r#"{ file = "canary" }"#, "7"] {
            let fault = validate_config(&channel(token), &[]).unwrap_err().remove(0);
            assert!(fault.to_string().contains("{ env"), "{fault}");
            assert!(!fault.to_string().contains("canary"), "{fault}");
        }
        for (token, expected) in [
            (r#"{ arn = "arn:aws:s3:::bucket" }"#, "`token` of channel `s`: `arn:aws:s3:::bucket` names neither"),
            (r#"{ arn = "xoxb-canary" }"#, "`token` of channel `s`: the value names neither"),
            (r#"{ env = "xoxb-canary" }"#, "`token` of channel `s`: `env` is no name"),
            (r#"{ env = "canary00canary00canary00canary00" }"#, "`token` of channel `s`: `env` is no name"),
            (r#"{ env = "" }"#, "`token` of channel `s`: `env` is no name"),
        ] {
            let faults = validate_config(&channel(token), &[]).unwrap_err();
            assert_eq!(faults.len(), 1, "{faults:?}");
            let said = faults[0].to_string();
            assert!(said.starts_with(expected) && !said.contains("canary"), "{faults:?}");
            assert_eq!(faults[0].is_secret, !token.contains("arn:"), "only an ARN is shown: {faults:?}");
        }
    }

    #[test]
    fn unknown_keys_and_bad_syntax_are_faults_with_a_place() {
        assert_eq!(faults("[digest]\nchannel = []"), ["`channel` is no key of `digest` @ channel"]);
        assert_eq!(faults("[digest\n").len(), 1);
    }

    #[test]
    fn shape_and_meaning_are_named_in_one_run_with_what_was_meant() {
        let text = r#"
chanels = {}
verify_close = "yes"
[targets]
secruity = 98
cost = 300
[digest]
silent_after_days = "three"
time_zone = "Europe/Berln"
[channels.slack]
kind = "slack-bott"
[channels.mail]
kind = "sns-humans"
topic = "arn:aws:sns:eu-central-1:111122223333:mail"
[channels.hook]
kind = "slack-webhook"
url = "https://hooks.slack.com/services/T0/B0/canary"
[[routes]]
channels = ["slack", "mial"]
"#;
        let faults = validate_config(text, &[]).unwrap_err();
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        for expected in [
            "`chanels` is no key of the file. did you mean `channels`?",
            "`verify_close` is text. write true or false",
            "`secruity` is no category. did you mean `security`?",
            "`targets.cost` is out of range. write a whole number from 0 to 100",
            "`digest.silent_after_days` is text. write a whole number",
            "`Europe/Berln` is no time zone",
            "`channels.slack.kind` cannot be `slack-bott`. did you mean `slack-bot`?",
            "channel `slack` has no `channel`",
            "channel `slack` has no `token`",
            "`topic` is no key of `channels.mail`. did you mean `topic_arn`?",
            "`channels.hook.url`: a secret stands in the file itself",
            "`routes.0` has no `name`",
            "route `?` tells channel `mial`, which does not exist. did you mean `mail`?",
        ] {
            assert!(said.iter().any(|it| it.starts_with(expected)), "{expected}\n{said:#?}");
        }
        assert!(!said.concat().contains("canary"));
        assert_eq!(faults.len(), 13, "one fault for each mistake: {said:#?}");
        assert!(
            faults.windows(2).all(|pair| pair[0].span.as_ref().unwrap().start <= pair[1].span.as_ref().unwrap().start)
        );
    }

    #[test]
    fn what_would_silently_lose_events_or_messages_is_a_fault() {
        for (text, expected) in [
            ("regions = [\"eu-centrl-1\"]", "`eu-centrl-1` is no region. did you mean `eu-central-1`?"),
            ("regions = [\"us-west-2a\"]", "`us-west-2a` is no region. write it as AWS does"),
            (
                "[channels.a]\nkind = \"slack-bott\"\nchannel = \"C0123456789\"\ntoken = { env = \"T\" }\nfallback = \"male\"",
                "channel `a` falls back to `male`",
            ),
            (
                "[channels.a]\nkind = \"slack-bot\"\nchannel = \"C0123456789\"\ntoken = { env = \"T\" }\n\
                 topic_arn = \"arn:aws:sns:eu-central-1:111122223333:x\"",
                "`topic_arn` means nothing to channel `a` of kind `slack-bot`. leave it out, or change the kind: `slack-bot` takes \
                 channel, token",
            ),
        ] {
            let faults = validate_config(text, &[]).unwrap_err();
            assert!(faults.iter().any(|fault| fault.to_string().starts_with(expected)), "{expected}\n{faults:#?}");
        }
        for region in
            ["us-gov-west-1", "ap-southeast-5", "eusc-de-east-1", "us-iso-east-1", "mx-central-1", "eu-north-9"]
        {
            assert!(validate_config(&format!("regions = [\"{region}\"]"), &[]).is_ok(), "{region}");
        }
    }

    #[test]
    fn syntax_and_what_stands_elsewhere_are_named_in_one_run() {
        let text = "accounts = [\"1\"]\nregions = eu-central-1\n[digest]\nchanels = []\n[channels.s]\nkind = \"slack-bot\"\ntoken = xoxb-canary\n";
        let faults = validate_config(text, &[]).unwrap_err();
        let lines: Vec<Option<usize>> = faults.iter().map(|fault| line_of(text, fault)).collect();
        for line in [0, 1, 3, 6] {
            assert!(lines.contains(&Some(line)), "line {line}: {faults:#?}");
        }
        for fault in &faults {
            assert!(!fault.to_string().contains("canary"), "{fault}");
            assert!(line_of(text, fault) != Some(6) || fault.is_secret, "{fault:?}");
        }
    }

    #[test]
    fn the_environment_lies_over_the_file() {
        let text =
            "[channels.sns-humans]\nkind = \"sns-humans\"\ntopic_arn = \"arn:aws:sns:eu-central-1:111122223333:a\"\n";
        let overlay = [
            (
                "PLIMSOLL__CHANNELS__SNS_HUMANS__TOPIC_ARN".to_owned(),
                "arn:aws:sns:eu-central-1:111122223333:b".to_owned(),
            ),
            ("PLIMSOLL__DIGEST__SILENT_AFTER_DAYS".to_owned(), "7".to_owned()),
            ("PLIMSOLL__ACCOUNTS".to_owned(), "[\"111122223333\"]".to_owned()),
        ];
        let config = validate_config(text, &overlay).unwrap();
        assert_eq!(config.channels["sns-humans"].topic_arn.as_deref(), Some("arn:aws:sns:eu-central-1:111122223333:b"));
        assert_eq!((config.digest.silent_after_days, config.accounts.len()), (7, 1));
        let wrong = [("PLIMSOLL__DIGEST__SILENT_AFTER_DAYS".to_owned(), "often".to_owned())];
        assert!(validate_config(text, &wrong).unwrap_err()[0].message.contains("environment"));
    }
}
