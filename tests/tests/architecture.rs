//! Who may know whom: `cargo metadata` against the table in ARCHITECTURE.md.
//! <https://doc.rust-lang.org/cargo/commands/cargo-metadata.html>
#![cfg(test)]

use std::{collections::BTreeMap, fs, process::Command};

use plimsoll_tests::samples::{SOURCES, root};
use serde_json::Value;

/// For each of our crates those of ours that it may use, outside its tests.
const MAY_KNOW: [(&str, &[&str]); 12] = [
    ("plimsoll-finding", &[]),
    ("plimsoll-checklist", &["plimsoll-finding"]),
    ("plimsoll-pipeline", &["plimsoll-finding", "plimsoll-checklist"]),
    ("plimsoll-render", &["plimsoll-finding", "plimsoll-checklist", "plimsoll-pipeline"]),
    ("plimsoll-http", &[]),
    ("plimsoll-slack", RIM),
    ("plimsoll-webhook", RIM),
    ("plimsoll-pagerduty", RIM),
    ("plimsoll-aws", RIM),
    ("plimsoll-local", RIM),
    ("plimsoll-app", SHARED),
    ("plimsoll-deployment", &["plimsoll-aws", "plimsoll-finding"]),
];
/// What stands at the rim knows what it carries, and the one HTTP client.
const RIM: &[&str] =
    &["plimsoll-finding", "plimsoll-checklist", "plimsoll-pipeline", "plimsoll-render", "plimsoll-http"];
const SHARED: &[&str] = &[
    "plimsoll-finding",
    "plimsoll-checklist",
    "plimsoll-pipeline",
    "plimsoll-render",
    "plimsoll-http",
    "plimsoll-slack",
    "plimsoll-webhook",
    "plimsoll-pagerduty",
    "plimsoll-aws",
    "plimsoll-local",
];
/// A function's library knows findings; its `main.rs` wires the application.
const FUNCTION: &[&str] = &["plimsoll-finding", "plimsoll-app"];
/// May know everything: the same application, driven by hand, and the proof.
const FREE: [&str; 2] = ["plimsoll", "plimsoll-tests"];

/// Crates of others that touch the outside world, and who may use them. A name with `-` at its end is a prefix.
const OUTSIDE: [(&str, &[&str]); 13] = [
    ("aws-sdk-", &["plimsoll-aws", "plimsoll-deployment"]),
    ("aws-config", &[]),
    ("aws-smithy-http-client", &["plimsoll-aws"]),
    ("hyper", &["plimsoll-http"]),
    ("hyper-util", &["plimsoll-http"]),
    ("reqwest", &[]),
    ("ureq", &[]),
    ("openssl-", &[]),
    ("redb", &["plimsoll-local"]),
    ("axum", &["plimsoll-local", "plimsoll-tests"]),
    ("askama", &["plimsoll-render"]),
    ("clap", &["plimsoll"]),
    ("lambda_runtime", &["plimsoll-app", "a function"]),
];

struct Crate {
    name: String,
    is_function: bool,
    /// Names of its dependencies; those of its tests apart.
    uses: Vec<String>,
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
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| Crate {
            name: package["name"].as_str().unwrap().to_owned(),
            is_function: package["manifest_path"].as_str().unwrap().contains("/functions/"),
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
fn faults(crates: &[Crate]) -> Vec<String> {
    let ours: Vec<&str> = crates.iter().map(|c| c.name.as_str()).collect();
    let known: BTreeMap<&str, &[&str]> = MAY_KNOW.into_iter().collect();
    let mut faults = Vec::new();
    for user in crates {
        let name = user.name.as_str();
        let allowed = match known.get(name) {
            Some(allowed) => allowed,
            None if user.is_function => FUNCTION,
            None if FREE.contains(&name) => continue,
            None => {
                faults.push(format!("{name} is not in the table of who may know whom; see ARCHITECTURE.md"));
                continue;
            }
        };
        for used in user.uses.iter().filter(|u| ours.contains(&u.as_str())) {
            if !allowed.contains(&used.as_str()) {
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
                    owners.contains(&user.name.as_str()) || (user.is_function && owners.contains(&"a function"));
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
    let crates = crates();
    let functions = crates.iter().filter(|c| c.is_function).count();
    assert!(functions >= SOURCES.len() + 2, "cargo metadata shows only {functions} functions");
    let faults = faults(&crates);
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_table_would_notice() {
    let user = |name: &str, is_function, uses: &[&str]| Crate {
        name: name.to_owned(),
        is_function,
        uses: uses.iter().map(|u| (*u).to_owned()).collect(),
    };
    let crates = [
        user("plimsoll-finding", false, &["serde"]),
        user("plimsoll-checklist", false, &[]),
        user("plimsoll-pipeline", false, &["plimsoll-slack"]),
        user("plimsoll-slack", false, &["plimsoll-finding", "http"]),
        user("plimsoll-render", false, &["aws-sdk-sns"]),
        user("ecr-scan", true, &["plimsoll-finding", "plimsoll-checklist", "lambda_runtime"]),
        user("plimsoll-utils", false, &[]),
        user("plimsoll", false, &["plimsoll-slack", "clap", "reqwest"]),
    ];
    assert_eq!(
        faults(&crates),
        [
            "plimsoll-pipeline must not know plimsoll-slack; it may know plimsoll-finding, plimsoll-checklist",
            "ecr-scan must not know plimsoll-checklist; it may know plimsoll-finding, plimsoll-app",
            "plimsoll-utils is not in the table of who may know whom; see ARCHITECTURE.md",
            "only plimsoll-aws and plimsoll-deployment may use aws-sdk-sns, not plimsoll-render",
            "nobody may use reqwest: plimsoll does",
        ]
    );
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
    for entry in fs::read_dir(root().join("functions")).unwrap() {
        let main = entry.unwrap().path().join("src/main.rs");
        let text = fs::read_to_string(&main).unwrap_or_else(|e| panic!("{}: {e}", main.display()));
        let lines = text.lines().count();
        assert!(lines < 40, "{} has {lines} lines; it only wires, under 40", main.display());
        assert!(text.contains("plimsoll_app::"), "{} does not run the application", main.display());
    }
}
