//! The words that all formats share: severities with their shapes, reasons, times, counts.
//!
//! A shape and a word always stand together, so that nothing depends on colour or on a font.

use jiff::Timestamp;
use plimsoll_checklist::{ItemState, Step};
use plimsoll_finding::{Severity, Status};
use plimsoll_message::{
    Alert, Answer, AnswerKind, ChangeKind, Digest, EnvironmentScore, LineChange, Movement, NotifyReason,
};

use crate::{
    escape::{cut, line as clean},
    score::{standing, step_line},
};

/// Characters of what is new: the list of open parts names the rest.
const NEWS: usize = 600;
/// The longest name of an account that is shown.
const ACCOUNT_NAME: usize = 60;

/// The shape beside the severity's word.
pub(crate) const fn shape(severity: Severity) -> char {
    match severity {
        Severity::Critical => '◆',
        Severity::High => '▲',
        Severity::Medium => '●',
        Severity::Low => '○',
        Severity::Informational => '·',
    }
}

/// The shape of what is over.
pub(crate) const RESOLVED: char = '✓';

/// Colours that people with any colour vision can tell apart (Okabe and Ito).
pub(crate) const fn colour(status: Status, severity: Severity) -> &'static str {
    match (status, severity) {
        (Status::Resolved, _) => "#009E73",
        (_, Severity::Critical) => "#D55E00",
        (_, Severity::High) => "#E69F00",
        (_, Severity::Medium) => "#F0E442",
        (_, Severity::Low) => "#56B4E9",
        (_, Severity::Informational) => "#0072B2",
    }
}

/// `◆ Critical`, or `✓ Resolved`.
pub(crate) fn badge(status: Status, severity: Severity) -> String {
    match status {
        Status::Open => format!("{} {}", shape(severity), severity.label()),
        Status::Resolved => format!("{RESOLVED} Resolved"),
    }
}

/// The title, and never nothing. That of a resolved finding with several parts is the collective one: the newest event
/// names the part that was resolved last, which need not be the worst.
pub(crate) fn title(alert: &Alert) -> String {
    let collective = alert.finding.collective_title.as_deref().filter(|_| {
        alert.status == Status::Resolved && alert.history.worst.len().saturating_add(alert.history.more_worst) > 1
    });
    let title = clean(collective.unwrap_or(&alert.finding.title));
    if title.is_empty() { format!("Finding {}", alert.key.short()) } else { title }
}

/// `◆ Critical: title`, with `Sample` before it where it is one.
pub(crate) fn headline(alert: &Alert) -> String {
    let sample = if alert.finding.sample { "Sample · " } else { "" };
    format!("{sample}{}: {}", badge(alert.status, alert.severity), title(alert))
}

/// What happened, as a sentence: `Worse: High → Critical.`
pub(crate) fn happened(alert: &Alert) -> String {
    let now = alert.severity.label();
    let before = alert.previous.map(|(_, severity)| severity);
    let mut sentence = match alert.reason {
        NotifyReason::FirstSeen => "New.".to_owned(),
        NotifyReason::News => {
            let news = news(alert);
            return news.map_or_else(|| "More became known about it.".to_owned(), |news| format!("{news}."));
        }
        NotifyReason::Worse => match before {
            Some(before) if before != alert.severity => format!("Worse: {} → {now}.", before.label()),
            Some(before) => match alert.peak {
                Some(peak) => format!("Worse for a while: {} → {} → {now}.", before.label(), peak.label()),
                None => format!("Worse than {} for a while.", before.label()),
            },
            None => "Worse than before.".to_owned(),
        },
        // Good news about something that was never bad: a clean scan, a backup that completed.
        NotifyReason::Resolved if before.is_none() && alert.peak.is_none() => {
            "Nothing is wrong, and no problem was reported before.".to_owned()
        }
        NotifyReason::Resolved => {
            let after = open_for(alert).map(|age| format!(" after {age}")).unwrap_or_default();
            match alert.peak {
                Some(peak) => format!("Resolved{after}; it was {now}, and {} in between.", peak.label()),
                None => format!("Resolved{after}; it was {now}."),
            }
        }
        NotifyReason::Reopened => "Reopened: it was resolved, and is back.".to_owned(),
        NotifyReason::OpenedAndResolved => {
            format!("Opened as {now} and resolved before this channel could be told.")
        }
        NotifyReason::Flapping => {
            "Flapping: it opens and resolves again and again. It is held open at its worst until it is quiet."
                .to_owned()
        }
        NotifyReason::WaiverExpired => "Its waiver has ended, and it is still open.".to_owned(),
        NotifyReason::Reminder => {
            let duration = open_for(alert).map(|age| format!(", for {age} now")).unwrap_or_default();
            // What became worse says more, and stands behind this sentence.
            let reported = if news(alert).is_some() { String::new() } else { reported(alert) };
            format!("Reminder: it is still open{duration}. {reported}").trim_end().to_owned()
        }
        NotifyReason::Answered => answered(alert),
        NotifyReason::Uncertain => "Told again, because the message before this one may not have arrived.".to_owned(),
    };
    let told_by_reason = alert.reason == NotifyReason::Resolved
        || (alert.reason == NotifyReason::Worse && before == Some(alert.severity));
    if let Some(peak) = alert.peak
        && !told_by_reason
    {
        sentence.extend([" It was ", peak.label(), " in between."]);
    }
    if let Some(news) = news(alert) {
        sentence.extend([" ", &news, "."]);
    }
    sentence
}

