//! What is kept of a channel between two runs of its notifier, and the finding that tells others when it breaks.

use jiff::Timestamp;
use plimsoll_finding::{Category, Event, Finding, Resource, Severity, Status};
use serde::{Deserialize, Serialize};

use crate::{
    delivery::flood::FloodWindows,
    delivery::heartbeat_status::Heartbeats,
    ingest::ingest,
    policy::Policy,
    ports::{Document, DocumentKind, Store, StoreError},
    record::Revision,
};
use plimsoll_message::ChannelId;

/// The state of a channel between runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChannelState {
    #[serde(default)]
    pub(crate) windows: FloodWindows,
    #[serde(default)]
    pub(crate) failures: u32,
    #[serde(default)]
    pub(crate) rest_until: Option<Timestamp>,
    /// Why a message was refused that only somebody's repair can help.
    #[serde(default)]
    pub(crate) broken: Option<String>,
    #[serde(default, alias = "heard")]
    pub(crate) heartbeats: Heartbeats,
}

impl ChannelState {
    /// Whether the provider, or the breaker, asks for quiet at that time.
    pub(crate) fn rests(&self, now: Timestamp) -> bool {
        self.rest_until.is_some_and(|until| now < until)
    }

    /// Why the channel cannot be told anything until somebody repairs it: a message met it, or a heartbeat.
    pub(crate) fn why_broken(&self) -> Option<&str> {
        self.broken.as_deref().or(self.heartbeats.unreachable.as_deref())
    }
}

/// A channel's state as it was read, to be compared with what it became.
pub(crate) struct Loaded {
    channel: ChannelId,
    revision: Revision,
    before: ChannelState,
}

/// Reads the state of a channel; the default if there is none.
pub(crate) async fn load(store: &dyn Store, channel: &ChannelId) -> Result<(ChannelState, Loaded), StoreError> {
    let document = store.document(DocumentKind::Channel, channel.as_str()).await?;
    let revision = document.as_ref().map_or(0, |d| d.revision);
    let state: ChannelState = document.and_then(|d| serde_json::from_value(d.body).ok()).unwrap_or_default();
    Ok((state.clone(), Loaded { channel: channel.clone(), revision, before: state }))
}

impl Loaded {
    /// Writes what the state became, if it changed. A channel that broke or was mended becomes a finding first.
    pub(crate) async fn save(
        &self,
        store: &dyn Store,
        state: &ChannelState,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if state.why_broken().is_some() != self.before.why_broken().is_some() {
            ingest(store, &finding(&self.channel, state.why_broken(), now), policy, now).await?;
        }
        if *state != self.before {
            let body = serde_json::to_value(state).unwrap_or_default();
            let document = Document { id: self.channel.to_string(), revision: self.revision, body };
            // Lost to another sender of this channel: its windows and breaker are as good as ours.
            store.put_document(DocumentKind::Channel, &document).await?;
        }
        Ok(())
    }
}

/// A channel's own state as a finding: whoever can still be told must know that somebody cannot.
fn finding(channel: &ChannelId, broken: Option<&str>, now: Timestamp) -> Finding {
    let detail = serde_json::json!({"channel": channel, "broken": broken, "at": now});
    let event = Event::from_bare_detail("plimsoll", "Channel Health", &detail, now);
    let resource = Resource::new(channel.as_str(), "channel", channel.as_str());
    let finding = Finding::new("alert-notifier", "plimsoll:channel", resource, &event)
        .severity(Severity::High, None)
        .category(Category::Operations);
    match broken {
        Some(reason) => finding
            .title(&format!("Channel {channel} cannot be told anything"))
            .fact("Reason", Some(reason))
            .remediation("Put right what the reason names. Nothing is lost: what is due is told as soon as it works."),
        None => finding.title(&format!("Channel {channel} can be told again")).status(Status::Resolved),
    }
}
