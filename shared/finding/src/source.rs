//! What a source function is: a name, the events it reads, and a pure function from event to findings.

use serde_json::Value;

use crate::{Category, Event, Finding, Resource, Severity, clean_line};

/// The kind of an event: EventBridge source and detail-type, for example `("aws.ecr", "ECR Image Scan")`.
pub type Kind = (&'static str, &'static str);

/// One source function, described as a value so that the Lambda, the CLI and the tests run the same thing.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// The function's name: crate, binary, zip, folder of events, Terraform file.
    pub name: &'static str,
    /// The kinds of events that it reads.
    pub kinds: &'static [Kind],
    /// Recognises a document that lost its envelope (a bare `detail`, an SNS body). For prose in an SNS message the
    /// document is `{"Message", "Subject", "MessageAttributes": {name: value}, "TopicArn", "Timestamp"}`.
    pub recognise: fn(&Value) -> Option<Kind>,
    /// What the event means. Pure and total: it returns `Unreadable` rather than guess, and never panics.
    pub read: fn(&Event) -> Result<Reading, Unreadable>,
}

impl Source {
    /// Whether this function reads events of that kind. An event without a source is judged by its detail-type alone.
    #[must_use]
    pub fn reads(&self, source: &str, detail_type: &str) -> bool {
        self.kinds.iter().any(|(s, d)| *d == detail_type && (source.is_empty() || *s == source))
    }
}

/// What a source function made of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// One or more statements about resources.
    Findings(Vec<Finding>),
    /// The event is well formed and says nothing about readiness; the reason, for people.
    Ignored(String),
}

/// The event could not be read: it becomes a visible finding with this reason, and is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unreadable event: {reason}")]
pub struct Unreadable {
    /// Why, for people; names the field that is missing or wrong.
    pub reason: String,
}

impl Unreadable {
    /// The event cannot be read for this reason (cleaned: it may quote the event).
    #[must_use]
    pub fn reasons(reason: impl AsRef<str>) -> Self {
        Self { reason: clean_line(reason.as_ref()) }
    }

    /// A field without which the event says nothing is missing or has another type.
    #[must_use]
    pub fn missing(path: &str) -> Self {
        Self::reasons(format!("`detail.{path}` is missing or has an unexpected type"))
    }
}

/// The answer to an event of a kind that the function does not read.
#[must_use]
pub fn foreign(source: &Source, event: &Event) -> Unreadable {
    Unreadable::reasons(format!(
        "`{}` from `{}` is not an event that {} reads",
        event.detail_type, event.source, source.name
    ))
}

/// The check of a finding that says that an event could not be read.
pub const UNREADABLE_EVENT: &str = "plimsoll:unreadable-event";
/// Most characters of an input that a finding quotes.
const FIRST_WORDS: usize = 120;

/// What people see of an event that could not be read: one open finding per function, source, kind of event and account, so
/// that a thousand of them are one finding with the latest reason.
///
/// Its severity is high: an event of a source that is known may have reported anything.
#[must_use]
pub fn unreadable_finding(function: &str, event: &Event, error: &Unreadable) -> Finding {
    let kind = kind_of(event);
    let resource = Resource::new(format!("{}/{kind}", event.source), "event", &kind);
    let mut finding = Finding::new(function, UNREADABLE_EVENT, resource, event)
        .owner(None, Some(String::new()))
        .title(&format!("Unreadable event: {kind}"))
        .severity(Severity::High, None)
        .category(Category::Operations)
        .fact("Reason", Some(&error.reason))
        .fact("First words", Some(first_words(&event.detail)))
        .fact("Event id", Some(&event.id))
        .fact("Event source", Some(&event.source))
        .fact("Event region", Some(&event.region))
        .remediation(
            "Nobody was told what this event said: look at the resource in the console. Then do what the reason says. \
             `plimsoll quarantine list` names what is kept, and `plimsoll quarantine show` prints it. Once its cause is mended, \
             `plimsoll quarantine replay` takes it through; `plimsoll quarantine discard` ends this finding.",
        );
    finding.detail_type = clean_line(&kind);
    finding
}

/// What people call an event: its detail-type, else what is known of its sender.
fn kind_of(event: &Event) -> String {
    match (event.detail_type.as_str(), event.source.as_str()) {
        ("", "") => "without a source and a detail-type".to_owned(),
        ("", source) => format!("from {source}, without a detail-type"),
        (kind, _) => kind.to_owned(),
    }
}

