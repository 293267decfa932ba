//! Many findings of one source, each by name.

use plimsoll_finding::{Severity, Status};
use plimsoll_message::{RollUp, RollUpMember};
use serde_json::Value;

use super::{Mentions, SlackMessage, blocks};
use crate::{
    escape::{cut, cut_escaped, line as clean, quiet},
    limits, roll_up, words,
};

/// What the list of members may take: the rest of [`limits::ALL_BLOCKS`] is for header, headings and small print.
const LIST: usize = 10_000;
/// A longer title says no more.
const TITLE: usize = 140;

pub(super) fn message(roll_up: &RollUp, mentions: &Mentions) -> SlackMessage {
    let mut content = vec![blocks::header(&roll_up::headline(roll_up)), blocks::section(&explanation(roll_up))];
    content.extend(members(roll_up));
    let mut small_print = vec![format!("Reference `{}`", cut_escaped(&clean(&roll_up.id), 40))];
    if let Some(place) = roll_up::common_place(roll_up) {
        small_print.insert(0, format!("All in {}", cut_escaped(&place, 400)));
    }
    content.push(blocks::context(&small_print));
    SlackMessage {
        text: cut_escaped(&spoken(roll_up), limits::TEXT.saturating_sub(1_000)),
        color: Some(words::colour(roll_up::worst_status(roll_up), roll_up.severity)),
        mention: mentions.for_roll_up(roll_up),
        blocks: blocks::fit(content, 1),
    }
}

/// What a screen reader says, unescaped: the first ten by name.
pub(super) fn spoken(roll_up: &RollUp) -> String {
    let names: Vec<String> = roll_up
        .members
        .iter()
        .take(10)
        .map(|m| format!("{}: {}", words::badge(m.status, m.severity), cut(&clean(&m.title), TITLE)))
        .collect();
    let more = roll_up.members.len().saturating_sub(names.len());
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let place = roll_up::common_place(roll_up).map(|place| format!(" in {place}")).unwrap_or_default();
    format!("{}{place}. {}{more}.", roll_up::headline(roll_up), names.join("; "))
}

fn explanation(roll_up: &RollUp) -> String {
    let open = |severity| roll_up.members.iter().filter(|m| m.status == Status::Open && m.severity == severity).count();
    let mut counts: Vec<String> = Severity::WORST_FIRST
        .into_iter()
        .map(|severity| (severity, open(severity)))
        .filter(|(_, n)| *n > 0)
        .map(|(severity, n)| format!("{n} {}", severity.name()))
        .collect();
    let resolved = roll_up.members.iter().filter(|m| m.status == Status::Resolved).count();
    if resolved > 0 {
        counts.push(format!("{resolved} resolved"));
    }
    format!("*{}.* {}", counts.join(", "), roll_up::why_together(roll_up))
}

/// The members in groups of one state and severity, in sections of Slack's size.
fn members(roll_up: &RollUp) -> Vec<Value> {
    let shared = roll_up::common_place(roll_up).is_some();
    let per_line = LIST.checked_div(roll_up.members.len()).unwrap_or(LIST).min(TITLE.saturating_add(80));
    let mut sections: Vec<String> = Vec::new();
    let mut group = None;
    let mut used = 0_usize;
    for (index, member) in roll_up.members.iter().enumerate() {
        let mut line = line(member, shared, per_line.saturating_sub(2));
        if group != Some((member.status, member.severity)) {
            group = Some((member.status, member.severity));
            line = format!("*{}*\n{line}", heading(member));
        }
        used = used.saturating_add(limits::length(&line)).saturating_add(1);
        if used > LIST.saturating_add(500) {
            let left = roll_up.members.len().saturating_sub(index);
            append(&mut sections, &format!("and {left} more"));
            break;
        }
        append(&mut sections, &line);
    }
    sections.iter().map(|text| blocks::section(text)).collect()
}

fn heading(member: &RollUpMember) -> String {
    match member.status {
        Status::Open => words::badge(member.status, member.severity),
        Status::Resolved => {
            format!("{}, was {}", words::badge(member.status, member.severity), member.severity.label())
        }
    }
}

fn line(member: &RollUpMember, shared: bool, max: usize) -> String {
    let place = if shared {
        String::new()
    } else {
        let account = words::account(member.account_name.as_deref(), &member.account);
        format!(" · {} {}", quiet(&account, 60), quiet(&member.region, 20)).trim_end().to_owned()
    };
    let title = if clean(&member.title).is_empty() { member.key.short() } else { member.title.as_str() };
    let room = max.saturating_sub(limits::length(&place)).saturating_sub(2).max(12);
    format!("• {}{place}", quiet(title, room))
}

fn append(sections: &mut Vec<String>, line: &str) {
    match sections.last_mut() {
        Some(last) if limits::length(last).saturating_add(limits::length(line)) < limits::SECTION => {
            last.push('\n');
            last.push_str(line);
        }
        _ => sections.push(line.to_owned()),
    }
}
