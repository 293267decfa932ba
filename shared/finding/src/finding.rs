//! The finding: one statement about one resource, the same shape for all sources.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Arn, Category, Event, FindingKey, Severity, clean_block, clean_line};

/// Most facts that a finding carries.
const MAX_FACTS: usize = 20;

/// Whether the problem is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// AWS said that the problem is over, or that there is none.
    Resolved,
    /// The problem is there.
    Open,
}

impl Status {
    /// The word in JSON: `open` or `resolved`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
        }
    }
}

/// What the finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// An ARN where there is one, else the service's own identifier, exactly as sent: part of the identity.
    pub id: String,
    /// For example `ecr-image`, or a CloudFormation type such as `AWS::ECS::Service`.
    pub kind: String,
    /// What people call it, for example `web/api:1.4.2`. Made safe for one line.
    pub name: String,
}

impl Resource {
    /// A resource; `name` is cleaned, `id` is not.
    #[must_use]
    pub fn new(id: impl Into<String>, kind: &str, name: &str) -> Self {
        Self { id: id.into(), kind: clean_line(kind), name: clean_line(name) }
    }

    /// The parsed ARN, if the identifier is one.
    #[must_use]
    pub fn arn(&self) -> Option<Arn> {
        Arn::parse(&self.id)
    }
}

/// One independent statement within a finding.
///
/// Most findings are one statement and list no parts. An image is many: one per CVE, one for the scan itself. Each
/// part is merged on its own, newest statement first, and the finding is open while any part is: the close of one CVE
/// never closes the image, and a failed scan never hides what an earlier one found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Names the part within the finding, exactly as sent, for example an Inspector finding ARN.
    pub id: String,
    /// What was evaluated; evidence rules of the checklist refer to it.
    pub check: String,
    /// Open or resolved.
    pub status: Status,
    /// How bad this part is, or was while it was open.
    pub severity: Severity,
    /// What people call it, for example `CVE-2026-1111 in openssl 3.0.1`. Made safe for one line.
    pub label: String,
    /// For a summary (`3 critical and 12 high`): how many high and critical parts it counts. The summary speaks only
    /// while fewer of those are known one by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary_of: Option<u64>,
    /// Resolved because the question no longer applies (the resource is gone), which proves nothing.
    #[serde(default)]
    pub not_applicable: bool,
}

impl Part {
    /// A part; `label` is cleaned, `id` is not.
    #[must_use]
    pub fn new(id: impl Into<String>, check: &str, status: Status, severity: Severity, label: &str) -> Self {
        Self {
            id: id.into(),
            check: check.to_owned(),
            status,
            severity,
            label: clean_line(label),
            summary_of: None,
            not_applicable: false,
        }
    }

    /// Makes it a summary of that many high and critical parts.
    #[must_use]
    pub fn summary_of(mut self, count: u64) -> Self {
        self.summary_of = Some(count);
        self
    }
}

/// One line of detail under the title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// For example `Image tags`. Our own word, never from the event.
    pub name: String,
    /// Made safe for one line.
    pub value: String,
}

/// One normalised statement about one resource.
///
/// Its identity is (source, account, region, resource, rule): the same problem on the same resource is the same
/// finding however often and in whatever order AWS speaks of it. Build it with [`Finding::new`] and the methods that
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
    /// When AWS saw it.
    pub observed_at: Timestamp,
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
    /// Resolved because the question no longer applies (the resource is gone), which proves nothing.
    #[serde(default)]
    pub not_applicable: bool,
    /// A sample that somebody generated in the console to try things out.
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
            status: Status::Open,
            severity: Severity::Medium,
            native_severity: None,
            severity_is_default: true,
            category: Category::Security,
            observed_at: event.time_or_received(),
            event_id: clean_line(&event.id),
            title: String::new(),
            collective_title: None,
            facts: Vec::new(),
            remediation: None,
            console_url: None,
            tags: BTreeMap::new(),
            parts: Vec::new(),
            not_applicable: false,
            sample: false,
        }
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

    /// Sets when AWS saw it, if the event says so more exactly than its envelope.
    #[must_use]
    pub fn observed_at(mut self, time: Option<Timestamp>) -> Self {
        if let Some(time) = time {
            self.observed_at = time;
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
mod tests {
    use super::*;
    use serde_json::json;

    fn event() -> Event {
        let now = "2026-11-02T09:15:00Z".parse().unwrap();
        Event::from_envelope(&json!({"detail-type": "X", "detail": {"a": 1}}), now).unwrap()
    }

    #[test]
    fn account_and_region_come_from_the_arn_when_the_envelope_has_none() {
        let arn = "arn:aws:ecr:eu-central-1:111122223333:repository/web";
        let finding = Finding::new("ecr-scan", "c", Resource::new(arn, "ecr-repository", "web"), &event());
        assert_eq!((finding.account.as_str(), finding.region.as_str()), ("111122223333", "eu-central-1"));
    }

    #[test]
    fn the_key_follows_the_identity_and_nothing_else() {
        let base = Finding::new("s", "c", Resource::new("r", "k", "n"), &event());
        let same = base.clone().title("other").severity(Severity::Critical, Some("9")).status(Status::Resolved);
        assert_eq!(base.key(), same.key());
        assert_ne!(base.key(), base.clone().identity_rule("other").key());
        assert_ne!(base.key(), base.clone().owner(Some("1".into()), None).key());
    }

    #[test]
    fn text_from_the_event_is_cleaned() {
        let finding = Finding::new("s", "c", Resource::new("r\n", "k", "n\u{202e}ame"), &event())
            .title("bad\ntitle")
            .fact("Tag", Some("\u{1b}[2J"))
            .fact("Empty", Some("\u{200b}"))
            .fact("None", None::<&str>);
        assert_eq!(finding.resource.id, "r\n", "identity is exact");
        assert_eq!((finding.resource.name.as_str(), finding.title.as_str()), ("name", "bad title"));
        assert_eq!(finding.facts.len(), 1);
        assert_eq!(finding.facts[0].value, "[2J");
    }

    #[test]
    fn a_finding_without_parts_is_its_own_only_statement() {
        let finding = Finding::new("s", "c", Resource::new("r", "k", "n"), &event()).severity(Severity::High, None);
        let statements = finding.statements();
        assert_eq!(statements, [Part::new("", "c", Status::Open, Severity::High, "")]);
        let part = Part::new("cve", "d", Status::Resolved, Severity::Low, "CVE\n").summary_of(2);
        assert_eq!(finding.part(part.clone()).statements(), [part]);
    }

    #[test]
    fn survives_a_round_trip_through_json() {
        let finding =
            Finding::new("s", "c", Resource::new("r", "k", "n"), &event()).tag("team", "web").remediation("Do it.");
        let text = serde_json::to_string(&finding).unwrap();
        assert_eq!(serde_json::from_str::<Finding>(&text).unwrap(), finding);
    }
}