/// What a person said, and what follows from it.
fn answered(alert: &Alert) -> String {
    match &alert.history.answer {
        Some(given) => format!("{}. Reminders are off until it gets worse or comes back.", answer(given)),
        None => "Somebody answered.".to_owned(),
    }
}

/// What a person said: `Acknowledged by platform`, `Planned, says finance`.
#[must_use]
pub fn answer(answer: &Answer) -> String {
    let owner = cut(&clean(&answer.owner), 100);
    let owner = if owner.is_empty() { "somebody" } else { &owner };
    match answer.kind {
        AnswerKind::Acknowledged => format!("Acknowledged by {owner}"),
        AnswerKind::Planned => format!("Planned, says {owner}"),
        AnswerKind::FalseAlarm => format!("False alarm, says {owner}"),
        AnswerKind::Real => format!("Real and not planned, says {owner}"),
    }
}

/// The same in the list of a digest: ` · acknowledged by platform`; nothing if nobody answered.
pub(crate) fn answer_in_list(given: Option<&Answer>) -> String {
    given.map(answer).map_or_else(String::new, |text| {
        let mut characters = text.chars();
        let first = characters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
        format!(" · {first}{}", characters.as_str())
    })
}

/// In the small print of an alert: what a person said, and when.
pub(crate) fn answer_note(alert: &Alert) -> Option<String> {
    let given = alert.history.answer.as_ref().filter(|_| alert.reason != NotifyReason::Answered)?;
    Some(format!("{}, {}", answer(given), utc(given.at)))
}

/// How long a finding has been open, or was; `None` where that is not known.
pub(crate) fn open_for(alert: &Alert) -> Option<String> {
    let until = match alert.status {
        Status::Open => alert.history.at,
        Status::Resolved => alert.history.resolved_at,
    };
    let (since, until) = alert.history.open_since.zip(until)?;
    (until > since).then(|| age(since, until))
}

/// What AWS reported since the last message: `AWS reported since the last message 3 days ago: 2 open, 1 resolved.` A part
/// that is only seen again is reported, too, so nothing is said to be new.
fn reported(alert: &Alert) -> String {
    let history = &alert.history;
    let Some((before, now)) = history.previous_at.zip(history.at) else { return String::new() };
    let ago = age(before, now);
    let parts = [(history.reported_open, "open"), (history.reported_resolved, "resolved")];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    match parts.is_empty() {
        true if alert.last_seen > before => format!("AWS has seen it again since the last message {ago} ago."),
        true => format!("Nothing changed since the last message {ago} ago."),
        false => format!("AWS reported since the last message {ago} ago: {}.", parts.join(", ")),
    }
}

/// What was worst in a finding that is over: `◆ Critical: CVE-2026-1111 in openssl 3.0.1`, at most three, and how many more.
pub(crate) fn worst(alert: &Alert) -> Vec<String> {
    let history = &alert.history;
    let mut lines: Vec<String> = history
        .worst
        .iter()
        .map(|(severity, label)| cut(&format!("{} {}: {}", shape(*severity), severity.label(), clean(label)), 200))
        .collect();
    if history.more_worst > 0 {
        lines.push(format!("and {} more", history.more_worst));
    }
    lines
}

/// Who answers for the resource: its tag `owner`, `Owner` or `plimsoll:owner`.
pub(crate) fn owner(alert: &Alert) -> Option<String> {
    let is_owner = |key: &str| key.eq_ignore_ascii_case("owner") || key.eq_ignore_ascii_case("plimsoll:owner");
    let tags = &alert.finding.tags;
    tags.iter().find(|(key, _)| is_owner(key)).map(|(_, value)| cut(&clean(value), 100)).filter(|name| !name.is_empty())
}

