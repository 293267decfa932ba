//! What cannot be read, through the real program: it is told, named, shown, taken through or discarded, and then it is over.

use std::{fs, path::Path};

use plimsoll_local::LocalStore;
use plimsoll_pipeline::{DocumentKind, Store as _};
use plimsoll_tests::samples::root;
use serde_json::{Value, json};

use crate::programs::plimsoll;

const NOW: &str = "2026-12-01T08:00:00Z";
const LATER: &str = "2026-12-02T08:00:00Z";

/// What the program printed, and its exit status.
fn run(folder: &Path, arguments: &[&str]) -> (String, i32) {
    let output = plimsoll(folder, arguments);
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (text, output.status.code().unwrap())
}

fn json_lines(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let arguments = [&["--json", "--now", NOW][..], arguments].concat();
    let output = plimsoll(folder, &arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The titles and severities of the open findings about what cannot be read.
fn unreadable(folder: &Path) -> Vec<(String, String)> {
    let text = |finding: &Value, field: &str| finding[field].as_str().unwrap().to_owned();
    let open = json_lines(folder, &["findings"]);
    let titles = open.iter().map(|finding| (text(finding, "title"), text(finding, "severity")));
    titles.filter(|(title, _)| title.starts_with("Unreadable event")).collect()
}

/// A folder with an event that is read, four that are not, and a file that is no event.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events");
    fs::create_dir(&events).unwrap();
    let write = |name: &str, content: String| fs::write(events.join(name), content).unwrap();
    write("good.json", fs::read_to_string(root().join("events/backup-job/backup-failed.json")).unwrap());
    let known = json!({"id": "k", "source": "aws.backup", "detail-type": "Backup Job State Change", "detail": "it failed",
                       "account": "111122223333", "region": "eu-central-1", "time": "2026-11-30T08:00:00Z"});
    write("known-source.json", known.to_string());
    write("flat.json", json!({"rule": "restricted-ssh", "compliance": "NON_COMPLIANT"}).to_string());
    write("flat-too.json", json!({"fileName": "incoming/invoice.zip", "scanResult": "THREATS_FOUND"}).to_string());
    let topic = "arn:aws:sns:eu-central-1:444455556666:cost";
    write(
        "prose.json",
        json!({"Type": "Notification", "TopicArn": topic, "Message": "disk \u{1b}[31mfull"}).to_string(),
    );
    write("notes.txt", "not an event".to_owned());
    folder
}

#[test]
fn what_cannot_be_read_is_told_shown_and_discarded_and_then_over() {
    let folder = folder();
    let path = folder.path();
    let (said, code) = run(path, &["--now", NOW, "replay", "events"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("skipped events/notes.txt: its name ends in neither"), "{said}");
    let high = |title: &str| (format!("Unreadable event: {title}"), "high".to_owned());
    let medium = |title: &str| (format!("Unreadable event: {title}"), "medium".to_owned());
    let mut open = unreadable(path);
    open.sort();
    assert_eq!(
        open,
        [
            high("Backup Job State Change"),
            medium("document with fileName, scanResult"),
            medium("document with rule, compliance"),
            medium("message of topic cost"),
        ]
    );

    let waiting = json_lines(path, &["quarantine", "list"]);
    assert_eq!(waiting.len(), 4);
    let id = |word: &str| {
        let one = waiting.iter().find(|one| one["reason"].as_str().unwrap().contains(word)).unwrap();
        one["id"].as_str().unwrap().chars().take(8).collect::<String>()
    };
    let (shown, _) = run(path, &["quarantine", "show", &id("prose")]);
    assert!(shown.contains("\"Message\": \"disk \\u001b[31mfull\"") && !shown.contains('\u{1b}'), "{shown}");
    assert!(shown.contains("because    it is an SNS message in prose"), "{shown}");

    let prose = id("prose");
    let discard = ["--now", LATER, "quarantine", "discard", &prose, "--reason", "a test of the alarm", "--as", "sam"];
    let (said, code) = run(path, &discard);
    assert!(code == 0 && said.contains("is over") && said.to_lowercase().contains("resolved"), "{said}");
    assert_eq!(unreadable(path).len(), 3);
    let (said, code) = run(path, &["--now", LATER, "quarantine", "replay"]);
    assert!(code == 1 && said.matches("still not taken; it stays").count() == 3, "{said}");
    let (said, _) =
        run(path, &["--now", LATER, "quarantine", "discard", "--all", "--reason", "sent by hand", "--as", "sam"]);
    assert_eq!(said.matches("is over").count(), 3, "{said}");
    assert!(run(path, &["quarantine", "list"]).0.contains("the quarantine is empty"));
    assert_eq!(unreadable(path).len(), 0);
    let all = json_lines(path, &["quarantine", "list", "--all"]);
    assert!(all.len() == 4 && all.iter().all(|one| one["discarded"]["by"] == "sam"), "{all:?}");
}

#[tokio::test]
async fn a_discard_has_an_audit_row_and_needs_a_reason() {
    let folder = folder();
    let path = folder.path();
    run(path, &["--now", NOW, "replay", "events/prose.json"]);
    let (said, code) = run(path, &["quarantine", "discard", "--all", "--reason", "no"]);
    assert!(code == 2 && said.contains("a reason of at least 10 characters"), "{said}");
    let (said, code) = run(path, &["quarantine", "discard", "0123abcd", "--reason", "a test of the alarm"]);
    assert!(code == 2 && said.contains("no event 0123abcd waits in quarantine"), "{said}");
    run(path, &["--now", LATER, "quarantine", "discard", "--all", "--reason", "a test of the alarm", "--as", "sam"]);
    let store = LocalStore::open(&path.join(".plimsoll/state.redb")).unwrap();
    let rows = store.documents(DocumentKind::Audit).await.unwrap();
    assert_eq!(rows.len(), 1);
    let row = &rows[0].body;
    assert_eq!(
        (&row["actor"], &row["action"], &row["reason"]),
        (&json!("sam"), &json!("discarded"), &json!("a test of the alarm"))
    );
    assert_eq!(row["at"], json!(LATER));
    assert!(row["quarantined"]["reason"].as_str().unwrap().contains("prose"), "{row}");
}

/// What was discarded and comes again waits again: otherwise nothing could end the finding that it opens again.
#[test]
fn what_was_discarded_and_comes_again_waits_again() {
    let folder = folder();
    let path = folder.path();
    let flat = ["replay", "events/flat.json"];
    run(path, &[&["--now", NOW][..], &flat].concat());
    run(path, &["--now", LATER, "quarantine", "discard", "--all", "--reason", "sent by hand"]);
    assert_eq!(unreadable(path).len(), 0);
    run(path, &[&["--now", "2026-12-03T08:00:00Z"][..], &flat].concat());
    assert_eq!(unreadable(path).len(), 1);
    assert_eq!(json_lines(path, &["quarantine", "list"]).len(), 1);
    let (said, _) =
        run(path, &["--now", "2026-12-04T08:00:00Z", "quarantine", "discard", "--all", "--reason", "sent by hand"]);
    assert!(said.contains("is over"), "{said}");
}

/// An event of which one part cannot be read opens a finding, too, and that can be ended as well.
#[test]
fn a_part_that_cannot_be_read_waits_in_quarantine_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let finding = |id: Value| {
        json!({"Id": id, "Type": "Recon:EC2/Portscan", "Severity": 5, "AccountId": "111122223333", "Region": "eu-central-1",
               "Resource": {"ResourceType": "Instance", "InstanceDetails": {"InstanceId": "i-0123456789abcdef0"}},
               "Service": {"ServiceName": "guardduty"}, "UpdatedAt": "2026-11-30T08:00:00Z"})
    };
    let answer = json!({"Findings": [finding(json!("a1")), finding(json!(null))]});
    fs::write(path.join("answer.json"), answer.to_string()).unwrap();
    run(path, &["--now", NOW, "replay", "answer.json"]);
    assert_eq!(unreadable(path).len(), 1);
    assert_eq!(json_lines(path, &["quarantine", "list"]).len(), 1);
    let (said, code) = run(path, &["--now", LATER, "quarantine", "replay"]);
    assert!(code == 1 && said.contains("still not taken"), "{said}");
    let (said, _) = run(path, &["--now", LATER, "quarantine", "discard", "--all", "--reason", "it has no id"]);
    assert!(said.contains("is over"), "{said}");
    assert_eq!(unreadable(path).len(), 0);
}

#[test]
fn a_torn_file_below_a_folder_is_named_and_stops_nobody() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("events/aaa.json.gz"), [0x1f, 0x8b, 8, 0]).unwrap();
    for command in ["explain", "replay"] {
        let (said, code) = run(path, &["--now", NOW, command, "events"]);
        assert!(code == 2 && said.contains("skipped events/aaa.json.gz: cannot unpack"), "{said}");
        assert!(said.contains("skipped events/notes.txt"), "{said}");
        assert!(said.contains("good.json: Backup Job State Change"), "{said}");
    }
    let skipped = json_lines_of(path, &["explain", "events"]);
    assert!(skipped.iter().any(|line| line["skipped"] == "events/notes.txt"), "{skipped:?}");
}

