//! What became worse inside a finding whose severity stayed the same: a new part that is high or critical, an exploit or
//! a fix that becomes known, a higher amount on another day. Pure.
//!
//! A merge stamps what is new with a number that only grows. A channel remembers the number up to which it was told, so
//! its memory has a fixed size, and what it does not know is what has a greater number.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use plimsoll_finding::{Finding, Money, Part, Severity, Status};
use plimsoll_message::{Names, News};

use crate::record::{AmountNews, PartNews, PartState, Record, Stamp};

/// How long what is new waits for more of its kind: a scan reports its CVEs one by one within seconds.
pub const SETTLE: SignedDuration = SignedDuration::from_mins(5);
/// From this severity on a new part, or a fix for a part, is reported.
const NEW_FROM: Severity = Severity::High;
/// From this severity on a known exploit is reported.
const EXPLOIT_FROM: Severity = Severity::Medium;
/// Names in each list of a message.
const MAX_NAMES: usize = 3;

/// What a newer statement about a part makes of its news. A repeat of what was stamped before keeps its stamp.
#[must_use]
pub fn part_news(old: Option<&PartState>, new: &Part, stamp: Stamp) -> PartNews {
    let mut news = old.map(|old| old.news).unwrap_or_default();
    if new.status == Status::Resolved || new.summary_of.is_some() || new.label.is_empty() {
        return news;
    }
    let before = old.map(|old| &old.part).filter(|part| part.status == Status::Open).map(|part| part.severity);
    match before {
        None if new.severity >= NEW_FROM => news.new = Some(stamp),
        Some(before) if new.severity >= NEW_FROM && new.severity > before => news.worse = Some(stamp),
        _ => {}
    }
    let yes = |known: Option<bool>| known == Some(true);
    let exploit_was_known = old.is_some_and(|old| yes(old.part.exploit_available));
    if yes(new.exploit_available) && !exploit_was_known && new.severity >= EXPLOIT_FROM && news.exploit.is_none() {
        news.exploit = Some(stamp);
    }
    // A source that did not say before whether there is a fix has reported no change.
    let there_was_no_fix = old.is_some_and(|old| old.part.fix_available == Some(false));
    if yes(new.fix_available) && there_was_no_fix && new.severity >= NEW_FROM && news.fix.is_none() {
        news.fix = Some(stamp);
    }
    news
}

/// The higher amount, if the finding was open before and the newer amount is of another day (UTC).
#[must_use]
pub fn amount_news(before: &Record, after: &Record, stamp: Stamp) -> Option<AmountNews> {
    let (old, new) = (before.finding.money.as_ref()?, after.finding.money.as_ref()?);
    let day = |time: Timestamp| time.to_zoned_datetime(TimeZone::UTC).date();
    let was_open = before.status() == Status::Open && after.status() == Status::Open;
    let is_more = new.amount > old.amount && old.unit == new.unit;
    let is_later = day(after.version.observed_at) > day(before.version.observed_at);
    (was_open && is_more && is_later).then(|| AmountNews { stamp, before: amount(&before.finding).unwrap_or_default() })
}

/// When the channel must hear of what it does not know yet; `None` if it knows everything.
#[must_use]
pub fn due_at(record: &Record, known_up_to: u64) -> Option<Timestamp> {
    let parts = open_states(record).flat_map(|state| {
        let PartNews { new, worse, exploit, fix } = state.news;
        [new, worse, exploit, fix].into_iter().flatten()
    });
    let stamps = parts.chain(record.amount.as_ref().map(|amount| amount.stamp));
    let first = stamps.filter(|stamp| stamp.number > known_up_to).map(|stamp| stamp.at).min()?;
    first.checked_add(SETTLE).ok()
}

/// What is new since the change of that number, in the order in which people read it.
#[must_use]
pub fn news_since(record: &Record, known_up_to: u64) -> News {
    let is_news = |stamp: Option<Stamp>| stamp.is_some_and(|stamp| stamp.number > known_up_to);
    let open: Vec<&Part> = record.open_parts();
    let named = |pick: fn(&PartNews) -> Option<Stamp>| -> Vec<&Part> {
        let is_picked = |part: &&Part| record.parts.get(&part.id).is_some_and(|state| is_news(pick(&state.news)));
        open.iter().copied().filter(is_picked).collect()
    };
    let new = named(|news| news.new);
    let counts = Severity::WORST_FIRST
        .into_iter()
        .map(|severity| (severity, new.iter().filter(|part| part.severity == severity).count()))
        .filter(|(_, count)| *count > 0)
        .collect();
    // What is known about a new part stands in its label.
    let of_known = |pick: fn(&PartNews) -> Option<Stamp>| -> Vec<&Part> {
        named(pick).into_iter().filter(|part| !new.iter().any(|other| other.id == part.id)).collect()
    };
    let amount = record.amount.as_ref().filter(|news| news.stamp.number > known_up_to);
    News {
        new: counts,
        worst: new.first().map(|part| part.label.clone()),
        worse: names(&named(|news| news.worse)),
        exploits: names(&of_known(|news| news.exploit)),
        fixes: names(&of_known(|news| news.fix)),
        amount: amount.and_then(|news| Some((news.before.clone(), amount_of(record)?))),
    }
}

fn open_states(record: &Record) -> impl Iterator<Item = &PartState> {
    record.parts.values().filter(|state| state.part.status == Status::Open && record.counts(&state.part))
}

fn names(parts: &[&Part]) -> Names {
    let names: Vec<String> = parts.iter().take(MAX_NAMES).map(|part| part.label.clone()).collect();
    Names { more: parts.len().saturating_sub(names.len()), names }
}

fn amount_of(record: &Record) -> Option<String> {
    amount(&record.finding)
}

/// `USD 1,234.56`.
fn amount(finding: &Finding) -> Option<String> {
    finding.money.as_ref().map(Money::text)
}

#[cfg(test)]
#[path = "news/tests.rs"]
mod tests;