/// The other channels that are told, by name: `mail, pager and 2 more`.
pub(crate) fn also_told(alert: &Alert) -> Option<String> {
    const NAMED: usize = 4;
    let names = &alert.history.also_told;
    let mut text: Vec<String> = names.iter().take(NAMED).map(|name| cut(&clean(name), 40)).collect();
    text.retain(|name| !name.is_empty());
    let more = names.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!text.is_empty()).then(|| format!("{}{more}", text.join(", ")))
}

/// What became worse inside the finding, without the last full stop.
fn news(alert: &Alert) -> Option<String> {
    alert.news.summary().map(|news| cut(&clean(&news), NEWS).trim_end_matches('.').to_owned())
}

/// The same for a thread: one short line of history.
pub(crate) fn history(alert: &Alert) -> String {
    let line = match alert.reason {
        NotifyReason::FirstSeen => format!("Open: {}", alert.severity.label()),
        NotifyReason::Reopened => format!("Reopened: {}", alert.severity.label()),
        NotifyReason::Flapping => "Flapping: held open at its worst until it is quiet".to_owned(),
        NotifyReason::WaiverExpired => format!("Waiver ended: still {}", alert.severity.label()),
        NotifyReason::Reminder => match open_for(alert) {
            Some(age) => format!("Reminder: still {}, open for {age}", alert.severity.label()),
            None => format!("Reminder: still {}", alert.severity.label()),
        },
        NotifyReason::Uncertain => match alert.status {
            Status::Open => format!("Told again: {}", alert.severity.label()),
            Status::Resolved => "Told again: resolved".to_owned(),
        },
        NotifyReason::Worse
        | NotifyReason::News
        | NotifyReason::Answered
        | NotifyReason::Resolved
        | NotifyReason::OpenedAndResolved => {
            return happened(alert).trim_end_matches('.').to_owned();
        }
    };
    let line = match alert.peak {
        Some(peak) => format!("{line} (was {})", peak.label()),
        None => line,
    };
    match news(alert) {
        Some(news) => format!("{line}. {news}"),
        None => line,
    }
}

/// Where it is: environment, account and region, as far as they are known.
pub(crate) fn place(environment: Option<&str>, account: &str, region: &str) -> Vec<String> {
    [environment.unwrap_or_default(), account, region]
        .into_iter()
        .map(|part| cut(&clean(part), 100))
        .filter(|part| !part.is_empty())
        .collect()
}

/// `prod, payments-prod (444455556666), eu-central-1`.
pub(crate) fn place_line(alert: &Alert) -> String {
    let account = account(alert.account_name.as_deref(), &alert.finding.account);
    place(alert.environment.as_deref(), &account, &alert.finding.region).join(", ")
}

/// `payments-prod (444455556666)`, or the digits alone. Made safe for one line.
pub(crate) fn account(name: Option<&str>, id: &str) -> String {
    let id = clean(id);
    match name.map(|name| cut(&clean(name), ACCOUNT_NAME)).filter(|name| !name.is_empty()) {
        Some(name) if id.is_empty() => name,
        Some(name) => format!("{name} ({id})"),
        None => id,
    }
}

/// What people call the resource.
pub(crate) fn resource(alert: &Alert) -> String {
    let name = clean(&alert.finding.resource.name);
    if name.is_empty() { clean(&alert.finding.resource.id) } else { name }
}

/// `2026-11-02 09:15 UTC`.
pub(crate) fn utc(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// `2026-11-02`, in UTC.
pub(crate) fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// The time between two moments in its largest whole unit: `3 days`, `5 hours`, `12 minutes`.
pub(crate) fn age(from: Timestamp, until: Timestamp) -> String {
    let minutes = until.duration_since(from).as_mins().max(0);
    match (minutes / 60 / 24, minutes / 60) {
        (days, _) if days > 0 => count(days.unsigned_abs(), "day"),
        (_, hours) if hours > 0 => count(hours.unsigned_abs(), "hour"),
        _ => count(minutes.unsigned_abs(), "minute"),
    }
}

/// `1 day`, `2 days`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// The same for a length.
pub(crate) fn count_of(number: usize, noun: &str) -> String {
    count(u64::try_from(number).unwrap_or(u64::MAX), noun)
}

/// The word for a change.
pub(crate) const fn change(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Opened => "New",
        ChangeKind::Worse => "Worse",
        ChangeKind::Resolved => "Resolved",
    }
}

