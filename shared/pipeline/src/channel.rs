//! How a channel wants to be told.

use jiff::{SignedDuration, Timestamp, civil::Time, tz::TimeZone};
use plimsoll_message::ChannelId;

/// A daily stretch of time in which only criticals are told; the rest waits for its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietHours {
    /// First quiet minute, local time.
    pub from: Time,
    /// First minute that is no longer quiet, local time; before `from` when the night is meant.
    pub until: Time,
    /// Whose local time.
    pub time_zone: TimeZone,
}

impl QuietHours {
    /// When the quiet that covers `now` ends; `None` when it is not quiet.
    #[must_use]
    pub fn ends(&self, now: Timestamp) -> Option<Timestamp> {
        let local = now.to_zoned_datetime(self.time_zone.clone());
        let time = local.time();
        let overnight = self.until <= self.from;
        let quiet =
            if overnight { time >= self.from || time < self.until } else { time >= self.from && time < self.until };
        if !quiet {
            return None;
        }
        let day = if overnight && time >= self.from { local.date().tomorrow().ok()? } else { local.date() };
        let end = day.to_datetime(self.until).to_zoned_datetime(self.time_zone.clone()).ok()?;
        Some(end.timestamp())
    }
}

/// How a channel wants to be told. Which findings it is told is decided by the routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelPolicy {
    /// Which channel.
    pub id: ChannelId,
    /// When only criticals are told.
    pub quiet_hours: Option<QuietHours>,
    /// How long after it was last told an open critical is told again; `None` for never.
    pub remind_critical_after: Option<SignedDuration>,
    /// Who is told when this channel cannot be reached.
    pub fallback: Option<ChannelId>,
}

impl ChannelPolicy {
    /// A channel without quiet hours, reminders or fallback.
    #[must_use]
    pub fn plain(id: ChannelId) -> Self {
        Self { id, quiet_hours: None, remind_critical_after: None, fallback: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_night_ends_in_the_morning_of_the_right_day() {
        let night = QuietHours {
            from: time(22, 0, 0, 0),
            until: time(7, 0, 0, 0),
            time_zone: TimeZone::get("Europe/Berlin").unwrap(),
        };
        assert_eq!(night.ends(at("2026-11-02T22:30:00Z")), Some(at("2026-11-03T06:00:00Z")));
        assert_eq!(night.ends(at("2026-11-03T05:59:59Z")), Some(at("2026-11-03T06:00:00Z")));
        assert_eq!(night.ends(at("2026-11-03T06:00:00Z")), None);
        assert_eq!(night.ends(at("2026-11-02T20:59:59Z")), None);
    }

    #[test]
    fn the_end_survives_a_change_of_clocks() {
        let quiet = QuietHours {
            from: time(1, 0, 0, 0),
            until: time(2, 30, 0, 0),
            time_zone: TimeZone::get("Europe/Berlin").unwrap(),
        };
        // 02:30 does not exist on 29 March 2026 in Berlin: it is taken as 03:30 summer time.
        assert_eq!(quiet.ends(at("2026-03-29T00:30:00Z")), Some(at("2026-03-29T01:30:00Z")));
    }
}
