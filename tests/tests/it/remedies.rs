//! The checklist, its pages and the files that they use belong together: `shared/checklist/checklist.toml`,
//! `docs/runbooks/remediation/`, `docs/templates/`, `infra/remediation/`, `.github/workflows/`.
//!
//! The index and the table at the head of each page are generated: `INSTA_UPDATE=always` writes them.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use plimsoll_checklist::{Checklist, Item, Remedy};

const PAGES: &str = "docs/runbooks/remediation";
const PARTS: [&str; 6] = ["the state", "Close the gap", "Verify", "Time and cost", "Undo", "ask"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn names(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn remedy(item: &Item) -> &Remedy {
    item.remedy.as_ref().unwrap_or_else(|| panic!("{} has no remedy", item.id))
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == extension)
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// What a remedy uses, as links from a page: `module [waf](../../../infra/remediation/waf)`.
fn links(remedy: &Remedy) -> String {
    let link = |(field, path): &(&str, String)| {
        let name = path.rsplit('/').next().unwrap_or(path).split('.').next().unwrap_or(path);
        let field = if *field == "alternative" { "or module" } else { field };
        let path = path.strip_prefix("docs/").map_or_else(|| format!("../../../{path}"), |p| format!("../../{p}"));
        format!("{field} [{name}]({path})")
    };
    remedy.uses().iter().map(link).collect::<Vec<_>>().join(", ")
}

/// The table of `text` that begins with `head` is `rows`; with `INSTA_UPDATE=always` it becomes so.
fn hold_table(path: &str, head: &str, rows: &str, faults: &mut Vec<String>) {
    let text = read(path);
    let Some((before, rest)) = text.split_once(head) else {
        faults.push(format!("{path}: a table begins with\n{head}"));
        return;
    };
    let after = rest.trim_start_matches(|c| c != '\n').lines().skip_while(|l| l.is_empty() || l.starts_with('|'));
    let after = after.fold(String::new(), |text, line| format!("{text}\n{line}"));
    let after = if after.is_empty() { String::new() } else { after + "\n" };
    let wanted = format!("{before}{head}{rows}{after}");
    if wanted == text {
        return;
    }
    if env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(root().join(path), wanted).unwrap();
    } else {
        faults.push(format!("{path}: run with INSTA_UPDATE=always; the table should be\n{head}{rows}"));
    }
}

#[test]
fn every_line_has_a_remedy_and_every_remedy_names_what_exists() {
    let checklist = Checklist::shipped().unwrap();
    let mut faults = Vec::new();
    for item in checklist.items() {
        let Some(remedy) = &item.remedy else {
            faults.push(format!("{} has no remedy", item.id));
            continue;
        };
        for path in remedy.uses().into_iter().map(|(_, path)| path).chain([remedy.page()]) {
            if !root().join(&path).exists() {
                faults.push(format!("{}: its remedy names {path}, which does not exist", item.id));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn every_module_and_every_page_closes_a_line() {
    let checklist = Checklist::shipped().unwrap();
    let used: BTreeSet<String> = checklist.items().iter().flat_map(|item| remedy(item).uses()).map(|u| u.1).collect();
    let pages: BTreeSet<String> = checklist.items().iter().map(|item| remedy(item).page()).collect();
    let modules = names("infra/remediation").into_iter().filter(|name| !name.contains('.'));
    let idle = modules.map(|name| format!("infra/remediation/{name}")).filter(|path| !used.contains(path));
    let stray = names(PAGES).into_iter().filter(|name| name != "README.md").map(|name| format!("{PAGES}/{name}"));
    let stray = stray.filter(|page| !pages.contains(page));
    assert_none(&idle.chain(stray).map(|path| format!("{path} closes no line")).collect::<Vec<_>>());
}

#[test]
fn the_index_has_a_row_for_each_line_and_each_page_begins_with_its_own() {
    let checklist = Checklist::shipped().unwrap();
    let mut faults = Vec::new();
    let mut index = String::new();
    let mut pages: BTreeMap<&str, String> = BTreeMap::new();
    for item in checklist.items() {
        let (Item { id, title, .. }, remedy) = (item, remedy(item));
        let (page, uses) = (&remedy.runbook, links(remedy));
        writeln!(index, "| {id} | {title} | [{page}]({page}.md) | {uses} |").unwrap();
        writeln!(pages.entry(page).or_default(), "| {id} | {title} | {uses} |").unwrap();
    }
    let head = "| line | what it asks for | page | use |\n|---|---|---|---|\n";
    hold_table(&format!("{PAGES}/README.md"), head, &index, &mut faults);
    for (page, rows) in pages {
        let head = "| line | what it asks for | use |\n|---|---|---|\n";
        hold_table(&format!("{PAGES}/{page}.md"), head, &rows, &mut faults);
    }
    assert_none(&faults);
}

#[test]
fn each_page_says_how_to_see_the_state_close_the_gap_verify_and_undo() {
    let mut faults = Vec::new();
    for page in names(PAGES).into_iter().filter(|name| name != "README.md") {
        let text = read(&format!("{PAGES}/{page}"));
        let mut parts: BTreeMap<&str, String> = BTreeMap::new();
        for part in text.split("\n## ").skip(1) {
            let (title, body) = part.split_once('\n').unwrap_or((part, ""));
            if let Some(known) = PARTS.iter().find(|known| title.ends_with(*known) || title.ends_with("asks")) {
                let known = if title.contains("ask") { "ask" } else { known };
                parts.insert(known, body.trim().to_owned());
            }
        }
        for part in PARTS {
            if parts.get(part).is_none_or(|body| body.len() < 10) {
                faults.push(format!("{page}: says nothing under `{part}`"));
            }
        }
        let state = parts.get("the state").cloned().unwrap_or_default();
        let command = state.split("```").nth(1).and_then(|block| block.strip_prefix("sh\n")).unwrap_or_default();
        if !command.starts_with("aws ") || command.matches("aws ").count() != 1 || !state.contains("\nGood: ") {
            faults.push(format!("{page}: one AWS CLI command shows the state, and `Good:` says what to look for"));
        }
        let cost = parts.get("Time and cost").cloned().unwrap_or_default();
        if !cost.contains("- Time: ") || !cost.contains("- Cost: ") {
            faults.push(format!("{page}: says how long it takes (`- Time:`) and what it costs (`- Cost:`)"));
        }
    }
    assert_none(&faults);
}

/// The Terraform text of a folder.
fn terraform(folder: &str) -> String {
    let files = names(folder).into_iter().filter(|name| has_extension(name, "tf"));
    files.fold(String::from("\n"), |text, file| text + &read(&format!("{folder}/{file}")) + "\n")
}

/// Variables of a folder: name, and whether it must be given.
fn variables(folder: &str) -> BTreeMap<String, bool> {
    let text = terraform(folder);
    let blocks = text.split("\nvariable \"").skip(1).filter_map(|block| block.split("\n}").next()?.split_once('"'));
    let must = |body: &str| !body.lines().any(|line| line.starts_with("  default "));
    blocks.map(|(name, body)| (name.to_owned(), must(body))).collect()
}

#[test]
fn the_terraform_of_a_page_gives_a_module_what_it_takes() {
    let mut faults = Vec::new();
    let mut calls = 0;
    for page in names(PAGES) {
        let text = read(&format!("{PAGES}/{page}")).replace("\n   ", "\n");
        for block in text.split("source = \"../../infra/remediation/").skip(1) {
            let body = block.split("\n}").next().unwrap_or_default();
            let (module, body) = body.split_once('"').unwrap_or((body, ""));
            let known = variables(&format!("infra/remediation/{module}"));
            let field = |line: &str| {
                let line = line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?;
                Some(line.split_once(" =")?.0.trim().to_owned())
            };
            let given: BTreeSet<String> = body.lines().filter_map(field).collect();
            let strange = given.iter().filter(|name| !known.contains_key(*name));
            faults.extend(strange.map(|name| format!("{page}: the module {module} has no input `{name}`")));
            let missing = known.iter().filter(|(name, needed)| **needed && !given.contains(*name));
            faults.extend(missing.map(|(name, _)| format!("{page}: the module {module} needs `{name}`")));
            calls += 1;
        }
    }
    assert_none(&faults);
    assert!(calls >= 20, "only {calls} calls of modules were found; have the pages changed their form?");
}

/// Words in code spans that have the shape of an input or of a run.
fn identifiers(cell: &str) -> impl Iterator<Item = &str> {
    let shaped = |word: &&str| word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    cell.split('`').skip(1).step_by(2).filter(shaped)
}

/// The folder or file of the first link of a cell, from the root.
fn target(cell: &str) -> Option<String> {
    Some(cell.split_once("](../")?.1.split_once(')')?.0.to_owned())
}

#[test]
fn the_coverage_of_the_source_names_inputs_runs_and_lines_that_exist() {
    let text = read("docs/source-coverage.md");
    let checklist = Checklist::shipped().unwrap();
    let mut faults = Vec::new();
    for topic in 1..=12 {
        if !text.contains(&format!("\n## {topic}. ")) {
            faults.push(format!("the source's topic {topic} has no table"));
        }
    }
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| named in the source"));
    let mut covered: BTreeSet<&str> = BTreeSet::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, place, inputs, lines, test, _] = cells.as_slice() else {
            faults.push(format!("six cells in: {row}"));
            continue;
        };
        if cells.iter().any(|cell| cell.is_empty() || *cell == "-" || *cell == "–") {
            faults.push(format!("an empty cell in: {row}"));
        }
        covered.extend(lines.split(", "));
        faults.extend(lines.split(", ").filter(|id| checklist.item(id).is_none()).map(|id| format!("{id} in: {row}")));
        let place = target(place).filter(|path| path.starts_with("infra/") || path.starts_with(".github/"));
        let Some(place) = place else { continue };
        let text = if has_extension(&place, "yml") { read(&place) } else { terraform(&place) };
        let is_input = |name: &&str| {
            ["\nvariable \"NAME\"", "    NAME ", "\n      NAME:", "\n  NAME "]
                .iter()
                .any(|form| text.contains(&form.replace("NAME", name)))
        };
        faults
            .extend(identifiers(inputs).filter(|i| !is_input(i)).map(|i| format!("{place} has no input `{i}`: {row}")));
        let folder = target(test).unwrap_or(place);
        for run in identifiers(test) {
            let tests = format!("{folder}/tests");
            // A folder beside them is a root that a run plans.
            let mut files = names(&tests).into_iter().filter(|name| has_extension(name, "hcl"));
            if !files.any(|file| read(&format!("{tests}/{file}")).contains(&format!("run \"{run}\""))) {
                faults.push(format!("{tests} has no run `{run}`: {row}"));
            }
        }
    }
    let left: Vec<&str> = checklist.items().iter().map(|i| i.id.as_str()).filter(|id| !covered.contains(id)).collect();
    if !left.is_empty() {
        faults.push(format!("no row closes {}", left.join(", ")));
    }
    assert_none(&faults);
}

/// Markdown files in and below a folder.
fn documents(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for name in names(folder) {
        let path = format!("{folder}/{name}");
        if has_extension(&name, "md") {
            found.push(path);
        } else if root().join(&path).is_dir() {
            found.extend(documents(&path));
        }
    }
    found
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    let mut faults = Vec::new();
    let files = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "PROMISES.md"].map(String::from);
    for file in documents("docs").into_iter().chain(files) {
        // What stands in a code block is no link.
        let text = read(&file).split("```").step_by(2).collect::<String>();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            if path.contains(':') {
                continue;
            }
            let from = root().join(&file);
            let to = if path.is_empty() { from } else { from.parent().unwrap_or(&from).join(path) };
            if !to.exists() {
                faults.push(format!("{file}: {link} leads nowhere"));
            } else if !anchor.is_empty() && !fs::read_to_string(&to).unwrap().lines().any(|l| slug(l) == anchor) {
                faults.push(format!("{file}: {link} names no heading"));
            }
        }
    }
    assert_none(&faults);
}

/// The anchor that GitHub gives a heading.
fn slug(heading: &str) -> String {
    let text = heading.strip_prefix('#').unwrap_or_default().trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}
