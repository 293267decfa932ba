//! The date formats that AWS events really use.

use jiff::{Timestamp, civil::Date, civil::DateTime, fmt::rfc2822, tz::TimeZone};
use serde_json::Value;

/// Epoch numbers above this are milliseconds: as seconds it is the year 5138.
const MILLISECONDS_FROM: f64 = 1e11;

/// Reads a time from JSON: text in one of the formats of [`parse_time`], or seconds (or milliseconds) since 1970.
#[must_use]
pub fn parse_time_value(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => parse_time(text),
        Value::Number(number) => from_epoch(number.as_f64()?),
        _ => None,
    }
}

/// Reads a time from text. Accepts, always in UTC unless the text says otherwise:
///
/// - RFC 3339 with 0 to 9 digits of fraction, `Z`, `+00:00` or `+0000`, or no offset, `T` or a space between;
/// - a date alone: midnight;
/// - RFC 1123 with a day of one or two digits (AWS Health): `Thu, 1 Nov 2018 22:00:00 GMT`, whatever the day of the week;
/// - `Dec 3, 2021, 6:02:30 PM` and without the second comma (Inspector 2021, AWS Backup), any white space before PM;
/// - `Wed Sep 04 16:55:38.411 UTC 2024` (Inspector 2024);
/// - seconds since 1970 as text, also `1.663703546405E9`.
#[must_use]
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || text.len() > 64 {
        return None;
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return from_epoch(seconds);
    }
    if let Ok(time) = text.parse::<DateTime>() {
        return utc(time);
    }
    if let Ok(date) = text.parse::<Date>() {
        return utc(date.at(0, 0, 0, 0));
    }
    if let Ok(time) = rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(&text) {
        return Some(time);
    }
    let plain = text.replace(',', "");
    if let Ok(time) = DateTime::strptime("%b %d %Y %I:%M:%S %p", &plain) {
        return utc(time);
    }
    DateTime::strptime("%a %b %d %H:%M:%S%.f UTC %Y", &plain).ok().and_then(utc)
}

fn utc(time: DateTime) -> Option<Timestamp> {
    time.to_zoned_datetime(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[expect(clippy::cast_possible_truncation, reason = "a float beyond i64 saturates and is then out of range")]
fn from_epoch(number: f64) -> Option<Timestamp> {
    if !number.is_finite() {
        return None;
    }
    let seconds = if number.abs() >= MILLISECONDS_FROM { number / 1e3 } else { number };
    Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_documented_format() {
        for (text, expected) in [
            ("2026-11-02T09:15:00Z", "2026-11-02T09:15:00Z"),
            ("2026-11-02T09:15:00.74Z", "2026-11-02T09:15:00.74Z"),
            ("2026-11-02T09:15:00.123456789Z", "2026-11-02T09:15:00.123456789Z"),
            ("2026-11-02T09:15:00.000+0000", "2026-11-02T09:15:00Z"),
            ("2026-11-02T10:15:00+01:00", "2026-11-02T09:15:00Z"),
            ("2026-11-02T09:15:00", "2026-11-02T09:15:00Z"),
            ("2026-11-02 09:15:00.411", "2026-11-02T09:15:00.411Z"),
            ("2026-11-02", "2026-11-02T00:00:00Z"),
            ("Thu, 1 Nov 2018 22:00:00 GMT", "2018-11-01T22:00:00Z"),
            ("Thu, 01 Nov 2018 22:00:00 GMT", "2018-11-01T22:00:00Z"),
            ("Sat, 05 Jun 2016 15:10:09 GMT", "2016-06-05T15:10:09Z"),
            ("Dec 3, 2021, 6:02:30 PM", "2021-12-03T18:02:30Z"),
            ("Dec 3, 2021, 6:02:30\u{202f}PM", "2021-12-03T18:02:30Z"),
            ("Jul 15, 2020 9:39:07 AM", "2020-07-15T09:39:07Z"),
            ("Wed Sep 04 16:55:38.411 UTC 2024", "2024-09-04T16:55:38.411Z"),
            ("1446744188.595", "2015-11-05T17:23:08.595Z"),
            ("1.663703546405E9", "2022-09-20T19:52:26.405Z"),
        ] {
            assert_eq!(parse_time(text), Some(expected.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn numbers_are_seconds_or_milliseconds() {
        let expected: Timestamp = "2025-05-30T15:48:25.465Z".parse().unwrap();
        assert_eq!(parse_time_value(&json!(1_748_620_105.465)), Some(expected));
        assert_eq!(parse_time_value(&json!(1_748_620_105_465_i64)), Some(expected));
    }

    #[test]
    fn nonsense_is_none_and_never_a_panic() {
        for text in ["", "soon", "NaN", "inf", "-1e300", "2026-13-45", "Thu, 99 Nov 2018 22:00:00 GMT"] {
            assert_eq!(parse_time(text), None, "{text}");
        }
        assert_eq!(parse_time_value(&json!({})), None);
    }
}
