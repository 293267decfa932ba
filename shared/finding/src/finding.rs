//! The finding: one statement about one resource, the same shape for all sources.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Advice, Category, Event, Fact, FindingKey, Money, Part, Resource, Severity, Status, clean_block, clean_line,
};

/// Most facts that a finding carries.
const MAX_FACTS: usize = 20;
/// Most threat names that a finding carries; one that carries as many may have had more.
pub const MAX_THREAT_NAMES: usize = 20;
/// Most linked accounts that a finding carries.
const MAX_LINKED_ACCOUNTS: usize = 100;

/// One normalised statement about one resource.
///
/// Its identity is (source, account, region, resource, rule): the same problem on the same resource is the same
/// finding, however often and in whatever order AWS reports it. Build it with [`Finding::new`] and the methods that
/// follow; they clean all text that comes from the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The function that reads this source, for example `ecr-scan`.
    pub source: String,
    /// The event's detail-type, for example `ECR Image Scan`.
    pub detail_type: String,
    /// What was evaluated, for example `ecr-scan:vulnerabilities` or `config:ECR_PRIVATE_IMAGE_SCANNING_ENABLED`.
    /// The checklist's evidence rules refer to it; part of the identity unless [`Finding::identity_rule`] is set.
    pub check: String,
    /// The part of the identity that names the rule, where it must be finer than `check` (a Config rule's full name,
    /// a GuardDuty finding id).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_rule: Option<String>,
    /// Twelve digits as a rule; the owner of the resource, not a delegated administrator.
    pub account: String,
    /// For example `eu-central-1`; empty for what has no region.
    pub region: String,
    /// What it is about.
    pub resource: Resource,
    /// The source's own name for this kind of finding, for example `Recon:EC2/PortProbeUnprotectedPort` or
    /// `PACKAGE_VULNERABILITY`. Routes, waivers and advice match on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding_type: Option<String>,
    /// The threats that the source names, for example `EICAR-Test-File`: malware, and entries of threat lists. Routes and
    /// waivers match on them. Each made safe for one line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub threat_names: Vec<String>,
    /// Open or resolved.
    pub status: Status,
    /// On the one scale.
    pub severity: Severity,
    /// The source's own value, for example `8.0` or `UNTRIAGED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native_severity: Option<String>,
    /// Whether the source itself has a severity. Where it has none (AWS Config), the checklist decides.
    #[serde(default)]
    pub severity_is_default: bool,
    /// Which part of readiness it belongs to.
    pub category: Category,
    /// When AWS made this statement: what orders the statements about one finding.
    pub observed_at: Timestamp,
    /// When the source first saw the problem, if it says so; may be long before this statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Timestamp>,
    /// When the source last saw the problem, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
    /// The event that said so.
    pub event_id: String,
    /// One line that says what is wrong with what.
    pub title: String,
    /// What the title says when several parts are open, for example `Vulnerabilities in web/api:1.4.2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collective_title: Option<String>,
    /// More lines, most important first.
    pub facts: Vec<Fact>,
    /// What to do, in a sentence or two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remediation: Option<String>,
    /// The section of our runbooks for this finding, for example `docs/runbooks/ecr-scan.md#patch-an-instance`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// Where to look; built from validated parts only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console_url: Option<String>,
    /// Resource tags, for routing by tag. Untrusted text, cleaned.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The independent statements within, if there is more than the finding itself. They then decide what a store
    /// makes of status and severity; the fields above describe this one event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// Whether the resource is in use (an image that a task or pod runs), if the source says so. Routes and waivers match
    /// on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed: Option<bool>,
    /// The amounts behind a finding about costs: configured thresholds judge them again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<Money>,
    /// The accounts behind the finding where `account` is not the whole story, for example those of the root causes of a
    /// cost anomaly, of which `account` may be one. Routes match on them as well as on `account`. Each made safe for one
    /// line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub linked_accounts: Vec<String>,
    /// When the statement ends by itself, for example a budget alert with the period of its budget; `None` if only
    /// another statement ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// Resolved because the question no longer applies (the resource is gone), which proves nothing.
    #[serde(default)]
    pub not_applicable: bool,
    /// A sample that a user generated in the console as a test.
    #[serde(default)]
    pub sample: bool,
}

impl Finding {
    /// An open finding of medium severity, seen at the event's time; account and region from the envelope, unless the
    /// resource's ARN says more.
    #[must_use]
    pub fn new(source: &str, check: &str, resource: Resource, event: &Event) -> Self {
        let arn = resource.arn();
        let account = if event.account.is_empty() {
            arn.as_ref().map_or_else(String::new, |a| a.account.clone())
        } else {
            event.account.clone()
        };
        let region =
            if event.region.is_empty() { arn.map_or_else(String::new, |a| a.region) } else { event.region.clone() };
        Self {
            source: source.to_owned(),
            detail_type: clean_line(&event.detail_type),
            check: check.to_owned(),
            identity_rule: None,
            account: clean_line(&account),
            region: clean_line(&region),
            resource,
            finding_type: None,
            threat_names: Vec::new(),
            status: Status::Open,
            severity: Severity::Medium,
            native_severity: None,
            severity_is_default: true,
            category: Category::Security,
            observed_at: event.time_or_received(),
            first_seen: None,
            last_seen: None,
            event_id: clean_line(&event.id),
            title: String::new(),
            collective_title: None,
            facts: Vec::new(),
            remediation: None,
            runbook: None,
            console_url: None,
            tags: BTreeMap::new(),
            parts: Vec::new(),
            deployed: None,
            money: None,
            linked_accounts: Vec::new(),
            ends_at: None,
            not_applicable: false,
            sample: false,
        }
    }

