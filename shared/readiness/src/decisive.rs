//! The statements that decide, kept while the findings go by one by one: of each kind the newest, and the newest that is not
//! dated in the future. Other than a [`crate::tally::Tally`] they are real statements, so that a digest can name what decided.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use plimsoll_checklist::Signal;
use plimsoll_finding::{FindingKey, Severity, Status};
use plimsoll_pipeline::{
    Policy, Record, Store, StoreError, Whereabouts, signals, state::Resolved, state::survey, waiver::waiver_for,
};

/// What the checklist calls dated in the future is later than this after now.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_hours(1);

/// All by which statements can differ for the state of a line in an environment, apart from their time: the check, the state, the
/// severity, whether there is no resource any more, whether it is accepted, and to which environments it may belong.
type Kind = (String, Status, Severity, bool, bool, Vec<bool>);

/// The statements that decide.
#[derive(Debug, Default)]
pub(crate) struct Decisive {
    by_kind: BTreeMap<Kind, [Option<Signal>; 2]>,
    /// The findings of these statements that are under a waiver in force.
    accepted: BTreeSet<FindingKey>,
}

impl Decisive {
    /// Reads all that is known: what is open, one by one, and what the rest proves.
    pub(crate) async fn read(store: &dyn Store, policy: &Policy, now: Timestamp) -> Result<Self, StoreError> {
        let mut all = Self::default();
        let resolved = survey(store, |record| {
            let accepted = waiver_for(&record, &policy.waivers, now).active_until.is_some();
            all.open(&record, accepted, policy, now);
        })
        .await?;
        all.resolved(&resolved, policy, now);
        Ok(all)
    }

    /// Takes an open finding in.
    pub(crate) fn open(&mut self, record: &Record, accepted: bool, policy: &Policy, now: Timestamp) {
        for signal in signals([record]) {
            self.add(&signal, accepted, policy, now);
        }
    }

    /// Takes in what resolved findings prove.
    pub(crate) fn resolved(&mut self, resolved: &Resolved, policy: &Policy, now: Timestamp) {
        for signal in &resolved.proofs {
            self.add(signal, false, policy, now);
        }
    }

    fn add(&mut self, signal: &Signal, accepted: bool, policy: &Policy, now: Timestamp) {
        if signal.sample {
            return;
        }
        let Signal { check, status, severity, not_applicable, .. } = signal;
        let place = Whereabouts::of_signal(signal);
        let environments = policy.environments.iter().map(|environment| environment.may_hold(&place)).collect();
        let kind = (check.clone(), *status, *severity, *not_applicable, accepted, environments);
        let is_dated = signal.observed_at <= now.checked_add(CLOCK_TOLERANCE).unwrap_or(now);
        let kept = self.by_kind.entry(kind).or_default();
        let order = |signal: &Signal| (signal.observed_at, signal.key.clone());
        if accepted {
            self.accepted.insert(signal.key.clone());
        }
        let [newest, dated] = kept;
        for (place, fits) in [(newest, true), (dated, is_dated)] {
            if fits && place.as_ref().is_none_or(|known| order(known) < order(signal)) {
                *place = Some(signal.clone());
            }
        }
    }

    /// The statements: the lines have the same states by them as by all.
    pub(crate) fn signals(&self) -> Vec<Signal> {
        let mut all: Vec<Signal> = Vec::new();
        for [newest, dated] in self.by_kind.values() {
            all.extend(dated.clone());
            all.extend(newest.clone().filter(|newest| dated.as_ref() != Some(newest)));
        }
        all
    }

    /// Whether the finding of a statement is under a waiver in force.
    pub(crate) fn is_accepted(&self, signal: &Signal) -> bool {
        self.accepted.contains(&signal.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_checklist::{Checklist, ItemState, Known, assess_known};

    const CHECKS: [&str; 5] =
        ["ecr-scan:scan-status", "backup:backup-job", "guardduty:finding", "config:ALB_WAF_ENABLED", "cost:budget"];

    fn policy() -> Policy {
        let environment = |account: &str| plimsoll_pipeline::Environment {
            name: account.into(),
            accounts: vec![account.into()],
            ..plimsoll_pipeline::Environment::default()
        };
        Policy {
            runbooks_url: None,
            checklist: Checklist::where_one_is_enough().unwrap(),
            environments: ["111122223333", "444455556666"].map(environment).into(),
            routes: Vec::new(),
            channels: [].into(),
            waivers: Vec::new(),
            targets: [].into(),
            accounts: Vec::new(),
            regions: Vec::new(),
            cost: plimsoll_pipeline::CostPolicy::default(),
            account_names: [].into(),
        }
    }

    /// Numbers that look random and are the same in every run.
    fn next(seed: &mut u64, below: u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) % below
    }

    #[test]
    fn the_few_that_decide_give_every_line_the_state_that_all_give() {
        let now: Timestamp = "2026-11-02T09:15:00Z".parse().unwrap();
        let checklist = Checklist::shipped().unwrap();
        let states = |signals: &[Signal]| -> Vec<ItemState> {
            let known = Known { signals, ..Known::default() };
            assess_known(&checklist, known, now).iter().map(|line| line.state).collect()
        };
        let mut fewer = 0;
        for mut seed in 0..200 {
            let count = 1 + next(&mut seed, 40);
            let all: Vec<Signal> = (0..count)
                .map(|number| Signal {
                    check: CHECKS[usize::try_from(next(&mut seed, 5)).unwrap()].to_owned(),
                    status: if next(&mut seed, 2) == 0 { Status::Open } else { Status::Resolved },
                    severity: Severity::WORST_FIRST[usize::try_from(next(&mut seed, 5)).unwrap()],
                    observed_at: now - SignedDuration::from_hours(i64::try_from(next(&mut seed, 12_000)).unwrap() - 48),
                    account: ["111122223333", "444455556666"][usize::try_from(next(&mut seed, 2)).unwrap()].to_owned(),
                    region: String::new(),
                    resource: String::new(),
                    tags: std::collections::BTreeMap::new(),
                    not_applicable: next(&mut seed, 4) == 0,
                    sample: next(&mut seed, 10) == 0,
                    key: FindingKey::of("s", "", "", &number.to_string(), ""),
                    title: format!("finding {number}"),
                })
                .collect();
            let mut decisive = Decisive::default();
            for signal in &all {
                decisive.add(signal, false, &policy(), now);
            }
            let few = decisive.signals();
            assert_eq!(states(&few), states(&all), "{all:#?}");
            assert!(few.iter().all(|signal| all.contains(signal)), "they are real, with key and title");
            fewer += u32::from(few.len() < all.len());
        }
        assert!(fewer > 50, "{fewer}");
    }
}
