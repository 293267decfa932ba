//! The next times of an EventBridge Scheduler expression. `croner` knows cron; what differs in AWS's dialect is mapped.
//! <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>

use anyhow::{Context as _, bail};
use chrono::{DateTime, Datelike as _, Timelike as _};
use croner::Cron;
use jiff::{Timestamp, civil, tz::TimeZone};

/// The next `count` times after `now` of `cron(minutes hours day-of-month month day-of-week year)` in a time zone.
pub(crate) fn next(expression: &str, zone: &TimeZone, now: Timestamp, count: usize) -> anyhow::Result<Vec<Timestamp>> {
    let cron = parse(expression)?;
    // Wall-clock times are computed without a zone and then placed in it: a time that a change of clocks skips moves on.
    let local = now.to_zoned_datetime(zone.clone()).datetime();
    let seconds = local.to_zoned_datetime(TimeZone::UTC)?.timestamp().as_second();
    let mut wall = DateTime::from_timestamp(seconds, 0).context("the present moment is out of range")?;
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        wall = cron.find_next_occurrence(&wall, false)?;
        let time = civil::datetime(
            i16::try_from(wall.year())?,
            i8::try_from(wall.month())?,
            i8::try_from(wall.day())?,
            i8::try_from(wall.hour())?,
            i8::try_from(wall.minute())?,
            0,
            0,
        );
        times.push(time.to_zoned_datetime(zone.clone())?.timestamp());
    }
    Ok(times)
}

fn parse(expression: &str) -> anyhow::Result<Cron> {
    let Some(inside) = expression.trim().strip_prefix("cron(").and_then(|e| e.strip_suffix(')')) else {
        bail!("`{expression}` is no cron expression; write cron(0 8 ? * MON *)");
    };
    let fields: Vec<&str> = inside.split_whitespace().collect();
    let [minutes, hours, day, month, weekday, year] = fields.as_slice() else {
        bail!("`{expression}` has {} fields; cron(...) has six: minutes hours day month weekday year", fields.len());
    };
    if (*day == "?") == (*weekday == "?") {
        bail!("in `{expression}` exactly one of day and weekday must be `?`");
    }
    if *year != "*" {
        bail!("`{expression}` names a year; only `*` is understood here");
    }
    let any = |field: &str| if field == "?" { "*".to_owned() } else { field.to_owned() };
    // AWS counts 1 (Sunday) to 7 (Saturday), cron 0 to 6.
    let weekday = weekday
        .split(',')
        .map(|part| {
            part.split('-')
                .map(|d| d.parse::<u8>().map_or_else(|_| any(d), |n| n.saturating_sub(1).to_string()))
                .collect::<Vec<_>>()
                .join("-")
        })
        .collect::<Vec<_>>()
        .join(",");
    let pattern = format!("{minutes} {hours} {} {month} {weekday}", any(day));
    pattern.parse::<Cron>().with_context(|| format!("`{expression}` cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(expression: &str, zone: &str, now: &str) -> Vec<String> {
        let zone = TimeZone::get(zone).unwrap();
        next(expression, &zone, now.parse().unwrap(), 2).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn weekdays_by_name_and_by_number() {
        let expected = ["2026-11-30T08:00:00Z", "2026-12-07T08:00:00Z"];
        assert_eq!(times("cron(0 8 ? * MON *)", "UTC", "2026-11-25T00:00:00Z"), expected);
        assert_eq!(times("cron(0 8 ? * 2 *)", "UTC", "2026-11-25T00:00:00Z"), expected);
        assert_eq!(
            times("cron(30 7 1 * ? *)", "UTC", "2026-11-25T00:00:00Z"),
            ["2026-12-01T07:30:00Z", "2027-01-01T07:30:00Z"]
        );
    }

    #[test]
    fn the_wall_clock_stays_when_the_clocks_change() {
        assert_eq!(
            times("cron(0 9 ? * * *)", "Europe/Berlin", "2026-10-24T08:00:00Z"),
            ["2026-10-25T08:00:00Z", "2026-10-26T08:00:00Z"]
        );
    }

    #[test]
    fn nonsense_says_what_is_meant() {
        for expression in
            ["rate(1 day)", "cron(0 8 * *)", "cron(0 8 * * MON *)", "cron(0 99 ? * MON *)", "cron(0 8 ? * MON 2030)"]
        {
            assert!(next(expression, &TimeZone::UTC, Timestamp::UNIX_EPOCH, 1).is_err(), "{expression}");
        }
    }
}
