//! What AWS writes in a way of its own: the ARN of a topic, and when a schedule runs.

use crate::shape::nearest;

/// What is wrong and how to fix it.
type Fault = (String, &'static str);

const TOPIC_HELP: &str = "copy the ARN of the topic whole: arn:aws:sns:eu-central-1:111122223333:plimsoll-humans";

/// What is wrong with the ARN of an SNS topic.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html#amazonsns-resources-for-iam-policies>
pub(crate) fn topic_fault(arn: &str) -> Option<Fault> {
    let shown = plimsoll_finding::clean_line(arn);
    let parts: Vec<&str> = arn.split(':').collect();
    if let Some((name, host)) = arn.split_once('@')
        && !name.is_empty()
        && host.contains('.')
    {
        let help = "an address subscribes to a topic, and the topic stands here";
        return Some((format!("`{shown}` is an e-mail address"), help));
    }
    let ["arn", partition, service, region, account, name] = parts.as_slice() else {
        return Some((format!("`{shown}` is no ARN of an SNS topic"), TOPIC_HELP));
    };
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    let wrong = if *service != "sns" {
        format!("`{shown}` is no SNS topic, but something of {service}")
    } else if !partition.starts_with("aws") {
        format!("`{shown}`: `{partition}` is no partition of AWS")
    } else if !is_region(region) {
        format!("`{shown}`: `{region}` is no region")
    } else if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        format!("`{shown}`: `{account}` is no account id")
    } else if name.is_empty() || !name.bytes().all(is_plain) {
        format!("`{shown}` names no topic")
    } else {
        return None;
    };
    Some((wrong, TOPIC_HELP))
}

/// The words before the number of a region; a region that AWS opens tomorrow has one of them, too.
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
const DIRECTIONS: [&str; 9] =
    ["central", "east", "north", "northeast", "northwest", "south", "southeast", "southwest", "west"];

/// Words in small letters, a direction and a number, joined by hyphens: `us-gov-west-1`, `eusc-de-east-1`.
#[must_use]
pub fn is_region(name: &str) -> bool {
    let Some((words, number)) = name.rsplit_once('-') else { return false };
    let Some((area, direction)) = words.rsplit_once('-') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    is_number && DIRECTIONS.contains(&direction) && area.split('-').all(is_word)
}

/// The region that was probably meant: `eu-central-1` for `eu-centrl-1`.
pub(crate) fn meant_region(name: &str) -> Option<String> {
    let (words, number) = name.rsplit_once('-')?;
    let (area, direction) = words.rsplit_once('-')?;
    let meant = format!("{area}-{}-{number}", nearest(direction, DIRECTIONS.into_iter())?);
    is_region(&meant).then_some(meant)
}

const CRON_HELP: &str =
    "write cron(minutes hours day-of-month month day-of-week year), for example cron(0 8 ? * MON *)";

