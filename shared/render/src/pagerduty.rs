//! What PagerDuty is told: one event per finding, opened and resolved under the finding's key.
//! <https://developer.pagerduty.com/docs/send-alert-event>: a summary of at most 1,024 characters, an event of at most
//! 512 KB. The routing key is added by whoever sends: it is a secret.

use plimsoll_finding::{FindingKey, Severity, Status};
use plimsoll_message::{Alert, NotifyReason, RollUp, RollUpMember};
use serde_json::{Map, Value, json};

use crate::{
    escape::{ascii, block, cut, line as clean},
    words,
};

/// The longest summary that PagerDuty takes.
pub const SUMMARY: usize = 1_024;

/// The event for an alert: `trigger` while it is open, `acknowledge` when somebody answered, `resolve` when it is over.
#[must_use]
pub fn event(alert: &Alert) -> Value {
    if alert.status == Status::Resolved {
        return resolve(&alert.key);
    }
    // What became worse at the same time is no acknowledgement.
    if alert.reason == NotifyReason::Answered && alert.news.summary().is_none() {
        return acknowledge(&alert.key);
    }
    let finding = &alert.finding;
    let payload = json!({
        "summary": summary(&words::title(alert), &words::place_line(alert)),
        "source": source(&words::resource(alert), &finding.source),
        "severity": severity(alert.severity),
        "timestamp": alert.last_seen,
        "component": line(&finding.resource.kind, 200),
        "group": line(alert.environment.as_deref().unwrap_or(&account(alert)), 200),
        "class": line(&finding.check, 500),
        "custom_details": details(alert),
    });
    let mut event = trigger(&alert.key, &payload);
    if let Some(object) = event.as_object_mut()
        && let Some(url) = finding.console_url.as_deref().filter(|url| url.starts_with("https://"))
    {
        let url = line(url, 2_000);
        object.insert("client_url".to_owned(), url.clone().into());
        object.insert("links".to_owned(), json!([{"href": url, "text": "Open in the AWS console"}]));
    }
    event
}

/// The event for one member of a roll-up: each is an incident of its own, or it could not be resolved on its own.
#[must_use]
pub fn member(roll_up: &RollUp, member: &RollUpMember) -> Value {
    if member.status == Status::Resolved {
        return resolve(&member.key);
    }
    let account = words::account(member.account_name.as_deref(), &member.account);
    let place = words::place(None, &account, &member.region).join(", ");
    let title = clean(&member.title);
    let title = if title.is_empty() { format!("Finding {}", member.key.short()) } else { title };
    let payload = json!({
        "summary": summary(&title, &place),
        "source": source(&member.account, &roll_up.source),
        "severity": severity(member.severity),
        "group": line(&account, 200),
        "class": line(&roll_up.source, 200),
        "custom_details": {
            "reference": member.key.short(),
            "severity": member.severity.label(),
            "account": line(&account, 100),
            "region": line(&member.region, 100),
        },
    });
    trigger(&member.key, &payload)
}

/// The same event with no more than PagerDuty needs, in ASCII: for when it refuses the full one.
#[must_use]
pub fn plain(event: &Value) -> Value {
    let text = |name: &str, max: usize| {
        let text = event.pointer(&format!("/payload/{name}")).and_then(Value::as_str).unwrap_or_default();
        Some(ascii(&cut(text, max))).filter(|text| !text.is_empty()).unwrap_or_else(|| "Plimsoll".to_owned())
    };
    let mut event = event.clone();
    if let Some(object) = event.as_object_mut()
        && object.contains_key("payload")
    {
        object.retain(|name, _| matches!(name.as_str(), "event_action" | "dedup_key"));
        // Spelling a character out may make it longer.
        let payload = json!({
            "summary": text("summary", SUMMARY / 4),
            "source": text("source", SUMMARY / 4),
            "severity": text("severity", SUMMARY),
        });
        object.insert("payload".to_owned(), payload);
    }
    event
}

fn trigger(key: &FindingKey, payload: &Value) -> Value {
    json!({"event_action": "trigger", "dedup_key": key, "client": "Plimsoll", "payload": payload})
}

fn acknowledge(key: &FindingKey) -> Value {
    json!({"event_action": "acknowledge", "dedup_key": key})
}

fn resolve(key: &FindingKey) -> Value {
    json!({"event_action": "resolve", "dedup_key": key})
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Informational => "info",
    }
}

fn summary(title: &str, place: &str) -> String {
    let place = if place.is_empty() { String::new() } else { format!(" ({place})") };
    let room = SUMMARY.saturating_sub(crate::limits::length(&place));
    format!("{}{place}", cut(title, room))
}

/// PagerDuty refuses an event without a source.
fn source(name: &str, otherwise: &str) -> String {
    [name, otherwise, "plimsoll"].iter().map(|text| line(text, 500)).find(|text| !text.is_empty()).unwrap_or_default()
}

