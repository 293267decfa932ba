//! One JSON line per thing that happened, with the field names that Powertools uses, and metrics in the embedded
//! metric format. No event body and no secret is ever logged.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::{
    io::Write as _,
    sync::atomic::{AtomicBool, Ordering},
};

use jiff::Timestamp;
use plimsoll_finding::Source;
use serde_json::{Value, json};

use crate::{DeliveryReports, DigestReply, HeartbeatReports};
use plimsoll_pipeline::{
    intake::EventSummary,
    reconcile::{ReconcileError, ReconcileReport},
};

static COLD: AtomicBool = AtomicBool::new(true);

/// Prepares logging for a function.
pub(crate) fn init(service: &str) {
    let mut line = json!({"level": "INFO", "timestamp": Timestamp::now(), "service": service, "message": "Started"});
    metrics(&mut line, &[("ColdStart", "Count", 1)], &[("Service", service)]);
    write(&line);
}

pub(crate) fn event(request_id: &str, sources: &[Source], summary: &EventSummary) {
    let service = sources.first().map_or("plimsoll", |s| s.name);
    let outcome = summary.outcome.map_or("failed", |o| o.name());
    let level = match outcome {
        "failed" => "ERROR",
        "quarantined" => "WARN",
        _ => "INFO",
    };
    let keys: Vec<&str> = summary.findings.iter().map(|f| f.key.as_str()).collect();
    let mut line = common(level, service, request_id, &format!("Event {outcome}"));
    extend(
        &mut line,
        json!({
            "event_id": summary.event_id,
            "detail_type": summary.detail_type,
            "outcome": outcome,
            "reason": summary.reason,
            "finding_keys": keys,
        }),
    );
    metrics(&mut line, &[("EventsProcessed", "Count", 1)], &[("Source", service), ("Outcome", outcome)]);
    write(&line);
    // By source alone: each combination of dimensions is a metric that is paid for.
    let mut counts = happened([("Duplicates", "Count", i64::from(outcome == "duplicate"))]);
    if let Some(lag) = summary.lag_ms {
        counts.push(("EventLag", "Milliseconds", lag));
    }
    // Metrics of a line below INFO would be lost: Lambda drops what is below the function's log level.
    // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    if !counts.is_empty() {
        let mut line =
            json!({"level": "INFO", "timestamp": Timestamp::now(), "service": service, "message": "Metrics"});
        metrics(&mut line, &counts, &[("Source", service)]);
        write(&line);
    }
}

pub(crate) fn delivered(request_id: &str, reports: &DeliveryReports, heartbeats: &HeartbeatReports) {
    for (channel, report) in reports {
        let heartbeat = heartbeats.get(channel);
        let unreachable = heartbeat.is_some_and(|heartbeat| heartbeat.fault.is_some());
        let level = if report.broken.is_some() || report.failed > 0 || unreachable { "WARN" } else { "INFO" };
        let message = format!("Delivered {} findings", report.delivered);
        let mut line = common(level, "alert-notifier", request_id, &message);
        extend(&mut line, json!({"report": report}));
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let mut counts = happened([
            ("Delivered", "Count", count(report.delivered)),
            ("Degraded", "Count", count(report.degraded)),
            ("Failed", "Count", count(report.failed.saturating_add(usize::from(unreachable)))),
            ("DueAge", "Seconds", report.due_age_seconds),
            ("CriticalDueAge", "Seconds", report.critical_due_age_seconds),
        ]);
        if let Some(heartbeat) = heartbeat {
            extend(&mut line, json!({"heartbeat": heartbeat}));
            counts.push(("HeartbeatAge", "Seconds", heartbeat.age_seconds));
        }
        metrics(&mut line, &counts, &[("Channel", channel)]);
        write(&line);
    }
}

pub(crate) fn reconcile(request_id: &str, service: &str, result: &Result<ReconcileReport, ReconcileError>) {
    let (level, message, report) = match result {
        Ok(report) if report.unknown > 0 || report.unreadable > 0 || !report.complete => {
            ("WARN", "Reconciled".to_owned(), json!(report))
        }
        Ok(report) => ("INFO", "Reconciled".to_owned(), json!(report)),
        Err(error) => ("ERROR", format!("Reconcile failed: {error}"), Value::Null),
    };
    let mut line = common(level, service, request_id, &message);
    extend(&mut line, json!({"report": report}));
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let (found, closed) = result.as_ref().map_or((0, 0), |report| (count(report.found), count(report.closed)));
    let counts = happened([
        ("ReconcileFound", "Count", found),
        ("ReconcileClosed", "Count", closed),
        ("ReconcileFailed", "Count", i64::from(result.is_err())),
    ]);
    metrics(&mut line, &counts, &[("Source", service)]);
    write(&line);
}

