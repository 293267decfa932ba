//! The state of each line: derived from what is known and from `now`, never stored.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Bound;

use jiff::Timestamp;
use plimsoll_finding::{Severity, Status};
use serde::{Deserialize, Serialize};

use crate::{
    checklist::Checklist,
    evidence::{EvidenceRule, Freshness, Proof, Signal},
    item::Item,
};

/// What is known about a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemState {
    /// Fresh evidence proves it and nothing refutes it.
    Met,
    /// Something open refutes it.
    Gap,
    /// Nothing fresh speaks for it. No evidence is never a pass.
    Unknown,
    /// It is not met, and somebody accepted that. It never counts as met.
    Waived,
}

impl ItemState {
    /// The word people read, for example `Met`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Met => "Met",
            Self::Gap => "Gap",
            Self::Unknown => "Unknown",
            Self::Waived => "Waived",
        }
    }
}

/// One reason for the state of a line. Its `Display` is a clause for people, without a full stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Reason<'a> {
    /// This statement refutes it.
    Refuted {
        /// The open statement.
        signal: &'a Signal,
    },
    /// This statement proves it.
    Proved {
        /// The statement.
        signal: &'a Signal,
    },
    /// This statement proved it once.
    TooOld {
        /// The statement.
        signal: &'a Signal,
        /// For how many days it held.
        max_age_days: u32,
    },
    /// This statement would prove it, but says that it was made in the future.
    Misdated {
        /// The statement.
        signal: &'a Signal,
    },
    /// Nothing with these checks has been heard that proves it.
    NothingHeard {
        /// The checks that would prove it.
        checks: Vec<&'a str>,
    },
    /// No source speaks for this line yet.
    NoSource,
    /// It says again what another line says.
    SameAs {
        /// The other line.
        id: &'a str,
        /// Its state.
        state: ItemState,
    },
    /// Somebody would have to sign for it.
    NeedsAttestation {
        /// For how many days a signature holds.
        days: u32,
    },
    /// Somebody accepted the risk.
    AcceptedRisk,
}

impl<'a> Reason<'a> {
    /// The statement that decided, if one did.
    #[must_use]
    pub const fn signal(&self) -> Option<&'a Signal> {
        match self {
            Self::Refuted { signal }
            | Self::Proved { signal }
            | Self::TooOld { signal, .. }
            | Self::Misdated { signal } => Some(signal),
            _ => None,
        }
    }
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refuted { signal } => write!(f, "{} open: {}", signal.severity.label(), Said(signal)),
            Self::Proved { signal } => write!(f, "proved: {}", Said(signal)),
            Self::TooOld { signal, max_age_days } => {
                write!(f, "older than {max_age_days} days: {}", Said(signal))
            }
            Self::Misdated { signal } => write!(f, "dated in the future: {}", Said(signal)),
            Self::NothingHeard { checks } => write!(f, "no evidence yet from {}", checks.join(", ")),
            Self::NoSource => f.write_str("no source speaks for this line yet"),
            Self::SameAs { id, state } => write!(f, "{id} is {}", state.label().to_lowercase()),
            Self::NeedsAttestation { days } => write!(f, "needs somebody's signed word, at most {days} days old"),
            Self::AcceptedRisk => f.write_str("accepted as a risk"),
        }
    }
}

struct Said<'a>(&'a Signal);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Signal { title, check, observed_at, key, .. } = self.0;
        write!(f, "{title} ({check}, seen {observed_at:.0}, finding {})", key.short())
    }
}

/// A line, its state, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assessment<'a> {
    /// The line.
    pub item: &'a Item,
    /// Its state.
    pub state: ItemState,
    /// Why; never empty. What refutes it comes worst first, then newest first.
    pub reasons: Vec<Reason<'a>>,
}

/// The state of each line, in the order of the checklist.
#[must_use]
pub fn assess<'a>(checklist: &'a Checklist, signals: &'a [Signal], now: Timestamp) -> Vec<Assessment<'a>> {
    assess_with_waivers(checklist, signals, &BTreeSet::new(), now)
}

