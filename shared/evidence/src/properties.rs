//! Properties of the score over the account of the fixtures: what breaks never raises it, what is mended never lowers it,
//! what appears without evidence never raises it, and what goes silent only lowers it.

use std::collections::BTreeMap;

use plimsoll_checklist::{Checklist, Known, assess_known};
use serde_json::{Value, json};

use crate::{
    Collection, LineEvidence, Profile, ReadState, Resource, judge, reads,
    tests::{account, apply, cases, cut},
};

/// The percentage of each category and of all, in the order of the checklist.
fn score(reads: &[LineEvidence], at: jiff::Timestamp) -> Vec<u8> {
    let checklist = Checklist::shipped().expect("the shipped checklist");
    let known = Known { reads, ..Known::default() };
    let score = checklist.score(&assess_known(&checklist, known, at), &BTreeMap::new());
    score.categories.iter().map(|category| category.current).chain([score.current]).collect()
}

fn of(collection: &Collection) -> Vec<u8> {
    score(&judge(std::slice::from_ref(collection), &Profile::default()), collection.started_at)
}

/// The changes that break something and touch nothing that decides what is in scope.
fn breakages() -> Vec<(String, BTreeMap<String, Value>)> {
    let scoping = ["ecs:DescribeServices", "AWS::CloudFront::Distribution"];
    cases()
        .into_iter()
        .filter(|(_, case)| case.state == ReadState::Gap && case.profile.is_none())
        .filter(|(_, case)| !case.patch.keys().any(|kind| scoping.contains(&kind.as_str())))
        .map(|(_, case)| (format!("{} {}", case.line, case.is), case.patch))
        .collect()
}

fn never_above(lower: &[u8], upper: &[u8], why: &str) {
    assert!(lower.iter().zip(upper).all(|(low, high)| low <= high), "{why}: {lower:?} is above {upper:?}");
}

#[test]
fn what_breaks_never_raises_and_what_is_mended_never_lowers() {
    let good = account();
    let best = of(&good);
    let all = breakages();
    assert!(all.len() > 60, "{}", all.len());
    let mut lowered = 0;
    for (index, (name, patch)) in all.iter().enumerate() {
        let mut broken = good.clone();
        apply(&mut broken, patch);
        let one = of(&broken);
        never_above(&one, &best, name);
        lowered += usize::from(one != best);
        // Another thing breaks, of the next kinds in the list; mending it is the same step back.
        let (other, patch) = &all[(index + 7) % all.len()];
        let missing = |kind: &String| !patch.contains_key(kind);
        if all[index].1.keys().all(missing) {
            apply(&mut broken, patch);
            never_above(&of(&broken), &one, &format!("{name}, then {other}"));
        }
    }
    assert!(lowered > 50, "the changes must move the score: {lowered}");
}

#[test]
fn what_appears_without_evidence_never_raises() {
    let good = account();
    let best = of(&good);
    for kind in reads::KINDS {
        for properties in
            [json!({}), json!([]), json!({"Name": "new", "Arn": "arn:aws:x:eu-central-1:111122223333:new"})]
        {
            let mut more = good.clone();
            let read = more.reads.get_mut(kind.name).expect("every kind is read");
            read.resources.push(Resource { id: "new".into(), properties: properties.clone() });
            never_above(&of(&more), &best, &format!("{} {properties}", kind.name));
        }
    }
}

#[test]
fn what_goes_silent_only_lowers() {
    let good = account();
    let mut broken = good.clone();
    for (_, patch) in breakages().iter().step_by(5) {
        let untouched = patch.values().all(Value::is_object);
        if untouched {
            apply(&mut broken, patch);
        }
    }
    for before in [good, broken] {
        let best = of(&before);
        for kind in reads::KINDS {
            for how in ["truncated", "denied", "absent"] {
                let mut after = before.clone();
                if how == "absent" {
                    after.reads.remove(kind.name);
                } else {
                    cut(after.reads.get_mut(kind.name).expect("every kind is read"), how);
                }
                let silent = judge(std::slice::from_ref(&after), &Profile::default());
                never_above(&score(&silent, after.started_at), &best, &format!("{} {how}", kind.name));
            }
        }
        let all = judge(std::slice::from_ref(&before), &Profile::default());
        let later = before.started_at + jiff::SignedDuration::from_hours(24 * 425);
        assert_eq!(score(&all, later), [0; 6], "fourteen months later nothing is proved");
    }
}
