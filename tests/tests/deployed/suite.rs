//! A deployed suite, and what a person or a machine sees of it.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use plimsoll_aws::DynamoStore;
use plimsoll_pipeline::{Record, Store as _};
use plimsoll_tests::{
    bed::Bed,
    packages,
    samples::{global_sources, root},
    slack::FakeSlack,
    terraform::Terraform,
};
use serde_json::{Value, json};

pub(super) const REGION: &str = "eu-central-1";
pub(super) const PREFIX: &str = "plimsoll";
/// A token that only the secret and what plays Slack know.
pub(super) const FIRST_TOKEN: &str = "xoxb-first-token";

/// A whole minute for the sweep, another for a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(150);
const GLANCE: Duration = Duration::from_millis(100);

pub(super) struct Suite {
    pub(super) bed: Bed,
    pub(super) slack: FakeSlack,
    pub(super) terraform: Terraform,
    store: Option<DynamoStore>,
    queues: Value,
    reader: String,
    read: Vec<String>,
}

impl Suite {
    /// Everything but the deployment itself.
    pub(super) fn prepare(bed: Bed, mut terraform: Terraform, packages: &Path) -> Result<Self> {
        let slack = FakeSlack::start(FIRST_TOKEN)?;
        terraform.set("endpoint", bed.url());
        terraform.set("slack_endpoint", &slack.url());
        terraform.set("slack_token", FIRST_TOKEN);
        terraform.set("packages_directory", &packages.display().to_string());
        terraform.set("architecture", packages::architecture());
        let (reader, read) = (String::new(), Vec::new());
        Ok(Self { bed, slack, terraform, store: None, queues: Value::Null, reader, read })
    }

    /// What AWS's own services answer when the functions ask them for the last word: `tests/deployed/apis.json`.
    pub(super) fn answer_for_aws(&self) -> Result<()> {
        let text = std::fs::read_to_string(root().join("tests/deployed/apis.json"))?;
        for stub in serde_json::from_str::<Vec<Value>>(&text)? {
            self.bed.control("POST", "stub", &stub)?;
        }
        Ok(())
    }

    pub(super) fn apply(&mut self) -> Result<String> {
        let said = self.terraform.run(&["apply", "-auto-approve", "-input=false", "-no-color", "-parallelism=20"])?;
        let table = self.terraform.output("table")?;
        let sources = plimsoll_app::SOURCES.iter().copied().chain(["plimsoll", "alert-notifier", "readiness-digest"]);
        let table = table.as_str().context("the output `table` is no text")?;
        self.store = Some(DynamoStore::new(&self.bed.clients_in(REGION), table, sources));
        self.queues = self.terraform.output("queues")?;
        self.terraform.output("reader_url")?.as_str().unwrap_or_default().clone_into(&mut self.reader);
        Ok(last_line(&said, "Apply complete"))
    }

    /// That a second plan finds nothing to do.
    pub(super) fn plan_again(&self) -> Result<String> {
        let said = self.terraform.run(&["plan", "-input=false", "-no-color"])?;
        let line = last_line(&said, "No changes");
        ensure!(!line.is_empty(), "the second plan wants changes: {said}");
        Ok(line)
    }

    pub(super) fn destroy(&mut self) -> Result<String> {
        let said = self.terraform.run(&["destroy", "-auto-approve", "-input=false", "-no-color", "-parallelism=20"])?;
        self.store = None;
        let left = self.bed.control("GET", "resources", &Value::Null)?;
        ensure!(left == json!([]), "something was left behind: {left}");
        Ok(format!("{} Nothing is left.", last_line(&said, "Destroy complete")))
    }

    /// Where the deployed functions keep their state.
    pub(super) fn store(&self) -> Result<&DynamoStore> {
        self.store.as_ref().context("nothing is deployed")
    }

    /// Puts an event of `events/` on its bus and returns the rules that it met.
    pub(super) fn deliver(&self, file: &str) -> Result<Vec<String>> {
        let text = std::fs::read_to_string(root().join("events").join(file)).with_context(|| file.to_owned())?;
        self.deliver_event(&serde_json::from_str(&text)?)
    }

