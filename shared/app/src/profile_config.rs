//! `[profile]` in `plimsoll.toml`: what the lines of the checklist ask for beyond their sentence, and `profile` of an
//! environment: what differs there.

use plimsoll_evidence::{Purpose, Settings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What differs from the default. Everything may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileConfig {
    /// What the accounts are for: `production` (the default), `staging` or `development`. Some lines ask for less, or do
    /// not apply, outside production.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// SEC-01: whether repositories have to be encrypted with a key of AWS KMS; else the AES-256 of Amazon S3 is enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ecr_kms: Option<bool>,
    /// SEC-05: the endpoints that every VPC of a service needs, by the end of their service name: `ecr.api`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_endpoints: Option<Vec<String>>,
    /// OPS-01: for how many days logs are kept at the least; 30 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_retention_days: Option<u32>,
    /// WAF-04: the highest limit of a rate rule, in requests by address in five minutes; 2,000 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waf_rate_limit: Option<u32>,
    /// DR-03: for how many days recovery points are kept at the least; 30 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_retention_days: Option<u32>,
    /// DR-02: the oldest that the last backup may be, in hours; 26 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_max_age_hours: Option<u32>,
    /// ENV-02: the least number of tasks of a service in production; 3 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_tasks: Option<u32>,
    /// ADV-01: whether Shield Advanced is wanted at all; it costs 3,000 USD a month. Not unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shield_advanced: Option<bool>,
    /// FIN-03: the least share of the compute spend that Savings Plans cover, in percent; 70 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub savings_plans_coverage: Option<u8>,
    /// FIN-03: below this compute spend in 30 days, in USD, the line does not apply; 100 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub savings_plans_floor: Option<u32>,
    /// GO-16: the conformance packs that have to be compliant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conformance_packs: Option<Vec<String>>,
}

impl ProfileConfig {
    /// The settings with what this says in the place of what `base` says.
    #[must_use]
    pub fn over(&self, base: &Settings) -> Settings {
        Settings {
            purpose: self.purpose.unwrap_or(base.purpose),
            ecr_kms: self.ecr_kms.unwrap_or(base.ecr_kms),
            vpc_endpoints: self.vpc_endpoints.clone().unwrap_or_else(|| base.vpc_endpoints.clone()),
            log_retention_days: self.log_retention_days.unwrap_or(base.log_retention_days),
            waf_rate_limit: self.waf_rate_limit.unwrap_or(base.waf_rate_limit),
            backup_retention_days: self.backup_retention_days.unwrap_or(base.backup_retention_days),
            backup_max_age_hours: self.backup_max_age_hours.unwrap_or(base.backup_max_age_hours),
            min_tasks: self.min_tasks.unwrap_or(base.min_tasks),
            shield_advanced: self.shield_advanced.unwrap_or(base.shield_advanced),
            savings_plans_coverage: self.savings_plans_coverage.unwrap_or(base.savings_plans_coverage),
            savings_plans_floor: self.savings_plans_floor.unwrap_or(base.savings_plans_floor),
            conformance_packs: self.conformance_packs.clone().unwrap_or_else(|| base.conformance_packs.clone()),
        }
    }
}
