//! Reading a checklist file: all faults at once, each with its place in the text and what to do about it.
//! Syntax: <https://toml.io/en/v1.1.0>. Faults of syntax are told alone, as nothing behind them can be trusted.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use plimsoll_finding::Category;
use serde::{Deserialize, de::DeserializeOwned};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::{
    check::{self, Line},
    checklist::{CategoryFigures, Checklist},
    fault::{Fault, Table},
    item::Item,
};

type Value<'t> = Spanned<DeValue<'t>>;

impl Checklist {
    /// The text of the checklist that ships with Plimsoll (`checklist.toml`).
    pub const SHIPPED: &str = include_str!("../checklist.toml");

    /// The checklist that ships with Plimsoll: 100 lines.
    ///
    /// # Errors
    /// Never for a released version; a test holds it. An own checklist is read with [`Checklist::parse`].
    pub fn shipped() -> Result<Self, Vec<Fault>> {
        /// The document, as the build script read it. Its faults are found by the tests, with [`Checklist::parse`].
        const READ: &str = include_str!(concat!(env!("OUT_DIR"), "/checklist.json"));
        #[derive(Deserialize)]
        struct Document {
            categories: BTreeMap<Category, CategoryFigures>,
            item: Vec<Item>,
        }
        let unread = |error: serde_json::Error| vec![Fault::new(error.to_string(), None, "build this crate again")];
        let Document { categories, item } = serde_json::from_str(READ).map_err(unread)?;
        Ok(Self::new(categories, item))
    }

    /// The shipped lines as if one unit were enough for each: what holds of ages, refutations and aliases shows in them.
    ///
    /// # Errors
    /// As [`Checklist::parse`].
    #[cfg(any(test, feature = "testing"))]
    pub fn where_one_is_enough() -> Result<Self, Vec<Fault>> {
        Self::parse(&Self::SHIPPED.replace(", units = \"any\"", "").replace("met = \"", "units = \"any\", met = \""))
    }