    /// Puts an event on its bus and returns the rules that it met.
    pub(super) fn deliver_event(&self, event: &Value) -> Result<Vec<String>> {
        let answer = self.bed.control("POST", "deliver", event)?;
        let matched = answer.pointer("/matched/0").and_then(Value::as_array).context("no rules were named")?;
        Ok(matched.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect())
    }

    /// Runs a schedule now.
    pub(super) fn fire(&self, schedule: &str, at: Option<i64>) -> Result<()> {
        let schedule = json!({"name": format!("{PREFIX}-{schedule}"), "group": PREFIX, "at": at});
        let answer = self.bed.control("POST", "fire", &schedule)?;
        ensure!(answer["fired"] == json!(true), "there is no schedule {schedule}");
        Ok(())
    }

    /// The heartbeats of the suite's bus and of each rule in us-east-1 that forwards events of a source, now. Returns how many
    /// ways to a function they prove.
    pub(super) fn fire_heartbeats(&self) -> Result<usize> {
        self.fire("heartbeat-default", None)?;
        let global = global_sources()?;
        for source in &global {
            let forwarded = json!({"name": format!("{PREFIX}-global-heartbeat-{source}"), "group": "default"});
            let answer = self.bed.control("POST", "fire", &forwarded)?;
            ensure!(answer["fired"] == json!(true), "there is no schedule {forwarded}");
        }
        Ok(plimsoll_app::SOURCES.len() + global.len())
    }

    /// One call of CloudWatch in the suite's region.
    pub(super) fn cloudwatch(&self, operation: &str, body: &Value) -> Result<Value> {
        self.bed.call("monitoring", REGION, &format!("GraniteServiceVersion20100801.{operation}"), body)
    }

    /// All alarms in the suite's region.
    pub(super) fn alarms(&self) -> Result<Vec<Value>> {
        let (mut alarms, mut request) = (Vec::new(), json!({}));
        loop {
            let page = self.cloudwatch("DescribeAlarms", &request)?;
            alarms.extend(page["MetricAlarms"].as_array().cloned().unwrap_or_default());
            match page.get("NextToken").filter(|token| token.is_string()) {
                Some(token) => request = json!({"NextToken": token}),
                None => return Ok(alarms),
            }
        }
    }

    /// One call of SQS in the suite's region.
    pub(super) fn sqs(&self, operation: &str, body: &Value) -> Result<Value> {
        self.bed.call("sqs", REGION, &format!("AmazonSQS.{operation}"), body)
    }

    /// The address of a queue of a function: `events` or `dead`.
    pub(super) fn queue(&self, function: &str, queue: &str) -> Result<&str> {
        let url = self.queues.get(function).and_then(|queues| queues.get(queue)).and_then(Value::as_str);
        url.with_context(|| format!("{function} has no queue {queue}: {}", self.queues))
    }

    pub(super) async fn records(&self) -> Result<Vec<Record>> {
        Ok(self.store()?.records().await?)
    }

    /// When the API of each source was read completely.
    pub(super) async fn reconciled(&self) -> Result<BTreeMap<String, jiff::Timestamp>> {
        Ok(plimsoll_pipeline::reconcile::last_reconciles(self.store()?).await?)
    }

    /// When the heartbeat began that each channel heard last, by `<channel> <path>`.
    pub(super) async fn heard(&self) -> Result<BTreeMap<String, jiff::Timestamp>> {
        let channels = plimsoll_pipeline::delivery::heartbeat::heartbeat_statuses(self.store()?).await?;
        let paths = channels.iter().flat_map(|(channel, paths)| paths.iter().map(move |path| (channel, path)));
        Ok(paths.filter_map(|(channel, (path, l))| Some((format!("{channel} {path}"), l.last_received?))).collect())
    }

    /// What the reader of the topic has got so far.
    pub(super) fn told_by_sns(&mut self) -> Result<&[String]> {
        let news = self.take_all(&self.reader)?;
        self.read.extend(news);
        Ok(&self.read)
    }

