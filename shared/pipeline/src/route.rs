//! Which channels hear of a finding. Rules are read in order; the first that matches decides, unless it continues.

use std::collections::BTreeMap;

use plimsoll_finding::{Category, Finding, MAX_THREAT_NAMES, Severity, wildcard};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use plimsoll_message::ChannelId;

/// One routing rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Its name, shown by `plimsoll route --explain`.
    pub name: String,
    /// What it matches; everything that is not given matches.
    #[serde(rename = "match", default)]
    pub matcher: Matcher,
    /// Who is told. Empty means nobody: the finding is kept and counted, and shows in the digest.
    pub channels: Vec<ChannelId>,
    /// Whether the rules that follow are read as well.
    #[serde(rename = "continue", default)]
    pub continue_matching: bool,
}

/// What a rule or a waiver matches. All given conditions must hold. In every pattern `*` stands for any text and `?` for
/// one character.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Matcher {
    /// This severity or worse.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity_from: Option<Severity>,
    /// One of these categories.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Category>,
    /// One of these environments, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<String>,
    /// One of these accounts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// One of these sources, by function name: `guardduty-finding`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// One of these checks, as patterns: `config:INCOMING_SSH_DISABLED`, `inspector:*`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// One of these finding types, as patterns: `CryptoCurrency:EC2/*`, `PACKAGE_VULNERABILITY`. What has none does not match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub finding_types: Vec<String>,
    /// Patterns of threat names: `EICAR-Test-File*`. Each threat that the finding names must match one of them, so that a
    /// known threat never hides another; what names none does not match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub threats: Vec<String>,
    /// The resource's id or name, as a pattern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// One of these kinds of resources, as patterns: `AWS_EC2_INSTANCE`, `S3_OBJECT`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_kinds: Vec<String>,
    /// The title, as a pattern: `*OpenSSL*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the source says of it, as a pattern: `*S3 Glacier*`. Compared with the title and with each fact that explains
    /// (message, description, annotation, reason).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Only what the source says is in use (true) or is not (false). Where the source does not say, neither matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployed: Option<bool>,
    /// Each of these resource tags; the value is a pattern.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Only samples (true) or no samples (false).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<bool>,
}

/// Whose finding it is: one of the accounts behind it, and the environment of that account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Twelve digits.
    pub account: &'a str,
    /// Its name.
    pub environment: Option<&'a str>,
}

impl Matcher {
    /// `None` if it matches, else the first condition that does not hold, for people.
    #[must_use]
    pub fn mismatch(&self, finding: &Finding, place: Place<'_>) -> Option<String> {
        self.misplaced(finding, place).or_else(|| self.misnamed(finding)).or_else(|| match self.sample {
            Some(true) if !finding.sample => Some("it is not a sample".to_owned()),
            Some(false) if finding.sample => Some("it is a sample".to_owned()),
            _ => None,
        })
    }

    /// Conditions on how bad it is, whose it is and who reports it.
    fn misplaced(&self, finding: &Finding, place: Place<'_>) -> Option<String> {
        if let Some(from) = self.severity_from
            && finding.severity < from
        {
            return Some(format!("severity {} is below {from}", finding.severity));
        }
        if !self.categories.is_empty() && !self.categories.contains(&finding.category) {
            return Some(format!("category {} is not listed", finding.category));
        }
        if !self.environments.is_empty() && !self.environments.iter().any(|e| Some(e.as_str()) == place.environment) {
            return Some(match place.environment {
                Some(name) => format!("environment {name} is not listed"),
                None => format!("account {} belongs to no environment", place.account),
            });
        }
        if !self.accounts.is_empty() && !self.accounts.iter().any(|account| account == place.account) {
            return Some(format!("account {} is not listed", place.account));
        }
        if !self.sources.is_empty() && !self.sources.contains(&finding.source) {
            return Some(format!("source {} is not listed", finding.source));
        }
        None
    }

