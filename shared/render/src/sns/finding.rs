//! For machines: one JSON document, and attributes that subscription filter policies can match.
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html>: more than ten attributes and a raw delivery
//! to SQS drops the message.

use plimsoll_message::{Alert, Digest, Message, RollUp};
use serde_json::{Value, json};

use crate::{
    escape::{block, cut, line as clean},
    limits,
};

/// Grows when a field changes its meaning or goes; new fields may come at any time.
pub const SCHEMA_VERSION: &str = "1";

/// A message for machines.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingsSns {
    /// The document.
    pub body: Value,
    /// Name, type (`String` or `Number`) and value of each attribute; no value is empty.
    pub attributes: Vec<(&'static str, &'static str, String)>,
}

/// The message for machines.
#[must_use]
pub fn finding(message: &Message) -> FindingsSns {
    match message {
        Message::Alert(alert) => of_alert(alert),
        Message::RollUp(roll_up) => of_roll_up(roll_up),
        Message::Digest(digest) => of_digest(digest),
    }
}

fn of_alert(alert: &Alert) -> FindingsSns {
    let finding = &alert.finding;
    let facts: Vec<Value> = finding
        .facts
        .iter()
        .take(20)
        .map(|fact| json!({"name": line(&fact.name, 100), "value": line(&fact.value, 1_000)}))
        .collect();
    let tags: serde_json::Map<String, Value> =
        finding.tags.iter().take(50).map(|(key, value)| (line(key, 128), line(value, 256).into())).collect();
    let parts: Vec<Value> = alert
        .parts
        .iter()
        .take(20)
        .map(|(severity, label)| json!({"severity": severity, "label": line(label, 500)}))
        .collect();
    let lines: Vec<Value> =
        alert.lines.iter().take(50).map(|it| json!({"id": line(&it.id, 100), "title": line(&it.title, 200)})).collect();
    let body = json!({
        "schema_version": SCHEMA_VERSION,
        "kind": "alert",
        "reference": alert.key.short(),
        "key": alert.key,
        "deduplication_id": alert.deduplication_id,
        "reason": alert.reason,
        "state": alert.status,
        "severity": alert.severity,
        "severity_rank": alert.severity.rank(),
        "peak_severity": alert.peak,
        "news": alert.news.summary().map(|news| line(&news, 1_000)),
        "previous": alert.previous.map(|(status, severity)| json!({"state": status, "severity": severity})),
        "environment": alert.environment.as_deref().map(|e| line(e, 100)),
        "source": finding.source,
        "check": line(&finding.check, 500),
        "category": finding.category,
        "account": line(&finding.account, 100),
        "account_name": alert.account_name.as_deref().map(|name| line(name, 100)),
        "region": line(&finding.region, 100),
        "resource": {
            // Part of the identity, so exactly as AWS sent it; JSON escapes what needs it.
            "id": cut(&finding.resource.id, 2_048),
            "kind": line(&finding.resource.kind, 200),
            "name": line(&finding.resource.name, 1_000),
        },
        "title": line(&finding.title, 1_000),
        "facts": facts,
        "remediation": finding.remediation.as_deref().map(block),
        "console_url": finding.console_url.as_deref().filter(|url| url.starts_with("https://")).map(|url| line(url, 2_000)),
        "tags": tags,
        "parts": parts,
        "more_parts": alert.more_parts,
        "checklist": lines,
        "first_seen": alert.first_seen,
        "last_seen": alert.last_seen,
        "answer": alert.history.answer.as_ref().map(|it| json!({
            "kind": it.kind, "owner": line(&it.owner, 100), "by": line(&it.by, 100), "at": it.at,
        })),
        "sample": finding.sample,
    });
    let attributes = vec![
        text("kind", "alert"),
        text("severity", alert.severity.name()),
        ("severity_rank", "Number", alert.severity.rank().to_string()),
        text("source", &finding.source),
        text("category", finding.category.name()),
        text("account", &finding.account),
        text("region", &finding.region),
        text("state", alert.status.name()),
        text("env", alert.environment.as_deref().unwrap_or_default()),
        text("schema_version", SCHEMA_VERSION),
    ];
    FindingsSns { body, attributes: filled(attributes) }
}

