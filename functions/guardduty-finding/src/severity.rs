//! GuardDuty's severity is a number from 1.0 to 10.0.
//! <https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html>

use plimsoll_finding::{Detail, Severity};
use serde_json::Value;

/// The severity and GuardDuty's own value as text; `None` when there is none that can be read.
///
/// From 9.0 critical, from 7.0 high, from 4.0 medium, from 1.0 low, below informational. Real values have fractions
/// (7.25), so the bands have no gaps.
pub(crate) fn read(detail: Detail<'_>) -> Option<(Severity, String)> {
    if let Some(number) = detail.number("severity") {
        return Some((of_number(number), native(number)));
    }
    let Some(Value::String(word)) = detail.get("severity") else { return None };
    Severity::from_word(word).map(|severity| (severity, word.trim().to_owned()))
}

fn of_number(number: f64) -> Severity {
    match number {
        n if n >= 9.0 => Severity::Critical,
        n if n >= 7.0 => Severity::High,
        n if n >= 4.0 => Severity::Medium,
        n if n >= 1.0 => Severity::Low,
        _ => Severity::Informational,
    }
}

/// `8.0` for 8, `7.25` for 7.25.
fn native(number: f64) -> String {
    let text = number.to_string();
    if text.contains('.') || text.len() > 8 { text } else { format!("{text}.0") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bands_without_gaps() {
        for (value, expected) in [
            (json!(10), Some((Severity::Critical, "10.0"))),
            (json!(9.0), Some((Severity::Critical, "9.0"))),
            (json!(8.95), Some((Severity::High, "8.95"))),
            (json!(7.25), Some((Severity::High, "7.25"))),
            (json!("8"), Some((Severity::High, "8.0"))),
            (json!(6.99), Some((Severity::Medium, "6.99"))),
            (json!(" 4.0 "), Some((Severity::Medium, "4.0"))),
            (json!(3.95), Some((Severity::Low, "3.95"))),
            (json!(1), Some((Severity::Low, "1.0"))),
            (json!(0.5), Some((Severity::Informational, "0.5"))),
            (json!(0), Some((Severity::Informational, "0.0"))),
            (json!("High"), Some((Severity::High, "High"))),
            (json!("NaN"), None),
            (json!(null), None),
            (json!([8]), None),
            (json!(""), None),
        ] {
            let detail = json!({"severity": value});
            let read = read(Detail(&detail));
            assert_eq!(read.as_ref().map(|(s, t)| (*s, t.as_str())), expected, "{value}");
        }
    }
}
