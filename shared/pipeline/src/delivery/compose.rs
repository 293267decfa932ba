//! From claims to a message, before it has a form. Pure.

use std::fmt::Write as _;

use plimsoll_finding::{Fact, Finding, FindingKey, Severity, Status};

use crate::{
    delivery::claim::Claim,
    news::news_since,
    policy::Policy,
    record::{PartState, Record},
};
use plimsoll_message::{Alert, AlertHistory, ChecklistLine, Message, News, RollUp, RollUpMember};

/// Parts that an alert names one by one.
const MAX_PARTS: usize = 20;
/// Parts that the alert of a resolved finding names one by one.
const MAX_WORST: usize = 3;

/// The alert that a claim tells.
#[must_use]
pub fn compose(record: &Record, claim: &Claim, policy: &Policy) -> Message {
    let open = record.open_parts();
    let named: Vec<(Severity, String)> = open
        .iter()
        .filter(|part| !part.label.is_empty())
        .take(MAX_PARTS)
        .map(|part| (part.severity, part.label.clone()))
        .collect();
    let severity = delivered_severity(claim);
    Message::Alert(Alert {
        key: record.key.clone(),
        reason: claim.reason,
        status: claim.status,
        severity,
        peak: claim.peak.filter(|peak| *peak > severity),
        previous: claim.previous,
        news: news(record, claim),
        more_parts: open.iter().filter(|p| !p.label.is_empty()).count().saturating_sub(named.len()),
        parts: named,
        environment: policy.environment_of(&record.finding).map(|e| e.name.clone()),
        account_name: policy.account_name(&record.finding.account).map(str::to_owned),
        lines: lines(record, policy),
        first_seen: record.first_seen,
        // The source's own word for it, as far as it can be true.
        last_seen: record.finding.last_seen.map_or(record.last_seen, |seen| seen.min(record.last_seen)),
        history: history(record, claim),
        update: claim.update.clone(),
        as_fallback: record.cursors.get(&claim.channel).is_some_and(|c| c.as_fallback),
        deduplication_id: deduplication_id(record, claim),
        finding: Finding {
            title: record.title(),
            runbook: record.finding.runbook.as_deref().map(|page| policy.runbook(page)),
            facts: record.finding.facts.iter().map(|fact| with_names(fact, &record.finding, policy)).collect(),
            ..record.finding.clone()
        },
    })
}

/// A fact whose list names a linked account by its digits alone, with the name of the account.
fn with_names(fact: &Fact, finding: &Finding, policy: &Policy) -> Fact {
    let label = |word: &str| {
        let name = policy.account_name(word).filter(|_| finding.linked_accounts.iter().any(|account| account == word));
        name.map_or_else(|| word.to_owned(), |name| format!("{name} ({word})"))
    };
    if finding.linked_accounts.is_empty() {
        return fact.clone();
    }
    Fact { value: fact.value.split(", ").map(label).collect::<Vec<_>>().join(", "), ..fact.clone() }
}

/// What the claim's channel knows of the past: since when, what changed since it was told, and who else is told.
fn history(record: &Record, claim: &Claim) -> AlertHistory {
    let previous_at =
        record.cursors.get(&claim.channel).and_then(|cursor| cursor.delivered.as_ref()).map(|delivered| delivered.at);
    let reported = |status| {
        let is_new = |state: &&PartState| previous_at.is_some_and(|at| state.version.observed_at > at);
        let labelled = |state: &&PartState| !state.part.label.is_empty() && state.part.summary_of.is_none();
        record.parts.values().filter(labelled).filter(is_new).filter(|state| state.part.status == status).count()
    };
    let is_resolved = record.status() == Status::Resolved;
    // The last transition of an open finding opened it; that of a resolved one resolved it, and the one before opened it.
    let mut newest_first = record.transitions.iter().rev().copied();
    let resolved_at = if is_resolved { newest_first.next() } else { None };
    let opened_at = newest_first.next();
    // Before the first opening only the source can know of the problem: the record may begin with a good statement.
    let is_first_opening = newest_first.next().is_none() && record.finding.first_seen.is_some();
    let open_since = opened_at.filter(|_| !is_first_opening).unwrap_or(record.first_seen);
    let mut worst = if is_resolved && claim.previous.is_some() { resolved_parts(record) } else { Vec::new() };
    let more_worst = worst.len().saturating_sub(MAX_WORST);
    worst.truncate(MAX_WORST);
    AlertHistory {
        at: Some(claim.at),
        previous_at,
        open_since: Some(open_since),
        resolved_at: resolved_at.map(|by_our_clock| by_our_clock.min(record.version.observed_at)),
        reported_open: reported(Status::Open),
        reported_resolved: reported(Status::Resolved),
        worst,
        more_worst,
        answer: record.current_answer().map(|kept| kept.answer.clone()),
        also_told: record
            .cursors
            .iter()
            .filter(|(id, cursor)| **id != claim.channel && (cursor.delivered.is_some() || cursor.due.is_some()))
            .map(|(id, _)| id.as_str().to_owned())
            .collect(),
    }
}

