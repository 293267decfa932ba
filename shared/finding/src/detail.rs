//! Reading the `detail` of an event leniently.
//!
//! AWS services disagree with their own documentation and with each other: a field may be absent, `null` or `{}` when
//! it has no value, a number may be a string, a list may be a single object, and pasted CLI output is `PascalCase`.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{parse_time_value, text::clean_line};

/// A lenient view of a JSON value. Paths are keys joined by dots; no AWS key that is read here contains a dot.
#[derive(Debug, Clone, Copy)]
pub struct Detail<'a>(pub &'a Value);

static NOTHING: Value = Value::Null;

impl<'a> Detail<'a> {
    /// The value at a path; `None` when absent, `null`, `{}` or blank text.
    #[must_use]
    pub fn get(self, path: &str) -> Option<&'a Value> {
        let found = path.split('.').try_fold(self.0, |value, key| {
            let object = value.as_object()?;
            object.get(key).or_else(|| object.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v))
        })?;
        match found {
            Value::Null => None,
            Value::Object(map) if map.is_empty() => None,
            Value::String(text) if text.trim().is_empty() => None,
            other => Some(other),
        }
    }

    /// The part of the document below a path; an empty one when absent.
    #[must_use]
    pub fn at(self, path: &str) -> Detail<'a> {
        Detail(self.get(path).unwrap_or(&NOTHING))
    }

    /// Text exactly as sent (for identities); a number or boolean as its text.
    #[must_use]
    pub fn raw(self, path: &str) -> Option<String> {
        match self.get(path)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        }
    }

    /// Text made safe for one line (for people); `None` when nothing printable is left.
    #[must_use]
    pub fn text(self, path: &str) -> Option<String> {
        self.raw(path).map(|t| clean_line(&t)).filter(|t| !t.is_empty())
    }

    /// A number, also from text such as `"7.5"`. Never NaN or infinite.
    #[must_use]
    pub fn number(self, path: &str) -> Option<f64> {
        let number = match self.get(path)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.filter(|n| n.is_finite())
    }

    /// A count: a whole number that is not negative, also from text.
    #[must_use]
    pub fn count(self, path: &str) -> Option<u64> {
        match self.get(path)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// An amount of money, exact: the decimal text of the JSON number, or text such as `"1234.56"`.
    #[must_use]
    pub fn decimal(self, path: &str) -> Option<Decimal> {
        let text = self.raw(path)?;
        let text = text.trim();
        text.parse().ok().or_else(|| Decimal::from_scientific(text).ok())
    }

    /// A flag, also from text such as `"true"`.
    #[must_use]
    pub fn flag(self, path: &str) -> Option<bool> {
        match self.get(path)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// A time in any of the formats of [`parse_time_value`].
    #[must_use]
    pub fn time(self, path: &str) -> Option<Timestamp> {
        parse_time_value(self.get(path)?)
    }

    /// The elements of a list; none when absent, and a single value that is not a list as its only element.
    #[must_use]
    pub fn list(self, path: &str) -> Vec<Detail<'a>> {
        match self.get(path) {
            None => Vec::new(),
            Some(Value::Array(items)) => items.iter().map(Detail).collect(),
            Some(single) => vec![Detail(single)],
        }
    }

    /// The texts in a list, made safe; what is not text or number is left out.
    #[must_use]
    pub fn texts(self, path: &str) -> Vec<String> {
        self.list(path)
            .into_iter()
            .filter_map(|item| match item.0 {
                Value::String(text) => Some(clean_line(text)),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
            .filter(|t| !t.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn absent_null_empty_and_blank_are_the_same() {
        let value = json!({"null": null, "empty": {}, "blank": "  ", "zero": 0, "list": []});
        let detail = Detail(&value);
        for path in ["none", "null", "empty", "blank", "none.deeper", "zero.deeper"] {
            assert!(detail.get(path).is_none(), "{path}");
            assert!(detail.text(path).is_none() && detail.number(path).is_none() && detail.list(path).is_empty());
        }
        assert_eq!(detail.count("zero"), Some(0));
        assert!(detail.get("list").is_some() && detail.list("list").is_empty());
    }

    #[test]
    fn numbers_and_flags_may_be_text() {
        let value =
            json!({"a": "7.5", "b": 7.5, "c": "12", "d": -1, "e": "true", "f": "NaN", "g": 1234.56, "h": "1.2E3"});
        let detail = Detail(&value);
        assert_eq!(detail.number("a"), detail.number("b"));
        assert_eq!(detail.count("c"), Some(12));
        assert_eq!(detail.count("d"), None);
        assert_eq!(detail.flag("e"), Some(true));
        assert_eq!(detail.number("f"), None);
        assert_eq!(detail.decimal("g").unwrap().to_string(), "1234.56");
        assert_eq!(detail.decimal("h").unwrap().to_string(), "1200");
    }

    #[test]
    fn keys_in_pascal_case_are_found_and_the_exact_one_wins() {
        let value = json!({"Service": {"DetectorId": "x"}, "id": "exact", "Id": "other"});
        let detail = Detail(&value);
        assert_eq!(detail.text("service.detectorId").as_deref(), Some("x"));
        assert_eq!(detail.text("id").as_deref(), Some("exact"));
        assert_eq!(detail.at("service").text("detectorid").as_deref(), Some("x"));
    }

    #[test]
    fn a_single_value_is_a_list_of_one() {
        let value = json!({"one": {"a": 1}, "many": [{"a": 1}, {"a": 2}], "words": ["x", 1, null, "\u{7}"]});
        let detail = Detail(&value);
        assert_eq!(detail.list("one").len(), 1);
        assert_eq!(detail.list("many")[1].count("a"), Some(2));
        assert_eq!(detail.texts("words"), ["x", "1"]);
    }
}
