//! From nothing to told, and back to nothing.

use std::{collections::BTreeSet, path::PathBuf, time::Instant};

use anyhow::{Context as _, Result, bail, ensure};
use plimsoll_finding::{Severity, Status};
use plimsoll_tests::{
    bed::{Bed, say},
    packages,
    samples::SOURCES,
    terraform::Terraform,
};
use serde_json::{Value, json};

use super::{
    alarms, doctor, journal,
    suite::{FIRST_TOKEN, REGION, Suite, wait},
    transcript::Transcript,
    trouble,
};

/// One event of a source, the rule that must take it, and a word of what people are told.
struct Flow {
    function: &'static str,
    event: &'static str,
    rule: &'static str,
    word: &'static str,
}

const FLOWS: [Flow; 6] = [
    Flow {
        function: "ecr-scan",
        event: "ecr-scan/inspector-scan-critical.json",
        rule: "plimsoll-ecr-scan",
        word: "web/api:2.3.0",
    },
    Flow {
        function: "config-rule",
        event: "config-rule/ssh-open-at-first-evaluation.json",
        rule: "plimsoll-config-rule",
        word: "restricted-ssh",
    },
    Flow {
        function: "guardduty-finding",
        event: "guardduty-finding/attack-sequence-on-ecs.json",
        rule: "plimsoll-guardduty-finding",
        word: "CompromisedCluster",
    },
    Flow {
        function: "backup-job",
        event: "backup-job/backup-failed.json",
        rule: "plimsoll-backup-job",
        word: "orders",
    },
    // AWS raises it in us-east-1, from where a rule forwards it.
    Flow {
        function: "cost-anomaly",
        event: "cost-anomaly/anomaly-day-one.json",
        rule: "plimsoll-global-cost-anomaly",
        word: "more than expected",
    },
    Flow {
        function: "health-event",
        event: "health-event/fargate-task-retirement-is-near.json",
        rule: "plimsoll-health-event",
        word: "task patching retirement",
    },
];

fn long() -> bool {
    std::env::var("PLIMSOLL_LONG").is_ok_and(|value| value == "1")
}

#[tokio::test]
async fn every_source_is_told_as_deployed() -> Result<()> {
    let Some(bed) = Bed::for_test(&["--auth"])? else { return Ok(()) };
    let terraform = match Terraform::prepare("deployed") {
        Ok(terraform) => terraform,
        Err(error) if long() => return Err(error),
        Err(error) => {
            say(&format!("SKIPPED: the suite was not deployed onto the test bed: {error:#}"));
            return Ok(());
        }
    };
    let folder = tempfile::tempdir()?;
    let zips = std::env::var_os("PLIMSOLL_PACKAGES").map_or_else(|| folder.path().to_owned(), PathBuf::from);
    let mut transcript = Transcript::start();
    transcript.heading("Packages")?;
    match std::env::var_os("PLIMSOLL_PACKAGES") {
        Some(made) => transcript.step("Made before", async { Ok(made.display().to_string()) }).await?,
        None if long() => {
            transcript.step("cargo lambda build --release", async { packages::of_release(&zips) }).await?
        }
        None => transcript.step("cargo build", async { packages::of_development(&zips) }).await?,
    };
    let mut suite = Suite::prepare(bed, terraform, &zips)?;
    let rounds = if long() { 2 } else { 1 };
    for round in 1..=rounds {
        let done = journey(&mut suite, &mut transcript, round).await;
        transcript.keep()?;
        done?;
    }
    Ok(())
}