    /// Conditions on what it is about.
    fn misnamed(&self, finding: &Finding) -> Option<String> {
        if !self.checks.is_empty() && !any_matches(&self.checks, &finding.check) {
            return Some(format!("check {} is not listed", finding.check));
        }
        let finding_type = finding.finding_type.as_deref();
        if !self.finding_types.is_empty() && !finding_type.is_some_and(|it| any_matches(&self.finding_types, it)) {
            return Some(match finding_type {
                Some(name) => format!("finding type {name} is not listed"),
                None => "it has no finding type".to_owned(),
            });
        }
        if !self.threats.is_empty() {
            if finding.threat_names.is_empty() {
                return Some("it names no threat".to_owned());
            }
            // A list that is full may have been cut, and what was cut off could be the one that matters.
            if finding.threat_names.len() >= MAX_THREAT_NAMES {
                return Some(format!("it names {MAX_THREAT_NAMES} threats or more, too many to compare all"));
            }
            if let Some(other) = finding.threat_names.iter().find(|threat| !any_matches(&self.threats, threat)) {
                return Some(format!("threat {other} is not listed"));
            }
        }
        let resource = &finding.resource;
        if let Some(pattern) = &self.resource
            && !wildcard(pattern, &resource.id)
            && !wildcard(pattern, &resource.name)
        {
            return Some(format!("resource does not match {pattern}"));
        }
        if !self.resource_kinds.is_empty() && !any_matches(&self.resource_kinds, &resource.kind) {
            return Some(format!("resource kind {} is not listed", resource.kind));
        }
        let mut titles = [Some(finding.title.as_str()), finding.collective_title.as_deref()].into_iter().flatten();
        if let Some(pattern) = &self.title
            && !titles.any(|title| wildcard(pattern, title))
        {
            return Some(format!("title does not match {pattern}"));
        }
        if let Some(pattern) = &self.message
            && !messages(finding).any(|text| wildcard(pattern, text))
        {
            return Some(format!("message does not match {pattern}"));
        }
        match (self.deployed, finding.deployed) {
            (Some(_), None) => return Some("nobody says whether it is deployed".to_owned()),
            (Some(true), Some(false)) => return Some("it is not deployed".to_owned()),
            (Some(false), Some(true)) => return Some("it is deployed".to_owned()),
            _ => {}
        }
        self.tags.iter().find_map(|(key, pattern)| match finding.tags.get(key) {
            None => Some(format!("resource has no tag {key}")),
            Some(value) if !wildcard(pattern, value) => Some(format!("tag {key} does not match {pattern}")),
            Some(_) => None,
        })
    }
}

/// The facts in which a source explains itself, by name.
const EXPLAINING: [&str; 6] = ["What happened", "Issue", "Message", "Description", "Why", "Reason"];

/// The sentences of a finding: its titles, and the facts that explain.
fn messages(finding: &Finding) -> impl Iterator<Item = &str> {
    let titles = [Some(finding.title.as_str()), finding.collective_title.as_deref()].into_iter().flatten();
    let explaining = finding.facts.iter().filter(|fact| EXPLAINING.contains(&fact.name.as_str()));
    titles.chain(explaining.map(|fact| fact.value.as_str()))
}

fn any_matches(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| wildcard(pattern, text))
}

/// What the rules decided, rule by rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Who is told, without repeats, in the order of the rules.
    pub channels: Vec<ChannelId>,
    /// Each rule that was read, and what it said.
    pub trace: Vec<String>,
}

/// Reads the rules in order, once for each account behind the finding: its own, then the linked ones (those of the root
/// causes of a cost anomaly). Whoever hears of one of them hears of the finding, so that a rule that silences one account
/// does not silence another. Deterministic and without side effects.
#[must_use]
pub fn decide<'a>(routes: &[Route], finding: &Finding, environment_of: impl Fn(&str) -> Option<&'a str>) -> Decision {
    let linked = finding.linked_accounts.iter().filter(|account| **account != finding.account);
    let accounts: Vec<&String> = std::iter::once(&finding.account).chain(linked).collect();
    let mut decision = Decision::default();
    for account in &accounts {
        if accounts.len() > 1 {
            decision.trace.push(format!("for account {account}:"));
        }
        follow(routes, finding, Place { account, environment: environment_of(account) }, &mut decision);
    }
    decision
}