    /// Sets what was evaluated, where only the event's own words decide it.
    #[must_use]
    pub fn check(mut self, check: &str) -> Self {
        check.clone_into(&mut self.check);
        self
    }

    /// Sets the title (cleaned).
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        self.title = clean_line(title);
        self
    }

    /// Sets the title for when several parts are open (cleaned).
    #[must_use]
    pub fn collective_title(mut self, title: &str) -> Self {
        self.collective_title = Some(clean_line(title)).filter(|t| !t.is_empty());
        self
    }

    /// Sets the severity, and the source's own value for it.
    #[must_use]
    pub fn severity(mut self, severity: Severity, native: Option<&str>) -> Self {
        self.severity = severity;
        self.native_severity = native.map(clean_line).filter(|n| !n.is_empty());
        self.severity_is_default = false;
        self
    }

    /// Sets the status.
    #[must_use]
    pub fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// Sets the category.
    #[must_use]
    pub fn category(mut self, category: Category) -> Self {
        self.category = category;
        self
    }

    /// Sets the rule part of the identity (see [`Finding::identity_rule`]); taken exactly as given.
    #[must_use]
    pub fn identity_rule(mut self, rule: impl Into<String>) -> Self {
        self.identity_rule = Some(rule.into());
        self
    }

    /// Sets the owner of the resource, if known.
    #[must_use]
    pub fn owner(mut self, account: Option<String>, region: Option<String>) -> Self {
        if let Some(account) = account {
            self.account = clean_line(&account);
        }
        if let Some(region) = region {
            self.region = clean_line(&region);
        }
        self
    }

    /// Sets when AWS made this statement, if the event says so more exactly than its envelope.
    #[must_use]
    pub fn observed_at(mut self, time: Option<Timestamp>) -> Self {
        if let Some(time) = time {
            self.observed_at = time;
        }
        self
    }

    /// Sets when the source first and last saw the problem.
    #[must_use]
    pub fn seen(mut self, first: Option<Timestamp>, last: Option<Timestamp>) -> Self {
        self.first_seen = first;
        self.last_seen = last;
        self
    }

    /// Sets the source's own name for this kind of finding (cleaned).
    #[must_use]
    pub fn finding_type(mut self, finding_type: Option<impl AsRef<str>>) -> Self {
        self.finding_type = finding_type.map(|t| clean_line(t.as_ref())).filter(|t| !t.is_empty());
        self
    }

    /// Adds names of threats (cleaned, each once, at most twenty).
    #[must_use]
    pub fn threat_names(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        for name in names {
            let name = clean_line(name.as_ref());
            if !name.is_empty() && self.threat_names.len() < MAX_THREAT_NAMES && !self.threat_names.contains(&name) {
                self.threat_names.push(name);
            }
        }
        self
    }

    /// Adds a fact (the value is cleaned), if there is a value and room.
    #[must_use]
    pub fn fact(mut self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        let value = value.map(|v| clean_line(v.as_ref())).filter(|v| !v.is_empty());
        if let Some(value) = value
            && self.facts.len() < MAX_FACTS
        {
            self.facts.push(Fact { name: name.to_owned(), value });
        }
        self
    }

    /// Sets what to do (cleaned).
    #[must_use]
    pub fn remediation(mut self, text: &str) -> Self {
        self.remediation = Some(clean_block(text)).filter(|t| !t.is_empty());
        self
    }

    /// Sets what to do and the runbook, from a source's table of advice.
    #[must_use]
    pub fn advice(mut self, advice: Option<&Advice>) -> Self {
        if let Some(advice) = advice {
            self.runbook = Some(advice.runbook.to_owned());
            return self.remediation(advice.text);
        }
        self
    }

    /// Sets where to look: a link from [`crate::console`].
    #[must_use]
    pub fn console_url(mut self, url: Option<String>) -> Self {
        self.console_url = url;
        self
    }

    /// Adds a resource tag (cleaned).
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(clean_line(key), clean_line(value));
        self
    }

    /// Sets whether the resource is in use.
    #[must_use]
    pub fn deployed(mut self, deployed: Option<bool>) -> Self {
        self.deployed = deployed;
        self
    }

    /// Sets the amounts behind a finding about costs.
    #[must_use]
    pub fn money(mut self, money: Option<Money>) -> Self {
        self.money = money;
        self
    }

    /// Adds an account behind the finding (cleaned, each once, at most a hundred).
    #[must_use]
    pub fn linked_account(mut self, account: &str) -> Self {
        let account = clean_line(account);
        let is_known = self.linked_accounts.contains(&account);
        if !account.is_empty() && !is_known && self.linked_accounts.len() < MAX_LINKED_ACCOUNTS {
            self.linked_accounts.push(account);
        }
        self
    }

    /// Sets when the statement ends by itself.
    #[must_use]
    pub fn ends_at(mut self, time: Option<Timestamp>) -> Self {
        self.ends_at = time;
        self
    }

    /// Adds a part.
    #[must_use]
    pub fn part(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// The statements that this finding makes: its parts, else itself as the only one, with an empty id.
    #[must_use]
    pub fn statements(&self) -> Vec<Part> {
        if self.parts.is_empty() {
            let mut only = Part::new("", &self.check, self.status, self.severity, "");
            only.not_applicable = self.not_applicable;
            vec![only]
        } else {
            self.parts.clone()
        }
    }

    /// Its identity. Computed, so that it can never disagree with the fields.
    #[must_use]
    pub fn key(&self) -> FindingKey {
        let rule = self.identity_rule.as_deref().unwrap_or(&self.check);
        FindingKey::of(&self.source, &self.account, &self.region, &self.resource.id, rule)
    }
}

#[cfg(test)]
#[path = "finding/tests.rs"]
mod tests;
