//! Heartbeats: events of our own that must come out of the far end, so that silence means health.
//!
//! A schedule puts one on each bus. It goes the way of every event (rule, queue, function, store), and each channel's
//! notifier hears it if the channel would take a message now. Nobody is told. A path is a function and the bus before
//! it: `ecr-scan/default`. What was not heard for too long is a metric with an alarm, on a way that uses none of this.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::Event;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Clock, Document, DocumentKind, Notifier, Outcome, Policy, ProbeError, Saved, Store, StoreError,
    channel_state::{self, ChannelState},
};

/// `source` and `detail-type` of a heartbeat, as schedule and rules write them.
pub const HEARTBEAT: (&str, &str) = ("plimsoll", "Heartbeat");
/// The buses that a heartbeat can begin on, as its detail names them.
const BUSES: [&str; 2] = ["default", "central"];
/// What a probe may take: two requests that are not answered.
const PROBE_TAKES: SignedDuration = SignedDuration::from_secs(25);
/// How often a lost race is tried again.
const MAX_RACES: usize = 16;

/// A heartbeat that reached its function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// `<function>/<bus>`.
    pub path: String,
    /// When it began.
    pub at: Timestamp,
}

/// Whether an event is a heartbeat. Anybody who may put events on a bus can send one, so whatever else is in it, it is not
/// kept: it proves nothing, and there is nothing in it to read.
#[must_use]
pub fn is_heartbeat(event: &Event) -> bool {
    (event.source.as_str(), event.detail_type.as_str()) == HEARTBEAT
}

/// Reads an event as a heartbeat that reached that function; `None` if it is another event, or names no bus of a suite. One
/// without a time began now, and none began later: a wrong clock must not make a path look alive.
#[must_use]
pub fn read_heartbeat(function: &str, event: &Event) -> Option<Heartbeat> {
    let named = event.detail.get("bus").filter(|_| is_heartbeat(event))?;
    let bus = BUSES.into_iter().find(|bus| named == bus)?;
    let at = event.time.map_or(event.received_at, |time| time.min(event.received_at));
    Some(Heartbeat { path: format!("{function}/{bus}"), at })
}

/// Keeps a heartbeat that reached its function: the newest of each path.
///
/// # Errors
/// The store could not answer, or others wrote all the time; the event is to be delivered again.
pub async fn beat(store: &dyn Store, heartbeat: &Heartbeat, now: Timestamp) -> Result<Outcome, StoreError> {
    let Heartbeat { path, at } = heartbeat;
    for _ in 0..MAX_RACES {
        let kept = store.document(DocumentKind::Heartbeat, path).await?;
        match kept.as_ref().and_then(began) {
            Some(known) if known == *at => return Ok(Outcome::Duplicate),
            Some(known) if known > *at => return Ok(Outcome::Stale),
            _ => {}
        }
        let revision = kept.map_or(0, |document| document.revision);
        let document = Document { id: path.clone(), revision, body: json!({"at": at, "received_at": now}) };
        if let Saved::Written(_) = store.put_document(DocumentKind::Heartbeat, &document).await? {
            return Ok(Outcome::Applied);
        }
    }
    Err(StoreError::new("put_document", path, "others wrote it each time"))
}

/// When the newest heartbeat of each path that reached its function began.
///
/// # Errors
/// The store could not answer.
pub async fn last_heartbeats(store: &dyn Store) -> Result<BTreeMap<String, Timestamp>, StoreError> {
    let documents = store.documents(DocumentKind::Heartbeat).await?;
    Ok(documents.iter().filter_map(|document| Some((document.id.clone(), began(document)?))).collect())
}

/// What each channel listens to, by channel and path.
///
/// # Errors
/// The store could not answer.
pub async fn last_heard(store: &dyn Store) -> Result<BTreeMap<String, BTreeMap<String, Listening>>, StoreError> {
    let heard = |document: Document| {
        let state: ChannelState = serde_json::from_value(document.body).unwrap_or_default();
        (document.id, state.heard.paths)
    };
    Ok(store.documents(DocumentKind::Channel).await?.into_iter().map(heard).collect())
}

fn began(document: &Document) -> Option<Timestamp> {
    document.body.get("at")?.as_str()?.parse().ok()
}

/// What a channel heard, between runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Heard {
    /// By path.
    #[serde(default)]
    paths: BTreeMap<String, Listening>,
    /// Why the channel cannot hear until somebody repairs it.
    #[serde(default)]
    pub(crate) deaf: Option<String>,
}

/// A path that a channel listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listening {
    /// When it began to listen.
    pub since: Timestamp,
    /// When the last heartbeat that it heard began.
    #[serde(default)]
    pub heard: Option<Timestamp>,
}

impl Listening {
    /// How long ago the last heartbeat began; if there was none, how long it has been waited for.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.heard.unwrap_or(self.since))
    }
}

/// What a channel hears, for logs and metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HearReport {
    /// The path that was heard longest ago.
    pub path: String,
    /// How long ago that heartbeat began, in seconds; if there was none, how long it has been waited for.
    pub age_seconds: i64,
    /// The channel cannot be told anything, or not now: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// Lets a channel hear the heartbeats that have reached their functions on the `expected` paths. The channel is probed
