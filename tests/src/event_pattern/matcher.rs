//! One element of a list in a pattern, against one value of an event.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::{PatternError, network::Network, wildcard::Wildcard};

/// EventBridge refuses numbers beyond this, up or down.
const MAX_NUMBER: f64 = 5e9;

/// One thing that a value may be.
#[derive(Debug, Clone)]
pub(super) enum Matcher {
    /// This string, number, truth value or null.
    Equals(Value),
    Text(TextTest),
    Numeric(Vec<(Comparison, f64)>),
    Network(Network),
    Exists(bool),
    /// Present, and none of these values.
    AnythingBut(Vec<Value>),
    /// A string that passes none of these.
    AnythingButText(Vec<TextTest>),
}

/// What a string may be like. Texts whose case is ignored are kept in lower case.
#[derive(Debug, Clone)]
pub(super) enum TextTest {
    Prefix(String),
    PrefixIgnoringCase(String),
    Suffix(String),
    SuffixIgnoringCase(String),
    EqualsIgnoringCase(String),
    Wildcard(Wildcard),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    AtMost,
    Equal,
    AtLeast,
    Greater,
}

impl Matcher {
    pub(super) fn parse(rule: &Value, path: &str) -> Result<Self, PatternError> {
        match rule {
            Value::Object(operators) => Self::operator(operators, path),
            Value::Array(_) => Err(PatternError::new(path, "a list within a list never matches")),
            scalar => Ok(Self::Equals(scalar.clone())),
        }
    }

    fn operator(operators: &Map<String, Value>, path: &str) -> Result<Self, PatternError> {
        let (name, argument) = only(operators, path)?;
        match name {
            "exists" => {
                let wanted = argument.as_bool().ok_or_else(|| PatternError::new(path, "`exists` is true or false"))?;
                Ok(Self::Exists(wanted))
            }
            "numeric" => numeric(argument, path),
            "cidr" => {
                let text = string(argument, "cidr", path)?;
                Ok(Self::Network(Network::parse(text).map_err(|reason| PatternError::new(path, reason))?))
            }
            "anything-but" => anything_but(argument, path),
            _ => Ok(Self::Text(TextTest::parse(name, argument, path)?)),
        }
    }

    /// Whether a value matches; `None` is a field that is not there.
    pub(super) fn matches(&self, value: Option<&Value>) -> bool {
        let Some(value) = value else { return matches!(self, Self::Exists(false)) };
        match self {
            Self::Equals(wanted) => same(wanted, value),
            Self::Text(test) => value.as_str().is_some_and(|text| test.passes(text)),
            Self::Numeric(bounds) => {
                value.as_f64().is_some_and(|number| bounds.iter().all(|(how, bound)| how.holds(number, *bound)))
            }
            Self::Network(network) => value.as_str().is_some_and(|text| network.contains(text)),
            Self::Exists(wanted) => *wanted,
            Self::AnythingBut(values) => !values.iter().any(|unwanted| same(unwanted, value)),
            Self::AnythingButText(tests) => {
                value.as_str().is_some_and(|text| !tests.iter().any(|test| test.passes(text)))
            }
        }
    }
}

impl TextTest {
    fn parse(operator: &str, argument: &Value, path: &str) -> Result<Self, PatternError> {
        if let (Value::Object(nested), "prefix" | "suffix") = (argument, operator) {
            let ("equals-ignore-case", argument) = only(nested, path)? else {
                return Err(PatternError::new(path, format!("within `{operator}` only `equals-ignore-case` is known")));
            };
            let text = string(argument, "equals-ignore-case", path)?.to_lowercase();
            return Ok(if operator == "prefix" {
                Self::PrefixIgnoringCase(text)
            } else {
                Self::SuffixIgnoringCase(text)
            });
        }
        match operator {
            "prefix" => Ok(Self::Prefix(string(argument, operator, path)?.to_owned())),
            "suffix" => Ok(Self::Suffix(string(argument, operator, path)?.to_owned())),
            "equals-ignore-case" => Ok(Self::EqualsIgnoringCase(string(argument, operator, path)?.to_lowercase())),
            "wildcard" => Wildcard::parse(string(argument, operator, path)?)
                .map(Self::Wildcard)
                .map_err(|reason| PatternError::new(path, reason)),
            unknown => Err(PatternError::new(path, format!("`{unknown}` is no operator of EventBridge"))),
        }
    }

