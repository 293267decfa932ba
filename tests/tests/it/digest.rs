//! The digest: once per scheduled time and channel, and every change since the one before.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use plimsoll_checklist::{Checklist, ItemState};
use plimsoll_finding::{Event, Finding, Resource, Severity, Status};
use plimsoll_local::LocalStore;
use plimsoll_message::{ChangeKind, ChannelId, Message, Notifier, Receipt, SendError};
use plimsoll_pipeline::{
    Clock, DocumentKind, Policy, Store,
    ingest::{Merged, ingest, merge},
};
use plimsoll_readiness::{DigestOutcome, deliver_digest, make_digest};
use serde_json::json;

const SOURCES: [&str; 2] = ["ecr-scan", "backup-job"];

#[derive(Debug)]
struct ManualClock(Mutex<Timestamp>);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct Recording {
    channel: ChannelId,
    failures_left: AtomicUsize,
    accepted: Mutex<Vec<Message>>,
}

impl Recording {
    fn new(failures: usize) -> Self {
        Self { channel: ChannelId::new("slack"), failures_left: failures.into(), accepted: Mutex::default() }
    }
}

#[async_trait]
impl Notifier for Recording {
    fn channel(&self) -> &ChannelId {
        &self.channel
    }

    async fn send(&self, message: &Message, _: Timestamp) -> Result<Receipt, SendError> {
        if self.failures_left.load(Ordering::Relaxed) > 0 {
            self.failures_left.fetch_sub(1, Ordering::Relaxed);
            return Err(SendError::Refused("down".into()));
        }
        self.accepted.lock().unwrap().push(message.clone());
        Ok(Receipt::default())
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn policy() -> Policy {
    Policy {
        runbooks_url: None,
        checklist: Checklist::shipped().unwrap(),
        environments: Vec::new(),
        routes: Vec::new(),
        channels: [].into(),
        waivers: Vec::new(),
        targets: [].into(),
        accounts: Vec::new(),
        regions: Vec::new(),
        cost: plimsoll_pipeline::CostPolicy::default(),
        account_names: [].into(),
    }
}

fn finding(resource: &str, time: &str, status: Status, severity: Severity) -> Finding {
    let event = Event::from_envelope(
        &json!({"id": time, "detail-type": "X", "detail": {}, "account": "111122223333", "time": time}),
        at(time),
    )
    .unwrap();
    Finding::new("ecr-scan", "ecr-scan:scan-status", Resource::new(resource, "ecr-image", resource), &event)
        .severity(severity, None)
        .status(status)
        .title(&format!("scan of {resource}"))
}

async fn put(store: &LocalStore, finding: &Finding) {
    ingest(store, finding, &policy(), finding.observed_at).await.unwrap();
}

#[tokio::test]
async fn one_digest_per_time_and_channel_however_often_the_scheduler_fires() {
    let store = LocalStore::in_memory().unwrap();
    let slack = Recording::new(0);
    for (fires, scheduled) in [(1, "2026-10-05T08:00:00Z"), (2, "2026-10-12T08:00:00Z"), (10, "2026-10-19T08:00:00Z")] {
        let clock = ManualClock(Mutex::new(at(scheduled)));
        for fire in 0..fires {
            *clock.0.lock().unwrap() = at(scheduled) + SignedDuration::from_secs(fire);
            let digest = make_digest(&store, &policy(), &SOURCES, 3, at(scheduled)).await.unwrap();
            let outcome = deliver_digest(&store, &slack, &digest, &clock).await.unwrap();
            let expected = if fire == 0 { DigestOutcome::Delivered } else { DigestOutcome::AlreadyDelivered };
            assert_eq!(outcome, expected, "{fire} of {fires}");
        }
    }
    assert_eq!(slack.accepted.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_repeat_says_the_same_even_if_the_world_changed_and_a_failure_is_tried_again() {
    let store = LocalStore::in_memory().unwrap();
    let scheduled = at("2026-10-05T08:00:00Z");
    let clock = ManualClock(Mutex::new(scheduled));
    let slack = Recording::new(1);
    let digest = make_digest(&store, &policy(), &SOURCES, 3, scheduled).await.unwrap();
    assert!(matches!(deliver_digest(&store, &slack, &digest, &clock).await.unwrap(), DigestOutcome::Failed(_)));
    put(&store, &finding("web", "2026-10-05T08:00:01Z", Status::Open, Severity::Critical)).await;
    let again = make_digest(&store, &policy(), &SOURCES, 3, scheduled).await.unwrap();
    assert_eq!(again, digest);
    assert_eq!(deliver_digest(&store, &slack, &again, &clock).await.unwrap(), DigestOutcome::Delivered);
    assert_eq!(slack.accepted.lock().unwrap().as_slice(), [Message::Digest(digest)]);
}

#[tokio::test]
async fn a_sender_that_died_is_followed_after_its_lease() {
    struct Never(ChannelId);
    #[async_trait]
    impl Notifier for Never {
        fn channel(&self) -> &ChannelId {
            &self.0
        }
        async fn send(&self, _: &Message, _: Timestamp) -> Result<Receipt, SendError> {
            std::future::pending().await
        }
    }
    let store = LocalStore::in_memory().unwrap();
    let scheduled = at("2026-10-05T08:00:00Z");
    let clock = ManualClock(Mutex::new(scheduled));
    let digest = make_digest(&store, &policy(), &SOURCES, 3, scheduled).await.unwrap();
    let dies = Never(ChannelId::new("slack"));
    tokio::select! {
        biased;
        _ = deliver_digest(&store, &dies, &digest, &clock) => panic!("it never answers"),
        () = std::future::ready(()) => {}
    }
    let slack = Recording::new(0);
    assert_eq!(deliver_digest(&store, &slack, &digest, &clock).await.unwrap(), DigestOutcome::InProgress);
    *clock.0.lock().unwrap() = scheduled + SignedDuration::from_secs(121);
    assert_eq!(deliver_digest(&store, &slack, &digest, &clock).await.unwrap(), DigestOutcome::Delivered);
}

#[tokio::test]
async fn what_changed_what_is_open_and_who_is_silent() {
    let store = LocalStore::in_memory().unwrap();
    put(&store, &finding("gone", "2026-10-01T00:00:00Z", Status::Open, Severity::High)).await;
    put(&store, &finding("worse", "2026-10-01T00:00:00Z", Status::Open, Severity::Low)).await;
    let first = make_digest(&store, &policy(), &SOURCES, 3, at("2026-10-05T08:00:00Z")).await.unwrap();
    assert!(first.changes.is_empty() && first.previous_score.is_none(), "there is nothing to compare with");
    assert_eq!(first.sources[0].silent_days, Some(4));
    assert_eq!((first.sources[1].last_event, first.sources[1].silent_days), (None, None));

    put(&store, &finding("gone", "2026-10-06T00:00:00Z", Status::Resolved, Severity::High)).await;
    put(&store, &finding("worse", "2026-10-06T00:00:00Z", Status::Open, Severity::Critical)).await;
    put(&store, &finding("new", "2026-10-11T00:00:00Z", Status::Open, Severity::Medium)).await;
    let second = make_digest(&store, &policy(), &SOURCES, 3, at("2026-10-12T08:00:00Z")).await.unwrap();
    let changes: Vec<_> = second.changes.iter().map(|c| (c.kind, c.severity, c.title.as_str())).collect();
    assert_eq!(
        changes,
        [
            (ChangeKind::Opened, Severity::Medium, "scan of new"),
            (ChangeKind::Worse, Severity::Critical, "scan of worse"),
            (ChangeKind::Resolved, Severity::High, "scan of gone"),
        ]
    );
    assert_eq!(second.change_counts, [1, 1, 1]);
    assert_eq!(second.open.iter().map(|c| c.title.as_str()).collect::<Vec<_>>(), ["scan of worse", "scan of new"]);
    assert_eq!(second.sources[0].silent_days, None);
    assert_eq!(second.previous_at, Some(first.scheduled_for));
}

#[tokio::test]
async fn a_line_that_changes_is_named() {
    let store = LocalStore::in_memory().unwrap();
    put(&store, &finding("web", "2026-10-01T00:00:00Z", Status::Resolved, Severity::Informational)).await;
    let first = make_digest(&store, &policy(), &SOURCES, 3, at("2026-10-05T08:00:00Z")).await.unwrap();
    put(&store, &finding("web", "2026-10-06T00:00:00Z", Status::Open, Severity::High)).await;
    let second = make_digest(&store, &policy(), &SOURCES, 3, at("2026-10-12T08:00:00Z")).await.unwrap();
    let line = second.lines.iter().find(|l| l.id == "SEC-02").expect("SEC-02 has changed");
    assert_eq!(
        (line.from, line.to),
        (ItemState::Unknown, ItemState::Gap),
        "one good scan proves nothing of the others"
    );
    assert!(second.score.current <= first.score.current);
}

#[tokio::test]
async fn samples_are_neither_counted_nor_listed() {
    let store = LocalStore::in_memory().unwrap();
    let mut sample = finding("sample", "2026-10-01T00:00:00Z", Status::Open, Severity::Critical);
    sample.sample = true;
    put(&store, &sample).await;
    let digest = make_digest(&store, &policy(), &SOURCES, 3, at("2026-10-05T08:00:00Z")).await.unwrap();
    assert!(digest.open.is_empty() && digest.open_counts.iter().all(|(_, n)| *n == 0));
    assert_eq!(store.records().await.unwrap().len(), 1);
}

/// `DynamoDB` takes items of at most 400 KB; 20,000 open findings in one document would be 1.7 MB.
#[tokio::test]
async fn a_digest_with_20_000_open_findings_is_written_told_and_compared_with_the_next() {
    const OPEN: usize = 20_000;
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::rehearsal(&folder.path().join("state.redb")).unwrap();
    let now = at("2026-10-01T00:00:00Z");
    for number in 0..OPEN {
        let open = finding(&format!("r-{number}"), "2026-10-01T00:00:00Z", Status::Open, Severity::Informational);
        let Merged::Applied(record) = merge(None, &open, now) else { panic!("the first is applied") };
        store.save(&record).await.unwrap();
    }
    let clock = ManualClock(Mutex::new(at("2026-10-05T08:00:00Z")));
    let slack = Recording::new(0);
    let first = make_digest(&store, &policy(), &SOURCES, 3, at("2026-10-05T08:00:00Z")).await.unwrap();
    assert_eq!(first.open_counts.iter().map(|(_, count)| count).sum::<usize>(), OPEN);
    assert_eq!(deliver_digest(&store, &slack, &first, &clock).await.unwrap(), DigestOutcome::Delivered);
    assert_eq!(slack.accepted.lock().unwrap().as_slice(), [Message::Digest(first)]);
    let mut parts = 0;
    for kind in [DocumentKind::Score, DocumentKind::Snapshot, DocumentKind::Digest] {
        for document in store.documents(kind).await.unwrap() {
            parts += usize::from(kind == DocumentKind::Snapshot);
            let bytes = document.body.to_string().len();
            assert!(bytes < 300 * 1024, "{} {} has {bytes} bytes", kind.name(), document.id);
        }
    }
    assert_eq!(parts, 14);

    put(&store, &finding("r-7", "2026-10-06T00:00:00Z", Status::Resolved, Severity::Informational)).await;
    put(&store, &finding("r-19999", "2026-10-06T00:00:00Z", Status::Open, Severity::High)).await;
    put(&store, &finding("new", "2026-10-06T00:00:00Z", Status::Open, Severity::Low)).await;
    let second = make_digest(&store, &policy(), &SOURCES, 3, at("2026-10-12T08:00:00Z")).await.unwrap();
    assert_eq!(second.change_counts, [1, 1, 1], "what was open in every part is known");
}
