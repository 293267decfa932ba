//! The workflows under `.github`: what they run is pinned, what they may do is asked for, and they know every function.
//! <https://docs.github.com/actions/reference/workflow-syntax-for-github-actions>

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Written in build-tools.txt and nowhere else.
const BUILDER: &str = "cargo-lambda";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_default()
}

fn names(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(folder)).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// Text of each workflow by its file name.
fn workflows() -> BTreeMap<String, String> {
    let folder = ".github/workflows";
    names(folder).into_iter().map(|name| (name.clone(), read(&format!("{folder}/{name}")))).collect()
}

/// What is wrong with a line that says what to run, if it does.
fn fault_of_use(line: &str) -> Option<&'static str> {
    let used = line.trim().trim_start_matches("- ").strip_prefix("uses:")?.trim();
    if used.starts_with("./") {
        return None;
    }
    let (action, version) = used.split_once(" # ").unwrap_or((used, ""));
    let commit = action.split_once('@').map_or("", |(_, commit)| commit);
    if commit.len() != 40 || !commit.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return Some("is not pinned by a whole commit");
    }
    let number = version.strip_prefix('v').unwrap_or_default();
    if number.split('.').count() != 3 || !number.split('.').all(|part| part.parse::<u32>().is_ok()) {
        return Some("has no comment with its version, as in # v1.2.3");
    }
    None
}

/// Lines of scripts: what stands behind `run:` and, where that is `|`, what is indented below it.
fn script_lines(text: &str) -> Vec<&str> {
    let mut within: Option<usize> = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        // The dash of a list belongs to the indentation of what stands behind it.
        let indent = line.len() - line.trim_start().trim_start_matches("- ").len();
        if within.is_some_and(|start| indent > start || line.trim().is_empty()) {
            lines.push(line);
            continue;
        }
        within = None;
        if let Some(script) = line.trim_start().trim_start_matches("- ").strip_prefix("run:") {
            lines.push(script);
            within = Some(indent);
        }
    }
    lines
}

/// Values of `key:` in the jobs of a workflow.
fn values<'a>(text: &'a str, key: &str) -> BTreeSet<&'a str> {
    text.lines().filter_map(|line| line.trim().strip_prefix(key)?.strip_prefix(':')).map(str::trim).collect()
}

