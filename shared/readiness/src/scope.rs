//! What counts: everything, or one environment. Every command and the digest assess the lines by this.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_checklist::{Assessment, Known, LineEvidence, Plan, Scorecard, Signal};
use plimsoll_evidence::reads;
use plimsoll_finding::Category;
use plimsoll_pipeline::{Environment, Policy, Record};

use crate::lines::{assess_accepted, assess_lines};

/// What is known of one environment, or of all.
#[derive(Debug, Clone)]
pub struct Scope<'p> {
    policy: &'p Policy,
    /// What findings say.
    pub signals: Vec<Signal>,
    /// What reads of AWS's configuration say.
    pub reads: Vec<LineEvidence>,
    /// The targets, in percent.
    pub targets: BTreeMap<Category, u8>,
}

impl<'p> Scope<'p> {
    /// What is known of the environment, or of everything.
    #[must_use]
    pub fn new(
        policy: &'p Policy,
        mut signals: Vec<Signal>,
        mut reads: Vec<LineEvidence>,
        environment: Option<&Environment>,
    ) -> Self {
        let mut targets = policy.targets.clone();
        if let Some(environment) = environment {
            signals.retain(|signal| environment.accounts.contains(&signal.account));
            reads = reads.into_iter().map(|line| line.of_accounts(&environment.accounts)).collect();
            targets.extend(&environment.targets);
        }
        Self { policy, signals, reads, targets }
    }

    /// The state of every line. `open` are the open findings: nothing else can be accepted.
    #[must_use]
    pub fn assess<'a>(&'a self, open: &[Record], now: Timestamp) -> Vec<Assessment<'a>> {
        assess_lines(self.policy, &self.signals, &self.reads, open, now)
    }

    /// The same, where `accepted` says whether a statement is of a finding under a waiver that is in force now.
    pub(crate) fn assess_with(&self, now: Timestamp, accepted: impl Fn(&Signal) -> bool) -> Vec<Assessment<'_>> {
        let known = Known { signals: &self.signals, reads: &self.reads, waived: &[] };
        assess_accepted(self.policy, known, now, accepted)
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
