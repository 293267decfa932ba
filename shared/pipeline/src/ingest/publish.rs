//! From a changed record to due channels. Pure.

use jiff::Timestamp;
use plimsoll_finding::Status;

use crate::{due::refresh, policy::Policy, record::Record, waiver::waiver_for};
use plimsoll_message::ChannelId;

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
    let routes = policy.decide(&record.finding).channels;
    if record.status() == Status::Open {
        for channel in &routes {
            record.cursors.entry(channel.clone()).or_default();
        }
        // What is waived is accepted: if it is over before the waiver is, nobody needs to hear that it was.
        if waiver_for(&record, &policy.waivers, now).active_until.is_none() {
            let severity = record.severity();
            for cursor in record.cursors.values_mut() {
                cursor.peak = cursor.peak.max(Some(severity));
            }
        }
    }
    refresh(&mut record, policy, now);
    Published { record, routes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use jiff::SignedDuration;
    use plimsoll_checklist::Checklist;
    use plimsoll_finding::{Event, Finding, Part, Resource, Severity};
    use serde_json::json;

    use crate::{
        channel::ChannelPolicy,
        cost::CostPolicy,
        delivery::{claim, compose, delivered},
        ingest::merge::{Merged, merge},
        route::{Matcher, Route},
        waiver::{Waiver, WaiverTarget},
    };
    use plimsoll_message::{Message, NotifyReason, Receipt};

    fn now() -> Timestamp {
        "2026-11-02T09:15:00Z".parse().unwrap()
    }

    fn slack() -> ChannelId {
        ChannelId::new("slack")
    }

    fn finding(second: i64, status: Status, severity: Severity) -> Finding {
        let time = now() + SignedDuration::from_secs(second - 600);
        let event = json!({"id": second.to_string(), "detail-type": "X", "detail": {}, "time": time.to_string()});
        let event = Event::from_envelope(&event, now()).unwrap();
        Finding::new("s", "c", Resource::new("r", "k", "n"), &event).severity(severity, None).status(status)
    }

    fn policy(waived_up_to: Option<Severity>) -> Policy {
        let waiver = |up_to| Waiver {
            id: "w".into(),
            target: WaiverTarget::Finding(finding(0, Status::Open, Severity::Low).key().to_string()),
            up_to,
            owner: "platform".into(),
            reason: "replaced next sprint".into(),
            proposed_by: "ana".into(),
            proposed_at: now(),
            approved_by: Some("ben".into()),
            from: now(),
            until: now() + SignedDuration::from_hours(24),
            revoked_at: None,
        };
        let route = Route {
            name: "all".into(),
            matcher: Matcher::default(),
            channels: vec![slack()],
            continue_matching: false,
        };
        Policy {
            runbooks_url: None,
            checklist: Checklist::shipped().unwrap(),
            environments: Vec::new(),
            routes: vec![route],
            channels: BTreeMap::from([(slack(), ChannelPolicy::plain(slack()))]),
            waivers: waived_up_to.map(waiver).into_iter().collect(),
            targets: BTreeMap::new(),
            accounts: Vec::new(),
            regions: Vec::new(),
            cost: CostPolicy::default(),
            account_names: BTreeMap::new(),
        }
    }

    fn hear(known: Option<&Record>, finding: &Finding, policy: &Policy) -> Record {
        let Merged::Applied(record) = merge(known, finding, now()) else { panic!("it is news") };
        publish(*record, policy, now()).record
    }

    fn due(record: &Record) -> Option<(Timestamp, NotifyReason, Severity)> {
        record.cursors[&slack()].due.as_ref().map(|mark| (mark.at, mark.reason, mark.severity))
    }

    #[test]
    fn what_was_waived_while_it_lasted_is_not_told_when_it_is_over() {
        let policy = policy(Some(Severity::High));
        let open = hear(None, &finding(1, Status::Open, Severity::High), &policy);
        let until = now() + SignedDuration::from_hours(24);
        assert_eq!(due(&open), Some((until, NotifyReason::WaiverExpired, Severity::High)));
        let over = hear(Some(&open), &finding(2, Status::Resolved, Severity::High), &policy);
        assert_eq!(due(&over), None);
    }

    #[test]
    fn a_peak_beyond_the_waiver_is_told_even_if_it_has_fallen() {
        let policy = policy(Some(Severity::High));
        let worse = hear(None, &finding(1, Status::Open, Severity::Critical), &policy);
        let fallen = hear(Some(&worse), &finding(2, Status::Open, Severity::High), &policy);
        assert_eq!(due(&fallen), Some((now(), NotifyReason::FirstSeen, Severity::Critical)));
        let (claimed, claim) = claim(&fallen, &slack(), &policy, now()).unwrap();
        assert_eq!((claim.severity, claim.peak), (Severity::High, Some(Severity::Critical)));
        let delivered = delivered(&claimed, &claim, &Receipt::default(), &policy, now()).unwrap();
        assert_eq!(
            due(&delivered).map(|(_, reason, _)| reason),
            Some(NotifyReason::WaiverExpired),
            "the rest is waived again"
        );
    }

    fn id(message: Message) -> String {
        let Message::Alert(alert) = message else { panic!("one finding") };
        alert.deduplication_id
    }

    #[test]
    fn a_reminder_is_no_repeat_of_the_one_before() {
        let mut policy = policy(None);
        let minutes = |minutes| now() + SignedDuration::from_mins(minutes);
        policy.channels.get_mut(&slack()).unwrap().remind_critical_after = Some(SignedDuration::from_mins(1));
        let mut record = hear(None, &finding(1, Status::Open, Severity::Critical), &policy);
        let mut ids = Vec::new();
        for minute in 0..3 {
            let (claimed, claim) = claim(&record, &slack(), &policy, minutes(minute)).unwrap();
            assert_eq!(claim.reason == NotifyReason::Reminder, minute > 0);
            ids.push(id(compose(&claimed, &claim, &policy)));
            record = delivered(&claimed, &claim, &Receipt::default(), &policy, minutes(minute)).unwrap();
        }
        assert!(ids[0] != ids[1] && ids[1] != ids[2]);
    }

    /// A late event about one part changes the state and leaves the description's version as it is.
    #[test]
    fn a_second_end_is_no_repeat_of_the_first() {
        let policy = policy(None);
        let part = |second, id: &str, status| {
            let part = Part::new(id, "c", status, Severity::High, id);
            Finding { parts: vec![part], ..finding(second, status, Severity::High) }
        };
        let mut record = hear(None, &part(9, "A", Status::Resolved), &policy);
        let mut ids = Vec::new();
        for (second, name, status) in
            [(1, "B", Status::Open), (2, "B", Status::Resolved), (3, "C", Status::Open), (4, "C", Status::Resolved)]
        {
            record = hear(Some(&record), &part(second, name, status), &policy);
            let (claimed, first) = claim(&record, &slack(), &policy, now()).unwrap();
            let later = now() + SignedDuration::from_mins(2);
            let (again, second) = claim(&claimed, &slack(), &policy, later).unwrap();
            let said = id(compose(&claimed, &first, &policy));
            assert_eq!(said, id(compose(&again, &second, &policy)), "the same statement, tried again");
            ids.push(said);
            record = delivered(&claimed, &first, &Receipt::default(), &policy, now()).unwrap();
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 4);
    }
}
