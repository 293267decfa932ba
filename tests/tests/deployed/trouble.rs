//! The alarms on metrics of our own go off because the trouble behind them happens: an event cannot be read, the last
//! heartbeat is hours old, a critical finding waits while its channels refuse everything. The deployed functions see the
//! trouble and write the metrics; nothing is put by hand.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use plimsoll_tests::harness::{Harness, guardduty};
use serde_json::{Value, json};

use super::{
    alarms, doctor,
    suite::{PREFIX, REGION, Suite, wait},
};

/// The namespace of the suite's own metrics: variable `metrics_namespace`.
pub(super) const NAMESPACE: &str = "Plimsoll";
const CHANNELS: [&str; 2] = ["slack", "people"];

/// The channels of `tests/deployed/plimsoll.toml`, for a finding that came in before the suite was looked at.
const CONFIG: &str = r#"
[channels.slack]
kind = "slack-bot"
channel = "C0123456789"
token = { env = "UNUSED" }
[channels.people]
kind = "sns-humans"
topic_arn = "arn:aws:sns:eu-central-1:111122223333:people"
[[routes]]
name = "everything"
channels = ["slack", "people"]
"#;

/// Makes each trouble, and waits until the operations topic has heard of every alarm on a metric of our own.
pub(super) async fn goes_off(suite: &mut Suite) -> Result<String> {
    let on_call = suite.terraform.output("on_call_url")?;
    let on_call = on_call.as_str().context("the output `on_call_url` is no text")?.to_owned();
    let wanted = on_our_metrics(suite)?;
    suite.take_all(&on_call)?;
    let (slack, sns) = (suite.slack.accepted().len(), suite.told_by_sns()?.len());

    let unreadable = json!({"id": "unreadable", "source": "aws.guardduty", "detail-type": "GuardDuty Finding",
        "account": "111122223333", "region": REGION, "time": Timestamp::now().to_string(), "resources": [], "detail": {}});
    suite.deliver_event(&unreadable)?;
    suite.slack_says(&["Unreadable"], slack).await?;
    suite.sns_says(&["Unreadable"], sns).await?;

    let eight_hours_ago = Timestamp::now() - SignedDuration::from_hours(8);
    suite.fire("heartbeat-default", Some(eight_hours_ago.as_second()))?;
    let came = async || {
        sweep(suite).await?;
        Ok(suite.heard().await?.len() >= CHANNELS.len() * plimsoll_app::SOURCES.len())
    };
    wait("the old heartbeats to reach the channels", came).await.with_context(|| suite.troubles())?;

    // A critical finding came in twenty minutes ago, and since then both channels refuse everything.
    suite.slack.set_down(true);
    let fault = json!([{"service": "sns", "op": "Publish", "status": 500, "code": "InternalError"}]);
    suite.bed.control("POST", "faults", &fault)?;
    let came_in = Timestamp::now() - SignedDuration::from_mins(20);
    let mut before = Harness::new(CONFIG, &[]);
    before.app.store = Arc::new(suite.store()?.clone());
    before.hand.set(came_in);
    before.handle(&guardduty("waiting", 9.5, &came_in.to_string(), false)).await;
    let all = async || {
        sweep(suite).await?;
        let alarms = suite.alarms()?;
        let is_off = |alarm: &&Value| alarm["StateValue"] == "ALARM";
        let off: BTreeSet<&str> =
            alarms.iter().filter(is_off).filter_map(|alarm| alarm["AlarmName"].as_str()).collect();
        Ok(wanted.iter().all(|name| off.contains(name.as_str())))
    };
    let took = wait(&format!("the alarms {wanted:?}"), all).await.with_context(|| suite.troubles())?;

    // The trouble ends, and what waited is told.
    suite.bed.control("DELETE", "faults", &Value::Null)?;
    suite.slack.set_down(false);
    let told = async || {
        sweep(suite).await?;
        Ok(suite.told_by_slack().iter().skip(slack).any(|text| text.contains("i-waiting")))
    };
    wait("Slack to hear what waited", told).await.with_context(|| suite.troubles())?;
    suite.sns_says(&["i-waiting"], sns).await?;
    let heard = alarms::heard_to_go_off(suite)?;
    let deaf: Vec<&String> = wanted.difference(&heard).collect();
    ensure!(deaf.is_empty(), "went off, and the operations topic did not hear of {deaf:?}");
    let discarded = doctor::command_line(suite, &["quarantine", "discard", "--all", "--reason", "the test made it"])?;
    ensure!(discarded.status.success(), "{}", String::from_utf8_lossy(&discarded.stderr));
    Ok(format!(
        "{} alarms went off within {:.1} s: {}",
        wanted.len(),
        took.as_secs_f64(),
        wanted.iter().cloned().collect::<Vec<_>>().join(", ")
    ))
}

/// The alarms of the suite on metrics of our own.
pub(super) fn on_our_metrics(suite: &Suite) -> Result<BTreeSet<String>> {
    let ours = |alarm: &Value| {
        let queries = alarm["Metrics"].as_array().into_iter().flatten();
        let namespaces = queries.filter_map(|query| query.pointer("/MetricStat/Metric/Namespace"));
        namespaces.chain(alarm.get("Namespace")).any(|namespace| namespace == NAMESPACE)
    };
    let names: BTreeSet<String> = suite
        .alarms()?
        .iter()
        .filter(|alarm| ours(alarm))
        .filter_map(|alarm| alarm["AlarmName"].as_str().map(ToOwned::to_owned))
        .collect();
    let least = 1 + 3 * CHANNELS.len();
    ensure!(names.len() >= least && names.iter().all(|name| name.starts_with(PREFIX)), "alarms of our own: {names:?}");
    Ok(names)
}

/// What each minute does by its schedule, now.
async fn sweep(suite: &Suite) -> Result<()> {
    for channel in CHANNELS {
        suite.fire(&format!("alert-notifier-{channel}-sweep"), None)?;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    Ok(())
}
