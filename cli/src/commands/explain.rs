//! `plimsoll explain`: what each event means. Reads files, touches no state.

use jiff::Timestamp;
use plimsoll_finding::{Category, Finding, Severity, Status, Unreadable, unreadable_finding};
use plimsoll_message::ChannelId;
use plimsoll_pipeline::{
    Policy,
    ingest::{Merged, Outcome, merge},
    intake,
    intake::{Classification, checklist_ids, classify},
    route::routes_for,
};
use plimsoll_sources::SOURCES;
use serde::Serialize;
use serde_json::Value;

use crate::{
    arguments::{Common, Files},
    output::{self, Exit},
    session,
};

/// What one event means.
#[derive(Debug, Serialize)]
pub(crate) struct Explanation {
    file: String,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    event_id: String,
    event_source: String,
    detail_type: String,
    findings: Vec<ExplainedFinding>,
}

/// What it says about one resource.
#[derive(Debug, Serialize)]
pub(crate) struct ExplainedFinding {
    source: String,
    detail_type: String,
    key: String,
    status: Status,
    severity: Severity,
    native_severity: Option<String>,
    category: Category,
    account: String,
    region: String,
    resource: String,
    resource_kind: String,
    resource_name: String,
    title: String,
    observed_at: Timestamp,
    checks: Vec<String>,
    checklist: Vec<String>,
    console_url: Option<String>,
    routes: Vec<ChannelId>,
    sample: bool,
}

pub(crate) fn run(common: &Common, arguments: &Files) -> anyhow::Result<Exit> {
    let policy = session::policy(common)?;
    let now = common.now.unwrap_or_else(Timestamp::now);
    for path in &arguments.files {
        let content = session::read(path)?;
        for explanation in explain(&path.display().to_string(), &content, &policy, now) {
            if common.json {
                output::json(&explanation)?;
            } else {
                print(&explanation);
            }
        }
    }
    Ok(Exit::Ok)
}

/// What each event in a file's content means, judged alone and as if nothing were known.
fn explain(file: &str, content: &str, policy: &Policy, now: Timestamp) -> Vec<Explanation> {
    intake::unwrap_text(content, &SOURCES, now)
        .deliveries
        .iter()
        .map(|delivery| {
            let (function, classification) = classify(delivery, &SOURCES, policy);
            let event = &delivery.event;
            let nobody = !SOURCES.iter().any(|s| s.reads(&event.source, &event.detail_type));
            let (outcome, reason, findings) = match classification {
                Classification::Findings(findings) => (Outcome::Applied, None, findings),
                Classification::Ignored(reason) => (Outcome::Ignored, Some(reason), Vec::new()),
                Classification::Quarantined(fault) => match relative(&delivery.event.detail) {
                    Some(hint) if delivery.fault.is_some() => (Outcome::Ignored, Some(hint.to_owned()), Vec::new()),
                    _ if nobody && delivery.fault.is_none() => (Outcome::Ignored, Some(fault.reason), Vec::new()),
                    _ => quarantined(function, event, fault),
                },
            };
            Explanation {
                file: file.to_owned(),
                outcome,
                reason,
                event_id: plimsoll_finding::clean_line(&event.id),
                event_source: plimsoll_finding::clean_line(&event.source),
                detail_type: plimsoll_finding::clean_line(&event.detail_type),
                findings: findings.iter().map(|finding| explained(finding, policy, now)).collect(),
            }
        })
        .collect()
}

fn quarantined(
    function: Option<&str>,
    event: &plimsoll_finding::Event,
    fault: Unreadable,
) -> (Outcome, Option<String>, Vec<Finding>) {
    let finding = unreadable_finding(function.unwrap_or("plimsoll"), event, &fault);
    (Outcome::Quarantined, Some(fault.reason), vec![finding])
}

/// Documents that are well known and not for us; the reason, for people.
fn relative(document: &Value) -> Option<&'static str> {
    let has = |key: &str| document.get(key).is_some();
    let first = document.get("findings").or_else(|| document.get("Findings")).and_then(|f| f.get(0));
    if first.is_some_and(|f| f.get("SchemaVersion").is_some() && f.get("ProductArn").is_some()) {
        Some("Security Hub findings (ASFF); the services behind them are read directly")
    } else if has("AlarmName") && has("NewStateValue") {
        Some("a CloudWatch alarm; no function reads alarms")
    } else if has("invokingEvent") && has("configRuleName") {
        Some(
            "the invocation of a custom Config rule, not its result; the result comes as `Config Rules Compliance Change`",
        )
    } else {
        None
    }
}

fn explained(finding: &Finding, policy: &Policy, now: Timestamp) -> ExplainedFinding {
    let (status, severity) = match merge(None, finding, now) {
        Merged::Applied(record) => (record.status(), record.severity()),
        Merged::Duplicate | Merged::Stale => (finding.status, finding.severity),
    };
    let environment = policy.environment(&finding.account).map(|e| e.name.as_str());
    let merged = Finding { status, severity, ..finding.clone() };
    let routes = if status == Status::Open { routes_for(&policy.routes, &merged, environment) } else { Vec::new() };
    let statements = finding.statements();
    let mut checks: Vec<String> = statements.iter().map(|part| part.check.clone()).collect();
    checks.sort();
    checks.dedup();
    ExplainedFinding {
        source: finding.source.clone(),
        detail_type: finding.detail_type.clone(),
        key: finding.key().to_string(),
        status,
        severity,
        native_severity: finding.native_severity.clone(),
        category: finding.category,
        account: finding.account.clone(),
        region: finding.region.clone(),
        resource: plimsoll_finding::clean_line(&finding.resource.id),
        resource_kind: finding.resource.kind.clone(),
        resource_name: finding.resource.name.clone(),
        title: finding.title.clone(),
        observed_at: finding.observed_at,
        checklist: checklist_ids(checks.iter().map(String::as_str), policy),
        checks,
        console_url: finding.console_url.clone(),
        routes,
        sample: finding.sample,
    }
}

fn print(explanation: &Explanation) {
    let Explanation { file, outcome, reason, detail_type, findings, .. } = explanation;
    let kind = if detail_type.is_empty() { "unknown kind" } else { detail_type };
    output::line(format!("{file}: {kind}: {}", outcome.name()));
    if let Some(reason) = reason {
        output::line(format!("  because    {reason}"));
    }
    for finding in findings {
        output::line(format!("  {:<10} {}", finding.severity.label(), finding.title));
        output::line(format!("  status     {}", finding.status.name()));
        let place = [finding.account.as_str(), finding.region.as_str()].join(" ");
        output::line(format!("  resource   {} ({}) {}", finding.resource_name, finding.resource_kind, place.trim()));
        output::line(format!("  observed   {}", finding.observed_at));
        output::line(format!("  finding    {}", finding.key.get(..8).unwrap_or(&finding.key)));
        if !finding.checklist.is_empty() {
            output::line(format!("  checklist  {}", finding.checklist.join(", ")));
        }
        let routes: Vec<&str> = finding.routes.iter().map(ChannelId::as_str).collect();
        output::line(format!(
            "  told to    {}",
            if routes.is_empty() { "nobody".to_owned() } else { routes.join(", ") }
        ));
        if let Some(url) = &finding.console_url {
            output::line(format!("  console    {url}"));
        }
    }
}