/// What a tick did, or why it failed.
pub(crate) fn tick(request_id: &str, service: &str, result: Result<&Value, String>) {
    let (level, fields) = match result {
        Ok(report) => ("INFO", report.clone()),
        Err(reason) => ("ERROR", json!({"reason": reason})),
    };
    let mut line = common(level, service, request_id, "Tick");
    extend(&mut line, fields);
    write(&line);
}

pub(crate) fn digest(request_id: &str, reply: &DigestReply) {
    let mut line = common("INFO", "readiness-digest", request_id, "Digest");
    extend(&mut line, json!({"scheduled_for": reply.digest.scheduled_for, "channels": reply.channels}));
    write(&line);
    let digest = &reply.digest;
    let categories = digest.score.categories.iter().map(|c| (c.category.label(), c.current));
    for (category, current) in categories.chain([("Overall", digest.score.current)]) {
        let mut line =
            json!({"level": "INFO", "timestamp": Timestamp::now(), "message": "Score", "category": category});
        metrics(&mut line, &[("ReadinessScore", "Percent", i64::from(current))], &[("Category", category)]);
        write(&line);
    }
    for (severity, open) in &digest.open_counts {
        let mut line = json!({"level": "INFO", "timestamp": Timestamp::now(), "message": "Open findings"});
        let open = i64::try_from(*open).unwrap_or(i64::MAX);
        metrics(&mut line, &[("OpenFindings", "Count", open)], &[("Severity", severity.label())]);
        write(&line);
    }
}

fn common(level: &str, service: &str, request_id: &str, message: &str) -> Value {
    let trace = std::env::var("_X_AMZN_TRACE_ID").ok();
    json!({
        "level": level,
        "timestamp": Timestamp::now(),
        "message": message,
        "service": service,
        "cold_start": COLD.swap(false, Ordering::Relaxed),
        "function_name": std::env::var("AWS_LAMBDA_FUNCTION_NAME").ok(),
        "function_request_id": request_id,
        "xray_trace_id": trace,
    })
}

fn extend(line: &mut Value, more: Value) {
    if let (Some(line), Value::Object(more)) = (line.as_object_mut(), more) {
        line.extend(more);
    }
}

/// Those that are not zero. A metric is paid for by the hour in which it is written, and the alarms take a metric that is
/// not there for zero.
fn happened<'a>(counts: impl IntoIterator<Item = (&'a str, &'a str, i64)>) -> Vec<(&'a str, &'a str, i64)> {
    counts.into_iter().filter(|(_, _, count)| *count != 0).collect()
}

/// Adds metrics to a line, if there are any. A resource is never a dimension: each value of one is a metric that is paid for.
fn metrics(line: &mut Value, counts: &[(&str, &str, i64)], dimensions: &[(&str, &str)]) {
    if counts.is_empty() {
        return;
    }
    let namespace = std::env::var("PLIMSOLL_METRICS_NAMESPACE").unwrap_or_else(|_| "Plimsoll".to_owned());
    let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let metrics: Vec<Value> = counts.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
    let directive = json!({
        "Timestamp": Timestamp::now().as_millisecond(),
        "CloudWatchMetrics": [{"Namespace": namespace, "Dimensions": [names], "Metrics": metrics}],
    });
    extend(line, json!({"_aws": directive}));
    for (name, value) in dimensions {
        extend(line, json!({*name: value}));
    }
    for (name, _, value) in counts {
        extend(line, json!({*name: value}));
    }
}