fn of_roll_up(roll_up: &RollUp) -> FindingsSns {
    // Shorter titles before fewer members: every member is named or referenced.
    let mut body = Value::Null;
    for (title, members) in [(300, 1_000), (80, 1_000), (20, usize::MAX), (0, 500)] {
        body = roll_up_body(roll_up, title, members);
        if body.to_string().len() <= limits::SNS_BYTES {
            break;
        }
    }
    let open = roll_up.members.iter().any(|m| m.status == plimsoll_finding::Status::Open);
    let attributes = vec![
        text("kind", "roll-up"),
        text("severity", roll_up.severity.name()),
        ("severity_rank", "Number", roll_up.severity.rank().to_string()),
        text("source", &roll_up.source),
        text("category", roll_up.category.name()),
        text("state", if open { "open" } else { "resolved" }),
        text("schema_version", SCHEMA_VERSION),
    ];
    FindingsSns { body, attributes: filled(attributes) }
}

fn roll_up_body(roll_up: &RollUp, title: usize, most: usize) -> Value {
    let members: Vec<Value> = roll_up
        .members
        .iter()
        .take(most)
        .map(|member| {
            json!({
                "reference": member.key.short(),
                "key": member.key,
                "reason": member.reason,
                "state": member.status,
                "severity": member.severity,
                "title": line(&member.title, title),
                "account": line(&member.account, 20),
                "account_name": member.account_name.as_deref().map(|name| line(name, 60)),
                "region": line(&member.region, 20),
            })
        })
        .collect();
    json!({
        "schema_version": SCHEMA_VERSION,
        "kind": "roll-up",
        "reference": line(&roll_up.id, 100),
        "source": line(&roll_up.source, 100),
        "category": roll_up.category,
        "severity": roll_up.severity,
        "severity_rank": roll_up.severity.rank(),
        "more_members": roll_up.members.len().saturating_sub(members.len()),
        "members": members,
    })
}

fn of_digest(digest: &Digest) -> FindingsSns {
    let change = |it: &plimsoll_message::Change| {
        json!({
            "kind": it.kind,
            "reference": it.key.short(),
            "key": it.key,
            "severity": it.severity,
            "title": line(&it.title, 300),
            "account": line(&it.account, 100),
            "account_name": it.account_name.as_deref().map(|name| line(name, 100)),
            "since": it.since,
            "waived_until": it.waived_until,
        })
    };
    let changes = |list: &[plimsoll_message::Change]| list.iter().take(50).map(change).collect::<Vec<Value>>();
    let body = json!({
        "schema_version": SCHEMA_VERSION,
        "kind": "digest",
        "reference": line(&digest.id, 100),
        "scheduled_for": digest.scheduled_for,
        "previous_at": digest.previous_at,
        "score": digest.score,
        "previous_score": digest.previous_score,
        "change_counts": digest.change_counts,
        "changes": changes(&digest.changes),
        "open_counts": digest.open_counts,
        "open": changes(&digest.open),
        "waived": changes(&digest.waived),
        "more_waived": digest.waived.len().saturating_sub(50),
        "checklist": digest.lines.iter().take(100).map(|it| json!({
            "id": line(&it.id, 100), "title": line(&it.title, 200), "from": it.from, "to": it.to,
        })).collect::<Vec<Value>>(),
        "sources": digest.sources.iter().take(50).map(|it| json!({
            "source": line(&it.source, 100), "last_event": it.last_event, "silent_days": it.silent_days,
        })).collect::<Vec<Value>>(),
        "undelivered": digest.undelivered,
        "quarantined": digest.quarantined,
    });
    let attributes = vec![text("kind", "digest"), text("schema_version", SCHEMA_VERSION)];
    FindingsSns { body, attributes }
}

fn line(value: &str, max: usize) -> String {
    cut(&clean(value), max)
}

fn text(name: &'static str, value: &str) -> (&'static str, &'static str, String) {
    (name, "String", line(value, 200))
}

/// SNS refuses an attribute with an empty value.
fn filled(attributes: Vec<(&'static str, &'static str, String)>) -> Vec<(&'static str, &'static str, String)> {
    attributes.into_iter().filter(|(_, _, value)| !value.is_empty()).collect()
}