/// The parts of a resolved finding that were a problem, worst first; a summary only where nothing else is known.
fn resolved_parts(record: &Record) -> Vec<(Severity, String)> {
    let of = |is_summary: bool| {
        let mut parts: Vec<(Severity, String)> = record
            .parts
            .values()
            .map(|state| &state.part)
            .filter(|part| !part.label.is_empty() && part.severity > Severity::Informational)
            .filter(|part| part.summary_of.is_some() == is_summary)
            .map(|part| (part.severity, part.label.clone()))
            .collect();
        parts.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        parts
    };
    let known = of(false);
    if known.is_empty() { of(true) } else { known }
}

/// One message for several claims of one source.
#[must_use]
pub fn compose_roll_up(claims: &[(Record, Claim)], policy: &Policy) -> Option<Message> {
    let mut members: Vec<RollUpMember> = claims
        .iter()
        .map(|(record, claim)| RollUpMember {
            key: record.key.clone(),
            reason: claim.reason,
            status: claim.status,
            severity: delivered_severity(claim).max(claim.peak.unwrap_or(Severity::Informational)),
            title: match news(record, claim).summary() {
                Some(news) => format!("{}: {news}", record.title()),
                None => record.title(),
            },
            account: record.finding.account.clone(),
            account_name: policy.account_name(&record.finding.account).map(str::to_owned),
            region: record.finding.region.clone(),
        })
        .collect();
    members.sort_by(|a, b| b.severity.cmp(&a.severity).then(b.status.cmp(&a.status)).then_with(|| a.key.cmp(&b.key)));
    let worst = members.first()?;
    let (first, _) = claims.iter().find(|(record, _)| record.key == worst.key)?;
    let identity = claims.iter().map(|(record, claim)| deduplication_id(record, claim)).collect::<Vec<_>>().join(" ");
    Some(Message::RollUp(RollUp {
        id: FindingKey::of("roll-up", "", "", &identity, "").short().to_owned(),
        source: first.finding.source.clone(),
        category: first.finding.category,
        severity: worst.severity,
        members,
    }))
}

/// What became worse inside the finding since the channel was told that it is open.
fn news(record: &Record, claim: &Claim) -> News {
    match (claim.status, claim.previous) {
        (Status::Open, Some((Status::Open, _))) => news_since(record, claim.known_news),
        _ => News::default(),
    }
}

/// A resolved finding is told as bad as it was when the channel heard of it.
fn delivered_severity(claim: &Claim) -> Severity {
    match (claim.status, claim.previous) {
        (Status::Resolved, Some((Status::Open, delivered))) => delivered,
        (Status::Resolved, _) => claim.peak.unwrap_or(claim.severity),
        (Status::Open, _) => claim.severity,
    }
}

/// The same for each attempt to tell the same statement, different for the next one: a FIFO topic drops what it takes
/// for a repeat.
///
/// The version of the description is not enough. A late event about another part changes the state and leaves the
/// version as it is, so a second "resolved" would look like the first. So all parts' versions count, the peak, and what
/// the channel was told before: once that is recorded, whatever follows is meant to arrive.
fn deduplication_id(record: &Record, claim: &Claim) -> String {
    let delivered = record.cursors.get(&claim.channel).and_then(|cursor| cursor.delivered.as_ref());
    let mut statement = format!(
        "{}|{}|{:?}|{:?}|{:?}",
        claim.status.name(),
        claim.severity.name(),
        claim.peak,
        claim.reason,
        delivered.map(|delivered| delivered.at)
    );
    for (part, version) in
        record.parts.iter().map(|(id, state)| (id, &state.version)).chain([(&claim.version.event_id, &claim.version)])
    {
        let (status, severity) = (version.status.name(), version.severity.name());
        // Writing to a String cannot fail. The lengths keep hostile ids apart.
        write!(statement, "|{}:{part}|{}|{status}|{severity}|{}", part.len(), version.observed_at, version.event_id)
            .ok();
    }
    FindingKey::of("told", claim.channel.as_str(), "", claim.key.as_str(), &statement).to_string()
}

fn lines(record: &Record, policy: &Policy) -> Vec<ChecklistLine> {
    let mut lines: Vec<ChecklistLine> = Vec::new();
    for state in record.parts.values() {
        for item in policy.checklist.lines_for_check(&state.part.check) {
            if !lines.iter().any(|line| line.id == item.id) {
                lines.push(ChecklistLine { id: item.id.clone(), title: item.title.clone() });
            }
        }
    }
    lines.sort_by(|a, b| a.id.cmp(&b.id));
    lines
}
