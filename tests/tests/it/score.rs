//! The score by the real program: every output has the same figures, and they follow from the lines that `--explain` shows.

use std::{fs, path::Path};

use plimsoll_tests::samples::root;
use serde_json::Value;

use super::programs::plimsoll;

const NOW: &str = "2026-10-31T08:00:00Z";
const CONFIG: &str = "\
[environments.prod]
accounts = [\"111122223333\"]

[environments.staging]
accounts = [\"444455556666\"]
targets = { security = 70 }
";

/// A folder with a state of the shipped events.
fn desk(config: &str) -> tempfile::TempDir {
    desk_of(config, &["events"])
}

/// A folder with a state of these events.
fn desk_of(config: &str, events: &[&str]) -> tempfile::TempDir {
    let desk = tempfile::tempdir().unwrap();
    fs::write(desk.path().join("plimsoll.toml"), config).unwrap();
    for path in events {
        print(desk.path(), &["replay", root().join(path).to_str().unwrap()]);
    }
    desk
}

/// The same configuration with prod as the headline.
fn with_headline() -> String {
    CONFIG.replace("[environments.prod]\n", "[environments.prod]\nheadline = true\n")
}

fn print(folder: &Path, arguments: &[&str]) -> String {
    let output = plimsoll(folder, &[arguments, &["--state", "state.redb", "--now", NOW]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&print(folder, &[arguments, &["--json"]].concat())).unwrap()
}

/// `sum ÷ count` in whole numbers, a half rounded up.
fn rounded(sum: u64, count: u64) -> u64 {
    if count == 0 { 0 } else { (2 * sum + count) / (2 * count) }
}

/// The figures once more, from nothing but the lines.
fn reckoned(lines: &[Value]) -> (u64, u64) {
    let (mut lower, mut upper, mut categories) = (0, 0, 0);
    for category in ["security", "reliability", "operations", "performance", "cost"] {
        let lines = || lines.iter().filter(|line| line["category"] == category && line["out_of_scope"] == false);
        let weight = |state: &str| -> u64 {
            let of_state = lines().filter(|line| state.is_empty() || line["evidenced"] == state);
            of_state.map(|line| line["weight"].as_u64().unwrap()).sum()
        };
        let all = weight("");
        if all > 0 {
            categories += 1;
            lower += rounded(100 * weight("met"), all);
            upper += rounded(100 * (all - weight("gap")), all);
        }
    }
    (rounded(lower, categories), rounded(upper, categories))
}

#[test]
fn explain_reconciles_to_the_last_point_in_every_environment_and_all_outputs_agree() {
    let desk = desk(CONFIG);
    let mut seen = Vec::new();
    for environment in [None, Some("prod"), Some("staging")] {
        let scope: Vec<&str> = environment.iter().flat_map(|name| ["--environment", name]).collect();
        let ask = |command: &[&str]| json(desk.path(), &[command, &scope].concat());
        let explained = ask(&["score", "--explain"]);
        let score = &explained["score"];
        let figures = (score["current"].as_u64().unwrap(), score["bounds"]["upper"].as_u64().unwrap());
        assert_eq!(reckoned(explained["lines"].as_array().unwrap()), figures, "{environment:?}");
        assert_eq!(&ask(&["checklist"])["score"], score, "{environment:?}");
        let plan = &ask(&["plan"])["plan"];
        assert_eq!((plan["current"].as_u64().unwrap(), plan["upper"].as_u64().unwrap()), figures, "{environment:?}");
        seen.push(figures);
    }
    assert!(seen.windows(2).all(|two| two[0] != two[1]), "the environments differ: {seen:?}");
    let digest = json(desk.path(), &["digest"]);
    assert_eq!(digest["digest"]["score"]["bounds"]["upper"].as_u64(), Some(seen[0].1));

    let (score, digest) = (print(desk.path(), &["score"]), print(desk.path(), &["digest"]));
    let standing = score.lines().next().unwrap();
    let known = standing.split(';').next().unwrap();
    assert!(known.contains("of 100 lines known: "), "the counts lead while little is known: {standing}");
    assert!(digest.contains(known), "{known}\n{digest}");
    assert!(score.contains("Phase 1: "), "{score}");
}

#[test]
fn the_plan_has_both_lists_and_its_pages_are_there() {
    let desk = desk(CONFIG);
    let plan = json(desk.path(), &["plan", "--target", "92"]);
    let plan = &plan["plan"];
    assert_eq!(plan["target"], 92);
    let steps = |list: &str| plan[list].as_array().unwrap().clone();
    assert!(!steps("fix").is_empty() && !steps("see").is_empty());
    for step in steps("fix") {
        let page = step["page"].as_str().unwrap_or_else(|| panic!("{step}"));
        assert!(root().join(page).exists(), "{page}");
        for path in step["uses"].as_array().unwrap() {
            assert!(root().join(path.as_str().unwrap()).exists(), "{path}");
        }
    }
    let reached = plan["reached_after"].as_u64();
    let all: Vec<Value> = [steps("fix"), steps("see")].concat();
    match reached {
        Some(number) => assert!(all[usize::try_from(number).unwrap() - 1]["after"].as_u64() >= Some(92)),
        None => assert!(all.iter().all(|step| step["after"].as_u64() < Some(92))),
    }
    assert!(json(desk.path(), &["plan", "--target", "0"])["plan"]["reached_after"] == 0);
}

/// The lines of the document that are looked at before going live, in its order.
const GO_LIVE: [&str; 16] = [
    "GO-01", "GO-02", "GO-03", "GO-04", "GO-05", "GO-06", "GO-07", "GO-08", "GO-09", "GO-10", "GO-11", "GO-12",
    "GO-13", "GO-14", "GO-15", "GO-16",
];

fn exit(folder: &Path, arguments: &[&str]) -> Option<i32> {
    plimsoll(folder, &[arguments, &["--state", "state.redb", "--now", NOW]].concat()).status.code()
}

#[test]
fn go_or_no_go_in_the_order_of_the_document_and_the_exit_status_says_which() {
    let desk = desk(CONFIG);
    let list = json(desk.path(), &["score", "--golive"]);
    let lines = list["golive"]["lines"].as_array().unwrap().clone();
    assert_eq!(lines.iter().map(|line| line["id"].as_str().unwrap()).collect::<Vec<_>>(), GO_LIVE);
    assert_eq!((list["golive"]["go"].as_bool(), exit(desk.path(), &["score", "--golive"])), (Some(false), Some(1)));
    let text = print(desk.path(), &["score", "--golive", "--environment", "prod"]);
    assert!(text.starts_with("No-go: "), "{text}");

    // What nobody proved can still be decided: each decision has a name and an end.
    for line in lines.iter().filter(|line| line["go"] == false) {
        let id = line["id"].as_str().unwrap();
        let waive =
            ["waive", id, "--until", "2026-12-20", "--owner", "head-of-web", "--reason", "accepted for the launch"];
        assert_eq!(exit(desk.path(), &waive), Some(0), "{id}");
    }
    let before = json(desk.path(), &["score"]);
    let list = json(desk.path(), &["score", "--golive"]);
    assert_eq!((list["golive"]["go"].as_bool(), exit(desk.path(), &["score", "--golive"])), (Some(true), Some(0)));
    let text = print(desk.path(), &["score", "--golive"]);
    assert!(text.contains("with an accepted risk") && text.contains("head-of-web until 2026-12-20"), "{text}");
    assert_eq!(json(desk.path(), &["score"])["score"]["current"], before["score"]["current"], "and no point is won");
}

const TEAM: &str = "
[lines_off.ADV-01]
owner = \"platform\"
reason = \"Shield Advanced is not bought\"

[[lines]]
id = \"OWN-01\"
title = \"Every resource has an owner\"
category = \"operations\"
owner = \"platform\"
evidence = [{ check = \"config:A_RULE_OF_THE_TEAM\", met = \"resolved\", gap_from = \"low\" }]

[[lines]]
id = \"OWN-02\"
title = \"The supplier is checked\"
category = \"security\"
owner = \"procurement\"
signed = { by = \"ana\", on = \"2026-10-01\", days = 90, document = \"docs/supplier.pdf\" }
";

#[test]
fn own_lines_count_apart_and_a_line_that_is_off_is_named_by_every_score() {
    let (plain, team) = (desk(CONFIG), desk(&format!("{CONFIG}{TEAM}")));
    let figures = |folder: &Path| {
        let score = json(folder, &["score"])["score"].clone();
        (score["current"].clone(), score["bounds"].clone(), score["categories"].clone(), score["phases"].clone())
    };
    assert_eq!(figures(plain.path()), figures(team.path()), "neither moves an evidenced figure");
    for command in [&["score"][..], &["digest"], &["score", "--explain"], &["score", "--environment", "prod"]] {
        let text = print(team.path(), command);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("ADV-01 by platform: Shield Advanced is not bought"), "{command:?}: {text}");
        assert!(words.contains("Own lines, counted apart: 1 met, 0 gap, 1 unknown, 0 waived."), "{command:?}: {text}");
    }
    let shown = print(team.path(), &["show", "OWN-02"]);
    assert!(shown.contains("signed by ana") && shown.contains("docs/supplier.pdf"), "{shown}");
    assert!(print(team.path(), &["checklist", "--markdown"]).contains("## Own lines"));
}

#[test]
fn the_trend_keeps_each_day_with_what_changed_and_what_changed_it() {
    let desk = tempfile::tempdir().unwrap();
    fs::write(desk.path().join("plimsoll.toml"), with_headline()).unwrap();
    let run = |arguments: &[&str], now: &str| {
        let output = plimsoll(desk.path(), &[arguments, &["--state", "state.redb", "--now", now]].concat());
        assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(run(&["score", "--trend"], "2026-10-10").contains("There is no history yet"));
    let first = run(&["digest", "--send"], "2026-10-11T08:00:00Z");
    assert!(first.contains("This is the first digest"), "{first}");
    let event = root().join("events/backup-job/restore-completed.json");
    run(&["replay", event.to_str().unwrap()], "2026-10-12T11:00:00Z");
    let second = run(&["digest", "--send"], "2026-10-12T12:00:00Z");
    let words = second.split_whitespace().collect::<Vec<_>>().join(" ");
    let days: Value = serde_json::from_str(&run(&["score", "--trend", "--json"], "2026-10-12T13:00:00Z")).unwrap();
    let days = days["days"].as_array().unwrap();
    assert_eq!(days.len(), 2, "{days:#?}");
    let step = days[1]["steps"].as_array().unwrap().first().unwrap_or_else(|| panic!("{second}\n{days:#?}"));
    assert!(step["cause"].as_str().unwrap().contains("proved: "), "{step}");
    assert!(words.contains(step["line"].as_str().unwrap()) && words.contains("because proved: "), "{second}");
    assert_eq!(days[1]["by_list"], 0);
    let drawn = run(&["score", "--trend"], "2026-10-12T13:00:00Z");
    assert!(drawn.contains("2026-10-12") && drawn.contains(" → met: proved: "), "{drawn}");
    let prod = run(&["score", "--trend", "--environment", "prod", "--json"], "2026-10-12T13:00:00Z");
    assert_eq!(serde_json::from_str::<Value>(&prod).unwrap()["days"].as_array().unwrap().len(), 2);
}

#[test]
fn the_headline_is_one_environment_and_the_whole_is_no_better_than_the_worst() {
    // A drill in prod, which nobody has done in staging.
    let drill = "events/backup-job/restore-completed.json";
    let desk = desk_of(&with_headline(), &[drill, "events/ecr-scan", "events/config-rule", "events/cost-anomaly"]);
    let ask = |arguments: &[&str]| json(desk.path(), arguments);
    let headline = ask(&["score"]);
    assert_eq!(headline["environment"], "prod");
    let prod = ask(&["score", "--environment", "prod"]);
    assert_eq!(headline["score"], prod["score"]);
    let staging = ask(&["score", "--environment", "staging"]);
    let whole = ask(&["score", "--deployment"]);
    assert!(whole["environment"].is_null());
    let current = |value: &Value| value["score"]["current"].as_u64().unwrap();
    assert!(current(&whole) <= current(&prod).min(current(&staging)), "{whole}");
    assert!(current(&prod) != current(&whole), "the environments differ, or this shows nothing");

    let digest = ask(&["digest"])["digest"].clone();
    assert_eq!((&digest["environment"], &digest["score"]), (&headline["environment"], &headline["score"]));
    let others: Vec<(Option<&str>, u64)> = digest["others"]
        .as_array()
        .unwrap()
        .iter()
        .map(|other| (other["name"].as_str(), other["current"].as_u64().unwrap()))
        .collect();
    assert_eq!(others, [(Some("staging"), current(&staging)), (None, current(&whole))]);
    for command in [&["plan"][..], &["checklist"], &["score", "--golive"]] {
        assert_eq!(ask(command)["environment"], "prod", "{command:?}");
    }
    let text = print(desk.path(), &["score"]);
    assert!(text.starts_with("prod\n") && text.contains("all of them"), "{text}");
    // A line that is met in one environment only says so.
    let explained = ask(&["score", "--explain", "--deployment"]);
    let lines = explained["lines"].as_array().unwrap();
    let reasons: Vec<&str> =
        lines.iter().flat_map(|line| line["because"].as_array().unwrap()).filter_map(Value::as_str).collect();
    assert!(reasons.contains(&"unknown in staging"), "{reasons:#?}");
}

/// `replay` moves the figure that `score` shows: of the headline, else of the whole, which is no better than its worst environment.
#[test]
fn replay_moves_the_score_that_score_shows() {
    let drill = root().join("events/backup-job/restore-completed.json");
    for (config, moved) in [(CONFIG.to_owned(), None), (with_headline(), Some("score 0 -> 1"))] {
        let desk = tempfile::tempdir().unwrap();
        fs::write(desk.path().join("plimsoll.toml"), config).unwrap();
        let said = print(desk.path(), &["replay", drill.to_str().unwrap()]);
        let current = json(desk.path(), &["score"])["score"]["current"].as_u64().unwrap();
        assert_eq!(current, u64::from(moved.is_some()));
        assert_eq!(said.contains("score 0 -> 1"), moved.is_some(), "{said}");
    }
}
