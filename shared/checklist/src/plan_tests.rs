//! What the bounds and the plan promise.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{Category, FindingKey, Severity, Status};

use crate::*;

fn now() -> Timestamp {
    "2026-11-02T09:15:00Z".parse().unwrap()
}

fn said(check: &str, status: Status, severity: Severity) -> Signal {
    Signal {
        check: check.into(),
        status,
        severity,
        observed_at: now() - SignedDuration::from_hours(1),
        account: "111122223333".into(),
        region: String::new(),
        resource: String::new(),
        tags: std::collections::BTreeMap::new(),
        not_applicable: false,
        sample: false,
        key: FindingKey::of("test", "111122223333", "eu-central-1", check, ""),
        title: format!("About {check}"),
    }
}

fn read(line: &str, verdict: Verdict) -> LineEvidence {
    let unit = UnitVerdict {
        unit: "arn:aws:ecs:eu-central-1:111122223333:service/shop/api".into(),
        account: "111122223333".into(),
        region: "eu-central-1".into(),
        verdict,
        witnesses: Vec::new(),
        compared: 1,
        gone_at: None,
    };
    LineEvidence {
        line: line.into(),
        what: "services".into(),
        units: vec![unit],
        blind: Vec::new(),
        absent: None,
        also: None,
        read_at: now() - SignedDuration::from_hours(6),
        max_age_days: 2,
    }
}

fn assessed<'a>(
    checklist: &'a Checklist,
    signals: &'a [Signal],
    reads: &'a [LineEvidence],
    waived: &[String],
) -> Vec<Assessment<'a>> {
    assess_known(checklist, Known { signals, reads, waived }, now())
}

#[test]
fn both_bounds_follow_from_the_weights_and_a_waiver_moves_neither() {
    let checklist = Checklist::shipped().unwrap();
    let reads = [read("OPS-03", Verdict::Holds), read("SEC-07", Verdict::Fails), read("SEC-01", Verdict::Holds)];
    let score = |waived: &[String]| checklist.score(&assessed(&checklist, &[], &reads, waived), &BTreeMap::new());
    let before = score(&[]);
    let security = before.category(Category::Security).unwrap();
    let Weights { met, gap, .. } = security.weights;
    assert_eq!((met, gap, security.weights.applicable()), (2, 3, 67));
    let bounds = security.bounds.unwrap();
    assert_eq!((security.current, bounds.upper), (3, 96), "2 of 67, and 64 of 67");
    assert!(before.counts_lead() && before.known_percent() < Some(KNOWN_ENOUGH));
    let after = score(&["SEC-07".into(), "SEC-02".into()]);
    assert_eq!((after.current, after.bounds), (before.current, before.bounds), "an accepted gap stays a gap");
    assert_eq!(after.phases[0].waived, 2);
    assert_eq!(after.phases[0].to_go(), before.phases[0].to_go(), "and is to go");
    assert_eq!(before.phases.iter().map(PhaseCount::all).sum::<u32>(), 100);
    assert_eq!(checklist.declared().bounds, None, "a claim has no bounds");
}

#[test]
fn what_is_denied_or_has_no_source_is_not_visible_and_what_was_not_heard_is_unknown() {
    let checklist = Checklist::shipped().unwrap();
    let denied = Verdict::CannotTell(Blind::new("denied", "grant the permission"));
    let all = assessed(&checklist, &[], &[], &[]);
    let nothing = checklist.score(&all, &BTreeMap::new()).category(Category::Security).unwrap().weights;
    let reads = [read("CICD-04", denied)];
    let all = assessed(&checklist, &[], &reads, &[]);
    let after = checklist.score(&all, &BTreeMap::new()).category(Category::Security).unwrap().weights;
    let weight = checklist.item("CICD-04").unwrap().weight;
    assert_eq!((after.unknown + weight, after.not_visible), (nothing.unknown, nothing.not_visible + weight));
}

