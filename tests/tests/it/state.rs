//! The cost of a question follows what is open, not what was ever kept; and a state that an older build wrote says the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use plimsoll_checklist::{Checklist, ItemState};
use plimsoll_finding::{Event, Finding, FindingKey, Resource, Severity, Status};
use plimsoll_local::LocalStore;
use plimsoll_message::ChannelId;
use plimsoll_pipeline::{
    Document, DocumentKind, DueRow, Page, Record, Saved, SourceApi, SourceApiError, Store, StoreError,
    ending::end_on_time,
    ingest::{Merged, Outcome, ingest, merge},
    intake::{Intake, unwrap},
    quarantine::Quarantined,
    reconcile::{Reconcile, reconcile},
    source_api::{self, Lookup},
    state::{Migration, all_open, migrate},
};
use plimsoll_readiness::{RunningScore, assess_lines, draft_digest, read_statements};
use plimsoll_tests::{
    harness::{Harness, SOURCES, Scripted, guardduty},
    samples::{root, samples},
};
use serde_json::{Value, json};

/// Counts what is read through it.
struct Counting {
    store: LocalStore,
    records: AtomicUsize,
    documents: AtomicUsize,
    whole: AtomicUsize,
    loading: AtomicUsize,
    most_at_once: AtomicUsize,
}

impl Counting {
    fn over(store: LocalStore) -> Self {
        let zero = || AtomicUsize::new(0);
        Self { store, records: zero(), documents: zero(), whole: zero(), loading: zero(), most_at_once: zero() }
    }

    /// Records and documents that were read since the last time.
    fn read(&self) -> (usize, usize) {
        (self.records.swap(0, Ordering::SeqCst), self.documents.swap(0, Ordering::SeqCst))
    }

    fn records(&self, number: usize) {
        self.records.fetch_add(number, Ordering::SeqCst);
    }
}

#[async_trait]
impl Store for Counting {
    async fn load(&self, key: &FindingKey) -> Result<Option<Record>, StoreError> {
        self.records(1);
        let now = self.loading.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        tokio::task::yield_now().await;
        self.loading.fetch_sub(1, Ordering::SeqCst);
        self.store.load(key).await
    }

    async fn save(&self, record: &Record) -> Result<Saved, StoreError> {
        self.store.save(record).await
    }

    async fn due(&self, channel: &ChannelId, now: Timestamp, limit: usize) -> Result<Vec<DueRow>, StoreError> {
        let rows = self.store.due(channel, now, limit).await?;
        self.records(rows.len());
        Ok(rows)
    }

    async fn open_page(&self, source: Option<&str>, after: Option<&str>) -> Result<Page, StoreError> {
        let page = self.store.open_page(source, after).await?;
        self.records(page.records.len());
        Ok(page)
    }

    async fn page(&self, after: Option<&str>) -> Result<Page, StoreError> {
        self.whole.fetch_add(1, Ordering::SeqCst);
        self.store.page(after).await
    }

    async fn find(&self, digits: &str) -> Result<Vec<Record>, StoreError> {
        self.store.find(digits).await
    }

    async fn generation(&self) -> Result<Option<u64>, StoreError> {
        self.store.generation().await
    }

    async fn document(&self, kind: DocumentKind, id: &str) -> Result<Option<Document>, StoreError> {
        self.documents.fetch_add(1, Ordering::SeqCst);
        self.store.document(kind, id).await
    }

    async fn put_document(&self, kind: DocumentKind, document: &Document) -> Result<Saved, StoreError> {
        self.store.put_document(kind, document).await
    }

    async fn latest_document(&self, kind: DocumentKind, before: &str) -> Result<Option<Document>, StoreError> {
        self.documents.fetch_add(1, Ordering::SeqCst);
        self.store.latest_document(kind, before).await
    }