    /// Takes all messages out of a queue.
    pub(super) fn take_all(&self, url: &str) -> Result<Vec<String>> {
        let mut bodies = Vec::new();
        loop {
            let wanted = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0});
            let answer = self.sqs("ReceiveMessage", &wanted)?;
            let messages = answer.get("Messages").and_then(Value::as_array).cloned().unwrap_or_default();
            if messages.is_empty() {
                return Ok(bodies);
            }
            for message in messages {
                self.sqs("DeleteMessage", &json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}))?;
                bodies.push(message["Body"].as_str().unwrap_or_default().to_owned());
            }
        }
    }

    /// The texts that Slack accepted, in order.
    pub(super) fn told_by_slack(&self) -> Vec<String> {
        self.slack.accepted().iter().map(|accepted| accepted.text().to_owned()).collect()
    }

    /// Waits until one more message with all of `words` was told by Slack than `before`; how long it took.
    pub(super) async fn slack_says(&self, words: &[&str], since: usize) -> Result<Duration> {
        wait(&format!("Slack to say {words:?}"), async || {
            Ok(self.told_by_slack().iter().skip(since).any(|text| words.iter().all(|word| text.contains(word))))
        })
        .await
        .with_context(|| format!("it said {:?}; {}", self.told_by_slack(), self.troubles()))
    }

    /// The same of SNS.
    pub(super) async fn sns_says(&mut self, words: &[&str], since: usize) -> Result<Duration> {
        let started = Instant::now();
        loop {
            let read = self.told_by_sns()?;
            if read.iter().skip(since).any(|text| words.iter().all(|word| text.contains(word))) {
                return Ok(started.elapsed());
            }
            let read = read.join("\n");
            ensure!(started.elapsed() < PATIENCE, "SNS never said {words:?} but {read}; {}", self.troubles());
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Waits until a record of that source is so, and returns it.
    pub(super) async fn record(&self, source: &str, wanted: impl Fn(&Record) -> bool) -> Result<Record> {
        let started = Instant::now();
        loop {
            let records = self.records().await?;
            if let Some(record) = records.iter().find(|record| record.finding.source == source && wanted(record)) {
                return Ok(record.clone());
            }
            if started.elapsed() > PATIENCE {
                let titles: BTreeMap<_, _> = records.iter().map(|r| (r.title(), r.status())).collect();
                bail!("no such record of {source} but {titles:?}; {}", self.troubles());
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// What went wrong on the bed, for the message of a test that failed.
    pub(super) fn troubles(&self) -> String {
        let calls = self.bed.control("GET", "calls", &Value::Null).unwrap_or_default();
        let calls = calls.as_array().cloned().unwrap_or_default();
        let bad = calls.iter().filter(|call| {
            let status = call["status"].as_u64().unwrap_or_default();
            (status == 0 || status >= 400) && call["code"] != json!("ConditionalCheckFailedException")
        });
        let bad: Vec<String> = bad.map(Value::to_string).collect();
        let bad = bad.get(bad.len().saturating_sub(10)..).unwrap_or_default().join("\n");
        let logs: Vec<String> = self
            .queues
            .as_object()
            .into_iter()
            .flat_map(serde_json::Map::keys)
            .flat_map(|function| self.log(function).unwrap_or_else(|error| vec![format!("{error:#}")]))
            .collect();
        format!(
            "{} requests to Slack; calls that failed:\n{bad}\nwhat the functions logged last:\n{}",
            self.slack.requests(),
            logs.join("\n")
        )
    }

    /// The last lines of a function's log.
    fn log(&self, function: &str) -> Result<Vec<String>> {
        let group = format!("/aws/lambda/{PREFIX}-{function}");
        let answer = self.bed.call("logs", REGION, "Logs_20140328.FilterLogEvents", &json!({"logGroupName": group}))?;
        let lines: Vec<String> = answer["events"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|event| Some(format!("{function}: {}", event["message"].as_str()?.trim())))
            .filter(|line| line.contains(": {"))
            .collect();
        Ok(lines.get(lines.len().saturating_sub(4)..).unwrap_or_default().to_vec())
    }
}

/// Asks again and again until it is so; how long it took.
pub(super) async fn wait(what: &str, so: impl AsyncFn() -> Result<bool>) -> Result<Duration> {
    let started = Instant::now();
    while !so().await? {
        ensure!(started.elapsed() < PATIENCE, "waited for {what} in vain");
        tokio::time::sleep(GLANCE).await;
    }
    Ok(started.elapsed())
}

fn last_line(said: &str, start: &str) -> String {
    said.lines().rev().find(|line| line.starts_with(start)).unwrap_or_default().to_owned()
}
