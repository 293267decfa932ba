//! One finding.

use plimsoll_finding::Status;
use plimsoll_message::Alert;
use serde_json::Value;

use super::{Mentions, SlackMessage, blocks};
use crate::{
    escape::{block, code, cut, cut_escaped, escape, line as clean, quiet},
    limits, words,
};

/// Fields are read at a glance or not at all.
const FIELD: usize = 300;
/// Open parts that are listed; a thread is no place for a table.
const PARTS: usize = 10;
/// One line of a list.
const LINE: usize = 160;

pub(super) fn message(alert: &Alert, mentions: &Mentions) -> SlackMessage {
    let mut content = vec![
        blocks::header(&words::headline(alert)),
        blocks::section(&format!("*{}*", escape(&words::happened(alert)))),
        blocks::fields(&fields(alert)),
    ];
    if let Some(parts) = parts(alert) {
        content.push(parts);
    }
    if let Some(remediation) = alert.finding.remediation.as_deref().filter(|_| alert.status == Status::Open) {
        let advice = cut_escaped(&block(remediation), 1_200);
        let runbook = alert.finding.runbook.as_deref().map(|page| format!("\nRunbook: {}", code(page, FIELD)));
        if !advice.is_empty() {
            content.push(blocks::section(&format!("*What to do*\n{advice}{}", runbook.unwrap_or_default())));
        }
    }
    let mut kept = 1;
    if let Some(button) = alert.finding.console_url.as_deref().and_then(|url| blocks::link_button("Open in AWS", url)) {
        content.push(button);
        kept = 2;
    }
    content.push(blocks::context(&small_print(alert)));
    SlackMessage {
        text: cut_escaped(&spoken(alert), limits::TEXT.saturating_sub(1_000)),
        color: Some(words::colour(alert.status, alert.severity)),
        mention: mentions.for_alert(alert),
        blocks: blocks::fit(content, kept),
    }
}

/// What a screen reader says, unescaped.
pub(super) fn spoken(alert: &Alert) -> String {
    let place = words::place_line(alert);
    let place = if place.is_empty() { String::new() } else { format!(" in {place}") };
    let fallback = if alert.as_fallback { " Told here because the primary channel could not be reached." } else { "" };
    format!(
        "{}. Resource {}{place}. State: {}. {}{fallback}",
        cut(&words::headline(alert), 500),
        cut(&words::resource(alert), 300),
        alert.status.name(),
        words::happened(alert),
    )
}

fn fields(alert: &Alert) -> Vec<String> {
    let finding = &alert.finding;
    let environment = alert.environment.as_deref().unwrap_or_default();
    let account = if environment.is_empty() {
        quiet(&finding.account, FIELD)
    } else {
        format!("{} · {}", quiet(environment, 60), quiet(&finding.account, 60))
    };
    let region = if finding.region.is_empty() { "all regions".to_owned() } else { quiet(&finding.region, FIELD) };
    let mut fields = vec![
        format!("*Resource*\n{}", code(&words::resource(alert), FIELD)),
        format!("*Account*\n{account}"),
        format!("*Region*\n{region}"),
    ];
    fields.extend(severity(alert).map(|severity| format!("*Severity*\n{severity}")));
    fields.extend(finding.facts.iter().map(|fact| {
        let name = cut_escaped(&clean(&fact.name).replace('*', ""), 60);
        let name = if name.is_empty() { "Fact" } else { name.as_str() };
        format!("*{name}*\n{}", quiet(&fact.value, FIELD))
    }));
    fields.truncate(limits::FIELDS);
    fields
}

/// What the headline does not say: the source's own value, or how bad it was.
fn severity(alert: &Alert) -> Option<String> {
    let label = alert.severity.label();
    match (alert.status, alert.finding.native_severity.as_deref()) {
        // What was never bad was never of this severity.
        (Status::Resolved, _) if alert.previous.is_none() && alert.peak.is_none() => None,
        (Status::Resolved, _) => Some(format!("was {label}")),
        (Status::Open, Some(native)) if !native.eq_ignore_ascii_case(label) => {
            Some(format!("{label} ({})", quiet(native, 40)))
        }
        (Status::Open, _) => None,
    }
}

fn parts(alert: &Alert) -> Option<Value> {
    if alert.parts.is_empty() {
        return None;
    }
    let all = alert.parts.len().saturating_add(alert.more_parts);
    let mut lines: Vec<String> = alert
        .parts
        .iter()
        .take(PARTS)
        .map(|(severity, label)| {
            let label = clean(label);
            cut(&format!("{} {}: {label}", words::shape(*severity), severity.label()), LINE)
        })
        .collect();
    let left = all.saturating_sub(lines.len());
    if left > 0 {
        lines.push(format!("and {left} more"));
    }
    Some(blocks::list(&format!("Open ({all})"), &lines))
}

fn small_print(alert: &Alert) -> Vec<String> {
    let mut parts = Vec::new();
    if alert.as_fallback {
        parts.push("*Told here because the primary channel could not be reached.*".to_owned());
    }
    if alert.finding.sample {
        parts.push("*Sample:* somebody generated it to try things out.".to_owned());
    }
    let lines: Vec<String> = alert
        .lines
        .iter()
        .take(4)
        .map(|line| format!("{} {}", cut_escaped(&clean(&line.id), 40), cut_escaped(&clean(&line.title), 80)))
        .collect();
    if !lines.is_empty() {
        let more = alert.lines.len().saturating_sub(lines.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        parts.push(format!("Evidence for {}{more}", lines.join(", ")));
    }
    parts.push(format!("First seen {}", blocks::date(alert.first_seen)));
    if alert.last_seen != alert.first_seen {
        parts.push(format!("Last seen {}", blocks::date(alert.last_seen)));
    }
    parts.push(format!("Reference `{}`", alert.key.short()));
    parts
}
