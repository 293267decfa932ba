//! Faults of `[[waivers.standing]]`.

use std::collections::BTreeSet;

use super::{Check, ConfigFault, SOURCES, did_you_mean, is_account};
use crate::standing_waivers::StandingFault;

impl Check<'_> {
    pub(super) fn standing_waivers(&self, faults: &mut Vec<ConfigFault>) {
        let mut names = BTreeSet::new();
        for (index, standing) in self.config.waivers.standing.iter().enumerate() {
            let (name, matcher, index) = (&standing.name, &standing.matcher, index.to_string());
            let mut add = |keys: &[&str], message: String, help: &str| {
                let path: Vec<&str> = ["waivers", "standing", &index].iter().chain(keys).copied().collect();
                faults.push(self.fault(&path, message, help));
            };
            if name.trim().is_empty() || !names.insert(name) {
                add(&["name"], format!("`{name}` names no standing waiver, or two"), "give each a name of its own");
            }
            if let Err(fault) = self.config.standing_waiver(standing) {
                let (key, help) = match &fault {
                    StandingFault::Time("from", _) => ("from", "write a date: `2026-11-18`"),
                    StandingFault::Time(..) => ("until", "write a date: `2027-11-18`"),
                    StandingFault::Everything => ("match", "add a condition, for example `message = \"*S3 Glacier*\"`"),
                    StandingFault::Rule(_) => (
                        "name",
                        "it needs an owner, a reason of at least 10 characters, an `until` at most 366 days after `from`, \
                         and an `up_to` of at most high",
                    ),
                };
                add(&[key], format!("standing waiver `{name}`: {fault}"), help);
            }
            for id in matcher.accounts.iter().filter(|id| !is_account(id)) {
                let message = format!("standing waiver `{name}`: `{id}` is no account id");
                add(&["match", "accounts"], message, "write all twelve digits, as text");
            }
            for source in matcher.sources.iter().filter(|source| !SOURCES.contains(&source.as_str())) {
                let message = format!("standing waiver `{name}` names source `{source}`, which does not exist");
                add(&["match", "sources"], message, &did_you_mean(source, &SOURCES));
            }
            let unknown = |name: &&String| !self.config.environments.contains_key(*name);
            for environment in matcher.environments.iter().filter(unknown) {
                let message =
                    format!("standing waiver `{name}` names environment `{environment}`, which does not exist");
                add(&["match", "environments"], message, &format!("add [environments.{environment}]"));
            }
        }
    }
}