async fn journey(suite: &mut Suite, transcript: &mut Transcript, round: u32) -> Result<()> {
    transcript.heading(&format!("Round {round}"))?;
    transcript.step("terraform apply", async { suite.apply() }).await?;
    if long() {
        transcript.step("terraform plan", async { suite.plan_again() }).await?;
    }
    suite.answer_for_aws()?;
    let told: BTreeSet<&str> = FLOWS.iter().map(|flow| flow.function).collect();
    ensure!(told == SOURCES.iter().map(|source| source.name).collect(), "FLOWS has an event of every source: {told:?}");
    for flow in &FLOWS {
        transcript.step(&format!("`events/{}`", flow.event), delivered(suite, flow)).await?;
    }
    transcript.step("The trouble behind the alarms on metrics of our own", Box::pin(trouble::goes_off(suite))).await?;
    transcript.step("A heartbeat, by its schedule", heartbeat(suite)).await?;
    transcript.step("Every alarm", async { alarms::all_are_heard(suite) }).await?;
    transcript.step("plimsoll doctor", async { doctor::names_what_is_off(suite) }).await?;
    if long() {
        transcript.step("`events/config-rule/ssh-closed-again.json`", resolved(suite)).await?;
        transcript.step("The digest, by its schedule, three times", digest(suite)).await?;
        transcript.step("What no event told, by the schedules of reconcile", reconciled(suite)).await?;
        transcript.step("No call was refused", async { journal::nothing_refused(suite) }).await?;
        transcript.step("No permission is unused", async { journal::nothing_unused(suite) }).await?;
        transcript.step("A heartbeat while a rule is switched off", heartbeat_missed(suite)).await?;
        transcript.step("DynamoDB fails, dead letter, redrive", redriven(suite)).await?;
        transcript.step("The token of Slack is revoked, then the secret rotated", rotated(suite)).await?;
        transcript.step("terraform destroy", async { suite.destroy() }).await?;
        suite.bed.control("DELETE", "calls", &Value::Null)?;
        suite.slack.rotate(FIRST_TOKEN);
    } else {
        transcript.step("No call was refused", async { journal::nothing_refused(suite) }).await?;
    }
    Ok(())
}

/// An event in, a record, a message by Slack and one by SNS out.
async fn delivered(suite: &mut Suite, flow: &Flow) -> Result<String> {
    let (slack, sns) = (suite.slack.accepted().len(), suite.told_by_sns()?.len());
    let started = Instant::now();
    let rules = suite.deliver(flow.event)?;
    ensure!(rules == [flow.rule], "{} met the rules {rules:?} and not {}", flow.event, flow.rule);
    let record = suite.record(flow.function, |record| record.status() == Status::Open).await?;
    let stored = started.elapsed();
    suite.slack_says(&[flow.word], slack).await?;
    let by_slack = started.elapsed();
    suite.sns_says(&[flow.word], sns).await?;
    let by_sns = started.elapsed();
    let [stored, by_slack, by_sns] = [stored, by_slack, by_sns].map(|time| time.as_secs_f64());
    let title = record.title();
    Ok(format!("\"{title}\" kept after {stored:.1} s, told by Slack after {by_slack:.1} s, by SNS after {by_sns:.1} s"))
}

/// The end is told as well.
async fn resolved(suite: &mut Suite) -> Result<String> {
    let (slack, sns) = (suite.slack.accepted().len(), suite.told_by_sns()?.len());
    suite.deliver("config-rule/ssh-closed-again.json")?;
    let record = suite.record("config-rule", |record| record.status() == Status::Resolved).await?;
    suite.slack_says(&["Resolved", "restricted-ssh"], slack).await?;
    suite.sns_says(&["Resolved", "restricted-ssh"], sns).await?;
    Ok(record.title())
}

/// An event of our own through every rule, queue and function to every channel, and nobody is told.
async fn heartbeat(suite: &mut Suite) -> Result<String> {
    let (slack, sns) = (suite.slack.accepted().len(), suite.told_by_sns()?.len());
    let fired = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second())?;
    let paths = suite.fire_heartbeats()?;
    let came = async || Ok(suite.heard().await?.values().filter(|at| **at >= fired).count() == 2 * paths);
    let took = wait("every channel to hear every path", came).await.with_context(|| suite.troubles())?;
    ensure!(suite.slack.accepted().len() == slack && suite.told_by_sns()?.len() == sns, "somebody was told of it");
    Ok(format!(
        "{paths} ways, some of them from us-east-1, each heard by 2 channels after {:.1} s; nobody was told",
        took.as_secs_f64()
    ))
}

