//! What counts: everything, or one environment. Every command and the digest assess the lines by this.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_checklist::{Assessment, ItemState, Known, LineEvidence, Plan, Reason, Scorecard, Signal};
use plimsoll_evidence::reads;
use plimsoll_finding::Category;
use plimsoll_pipeline::{Environment, Policy, Record, Whereabouts};

use crate::lines::{assess_accepted, assess_lines};

/// Costs belong to the organisation: what is known of them counts in every environment.
const OF_ALL: &str = "cost:";

/// What is known of one environment, or of all.
#[derive(Debug, Clone)]
pub struct Scope<'p> {
    policy: &'p Policy,
    /// The environment; `None` for the whole deployment.
    environment: Option<&'p Environment>,
    /// What findings say.
    pub signals: Vec<Signal>,
    /// What reads of AWS's configuration say.
    pub reads: Vec<LineEvidence>,
    /// The targets, in percent.
    pub targets: BTreeMap<Category, u8>,
    /// Each environment by itself, for the deployment: a line is met only if it is met in each where it applies.
    parts: Vec<Scope<'p>>,
}

impl<'p> Scope<'p> {
    /// What is known of the environment, or of the whole deployment.
    #[must_use]
    pub fn new(
        policy: &'p Policy,
        signals: Vec<Signal>,
        reads: Vec<LineEvidence>,
        environment: Option<&'p Environment>,
    ) -> Self {
        let Some(environment) = environment else {
            let part = |environment| Self::new(policy, signals.clone(), reads.clone(), Some(environment));
            let parts = policy.environments.iter().map(part).collect();
            return Self { policy, environment: None, signals, reads, targets: policy.targets.clone(), parts };
        };
        let is_ours =
            |signal: &Signal| signal.check.starts_with(OF_ALL) || environment.may_hold(&Whereabouts::of_signal(signal));
        let signals = signals.into_iter().filter(is_ours).collect();
        let reads = reads.into_iter().map(|line| of_environment(line, environment)).collect();
        let mut targets = policy.targets.clone();
        targets.extend(&environment.targets);
        Self { policy, environment: Some(environment), signals, reads, targets, parts: Vec::new() }
    }

    /// The environment that gives the headline, or the whole deployment if none does.
    #[must_use]
    pub fn headline(policy: &'p Policy, signals: Vec<Signal>, reads: Vec<LineEvidence>) -> Self {
        Self::new(policy, signals, reads, policy.headline())
    }

    /// The name of the environment; `None` for the whole deployment.
    #[must_use]
    pub fn name(&self) -> Option<&'p str> {
        self.environment.map(|environment| environment.name.as_str())
    }

    /// The state of every line. `open` are the open findings: nothing else can be accepted.
    #[must_use]
    pub fn assess<'a>(&'a self, open: &[Record], now: Timestamp) -> Vec<Assessment<'a>> {
        self.assessed(|scope| assess_lines(self.policy, &scope.signals, &scope.reads, open, now))
    }

    /// The same, where `accepted` says whether a statement is of a finding under a waiver that is in force now.
    pub(crate) fn assess_with(&self, now: Timestamp, accepted: impl Fn(&Signal) -> bool) -> Vec<Assessment<'_>> {
        self.assessed(|scope| {
            let known = Known { signals: &scope.signals, reads: &scope.reads, waived: &[] };
            assess_accepted(self.policy, known, now, &accepted)
        })
    }

    /// The whole, with what is worse in one of its environments in the place of what it is by all of them together.
    fn assessed<'a>(&'a self, assess: impl Fn(&'a Self) -> Vec<Assessment<'a>>) -> Vec<Assessment<'a>> {
        let mut whole = assess(self);
        for part in &self.parts {
            for (line, theirs) in whole.iter_mut().zip(assess(part)) {
                if rank(theirs.evidenced) > rank(line.evidenced) && self.applies(part, &line.item.id) {
                    let (name, state) = (part.name().unwrap_or_default(), theirs.evidenced);
                    (line.state, line.evidenced, line.reasons) = (theirs.state, theirs.evidenced, theirs.reasons);
                    line.reasons.insert(0, Reason::InEnvironment { name, state });
                }
            }
        }
        whole
    }

    /// Whether the line applies in an environment: reads that saw everything found no unit of it there, and found some
    /// elsewhere, so that it does not.
    fn applies(&self, part: &Self, line: &str) -> bool {
        let of = |scope: &Self| -> Option<(bool, bool)> {
            let read = scope.reads.iter().find(|read| read.line == line)?;
            Some((read.units.is_empty(), read.blind.is_empty()))
        };
        !matches!((of(self), of(part)), (Some((false, true)), Some((true, _))))
    }

    /// The score of these lines.
    #[must_use]
    pub fn score(&self, assessments: &[Assessment<'_>]) -> Scorecard {
        self.policy.checklist.score(assessments, &self.targets)
    }

    /// What to do next. Without a `target` in percent it is that of the score.
    #[must_use]
    pub fn plan(&self, assessments: &[Assessment<'_>], target: Option<u8>) -> Plan {
        let readable: Vec<&str> = reads::LINES.iter().map(|(line, _)| *line).collect();
        Plan::of(&self.policy.checklist, assessments, &self.targets, target, &readable)
    }
}

/// How bad it is for the whole that a line is so in one environment.
const fn rank(state: ItemState) -> u8 {
    match state {
        ItemState::NotApplicable => 0,
        ItemState::Met => 1,
        ItemState::Stale => 2,
        ItemState::Unknown | ItemState::Waived => 3,
        ItemState::Gap => 4,
    }
}

/// The line as far as the environment is concerned. What could not be seen stays; where none of its units is left, nobody
/// knows what the line says of it.
fn of_environment(mut line: LineEvidence, environment: &Environment) -> LineEvidence {
    line.units.retain(|unit| {
        let resource = unit.unit.as_str();
        environment.may_hold(&Whereabouts { account: &unit.account, region: &unit.region, resource, tags: None })
    });
    line
}

#[cfg(test)]
#[path = "scope/tests.rs"]
mod tests;
