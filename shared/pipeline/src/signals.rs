//! From records to the statements that the checklist is assessed by.

use crate::record::Record;
use plimsoll_checklist::Signal;
use plimsoll_finding::{Severity, Status};

/// The statements of all records, as evidence for the checklist.
#[must_use]
pub fn signals<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<Signal> {
    records
        .into_iter()
        .flat_map(|record| {
            record.parts.values().filter(|state| record.counts(&state.part)).map(|state| Signal {
                check: state.part.check.clone(),
                status: state.part.status,
                severity: if state.part.status == Status::Open { state.part.severity } else { Severity::Informational },
                observed_at: state.version.observed_at,
                account: record.finding.account.clone(),
                region: record.finding.region.clone(),
                resource: record.finding.resource.id.clone(),
                tags: record.finding.tags.clone(),
                not_applicable: state.part.not_applicable,
                sample: record.finding.sample,
                key: record.key.clone(),
                title: record.finding.title.clone(),
            })
        })
        .collect()
}
