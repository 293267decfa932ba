//! Lets a channel receive the heartbeats that have reached their functions.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use plimsoll_message::{Notifier, ProbeError};
use serde::Serialize;

use crate::{
    delivery::{
        channel_state::{self, ChannelState},
        heartbeat_status::{HeartbeatStatus, Heartbeats},
    },
    heartbeat::last_heartbeats,
    policy::Policy,
    ports::{Clock, Document, DocumentKind, Store, StoreError},
};

/// What a probe may take: two requests that are not answered.
const PROBE_TAKES: SignedDuration = SignedDuration::from_secs(25);

/// Which heartbeats each channel has received, by channel and path.
///
/// # Errors
/// The store could not answer.
pub async fn heartbeat_statuses(
    store: &dyn Store,
) -> Result<BTreeMap<String, BTreeMap<String, HeartbeatStatus>>, StoreError> {
    let statuses = |document: Document| {
        let state: ChannelState = serde_json::from_value(document.body).unwrap_or_default();
        (document.id, state.heartbeats.paths)
    };
    Ok(store.documents(DocumentKind::Channel).await?.into_iter().map(statuses).collect())
}

/// The heartbeats of a channel, for logs and metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HeartbeatReport {
    /// The path with the oldest heartbeat.
    pub path: String,
    /// How long ago that heartbeat began, in seconds; if there was none, for how long it has been expected.
    pub age_seconds: i64,
    /// Why the channel accepts nothing, or nothing now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// Lets a channel receive the heartbeats that have reached their functions on the `expected` paths. The channel is probed
/// only when a new heartbeat has arrived, or while the channel is unreachable, and if that can be done before the
/// `deadline`. `None` if nothing is expected; what was received before is forgotten then.
///
/// # Errors
/// The store could not answer.
pub async fn receive_heartbeats(
    store: &dyn Store,
    notifier: &dyn Notifier,
    policy: &Policy,
    clock: &dyn Clock,
    expected: &[String],
    deadline: Timestamp,
) -> Result<Option<HeartbeatReport>, StoreError> {
    let (mut state, loaded) = channel_state::load(store, notifier.channel()).await?;
    if expected.is_empty() {
        // Heartbeats are switched off: what was received of them before means nothing any more.
        state.heartbeats = Heartbeats::default();
        loaded.save(store, &state, policy, clock.now()).await?;
        return Ok(None);
    }
    let arrived = last_heartbeats(store).await?;
    let now = clock.now();
    state.heartbeats.expect(expected, now);
    let mut fault = None;
    let probes = state.heartbeats.unreachable.is_some() || state.heartbeats.has_news(&arrived);
    if probes && !state.rests(now) && deadline.duration_since(now) > PROBE_TAKES {
        match notifier.probe().await {
            // A channel that cannot be checked without a message counts as working: the next message will show.
            Ok(_) | Err(ProbeError::Unseen(_)) => state.heartbeats.receive(&arrived),
            Err(ProbeError::Failed(reason)) => fault = Some(reason),
            Err(ProbeError::Broken(reason)) => state.heartbeats.unreachable = Some(reason),
        }
    }
    fault = fault.or_else(|| state.heartbeats.unreachable.clone());
    loaded.save(store, &state, policy, clock.now()).await?;
    Ok(state.heartbeats.oldest(now).map(|(path, age_seconds)| HeartbeatReport { path, age_seconds, fault }))
}
