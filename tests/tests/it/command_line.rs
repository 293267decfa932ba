//! What each command prints, at 60 and 200 columns and in a pipe: the real program, and its words as snapshots.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use plimsoll_tests::samples::root;

use super::programs::program_path;

/// Every event of the transcripts lies before it.
const NOW: &str = "2026-12-01T08:00:00Z";

const EVENTS: [&str; 5] = [
    "ecr-scan/image-scan-critical.json",
    "guardduty-finding/attack-sequence-on-ecs.json",
    "cost-anomaly/anomaly-day-one.json",
    "backup-job/backup-failed.json",
    "config-rule/ecr-scanning-switched-off.json",
];

/// Two environments, look-alike channels.
const CONFIG: &str = "\
[environments.prod]
accounts = [\"111122223333\"]

[environments.staging]
accounts = [\"444455556666\"]
";

/// A folder in which commands run, with a configuration and a state.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::write(desk.folder.path().join("plimsoll.toml"), CONFIG).unwrap();
        std::os::unix::fs::symlink(root().join("events"), desk.folder.path().join("events")).unwrap();
        desk
    }

    /// With the events of the transcripts in its state.
    fn with_findings() -> Self {
        let desk = Self::new();
        let files = EVENTS.map(|event| format!("events/{event}"));
        let mut arguments = vec!["replay"];
        arguments.extend(files.iter().map(String::as_str));
        assert_eq!(desk.run(&arguments, None).status.code(), Some(0));
        desk
    }

    fn run(&self, arguments: &[&str], columns: Option<usize>) -> Output {
        let mut command = Command::new(program_path("plimsoll"));
        command.args(arguments).args(["--now", NOW]).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.env("USER", "ana");
        if let Some(columns) = columns {
            command.env("COLUMNS", columns.to_string());
        }
        command.output().unwrap()
    }

    /// The command line, what it printed, and how it ended.
    fn transcript(&self, arguments: &[&str], columns: usize) -> String {
        let output = self.run(arguments, Some(columns));
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (out, errors) = (text(&output.stdout), text(&output.stderr));
        for line in out.lines().chain(errors.lines()) {
            // What is copied whole is not broken.
            let is_link = line.contains("https://") || line.contains("aws ce ");
            assert!(is_link || display_width(line) <= columns, "{arguments:?} at {columns}: {line}");
            assert!(!line.contains('\u{1b}'), "no colour in a pipe: {line}");
        }
        let errors = if errors.is_empty() { errors } else { format!("--- on standard error\n{errors}") };
        format!("$ plimsoll {}\n{out}{errors}--- exit {}\n", arguments.join(" "), output.status.code().unwrap())
    }
}

/// The texts of the transcripts have no wide characters.
fn display_width(line: &str) -> usize {
    line.chars().count()
}

fn snapshot(name: &str, columns: usize, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/command_line");
    settings.set_prepend_module_to_snapshot(false);
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT");
    settings.add_filter(r"took \d+\.\d s", "took N s");
    settings.bind(|| insta::assert_snapshot!(format!("{name}_{columns}"), text));
}

fn both_widths(desk: &Desk, commands: &[(&str, &[&str])]) {
    for (name, arguments) in commands {
        for columns in [60, 200] {
            snapshot(name, columns, &desk.transcript(arguments, columns));
        }
    }
}

#[test]
fn commands_that_look_at_events() {
    let event = "events/guardduty-finding/attack-sequence-on-ecs.json";
    both_widths(
        &Desk::new(),
        &[
            ("explain", &["explain", event]),
            ("explain_unreadable", &["explain", "events/cost-anomaly/unreadable-no-id.json"]),
            ("route", &["route", event, "--explain"]),
            ("preview", &["preview", event]),
            ("check", &["check"]),
        ],
    );
}

#[test]
fn replay_says_what_became_of_each_event() {
    for columns in [60, 200] {
        let desk = Desk::new();
        let files = EVENTS.map(|event| format!("events/{event}"));
        let mut arguments = vec!["replay"];
        arguments.extend(files.iter().map(String::as_str));
        snapshot("replay", columns, &desk.transcript(&arguments, columns));
        snapshot("replay_again", columns, &desk.transcript(&arguments, columns));
    }
}

