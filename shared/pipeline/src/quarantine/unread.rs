//! The finding that makes an unreadable event visible, as bad as its sender is known.

use plimsoll_finding::{Event, Finding, Severity, Source, Unreadable, unreadable_finding};

/// What people see of an event that could not be read. An event of a source that one of the functions reads may have
/// reported anything: high. What anybody else sent is medium.
#[must_use]
pub fn unread_finding(function: &str, event: &Event, error: &Unreadable, sources: &[Source]) -> Finding {
    let finding = unreadable_finding(function, event, error);
    let is_known = sources.iter().flat_map(|source| source.kinds).any(|(source, _)| *source == event.source);
    if is_known { finding } else { finding.severity(Severity::Medium, None) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_finding::Reading;
    use serde_json::json;

    #[test]
    fn only_a_known_source_is_high() {
        let source = Source {
            name: "x",
            kinds: &[("aws.x", "X Happened")],
            recognise: |_| None,
            read: |_| Ok(Reading::Ignored(String::new())),
        };
        let now = "2026-11-02T09:15:00Z".parse().unwrap();
        let severity = |sender: &str| {
            let envelope = json!({"source": sender, "detail-type": "Y", "detail": {}});
            let event = Event::from_envelope(&envelope, now).unwrap();
            unread_finding("x", &event, &Unreadable::missing("a"), &[source]).severity
        };
        assert_eq!(severity("aws.x"), Severity::High);
        assert_eq!(severity("aws.y"), Severity::Medium);
        assert_eq!(severity(""), Severity::Medium);
    }
}
