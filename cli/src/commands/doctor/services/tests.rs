use plimsoll_collector::{Progress, prerequisites::kinds};
use plimsoll_evidence::Read;
use serde_json::json;

use super::{
    State::{Off, On, Partial},
    *,
};

fn checklist() -> Checklist {
    Checklist::shipped().unwrap()
}

/// Every service is on.
fn good() -> Collection {
    let rules =
        json!([{"ScanFrequency": "SCAN_ON_PUSH", "RepositoryFilters": [{"Filter": "*", "FilterType": "WILDCARD"}]}]);
    let trail = json!({"IsLogging": true, "IsMultiRegionTrail": true,
        "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true}]});
    let subscription = json!({"SubscriptionArn": "s", "MonitorArnList": ["m"],
        "Subscribers": [{"Address": "<set>", "Type": "SNS", "Status": "CONFIRMED"}]});
    let mut collection =
        Progress::new("111122223333", "eu-central-1", "2026-11-02T09:00:00Z".parse().unwrap()).collection;
    for (kind, id, properties) in [
        (REGISTRY, "111122223333", json!({"ScanType": "BASIC", "Rules": rules})),
        (INSPECTOR, "111122223333", json!({"resourceState": {"ecr": {"status": "ENABLED"}}})),
        (RECORDERS, "default", json!({"name": "default", "recording": true, "lastStatus": "SUCCESS"})),
        (DELIVERY_CHANNELS, "default", json!({"name": "default", "s3BucketName": "b"})),
        (DETECTORS, "d1", json!({"detectorId": "d1", "status": "ENABLED"})),
        (PLANS, "p1", json!({"BackupPlan": {}})),
        (BACKUP_REGION, "eu-central-1", json!({"ResourceTypeOptInPreference": {"RDS": true, "EFS": true}})),
        (MONITORS, "m", json!({"MonitorArn": "m", "MonitorType": "DIMENSIONAL"})),
        (SUBSCRIPTIONS, "s", subscription),
        (TRAILS, "all", trail),
        (
            LAMBDA_ACCOUNT,
            "eu-central-1",
            json!({"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 900}}),
        ),
    ] {
        let read =
            Read { complete: true, resources: vec![Resource { id: id.to_owned(), properties }], errors: Vec::new() };
        collection.reads.insert(kind.to_owned(), read);
    }
    assert!(kinds().all(|kind| collection.reads.contains_key(kind)));
    collection
}

fn verdict(collection: Collection, name: &str) -> Verdict {
    let all = examine(&Answers::of(collection, true), &checklist());
    all.into_iter().find(|verdict| verdict.name == name).unwrap()
}

fn with(kind: &str, properties: serde_json::Value) -> Collection {
    let mut collection = good();
    collection.reads.get_mut(kind).unwrap().resources[0].properties = properties;
    collection
}

fn without(kind: &str) -> Collection {
    let mut collection = good();
    collection.reads.get_mut(kind).unwrap().resources.clear();
    collection
}

#[test]
fn an_account_with_everything_on_is_well() {
    for verdict in examine(&Answers::of(good(), true), &checklist()) {
        assert_eq!(verdict.state, State::On, "{}: {}", verdict.name, verdict.detail);
        assert!(verdict.fix.is_none() && !verdict.dark.to_string().is_empty(), "{}", verdict.name);
    }
}

#[test]
fn what_is_off_or_does_too_little_is_named() {
    let rule = |frequency, filter| json!({"ScanFrequency": frequency, "RepositoryFilters": [{"Filter": filter}]});
    let registry = |kind, rules: serde_json::Value| with(REGISTRY, json!({"ScanType": kind, "Rules": rules}));
    let mut inspector_off = registry("ENHANCED", json!([rule("CONTINUOUS_SCAN", "*")]));
    inspector_off.reads.get_mut(INSPECTOR).unwrap().resources[0].properties =
        json!({"resourceState": {"ecr": {"status": "DISABLED"}}});
    let recorder = |recording, last| with(RECORDERS, json!({"recording": recording, "lastStatus": last}));
    let trail = |logging, everywhere| {
        let selectors = json!([{"ReadWriteType": "All", "IncludeManagementEvents": true}]);
        with(TRAILS, json!({"IsLogging": logging, "IsMultiRegionTrail": everywhere, "EventSelectors": selectors}))
    };
    let opted = |rds, efs| with(BACKUP_REGION, json!({"ResourceTypeOptInPreference": {"RDS": rds, "EFS": efs}}));
    let quota = |all, free| {
        with(
            LAMBDA_ACCOUNT,
            json!({"AccountLimit": {"ConcurrentExecutions": all, "UnreservedConcurrentExecutions": free}}),
        )
    };
    for (collection, name, state, words) in [
        (without(REGISTRY), "ECR scanning", Off, "no scanning configuration"),
        (registry("BASIC", json!([])), "ECR scanning", Off, "no rule of the registry"),
        (registry("BASIC", json!([rule("MANUAL", "*")])), "ECR scanning", Off, "no rule of the registry"),
        (registry("BASIC", json!([rule("SCAN_ON_PUSH", "prod/*")])), "ECR scanning", Partial, "match prod/*"),
        (registry("ENHANCED", json!([rule("CONTINUOUS_SCAN", "*")])), "ECR scanning", On, "by Inspector of every"),
        (inspector_off, "ECR scanning", Off, "Inspector does not scan ECR: DISABLED"),
        (without(RECORDERS), "AWS Config", Off, "no recorder"),
        (recorder(false, "SUCCESS"), "AWS Config", Off, "default is stopped"),
        (recorder(true, "FAILURE"), "AWS Config", Partial, "its last delivery is FAILURE"),
        (without(DELIVERY_CHANNELS), "AWS Config", Off, "no delivery channel"),
        (without(DETECTORS), "GuardDuty", Off, "no detector"),
        (with(DETECTORS, json!({"status": "DISABLED"})), "GuardDuty", Off, "suspended"),
        (without(PLANS), "AWS Backup", Off, "no backup plan"),
        (opted(false, false), "AWS Backup", Off, "no resource type is opted in"),
        (opted(true, false), "AWS Backup", On, "not opted in, so not backed up by tags: EFS"),
        (without(MONITORS), "Cost anomalies", Off, "no anomaly monitor"),
        (without(SUBSCRIPTIONS), "Cost anomalies", Partial, "1 monitor, and no subscription"),
        (without(TRAILS), "CloudTrail", Off, "no trail"),
        (trail(false, true), "CloudTrail", Off, "none is logging"),
        (trail(true, false), "CloudTrail", Partial, "all: none logs all management events"),
        (quota(10, 10), "Lambda quota", Partial, "10 functions at once, 10 of them not reserved; the suite may use 14"),
        (quota(1000, 13), "Lambda quota", Partial, "13 of them not reserved"),
        (quota(1000, 14), "Lambda quota", On, "14 of them not reserved"),
    ] {
        let verdict = verdict(collection, name);
        assert!(verdict.state == state && verdict.detail.contains(words), "{name}: {words}: {verdict:?}");
        assert_eq!(verdict.fix.is_none(), state == On, "{name}: {words}");
    }
}

/// Whatever is denied, broken or odd: the services that need it are not well, and the others are.
#[test]
fn what_was_not_seen_is_never_well() {
    let error = |kind| ReadError {
        resource: None,
        kind,
        action: "x".to_owned(),
        message: "AccessDenied: not authorized to perform: cloudtrail:ListTrails on it".to_owned(),
    };
    for kind in kinds().filter(|kind| *kind != INSPECTOR) {
        for (name, spoil, state) in [
            ("denied", Some(ReadErrorKind::Denied), State::NotAllowed),
            ("failed", Some(ReadErrorKind::Failed), State::NotReached),
            ("throttled", Some(ReadErrorKind::Throttled), State::NotReached),
            ("odd", None, State::NotReached),
        ] {
            let mut collection = good();
            let read = collection.reads.get_mut(kind).unwrap();
            match spoil {
                Some(why) => *read = Read { complete: false, resources: Vec::new(), errors: vec![error(why)] },
                None => read.resources[0].properties = json!({"ResourceTypeOptInPreference": 7}),
            }
            let unseen: Vec<State> = examine(&Answers::of(collection, true), &checklist())
                .into_iter()
                .map(|verdict| verdict.state)
                .filter(|state| *state != State::On)
                .collect();
            // What a list holds does not matter where its length is all that is asked.
            let is_counted = [DELIVERY_CHANNELS, PLANS].contains(&kind);
            if spoil.is_none() && is_counted {
                continue;
            }
            let expected = if spoil.is_none() && kind == SUBSCRIPTIONS { State::Partial } else { state };
            assert_eq!(unseen, [expected], "{kind} {name}");
        }
        let mut collection = good();
        collection.reads.remove(kind);
        let unseen = examine(&Answers::of(collection.clone(), true), &checklist());
        assert_eq!(unseen.iter().filter(|v| v.state == State::NotReached).count(), 1, "{kind}: no time was left");
        let unpaid = examine(&Answers::of(collection, false), &checklist());
        let not_asked = unpaid.iter().filter(|v| v.state == State::NotAsked).count();
        assert_eq!(not_asked, usize::from(kind.starts_with("ce:")), "{kind}");
    }
    let mut denied = good();
    let read = denied.reads.get_mut(TRAILS).unwrap();
    *read = Read { complete: false, resources: Vec::new(), errors: vec![error(ReadErrorKind::Denied)] };
    assert_eq!(verdict(denied, "CloudTrail").fix.unwrap(), "allow cloudtrail:ListTrails", "the action that AWS names");
}

/// What nobody would hear of is taken from the checklist and the table of reads.
#[test]
fn every_source_but_health_is_named_with_its_lines() {
    let all = examine(&Answers::of(good(), true), &checklist());
    let mut fed: Vec<&str> = all.iter().flat_map(|verdict| verdict.dark.sources.iter().copied()).collect();
    fed.push("health-event");
    fed.sort_unstable();
    let mut sources = SOURCES.to_vec();
    sources.sort_unstable();
    assert_eq!(fed, sources);
    let lines = |name: &str| &all.iter().find(|verdict| verdict.name == name).unwrap().dark.lines;
    assert!(lines("ECR scanning").contains(&"CICD-03".to_owned()));
    assert!(lines("AWS Config").len() > 40);
    assert!(lines("CloudTrail").contains(&"GOV-01".to_owned()));
    for service in SERVICES.iter().filter(|service| service.line.is_none()) {
        assert!(!service.fix.is_empty(), "{}", service.name);
    }
    for line in SERVICES.iter().filter_map(|service| service.line) {
        assert!(checklist().item(line).is_some(), "{line}");
    }
}
