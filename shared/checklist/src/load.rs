//! Reading a checklist file: all faults at once, each with its place in the text and what to do about it.
//! Syntax: <https://toml.io/en/v1.1.0>. Faults of syntax are told alone, as nothing behind them can be trusted.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use plimsoll_finding::Category;
use serde::de::DeserializeOwned;
use serde::Serialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::check::{self, Line};
use crate::{CategoryFigures, Checklist, Item};

/// Something that is wrong with a checklist file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What is wrong, with the line of the checklist that it is about.
    pub message: String,
    /// Where, in bytes of the text; `None` if it is nowhere in particular.
    pub span: Option<Range<usize>>,
    /// What to do.
    pub help: String,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>, span: Option<Range<usize>>, help: impl Into<String>) -> Self {
        Self { message: message.into(), span, help: help.into() }
    }
}

/// A TOML table as it was read: the values with their places.
pub(crate) type Table<'t> = DeTable<'t>;
type Value<'t> = Spanned<DeValue<'t>>;

impl Checklist {
    /// Reads a checklist file: `[categories.<name>]` for each of the five categories, and `[[item]]` for each line.
    ///
    /// # Errors
    /// All faults of the file, in the order of the text. Those of syntax are told alone.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let (document, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(errors.iter().map(|e| Fault::new(e.message(), e.span(), "correct the TOML syntax here")).collect());
        }
        let mut faults = Vec::new();
        let mut categories = BTreeMap::new();
        let mut lines = Vec::new();
        let mut items = 0_usize;
        let mut ids = BTreeSet::new();
        for (key, value) in document.get_ref() {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("categories", DeValue::Table(table)) => categories = read_categories(table, value.span(), &mut faults),
                ("item", DeValue::Array(array)) => {
                    items = array.len();
                    ids = array.iter().filter_map(|v| text_at(v.get_ref().as_table()?, "id")).collect();
                    lines = array.iter().filter_map(|value| read_item(value, &mut faults)).collect();
                }
                ("categories" | "item", _) => {
                    let help = "write `[categories.<name>]` tables and `[[item]]` tables";
                    faults.push(Fault::new(format!("`{}` has another shape", key.get_ref()), Some(value.span()), help));
                }
                (other, _) => {
                    let help = "a checklist has `[categories.<name>]` and `[[item]]`, and nothing else";
                    faults.push(Fault::new(format!("`{other}` is not part of a checklist"), Some(key.span()), help));
                }
            }
        }
        if !document.get_ref().contains_key("categories") {
            read_categories(&DeTable::new(), 0..0, &mut faults);
        }
        check::lines(&lines, &ids, &mut faults);
        // A line that could not be read may have been the one that carries its category.
        if lines.len() == items {
            check::weights(&lines, &mut faults);
        }
        if faults.is_empty() {
            return Ok(Self::new(categories, lines.into_iter().map(|line| line.item).collect()));
        }
        faults.sort_by_key(|fault| fault.span.as_ref().map_or((usize::MAX, usize::MAX), |s| (s.start, s.end)));
        Err(faults)
    }
}

fn read_categories(
    table: &Table<'_>,
    span: Range<usize>,
    faults: &mut Vec<Fault>,
) -> BTreeMap<Category, CategoryFigures> {
    let mut categories = BTreeMap::new();
    for category in Category::ALL {
        let name = category.name();
        let Some(value) = table.get(name) else {
            let help = format!("add `[categories.{name}]` with label, declared and target");
            faults.push(Fault::new(format!("the category `{name}` is missing"), Some(span.clone()), help));
            continue;
        };
        if let Some(figures) = read::<CategoryFigures>(value, name, faults) {
            check::figures(category, &figures, value.get_ref().as_table(), faults);
            categories.insert(category, figures);
        }
    }
    for (key, _) in table {
        if !Category::ALL.iter().any(|c| c.name() == key.get_ref().as_ref()) {
            let help = format!("the categories are {}", Category::ALL.map(Category::name).join(", "));
            faults.push(Fault::new(format!("`{}` is not a category", key.get_ref()), Some(key.span()), help));
        }
    }
    categories
}

fn read_item<'v, 't>(value: &'v Value<'t>, faults: &mut Vec<Fault>) -> Option<Line<'v, 't>> {
    let table = value.get_ref().as_table();
    let id = table.and_then(|t| text_at(t, "id")).unwrap_or("a line without id");
    let item = read::<Item>(value, id, faults)?;
    Some(Line { item, table: table?, span: value.span() })
}

fn read<T: DeserializeOwned>(value: &Value<'_>, name: &str, faults: &mut Vec<Fault>) -> Option<T> {
    match T::deserialize(ValueDeserializer::from(value.clone())) {
        Ok(read) => Some(read),
        Err(error) => {
            let help = "see the fields of a line in the description of the checklist file";
            let span = error.span().or_else(|| Some(value.span()));
            faults.push(Fault::new(format!("{name}: {}", error.message().trim()), span, help));
            None
        }
    }
}

fn text_at<'v>(table: &'v Table<'_>, key: &str) -> Option<&'v str> {
    table.get(key)?.get_ref().as_str()
}
