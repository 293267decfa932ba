//! `.ci/release`, over a copy of the project: which tag is released, with which text, and whose repository the documents name.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use plimsoll_tests::samples::root;

/// The tracked files of the project that the script reads, in a folder of their own.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in [".ci", ".github", "docs", "infra/examples", "infra/packages", "Cargo.toml", "CHANGELOG.md"] {
        copy_into(&root().join(part), &folder.path().join(part));
    }
    folder
}

fn copy_into(from: &Path, to: &Path) {
    if from.is_dir() {
        for entry in fs::read_dir(from).unwrap() {
            let name = entry.unwrap().file_name();
            if name != ".terraform" {
                copy_into(&from.join(&name), &to.join(&name));
            }
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}

fn release(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("bash").arg(folder.join(".ci/release")).args(arguments).current_dir(folder).output().unwrap()
}

fn refused(folder: &Path, tag: &str, words: &str) {
    let output = release(folder, &["check", tag]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains(words), "{tag}: {said}");
}

fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

#[test]
fn a_tag_is_released_only_if_version_and_changelog_agree() {
    let folder = copy();
    let tag = format!("v{}", version());
    let log = folder.path().join("CHANGELOG.md");
    fs::write(&log, format!("# Changelog\n\n## Unreleased\n\n## {} - 2026-12-01\n\n### Added\n\n- A.\n", version()))
        .unwrap();
    let output = release(folder.path(), &["check", &tag]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    refused(folder.path(), "v9.9.9", "the tag is v9.9.9");
    fs::write(&log, "# Changelog\n\n## Unreleased\n\n- A.\n").unwrap();
    refused(folder.path(), &tag, "no section");
    fs::write(&log, format!("# Changelog\n\n## Unreleased\n\n- B.\n\n## {} - 2026-12-01\n\n- A.\n", version()))
        .unwrap();
    refused(folder.path(), &tag, "still has lines under '## Unreleased'");
}

/// The last step before a tag, on the change log as it is: others may have added to it since its section was made.
#[test]
fn one_command_makes_the_change_log_ready_for_the_tag() {
    let folder = copy();
    let tag = format!("v{}", version());
    let log = folder.path().join("CHANGELOG.md");
    let before = fs::read_to_string(&log).unwrap();
    let cut = |tag: &str, date: &str| release(folder.path(), &["cut", tag, date]);
    let notes = || String::from_utf8(release(folder.path(), &["notes", &tag]).stdout).unwrap();
    let output = cut(&tag, "2026-12-01");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let items = |text: &str| {
        let mut all: Vec<String> = text.lines().filter(|line| line.starts_with("- ")).map(Into::into).collect();
        all.sort();
        all
    };
    let after = fs::read_to_string(&log).unwrap();
    assert_eq!(items(&before), items(&after), "nothing is lost");
    assert_eq!(items(&after), items(&notes()), "a first release has all of it");
    assert!(release(folder.path(), &["check", &tag]).status.success());
    // What comes later stands first under its heading, and a second time changes nothing.
    let late = after.replace("## Unreleased\n", "## Unreleased\n\n### Fixed\n\n- Late.\n\n### Security\n\n- Safe.\n");
    fs::write(&log, late).unwrap();
    refused(folder.path(), &tag, "still has lines under '## Unreleased'");
    assert!(cut(&tag, "2026-12-02").status.success());
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.contains(&format!("## Unreleased\n\n## {} - 2026-12-02\n\n", version())), "{text}");
    assert!(text.contains("### Fixed\n\n- Late.\n- ") && text.ends_with("### Security\n\n- Safe.\n"), "{text}");
    assert_eq!(text.matches("### Fixed").count(), 1);
    assert!(cut(&tag, "2026-12-02").status.success());
    assert_eq!(fs::read_to_string(&log).unwrap(), text);
    for (tag, date, words) in [("v9.9.9", "2026-12-01", "the tag is v9.9.9"), (&tag, "today", "is no date")] {
        let output = cut(tag, date);
        assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains(words), "{tag} {date}");
    }
    assert_eq!(fs::read_to_string(&log).unwrap(), text, "a refusal changes nothing");
}

/// Sections of earlier versions stay as they are.
#[test]
fn a_cut_leaves_earlier_versions_alone() {
    let folder = copy();
    let log = folder.path().join("CHANGELOG.md");
    let earlier = "## 0.0.9 - 2026-01-01\n\n### Added\n\n- Old.\n\n## 0.0.8 - 2025-01-01\n\n- Older.\n";
    fs::write(&log, format!("# Changelog\n\nWords.\n\n## Unreleased\n\n### Added\n\n- New.\n\n{earlier}")).unwrap();
    assert!(release(folder.path(), &["cut", &format!("v{}", version()), "2026-12-01"]).status.success());
    let expected = format!(
        "# Changelog\n\nWords.\n\n## Unreleased\n\n## {} - 2026-12-01\n\n### Added\n\n- New.\n\n{earlier}",
        version()
    );
    assert_eq!(fs::read_to_string(&log).unwrap(), expected);
}

#[test]
fn the_text_of_a_release_is_its_section_of_the_changelog() {
    let folder = copy();
    let text =
        "# Changelog\n\n## Unreleased\n\n- C.\n\n## 1.2.0 - 2026-12-01\n\n- B.\n\n## 1.2.0-rc.1 - 2026-11-01\n\n- A.\n";
    fs::write(folder.path().join("CHANGELOG.md"), text).unwrap();
    let notes = |tag: &str| {
        let output = release(folder.path(), &["notes", tag]);
        (output.status.success(), String::from_utf8(output.stdout).unwrap().trim().to_owned())
    };
    assert_eq!(notes("v1.2.0"), (true, "- B.".to_owned()));
    assert_eq!(notes("v1.2.0-rc.1"), (true, "- A.".to_owned()));
    assert!(!notes("v1.3.0").0);
}

/// Every place that names this project's repository is written with a placeholder; one command names the real one.
#[test]
fn one_command_writes_the_address_of_the_repository() {
    let folder = copy();
    let count = |needle: &str| -> Vec<String> {
        let found = Command::new("grep").args(["-rlI", needle, "."]).current_dir(folder.path()).output().unwrap();
        String::from_utf8(found.stdout).unwrap().lines().filter(|l| *l != "./.ci/release").map(Into::into).collect()
    };
    assert!(count("OWNER/plimsoll").len() >= 6);
    for wrong in ["", "a b", "acme/x/y", "acme;x", "../x"] {
        assert!(!release(folder.path(), &["address", wrong]).status.success(), "{wrong}");
    }
    let output = release(folder.path(), &["address", "acme/readiness"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(count("OWNER/plimsoll"), Vec::<String>::new());
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    assert!(read("docs/deploy.md").contains("git::https://github.com/acme/readiness.git//infra/suite?ref=v"));
    // A registry names a module by its provider, whatever the repository is called.
    assert!(read("docs/deploy.md").contains("\"acme/plimsoll/aws//infra/suite\""));
    assert!(read(".github/workflows/service.yml").contains("acme/readiness/.github/workflows/service.yml@"));
    assert!(read("infra/packages").contains("PLIMSOLL_REPOSITORY=acme/readiness"));
    // What a reader fills in stays.
    assert!(read("docs/deploy.md").contains("gh api repos/OWNER/REPOSITORY/"));
}

/// What the documents call the newest version is the version of the project.
#[test]
fn the_documents_name_the_version_of_the_project() {
    let deploy = fs::read_to_string(root().join("docs/deploy.md")).unwrap();
    let version = version();
    assert!(deploy.contains(&format!("infra/packages v{version} ")));
    assert!(deploy.contains(&format!("infra/suite?ref=v{version}\"")));
    let wheel = fs::read_to_string(root().join("pyproject.toml")).unwrap();
    assert!(wheel.contains("dynamic = [\"version\"]"), "the wheel takes its version from Cargo.toml");
}
