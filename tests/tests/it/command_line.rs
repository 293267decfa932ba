//! What each command prints, at 60 and 200 columns and in a pipe: the real program, and its words as snapshots.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use plimsoll_collector::recording;
use plimsoll_evidence::{Read, ReadError, ReadErrorKind};
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
            let is_link = line.contains("https://") || line.trim_start().starts_with("aws ");
            // Neither is a document, nor the listing of a file under a fault.
            let start = line.trim_start();
            let is_listing = line.contains(" | ") || start.starts_with('"') || start.starts_with("= ");
            let fits = is_link || is_listing || start.starts_with("error: ") || display_width(line) <= columns;
            assert!(fits, "{arguments:?} at {columns}: {line}");
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

/// A configuration with a fault of each kind.
const FAULTY: &str = "\
acounts = [\"111122223333\"]
regions = [\"eu-centrl-1\"]
targets = { securty = 98, cost = 300 }

[channels.slack]
kind = \"slackbot\"
channel = \"C0123456789\"
token = \"xoxb-canary\"
fallback = \"male\"

[channels.mail]
kind = \"sns-humans\"
topic_arn = \"ops@example.com\"
quiet_hours = { from = \"25:00\", until = \"07:00\", time_zone = \"Mars/Phobos\" }

[[routes]]
name = \"production\"
match = { environments = [\"prod\"], severity_from = \"mediun\", sources = [\"ecr\"] }
channels = [\"slak\"]

[digest]
schedule = \"cron(0 8 * * MON)\"
";

#[test]
fn a_faulty_configuration_is_named_whole_and_without_its_secret() {
    let desk = Desk::new();
    std::fs::write(desk.folder.path().join("plimsoll.toml"), FAULTY).unwrap();
    both_widths(&desk, &[("check_faults", &["check"])]);
    let said = desk.transcript(&["check"], 200);
    assert!(!said.contains("canary") && said.contains("--- exit 2"), "{said}");
    let by_json = String::from_utf8(desk.run(&["check", "--json"], None).stdout).unwrap();
    let by_json: serde_json::Value = serde_json::from_str(&by_json).unwrap();
    let faults = by_json["faults"].as_array().unwrap();
    assert_eq!(said.matches("error: ").count(), faults.len());
    assert!(
        faults.iter().all(|fault| fault["line"].is_u64() && !fault["fix"].as_str().unwrap().is_empty()),
        "{by_json}"
    );
}

#[test]
fn what_is_in_quarantine_is_listed_shown_and_ended() {
    let desk = Desk::new();
    let unreadable = "events/cost-anomaly/unreadable-no-id.json";
    both_widths(&desk, &[("quarantine_empty", &["quarantine", "list"])]);
    desk.run(&["replay", unreadable], None);
    both_widths(&desk, &[("quarantine_list", &["quarantine", "list"])]);
    let listed = String::from_utf8(desk.run(&["quarantine", "list", "--json"], None).stdout).unwrap();
    let listed: serde_json::Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
    let id: String = listed["id"].as_str().unwrap().chars().take(8).collect();
    both_widths(
        &desk,
        &[("quarantine_show", &["quarantine", "show", &id]), ("quarantine_replay", &["quarantine", "replay"])],
    );
    let discard = ["quarantine", "discard", &id, "--reason", "a test of the drill of October"];
    snapshot("quarantine_discard", 60, &desk.transcript(&discard, 60));
    both_widths(&desk, &[("quarantine_list_all", &["quarantine", "list", "--all"])]);
}

#[test]
fn documents_for_programs_and_editors_are_whole() {
    let desk = Desk::new();
    std::fs::remove_file(desk.folder.path().join("plimsoll.toml")).unwrap();
    both_widths(&desk, &[("init", &["init", "--force"])]);
    snapshot("init_again", 60, &desk.transcript(&["init"], 60));
    for (name, arguments) in [
        ("schema", vec!["schema"]),
        ("completions", vec!["completions", "bash"]),
        ("checklist_markdown", vec!["checklist", "--markdown"]),
    ] {
        let narrow = desk.run(&arguments, Some(60)).stdout;
        assert!(narrow.len() > 1_000 && narrow == desk.run(&arguments, Some(200)).stdout, "{name} has no width");
    }
    both_widths(&desk, &[("score_declared", &["score", "--declared"])]);
}

/// How a month on one machine begins and ends.
#[test]
fn the_demo_fits_its_terminal() {
    let desk = Desk::new();
    for columns in [60, 200] {
        let text = desk.transcript(&["demo"], columns);
        let lines: Vec<&str> = text.lines().collect();
        let (first, last) = (lines[..20].join("\n"), lines[lines.len() - 30..].join("\n"));
        snapshot("demo", columns, &format!("{first}\n[...]\n{last}\n"));
    }
}

/// The table of docs/troubleshooting.md, row by row.
#[test]
fn commands_end_with_the_documented_status() {
    let desk = Desk::with_findings();
    let silent = "[channels.slack]\nkind = \"slack-bot\"\nchannel = \"C0123456789\"\ntoken = { env = \"UNSET\" }\n\
                  [[routes]]\nname = \"only critical\"\nmatch = { severity_from = \"critical\" }\nchannels = [\"slack\"]\n";
    std::fs::write(desk.folder.path().join("silent.toml"), silent).unwrap();
    std::fs::write(desk.folder.path().join("faulty.toml"), FAULTY).unwrap();
    let medium = "events/config-rule/organization-rule.json";
    let commands: [(i32, &[&str]); 12] = [
        (0, &["findings", "--since", "1h"]),
        (0, &["check"]),
        (0, &["route", medium]),
        (1, &["score"]),
        (1, &["explain", "events/cost-anomaly/unreadable-no-id.json"]),
        (1, &["route", medium, "--config", "silent.toml"]),
        (2, &["findings", "--sevirity", "high"]),
        (2, &["findings", "--source", "ecr"]),
        (2, &["check", "--config", "faulty.toml"]),
        (2, &["show", "0123abcd"]),
        (2, &["explain", "no-such-file.json"]),
        (2, &["waive", "0123abcd", "--until", "2026-12-20", "--owner", "a", "--reason", "because it is so"]),
    ];
    for (status, arguments) in commands {
        let output = desk.run(arguments, None);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let page = std::fs::read_to_string(root().join("docs/troubleshooting.md")).unwrap();
    for status in 0..=3 {
        assert!(page.contains(&format!("\n| {status} | ")), "{status}");
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = Desk::new().transcript(&["inbox", "--port", &port], 60);
    let next = (port.parse::<u16>().unwrap().wrapping_add(1)).max(1).to_string();
    snapshot("inbox_port_taken", 60, &said.replace(&port, "PORT").replace(&next, "NEXT"));
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
            ("plan", &["plan", "--target", "92"]),
            ("checklist", &["checklist"]),
            ("digest", &["digest"]),
            ("doctor", &["doctor"]),
            ("waivers_none", &["waivers"]),
        ],
    );
    let key = reference(&desk, "config-rule");
    let waive = ["waive", &key, "--until", "2026-12-20", "--owner", "platform", "--reason", "replaced in sprint 12"];
    snapshot("waive", 60, &desk.transcript(&waive, 60));
    snapshot("waive_again", 200, &desk.transcript(&waive, 200));
    both_widths(&desk, &[("waivers", &["waivers"]), ("findings_waived", &["findings", "--waived"])]);
    let (image, anomaly) = (reference(&desk, "ecr-scan"), reference(&desk, "cost-anomaly"));
    both_widths(&desk, &[("ack", &["ack", &image, "--owner", "platform"])]);
    for (name, answer) in [("ack_planned", "--planned"), ("ack_false_alarm", "--false-alarm"), ("ack_real", "--real")] {
        both_widths(&desk, &[(name, &["ack", &anomaly, "--owner", "finance", answer])]);
    }
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

/// The account of 50 services, one of them public, whose NAT gateways may not be read.
fn record_an_account(folder: &Path) {
    let mut account = super::large_account::account();
    let at = "2026-12-01T07:55:00Z".parse().unwrap();
    (account.started_at, account.finished_at) = (at, at);
    let services = &mut account.reads.get_mut("ecs:DescribeServices").unwrap().resources;
    let bad = services.iter_mut().find(|service| service.id.ends_with("api7")).unwrap();
    bad.properties["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] = "ENABLED".into();
    *account.reads.get_mut("AWS::EC2::NatGateway").unwrap() = Read {
        complete: false,
        resources: Vec::new(),
        errors: vec![ReadError {
            resource: None,
            kind: ReadErrorKind::Denied,
            action: "cloudformation:ListResources AWS::EC2::NatGateway".to_owned(),
            message: "not authorized to perform: ec2:DescribeNatGateways".to_owned(),
        }],
    };
    recording::write(folder, &[account]).unwrap();
}

#[test]
fn what_an_account_proves_is_said_at_both_widths() {
    let desk = Desk::new();
    record_an_account(&desk.folder.path().join("account"));
    both_widths(&desk, &[("collect_from", &["collect", "--from", "account"])]);
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
        "show",
        "ack",
        "quarantine",
        "waive",
        "waivers",
        "collect",
        "init",
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
