//! Tests of all lines: what has no evidence is never met.

use serde_json::{Value, json};

use crate::{Collection, Profile, Read, ReadError, ReadErrorKind, ReadState, Resource, judge, lines::lines, reads};

/// A collection in which every kind is read completely and has these resources.
pub(crate) fn collection(region: &str, reads: &[(&str, Vec<Resource>)]) -> Collection {
    let at = "2026-11-02T09:00:00Z".parse().expect("a time");
    let mut all: std::collections::BTreeMap<String, Read> =
        reads::KINDS.iter().map(|kind| (kind.name.to_owned(), Read { complete: true, ..Read::default() })).collect();
    for (kind, resources) in reads {
        all.insert((*kind).to_owned(), Read { complete: true, resources: resources.clone(), errors: Vec::new() });
    }
    Collection { account: "111122223333".into(), region: region.into(), started_at: at, finished_at: at, reads: all }
}

pub(crate) fn states(collection: &Collection) -> Vec<(String, ReadState)> {
    let now = collection.started_at;
    judge(std::slice::from_ref(collection), &Profile::default())
        .into_iter()
        .map(|line| (line.line.clone(), line.state(now)))
        .collect()
}

/// Every kind answers with one resource of these properties: none of them proves a line or puts it out of scope.
#[test]
fn what_has_no_shape_proves_nothing() {
    for odd in [json!({}), json!([]), json!("x"), json!(1), Value::Null] {
        let reads: Vec<(&str, Vec<Resource>)> = reads::KINDS
            .iter()
            .map(|kind| (kind.name, vec![Resource { id: "x".into(), properties: odd.clone() }]))
            .collect();
        for (line, state) in states(&collection("eu-central-1", &reads)) {
            assert!(!matches!(state, ReadState::Met | ReadState::NotApplicable), "{line} is {state:?} for {odd}");
        }
    }
}

/// Without a second witness an empty account puts no line out of scope, and proves none.
#[test]
fn an_empty_account_proves_nothing() {
    for (line, state) in states(&collection("eu-central-1", &[])) {
        assert!(!matches!(state, ReadState::Met | ReadState::NotApplicable), "{line} is {state:?}");
    }
}

/// Cuts every read in every way: nothing stays met, whatever was.
pub(crate) fn never_met_if_cut(good: &Collection, line: &str) {
    for kind in reads::kinds_of(line) {
        let mut cuts: Vec<Collection> = vec![good.clone(), good.clone(), good.clone()];
        if let Some(read) = cuts[0].reads.get_mut(*kind) {
            read.complete = false;
        }
        if let Some(read) = cuts[1].reads.get_mut(*kind) {
            *read = Read {
                complete: false,
                resources: Vec::new(),
                errors: vec![ReadError {
                    resource: None,
                    kind: ReadErrorKind::Denied,
                    action: "cloudformation:ListResources".into(),
                    message: "no".into(),
                }],
            };
        }
        cuts[2].reads.remove(*kind);
        for cut in cuts {
            let (_, state) = states(&cut).into_iter().find(|(id, _)| id == line).expect("the line is judged");
            assert!(matches!(state, ReadState::Unknown | ReadState::Gap), "{line} is {state:?} without {kind}");
        }
    }
}

#[test]
fn every_line_is_judged_once() {
    let mut ids: Vec<&str> = lines().map(|line| line.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), lines().count());
}
