//! Whether a channel knows less than the truth, since when, and how urgent that is. Pure.

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{Severity, Status};

use crate::{
    channel::ChannelPolicy,
    news,
    policy::Policy,
    record::{Cursor, Delivered, DueMark, Record},
    waiver::{WaiverState, waiver_for},
};
use plimsoll_message::NotifyReason;

/// A finding that changed this often within an hour is flapping.
const FLAPS: usize = 4;
const FLAP_WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// How long a flapping finding must be quiet before its end is told.
const FLAP_QUIET: SignedDuration = SignedDuration::from_mins(30);
/// How long a waiver of the configuration is believed to stand there: nothing is written when somebody takes it out.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// From this severity on, a finding that opened and closed unseen is still told.
const TELL_EVEN_IF_OVER: Severity = Severity::High;

/// What a channel should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Desired {
    /// Open or resolved.
    pub status: Status,
    /// As bad as it is; for a flapping finding, as bad as it was.
    pub severity: Severity,
    /// Held open because it changes back and forth.
    pub flapping: bool,
}

/// Why a channel is due at some time, and how urgent it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Not before.
    pub at: Timestamp,
    /// Why.
    pub reason: NotifyReason,
    /// The severity that the message will carry: the worst of what is and what was not told.
    pub severity: Severity,
}

/// What the channel should know at `now`.
#[must_use]
pub fn desired(record: &Record, cursor: &Cursor, now: Timestamp) -> Desired {
    let told_open = cursor.delivered.as_ref().filter(|t| t.status == Status::Open).map(|t| t.severity);
    let open_now = (record.status() == Status::Open).then(|| record.severity());
    let worst = cursor.undelivered_peak().max(told_open).max(open_now);
    match worst {
        Some(severity) if flaps_until(record, now).is_some() => {
            Desired { status: Status::Open, severity, flapping: true }
        }
        _ => Desired { status: record.status(), severity: record.severity(), flapping: false },
    }
}

/// When the finding will have been quiet for long enough; `None` if it is not flapping at `now`.
fn flaps_until(record: &Record, now: Timestamp) -> Option<Timestamp> {
    let last = *record.transitions.last()?;
    let since = last.checked_sub(FLAP_WINDOW).ok()?;
    let quiet = last.checked_add(FLAP_QUIET).ok()?;
    let recent = record.transitions.iter().filter(|flip| **flip >= since).count();
    // The first flip is the finding's appearance.
    (recent > FLAPS && now < quiet).then_some(quiet)
}

/// Whether, when and why the channel is due. `None` while it knows the truth and nothing is coming up.
#[must_use]
pub fn due(
    record: &Record,
    cursor: &Cursor,
    channel: &ChannelPolicy,
    waiver: &WaiverState,
    now: Timestamp,
) -> Option<Due> {
    let due = due_without_lease(record, cursor, channel, waiver, now)?;
    Some(Due { at: cursor.lease_until.map_or(due.at, |lease| due.at.max(lease)), ..due })
}

/// When and why the channel would be due if nobody held a lease and no attempt had to wait.
fn due_without_lease(
    record: &Record,
    cursor: &Cursor,
    channel: &ChannelPolicy,
    waiver: &WaiverState,
    now: Timestamp,
) -> Option<Due> {
    let open = desired(record, cursor, now).status == Status::Open;
    // A waiver covers what is; how bad it was in between may be more than anybody accepted.
    let is_covered = cursor.undelivered_peak() <= waiver.up_to;
    let mut due = if open
        && is_covered
        && let Some(until) = waiver.active_until
    {
        let again = now.checked_add(LOOK_AGAIN).ok().filter(|_| waiver.is_standing);
        let at = again.map_or(until, |again| until.min(again));
        Due { at, reason: NotifyReason::WaiverExpired, severity: record.severity() }
    } else {
        reason_now(record, cursor, waiver, now).or_else(|| reason_later(record, cursor, channel, waiver, now))?
    };
    if due.severity < Severity::Critical
        && let Some(end) = channel.quiet_hours.as_ref().and_then(|q| q.ends(due.at))
    {
        due.at = end;
    }
    Some(due)
}