#[test]
fn commands_that_show_the_state() {
    let desk = Desk::with_findings();
    both_widths(
        &desk,
        &[
            ("findings", &["findings"]),
            ("findings_filtered", &["findings", "--severity", "high", "--environment", "prod", "--source", "ecr-scan"]),
            ("findings_none", &["findings", "--since", "1h"]),
            ("findings_no_such_source", &["findings", "--source", "ecr"]),
            ("findings_no_such_environment", &["findings", "--environment", "production"]),
            ("score", &["score"]),
            ("score_explain", &["score", "--explain"]),
            ("checklist", &["checklist"]),
            ("digest", &["digest"]),
            ("doctor", &["doctor"]),
            ("waivers_none", &["waivers"]),
        ],
    );
    let key = reference(&desk, "config-rule");
    let waive = ["waive", &key, "--until", "2026-12-20", "--owner", "platform", "--reason", "replaced in sprint 12"];
    snapshot("waive", 60, &desk.transcript(&waive, 60));
    both_widths(&desk, &[("waivers", &["waivers"]), ("findings_waived", &["findings", "--waived"])]);
    let (image, anomaly) = (reference(&desk, "ecr-scan"), reference(&desk, "cost-anomaly"));
    snapshot("ack", 60, &desk.transcript(&["ack", &image, "--owner", "platform"], 60));
    snapshot("ack_planned", 60, &desk.transcript(&["ack", &anomaly, "--owner", "finance", "--planned"], 60));
    snapshot("ack_no_anomaly", 60, &desk.transcript(&["ack", &image, "--owner", "finance", "--planned"], 60));
    both_widths(
        &desk,
        &[
            ("show", &["show", &image]),
            ("show_anomaly", &["show", &anomaly]),
            ("show_waived", &["show", &key]),
            ("show_line", &["show", "sec-02"]),
            ("show_unknown", &["show", "0123abcd"]),
            ("findings_answered", &["findings", "--severity", "medium"]),
        ],
    );
    let shown = String::from_utf8(desk.run(&["show", &image, "--json"], None).stdout).unwrap();
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["answer"]["owner"], "platform");
    assert!(shown["channels"]["slack"]["told"]["at"].is_string(), "{shown}");
}

#[test]
fn every_command_has_help_with_examples() {
    let desk = Desk::new();
    let commands = [
        "demo",
        "inbox",
        "explain",
        "route",
        "preview",
        "replay",
        "score",
        "checklist",
        "findings",
        "digest",
        "waive",
        "waivers",
        "check",
        "doctor",
        "schema",
        "completions",
    ];
    for columns in [60, 200] {
        let mut all = desk.transcript(&["--help"], columns);
        for command in commands {
            all.push('\n');
            all.push_str(&desk.transcript(&[command, "--help"], columns));
        }
        snapshot("help", columns, &all);
    }
}

/// The reference of the finding of a source.
fn reference(desk: &Desk, source: &str) -> String {
    let output = desk.run(&["findings", "--source", source, "--json"], None);
    let line = String::from_utf8(output.stdout).unwrap();
    let finding: serde_json::Value = serde_json::from_str(line.lines().next().expect("it has one")).unwrap();
    finding["key"].as_str().unwrap().chars().take(8).collect()
}

#[test]
fn a_pipe_gets_all_of_it_and_one_line_for_each_row() {
    let desk = Desk::with_findings();
    let text = |arguments: &[&str]| String::from_utf8(desk.run(arguments, None).stdout).unwrap();
    let findings = text(&["findings"]);
    let rows: Vec<String> = text(&["findings", "--json"]).lines().map(ToOwned::to_owned).collect();
    assert_eq!(findings.lines().count(), rows.len() + 1, "{findings}");
    for row in rows {
        let finding: serde_json::Value = serde_json::from_str(&row).unwrap();
        for field in ["title", "account", "region", "source"] {
            assert!(findings.contains(finding[field].as_str().unwrap()), "{field} of {row}\n{findings}");
        }
    }
    let again = text(&["replay", "events/cost-anomaly/anomaly-day-three-has-grown-more.json"]);
    let data = again.lines().find(|line| line.trim_start().starts_with("sns data")).expect("programs are told");
    assert!(data.ends_with('}'), "it is whole: {data}");
}

#[test]
fn colours_only_where_they_are_wanted() {
    let desk = Desk::with_findings();
    let run = |variables: &[(&str, &str)]| {
        let mut command = Command::new(program_path("plimsoll"));
        command.args(["findings", "--now", NOW]).current_dir(desk.folder.path()).env_clear();
        command.envs(variables.iter().copied());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(run(&[("CLICOLOR_FORCE", "1")]).contains("\u{1b}[1;31mCritical"));
    assert!(!run(&[]).contains('\u{1b}'));
    assert!(!run(&[("NO_COLOR", "1")]).contains('\u{1b}'));
}

#[test]
fn a_wide_terminal_is_used_and_a_narrow_one_is_not_overrun() {
    let desk = Desk::with_findings();
    // `script` gives a program a terminal; where it is not installed, the other tests hold the widths.
    let widths = [("stty rows 40 cols 30", 60), ("stty rows 40 cols 100", 100), ("stty rows 40 cols 400", 200)];
    for (size, most) in widths {
        let program = program_path("plimsoll");
        let line = format!("{size}; {} findings --now {NOW}", program.display());
        let Ok(output) = Command::new("script")
            .args(["-q", "-c", &line, "/dev/null"])
            .current_dir(desk.folder.path())
            .env("NO_COLOR", "1")
            .env_remove("COLUMNS")
            .stdin(Stdio::null())
            .output()
        else {
            return;
        };
        let text = String::from_utf8(output.stdout).unwrap();
        let widest = text.lines().map(|line| display_width(line.trim_end())).max().unwrap_or_default();
        assert!(widest <= most && (most == 200 || widest > most / 2), "{size}: {widest}\n{text}");
        assert!(Path::new("/dev/null").exists() && text.contains("Severity"), "{text}");
    }
}
