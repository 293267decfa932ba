//! Messages as plain text: for the terminal, with colours, and for e-mail, without.

use plimsoll_finding::Status;
use plimsoll_message::{Alert, Change, Digest, Message, RollUp};

use crate::{
    escape::{block, cut, is_link, line as clean},
    facts::{Facts, facts, is_told},
    roll_up::{common_place, headline, why_together},
    terminal::{Style, bullet, heading, indented, pairs, score_table, wrap},
    words,
};

/// Any message as text of at most `width` columns (but for links); the first line says what it is about.
#[must_use]
pub fn message(message: &Message, width: usize, style: Style) -> String {
    match message {
        Message::Alert(it) => alert(it, width, style),
        Message::RollUp(it) => roll_up(it, width, style),
        Message::Digest(it) => digest(it, width, style),
    }
}

/// One finding as text, by rank: what and where, what happened, the facts, what to do, small print.
#[must_use]
pub fn alert(alert: &Alert, width: usize, style: Style) -> String {
    let mut out = String::new();
    for line in wrap(&words::headline(alert), width) {
        out.push_str(&style.severity(&line, alert.status, alert.severity));
        out.push('\n');
    }
    out.push_str(&indented(&words::happened(alert), 0, width));
    if alert.as_fallback {
        out.push_str(&indented("Told here because the primary channel could not be reached.", 0, width));
    }
    if alert.finding.sample {
        out.push_str(&indented("This is a sample: somebody generated it to try things out.", 0, width));
    }
    out.push('\n');
    out.push_str(&pairs(&place(alert), width, style));
    out.push_str(&details(alert, width, style));
    out.push('\n');
    for line in small_print(alert) {
        // A line of its own for each wrapped piece, so that dimming never spans a line end.
        out.extend(wrap(&line, width).iter().map(|line| format!("{}\n", style.dim(line))));
    }
    out
}

/// What an alert says of a finding besides where it is: what happened, the facts, the open parts, what to do.
#[must_use]
pub fn details(alert: &Alert, width: usize, style: Style) -> String {
    let facts = facts(alert);
    let Facts { story, ranked } = &facts;
    let mut out = String::new();
    if let Some((title, story)) = story {
        out.push_str(&heading(title, style));
        out.push_str(&indented(story, 2, width));
    }
    match alert.status {
        Status::Open => {
            if !ranked.is_empty() {
                out.push_str(&heading("Facts", style));
                out.push_str(&pairs(ranked, width, style));
            }
            out.push_str(&parts(alert, &facts, width, style));
            out.push_str(&what_to_do(alert, width, style));
        }
        Status::Resolved => {
            let worst = words::worst(alert);
            if !worst.is_empty() {
                out.push_str(&heading("What it was", style));
                out.extend(worst.iter().map(|line| bullet(line, width)));
            }
        }
    }
    out
}

