//! How the command line explains itself: commands by what they are for, and examples for each.

use clap::{Command, CommandFactory as _};
use plimsoll_pipeline::waiver::{LONGEST_CRITICAL_DAYS, LONGEST_DAYS, SHORTEST_REASON};
use plimsoll_render::hanging;

use crate::{arguments::Arguments, output};

/// The commands by what they are for, in the order in which a new user needs them.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Try it", &["demo", "inbox"]),
    ("Look at events", &["explain", "route", "preview", "replay", "quarantine"]),
    ("See what is so", &["collect", "score", "plan", "checklist", "findings", "show", "digest"]),
    ("Decide", &["ack", "waive", "waivers"]),
    ("Set it up", &["init", "check", "doctor", "schema", "completions"]),
];

/// Examples by command; a test parses each of them.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("demo", &["plimsoll demo", "plimsoll demo --out /tmp/demo --json"]),
    ("inbox", &["plimsoll inbox", "plimsoll inbox --port 8117 --json"]),
    (
        "explain",
        &[
            "plimsoll explain events/ecr-scan/image-scan-critical.json",
            "aws sqs receive-message ... | plimsoll explain -",
        ],
    ),
    (
        "route",
        &[
            "plimsoll route events/cost-anomaly/anomaly-day-one.json",
            "plimsoll route event.json --explain --config staging.toml",
        ],
    ),
    (
        "preview",
        &[
            "plimsoll preview events/guardduty-finding/attack-sequence-on-ecs.json",
            "plimsoll preview event.json --html message.html --theme dark",
        ],
    ),
    (
        "replay",
        &[
            "plimsoll replay events/",
            "plimsoll replay event.json --now 2026-11-02",
            "PLIMSOLL_TABLE=plimsoll-state plimsoll replay --quarantine",
        ],
    ),
    (
        "quarantine",
        &[
            "plimsoll quarantine list",
            "plimsoll quarantine show 5e6f7a8b",
            "PLIMSOLL_TABLE=plimsoll-state plimsoll quarantine replay",
            "plimsoll quarantine discard 5e6f7a8b --reason \"a test message of the network team\"",
        ],
    ),
    (
        "collect",
        &[
            "plimsoll collect --region eu-central-1",
            "plimsoll collect --region eu-central-1 --record answers",
            "plimsoll collect --from answers",
        ],
    ),
    (
        "score",
        &[
            "plimsoll score",
            "plimsoll score --explain --environment prod",
            "plimsoll score --golive --environment prod",
            "plimsoll score --trend",
            "plimsoll score --declared",
        ],
    ),
    ("plan", &["plimsoll plan", "plimsoll plan --target 92", "plimsoll plan --environment prod --json"]),
    ("checklist", &["plimsoll checklist", "plimsoll checklist --markdown > CHECKLIST.md"]),
    (
        "findings",
        &[
            "plimsoll findings --severity high --since 7d",
            "plimsoll findings --account 111122223333 --source ecr-scan --source config-rule",
            "PLIMSOLL_TABLE=plimsoll-state plimsoll findings --environment prod --waived",
        ],
    ),
    ("show", &["plimsoll show a1b2c3d4", "plimsoll show SEC-02", "plimsoll show a1b2c3d4 --json"]),
    ("ack", &["plimsoll ack a1b2c3d4 --owner platform", "plimsoll ack a1b2c3d4 --owner finance --planned"]),
    ("digest", &["plimsoll digest", "plimsoll digest --now 2026-11-02", "plimsoll digest --send"]),
    (
        "waive",
        &[
            "plimsoll waive a1b2c3d4 --until 2026-12-01 --owner platform --reason \"base image is replaced in sprint 12\"",
            "plimsoll waive config:S3_BUCKET_VERSIONING_ENABLED --resource \"scratch-*\" --until 2026-12-01 --owner data --reason \"scratch data, nothing to restore\"",
        ],
    ),
    (
        "waivers",
        &["plimsoll waivers", "plimsoll waivers --approve 5e6f7a8b --as ben", "plimsoll waivers --revoke 5e6f7a8b"],
    ),
    ("init", &["plimsoll init", "plimsoll init --config staging.toml --force"]),
    ("check", &["plimsoll check", "plimsoll check --config staging.toml --json"]),
    (
        "doctor",
        &[
            "plimsoll doctor",
            "plimsoll doctor --before --region eu-central-1",
            "PLIMSOLL_TABLE=plimsoll-state AWS_REGION=eu-central-1 plimsoll doctor",
        ],
    ),
    ("schema", &["plimsoll schema > plimsoll.schema.json"]),
    ("completions", &["plimsoll completions bash > /etc/bash_completion.d/plimsoll"]),
];