    async fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>, StoreError> {
        let documents = self.store.documents(kind).await?;
        self.documents.fetch_add(documents.len(), Ordering::SeqCst);
        Ok(documents)
    }
}

/// An API that lists nothing and knows nothing.
struct Silent;

#[async_trait]
impl SourceApi for Silent {
    async fn lookup(&self, _: &Finding) -> Result<Lookup, SourceApiError> {
        Ok(Lookup::Unknown("it is silent".to_owned()))
    }

    async fn page(&self, _: Option<Timestamp>, _: Option<&str>) -> Result<source_api::Page, SourceApiError> {
        Ok(source_api::Page { events: Vec::new(), next: None })
    }
}

fn finding(source: &str, check: &str, resource: &str, at: Timestamp, status: Status) -> Finding {
    let envelope = json!({"id": format!("{resource}-{at}"), "detail-type": "X", "detail": {}, "time": at.to_string(),
        "account": "111122223333", "region": "eu-central-1"});
    let event = Event::from_envelope(&envelope, at).unwrap();
    Finding::new(source, check, Resource::new(resource, "kind", resource), &event)
        .severity(Severity::High, None)
        .status(status)
}

/// A store with that many resolved findings and forty open ones; the application over it.
async fn with_history(resolved: usize, folder: &Path) -> (Harness, Arc<Counting>) {
    let slack = Arc::new(Scripted::new("slack", Vec::new()));
    let channel = "[channels.slack]\nkind = \"slack-bot\"\nchannel = \"C0123456789\"\ntoken = { env = \"T\" }\n";
    let mut harness = Harness::new(channel, &[slack]);
    let store = LocalStore::rehearsal(&folder.join(format!("{resolved}.redb"))).unwrap();
    let store = Arc::new(Counting::over(store));
    harness.app.store = Arc::clone(&store) as Arc<dyn Store>;
    assert!(harness.app.migrate(SignedDuration::from_mins(1)).await.unwrap(), "an empty state is taken over at once");
    let now = harness.app.clock.now();
    let ago = |hours: i64| now - SignedDuration::from_hours(hours);
    for number in 0..resolved {
        let name = format!("over-{number}");
        let (source, check) =
            [("ecr-scan", "ecr-scan:scan-status"), ("guardduty-finding", "guardduty:finding")][number % 2];
        let spread = i64::try_from(number % 200).unwrap();
        for (at, status) in [(ago(300 + spread), Status::Open), (ago(30 + spread), Status::Resolved)] {
            ingest(store.as_ref(), &finding(source, check, &name, at, status), &harness.app.policy, at).await.unwrap();
        }
        // Told and over: nothing waits for it any more.
        let mut record =
            store.store.load(&finding(source, check, &name, now, Status::Open).key()).await.unwrap().unwrap();
        record.cursors.clear();
        store.save(&record).await.unwrap();
    }
    for number in 0..40 {
        let open = finding("ecr-scan", "ecr-scan:scan-status", &format!("open-{number}"), ago(5), Status::Open);
        ingest(store.as_ref(), &open, &harness.app.policy, ago(5)).await.unwrap();
    }
    store.read();
    store.whole.store(0, Ordering::SeqCst);
    (harness, store)
}

