//! Which channels hear of a finding. Rules are read in order; the first that matches decides, unless it continues.

use std::collections::BTreeMap;

use plimsoll_finding::{Category, Finding, Severity};
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

/// What a rule matches. All given conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Matcher {
    /// This severity or worse.
    pub severity_from: Option<Severity>,
    /// One of these categories.
    pub categories: Vec<Category>,
    /// One of these environments, by name.
    pub environments: Vec<String>,
    /// One of these accounts.
    pub accounts: Vec<String>,
    /// One of these sources, by function name: `guardduty-finding`.
    pub sources: Vec<String>,
    /// The resource's id or name; `*` stands for any text.
    pub resource: Option<String>,
    /// Each of these resource tags; `*` stands for any text in the value.
    pub tags: BTreeMap<String, String>,
    /// Only samples (true) or no samples (false).
    pub sample: Option<bool>,
}

impl Matcher {
    /// `None` if it matches, else the first condition that does not hold, for people.
    #[must_use]
    pub fn mismatch(&self, finding: &Finding, environment: Option<&str>) -> Option<String> {
        if let Some(from) = self.severity_from
            && finding.severity < from
        {
            return Some(format!("severity {} is below {from}", finding.severity));
        }
        if !self.categories.is_empty() && !self.categories.contains(&finding.category) {
            return Some(format!("category {} is not listed", finding.category));
        }
        if !self.environments.is_empty() && !self.environments.iter().any(|e| Some(e.as_str()) == environment) {
            return Some(match environment {
                Some(name) => format!("environment {name} is not listed"),
                None => format!("account {} belongs to no environment", finding.account),
            });
        }
        if !self.accounts.is_empty() && !self.accounts.contains(&finding.account) {
            return Some(format!("account {} is not listed", finding.account));
        }
        if !self.sources.is_empty() && !self.sources.contains(&finding.source) {
            return Some(format!("source {} is not listed", finding.source));
        }
        if let Some(pattern) = &self.resource
            && !wildcard(pattern, &finding.resource.id)
            && !wildcard(pattern, &finding.resource.name)
        {
            return Some(format!("resource does not match {pattern}"));
        }
        for (key, pattern) in &self.tags {
            match finding.tags.get(key) {
                None => return Some(format!("resource has no tag {key}")),
                Some(value) if !wildcard(pattern, value) => return Some(format!("tag {key} does not match {pattern}")),
                Some(_) => {}
            }
        }
        match self.sample {
            Some(true) if !finding.sample => Some("it is not a sample".to_owned()),
            Some(false) if finding.sample => Some("it is a sample".to_owned()),
            _ => None,
        }
    }
}

/// What the rules decided, rule by rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Who is told, without repeats, in the order of the rules.
    pub channels: Vec<ChannelId>,
    /// Each rule that was read, and what it said.
    pub trace: Vec<String>,
}

/// Reads the rules in order. Deterministic and without side effects.
#[must_use]
pub fn decide(routes: &[Route], finding: &Finding, environment: Option<&str>) -> Decision {
    let mut decision = Decision::default();
    for route in routes {
        if let Some(why) = route.matcher.mismatch(finding, environment) {
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
            return decision;
        }
    }
    decision
}

/// Who is told of a finding.
#[must_use]
pub fn routes_for(routes: &[Route], finding: &Finding, environment: Option<&str>) -> Vec<ChannelId> {
    decide(routes, finding, environment).channels
}

/// Whether `text` matches `pattern`, in which `*` stands for any text, also none. Linear in practice; never recursive.
pub(crate) fn wildcard(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|head| text.strip_prefix(head)) else { return false };
    let mut middle: Vec<&str> = pieces.collect();
    let Some(tail) = middle.pop() else { return rest.is_empty() };
    for piece in middle {
        let Some(found) = rest.find(piece) else { return false };
        rest = rest.get(found.saturating_add(piece.len())..).unwrap_or_default();
    }
    rest.ends_with(tail)
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
            routes_for(&routes, &finding(severity), None).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(Severity::Critical), "pager slack");
        assert_eq!(names(Severity::Low), "slack");
        let decision = decide(&routes, &finding(Severity::Low), None);
        assert_eq!(
            decision.trace,
            ["pager: no match: severity low is below critical", "web: match: tells slack; stops here"]
        );
    }

    #[test]
    fn every_condition_can_refuse() {
        let finding = finding(Severity::High);
        let refuse = |matcher: Matcher| matcher.mismatch(&finding, Some("dev")).is_some();
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

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("*a*", "bab", true),
            ("ab*ba", "aba", false),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(wildcard(pattern, text), expected, "{pattern} {text}");
        }
    }
}
