//! Which heartbeats a channel has received, between two runs of its notifier. Pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The heartbeats of one channel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Heartbeats {
    /// By path.
    #[serde(default)]
    pub(crate) paths: BTreeMap<String, HeartbeatStatus>,
    /// Why the channel accepts nothing until somebody repairs it.
    #[serde(default, alias = "deaf")]
    pub(crate) unreachable: Option<String>,
}

/// The heartbeats of one path, as one channel received them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeartbeatStatus {
    /// Since when the channel expects them.
    #[serde(alias = "since")]
    pub expected_since: Timestamp,
    /// When the last heartbeat that it received began; `None` if it received none.
    #[serde(default, alias = "heard")]
    pub last_received: Option<Timestamp>,
}

impl HeartbeatStatus {
    /// How long ago the last heartbeat began; if there was none, for how long it has been expected.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.last_received.unwrap_or(self.expected_since))
    }
}

impl Heartbeats {
    /// Expects these paths and no other. A new one is expected from `now` on.
    pub(crate) fn expect(&mut self, expected: &[String], now: Timestamp) {
        self.paths.retain(|path, _| expected.contains(path));
        for path in expected {
            let status = HeartbeatStatus { expected_since: now, last_received: None };
            self.paths.entry(path.clone()).or_insert(status);
        }
    }

    /// Whether a heartbeat has arrived that the channel has not received.
    pub(crate) fn has_news(&self, arrived: &BTreeMap<String, Timestamp>) -> bool {
        self.paths.iter().any(|(path, status)| arrived.get(path).copied() > status.last_received)
    }

    /// The channel accepts messages: it receives everything that has arrived.
    pub(crate) fn receive(&mut self, arrived: &BTreeMap<String, Timestamp>) {
        self.unreachable = None;
        for (path, status) in &mut self.paths {
            status.last_received = status.last_received.max(arrived.get(path).copied());
        }
    }

    /// The path with the oldest heartbeat, and its age in seconds.
    pub(crate) fn oldest(&self, now: Timestamp) -> Option<(String, i64)> {
        let ages = self.paths.iter().map(|(path, status)| (path.clone(), status.age(now).as_secs().max(0)));
        ages.max_by_key(|(_, age)| *age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-02T{text}Z").parse().unwrap()
    }

    #[test]
    fn the_oldest_path_counts_and_a_new_one_has_its_time() {
        let paths = ["a/default".to_owned(), "b/default".to_owned()];
        let mut heartbeats = Heartbeats::default();
        heartbeats.expect(&paths, at("00:00:00"));
        assert_eq!(heartbeats.oldest(at("01:00:00")), Some(("b/default".to_owned(), 3600)));
        let arrived =
            BTreeMap::from([(paths[0].clone(), at("02:00:00")), ("other/default".to_owned(), at("02:00:00"))]);
        assert!(heartbeats.has_news(&arrived));
        heartbeats.receive(&arrived);
        assert!(!heartbeats.has_news(&arrived));
        assert_eq!(heartbeats.oldest(at("03:00:00")), Some(("b/default".to_owned(), 10_800)));
        heartbeats.expect(&paths[..1], at("03:00:00"));
        assert_eq!(heartbeats.oldest(at("03:00:00")), Some(("a/default".to_owned(), 3600)));
        heartbeats.expect(&paths, at("03:00:00"));
        assert_eq!(heartbeats.oldest(at("03:00:00")).unwrap().1, 3600, "the new one has been expected for no time");
        assert_eq!(Heartbeats::default().oldest(at("03:00:00")), None);
    }
}
