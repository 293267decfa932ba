//! Questions to one resource: go to a property, say what its absence means, compare.
//!
//! ```text
//! repository.at("EncryptionConfiguration.EncryptionType").absent(CannotTell).is_one_of(&["KMS", "KMS_DSSE"])
//! service.at("capacityProviderStrategy").list(Fails, Fails).some(|part| part.at("weight").absent(Fails).at_least(1))
//! ```
//!
//! There is no comparison without [`Place::absent`] and no quantifier without [`Place::list`], so that no predicate leaves
//! open what an absent property or an empty list means. Another type than the one that is asked for cannot be told.

use plimsoll_checklist::{Blind, Verdict, Witness};
use serde_json::Value;

use crate::{
    Resource,
    answer::{Answer, Means},
};

/// How much of a value a witness shows.
const SHOWN: usize = 120;

#[derive(Debug, Clone, Copy)]
enum Found<'a> {
    Value(&'a Value),
    Absent,
    /// The path leads through something that has no properties.
    Blocked(&'a Value),
}

/// A place in a resource: the resource itself, a property, an element of a list.
#[derive(Debug, Clone)]
pub(crate) struct Place<'a> {
    kind: &'a str,
    unit: &'a str,
    path: String,
    found: Found<'a>,
}

impl<'a> Place<'a> {
    pub(crate) fn root(kind: &'a str, resource: &'a Resource) -> Self {
        Self { kind, unit: &resource.id, path: String::new(), found: Found::Value(&resource.properties) }
    }

    /// The identifier of the resource.
    pub(crate) const fn unit(&self) -> &'a str {
        self.unit
    }

    /// A property, by names with dots between them.
    pub(crate) fn at(&self, path: &str) -> Self {
        let mut place = self.clone();
        for step in path.split('.') {
            if !place.path.is_empty() {
                place.path.push('.');
            }
            place.path.push_str(step);
            place.found = match place.found {
                Found::Value(Value::Object(object)) => {
                    object.get(step).filter(|value| !value.is_null()).map_or(Found::Absent, Found::Value)
                }
                Found::Value(other) => Found::Blocked(other),
                other => other,
            };
        }
        place
    }

    /// What it means if the property is not there.
    pub(crate) const fn absent(self, means: Means) -> Property<'a> {
        Property { place: self, absent: means }
    }

    /// The property as a list: what its absence means, and what an empty one does.
    pub(crate) const fn list(self, absent: Means, empty: Means) -> List<'a> {
        List { place: self, absent, empty }
    }

    /// Its text, to join by; `None` if it is absent or no text.
    pub(crate) fn text(&self) -> Option<&'a str> {
        self.value().and_then(Value::as_str)
    }

    /// Its value, whatever it is.
    pub(crate) const fn value(&self) -> Option<&'a Value> {
        match self.found {
            Found::Value(value) => Some(value),
            _ => None,
        }
    }

    /// Its elements, to join by; an error if it is no list. Absent counts as empty only if the caller says so.
    pub(crate) fn elements(&self, absent_is_empty: bool) -> Result<Vec<Self>, Blind> {
        match self.found {
            Found::Value(Value::Array(values)) => Ok(self.within(values).collect()),
            Found::Absent if absent_is_empty => Ok(Vec::new()),
            _ => Err(self.odd("a list")),
        }
    }

    /// The text of every element of a list, to join by.
    pub(crate) fn texts(&self, absent_is_empty: bool) -> Result<Vec<&'a str>, Blind> {
        self.elements(absent_is_empty)?
            .iter()
            .map(|element| element.text().ok_or_else(|| element.odd("text")))
            .collect()
    }

    /// What was compared here.
    pub(crate) fn witness(&self, operator: &str, expected: impl Into<String>) -> Witness {
        Witness {
            kind: self.kind.to_owned(),
            unit: self.unit.to_owned(),
            path: self.path.clone(),
            operator: operator.to_owned(),
            expected: expected.into(),
            actual: self.shown(),
        }
    }

    /// An answer about this place that was found by other means than a comparison.
    pub(crate) fn answer(&self, holds: bool, operator: &str, expected: impl Into<String>) -> Answer {
        Answer::of(if holds { Verdict::Holds } else { Verdict::Fails }, self.witness(operator, expected))
    }

    /// It has another shape than `wanted`.
    pub(crate) fn odd(&self, wanted: &str) -> Blind {
        Blind::new(
            format!(
                "{} of {} is not {wanted}",
                if self.path.is_empty() { "the answer" } else { &self.path },
                self.unit
            ),
            "look at the resource by hand: the answer of AWS has another shape than its documentation",
        )
    }

    fn within<'s>(&'s self, values: &'a [Value]) -> impl Iterator<Item = Self> + 's {
        values.iter().enumerate().map(|(index, value)| Self {
            path: format!("{}[{index}]", self.path),
            found: Found::Value(value),
            ..self.clone()
        })
    }

    fn shown(&self) -> String {
        match self.found {
            Found::Absent => "absent".to_owned(),
            Found::Value(Value::String(text)) | Found::Blocked(Value::String(text)) => shorten(text),
            Found::Value(value) | Found::Blocked(value) => shorten(&value.to_string()),
        }
    }
}

