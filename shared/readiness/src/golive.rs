//! Go or no-go: the lines of the checklist that are looked at again before going live, in their order.

use jiff::Timestamp;
use plimsoll_checklist::{Assessment, ItemState, Reason, Section};
use plimsoll_pipeline::{Policy, Record, Waiver, WaiverTarget};
use serde::Serialize;

/// Why a line is a go, or is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// Evidence proves it.
    Proved,
    /// Somebody accepted the risk; it is not proved.
    Accepted,
    /// There is nothing that it could protect.
    NotApplicable,
    /// The team has switched the line off.
    SwitchedOff,
    /// Something refutes it.
    Refuted,
    /// Nobody knows.
    Unknown,
}

impl Ground {
    /// Whether one may go live with it.
    #[must_use]
    pub const fn is_go(self) -> bool {
        !matches!(self, Self::Refuted | Self::Unknown)
    }

    /// The word that people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Accepted => "risk accepted",
            Self::NotApplicable => "not applicable",
            Self::SwitchedOff => "switched off",
            Self::Refuted => "refuted",
            Self::Unknown => "unknown",
        }
    }
}

/// One line before going live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GoLiveLine {
    /// Its id.
    pub id: String,
    /// What it asks for.
    pub title: String,
    /// Whether one may go live with it.
    pub go: bool,
    /// Why.
    pub ground: Ground,
    /// What decided, and for an accepted risk who accepted it, until when and why.
    pub because: Vec<String>,
}

/// Go or no-go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GoLive {
    /// Whether every line is a go.
    pub go: bool,
    /// The lines in the order of the checklist.
    pub lines: Vec<GoLiveLine>,
}

impl GoLive {
    /// The lines with this ground.
    #[must_use]
    pub fn count(&self, ground: Ground) -> usize {
        self.lines.iter().filter(|line| line.ground == ground).count()
    }
}

/// Go or no-go by these assessments, which are those of the whole or of one environment.
#[must_use]
pub fn go_live(policy: &Policy, assessments: &[Assessment<'_>], records: &[Record], now: Timestamp) -> GoLive {
    let lines = assessments.iter().filter(|line| line.item.section == Section::Golive);
    let lines: Vec<GoLiveLine> = lines
        .map(|line| {
            let (ground, because) = ground(line, policy, assessments, records, now);
            let item = line.item;
            GoLiveLine { id: item.id.clone(), title: item.title.clone(), go: ground.is_go(), ground, because }
        })
        .collect();
    GoLive { go: lines.iter().all(|line| line.go), lines }
}

fn ground(
    line: &Assessment<'_>,
    policy: &Policy,
    assessments: &[Assessment<'_>],
    records: &[Record],
    now: Timestamp,
) -> (Ground, Vec<String>) {
    let reasons = || line.reasons.iter().map(ToString::to_string).collect::<Vec<_>>();
    match line.state {
        ItemState::Met => return (Ground::Proved, reasons()),
        ItemState::NotApplicable => return (Ground::NotApplicable, reasons()),
        _ => {}
    }
    if let Some(off) = policy.checklist.switched_off(&line.item.id) {
        return (Ground::SwitchedOff, vec![off.to_string()]);
    }
    if line.state == ItemState::Waived {
        return (Ground::Accepted, accepted_by(line, policy, records, now));
    }
    // A line that follows others is accepted if all that keeps it from being met is accepted.
    let mut because = Vec::new();
    for reason in &line.reasons {
        if matches!(reason, Reason::InEnvironment { .. }) {
            continue;
        }
        let Reason::SameAs { id, state } = reason else { return (open(line), reasons()) };
        let other = assessments.iter().find(|other| other.item.id == *id);
        match (state, other) {
            (ItemState::Waived, Some(other)) => {
                because.extend(accepted_by(other, policy, records, now).iter().map(|by| format!("{id}: {by}")));
            }
            _ => return (open(line), reasons()),
        }
    }
    (Ground::Accepted, because)
}

fn open(line: &Assessment<'_>) -> Ground {
    if line.state == ItemState::Gap { Ground::Refuted } else { Ground::Unknown }
}

/// Who accepted the risk of a line: by the line itself, or by each finding that refutes it.
#[must_use]
pub fn accepted_by(line: &Assessment<'_>, policy: &Policy, records: &[Record], now: Timestamp) -> Vec<String> {
    let keys: Vec<_> = line.reasons.iter().filter_map(Reason::signal).map(|signal| &signal.key).collect();
    let refuting: Vec<&Record> = records.iter().filter(|record| keys.contains(&&record.key)).collect();
    let is_about = |waiver: &&Waiver| match &waiver.target {
        WaiverTarget::Line(id) => *id == line.item.id,
        _ => refuting.iter().any(|record| waiver.covers(record)),
    };
    let in_force = policy.waivers.iter().filter(|waiver| waiver.in_force(now)).filter(is_about);
    in_force.map(|waiver| format!("{} until {:.0}: {}", waiver.owner, waiver.ends(), waiver.reason)).collect()
}
