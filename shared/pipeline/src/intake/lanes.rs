//! Which events of one invocation may be written at the same time: those that speak of different findings. Pure.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_finding::Status;

use crate::intake::classify::Classification;

/// The name of the lane of events that may close something: after the first one that the API cannot confirm, the others need
/// not ask it.
const CLOSES: &str = "closes";

/// The events by their position, in lanes: what shares a finding is in one lane, in order. With `asks`, events that may close
/// something share a lane as well.
pub(crate) fn lanes<'a>(events: impl IntoIterator<Item = &'a Classification>, asks: bool) -> Vec<Vec<usize>> {
    // The lane of each name; lanes that a later event joins become one.
    let mut lane_of: BTreeMap<String, usize> = BTreeMap::new();
    let mut lanes: Vec<BTreeSet<usize>> = Vec::new();
    for (position, event) in events.into_iter().enumerate() {
        let names = names(event, asks);
        let joined: BTreeSet<usize> = names.iter().filter_map(|name| lane_of.get(name).copied()).collect();
        let lane = joined.first().copied().unwrap_or(lanes.len());
        let mut members = BTreeSet::from([position]);
        for other in &joined {
            if let Some(lane) = lanes.get_mut(*other) {
                members.append(lane);
            }
        }
        for (_, known) in lane_of.iter_mut().filter(|(_, known)| joined.contains(*known)) {
            *known = lane;
        }
        lane_of.extend(names.into_iter().map(|name| (name, lane)));
        match lanes.get_mut(lane) {
            Some(known) => *known = members,
            None => lanes.push(members),
        }
    }
    lanes.into_iter().filter(|lane| !lane.is_empty()).map(|lane| lane.into_iter().collect()).collect()
}

/// What an event shares with others.
fn names(event: &Classification, asks: bool) -> Vec<String> {
    match event {
        Classification::Findings(findings) => {
            let closes = |status| asks && status == Status::Resolved;
            let may_close =
                findings.iter().flat_map(plimsoll_finding::Finding::statements).any(|part| closes(part.status));
            let keys = findings.iter().map(|finding| finding.key().to_string());
            keys.chain(may_close.then(|| CLOSES.to_owned())).collect()
        }
        // What cannot be read stands behind a few findings; and a heartbeat writes one document of its path.
        Classification::Quarantined(_) => vec!["quarantine".to_owned()],
        Classification::Ignored(_) => vec!["ignored".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use plimsoll_finding::{Event, Finding, Resource};
    use serde_json::json;

    fn event(resources: &[&str], status: Status) -> Classification {
        let now: Timestamp = "2026-11-02T09:15:00Z".parse().unwrap();
        let event = Event::from_envelope(&json!({"id": "e", "detail-type": "X", "detail": {}}), now).unwrap();
        let finding = |name: &&str| Finding::new("s", "c", Resource::new(*name, "k", name), &event).status(status);
        Classification::Findings(resources.iter().map(finding).collect())
    }

    #[test]
    fn what_shares_a_finding_is_in_one_lane_in_order() {
        let open = |resources: &[&str]| event(resources, Status::Open);
        let ignored = Classification::Ignored("r".to_owned());
        let events = [open(&["a"]), open(&["b"]), ignored, open(&["a"]), open(&["c", "d"]), open(&["d", "b"])];
        assert_eq!(lanes(&events, true), [vec![0, 3], vec![1, 4, 5], vec![2]]);
    }

    #[test]
    fn what_may_close_asks_one_after_another() {
        let events = [event(&["a"], Status::Resolved), event(&["b"], Status::Open), event(&["c"], Status::Resolved)];
        assert_eq!(lanes(&events, true), [vec![0, 2], vec![1]]);
        assert_eq!(lanes(&events, false), [vec![0], vec![1], vec![2]]);
    }
}
