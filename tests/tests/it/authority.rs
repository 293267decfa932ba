//! The provider's API has the last word: forged closes against a scripted API, and dropped events against a reading of it,
//! through the real application and the embedded store.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{Finding, Severity, Source, Status};
use plimsoll_pipeline::{
    DocumentKind, SourceApi, SourceApiError,
    ingest::Outcome,
    intake::EventSummary,
    reconcile::{ReconcileError, ReconcileReport, last_reconciles},
    source_api::{Lookup, Page},
};
use plimsoll_tests::harness::{Harness, SOURCES, Scripted};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const CHANNEL: &str = "[channels.slack]\nkind = \"slack-bot\"\nchannel = \"C0123456789\"\ntoken = { env = \"T\" }\n";

/// A GuardDuty that a test sets: what it holds, and how it fails.
#[derive(Default)]
struct Api {
    findings: Mutex<BTreeMap<String, Value>>,
    fails: Mutex<Option<SourceApiError>>,
    looks: Mutex<usize>,
}

impl Api {
    fn set(&self, detail: &Value) {
        let id = detail["id"].as_str().unwrap().to_owned();
        self.findings.lock().unwrap().insert(id, detail.clone());
    }

    fn fail(&self, error: Option<SourceApiError>) {
        *self.fails.lock().unwrap() = error;
    }

