//! Ten thousand damaged events, from the samples and a fixed seed: no panic, and each ends in exactly one outcome.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use plimsoll_finding::Status;
use plimsoll_local::LocalStore;
use plimsoll_pipeline::ingest::Outcome;
use plimsoll_simulation::Random;
use plimsoll_tests::samples::envelopes;
use serde_json::{Value, json};

use super::{batch, policy, run, take};

const SEED: u64 = 0x0071_696d_736f_6c6c;
/// EventBridge's, SQS's and our own limit.
const MEBIBYTE: usize = 1024 * 1024;
/// Messages per SQS batch.
const BATCH: usize = 10;

/// A way to damage an event: the text of the new one.
type Damage = fn(&Value, &mut Random) -> String;

const CLASSES: [(&str, usize, Damage); 7] = [
    ("truncated", 2_000, truncated),
    ("type swapped", 2_000, type_swapped),
    ("field dropped", 2_000, field_dropped),
    ("oversized", 1_000, oversized),
    ("invalid text", 1_000, invalid_text),
    ("deep or wide", 1_000, deep_or_wide),
    ("unknown kind", 1_000, unknown_kind),
];

fn truncated(event: &Value, random: &mut Random) -> String {
    let text = event.to_string();
    let mut end = random.position(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap().to_owned()
}

fn type_swapped(event: &Value, random: &mut Random) -> String {
    let others = [
        json!(null),
        json!(0),
        json!(-1),
        json!(1e308),
        json!(u64::MAX),
        json!(true),
        json!(""),
        json!("text"),
        json!("2026-02-30T25:61:00Z"),
        json!([]),
        json!({}),
        json!([null]),
        json!([[["x"]]]),
        json!({"a": {"b": 1}}),
    ];
    let mut event = event.clone();
    for _ in 0..=random.position(3) {
        let path = any_path(&event, random);
        *event.pointer_mut(&path).unwrap() = others[random.position(others.len())].clone();
    }
    event.to_string()
}

fn field_dropped(event: &Value, random: &mut Random) -> String {
    let mut event = event.clone();
    for _ in 0..=random.position(2) {
        let path = any_path(&event, random);
        let (parent, name) = path.rsplit_once('/').unwrap();
        match event.pointer_mut(parent).unwrap() {
            Value::Object(object) => drop(object.shift_remove(&name.replace("~1", "/").replace("~0", "~"))),
            Value::Array(array) => drop(array.remove(name.parse().unwrap())),
            _ => panic!("a path leads through objects and lists"),
        }
    }
    event.to_string()
}

fn oversized(event: &Value, random: &mut Random) -> String {
    let length = match random.position(40) {
        0 => MEBIBYTE + 1,
        1 => MEBIBYTE,
        _ => 256 * 1024 + random.position(64 * 1024),
    };
    let filler = random.pick(["A", "\\n", "&<", "é", "\\u202e"]);
    let empty = with_text(event, random, "\"\"");
    let room = length.saturating_sub(empty.len()) / filler.len();
    let padded = empty.replacen("\"\"", &format!("\"{}\"", filler.repeat(room)), 1);
    let rest = length.saturating_sub(padded.len());
    padded + &" ".repeat(rest)
}

fn invalid_text(event: &Value, random: &mut Random) -> String {
    if random.position(2) == 0 {
        let escapes =
            ["\\ud800", "\\udfff\\ud800", "\\u0000", "\\uffff", "\\u202e\\u2066", "\\x", "\u{1}", "\\ud83d\\ude00"];
        let raw = format!("\"before {} after\"", random.pick(escapes));
        return with_text(event, random, &raw);
    }
    let mut bytes = event.to_string().into_bytes();
    for _ in 0..=random.position(8) {
        let position = random.position(bytes.len());
        bytes[position] = random.pick([0xff, 0xc0, 0x80, 0xed, 0x00, 0x1b]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn deep_or_wide(event: &Value, random: &mut Random) -> String {
    let raw = match random.position(7) {
        0 => nested("[", "]", 120 + random.position(20)),
        1 => nested("{\"a\":", "}", 120 + random.position(20)),
        2 => "[".repeat(50_000),
        3 => format!("{{{}}}", (0..2_000).map(|i| format!("\"k{i}\":{i}")).collect::<Vec<_>>().join(",")),
        4 => format!("[{}]", vec!["{}"; 3_000].join(",")),
        5 => "9".repeat(1 + random.position(400)),
        _ => "{\"state\":1,\"state\":\"FAILED\",\"state\":null}".to_owned(),
    };
    with_text(event, random, &raw)
}

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

fn unknown_kind(event: &Value, random: &mut Random) -> String {
    let mut event = event.clone();
    let kinds = [
        "ECR Image Scan ",
        "ecr image scan",
        "Config Rules Re-evaluation Status",
        "GuardDuty Finding V3",
        "X",
        "*",
        "\u{202e}",
        "",
    ];
    let sources = ["aws.ecr", "aws.unknown", "com.example", "AWS.ECR", "aws.ecr\u{0}", ""];
    event["detail-type"] = json!(format!("{}{}", random.pick(kinds), random.position(50)));
    if random.position(2) == 0 {
        event["source"] = json!(random.pick(sources));
    }
    event.to_string()
}

/// The event with this raw text, which need not be JSON, in place of one of its values.
fn with_text(event: &Value, random: &mut Random, raw: &str) -> String {
    const MARK: &str = "@@ here @@";
    let mut event = event.clone();
    let path = any_path(&event, random);
    *event.pointer_mut(&path).unwrap() = json!(MARK);
    event.to_string().replacen(&format!("\"{MARK}\""), raw, 1)
}

/// A JSON pointer to any value within, at any depth.
fn any_path(event: &Value, random: &mut Random) -> String {
    fn collect(value: &Value, path: &str, paths: &mut Vec<String>) {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(object) => object.iter().map(|(k, v)| (k.replace('~', "~0").replace('/', "~1"), v)).collect(),
            Value::Array(array) => array.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect(),
            _ => return,
        };
        for (name, child) in children {
            let path = format!("{path}/{name}");
            collect(child, &path, paths);
            paths.push(path);
        }
    }
    let mut paths = Vec::new();
    collect(event, "", &mut paths);
    paths.swap_remove(random.position(paths.len()))
}

/// One class of damage, in SQS batches, into a store of its own. Returns how many events had which outcome.
fn take_class(number: usize) -> BTreeMap<Outcome, usize> {
    let (class, count, damage) = CLASSES[number];
    let samples: Vec<Value> = envelopes().unwrap().into_iter().map(|e| e.json).collect();
    let policy = policy();
    let mut random = Random::new(SEED + u64::try_from(number).unwrap());
    let mut counts = BTreeMap::new();
    let mut store = LocalStore::in_memory().unwrap();
    let (mut received, mut slowest) = (0, 0);
    while received < count {
        // What is kept in quarantine is kept in memory here.
        if class == "oversized" && received % 100 == 0 {
            store = LocalStore::in_memory().unwrap();
        }
        let messages: Vec<(String, String)> = (received..count.min(received + BATCH))
            .map(|n| (format!("{class} {n}"), damage(&samples[random.position(samples.len())], &mut random)))
            .collect();
        let payload = batch(&messages);
        let started = Instant::now();
        let taken = catch_unwind(AssertUnwindSafe(|| run(take(&store, &payload, &policy))));
        slowest = slowest.max(started.elapsed().as_millis());
        let Ok(summaries) = taken else { panic!("one of these panicked, from {:?} on", messages[0]) };
        let answered: BTreeSet<&str> = summaries.iter().filter_map(|s| s.message_id.as_deref()).collect();
        assert_eq!(answered.len(), messages.len(), "a message was lost: {answered:?}");
        for summary in &summaries {
            let outcome = summary.outcome.unwrap_or_else(|| panic!("the store failed: {:?}", summary.reason));
            *counts.entry(outcome).or_default() += 1;
            if outcome == Outcome::Quarantined {
                let seen = summary.findings.len() == 1 && summary.findings[0].status == Status::Open;
                assert!(seen && summary.reason.is_some(), "nobody sees {summary:?}");
            }
        }
        // Damage may turn one document into a list of several; it never makes one of two.
        assert!(summaries.len() >= messages.len());
        received += messages.len();
    }
    let outcomes: usize = counts.values().sum();
    let words: Vec<String> = counts.iter().map(|(outcome, n)| format!("{n} {}", outcome.name())).collect();
    println!("{class}: {received} received, {outcomes} outcomes: {}; slowest batch {slowest} ms", words.join(", "));
    assert!(outcomes >= received);
    counts
}

#[test]
fn truncated_events_are_counted() {
    let counts = take_class(0);
    assert!(counts[&Outcome::Quarantined] > 1_900, "{counts:?}");
}

#[test]
fn events_with_other_types_are_counted() {
    let counts = take_class(1);
    assert!(counts[&Outcome::Applied] > 200 && counts[&Outcome::Quarantined] > 200, "{counts:?}");
}

#[test]
fn events_without_some_field_are_counted() {
    let counts = take_class(2);
    assert!(counts[&Outcome::Applied] + counts[&Outcome::Duplicate] + counts[&Outcome::Stale] > 1_000, "{counts:?}");
}

#[test]
fn oversized_events_are_counted() {
    let counts = take_class(3);
    assert_eq!(counts.values().sum::<usize>(), 1_000);
}

#[test]
fn events_of_invalid_text_are_counted() {
    let counts = take_class(4);
    assert!(counts[&Outcome::Quarantined] > 300, "{counts:?}");
}

#[test]
fn deep_and_wide_events_are_counted() {
    let counts = take_class(5);
    assert!(counts[&Outcome::Quarantined] > 200, "{counts:?}");
}

#[test]
fn events_of_unknown_kinds_are_counted() {
    assert_eq!(take_class(6), BTreeMap::from([(Outcome::Quarantined, 1_000)]));
}

#[test]
fn all_classes_together_are_ten_thousand() {
    assert_eq!(CLASSES.iter().map(|(_, count, _)| count).sum::<usize>(), 10_000);
}
