//! What makes a checklist that can be read a good one.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use plimsoll_finding::Category;
use toml::de::DeValue;

use crate::{
    checklist::CategoryFigures,
    evidence::{CHECKS, is_known_check},
    fault::{Fault, Table},
    item::{Item, Remedy},
};

/// A line, and where it and its fields stand in the text.
pub(crate) struct Line<'v, 't> {
    pub(crate) item: Item,
    pub(crate) table: &'v Table<'t>,
    pub(crate) span: Range<usize>,
}

impl Line<'_, '_> {
    /// The place of a field, else of the line.
    fn at(&self, field: &str) -> Option<Range<usize>> {
        self.table.get(field).map_or_else(|| Some(self.span.clone()), |value| Some(value.span()))
    }

    /// The place of one value of a list, and of a field in it, as far as they are there.
    fn within(&self, field: &str, position: usize, inner: &str) -> Option<Range<usize>> {
        let Some(value) = self.table.get(field).and_then(|v| v.get_ref().as_array()?.get(position)) else {
            return self.at(field);
        };
        let inner = value.get_ref().as_table().and_then(|table| table.get(inner));
        Some(inner.map_or_else(|| value.span(), toml::Spanned::<DeValue<'_>>::span))
    }
}

/// Checks each line by itself and all together. `ids` are those of all lines, also of the ones that cannot be read.
pub(crate) fn lines(lines: &[Line<'_, '_>], ids: &BTreeSet<&str>, faults: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for line in lines {
        let id = line.item.id.as_str();
        if !seen.insert(id) {
            let help = "give each line its own id; an id is never used again";
            faults.push(Fault::new(format!("{id} is there twice"), line.at("id"), help));
        }
        fields(line, faults);
        rules(line, faults);
        for (position, other) in line.item.same_as.iter().enumerate() {
            let place = line.within("same_as", position, "");
            if !ids.contains(other.as_str()) {
                let help = "name the id of a line of this checklist";
                faults.push(Fault::new(format!("{id}: same_as names {other}, which is no line"), place, help));
            }
        }
    }
    cycles(lines, faults);
}

fn fields(line: &Line<'_, '_>, faults: &mut Vec<Fault>) {
    let item = &line.item;
    let id = item.id.as_str();
    let mut fault = |field: &str, message: &str, help: &str| {
        faults.push(Fault::new(format!("{id}: {message}"), line.at(field), help));
    };
    if !is_line_id(id) {
        fault("id", "this is not the shape of an id", "write capital letters, a hyphen and two digits, such as SEC-02");
    }
    if item.title.trim().is_empty() {
        fault("title", "the title is empty", "say what the line asks for");
    }
    if item.why.trim().is_empty() {
        fault("why", "the reason is empty", "say in one sentence what goes wrong without it");
    }
    if !(1..=4).contains(&item.phase) {
        fault("phase", "there is no such phase", "write 1, 2, 3 or 4");
    }
    match (item.weight, item.is_alias()) {
        (0, false) => fault("weight", "a weight of 0 would never count", "write 1 or more, or name lines in same_as"),
        (1.., true) => fault("weight", "an alias would count twice", "write weight = 0, or leave out same_as"),
        _ => {}
    }
    if item.attestation_days == Some(0) {
        fault("attestation_days", "a word that holds for 0 days never holds", "write 1 or more, or leave it out");
    }
    if item.controls.iter().any(|control| control.trim().is_empty()) {
        fault("controls", "a control without a name", "write its id, such as ECR.1, or leave it out");
    }
    if let Some(remedy) = &item.remedy {
        remedy_faults(remedy, item.attestation_days.is_some(), &mut |message, help| fault("remedy", message, help));
    }
}

/// The files that a remedy names are looked for by a test of the repository, since this crate reads no files.
fn remedy_faults(remedy: &Remedy, signed: bool, fault: &mut dyn FnMut(&str, &str)) {
    let parts = [&remedy.module, &remedy.alternative, &remedy.example, &remedy.workflow, &remedy.template];
    if parts.iter().all(|part| part.is_none()) {
        fault("the remedy names a page and nothing that the page uses", "add a module, example, workflow or template");
    }
    if !parts.into_iter().flatten().chain([&remedy.runbook]).all(|name| is_file_name(name)) {
        fault("the remedy has a name that no file has", "write small letters, digits and hyphens, without an ending");
    }
    if remedy.alternative.is_some() && (remedy.module.is_none() || remedy.alternative == remedy.module) {
        fault("the remedy has an alternative to no other module", "name the first choice as module");
    }
    if signed && remedy.template.is_none() {
        fault("the line takes a signature, and the remedy has no document to sign", "add a template");
    }
}

fn rules(line: &Line<'_, '_>, faults: &mut Vec<Fault>) {
    let id = line.item.id.as_str();
    let mut seen = BTreeSet::new();
    for (position, rule) in line.item.evidence.iter().enumerate() {
        let check = rule.check.as_str();
        let mut fault = |field: &str, message: String, help: &str| {
            faults.push(Fault::new(format!("{id}: {message}"), line.within("evidence", position, field), help));
        };
        if !is_known_check(check) {
            let help = format!("known are {}, and config:<RULE_IDENTIFIER>", CHECKS.join(", "));
            fault("check", format!("no finding carries the check `{check}`"), &help);
        }
        if !seen.insert(check) {
            fault("check", format!("two rules about `{check}`"), "say in one rule what proves and what refutes");
        }
        if rule.met.is_none() && rule.gap_from.is_none() {
            fault("", format!("the rule about `{check}` decides nothing"), "add met, gap_from or both");
        }
        if rule.max_age_days.is_some() && rule.met.is_none() {
            let help = "an open statement never grows too old: leave out max_age_days, or add met";
            fault("max_age_days", format!("the rule about `{check}` proves nothing that could grow old"), help);
        }
        if rule.max_age_days == Some(0) {
            fault(
                "max_age_days",
                format!("a proof from `{check}` would never hold"),
                "write 1 or more, or leave it out",
            );
        }
    }
}

/// Each line that names itself by way of others is told once.
fn cycles(lines: &[Line<'_, '_>], faults: &mut Vec<Fault>) {
    let names: BTreeMap<&str, &[String]> =
        lines.iter().map(|line| (line.item.id.as_str(), line.item.same_as.as_slice())).collect();
    for line in lines {
        let id = line.item.id.as_str();
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut next: Vec<&str> = line.item.same_as.iter().map(String::as_str).collect();
        while let Some(other) = next.pop() {
            if reached.insert(other) {
                next.extend(names.get(other).into_iter().copied().flatten().map(String::as_str));
            }
        }
        if reached.contains(id) {
            let help = "an alias leads to lines with evidence of their own, never back to itself";
            faults.push(Fault::new(format!("{id}: same_as leads back to {id}"), line.at("same_as"), help));
        }
    }
}

/// Each category needs a line that counts, or it could never be scored.
pub(crate) fn weights(lines: &[Line<'_, '_>], faults: &mut Vec<Fault>) {
    for category in Category::ALL {
        if !lines.iter().any(|line| line.item.category == category && line.item.weight > 0) {
            let help = format!("add a line with category = \"{category}\" and a weight");
            faults.push(Fault::new(format!("no line counts for the category `{category}`"), None, help));
        }
    }
}

/// Percentages and the label of one category.
pub(crate) fn figures(
    category: Category,
    figures: &CategoryFigures,
    table: Option<&Table<'_>>,
    faults: &mut Vec<Fault>,
) {
    let place = |field: &str| table.and_then(|t| t.get(field)).map(toml::Spanned::span);
    for (field, percent) in [("declared", figures.declared), ("target", figures.target)] {
        if percent > 100 {
            let message = format!("{category}: {field} is {percent} %");
            faults.push(Fault::new(message, place(field), "write a whole percentage from 0 to 100"));
        }
    }
    if figures.label.trim().is_empty() {
        let message = format!("{category}: the label is empty");
        faults.push(Fault::new(message, place("label"), "write the word that people read"));
    }
}

/// Whether this is the shape of a line's id: two to eight capital letters, a hyphen, two digits.
#[must_use]
pub fn is_line_id(id: &str) -> bool {
    id.split_once('-').is_some_and(|(letters, digits)| {
        (2..=8).contains(&letters.len())
            && letters.bytes().all(|b| b.is_ascii_uppercase())
            && digits.len() == 2
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

fn is_file_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