    fn answer(&self) -> Result<(), SourceApiError> {
        self.fails.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

#[async_trait]
impl SourceApi for Api {
    async fn lookup(&self, finding: &Finding) -> Result<Lookup, SourceApiError> {
        *self.looks.lock().unwrap() += 1;
        self.answer()?;
        let findings = self.findings.lock().unwrap();
        Ok(match finding.identity_rule.as_ref().and_then(|id| findings.get(id)) {
            Some(detail) => Lookup::Events(vec![event("(reconcile)", detail)]),
            None => Lookup::Unknown("GuardDuty does not know the finding".to_owned()),
        })
    }

    /// Seven in a page.
    async fn page(&self, since: Option<Timestamp>, from: Option<&str>) -> Result<Page, SourceApiError> {
        self.answer()?;
        let findings = self.findings.lock().unwrap();
        let listed = findings.values().filter(|detail| match since {
            Some(since) => detail["updatedAt"].as_str().unwrap().parse::<Timestamp>().unwrap() >= since,
            None => detail["service"]["archived"] == false,
        });
        let start: usize = from.map_or(0, |from| from.parse().unwrap());
        let all: Vec<Value> = listed.map(|detail| event("(reconcile)", detail)).collect();
        let next = (start + 7 < all.len()).then(|| (start + 7).to_string());
        Ok(Page { events: all.into_iter().skip(start).take(7).collect(), next })
    }
}

fn threat(id: &str, severity: f64, archived: bool, time: &str) -> Value {
    json!({"id": id, "accountId": ACCOUNT, "region": "eu-central-1", "type": "Recon:EC2/Portscan", "severity": severity,
        "title": "A port scan", "description": "d", "createdAt": "2026-11-02T08:00:00Z", "updatedAt": time,
        "resource": {"resourceType": "Instance", "instanceDetails": {"instanceId": format!("i-{id}")}},
        "service": {"archived": archived, "count": 1, "detectorId": "d"}})
}

fn event(id: &str, detail: &Value) -> Value {
    json!({"id": id, "source": "aws.guardduty", "detail-type": "GuardDuty Finding", "account": ACCOUNT,
        "region": "eu-central-1", "time": detail["updatedAt"], "resources": [], "detail": detail})
}

const OPENED: &str = "2026-11-02T09:00:00Z";
const CLOSED: &str = "2026-11-02T09:10:00Z";

struct Scene {
    bench: Harness,
    slack: Arc<Scripted>,
    api: Arc<Api>,
}

fn scene(config: &str) -> Scene {
    let slack = Arc::new(Scripted::new("slack", Vec::new()));
    let mut bench = Harness::new(&format!("{config}\n{CHANNEL}"), &[Arc::clone(&slack)]);
    let api = Arc::new(Api::default());
    bench.app.source_api = Some(Arc::clone(&api) as Arc<dyn SourceApi>);
    Scene { bench, slack, api }
}

/// The source of that name.
fn source(name: &str) -> Source {
    SOURCES.into_iter().find(|source| source.name == name).unwrap()
}

impl Scene {
    async fn status(&self, key: &str) -> Status {
        let records = self.bench.app.store.records().await.unwrap();
        records.iter().find(|record| record.key.as_str() == key).unwrap().status()
    }

    async fn waiting(&self) -> usize {
        let kept = self.bench.app.store.documents(DocumentKind::Quarantine).await.unwrap();
        kept.iter().filter(|document| document.body["released_at"].is_null()).count()
    }

    async fn reconcile(&self) -> Result<ReconcileReport, ReconcileError> {
        let time = SignedDuration::from_secs(30);
        self.bench.app.reconcile(&source("guardduty-finding"), self.api.as_ref(), time).await
    }
}

fn batch(event: &Value) -> Value {
    json!({"Records": [{"eventSource": "aws:sqs", "messageId": "m", "body": event.to_string()}]})
}

fn only(mut summaries: Vec<EventSummary>) -> EventSummary {
    assert_eq!(summaries.len(), 1);
    summaries.remove(0)
}

/// What the API answers when it is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Says {
    Closed,
    StillOpen,
    NotKnown,
    Denied,
    Throttled,
}

#[tokio::test]
async fn a_forged_close_of_something_high_changes_nothing() {
    for (native, severity) in [(2.0, Severity::Low), (7.5, Severity::High), (9.5, Severity::Critical)] {
        for says in [Says::Closed, Says::StillOpen, Says::NotKnown, Says::Denied, Says::Throttled] {
            let scene = scene("");
            let opened = only(scene.bench.handle(&event("e-1", &threat("a", native, false, OPENED))).await);
            assert_eq!((opened.outcome, opened.findings[0].severity), (Some(Outcome::Applied), severity));
            let key = opened.findings[0].key.clone();
            match says {
                Says::Closed => scene.api.set(&threat("a", native, true, CLOSED)),
                Says::StillOpen => scene.api.set(&threat("a", native, false, OPENED)),
                Says::NotKnown => {}
                Says::Denied => scene.api.fail(Some(SourceApiError::Refused("allow guardduty:GetFindings".into()))),
                Says::Throttled => scene.api.fail(Some(SourceApiError::Unavailable("slow down".into()))),
            }
            let close = event("e-2", &threat("a", native, true, CLOSED));
            let summary = only(scene.bench.handle(&batch(&close)).await);
            let context = format!("{severity:?}, {says:?}: {summary:?}");
            let is_believed = severity == Severity::Low || says == Says::Closed;
            let expected = match says {
                _ if is_believed => Some(Outcome::Applied),
                Says::Throttled => None,
                _ => Some(Outcome::Quarantined),
            };
            assert_eq!(summary.outcome, expected, "{context}");
            let status = if is_believed { Status::Resolved } else { Status::Open };
            assert_eq!(scene.status(&key).await, status, "{context}");
            assert_eq!(scene.waiting().await, usize::from(expected == Some(Outcome::Quarantined)), "{context}");
            assert_eq!(*scene.api.looks.lock().unwrap(), usize::from(severity != Severity::Low), "{context}");
            let reason = summary.reason.unwrap_or_default();
            match says {
                _ if is_believed => {}
                Says::StillOpen => assert!(reason.contains("still open"), "{reason}"),
                Says::Denied => assert!(reason.contains("allow guardduty:GetFindings"), "{reason}"),
                Says::Throttled => assert!(reason.contains("will be delivered again"), "{reason}"),
                _ => assert!(reason.contains("does not know"), "{reason}"),
            }
        }
    }
}

#[tokio::test]
async fn a_close_in_quarantine_is_taken_through_when_it_is_confirmed() {
    let scene = scene("");
    let opened = only(scene.bench.handle(&event("e-1", &threat("a", 8.0, false, OPENED))).await);
    let key = opened.findings[0].key.clone();
    scene.api.fail(Some(SourceApiError::Refused("allow guardduty:GetFindings".to_owned())));
    let close = event("e-2", &threat("a", 8.0, true, CLOSED));
    for _ in 0..3 {
        assert_eq!(only(scene.bench.handle(&close).await).outcome, Some(Outcome::Quarantined));
    }
    assert_eq!(scene.waiting().await, 1, "the same event is kept once");
    assert_eq!(scene.status(&key).await, Status::Open);
    let delivered = scene.slack.titles();
    assert_eq!(delivered.iter().filter(|title| title.contains("close was not believed")).count(), 1, "{delivered:?}");

    scene.api.fail(None);
    scene.api.set(&threat("a", 8.0, true, CLOSED));
    // What `plimsoll quarantine replay` does with each.
    assert_eq!(only(scene.bench.handle(&close).await).outcome, Some(Outcome::Applied));
    assert_eq!(scene.status(&key).await, Status::Resolved);
    // And what the next reading does by itself.
    assert_eq!(scene.reconcile().await.unwrap().released, 1);
    assert_eq!(scene.waiting().await, 0);
    let records = scene.bench.app.store.records().await.unwrap();
    assert!(records.iter().all(|record| record.status() == Status::Resolved), "the last one closes its finding");
}

#[tokio::test]
async fn what_people_decided_is_believed() {
    for config in ["verify_close = false", "believe_closes_of = [\"111122223333\"]"] {
        let scene = scene(config);
        scene.bench.handle(&event("e-1", &threat("a", 8.0, false, OPENED))).await;
        let summary = only(scene.bench.handle(&event("e-2", &threat("a", 8.0, true, CLOSED))).await);
        assert_eq!(summary.outcome, Some(Outcome::Applied), "{config}");
        assert_eq!(*scene.api.looks.lock().unwrap(), 0, "{config}");
    }
}

#[tokio::test]
async fn one_failure_of_the_api_is_enough_for_a_batch() {
    let scene = scene("");
    for id in ["a", "b", "c"] {
        scene.bench.handle(&event(&format!("open-{id}"), &threat(id, 8.0, false, OPENED))).await;
    }
    scene.api.fail(Some(SourceApiError::Unavailable("no answer".to_owned())));
    let close = |id: &str| {
        let body = event(&format!("close-{id}"), &threat(id, 8.0, true, CLOSED)).to_string();
        json!({"eventSource": "aws:sqs", "messageId": id, "body": body})
    };
    let summaries = scene.bench.handle(&json!({"Records": [close("a"), close("b"), close("c")]})).await;
    assert!(summaries.iter().all(EventSummary::failed));
    assert_eq!(*scene.api.looks.lock().unwrap(), 1);
}

/// A hundred threats, a third of them over; every nth event of each kind is lost.
#[tokio::test]
async fn what_was_dropped_is_found_and_nobody_is_told_twice() {
    const ALL: usize = 100;
    for lost_percent in [1, 10, 100] {
        let scene = scene("");
        let is_lost = |n: usize| n % 100 < lost_percent;
        let is_over = |n: usize| n.is_multiple_of(3);
        let mut events = Vec::new();
        for n in 0..ALL {
            let id = format!("t{n:03}");
            let open = threat(&id, 8.0, false, OPENED);
            events.push((is_lost(n), event(&format!("open-{n}"), &open)));
            scene.api.set(&open);
        }
        for (_, event) in events.iter().filter(|(lost, _)| !lost) {
            scene.bench.handle(event).await;
        }
        let report = scene.reconcile().await.unwrap();
        assert!(report.complete && report.pages > 1, "{report:?}");
        assert_eq!((report.listed, report.found), (ALL, lost_percent), "{report:?}");
        let records = scene.bench.app.store.records().await.unwrap();
        assert_eq!(records.iter().filter(|record| record.status() == Status::Open).count(), ALL);
        let marked = records.iter().filter(|r| r.finding.facts.iter().any(|fact| fact.name == "Found by")).count();
        assert_eq!(marked, lost_percent);
        scene.bench.deliver().await;

        // Some are over meanwhile, and no event says so; the next reading sees it.
        scene.bench.hand.advance(SignedDuration::from_hours(1));
        for n in (0..ALL).filter(|n| is_over(*n)) {
            scene.api.set(&threat(&format!("t{n:03}"), 8.0, true, "2026-11-02T09:40:00Z"));
        }
        let report = scene.reconcile().await.unwrap();
        assert_eq!((report.found, report.closed), (0, (0..ALL).filter(|n| is_over(*n)).count()), "{report:?}");
        scene.bench.deliver().await;
        let delivered = scene.slack.accepted().len();

        // The events come after all, each of them twice; then everything is read again.
        for (_, event) in events.iter().chain(&events) {
            scene.bench.handle(event).await;
        }
        scene.bench.hand.advance(SignedDuration::from_hours(1));
        let report = scene.reconcile().await.unwrap();
        assert_eq!((report.found, report.closed), (0, 0), "{report:?}");
        scene.bench.deliver().await;
        assert_eq!(scene.slack.accepted().len(), delivered, "with {lost_percent} % lost");
        let records = scene.bench.app.store.records().await.unwrap();
        let open = records.iter().filter(|record| record.status() == Status::Open).count();
        assert_eq!(open, (0..ALL).filter(|n| !is_over(*n)).count());
    }
}

#[tokio::test]
async fn a_reading_that_fails_is_an_error_and_closes_nothing() {
    let scene = scene("");
    let opened = only(scene.bench.handle(&event("e-1", &threat("a", 8.0, false, OPENED))).await);
    for error in [SourceApiError::Refused("allow it".into()), SourceApiError::Unavailable("later".into())] {
        scene.api.fail(Some(error.clone()));
        let failed = scene.reconcile().await.unwrap_err().to_string();
        assert!(failed.contains(&error.to_string()), "{failed}");
        assert_eq!(scene.status(&opened.findings[0].key).await, Status::Open);
        assert!(last_reconciles(scene.bench.app.store.as_ref()).await.unwrap().is_empty());
    }
    // The API lists nothing and does not know the finding: that is no proof either.
    scene.api.fail(None);
    scene.bench.hand.advance(SignedDuration::from_hours(1));
    let report = scene.reconcile().await.unwrap();
    assert_eq!((report.closed, report.unknown), (0, 1), "{report:?}");
    assert_eq!(scene.status(&opened.findings[0].key).await, Status::Open);
    let last = last_reconciles(scene.bench.app.store.as_ref()).await.unwrap();
    assert_eq!(last["guardduty-finding"], "2026-11-02T10:15:00Z".parse().unwrap());
}

#[tokio::test]
async fn a_reading_that_runs_out_of_time_goes_on_where_it_ended() {
    let scene = scene("");
    for n in 0..20 {
        scene.api.set(&threat(&format!("t{n:03}"), 8.0, false, OPENED));
    }
    let report =
        scene.bench.app.reconcile(&source("guardduty-finding"), scene.api.as_ref(), SignedDuration::ZERO).await;
    assert_eq!(report.map(|r| (r.complete, r.pages)).unwrap(), (false, 0));
    assert!(last_reconciles(scene.bench.app.store.as_ref()).await.unwrap().is_empty());
    let report = scene.reconcile().await.unwrap();
    assert_eq!((report.complete, report.found), (true, 20));
}

#[tokio::test]
async fn what_cannot_be_read_there_is_put_aside_and_the_rest_is_taken() {
    let scene = scene("");
    for n in 0..20 {
        scene.api.set(&threat(&format!("t{n:03}"), 8.0, false, OPENED));
    }
    scene.api.set(&json!({"id": "t005", "updatedAt": OPENED, "service": {"archived": false}}));
    for _ in 0..2 {
        let report = scene.reconcile().await.unwrap();
        assert_eq!((report.complete, report.unreadable), (true, 1), "{report:?}");
        assert_eq!(scene.waiting().await, 1, "it is kept once");
    }
    let records = scene.bench.app.store.records().await.unwrap();
    assert_eq!(records.iter().filter(|record| record.finding.check == "guardduty:finding").count(), 19);
}
