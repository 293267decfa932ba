//! The text of a notification of AWS Budgets: English prose with a block of `Key: value` lines.
//!
//! Topics, queues and chat tools on the way change its line breaks, so they are put back first.

use plimsoll_finding::Detail;
use serde_json::Value;

/// How AWS Budgets calls itself in subject and text (`AWS Budgets: …`, `AWS Budget Notification`).
const SIGNATURE: &str = "AWS Budget";
/// What stands where a line break was.
const SEPARATORS: [&str; 8] = ["\\r\\n", "\\n", "<br />", "<br/>", "<br>", "\u{2028}", "#", "|"];
/// What begins a line besides the keys.
const BEGINNINGS: [&str; 7] =
    ["AWS Account ", "Dear ", "You requested", "Go to the AWS Budgets", "Sincerely", "[1]", "AWS Budget Notification"];
/// The keys of the block.
const KEYS: [&str; 9] = [
    "Budget Name",
    "Budget Type",
    "Budget Period",
    "Time Unit",
    "Budgeted Amount",
    "Alert Type",
    "Alert Threshold",
    "ACTUAL Amount",
    "FORECASTED Amount",
];

/// Whether AWS Budgets wrote this document, or this bare text. JSON is somebody else's, and so is the confirmation of a
/// subscription to a topic for budgets.
pub(crate) fn is_budget(document: &Value) -> bool {
    let Some(message) = message(document) else { return false };
    let detail = Detail(document);
    let subject = detail.text("Subject").unwrap_or_default();
    let is_confirmation = detail.text("Type").is_some_and(|kind| kind.ends_with("Confirmation"));
    !is_confirmation
        && !message.trim_start().starts_with(['{', '['])
        && (subject.contains(SIGNATURE) || message.contains(SIGNATURE))
}

/// The text of a document, or the text alone, with real line breaks.
pub(crate) fn message(document: &Value) -> Option<String> {
    let text = match document {
        Value::String(text) => text,
        Value::Object(_) => Detail(document).get("Message")?.as_str()?,
        _ => return None,
    };
    Some(with_line_breaks(text)).filter(|text| !text.trim().is_empty())
}

/// The value of the first line `Key: value`, the key in any case.
pub(crate) fn field(message: &str, key: &str) -> Option<String> {
    message
        .lines()
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case(key).then(|| value.trim().to_owned())
        })
        .filter(|value| !value.is_empty())
}

/// The rest of the first line that starts with a prefix and a space: `AWS Account 111122223333`.
pub(crate) fn value_of_prefix(message: &str, prefix: &str) -> Option<String> {
    message
        .lines()
        .find_map(|line| line.trim().strip_prefix(prefix)?.strip_prefix(' ').map(|rest| rest.trim().to_owned()))
        .filter(|rest| !rest.is_empty())
}

/// Text in one line is broken before each beginning of a line that is known, at whatever separates them: `#`, `<br>`,
/// a literal `\n`, or nothing but a space. Text with line breaks keeps them, whatever else it holds.
fn with_line_breaks(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if text.trim().contains('\n') {
        return text;
    }
    for separator in SEPARATORS {
        let broken = break_at(&text, separator);
        if field(&broken, "Alert Type").is_some() {
            return broken;
        }
    }
    break_at_keys(&text)
}

/// A separator is a line break where a beginning of a line, another separator or the end follows: a budget may be
/// called `team#1`.
fn break_at(text: &str, separator: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(separator) {
        let next = after.trim_start_matches(' ');
        let breaks = next.is_empty() || next.starts_with(separator) || begins_line(next);
        out.push_str(before);
        out.push_str(if breaks { "\n" } else { separator });
        rest = after;
    }
    out.push_str(rest);
    out
}

fn begins_line(text: &str) -> bool {
    let starts = |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    BEGINNINGS.iter().any(|word| starts(word))
        || KEYS.iter().any(|key| starts(key) && text.get(key.len()..).is_some_and(|rest| rest.starts_with(':')))
}

fn break_at_keys(text: &str) -> String {
    let keys = KEYS.iter().map(|key| format!(" {key}:"));
    let places = ["AWS Account ", "Dear AWS Customer"].iter().map(|words| format!(" {words}"));
    keys.chain(places).fold(text.to_owned(), |text, words| {
        let line = words.replacen(' ', "\n", 1);
        text.replacen(&words, &line, 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const LINES: &str = "AWS Budget Notification May 4, 2026\nAWS Account 111122223333\n\nDear AWS Customer,\n\n\
        You requested this.\n\nBudget Name: team#1 | eu\nBudget Type: Cost\nBudgeted Amount: $100\nAlert Type: ACTUAL\n\
        Alert Threshold: > $80\nACTUAL Amount: $81\n\n[1] https://console.aws.amazon.com/billing/home#/budgets\n";

    #[test]
    fn line_breaks_are_put_back_whatever_stands_for_them() {
        for separator in ["\n", "\r\n", "\r", "#", "|", "\\n", "\\r\\n", "<br>", "<br/>", "<br />", " "] {
            let text = message(&json!(LINES.replace('\n', separator))).unwrap();
            for (key, value) in [
                ("Budget Name", "team#1 | eu"),
                ("Budgeted Amount", "$100"),
                ("Alert Type", "ACTUAL"),
                ("alert threshold", "> $80"),
            ] {
                assert_eq!(field(&text, key).as_deref(), Some(value), "{separator:?}: {text}");
            }
            assert!(field(&text, "ACTUAL Amount").unwrap().starts_with("$81"), "{separator:?}: {text}");
            assert_eq!(value_of_prefix(&text, "AWS Account").as_deref(), Some("111122223333"), "{separator:?}");
            assert_eq!(value_of_prefix(&text, "AWS Budget Notification").as_deref(), Some("May 4, 2026"));
        }
    }

    #[test]
    fn only_what_aws_budgets_wrote_is_a_notice() {
        assert!(is_budget(&json!(LINES)));
        assert!(is_budget(&json!({"Message": "Something new", "Subject": "AWS Budgets: something"})));
        for value in [
            json!({"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe to AWS Budgets."}),
            json!({"Message": "{\"AlarmName\": \"AWS Budget\"}"}),
            json!({"Message": "hello"}),
            json!({"Message": {"a": "AWS Budget"}}),
            json!(["AWS Budget"]),
            json!(" "),
        ] {
            assert!(!is_budget(&value), "{value}");
        }
    }
}