/// Everything but the function behind a rule that somebody switched off.
async fn heartbeat_missed(suite: &mut Suite) -> Result<String> {
    let rule = json!({"Name": "plimsoll-ecr-scan"});
    suite.bed.call("events", REGION, "AWSEvents.DisableRule", &rule)?;
    // The time of an event is in whole seconds: this one must differ from the one before.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let fired = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second())?;
    let others = suite.fire_heartbeats()? - 1;
    let came = async || Ok(suite.heard().await?.values().filter(|at| **at >= fired).count() == 2 * others);
    wait("the other paths", came).await.with_context(|| suite.troubles())?;
    let heard = suite.heard().await?;
    let missed: Vec<&String> = heard.iter().filter(|(_, at)| **at < fired).map(|(path, _)| path).collect();
    ensure!(missed == ["people ecr-scan/default", "slack ecr-scan/default"], "missed were {missed:?}");
    suite.bed.call("events", REGION, "AWSEvents.EnableRule", &rule)?;
    Ok(format!(
        "missed by {} of {}: {}",
        missed.len(),
        heard.len(),
        missed.iter().map(|m| m.as_str()).collect::<Vec<_>>().join(", ")
    ))
}

/// One digest per time, however often the schedule fires.
async fn digest(suite: &mut Suite) -> Result<String> {
    let before = suite.slack.accepted().len();
    let digests = |suite: &Suite| {
        suite.told_by_slack().iter().skip(before).filter(|text| text.contains("eadiness")).cloned().collect::<Vec<_>>()
    };
    let at = 1_795_500_000;
    suite.fire("readiness-digest-digest", Some(at))?;
    wait("the digest", async || Ok(!digests(suite).is_empty())).await?;
    for _ in 0..2 {
        let calls = calls_of_digest(suite)?;
        suite.fire("readiness-digest-digest", Some(at))?;
        wait("the digest to run again", async || Ok(calls_of_digest(suite)? > calls)).await?;
    }
    // The last one is told before the function ends, if it is told: another time shows that it is through.
    suite.fire("readiness-digest-digest", Some(at + 86_400))?;
    wait("the next day's digest", async || Ok(digests(suite).len() > 1)).await?;
    let digests = digests(suite);
    let [first, _second] = digests.as_slice() else { bail!("{} digests for two days: {digests:?}", digests.len()) };
    Ok(format!("told once: \"{first}\""))
}

/// What the digest has called so far: every run reads whether that digest exists.
fn calls_of_digest(suite: &Suite) -> Result<usize> {
    let calls = suite.bed.control("GET", "calls?role=plimsoll-readiness-digest", &Value::Null)?;
    Ok(calls.as_array().map_or(0, Vec::len))
}

/// The APIs know of two findings that no event told.
async fn reconciled(suite: &mut Suite) -> Result<String> {
    let slack = suite.slack.accepted().len();
    let sources = ["ecr-scan", "config-rule", "guardduty-finding", "backup-job"];
    for source in sources {
        suite.fire(&format!("{source}-reconcile"), None)?;
    }
    suite.slack_says(&["vpc-flow-logs-enabled"], slack).await?;
    suite.slack_says(&["shop/search"], slack).await?;
    let read = async || {
        Ok(suite.reconciled().await?.keys().map(String::as_str).eq([
            "backup-job",
            "config-rule",
            "ecr-scan",
            "guardduty-finding",
        ]))
    };
    wait("all APIs to be read", read).await?;
    let by_reading = suite.record("config-rule", |record| record.title().contains("vpc-flow-logs-enabled")).await?;
    Ok(format!("{} sources read; \"{}\" was told by no event", sources.len(), by_reading.title()))
}