fn reason_now(record: &Record, cursor: &Cursor, waiver: &WaiverState, now: Timestamp) -> Option<Due> {
    use NotifyReason as Why;
    let want = desired(record, cursor, now);
    let peak = cursor.undelivered_peak();
    let delivered = cursor.delivered.as_ref();
    let reason = match (want.status, delivered) {
        (Status::Open, None) if want.flapping && cursor.in_flight => Why::Flapping,
        (Status::Open, None) => Why::FirstSeen,
        (Status::Open, Some(delivered)) => {
            let waiver_ended = waiver.ended_at.is_some_and(|ended| ended <= now && delivered.at < ended);
            if want.flapping && !delivered.flapping {
                Why::Flapping
            } else if delivered.status == Status::Resolved {
                Why::Reopened
            } else if Some(want.severity).max(peak) > Some(delivered.severity) {
                Why::Worse
            } else if waiver_ended || no_longer_covered(cursor, delivered, waiver) {
                Why::WaiverExpired
            } else if cursor.in_flight {
                Why::Uncertain
            } else if record.current_answer().is_some_and(|kept| kept.number > delivered.answer) {
                Why::Answered
            } else {
                return None;
            }
        }
        (Status::Resolved, Some(delivered)) if delivered.status == Status::Open => Why::Resolved,
        (Status::Resolved, _) if peak >= Some(TELL_EVEN_IF_OVER) => Why::OpenedAndResolved,
        (Status::Resolved, Some(_)) if cursor.in_flight => Why::Uncertain,
        (Status::Resolved, None) if cursor.in_flight => Why::OpenedAndResolved,
        (Status::Resolved, _) => return None,
    };
    let delivered_severity = delivered.filter(|t| t.status == Status::Open).map(|t| t.severity);
    let open_severity = (want.status == Status::Open).then_some(want.severity);
    let severity = open_severity.max(peak).max(if want.status == Status::Open { None } else { delivered_severity });
    Some(Due { at: now, reason, severity: severity.unwrap_or_else(|| record.severity()) })
}

/// Whether a waiver covered the finding when it was looked at last, and none does now: the waiver was taken out of the
/// configuration, or the finding says something else now that nobody accepted.
fn no_longer_covered(cursor: &Cursor, delivered: &Delivered, waiver: &WaiverState) -> bool {
    let waited = |mark: &DueMark| mark.reason == NotifyReason::WaiverExpired && delivered.at < mark.since;
    waiver.active_until.is_none() && cursor.due.as_ref().is_some_and(waited)
}

fn reason_later(
    record: &Record,
    cursor: &Cursor,
    channel: &ChannelPolicy,
    waiver: &WaiverState,
    now: Timestamp,
) -> Option<Due> {
    if let Some(quiet) = flaps_until(record, now)
        && let Some(due) = reason_now(record, cursor, waiver, quiet)
    {
        return Some(due);
    }
    let news = news_later(record, cursor, now);
    let reminder = reminder(record, cursor, channel, now);
    // News counts as a reminder; a reminder that is due first takes along what has not settled yet.
    match (news, reminder) {
        (Some(news), Some(reminder)) if reminder.at < news.at => Some(reminder),
        (news, reminder) => news.or(reminder),
    }
}

/// What became worse inside a finding that the channel knows as open, once it has settled.
fn news_later(record: &Record, cursor: &Cursor, now: Timestamp) -> Option<Due> {
    let delivered = cursor.delivered.as_ref().filter(|delivered| delivered.status == Status::Open)?;
    if record.status() == Status::Resolved || delivered.news >= record.news {
        return None;
    }
    let at = news::due_at(record, delivered.news)?.max(now);
    Some(Due { at, reason: NotifyReason::News, severity: record.severity() })
}

fn reminder(record: &Record, cursor: &Cursor, channel: &ChannelPolicy, now: Timestamp) -> Option<Due> {
    let delivered =
        cursor.delivered.as_ref().filter(|t| t.status == Status::Open && t.severity == Severity::Critical)?;
    let after = channel.remind_critical_after?;
    let is_critical = record.status() == Status::Open && record.severity() == Severity::Critical;
    let still_critical = is_critical && !record.is_acknowledged();
    let at = delivered.at.checked_add(after).ok()?;
    still_critical.then_some(Due { at: at.max(now), reason: NotifyReason::Reminder, severity: Severity::Critical })
}

/// Computes the due marks of all cursors anew. Call it after every change of a record. `since` is kept while a channel
/// stays due, through failed attempts and their waits too; what is due later (quiet hours, a waiver, a reminder) begins
/// then.
pub fn refresh(record: &mut Record, policy: &Policy, now: Timestamp) {
    let waiver = waiver_for(record, &policy.waivers, now);
    let snapshot = record.clone();
    for (id, cursor) in &mut record.cursors {
        let channel = policy.channel(id);
        let due = due(&snapshot, cursor, &channel, &waiver, now);
        let begins = due_without_lease(&snapshot, cursor, &channel, &waiver, now).map(|due| due.at);
        cursor.due = due.zip(begins).map(|(due, begins)| {
            let since = match &cursor.due {
                Some(mark) if begins <= now && mark.reason != NotifyReason::Reminder => mark.since.min(begins),
                _ => begins,
            };
            DueMark { at: due.at, since, severity: due.severity, reason: due.reason }
        });
    }
}

#[cfg(test)]
mod tests;
