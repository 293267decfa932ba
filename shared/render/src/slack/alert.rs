//! One finding, by rank: what and where, what happened, the facts by which somebody decides, what to do, small print.

use plimsoll_finding::Status;
use plimsoll_message::Alert;
use serde_json::Value;

use super::{Mentions, SlackMessage, blocks};
use crate::{
    escape::{block, code, cut, cut_escaped, is_link, line as clean, quiet},
    facts::{Facts, facts, is_told, says},
    limits, words,
};

/// Fields are read at a glance or not at all.
const FIELD: usize = 160;
/// Why now, with what is new: the list of open parts names the rest.
const HAPPENED: usize = 1_500;
/// What happened, in full.
const STORY: usize = 1_500;
/// The facts that are too long for a field, and those beyond the last field.
const LINES: usize = 1_500;
/// Open parts that are listed; a thread is no place for a table.
const PARTS: usize = 10;
/// One line of a list.
const LINE: usize = 160;

pub(super) fn message(alert: &Alert, mentions: &Mentions) -> SlackMessage {
    let mut content = vec![blocks::header(&words::headline(alert)), blocks::section(&summary(alert))];
    let mut kept = 1;
    let facts = facts(alert);
    let Facts { story, ranked } = &facts;
    if let Some((heading, story)) = story {
        content.push(blocks::section(&format!("*{heading}*\n{}", cut_escaped(story, STORY))));
    }
    // What is over needs no decision, so that its message is short.
    match alert.status {
        Status::Open => {
            content.extend(fact_blocks(ranked));
            content.extend(parts(alert, &facts));
            if let Some(todo) = what_to_do(alert) {
                content.push(todo);
                kept = 2;
            }
        }
        Status::Resolved => {
            let worst = words::worst(alert);
            if !worst.is_empty() {
                content.push(blocks::list("What it was", &worst));
            }
        }
    }
    content.push(blocks::context(&small_print(alert)));
    SlackMessage {
        text: cut_escaped(&spoken(alert), limits::TEXT.saturating_sub(1_000)),
        color: Some(words::colour(alert.status, alert.severity)),
        mention: mentions.for_alert(alert),
        blocks: fitted(content, kept),
    }
}