#[test]
fn every_action_is_pinned_by_commit_and_says_its_version() {
    let (mut faults, mut seen) = (Vec::new(), BTreeMap::new());
    let workflows = workflows();
    for (file, text) in &workflows {
        for line in text.lines() {
            faults.extend(fault_of_use(line).map(|fault| format!("{file}: {} {fault}", line.trim())));
            let used = line.trim().trim_start_matches("- ").strip_prefix("uses:").unwrap_or_default().trim();
            if let Some((action, pin)) = used.split_once('@')
                && seen.insert(action, pin).is_some_and(|before| before != pin)
            {
                faults.push(format!("{file}: {action} is pinned differently foreign_place"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert!(seen.len() >= 5, "hardly any action was found: {seen:?}");
}

#[test]
fn the_search_for_unpinned_actions_would_notice() {
    let commit = "0123456789abcdef".repeat(3).chars().take(40).collect::<String>();
    assert_eq!(fault_of_use(&format!("      - uses: a/b@{commit} # v1.2.3")), None);
    assert_eq!(fault_of_use("    uses: ./.github/workflows/build.yml"), None);
    assert_eq!(fault_of_use("      - run: echo uses: nothing"), None);
    for line in
        ["- uses: a/b@v4 # v4.0.0", "- uses: a/b", &format!("uses: a/b@{commit}"), &format!("uses: a/b@{commit} # v4")]
    {
        assert!(fault_of_use(line).is_some(), "{line}");
    }
    assert_eq!(
        script_lines("  - run: |\n      one\n\n      two\n    env:\n  - run: three"),
        [" |", "      one", "", "      two", " three"]
    );
}

#[test]
fn nothing_is_granted_but_to_a_job_that_asks() {
    for (file, text) in workflows() {
        assert!(
            text.lines().any(|line| line == "permissions: {}"),
            "{file} grants every job what the repository's default is"
        );
        assert!(!text.contains("pull_request_target"), "{file} would run the code of strangers with our rights");
        assert!(!text.contains("secrets."), "{file} reads a secret; there is none to read");
        let checkouts = text.matches("actions/checkout@").count();
        assert_eq!(checkouts, text.matches("persist-credentials: false").count(), "{file} leaves a token on the disk");
        let machines = text.matches("runs-on:").count();
        assert_eq!(machines, text.matches("timeout-minutes:").count(), "{file} has a job without an end");
    }
}

#[test]
fn no_script_is_put_together_from_an_event() {
    let mut scripts = 0;
    for (file, text) in workflows() {
        for line in script_lines(&text) {
            scripts += 1;
            assert!(!line.contains("${{"), "{file}: hand it over by env: {}", line.trim());
        }
    }
    assert!(scripts > 10, "hardly any script was found: {scripts}");
}

#[test]
fn an_apply_is_never_cancelled() {
    let text = read(".github/workflows/deploy.yml");
    assert!(!text.contains("cancel-in-progress: true"));
    let environments = values(&text, "environment");
    let groups: BTreeSet<String> = values(&text, "group").into_iter().map(ToOwned::to_owned).collect();
    assert_eq!(groups, environments.iter().map(|name| format!("deploy-{name}")).collect());
}

#[test]
fn every_environment_is_a_folder_and_every_folder_is_deployed() {
    let folders = names("infra/environments");
    let folders: BTreeSet<&str> = folders.iter().map(String::as_str).collect();
    assert_eq!(values(&read(".github/workflows/deploy.yml"), "environment"), folders);
    let planned = read(".github/workflows/plan.yml").replace("- environment:", "environment:");
    assert_eq!(values(&planned, "environment"), folders);
}

#[test]
fn every_function_is_built_and_signed() {
    let functions: BTreeSet<String> = plimsoll_tests::packages::functions().unwrap().into_iter().collect();
    // The build takes the registry and the two functions without events; what was built is what is signed.
    let zips = read(".ci/zips");
    let command = zips.lines().find(|line| line.starts_with("functions=")).unwrap();
    let script = format!("{command}; printf '%s ' $functions");
    let listed = Command::new("bash").args(["-c", &script]).current_dir(root()).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let built: BTreeSet<String> = listed.split_whitespace().map(ToOwned::to_owned).collect();
    assert_eq!(built, functions);
    assert_eq!(signed(&listed), functions);
}

/// The functions that the workflow `attest` signs when these were built: its own script, over files of these names.
fn signed(built: &str) -> BTreeSet<String> {
    let attest = read(".github/workflows/attest.yml");
    assert!(attest.contains("function: ${{ fromJSON(needs.built.outputs.functions) }}"), "{attest}");
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("dist")).unwrap();
    for name in built.split_whitespace().chain(["a b", "x;y"]) {
        for file in [format!("{name}-arm64.zip"), format!("{name}-arm64.cdx.json")] {
            fs::write(folder.path().join("dist").join(file), "").unwrap();
        }
    }
    let script = script_lines(&attest).join("\n");
    // A machine of GitHub has jq; this one may have none, so a stand-in answers with the lines it was given.
    let script = script.trim_start().trim_start_matches('|');
    let script = format!("jq() {{ printf '%s' \"$5\"; }}\n{script}");
    let output = folder.path().join("output");
    let mut run = Command::new("bash");
    run.args(["-euc", &script]).current_dir(folder.path()).env("GITHUB_OUTPUT", &output);
    assert!(run.status().unwrap().success(), "{script}");
    let said = fs::read_to_string(output).unwrap();
    said.trim().trim_start_matches("functions=").lines().map(ToOwned::to_owned).collect()
}

#[test]
fn one_version_of_what_builds_the_zips() {
    let tools = read(".ci/build-tools.txt");
    let pinned: Vec<&str> = tools.lines().filter(|line| line.starts_with(&format!("{BUILDER}=="))).collect();
    assert_eq!(pinned.len(), 1, "{tools}");
    assert!(pinned.iter().all(|line| line.contains(" --hash=sha256:")), "{pinned:?}");
    for (file, text) in workflows() {
        let other = text.contains(&format!("{BUILDER}==")) || text.contains(&format!("install {BUILDER}"));
        assert!(!other, "{file} installs {BUILDER} by itself; .ci/build-tools.txt is the place");
    }
    let workspace = read("Cargo.toml");
    let version = workspace.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"'));
    let build = read(".github/workflows/build.yml");
    let used = values(&build, "RUST");
    assert!(version.is_some_and(|v| used.iter().all(|u| u.starts_with(v)) && used.len() == 1), "{version:?} {used:?}");
}

#[test]
fn what_is_released_is_built_without_caches() {
    for file in ["build.yml", "attest.yml", "environment.yml", "release.yml", "deploy.yml"] {
        assert!(!read(&format!(".github/workflows/{file}")).contains("cache@"), "{file}");
    }
}

/// Terraform is checked with both major versions of the provider and audited, and who comes to the project finds its way.
#[test]
fn what_a_contributor_and_an_auditor_look_for_is_there() {
    let (ci, gate) = (read(".github/workflows/ci.yml"), read(".ci/run"));
    assert!(ci.contains("check.py --require --provider \"~> 6.0\"") && ci.contains("run: .ci/run infra"), "{ci}");
    assert!(gate.contains("bin/checkov\" --config-file .checkov.yaml"), "checkov runs in the gate");
    for file in ["CODE_OF_CONDUCT.md", "SECURITY.md", "CONTRIBUTING.md", ".github/pull_request_template.md"] {
        assert!(root().join(file).exists(), "{file}");
    }
    assert!(
        names(".github/ISSUE_TEMPLATE").is_superset(&["bug.yml", "config.yml", "event.yml"].map(Into::into).into())
    );
    let updates = read(".github/dependabot.yml");
    for ecosystem in ["cargo", "github-actions", "pip", "terraform"] {
        assert!(updates.contains(&format!("package-ecosystem: {ecosystem}")), "{ecosystem}");
    }
}