/// The state of each line, where the risk of the lines in `waived` is accepted. A waived line that is met stays met.
#[must_use]
pub fn assess_with_waivers<'a>(
    checklist: &'a Checklist,
    signals: &'a [Signal],
    waived: &BTreeSet<String>,
    now: Timestamp,
) -> Vec<Assessment<'a>> {
    let heard = Statements::new(checklist, signals);
    let mut known: BTreeMap<&str, Assessment<'a>> = BTreeMap::new();
    let mut waiting: Vec<&Item> = checklist.items().iter().collect();
    // A line waits until the lines that it names are known. A loaded checklist has no cycle, so each round gets on.
    while !waiting.is_empty() {
        let (mut ready, mut later): (Vec<&Item>, Vec<&Item>) =
            waiting.iter().partition(|item| item.same_as.iter().all(|id| known.contains_key(id.as_str())));
        if ready.is_empty() {
            std::mem::swap(&mut ready, &mut later);
        }
        for item in ready {
            let mut assessment = heard.classify(item, &known, now);
            if waived.contains(&item.id) && assessment.state != ItemState::Met {
                assessment.state = ItemState::Waived;
                assessment.reasons.insert(0, Reason::AcceptedRisk);
            }
            known.insert(&item.id, assessment);
        }
        waiting = later;
    }
    checklist.items().iter().filter_map(|item| known.remove(item.id.as_str())).collect()
}

/// The statements that count, by check, each with whether it fails some line.
struct Statements<'a> {
    by_check: BTreeMap<&'a str, Vec<(&'a Signal, bool)>>,
}

/// What the evidence rules of one line found.
#[derive(Default)]
struct Evidence<'a> {
    refuted: Vec<&'a Signal>,
    proved: Vec<&'a Signal>,
    doubtful: Vec<Reason<'a>>,
}

impl<'a> Statements<'a> {
    fn new(checklist: &Checklist, signals: &'a [Signal]) -> Self {
        let mut by_check: BTreeMap<&'a str, Vec<(&'a Signal, bool)>> = BTreeMap::new();
        for signal in signals.iter().filter(|s| !s.sample) {
            by_check.entry(&signal.check).or_default().push((signal, false));
        }
        for (check, statements) in &mut by_check {
            let threshold = checklist.fails_from(check);
            for (signal, fails) in statements {
                *fails = signal.status == Status::Open && threshold.is_some_and(|from| signal.severity >= from);
            }
        }
        Self { by_check }
    }

    fn concerned(&self, rule: &EvidenceRule) -> impl Iterator<Item = (&'a Signal, bool)> {
        let from = rule.prefix().unwrap_or(&rule.check);
        self.by_check
            .range::<str, _>((Bound::Included(from), Bound::Unbounded))
            .take_while(move |(check, _)| check.starts_with(from))
            .filter(|(check, _)| rule.concerns(check))
            .flat_map(|(_, statements)| statements.iter().copied())
    }

    fn evidence(&self, item: &'a Item, now: Timestamp) -> Evidence<'a> {
        let mut evidence = Evidence::default();
        for rule in &item.evidence {
            let mut newest: Option<&Signal> = None;
            let mut doubtful: Option<&Signal> = None;
            for (signal, fails) in self.concerned(rule) {
                if rule.refuted_by(signal.status, signal.severity) {
                    evidence.refuted.push(signal);
                } else if proves(rule, signal.status, signal.not_applicable, fails) {
                    let fresh = signal.freshness(rule.max_age_days, now) == Freshness::Fresh;
                    let best = if fresh { &mut newest } else { &mut doubtful };
                    if best.is_none_or(|other| (other.observed_at, &other.key) < (signal.observed_at, &signal.key)) {
                        *best = Some(signal);
                    }
                }
            }
            evidence.proved.extend(newest);
            evidence.doubtful.extend(doubtful.map(|signal| match signal.freshness(rule.max_age_days, now) {
                Freshness::Misdated => Reason::Misdated { signal },
                _ => Reason::TooOld { signal, max_age_days: rule.max_age_days.unwrap_or_default() },
            }));
        }
        let newest_first = |a: &&Signal, b: &&Signal| b.observed_at.cmp(&a.observed_at).then(a.key.cmp(&b.key));
        evidence.refuted.sort_by(|a, b| b.severity.cmp(&a.severity).then(newest_first(a, b)));
        evidence.refuted.dedup_by(|a, b| std::ptr::eq(*a, *b));
        evidence.proved.sort_by(newest_first);
        evidence.proved.dedup_by(|a, b| std::ptr::eq(*a, *b));
        evidence
    }

    fn classify(&self, item: &'a Item, known: &BTreeMap<&str, Assessment<'a>>, now: Timestamp) -> Assessment<'a> {
        let evidence = self.evidence(item, now);
        let others: Vec<(&'a str, ItemState)> = item
            .same_as
            .iter()
            .map(|id| (id.as_str(), known.get(id.as_str()).map_or(ItemState::Unknown, |a| a.state)))
            .collect();
        let refuted = evidence.refuted.into_iter().map(|signal| Reason::Refuted { signal });
        let proved = evidence.proved.into_iter().map(|signal| Reason::Proved { signal });
        let same_as = |wanted: &dyn Fn(ItemState) -> bool| {
            others.iter().filter(|(_, state)| wanted(*state)).map(to_because).collect()
        };

        let mut reasons: Vec<Reason<'a>> = same_as(&|state| state == ItemState::Gap);
        reasons.extend(refuted);
        if !reasons.is_empty() {
            return Assessment { item, state: ItemState::Gap, reasons };
        }
        if item.is_alias() {
            reasons = same_as(&|state| state != ItemState::Met);
            if reasons.is_empty() && item.attestation_days.is_none() {
                reasons = same_as(&|_| true);
                reasons.extend(proved);
                return Assessment { item, state: ItemState::Met, reasons };
            }
        } else {
            reasons.extend(proved);
            if !reasons.is_empty() {
                return Assessment { item, state: ItemState::Met, reasons };
            }
            reasons = evidence.doubtful;
            if reasons.is_empty() {
                reasons.extend(nothing_heard(item));
            }
        }
        reasons.extend(item.attestation_days.map(|days| Reason::NeedsAttestation { days }));
        if reasons.is_empty() {
            reasons.push(Reason::NoSource);
        }
        Assessment { item, state: ItemState::Unknown, reasons }
    }
}