#[test]
fn the_plan_ranks_risk_before_points_and_says_what_one_budget_is_worth() {
    let checklist = Checklist::shipped().unwrap();
    let signals = [
        said("cost:budget", Status::Open, Severity::Critical),
        said("config:ALB_WAF_ENABLED", Status::Open, Severity::High),
    ];
    let reads = [read("FIN-02", Verdict::Fails), read("SEC-07", Verdict::Fails)];
    let all = assessed(&checklist, &signals, &reads, &[]);
    let plan = Plan::of(&checklist, &all, &BTreeMap::new(), None, &[]);
    let first = &plan.fix[0];
    assert_eq!((first.risk, first.lines[0].id.as_str()), (Priority::Critical, "WAF-00"), "{:#?}", plan.fix);
    let budget = plan.fix.iter().find(|step| step.lines[0].id == "FIN-02").unwrap();
    let points = budget.lines.iter().find(|line| line.id == "FIN-02").unwrap().points;
    assert!((points - 5.0).abs() < 0.01, "{points}");
    assert_eq!(plan.fix.last().unwrap().lines[0].id, "FIN-02", "worth most, and last, since it is optional");
    assert!(plan.dearest.as_ref().unwrap().points > 4.9);
    assert!(first.page.is_some() && !first.uses.is_empty());
}