/// What the function fails on is put aside, and a redrive takes it through.
async fn redriven(suite: &mut Suite) -> Result<String> {
    let (events, dead) =
        (suite.queue("config-rule", "events")?.to_owned(), suite.queue("config-rule", "dead")?.to_owned());
    let arn = |url: &str| format!("arn:aws:sqs:{REGION}:111122223333:{}", url.rsplit('/').next().unwrap_or_default());
    // 500 receives take a day: here one is enough.
    let policy = json!({"deadLetterTargetArn": arn(&dead), "maxReceiveCount": "1"}).to_string();
    let hasty = json!({"QueueUrl": events, "Attributes": {"RedrivePolicy": policy, "VisibilityTimeout": "1"}});
    suite.sqs("SetQueueAttributes", &hasty)?;
    let calls = suite.bed.control("GET", "calls?role=plimsoll-config-rule", &Value::Null)?;
    let key = calls.pointer("/0/who").and_then(Value::as_str).context("config-rule made no call")?.to_owned();
    let fault = json!([{"service": "dynamodb", "who": key, "status": 500, "code": "InternalServerError"}]);
    suite.bed.control("POST", "faults", &fault)?;
    suite.deliver("config-rule/ecr-scanning-switched-off.json")?;
    let waiting = async || -> Result<bool> {
        let count = json!({"QueueUrl": dead, "AttributeNames": ["ApproximateNumberOfMessages"]});
        let answer = suite.sqs("GetQueueAttributes", &count)?;
        Ok(answer["Attributes"]["ApproximateNumberOfMessages"] == "1")
    };
    let failed = wait("the dead letter", waiting).await?;
    let known = |record: &plimsoll_pipeline::Record| record.title().contains("ecr-private-image-scanning-enabled");
    ensure!(!suite.records().await?.iter().any(|r| r.finding.source == "config-rule" && known(r)), "it was applied");
    suite.bed.control("DELETE", "faults", &Value::Null)?;
    let slack = suite.slack.accepted().len();
    suite.sqs("StartMessageMoveTask", &json!({"SourceArn": arn(&dead)}))?;
    let record = suite.record("config-rule", known).await?;
    let delivered = suite.slack_says(&["ecr-private-image-scanning-enabled"], slack).await?;
    let (failed, delivered) = (failed.as_secs_f64(), delivered.as_secs_f64());
    Ok(format!(
        "\"{}\" put aside after {failed:.1} s; {delivered:.1} s after the redrive told by Slack",
        record.title()
    ))
}

/// A secret that no longer works: the fallback hears of it, and nothing is lost when it is repaired.
async fn rotated(suite: &mut Suite) -> Result<String> {
    let (slack, sns) = (suite.slack.accepted().len(), suite.told_by_sns()?.len());
    let second = "xoxb-second-token";
    suite.slack.rotate(second);
    suite.deliver("backup-job/copy-failed.json")?;
    suite.sns_says(&["slack"], sns).await.context("the fallback hears that the channel is broken")?;
    let own = suite.record("alert-notifier", |record| record.status() == Status::Open).await?;
    ensure!(own.severity() >= Severity::High, "a broken channel is {:?}", own.severity());
    ensure!(suite.slack.accepted().len() == slack, "what plays Slack accepted a revoked token");
    let secret = suite.terraform.output("slack_secret_arn")?;
    let value =
        json!({"SecretId": secret, "SecretString": second, "ClientRequestToken": "0123456789abcdef0123456789abcdef"});
    suite.bed.call("secretsmanager", REGION, "secretsmanager.PutSecretValue", &value)?;
    let delivered = suite.slack_says(&["opy"], slack).await?;
    suite.record("alert-notifier", |record| record.status() == Status::Resolved).await?;
    Ok(format!("\"{}\"; {:.1} s after the rotation Slack hears what it missed", own.title(), delivered.as_secs_f64()))
}