    /// Reads a checklist file: `[categories.<name>]` for each of the five categories, and `[[item]]` for each line.
    ///
    /// # Errors
    /// All faults of the file, in the order of the text. Those of syntax are told alone.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let (document, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(errors
                .iter()
                .map(|e| Fault::new(e.message(), e.span(), "correct the TOML syntax here"))
                .collect());
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A checklist of five lines, one for each category, and what a test adds to it.
    fn document(more: &str) -> String {
        let figures =
            |c: Category| format!("[categories.{c}]\nlabel = \"{}\"\ndeclared = 50\ntarget = 90\n\n", c.label());
        let categories: String = Category::ALL.into_iter().map(figures).collect();
        let base = |(position, c)| item(&format!("BASE-0{position}"), &format!("category = \"{c}\"\nweight = 1\n"));
        categories + &Category::ALL.into_iter().enumerate().map(base).collect::<String>() + more
    }

    /// A line with these fields, and what they leave out.
    fn item(id: &str, fields: &str) -> String {
        let mut text = format!("[[item]]\nid = \"{id}\"\n{fields}");
        for (field, value) in [
            ("title", "\"A line\""),
            ("category", "\"cost\""),
            ("section", "\"missing\""),
            ("phase", "1"),
            ("priority", "\"optional\""),
            ("why", "\"It hurts.\""),
        ] {
            if !fields.contains(&format!("{field} = ")) {
                text = text + field + " = " + value + "\n";
            }
        }
        text + "\n"
    }

    /// Each fault with the text that its span covers.
    fn faults_of(text: &str) -> Vec<(String, String)> {
        let faults = Checklist::parse(text).unwrap_err();
        assert!(faults.iter().all(|f| !f.help.is_empty()));
        faults
            .into_iter()
            .map(|f| (f.message, f.span.map_or_else(String::new, |s| text.get(s).unwrap().to_owned())))
            .collect()
    }

    #[test]
    fn a_good_document_is_read_and_survives_a_round_trip() {
        let checklist = Checklist::parse(&document("")).unwrap();
        assert_eq!((checklist.items().len(), checklist.declared().current), (5, 50));
        let shipped = Checklist::shipped().unwrap();
        let again = toml::to_string(&shipped).unwrap();
        assert_eq!(Checklist::parse(&again).unwrap(), shipped);
    }

    #[test]
    fn what_the_build_read_is_the_document() {
        assert_eq!(Checklist::shipped().unwrap(), Checklist::parse(Checklist::SHIPPED).unwrap());
    }

    #[test]
    fn all_faults_are_told_at_once_each_with_its_place() {
        let more = [
            item("BASE-01", "weight = 1\n"),
            item("lower-1", "weight = 1\n"),
            item("AL-01", "weight = 0\nsame_as = [\"BASE-00\", \"NONE-99\"]\n"),
            item("AL-02", "weight = 2\nsame_as = [\"BASE-00\"]\n"),
            item("AL-03", "weight = 0\nsame_as = [\"AL-04\"]\n"),
            item("AL-04", "weight = 0\nsame_as = [\"AL-03\"]\n"),
            item("ZERO-01", "weight = 0\n"),
            item("WHY-01", "weight = 1\nwhy = \" \"\n"),
            item("PH-01", "weight = 1\nphase = 5\n"),
            item(
                "EV-01",
                "weight = 1\nevidence = [{ check = \"config:*\", met = \"observed\" }, { check = \"ecr:typo\", gap_from = \"low\" }]\n",
            ),
            item(
                "EV-02",
                "weight = 1\nevidence = [{ check = \"cost:budget\" }, { check = \"cost:budget\", met = \"observed\", max_age_days = 0 }]\n",
            ),
            item(
                "EV-03",
                "weight = 1\nevidence = [{ check = \"cost:anomaly\", gap_from = \"low\", max_age_days = 7 }]\n",
            ),
            item("RE-01", "weight = 1\nremedy = { runbook = \"a\", module = \"../up\" }\n"),
            item("RE-02", "weight = 1\nremedy = { runbook = \"waf\" }\n"),
            item("RE-03", "weight = 1\nremedy = { runbook = \"waf\", alternative = \"waf\", module = \"waf\" }\n"),
            item(
                "RE-04",
                "weight = 1\nattestation_days = 0\nremedy = { runbook = \"waf\", module = \"waf\", alternative = \"fw\" }\n",
            ),
            item("TYPE-01", "weight = \"heavy\"\n"),
            item("FIELD-01", "weight = 1\ncolour = \"red\"\n"),
            item("SEV-01", "weight = 1\nevidence = [{ check = \"cost:budget\", gap_from = \"dreadful\" }]\n"),
        ];
        let text = document(&more.concat());
        let faults = faults_of(&text);
        let expected = [
            ("BASE-01 is there twice", "\"BASE-01\""),
            ("lower-1: this is not the shape of an id", "\"lower-1\""),
            ("AL-01: same_as names NONE-99, which is no line", "\"NONE-99\""),
            ("AL-02: an alias would count twice", "2"),
            ("AL-03: same_as leads back to AL-03", "[\"AL-04\"]"),
            ("AL-04: same_as leads back to AL-04", "[\"AL-03\"]"),
            ("ZERO-01: a weight of 0 would never count", "0"),
            ("WHY-01: the reason is empty", "\" \""),
            ("PH-01: there is no such phase", "5"),
            ("EV-01: no finding carries the check `ecr:typo`", "\"ecr:typo\""),
            ("EV-02: the rule about `cost:budget` decides nothing", "{ check = \"cost:budget\" }"),
            ("EV-02: two rules about `cost:budget`", "\"cost:budget\""),
            ("EV-02: a proof from `cost:budget` would never hold", "0"),
            ("EV-03: the rule about `cost:anomaly` proves nothing that could grow old", "7"),
            ("RE-01: the remedy has a name that no file has", "{ runbook = \"a\", module = \"../up\" }"),
            ("RE-02: the remedy names a page and nothing that the page uses", "{ runbook = \"waf\" }"),
            (
                "RE-03: the remedy has an alternative to no other module",
                "{ runbook = \"waf\", alternative = \"waf\", module = \"waf\" }",
            ),
            ("RE-04: a word that holds for 0 days never holds", "0"),
            (
                "RE-04: the line takes a signature, and the remedy has no document to sign",
                "{ runbook = \"waf\", module = \"waf\", alternative = \"fw\" }",
            ),
            ("TYPE-01: invalid type: string \"heavy\", expected u32", "\"heavy\""),
        ];
        for (position, (message, place)) in expected.iter().enumerate() {
            assert_eq!(faults[position], ((*message).to_owned(), (*place).to_owned()));
        }
        assert_eq!(faults.len(), expected.len() + 2, "{faults:#?}");
        assert!(faults[20].0.starts_with("FIELD-01: unknown field `colour`") && faults[20].1 == "colour");
        assert!(faults[21].0.starts_with("SEV-01: unknown variant `dreadful`") && faults[21].1 == "\"dreadful\"");
    }

    #[test]
    fn categories_are_complete_known_and_in_range() {
        let text =
            document("").replace("[categories.cost]", "[categories.money]").replace("target = 90", "target = 101");
        let faults = faults_of(&text);
        let count = |part: &str| faults.iter().filter(|(message, _)| message.contains(part)).count();
        assert_eq!(count("target is 101 %"), 4);
        assert!(faults.iter().filter(|(m, _)| m.contains("101")).all(|(_, place)| place == "101"));
        assert_eq!((count("`cost` is missing"), count("`money` is not a category")), (1, 1));
        assert_eq!(faults.len(), 6);
        let negative = document("").replacen("declared = 50", "declared = -1", 1);
        assert_eq!(faults_of(&negative)[0].1, "-1");
    }

    #[test]
    fn a_category_that_no_line_counts_for_cannot_be_scored() {
        let text = document("").replace("category = \"performance\"", "category = \"cost\"");
        assert_eq!(faults_of(&text), [("no line counts for the category `performance`".to_owned(), String::new())]);
    }

    #[test]
    fn what_cannot_be_read_hides_no_line_that_others_name() {
        let more = item("BAD-01", "weight = true\n") + &item("AL-01", "weight = 0\nsame_as = [\"BAD-01\"]\n");
        let faults = faults_of(&document(&more));
        assert_eq!(faults.len(), 1, "{faults:#?}");
        assert!(faults[0].0.starts_with("BAD-01: "));
        let broken =
            document("").replace("category = \"performance\"\nweight = 1", "category = \"performance\"\nweight = 1.5");
        assert_eq!(faults_of(&broken).len(), 1, "its category may still have a line that counts");
    }

    #[test]
    fn odd_documents_give_faults_and_never_a_panic() {
        assert_eq!(faults_of("").len(), 10, "five categories are missing, and five have no line");
        assert!(faults_of("item = 7\ncategories = []\nextra = 1\n").len() >= 3);
        assert!(faults_of(&document("[[item]]\n"))[0].0.starts_with("a line without id: missing field"));
        let syntax = faults_of("[[item]\nid = \n= 3\n");
        assert!(!syntax.is_empty() && syntax.iter().all(|(message, _)| !message.contains("category")), "{syntax:?}");
        let shipped = Checklist::SHIPPED;
        for cut in (0..shipped.len()).step_by(997) {
            let Some(part) = shipped.get(..cut) else { continue };
            // A cut between two fields of the last line leaves a shorter checklist that is valid.
            for fault in Checklist::parse(part).err().unwrap_or_default() {
                assert!(fault.span.is_none_or(|s| s.start <= s.end && s.end <= cut), "cut at {cut}");
            }
        }
    }
}
