//! Money by environment and account, and the names of accounts: from `plimsoll.toml` to what people are sent. Real handlers
//! and store, a clock that is moved by hand.

use std::sync::Arc;

use plimsoll_finding::Severity;
use plimsoll_message::{Alert, Message};
use plimsoll_pipeline::intake::unwrap;
use plimsoll_render::{Style, sns};
use plimsoll_tests::harness::{Harness, SOURCES, Scripted};
use serde_json::{Value, json};

/// Linked accounts of root causes.
const NOBODY: &[&str] = &[];
const DEV: &[&str] = &["444455556666"];
const DEV_AND_PAYER: &[&str] = &["444455556666", "111122223333"];
const UNKNOWN: &[&str] = &["999988887777"];

const CHANNELS: &str = r#"
[channels.slack]
kind = "slack-bot"
channel = "C0123456789"
token = { env = "UNUSED" }
[[routes]]
name = "all"
channels = ["slack"]
[environments.prod]
accounts = ["111122223333"]
[environments.dev]
accounts = ["444455556666"]
"#;

/// An anomaly that the payer 111122223333 sees, with the linked accounts of its root causes.
fn anomaly(impact: f64, percent: f64, linked: &[&str]) -> Value {
    let causes: Vec<Value> = linked
        .iter()
        .map(|account| json!({"service": "AWS Lambda", "linkedAccount": account, "impact": {"contribution": 9.0}}))
        .collect();
    json!({
        "id": format!("e-{impact}-{linked:?}"), "source": "aws.ce", "detail-type": "Anomaly Detected",
        "account": "111122223333", "region": "us-east-1", "time": "2026-11-02T09:00:00Z",
        "detail": {"accountId": "111122223333", "anomalyId": format!("a-{impact}-{linked:?}"), "dimensionValue": "AWS Lambda",
            "impact": {"maxImpact": impact, "totalImpact": impact, "totalImpactPercentage": percent}, "rootCauses": causes}
    })
}

/// A notice that so much of a monthly budget of USD 1,000 is spent, from the account.
fn budget(account: &str, spent: &str) -> Value {
    let message = format!(
        "AWS Budget Notification November 2, 2026\nAWS Account {account}\n\nBudget Name: web\nBudget Type: Cost\n\
         Budgeted Amount: $1,000.00\nAlert Type: ACTUAL\nAlert Threshold: > $500.00\nACTUAL Amount: ${spent}\n"
    );
    json!({"Type": "Notification", "MessageId": format!("m-{account}-{spent}"), "Subject": "AWS Budgets: web",
        "TopicArn": format!("arn:aws:sns:us-east-1:{account}:cost"), "Message": message,
        "Timestamp": "2026-11-02T09:00:00.000Z"})
}

async fn alerts(config: &str, events: &[Value]) -> Vec<Alert> {
    let slack = Arc::new(Scripted::new("slack", Vec::new()));
    let bench = Harness::new(config, &[Arc::clone(&slack)]);
    for event in events {
        bench.handle(event).await;
    }
    let alert = |message| match message {
        Message::Alert(alert) => alert,
        other => panic!("{other:?}"),
    };
    slack.accepted().into_iter().map(alert).collect()
}

async fn severity(cost: &str, event: Value) -> Severity {
    let alerts = alerts(&format!("{CHANNELS}{cost}"), &[event]).await;
    let [alert] = alerts.as_slice() else { panic!("one alert: {alerts:?}") };
    alert.severity
}

#[tokio::test]
async fn amounts_and_percentages_of_anomalies_are_those_of_the_account() {
    let dev = "[cost.environments.dev]\nanomaly_high_from = 5000\nanomaly_high_percent = 1000\n";
    let one = format!("{dev}[cost.accounts.444455556666]\nanomaly_high_from = 50\nanomaly_medium_from = 45\n");
    let all = "[cost]\nanomaly_medium_from = 20\nanomaly_high_from = 30\n";
    let strict_percent = "[cost]\nanomaly_high_percent = 5\nanomaly_percent_from = 1\n";
    for (cost, impact, percent, linked, expected) in [
        ("", 1_000.0, 5.0, NOBODY, Severity::High),
        ("", 999.0, 5.0, NOBODY, Severity::Medium),
        ("", 10.0, 100.0, DEV, Severity::High),
        (all, 25.0, 5.0, NOBODY, Severity::Medium),
        (all, 30.0, 5.0, NOBODY, Severity::High),
        (strict_percent, 1.0, 5.0, NOBODY, Severity::High),
        (dev, 1_000.0, 5.0, DEV, Severity::Medium),
        (dev, 200.0, 500.0, DEV, Severity::Medium),
        (dev, 1_000.0, 5.0, NOBODY, Severity::High),
        (dev, 1_000.0, 5.0, DEV_AND_PAYER, Severity::High),
        (one.as_str(), 60.0, 5.0, DEV, Severity::High),
        (one.as_str(), 40.0, 500.0, DEV, Severity::Low),
        ("[cost.accounts.111122223333]\nanomaly_high_from = 5000\n", 1_000.0, 5.0, UNKNOWN, Severity::Medium),
    ] {
        assert_eq!(
            severity(cost, anomaly(impact, percent, linked)).await,
            expected,
            "{cost} {impact} {percent} {linked:?}"
        );
    }
}

