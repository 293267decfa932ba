//! What changed between two readings of a line: the units that were proved and broke, and those that are as they should be
//! again. Pure.

use std::collections::BTreeSet;

use jiff::Timestamp;
use plimsoll_checklist::{Item, LineEvidence, Priority, ReadState, UnitVerdict, Verdict, Witness};
use plimsoll_finding::{Event, Finding, Resource, Severity, Status};
use serde_json::json;

use crate::reading::rows::EvidenceRow;

/// The source of the findings that reads make: the function that reads.
pub const EVIDENCE_SOURCE: &str = "evidence-collector";

/// A unit that was proved and is refuted now.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// As it is now.
    pub unit: UnitVerdict,
    /// What was compared when it was last proved; empty for a unit that is new in a line that was met.
    pub before: Vec<Witness>,
}

/// What became of one unit of a line.
#[derive(Debug, Clone, PartialEq)]
pub enum Transition {
    /// It was proved, or it is new in a line that was met, and it is refuted.
    Broken(Box<Broken>),
    /// It is as the line asks again.
    Mended(UnitVerdict),
    /// It had broken, and it is not there any more.
    Gone(UnitVerdict),
}

/// The row after a new reading of its line, and what changed. The first reading of a line changes nothing: it is where
/// changes are counted from.
pub(crate) fn step(
    earlier: Option<&EvidenceRow>,
    evidence: LineEvidence,
    now: Timestamp,
) -> (EvidenceRow, Vec<Transition>) {
    let Some(earlier) = earlier else {
        let proved = evidence.units.iter().filter(|unit| unit.verdict == Verdict::Holds);
        let proved = proved.map(|unit| (name_of(unit), unit.witnesses.clone())).collect();
        return (EvidenceRow { evidence, proved, broken: BTreeSet::new(), revision: 0 }, Vec::new());
    };
    let was_met = earlier.evidence.state(earlier.evidence.read_at) == ReadState::Met;
    let known = |unit: &UnitVerdict| earlier.evidence.units.iter().any(|other| name_of(other) == name_of(unit));
    let mut row = EvidenceRow { evidence: evidence.after(&earlier.evidence, now), ..earlier.clone() };
    let mut transitions = Vec::new();
    for unit in row.evidence.units.iter().filter(|unit| unit.gone_at.is_none()) {
        let name = name_of(unit);
        match &unit.verdict {
            Verdict::Holds => {
                if row.broken.remove(&name) {
                    transitions.push(Transition::Mended(unit.clone()));
                }
                row.proved.insert(name, unit.witnesses.clone());
            }
            Verdict::Fails => {
                let before = row.proved.remove(&name);
                if (before.is_some() || (was_met && !known(unit))) && row.broken.insert(name) {
                    let broken = Broken { unit: unit.clone(), before: before.unwrap_or_default() };
                    transitions.push(Transition::Broken(Box::new(broken)));
                }
            }
            Verdict::CannotTell(_) => {}
        }
    }
    // A unit is gone only if everything was seen.
    if row.evidence.blind.is_empty() {
        let there = |name: &String| row.evidence.units.iter().any(|u| u.gone_at.is_none() && name_of(u) == *name);
        row.proved.retain(|name, _| there(name));
        for name in row.broken.clone().iter().filter(|name| !there(name)) {
            row.broken.remove(name);
            let last = row.evidence.units.iter().find(|unit| name_of(unit) == *name);
            transitions.extend(last.cloned().map(Transition::Gone));
        }
    }
    (row, transitions)
}

/// Tells one unit from all others of a line.
fn name_of(unit: &UnitVerdict) -> String {
    format!("{}|{}|{}", unit.account, unit.region, unit.unit)
}

/// The finding about a transition of a unit of `item`.
pub(crate) fn finding(
    transition: &Transition,
    item: &Item,
    evidence: &LineEvidence,
    now: Timestamp,
) -> Option<Finding> {
    let (unit, status, is_gone) = match transition {
        Transition::Broken(broken) => (&broken.unit, Status::Open, false),
        Transition::Mended(unit) => (unit, Status::Resolved, false),
        Transition::Gone(unit) => (unit, Status::Resolved, true),
    };
    let name = unit.name();
    let event = Event::from_envelope(
        &json!({
            "id": format!("{}/{}/{now}", item.id, unit.unit), "source": "plimsoll", "detail-type": "Configuration Read",
            "account": unit.account, "region": unit.region, "time": now.to_string(), "detail": {},
        }),
        now,
    )?;
    let kind = unit.witnesses.first().map_or("resource", |witness| witness.kind.as_str());
    let resource = Resource::new(&unit.unit, kind, name);
    let mut finding = Finding::new(EVIDENCE_SOURCE, &format!("evidence:{}", item.id), resource, &event)
        .title(&format!("{name} no longer meets {}: {}", item.id, item.title))
        .severity(severity_of(item.priority), None)
        .category(item.category)
        .status(status)
        .fact("Checklist line", Some(format!("{} {}", item.id, item.title)));
    let sentence = |witnesses: &[Witness]| witnesses.first().map(ToString::to_string);
    match transition {
        Transition::Broken(broken) => {
            let more = broken.unit.compared.saturating_sub(1);
            let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
            finding = finding
                .fact("Now", sentence(&unit.witnesses).map(|now| format!("{now}{more}")))
                .fact("Before", sentence(&broken.before));
        }
        Transition::Mended(_) => finding = finding.fact("Now", sentence(&unit.witnesses)),
        Transition::Gone(_) => finding = finding.fact("Now", Some("the resource is not there any more")),
    }
    finding = finding
        .fact("Proved now", Some(evidence.summary(now)))
        .remediation(&format!("{} Change it back, or waive the line with an owner and an end.", item.why));
    finding.runbook = item.remedy.as_ref().map(plimsoll_checklist::Remedy::page);
    finding.not_applicable = is_gone;
    Some(finding)
}

/// How bad it is that a unit no longer meets a line. A read shows that a protection is missing, not that somebody is
/// attacked: nothing is critical.
const fn severity_of(priority: Priority) -> Severity {
    match priority {
        Priority::Critical => Severity::High,
        Priority::Important => Severity::Medium,
        Priority::Recommended => Severity::Low,
        Priority::Optional => Severity::Informational,
    }
}

#[cfg(test)]
#[path = "transitions/tests.rs"]
mod tests;
