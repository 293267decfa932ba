//! `plimsoll explain`: what each event means. Reads files, touches no state.

use jiff::Timestamp;
use plimsoll_finding::{Category, Fact, Finding, Severity, Status};
use plimsoll_message::{ChannelId, Message};
use plimsoll_pipeline::{
    Policy,
    ingest::Outcome,
    intake::{Judgement, checklist_ids},
};
use plimsoll_render::{Style, hanging};
use serde::Serialize;

use super::told::{Evidence, accepted, alert, evidence};
use crate::{
    arguments::{Common, Files, Show},
    output::{self, Exit},
    session,
};

/// What one event means.
#[derive(Debug, Serialize)]
pub(crate) struct Explanation {
    file: String,
    pub(crate) outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    event_id: String,
    event_source: String,
    detail_type: String,
    pub(crate) findings: Vec<ExplainedFinding>,
}

/// What it says about one resource.
#[derive(Debug, Serialize)]
pub(crate) struct ExplainedFinding {
    source: String,
    detail_type: String,
    pub(crate) key: String,
    status: Status,
    severity: Severity,
    native_severity: Option<String>,
    category: Category,
    account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_name: Option<String>,
    region: String,
    resource: String,
    resource_kind: String,
    resource_name: String,
    title: String,
    observed_at: Timestamp,
    checks: Vec<String>,
    /// What routes and waivers can match, besides the fields above.
    #[serde(skip_serializing_if = "Option::is_none")]
    finding_type: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    threat_names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployed: Option<bool>,
    checklist: Vec<String>,
    console_url: Option<String>,
    pub(crate) routes: Vec<ChannelId>,
    /// Who accepted it, until when and why, if a waiver of the configuration covers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accepted: Option<String>,
    sample: bool,
    facts: Vec<Fact>,
    /// The open parts, exploited ones first, then the worst, as the alert names them.
    parts: Vec<ExplainedPart>,
    /// Open parts that the alert only counts.
    more_parts: usize,
    remediation: Option<String>,
    runbook: Option<String>,
    evidence: Vec<Evidence>,
    /// What the alert says besides where the finding is, as text.
    #[serde(skip)]
    details: String,
}

/// One open part of a finding, for example one vulnerability of an image.
#[derive(Debug, Serialize)]
struct ExplainedPart {
    severity: Severity,
    label: String,
}

/// The line of the checklist that is asked for in the place of a file: `SEC-07`, where no such file is.
pub(crate) fn line(common: &Common, arguments: &Files) -> Option<Show> {
    let [only] = arguments.files.as_slice() else { return None };
    let reference = only.to_str().filter(|_| !only.exists())?;
    let shipped = session::checklist().ok()?;
    // A file that cannot be read has its fault told by the command itself.
    let checklist =
        session::config(common).map_or_else(|_| shipped.clone(), |config| config.checklist(shipped.clone()));
    let is_line = checklist.every_line().any(|item| item.id.eq_ignore_ascii_case(reference));
    is_line.then(|| Show { reference: reference.to_owned() })
}

pub(crate) fn run(common: &Common, arguments: &Files) -> anyhow::Result<Exit> {
    let policy = session::policy(common)?;
    let now = common.now.unwrap_or_else(Timestamp::now);
    let mut exit = Exit::Ok;
    for file in session::event_files(common, &arguments.files)? {
        let Some(content) = file.read(common)? else {
            exit = Exit::Usage;
            continue;
        };
        for explanation in explain(&file.path.display().to_string(), &content, &policy, now) {
            if explanation.outcome == Outcome::Quarantined && exit == Exit::Ok {
                exit = Exit::Below;
            }
            if common.json {
                output::json(&explanation)?;
            } else {
                print(&explanation);
            }
        }
    }
    Ok(exit)
}

