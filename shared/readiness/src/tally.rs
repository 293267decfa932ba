//! Statements counted by what decides: the state of a line follows from whether there is one of a kind, and from when the
//! newest of the kind was made, never from how many there are. So a score costs the same however many findings there are.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use plimsoll_checklist::Signal;
use plimsoll_finding::{FindingKey, Severity, Status};
use plimsoll_pipeline::{Policy, Whereabouts};

/// What a statement that is later than this after now is called by the checklist: dated in the future.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_hours(1);

/// All by which statements can differ for the state of a line in an environment, apart from their time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    check: String,
    status: Status,
    severity: Severity,
    not_applicable: bool,
    /// For each environment of the policy, whether the statement may belong to it.
    environments: Vec<bool>,
}

/// The statements of one kind.
#[derive(Debug)]
struct Counted {
    /// How many there are, by their time.
    times: BTreeMap<Timestamp, usize>,
    /// One of them, without key and title: all of a kind belong to the same environments.
    one: Signal,
}

/// How many statements of each kind there are.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<Kind, Counted>);

impl Tally {
    /// Counts a statement, unless it is a sample.
    pub(crate) fn add(&mut self, signal: &Signal, policy: &Policy) {
        if signal.sample {
            return;
        }
        let key = FindingKey::of("tally", "", "", "", "");
        let one = || Signal { key, title: String::new(), ..signal.clone() };
        let counted =
            self.0.entry(kind(signal, policy)).or_insert_with(|| Counted { times: BTreeMap::new(), one: one() });
        let count = counted.times.entry(signal.observed_at).or_default();
        *count = count.saturating_add(1);
    }

    /// Takes back a statement that was counted.
    pub(crate) fn take_back(&mut self, signal: &Signal, policy: &Policy) {
        if signal.sample {
            return;
        }
        let kind = kind(signal, policy);
        let Some(Counted { times, .. }) = self.0.get_mut(&kind) else { return };
        if let Some(count) = times.get_mut(&signal.observed_at) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                times.remove(&signal.observed_at);
            }
        }
        if times.is_empty() {
            self.0.remove(&kind);
        }
    }

    /// For each kind the newest statement, and the newest that is not dated in the future. They stand for all: the lines
    /// have the same states, in each environment. They have no title.
    pub(crate) fn decisive(&self, now: Timestamp) -> Vec<Signal> {
        let latest = now.checked_add(CLOCK_TOLERANCE).unwrap_or(now);
        let mut decisive = Vec::new();
        for Counted { times, one } in self.0.values() {
            let newest = times.last_key_value().map(|(at, _)| *at);
            let dated = times.range(..=latest).next_back().map(|(at, _)| *at);
            let both = dated.into_iter().chain(newest.filter(|_| newest != dated));
            decisive.extend(both.map(|observed_at| Signal { observed_at, ..one.clone() }));
        }
        decisive
    }
}

fn kind(signal: &Signal, policy: &Policy) -> Kind {
    let place = Whereabouts::of_signal(signal);
    Kind {
        check: signal.check.clone(),
        status: signal.status,
        severity: signal.severity,
        not_applicable: signal.not_applicable,
        environments: policy.environments.iter().map(|environment| environment.may_hold(&place)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_checklist::Checklist;
    use plimsoll_pipeline::{CostPolicy, Environment};

    use crate::scope::Scope;

    const CHECKS: [&str; 5] =
        ["ecr-scan:scan-status", "backup:backup-job", "guardduty:finding", "config:ALB_WAF_ENABLED", "cost:budget"];

    fn now() -> Timestamp {
        "2026-11-02T09:15:00Z".parse().unwrap()
    }

    /// Numbers that look random and are the same each time: <https://en.wikipedia.org/wiki/Linear_congruential_generator>.
    fn next(seed: &mut u64, below: u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) % below
    }

    fn signal(seed: &mut u64) -> Signal {
        let status = if next(seed, 2) == 0 { Status::Open } else { Status::Resolved };
        let hours = i64::try_from(next(seed, 24 * 500)).unwrap() - 48;
        Signal {
            check: CHECKS[usize::try_from(next(seed, 5)).unwrap()].to_owned(),
            status,
            severity: Severity::WORST_FIRST[usize::try_from(next(seed, 5)).unwrap()],
            observed_at: now() - SignedDuration::from_hours(hours),
            account: ["111122223333", "444455556666", ""][usize::try_from(next(seed, 3)).unwrap()].to_owned(),
            region: String::new(),
            resource: String::new(),
            tags: std::collections::BTreeMap::new(),
            not_applicable: next(seed, 4) == 0,
            sample: next(seed, 10) == 0,
            key: FindingKey::of("s", "", "", &next(seed, 1_000).to_string(), ""),
            title: String::new(),
        }
    }

    fn policy() -> Policy {
        let environment = |account: &str| Environment {
            name: account.into(),
            accounts: vec![account.into()],
            ..Environment::default()
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
            cost: CostPolicy::default(),
            account_names: [].into(),
        }
    }

    #[test]
    fn the_few_that_decide_give_every_line_the_state_that_all_give() {
        let policy = policy();
        let states = |signals: &[Signal]| -> Vec<_> {
            let scopes = policy.environments.iter().map(Some).chain([None]);
            let scopes = scopes.map(|environment| Scope::new(&policy, signals.to_vec(), Vec::new(), environment));
            scopes
                .flat_map(|scope| scope.assess(&[], now()).iter().map(|line| line.state).collect::<Vec<_>>())
                .collect()
        };
        let mut different = std::collections::BTreeSet::new();
        for mut seed in 0..300 {
            let few = 1 + next(&mut seed, 12);
            let all: Vec<Signal> = (0..few).map(|_| signal(&mut seed)).collect();
            let gone: Vec<Signal> = (0..next(&mut seed, 5)).map(|_| signal(&mut seed)).collect();
            let mut tally = Tally::default();
            gone.iter().chain(&all).for_each(|it| tally.add(it, &policy));
            for it in &gone {
                tally.take_back(it, &policy);
            }
            assert_eq!(states(&tally.decisive(now())), states(&all), "{all:#?}");
            different.extend(states(&all).iter().map(|state| format!("{state:?}")));
        }
        assert!(different.len() >= 4, "{different:?}");
    }
}
