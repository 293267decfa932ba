use plimsoll_checklist::{Blind, Checklist};
use plimsoll_finding::Category;

use super::*;

fn at(day: i8) -> Timestamp {
    format!("2026-11-{day:02}T09:00:00Z").parse().unwrap()
}

fn witness(actual: &str) -> Witness {
    Witness {
        kind: "ecs:DescribeTaskDefinition".to_owned(),
        unit: "arn:aws:ecs:eu-central-1:111122223333:task-definition/shop:42".to_owned(),
        path: "containerDefinitions[0].logConfiguration".to_owned(),
        operator: "is".to_owned(),
        expected: "present".to_owned(),
        actual: actual.to_owned(),
    }
}

fn unit(name: &str, verdict: Verdict) -> UnitVerdict {
    let actual = if verdict == Verdict::Holds { "awslogs" } else { "absent" };
    UnitVerdict {
        unit: format!("arn:aws:ecs:eu-central-1:111122223333:service/shop/{name}"),
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
        verdict,
        witnesses: vec![witness(actual)],
        compared: 1,
        gone_at: None,
    }
}

fn line(day: i8, units: Vec<UnitVerdict>, blind: Vec<Blind>) -> LineEvidence {
    LineEvidence {
        line: "OPS-01".to_owned(),
        what: "services".to_owned(),
        units,
        blind,
        absent: None,
        also: None,
        read_at: at(day),
        max_age_days: 2,
    }
}

fn blind() -> Blind {
    Blind::new("services were not read: access denied", "grant it")
}

fn names(transitions: &[Transition]) -> Vec<String> {
    let name = |transition: &Transition| match transition {
        Transition::Broken(broken) => format!("broken {}", broken.unit.name()),
        Transition::Mended(unit) => format!("mended {}", unit.name()),
        Transition::Gone(unit) => format!("gone {}", unit.name()),
    };
    transitions.iter().map(name).collect()
}

/// Plays readings one after another; what changed with each.
fn play(readings: Vec<LineEvidence>) -> Vec<Vec<String>> {
    let mut row = None;
    let mut changes = Vec::new();
    for reading in readings {
        let now = reading.read_at;
        let (next, transitions) = step(row.as_ref(), reading, now);
        changes.push(names(&transitions));
        row = Some(next);
    }
    changes
}

#[test]
fn the_first_reading_tells_nobody_and_a_break_is_told_once() {
    let api = |verdict| unit("api", verdict);
    let changes = play(vec![
        line(1, vec![api(Verdict::Holds), unit("old", Verdict::Fails)], vec![]),
        line(2, vec![api(Verdict::Fails), unit("old", Verdict::Fails)], vec![]),
        line(3, vec![api(Verdict::Fails), unit("old", Verdict::Fails)], vec![]),
        line(4, vec![api(Verdict::Holds), unit("old", Verdict::Holds)], vec![]),
        line(5, vec![api(Verdict::Fails), unit("old", Verdict::Holds)], vec![]),
    ]);
    let broken = vec!["broken service/shop/api".to_owned()];
    assert_eq!(changes, [vec![], broken.clone(), vec![], vec!["mended service/shop/api".to_owned()], broken]);
}

#[test]
fn a_break_while_nothing_could_be_seen_is_told_when_it_is_seen() {
    let unseen = || unit("api", Verdict::CannotTell(blind()));
    let changes = play(vec![
        line(1, vec![unit("api", Verdict::Holds)], vec![]),
        line(2, vec![unseen()], vec![]),
        line(3, vec![], vec![blind()]),
        line(4, vec![unit("api", Verdict::Fails)], vec![]),
        line(5, vec![], vec![blind()]),
        line(6, vec![unseen()], vec![]),
        line(7, vec![unit("api", Verdict::Holds)], vec![]),
    ]);
    let told: Vec<usize> = changes.iter().map(Vec::len).collect();
    assert_eq!(told, [0, 0, 0, 1, 0, 0, 1], "{changes:?}");
}

#[test]
fn a_new_bad_unit_is_told_where_the_line_was_met() {
    let good = || unit("api", Verdict::Holds);
    let bad = || unit("new", Verdict::Fails);
    assert_eq!(play(vec![line(1, vec![good()], vec![]), line(2, vec![good(), bad()], vec![])])[1].len(), 1);
    let gap = || unit("old", Verdict::Fails);
    let already = play(vec![line(1, vec![good(), gap()], vec![]), line(2, vec![good(), gap(), bad()], vec![])]);
    assert_eq!(already[1].len(), 0, "one more gap in a line that had one is for the digest");
}

#[test]
fn what_broke_and_went_away_is_over_and_stays_a_gap_for_30_days() {
    let readings = [
        line(1, vec![unit("api", Verdict::Holds), unit("web", Verdict::Holds)], vec![]),
        line(2, vec![unit("api", Verdict::Fails), unit("web", Verdict::Holds)], vec![]),
        line(3, vec![unit("web", Verdict::Holds)], vec![]),
        line(4, vec![unit("web", Verdict::Holds)], vec![]),
    ];
    let mut row = None;
    let mut all = Vec::new();
    for reading in readings {
        let now = reading.read_at;
        let (next, transitions) = step(row.as_ref(), reading, now);
        all.extend(names(&transitions));
        row = Some(next);
    }
    assert_eq!(all, ["broken service/shop/api", "gone service/shop/api"]);
    assert_eq!(row.unwrap().evidence.state(at(4)), ReadState::Gap);
}

#[test]
fn the_finding_says_what_it_was_and_what_it_is() {
    let checklist = Checklist::shipped().unwrap();
    let item = checklist.items().iter().find(|item| item.id == "OPS-01").unwrap();
    let evidence = line(2, vec![unit("api", Verdict::Fails), unit("web", Verdict::Holds)], vec![]);
    let mut before = witness("awslogs");
    before.unit = before.unit.replace(":42", ":41");
    let broken = Broken { unit: unit("api", Verdict::Fails), before: vec![before] };
    let open = finding(&Transition::Broken(Box::new(broken)), item, &evidence, at(2)).unwrap();
    assert_eq!(open.title, format!("service/shop/api no longer meets OPS-01: {}", item.title));
    let facts: Vec<String> = open.facts.iter().map(|fact| format!("{}: {}", fact.name, fact.value)).collect();
    assert!(facts.iter().any(|fact| fact.starts_with("Now: task-definition/shop:42: ")), "{facts:?}");
    assert!(facts.iter().any(|fact| fact.starts_with("Before: task-definition/shop:41: ")), "{facts:?}");
    assert_eq!((open.category, open.account.as_str()), (Category::Operations, "111122223333"));
    let mended = finding(&Transition::Mended(unit("api", Verdict::Holds)), item, &evidence, at(3)).unwrap();
    assert_eq!((mended.key(), mended.status), (open.key(), Status::Resolved));
    let gone = finding(&Transition::Gone(unit("api", Verdict::Fails)), item, &evidence, at(3)).unwrap();
    assert!(gone.not_applicable && gone.key() == open.key());
}
