//! The digest: one message, read in ten seconds.

use plimsoll_message::{Change, Digest};

use super::{SlackMessage, blocks};
use crate::{
    escape::{cut, cut_escaped, escape, line as clean},
    limits, score, terminal, words,
};

/// Lines under each heading.
const CHANGES: usize = 5;
const OPEN: usize = 5;
const LINES: usize = 10;
const WAIVED: usize = 10;
/// One line of a list.
const LINE: usize = 160;
/// One sentence of what is behind the score.
const BEHIND: usize = 1_000;
/// One line of the checklist with what changed it.
const LINE_WITH_CAUSE: usize = 300;

pub(super) fn message(digest: &Digest) -> SlackMessage {
    if words::is_quiet(digest) {
        return quiet(digest);
    }
    let mut content = vec![blocks::header(&words::score_line(digest)), blocks::context(&[period(digest)])];
    if let Some(sentences) = words::movement(digest) {
        let sentences: Vec<String> = sentences.iter().map(|sentence| escape(sentence)).collect();
        content.push(blocks::section(&cut_lines(&sentences, limits::SECTION)));
    }
    content.extend([blocks::preformatted(&terminal::compact_scorecard(&digest.score, digest.previous_score.as_ref()))]);
    let behind = [score::known_lines(&digest.score), score::phases(&digest.score)].into_iter().flatten();
    let behind = behind.chain(score::team(&digest.score)).chain(words::other_scores(digest));
    let behind: Vec<String> = behind.map(|sentence| cut_escaped(&sentence, BEHIND)).collect();
    if !behind.is_empty() {
        content.push(blocks::context(&[cut_lines(&behind, limits::SECTION)]));
    }
    let next = words::next_steps(digest);
    if !next.is_empty() {
        content.push(blocks::list("Next", &next));
    }
    content.extend(news(digest));
    if !digest.waived.is_empty() {
        content.push(blocks::list(
            &format!("Accepted risks ({})", digest.waived.len()),
            &capped(digest.waived.iter().map(waived), WAIVED, digest.waived.len()),
        ));
    }
    let honesty = words::honesty(digest);
    let mut kept = 1;
    if !honesty.doubts.is_empty() {
        let doubts = honesty.doubts.iter().map(|doubt| format!("⚠ {}", escape(doubt)));
        let doubts: Vec<String> = std::iter::once("*Can this be trusted?*".to_owned()).chain(doubts).collect();
        content.push(blocks::section(&cut_lines(&doubts, limits::SECTION)));
        kept = 2;
    }
    content.push(blocks::context(&[
        escape(&honesty.rest),
        format!("Reference `{}`", cut_escaped(&clean(&digest.id), 40)),
    ]));
    SlackMessage {
        text: cut_escaped(&spoken(digest), limits::TEXT.saturating_sub(1_000)),
        color: None,
        mention: None,
        blocks: blocks::fit(content, kept),
    }
}

/// A quiet digest is a single line.
fn quiet(digest: &Digest) -> SlackMessage {
    let line = format!("{} Reference `{}`", escape(&words::quiet_line(digest)), cut_escaped(&clean(&digest.id), 40));
    SlackMessage {
        text: cut_escaped(&words::quiet_line(digest), limits::TEXT.saturating_sub(1_000)),
        color: None,
        mention: None,
        blocks: vec![blocks::section(&line)],
    }
}

/// What a screen reader says, unescaped.
pub(super) fn spoken(digest: &Digest) -> String {
    let categories: Vec<String> = digest
        .score
        .categories
        .iter()
        .map(|c| format!("{} {} of {} %", c.category.label(), c.current, c.target))
        .collect();
    let honesty = words::honesty(digest);
    let doubts = honesty.doubts.join(" ");
    format!(
        "{}. {}{}. Changed: {}. Open: {}. {doubts}{}{}",
        words::score_line(digest),
        words::movement(digest).map(|sentences| format!("{} ", sentences.join(" "))).unwrap_or_default(),
        categories.join(", "),
        words::change_counts(digest),
        words::open_counts(digest),
        if doubts.is_empty() { "" } else { " " },
        honesty.rest,
    )
}

fn period(digest: &Digest) -> String {
    match digest.previous_at {
        Some(from) => format!("{} to {}", blocks::date(from), blocks::date(digest.scheduled_for)),
        None => format!(
            "As of {}; the first digest, so there is nothing to compare with",
            blocks::date(digest.scheduled_for)
        ),
    }
}

fn news(digest: &Digest) -> Vec<serde_json::Value> {
    let mut content = Vec::new();
    if digest.previous_at.is_some() {
        let all = digest.change_counts.iter().sum();
        content.push(blocks::list(
            &format!("What changed: {}", words::change_counts(digest)),
            &capped(digest.changes.iter().map(changed), CHANGES, all),
        ));
    }
    let open: usize = digest.open_counts.iter().map(|(_, n)| n).sum();
    content.push(blocks::list(
        &format!("Open: {}", words::open_counts(digest)),
        &capped(digest.open.iter().map(|change| still_open(change, digest)), OPEN, open),
    ));
    if !digest.lines.is_empty() {
        let lines = digest.lines.iter().map(|line| cut(&words::line_with_cause(line), LINE_WITH_CAUSE));
        content.push(blocks::list("Checklist", &capped(lines, LINES, digest.lines.len())));
    }
    content
}

/// The first few lines, and how many there are beyond.
fn capped(lines: impl Iterator<Item = String>, most: usize, all: usize) -> Vec<String> {
    let mut shown: Vec<String> = lines.take(most).collect();
    let left = all.saturating_sub(shown.len());
    if left > 0 {
        shown.push(format!("and {left} more"));
    }
    shown
}

fn changed(change: &Change) -> String {
    let badge = format!("{} {}", words::shape(change.severity), change.severity.label());
    named(&format!("{}: {badge}", words::change(change.kind)), change, "")
}

fn still_open(change: &Change, digest: &Digest) -> String {
    let since = format!(" · {}", words::age(change.since, digest.scheduled_for));
    let waived = if change.waived_until.is_some() { " · waived" } else { "" };
    let answer = words::answer_in_list(change.answer.as_ref());
    named(
        &format!("{} {}", words::shape(change.severity), change.severity.label()),
        change,
        &format!("{since}{waived}{answer}"),
    )
}

fn waived(change: &Change) -> String {
    let until = change.waived_until.map(|until| format!(" · until {}", words::day(until))).unwrap_or_default();
    named(&format!("{} {}", words::shape(change.severity), change.severity.label()), change, &until)
}

/// `badge: title · account · suffix`, the title cut so that the rest stays.
fn named(badge: &str, change: &Change, suffix: &str) -> String {
    let account = words::account(change.account_name.as_deref(), &change.account);
    let account = if account.is_empty() { account } else { format!(" · {account}") };
    let rest = format!("{account}{suffix}");
    let room = LINE.saturating_sub(limits::length(badge)).saturating_sub(limits::length(&rest)).saturating_sub(2);
    format!("{badge}: {}{rest}", cut(&clean(&change.title), room.max(20)))
}

/// Whole lines, as many as fit.
fn cut_lines(lines: &[String], max: usize) -> String {
    let mut out = String::new();
    for line in lines {
        if limits::length(&out).saturating_add(limits::length(line)).saturating_add(1) > max {
            break;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(line);
    }
    out
}
