//! `functions/sources/sources.json` is the one list of source functions: what is made for one source is made for each, and
//! no other file holds a list. Code, tests and CI read that file, and so does Terraform.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use plimsoll_tests::samples::{SOURCES, root};

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_default()
}

fn names() -> BTreeSet<String> {
    SOURCES.iter().map(|source| source.name.to_owned()).collect()
}

/// The places where each source stands once, and what must be written there.
fn places(name: &str) -> Vec<(String, String)> {
    let module = name.replace('-', "_");
    let of_terraform = format!("infra/suite/{module}.tf");
    vec![
        (format!("functions/{name}/Cargo.toml"), format!("name = \"{name}\"")),
        (format!("functions/{name}/src/lib.rs"), format!("\"{name}\"")),
        ("functions/sources/Cargo.toml".to_owned(), format!("{name} = {{ path = \"../{name}\" }}")),
        (of_terraform.clone(), format!("module \"{module}\" {{")),
        (of_terraform.clone(), format!("contains(local.sources, \"{name}\")")),
        (of_terraform.clone(), format!("name            = \"{name}\"")),
        (of_terraform, format!("patterns/{name}.json")),
        (format!("infra/suite/patterns/{name}.json"), "\"source\"".to_owned()),
        ("infra/suite/golden/roles.json".to_owned(), format!("\"{name}\": [")),
        ("infra/suite/golden/alarms.json".to_owned(), format!("\"{name}-errors\": \"errors\"")),
        ("events/README.md".to_owned(), format!("\n## {name}\n")),
        ("README.md".to_owned(), format!("\n| `{name}` |")),
        ("docs/README.md".to_owned(), format!("(runbooks/{name}.md)")),
        (format!("docs/runbooks/{name}.md"), format!("# {name}\n")),
        ("docs/concepts/authority.md".to_owned(), format!("| `{name}` |")),
        ("docs/concepts/findings.md".to_owned(), format!("| `{name}` |")),
    ]
}

/// What is missing for a source that the registry names.
fn missing(name: &str) -> Vec<String> {
    let places = places(name).into_iter().chain([("infra/suite/outputs.tf".to_owned(), row(name))]);
    // `terraform fmt` aligns rows with one another, so spaces are not compared.
    let plain = |text: &str| text.replace(' ', "");
    places
        .filter(|(file, text)| !plain(&read(file)).contains(&plain(text)))
        .map(|(file, text)| format!("{file} has no {}", text.trim()))
        .collect()
}

/// The row of a source in the outputs of the suite.
fn row(name: &str) -> String {
    format!("{name} = module.{}\n", name.replace('-', "_"))
}

/// The functions that Terraform makes if their name is among the sources.
fn made_by_terraform() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, text) in terraform() {
        for part in text.split("contains(local.sources, \"").skip(1) {
            found.extend(part.split('"').next().map(ToOwned::to_owned));
        }
    }
    found
}

/// Terraform that users apply or call, without its examples and tests: path from the root of the workspace, and text.
fn terraform() -> Vec<(String, String)> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !["examples", "tests", ".terraform"].contains(&name.as_str()) {
                walk(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "tf") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    walk(&root().join("infra/suite"), &mut files);
    walk(&root().join("infra/modules"), &mut files);
    let named = files.into_iter().map(|path| {
        let file = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        (file, fs::read_to_string(&path).unwrap())
    });
    named.collect()
}

/// A line that names several sources is a list, which a new source would not be in.
fn lists<'a>(text: &'a str, names: &BTreeSet<String>) -> Vec<&'a str> {
    let named = |line: &str| names.iter().filter(|name| line.contains(&format!("\"{name}\""))).count();
    text.lines().filter(|line| named(line) > 1).map(str::trim).collect()
}

#[test]
fn every_source_is_in_every_place() {
    let faults: Vec<String> = names().iter().flat_map(|name| missing(name)).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn terraform_makes_the_sources_of_the_registry_and_no_other() {
    assert_eq!(made_by_terraform(), names());
    let rows = read("infra/suite/outputs.tf");
    let (_, rows) = rows.split_once("for name, f in {\n").unwrap();
    let (rows, _) = rows.split_once("\n      }").unwrap();
    let rows: BTreeSet<String> = rows.lines().filter_map(|line| Some(line.split_once('=')?.0.trim().into())).collect();
    assert_eq!(rows, names());
}

#[test]
fn nothing_but_the_registry_holds_a_list_of_sources() {
    let names = names();
    for (file, text) in terraform() {
        assert_eq!(lists(&text, &names), Vec::<&str>::new(), "{file}: read it from functions/sources/sources.json");
    }
    for folder in [".ci", ".github/workflows"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap_or_default();
            let named: Vec<&String> = names.iter().filter(|name| text.contains(name.as_str())).collect();
            // One alone is an example, for instance an event that a release is tried with.
            assert!(named.len() < 2, "{} holds a list: {named:?}", path.display());
        }
    }
}

/// A module reads the registry by a path from its own folder, which must be right in every copy that keeps the layout.
#[test]
fn terraform_reads_the_registry_itself() {
    for folder in ["infra/suite", "infra/modules/member-account", "infra/modules/global-events"] {
        let text = read(&format!("{folder}/main.tf"));
        let (_, rest) = text.split_once("jsondecode(file(\"${path.module}/").unwrap();
        let path = root().join(folder).join(rest.split('"').next().unwrap());
        let registry = root().join("functions/sources/sources.json");
        assert_eq!(path.canonicalize().unwrap(), registry.canonicalize().unwrap(), "{folder}");
    }
}

/// The comparisons above see a source that stands in the registry alone, and one that stands elsewhere alone.
#[test]
fn a_source_in_one_place_only_is_noticed() {
    assert_eq!(missing("only-registered").len(), places("only-registered").len() + 1);
    let names = names();
    let list = "  default = [\"ecr-scan\", \"config-rule\"]\n  name = \"ecr-scan\"\n";
    assert_eq!(lists(list, &names), ["default = [\"ecr-scan\", \"config-rule\"]"]);
    assert!(made_by_terraform().contains("ecr-scan") && !made_by_terraform().contains("only-registered"));
}
