//! One compliance change: one rule, one resource, one answer.
//!
//! The same question is often asked by several copies of a rule: a plain one, Security Hub's, a conformance pack's.
//! All of them are one finding, identified by question and resource, with one part per copy: it is open while any
//! copy says so, and the good answer of one never hides the bad answer of another. The same holds for a global resource
//! that is evaluated in several regions.

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{
    Advice, Arn, Detail, Event, Finding, Part, Reading, Resource, Severity, Status, Unreadable, clean_line, console,
};

use crate::{
    RuleName, SOURCE,
    advice::ADVICE,
    place::{ACCOUNT, Place},
    rules::managed_rule,
};

/// AWS Config sends this word with every compliance change; other notifications have other words.
pub(crate) const MESSAGE_TYPE: &str = "ComplianceChangeNotification";
/// The result of a resolved statement may carry the date of an earlier result; then the envelope says when it was sent.
const RESULT_IS_OLD_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// What the rule said. <https://docs.aws.amazon.com/config/latest/APIReference/API_EvaluationResult.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Compliant,
    NonCompliant,
    /// The resource or the rule is gone, or out of the rule's scope: it proves nothing.
    NotApplicable,
}

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    match finding_of(event, Place::of)? {
        Ok(finding) => Ok(Reading::Findings(vec![finding])),
        Err(reason) => Ok(Reading::Ignored(reason)),
    }
}

/// How the place of a resource is found: event, detail, type and id of the resource, identifier of the rule.
type FindPlace = fn(&Event, Detail<'_>, (&str, &str), &str) -> Result<Place, Unreadable>;

/// The finding of one compliance change, or why it says nothing.
pub(crate) fn finding_of(event: &Event, place: FindPlace) -> Result<Result<Finding, String>, Unreadable> {
    let detail = event.detail();
    let qualifier = detail.at("newEvaluationResult.evaluationResultIdentifier.evaluationResultQualifier");
    let either = |path: &str| detail.raw(path).or_else(|| qualifier.raw(path));
    let rule = either("configRuleName").ok_or_else(|| Unreadable::missing("configRuleName"))?;
    let resource_id = either("resourceId").ok_or_else(|| Unreadable::missing("resourceId"))?;
    let resource_type = either("resourceType").ok_or_else(|| Unreadable::missing("resourceType"))?;
    let compliance = detail
        .text("newEvaluationResult.complianceType")
        .ok_or_else(|| Unreadable::missing("newEvaluationResult.complianceType"))?;
    let answer = match compliance.as_str() {
        "COMPLIANT" => Answer::Compliant,
        "NON_COMPLIANT" => Answer::NonCompliant,
        "NOT_APPLICABLE" => Answer::NotApplicable,
        "INSUFFICIENT_DATA" => {
            return Ok(Err(format!(
                "{} has too little data to judge {}: neither a pass nor a failure",
                clean_line(&rule),
                clean_line(&resource_id)
            )));
        }
        other => {
            return Err(Unreadable::reasons(format!(
                "`{other}` in `detail.newEvaluationResult.complianceType` is not a compliance type that AWS Config \
                 documents"
            )));
        }
    };
    let name = RuleName::read(&rule, detail.raw("configRuleARN").as_deref());
    let place = place(event, detail, (&resource_type, &resource_id), &name.identifier)?;
    Ok(Ok(finding(event, &Change { rule, name, resource_id, resource_type, answer, place })))
}

struct Change {
    rule: String,
    name: RuleName,
    resource_id: String,
    resource_type: String,
    answer: Answer,
    place: Place,
}

impl Change {
    fn is_global(&self) -> bool {
        self.place.region != self.place.evaluated_in
    }

    /// One part per copy of the rule, and for a global resource one per region: `eu-central-1:restricted-ssh`. A rule that
    /// is made anew has the same name and a new ARN: by its ARN, the old part would stay open for ever.
    fn part(&self, check: &str, status: Status) -> Part {
        let (id, label) = if self.is_global() {
            (
                format!("{}:{}", self.place.evaluated_in, self.rule),
                format!("{} in {}", self.rule, self.place.evaluated_in),
            )
        } else {
            (self.rule.clone(), self.rule.clone())
        };
        let mut part = Part::new(id, check, status, Severity::Medium, &label);
        part.not_applicable = self.answer == Answer::NotApplicable;
        part
    }
}

fn finding(event: &Event, change: &Change) -> Finding {
    let detail = event.detail();
    let identifier = change.name.identifier.as_str();
    let check = format!("config:{identifier}");
    let is_open = change.answer == Answer::NonCompliant;
    let status = if is_open { Status::Open } else { Status::Resolved };
    let called = human_name(&change.resource_id, &change.resource_type);
    let resource = Resource::new(change.resource_id.clone(), &change.resource_type, &called);
    let managed = managed_rule(identifier);
    let Place { account, region, evaluated_in } = &change.place;

    let mut finding = Finding::new(SOURCE.name, &check, resource, event)
        .owner(Some(account.clone()), Some(region.clone()))
        // The type belongs to the identity: a repository and a service may both be called `web`.
        .identity_rule(format!("{check}/{}", change.resource_type))
        .finding_type(Some(identifier))
        .status(status)
        .observed_at(observed_at(event, detail, status))
        .title(&title(&with_kind(&called, &change.resource_type), &change.name.base, change.answer))
        .fact("The rule wants", managed.map(|rule| rule.wants))
        .fact("Why", detail.text("newEvaluationResult.annotation"))
        .fact("Rule", Some(&change.rule))
        .fact("Rule comes from", Some(change.name.origin.label()))
        .fact("Resource type", Some(&change.resource_type))
        .fact("Rule parameters", managed.and_then(|rule| rule.parameters))
        .fact("Before", detail.text("oldEvaluationResult.complianceType"))
        .fact("Evaluated in", Some(evaluated_in).filter(|_| change.is_global()))
        .fact("Evaluated", detail.text("newEvaluationResult.resultRecordedTime"))
        .console_url(console::in_region(evaluated_in).map(|console| console.config_rule(&change.rule)))
        .part(change.part(&check, status));
    if account.is_empty() {
        finding = finding
            .fact("Not named", Some("account: the answer of the command line does not say whose the resource is"));
    }
    finding.not_applicable = change.answer == Answer::NotApplicable;
    if is_open {
        finding = finding.advice(Advice::find(&ADVICE, identifier, &change.resource_type, Severity::Informational));
    }
    finding
}

/// A name that does not say what it is, with its kind before it: `Role AROAEXAMPLEROLE7QXZ2K`, `Topic alerts`. Ids such as
/// `sg-0a7d41c9e8b25f306` and names with a path or a revision speak for themselves.
fn with_kind(called: &str, resource_type: &str) -> String {
    let is_id = called.split_once('-').is_some_and(|(prefix, rest)| {
        prefix.bytes().all(|b| b.is_ascii_lowercase()) && rest.len() >= 8 && rest.bytes().all(|b| b.is_ascii_hexdigit())
    });
    let kind = resource_type.rsplit("::").next().unwrap_or_default();
    if resource_type == ACCOUNT || is_id || called.contains(['/', ':']) || kind.is_empty() {
        return called.to_owned();
    }
    format!("{} {called}", kind_in_words(kind))
}

/// `Load balancer` for `LoadBalancer`, `DB instance` for `DBInstance`.
fn kind_in_words(kind: &str) -> String {
    let letters: Vec<char> = kind.chars().collect();
    let at = |index: usize| letters.get(index).copied().unwrap_or(' ');
    let mut words = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let (before, after) = (index.checked_sub(1).map_or(' ', at), at(index.saturating_add(1)));
        let begins = index > 0 && letter.is_uppercase() && (before.is_lowercase() || after.is_lowercase());
        if begins {
            words.push(' ');
        }
        let is_name = after.is_uppercase() || (before.is_uppercase() && !after.is_lowercase());
        if index == 0 || is_name {
            words.push(*letter);
        } else {
            words.extend(letter.to_lowercase());
        }
    }
    words
}