/// `3 new, 1 worse, 2 resolved`; what is 0 is left out.
pub(crate) fn change_counts(digest: &Digest) -> String {
    let words = ["new", "worse", "resolved"];
    let parts = digest.change_counts.iter().zip(words).filter(|(n, _)| **n > 0).map(|(n, word)| format!("{n} {word}"));
    joined(parts, "nothing")
}

/// `2 critical, 5 high`; what is 0 is left out.
pub(crate) fn open_counts(digest: &Digest) -> String {
    let parts =
        digest.open_counts.iter().filter(|(_, n)| *n > 0).map(|(severity, n)| format!("{n} {}", severity.name()));
    joined(parts, "nothing")
}

fn joined(parts: impl Iterator<Item = String>, nothing: &str) -> String {
    let all: Vec<String> = parts.collect();
    if all.is_empty() { nothing.to_owned() } else { all.join(", ") }
}

/// Nothing changed, nothing is open and nothing is in doubt: the digest is a single line.
pub(crate) fn is_quiet(digest: &Digest) -> bool {
    digest.previous_at.is_some()
        && digest.change_counts.iter().all(|n| *n == 0)
        && digest.lines.is_empty()
        && digest.movement.is_none_or(|moved| moved == Movement::default())
        && digest.open_counts.iter().all(|(_, n)| *n == 0)
        && digest.waived.is_empty()
        && honesty(digest).doubts.is_empty()
}

/// The one line of a quiet digest.
pub(crate) fn quiet_line(digest: &Digest) -> String {
    format!("{}. Quiet: nothing changed, nothing is open. {}", score_line(digest), honesty(digest).rest)
}

/// The longest cause, title and id of a line that a sentence quotes, in UTF-16 units.
const CAUSE: usize = 170;
const LINE_TITLE: usize = 120;
const LINE_ID: usize = 20;

/// The first sentences of a digest: how the score moved and why, in one each. The first line that moved it is named with what
/// changed it; `None` in the first digest.
pub(crate) fn movement(digest: &Digest) -> Option<Vec<String>> {
    let before = digest.previous_score.as_ref()?;
    let moved = digest.movement.unwrap_or_default();
    let won: Vec<&LineChange> = digest.lines.iter().filter(|line| line.to == ItemState::Met).collect();
    let lost: Vec<&LineChange> = digest.lines.iter().filter(|line| line.from == ItemState::Met).collect();
    let others: Vec<&LineChange> =
        digest.lines.iter().filter(|line| line.to != ItemState::Met && line.from != ItemState::Met).collect();
    let direction = match digest.score.current.cmp(&before.current) {
        std::cmp::Ordering::Greater => format!("Up {}", digest.score.current.abs_diff(before.current)),
        std::cmp::Ordering::Less => format!("Down {}", digest.score.current.abs_diff(before.current)),
        std::cmp::Ordering::Equal => "Unchanged".to_owned(),
    };
    // What explains the direction comes first: what was lost where the score fell, else what was won.
    let order = if digest.score.current < before.current { [&lost, &won] } else { [&won, &lost] };
    let main = order.iter().find_map(|lines| lines.first()).or(others.first());
    let mut sentences = vec![match main {
        None => format!("{direction}: no line changed."),
        Some(line) => format!("{direction}: {}", line_with_cause(line)),
    }];
    let rest = |word: &str, lines: &[&LineChange]| {
        let ids: Vec<String> = lines
            .iter()
            .filter(|line| main.is_none_or(|main| main.id != line.id))
            .map(|line| cut(&clean(&line.id), LINE_ID))
            .collect();
        let left = ids.len().saturating_sub(LINES_NAMED);
        let more = if left > 0 { format!(" and {left} more") } else { String::new() };
        let named = ids.into_iter().take(LINES_NAMED).collect::<Vec<_>>().join(", ");
        (!named.is_empty()).then(|| format!("{word}: {named}{more}."))
    };
    sentences.extend(rest("Also won", &won));
    sentences.extend(rest("Lost", &lost).map(|text| {
        if main.is_some_and(|m| m.from == ItemState::Met) { text.replacen("Lost", "Also lost", 1) } else { text }
    }));
    sentences.extend(rest("Changed, not met", &others));
    if moved.by_list != 0 {
        sentences.push(format!(
            "The list itself changed, which moves the score by {:+}; that is not counted here.",
            moved.by_list
        ));
    }
    Some(sentences)
}

