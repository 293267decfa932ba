//! Every file in `events/` is a test: what comes out of it is a snapshot that people have read.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_app::Config;
use plimsoll_checklist::Checklist;
use plimsoll_finding::{Event, Finding, Reading, Severity, Status};
use plimsoll_pipeline::{
    Policy,
    intake::{Classification, Delivery, classify, unwrap},
};
use plimsoll_tests::samples::{SOURCES, Sample, envelopes, now, root, samples};
use serde_json::{Value, json};

fn policy() -> Policy {
    Config::default().policy(Checklist::shipped().unwrap(), plimsoll_app::LOOK_ALIKE_URL)
}

/// A finding as people review it: what is unset is left out.
fn describe(finding: &Finding) -> Value {
    let facts: Vec<String> = finding.facts.iter().map(|f| format!("{}: {}", f.name, f.value)).collect();
    let parts: Vec<Value> = finding
        .parts
        .iter()
        .map(|p| {
            without_nothing(&json!({
                "id": p.id, "check": p.check, "status": p.status, "severity": p.severity, "label": p.label,
                "summary_of": p.summary_of, "not_applicable": p.not_applicable,
                "exploit_available": p.exploit_available, "fix_available": p.fix_available,
            }))
        })
        .collect();
    without_nothing(&json!({
        "title": finding.title,
        "collective_title": finding.collective_title,
        "status": finding.status,
        "severity": finding.severity,
        "native_severity": finding.native_severity,
        "category": finding.category,
        "check": finding.check,
        "account": finding.account,
        "region": finding.region,
        "resource": finding.resource,
        "finding_type": finding.finding_type,
        "threat_names": finding.threat_names,
        "observed_at": finding.observed_at,
        "first_seen": finding.first_seen,
        "last_seen": finding.last_seen,
        "facts": facts,
        "tags": finding.tags,
        "parts": parts,
        "remediation": finding.remediation,
        "runbook": finding.runbook,
        "console_url": finding.console_url,
        "deployed": finding.deployed,
        "money": finding.money,
        "linked_accounts": finding.linked_accounts,
        "ends_at": finding.ends_at,
        "not_applicable": finding.not_applicable,
        "sample": finding.sample,
        "key": finding.key(),
    }))
}

fn without_nothing(object: &Value) -> Value {
    let nothing = |v: &Value| match v {
        Value::Null | Value::Bool(false) => true,
        Value::Array(a) => a.is_empty(),
        Value::Object(o) => o.is_empty(),
        _ => false,
    };
    let entries = object.as_object().unwrap().iter().filter(|(_, v)| !nothing(v));
    Value::Object(entries.map(|(k, v)| (k.clone(), v.clone())).collect())
}

fn outcome(delivery: &Delivery, policy: &Policy) -> Value {
    let (function, classification) = classify(delivery, &SOURCES, policy);
    let mut summary = match classification {
        Classification::Findings(findings) => {
            json!({"outcome": "applied", "findings": findings.iter().map(describe).collect::<Vec<_>>()})
        }
        Classification::Ignored(reason) => json!({"outcome": "ignored", "reason": reason}),
        Classification::Quarantined(fault) => json!({"outcome": "quarantined", "reason": fault.reason}),
    };
    if delivery.fault.is_none() {
        summary["function"] = json!(function);
    }
    summary["detail_type"] = json!(delivery.event.detail_type);
    summary
}

#[test]
fn every_file_gives_what_was_reviewed() {
    let policy = policy();
    let samples = samples().unwrap();
    assert!(samples.len() >= 60, "only {} files", samples.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut changed = Vec::new();
    for sample in &samples {
        let outcomes: Vec<Value> = sample.intake().deliveries.iter().map(|d| outcome(d, &policy)).collect();
        let mut settings = settings.clone();
        settings.set_snapshot_path(format!("snapshots/corpus/{}", sample.function));
        let name = sample.file.trim_end_matches(".jsonl").trim_end_matches(".json");
        // All differences at once, not file by file.
        let compared = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            settings.bind(|| insta::assert_json_snapshot!(name, outcomes));
        }));
        if compared.is_err() {
            changed.push(sample.to_string());
        }
    }
    assert!(changed.is_empty(), "these differ from what was reviewed: {}", changed.join(", "));
}

