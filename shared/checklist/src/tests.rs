//! What the shipped checklist holds, and what states and scores follow from it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{Category, FindingKey, Severity, Status};

use crate::*;

fn shipped() -> Checklist {
    Checklist::where_one_is_enough().unwrap()
}

const IMMUTABILITY: &str = "config:ECR_PRIVATE_TAG_IMMUTABILITY_ENABLED";
/// Checks whose findings are alerts and say nothing about a line: a vulnerable instance is no fault of the images, and
/// malware that was found shows that the detector works.
const ALERTS_ONLY: [&str; 4] = [
    "guardduty:malware",
    "inspector:code-vulnerabilities",
    "inspector:ec2-vulnerabilities",
    "inspector:lambda-vulnerabilities",
];

fn now() -> Timestamp {
    "2026-11-02T09:15:00Z".parse().unwrap()
}

fn said(check: &str, status: Status, severity: Severity, days_ago: i64) -> Signal {
    Signal {
        check: check.into(),
        status,
        severity,
        observed_at: now() - SignedDuration::from_hours(24 * days_ago),
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

fn open(check: &str, severity: Severity) -> Signal {
    said(check, Status::Open, severity, 1)
}

fn resolved(check: &str, days_ago: i64) -> Signal {
    said(check, Status::Resolved, Severity::Informational, days_ago)
}

fn state(signals: &[Signal], id: &str) -> ItemState {
    states(signals)[id]
}

fn states(signals: &[Signal]) -> BTreeMap<String, ItemState> {
    assess(&shipped(), signals, now()).iter().map(|a| (a.item.id.clone(), a.state)).collect()
}

#[test]
fn one_statement_proves_no_line_that_is_about_every_unit() {
    let checklist = Checklist::shipped().unwrap();
    let (mut every, mut any) = (0, Vec::new());
    for item in checklist.items() {
        for rule in item.evidence.iter().filter(|rule| rule.met.is_some()) {
            let signals = [resolved(&rule.check.replace('*', "SOME_RULE"), 0)];
            let all = assess(&checklist, &signals, now());
            let line = all.iter().find(|line| line.item.id == item.id).unwrap();
            if rule.units == Quantifier::Any {
                assert_eq!(line.state, ItemState::Met, "{} by {}", item.id, rule.check);
                any.push(item.id.as_str());
            } else if !item.is_alias() {
                assert_eq!(line.state, ItemState::Unknown, "{} by {}", item.id, rule.check);
                let why = line.reasons[0].to_string();
                assert!(why.starts_with("proved for one resource, the others are unknown"), "{}: {why}", item.id);
                every += 1;
            }
        }
    }
    assert_eq!(any, ["DR-06"], "a drill is one");
    assert!(every > 50, "{every}");
}

#[test]
fn the_shipped_checklist_has_no_fault_and_a_hundred_lines() {
    let checklist = Checklist::shipped().unwrap_or_else(|faults| panic!("{faults:#?}"));
    let count = |category| checklist.items().iter().filter(|i| i.category == category).count();
    assert_eq!(Category::ALL.map(count), [39, 26, 18, 9, 8]);
    let whys: BTreeSet<&str> = checklist.items().iter().map(|i| i.why.as_str()).collect();
    assert_eq!(whys.len(), 100, "every line has a reason of its own");
    for item in checklist.items() {
        let expected = match item.priority {
            _ if item.is_alias() => 0,
            Priority::Critical => 3,
            Priority::Important => 2,
            Priority::Recommended | Priority::Optional => 1,
        };
        assert_eq!(item.weight, expected, "{}", item.id);
        assert_eq!(item.declared, matches!(item.section, Section::Implemented | Section::New), "{}", item.id);
        assert!(item.why.ends_with('.') && item.why.len() > 40, "{}: {}", item.id, item.why);
    }
}

#[test]
fn only_checks_that_findings_carry_are_named_and_config_has_one_age() {
    for item in shipped().items() {
        for rule in &item.evidence {
            assert!(is_known_check(&rule.check), "{}: {}", item.id, rule.check);
            if rule.check.starts_with("config:") && rule.check != "config:*" {
                // Immutable with exclusions is good, and the rule of AWS calls it bad.
                let expected = (rule.check != IMMUTABILITY).then_some(Severity::Informational);
                assert_eq!((rule.gap_from, rule.max_age_days), (expected, None), "{}", item.id);
            } else if rule.met.is_some() {
                assert!(rule.max_age_days.is_some(), "{}: {} would hold for ever", item.id, rule.check);
            }
        }
    }
    for check in CHECKS {
        let used = !shipped().lines_for_check(check).is_empty();
        assert_eq!(used, !ALERTS_ONLY.contains(&check), "{check}");
    }
}

#[test]
fn controls_have_the_shape_of_their_framework() {
    for control in shipped().items().iter().flat_map(|i| &i.controls) {
        let number = |text: &str| text.split('.').all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        let good = match control.split_once(' ') {
            Some(("CIS" | "PCI", rest)) => number(rest),
            None => control.split_once('.').is_some_and(|(service, rest)| !service.is_empty() && number(rest)),
            Some(_) => false,
        };
        assert!(good, "{control}");
    }
}

#[test]
fn without_evidence_everything_is_unknown_and_the_claims_count_nothing() {
    assert!(states(&[]).values().all(|s| *s == ItemState::Unknown));
    let checklist = shipped();
    let score = checklist.score(&assess(&checklist, &[], now()), &BTreeMap::new());
    assert_eq!((score.current, score.target, score.gap), (0, 92, 92));
    let declared = checklist.declared();
    assert_eq!((declared.current, declared.target, declared.gap), (83, 92, 9));
    assert_eq!(
        declared.categories.iter().map(|c| (c.current, c.target)).collect::<Vec<_>>(),
        [(85, 95), (90, 95), (75, 90), (80, 90), (85, 90)]
    );
}

#[test]
fn a_proof_holds_to_the_last_second_of_its_days_and_is_stale_after() {
    let mut proof = resolved("ecr-scan:scan-status", 30);
    assert_eq!(state(std::slice::from_ref(&proof), "SEC-02"), ItemState::Met);
    proof.observed_at -= SignedDuration::from_secs(1);
    let checklist = shipped();
    let signals = [proof];
    let assessments = assess(&checklist, &signals, now());
    let line = assessments.iter().find(|a| a.item.id == "SEC-02").unwrap();
    assert_eq!(line.state, ItemState::Stale);
    assert_eq!(line.reasons, [Reason::TooOld { signal: &signals[0], max_age_days: 30 }]);
    assert!(line.reasons[0].to_string().starts_with("older than 30 days: About ecr-scan:scan-status"));
}

#[test]
fn config_holds_for_35_days_and_a_date_in_the_future_proves_nothing() {
    assert_eq!(state(&[resolved("config:ALB_WAF_ENABLED", 35)], "WAF-00"), ItemState::Met);
    assert_eq!(state(&[resolved("config:ALB_WAF_ENABLED", 36)], "WAF-00"), ItemState::Stale);
    assert_eq!(state(&[resolved("config:ALB_WAF_ENABLED", -2)], "WAF-00"), ItemState::Unknown);
    let mut fast_clock = resolved("config:ALB_WAF_ENABLED", 0);
    fast_clock.observed_at += SignedDuration::from_mins(5);
    assert_eq!(state(&[fast_clock], "WAF-00"), ItemState::Met);
}

#[test]
fn one_open_statement_outweighs_all_proofs_and_never_grows_old() {
    let scan = resolved("ecr-scan:scan-status", 1);
    assert_eq!(state(&[scan.clone(), open("ecr-scan:scan-status", Severity::Informational)], "SEC-02"), ItemState::Met);
    assert_eq!(state(&[scan.clone(), open("ecr-scan:scan-status", Severity::Low)], "SEC-02"), ItemState::Gap);
    let old = said("ecr-scan:scan-status", Status::Open, Severity::High, 900);
    let (checklist, signals) = (shipped(), [open("ecr-scan:coverage", Severity::Low), old, scan]);
    let assessments = assess(&checklist, &signals, now());
    let line = assessments.iter().find(|a| a.item.id == "SEC-02").unwrap();
    let delivered: Vec<_> = line.reasons.iter().map(|b| b.signal().unwrap().severity).collect();
    assert_eq!((line.state, delivered), (ItemState::Gap, vec![Severity::High, Severity::Low]), "worst first");
}

#[test]
fn samples_and_what_no_longer_applies_prove_nothing() {
    let mut proof = resolved("config:GUARDDUTY_ENABLED_CENTRALIZED", 1);
    proof.not_applicable = true;
    assert_eq!(state(&[proof.clone()], "GOV-06"), ItemState::Unknown);
    proof.not_applicable = false;
    proof.sample = true;
    let mut sample = open("guardduty:finding", Severity::Critical);
    sample.sample = true;
    assert_eq!(state(&[proof, sample], "GOV-06"), ItemState::Unknown);
}

#[test]
fn whoever_speaks_is_switched_on_but_a_failure_proves_nothing() {
    // A detector that finds something works: its findings cost no score.
    assert_eq!(state(&[open("guardduty:finding", Severity::Critical)], "GOV-06"), ItemState::Met);
    assert_eq!(state(&[open("guardduty:malware", Severity::Critical)], "GOV-06"), ItemState::Unknown);
    assert_eq!(state(&[open("cost:anomaly", Severity::High)], "FIN-01"), ItemState::Met);
    assert_eq!(state(&[resolved("config:SOMEBODYS_OWN_RULE", 35)], "GOV-03"), ItemState::Met);
    assert_eq!(state(&[resolved("config:SOMEBODYS_OWN_RULE", 36)], "GOV-03"), ItemState::Stale);
    assert_eq!(state(&[open("config:ALB_WAF_ENABLED", Severity::High)], "GOV-03"), ItemState::Unknown);
}

#[test]
fn backups_are_proved_for_two_days_and_a_drill_for_ninety() {
    for (check, id, days) in [
        ("backup:backup-job", "DR-02", 2),
        ("backup:recovery-point", "DR-02", 2),
        ("backup:copy-job", "DR-04", 2),
        ("backup:restore-job", "DR-06", 90),
    ] {
        assert_eq!(state(&[resolved(check, days)], id), ItemState::Met, "{check}");
        assert_eq!(state(&[resolved(check, days + 1)], id), ItemState::Stale, "{check}");
    }
    assert_eq!(state(&[resolved("config:RDS_MEETS_RESTORE_TIME_TARGET", 1)], "DR-06"), ItemState::Unknown);
    assert_eq!(state(&[open("backup:vault", Severity::High)], "DR-03"), ItemState::Gap);
    assert_eq!(
        state(&[resolved("ecr-scan:coverage", 1)], "SEC-02"),
        ItemState::Unknown,
        "Inspector watches more than ECR"
    );
    assert_eq!(state(&[resolved("ecr-scan:coverage", 1)], "ADV-03"), ItemState::Met);
    assert_eq!(state(&[resolved("guardduty:runtime-coverage", 1)], "GOV-08"), ItemState::Met);
}

#[test]
fn what_says_too_little_can_only_refute() {
    let check = "config:VPC_ENDPOINT_ENABLED";
    assert_eq!(state(&[resolved(check, 1)], "SEC-05"), ItemState::Unknown);
    assert_eq!(state(&[open(check, Severity::Informational)], "SEC-05"), ItemState::Gap);
}

#[test]
fn an_alias_follows_the_lines_that_it_names() {
    let anomaly = said("cost:anomaly", Status::Open, Severity::Low, 1);
    let budget = said("cost:budget", Status::Open, Severity::Low, 1);
    assert_eq!(state(std::slice::from_ref(&anomaly), "GO-15"), ItemState::Unknown);
    assert_eq!(state(&[anomaly, budget], "GO-15"), ItemState::Met);
    let secrets = resolved("config:ECS_NO_ENVIRONMENT_SECRETS", 1);
    assert_eq!(state(std::slice::from_ref(&secrets), "GO-06"), ItemState::Met);
    let leak = open("config:CODEBUILD_PROJECT_ENVVAR_AWSCRED_CHECK", Severity::High);
    let both = states(&[secrets, leak]);
    assert_eq!((both["SEC-03"], both["GO-06"]), (ItemState::Met, ItemState::Gap), "its own rule refutes it");
    assert_eq!(state(&[open("config:WAFV2_WEBACL_NOT_EMPTY", Severity::High)], "ENV-03"), ItemState::Gap);
}

#[test]
fn what_asks_for_more_than_its_lines_show_waits_for_a_signature() {
    let waf = [resolved("config:ALB_WAF_ENABLED", 1)];
    let checklist = shipped();
    let assessments = assess(&checklist, &waf, now());
    let line = |id: &str| assessments.iter().find(|a| a.item.id == id).unwrap();
    assert_eq!(line("WAF-00").state, ItemState::Met);
    assert_eq!(line("GO-01").state, ItemState::Unknown, "enabled is proved, tested is not");
    assert_eq!(line("GO-01").reasons, [Reason::NeedsAttestation { days: 90 }]);
    assert_eq!(line("GO-14").reasons, [Reason::NeedsAttestation { days: 90 }]);
    assert_eq!(line("WAF-01").reasons, [Reason::NoSource]);
}

#[test]
fn a_waiver_turns_neither_a_gap_nor_the_unknown_into_a_pass() {
    let waived = ["WAF-00", "ADV-01", "GOV-06"].map(String::from);
    let signals = [open("config:ALB_WAF_ENABLED", Severity::High), open("guardduty:finding", Severity::Low)];
    let checklist = shipped();
    let known = Known { signals: &signals, waived: &waived, ..Known::default() };
    let with = assess_known(&checklist, known, now());
    let line = |id: &str| with.iter().find(|a| a.item.id == id).unwrap();
    assert_eq!((line("WAF-00").state, line("ADV-01").state), (ItemState::Waived, ItemState::Waived));
    assert_eq!(line("WAF-00").reasons.len(), 2, "the reason below the waiver stays visible");
    assert_eq!(line("GOV-06").state, ItemState::Met, "what is proved needs no waiver");
    assert_eq!(line("ENV-03").state, ItemState::Unknown, "what follows from a waived line is not met");
    let without = checklist.score(&assess(&checklist, &signals, now()), &BTreeMap::new());
    let score = checklist.score(&with, &BTreeMap::new());
    assert_eq!(score.current, without.current);
    assert_eq!(score.category(Category::Security).unwrap().waived, 2);
}

#[test]
fn every_line_has_a_reason_and_the_counts_add_up() {
    let checklist = shipped();
    let signals = [resolved("config:ALB_WAF_ENABLED", 1), open("backup:backup-job", Severity::High)];
    let assessments = assess(&checklist, &signals, now());
    assert_eq!(
        assessments.iter().map(|a| &a.item.id).collect::<Vec<_>>(),
        checklist.items().iter().map(|i| &i.id).collect::<Vec<_>>()
    );
    assert!(assessments.iter().all(|a| !a.reasons.is_empty() && !a.reasons[0].to_string().is_empty()));
    let targets = BTreeMap::from([(Category::Cost, 40)]);
    let score = checklist.score(&assessments, &targets);
    let counted: u32 = score.categories.iter().map(|c| c.met + c.gaps + c.unknown + c.waived).sum();
    assert_eq!(counted, 100);
    assert_eq!(score.category(Category::Cost).unwrap().target, 40, "configuration replaces one target");
    assert_eq!(score.category(Category::Security).unwrap().target, 95, "and leaves the others");
    // WAF-00 weighs 3 of the 67 of its category, 4.48 %.
    assert_eq!(score.category(Category::Security).unwrap().current, 4);
}

#[test]
fn lines_for_a_statement_are_those_that_it_decides() {
    let checklist = shipped();
    let ids = |status, severity, check| {
        checklist.lines_for(check, status, severity).iter().map(|i| i.id.as_str()).collect::<Vec<_>>()
    };
    let scanning = "config:ECR_PRIVATE_IMAGE_SCANNING_ENABLED";
    assert_eq!(ids(Status::Open, Severity::High, scanning), ["SEC-02", "GOV-05"]);
    assert_eq!(ids(Status::Resolved, Severity::High, scanning), ["SEC-02", "GOV-03", "GOV-05"]);
    let vulnerabilities = "ecr-scan:vulnerabilities";
    assert_eq!(ids(Status::Open, Severity::Critical, vulnerabilities), ["CICD-03"]);
    assert_eq!(ids(Status::Open, Severity::High, vulnerabilities), ["CICD-03"]);
    assert!(ids(Status::Open, Severity::Medium, vulnerabilities).is_empty());
    assert!(ids(Status::Resolved, Severity::Critical, vulnerabilities).is_empty(), "a closed CVE proves no line");
    assert_eq!(ids(Status::Resolved, Severity::High, "backup:restore-job"), ["DR-06"]);
    assert!(ids(Status::Open, Severity::Critical, "plimsoll:unreadable-event").is_empty());
    let named: Vec<_> = checklist.lines_for_check(vulnerabilities).iter().map(|i| i.id.as_str()).collect();
    assert_eq!(named, ["CICD-03"]);
}

#[test]
fn config_takes_its_severity_from_the_most_important_line() {
    let checklist = shipped();
    for (check, expected) in [
        ("config:ECR_PRIVATE_IMAGE_SCANNING_ENABLED", Some((Severity::High, Category::Security))),
        ("config:BACKUP_RECOVERY_POINT_ENCRYPTED", Some((Severity::Medium, Category::Reliability))),
        ("config:MULTI_REGION_CLOUD_TRAIL_ENABLED", Some((Severity::High, Category::Security))),
        ("config:MACIE_STATUS_CHECK", Some((Severity::Low, Category::Security))),
        ("config:ECR_PRIVATE_LIFECYCLE_POLICY_CONFIGURED", Some((Severity::Medium, Category::Operations))),
        ("config:SOMEBODYS_OWN_RULE", None),
        ("guardduty:finding", None),
    ] {
        assert_eq!(checklist.config_severity(check), expected, "{check}");
    }
}

/// `SplitMix64`: the same walk each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(sides).unwrap()).unwrap()
    }
}