/// What each question reads: records and documents.
async fn costs(resolved: usize, folder: &Path) -> BTreeMap<&'static str, (usize, usize)> {
    let (harness, store) = with_history(resolved, folder).await;
    let app = &harness.app;
    let now = app.clock.now();
    let mut costs = BTreeMap::new();
    let digest = app.digest(now).await.unwrap();
    assert_eq!(digest.open_counts.iter().map(|(_, count)| count).sum::<usize>(), 40);
    costs.insert("digest", store.read());
    assert_eq!(end_on_time(store.as_ref(), &app.policy, now).await.unwrap(), 0);
    costs.insert("end on time", store.read());
    harness.deliver().await;
    costs.insert("sweep", store.read());
    let source = SOURCES.into_iter().find(|source| source.name == "guardduty-finding").unwrap();
    let (policy, clock) = (&app.policy, app.clock.as_ref());
    let with = Reconcile { store: store.as_ref(), policy, clock, source: &source, source_api: &Silent, verifier: None };
    assert!(reconcile(&with, SignedDuration::from_mins(5)).await.unwrap().complete);
    costs.insert("reconcile", store.read());
    let event = finding("ecr-scan", "ecr-scan:scan-status", "open-1", now, Status::Resolved);
    ingest(store.as_ref(), &event, policy, now).await.unwrap();
    costs.insert("ingest", store.read());
    read_statements(store.as_ref()).await.unwrap();
    costs.insert("score", store.read());
    assert_eq!(store.whole.load(Ordering::SeqCst), 0, "nobody read all of it");
    costs
}

#[tokio::test]
async fn no_question_costs_more_when_the_history_grows() {
    let folder = tempfile::tempdir().unwrap();
    let (few, many) = (costs(100, folder.path()).await, costs(1_500, folder.path()).await);
    assert_eq!(few, many);
    // 40 open findings, each due on one channel.
    assert!(few["digest"].0 <= 170, "{few:?}");
    assert!(few["end on time"].0 == 40 && few["score"].0 == 39, "{few:?}");
    assert_eq!(few["reconcile"].0, 0, "none of its own source is open: {few:?}");
    assert_eq!(few["ingest"].0, 1, "{few:?}");
}

/// `replay` and `invoke` on one machine: the score is kept from event to event, and read again when somebody else wrote.
#[tokio::test]
async fn an_event_on_one_machine_costs_the_same_however_many_came_before() {
    let folder = tempfile::tempdir().unwrap();
    let (mut harness, store) = with_history(20, folder.path()).await;
    harness.app.local = true;
    let app = &harness.app;
    let mut costs = Vec::new();
    let handle = async |number: usize| {
        let event = guardduty(&format!("finding-{number}"), 8.0, "2026-11-02T09:14:00Z", false);
        let summaries = app.handle(&unwrap(&event, &SOURCES, app.clock.now()), &SOURCES).await.unwrap();
        assert_eq!(summaries[0].outcome, Some(Outcome::Applied));
        summaries[0].score.unwrap().after
    };
    let fresh = async || {
        let now = app.clock.now();
        RunningScore::load(app.store.as_ref(), &app.policy, now).await.unwrap().update(&[], &app.policy, now).after
    };
    for number in 0..60 {
        let after = handle(number).await;
        costs.push(store.read());
        assert_eq!(after, fresh().await);
        store.read();
    }
    assert_eq!(costs[1], costs[59]);
    assert_eq!((costs[0].0, costs[1].0), (41, 1), "what is open is read once");

    let now = app.clock.now();
    let other = finding("ecr-scan", "ecr-scan:scan-status", "other", now, Status::Open);
    ingest(&store.store, &other, &app.policy, now).await.unwrap();
    assert_eq!(handle(60).await, fresh().await);
    assert!(store.read().0 > 100, "another process wrote");
}

