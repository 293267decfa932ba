//! From the body of an answer to resources: the elements of a list, with the names on the wire, and times as text.

use jiff::Timestamp;
use plimsoll_evidence::{Read, Resource};
use serde_json::Value;

/// The elements of `list` in an answer, each under the property `id`. An element without it makes the read incomplete,
/// since it cannot be told apart.
pub(crate) fn take(read: &mut Read, body: &Value, list: &str, id: &str) {
    let Some(elements) = body.get(list) else { return };
    let Some(elements) = elements.as_array() else {
        read.complete = false;
        return;
    };
    for element in elements {
        match element.get(id).and_then(Value::as_str) {
            Some(id) => read.resources.push(resource(id, element)),
            None => read.complete = false,
        }
    }
}

pub(crate) fn resource(id: &str, said: &Value) -> Resource {
    let mut properties = said.clone();
    times_as_text(&mut properties);
    Resource { id: id.to_owned(), properties }
}

/// Numbers under names such as `createdAt` and `LastBackupTime` are seconds since 1970 in these protocols; a collection
/// has RFC 3339 text instead.
fn times_as_text(value: &mut Value) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(times_as_text),
        Value::Object(map) => {
            for (name, value) in map.iter_mut() {
                let is_time = ["At", "Time", "Date", "Timestamp"].iter().any(|ending| name.ends_with(ending));
                match value.as_f64().filter(|_| is_time).and_then(timestamp) {
                    Some(at) => *value = Value::String(at.to_string()),
                    None => times_as_text(value),
                }
            }
        }
        _ => {}
    }
}

fn timestamp(seconds: f64) -> Option<Timestamp> {
    // Smaller numbers are durations.
    (seconds > 1e8).then(|| jiff::SignedDuration::try_from_secs_f64(seconds).ok()).flatten().and_then(|since| {
        Timestamp::UNIX_EPOCH
            .checked_add(jiff::SignedDuration::from_millis(i64::try_from(since.as_millis()).ok()?))
            .ok()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_text_and_durations_stay_numbers() {
        let mut read = Read { complete: true, ..Read::default() };
        let body = json!({"Results": [
            {"ResourceArn": "a", "LastBackupTime": 1_793_350_800.5, "deployments": [{"createdAt": 1_793_350_800}]},
            {"ResourceArn": "b", "evaluationTime": 300, "LastBackupTime": "soon"},
            {"Arn": "no id"}, 7]});
        take(&mut read, &body, "Results", "ResourceArn");
        assert!(!read.complete);
        assert_eq!(read.resources.len(), 2);
        assert_eq!(read.resources[0].properties["LastBackupTime"], "2026-10-30T09:00:00.5Z");
        assert_eq!(read.resources[0].properties["deployments"][0]["createdAt"], "2026-10-30T09:00:00Z");
        assert_eq!(read.resources[1].properties["evaluationTime"], 300);
        let mut odd = Read { complete: true, ..Read::default() };
        take(&mut odd, &json!({"Results": {}}), "Results", "ResourceArn");
        assert!(!odd.complete);
    }
}