fn title(called: &str, rule: &str, answer: Answer) -> String {
    match answer {
        Answer::NonCompliant => format!("{called} breaks Config rule {rule}"),
        Answer::Compliant => format!("{called} complies with Config rule {rule}"),
        Answer::NotApplicable => format!("Config rule {rule} no longer applies to {called}"),
    }
}

/// An ARN is shortened to its last part, the account stands for itself, everything else is called by its id (which
/// for IAM is no name: `AROA…`).
fn human_name(id: &str, kind: &str) -> String {
    if kind == ACCOUNT {
        return format!("Account {id}");
    }
    Arn::parse(id).map_or_else(|| id.to_owned(), |arn| arn.resource_name().to_owned())
}

/// When the result was recorded. A resolved statement whose own date is much older than its envelope repeats the date of
/// an earlier result, and would lose to what it resolves.
fn observed_at(event: &Event, detail: Detail<'_>, status: Status) -> Option<Timestamp> {
    let sent = detail.time("notificationCreationTime").max(event.time);
    let recorded =
        detail.time("newEvaluationResult.resultRecordedTime").or_else(|| detail.time("notificationCreationTime"));
    match (recorded, sent) {
        (Some(recorded), Some(sent))
            if status == Status::Resolved && sent.duration_since(recorded) > RESULT_IS_OLD_AFTER =>
        {
            Some(sent)
        }
        _ => recorded.or(event.time),
    }
}