/// A clean statement is a small row for fifteen days; what was ever open stays, whatever comes after.
#[tokio::test]
async fn only_what_was_never_open_is_forgotten() {
    let harness = Harness::new("", &[]);
    let (app, store) = (&harness.app, harness.app.store.as_ref());
    assert!(app.migrate(SignedDuration::from_mins(1)).await.unwrap());
    let now = app.clock.now();
    let say = async |name: &str, hours: i64, status| {
        let at = now - SignedDuration::from_hours(hours);
        let said = finding("ecr-scan", "ecr-scan:scan-status", name, at, status).fact("words", Some("x".repeat(500)));
        ingest(store, &said, &app.policy, now).await.unwrap().outcome
    };
    assert_eq!(say("clean", 5, Status::Resolved).await, Outcome::Applied);
    assert_eq!(say("clean", 6, Status::Open).await, Outcome::Stale, "an older one that is late");
    assert_eq!(say("clean", 5, Status::Resolved).await, Outcome::Duplicate);
    for (hours, status) in [(9, Status::Resolved), (8, Status::Open), (7, Status::Resolved)] {
        assert_eq!(say("was-open", hours, status).await, Outcome::Applied);
    }
    assert_eq!(say("open", 8, Status::Open).await, Outcome::Applied);
    let said = read_statements(store).await.unwrap().signals;
    let after = async |days: i64| {
        end_on_time(store, &app.policy, now + SignedDuration::from_hours(24 * days)).await.unwrap();
        let mut names: Vec<String> =
            store.records().await.unwrap().into_iter().map(|it| it.finding.resource.name).collect();
        names.sort();
        names
    };
    assert_eq!(after(14).await, ["clean", "open", "was-open"]);
    assert_eq!(after(16).await, ["open", "was-open"]);
    assert_eq!(read_statements(store).await.unwrap().signals, said, "what it proved is kept");
}

/// A batch waits for the store a few times, not once for each event; and what speaks of one finding stays in order.
#[tokio::test]
async fn different_findings_of_a_batch_are_written_at_the_same_time_and_one_finding_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (harness, store) = with_history(0, folder.path()).await;
    let app = &harness.app;
    let mut events = vec![guardduty("one", 8.0, "2026-11-02T09:12:00Z", false)];
    events.extend((0..20).map(|number| guardduty(&format!("other-{number}"), 8.0, "2026-11-02T09:10:00Z", false)));
    events.push(guardduty("one", 5.0, "2026-11-02T09:11:00Z", false));
    events.push(guardduty("one", 9.0, "2026-11-02T09:13:00Z", false));
    let deliveries = events.iter().flat_map(|event| unwrap(event, &SOURCES, app.clock.now()).deliveries).collect();
    let summaries = app.handle(&Intake { deliveries, batch: true }, &SOURCES).await.unwrap();
    let outcomes: Vec<_> = summaries.iter().map(|summary| summary.outcome.unwrap()).collect();
    let mut expected = vec![Outcome::Applied; 23];
    expected[21] = Outcome::Stale;
    assert_eq!(outcomes, expected);
    for (summary, event) in summaries.iter().zip(&events) {
        assert_eq!(summary.event_id, event["id"].as_str().unwrap(), "each stands where its event stood");
    }
    let most = store.most_at_once.load(Ordering::SeqCst);
    assert!((2..=8).contains(&most), "{most} at once");
}

/// All shipped events through the real handlers: what is open and what the rest proves give every line the state that
/// reading all records gives.
#[tokio::test]
async fn a_state_says_the_same_before_and_after_it_was_taken_over() {
    let mut harness = Harness::new("", &[]);
    harness.app.policy.checklist = Checklist::where_one_is_enough().unwrap();
    let app = &harness.app;
    for sample in samples().unwrap() {
        app.handle(&sample.intake(), &SOURCES).await.unwrap();
    }
    let now = app.clock.now();
    let said = async || {
        let (mut digest, snapshot) =
            draft_digest(app.store.as_ref(), &app.policy, &["ecr-scan"], 3, now).await.unwrap();
        for source in &mut digest.sources {
            source.last_event = None;
        }
        (digest, snapshot)
    };
    let before = said().await;
    assert!(
        migrate(app.store.as_ref(), &app.policy, app.clock.as_ref(), Timestamp::MAX, Migration::LOCAL).await.unwrap()
    );
    let after = said().await;
    assert_eq!(before, after);
    let states: BTreeSet<_> = before.1.lines.values().map(|state| format!("{state:?}")).collect();
    assert!(before.0.open_counts.iter().any(|(_, count)| *count > 10) && states.len() >= 3, "{states:?}");
}

