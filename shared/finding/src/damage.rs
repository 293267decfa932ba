//! Every small damage to an event, and what a function makes of it: for the tests of the functions (feature `testing`).

use jiff::Timestamp;
use serde_json::Value;

use crate::{Event, Reading, Source};

/// One damage: where, and what is left.
#[derive(Debug, Clone, PartialEq)]
pub struct Damage {
    /// The place, as <https://www.rfc-editor.org/rfc/rfc6901> writes it.
    pub pointer: String,
    /// The whole value with that damage.
    pub value: Value,
}

/// Every field taken out, and every value within replaced by each of these.
pub fn damages<'a>(original: &'a Value, replacements: &'a [Value]) -> impl Iterator<Item = Damage> + 'a {
    pointers(original, "").into_iter().flat_map(move |pointer| {
        let changed = replacements.iter().filter_map(|replacement| {
            let mut value = original.clone();
            value.pointer_mut(&pointer)?.clone_from(replacement);
            Some(value)
        });
        let values: Vec<Value> = without(original, &pointer).into_iter().chain(changed).collect();
        values.into_iter().map(move |value| Damage { pointer: pointer.clone(), value })
    })
}

/// Lets a function read every damage to an event. Nothing may panic; each finding has a title, each refusal and each event
/// that is ignored a reason; `ignored` may refuse the latter by a panic of its own. How many were read.
///
/// # Panics
/// A finding has no title, or a reason is missing: a test is to fail.
pub fn read_damaged(
    source: &Source,
    original: &Value,
    replacements: &[Value],
    now: Timestamp,
    mut ignored: impl FnMut(&Damage, &str),
) -> usize {
    let mut count = 0_usize;
    for damage in damages(original, replacements) {
        (source.recognise)(&damage.value);
        damage.value.get("detail").map(source.recognise);
        let Some(event) = Event::from_envelope(&damage.value, now) else { continue };
        count = count.saturating_add(1);
        match (source.read)(&event) {
            Ok(Reading::Findings(findings)) => {
                assert!(!findings.is_empty() && findings.iter().all(|it| !it.title.is_empty()), "{}", damage.pointer);
            }
            Ok(Reading::Ignored(reason)) => {
                assert!(!reason.is_empty(), "{}", damage.pointer);
                ignored(&damage, &reason);
            }
            Err(error) => assert!(!error.reason.is_empty(), "{}", damage.pointer),
        }
    }
    count
}

/// Every value within, the innermost first.
fn pointers(value: &Value, prefix: &str) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.replace('~', "~0").replace('/', "~1"), v)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    let mut all = Vec::new();
    for (key, child) in children {
        let own = format!("{prefix}/{key}");
        all.extend(pointers(child, &own));
        all.push(own);
    }
    all
}

/// The value without that field; `None` for an item of a list.
fn without(original: &Value, pointer: &str) -> Option<Value> {
    let (parent, key) = pointer.rsplit_once('/')?;
    let mut value = original.clone();
    let fields = value.pointer_mut(parent)?.as_object_mut()?;
    fields.remove(&key.replace("~1", "/").replace("~0", "~"))?;
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_field_is_taken_out_and_every_value_replaced() {
        let original = json!({"a": [1], "b/c": {"d": 2}});
        let all: Vec<(String, Value)> = damages(&original, &[json!(null)]).map(|it| (it.pointer, it.value)).collect();
        let expected = [
            ("/a/0", json!({"a": [null], "b/c": {"d": 2}})),
            ("/a", json!({"b/c": {"d": 2}})),
            ("/a", json!({"a": null, "b/c": {"d": 2}})),
            ("/b~1c/d", json!({"a": [1], "b/c": {}})),
            ("/b~1c/d", json!({"a": [1], "b/c": {"d": null}})),
            ("/b~1c", json!({"a": [1]})),
            ("/b~1c", json!({"a": [1], "b/c": null})),
        ];
        assert_eq!(all, expected.map(|(pointer, value)| (pointer.to_owned(), value)));
    }
}
