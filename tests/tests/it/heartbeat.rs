//! Heartbeats: what goes in as an event must come out of every channel, without telling anybody, and when it does not, that
//! is known.

use std::sync::Arc;

use jiff::SignedDuration;
use plimsoll_app::HeartbeatReports;
use plimsoll_finding::Status;
use plimsoll_message::{ProbeError, SendError};
use plimsoll_pipeline::{
    delivery::heartbeat::heartbeat_statuses,
    heartbeat::last_heartbeats,
    ingest::Outcome,
    intake::{EventSummary, unwrap},
};
use plimsoll_tests::harness::{Harness, SOURCES, Scripted, TWO_CHANNELS, guardduty};
use serde_json::{Value, json};

/// Seven hours, after which the alarm goes off.
const TOO_LONG: i64 = 7 * 3600;

struct Scene {
    bench: Harness,
    slack: Arc<Scripted>,
    mail: Arc<Scripted>,
    expected: Vec<String>,
}

/// The numbers of all functions.
fn all() -> Vec<usize> {
    (0..SOURCES.len()).collect()
}

impl Scene {
    fn new() -> Self {
        let slack = Arc::new(Scripted::new("slack", Vec::new()));
        let mail = Arc::new(Scripted::new("mail", Vec::new()));
        let config = format!("accounts = [\"111122223333\"]\n{TWO_CHANNELS}");
        let bench = Harness::new(&config, &[Arc::clone(&slack), Arc::clone(&mail)]);
        let expected = SOURCES.iter().map(|source| format!("{}/default", source.name)).collect();
        Self { bench, slack, mail, expected }
    }

    /// What the schedule puts on the default bus now.
    fn event(&self) -> Value {
        let now = self.bench.app.clock.now();
        json!({"id": format!("heartbeat-{now}"), "source": "plimsoll", "detail-type": "Heartbeat", "account": "111122223333",
            "region": "eu-central-1", "time": format!("{now:.0}"), "resources": [], "detail": {"bus": "default"}})
    }

    /// The event reaches the functions with these numbers.
    async fn record_heartbeat(&self, functions: &[usize]) -> Vec<EventSummary> {
        let mut summaries = Vec::new();
        for function in functions {
            summaries.extend(self.reach(*function, &self.event()).await);
        }
        summaries
    }

    async fn reach(&self, function: usize, event: &Value) -> Vec<EventSummary> {
        let sources = &SOURCES[function..=function];
        let intake = unwrap(event, sources, self.bench.app.clock.now());
        self.bench.app.handle(&intake, sources).await.unwrap()
    }

    /// Some minutes later the sweep runs.
    async fn sweep(&self, minutes: i64) -> HeartbeatReports {
        self.bench.later(minutes).await;
        self.bench.app.receive_heartbeats(&self.expected, SignedDuration::from_mins(1)).await.unwrap()
    }
}

#[tokio::test]
async fn a_heartbeat_comes_out_of_every_channel_and_tells_nobody() {
    let scene = Scene::new();
    let heard = scene.sweep(0).await;
    assert_eq!(heard["slack"].age_seconds, 0, "a new deployment has its time");
    for _ in 0..8 {
        let summaries = scene.record_heartbeat(&all()).await;
        assert!(summaries.iter().all(|s| s.outcome == Some(Outcome::Applied)), "{summaries:?}");
        let heard = scene.sweep(1).await;
        for channel in ["slack", "mail"] {
            assert_eq!((heard[channel].age_seconds, &heard[channel].fault), (60, &None), "{channel}");
        }
        scene.sweep(1).await;
        let worst = scene.sweep(6 * 60 - 2).await;
        assert!(worst["slack"].age_seconds < TOO_LONG);
    }
    assert_eq!((scene.slack.probed(), scene.mail.probed()), (8, 8), "once for each heartbeat");
    assert!(scene.slack.titles().is_empty() && scene.mail.titles().is_empty());
    assert!(scene.bench.records().await.is_empty(), "a heartbeat is no finding");
    let digest = scene.bench.app.digest(scene.bench.app.clock.now()).await.unwrap();
    assert!(digest.sources.iter().all(|source| source.last_event.is_none()), "nor an event of its source");
}