/// What each event in a file's content means, judged alone and as if nothing were known.
pub(crate) fn explain(file: &str, content: &str, policy: &Policy, now: Timestamp) -> Vec<Explanation> {
    session::judged(content, policy, now)
        .into_iter()
        .map(|(delivery, Judgement { outcome, reason, findings })| {
            let event = &delivery.event;
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

fn explained(finding: &Finding, policy: &Policy, now: Timestamp) -> ExplainedFinding {
    let told = alert(finding, policy, now);
    let (status, severity) =
        told.as_ref().map_or((finding.status, finding.severity), |told| (told.record.status(), told.record.severity()));
    let evidence = told.as_ref().map(|told| evidence(&told.record, policy, now)).unwrap_or_default();
    let accepted =
        told.as_ref().and_then(|told| accepted(&told.record, policy, now)).filter(|_| status == Status::Open);
    let alert = told.and_then(|told| if let Message::Alert(alert) = told.message { Some(alert) } else { None });
    let details = alert.as_ref().map(|alert| plimsoll_render::details(alert, output::text_width() - 2, Style::Plain));
    let merged = Finding { status, severity, ..finding.clone() };
    let routes = if status == Status::Open { policy.decide(&merged).channels } else { Vec::new() };
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
        account_name: policy.account_name(&finding.account).map(str::to_owned),
        region: finding.region.clone(),
        resource: plimsoll_finding::clean_line(&finding.resource.id),
        resource_kind: finding.resource.kind.clone(),
        resource_name: finding.resource.name.clone(),
        title: finding.title.clone(),
        observed_at: finding.observed_at,
        checklist: checklist_ids(checks.iter().map(String::as_str), policy),
        checks,
        finding_type: finding.finding_type.clone(),
        threat_names: finding.threat_names.clone(),
        deployed: finding.deployed,
        console_url: finding.console_url.clone(),
        routes,
        accepted,
        sample: finding.sample,
        facts: finding.facts.clone(),
        remediation: finding.remediation.clone(),
        runbook: alert.as_ref().and_then(|alert| alert.finding.runbook.clone()),
        more_parts: alert.as_ref().map_or(0, |alert| alert.more_parts),
        parts: alert.map(|alert| alert.parts).unwrap_or_default().into_iter().map(part).collect(),
        evidence,
        details: details.unwrap_or_default(),
    }
}

fn part((severity, label): (Severity, String)) -> ExplainedPart {
    ExplainedPart { severity, label }
}

fn print(explanation: &Explanation) {
    let Explanation { file, outcome, reason, detail_type, findings, .. } = explanation;
    let kind = if detail_type.is_empty() { "no detail-type" } else { detail_type };
    let width = output::width();
    output::line(hanging("", &format!("{file}: {kind}: {}", outcome.name()), width).trim_end());
    let row = |name: &str, value: &str| {
        if !value.is_empty() {
            output::line(hanging(&format!("  {name:<11}"), value, width).trim_end());
        }
    };
    row("because", reason.as_deref().unwrap_or_default());
    for finding in findings {
        row(&format!("{} ", finding.severity.label()), &finding.title);
        row("status", finding.status.name());
        let account = match &finding.account_name {
            Some(name) => format!("{name} ({})", finding.account),
            None => finding.account.clone(),
        };
        let place = [account.as_str(), finding.region.as_str()].join(" ");
        row("resource", &format!("{} ({}) {}", finding.resource_name, finding.resource_kind, place.trim()));
        row("observed", &finding.observed_at.to_string());
        row("finding", finding.key.get(..8).unwrap_or(&finding.key));
        if finding.sample {
            row("sample", "somebody generated it to try things out; it is no evidence");
        }
        row("checklist", &finding.checklist.join(", "));
        for Evidence { line, title, verdict, reason } in &finding.evidence {
            let verdict = if *verdict == "none" { "does not decide" } else { verdict };
            row("evidence", &format!("{verdict} {line} {title}: {reason}"));
        }
        row("told to", &channel_names(&finding.routes));
        row("accepted", finding.accepted.as_deref().unwrap_or_default());
        if let Some(url) = &finding.console_url {
            // A link that is broken into lines is no link.
            output::line(format!("  console    {url}"));
        }
        for line in finding.details.lines() {
            output::line(format!("  {line}").trim_end());
        }
    }
}

/// `slack, mail`, or that nobody hears of it.
pub(crate) fn channel_names(channels: &[ChannelId]) -> String {
    let names: Vec<&str> = channels.iter().map(ChannelId::as_str).collect();
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
}