fn place(alert: &Alert) -> Vec<(String, String)> {
    let finding = &alert.finding;
    let region = if finding.region.is_empty() { "all regions".to_owned() } else { finding.region.clone() };
    let rows = [
        ("Resource", words::resource(alert)),
        ("Environment", alert.environment.clone().unwrap_or_default()),
        ("Account", words::account(alert.account_name.as_deref(), &finding.account)),
        ("Region", region),
    ];
    let rows = rows.into_iter().filter(|(_, value)| !clean(value).is_empty());
    rows.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn parts(alert: &Alert, facts: &Facts, width: usize, style: Style) -> String {
    let all = alert.parts.len().saturating_add(alert.more_parts);
    // One part that is told already is no list.
    let is_repeated = matches!(alert.parts.as_slice(), [(_, only)] if all == 1 && is_told(alert, facts, only));
    if alert.parts.is_empty() || is_repeated {
        return String::new();
    }
    let mut out = heading(&format!("Open ({all})"), style);
    for (severity, label) in &alert.parts {
        out.push_str(&bullet(&format!("{} {}: {label}", words::shape(*severity), severity.label()), width));
    }
    if alert.more_parts > 0 {
        out.push_str(&bullet(&format!("and {} more", alert.more_parts), width));
    }
    out
}

fn what_to_do(alert: &Alert, width: usize, style: Style) -> String {
    let finding = &alert.finding;
    let mut out = String::new();
    if let Some(remediation) = finding.remediation.as_deref() {
        out.push_str(&indented(&block(remediation), 2, width));
    }
    // A link that is broken into lines is no link.
    let mut link = |name: &str, url: &str| out.extend(["  ", name, ":\n  ", &clean(url), "\n"]);
    if let Some(url) = finding.console_url.as_deref().filter(|url| is_link(url)) {
        link("AWS console", url);
    }
    match finding.runbook.as_deref() {
        Some(url) if is_link(url) => link("Runbook", url),
        Some(page) => out.push_str(&indented(&format!("Runbook: {}", clean(page)), 2, width)),
        None => {}
    }
    if out.is_empty() { out } else { heading("What to do", style) + &out }
}

fn small_print(alert: &Alert) -> Vec<String> {
    let age = alert.history.at.filter(|at| alert.status == Status::Open && *at > alert.first_seen);
    let age = age.map(|at| words::age(alert.first_seen, at)).filter(|age| !age.contains("minute"));
    let age = age.map(|age| format!(", {age} ago")).unwrap_or_default();
    let mut seen = format!("First seen {}{age}", words::utc(alert.first_seen));
    if alert.last_seen != alert.first_seen {
        seen.extend([", last seen ", &words::utc(alert.last_seen)]);
    }
    let mut lines = vec![seen];
    lines.extend(words::also_told(alert).map(|names| format!("Also told: {names}")));
    lines.extend(words::owner(alert).map(|owner| format!("Owner: {owner}")));
    lines.extend(words::answer_note(alert));
    let evidence: Vec<String> =
        alert.lines.iter().map(|line| format!("{} {}", clean(&line.id), clean(&line.title))).collect();
    if !evidence.is_empty() {
        lines.push(format!("Evidence for {}", evidence.join(", ")));
    }
    lines.push(format!("Reference {}", alert.key.short()));
    lines
}

/// Many findings as text, each by name.
#[must_use]
pub fn roll_up(roll_up: &RollUp, width: usize, style: Style) -> String {
    let mut out = String::new();
    for line in wrap(&headline(roll_up), width) {
        out.push_str(&style.bold(&line));
        out.push('\n');
    }
    out.push_str(&indented(why_together(roll_up), 0, width));
    let shared = common_place(roll_up);
    if let Some(place) = &shared {
        out.push_str(&indented(&format!("All in {place}."), 0, width));
    }
    let mut group = None;
    for member in &roll_up.members {
        if group != Some((member.status, member.severity)) {
            group = Some((member.status, member.severity));
            let badge = words::badge(member.status, member.severity);
            let was = if member.status == Status::Resolved {
                format!(", was {}", member.severity.label())
            } else {
                String::new()
            };
            out.push('\n');
            out.push_str(&style.severity(&format!("{badge}{was}"), member.status, member.severity));
            out.push('\n');
        }
        let account = words::account(member.account_name.as_deref(), &member.account);
        let place = words::place(None, &account, &member.region).join(", ");
        let place = if shared.is_some() || place.is_empty() { String::new() } else { format!(" · {place}") };
        out.push_str(&bullet(&format!("{}{place} [{}]", clean(&member.title), member.key.short()), width));
    }
    out.push_str(&reference(&clean(&roll_up.id), style));
    out
}

/// The digest as text: what moved and why, both bounds, what to do next, what changed. A quiet one is a single line.
#[must_use]
pub fn digest(digest: &Digest, width: usize, style: Style) -> String {
    if words::is_quiet(digest) {
        return indented(&format!("{} Reference {}", words::quiet_line(digest), cut(&clean(&digest.id), 40)), 0, width);
    }
    let mut out = String::new();
    for line in wrap(&words::score_line(digest), width) {
        out.push_str(&style.bold(&line));
        out.push('\n');
    }
    for sentence in words::movement(digest).into_iter().flatten() {
        out.push_str(&indented(&sentence, 0, width));
    }
    out.push_str(&indented(&period(digest), 0, width));
    out.push('\n');
    out.push_str(&score_table(&digest.score, digest.previous_score.as_ref(), width, style));
    out.extend(words::other_scores(digest).map(|sentence| indented(&sentence, 0, width)));
    let next = words::next_steps(digest);
    if !next.is_empty() {
        out.push('\n');
        out.extend(next.iter().map(|sentence| indented(sentence, 0, width)));
    }
    out.push_str(&news(digest, width, style));
    if !digest.waived.is_empty() {
        out.push_str(&heading(&format!("Accepted risks ({})", digest.waived.len()), style));
        for change in &digest.waived {
            let until = change.waived_until.map(|until| format!(" · until {}", words::day(until))).unwrap_or_default();
            out.push_str(&bullet(&finding(change, &until), width));
        }
    }
    let honesty = words::honesty(digest);
    out.push_str(&heading("Can this be trusted?", style));
    for doubt in &honesty.doubts {
        out.push_str(&bullet(&format!("⚠ {doubt}"), width));
    }
    out.push_str(&indented(&honesty.rest, 2, width));
    out.push_str(&reference(&clean(&digest.id), style));
    out
}

fn period(digest: &Digest) -> String {
    match digest.previous_at {
        Some(from) => format!("{} to {}.", words::utc(from), words::utc(digest.scheduled_for)),
        None => format!(
            "As of {}. This is the first digest, so there is nothing to compare with.",
            words::utc(digest.scheduled_for)
        ),
    }
}

fn news(digest: &Digest, width: usize, style: Style) -> String {
    let mut out = String::new();
    if digest.previous_at.is_some() {
        out.push_str(&heading(&format!("What changed: {}", words::change_counts(digest)), style));
        for change in &digest.changes {
            out.push_str(&bullet(&format!("{}: {}", words::change(change.kind), finding(change, "")), width));
        }
        out.push_str(&more(digest.change_counts.iter().sum(), digest.changes.len(), width));
    }
    out.push_str(&heading(&format!("Open: {}", words::open_counts(digest)), style));
    for change in &digest.open {
        let waived = if change.waived_until.is_some() { " · waived" } else { "" };
        let answer = words::answer_in_list(change.answer.as_ref());
        let since = format!(" · {}{waived}{answer}", words::age(change.since, digest.scheduled_for));
        out.push_str(&bullet(&finding(change, &since), width));
    }
    out.push_str(&more(digest.open_counts.iter().map(|(_, n)| n).sum(), digest.open.len(), width));
    if !digest.lines.is_empty() {
        out.push_str(&heading("Checklist", style));
        for line in &digest.lines {
            out.push_str(&bullet(&words::line_with_cause(line), width));
        }
    }
    out
}

fn finding(change: &Change, suffix: &str) -> String {
    let badge = format!("{} {}", words::shape(change.severity), change.severity.label());
    let account = words::account(change.account_name.as_deref(), &change.account);
    let account = if account.is_empty() { account } else { format!(" · {account}") };
    format!("{badge}: {}{account}{suffix} [{}]", clean(&change.title), change.key.short())
}

fn more(all: usize, shown: usize, width: usize) -> String {
    let left = all.saturating_sub(shown);
    if left > 0 { bullet(&format!("and {left} more"), width) } else { String::new() }
}

fn reference(reference: &str, style: Style) -> String {
    format!("\n{}\n", style.dim(&cut(&format!("Reference {reference}"), 40)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{samples, terminal::columns};
    use plimsoll_message::AnswerKind;

    #[test]
    fn as_people_read_them() {
        insta::assert_snapshot!("text_alert", alert(&samples::image(), 80, Style::Plain));
        insta::assert_snapshot!("text_alert_news", alert(&samples::news(), 80, Style::Plain));
        insta::assert_snapshot!("text_alert_resolved", alert(&samples::resolved(), 80, Style::Plain));
        insta::assert_snapshot!("text_alert_reminder", alert(&samples::reminder(), 80, Style::Plain));
        insta::assert_snapshot!(
            "text_alert_answered",
            alert(&samples::answered(AnswerKind::Acknowledged), 80, Style::Plain)
        );
        insta::assert_snapshot!("text_alert_narrow", alert(&samples::image(), 40, Style::Plain));
        insta::assert_snapshot!("text_roll_up", roll_up(&samples::roll_up(5), 80, Style::Plain));
        insta::assert_snapshot!("text_digest", digest(&samples::digest(), 80, Style::Plain));
        insta::assert_snapshot!("text_digest_quiet", digest(&samples::quiet_digest(), 80, Style::Plain));
    }

    #[test]
    fn keeps_to_its_width_and_lets_no_escape_through() {
        for message in samples::few().into_iter().chain([Message::Digest(samples::quiet_digest())]) {
            for hostile in samples::HOSTILE {
                let message = samples::poisoned(&message, hostile);
                for width in [40, 72, 120] {
                    let text = super::message(&message, width, Style::Plain);
                    for line in text.lines() {
                        assert!(!line.chars().any(char::is_control), "{line:?}");
                        let table = line.contains(['█', '░', '─', '%']);
                        let link = line.trim_start().starts_with("https://");
                        assert!(table || link || columns(line) <= width, "{width}: {line}");
                    }
                }
            }
        }
    }
}
