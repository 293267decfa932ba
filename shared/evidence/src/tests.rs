//! Tests of all lines. `fixtures/account.json` is an account in which every line is met; the other fixtures change it, a
//! case a line: what refutes, what is seen in part, what does not apply, what cannot be told.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    Collection, LineEvidence, Profile, Read, ReadError, ReadErrorKind, ReadState, Resource, Settings, Verdict, judge,
    lines::lines, reads,
};

const ACCOUNT: &str = include_str!("../fixtures/account.json");
const AREAS: [(&str, &str); 10] = [
    ("registry", include_str!("../fixtures/registry.json")),
    ("identity", include_str!("../fixtures/identity.json")),
    ("network", include_str!("../fixtures/network.json")),
    ("entry", include_str!("../fixtures/entry.json")),
    ("deployment", include_str!("../fixtures/deployment.json")),
    ("observability", include_str!("../fixtures/observability.json")),
    ("edge", include_str!("../fixtures/edge.json")),
    ("data", include_str!("../fixtures/data.json")),
    ("governance", include_str!("../fixtures/governance.json")),
    ("money", include_str!("../fixtures/money.json")),
];
/// Lines that the profile of `account.json` leaves out, or about which it says nothing.
const BY_PROFILE: [&str; 3] = ["ADV-01", "COST-01", "GO-16"];

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) line: String,
    pub(crate) is: String,
    pub(crate) state: ReadState,
    #[serde(default)]
    pub(crate) patch: BTreeMap<String, Value>,
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    pub(crate) profile: Option<Settings>,
}

pub(crate) fn cases() -> Vec<(&'static str, Case)> {
    let read = |(area, text): (&'static str, &str)| {
        let cases: Vec<Case> = serde_json::from_str(text).unwrap_or_else(|error| panic!("{area}: {error}"));
        cases.into_iter().map(move |case| (area, case))
    };
    AREAS.into_iter().flat_map(read).collect()
}

/// A collection in which every kind is read completely and has these resources.
fn collection(resources: &BTreeMap<String, Map<String, Value>>) -> Collection {
    let at = "2026-11-02T09:00:00Z".parse().expect("a time");
    let mut all: BTreeMap<String, Read> =
        reads::KINDS.iter().map(|kind| (kind.name.to_owned(), Read { complete: true, ..Read::default() })).collect();
    for (kind, resources) in resources {
        let of = |(id, properties): (&String, &Value)| Resource { id: id.clone(), properties: properties.clone() };
        let resources = resources.iter().map(of).collect();
        all.insert(kind.clone(), Read { complete: true, resources, errors: Vec::new() });
    }
    Collection {
        account: "111122223333".into(),
        region: "eu-central-1".into(),
        started_at: at,
        finished_at: at,
        reads: all,
    }
}

pub(crate) fn account() -> Collection {
    collection(&serde_json::from_str(ACCOUNT).expect("the account of the fixtures"))
}