#[test]
fn what_would_show_more_is_grouped_by_what_to_do() {
    let checklist = Checklist::shipped().unwrap();
    let all = assessed(&checklist, &[], &[], &[]);
    let plan = Plan::of(&checklist, &all, &BTreeMap::new(), Some(92), &["SEC-07", "OPS-03", "SEC-08"]);
    assert!(plan.fix.is_empty());
    let collector = plan.see.iter().find(|step| step.what.contains("evidence-collector")).unwrap();
    assert_eq!(collector.lines.len(), 3, "{collector:#?}");
    assert!(plan.see.iter().any(|step| step.what.contains("deploy the rules of AWS Config")));
    assert!(!plan.unreachable.is_empty(), "nobody can sign yet");
    assert_eq!(plan.reached_after, None);

    let denied = Verdict::CannotTell(Blind::new("denied", "grant the permission to the collector's role"));
    let reads = [read("CICD-04", denied.clone()), read("SEC-01", denied), read("OPS-03", Verdict::Holds)];
    let all = assessed(&checklist, &[], &reads, &[]);
    let plan = Plan::of(&checklist, &all, &BTreeMap::new(), Some(92), &["SEC-07"]);
    let grant = plan.see.iter().find(|step| step.what.contains("grant")).unwrap();
    assert_eq!(grant.lines.iter().map(|line| line.id.as_str()).collect::<Vec<_>>(), ["CICD-04", "SEC-01"]);
    assert!(!plan.see.iter().any(|step| step.what.contains("evidence-collector read the account")), "it reads already");
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

#[test]
fn every_open_line_is_in_one_list_and_the_score_after_each_step_is_that_of_the_score() {
    let checklist = Checklist::shipped().unwrap();
    let mut dice = Dice(11);
    let ids: Vec<&str> = checklist.items().iter().map(|item| item.id.as_str()).collect();
    for _ in 0..60 {
        let blind = || Verdict::CannotTell(Blind::new("denied", "grant it"));
        let reads: Vec<LineEvidence> = ids
            .iter()
            .filter_map(|id| match dice.roll(5) {
                0 => Some(read(id, Verdict::Holds)),
                1 => Some(read(id, Verdict::Fails)),
                2 => Some(read(id, blind())),
                _ => None,
            })
            .collect();
        let waived: Vec<String> = ids.iter().filter(|_| dice.roll(12) == 0).map(|id| (*id).to_owned()).collect();
        let mut all = assessed(&checklist, &[], &reads, &waived);
        let plan = Plan::of(&checklist, &all, &BTreeMap::new(), Some(100), &ids);
        let mut listed: BTreeSet<&str> = BTreeSet::new();
        let lines = plan.fix.iter().chain(&plan.see).flat_map(|step| &step.lines).chain(&plan.unreachable);
        for id in lines.map(|line| line.id.as_str()).chain(plan.accepted.iter().map(String::as_str)) {
            assert!(listed.insert(id), "{id} is in two lists");
        }
        for line in all.iter().filter(|line| line.item.weight > 0) {
            let open = !matches!(line.state, ItemState::Met | ItemState::NotApplicable);
            assert_eq!(open, listed.contains(line.item.id.as_str()), "{} {:?}", line.item.id, line.state);
        }
        for step in plan.fix.iter().chain(&plan.see) {
            for line in all.iter_mut().filter(|line| step.lines.iter().any(|l| l.id == line.item.id)) {
                (line.state, line.evidenced) = (ItemState::Met, ItemState::Met);
            }
            assert_eq!(step.after, checklist.score(&all, &BTreeMap::new()).current);
        }
        for list in [&plan.fix, &plan.see] {
            assert!(list.windows(2).all(|two| two[0].risk >= two[1].risk), "the greatest risk first");
        }
    }
}

/// Two lines of a team's own: one by a rule of AWS Config, one signed for.
fn own() -> Vec<OwnLine> {
    let item = |id: &str, evidence: Vec<EvidenceRule>| Item {
        id: id.into(),
        section: Section::Own,
        weight: 0,
        evidence,
        same_as: Vec::new(),
        attestation_days: None,
        remedy: None,
        ..Checklist::shipped().unwrap().items()[0].clone()
    };
    let rule = EvidenceRule {
        units: Quantifier::Any,
        check: "config:REQUIRED_TAGS".into(),
        met: Some(Proof::Resolved),
        gap_from: Some(Severity::Low),
        max_age_days: None,
    };
    let on = now() - SignedDuration::from_hours(24);
    let signature = Signature { by: "ana".into(), on, days: 30, document: String::new() };
    vec![
        OwnLine { item: item("OWN-01", vec![rule]), owner: "platform".into(), signature: None },
        OwnLine { item: item("OWN-02", Vec::new()), owner: "platform".into(), signature: Some(signature) },
    ]
}

#[test]
fn own_lines_are_proved_refuted_or_signed_and_count_apart() {
    let shipped = Checklist::shipped().unwrap();
    let checklist = shipped.clone().with_team(own(), []);
    let states = |signals: &[Signal], at: Timestamp| {
        let all = assess_known(&checklist, Known { signals, ..Known::default() }, at);
        let state = |id: &str| all.iter().find(|line| line.item.id == id).unwrap().state;
        let score = checklist.score(&all, &BTreeMap::new());
        let without = shipped.score(&assess(&shipped, signals, at), &BTreeMap::new());
        assert_eq!(Scorecard { own: None, ..score.clone() }, without, "the hundred do not move by it");
        (state("OWN-01"), state("OWN-02"), score.own.unwrap().met)
    };
    assert_eq!(states(&[], now()), (ItemState::Unknown, ItemState::Met, 1));
    let good = said("config:REQUIRED_TAGS", Status::Resolved, Severity::Informational);
    assert_eq!(states(std::slice::from_ref(&good), now()), (ItemState::Met, ItemState::Met, 2));
    let bad = said("config:REQUIRED_TAGS", Status::Open, Severity::Medium);
    assert_eq!(states(&[good, bad.clone()], now()).0, ItemState::Gap);
    let later = now() + SignedDuration::from_hours(24 * 29);
    assert_eq!(states(&[], later).1, ItemState::Met, "to the last second of its days");
    assert_eq!(states(&[], later + SignedDuration::from_secs(1)).1, ItemState::Stale);
    let before = now() - SignedDuration::from_hours(25);
    assert_eq!(states(&[], before).1, ItemState::Stale, "a signature of tomorrow proves nothing today");
    let ids: Vec<&str> =
        checklist.lines_for("config:REQUIRED_TAGS", Status::Open, bad.severity).iter().map(|i| i.id.as_str()).collect();
    assert!(ids.contains(&"OWN-01"), "{ids:?}");
}

#[test]
fn switching_a_line_off_moves_no_evidenced_figure_and_is_always_seen() {
    let shipped = Checklist::shipped().unwrap();
    let ids: Vec<&str> = shipped.items().iter().map(|item| item.id.as_str()).collect();
    let mut dice = Dice(5);
    let mut claims_more = 0;
    for _ in 0..60 {
        let reads: Vec<LineEvidence> = ids
            .iter()
            .filter_map(|id| match dice.roll(3) {
                0 => Some(read(id, Verdict::Holds)),
                1 => Some(read(id, Verdict::Fails)),
                _ => None,
            })
            .collect();
        let off: Vec<SwitchedOff> = ids
            .iter()
            .filter(|_| dice.roll(20) == 0)
            .map(|id| SwitchedOff { id: (*id).into(), owner: "ana".into(), reason: "no such thing here".into() })
            .collect();
        let checklist = shipped.clone().with_team(Vec::new(), off.clone());
        let score = |checklist: &Checklist| checklist.score(&assessed(checklist, &[], &reads, &[]), &BTreeMap::new());
        let (before, after) = (score(&shipped), score(&checklist));
        assert_eq!(Scorecard { claimed: None, ..after.clone() }, before, "the evidenced score is the same");
        match after.claimed {
            Some(claimed) => {
                assert_eq!(claimed.switched_off.len(), off.len(), "each is named");
                claims_more += u32::from(claimed.current > after.current);
            }
            None => assert!(off.is_empty()),
        }
    }
    assert!(claims_more > 10, "the claim must move, or this shows nothing: {claims_more}");
}
