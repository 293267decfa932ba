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

use crate::{DigestReply, EventSummary, ReconcileError, ReconcileReport, TellReport};

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
    let mut counts = vec![("Duplicates", "Count", i64::from(outcome == "duplicate"))];
    if let Some(lag) = summary.lag_ms {
        counts.push(("EventLag", "Milliseconds", lag));
    }
    let mut line = json!({"level": "DEBUG", "timestamp": Timestamp::now(), "service": service, "message": "Metrics"});
    metrics(&mut line, &counts, &[("Source", service)]);
    write(&line);
}

pub(crate) fn told(request_id: &str, report: &TellReport) {
    for (channel, told) in report {
        let level = if told.broken.is_some() || told.failed > 0 { "WARN" } else { "INFO" };
        let mut line = common(level, "alert-notifier", request_id, &format!("Told {} findings", told.told));
        extend(&mut line, json!({"report": told}));
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let counts = [
            ("Told", "Count", count(told.told)),
            ("Degraded", "Count", count(told.degraded)),
            ("Failed", "Count", count(told.failed)),
            ("DueAge", "Seconds", told.due_age_seconds),
            ("CriticalDueAge", "Seconds", told.critical_due_age_seconds),
        ];
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
    let counts = [
        ("ReconcileFound", "Count", found),
        ("ReconcileClosed", "Count", closed),
        ("ReconcileFailed", "Count", i64::from(result.is_err())),
    ];
    metrics(&mut line, &counts, &[("Source", service)]);
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

/// Adds metrics to a line. A resource is never a dimension: each value of one is a metric that is paid for.
fn metrics(line: &mut Value, counts: &[(&str, &str, i64)], dimensions: &[(&str, &str)]) {
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
    let mut out = std::io::stdout().lock();
    // A function whose output is closed can do nothing about it and must go on.
    writeln!(out, "{line}").ok();
}