#[test]
fn what_breaks_never_raises_a_score_and_what_is_mended_never_lowers_one() {
    let checklist = shipped();
    let rules = checklist.items().iter().flat_map(|i| &i.evidence).map(|r| r.check.replace('*', "SOMEBODYS_OWN_RULE"));
    let checks: Vec<String> = rules.collect::<BTreeSet<_>>().into_iter().collect();
    let score = |signals: &[Signal]| {
        let score = checklist.score(&assess(&checklist, signals, now()), &BTreeMap::new());
        let mut all: Vec<u8> = score.categories.iter().map(|c| c.current).collect();
        all.push(score.current);
        all.extend(score.categories.iter().filter_map(|c| c.bounds).map(|bounds| bounds.upper));
        all.extend(score.bounds.map(|bounds| bounds.upper));
        assert!(score.categories.iter().all(|c| c.bounds.is_some_and(|bounds| bounds.upper >= c.current)));
        all
    };
    let mut dice = Dice(7);
    let (mut lowered, mut raised) = (0, 0);
    for round in 0..600 {
        let mut signals: Vec<Signal> = (0..dice.roll(60))
            .map(|_| {
                let status = if dice.roll(4) == 0 { Status::Open } else { Status::Resolved };
                let days_ago = i64::try_from(dice.roll(120)).unwrap();
                let check = &checks[dice.roll(checks.len())];
                let mut signal = said(check, status, Severity::WORST_FIRST[dice.roll(5)], days_ago);
                signal.not_applicable = dice.roll(8) == 0;
                signal.sample = dice.roll(8) == 0;
                signal
            })
            .collect();
        let check = &checks[dice.roll(checks.len())];
        let failing = open(check, checklist.fails_from(check).unwrap_or(Severity::Informational));
        if checklist.fails_from(check).is_none() {
            continue;
        }
        let before = score(&signals);
        signals.push(failing);
        let broken = score(&signals);
        assert!(
            before.iter().zip(&broken).all(|(a, b)| b <= a),
            "round {round}: {check} raised {before:?} to {broken:?}"
        );
        signals.last_mut().unwrap().status = Status::Resolved;
        signals.last_mut().unwrap().not_applicable = dice.roll(3) == 0;
        let mended = score(&signals);
        assert!(
            broken.iter().zip(&mended).all(|(a, b)| b >= a),
            "round {round}: {check} lowered {broken:?} to {mended:?}"
        );
        lowered += usize::from(broken != before);
        raised += usize::from(mended != broken);
    }
    assert!(lowered > 20 && raised > 20, "the walk must reach states that move: {lowered}, {raised}");
}

