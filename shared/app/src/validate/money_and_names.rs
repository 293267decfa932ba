//! Faults of `[cost]` and `[account_names]`.

use plimsoll_finding::{CostOverrides, CostThresholds, clean_line};

use super::{Check, ConfigFault, is_account};

/// A longer name leaves no room for what happened.
const LONGEST_NAME: usize = 60;

impl Check<'_> {
    pub(super) fn cost(&self, faults: &mut Vec<ConfigFault>) {
        let cost = &self.config.cost;
        let base = cost.base();
        self.order(&["cost"], &base, &CostOverrides::default(), faults);
        for (name, overrides) in &cost.environments {
            let path = ["cost", "environments", name];
            if !self.config.environments.contains_key(name) {
                let message = format!("`cost` names environment `{name}`, which does not exist");
                faults.push(self.fault(&path, message, "add it under [environments]"));
            }
            self.order(&path, &base, overrides, faults);
        }
        for (id, overrides) in &cost.accounts {
            let path = ["cost", "accounts", id];
            if !is_account(id) {
                faults.push(self.fault(&path, format!("`{id}` is no account id"), "write all twelve digits"));
            }
            let mut environments = self.config.environments.iter().filter(|(_, e)| e.accounts.contains(id));
            let environment = environments.next().and_then(|(name, _)| cost.environments.get(name));
            let inherited = environment.map_or(base, |environment| base.with(environment));
            self.order(&path, &inherited, overrides, faults);
        }
    }

    /// A medium threshold above the high one would never be used: whoever wrote it meant something else.
    fn order(
        &self,
        path: &[&str],
        inherited: &CostThresholds,
        overrides: &CostOverrides,
        faults: &mut Vec<ConfigFault>,
    ) {
        let limits = inherited.with(overrides);
        for (pair, inherited) in pairs(&limits).into_iter().zip(pairs(inherited)) {
            let (medium, from, high, until) = pair;
            // What is inherited is named once, where it stands.
            let is_inherited = path.len() > 1 && pair == inherited;
            if from > until && !is_inherited {
                let message =
                    format!("`{medium}` is {from}, above `{high}`, which is {until}: nothing would be medium");
                let mut place = path.to_vec();
                place.push(medium);
                faults.push(self.fault(&place, message, "give both, the one for medium below the one for high"));
            }
        }
    }

    pub(super) fn account_names(&self, faults: &mut Vec<ConfigFault>) {
        for (id, name) in &self.config.account_names {
            let path = ["account_names", id];
            if !is_account(id) {
                faults.push(self.fault(&path, format!("`{id}` is no account id"), "write all twelve digits"));
            }
            if clean_line(name) != *name || name.trim().is_empty() || name.chars().count() > LONGEST_NAME {
                let message = format!("the name of account {id} cannot be shown");
                let help = format!("use one line of 1 to {LONGEST_NAME} characters, for example `payments-prod`");
                faults.push(self.fault(&path, message, &help));
            }
        }
    }
}

/// The thresholds that belong together: name and value of the one for medium, and of the one for high.
const fn pairs(limits: &CostThresholds) -> [(&'static str, u32, &'static str, u32); 3] {
    [
        ("anomaly_medium_from", limits.anomaly_medium_from, "anomaly_high_from", limits.anomaly_high_from),
        ("budget_medium_percent", limits.budget_medium_percent, "budget_high_percent", limits.budget_high_percent),
        (
            "forecast_medium_percent",
            limits.forecast_medium_percent,
            "forecast_high_percent",
            limits.forecast_high_percent,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::tests::faults;
    use crate::validate_config;

    #[test]
    fn what_is_not_given_is_inherited_from_the_environment_and_then_from_all() {
        let text = r#"
[cost]
anomaly_high_from = 2000
[cost.environments.dev]
anomaly_high_from = 5000
budget_high_percent = 120
[cost.accounts.444455556666]
budget_high_percent = 150
[environments.dev]
accounts = ["444455556666"]
[account_names]
444455556666 = "payments-dev"
"#;
        let config = validate_config(text, &[]).unwrap();
        assert_eq!((config.cost.anomaly_high_from, config.cost.anomaly_medium_from), (2_000, 100));
        assert_eq!(config.cost.environments["dev"].anomaly_high_from, Some(5_000));
        assert_eq!(config.cost.accounts["444455556666"].anomaly_high_from, None);
        assert_eq!(config.account_names["444455556666"], "payments-dev");
    }

    #[test]
    fn thresholds_that_cannot_be_meant_are_faults_with_a_place() {
        let text = r#"
[cost]
budget_medium_percent = 130
[cost.environments.prod]
anomaly_high_from = 1
[cost.accounts.42]
forecast_high_percent = 90
[account_names]
43 = "x"
444455556666 = ""
"#;
        assert_eq!(
            faults(text),
            [
                "`budget_medium_percent` is 130, above `budget_high_percent`, which is 100: nothing would be medium @ 130",
                "`cost` names environment `prod`, which does not exist @ [cost.environments.prod]",
                "`anomaly_medium_from` is 100, above `anomaly_high_from`, which is 1: nothing would be medium @ prod",
                "`42` is no account id @ [cost.accounts.42]",
                "`forecast_medium_percent` is 100, above `forecast_high_percent`, which is 90: nothing would be medium @ 42",
                "`43` is no account id @ \"x\"",
                "the name of account 444455556666 cannot be shown @ \"\"",
            ]
        );
        for text in
            ["[cost]\nanomaly_high = 5", "[cost]\nanomaly_high_from = -5", "[cost.accounts.444455556666]\nx = 1"]
        {
            assert_eq!(faults(text).len(), 1, "{text}");
        }
    }
}
