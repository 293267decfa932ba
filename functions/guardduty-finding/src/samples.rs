//! The whole function against the sample files of `events/`, and against every small damage to them.

use plimsoll_finding::{Event, Reading};
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

/// Every value within, as its path.
fn paths(value: &Value, prefix: &str, out: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.replace('~', "~0").replace('/', "~1"), v)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect(),
        _ => return,
    };
    for (key, child) in children {
        let path = format!("{prefix}/{key}");
        paths(child, &path, out);
        out.push(path);
    }
}

#[test]
fn no_damage_makes_it_panic() {
    let now = "2026-11-02T09:15:00Z".parse().unwrap();
    let replacements =
        [json!(null), json!({}), json!(-1.5e300), json!("\u{202e}x"), json!([]), json!([[null]]), json!(true)];
    let mut tried = 0;
    for (name, envelope) in samples() {
        let mut all = Vec::new();
        paths(&envelope, "", &mut all);
        for path in all {
            let (parent, key) = path.rsplit_once('/').unwrap();
            let mut damaged: Vec<Value> = Vec::new();
            let mut dropped = envelope.clone();
            if let Some(Value::Object(map)) = dropped.pointer_mut(parent) {
                map.remove(&key.replace("~1", "/").replace("~0", "~"));
                damaged.push(dropped);
            }
            damaged.extend(replacements.iter().map(|replacement| {
                let mut changed = envelope.clone();
                *changed.pointer_mut(&path).unwrap() = replacement.clone();
                changed
            }));
            for value in damaged {
                tried += 1;
                (SOURCE.recognise)(&value);
                (SOURCE.recognise)(&value["detail"]);
                let Some(event) = Event::from_envelope(&value, now) else { continue };
                match (SOURCE.read)(&event) {
                    Ok(Reading::Findings(findings)) => {
                        assert!(findings.iter().all(|f| !f.title.is_empty()), "{name} {path}");
                    }
                    Ok(Reading::Ignored(why)) => assert!(!why.is_empty(), "{name} {path}"),
                    Err(error) => assert!(!error.reason.is_empty(), "{name} {path}"),
                }
            }
        }
    }
    assert!(tried > 5_000, "only {tried} tried");
}
