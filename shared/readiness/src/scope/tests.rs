//! Environments, and what is true of all of them together.

use jiff::SignedDuration;
use plimsoll_checklist::{Checklist, UnitVerdict, Verdict};
use plimsoll_finding::{FindingKey, Severity, Status};

use super::*;

const PROD: &str = "111122223333";
const DEV: &str = "444455556666";

fn now() -> Timestamp {
    "2026-11-02T09:15:00Z".parse().unwrap()
}

fn environment(name: &str, account: &str, clusters: &[&str]) -> Environment {
    Environment {
        name: name.into(),
        accounts: vec![account.into()],
        clusters: clusters.iter().map(|name| (*name).to_owned()).collect(),
        headline: name == "prod",
        ..Environment::default()
    }
}

fn policy(environments: Vec<Environment>) -> Policy {
    Policy {
        runbooks_url: None,
        checklist: Checklist::where_one_is_enough().unwrap(),
        environments,
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

fn unit(cluster: &str, account: &str, verdict: Verdict) -> UnitVerdict {
    UnitVerdict {
        unit: format!("arn:aws:ecs:eu-central-1:{account}:service/{cluster}/api"),
        account: account.into(),
        region: "eu-central-1".into(),
        verdict,
        witnesses: Vec::new(),
        compared: 1,
        gone_at: None,
    }
}

fn read(line: &str, units: Vec<UnitVerdict>) -> LineEvidence {
    LineEvidence {
        line: line.into(),
        what: "services".into(),
        units,
        blind: Vec::new(),
        absent: None,
        also: None,
        read_at: now() - SignedDuration::from_hours(6),
        max_age_days: 2,
    }
}

fn state(policy: &Policy, reads: &[LineEvidence], environment: Option<&str>, line: &str) -> (ItemState, Vec<String>) {
    let environment = environment.map(|name| policy.environments.iter().find(|e| e.name == name).unwrap());
    let scope = Scope::new(policy, Vec::new(), reads.to_vec(), environment);
    let line = scope.assess(&[], now()).into_iter().find(|a| a.item.id == line).unwrap();
    (line.state, line.reasons.iter().map(ToString::to_string).collect())
}

#[test]
fn one_account_with_two_clusters_is_two_environments() {
    let policy = policy(vec![environment("dev", PROD, &["dev-*"]), environment("prod", PROD, &["prod"])]);
    let reads = [read("SEC-07", vec![unit("dev-web", PROD, Verdict::Fails), unit("prod", PROD, Verdict::Holds)])];
    assert_eq!(state(&policy, &reads, Some("prod"), "SEC-07").0, ItemState::Met);
    assert_eq!(state(&policy, &reads, Some("dev"), "SEC-07").0, ItemState::Gap);
    assert_eq!(state(&policy, &reads, None, "SEC-07").0, ItemState::Gap, "a green prod does not lift the whole");
    assert_eq!(Scope::headline(&policy, Vec::new(), reads.to_vec()).name(), Some("prod"));
}

#[test]
fn a_line_is_met_for_all_only_if_it_is_met_in_each_where_it_applies() {
    let policy = policy(vec![environment("dev", DEV, &[]), environment("prod", PROD, &[])]);
    let blind = || Verdict::CannotTell(plimsoll_checklist::Blind::new("denied", "grant it"));
    let both = [read("SEC-07", vec![unit("a", DEV, Verdict::Holds), unit("b", PROD, Verdict::Holds)])];
    assert_eq!(state(&policy, &both, None, "SEC-07").0, ItemState::Met);
    let unseen = [read("SEC-07", vec![unit("a", DEV, blind()), unit("b", PROD, Verdict::Holds)])];
    assert_eq!(state(&policy, &unseen, None, "SEC-07").0, ItemState::Unknown);
    let elsewhere = [read("SEC-07", vec![unit("b", PROD, Verdict::Holds)])];
    assert_eq!(
        state(&policy, &elsewhere, None, "SEC-07").0,
        ItemState::Met,
        "dev has no service: it does not apply there"
    );
    assert_eq!(
        state(&policy, &elsewhere, Some("dev"), "SEC-07").0,
        ItemState::Unknown,
        "and nothing is claimed for dev"
    );
    let mut hidden = elsewhere.clone();
    hidden[0].blind.push(plimsoll_checklist::Blind::new("never read", "read it"));
    assert_eq!(state(&policy, &hidden, None, "SEC-07").0, ItemState::Unknown, "nobody knows whether dev has one");
}

#[test]
fn what_only_one_environment_heard_is_not_met_for_all() {
    let policy = policy(vec![environment("dev", DEV, &[]), environment("prod", PROD, &[])]);
    let mut whole = Scope::new(&policy, Vec::new(), Vec::new(), None);
    let scan = said("config:ECR_PRIVATE_TAG_IMMUTABILITY_ENABLED", PROD, Status::Resolved);
    whole.signals.push(scan.clone());
    whole.parts[1].signals.push(scan);
    let line = |scope: &Scope<'_>| {
        let all = scope.assess(&[], now());
        let line = all.iter().find(|a| a.item.id == "CICD-04").unwrap();
        (line.state, line.reasons[0].to_string())
    };
    assert_eq!(line(&whole.parts[1]).0, ItemState::Met);
    assert_eq!(line(&whole), (ItemState::Unknown, "unknown in dev".to_owned()));
}

fn said(check: &str, account: &str, status: Status) -> Signal {
    Signal {
        check: check.into(),
        status,
        severity: if status == Status::Open { Severity::High } else { Severity::Informational },
        observed_at: now() - SignedDuration::from_hours(1),
        account: account.into(),
        region: String::new(),
        resource: String::new(),
        tags: std::collections::BTreeMap::new(),
        not_applicable: false,
        sample: false,
        key: FindingKey::of("test", account, "eu-central-1", check, ""),
        title: format!("About {check}"),
    }
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// What breaks, what appears without evidence and what goes silent never raises a score, of all or of one environment;
/// what is mended never lowers one.
#[test]
fn the_scores_of_all_and_of_each_move_the_right_way() {
    let both = policy(vec![environment("dev", DEV, &["*"]), environment("prod", PROD, &["*"])]);
    let one = policy(vec![environment("prod", PROD, &["*"])]);
    let ids: Vec<&str> = reads::LINES.iter().map(|(line, _)| *line).collect();
    let figures = |policy: &Policy, reads: &[LineEvidence]| -> Vec<u8> {
        let all = policy.environments.iter().map(Some).chain([None]);
        let scores = all.map(|environment| {
            let scope = Scope::new(policy, Vec::new(), reads.to_vec(), environment);
            scope.score(&scope.assess(&[], now()))
        });
        scores.map(|score| score.current).collect()
    };
    let at_most = |after: &[u8], before: &[u8], what: &str| {
        assert!(after.iter().zip(before).all(|(a, b)| a <= b), "{what}: {before:?} became {after:?}");
    };
    let mut dice = Dice(3);
    let mut moved = 0;
    for _ in 0..25 {
        let blind = || Verdict::CannotTell(plimsoll_checklist::Blind::new("denied", "grant it"));
        let mut reads: Vec<LineEvidence> = ids
            .iter()
            .map(|line| {
                let verdict = |roll| match roll {
                    0 => Verdict::Fails,
                    1 => blind(),
                    _ => Verdict::Holds,
                };
                read(line, vec![unit("a", DEV, verdict(dice.roll(6))), unit("b", PROD, verdict(dice.roll(6)))])
            })
            .collect();
        let before = figures(&both, &reads);
        at_most(&[before[2]], &[before[0].min(before[1])], "the whole is no better than its worst environment");
        let (at, which) = (dice.roll(reads.len()), dice.roll(2));
        let was = std::mem::replace(&mut reads[at].units[which].verdict, Verdict::Fails);
        let broken = figures(&both, &reads);
        at_most(&broken, &before, "what breaks");
        reads[at].units[which].verdict = blind();
        let silent = figures(&both, &reads);
        at_most(&broken, &silent, "what is mended, or only not seen");
        if was == Verdict::Holds {
            at_most(&silent, &before, "what goes silent");
        }
        reads[at].units[which].verdict = Verdict::Holds;
        at_most(&silent, &figures(&both, &reads), "what is seen and holds");
        reads[at].units[which].verdict = was;
        reads[at].units.push(unit("new", PROD, blind()));
        at_most(&figures(&both, &reads), &before, "what appears without evidence");
        reads[at].units.pop();
        // An environment without any evidence, added to one that has some.
        let alone = figures(&one, &reads);
        at_most(&[before[2]], &[alone[1]], "a new environment");
        moved += usize::from(broken != before);
    }
    assert!(moved > 5, "the walk must reach states that move: {moved}");
}
