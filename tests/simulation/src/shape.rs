//! What tells two moments of a schedule apart, for a search that wants to see each only once.

use plimsoll_pipeline::Record;

use super::World;
use super::worker::{Phase, Task, Tell};

impl World<'_> {
    /// All that can make a difference from here on, in words. Workers are alike, so their order makes none; of a
    /// revision only matters whether it is still the newest.
    #[must_use]
    pub fn shape(&self) -> String {
        let mut workers: Vec<String> = self.workers.iter().map(|w| self.task_shape(&w.task)).collect();
        workers.sort();
        let records: Vec<_> = self.records.values().map(record_shape).collect();
        format!("{} {:?} {workers:?} {records:?} {:?}", self.now, self.stream, self.ledger.shape())
    }

    fn task_shape(&self, task: &Task) -> String {
        // A record that is no longer the newest will lose its race: only what decides whether it enters one counts.
        let known = |record: &Record| {
            let newest = self.records.get(&record.key).is_some_and(|stored| stored.revision == record.revision);
            let parts: Vec<_> = record.parts.values().map(|state| &state.version.event_id).collect();
            let cursors: Vec<_> =
                record.cursors.values().map(|c| (c.token, c.due.as_ref().map(|due| due.at))).collect();
            if newest { "newest".to_owned() } else { format!("{parts:?} {cursors:?}") }
        };
        match task {
            Task::Idle => String::new(),
            Task::Merge { event, known: None } => format!("merge {event} {}", self.records.is_empty()),
            Task::Merge { event, known: Some(record) } => {
                let newest = self.records.get(&record.key).is_some_and(|stored| stored.revision == record.revision);
                format!("merge {event} {newest}")
            }
            Task::Acknowledge { event } => format!("acknowledge {event}"),
            Task::Tell(Tell { rows, claims, phase, .. }) => {
                let claims: Vec<_> = claims
                    .iter()
                    .map(|(record, claim)| {
                        (known(record), claim.token, claim.at, claim.was_in_flight, claim.reason, claim.peak)
                    })
                    .collect();
                let phase = match phase {
                    Phase::Load => "load".to_owned(),
                    Phase::Claim(record) => format!("claim {}", known(record)),
                    Phase::Send(_) => "send".to_owned(),
                    Phase::Record { answer, position, known: record } => {
                        format!("record {answer:?} {position} {}", known(record))
                    }
                };
                format!("tell {rows:?} {claims:?} {phase}")
            }
        }
    }
}

fn record_shape(record: &Record) -> impl std::fmt::Debug {
    let parts: Vec<_> = record.parts.values().map(|state| &state.version.event_id).collect();
    (record.status(), record.severity(), &record.version.event_id, parts, &record.transitions, &record.cursors)
}
