//! Each alarm goes off at its threshold, somebody hears it, and hears when it is over: CloudWatch, EventBridge and SNS alone,
//! none of our code.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::{suite::Suite, trouble};

/// Alarm -> the section of `docs/runbooks/alarms.md` about it.
fn runbooks(suite: &Suite) -> Result<BTreeMap<String, String>> {
    Ok(serde_json::from_value(suite.terraform.output("alarms")?)?)
}

/// The alarms of which the operations topic has heard that they went off, each with the address of its runbook.
pub(super) fn heard_to_go_off(suite: &Suite) -> Result<BTreeSet<String>> {
    let runbooks = runbooks(suite)?;
    let on_call = suite.terraform.output("on_call_url")?;
    let mut heard = BTreeSet::new();
    for message in suite.take_all(on_call.as_str().context("the output `on_call_url` is no text")?)? {
        let message: Value = serde_json::from_str(&message)?;
        if message["NewStateValue"] == "ALARM" {
            let name = message["AlarmName"].as_str().unwrap_or_default().to_owned();
            let says = message["AlarmDescription"].as_str().unwrap_or_default();
            let runbook = format!("docs/runbooks/alarms.md#{}", runbooks.get(&name).map_or("?", String::as_str));
            ensure!(says.ends_with(&runbook), "{name} says \"{says}\" and not where {runbook} is");
            heard.insert(name);
        }
    }
    Ok(heard)
}

/// Puts a value at the threshold of every alarm on a metric of AWS, lets it end, and takes away the data of those that speak of
/// silence; reads what the operations topic says.
pub(super) fn all_are_heard(suite: &Suite) -> Result<String> {
    let runbooks = runbooks(suite)?;
    let on_call = suite.terraform.output("on_call_url")?;
    let on_call = on_call.as_str().context("the output `on_call_url` is no text")?;
    let cloudwatch = |operation: &str, body: &Value| suite.cloudwatch(operation, body);
    let alarms = suite.alarms()?;
    let ours: BTreeSet<&str> = alarms.iter().filter_map(|alarm| alarm["AlarmName"].as_str()).collect();
    let missing: Vec<&String> = runbooks.keys().filter(|name| !ours.contains(name.as_str())).collect();
    ensure!(missing.is_empty(), "alarms that are not there: {missing:?}");
    // Those on metrics of our own have gone off by real trouble: `trouble.rs`. The bed has no metrics of AWS's own services.
    let by_trouble = trouble::on_our_metrics(suite)?;
    let named: BTreeSet<&str> =
        runbooks.keys().map(String::as_str).filter(|name| !by_trouble.contains(*name)).collect();

    // The bed keeps the metrics of an earlier round, of which some alarms went off before anybody was subscribed.
    for name in &named {
        let well = json!({"AlarmName": name, "StateValue": "OK", "StateReason": "the test begins"});
        cloudwatch("SetAlarmState", &well)?;
    }
    suite.take_all(on_call)?;
    for alarm in alarms.iter().filter(|alarm| alarm["AlarmName"].as_str().is_some_and(|name| named.contains(name))) {
        let threshold = alarm["Threshold"].as_f64().context("an alarm has no threshold")?;
        let value = if alarm["ComparisonOperator"] == "LessThanThreshold" { threshold - 1.0 } else { threshold };
        // Of an alarm over several metrics the last one: that the first counts shows nothing.
        let several = alarm["Metrics"].as_array().into_iter().flatten();
        let of = several.filter_map(|query| query.pointer("/MetricStat/Metric")).next_back().unwrap_or(alarm);
        let metric = json!({"MetricName": of["MetricName"], "Dimensions": of["Dimensions"], "Value": value});
        cloudwatch("PutMetricData", &json!({"Namespace": of["Namespace"], "MetricData": [metric]}))?;
    }
    let heard = heard_to_go_off(suite)?;
    let unheard: Vec<&&str> = named.iter().filter(|name| !heard.contains(**name)).collect();
    ensure!(unheard.is_empty(), "nobody heard of {unheard:?}");
    for name in &named {
        let over = json!({"AlarmName": name, "StateValue": "OK", "StateReason": "the test repaired it"});
        cloudwatch("SetAlarmState", &over)?;
    }
    let said = suite.take_all(on_call)?;
    let untold: Vec<&&str> =
        named.iter().filter(|name| !said.iter().any(|text| text.contains(&format!("{name} is over")))).collect();
    ensure!(untold.is_empty(), "nobody heard that these are over: {untold:?}; but {said:?}");

    // An alarm whose data ends says so, and from there to OK is no news: that is how each alarm begins.
    let of_silence = |alarm: &&Value| alarm["InsufficientDataActions"].as_array().is_some_and(|to| !to.is_empty());
    let silent: BTreeSet<&str> =
        alarms.iter().filter(of_silence).filter_map(|alarm| alarm["AlarmName"].as_str()).collect();
    for state in ["INSUFFICIENT_DATA", "OK"] {
        for name in &silent {
            cloudwatch("SetAlarmState", &json!({"AlarmName": name, "StateValue": state, "StateReason": "the test"}))?;
        }
    }
    let said = suite.take_all(on_call)?;
    let heard_of = |name: &&&str| said.iter().filter(|text| text.contains(&format!("\"{name}\""))).count();
    let wrong: Vec<&&str> = silent.iter().filter(|name| heard_of(name) != 1).collect();
    ensure!(wrong.is_empty(), "not heard once each: {wrong:?}; {said:?}");
    Ok(format!(
        "{} of {} on metrics of AWS went off at their thresholds, were heard on the operations topic, and were heard to be over; {} speak of silence",
        heard.len(),
        named.len(),
        silent.len()
    ))
}
