//! Heartbeats: events of our own that must arrive at every channel, so that silence means health.
//!
//! A schedule puts one on each bus. It goes the way of every event (rule, queue, function, store), and the notifier of
//! each channel records it if the channel would accept a message now ([`crate::delivery::heartbeat`]). Nobody is notified.
//! A path is a function and the bus before it: `ecr-scan/default`. A member account or another region sends one by each of
//! its forwarding rules, and that path names where it was: `ecr-scan/444455556666-eu-west-1`. A metric with an alarm counts
//! how old the last heartbeat of each channel is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_finding::Event;
use serde_json::json;

use crate::{
    ingest::Outcome,
    ports::{Document, DocumentKind, Saved, Store, StoreError},
};

/// `source` and `detail-type` of a heartbeat, as schedule and rules write them.
pub const HEARTBEAT: (&str, &str) = ("plimsoll", "Heartbeat");

/// The buses that a heartbeat can begin on, as its detail names them.
const BUSES: [&str; 2] = ["default", "central"];
/// The same for a heartbeat that a rule elsewhere forwards; its `rule` names the one function that it is for.
const FORWARDED: &str = "forwarded";
/// The longest name of a region is `ap-southeast-1` today; what is longer is none.
const LONGEST_REGION: usize = 24;

/// How often a lost race is tried again.
const MAX_RACES: usize = 16;

/// A heartbeat that reached its function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// `<function>/<bus>`, or `<function>/<account>-<region>` if it was forwarded.
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
    let began = match BUSES.into_iter().find(|bus| named == bus) {
        Some(bus) => bus.to_owned(),
        None if named == FORWARDED => forwarded_from(function, event)?,
        None => return None,
    };
    let at = event.time.map_or(event.received_at, |time| time.min(event.received_at));
    Some(Heartbeat { path: format!("{function}/{began}"), at })
}

/// Where a forwarded heartbeat began. Every function behind the bus gets it, and it proves the rule of one: the others
/// must not take it for theirs. EventBridge keeps account and region of an event that a rule forwards.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html>
fn forwarded_from(function: &str, event: &Event) -> Option<String> {
    let Event { account, region, .. } = event;
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_region = (1..=LONGEST_REGION).contains(&region.len())
        && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let ours = event.detail.get("rule").is_some_and(|rule| rule == function);
    (ours && is_account && is_region).then(|| format!("{account}-{region}"))
}

/// Keeps a heartbeat that reached its function: the newest of each path.
///
/// # Errors
/// The store could not answer, or others wrote all the time; the event is to be delivered again.
pub async fn record_heartbeat(store: &dyn Store, heartbeat: &Heartbeat, now: Timestamp) -> Result<Outcome, StoreError> {
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

fn began(document: &Document) -> Option<Timestamp> {
    document.body.get("at")?.as_str()?.parse().ok()
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
    fn a_forwarded_heartbeat_is_for_the_function_of_its_rule_alone() {
        let forwarded = |rule: &str, account: &str, region: &str| {
            let mut event = event("plimsoll", "Heartbeat", "09:00:00", "forwarded");
            event.detail = json!({"bus": "forwarded", "rule": rule});
            (event.account, event.region) = (account.to_owned(), region.to_owned());
            read_heartbeat("ecr-scan", &event).map(|heartbeat| heartbeat.path)
        };
        let path = forwarded("ecr-scan", "444455556666", "eu-west-1");
        assert_eq!(path.as_deref(), Some("ecr-scan/444455556666-eu-west-1"));
        assert_eq!(forwarded("config-rule", "444455556666", "eu-west-1"), None, "it proves another rule");
        let long = "eu-west-1".repeat(9);
        for (account, region) in [
            ("", "eu-west-1"),
            ("44445555666x", "eu-west-1"),
            ("444455556666", ""),
            ("444455556666", "../x"),
            ("444455556666", &long),
        ] {
            assert_eq!(forwarded("ecr-scan", account, region), None, "{account} {region}");
        }
        assert_eq!(read_heartbeat("ecr-scan", &event("plimsoll", "Heartbeat", "09:00:00", "forwarded")), None);
    }
}