/// The state of a line since one statement proves no line that is about every unit: a drill (DR-06) is about one.
fn since(id: &str, said: ItemState) -> ItemState {
    match said {
        ItemState::Met | ItemState::Stale if id != "DR-06" => ItemState::Unknown,
        same => same,
    }
}

/// A file that an older build wrote, packed.
fn released(name: &str, folder: &Path) -> LocalStore {
    let packed = std::fs::read(root().join("tests/released").join(format!("{name}.redb.gz"))).unwrap();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).unwrap();
    let path = folder.join("state.redb");
    std::fs::write(&path, bytes).unwrap();
    LocalStore::open(&path).unwrap()
}

/// `tests/released/version-1` was written by the last build without a version document, by `plimsoll replay` of four folders
/// of samples; the JSON file beside it is what that build said of it.
#[tokio::test]
async fn what_an_older_build_wrote_is_read_and_nobody_is_told_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = Harness::new("", &[]);
    harness.app.store = Arc::new(released("version-1", folder.path()));
    let text = std::fs::read_to_string(root().join("tests/released/version-1.json")).unwrap();
    let said: Value = serde_json::from_str(&text).unwrap();
    let at: Timestamp = said["said_at"].as_str().unwrap().parse().unwrap();
    harness.hand.advance(at.duration_since(harness.app.clock.now()));
    let app = &harness.app;
    let (store, policy) = (app.store.as_ref(), &app.policy);
    for taken_over in [false, true] {
        if taken_over {
            assert!(migrate(store, policy, app.clock.as_ref(), Timestamp::MAX, Migration::LOCAL).await.unwrap());
        }
        let open: Vec<String> = all_open(store, None).await.unwrap().iter().map(|it| it.key.to_string()).collect();
        let wanted: Vec<&str> = said["open"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(open, wanted);
        let statements = read_statements(store).await.unwrap();
        let lines = assess_lines(policy, &statements.signals, &[], &statements.open, at);
        let lines: BTreeMap<&str, ItemState> = lines.iter().map(|it| (it.item.id.as_str(), it.state)).collect();
        let wanted: BTreeMap<&str, ItemState> = said["lines"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(id, state)| (id.as_str(), since(id, serde_json::from_value(state.clone()).unwrap())))
            .collect();
        assert_eq!(lines, wanted);
    }
    let waiting = Quarantined::waiting(store).await.unwrap();
    assert_eq!(waiting.len(), 16);
    for one in &waiting {
        assert!(one.event.is_empty() && !one.raw_event(store).await.unwrap().is_empty(), "{one:?}");
    }
    for sample in samples().unwrap() {
        let intake = sample.intake();
        if !["guardduty-finding", "ecr-scan", "backup-job", "config-rule"]
            .iter()
            .any(|it| sample.to_string().contains(it))
        {
            continue;
        }
        for summary in app.handle(&intake, &SOURCES).await.unwrap() {
            // These lines became critical after that build, so what breaks their rules is worse; nothing else is news.
            let is_regraded = summary
                .findings
                .iter()
                .all(|it| it.checklist.iter().any(|line| ["GOV-01", "GOV-03", "GOV-06"].contains(&line.as_str())));
            assert!(summary.outcome != Some(Outcome::Applied) || is_regraded, "{sample}: {summary:?}");
        }
    }
}

#[tokio::test]
async fn a_deployed_state_is_taken_over_in_two_passes() {
    let harness = Harness::new("", &[]);
    let app = &harness.app;
    let policy = &app.policy;
    let store = app.store.as_ref();
    let now = app.clock.now();
    ingest(store, &finding("ecr-scan", "ecr-scan:scan-status", "r", now, Status::Open), policy, now).await.unwrap();
    let pass = async || app.migrate(SignedDuration::from_mins(1)).await.unwrap();
    assert!(!pass().await, "functions of the older build may still write");
    assert!(!pass().await);
    harness.hand.advance(SignedDuration::from_hours(25));
    assert!(pass().await);
    assert!(pass().await, "once it is done, it is done");
    assert_eq!(all_open(store, None).await.unwrap().len(), 1);
}