#[test]
fn the_schema_of_the_file_describes_a_line() {
    let schema = schemars::schema_for!(Checklist);
    let fields = &schema.as_value()["$defs"]["Item"]["properties"];
    for field in ["id", "evidence", "same_as", "attestation_days"] {
        assert!(fields[field]["description"].is_string(), "{field}");
    }
    assert_eq!(schema.as_value()["properties"]["item"]["type"], "array");
}

#[test]
fn each_unknown_line_is_counted_once_with_its_reason() {
    let checklist = Checklist::shipped().unwrap();
    let assessments = assess(&checklist, &[], "2026-11-02T09:15:00Z".parse().unwrap());
    let score = checklist.score(&assessments, &BTreeMap::new());
    let why = score.unknown_lines;
    assert_eq!(score.counts(), [0, 0, 100, 0]);
    assert_eq!(why.too_old + why.not_heard + why.to_sign + why.follow_others + why.no_source, 100);
    assert_eq!(why.too_old, 0, "nothing was ever proved");
    assert!(why.not_heard > 20 && why.follow_others > 5, "{why:?}");
    assert_eq!(checklist.declared().counts(), [0; 4], "the document's own figures count no lines");
}

#[test]
fn the_newest_proof_is_named_whichever_comes_first() {
    let checklist = shipped();
    let proof = |days_ago: i64| Signal { title: format!("{days_ago} days ago"), ..resolved(IMMUTABILITY, days_ago) };
    for signals in [[proof(1), proof(5), proof(3)], [proof(5), proof(3), proof(1)], [proof(3), proof(1), proof(5)]] {
        let assessments = assess(&checklist, &signals, now());
        let proved: Vec<&str> = assessments
            .iter()
            .flat_map(|a| &a.reasons)
            .filter_map(
                |reason| if let Reason::Proved { signal } = reason { Some(signal.title.as_str()) } else { None },
            )
            .collect();
        assert!(!proved.is_empty() && proved.iter().all(|title| *title == "1 days ago"), "{proved:?}");
    }
}

