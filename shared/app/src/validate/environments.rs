//! Faults of `[environments.NAME]` that go beyond its accounts.

use super::{Check, ConfigFault, is_region};

impl Check<'_> {
    /// Whether the environments of an account are told apart by more than the account.
    pub(super) fn is_shared(&self, account: &str) -> bool {
        let all =
            self.config.environments.values().filter(|environment| environment.accounts.iter().any(|id| id == account));
        let mut all = all.map(|e| !e.regions.is_empty() || !e.clusters.is_empty() || !e.tags.is_empty());
        all.all(|is_part| is_part)
    }

    pub(super) fn environments(&self, faults: &mut Vec<ConfigFault>) {
        let headlines: Vec<&String> =
            self.config.environments.iter().filter(|(_, e)| e.headline).map(|(name, _)| name).collect();
        for name in headlines.iter().skip(1) {
            let message =
                format!("`{name}` is the headline, and so is `{}`", headlines.first().map_or("?", |it| it.as_str()));
            let help = "leave `headline = true` in one environment, which is held against the target";
            faults.push(self.fault(&["environments", name, "headline"], message, help));
        }
        for (name, environment) in &self.config.environments {
            for region in environment.regions.iter().filter(|region| !is_region(region)) {
                let message = format!("`{region}` is no region");
                let help = "write it as AWS does, for example `eu-central-1`";
                faults.push(self.fault(&["environments", name, "regions"], message, help));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::validate_config;

    fn faults(text: &str) -> Vec<String> {
        validate_config(text, &[]).err().unwrap_or_default().into_iter().map(|fault| fault.message).collect()
    }

    #[test]
    fn one_account_may_hold_several_environments_that_are_told_apart() {
        let text = |dev: &str| {
            format!(
                "[environments.prod]\naccounts = [\"111122223333\"]\nclusters = [\"prod\"]\nheadline = true\n\
                 [environments.dev]\naccounts = [\"111122223333\"]\n{dev}"
            )
        };
        for told_apart in ["clusters = [\"dev-*\"]\n", "regions = [\"eu-west-1\"]\n", "tags = { env = \"dev\" }\n"] {
            assert!(faults(&text(told_apart)).is_empty(), "{told_apart}: {:?}", faults(&text(told_apart)));
        }
        assert_eq!(faults(&text("")), ["account 111122223333 belongs to more than one environment"]);
        assert_eq!(
            faults(&text("clusters = [\"dev\"]\nheadline = true\n")),
            ["`prod` is the headline, and so is `dev`"]
        );
        assert_eq!(faults(&text("regions = [\"eu-centrl-1\"]\n")), ["`eu-centrl-1` is no region"]);
    }

    #[test]
    fn the_policy_has_the_environments_as_they_are_written() {
        let text = "[environments.prod]\nclusters = [\"prod-*\"]\ntags = { env = \"prod\" }\nheadline = true\n";
        let config = validate_config(text, &[]).unwrap();
        let policy = config.policy(plimsoll_checklist::Checklist::shipped().unwrap(), crate::LOOK_ALIKE_URL);
        let prod = policy.headline().unwrap();
        assert_eq!((prod.name.as_str(), prod.clusters.as_slice()), ("prod", ["prod-*".to_owned()].as_slice()));
        assert_eq!(prod.tags.get("env").map(String::as_str), Some("prod"));
    }
}