/// Lines that a sentence names.
const LINES_NAMED: usize = 6;

/// `SEC-07 Private subnets: Gap → Met, because proved: ...`.
pub(crate) fn line_with_cause(line: &LineChange) -> String {
    let (id, title) = (cut(&clean(&line.id), LINE_ID), cut(&clean(&line.title), LINE_TITLE));
    let head = format!("{id} {title}: {} → {}", line.from.label(), line.to.label());
    let cause = cut(&clean(&line.cause), CAUSE);
    if cause.is_empty() { format!("{head}.") } else { format!("{head}, because {cause}.") }
}

/// What to fix and what to see next, each as a sentence.
pub(crate) fn next_steps(digest: &Digest) -> Vec<String> {
    let step = |word: &str, step: &Step| {
        let ids = step
            .lines
            .iter()
            .take(LINES_NAMED)
            .map(|line| cut(&clean(&line.id), LINE_ID))
            .collect::<Vec<_>>()
            .join(", ");
        let left = step.lines.len().saturating_sub(LINES_NAMED);
        let more = if left > 0 { format!(" and {left} more") } else { String::new() };
        let page = step.page.as_deref().map(|page| format!(" See {}.", cut(&clean(page), CAUSE))).unwrap_or_default();
        format!("{word}: {} for {ids}{more}.{page}", step_line(step, step.kind))
    };
    let fix = digest.fix_next.iter().map(|it| step("Fix next", it));
    fix.chain(digest.see_next.iter().map(|it| step("See next", it))).collect()
}

/// `Production readiness: 83 % proved (+2), up to 91 % possible, 95 of 100 lines known; 9 below target`; while little is known,
/// the counts of lines come first.
pub(crate) fn score_line(digest: &Digest) -> String {
    let score = &digest.score;
    let change = digest.previous_score.as_ref().map(|before| match score.current.cmp(&before.current) {
        std::cmp::Ordering::Greater => format!(" (+{})", score.current.abs_diff(before.current)),
        std::cmp::Ordering::Less => format!(" (-{})", score.current.abs_diff(before.current)),
        std::cmp::Ordering::Equal => " (=)".to_owned(),
    });
    let change = change.unwrap_or_default();
    let gap = if score.gap == 0 { "on target".to_owned() } else { format!("{} below target", score.gap) };
    let standing = standing(score, &change).unwrap_or_else(|| format!("{} % proved{change}", score.current));
    let of = digest.environment.as_deref().map(|name| format!(" of {}", cut(&clean(name), 40))).unwrap_or_default();
    format!("Production readiness{of}: {standing}; {gap}")
}

/// The scores of the other environments and of the whole; `None` where there are none.
pub(crate) fn other_scores(digest: &Digest) -> Option<String> {
    let one = |score: &EnvironmentScore| {
        let name = score.name.as_deref().map_or_else(|| "everywhere".to_owned(), |name| cut(&clean(name), 40));
        format!("{name} {} % of {} %", score.current, score.target)
    };
    let all: Vec<String> = digest.others.iter().map(one).collect();
    (!all.is_empty()).then(|| format!("Also proved: {}.", all.join(", ")))
}

/// What puts the digest's silence in doubt, and what does not: a dead feed must never look like a green week.
pub(crate) struct Honesty {
    /// Sentences that ask for somebody's attention.
    pub(crate) doubts: Vec<String>,
    /// One sentence for the rest.
    pub(crate) rest: String,
}

/// What the silence of a source means. Some services say something only when something is wrong or planned.
fn meaning_of_silence(source: &str) -> &'static str {
    match source {
        "health-event" => {
            "AWS Health speaks only of what is planned or broken, so this may well be good news; `plimsoll doctor` says \
             whether its path works"
        }
        "cost-anomaly" => {
            "costs are reported only when they are unusual or over a budget, so this may well be good news; `plimsoll doctor` \
             says whether the path works"
        }
        _ => "its silence may be a dead feed",
    }
}

