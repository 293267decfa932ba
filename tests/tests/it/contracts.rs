//! One name per function, the same in every folder; and nothing in any file that belongs to one machine or account.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use plimsoll_tests::samples::{SOURCES, root};

/// Woken by a schedule or a stream, not by events: neither pattern nor samples.
const WITHOUT_EVENTS: [&str; 3] = ["alert-notifier", "readiness-digest", "evidence-collector"];

/// Accounts in examples: those of AWS's own documentation, and the one that emulators use.
const EXAMPLE_ACCOUNTS: [&str; 6] =
    ["111122223333", "444455556666", "123456789012", "999988887777", "999999999999", "000000000000"];

/// Hosts of package registries, in two pieces so that this file does not name them either. A lock file of Terraform names its own; Cargo's names the index and no host.
const REGISTRIES: [&str; 10] = [
    concat!("index", ".crates.io"),
    concat!("static", ".crates.io"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("registry", ".npmjs.org"),
    concat!("proxy", ".golang.org"),
    concat!("art", "ifactory"),
    concat!("jfr", "og"),
    concat!("nex", "us."),
    concat!("registry", ".terraform.io"),
];

fn functions() -> BTreeSet<String> {
    plimsoll_tests::packages::functions().unwrap().into_iter().collect()
}

#[test]
fn one_name_per_function_in_every_folder() {
    let functions = functions();
    let mut faults = Vec::new();
    for function in &functions {
        let mut wanted = vec![
            format!("functions/{function}/Cargo.toml"),
            format!("functions/{function}/src/main.rs"),
            format!("infra/suite/{}.tf", function.replace('-', "_")),
        ];
        if !WITHOUT_EVENTS.contains(&function.as_str()) {
            wanted.push(format!("functions/{function}/src/lib.rs"));
            wanted.push(format!("events/{function}"));
            wanted.push(format!("infra/suite/patterns/{function}.json"));
        }
        faults.extend(wanted.into_iter().filter(|p| !root().join(p).exists()).map(|p| format!("{p} is missing")));
    }
    let named: BTreeSet<&str> = SOURCES.iter().map(|s| s.name).chain(WITHOUT_EVENTS).collect();
    for function in &functions {
        if !named.contains(function.as_str()) {
            faults.push(format!("{function} is neither among the sources nor among the functions without events"));
        }
    }
    let stray = |folder: &str, extension: &str| -> Vec<String> {
        let entries = fs::read_dir(root().join(folder)).into_iter().flatten();
        entries
            .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(extension).map(ToOwned::to_owned))
            .filter(|name| !functions.contains(name) && !name.contains('.'))
            .map(|name| format!("{folder}/{name}{extension} belongs to no function"))
            .collect()
    };
    faults.extend(stray("infra/suite/patterns", ".json"));
    faults.extend(stray("events", ""));
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_names_in_code_are_the_names_of_the_folders() {
    for source in SOURCES {
        let manifest = fs::read_to_string(root().join("functions").join(source.name).join("Cargo.toml")).unwrap();
        assert!(manifest.contains(&format!("name = \"{}\"", source.name)), "functions/{}/Cargo.toml", source.name);
    }
    let in_digest: BTreeSet<&str> = plimsoll_app::SOURCES.iter().copied().collect();
    assert_eq!(in_digest, SOURCES.iter().map(|s| s.name).collect(), "the digest would forget a source");
}

/// Files that are or will be part of the project: tracked, or new and not ignored. Empty outside a checkout.
fn project_files() -> Vec<String> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output();
    let Ok(output) = output else { return Vec::new() };
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    listed.lines().map(ToOwned::to_owned).filter(|file| root().join(file).is_file()).collect()
}

/// Runs of exactly twelve digits that stand for themselves, not within a word, a number, a hash or a UUID.
fn accounts(text: &str) -> BTreeSet<&str> {
    let mut accounts = BTreeSet::new();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-') {
        let parts: Vec<&str> = word.split('-').collect();
        for (position, part) in parts.iter().enumerate() {
            let last_five = position.checked_sub(4).and_then(|first| parts.get(first..=position));
            let is_uuid = last_five.is_some_and(|five| five.iter().map(|p| p.len()).eq([8, 4, 4, 4, 12]));
            if part.len() == 12 && part.bytes().all(|b| b.is_ascii_digit()) && !is_uuid {
                accounts.insert(*part);
            }
        }
    }
    accounts
}

fn faults_of(file: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    // In two halves, so that this file passes its own test.
    for place in [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/Us", "ers/")] {
        for line in text.lines().filter(|line| line.contains(place)) {
            faults.push(format!("{file} has a path of one machine: {}", line.trim()));
        }
    }
    if file != "tests/tests/it/contracts.rs" {
        let is_terraform_lock = Path::new(file).file_name().is_some_and(|name| name == ".terraform.lock.hcl");
        for host in REGISTRIES.into_iter().filter(|host| text.contains(host)) {
            if !(is_terraform_lock && host == "registry.terraform.io") {
                faults.push(format!("{file} names the package registry {host}"));
            }
        }
    }
    for account in accounts(text) {
        if !EXAMPLE_ACCOUNTS.contains(&account) {
            faults.push(format!("{file} has an account that is no example: {account}"));
        }
    }
    faults
}

#[test]
fn no_file_has_a_machine_path_a_registry_or_a_real_account() {
    let mut faults = Vec::new();
    let files = project_files();
    if files.is_empty() {
        eprintln!("not a git checkout: SKIPPED");
        return;
    }
    for file in files.iter().filter(|file| *file != "Cargo.lock") {
        // Pictures are no text.
        let Ok(text) = fs::read_to_string(root().join(file)) else { continue };
        faults.extend(faults_of(file, &text));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_search_would_notice() {
    let account = ["3141", "5926", "5358"].concat();
    let text = format!(
        "cd {}home\nsee logs-{account}-eu, not 1699999999999 or a{account}\nhttps://nexus.example/x",
        concat!("/ro", "ot/")
    );
    let faults = faults_of("x.md", &text);
    assert_eq!(faults.len(), 3, "{faults:?}");
    let harmless = format!("arn:aws:sns:eu-central-1:111122223333:t 0.{account} 0a1b2c3d-0a1b-4a1b-8a1b-{account}");
    assert_eq!(faults_of("x.md", &harmless), Vec::<String>::new());
}

/// Every dependency comes from the one public index, so that a clone builds anywhere.
#[test]
fn the_lock_file_names_one_index() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let index = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let other: Vec<&str> = lock.lines().filter(|line| line.starts_with("source = ") && *line != index).collect();
    assert!(other.is_empty(), "{other:?}");
}