#[tokio::test]
async fn percentages_of_budgets_are_those_of_the_account() {
    let dev = "[cost.environments.dev]\nbudget_high_percent = 150\nbudget_medium_percent = 100\n";
    for (cost, account, spent, expected) in [
        ("", "111122223333", "510.00", Severity::Low),
        ("", "111122223333", "800.00", Severity::Medium),
        ("", "111122223333", "1,001.00", Severity::High),
        (dev, "444455556666", "1,001.00", Severity::Medium),
        (dev, "444455556666", "1,500.00", Severity::High),
        (dev, "444455556666", "999.00", Severity::Low),
        (dev, "111122223333", "1,001.00", Severity::High),
        ("[cost]\nbudget_medium_percent = 50\n", "111122223333", "510.00", Severity::Medium),
        ("[cost]\nbudget_percent_from = 5000\n", "111122223333", "1,001.00", Severity::Low),
    ] {
        assert_eq!(severity(cost, budget(account, spent)).await, expected, "{cost} {account} {spent}");
    }
}

#[tokio::test]
async fn an_anomaly_is_routed_by_the_accounts_of_its_root_causes_and_by_the_payer() {
    let config = r#"
[channels.finance]
kind = "sns-humans"
topic_arn = "arn:aws:sns:eu-central-1:111122223333:finance"
[channels.web]
kind = "sns-humans"
topic_arn = "arn:aws:sns:eu-central-1:111122223333:web"
[environments.dev]
accounts = ["444455556666"]
[[routes]]
name = "the payer's"
match = { accounts = ["111122223333"] }
channels = ["finance"]
[[routes]]
name = "dev"
match = { environments = ["dev"] }
channels = ["web"]
"#;
    for (linked, told) in [(NOBODY, (1, 0)), (DEV, (1, 1)), (UNKNOWN, (1, 0))] {
        let channels = ["finance", "web"].map(|name| Arc::new(Scripted::new(name, Vec::new())));
        let bench = Harness::new(config, &channels);
        bench.handle(&anomaly(2_000.0, 5.0, linked)).await;
        let [finance, web] = channels.each_ref().map(|channel| channel.accepted().len());
        assert_eq!((finance, web), told, "{linked:?}");
    }
}

#[tokio::test]
async fn accounts_have_the_names_that_people_know() {
    let names = "[account_names]\n444455556666 = \"payments-dev\"\n111122223333 = \"payer\"\n";
    let config = format!("{CHANNELS}{names}");
    let alerts = alerts(&config, &[budget("444455556666", "900.00"), anomaly(2_000.0, 5.0, DEV)]).await;
    let mail = |alert: &Alert| plimsoll_render::alert(alert, 100, Style::Plain);
    let [budget, anomaly] = alerts.as_slice() else { panic!("{alerts:?}") };
    assert!(mail(budget).contains("payments-dev (444455556666)"), "{}", mail(budget));
    assert!(mail(anomaly).contains("payer (111122223333)"), "{}", mail(anomaly));
    assert!(mail(anomaly).contains("AWS Lambda, payments-dev (444455556666), USD 9.00"), "{}", mail(anomaly));
    let machine = sns::finding(&Message::Alert(budget.clone())).body;
    assert_eq!((&machine["account"], &machine["account_name"]), (&json!("444455556666"), &json!("payments-dev")));
}

#[tokio::test]
async fn the_digest_names_accounts() {
    let config = format!("{CHANNELS}[account_names]\n444455556666 = \"payments-dev\"\n");
    let slack = Arc::new(Scripted::new("slack", Vec::new()));
    let bench = Harness::new(&config, &[Arc::clone(&slack)]);
    bench.handle(&budget("444455556666", "900.00")).await;
    let digest = bench.app.digest(bench.app.clock.now()).await.unwrap();
    let page = plimsoll_render::digest(&digest, 120, Style::Plain);
    assert!(page.contains(" · payments-dev (444455556666) · "), "{page}");
    for event in (0..30).map(guardduty) {
        let now = bench.app.clock.now();
        bench.app.handle(&unwrap(&event, &SOURCES, now), &SOURCES).await.unwrap();
    }
    bench.deliver().await;
    bench.later(6).await;
    let rolled = slack.accepted().into_iter().find_map(|m| if let Message::RollUp(it) = m { Some(it) } else { None });
    let page = plimsoll_render::roll_up(&rolled.expect("a roll-up"), 120, Style::Plain);
    assert!(page.contains("payments-dev (444455556666)"), "{page}");
}

fn guardduty(number: usize) -> Value {
    let mut event = plimsoll_tests::harness::guardduty(&format!("n{number}"), 8.0, "2026-11-02T09:14:00Z", false);
    event["account"] = json!("444455556666");
    event["detail"]["accountId"] = json!("444455556666");
    event
}