fn account(alert: &Alert) -> String {
    words::account(alert.account_name.as_deref(), &alert.finding.account)
}

fn details(alert: &Alert) -> Value {
    let finding = &alert.finding;
    let mut facts = Map::new();
    for fact in finding.facts.iter().take(20) {
        let (name, value) = (line(&fact.name, 100), line(&fact.value, 1_000));
        let value = match facts.get(&name).and_then(Value::as_str) {
            Some(other) => format!("{other}, {value}"),
            None => value,
        };
        facts.insert(name, value.into());
    }
    let more = (alert.more_parts > 0).then(|| format!("and {} more", alert.more_parts));
    let parts =
        alert.parts.iter().take(20).map(|(severity, label)| format!("{}: {}", severity.label(), line(label, 500)));
    let lines = alert.lines.iter().take(50).map(|it| format!("{} {}", line(&it.id, 100), line(&it.title, 200)));
    json!({
        "reference": alert.key.short(),
        "what happened": words::happened(alert),
        "severity": alert.severity.label(),
        "environment": alert.environment.as_deref().map(|e| line(e, 100)),
        "account": line(&account(alert), 100),
        "region": line(&finding.region, 100),
        "resource": cut(&finding.resource.id, 2_048),
        "facts": facts,
        "parts": parts.chain(more).collect::<Vec<String>>(),
        "what to do": finding.remediation.as_deref().map(block),
        "checklist": lines.collect::<Vec<String>>(),
        "first seen": alert.first_seen,
        "last seen": alert.last_seen,
    })
}

fn line(value: &str, max: usize) -> String {
    cut(&clean(value), max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        limits,
        samples::{self, HOSTILE, poisoned},
    };
    use plimsoll_message::Message;

    fn events(message: &Message) -> Vec<Value> {
        match message {
            Message::Alert(alert) => vec![event(alert)],
            Message::RollUp(roll_up) => roll_up.members.iter().map(|it| member(roll_up, it)).collect(),
            Message::Digest(_) => Vec::new(),
        }
    }

    #[test]
    fn as_pagerduty_gets_them() {
        insta::assert_json_snapshot!("pagerduty_event", event(&samples::image()));
        insta::assert_json_snapshot!("pagerduty_plain", plain(&event(&samples::image())));
        insta::assert_json_snapshot!("pagerduty_resolve", event(&samples::resolved()));
        insta::assert_json_snapshot!("pagerduty_members", events(&Message::RollUp(samples::roll_up(2))));
    }

    #[test]
    fn open_and_resolve_share_the_key() {
        let (opened, resolved) = (event(&samples::image()), event(&samples::resolved()));
        assert_eq!(opened["dedup_key"], resolved["dedup_key"]);
        assert_eq!((&opened["event_action"], &resolved["event_action"]), (&json!("trigger"), &json!("resolve")));
        assert_eq!(plain(&resolved), resolved);
    }

    #[test]
    fn keeps_to_the_rules_whatever_the_text() {
        let long = "x\u{202e}<&\"\\é".repeat(1_000);
        let texts = HOSTILE.iter().copied().chain([long.as_str()]);
        for event in texts.flat_map(|text| samples::all().into_iter().flat_map(move |m| events(&poisoned(&m, text)))) {
            assert!(event.to_string().len() < 512_000);
            for event in [event.clone(), plain(&event)] {
                assert_eq!(event["dedup_key"].as_str().unwrap().len(), 64);
                if event["event_action"] != "trigger" {
                    continue;
                }
                for required in ["summary", "source", "severity"] {
                    let text = event["payload"][required].as_str().unwrap();
                    assert!(!text.trim().is_empty(), "{event}");
                    assert!(limits::length(text) <= SUMMARY && !text.contains(char::is_control), "{text}");
                }
                assert!(
                    event["links"].is_null() || event["links"][0]["href"].as_str().unwrap().starts_with("https://")
                );
            }
            let plain = plain(&event).to_string();
            assert!(plain.is_ascii(), "{plain}");
        }
    }

    #[test]
    fn facts_of_one_name_do_not_hide_each_other() {
        let mut alert = samples::image();
        alert.finding = alert.finding.fact("Image tags", Some("old"));
        assert_eq!(event(&alert)["payload"]["custom_details"]["facts"]["Image tags"], "1.4.2, latest, old");
    }

    #[test]
    fn a_summary_keeps_its_place() {
        let title = "t".repeat(2_000);
        let long = summary(&title, "prod");
        assert_eq!(limits::length(&long), SUMMARY);
        assert!(long.ends_with("… (prod)"), "{long}");
        let fits = "t".repeat(SUMMARY - 7);
        assert_eq!(summary(&fits, "prod"), format!("{fits} (prod)"));
    }
}
