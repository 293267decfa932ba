//! The state of each line: derived from what is known and from `now`, never stored.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;

use jiff::Timestamp;
use plimsoll_finding::{Severity, Status};
use serde::{Deserialize, Serialize};

use crate::{
    checklist::Checklist,
    evidence::{EvidenceRule, Freshness, Proof, Quantifier, Signal},
    item::Item,
    population::{Absence, LineEvidence, ReadState},
    team::{OwnLine, Signature},
};

/// What is known about a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemState {
    /// Fresh evidence proves it and nothing refutes it.
    Met,
    /// Something open refutes it.
    Gap,
    /// It was proved once, and the proof is too old now.
    Stale,
    /// Nothing speaks for it. No evidence is never a pass.
    Unknown,
    /// It is not met, and somebody accepted that. It never counts as met.
    Waived,
    /// There is nothing that it could protect.
    NotApplicable,
}

impl ItemState {
    /// The word people read, for example `Met`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Met => "Met",
            Self::Gap => "Gap",
            Self::Stale => "Stale",
            Self::Unknown => "Unknown",
            Self::Waived => "Waived",
            Self::NotApplicable => "Not applicable",
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
    /// This statement proves it for one unit, and the line is about every one.
    ProvedForOne {
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
    /// It is so in this environment, and not as bad elsewhere.
    InEnvironment {
        /// The environment.
        name: &'a str,
        /// What the evidence says there.
        state: ItemState,
    },
    /// Somebody signed for it.
    Signed {
        /// The signature.
        signature: &'a Signature,
        /// Whether it holds.
        holds: bool,
    },
    /// Somebody accepted the risk.
    AcceptedRisk,
    /// This is what reads of AWS's configuration say: which units are proved, and which are not.
    Read {
        /// What was read.
        evidence: &'a LineEvidence,
        /// The sentence about it: `9 of 14 repositories, missing: shop, web`.
        summary: String,
    },
    /// This could not be seen.
    NotVisible {
        /// What could not be seen, and why.
        reason: &'a str,
        /// What would make it visible.
        remedy: &'a str,
    },
    /// The reads are as they should be, and the line asks for this as well.
    AlsoNeeds {
        /// What is missing, for example `a finished scan of a deployed image`.
        what: &'a str,
    },
    /// The reads are too old.
    ReadTooOld {
        /// When they were made.
        read_at: Timestamp,
        /// For how many days they held.
        max_age_days: u32,
    },
    /// There is nothing that the line could protect.
    Absent {
        /// Why.
        absence: &'a Absence,
    },
}

impl<'a> Reason<'a> {
    /// The statement that decided, if one did.
    #[must_use]
    pub const fn signal(&self) -> Option<&'a Signal> {
        match self {
            Self::Refuted { signal }
            | Self::Proved { signal }
            | Self::ProvedForOne { signal }
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
            Self::ProvedForOne { signal } => {
                write!(
                    f,
                    "proved for one resource, the others are unknown without evidence-collector: {}",
                    Said(signal)
                )
            }
            Self::TooOld { signal, max_age_days } => {
                write!(f, "older than {max_age_days} days: {}", Said(signal))
            }
            Self::Misdated { signal } => write!(f, "dated in the future: {}", Said(signal)),
            Self::NothingHeard { checks } => write!(f, "no evidence yet from {}", checks.join(", ")),
            Self::NoSource => f.write_str("no source speaks for this line yet"),
            Self::SameAs { id, state } => write!(f, "{id} is {}", state.label().to_lowercase()),
            Self::NeedsAttestation { days } => write!(f, "needs somebody's signed word, at most {days} days old"),
            Self::InEnvironment { name, state } => write!(f, "{} in {name}", state.label().to_lowercase()),
            Self::Signed { signature: Signature { by, on, days, document }, holds } => {
                let age = if *holds { "signed" } else { "the signature does not hold any more: signed" };
                let document = if document.is_empty() { String::new() } else { format!(" ({document})") };
                write!(f, "{age} by {by} on {on:.0} for {days} days{document}")
            }
            Self::AcceptedRisk => f.write_str("accepted as a risk"),
            Self::Read { evidence, summary } => write!(f, "{summary} (read {:.0})", evidence.read_at),
            Self::NotVisible { reason, remedy } => write!(f, "not visible: {reason}; {remedy}"),
            Self::AlsoNeeds { what } => write!(f, "configured, not yet seen: {what}"),
            Self::ReadTooOld { read_at, max_age_days } => {
                write!(f, "older than {max_age_days} days: read {read_at:.0}; run the collector again")
            }
            Self::Absent { absence } => write!(f, "not applicable: {}", absence.because()),
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
    /// What the evidence says, whatever risk was accepted: the same as `state` unless that is `Waived`.
    pub evidenced: ItemState,
    /// Why; never empty. What refutes it comes worst first, then newest first.
    pub reasons: Vec<Reason<'a>>,
}

impl<'a> Assessment<'a> {
    /// A line in a state that no waiver changed.
    #[must_use]
    pub const fn new(item: &'a Item, state: ItemState, reasons: Vec<Reason<'a>>) -> Self {
        Self { item, state, evidenced: state, reasons }
    }