#[tokio::test]
async fn a_way_that_is_broken_anywhere_is_known_within_an_hour_and_is_named() {
    for broken in 0..SOURCES.len() {
        let scene = Scene::new();
        scene.record_heartbeat(&all()).await;
        scene.sweep(1).await;
        let others: Vec<usize> = (0..SOURCES.len()).filter(|function| *function != broken).collect();
        scene.sweep(6 * 60 - 1).await;
        scene.record_heartbeat(&others).await;
        assert!(scene.sweep(30).await["slack"].age_seconds < TOO_LONG);
        let heard = scene.sweep(31).await;
        assert!(heard["slack"].age_seconds >= TOO_LONG, "{heard:?}");
        assert_eq!(heard["slack"].path, scene.expected[broken]);
    }
}

#[tokio::test]
async fn a_channel_that_cannot_be_told_is_a_finding_before_there_is_something_to_tell() {
    let scene = Scene::new();
    scene.slack.probes(Some(ProbeError::Broken("the app is not in channel alerts".to_owned())));
    scene.slack.always(Some(SendError::Dead("not in channel".to_owned())));
    scene.record_heartbeat(&all()).await;
    let heard = scene.sweep(1).await;
    assert!(heard["slack"].fault.as_ref().unwrap().contains("not in channel alerts"));
    assert_eq!(heard["mail"].fault, None);
    scene.sweep(2).await;
    assert_eq!(scene.mail.titles(), ["Channel slack cannot be told anything"], "the fallback hears it");
    let heard = scene.sweep(7 * 60).await;
    assert!(heard["slack"].age_seconds >= TOO_LONG && scene.mail.titles().len() == 1, "{heard:?}");

    scene.slack.probes(None);
    scene.slack.always(None);
    for _ in 0..6 {
        scene.sweep(2).await;
    }
    let heard = scene.sweep(0).await;
    assert_eq!(heard["slack"].fault, None);
    let records = scene.bench.records().await;
    assert_eq!(records.iter().map(plimsoll_pipeline::Record::status).collect::<Vec<_>>(), [Status::Resolved]);
    assert_eq!(heartbeat_statuses(scene.bench.app.store.as_ref()).await.unwrap()["slack"].len(), SOURCES.len());
}

#[tokio::test]
async fn what_was_heard_is_forgotten_where_heartbeats_are_left_out() {
    let mut scene = Scene::new();
    scene.slack.probes(Some(ProbeError::Broken("the app is not in channel alerts".to_owned())));
    scene.record_heartbeat(&all()).await;
    scene.sweep(1).await;
    assert_eq!(scene.bench.records().await[0].status(), Status::Open);
    scene.expected.clear();
    assert!(scene.sweep(1).await.is_empty(), "nothing is expected");
    assert_eq!(scene.bench.records().await[0].status(), Status::Resolved, "nothing says that it is broken");
    let heard = heartbeat_statuses(scene.bench.app.store.as_ref()).await.unwrap();
    assert!(heard.values().all(std::collections::BTreeMap::is_empty), "doctor has nothing to miss: {heard:?}");
}

/// A message that the topic takes although nobody is subscribed does not prove that somebody hears it.
#[tokio::test]
async fn an_accepted_message_does_not_mend_what_a_probe_found() {
    let scene = Scene::new();
    scene.slack.probes(Some(ProbeError::Broken("nobody is subscribed".to_owned())));
    scene.record_heartbeat(&all()).await;
    for _ in 0..20 {
        scene.sweep(2).await;
    }
    let mentions = scene.slack.titles().iter().filter(|title| title.contains("cannot be told")).count();
    assert_eq!(mentions, 1, "{:?}", scene.slack.titles());
    assert_eq!(scene.bench.records().await[0].status(), Status::Open);
}