/// What is wrong with the expression of a recurring schedule.
/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>
pub(crate) fn schedule_fault(expression: &str) -> Option<Fault> {
    let inside = |name: &str| expression.trim().strip_prefix(name)?.strip_suffix(')');
    if let Some(rate) = inside("rate(") {
        return rate_fault(expression, rate);
    }
    if inside("at(").is_some() {
        return Some((format!("`{expression}` runs once, and a digest comes again and again"), CRON_HELP));
    }
    let Some(cron) = inside("cron(") else {
        return Some((format!("`{expression}` is no schedule"), CRON_HELP));
    };
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let [minutes, hours, day, month, weekday, year] = fields.as_slice() else {
        return Some((format!("`{expression}` has {} fields, and AWS wants six", fields.len()), CRON_HELP));
    };
    if (*day == "?") == (*weekday == "?") {
        let help = "put `?` into the day of the month or into the day of the week, and not into both";
        return Some((format!("`{expression}` names both days, or neither"), help));
    }
    let fields = [
        ("minutes", minutes, 0, 59, &[][..]),
        ("hours", hours, 0, 23, &[][..]),
        ("day of the month", day, 1, 31, &[][..]),
        ("month", month, 1, 12, &MONTHS[..]),
        ("day of the week", weekday, 1, 7, &WEEKDAYS[..]),
        ("year", year, 1970, 2199, &[][..]),
    ];
    let wrong = fields.into_iter().find(|(_, field, least, most, names)| !is_field(field, *least, *most, names));
    wrong.map(|(name, field, ..)| (format!("`{expression}`: `{field}` is no {name}"), CRON_HELP))
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Lists, ranges and steps of numbers or names; `L`, `W` and `#` as AWS writes them.
fn is_field(field: &str, least: u32, most: u32, names: &[&str]) -> bool {
    let is_value = |text: &str| {
        let text = text.to_ascii_uppercase();
        names.contains(&text.as_str()) || text.parse::<u32>().is_ok_and(|number| (least..=most).contains(&number))
    };
    let is_days = most == 31 || most == 7;
    let is_item = |item: &str| {
        let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
        if step.is_some_and(|step| !step.parse::<u32>().is_ok_and(|step| step > 0)) {
            return false;
        }
        if range == "*" || (is_days && matches!(range, "?" | "L" | "LW")) {
            return true;
        }
        if is_days && step.is_none() {
            if let Some(day) = range.strip_suffix('W').or_else(|| range.strip_suffix('L')) {
                return is_value(day);
            }
            if let Some((day, week)) = range.split_once('#') {
                return most == 7 && is_value(day) && week.parse::<u32>().is_ok_and(|week| (1..=5).contains(&week));
            }
        }
        range.split_once('-').map_or_else(|| is_value(range), |(from, until)| is_value(from) && is_value(until))
    };
    !field.is_empty() && field.split(',').all(is_item)
}

fn rate_fault(expression: &str, rate: &str) -> Option<Fault> {
    const HELP: &str = "write rate(1 day) or rate(12 hours)";
    let words: Vec<&str> = rate.split_whitespace().collect();
    let [number, unit] = words.as_slice() else {
        return Some((format!("`{expression}` is no rate"), HELP));
    };
    let is_unit = ["minute", "minutes", "hour", "hours", "day", "days"].contains(unit);
    match number.parse::<u32>() {
        Ok(0) => Some((format!("`{expression}` never comes"), HELP)),
        Ok(_) if is_unit => None,
        _ => Some((format!("`{expression}` is no rate"), HELP)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_as_aws_takes_them() {
        for right in [
            "cron(0 8 ? * MON *)",
            "cron(0 8 * * ? *)",
            "cron(0/15 8-18 ? JAN-MAR MON-FRI 2026)",
            "cron(0 10 L * ? *)",
            "cron(30 7 ? * 6#3 *)",
            "cron(0 9 15W * ? 2026-2027)",
            "rate(1 day)",
            "rate(12 hours)",
        ] {
            assert_eq!(schedule_fault(right), None, "{right}");
        }
        for (wrong, words) in [
            ("every monday", "is no schedule"),
            ("0 8 * * 1", "is no schedule"),
            ("cron(0 8 * * 1)", "has 5 fields"),
            ("cron(0 8 * * MON *)", "names both days"),
            ("cron(0 8 ? * ? *)", "or neither"),
            ("cron(0 24 ? * MON *)", "`24` is no hours"),
            ("cron(0 8 ? * MOON *)", "`MOON` is no day of the week"),
            ("cron(0/0 8 ? * MON *)", "`0/0` is no minutes"),
            ("cron(0 8 ? * 6#9 *)", "is no day of the week"),
            ("rate(0 days)", "never comes"),
            ("rate(day)", "is no rate"),
            ("rate(1 week)", "is no rate"),
            ("at(2026-12-01T08:00:00)", "runs once"),
        ] {
            let (message, _) = schedule_fault(wrong).expect(wrong);
            assert!(message.contains(words), "{message}");
        }
    }

    #[test]
    fn topics_of_the_right_service_and_addresses_are_told_apart() {
        for right in [
            "arn:aws:sns:eu-central-1:111122223333:plimsoll-humans",
            "arn:aws-us-gov:sns:us-gov-west-1:111122223333:alerts.fifo",
        ] {
            assert_eq!(topic_fault(right), None, "{right}");
        }
        for (wrong, words) in [
            ("arn:aws:sqs:eu-central-1:111122223333:q", "something of sqs"),
            ("arn:aws:sns:eu-central-1:1111:q", "`1111` is no account id"),
            ("arn:aws:sns:frankfurt:111122223333:q", "`frankfurt` is no region"),
            ("arn:aws:sns:eu-central-1:111122223333:", "names no topic"),
            ("arn:aws:sns:eu-central-1:111122223333:t:subscription", "is no ARN of an SNS topic"),
            ("ops@example.com", "is an e-mail address"),
            ("plimsoll-humans", "is no ARN"),
        ] {
            let (message, _) = topic_fault(wrong).expect(wrong);
            assert!(message.contains(words), "{message}");
        }
    }
}