/// Drops what Slack would refuse, and says so.
fn fitted(content: Vec<Value>, kept: usize) -> Vec<Value> {
    let all = content.len();
    let mut fitted = blocks::fit(content, kept);
    let dropped = all.saturating_sub(fitted.len());
    if dropped > 0 {
        let note = format!("_and {} that Slack has no room for_", words::count_of(dropped, "more section"));
        fitted.insert(fitted.len().saturating_sub(kept), blocks::section(&note));
    }
    fitted
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

/// Why now, and where: `*New.* prod · 111122223333 · eu-central-1`.
fn summary(alert: &Alert) -> String {
    let finding = &alert.finding;
    let mut place: Vec<String> = Vec::new();
    if !says(&words::title(alert), &words::resource(alert)) {
        place.push(code(&words::resource(alert), 300));
    }
    let region = if finding.region.is_empty() { "all regions" } else { finding.region.as_str() };
    let account = words::account(alert.account_name.as_deref(), &finding.account);
    for part in words::place(alert.environment.as_deref(), &account, region) {
        place.push(quiet(&part, 120));
    }
    format!("*{}*\n{}", cut_escaped(&words::happened(alert), HAPPENED), place.join(" · "))
}

/// The first ten short facts side by side, then the long ones over the full width, then the rest in one line.
fn fact_blocks(ranked: &[(String, String)]) -> Vec<Value> {
    let is_short = |(_, value): &&(String, String)| limits::length(value) <= FIELD.saturating_sub(20);
    let short: Vec<&(String, String)> = ranked.iter().filter(is_short).collect();
    let mut content = Vec::new();
    let fields: Vec<String> = short
        .iter()
        .take(limits::FIELDS)
        .map(|(name, value)| format!("*{}*\n{}", label(name), quiet(value, FIELD)))
        .collect();
    if !fields.is_empty() {
        content.push(blocks::fields(&fields));
    }
    let long = ranked
        .iter()
        .filter(|fact| !is_short(fact))
        .map(|(name, value)| format!("*{}*  {}", label(name), quiet(value, LINES.saturating_sub(100))));
    content.extend(lines(long.collect(), "\n"));
    let rest = short.iter().skip(limits::FIELDS);
    content
        .extend(lines(rest.map(|(name, value)| format!("{}: {}", label(name), quiet(value, FIELD))).collect(), " · "));
    content
}

/// A name of a fact for Slack markup.
fn label(name: &str) -> String {
    let name = cut_escaped(&clean(name).replace(['*', '_', '~', '`'], ""), 60);
    if name.is_empty() { "Fact".to_owned() } else { name }
}

/// Texts in one section; what has no room is counted.
fn lines(texts: Vec<String>, between: &str) -> Option<Value> {
    let all = texts.len();
    let mut section = String::new();
    let mut shown = 0_usize;
    for text in texts {
        let separator = if section.is_empty() { "" } else { between };
        if limits::length(&section).saturating_add(limits::length(&text)) > LINES {
            break;
        }
        section.extend([separator, text.as_str()]);
        shown = shown.saturating_add(1);
    }
    let left = all.saturating_sub(shown);
    if left > 0 {
        let separator = if section.is_empty() { "" } else { between };
        section.extend([separator, format!("and {}", words::count_of(left, "more fact")).as_str()]);
    }
    (!section.is_empty()).then(|| blocks::section(&section))
}

fn parts(alert: &Alert, facts: &Facts) -> Option<Value> {
    let all = alert.parts.len().saturating_add(alert.more_parts);
    // One part that is told already is no list.
    let is_repeated = matches!(alert.parts.as_slice(), [(_, only)] if all == 1 && is_told(alert, facts, only));
    if alert.parts.is_empty() || is_repeated {
        return None;
    }
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

/// The advice, then where to look: links, since a button would need an endpoint that answers Slack.
fn what_to_do(alert: &Alert) -> Option<Value> {
    let finding = &alert.finding;
    let advice = finding.remediation.as_deref().map(|text| cut_escaped(&block(text), 1_200)).unwrap_or_default();
    let mut text: Vec<String> = Some(advice).filter(|advice| !advice.is_empty()).into_iter().collect();
    let links: Vec<String> = [console(alert), runbook(alert)].into_iter().flatten().collect();
    if !links.is_empty() {
        text.push(links.join(" · "));
    }
    (!text.is_empty()).then(|| blocks::section(&format!("*What to do*\n{}", text.join("\n"))))
}

fn console(alert: &Alert) -> Option<String> {
    alert.finding.console_url.as_deref().and_then(|url| blocks::link("Open in the AWS console", url))
}

/// A link to the runbook where its address is known, else its path.
fn runbook(alert: &Alert) -> Option<String> {
    let page = alert.finding.runbook.as_deref().filter(|page| !clean(page).is_empty())?;
    if is_link(page) { blocks::link("Runbook", page) } else { Some(format!("Runbook {}", code(page, FIELD))) }
}

fn small_print(alert: &Alert) -> Vec<String> {
    let mut parts = Vec::new();
    if alert.as_fallback {
        parts.push("*Told here because the primary channel could not be reached.*".to_owned());
    }
    if alert.finding.sample {
        parts.push("*Sample:* somebody generated it to try things out.".to_owned());
    }
    let age = alert.history.at.filter(|at| alert.status == Status::Open && *at > alert.first_seen);
    let age = age.map(|at| words::age(alert.first_seen, at)).filter(|age| !age.contains("minute"));
    let age = age.map(|age| format!(", {age} ago")).unwrap_or_default();
    parts.push(format!("First seen {}{age}", blocks::date(alert.first_seen)));
    if alert.last_seen != alert.first_seen {
        parts.push(format!("Last seen {}", blocks::date(alert.last_seen)));
    }
    if alert.status == Status::Resolved {
        parts.extend(console(alert));
    }
    parts.extend(words::also_told(alert).map(|names| format!("Also told: {}", quiet(&names, 200))));
    parts.extend(words::owner(alert).map(|owner| format!("Owner: {}", quiet(&owner, 100))));
    parts.extend(words::answer_note(alert).map(|note| quiet(&note, 200)));
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
    parts.push(format!("Reference `{}`", alert.key.short()));
    parts
}
