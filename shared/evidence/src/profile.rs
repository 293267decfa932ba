//! What an organisation asks for beyond the sentence of a line: per environment, by account.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings by account; an account that is not named has the default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// For every account that `accounts` does not name.
    pub default: Settings,
    /// By account, 12 digits.
    pub accounts: BTreeMap<String, Settings>,
}

impl Profile {
    /// The settings of an account.
    #[must_use]
    pub fn of(&self, account: &str) -> &Settings {
        self.accounts.get(account).unwrap_or(&self.default)
    }
}

/// What an environment is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Where people try things out.
    Development,
    /// Where releases are tried out.
    Staging,
    /// Where customers are. The strictest, so the default.
    #[default]
    Production,
}

/// What one environment asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What it is for.
    pub purpose: Purpose,
    /// SEC-01: whether repositories have to be encrypted with a key of AWS KMS; else the AES-256 of Amazon S3 is enough.
    pub ecr_kms: bool,
    /// SEC-05: the endpoints that every VPC of a service needs, by the end of their service name.
    pub vpc_endpoints: Vec<String>,
    /// OPS-01: for how many days logs are kept at the least.
    pub log_retention_days: u32,
    /// WAF-04: the highest limit of a rate rule, in requests by address in five minutes.
    pub waf_rate_limit: u32,
    /// DR-03: for how many days recovery points are kept at the least.
    pub backup_retention_days: u32,
    /// DR-02: the oldest that the last backup may be, in hours.
    pub backup_max_age_hours: u32,
    /// ENV-02: the least number of tasks of a service in production.
    pub min_tasks: u32,
    /// ADV-01: whether Shield Advanced is wanted at all; it costs 3,000 USD a month.
    pub shield_advanced: bool,
    /// FIN-03: the least share of the compute spend that Savings Plans cover, in percent.
    pub savings_plans_coverage: u8,
    /// FIN-03: below this compute spend in 30 days, in USD, the line does not apply.
    pub savings_plans_floor: u32,
    /// GO-16: the conformance packs that have to be compliant.
    pub conformance_packs: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            purpose: Purpose::default(),
            ecr_kms: false,
            vpc_endpoints: ["ecr.api", "ecr.dkr", "logs", "s3"].map(str::to_owned).to_vec(),
            log_retention_days: 30,
            waf_rate_limit: 2000,
            backup_retention_days: 30,
            backup_max_age_hours: 26,
            min_tasks: 3,
            shield_advanced: false,
            savings_plans_coverage: 70,
            savings_plans_floor: 100,
            conformance_packs: Vec::new(),
        }
    }
}

impl Settings {
    /// The settings of an environment without any wish of its own: production keeps its logs for 90 days.
    #[must_use]
    pub fn of(purpose: Purpose) -> Self {
        let log_retention_days = if purpose == Purpose::Production { 90 } else { 30 };
        Self { purpose, log_retention_days, ..Self::default() }
    }
}