#[tokio::test]
async fn trouble_that_passes_delays_a_heartbeat_and_what_cannot_be_seen_does_not() {
    let scene = Scene::new();
    scene.slack.probes(Some(ProbeError::Failed("no answer from Slack".to_owned())));
    scene.mail.probes(Some(ProbeError::Unseen("allow sns:GetTopicAttributes".to_owned())));
    scene.record_heartbeat(&all()).await;
    for minute in 1..=5 {
        let heard = scene.sweep(1).await;
        assert_eq!(heard["slack"].fault.as_deref(), Some("no answer from Slack"));
        assert_eq!((heard["mail"].age_seconds, &heard["mail"].fault), (minute * 60, &None));
    }
    assert!(scene.bench.records().await.is_empty(), "it may be over in a minute");
    scene.slack.probes(None);
    scene.sweep(1).await;
    let heard = heartbeat_statuses(scene.bench.app.store.as_ref()).await.unwrap();
    assert!(["slack", "mail"].iter().all(|channel| heard[*channel].values().all(|path| path.last_received.is_some())));
}

#[tokio::test]
async fn a_channel_that_rests_is_left_alone() {
    let scene = Scene::new();
    let wait = SendError::Wait { wait: SignedDuration::from_mins(10), reason: "slow down".to_owned() };
    scene.slack.always(Some(wait));
    scene.bench.handle(&guardduty("high", 8.0, "2026-11-02T09:15:00Z", false)).await;
    scene.record_heartbeat(&all()).await;
    scene.sweep(1).await;
    assert_eq!(scene.slack.probed(), 0);
    scene.slack.always(None);
    scene.sweep(10).await;
    assert_eq!(scene.slack.probed(), 1);
}

#[tokio::test]
async fn without_time_for_an_answer_nobody_is_asked() {
    let scene = Scene::new();
    scene.record_heartbeat(&all()).await;
    let heard = scene.bench.app.receive_heartbeats(&scene.expected, SignedDuration::from_secs(20)).await.unwrap();
    assert_eq!((scene.slack.probed(), heard["slack"].age_seconds), (0, 0), "the age is known all the same");
    scene.sweep(1).await;
    assert_eq!(scene.slack.probed(), 1);
}

#[tokio::test]
async fn repeats_old_ones_and_forgeries_prove_nothing() {
    let scene = Scene::new();
    let first = scene.event();
    scene.bench.hand.advance(SignedDuration::from_hours(1));
    let second = scene.event();
    let outcome = async |event: &Value| scene.reach(0, event).await[0].outcome;
    assert_eq!(outcome(&second).await, Some(Outcome::Applied));
    assert_eq!(outcome(&second).await, Some(Outcome::Duplicate));
    assert_eq!(outcome(&first).await, Some(Outcome::Stale));
    let changed = |key: &str, value: Value| {
        let mut event = second.clone();
        event[key] = value;
        event
    };
    assert_eq!(outcome(&changed("account", json!("444455556666"))).await, Some(Outcome::Quarantined));
    assert_eq!(outcome(&changed("detail", json!({"bus": "a/b"}))).await, Some(Outcome::Ignored), "kept nowhere");
    assert_eq!(outcome(&changed("detail-type", json!("Channel Health"))).await, Some(Outcome::Quarantined));
    // One from the future would make the path look alive for years.
    assert_eq!(outcome(&changed("time", json!("2036-11-02T10:15:00Z"))).await, Some(Outcome::Duplicate));
    let kept = last_heartbeats(scene.bench.app.store.as_ref()).await.unwrap();
    assert_eq!(kept.into_values().collect::<Vec<_>>(), [scene.bench.app.clock.now()]);
    // All functions in one process: there is no way to a function.
    let intake = unwrap(&second, &SOURCES, scene.bench.app.clock.now());
    let all = scene.bench.app.handle(&intake, &SOURCES).await.unwrap();
    assert_eq!(all[0].outcome, Some(Outcome::Ignored));
}