pub(crate) fn honesty(digest: &Digest) -> Honesty {
    let mut doubts = Vec::new();
    for source in &digest.sources {
        let name = cut(&clean(&source.source), 60);
        match (source.last_event, source.silent_days) {
            (None, _) => doubts.push(format!("{name} has never been heard: nothing of it proves anything.")),
            (Some(last), Some(days)) => doubts.push(format!(
                "{name} has been silent for {} (last heard {}): {}.",
                count(days.unsigned_abs(), "day"),
                day(last),
                meaning_of_silence(&source.source)
            )),
            (Some(_), None) => {}
        }
    }
    match digest.undelivered {
        0 => {}
        1 => doubts.push("1 finding is waiting to be told for more than 5 minutes.".to_owned()),
        many => doubts.push(format!("{many} findings are waiting to be told for more than 5 minutes.")),
    }
    match digest.quarantined {
        0 => {}
        1 => doubts.push("1 event could not be read and is kept in quarantine.".to_owned()),
        many => doubts.push(format!("{many} events could not be read and are kept in quarantine.")),
    }
    let heard = digest.sources.iter().filter(|s| s.last_event.is_some() && s.silent_days.is_none()).count();
    let mut rest = format!("{heard} of {} heard", count_of(digest.sources.len(), "source"));
    if digest.undelivered == 0 {
        rest.push_str(", nothing undelivered");
    }
    if digest.quarantined == 0 {
        rest.push_str(", nothing in quarantine");
    }
    rest.push('.');
    Honesty { doubts, rest }
}

/// A bar of `cells` characters: what is reached, what is missing to the target, what lies beyond it.
pub(crate) fn bar(current: u8, target: u8, cells: usize) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let steps = |percent: u8| usize::from(percent.min(100)).saturating_mul(cells).saturating_mul(8) / 100;
    let (reached, wanted) = (steps(current), steps(target));
    (0..cells)
        .map(|cell| {
            let start = cell.saturating_mul(8);
            match reached.saturating_sub(start) {
                full if full >= 8 => '█',
                0 if start < wanted => '░',
                part => EIGHTHS.get(part).copied().unwrap_or(' '),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_show_reached_missing_and_beyond() {
        assert_eq!(bar(0, 0, 4), "    ");
        assert_eq!(bar(50, 100, 4), "██░░");
        assert_eq!(bar(100, 50, 4), "████");
        assert_eq!(bar(83, 92, 10), "████████▎░");
        assert_eq!(bar(85, 85, 10), "████████▌ ");
        assert_eq!(bar(255, 255, 2), "██");
    }

    #[test]
    fn good_news_about_what_was_never_bad_is_not_called_resolved() {
        let resolved = crate::samples::resolved();
        assert_eq!(happened(&resolved), "Resolved after 1 day; it was High, and Critical in between.");
        let clean = Alert { previous: None, peak: None, severity: Severity::Informational, ..resolved };
        assert_eq!(happened(&clean), "Nothing is wrong, and no problem was reported before.");
    }

    #[test]
    fn a_reminder_says_for_how_long_and_what_was_reported_since() {
        let reminder = crate::samples::reminder();
        let sentence = "Reminder: it is still open, for 3 days now. AWS reported since the last message 2 days ago: 2 open, \
                        1 resolved.";
        assert_eq!(happened(&reminder), sentence);
        let news = Alert { news: crate::samples::news().news, ..reminder.clone() };
        assert!(!happened(&news).contains("since the last message"), "{}", happened(&news));
        let mut same = reminder;
        (same.history.reported_open, same.history.reported_resolved) = (0, 0);
        assert!(happened(&same).ends_with("Nothing changed since the last message 2 days ago."), "{}", happened(&same));
        same.last_seen = crate::samples::at("2026-11-05T09:00:00Z");
        assert!(happened(&same).ends_with("AWS has seen it again since the last message 2 days ago."));
    }

    #[test]
    fn a_resolved_image_is_named_by_its_collective_title_and_its_worst() {
        let resolved = crate::samples::resolved();
        assert_eq!(title(&resolved), "Vulnerabilities in web/api:1.4.2");
        let expected =
            ["◆ Critical: CVE-2026-1111 in openssl 3.0.1, fixed in 3.0.15", "▲ High: CVE-2026-2222 in zlib 1.2.11"];
        assert_eq!(worst(&resolved), [expected[0], expected[1], "and 10 more"]);
    }

    #[test]
    fn ages_in_the_largest_unit() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let until = at("2026-11-09T08:00:00Z");
        assert_eq!(age(at("2026-11-02T08:00:00Z"), until), "7 days");
        assert_eq!(age(at("2026-11-08T07:00:00Z"), until), "1 day");
        assert_eq!(age(at("2026-11-09T05:30:00Z"), until), "2 hours");
        assert_eq!(age(at("2026-11-09T09:00:00Z"), until), "0 minutes");
    }
}
