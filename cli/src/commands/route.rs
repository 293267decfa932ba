//! `plimsoll route`: who would hear of an event, which rule decided, and why something is silent.

use jiff::Timestamp;
use plimsoll_finding::Status;
use plimsoll_pipeline::{ingest::Outcome, intake::Judgement};
use plimsoll_render::hanging;
use serde_json::json;

use super::{
    explain::channel_names,
    told::{accepted, alert},
};
use crate::{
    arguments::{Common, Route},
    output::{self, Exit},
    session,
};

pub(crate) fn run(common: &Common, arguments: &Route) -> anyhow::Result<Exit> {
    let policy = session::policy(common)?;
    let now = common.now.unwrap_or_else(Timestamp::now);
    let content = session::read(&arguments.file)?;
    let mut exit = Exit::Ok;
    for (delivery, Judgement { outcome, reason, findings }) in session::judged(&content, &policy, now) {
        if outcome == Outcome::Ignored {
            exit = Exit::Below;
        }
        if let Some(reason) = &reason {
            because(common, &delivery.event.detail_type, outcome, reason)?;
        }
        for finding in findings {
            let environment = policy.environment_of(&finding).map(|e| e.name.as_str());
            let decision = policy.decide(&finding);
            if decision.channels.is_empty() {
                exit = Exit::Below;
            }
            let resolved = finding.status == Status::Resolved;
            let accepted = alert(&finding, &policy, now).and_then(|told| accepted(&told.record, &policy, now));
            let quiet = if resolved {
                Some("it is resolved: only channels that were told it is open hear of it".to_owned())
            } else {
                accepted.map(|accepted| format!("accepted {accepted}"))
            };
            if common.json {
                output::json(&json!({
                    "title": finding.title, "key": finding.key(), "severity": finding.severity, "status": finding.status,
                    "environment": environment, "channels": decision.channels, "trace": decision.trace, "silent_because": quiet,
                }))?;
                continue;
            }
            let delivered = channel_names(&decision.channels);
            say("", &format!("{} ({}): {delivered}", finding.title, finding.severity));
            if let Some(why) = &quiet {
                say("  ", why);
            }
            if arguments.explain {
                for step in &decision.trace {
                    say("  ", step);
                }
                if decision.channels.is_empty() {
                    say("  ", "silent: no rule tells anybody; the finding is kept and shows in the digest");
                }
            }
        }
    }
    Ok(exit)
}

/// Says why an event is ignored or put in quarantine. An ignored event is told to nobody.
fn because(common: &Common, kind: &str, outcome: Outcome, reason: &str) -> anyhow::Result<()> {
    let kind = plimsoll_finding::clean_line(kind);
    let ignored = outcome == Outcome::Ignored;
    if common.json {
        let channels: Option<[&str; 0]> = ignored.then_some([]);
        return output::json(&json!({
            "detail_type": kind, "outcome": outcome, "reason": reason, "channels": channels,
            "silent_because": ignored.then(|| format!("ignored: {reason}")),
        }));
    }
    let kind = if kind.is_empty() { "no detail-type" } else { &kind };
    let told = if ignored { ": nobody" } else { "" };
    say("", &format!("{kind}{told}"));
    say("  ", &format!("{}: {reason}", outcome.name()));
    Ok(())
}

fn say(indent: &str, text: &str) {
    output::line(hanging(indent, text, output::width()).trim_end());
}