    fn passes(&self, text: &str) -> bool {
        match self {
            Self::Prefix(wanted) => text.starts_with(wanted),
            Self::PrefixIgnoringCase(wanted) => text.to_lowercase().starts_with(wanted),
            Self::Suffix(wanted) => text.ends_with(wanted),
            Self::SuffixIgnoringCase(wanted) => text.to_lowercase().ends_with(wanted),
            Self::EqualsIgnoringCase(wanted) => text.to_lowercase() == *wanted,
            Self::Wildcard(wildcard) => wildcard.matches(text),
        }
    }
}

impl Comparison {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "<" => Self::Less,
            "<=" => Self::AtMost,
            "=" => Self::Equal,
            ">=" => Self::AtLeast,
            ">" => Self::Greater,
            _ => return None,
        })
    }

    fn holds(self, number: f64, bound: f64) -> bool {
        let order = number.partial_cmp(&bound);
        match self {
            Self::Less => order == Some(Ordering::Less),
            Self::AtMost => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Self::Equal => order == Some(Ordering::Equal),
            Self::AtLeast => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            Self::Greater => order == Some(Ordering::Greater),
        }
    }

    const fn is_lower_bound(self) -> bool {
        matches!(self, Self::AtLeast | Self::Greater)
    }

    const fn is_upper_bound(self) -> bool {
        matches!(self, Self::AtMost | Self::Less)
    }
}

/// Numbers are compared by value, as the open-source engine does it. The user guide says by their text (5 is not 5.0):
/// a pattern that must hold either way says `numeric`.
fn same(wanted: &Value, value: &Value) -> bool {
    match (wanted.as_f64(), value.as_f64()) {
        (Some(wanted), Some(value)) => wanted.partial_cmp(&value) == Some(Ordering::Equal),
        _ => wanted == value,
    }
}

fn only<'a>(operators: &'a Map<String, Value>, path: &str) -> Result<(&'a str, &'a Value), PatternError> {
    let mut entries = operators.iter();
    match (entries.next(), entries.next()) {
        (Some((name, argument)), None) => Ok((name, argument)),
        _ => Err(PatternError::new(path, "exactly one operator is wanted in braces")),
    }
}

fn string<'a>(argument: &'a Value, operator: &str, path: &str) -> Result<&'a str, PatternError> {
    argument.as_str().ok_or_else(|| PatternError::new(path, format!("`{operator}` takes a string, not {argument}")))
}

fn numeric(argument: &Value, path: &str) -> Result<Matcher, PatternError> {
    let wrong = || {
        let shapes =
            "`numeric` takes [\"=\", 5], [\">\", 0], or a lower and then a higher bound: [\">\", 0, \"<=\", 5]";
        PatternError::new(path, shapes)
    };
    let terms = argument.as_array().filter(|terms| matches!(terms.len(), 2 | 4)).ok_or_else(wrong)?;
    let mut bounds = Vec::new();
    for term in terms.chunks_exact(2) {
        let [how, bound] = term else { return Err(wrong()) };
        let how = how.as_str().and_then(Comparison::parse).ok_or_else(wrong)?;
        let bound = bound.as_f64().ok_or_else(wrong)?;
        if bound.abs() > MAX_NUMBER {
            return Err(PatternError::new(path, "numbers lie between -5 and 5 thousand million"));
        }
        bounds.push((how, bound));
    }
    match bounds.as_slice() {
        [_] => Ok(Matcher::Numeric(bounds)),
        [(low, bottom), (high, top)] if low.is_lower_bound() && high.is_upper_bound() && bottom < top => {
            Ok(Matcher::Numeric(bounds))
        }
        _ => Err(wrong()),
    }
}

fn anything_but(argument: &Value, path: &str) -> Result<Matcher, PatternError> {
    if let Value::Object(nested) = argument {
        let (name, argument) = only(nested, path)?;
        let tests: Result<Vec<_>, _> = many(argument)
            .iter()
            .map(|one| {
                if !one.is_string() || one == "" {
                    return Err(PatternError::new(
                        path,
                        format!("`{name}` within `anything-but` takes strings that are not empty"),
                    ));
                }
                TextTest::parse(name, one, path)
            })
            .collect();
        return match tests? {
            tests if tests.is_empty() => Err(PatternError::new(path, "the list of `anything-but` is empty")),
            tests => Ok(Matcher::AnythingButText(tests)),
        };
    }
    let values = many(argument);
    let uniform = values.iter().all(Value::is_string) || values.iter().all(Value::is_number);
    if values.is_empty() || !uniform {
        return Err(PatternError::new(path, "`anything-but` takes only strings or only numbers"));
    }
    Ok(Matcher::AnythingBut(values.to_vec()))
}

fn many(argument: &Value) -> &[Value] {
    argument.as_array().map_or_else(|| std::slice::from_ref(argument), Vec::as_slice)
}