/// Words that mean that a value was missing where one was expected, or that a value was printed as code.
const SLIPS: [&str; 10] = ["undefined", "NaN", "null", "None", "Some(", "{}", "[]", "N/A", "  ", "\\n"];

#[test]
fn every_finding_reads_well() {
    let policy = policy();
    let mut faults = Vec::new();
    for sample in samples().unwrap() {
        for delivery in sample.intake().deliveries {
            let Classification::Findings(findings) = classify(&delivery, &SOURCES, &policy).1 else { continue };
            for finding in findings {
                faults.extend(slips(&finding).into_iter().map(|slip| format!("{sample}: {slip}")));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn slips(finding: &Finding) -> Vec<String> {
    let mut slips = Vec::new();
    let texts = [
        ("title", Some(&finding.title)),
        ("collective title", finding.collective_title.as_ref()),
        ("remediation", finding.remediation.as_ref()),
    ];
    for (name, text) in texts.into_iter().filter_map(|(name, text)| text.map(|t| (name, t))) {
        let first = text.chars().next().unwrap_or(' ');
        if text.trim() != text || text.is_empty() || (name == "remediation" && !text.ends_with('.')) {
            slips.push(format!("the {name} is not a sentence: {text:?}"));
        }
        if name == "remediation" && first.is_lowercase() {
            slips.push(format!("the {name} begins small: {text:?}"));
        }
        let our_words = text.replace("undefined severity", "no severity");
        if let Some(slip) = SLIPS.iter().find(|slip| our_words.contains(**slip)) {
            slips.push(format!("{slip:?} in the {name}: {text:?}"));
        }
    }
    for fact in &finding.facts {
        if ["", "null", "undefined", "NaN", "None", "{}", "[]", "N/A"].contains(&fact.value.as_str()) {
            slips.push(format!("the fact {} says {:?}", fact.name, fact.value));
        }
    }
    let facts: BTreeSet<_> = finding.facts.iter().map(|f| (&f.name, &f.value)).collect();
    if facts.len() != finding.facts.len() {
        slips.push("a fact stands there twice".to_owned());
    }
    let open = finding.statements().iter().any(|p| p.status == Status::Open);
    if open && finding.status == Status::Resolved || !open && finding.status == Status::Open {
        slips.push("its status disagrees with its parts".to_owned());
    }
    if open && finding.severity >= Severity::Medium && finding.remediation.is_none() {
        slips.push("it wakes people and does not say what to do".to_owned());
    }
    if let Some(link) = &finding.console_url {
        slips.extend(link_fault(link).map(|fault| format!("{fault}: {link}")));
    }
    slips
}

/// The consoles, by the ends of their hosts.
const CONSOLES: [&str; 4] =
    ["console.aws.amazon.com", "console.amazonaws-us-gov.com", "console.amazonaws.cn", "console.amazonaws-eusc.eu"];

fn link_fault(link: &str) -> Option<&'static str> {
    let rest = link.strip_prefix("https://")?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_console =
        CONSOLES.iter().any(|c| host == *c || host.strip_suffix(c).is_some_and(|region| region.ends_with('.')));
    let is_plain = link.bytes().all(|b| b.is_ascii_graphic() && !b"<>|\"`\\^{}".contains(&b));
    match (is_console, is_plain) {
        (false, _) => Some("the link leads foreign_place"),
        (_, false) => Some("the link has characters that must be encoded"),
        _ => None,
    }
}

/// Key and status of every finding in a payload, in order.
fn facts_of(payload: &Value) -> Vec<(String, Status)> {
    unwrap(payload, &SOURCES, now()).deliveries.iter().flat_map(|d| keys(&read(&d.event))).collect()
}

fn read(event: &Event) -> Vec<Finding> {
    let source = SOURCES.iter().find(|s| s.reads(&event.source, &event.detail_type));
    match source.map(|s| (s.read)(event)) {
        Some(Ok(Reading::Findings(findings))) => findings,
        _ => Vec::new(),
    }
}

fn keys(findings: &[Finding]) -> Vec<(String, Status)> {
    findings.iter().map(|f| (f.key().to_string(), f.status)).collect()
}

#[test]
fn the_same_event_in_every_wrapping_is_the_same_finding() {
    let mut without_envelope: BTreeMap<&str, usize> = BTreeMap::new();
    for envelope in envelopes().unwrap() {
        let expected = facts_of(&envelope.json);
        let text = envelope.json.to_string();
        let notification = json!({
            "Type": "Notification", "MessageId": "n-1", "TopicArn": "arn:aws:sns:eu-central-1:111122223333:events",
            "Message": text, "Timestamp": "2026-11-30T23:59:59.000Z",
        });
        let sqs = |body: &str| {
            json!({"Records": [{"eventSource": "aws:sqs", "messageId": "m-1", "receiptHandle": "r", "body": body,
                                "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": {}}]})
        };
        let sns = json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": notification}]});
        for (wrapping, payload) in
            [("an SQS batch", sqs(&text)), ("SNS records", sns), ("SNS inside SQS", sqs(&notification.to_string()))]
        {
            assert_eq!(facts_of(&payload), expected, "{} in {wrapping}", envelope.origin);
        }
        bare_detail(&envelope.json, &envelope.origin, &expected, &mut without_envelope);
    }
    for (function, least) in
        [("config-rule", 10), ("guardduty-finding", 10), ("ecr-scan", 5), ("backup-job", 5), ("cost-anomaly", 5)]
    {
        let recognised = without_envelope.get(function).copied().unwrap_or_default();
        assert!(recognised >= least, "only {recognised} bare details of {function} are the same finding");
    }
}

/// A bare detail says the same of the state. It is the same finding where it names its owner itself; a detail that
/// leaves account or region to the envelope cannot.
fn bare_detail(
    envelope: &Value,
    origin: &str,
    expected: &[(String, Status)],
    counts: &mut BTreeMap<&'static str, usize>,
) {
    let recognised = SOURCES.iter().find_map(|s| (s.recognise)(&envelope["detail"]).map(|kind| (s.name, kind)));
    let Some((function, (source, detail_type))) = recognised else { return };
    assert_eq!(envelope["source"], source, "{origin}: the bare detail is taken for another source's");
    assert_eq!(envelope["detail-type"], detail_type, "{origin}: the bare detail is taken for another kind");
    let findings = read(&Event::from_bare_detail(source, detail_type, &envelope["detail"], now()));
    if findings.is_empty() {
        // Unreadable without the resources of its envelope, and so kept: never lost, never guessed.
        return;
    }
    let bare = keys(&findings);
    assert_eq!(bare.len(), expected.len(), "{origin} without its envelope");
    for ((finding, (key, status)), (expected_key, expected_status)) in findings.iter().zip(&bare).zip(expected) {
        assert_eq!(status, expected_status, "{origin} without its envelope");
        if finding.account.is_empty() || (finding.region.is_empty() && function != "cost-anomaly") {
            continue;
        }
        assert_eq!(key, expected_key, "{origin} without its envelope: {finding:?}");
        *counts.entry(function).or_default() += 1;
    }
}

/// Every row of the table names a file, and every file has a row.
#[test]
fn the_table_of_the_samples_is_complete() {
    let readme = std::fs::read_to_string(root().join("events/README.md")).unwrap();
    let mut function = String::new();
    let mut rows = BTreeSet::new();
    for line in readme.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            heading.clone_into(&mut function);
        } else if let Some(row) = line.strip_prefix("| `") {
            let columns: Vec<&str> = row.split(" | ").collect();
            let file = columns[0].trim_end_matches('`');
            assert_eq!(
                columns.len(),
                3,
                "events/README.md: the row of {file} must say what it is and what must come out"
            );
            assert!(
                rows.insert(format!("events/{function}/{file}")),
                "events/README.md has two rows for {function}/{file}"
            );
        }
    }
    let files: BTreeSet<String> = samples().unwrap().iter().map(Sample::to_string).collect();
    let missing: Vec<&String> = files.difference(&rows).collect();
    let stale: Vec<&String> = rows.difference(&files).collect();
    assert!(missing.is_empty(), "no row in events/README.md: {missing:?}");
    assert!(stale.is_empty(), "rows in events/README.md without a file: {stale:?}");
}
