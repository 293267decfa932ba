//! Who may know whom: `cargo metadata` against the table in ARCHITECTURE.md.
//! <https://doc.rust-lang.org/cargo/commands/cargo-metadata.html>

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use plimsoll_tests::samples::{SOURCES, root};
use serde_json::Value;

/// For each room of ARCHITECTURE.md's table the names of those rooms that it may know; `None` for everything.
fn table() -> BTreeMap<String, Option<Vec<String>>> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, section) = text.split_once("## The rooms").expect("ARCHITECTURE.md has a section \"The rooms\"");
    let rows = section.lines().take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let room = cells.first().unwrap().trim_matches('`').to_owned();
        let may_know = match *cells.last().unwrap() {
            "everything" => None,
            "nothing of ours" => Some(Vec::new()),
            names => Some(names.split(',').map(|name| name.trim().to_owned()).collect()),
        };
        (room, may_know)
    })
    .collect()
}

/// The room of a crate: its folder, or the row that stands for all functions.
fn room(user: &Crate, table: &BTreeMap<String, Option<Vec<String>>>) -> String {
    let every = format!("{}/*", user.folder.split('/').next().unwrap());
    if !table.contains_key(&user.folder) && table.contains_key(&every) { every } else { user.folder.clone() }
}

/// Crates of others that touch the outside world, and who may use them. A name with `-` at its end is a prefix.
const OUTSIDE: [(&str, &[&str]); 13] = [
    ("aws-sdk-", &["plimsoll-aws", "plimsoll-suite-health", "plimsoll-collector"]),
    ("aws-config", &[]),
    ("aws-smithy-http-client", &["plimsoll-aws"]),
    ("hyper", &["plimsoll-channels"]),
    ("hyper-util", &["plimsoll-channels"]),
    ("reqwest", &[]),
    ("ureq", &[]),
    ("openssl-", &[]),
    ("redb", &["plimsoll-local"]),
    ("axum", &["plimsoll-local", "plimsoll-tests"]),
    ("askama", &["plimsoll-local"]),
    ("clap", &["plimsoll"]),
    ("lambda_runtime", &["plimsoll-app", "a function"]),
];

struct Crate {
    name: String,
    /// Its folder below the root of the repository, for example `shared/finding`.
    folder: String,
    /// Names of its dependencies; those of its tests apart.
    uses: Vec<String>,
}

impl Crate {
    fn is_function(&self) -> bool {
        self.folder.starts_with("functions/")
    }
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn crates() -> Vec<Crate> {
    let metadata = metadata();
    let workspace = metadata["workspace_root"].as_str().unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| Crate {
            name: package["name"].as_str().unwrap().to_owned(),
            folder: Path::new(package["manifest_path"].as_str().unwrap())
                .parent()
                .and_then(|folder| folder.strip_prefix(workspace).ok())
                .unwrap()
                .to_string_lossy()
                .into_owned(),
            uses: package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|d| d["kind"] != "dev")
                .map(|d| d["name"].as_str().unwrap().to_owned())
                .collect(),
        })
        .collect()
}

/// Everything that is not allowed, in sentences.
fn faults(crates: &[Crate], table: &BTreeMap<String, Option<Vec<String>>>) -> Vec<String> {
    let folder_of: BTreeMap<&str, &str> = crates.iter().map(|c| (c.name.as_str(), c.folder.as_str())).collect();
    let short = |name: &str| folder_of[name].rsplit('/').next().unwrap().to_owned();
    let mut faults = Vec::new();
    for user in crates {
        let name = user.name.as_str();
        let allowed = match table.get(&room(user, table)) {
            Some(Some(allowed)) => allowed,
            Some(None) => continue,
            None => {
                faults.push(format!("{} is not in the table of ARCHITECTURE.md", user.folder));
                continue;
            }
        };
        for used in user.uses.iter().filter(|u| folder_of.contains_key(u.as_str())) {
            let is_in = |every: &str| folder_of[used.as_str()].starts_with(every);
            let by_folder = allowed.iter().filter_map(|name| name.strip_suffix('*')).any(is_in);
            if !by_folder && !allowed.contains(&short(used)) {
                let may = if allowed.is_empty() { "nothing of ours".to_owned() } else { allowed.join(", ") };
                faults.push(format!("{name} must not know {used}; it may know {may}"));
            }
        }
    }
    for user in crates {
        for used in &user.uses {
            for (outside, owners) in OUTSIDE {
                let same = used == outside || (outside.ends_with('-') && used.starts_with(outside));
                let owner =
                    owners.contains(&user.name.as_str()) || (user.is_function() && owners.contains(&"a function"));
                if same && !owner {
                    faults.push(match owners {
                        [] => format!("nobody may use {used}: {} does", user.name),
                        _ => format!("only {} may use {used}, not {}", owners.join(" and "), user.name),
                    });
                }
            }
        }
    }
    faults
}