    /// Whether its evidence is missing, or too old.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(self.evidenced, ItemState::Unknown | ItemState::Stale)
    }

    /// Whether a complete read shows that there is nothing to protect, so that the line leaves the score. A line that a
    /// profile leaves out stays in it.
    #[must_use]
    pub fn is_out_of_scope(&self) -> bool {
        let by_read = |reason: &Reason<'_>| match reason {
            Reason::Absent { absence } => matches!(absence, Absence::Read(_)),
            Reason::SameAs { .. } => true,
            _ => false,
        };
        self.state == ItemState::NotApplicable && self.reasons.iter().all(by_read)
    }
}

/// All that is known about the lines.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a, 'w> {
    /// What findings say.
    pub signals: &'a [Signal],
    /// What reads of AWS's configuration say; empty where nothing was read. A line that is in here is met only if its
    /// reads say so: one good resource that a finding is about is no proof for all.
    pub reads: &'a [LineEvidence],
    /// The lines whose risk is accepted. One that is met stays met.
    pub waived: &'w [String],
}

/// The state of each line by what findings say, in the order of the checklist.
#[must_use]
pub fn assess<'a>(checklist: &'a Checklist, signals: &'a [Signal], now: Timestamp) -> Vec<Assessment<'a>> {
    assess_known(checklist, Known { signals, ..Known::default() }, now)
}

/// The state of each line by all that is known, in the order of the checklist, then the lines of the team.
#[must_use]
pub fn assess_known<'a>(checklist: &'a Checklist, all: Known<'a, '_>, now: Timestamp) -> Vec<Assessment<'a>> {
    let heard = Statements::new(checklist, all);
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
            let open = !matches!(assessment.state, ItemState::Met | ItemState::NotApplicable);
            if open && all.waived.contains(&item.id) {
                assessment.state = ItemState::Waived;
                assessment.reasons.insert(0, Reason::AcceptedRisk);
            }
            known.insert(&item.id, assessment);
        }
        waiting = later;
    }
    let mut lines: Vec<Assessment<'a>> =
        checklist.items().iter().filter_map(|item| known.remove(item.id.as_str())).collect();
    lines.extend(checklist.own_lines().iter().map(|own| heard.own(own, all.waived.contains(&own.item.id), now)));
    lines
}

/// The statements that count, by check, each with whether it fails some line.
struct Statements<'a> {
    by_check: BTreeMap<&'a str, Vec<(&'a Signal, bool)>>,
    reads: &'a [LineEvidence],
}

/// What the evidence rules of one line found.
#[derive(Default)]
struct Evidence<'a> {
    refuted: Vec<&'a Signal>,
    proved: Vec<&'a Signal>,
    /// What proves it for one unit of a line that is about every unit.
    for_one: Vec<&'a Signal>,
    doubtful: Vec<Reason<'a>>,
}

