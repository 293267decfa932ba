//! Routes that name what a finding is about: exactly that is silent, and every other threat on the same resource is told.
//! Real handlers and store.

use std::sync::Arc;

use plimsoll_tests::{
    harness::{Harness, Scripted, guardduty},
    samples::root,
};
use serde_json::{Value, json};

/// Slack hears of everything but what the first rule matches.
async fn told(silent: &str, events: &[Value]) -> Vec<String> {
    let config = format!(
        r#"
[channels.slack]
kind = "slack-bot"
channel = "C0123456789"
token = {{ env = "UNUSED" }}
[[routes]]
name = "expected"
match = {silent}
channels = []
[[routes]]
name = "all"
channels = ["slack"]
"#
    );
    let slack = Arc::new(Scripted::new("slack", Vec::new()));
    let bench = Harness::new(&config, &[Arc::clone(&slack)]);
    for event in events {
        bench.handle(event).await;
    }
    assert_eq!(bench.records().await.len(), events.len(), "what is silent is kept all the same");
    slack.titles()
}

/// The scan of an object in which these threats were found.
fn scan(key: &str, threats: &[&str]) -> Value {
    let text = std::fs::read_to_string(root().join("events/guardduty-finding/test-virus-found.json")).unwrap();
    let mut event: Value = serde_json::from_str(&text).unwrap();
    event["id"] = json!(format!("scan-of-{key}"));
    event["detail"]["s3ObjectDetails"]["objectKey"] = json!(key);
    event["detail"]["scanResultDetails"]["threats"] =
        threats.iter().map(|name| json!({"name": name, "itemPaths": []})).collect();
    event
}

/// A DNS finding of a crawler, which looks up the hosts of miners by design.
fn crawler(finding_type: &str) -> Value {
    let mut event = guardduty(finding_type, 8.0, "2026-11-02T09:14:00Z", false);
    event["detail"]["type"] = json!(finding_type);
    event["detail"]["resource"]["instanceDetails"]["instanceId"] = json!("i-0aaa");
    event
}

#[tokio::test]
async fn the_test_virus_is_silent_and_real_malware_is_not() {
    let events = [
        scan("a", &["EICAR-Test-File (not a virus)"]),
        scan("b", &["Trojan.Linux.Example"]),
        scan("c", &["EICAR-Test-File (not a virus)", "Trojan.Linux.Example"]),
    ];
    let titles = told(r#"{ threats = ["EICAR-Test-File*"] }"#, &events).await;
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert!(titles[0].contains("press-inbox/b") && titles[1].contains("press-inbox/c"), "{titles:?}");
}

#[tokio::test]
async fn an_expected_finding_type_on_one_resource_is_silent_and_another_type_there_is_not() {
    let miner = "CryptoCurrency:EC2/BitcoinTool.B!DNS";
    let events = [crawler(miner), crawler("Backdoor:EC2/C&CActivity.B!DNS")];
    for silent in [
        r#"{ finding_types = ["CryptoCurrency:EC2/BitcoinTool.B!DNS"], resource = "i-0aaa" }"#,
        r#"{ finding_types = ["CryptoCurrency:*"], resource_kinds = ["Instance"], checks = ["guardduty:finding"] }"#,
        r#"{ title = "*BitcoinTool*" }"#,
    ] {
        let titles = told(silent, &events).await;
        assert_eq!(titles.len(), 1, "{silent}: {titles:?}");
        assert!(titles[0].contains("C&CActivity"), "{silent}: {titles:?}");
    }
    for other in [
        r#"{ finding_types = ["CryptoCurrency:*"], resource = "i-0bbb" }"#,
        r#"{ checks = ["guardduty:malware"] }"#,
        r"{ deployed = false }",
        r#"{ threats = ["*"] }"#,
    ] {
        assert_eq!(told(other, &events).await.len(), 2, "{other}");
    }
}