fn json_lines_of(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let output = plimsoll(folder, &[&["--json"][..], arguments].concat());
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// `explain` says what the alert says: facts, parts, advice, the mark of a sample, and what the finding is evidence for.
#[test]
fn explain_says_what_the_alert_says() {
    let sample = |name: &str| root().join("events").join(name).display().to_string();
    let here = tempfile::tempdir().unwrap();
    let explain_at = |now: &str, name: &str| run(here.path(), &["--now", now, "explain", &sample(name)]).0;
    let explain = |name: &str| explain_at(NOW, name);
    let said = explain("ecr-scan/inspector-finding-active.json");
    for words in ["Facts", "What to do", "refutes CICD-03", "Runbook"] {
        assert!(said.contains(words), "{words} in\n{said}");
    }
    assert!(!said.contains("Open (1)"), "the headline and the facts say the only part: {said}");
    let said = explain("guardduty-finding/malware-tag-failed.json");
    assert!(said.contains("Failed") && !said.contains("Open (1)"), "{said}");
    let said = explain("guardduty-finding/sample.json");
    assert!(said.contains("sample     somebody generated it") && said.contains("a sample is no evidence"), "{said}");
    assert!(!said.contains("proves") && !said.contains("refutes"), "{said}");
    let said = explain_at("2026-10-07T08:00:00Z", "backup-job/backup-completed-the-next-night.json");
    assert!(said.contains("supports DR-02") && said.contains("reads tell"), "one backup is not every backup: {said}");
    let said = explain("backup-job/backup-completed-the-next-night.json");
    assert!(said.contains("does not decide DR-02"), "{said}");
    let said = explain_at("2026-10-13T08:00:00Z", "backup-job/restore-completed.json");
    assert!(said.contains("proves DR-06"), "{said}");
    let said = explain_at("2027-10-13T08:00:00Z", "backup-job/restore-completed.json");
    assert!(said.contains("does not decide DR-06") && said.contains("older than 90 days"), "{said}");
    let folder = root().join("events/backup-job").display().to_string();
    let all = json_lines_of(here.path(), &["explain", &folder]);
    assert!(all.len() > 20, "{}", all.len());
    let failed = all.iter().find(|e| e["file"].as_str().unwrap().ends_with("/backup-failed.json")).unwrap();
    let finding = &failed["findings"][0];
    assert!(!finding["facts"].as_array().unwrap().is_empty() && finding["remediation"].is_string(), "{finding}");
    assert_eq!(
        (&finding["evidence"][0]["line"], &finding["evidence"][0]["verdict"]),
        (&json!("DR-02"), &json!("refutes"))
    );
}
