//! Statements counted by what decides: the state of a line follows from whether there is one of a kind, and from when the
//! newest of the kind was made, never from how many there are. So a score costs the same however many findings there are.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use plimsoll_checklist::Signal;
use plimsoll_finding::{FindingKey, Severity, Status};

/// What a statement that is later than this after now is called by the checklist: dated in the future.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_hours(1);

/// All by which statements can differ for the state of a line, apart from their time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    check: String,
    status: Status,
    severity: Severity,
    not_applicable: bool,
    /// Of a finding under a waiver that is in force.
    accepted: bool,
}

/// How many statements of each kind there are, by their time.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<Kind, BTreeMap<Timestamp, usize>>);

impl Tally {
    /// Counts a statement, unless it is a sample.
    pub(crate) fn add(&mut self, signal: &Signal, accepted: bool) {
        if !signal.sample {
            let count = self.0.entry(kind(signal, accepted)).or_default().entry(signal.observed_at).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// Takes back a statement that was counted.
    pub(crate) fn take_back(&mut self, signal: &Signal, accepted: bool) {
        if signal.sample {
            return;
        }
        let kind = kind(signal, accepted);
        let Some(times) = self.0.get_mut(&kind) else { return };
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
    /// have the same states. Their key is [`Tally::key`] of whether they were accepted; they have no title.
    pub(crate) fn decisive(&self, now: Timestamp) -> Vec<Signal> {
        let latest = now.checked_add(CLOCK_TOLERANCE).unwrap_or(now);
        let mut decisive = Vec::new();
        for (kind, times) in &self.0 {
            let newest = times.last_key_value().map(|(at, _)| *at);
            let dated = times.range(..=latest).next_back().map(|(at, _)| *at);
            let mut add = |observed_at: Timestamp| {
                decisive.push(Signal {
                    check: kind.check.clone(),
                    status: kind.status,
                    severity: kind.severity,
                    observed_at,
                    account: String::new(),
                    region: String::new(),
                    resource: String::new(),
                    tags: std::collections::BTreeMap::new(),
                    not_applicable: kind.not_applicable,
                    sample: false,
                    key: Self::key(kind.accepted),
                    title: String::new(),
                });
            };
            dated.into_iter().for_each(&mut add);
            newest.filter(|_| newest != dated).into_iter().for_each(&mut add);
        }
        decisive
    }

    /// The key of the statements that stand for all that were accepted, or for all others.
    pub(crate) fn key(accepted: bool) -> FindingKey {
        FindingKey::of("tally", "", "", "", if accepted { "accepted" } else { "" })
    }
}

fn kind(signal: &Signal, accepted: bool) -> Kind {
    Kind {
        check: signal.check.clone(),
        status: signal.status,
        severity: signal.severity,
        not_applicable: signal.not_applicable,
        accepted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_checklist::{Checklist, Known, assess_known};

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
            account: String::new(),
            region: String::new(),
            resource: String::new(),
            tags: std::collections::BTreeMap::new(),
            not_applicable: next(seed, 4) == 0,
            sample: next(seed, 10) == 0,
            key: FindingKey::of("s", "", "", &next(seed, 1_000).to_string(), ""),
            title: String::new(),
        }
    }

    #[test]
    fn the_few_that_decide_give_every_line_the_state_that_all_give() {
        let checklist = Checklist::where_one_is_enough().unwrap();
        let states = |signals: &[Signal]| -> Vec<_> {
            let known = Known { signals, ..Known::default() };
            assess_known(&checklist, known, now()).iter().map(|line| line.state).collect()
        };
        let mut different = std::collections::BTreeSet::new();
        for mut seed in 0..300 {
            let few = 1 + next(&mut seed, 12);
            let all: Vec<Signal> = (0..few).map(|_| signal(&mut seed)).collect();
            let gone: Vec<Signal> = (0..next(&mut seed, 5)).map(|_| signal(&mut seed)).collect();
            let mut tally = Tally::default();
            gone.iter().chain(&all).for_each(|it| tally.add(it, false));
            for it in &gone {
                tally.take_back(it, false);
            }
            assert_eq!(states(&tally.decisive(now())), states(&all), "{all:#?}");
            different.extend(states(&all).iter().map(|state| format!("{state:?}")));
        }
        assert!(different.len() >= 4, "{different:?}");
    }
}
