//! How much money is much: it depends on whose money it is, and only the configuration knows that.

use std::collections::BTreeMap;

use plimsoll_finding::{CostOverrides, CostThresholds};

/// The thresholds for findings about costs. What an account does not say itself, its environment says, then `base`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CostPolicy {
    /// For every account.
    pub base: CostThresholds,
    /// By name of the environment.
    pub environments: BTreeMap<String, CostOverrides>,
    /// By account: twelve digits.
    pub accounts: BTreeMap<String, CostOverrides>,
}

impl CostPolicy {
    /// The thresholds of an account that has its own, by itself or by its environment.
    #[must_use]
    pub fn of(&self, account: &str, environment: Option<&str>) -> Option<CostThresholds> {
        let by_environment = environment.and_then(|name| self.environments.get(name));
        let by_account = self.accounts.get(account);
        if by_environment.is_none() && by_account.is_none() {
            return None;
        }
        Some([by_environment, by_account].into_iter().flatten().fold(self.base, CostThresholds::with))
    }
}
