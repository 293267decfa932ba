//! The shape of the configuration: which keys there are, and what may stand behind each. Every fault at once, by the same
//! schema that editors use, so that reading one fault never hides the next.

use std::ops::Range;

use schemars::schema_for;
use serde_json::Value as Schema;
use toml::{
    Spanned, Value,
    de::{DeTable, DeValue},
};

use crate::{
    config::{Config, SECRET_BY_ANOTHER_KEY, SECRET_IN_THE_FILE},
    fault::ConfigFault,
};

/// What the schema says of a file.
pub(crate) struct Shape {
    /// Every fault, in the order of the file.
    pub(crate) faults: Vec<ConfigFault>,
    /// What is left without the faulty values.
    pub(crate) rest: toml::Table,
    /// Keys that were probably meant where an unknown one stands: `channels.slack.token`.
    pub(crate) meant: Vec<String>,
}

/// Compares a file with the schema.
pub(crate) fn shape(tree: &DeTable<'_>) -> Shape {
    let root = serde_json::to_value(schema_for!(Config)).unwrap_or_default();
    let mut walk = Walk { root: &root, faults: Vec::new(), meant: Vec::new() };
    let rest = walk.table(tree, &root, "", &(0..0)).unwrap_or_default();
    let Walk { mut faults, meant, .. } = walk;
    faults.sort_by_key(|fault| fault.span.as_ref().map_or(usize::MAX, |span| span.start));
    Shape { faults, rest, meant }
}

/// The name that was probably meant: the nearest, if it is near.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let like = |other: &str| strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
    known
        .map(|other| (like(other), other))
        .filter(|(like, _)| *like > 0.82)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|it| it.1)
}

/// `did you mean ...`, or what is known.
pub(crate) fn did_you_mean(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if known.is_empty() => "nothing of that kind is there".to_owned(),
        None => format!("known are: {}", known.join(", ")),
    }
}

/// A schema that everything matches.
static ANYTHING: Schema = Schema::Null;

struct Walk<'a> {
    root: &'a Schema,
    faults: Vec<ConfigFault>,
    meant: Vec<String>,
}

impl<'a> Walk<'a> {
    /// The schema behind references and behind "or nothing".
    fn resolve(&self, schema: &'a Schema) -> (&'a Schema, &'a str) {
        let (mut schema, mut name) = (schema, "");
        for _ in 0..8 {
            if let Some(reference) = schema.get("$ref").and_then(Schema::as_str) {
                name = reference.rsplit('/').next().unwrap_or_default();
                let Some(found) = self.root.pointer(reference.trim_start_matches('#')) else { break };
                schema = found;
                continue;
            }
            let variants = schema.get("anyOf").and_then(Schema::as_array);
            let is_null = |it: &&Schema| it.get("type").and_then(Schema::as_str) == Some("null");
            match variants.and_then(|all| all.iter().find(|it| !is_null(it))) {
                Some(found) => schema = found,
                None => break,
            }
        }
        (schema, name)
    }

    fn stand_in(&self, schema: &'a Schema) -> Option<Value> {
        let (schema, _) = self.resolve(schema);
        match (constants(schema), types(schema).as_slice()) {
            (None, ["string"]) => Some(Value::String("?".to_owned())),
            (None, ["array"]) => Some(Value::Array(Vec::new())),
            _ => None,
        }
    }