impl<'a> Statements<'a> {
    fn new(checklist: &Checklist, all: Known<'a, '_>) -> Self {
        let mut by_check: BTreeMap<&'a str, Vec<(&'a Signal, bool)>> = BTreeMap::new();
        for signal in all.signals.iter().filter(|s| !s.sample) {
            by_check.entry(&signal.check).or_default().push((signal, false));
        }
        for (check, statements) in &mut by_check {
            let threshold = checklist.fails_from(check);
            for (signal, fails) in statements {
                *fails = signal.status == Status::Open && threshold.is_some_and(|from| signal.severity >= from);
            }
        }
        Self { by_check, reads: all.reads }
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
                    let fresh = signal.freshness(rule.holds_days(), now) == Freshness::Fresh;
                    let best = if fresh { &mut newest } else { &mut doubtful };
                    if best.is_none_or(|other| (other.observed_at, &other.key) < (signal.observed_at, &signal.key)) {
                        *best = Some(signal);
                    }
                }
            }
            if rule.units == Quantifier::Every {
                evidence.for_one.extend(newest);
                continue;
            }
            evidence.proved.extend(newest);
            evidence.doubtful.extend(doubtful.map(|signal| match signal.freshness(rule.holds_days(), now) {
                Freshness::Misdated => Reason::Misdated { signal },
                _ => Reason::TooOld { signal, max_age_days: rule.holds_days().unwrap_or_default() },
            }));
        }
        let newest_first = |a: &&Signal, b: &&Signal| b.observed_at.cmp(&a.observed_at).then(a.key.cmp(&b.key));
        evidence.refuted.sort_by(|a, b| b.severity.cmp(&a.severity).then(newest_first(a, b)));
        evidence.refuted.dedup_by(|a, b| std::ptr::eq(*a, *b));
        for proved in [&mut evidence.proved, &mut evidence.for_one] {
            proved.sort_by(newest_first);
            proved.dedup_by(|a, b| std::ptr::eq(*a, *b));
        }
        evidence
    }

    /// A line of a team's own: by its evidence, else by somebody's signed word. What is open outweighs a signature.
    fn own(&self, own: &'a OwnLine, is_waived: bool, now: Timestamp) -> Assessment<'a> {
        let mut line = self.classify(&own.item, &BTreeMap::new(), now);
        if let Some(signature) = &own.signature {
            let signed = Reason::Signed { signature, holds: signature.holds(now) };
            if signature.holds(now) && matches!(line.state, ItemState::Unknown | ItemState::Stale) {
                line = Assessment::new(&own.item, ItemState::Met, vec![signed]);
            } else {
                line.reasons.retain(|reason| !matches!(reason, Reason::NoSource));
                line.reasons.push(signed);
            }
            if !signature.holds(now) && line.state == ItemState::Unknown {
                (line.state, line.evidenced) = (ItemState::Stale, ItemState::Stale);
            }
        }
        if is_waived && !matches!(line.state, ItemState::Met | ItemState::NotApplicable) {
            line.state = ItemState::Waived;
            line.reasons.insert(0, Reason::AcceptedRisk);
        }
        line
    }

    fn classify(&self, item: &'a Item, known: &BTreeMap<&str, Assessment<'a>>, now: Timestamp) -> Assessment<'a> {
        let evidence = self.evidence(item, now);
        let others: Vec<(&'a str, ItemState)> = item
            .same_as
            .iter()
            .map(|id| (id.as_str(), known.get(id.as_str()).map_or(ItemState::Unknown, |a| a.state)))
            .collect();
        let refuted = evidence.refuted.into_iter().map(|signal| Reason::Refuted { signal });
        let for_one = evidence.for_one.into_iter().map(|signal| Reason::ProvedForOne { signal });
        let proved = evidence.proved.into_iter().map(|signal| Reason::Proved { signal });
        let same_as = |wanted: &dyn Fn(ItemState) -> bool| {
            others.iter().filter(|(_, state)| wanted(*state)).map(to_because).collect()
        };

        let read = self.reads.iter().find(|evidence| evidence.line == item.id);
        let said = read.map(|evidence| (evidence.state(now), evidence));

        let mut reasons: Vec<Reason<'a>> = same_as(&|state| state == ItemState::Gap);
        reasons.extend(said.filter(|(state, _)| *state == ReadState::Gap).map(|(_, evidence)| of_read(evidence, now)));
        reasons.extend(refuted);
        if !reasons.is_empty() {
            return Assessment::new(item, ItemState::Gap, reasons);
        }
        let mut state = ItemState::Unknown;
        if let Some((ReadState::NotApplicable, evidence)) = said {
            reasons.extend(evidence.absent.as_ref().map(|absence| Reason::Absent { absence }));
            return Assessment::new(item, ItemState::NotApplicable, reasons);
        }
        if item.is_alias() {
            // What does not apply blocks no line that follows it.
            let open = |state: ItemState| !matches!(state, ItemState::Met | ItemState::NotApplicable);
            reasons = same_as(&open);
            if reasons.is_empty() && !others.iter().any(|(_, state)| *state == ItemState::Met) {
                reasons = same_as(&|_| true);
                return Assessment::new(item, ItemState::NotApplicable, reasons);
            }
            let mut waiting = others.iter().map(|(_, state)| *state).filter(|state| open(*state)).peekable();
            let stale = match waiting.peek() {
                Some(_) => waiting.all(|state| state == ItemState::Stale),
                None => matches!(said, Some((ReadState::Stale, _))),
            };
            if stale {
                state = ItemState::Stale;
            }
            reasons.extend(said.into_iter().flat_map(|(state, evidence)| unproved(state, evidence)));
            if reasons.is_empty() && item.attestation_days.is_none() {
                reasons = same_as(&|_| true);
                reasons.extend(proved.chain(for_one));
                return Assessment::new(item, ItemState::Met, reasons);
            }
            if reasons.is_empty() {
                state = ItemState::Unknown;
            }
        } else if let Some((read_state, evidence)) = said {
            let mut proved: Vec<Reason<'a>> = proved.chain(for_one).collect();
            if read_state == ReadState::Met && (evidence.also.is_none() || !proved.is_empty()) {
                proved.insert(0, of_read(evidence, now));
                return Assessment::new(item, ItemState::Met, proved);
            }
            if read_state == ReadState::Stale {
                state = ItemState::Stale;
            }
            reasons = unproved(read_state, evidence);
            if read_state != ReadState::Stale {
                reasons.extend(evidence_of(evidence, now));
            }
        } else {
            reasons.extend(proved);
            if !reasons.is_empty() {
                return Assessment::new(item, ItemState::Met, reasons);
            }
            reasons = evidence.doubtful;
            if reasons.iter().any(|reason| matches!(reason, Reason::TooOld { .. })) {
                state = ItemState::Stale;
            }
            reasons.extend(for_one);
            if reasons.is_empty() {
                reasons.extend(nothing_heard(item));
            }
        }
        reasons.extend(item.attestation_days.map(|days| Reason::NeedsAttestation { days }));
        if reasons.is_empty() {
            reasons.push(Reason::NoSource);
        }
        Assessment::new(item, state, reasons)
    }
}

fn of_read(evidence: &LineEvidence, now: Timestamp) -> Reason<'_> {
    Reason::Read { evidence, summary: evidence.summary(now) }
}

/// The sentence about the units that were read, if there are any.
fn evidence_of(evidence: &LineEvidence, now: Timestamp) -> Option<Reason<'_>> {
    (!evidence.units.is_empty()).then(|| of_read(evidence, now))
}

/// Why reads that refute nothing prove nothing either.
fn unproved(state: ReadState, evidence: &LineEvidence) -> Vec<Reason<'_>> {
    let LineEvidence { read_at, max_age_days, .. } = *evidence;
    match state {
        ReadState::Stale => vec![Reason::ReadTooOld { read_at, max_age_days }],
        ReadState::Met => evidence.also.as_deref().map(|what| Reason::AlsoNeeds { what }).into_iter().collect(),
        _ => {
            let unseen = evidence.unseen();
            unseen
                .into_iter()
                .map(|blind| Reason::NotVisible { reason: &blind.reason, remedy: &blind.remedy })
                .collect()
        }
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
        self.every_line()
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
        let rules = self.every_line().flat_map(|item| &item.evidence);
        rules.filter(|rule| rule.concerns(check)).filter_map(|rule| rule.gap_from).min()
    }
}
