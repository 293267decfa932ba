//! What reads of AWS's configuration do to the states of lines and to the score.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{Category, FindingKey, Severity, Status};

use crate::*;

fn now() -> Timestamp {
    "2026-11-02T09:15:00Z".parse().unwrap()
}

fn unit(name: &str, verdict: Verdict) -> UnitVerdict {
    UnitVerdict {
        unit: format!("arn:aws:ecr:eu-central-1:111122223333:repository/{name}"),
        account: "111122223333".into(),
        region: "eu-central-1".into(),
        verdict,
        witnesses: Vec::new(),
        compared: 1,
        gone_at: None,
    }
}

fn blind() -> Blind {
    Blind::new("ecr:DescribeRepositories: access denied", "grant the permission to the collector's role")
}

fn read(line: &str, units: Vec<UnitVerdict>) -> LineEvidence {
    LineEvidence {
        line: line.into(),
        what: "repositories".into(),
        units,
        blind: Vec::new(),
        absent: None,
        also: None,
        read_at: now() - SignedDuration::from_hours(6),
        max_age_days: 2,
    }
}

fn absent(line: &str, absence: Absence) -> LineEvidence {
    LineEvidence { absent: Some(absence), ..read(line, Vec::new()) }
}

fn said(check: &str, status: Status) -> Signal {
    Signal {
        check: check.into(),
        status,
        severity: if status == Status::Open { Severity::High } else { Severity::Informational },
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

/// The state of a line and its reasons, as people read them.
fn line(id: &str, reads: &[LineEvidence], signals: &[Signal], at: Timestamp) -> (ItemState, Vec<String>) {
    let checklist = Checklist::shipped().unwrap();
    let all = assess_known(&checklist, Known { reads, signals, waived: &[] }, at);
    let line = all.into_iter().find(|line| line.item.id == id).unwrap();
    (line.state, line.reasons.iter().map(ToString::to_string).collect())
}

#[test]
fn one_good_resource_is_no_proof_for_all() {
    let rule = [said("config:ECR_PRIVATE_TAG_IMMUTABILITY_ENABLED", Status::Resolved)];
    let (state, reasons) = line("CICD-04", &[], &rule, now());
    assert_eq!(state, ItemState::Unknown, "where nothing was read, nobody knows how many there are");
    assert!(reasons[0].starts_with("proved for one resource"), "{reasons:?}");
    let partial = [read("CICD-04", vec![unit("web", Verdict::Holds), unit("api", Verdict::CannotTell(blind()))])];
    let (state, reasons) = line("CICD-04", &partial, &rule, now());
    assert_eq!(state, ItemState::Unknown);
    assert_eq!(
        reasons,
        [
            "not visible: ecr:DescribeRepositories: access denied; grant the permission to the collector's role",
            "1 of 2 repositories, missing: repository/api (read 2026-11-02T03:15:00Z)"
        ]
    );
    let all = [read("CICD-04", vec![unit("web", Verdict::Holds), unit("api", Verdict::Holds)])];
    assert_eq!(line("CICD-04", &all, &[], now()).0, ItemState::Met);
    let bad = [read("CICD-04", vec![unit("web", Verdict::Fails), unit("api", Verdict::CannotTell(blind()))])];
    assert_eq!(line("CICD-04", &bad, &rule, now()).0, ItemState::Gap);
}

#[test]
fn what_a_read_cannot_show_a_finding_has_to() {
    let scanning = LineEvidence {
        also: Some("a finished scan of a deployed image".into()),
        ..read("SEC-02", vec![unit("web", Verdict::Holds)])
    };
    let (state, reasons) = line("SEC-02", std::slice::from_ref(&scanning), &[], now());
    assert_eq!(
        (state, reasons[0].as_str()),
        (ItemState::Unknown, "configured, not yet seen: a finished scan of a deployed image")
    );
    let scan = [said("ecr-scan:scan-status", Status::Resolved)];
    assert_eq!(line("SEC-02", std::slice::from_ref(&scanning), &scan, now()).0, ItemState::Met);
    let failed = [said("ecr-scan:scan-status", Status::Open)];
    assert_eq!(line("SEC-02", &[scanning], &failed, now()).0, ItemState::Gap);
}

#[test]
fn a_read_grows_stale_and_its_gap_does_not() {
    let good = [read("OPS-03", vec![unit("web", Verdict::Holds)])];
    let later = now() + SignedDuration::from_hours(48);
    assert_eq!(line("OPS-03", &good, &[], later).0, ItemState::Stale);
    assert_eq!(line("COST-04", &good, &[], later).0, ItemState::Stale, "what follows it is stale too");
    let bad = [read("OPS-03", vec![unit("web", Verdict::Fails)])];
    assert_eq!(line("OPS-03", &bad, &[], later).0, ItemState::Gap);
}

#[test]
fn what_does_not_apply_blocks_no_line_that_follows_it() {
    let reads = [
        absent("OPS-02", Absence::Read("no service is behind a load balancer".into())),
        read("API-02", vec![unit("api", Verdict::Holds)]),
    ];
    assert_eq!(line("OPS-02", &reads, &[], now()).0, ItemState::NotApplicable);
    assert_eq!(line("GO-09", &reads, &[], now()).0, ItemState::Met);
    let neither = [reads[0].clone(), absent("API-02", Absence::Read("there is no API".into()))];
    assert_eq!(line("GO-09", &neither, &[], now()).0, ItemState::NotApplicable);
    let open = [said("config:ELB_LOGGING_ENABLED", Status::Open)];
    assert_eq!(line("OPS-02", &reads, &open, now()).0, ItemState::Gap, "a finding about one says that there is one");
}

#[test]
fn not_applicable_leaves_both_sides_only_by_a_read() {
    let checklist = Checklist::shipped().unwrap();
    let score = |reads: &[LineEvidence]| {
        let known = Known { reads, ..Known::default() };
        checklist.score(&assess_known(&checklist, known, now()), &BTreeMap::new())
    };
    let met = read("REL-03", vec![unit("web", Verdict::Holds)]);
    let before = score(std::slice::from_ref(&met)).category(Category::Reliability).unwrap().current;
    let by_read = ["BG-01", "BG-02", "BG-04", "DR-02"].map(|id| absent(id, Absence::Read("nothing".into())));
    let after = score(&[vec![met.clone()], by_read.to_vec()].concat());
    let reliability = after.category(Category::Reliability).unwrap();
    assert!(reliability.current > before, "{} {before}", reliability.current);
    assert_eq!(reliability.not_applicable, 4);
    let by_profile = ["BG-01", "BG-02", "BG-04", "DR-02"].map(|id| absent(id, Absence::Profile("nothing".into())));
    let after = score(&[vec![met], by_profile.to_vec()].concat());
    assert_eq!(after.category(Category::Reliability).unwrap().current, before);
    // A category with nothing that applies has no score and does not pull the mean down.
    let cost: Vec<LineEvidence> = checklist
        .items()
        .iter()
        .filter(|item| item.category == Category::Cost)
        .map(|item| absent(&item.id, Absence::Read("nothing".into())))
        .collect();
    let none = score(&cost);
    let empty = none.category(Category::Cost).unwrap();
    assert!(empty.empty && empty.current == 0 && empty.gap == 0);
    assert_eq!(none.target, 93, "(95 + 95 + 90 + 90) / 4");
}

#[test]
fn a_waiver_makes_no_read_met() {
    let checklist = Checklist::shipped().unwrap();
    let reads = [
        read("OPS-03", vec![unit("web", Verdict::Fails)]),
        read("SEC-01", vec![unit("web", Verdict::Holds)]),
        absent("OPS-02", Absence::Read("nothing".into())),
    ];
    let waived = ["OPS-03", "SEC-01", "OPS-02"].map(String::from);
    let all = assess_known(&checklist, Known { reads: &reads, waived: &waived, ..Known::default() }, now());
    let state = |id: &str| all.iter().find(|line| line.item.id == id).unwrap().state;
    assert_eq!(
        (state("OPS-03"), state("SEC-01"), state("OPS-02")),
        (ItemState::Waived, ItemState::Met, ItemState::NotApplicable)
    );
}