fn write(line: &Value) {
    #[cfg(test)]
    let mut out = tests::Captured;
    #[cfg(not(test))]
    let mut out = std::io::stdout().lock();
    // A function whose output is closed can do nothing about it and must go on.
    writeln!(out, "{line}").ok();
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, collections::BTreeSet, fs, path::Path, sync::Arc, time::Duration};

    use plimsoll_checklist::Checklist;
    use plimsoll_local::LocalStore;
    use plimsoll_pipeline::{
        StoreError,
        delivery::{DeliveryReport, heartbeat::HeartbeatReport},
        ingest::Outcome,
    };

    use super::*;
    use crate::{App, Config, SystemClock};

    thread_local! {
        static TEXT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }

    /// Takes the place of the standard output.
    pub(super) struct Captured;

    impl std::io::Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            TEXT.with_borrow_mut(|text| text.extend(bytes));
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn summary(outcome: Option<Outcome>) -> EventSummary {
        EventSummary {
            outcome,
            reason: None,
            event_id: "e".into(),
            detail_type: "X".into(),
            findings: Vec::new(),
            score: None,
            message_id: None,
            lag_ms: Some(7),
        }
    }

    /// Every line that the functions write, in each of its forms.
    async fn lines() -> Vec<Value> {
        const SOURCE: Source = Source {
            name: "ecr-scan",
            kinds: &[],
            read: |_| Ok(plimsoll_finding::Reading::Ignored("nothing".to_owned())),
            recognise: |_| None,
        };
        TEXT.take();
        init("ecr-scan");
        for outcome in [None, Some(Outcome::Applied), Some(Outcome::Duplicate), Some(Outcome::Quarantined)] {
            event("r", &[SOURCE], &summary(outcome));
        }
        let broken = DeliveryReport {
            delivered: 1,
            degraded: 1,
            failed: 1,
            due_age_seconds: 600,
            critical_due_age_seconds: 600,
            broken: Some("no".to_owned()),
            ..DeliveryReport::default()
        };
        let heard = HeartbeatReports::from([("a".to_owned(), HeartbeatReport::default())]);
        delivered(
            "r",
            &DeliveryReports::from([("a".to_owned(), DeliveryReport::default()), ("b".to_owned(), broken)]),
            &heard,
        );
        reconcile("r", "ecr-scan", &Ok(ReconcileReport::default()));
        reconcile("r", "ecr-scan", &Ok(ReconcileReport { found: 1, closed: 1, ..ReconcileReport::default() }));
        reconcile("r", "ecr-scan", &Err(ReconcileError::Store(StoreError::new("scan", "state", "no"))));
        let config = Config::default();
        let app = App {
            policy: config.policy(Checklist::shipped().unwrap(), ""),
            config,
            store: Arc::new(LocalStore::in_memory().unwrap()),
            notifiers: Vec::new(),
            clock: Arc::new(SystemClock),
            local: false,
            pause: Duration::ZERO,
            source_api: None,
            score: crate::KeptScore::default(),
        };
        digest("r", &app.deliver_digest(Timestamp::now()).await.unwrap());
        String::from_utf8(TEXT.take()).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[tokio::test]
    async fn no_line_with_metrics_is_below_the_level_that_lambda_keeps() {
        let lines = lines().await;
        assert!(lines.iter().filter(|line| line.get("_aws").is_some()).count() > 10);
        for line in lines {
            let level = line["level"].as_str().unwrap();
            assert!(["INFO", "WARN", "ERROR"].contains(&level), "{line}");
        }
    }

    /// Such a metric would be paid for in every hour of the year.
    #[tokio::test]
    async fn what_did_not_happen_is_no_metric() {
        for line in lines().await.iter().filter(|line| line.get("_aws").is_some()) {
            for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap() {
                let name = metric["Name"].as_str().unwrap();
                let told = ["HeartbeatAge", "EventLag", "ReadinessScore", "OpenFindings"].contains(&name);
                assert!(told || line[name] != json!(0), "{line}");
            }
        }
    }

    #[tokio::test]
    async fn metrics_are_those_that_alarms_and_dashboard_know() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/suite/metrics.json");
        let known: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let shape = |name: &Value, unit: &Value, dimensions: &Value| format!("{name} {unit} {dimensions}");
        let known: BTreeSet<String> =
            known.as_object().unwrap().values().map(|m| shape(&m["name"], &m["unit"], &m["dimensions"])).collect();
        let mut emitted = BTreeSet::new();
        for line in lines().await.iter().filter(|line| line.get("_aws").is_some()) {
            let directive = &line["_aws"]["CloudWatchMetrics"][0];
            for metric in directive["Metrics"].as_array().unwrap() {
                emitted.insert(shape(&metric["Name"], &metric["Unit"], &directive["Dimensions"][0]));
                assert!(line[metric["Name"].as_str().unwrap()].is_i64(), "{line}");
            }
            for dimension in directive["Dimensions"][0].as_array().unwrap() {
                assert!(line[dimension.as_str().unwrap()].is_string(), "{line}");
            }
        }
        // To look at by hand: nothing alarms on it, and no widget shows it.
        assert!(emitted.remove(r#""ColdStart" "Count" ["Service"]"#));
        assert_eq!(emitted, known);
    }
}