/// only when there is a new one, or while it is deaf, and if that can be done before the `deadline`. `None` if nothing is
/// expected; what was heard before is forgotten then.
///
/// # Errors
/// The store could not answer.
pub async fn hear(
    store: &dyn Store,
    notifier: &dyn Notifier,
    policy: &Policy,
    clock: &dyn Clock,
    expected: &[String],
    deadline: Timestamp,
) -> Result<Option<HearReport>, StoreError> {
    let (mut state, loaded) = channel_state::load(store, notifier.channel()).await?;
    if expected.is_empty() {
        // Heartbeats were left out: what was heard of them before means nothing any more.
        state.heard = Heard::default();
        loaded.save(store, &state, policy, clock.now()).await?;
        return Ok(None);
    }
    let arrived = last_heartbeats(store).await?;
    let now = clock.now();
    state.heard.listen_to(expected, now);
    let mut fault = None;
    let listens = state.heard.deaf.is_some() || state.heard.has_news(&arrived);
    if listens && !state.rests(now) && deadline.duration_since(now) > PROBE_TAKES {
        match notifier.probe().await {
            // What cannot be looked at is no reason for doubt: the next message will show.
            Ok(_) | Err(ProbeError::Unseen(_)) => state.heard.hear(&arrived),
            Err(ProbeError::Failed(reason)) => fault = Some(reason),
            Err(ProbeError::Broken(reason)) => state.heard.deaf = Some(reason),
        }
    }
    fault = fault.or_else(|| state.heard.deaf.clone());
    loaded.save(store, &state, policy, clock.now()).await?;
    Ok(state.heard.oldest(now).map(|(path, age_seconds)| HearReport { path, age_seconds, fault }))
}

impl Heard {
    /// Listens to these paths and to no other. A new one is waited for from now on.
    fn listen_to(&mut self, expected: &[String], now: Timestamp) {
        self.paths.retain(|path, _| expected.contains(path));
        for path in expected {
            self.paths.entry(path.clone()).or_insert(Listening { since: now, heard: None });
        }
    }

    fn has_news(&self, arrived: &BTreeMap<String, Timestamp>) -> bool {
        self.paths.iter().any(|(path, waiting)| arrived.get(path).copied() > waiting.heard)
    }

    fn hear(&mut self, arrived: &BTreeMap<String, Timestamp>) {
        self.deaf = None;
        for (path, waiting) in &mut self.paths {
            waiting.heard = waiting.heard.max(arrived.get(path).copied());
        }
    }

    /// The path that was heard longest ago, and how long that is in seconds.
    fn oldest(&self, now: Timestamp) -> Option<(String, i64)> {
        let ages = self.paths.iter().map(|(path, listening)| (path.clone(), listening.age(now).as_secs().max(0)));
        ages.max_by_key(|(_, age)| *age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-02T{text}Z").parse().unwrap()
    }

    fn event(source: &str, detail_type: &str, time: &str, bus: &str) -> Event {
        let envelope = json!({
            "id": "h1", "source": source, "detail-type": detail_type, "time": format!("2026-11-02T{time}Z"),
            "account": "111122223333", "detail": {"bus": bus},
        });
        Event::from_envelope(&envelope, at("09:15:00")).unwrap()
    }

    #[test]
    fn a_heartbeat_names_its_path_and_never_comes_from_the_future() {
        let read = |time, bus| read_heartbeat("ecr-scan", &event("plimsoll", "Heartbeat", time, bus));
        let expected = Heartbeat { path: "ecr-scan/default".to_owned(), at: at("09:00:00") };
        assert_eq!(read("09:00:00", "default"), Some(expected));
        assert_eq!(read("23:00:00", "central").unwrap().at, at("09:15:00"));
        for bus in ["", "../default", "DEFAULT", "ecr-scan"] {
            assert_eq!(read("09:00:00", bus), None, "{bus}");
        }
        for (source, detail_type) in [("aws.ecr", "Heartbeat"), ("plimsoll", "Channel Health"), ("", "Heartbeat")] {
            assert_eq!(read_heartbeat("ecr-scan", &event(source, detail_type, "09:00:00", "default")), None);
        }
    }

    #[test]
    fn the_oldest_path_counts_and_a_new_one_has_its_time() {
        let paths = ["a/default".to_owned(), "b/default".to_owned()];
        let mut heard = Heard::default();
        heard.listen_to(&paths, at("00:00:00"));
        assert_eq!(heard.oldest(at("01:00:00")), Some(("b/default".to_owned(), 3600)));
        let arrived =
            BTreeMap::from([(paths[0].clone(), at("02:00:00")), ("other/default".to_owned(), at("02:00:00"))]);
        assert!(heard.has_news(&arrived));
        heard.hear(&arrived);
        assert!(!heard.has_news(&arrived));
        assert_eq!(heard.oldest(at("03:00:00")), Some(("b/default".to_owned(), 10_800)));
        heard.listen_to(&paths[..1], at("03:00:00"));
        assert_eq!(heard.oldest(at("03:00:00")), Some(("a/default".to_owned(), 3600)));
        heard.listen_to(&paths, at("03:00:00"));
        assert_eq!(heard.oldest(at("03:00:00")).unwrap().1, 3600, "the new one has waited for no time");
        assert_eq!(Heard::default().oldest(at("03:00:00")), None);
    }
}
