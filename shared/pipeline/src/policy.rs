//! What people decided: environments, routes, channels, waivers, targets. A value; the configuration file makes it.

use std::collections::BTreeMap;

use plimsoll_checklist::Checklist;
use plimsoll_finding::{Category, Finding, Severity};

use crate::{
    channel::ChannelPolicy,
    cost::CostPolicy,
    environment::{Environment, Whereabouts},
    route::{Decision, Route, decide},
    waiver::Waiver,
};
use plimsoll_message::ChannelId;

/// Everything that decides who is told what, apart from the findings themselves.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The checklist.
    pub checklist: Checklist,
    /// Where the runbooks can be read: the address of the folder that holds `docs`, without a slash at its end.
    pub runbooks_url: Option<String>,
    /// Environments by account.
    pub environments: Vec<Environment>,
    /// First match decides, unless it continues.
    pub routes: Vec<Route>,
    /// How each channel wants to be told.
    pub channels: BTreeMap<ChannelId, ChannelPolicy>,
    /// Accepted risks. Loaded from the store with each invocation.
    pub waivers: Vec<Waiver>,
    /// Targets in percent that replace those of the checklist.
    pub targets: BTreeMap<Category, u8>,
    /// Accounts whose events are accepted; empty accepts all.
    pub accounts: Vec<String>,
    /// Regions whose events are accepted; empty accepts all.
    pub regions: Vec<String>,
    /// How much money is much, by environment and account.
    pub cost: CostPolicy,
    /// What people call an account, by its twelve digits.
    pub account_names: BTreeMap<String, String>,
}

impl Policy {
    /// How a channel wants to be told; plain if nothing is known of it.
    #[must_use]
    pub fn channel(&self, id: &ChannelId) -> ChannelPolicy {
        self.channels.get(id).cloned().unwrap_or_else(|| ChannelPolicy::plain(id.clone()))
    }

    /// Where a page of our runbooks can be read; its path in this repository if the configuration names no address.
    #[must_use]
    pub fn runbook(&self, page: &str) -> String {
        match self.runbooks_url.as_deref() {
            Some(base) => format!("{}/{page}", base.trim_end_matches('/')),
            None => page.to_owned(),
        }
    }

    /// The environment that an account belongs to; of several the one of the headline, else the first.
    #[must_use]
    pub fn environment(&self, account: &str) -> Option<&Environment> {
        let of_account = |e: &&Environment| e.accounts.iter().any(|a| a == account);
        first(self.environments.iter().filter(of_account))
    }

    /// The environment that a finding belongs to; of several that it may belong to the one of the headline, else the first.
    #[must_use]
    pub fn environment_of(&self, finding: &Finding) -> Option<&Environment> {
        let place = Whereabouts::of(finding);
        first(self.environments.iter().filter(|environment| environment.may_hold(&place)))
    }

    /// The environment whose score is the headline.
    #[must_use]
    pub fn headline(&self) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.headline)
    }

    /// Who is told of a finding, and why.
    #[must_use]
    pub fn decide(&self, finding: &Finding) -> Decision {
        decide(&self.routes, finding, |account| {
            if account == finding.account {
                return self.environment_of(finding).map(|environment| environment.name.as_str());
            }
            self.environment_name(account)
        })
    }

    /// The severity of a finding about costs; `None` if there are no amounts behind the finding.
    ///
    /// Judged are the accounts behind the finding, and the payer where none is named. The strictest counts: an amount that
    /// is little in a test account is still much in production. An account without thresholds of its own takes those of
    /// the payer.
    #[must_use]
    pub fn cost_severity(&self, finding: &Finding) -> Option<Severity> {
        let money = finding.money.as_ref()?;
        let own = |account: &str| self.cost.of(account, self.environment_name(account));
        let payer = own(&finding.account).unwrap_or(self.cost.base);
        let judged = finding.linked_accounts.iter().map(|account| own(account).unwrap_or(payer));
        Some(judged.map(|limits| limits.severity(money)).max().unwrap_or_else(|| payer.severity(money)))
    }

    fn environment_name(&self, account: &str) -> Option<&str> {
        self.environment(account).map(|environment| environment.name.as_str())
    }

    /// What people call an account, if the configuration says so.
    #[must_use]
    pub fn account_name(&self, account: &str) -> Option<&str> {
        self.account_names.get(account).map(String::as_str)
    }
}

fn first<'a>(environments: impl Iterator<Item = &'a Environment>) -> Option<&'a Environment> {
    let all: Vec<&Environment> = environments.collect();
    all.iter().find(|environment| environment.headline).or(all.first()).copied()
}