/// RFC 7386.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in patch {
        let object = target.as_object_mut().expect("an object");
        if value.is_null() {
            object.remove(key);
        } else {
            merge(object.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

pub(crate) fn cut(read: &mut Read, how: &str) {
    read.complete = false;
    if how == "denied" {
        read.resources.clear();
        read.errors.push(ReadError {
            resource: None,
            kind: ReadErrorKind::Denied,
            action: "cloudformation:ListResources".into(),
            message: "no".into(),
        });
    }
}

fn patched(patch: &BTreeMap<String, Value>) -> Collection {
    let mut collection = account();
    apply(&mut collection, patch);
    collection
}

/// Changes the reads: by kind nothing is left (`null`), the list is `truncated` or `denied`, or resources are changed by
/// RFC 7386 and removed by `null`.
pub(crate) fn apply(collection: &mut Collection, patch: &BTreeMap<String, Value>) {
    for (kind, patch) in patch {
        assert!(reads::kind(kind).is_some(), "{kind}");
        let read = collection.reads.get_mut(kind).expect("every kind is read");
        match patch {
            Value::Null => read.resources.clear(),
            Value::String(how) => cut(read, how),
            Value::Object(patch) => {
                for (id, patch) in patch {
                    if id == "+" {
                        cut(read, patch.as_str().expect("how"));
                    } else if patch.is_null() {
                        let before = read.resources.len();
                        read.resources.retain(|resource| &resource.id != id);
                        assert_eq!(before, read.resources.len() + 1, "{kind} {id} is there");
                    } else {
                        let place = read.resources.iter().position(|resource| &resource.id == id);
                        let place = place.unwrap_or_else(|| {
                            read.resources.push(Resource { id: id.clone(), properties: json!({}) });
                            read.resources.len() - 1
                        });
                        merge(&mut read.resources[place].properties, patch);
                    }
                }
            }
            other => panic!("{other}"),
        }
    }
}

fn evidence(collection: &Collection, line: &str, settings: Option<Settings>) -> LineEvidence {
    let profile = Profile { default: settings.unwrap_or_default(), ..Profile::default() };
    let all = judge(std::slice::from_ref(collection), &profile);
    all.into_iter().find(|evidence| evidence.line == line).unwrap_or_else(|| panic!("{line} is judged"))
}

fn states(collection: &Collection) -> Vec<(String, ReadState)> {
    let all = judge(std::slice::from_ref(collection), &Profile::default());
    all.iter().map(|line| (line.line.clone(), line.state(collection.started_at))).collect()
}

#[test]
fn every_line_that_a_read_serves_is_met_in_the_account_of_the_fixtures() {
    let account = account();
    for line in reads::LINES.map(|(line, _)| line) {
        let evidence = evidence(&account, line, None);
        let expected = match line {
            "GO-16" => ReadState::Unknown,
            _ if BY_PROFILE.contains(&line) => ReadState::NotApplicable,
            _ => ReadState::Met,
        };
        assert_eq!(evidence.state(account.started_at), expected, "{line}: {evidence:#?}");
    }
}

#[test]
fn every_case_of_the_fixtures_comes_out_as_it_says() {
    let mut wrong = Vec::new();
    for (area, case) in cases() {
        let collection = patched(&case.patch);
        let evidence = evidence(&collection, &case.line, case.profile);
        let state = evidence.state(collection.started_at);
        let summary = evidence.summary(collection.started_at);
        let unseen: Vec<String> = evidence.unseen().iter().map(ToString::to_string).collect();
        if state != case.state || case.summary.as_ref().is_some_and(|expected| *expected != summary) {
            wrong.push(format!("{area} {} {}: {state:?}, {summary}; {unseen:?}", case.line, case.is));
        }
        // A gap says what it saw, and what is unknown says what to do.
        assert!(
            evidence.units.iter().filter(|unit| unit.verdict == Verdict::Fails).all(|unit| !unit.witnesses.is_empty()),
            "{area} {} {}",
            case.line,
            case.is
        );
        assert!(state != ReadState::Unknown || unseen.iter().all(|text| text.len() > 20), "{} {unseen:?}", case.line);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_line_is_refuted_by_some_case() {
    let lines = lines().map(|line| line.id);
    let unrefuted: Vec<&str> = lines
        .filter(|line| !cases().iter().any(|(_, case)| case.line == *line && case.state == ReadState::Gap))
        .collect();
    // A plan that tests restores is no restore: only events refute that line.
    assert_eq!(unrefuted, ["DR-06"]);
}

/// Every kind answers with one resource of these properties: none of them proves a line or puts it out of scope.
#[test]
fn what_has_no_shape_proves_nothing() {
    for odd in [json!({}), json!([]), json!("x"), json!(1), Value::Null] {
        let resources = Map::from_iter([("x".to_owned(), odd.clone())]);
        let all = reads::KINDS.iter().map(|kind| (kind.name.to_owned(), resources.clone())).collect();
        for (line, state) in states(&collection(&all)) {
            let by_profile = BY_PROFILE.contains(&line.as_str());
            let proves = matches!(state, ReadState::Met | ReadState::NotApplicable);
            assert!(!proves || by_profile, "{line} is {state:?} for {odd}");
        }
    }
}

/// The same for every property of every resource by itself: of another type, it is never better than it was.
#[test]
fn a_property_of_another_type_proves_nothing_more() {
    let account = account();
    for line in lines().map(|line| line.id) {
        let good = evidence(&account, line, None).state(account.started_at);
        for kind in reads::kinds_of(line) {
            for odd in [json!({}), json!([]), json!("x")] {
                let mut changed = account.clone();
                for resource in &mut changed.reads.get_mut(*kind).expect("it is read").resources {
                    resource.properties = odd.clone();
                }
                let state = evidence(&changed, line, None).state(account.started_at);
                assert!(good != ReadState::Met || state != ReadState::NotApplicable, "{line} {kind} {odd}: {state:?}");
            }
        }
    }
}

/// Without a second witness an empty account puts no line out of scope, and proves none.
#[test]
fn an_empty_account_proves_nothing() {
    for (line, state) in states(&collection(&BTreeMap::new())) {
        let proves = matches!(state, ReadState::Met | ReadState::NotApplicable);
        assert!(!proves || BY_PROFILE.contains(&line.as_str()), "{line} is {state:?}");
    }
}

#[test]
fn a_read_that_is_cut_short_denied_or_absent_is_unknown() {
    let account = account();
    for line in lines().map(|line| line.id).filter(|line| !BY_PROFILE.contains(line)) {
        for kind in reads::kinds_of(line) {
            for how in ["truncated", "denied", "absent"] {
                let mut changed = account.clone();
                if how == "absent" {
                    changed.reads.remove(*kind);
                } else {
                    cut(changed.reads.get_mut(*kind).expect("it is read"), how);
                }
                let evidence = evidence(&changed, line, None);
                let state = evidence.state(account.started_at);
                assert_eq!(state, ReadState::Unknown, "{line} without {kind} ({how}): {evidence:#?}");
                let denied = how != "denied" || evidence.unseen().iter().any(|b| b.reason.contains("access denied"));
                assert!(denied, "{line} names the denied call: {:?}", evidence.unseen());
            }
        }
    }
}

#[test]
fn a_read_ages_and_a_gap_does_not() {
    let account = account();
    let days = |days: i64| account.started_at + jiff::SignedDuration::from_hours(24 * days);
    for line in lines().map(|line| line.id).filter(|line| !BY_PROFILE.contains(line)) {
        let evidence = evidence(&account, line, None);
        let holds = i64::from(evidence.max_age_days);
        assert!([2, 3, 8].contains(&holds), "{line} {holds}");
        assert_eq!(evidence.state(days(holds)), ReadState::Met, "{line}");
        assert_eq!(evidence.state(days(holds + 1)), ReadState::Stale, "{line}");
        assert_eq!(evidence.state(days(430)), ReadState::Stale, "{line}");
        assert_eq!(evidence.state(days(-1)), ReadState::Stale, "{line}: a read of tomorrow proves nothing today");
    }
    let (_, case) = cases().into_iter().find(|(_, case)| case.state == ReadState::Gap).expect("a gap");
    assert_eq!(evidence(&patched(&case.patch), &case.line, case.profile).state(days(430)), ReadState::Gap);
}

#[test]
fn a_unit_that_failed_and_vanished_stays_a_gap_for_thirty_days() {
    let bad = patched(&BTreeMap::from([(
        "AWS::ECR::Repository".to_owned(),
        json!({"shop/web": {"ImageTagMutability": "MUTABLE"}}),
    )]));
    let before = evidence(&bad, "CICD-04", None);
    let mut gone = account();
    let tasks = gone.reads.get_mut("ecs:DescribeTasks").expect("tasks");
    tasks.resources.retain(|task| !task.properties.to_string().contains("shop/web"));
    let without = evidence(&gone, "CICD-04", None);
    let now = gone.started_at;
    assert_eq!(without.state(now), ReadState::Met);
    let after = without.clone().after(&before, now);
    assert_eq!(after.state(now), ReadState::Gap);
    assert_eq!(after.summary(now), "1 of 2 repositories, missing: repository/shop/web");
    let later = now + jiff::SignedDuration::from_hours(24 * 31);
    let fresh = LineEvidence { read_at: later, ..without };
    assert_eq!(fresh.after(&after, later).state(later), ReadState::Met);
    // A unit that is there again and good is met at once.
    assert_eq!(evidence(&account(), "CICD-04", None).after(&before, now).state(now), ReadState::Met);
}

#[test]
fn regions_add_up_and_what_is_global_counts_once() {
    let here = account();
    let mut there = here.clone();
    there.region = "eu-west-1".into();
    for read in there.reads.values_mut() {
        read.resources.clear();
    }
    // Global kinds stand in one region only.
    let global = |kind: &str| reads::kind(kind).is_some_and(|known| known.extent == reads::Extent::Account);
    there.reads.retain(|kind, _| !global(kind));
    let both = [here.clone(), there.clone()];
    let all = judge(&both, &Profile::default());
    let state = |line: &str| all.iter().find(|l| l.line == line).expect("judged").state(here.started_at);
    assert_eq!(state("SEC-01"), ReadState::Met, "a region without services says nothing");
    assert_eq!(state("FIN-02"), ReadState::Met, "a budget is global");
    assert_eq!(state("GOV-06"), ReadState::Gap, "the other region has no detector");
    let fin = all.iter().find(|line| line.line == "FIN-02").expect("judged");
    assert_eq!(fin.units.len(), 1);
    there.reads.get_mut("ecs:DescribeTasks").expect("tasks").complete = false;
    let all = judge(&[here.clone(), there], &Profile::default());
    let line = all.iter().find(|line| line.line == "SEC-01").expect("judged");
    assert_eq!(line.state(here.started_at), ReadState::Unknown, "a region that was not seen is not empty");
}

#[test]
fn what_was_looked_at_is_kept_to_twenty_and_counted() {
    let rules: Vec<Value> = (0..50)
        .map(|port| json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "0.0.0.0/0"}))
        .collect();
    let open = patched(&BTreeMap::from([(
        "AWS::EC2::SecurityGroup".to_owned(),
        json!({"sg-tasks": {"SecurityGroupIngress": rules}}),
    )]));
    let evidence = evidence(&open, "SEC-06", None);
    let unit = evidence.units.first().expect("the refuted unit comes first");
    assert_eq!((unit.witnesses.len(), unit.compared), (20, 50));
    let witness = unit.witnesses.get(3).expect("the fourth");
    assert_eq!(witness.path, "SecurityGroupIngress[3].CidrIp");
    assert_eq!(witness.actual, "0.0.0.0/0");
}

#[test]
fn the_value_of_a_variable_is_in_no_witness() {
    let canary =
        json!({"containerDefinitions": [{"name": "web", "environment": [{"name": "API_TOKEN", "value": "canary-1"}]}]});
    let recorded = patched(&BTreeMap::from([(
        "ecs:DescribeTaskDefinition".to_owned(),
        json!({"arn:aws:ecs:eu-central-1:111122223333:task-definition/web:7": canary}),
    )]));
    let all = judge(&[recorded], &Profile::default());
    let all = serde_json::to_string_pretty(&all).expect("JSON");
    let shown: Vec<&str> = all.lines().filter(|line| line.contains("canary-1")).collect();
    assert!(shown.is_empty(), "{shown:?}");
}

#[test]
fn every_line_is_judged_once_and_by_a_read() {
    let mut ids: Vec<&str> = lines().map(|line| line.id).collect();
    let mut served: Vec<&str> = reads::LINES.iter().map(|(line, _)| *line).collect();
    assert_eq!(ids, served);
    ids.sort_unstable();
    ids.dedup();
    served.sort_unstable();
    assert_eq!(ids, served);
}

/// The registry's word on one type, by `refresh-schemas.py`.
#[derive(serde::Deserialize)]
struct Registered {
    identifier: Vec<String>,
    list: Option<Vec<String>>,
    read: bool,
    properties: BTreeMap<String, Vec<String>>,
    write_only: Vec<String>,
}

/// Calls `see` with the path and the type of every property.
fn walk(value: &Value, path: &str, open: &[&str], see: &mut dyn FnMut(&str, &str)) {
    if open.iter().any(|name| path.ends_with(name)) {
        return;
    }
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                see(&path, type_of(inner));
                walk(inner, &path, open, see);
            }
        }
        Value::Array(list) => {
            for inner in list {
                let path = format!("{path}[]");
                see(&path, type_of(inner));
                walk(inner, &path, open, see);
            }
        }
        _ => {}
    }
}

const fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// What the predicates look at exists in the `CloudFormation` registry under that name, and Cloud Control can read it.
#[test]
fn the_fixtures_have_the_shape_of_the_registry() {
    let registry: BTreeMap<String, Registered> =
        serde_json::from_str(include_str!("../fixtures/schemas.json")).expect("schemas.json");
    let mut wrong = Vec::new();
    for (kind, read) in account().reads.iter().filter(|(kind, _)| kind.starts_with("AWS::")) {
        let Some(known) = registry.get(kind) else {
            assert!(read.resources.is_empty() || kind == "AWS::EC2::RouteTable", "{kind}: run refresh-schemas.py");
            continue;
        };
        assert!(known.read && !known.identifier.is_empty(), "{kind}");
        let by_reference = reads::kind(kind).is_some_and(|kind| kind.extent == reads::Extent::Used);
        assert!(known.list.is_some() || by_reference, "{kind} has no list");
        for resource in &read.resources {
            walk(&resource.properties, "", &["PolicyDocument"], &mut |path, found| {
                let types = known.properties.get(path);
                let fits = types.is_some_and(|types| {
                    types.iter().any(|known| known == found || (found == "number" && known == "integer"))
                });
                // Some types leave the shape of an object open.
                let open = path.split('.').any(|step| step.starts_with("AssumeRole"));
                if !fits && !open {
                    wrong.push(format!("{kind} {} {path} is {found}, the registry says {types:?}", resource.id));
                }
                assert!(!known.write_only.iter().any(|hidden| hidden == path), "{kind} {path} cannot be read");
            });
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
