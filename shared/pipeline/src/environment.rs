//! Environments: told apart by accounts, regions, cluster names and tags, since many teams have one account.

use std::collections::BTreeMap;

use plimsoll_checklist::Signal;
use plimsoll_finding::{Category, Finding, wildcard};

/// What belongs together, for example `prod`. All conditions that are given must hold. What nobody can tell apart (the
/// trail of an account, a repository that no cluster names) belongs to each environment that it may belong to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Its accounts: twelve digits each; empty for any, if another condition is given.
    pub accounts: Vec<String>,
    /// Its regions; empty for any.
    pub regions: Vec<String>,
    /// The names of its ECS clusters, in which `*` stands for any text; empty for any.
    pub clusters: Vec<String>,
    /// Its tags, each value a pattern; empty for any.
    pub tags: BTreeMap<String, String>,
    /// Whether its score is the headline and is held against the target.
    pub headline: bool,
    /// Its own targets, in percent, where they differ.
    pub targets: BTreeMap<Category, u8>,
}

/// Where a resource is, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub struct Whereabouts<'a> {
    /// Twelve digits.
    pub account: &'a str,
    /// Such as `eu-central-1`; empty or `global` for what has none.
    pub region: &'a str,
    /// Its ARN or another identifier.
    pub resource: &'a str,
    /// Its tags; `None` where nobody read them.
    pub tags: Option<&'a BTreeMap<String, String>>,
}

impl<'a> Whereabouts<'a> {
    /// Where the resource of a finding is.
    #[must_use]
    pub fn of(finding: &'a Finding) -> Self {
        let tags = (!finding.tags.is_empty()).then_some(&finding.tags);
        Self { account: &finding.account, region: &finding.region, resource: &finding.resource.id, tags }
    }

    /// Where the resource of a statement is.
    #[must_use]
    pub fn of_signal(signal: &'a Signal) -> Self {
        let tags = (!signal.tags.is_empty()).then_some(&signal.tags);
        Self { account: &signal.account, region: &signal.region, resource: &signal.resource, tags }
    }

    /// The name of the ECS cluster that the resource is or is in, by its ARN.
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html>
    fn cluster(&self) -> Option<&'a str> {
        let rest = self.resource.strip_prefix("arn:")?;
        let mut parts = rest.splitn(5, ':');
        let service = parts.nth(1)?;
        let path = parts.nth(2)?;
        let (kind, rest) = path.split_once('/')?;
        let is_within = matches!(kind, "cluster" | "service" | "task" | "container-instance" | "task-set");
        // An ARN of the old form has no cluster: `service/NAME`.
        let has_cluster = kind == "cluster" || rest.contains('/');
        (service == "ecs" && is_within && has_cluster).then(|| rest.split('/').next()).flatten()
    }
}

impl Environment {
    /// Whether the resource belongs to it, or may: a condition about which nothing is known does not exclude it.
    #[must_use]
    pub fn may_hold(&self, place: &Whereabouts<'_>) -> bool {
        let is_empty = self.accounts.is_empty() && self.regions.is_empty() && self.clusters.is_empty();
        if is_empty && self.tags.is_empty() {
            return false;
        }
        let account = self.accounts.is_empty() || self.accounts.iter().any(|account| account == place.account);
        let everywhere = place.region.is_empty() || place.region == "global";
        let region = self.regions.is_empty() || everywhere || self.regions.iter().any(|region| region == place.region);
        let cluster = place
            .cluster()
            .is_none_or(|name| self.clusters.is_empty() || self.clusters.iter().any(|pattern| wildcard(pattern, name)));
        let tags = place.tags.is_none_or(|tags| {
            self.tags.iter().all(|(key, pattern)| tags.get(key).is_none_or(|value| wildcard(pattern, value)))
        });
        account && region && cluster && tags
    }

    /// Whether something else than the account tells it apart.
    #[must_use]
    pub fn is_part_of_an_account(&self) -> bool {
        !self.regions.is_empty() || !self.clusters.is_empty() || !self.tags.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place<'a>(region: &'a str, resource: &'a str, tags: Option<&'a BTreeMap<String, String>>) -> Whereabouts<'a> {
        Whereabouts { account: "111122223333", region, resource, tags }
    }

    #[test]
    fn one_account_is_told_apart_by_region_cluster_and_tag() {
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let accounts = texts(&["111122223333"]);
        let prod = Environment {
            accounts: accounts.clone(),
            regions: texts(&["eu-central-1"]),
            clusters: texts(&["prod-*"]),
            tags: [("env".to_owned(), "prod".to_owned())].into(),
            ..Environment::default()
        };
        let service = |cluster: &str| format!("arn:aws:ecs:eu-central-1:111122223333:service/{cluster}/api");
        let (ours, theirs) = (service("prod-web"), service("dev-web"));
        assert!(prod.may_hold(&place("eu-central-1", &ours, None)));
        assert!(!prod.may_hold(&place("eu-central-1", &theirs, None)), "another cluster");
        assert!(!prod.may_hold(&place("eu-west-1", &ours, None)), "another region");
        assert!(prod.may_hold(&place("global", "arn:aws:iam::111122223333:role/x", None)), "what has no region");
        let tagged = |value: &str| BTreeMap::from([("env".to_owned(), value.to_owned())]);
        let repository = "arn:aws:ecr:eu-central-1:111122223333:repository/web";
        assert!(prod.may_hold(&place("eu-central-1", repository, None)), "nobody can tell");
        assert!(prod.may_hold(&place("eu-central-1", repository, Some(&tagged("prod")))));
        assert!(!prod.may_hold(&place("eu-central-1", repository, Some(&tagged("dev")))));
        let other = Whereabouts { account: "444455556666", ..place("eu-central-1", &ours, None) };
        assert!(!prod.may_hold(&other));
        assert!(!Environment::default().may_hold(&place("eu-central-1", &ours, None)), "it names nothing");
        let old = "arn:aws:ecs:eu-central-1:111122223333:service/api";
        assert!(prod.may_hold(&place("eu-central-1", old, None)), "the old form names no cluster");
    }
}