fn to_because<'a>(&(id, state): &(&'a str, ItemState)) -> Reason<'a> {
    Reason::SameAs { id, state }
}

fn nothing_heard(item: &Item) -> Option<Reason<'_>> {
    let checks: Vec<&str> = item.evidence.iter().filter(|r| r.met.is_some()).map(|r| r.check.as_str()).collect();
    (!checks.is_empty()).then_some(Reason::NothingHeard { checks })
}

/// Whether a statement that the rule concerns proves the line, however old it is. What fails some line proves none:
/// the score never rises because something broke.
pub(crate) fn proves(rule: &EvidenceRule, status: Status, not_applicable: bool, fails: bool) -> bool {
    match rule.met {
        Some(Proof::Resolved) => status == Status::Resolved && !not_applicable,
        Some(Proof::Observed) => !fails,
        None => false,
    }
}

impl Checklist {
    /// The lines that such a statement is evidence for: it makes them a gap, or it proves them (if it is fresh, and
    /// not resolved for want of the resource). One that does neither is no evidence, so the list may be empty.
    #[must_use]
    pub fn lines_for(&self, check: &str, status: Status, severity: Severity) -> Vec<&Item> {
        let fails = status == Status::Open && self.fails_from(check).is_some_and(|from| severity >= from);
        self.items()
            .iter()
            .filter(|item| {
                item.evidence
                    .iter()
                    .filter(|rule| rule.concerns(check))
                    .any(|rule| rule.refuted_by(status, severity) || proves(rule, status, false, fails))
            })
            .collect()
    }

    /// From which severity an open statement with this check makes some line a gap; `None` if it never does.
    #[must_use]
    pub fn fails_from(&self, check: &str) -> Option<Severity> {
        let rules = self.items().iter().flat_map(|item| &item.evidence);
        rules.filter(|rule| rule.concerns(check)).filter_map(|rule| rule.gap_from).min()
    }
}