#[test]
fn who_may_know_whom() {
    let (crates, table) = (crates(), table());
    let functions = crates.iter().filter(|c| c.is_function()).count();
    assert!(functions >= SOURCES.len() + 2, "cargo metadata shows only {functions} functions");
    assert!(table.len() >= 12, "the table of ARCHITECTURE.md has only {} rows", table.len());
    let gone: Vec<&String> =
        table.keys().filter(|room| !room.contains('*') && !root().join(room.as_str()).is_dir()).collect();
    assert!(gone.is_empty(), "rooms in ARCHITECTURE.md that do not exist: {gone:?}");
    let faults = faults(&crates, &table);
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_table_would_notice() {
    let user = |name: &str, folder: &str, uses: &[&str]| Crate {
        name: name.to_owned(),
        folder: folder.to_owned(),
        uses: uses.iter().map(|u| (*u).to_owned()).collect(),
    };
    let crates = [
        user("plimsoll-finding", "shared/finding", &["serde"]),
        user("plimsoll-checklist", "shared/checklist", &[]),
        user("plimsoll-pipeline", "shared/pipeline", &["plimsoll-channels"]),
        user("plimsoll-channels", "shared/channels", &["plimsoll-finding", "http"]),
        user("plimsoll-render", "shared/render", &["aws-sdk-sns"]),
        user("ecr-scan", "functions/ecr-scan", &["plimsoll-finding", "plimsoll-checklist", "lambda_runtime"]),
        user("plimsoll-utils", "shared/utils", &[]),
        user("plimsoll", "cli", &["plimsoll-channels", "clap", "reqwest"]),
    ];
    assert_eq!(
        faults(&crates, &table()),
        [
            "plimsoll-pipeline must not know plimsoll-channels; it may know finding, checklist, message",
            "ecr-scan must not know plimsoll-checklist; it may know finding, app",
            "shared/utils is not in the table of ARCHITECTURE.md",
            "only plimsoll-aws and plimsoll-suite-health and plimsoll-collector may use aws-sdk-sns, not plimsoll-render",
            "nobody may use reqwest: plimsoll does",
        ]
    );
}

/// Two modules that need each other are one module in two files. A re-export does not hide it: `crate::Record` counts as
/// the module that defines `Record`.
#[test]
fn no_modules_of_a_crate_form_a_circle() {
    let mut circles = Vec::new();
    for folder in crates().iter().map(|c| &c.folder).filter(|folder| *folder != "tests") {
        let source = root().join(folder).join("src");
        for circle in modules::circles(&modules::read(&source)) {
            circles.push(format!("{folder}: {}", circle.join(" -> ")));
        }
    }
    assert!(circles.is_empty(), "\n{}", circles.join("\n"));
}

/// A library that knows the application could do I/O while it reads an event.
#[test]
fn the_library_of_a_function_knows_findings_only() {
    for source in SOURCES {
        for entry in fs::read_dir(root().join("functions").join(source.name).join("src")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|e| e != "rs") {
                continue;
            }
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            for name in ["plimsoll_app", "lambda_runtime", "tokio", "std::env", "std::fs", "std::net", "Timestamp::now"]
            {
                let is_test = ["tests.rs", "samples.rs"].contains(&file.as_str());
                assert!(
                    file == "main.rs" || is_test || !text.contains(name),
                    "functions/{}/src/{file} uses {name}: the library is a pure function from event to findings",
                    source.name
                );
            }
        }
    }
}

#[test]
fn what_wakes_a_function_only_wires() {
    for function in plimsoll_tests::packages::functions().unwrap() {
        let main = root().join("functions").join(function).join("src/main.rs");
        let text = fs::read_to_string(&main).unwrap_or_else(|e| panic!("{}: {e}", main.display()));
        let lines = text.lines().count();
        assert!(lines < 40, "{} has {lines} lines; it only wires, under 40", main.display());
        assert!(text.contains("plimsoll_app::"), "{} does not run the application", main.display());
    }
}

/// Which module of a crate uses which, read from its `use crate::` statements and paths.
#[expect(clippy::string_slice, reason = "the positions are those of ASCII characters")]
mod modules {
    use super::*;

    /// The text of each module outside its tests, by path: `["delivery", "claim"]`; the root is `[]`.
    pub(super) type Modules = BTreeMap<Vec<String>, String>;

    pub(super) fn read(source: &Path) -> Modules {
        let mut modules = Modules::new();
        walk(source, source, &mut modules);
        modules
    }