fn shorten(text: &str) -> String {
    let mut short: String = text.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    short
}

/// A property whose absence has a meaning.
pub(crate) struct Property<'a> {
    place: Place<'a>,
    absent: Means,
}

#[expect(
    clippy::wrong_self_convention,
    reason = "`is_*` reads as the sentence of the predicate, and uses the property up"
)]
impl Property<'_> {
    /// Compares: `holds` says `None` to a value of another type.
    pub(crate) fn meets(self, operator: &str, expected: &str, holds: impl FnOnce(&Value) -> Option<bool>) -> Answer {
        match self.place.found {
            Found::Absent => Answer::means(self.absent, self.place.witness(operator, expected)),
            Found::Blocked(_) => Answer::cannot_tell(self.place.odd("what its documentation says")),
            Found::Value(value) => match holds(value) {
                Some(holds) => self.place.answer(holds, operator, expected),
                None => Answer::cannot_tell(self.place.odd("of the type that its documentation says")),
            },
        }
    }

    pub(crate) fn is_one_of(self, wanted: &[&str]) -> Answer {
        self.meets("is one of", &wanted.join(", "), |value| value.as_str().map(|text| wanted.contains(&text)))
    }

    /// Upper and lower case are the same: what several APIs write in several ways.
    pub(crate) fn is(self, wanted: &str) -> Answer {
        self.meets("is", wanted, |value| value.as_str().map(|text| text.eq_ignore_ascii_case(wanted)))
    }

    pub(crate) fn is_true(self) -> Answer {
        self.meets("is", "true", boolean)
    }

    pub(crate) fn is_false(self) -> Answer {
        self.meets("is", "false", |value| boolean(value).map(|flag| !flag))
    }

    /// Whether it is there and not empty, whatever it is.
    pub(crate) fn is_set(self) -> Answer {
        self.meets("is", "set", |value| match value {
            Value::String(text) => Some(!text.is_empty()),
            Value::Array(list) => Some(!list.is_empty()),
            Value::Object(object) => Some(!object.is_empty()),
            _ => Some(true),
        })
    }

    pub(crate) fn at_least(self, least: f64) -> Answer {
        self.meets("is at least", &least.to_string(), |value| number(value).map(|n| n >= least))
    }

    pub(crate) fn at_most(self, most: f64) -> Answer {
        self.meets("is at most", &most.to_string(), |value| number(value).map(|n| n <= most))
    }

    pub(crate) fn more_than(self, least: f64) -> Answer {
        self.meets("is more than", &least.to_string(), |value| number(value).map(|n| n > least))
    }

    pub(crate) fn within(self, least: f64, most: f64) -> Answer {
        self.meets("is between", &format!("{least} and {most}"), |value| {
            number(value).map(|n| (least..=most).contains(&n))
        })
    }
}

/// A list whose absence and whose emptiness have a meaning.
pub(crate) struct List<'a> {
    place: Place<'a>,
    absent: Means,
    empty: Means,
}

impl<'a> List<'a> {
    /// Every element has to hold.
    pub(crate) fn every(self, judge: impl FnMut(Place<'a>) -> Answer) -> Answer {
        self.fold("has", "elements that all hold", judge, Answer::and)
    }

    /// One element has to hold.
    pub(crate) fn some(self, judge: impl FnMut(Place<'a>) -> Answer) -> Answer {
        self.fold("has", "an element that holds", judge, Answer::or)
    }

    fn fold(
        self,
        operator: &str,
        expected: &str,
        judge: impl FnMut(Place<'a>) -> Answer,
        merge: fn(Answer, Answer) -> Answer,
    ) -> Answer {
        match self.place.found {
            Found::Absent => Answer::means(self.absent, self.place.witness(operator, expected)),
            Found::Value(Value::Array(values)) => {
                let answers = self.place.within(values).map(judge).reduce(merge);
                answers.unwrap_or_else(|| Answer::means(self.empty, self.place.witness(operator, expected)))
            }
            _ => Answer::cannot_tell(self.place.odd("a list")),
        }
    }
}

/// Some APIs write booleans and numbers as text.
fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok().filter(|n: &f64| n.is_finite()),
        _ => None,
    }
}
