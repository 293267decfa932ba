//! The whole function against the sample files of `events/`, and against every small damage to them.

use plimsoll_finding::{Reading, read_damaged};
use serde_json::{Value, json};

use crate::{SOURCE, tests::read};

/// The sample files that hold plain envelopes: name and content, one per line of JSON Lines.
fn samples() -> Vec<(String, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/guardduty-finding");
    let mut samples = Vec::new();
    for entry in std::fs::read_dir(folder).expect(folder) {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let values: Vec<Value> = match path.extension().and_then(|e| e.to_str()) {
            Some("json") => vec![serde_json::from_str(&text).expect(&name)],
            Some("jsonl") => text.lines().map(|line| serde_json::from_str(line).expect(&name)).collect(),
            _ => continue,
        };
        samples.extend(values.into_iter().filter(|v| v.get("detail-type").is_some()).map(|v| (name.clone(), v)));
    }
    samples.sort_by(|a, b| a.0.cmp(&b.0));
    samples
}

#[test]
fn every_sample_says_something() {
    let samples = samples();
    assert!(samples.len() >= 30, "only {} samples", samples.len());
    for (name, envelope) in samples {
        match read(&envelope) {
            Ok(Reading::Findings(findings)) => {
                assert!(!findings.is_empty(), "{name}");
                for finding in findings {
                    assert!(!finding.title.is_empty() && !finding.resource.name.is_empty(), "{name}");
                    assert!(!finding.title.contains("undefined") && !finding.title.contains("NaN"), "{name}");
                    assert!(finding.console_url.is_some(), "{name}");
                    assert!(!serde_json::to_string(&finding).unwrap().contains("IOSFODNN7EXAMPLE"), "{name}");
                    assert_eq!(finding.sample, name == "sample.json", "{name}");
                }
            }
            Ok(Reading::Ignored(why)) => panic!("{name}: {why}"),
            Err(error) => {
                assert!(name.contains("without-finding-id") || name.contains("detail-is-text"), "{name}: {error}");
            }
        }
    }
}

#[test]
fn no_damage_makes_it_panic() {
    let now = "2026-11-02T09:15:00Z".parse().unwrap();
    let replacements =
        [json!(null), json!({}), json!(-1.5e300), json!("\u{202e}x"), json!([]), json!([[null]]), json!(true)];
    let read = |(_, envelope): &(String, Value)| read_damaged(&SOURCE, envelope, &replacements, now, |_, _| {});
    let tried: usize = samples().iter().map(read).sum();
    assert!(tried > 4_500, "only {tried} tried");
}