    fn walk(source: &Path, folder: &Path, modules: &mut Modules) {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(source, &path, modules);
                continue;
            }
            let relative = path.strip_prefix(source).unwrap().with_extension("");
            let mut name: Vec<String> =
                relative.iter().map(|part| part.to_string_lossy().into_owned()).filter(|part| part != "mod").collect();
            if matches!(name.last().map(String::as_str), Some("lib" | "main")) {
                name.pop();
            }
            let is_test = name.iter().any(|part| part == "tests" || part == "samples");
            if path.extension().is_some_and(|e| e == "rs") && !is_test {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                let lines = code.lines().map(|line| line.split("//").next().unwrap_or_default());
                modules.insert(name, lines.collect::<Vec<_>>().join("\n"));
            }
        }
    }

    /// The paths that a text names after `prefix`, with groups in braces written out: `crate::a::{b, c::D}` is two.
    fn paths(text: &str, prefix: &str) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        for (at, _) in text.match_indices(prefix) {
            let mut end = at + prefix.len();
            let mut depth = 0;
            for byte in text[end..].bytes() {
                match byte {
                    b'{' => depth += 1,
                    b'}' if depth > 0 => depth -= 1,
                    b if depth > 0 || b.is_ascii_alphanumeric() || b == b'_' || b == b':' => {}
                    _ => break,
                }
                end += 1;
            }
            expand(&text[at + prefix.len()..end], &mut Vec::new(), &mut found);
        }
        found
    }

    fn expand(tree: &str, before: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
        let Some((head, group)) = tree.split_once('{') else {
            let path = tree.split(" as ").next().unwrap_or_default();
            let parts = path.split("::").map(str::trim).filter(|part| !part.is_empty()).map(ToOwned::to_owned);
            found.push(before.iter().cloned().chain(parts).collect());
            return;
        };
        let length = before.len();
        before.extend(head.split("::").map(str::trim).filter(|part| !part.is_empty()).map(ToOwned::to_owned));
        let (mut depth, mut from) = (0, 0);
        let group = group.trim_end().strip_suffix('}').unwrap_or(group);
        for (at, character) in group.char_indices() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    expand(group[from..at].trim(), before, found);
                    from = at + 1;
                }
                _ => {}
            }
        }
        if !group[from..].trim().is_empty() {
            expand(group[from..].trim(), before, found);
        }
        before.truncate(length);
    }

    /// The module that a path from the root leads to, through modules and re-exports.
    fn resolve(modules: &Modules, path: &[String]) -> Vec<String> {
        let mut module: Vec<String> = Vec::new();
        for part in path {
            let child: Vec<String> = module.iter().cloned().chain([part.clone()]).collect();
            if modules.contains_key(&child) {
                module = child;
                continue;
            }
            let exports = modules.get(&module).map(|text| paths(text, "pub use ")).unwrap_or_default();
            let export = exports.into_iter().find(|export| export.last() == Some(part) && export.len() > 1);
            if let Some(export) = export {
                let from = module.iter().cloned().chain(export[..export.len() - 1].iter().cloned()).collect::<Vec<_>>();
                if modules.contains_key(&from) {
                    module = from;
                }
            }
            break;
        }
        module
    }

    /// For each folder of modules the circles between its members, as paths that end where they begin.
    pub(super) fn circles(modules: &Modules) -> Vec<Vec<String>> {
        let mut uses: BTreeMap<(Vec<String>, String), BTreeSet<String>> = BTreeMap::new();
        for (module, text) in modules {
            for path in paths(text, "crate::") {
                let target = resolve(modules, &path);
                let shared = module.iter().zip(&target).take_while(|(a, b)| a == b).count();
                if let (Some(from), Some(to)) = (module.get(shared), target.get(shared)) {
                    uses.entry((module[..shared].to_vec(), from.clone())).or_default().insert(to.clone());
                }
            }
        }
        let mut circles = Vec::new();
        for (parent, name) in uses.keys() {
            // The shortest way back to where it began, by breadth.
            let mut ways: Vec<Vec<String>> = vec![vec![name.clone()]];
            let mut seen = BTreeSet::new();
            while let Some(way) = ways.pop() {
                for next in uses.get(&(parent.clone(), way.last().unwrap().clone())).into_iter().flatten() {
                    let longer: Vec<String> = way.iter().cloned().chain([next.clone()]).collect();
                    if next == name {
                        circles.push(longer);
                    } else if seen.insert(next.clone()) {
                        ways.insert(0, longer);
                    }
                }
            }
        }
        // Each circle once: the one that begins with its first name.
        circles.retain(|circle| circle.iter().min() == circle.first());
        circles.dedup_by(|a, b| a.first() == b.first());
        circles
    }

    #[test]
    fn a_circle_is_seen_through_groups_and_re_exports() {
        let module = |path: &str, text: &str| {
            (path.split('/').filter(|p| !p.is_empty()).map(ToOwned::to_owned).collect::<Vec<_>>(), text.to_owned())
        };
        let one = Modules::from([
            module("", "pub use a::{Thing, other};\npub use b::Deep;"),
            module("a", "use crate::{Deep};"),
            module("b", "use crate::{c::{self, X}};"),
            module("c", "fn f() { crate::Thing::new() }"),
            module("d", "use crate::a::Thing;"),
            module("d/e", "use crate::d::f::F;"),
            module("d/f", "use crate::{a::Thing, d::g::G};"),
            module("d/g", "use crate::a::Thing;"),
        ]);
        assert_eq!(circles(&one), [["a", "b", "c", "a"]]);
    }
}
