//! From a changed record to due channels. Pure.

use jiff::Timestamp;
use plimsoll_finding::Status;

use crate::{ChannelId, Policy, Record, refresh, routes_for};

/// A record whose cursors know about its newest state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The record, to be saved.
    pub record: Record,
    /// The channels that hear of the finding.
    pub routes: Vec<ChannelId>,
}

/// Gives every routed channel a cursor, notes how bad the finding is, and computes what is due.
///
/// A channel that was told of a finding keeps hearing of it, even if the routes no longer name it: whoever was told
/// that something is open must be told that it is over. A finding that was never open needs no channel.
#[must_use]
pub fn publish(mut record: Record, policy: &Policy, now: Timestamp) -> Published {
    let environment = policy.environment(&record.finding.account).map(|e| e.name.as_str());
    let routes = routes_for(&policy.routes, &record.finding, environment);
    if record.status() == Status::Open {
        for channel in &routes {
            record.cursors.entry(channel.clone()).or_default();
        }
        let severity = record.severity();
        for cursor in record.cursors.values_mut() {
            cursor.peak = cursor.peak.max(Some(severity));
        }
    }
    refresh(&mut record, policy, now);
    Published { record, routes }
}
