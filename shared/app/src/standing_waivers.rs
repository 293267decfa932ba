//! `[[waivers.standing]]` in `plimsoll.toml`: what is accepted for longer than a waiver lasts, by what is said of it.

use plimsoll_finding::{Severity, parse_time};
use plimsoll_pipeline::{
    Matcher, Waiver, WaiverTarget,
    waiver::{STANDING, WaiverError},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An accepted risk that stands in the configuration, where it is reviewed with the file. It has an owner, a reason and a
/// date at which it ends, at most 366 days after its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StandingWaiver {
    /// Its name, shown by `plimsoll waivers` as `plimsoll.toml/NAME`.
    pub name: String,
    /// What it accepts: the same conditions as those of a route. All that are given must hold, and at least one must be given.
    #[serde(rename = "match")]
    pub matcher: Matcher,
    /// The worst severity that it covers; what becomes worse is told. High at most.
    #[serde(default = "default_up_to")]
    pub up_to: Severity,
    /// Who answers for it.
    pub owner: String,
    /// Why; at least ten characters.
    pub reason: String,
    /// When it begins: `2026-11-18`.
    pub from: String,
    /// When it ends and somebody must look at it again: `2027-11-18`.
    pub until: String,
}

const fn default_up_to() -> Severity {
    Severity::Medium
}

/// Why a standing waiver cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StandingFault {
    /// A time cannot be read: the key, and what stands there.
    #[error("`{0} = \"{1}\"` is no time")]
    Time(&'static str, String),
    /// It would accept everything.
    #[error("it names nothing that it accepts")]
    Everything,
    /// It breaks a rule of waivers.
    #[error(transparent)]
    Rule(#[from] WaiverError),
}

impl StandingWaiver {
    /// The waiver, as those of the store are. `accounts_of` knows the accounts of an environment.
    ///
    /// # Errors
    /// The first fault.
    pub(crate) fn waiver(&self, accounts_of: impl Fn(&str) -> Vec<String>) -> Result<Waiver, StandingFault> {
        let time = |key, text: &String| parse_time(text).ok_or_else(|| StandingFault::Time(key, text.clone()));
        if self.matcher == Matcher::default() {
            return Err(StandingFault::Everything);
        }
        let (from, until) = (time("from", &self.from)?, time("until", &self.until)?);
        let waiver = Waiver {
            id: format!("{STANDING}{}", self.name),
            target: WaiverTarget::Matching(Box::new(with_accounts(&self.matcher, accounts_of))),
            up_to: self.up_to,
            owner: self.owner.clone(),
            reason: self.reason.clone(),
            proposed_by: self.owner.clone(),
            proposed_at: from,
            // Whoever reviewed the file agreed.
            approved_by: Some("plimsoll.toml".to_owned()),
            from,
            until,
            revoked_at: None,
        };
        waiver.validate(false)?;
        Ok(waiver)
    }
}

/// The matcher with the accounts of its environments: a waiver is compared with a finding, which knows its account only.
fn with_accounts(matcher: &Matcher, accounts_of: impl Fn(&str) -> Vec<String>) -> Matcher {
    let mut matcher = matcher.clone();
    let accounts: Vec<String> = matcher.environments.iter().flat_map(|name| accounts_of(name)).collect();
    let both: Vec<String> = if matcher.accounts.is_empty() {
        accounts
    } else {
        matcher.accounts.iter().filter(|id| accounts.contains(id)).cloned().collect()
    };
    // Environments without a common account match nothing, as they stand.
    if !both.is_empty() {
        matcher.accounts = both;
        matcher.environments.clear();
    }
    matcher
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(change: impl FnOnce(&mut StandingWaiver)) -> Result<Waiver, StandingFault> {
        let mut standing = StandingWaiver {
            name: "archive".into(),
            matcher: Matcher { message: Some("*S3 Glacier*".into()), ..Matcher::default() },
            up_to: Severity::Medium,
            owner: "platform".into(),
            reason: "archived objects have a copy of their own".into(),
            from: "2026-11-18".into(),
            until: "2027-11-18".into(),
        };
        change(&mut standing);
        standing.waiver(|environment| match environment {
            "prod" => ["111122223333", "444455556666"].map(ToOwned::to_owned).into(),
            _ => Vec::new(),
        })
    }

    #[test]
    fn a_year_with_an_owner_and_a_reason() {
        let waiver = standing(|_| {}).unwrap();
        assert_eq!((waiver.id.as_str(), waiver.is_standing()), ("plimsoll.toml/archive", true));
        assert!(waiver.in_force("2027-11-17T23:59:59Z".parse().unwrap()));
        assert!(!waiver.in_force("2027-11-18T00:00:00Z".parse().unwrap()));
        for (change, fault) in [
            ((|it| it.until = "2027-11-20".into()) as fn(&mut StandingWaiver), "a waiver may last at most 366 days"),
            (|it| it.until = "some day".into(), "`until = \"some day\"` is no time"),
            (|it| it.from = String::new(), "`from = \"\"` is no time"),
            (|it| it.owner = " ".into(), "a waiver needs an owner: --owner <name>"),
            (|it| it.up_to = Severity::Critical, "a waiver of a critical finding needs its exact key, not a pattern"),
            (|it| it.matcher = Matcher::default(), "it names nothing that it accepts"),
        ] {
            assert_eq!(standing(change).unwrap_err().to_string(), fault);
        }
    }

    #[test]
    fn an_environment_stands_for_its_accounts() {
        let accounts = |environments: &[&str], accounts: &[&str]| {
            let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            let (environments, accounts) = (own(environments), own(accounts));
            let waiver = standing(|it| it.matcher = Matcher { environments, accounts, ..Matcher::default() }).unwrap();
            let WaiverTarget::Matching(matcher) = waiver.target else { panic!() };
            (matcher.accounts, matcher.environments)
        };
        assert_eq!(accounts(&["prod"], &[]), (vec!["111122223333".into(), "444455556666".into()], vec![]));
        assert_eq!(accounts(&["prod"], &["444455556666"]), (vec!["444455556666".into()], vec![]));
        assert_eq!(accounts(&["dev"], &[]), (vec![], vec!["dev".to_owned()]), "it matches nothing");
    }
}
