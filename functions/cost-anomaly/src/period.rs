//! The period of a budget: a budget alert is about one day, month, quarter or year and ends with it.
//! <https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create.html>
//!
//! The notification has no field for it, only words: `greater than $0.20 per day`, `for the current quarter`.

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use crate::notice::field;

/// How long one period of a budget is. Periods begin and end at midnight UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    Day,
    Month,
    Quarter,
    Year,
}

/// Words for each period. Months come last and are the default, as in AWS Budgets.
const WORDS: [(Period, &[&str]); 4] = [
    (Period::Day, &["per day", "a day", "each day", "current day", "today", "daily"]),
    (Period::Quarter, &["quarter"]),
    (Period::Year, &["year", "annual"]),
    (Period::Month, &["month"]),
];

impl Period {
    /// The period that a notification names; a month if it names none.
    pub(crate) fn read(message: &str) -> Self {
        let named = ["Budget Period", "Time Unit", "Period"].into_iter().find_map(|key| field(message, key));
        let words = named.or_else(|| condition(message)).unwrap_or_default().to_lowercase();
        let found = WORDS.into_iter().find(|(_, known)| known.iter().any(|word| words.contains(word)));
        found.map_or(Self::Month, |(period, _)| period)
    }

    /// Names one period within an identity: `2026-08-13`, `2026-08`, `2026-Q3`, `2026`.
    pub(crate) fn label(self, day: Date) -> String {
        match self {
            Self::Day => day.strftime("%Y-%m-%d").to_string(),
            Self::Month => day.strftime("%Y-%m").to_string(),
            Self::Quarter => format!("{:04}-Q{}", day.year(), quarter(day)),
            Self::Year => format!("{:04}", day.year()),
        }
    }

    /// Names one period for people: `13 August 2026`, `August 2026`, `Q3 2026`, `2026`.
    pub(crate) fn words(self, day: Date) -> String {
        match self {
            Self::Day => day.strftime("%-d %B %Y").to_string(),
            Self::Month => day.strftime("%B %Y").to_string(),
            Self::Quarter => format!("Q{} {}", quarter(day), day.year()),
            Self::Year => day.year().to_string(),
        }
    }

    /// The first moment after the period that a day is in; `None` at the end of all time.
    pub(crate) fn end(self, day: Date) -> Option<Timestamp> {
        let next = match self {
            Self::Day => day.tomorrow().ok()?,
            Self::Month => day.first_of_month().checked_add(1.month()).ok()?,
            Self::Quarter => {
                let first_month = (quarter(day) - 1) * 3 + 1;
                Date::new(day.year(), first_month, 1).ok()?.checked_add(3.months()).ok()?
            }
            Self::Year => day.first_of_year().checked_add(1.year()).ok()?,
        };
        Some(next.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
    }
}

fn quarter(day: Date) -> i8 {
    (day.month() - 1) / 3 + 1
}

/// What the account asked to be told about: the rest of the sentence after the name of the budget, which may hold words
/// such as `daily` itself. `You requested that we alert you when the ACTUAL Cost associated with your NAME budget is
/// greater than $25.00 for the current month.`
fn condition(message: &str) -> Option<String> {
    let lower = message.to_lowercase();
    let (_, request) = lower.split_once("you requested")?;
    let end = [". ", ".\n", "\n"].into_iter().filter_map(|mark| request.find(mark)).min().unwrap_or(request.len());
    let sentence = request.get(..end)?;
    let (_, condition) = sentence.rsplit_once("budget is ").unwrap_or(("", sentence));
    Some(condition.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(name: &str, condition: &str) -> String {
        format!(
            "AWS Account 111122223333\n\nYou requested that we alert you when the ACTUAL Cost associated with your {name} \
             budget is greater than {condition}. Yesterday, the ACTUAL Cost associated with this budget is $3.10."
        )
    }

    #[test]
    fn the_period_is_in_the_words_after_the_name() {
        for (name, condition, expected) in [
            ("web", "$0.20 per day", Period::Day),
            ("web", "$0.20 for the current day", Period::Day),
            ("web", "$25.00 for the current month", Period::Month),
            ("web", "$900.00 for the current quarter", Period::Quarter),
            ("web", "$9,000.00 for the current year", Period::Year),
            ("web", "$25.00", Period::Month),
            ("daily-reports", "$25.00 for the current month", Period::Month),
            ("platform-monthly", "$0.20 per day", Period::Day),
            ("this budget is for a year", "$9.00 for the current quarter", Period::Quarter),
        ] {
            assert_eq!(Period::read(&request(name, condition)), expected, "{name}, {condition}");
        }
        assert_eq!(Period::read("Budget Name: daily\nBudget Period: QUARTERLY\n"), Period::Quarter);
        assert_eq!(Period::read("Budget Name: daily\nAlert Type: ACTUAL\n"), Period::Month);
    }

    #[test]
    fn periods_have_names_and_an_end() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (period, text, label, words, end) in [
            (Period::Day, "2026-08-13", "2026-08-13", "13 August 2026", "2026-08-14T00:00:00Z"),
            (Period::Month, "2026-12-31", "2026-12", "December 2026", "2027-01-01T00:00:00Z"),
            (Period::Month, "2028-02-29", "2028-02", "February 2028", "2028-03-01T00:00:00Z"),
            (Period::Quarter, "2026-03-31", "2026-Q1", "Q1 2026", "2026-04-01T00:00:00Z"),
            (Period::Quarter, "2026-11-30", "2026-Q4", "Q4 2026", "2027-01-01T00:00:00Z"),
            (Period::Year, "2026-08-13", "2026", "2026", "2027-01-01T00:00:00Z"),
        ] {
            assert_eq!((period.label(day(text)).as_str(), period.words(day(text)).as_str()), (label, words));
            assert_eq!(period.end(day(text)), Some(end.parse().unwrap()), "{text}");
        }
        assert_eq!(Period::Year.end(Date::MAX), None);
    }
}
