//! `[cost]` in `plimsoll.toml`: from which amounts and percentages on a cost anomaly or a budget alert is how bad.

use std::collections::BTreeMap;

use plimsoll_finding::{CostOverrides, CostThresholds};
use plimsoll_pipeline::CostPolicy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The thresholds for findings about costs: for every account, and what differs by environment and account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CostConfig {
    /// An anomaly is high from this amount in US dollars on, whatever its percentage.
    pub anomaly_high_from: u32,
    /// An anomaly is medium from this amount in US dollars on.
    pub anomaly_medium_from: u32,
    /// An anomaly is high from this percentage above the expected cost on; 100 is twice the expected cost.
    pub anomaly_high_percent: u32,
    /// The percentage of an anomaly counts from this amount in US dollars on: three cents instead of one are 200 %.
    pub anomaly_percent_from: u32,
    /// What was spent is high from this percentage of the budget on.
    pub budget_high_percent: u32,
    /// What was spent is medium from this percentage of the budget on.
    pub budget_medium_percent: u32,
    /// A forecast is high from this percentage of the budget on.
    pub forecast_high_percent: u32,
    /// A forecast is medium from this percentage of the budget on.
    pub forecast_medium_percent: u32,
    /// The percentages of a budget count from this amount in US dollars on, spent or forecast; below it is low.
    pub budget_percent_from: u32,
    /// What differs for the accounts of an environment, by its name.
    pub environments: BTreeMap<String, CostOverrides>,
    /// What differs for one account, by its twelve digits; it counts before the environment.
    pub accounts: BTreeMap<String, CostOverrides>,
}

impl Default for CostConfig {
    fn default() -> Self {
        let base = CostThresholds::default();
        Self {
            anomaly_high_from: base.anomaly_high_from,
            anomaly_medium_from: base.anomaly_medium_from,
            anomaly_high_percent: base.anomaly_high_percent,
            anomaly_percent_from: base.anomaly_percent_from,
            budget_high_percent: base.budget_high_percent,
            budget_medium_percent: base.budget_medium_percent,
            forecast_high_percent: base.forecast_high_percent,
            forecast_medium_percent: base.forecast_medium_percent,
            budget_percent_from: base.budget_percent_from,
            environments: BTreeMap::new(),
            accounts: BTreeMap::new(),
        }
    }
}

impl CostConfig {
    /// The thresholds as the pipeline takes them.
    pub(crate) fn policy(&self) -> CostPolicy {
        CostPolicy { base: self.base(), environments: self.environments.clone(), accounts: self.accounts.clone() }
    }

    /// The thresholds for every account.
    pub(crate) const fn base(&self) -> CostThresholds {
        CostThresholds {
            anomaly_high_from: self.anomaly_high_from,
            anomaly_medium_from: self.anomaly_medium_from,
            anomaly_high_percent: self.anomaly_high_percent,
            anomaly_percent_from: self.anomaly_percent_from,
            budget_high_percent: self.budget_high_percent,
            budget_medium_percent: self.budget_medium_percent,
            forecast_high_percent: self.forecast_high_percent,
            forecast_medium_percent: self.forecast_medium_percent,
            budget_percent_from: self.budget_percent_from,
        }
    }
}