/// How an input begins: the message, if it is one of a topic.
fn first_words(detail: &Value) -> String {
    let message = detail.get("Message").unwrap_or(detail);
    let text = message.as_str().map_or_else(|| message.to_string(), ToOwned::to_owned);
    let text = clean_line(&text);
    let mut words: String = text.chars().take(FIRST_WORDS).collect();
    if words.len() < text.len() {
        words.push('…');
    }
    words
}

/// What people see of an event that would have closed something high or critical, which the provider's API does not bear
/// out: one open finding per function, account, region and kind of event, with the latest reason. What it would have
/// closed stays open.
#[must_use]
pub fn unconfirmed_finding(event: &Event, unconfirmed: &Finding, reason: &str) -> Finding {
    let kind = kind_of(event);
    let resource = Resource::new(format!("{}/{kind}", event.source), "event", &kind);
    let mut finding = Finding::new(&unconfirmed.source, "plimsoll:unconfirmed-close", resource, event)
        .owner(Some(unconfirmed.account.clone()), Some(unconfirmed.region.clone()))
        .title(&format!("A close was not believed: {}", unconfirmed.resource.name))
        .severity(Severity::High, None)
        .category(Category::Operations)
        .fact("Would have closed", Some(&unconfirmed.title))
        .fact("Reason", Some(reason))
        .fact("Event id", Some(&event.id))
        .remediation(
            "What the event would have closed stays open. If it really is over, do what the reason says and run \
             `plimsoll quarantine replay`. If it is not, find out who sent the event.",
        );
    finding.detail_type = clean_line(&kind);
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SOURCE: Source = Source {
        name: "x",
        kinds: &[("aws.x", "X Happened")],
        recognise: |_| None,
        read: |_| Ok(Reading::Ignored(String::new())),
    };

    #[test]
    fn kinds_match_exactly_and_a_missing_source_is_forgiven() {
        assert!(SOURCE.reads("aws.x", "X Happened") && SOURCE.reads("", "X Happened"));
        assert!(!SOURCE.reads("aws.y", "X Happened") && !SOURCE.reads("aws.x", "x happened"));
    }

    #[test]
    fn unreadable_events_of_one_kind_are_one_finding() {
        let now = "2026-11-02T09:15:00Z".parse().unwrap();
        let event = |id: &str| {
            Event::from_envelope(&json!({"id": id, "source": "aws.x", "detail-type": "X", "detail": id}), now).unwrap()
        };
        let one = unreadable_finding("x", &event("1"), &Unreadable::missing("a"));
        let two = unreadable_finding("x", &event("2"), &Unreadable::reasons("b\nc"));
        assert_eq!(one.key(), two.key());
        assert_eq!(two.facts[0].value, "b c");
        assert_eq!(one.severity, Severity::High);
        assert_eq!((one.facts[1].name.as_str(), one.facts[1].value.as_str()), ("First words", "1"));
        let elsewhere = Event { region: "eu-west-1".into(), ..event("3") };
        assert_eq!(unreadable_finding("x", &elsewhere, &Unreadable::missing("a")).key(), one.key());
    }

    #[test]
    fn an_event_without_a_type_is_named_by_its_sender() {
        let now = "2026-11-02T09:15:00Z".parse().unwrap();
        let title = |source: &str, kind: &str| {
            let event = Event { detail_type: kind.into(), ..Event::from_bare_detail(source, "x", &json!({}), now) };
            unreadable_finding("x", &event, &Unreadable::missing("a")).title
        };
        assert_eq!(title("aws.backup", "Backup Job State Change"), "Unreadable event: Backup Job State Change");
        assert_eq!(title("aws.backup", ""), "Unreadable event: from aws.backup, without a detail-type");
        assert_eq!(title("", ""), "Unreadable event: without a source and a detail-type");
    }

    #[test]
    fn the_first_words_of_an_input_are_one_short_clean_line() {
        assert_eq!(first_words(&json!({"Message": "disk\nfull", "TopicArn": "t"})), "disk full");
        assert_eq!(first_words(&json!({"a": [1]})), "{\"a\":[1]}");
        let long = first_words(&json!("x".repeat(1_000)));
        assert_eq!((long.chars().count(), long.ends_with('…')), (FIRST_WORDS + 1, true));
    }
}
