//! EventBridge event patterns, so that a rule can be proved right without an account.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>
//!
//! Every field of a pattern must match; the list in a field means "or". A pattern that EventBridge would refuse is an
//! error here, so that a rule which can never fire is not taken for one that is merely quiet.

mod matcher;
mod network;
mod wildcard;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use matcher::Matcher;

/// EventBridge refuses a pattern whose `$or`s multiply to more combinations.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-complex-example-or>
const MAX_COMBINATIONS: usize = 1000;

/// EventBridge refuses a pattern with more characters, unless the quota is raised.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html>
pub const MAX_PATTERN_CHARACTERS: usize = 2048;

/// EventBridge would refuse the pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    /// The field, for example `detail.state`; empty for the pattern as a whole.
    pub field: String,
    /// What is wrong with it, and what is wanted.
    pub reason: String,
}

impl PatternError {
    fn new(field: &str, reason: impl Into<String>) -> Self {
        Self { field: field.to_owned(), reason: reason.into() }
    }
}

impl std::fmt::Display for PatternError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.field.is_empty() { f.write_str(&self.reason) } else { write!(f, "`{}`: {}", self.field, self.reason) }
    }
}

impl std::error::Error for PatternError {}

/// An event pattern that EventBridge would accept.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// The pattern with every `$or` multiplied out: it matches if one of them does.
    alternatives: Vec<Node>,
}

/// What one field must satisfy, and the fields within it.
#[derive(Debug, Clone, Default)]
struct Node {
    /// Each list must have a matcher that matches.
    lists: Vec<Vec<Matcher>>,
    fields: BTreeMap<String, Node>,
}

impl Pattern {
    /// Reads a pattern from its text.
    ///
    /// # Errors
    /// The text is not JSON, or EventBridge would refuse the pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let value = serde_json::from_str(text).map_err(|e| PatternError::new("", format!("it is not JSON: {e}")))?;
        Self::from_value(&value)
    }

    /// Reads a pattern.
    ///
    /// # Errors
    /// EventBridge would refuse it.
    pub fn from_value(pattern: &Value) -> Result<Self, PatternError> {
        let fields = pattern.as_object().ok_or_else(|| PatternError::new("", "a pattern is a JSON object"))?;
        Ok(Self { alternatives: alternatives(fields, "")? })
    }

    /// Whether EventBridge would take this event to the targets of a rule with this pattern.
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        self.alternatives.iter().any(|node| node.matches(Some(event)))
    }
}

fn alternatives(fields: &Map<String, Value>, path: &str) -> Result<Vec<Node>, PatternError> {
    if fields.is_empty() {
        return Err(PatternError::new(path, "it is empty; at least one field is needed"));
    }
    let mut combined = vec![Node::default()];
    for (name, value) in fields {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let choices = choices(name, value, &path)?;
        if combined.len().saturating_mul(choices.len()) > MAX_COMBINATIONS {
            return Err(PatternError::new(&path, format!("more than {MAX_COMBINATIONS} combinations of `$or`")));
        }
        combined =
            combined.iter().flat_map(|known| choices.iter().map(|choice| known.clone().and(choice.clone()))).collect();
    }
    Ok(combined)
}

/// The ways in which one field can be satisfied: one, or as many as its `$or`s have.
fn choices(name: &str, value: &Value, path: &str) -> Result<Vec<Node>, PatternError> {
    if name == "$or" {
        let branches = value.as_array().filter(|b| b.len() > 1 && b.iter().all(Value::is_object));
        let branches = branches.ok_or_else(|| PatternError::new(path, "a list of two or more objects is wanted"))?;
        let nested: Result<Vec<_>, _> =
            branches.iter().filter_map(Value::as_object).map(|b| alternatives(b, path)).collect();
        return Ok(nested?.into_iter().flatten().collect());
    }
    let within = match value {
        Value::Object(fields) => alternatives(fields, path)?,
        Value::Array(list) if list.is_empty() => {
            return Err(PatternError::new(path, "the list is empty, so nothing can match"));
        }
        Value::Array(list) => {
            let list: Result<Vec<_>, _> = list.iter().map(|rule| Matcher::parse(rule, path)).collect();
            vec![Node { lists: vec![list?], fields: BTreeMap::new() }]
        }
        other => return Err(PatternError::new(path, format!("values stand in a list: write [{other}]"))),
    };
    let named = |node| Node { lists: Vec::new(), fields: BTreeMap::from([(name.to_owned(), node)]) };
    Ok(within.into_iter().map(named).collect())
}

impl Node {
    fn and(mut self, other: Self) -> Self {
        self.lists.extend(other.lists);
        for (name, node) in other.fields {
            let known = self.fields.remove(&name).unwrap_or_default();
            self.fields.insert(name, known.and(node));
        }
        self
    }

    fn matches(&self, value: Option<&Value>) -> bool {
        let leaves = leaves(value);
        self.lists.iter().all(|list| list.iter().any(|matcher| leaves.iter().any(|leaf| matcher.matches(*leaf))))
            && self.fields_match(value)
    }

    /// All fields within must match in the same element of a list of objects.
    fn fields_match(&self, value: Option<&Value>) -> bool {
        match value {
            Some(Value::Array(elements)) if !elements.is_empty() => {
                elements.iter().any(|element| self.fields_match(Some(element)))
            }
            Some(Value::Object(object)) => self.fields.iter().all(|(name, node)| node.matches(object.get(name))),
            _ => self.fields.values().all(|node| node.matches(None)),
        }
    }
}

/// The values at the end of a path: the elements of a list each on its own, and a `None` if there are none. An object
/// is no value.
fn leaves(value: Option<&Value>) -> Vec<Option<&Value>> {
    fn collect<'a>(value: &'a Value, leaves: &mut Vec<Option<&'a Value>>) {
        match value {
            Value::Array(elements) => elements.iter().for_each(|element| collect(element, leaves)),
            Value::Object(_) => {}
            scalar => leaves.push(Some(scalar)),
        }
    }
    let mut found = Vec::new();
    if let Some(value) = value {
        collect(value, &mut found);
    }
    if found.is_empty() {
        found.push(None);
    }
    found
}
