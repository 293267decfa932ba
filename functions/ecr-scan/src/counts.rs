//! How many vulnerabilities of each severity a scan counted.
//!
//! ECR: `CRITICAL HIGH MEDIUM LOW INFORMATIONAL UNDEFINED`, each optional, and no counts at all when nothing was
//! found. Inspector adds `TOTAL`, which also counts severities that it does not list: it is not the sum.
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanFindings.html>

use plimsoll_finding::{Severity, Unreadable, clean_line};
use serde_json::Value;

/// The counts that are not zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    /// Severity, the word for it, how many; worst first.
    entries: Vec<(Severity, String, u64)>,
    /// The service's own total, if it gave one.
    total: Option<u64>,
}

impl Counts {
    /// Reads a map of counts, numbers or text. `null` and zero are nothing; what cannot be read is an error, because
    /// a count that is not understood must never look like a clean scan.
    ///
    /// # Errors
    ///
    /// The value is not a map, or a count is not a whole number.
    pub(crate) fn read(value: &Value, path: &str) -> Result<Self, Unreadable> {
        let Some(map) = value.as_object() else { return Err(Unreadable::missing(path)) };
        let mut counts = Self::default();
        for (key, value) in map {
            let count = match value {
                Value::Null => 0,
                other => whole(other).ok_or_else(|| Unreadable::missing(&format!("{path}.{key}")))?,
            };
            if key.trim().eq_ignore_ascii_case("TOTAL") {
                counts.total = Some(count);
            } else if count > 0 {
                counts.add(key, count);
            }
        }
        counts.entries.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        Ok(counts)
    }

    fn add(&mut self, key: &str, count: u64) {
        let word = clean_line(key).to_lowercase();
        let severity = match word.as_str() {
            // ECR could not rate it, which is rarely bad. Inspector has not rated it yet (below), which may be.
            "undefined" => Severity::Low,
            word => Severity::from_word(word).unwrap_or(Severity::Medium),
        };
        match self.entries.iter_mut().find(|(_, known, _)| *known == word) {
            Some(entry) => entry.2 = entry.2.max(count),
            None => self.entries.push((severity, word, count)),
        }
    }

    /// Nothing was found.
    pub(crate) fn is_clean(&self) -> bool {
        self.entries.is_empty() && self.total.unwrap_or(0) == 0
    }

    /// The worst severity that was counted; low if only a total says that there is something.
    pub(crate) fn worst(&self) -> Severity {
        match self.entries.first() {
            Some((severity, ..)) => *severity,
            None if self.is_clean() => Severity::Informational,
            None => Severity::Low,
        }
    }

    /// The worst word as the service wrote it, in capitals, for example `UNDEFINED`.
    pub(crate) fn worst_word(&self) -> Option<String> {
        self.entries.first().map(|(_, word, _)| word.to_uppercase())
    }

    /// How many are critical or high.
    pub(crate) fn critical_and_high(&self) -> u64 {
        let worst = self.entries.iter().filter(|(severity, ..)| *severity >= Severity::High);
        worst.fold(0, |sum, (_, _, count)| sum.saturating_add(*count))
    }

    /// `2 critical, 5 high, 1 medium`, with `, 158 in total` where the service gave a total.
    pub(crate) fn label(&self) -> String {
        let mut words: Vec<String> = self.entries.iter().map(|(_, word, count)| format!("{count} {word}")).collect();
        if let Some(total) = self.total.filter(|total| *total > 0) {
            words.push(format!("{total} in total"));
        }
        words.join(", ")
    }

    /// `158 in total`, where the service gave a total that is not the sum of what the title counts.
    pub(crate) fn in_total(&self) -> Option<String> {
        let sum = self.entries.iter().fold(0_u64, |sum, (_, _, count)| sum.saturating_add(*count));
        self.total.filter(|total| *total > sum && sum > 0).map(|total| format!("{total} in total"))
    }

    /// For a title: `2 critical, 5 high and 1 medium vulnerabilities`.
    pub(crate) fn headline(&self) -> String {
        let noun = |count: u64| if count == 1 { "vulnerability" } else { "vulnerabilities" };
        let sum = self.entries.iter().fold(0_u64, |sum, (_, _, count)| sum.saturating_add(*count));
        let words: Vec<String> = self.entries.iter().map(|(_, word, count)| format!("{count} {word}")).collect();
        match (words.as_slice(), self.entries.first()) {
            ([], _) => {
                let total = self.total.unwrap_or(0);
                format!("{total} {}", noun(total))
            }
            ([_], Some((_, word, count))) if word == "undefined" => {
                format!("{count} {} of undefined severity", noun(*count))
            }
            ([one], _) => format!("{one} {}", noun(sum)),
            ([most @ .., last], _) => format!("{} and {last} {}", most.join(", "), noun(sum)),
        }
    }
}

/// A whole number that is not negative: `3`, `3.0` or `"3"`.
fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => {
            number.as_u64().or_else(|| number.to_string().strip_suffix(".0").and_then(|n| n.parse().ok()))
        }
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn counts(value: &Value) -> Counts {
        Counts::read(value, "counts").unwrap()
    }

    #[test]
    fn worst_first_in_words() {
        for (value, worst, label, headline) in [
            (json!({}), Severity::Informational, "", "0 vulnerabilities"),
            (
                json!({"MEDIUM": 1, "CRITICAL": 2, "LOW": 0, "HIGH": "5"}),
                Severity::Critical,
                "2 critical, 5 high, 1 medium",
                "2 critical, 5 high and 1 medium vulnerabilities",
            ),
            (json!({"LOW": 1}), Severity::Low, "1 low", "1 low vulnerability"),
            (json!({"UNDEFINED": 3}), Severity::Low, "3 undefined", "3 vulnerabilities of undefined severity"),
            (
                json!({"HIGH": 1.0, "UNDEFINED": 3}),
                Severity::High,
                "1 high, 3 undefined",
                "1 high and 3 undefined vulnerabilities",
            ),
            (json!({"UNTRIAGED": 1}), Severity::Medium, "1 untriaged", "1 untriaged vulnerability"),
            (
                json!({"CRITICAL": 7, "HIGH": 61, "MEDIUM": 62, "TOTAL": 158}),
                Severity::Critical,
                "7 critical, 61 high, 62 medium, 158 in total",
                "7 critical, 61 high and 62 medium vulnerabilities",
            ),
            (json!({"CRITICAL": 0, "TOTAL": 4}), Severity::Low, "4 in total", "4 vulnerabilities"),
            (json!({"CRITICAL": null, "TOTAL": 0}), Severity::Informational, "", "0 vulnerabilities"),
        ] {
            let read = counts(&value);
            assert_eq!(read.worst(), worst, "{value}");
            assert_eq!((read.label().as_str(), read.headline().as_str()), (label, headline), "{value}");
        }
    }

    #[test]
    fn only_critical_and_high_are_summed() {
        assert_eq!(counts(&json!({"CRITICAL": 7, "HIGH": 61, "MEDIUM": 62, "TOTAL": 158})).critical_and_high(), 68);
        assert_eq!(counts(&json!({"CRITICAL": u64::MAX, "HIGH": 1})).critical_and_high(), u64::MAX);
    }

    #[test]
    fn what_is_not_understood_is_never_a_clean_scan() {
        for value in [json!("x"), json!([1]), json!({"HIGH": "many"}), json!({"HIGH": -1}), json!({"HIGH": 1.5})] {
            assert!(Counts::read(&value, "counts").is_err(), "{value}");
        }
        assert!(counts(&json!({"HIGH": 0, "high": 2, "HiGh": 1})).label() == "2 high");
    }
}