/// The command line with its groups and examples, as wide as the terminal.
pub(crate) fn command() -> Command {
    let mut command = Arguments::command().term_width(output::text_width());
    let groups = groups(&command);
    command = command
        .before_help(groups)
        .help_template("{about-with-newline}\n{usage-heading} {usage}\n\n{before-help}{options}{after-help}");
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        let text = after(&name);
        command = command.mut_subcommand(name, |sub| sub.after_help(text));
    }
    command
}

fn groups(command: &Command) -> String {
    let mut out = String::new();
    for (title, names) in GROUPS {
        out.extend([title, ":\n"]);
        for name in names {
            let about = command.find_subcommand(name).and_then(|sub| sub.get_about()).map(ToString::to_string);
            out.push_str(&hanging(&format!("  {name:<12} "), &about.unwrap_or_default(), Some(output::text_width())));
        }
        out.push('\n');
    }
    out
}

fn after(name: &str) -> String {
    let mut out = String::new();
    if name == "waive" {
        out = format!(
            "Limits:\n  A waiver lasts at most {LONGEST_DAYS} days; that of a critical finding at most {LONGEST_CRITICAL_DAYS}, and it needs the \
             finding, not `--resource`.\n  The reason has at least {SHORTEST_REASON} characters. What becomes worse than the waiver covers is \
             told.\n  With `waivers.require_approval` it takes effect when somebody else has approved it.\n\n"
        );
    }
    let examples = EXAMPLES.iter().find(|(command, _)| *command == name).map_or(&[][..], |(_, examples)| examples);
    out.push_str("Examples:\n");
    for example in examples {
        out.push_str(&hanging("  ", example, Some(output::text_width())));
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_one_group_and_has_examples_that_are_right() {
        let command = command();
        command.clone().debug_assert();
        let mut listed: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let mut names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        listed.sort_unstable();
        names.sort_unstable();
        assert_eq!(listed, names);
        for name in names {
            let (_, examples) = EXAMPLES.iter().find(|(command, _)| *command == name).expect(name);
            for example in *examples {
                let words = words(example);
                let start = words.iter().position(|word| word == "plimsoll").expect("it begins with the program");
                let end = words.iter().position(|word| word == ">").unwrap_or(words.len());
                let matches = command.clone().try_get_matches_from(&words[start..end]);
                let matches = matches.unwrap_or_else(|error| panic!("{example}: {error}"));
                assert_eq!(matches.subcommand_name(), Some(name), "{example}");
                for path in words.iter().filter(|word| word.starts_with("events/")) {
                    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
                    assert!(root.join(path).exists(), "{example}: there is no {path}");
                }
            }
        }
    }

    /// Words as a shell splits them, as far as the examples need it.
    fn words(line: &str) -> Vec<String> {
        let pieces = line.split('"').enumerate();
        let words = pieces.flat_map(|(index, piece)| {
            if index % 2 == 1 {
                vec![piece.to_owned()]
            } else {
                piece.split_whitespace().map(ToOwned::to_owned).collect()
            }
        });
        words.collect()
    }
}