    /// The value without what is faulty in it; `None` if nothing is left.
    fn value(&mut self, value: &Spanned<DeValue<'_>>, schema: &'a Schema, path: &str) -> Option<Value> {
        let (schema, name) = self.resolve(schema);
        if name == "SecretReference" {
            return self.secret(value, path);
        }
        if let Some(names) = constants(schema) {
            return self.one_of(value, &names, path);
        }
        let types = types(schema);
        let is = |kind: &str| types.is_empty() || types.contains(&kind);
        match value.get_ref() {
            DeValue::Table(table) if is("object") => self.table(table, schema, path, &value.span()).map(Value::Table),
            DeValue::Array(items) if is("array") => {
                let of = schema.get("items").unwrap_or(&ANYTHING);
                let mut kept = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    kept.extend(self.value(item, of, &join(path, &index.to_string())));
                }
                Some(Value::Array(kept))
            }
            DeValue::Integer(number) if is("integer") || is("number") => {
                let read = i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok();
                let limit = |name: &str| schema.get(name).and_then(Schema::as_i64);
                let fits = |it: i64| {
                    limit("minimum").is_none_or(|least| least <= it) && limit("maximum").is_none_or(|most| it <= most)
                };
                if let Some(number) = read.filter(|it| fits(*it)) {
                    return Some(Value::Integer(number));
                }
                let least = limit("minimum").map_or_else(String::new, |least| format!(" from {least}"));
                let most = limit("maximum").map_or_else(String::new, |most| format!(" to {most}"));
                let is_target = path.split('.').any(|step| step == "targets");
                let most = if is_target { " to 100".to_owned() } else { most };
                self.push(
                    format!("`{path}` is out of range"),
                    value.span(),
                    format!("write a whole number{least}{most}"),
                );
                None
            }
            DeValue::String(text) if is("string") => Some(Value::String(text.to_string())),
            DeValue::Boolean(value) if is("boolean") => Some(Value::Boolean(*value)),
            other => {
                let message = format!("`{path}` is {}", kind(other));
                self.push(message, value.span(), format!("write {}", wanted(&types)));
                None
            }
        }
    }

    fn table(
        &mut self,
        table: &DeTable<'_>,
        schema: &'a Schema,
        path: &str,
        span: &Range<usize>,
    ) -> Option<toml::Table> {
        let properties = schema.get("properties").and_then(Schema::as_object);
        let known: Vec<&str> = properties.into_iter().flat_map(|all| all.keys().map(String::as_str)).collect();
        let others = schema.get("additionalProperties").filter(|others| others.is_object());
        let mut kept = toml::Table::new();
        let mut unknown = Vec::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let below = join(path, name);
            let is_category = path == "targets" || path.ends_with(".targets");
            if is_category && !plimsoll_finding::Category::ALL.iter().any(|it| it.name() == name) {
                let names = plimsoll_finding::Category::ALL.map(plimsoll_finding::Category::name);
                self.push(format!("`{name}` is no category"), key.span(), did_you_mean(name, &names));
                continue;
            }
            if let Some(schema) = properties.and_then(|all| all.get(name)).or(others) {
                if let Some(value) = self.value(value, schema, &below) {
                    kept.insert(name.to_owned(), value);
                }
            } else {
                unknown.extend(nearest(name, known.iter().copied()));
                let place = if path.is_empty() { "the file".to_owned() } else { format!("`{path}`") };
                self.push(format!("`{name}` is no key of {place}"), key.span(), did_you_mean(name, &known));
            }
        }
        self.meant.extend(unknown.iter().map(|name| join(path, name)));
        let required = schema.get("required").and_then(Schema::as_array).into_iter().flatten();
        let mut whole = true;
        for name in required.filter_map(Schema::as_str) {
            let is_there = table.iter().any(|(key, _)| key.get_ref().as_ref() == name);
            if !is_there && !unknown.contains(&name) {
                self.push(format!("`{path}` has no `{name}`"), span.clone(), format!("add `{name} = ...`"));
            }
            // So that what stands beside it is looked at as well. What decides how the rest is read has none.
            if !kept.contains_key(name) {
                let stand_in = properties.and_then(|all| all.get(name)).and_then(|schema| self.stand_in(schema));
                whole &= stand_in.is_some();
                kept.extend(stand_in.map(|value| (name.to_owned(), value)));
            }
        }
        whole.then_some(kept)
    }

    fn one_of(&mut self, value: &Spanned<DeValue<'_>>, names: &[&str], path: &str) -> Option<Value> {
        match value.get_ref() {
            DeValue::String(text) if names.contains(&text.as_ref()) => Some(Value::String(text.to_string())),
            DeValue::String(text) => {
                let message = format!("`{path}` cannot be `{}`", plimsoll_finding::clean_line(text));
                self.push(message, value.span(), did_you_mean(text, names));
                // So that the rest is judged as what was probably meant.
                nearest(text, names.iter().copied()).map(|meant| Value::String(meant.to_owned()))
            }
            other => {
                let message = format!("`{path}` is {}", kind(other));
                self.push(message, value.span(), format!("write one of {}", names.join(", ")));
                None
            }
        }
    }

    /// A secret is named, never written; what is wrong may be the secret, so nobody repeats it.
    fn secret(&mut self, value: &Spanned<DeValue<'_>>, path: &str) -> Option<Value> {
        if let DeValue::Table(table) = value.get_ref()
            && let [(key, inner)] = table.iter().collect::<Vec<_>>().as_slice()
            && ["arn", "env"].contains(&key.get_ref().as_ref())
            && let DeValue::String(text) = inner.get_ref()
        {
            let mut kept = toml::Table::new();
            kept.insert(key.get_ref().to_string(), Value::String(text.to_string()));
            return Some(Value::Table(kept));
        }
        let message = match value.get_ref() {
            DeValue::Table(_) => format!("`{path}`: a secret is named wrongly: {SECRET_BY_ANOTHER_KEY}"),
            _ => format!("`{path}`: a secret stands in the file itself"),
        };
        let help = SECRET_IN_THE_FILE.to_owned();
        self.faults.push(ConfigFault { message, span: Some(value.span()), help, is_secret: true });
        None
    }

    fn push(&mut self, message: String, span: Range<usize>, help: String) {
        self.faults.push(ConfigFault { message, span: Some(span), help, is_secret: false });
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The words of an enumeration.
fn constants(schema: &Schema) -> Option<Vec<&str>> {
    let variants = schema.get("oneOf").and_then(Schema::as_array);
    let by_variant = variants.and_then(|all| all.iter().map(|it| it.get("const").and_then(Schema::as_str)).collect());
    let listed = || schema.get("enum").and_then(Schema::as_array)?.iter().map(Schema::as_str).collect();
    by_variant.or_else(listed)
}

fn types(schema: &Schema) -> Vec<&str> {
    match schema.get("type") {
        Some(Schema::String(one)) => vec![one.as_str()],
        Some(Schema::Array(many)) => many.iter().filter_map(Schema::as_str).filter(|it| *it != "null").collect(),
        _ => Vec::new(),
    }
}

const fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn wanted(types: &[&str]) -> String {
    let words: Vec<&str> = types
        .iter()
        .map(|kind| match *kind {
            "string" => "text in quotes",
            "integer" => "a whole number",
            "number" => "a number",
            "boolean" => "true or false",
            "array" => "a list: [\"...\"]",
            "object" => "a table: { ... }",
            other => other,
        })
        .collect();
    words.join(" or ")
}
