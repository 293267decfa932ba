//! What people decided: environments, routes, channels, waivers, targets. A value; the configuration file makes it.

use std::collections::BTreeMap;

use plimsoll_checklist::Checklist;
use plimsoll_finding::Category;

use crate::{channel::ChannelPolicy, route::Route, waiver::Waiver};
use plimsoll_message::ChannelId;

/// Accounts that belong together, for example `prod`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Its accounts: twelve digits each.
    pub accounts: Vec<String>,
    /// Its own targets, in percent, where they differ.
    pub targets: BTreeMap<Category, u8>,
}

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

    /// The environment that an account belongs to.
    #[must_use]
    pub fn environment(&self, account: &str) -> Option<&Environment> {
        self.environments.iter().find(|e| e.accounts.iter().any(|a| a == account))
    }
}
