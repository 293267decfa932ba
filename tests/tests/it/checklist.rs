//! `plimsoll checklist --markdown` by the real program: the document of the source with its boxes ticked by evidence.

use std::path::Path;

use plimsoll_tests::samples::root;
use serde_json::Value;

use super::programs::plimsoll;

fn print(folder: &Path, arguments: &[&str]) -> String {
    let output = plimsoll(folder, &[arguments, &["--state", "state.redb"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The lines of the document that begin with a box, by what is in it.
fn boxes(document: &str, ticked: bool) -> Vec<&str> {
    let start = if ticked { "- [x] **" } else { "- [ ] **" };
    document.lines().filter(|line| line.starts_with(start)).collect()
}

#[test]
fn a_box_is_ticked_by_evidence_with_its_date_and_by_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    // A restore that worked is a drill, and one is enough.
    let events = root().join("events/backup-job/restore-completed.json");
    let now = ["--now", "2026-11-24T09:00:00Z"];
    let nothing = print(folder.path(), &[&["checklist", "--markdown"], &now[..]].concat());
    assert_eq!((boxes(&nothing, true).len(), boxes(&nothing, false).len()), (0, 100));

    print(folder.path(), &[&["replay", events.to_str().unwrap()], &now[..]].concat());
    let document = print(folder.path(), &[&["checklist", "--markdown"], &now[..]].concat());
    let score: Value =
        serde_json::from_str(&print(folder.path(), &[&["checklist", "--json"], &now[..]].concat())).unwrap();
    let met: Vec<&Value> = score["lines"].as_array().unwrap().iter().filter(|l| l["state"] == "met").collect();
    assert!(!met.is_empty());
    assert_eq!(boxes(&document, true).len(), met.len());
    assert_eq!(boxes(&document, false).len(), 100 - met.len());
    let lines: Vec<&str> = document.lines().collect();
    for line in met {
        let id = line["id"].as_str().unwrap();
        let at = lines.iter().position(|l| l.starts_with(&format!("- [x] **{id}**"))).unwrap_or_else(|| panic!("{id}"));
        let dated = lines[at + 1].strip_prefix("  - Met on ").unwrap_or_else(|| panic!("{id}: {}", lines[at + 1]));
        assert!(dated.starts_with("2026-") && dated.contains("finding `"), "{id}: {dated}");
    }
}