fn number(name: &str, otherwise: &str) -> Vec<usize> {
    let text = std::env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    text.split(',').map(|number| number.trim().parse().unwrap()).collect()
}

/// The most memory that the process had since the last time, in MiB: <https://docs.kernel.org/filesystems/proc.html>.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() / 1024;
    std::fs::write("/proc/self/clear_refs", "5").ok();
    peak
}

/// Times and memory for a history of each size: `CONTRIBUTING.md` has the command and what it printed.
#[tokio::test]
#[ignore = "a measurement"]
async fn figures() {
    let open = number("PLIMSOLL_OPEN", "200")[0];
    println!("history open bytes_each takeover_s digest_s digest_peak_mib ingest_ms sweep_ms reconcile_ms");
    for history in number("PLIMSOLL_HISTORY", "200,1000") {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        let mut harness = Harness::new("", &[]);
        let (policy, now) = (harness.app.policy.clone(), harness.app.clock.now());
        let at = now - SignedDuration::from_hours(5);
        let subject = |name: &str, at, status| {
            let mut finding = finding("ecr-scan", "ecr-scan:scan-status", name, at, status);
            for fact in 0..if status == Status::Open { 20 } else { 2 } {
                finding = finding.fact(&format!("fact {fact}"), Some("x".repeat(500)));
            }
            finding
        };
        let mut bytes = 0;
        {
            let store = LocalStore::rehearsal(&path).unwrap();
            for number in 0..history + open {
                let name = format!("r-{number}");
                let Merged::Applied(mut record) = merge(None, &subject(&name, at, Status::Open), at) else { panic!() };
                if number < history {
                    let over = subject(&name, at + SignedDuration::from_hours(1), Status::Resolved);
                    let Merged::Applied(next) = merge(Some(&record), &over, now) else { panic!() };
                    record = next;
                    record.other = None;
                }
                bytes = serde_json::to_vec(&record).unwrap().len();
                store.save(&record).await.unwrap();
            }
            store.flush().unwrap();
        }
        harness.app.store = Arc::new(LocalStore::open(&path).unwrap());
        let (app, store) = (&harness.app, harness.app.store.as_ref());
        let started = Instant::now();
        assert!(migrate(store, &policy, app.clock.as_ref(), Timestamp::MAX, Migration::LOCAL).await.unwrap());
        let takeover = started.elapsed();
        peak_mib();
        let started = Instant::now();
        let digest = app.digest(now).await.unwrap();
        let (took, peak) = (started.elapsed(), peak_mib());
        assert_eq!(digest.open_counts.iter().map(|(_, count)| count).sum::<usize>(), open);
        let started = Instant::now();
        for number in 0..20 {
            let fresh = subject(&format!("new-{number}"), now, Status::Open);
            ingest(store, &fresh, &policy, now).await.unwrap();
        }
        let ingested = started.elapsed() / 20;
        let started = Instant::now();
        harness.deliver().await;
        let swept = started.elapsed();
        let source = SOURCES.into_iter().find(|source| source.name == "guardduty-finding").unwrap();
        let clock = app.clock.as_ref();
        let with = Reconcile { store, policy: &policy, clock, source: &source, source_api: &Silent, verifier: None };
        let started = Instant::now();
        reconcile(&with, SignedDuration::from_mins(5)).await.unwrap();
        let reconciled = started.elapsed();
        println!(
            "{history} {open} {bytes} {:.1} {:.2} {peak} {:.1} {:.1} {:.1}",
            takeover.as_secs_f64(),
            took.as_secs_f64(),
            ingested.as_secs_f64() * 1e3,
            swept.as_secs_f64() * 1e3,
            reconciled.as_secs_f64() * 1e3,
        );
    }
}