#[test]
fn a_line_that_says_again_what_another_says_leaves_the_score_with_it() {
    let checklist = shipped();
    let item = &checklist.items()[0];
    let absent = |absence| Reason::Absent { absence };
    let out = |state, reasons| Assessment::new(item, state, reasons).is_out_of_scope();
    let same = || Reason::SameAs { id: "SEC-02", state: ItemState::NotApplicable };
    let (nothing, dev) = (Absence::Read("there is nothing".into()), Absence::Profile("dev".into()));
    let read = || absent(&nothing);
    assert!(out(ItemState::NotApplicable, vec![read(), same()]) && out(ItemState::NotApplicable, vec![same()]));
    assert!(!out(ItemState::NotApplicable, vec![absent(&dev), same()]));
    assert!(!out(ItemState::Unknown, vec![same()]) && !out(ItemState::NotApplicable, vec![read(), Reason::NoSource]));
}

/// A category has nothing to measure only if something of weight stood in it and all of that left the score.
#[test]
fn a_category_is_empty_only_if_what_has_weight_is_out_of_scope() {
    let checklist = shipped();
    let of = |weight| Item { weight, category: Category::Cost, ..checklist.items()[0].clone() };
    let (heavy, light) = (of(2), of(0));
    let nothing = Absence::Read("there is nothing".into());
    let gone = || vec![Reason::Absent { absence: &nothing }];
    let empty = |items: &[&Item]| {
        let assessments: Vec<_> =
            items.iter().map(|item| Assessment::new(item, ItemState::NotApplicable, gone())).collect();
        let card = Scorecard::from_assessments(&assessments, &BTreeMap::new());
        card.categories.iter().find(|c| c.category == Category::Cost).unwrap().empty
    };
    assert!(empty(&[&heavy]) && empty(&[&heavy, &light]));
    assert!(!empty(&[&light]) && !empty(&[]));
}

#[test]
fn each_state_has_the_word_that_people_read() {
    let states = [
        ItemState::Met,
        ItemState::Gap,
        ItemState::Stale,
        ItemState::Unknown,
        ItemState::Waived,
        ItemState::NotApplicable,
    ];
    assert_eq!(states.map(ItemState::label), ["Met", "Gap", "Stale", "Unknown", "Waived", "Not applicable"]);
}
