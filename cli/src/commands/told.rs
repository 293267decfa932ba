//! The alert of one finding, judged alone: `preview` shows it as Slack does, `explain` says what stands in it.

use jiff::Timestamp;
use plimsoll_checklist::{Reason, assess};
use plimsoll_finding::{Finding, Severity, Status};
use plimsoll_message::{ChannelId, Message, NotifyReason};
use plimsoll_pipeline::{
    Policy, Record, Waiver,
    delivery::{Claim, compose},
    ingest::{Merged, merge},
};
use plimsoll_readiness::signals;
use serde::Serialize;

/// The message, and the record that it is about.
pub(crate) struct Told {
    pub(crate) record: Record,
    pub(crate) message: Message,
}

/// The alert as a channel would be told it if it knew nothing: also for a resolved finding, to see what that looks like.
pub(crate) fn alert(finding: &Finding, policy: &Policy, now: Timestamp) -> Option<Told> {
    let Merged::Applied(record) = merge(None, finding, now) else { return None };
    let (status, severity) = (record.status(), record.severity());
    let resolved = status == Status::Resolved;
    let claim = Claim {
        key: record.key.clone(),
        channel: ChannelId::new("preview"),
        token: 1,
        at: now,
        reason: if resolved { NotifyReason::Resolved } else { NotifyReason::FirstSeen },
        version: record.version.clone(),
        status,
        severity,
        peak: None,
        flapping: false,
        // What is informational was never a problem: a clean scan has no past to show.
        previous: (resolved && severity > Severity::Informational).then_some((Status::Open, severity)),
        known_news: 0,
        news: record.news,
        answer: 0,
        was_in_flight: false,
        update: None,
    };
    let message = compose(&record, &claim, policy);
    Some(Told { record: *record, message })
}

/// Who accepted the finding as it stands, until when and why, if a waiver of the policy covers it: then nobody is told.
pub(crate) fn accepted(record: &Record, policy: &Policy, now: Timestamp) -> Option<String> {
    let covers = |waiver: &&Waiver| waiver.in_force(now) && waiver.covers(record);
    let waiver = policy.waivers.iter().filter(covers).max_by_key(|waiver| waiver.ends())?;
    let Waiver { id, owner, reason, .. } = waiver;
    Some(format!("until {} by waiver {id}, so nobody is told: {owner}: {reason}", waiver.ends().strftime("%Y-%m-%d")))
}

/// What a finding says of one line of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Evidence {
    /// The line, for example `SEC-02`.
    pub(crate) line: String,
    /// Its title.
    pub(crate) title: String,
    /// What the finding alone makes of it: `refutes`, `proves`, `supports` (it is so for one
    /// resource, and the line is about all) or `none`.
    pub(crate) verdict: &'static str,
    /// Why.
    pub(crate) reason: String,
}

/// What the finding alone is evidence for, and which lines listen to its checks and learn nothing from it.
pub(crate) fn evidence(record: &Record, policy: &Policy, now: Timestamp) -> Vec<Evidence> {
    let said = signals([record]);
    let checks: Vec<&str> = record.parts.values().map(|state| state.part.check.as_str()).collect();
    let concerned = |line: &str| {
        let lines = checks.iter().flat_map(|check| policy.checklist.lines_for_check(check));
        lines.into_iter().any(|item| item.id == line)
    };
    let assessments = assess(&policy.checklist, &said, now);
    let of_ours = assessments.iter().filter(|assessment| concerned(&assessment.item.id));
    of_ours
        .map(|assessment| {
            let decisive = assessment.reasons.iter().find(|reason| reason.signal().is_some());
            let (verdict, reason) = match decisive {
                Some(Reason::Refuted { signal }) => {
                    ("refutes", format!("{} and open ({})", signal.severity.label(), signal.check))
                }
                Some(Reason::Proved { signal }) => {
                    ("proves", format!("seen {:.0} ({})", signal.observed_at, signal.check))
                }
                Some(Reason::ProvedForOne { signal }) => (
                    "supports",
                    format!(
                        "seen {:.0} ({}); whether all resources are so, reads tell",
                        signal.observed_at, signal.check
                    ),
                ),
                Some(other) => ("none", other.to_string()),
                None if record.finding.sample => ("none", "a sample is no evidence".to_owned()),
                None if record.finding.not_applicable => {
                    ("none", "the resource is gone: that nothing is wrong proves nothing".to_owned())
                }
                None => {
                    ("none", format!("{} {} does not decide it", record.severity().label(), record.status().name()))
                }
            };
            Evidence { line: assessment.item.id.clone(), title: assessment.item.title.clone(), verdict, reason }
        })
        .collect()
}