fn follow(routes: &[Route], finding: &Finding, place: Place<'_>, decision: &mut Decision) {
    for route in routes {
        if let Some(why) = route.matcher.mismatch(finding, place) {
            decision.trace.push(format!("{}: no match: {why}", route.name));
            continue;
        }
        let names = route.channels.iter().map(ChannelId::as_str).collect::<Vec<_>>().join(", ");
        let delivered = if names.is_empty() { "nobody" } else { names.as_str() };
        let next = if route.continue_matching { "; goes on" } else { "; stops here" };
        decision.trace.push(format!("{}: match: tells {delivered}{next}", route.name));
        for channel in &route.channels {
            if !decision.channels.contains(channel) {
                decision.channels.push(channel.clone());
            }
        }
        if !route.continue_matching {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_finding::{Event, Resource};
    use serde_json::json;

    fn finding(severity: Severity) -> Finding {
        let event = Event::from_envelope(
            &json!({"detail-type": "X", "detail": {}, "account": "111122223333"}),
            "2026-11-02T09:15:00Z".parse().unwrap(),
        )
        .unwrap();
        Finding::new("ecr-scan", "c", Resource::new("arn:x/web/api", "k", "web/api:1"), &event)
            .severity(severity, None)
            .tag("team", "web")
    }

    fn route(name: &str, matcher: Matcher, channels: &[&str], continue_matching: bool) -> Route {
        Route {
            name: name.into(),
            matcher,
            channels: channels.iter().map(|c| ChannelId::new(c)).collect(),
            continue_matching,
        }
    }

    #[test]
    fn the_first_match_decides_unless_it_continues() {
        let routes = [
            route(
                "pager",
                Matcher { severity_from: Some(Severity::Critical), ..Matcher::default() },
                &["pager", "slack"],
                true,
            ),
            route(
                "web",
                Matcher { tags: [("team".into(), "w*".into())].into(), ..Matcher::default() },
                &["slack"],
                false,
            ),
            route("rest", Matcher::default(), &["mail"], false),
        ];
        let names = |severity| {
            decide(&routes, &finding(severity), |_| None)
                .channels
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(names(Severity::Critical), "pager slack");
        assert_eq!(names(Severity::Low), "slack");
        let decision = decide(&routes, &finding(Severity::Low), |_| None);
        assert_eq!(
            decision.trace,
            ["pager: no match: severity low is below critical", "web: match: tells slack; stops here"]
        );
    }

    #[test]
    fn every_condition_can_refuse() {
        let finding = finding(Severity::High);
        let place = Place { account: &finding.account, environment: Some("dev") };
        let refuse = |matcher: Matcher| matcher.mismatch(&finding, place).is_some();
        assert!(refuse(Matcher { categories: vec![Category::Cost], ..Matcher::default() }));
        assert!(refuse(Matcher { environments: vec!["prod".into()], ..Matcher::default() }));
        assert!(refuse(Matcher { accounts: vec!["444455556666".into()], ..Matcher::default() }));
        assert!(refuse(Matcher { sources: vec!["backup-job".into()], ..Matcher::default() }));
        assert!(refuse(Matcher { resource: Some("db*".into()), ..Matcher::default() }));
        assert!(refuse(Matcher { tags: [("owner".into(), "*".into())].into(), ..Matcher::default() }));
        assert!(refuse(Matcher { sample: Some(true), ..Matcher::default() }));
        assert!(!refuse(Matcher {
            environments: vec!["dev".into()],
            resource: Some("*/api:*".into()),
            ..Matcher::default()
        }));
    }

    /// Each condition alone: the value that matches, and one that does not with the reason.
    #[test]
    fn conditions_on_what_it_is_about() {
        let finding = finding(Severity::High)
            .check("guardduty:malware")
            .finding_type(Some("Object:S3/MaliciousFile"))
            .threat_names(["EICAR-Test-File (not a virus)"])
            .title("Malware in uploads/test/eicar.com")
            .collective_title("Threats in uploads")
            .fact("Message", Some("Some objects were left out."))
            .fact("Bucket", Some("left out of this"))
            .deployed(Some(false));
        let said = |toml: &str| -> Option<String> {
            let matcher: Matcher = serde_json::from_str(toml).unwrap();
            matcher.mismatch(&finding, Place { account: "111122223333", environment: None })
        };
        for (matches, differs, why) in [
            (r#"{"checks": ["guardduty:*"]}"#, r#"{"checks": ["backup:*"]}"#, "check guardduty:malware is not listed"),
            (
                r#"{"finding_types": ["x", "Object:S3/*"]}"#,
                r#"{"finding_types": ["Recon:*"]}"#,
                "finding type Object:S3/MaliciousFile is not listed",
            ),
            (
                r#"{"threats": ["EICAR-Test-File*"]}"#,
                r#"{"threats": ["EICAR"]}"#,
                "threat EICAR-Test-File (not a virus) is not listed",
            ),
            (r#"{"resource_kinds": ["k"]}"#, r#"{"resource_kinds": ["S3*"]}"#, "resource kind k is not listed"),
            (r#"{"title": "*eicar.com"}"#, r#"{"title": "eicar"}"#, "title does not match eicar"),
            (r#"{"title": "Threats in*"}"#, r#"{"title": "*EICAR*"}"#, "title does not match *EICAR*"),
            (r#"{"message": "Some objects*"}"#, r#"{"message": "*of this"}"#, "message does not match *of this"),
            (r#"{"message": "*eicar.com"}"#, r#"{"message": "objects"}"#, "message does not match objects"),
            (r#"{"deployed": false}"#, r#"{"deployed": true}"#, "it is not deployed"),
        ] {
            assert_eq!(said(matches), None, "{matches}");
            assert_eq!(said(differs).as_deref(), Some(why));
        }
    }

    /// Both answers to a question of yes or no, and a tag with another value, each with its reason.
    #[test]
    fn samples_deployed_images_and_tags_are_told_apart_in_both_directions() {
        let place = Place { account: "111122223333", environment: None };
        let (real, mut sample) = (finding(Severity::High), finding(Severity::High));
        sample.sample = true;
        let samples = |wanted| Matcher { sample: Some(wanted), ..Matcher::default() };
        let said = |matcher: &Matcher, finding: &Finding| matcher.mismatch(finding, place);
        assert_eq!(said(&samples(true), &sample), None);
        assert_eq!(said(&samples(false), &real), None);
        assert_eq!(said(&samples(true), &real).as_deref(), Some("it is not a sample"));
        assert_eq!(said(&samples(false), &sample).as_deref(), Some("it is a sample"));
        let idle = Matcher { deployed: Some(false), ..Matcher::default() };
        let running = finding(Severity::High).deployed(Some(true));
        assert_eq!(said(&idle, &running).as_deref(), Some("it is deployed"));
        let tagged = |pattern: &str| Matcher { tags: [("team".into(), pattern.into())].into(), ..Matcher::default() };
        assert_eq!(said(&tagged("w*"), &real), None);
        assert_eq!(said(&tagged("api"), &real).as_deref(), Some("tag team does not match api"));
    }

    #[test]
    fn a_known_threat_hides_no_other_and_what_nobody_says_matches_nothing() {
        let place = Place { account: "", environment: None };
        let eicar = Matcher { threats: vec!["EICAR*".into()], ..Matcher::default() };
        let plain = finding(Severity::High);
        assert_eq!(eicar.mismatch(&plain, place).as_deref(), Some("it names no threat"));
        let two = plain.clone().threat_names(["EICAR-Test-File", "Trojan.X"]);
        assert_eq!(eicar.mismatch(&two, place).as_deref(), Some("threat Trojan.X is not listed"));
        let many =
            plain.clone().threat_names((0..30).map(|number| format!("EICAR-{number}")).chain(["Trojan.X".to_owned()]));
        assert_eq!(
            eicar.mismatch(&many, place).as_deref(),
            Some("it names 20 threats or more, too many to compare all")
        );
        for deployed in [true, false] {
            let matcher = Matcher { deployed: Some(deployed), ..Matcher::default() };
            assert_eq!(matcher.mismatch(&plain, place).as_deref(), Some("nobody says whether it is deployed"));
        }
        let typed = Matcher { finding_types: vec!["*".into()], ..Matcher::default() };
        assert_eq!(typed.mismatch(&plain, place).as_deref(), Some("it has no finding type"));
    }

    #[test]
    fn rules_are_read_for_each_account_behind_a_finding() {
        let of = |environment: &str| Matcher { environments: vec![environment.into()], ..Matcher::default() };
        let routes = [
            route("dev is silent", of("dev"), &[], false),
            route("prod", of("prod"), &["pager"], false),
            route("rest", Matcher::default(), &["mail"], false),
        ];
        let environment = |account: &str| match account {
            "444455556666" => Some("prod"),
            "999988887777" => Some("dev"),
            _ => None,
        };
        let told = |linked: &[&str]| {
            let finding =
                linked.iter().fold(finding(Severity::High), |finding, account| finding.linked_account(account));
            decide(&routes, &finding, environment)
        };
        let names = |decision: &Decision| decision.channels.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&told(&[])), ["mail"]);
        assert_eq!(names(&told(&["111122223333"])), ["mail"]);
        assert_eq!(names(&told(&["999988887777", "444455556666"])), ["mail", "pager"]);
        assert_eq!(
            told(&["999988887777"]).trace,
            [
                "for account 111122223333:",
                "dev is silent: no match: account 111122223333 belongs to no environment",
                "prod: no match: account 111122223333 belongs to no environment",
                "rest: match: tells mail; stops here",
                "for account 999988887777:",
                "dev is silent: match: tells nobody; stops here",
            ]
        );
    }
}
