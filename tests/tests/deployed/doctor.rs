//! `plimsoll doctor` on the deployed suite, well and ill.

use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};
use plimsoll_tests::{bed::ACCOUNT, packages};
use serde_json::{Value, json};

use super::suite::{PREFIX, REGION, Suite};

/// The command line on the deployed state, as an administrator runs it.
pub(super) fn command_line(suite: &Suite, arguments: &[&str]) -> Result<Output> {
    let program = packages::command_line()?;
    let table = format!("{PREFIX}-state");
    let variables = [
        ("PLIMSOLL_TABLE", table.as_str()),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", ACCOUNT),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL", suite.bed.url()),
        // Whoever discards an event is named in the audit row.
        ("USER", "on-call"),
    ];
    Command::new(program)
        .args(arguments)
        .current_dir(suite.bed.folder())
        .env_clear()
        .envs(variables)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("plimsoll {}", arguments.join(" ")))
}

/// What it found, line by line.
fn lines(suite: &Suite) -> Result<Vec<Value>> {
    let output = command_line(suite, &["doctor", "--json"])?;
    let said = String::from_utf8_lossy(&output.stdout);
    let lines: Result<Vec<Value>, _> = said.lines().map(serde_json::from_str).collect();
    let lines = lines.with_context(|| format!("{said}{}", String::from_utf8_lossy(&output.stderr)))?;
    let ill = lines.iter().any(|line| line["ok"] == false);
    ensure!(output.status.success() != ill, "it ended with {} after {said}", output.status);
    Ok(lines)
}

/// The faults of these parts, each with a way to mend it.
fn faults(lines: &[Value]) -> Result<Vec<String>> {
    let faults: Vec<&Value> = lines.iter().filter(|line| line["ok"] == false).collect();
    ensure!(faults.iter().all(|fault| fault["fix"].is_string()), "each fault says how to fix it: {faults:?}");
    Ok(faults.iter().filter_map(|fault| fault["detail"].as_str().map(ToOwned::to_owned)).collect())
}

/// Nothing is wrong, and then what was switched off and shut is named.
pub(super) fn names_what_is_off(suite: &Suite) -> Result<String> {
    let well = lines(suite)?;
    ensure!(faults(&well)? == Vec::<String>::new(), "it finds something wrong with what was just deployed: {well:?}");

    let rule = json!({"Name": format!("{PREFIX}-ecr-scan")});
    suite.bed.call("events", REGION, "AWSEvents.DisableRule", &rule)?;
    let mappings = "/2015-03-31/event-source-mappings";
    let listed = suite.bed.rest(
        "lambda",
        REGION,
        "GET",
        &format!("{mappings}/?FunctionName={PREFIX}-backup-job"),
        &Value::Null,
    )?;
    let uuid =
        listed.pointer("/EventSourceMappings/0/UUID").and_then(Value::as_str).context("backup-job has no trigger")?;
    let mapping = format!("{mappings}/{uuid}");
    suite.bed.rest("lambda", REGION, "PUT", &mapping, &json!({"Enabled": false}))?;
    let queue = suite.queue("config-rule", "events")?;
    let policy =
        |text: &str| suite.sqs("SetQueueAttributes", &json!({"QueueUrl": queue, "Attributes": {"Policy": text}}));
    let before = suite.sqs("GetQueueAttributes", &json!({"QueueUrl": queue, "AttributeNames": ["Policy"]}))?;
    let before = before.pointer("/Attributes/Policy").and_then(Value::as_str).context("the queue has no policy")?;
    policy(&json!({"Version": "2012-10-17", "Statement": []}).to_string())?;

    let found = faults(&lines(suite)?)?;
    let expected = [
        format!("rule {PREFIX}-ecr-scan is DISABLED: its events are dropped"),
        format!("the trigger of backup-job on {PREFIX}-backup-job is Disabled: what is there waits"),
        format!("the policy of queue {PREFIX}-config-rule does not let rule {PREFIX}-config-rule send"),
    ];
    ensure!(found == expected, "it found {found:?}");

    suite.bed.call("events", REGION, "AWSEvents.EnableRule", &rule)?;
    suite.bed.rest("lambda", REGION, "PUT", &mapping, &json!({"Enabled": true}))?;
    policy(before)?;
    let again = lines(suite)?;
    ensure!(faults(&again)? == Vec::<String>::new(), "it is mended: {again:?}");
    Ok(format!(
        "{} lines, all well; then it named {} things that were off; then all was well again",
        well.len(),
        found.len()
    ))
}
