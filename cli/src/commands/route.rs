//! `plimsoll route`: who would hear of an event, which rule decided, and why something is silent.

use jiff::Timestamp;
use plimsoll_finding::Status;
use plimsoll_message::ChannelId;
use plimsoll_pipeline::{
    intake,
    intake::{Classification, classify},
    route::decide,
};
use plimsoll_sources::SOURCES;
use serde_json::json;

use crate::{
    arguments::{Common, Route},
    output::{self, Exit},
    session,
};

pub(crate) fn run(common: &Common, arguments: &Route) -> anyhow::Result<Exit> {
    let policy = session::policy(common)?;
    let now = common.now.unwrap_or_else(Timestamp::now);
    let content = session::read(&arguments.file)?;
    for delivery in intake::unwrap_text(&content, &SOURCES, now).deliveries {
        let findings = match classify(&delivery, &SOURCES, &policy).1 {
            Classification::Findings(findings) => findings,
            Classification::Ignored(reason) => {
                silent(common, &delivery.event.detail_type, &format!("ignored: {reason}"))?;
                continue;
            }
            Classification::Quarantined(fault) => {
                silent(common, &delivery.event.detail_type, &format!("put in quarantine: {}", fault.reason))?;
                continue;
            }
        };
        for finding in findings {
            let environment = policy.environment(&finding.account).map(|e| e.name.as_str());
            let decision = decide(&policy.routes, &finding, environment);
            let quiet = (finding.status == Status::Resolved)
                .then_some("it is resolved: only channels that were told it is open hear of it");
            if common.json {
                output::json(&json!({
                    "title": finding.title, "key": finding.key(), "severity": finding.severity, "status": finding.status,
                    "environment": environment, "channels": decision.channels, "trace": decision.trace, "silent_because": quiet,
                }))?;
                continue;
            }
            let channels: Vec<&str> = decision.channels.iter().map(ChannelId::as_str).collect();
            let delivered = if channels.is_empty() { "nobody".to_owned() } else { channels.join(", ") };
            output::line(format!("{} ({}): {delivered}", finding.title, finding.severity));
            if let Some(why) = quiet {
                output::line(format!("  {why}"));
            }
            if arguments.explain {
                for step in &decision.trace {
                    output::line(format!("  {step}"));
                }
                if decision.channels.is_empty() {
                    output::line("  silent: no rule tells anybody; the finding is kept and shows in the digest");
                }
            }
        }
    }
    Ok(Exit::Ok)
}

fn silent(common: &Common, kind: &str, why: &str) -> anyhow::Result<()> {
    if common.json {
        return output::json(&json!({"detail_type": kind, "channels": [], "silent_because": why}));
    }
    output::line(format!("{}: nobody\n  {why}", if kind.is_empty() { "unknown kind" } else { kind }));
    Ok(())
}
