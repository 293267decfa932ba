//! Whether an event that closes something high or critical is believed: only after the source's API confirms it.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use plimsoll_finding::{Finding, Part, Severity, Source, Status};

use crate::{
    ingest::merge::Merged,
    record::Record,
    source_api::{Lookup, SourceApi, SourceApiError, parse_events},
};

/// Whether the close of some statements is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmation {
    /// The API says that all of them are over.
    Closed,
    /// The API says that one is open; which, for people.
    StillOpen(String),
    /// The API does not say; why, and what to do, for people.
    Unknown(String),
}

/// The statements of an event that need to be confirmed before `known` may become what `merged` says: those that close
/// something high or critical, or would help to. Pure.
///
/// A finding stands high while it is open at high or critical, and also while a channel still believes so: first playing
/// it down and then closing it is no way around. For a record of many parts each high one counts by itself, and so does
/// the high part that was never seen open: enough of those silence a summary.
#[must_use]
pub fn unconfirmed_parts(known: Option<&Record>, finding: &Finding, merged: &Merged) -> Vec<Part> {
    let (Some(known), Merged::Applied(after)) = (known, merged) else { return Vec::new() };
    if !stands_high(known) {
        return Vec::new();
    }
    let closes = after.status() == Status::Resolved;
    let unconfirmed = |part: &Part| {
        let before = known.parts.get(&part.id).map(|state| &state.part);
        let high = match before {
            Some(before) => before.status == Status::Open && before.severity >= Severity::High,
            None => part.severity >= Severity::High,
        };
        let is_new = after.parts.get(&part.id) != known.parts.get(&part.id);
        part.status == Status::Resolved && is_new && (closes || high)
    };
    finding.statements().into_iter().filter(unconfirmed).collect()
}

fn stands_high(record: &Record) -> bool {
    let believed_high = || {
        record.cursors.values().any(|cursor| {
            let delivered = cursor
                .delivered
                .as_ref()
                .filter(|delivered| delivered.status == Status::Open)
                .map(|delivered| delivered.severity);
            delivered.max(cursor.undelivered_peak()) >= Some(Severity::High)
        })
    };
    record.status() == Status::Open && (record.severity() >= Severity::High || believed_high())
}

/// What the API's own statements say about the parts in doubt. Pure; `said` holds only findings of the same identity.
#[must_use]
pub fn confirmation(parts: &[Part], said: &[Finding]) -> Confirmation {
    for part in parts {
        let statements = said.iter().flat_map(|finding| {
            finding.statements().into_iter().map(|statement| (finding.observed_at, statement.status, statement))
        });
        // The newest, and on a tie the open one.
        let newest = statements.filter(|(.., s)| s.id == part.id).max_by_key(|(at, status, _)| (*at, *status));
        let called = if part.label.is_empty() { "the finding" } else { part.label.as_str() };
        match newest {
            Some((_, Status::Resolved, _)) => {}
            Some((_, Status::Open, _)) => {
                return Confirmation::StillOpen(format!("{called} is still open there"));
            }
            None => return Confirmation::Unknown(format!("it says nothing about {called}")),
        }
    }
    Confirmation::Closed
}

/// Confirms closes for the time of one invocation. After one failure it asks no more, so that a batch does not wait for
/// an API that is down once for each of its events.
pub struct Verifier<'a> {
    source_api: &'a dyn SourceApi,
    sources: &'a [Source],
    /// Accounts whose closes are believed unread.
    believed: &'a [String],
    given_up: Mutex<Option<SourceApiError>>,
}

impl std::fmt::Debug for Verifier<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("believed", &self.believed).finish_non_exhaustive()
    }
}

impl<'a> Verifier<'a> {
    /// With the API of `sources`; closes of the accounts in `believed` are believed without a read.
    #[must_use]
    pub fn new(source_api: &'a dyn SourceApi, sources: &'a [Source], believed: &'a [String]) -> Self {
        Self { source_api, sources, believed, given_up: Mutex::default() }
    }

    /// Whether the close of these parts of the finding is true.
    ///
    /// # Errors
    /// The API cannot answer now: the event must be delivered again.
    pub async fn confirm(
        &self,
        finding: &Finding,
        parts: &[Part],
        now: Timestamp,
    ) -> Result<Confirmation, SourceApiError> {
        let source = self.sources.iter().find(|source| source.name == finding.source);
        let Some(source) = source.filter(|_| !self.believed.contains(&finding.account)) else {
            return Ok(Confirmation::Closed);
        };
        if let Some(error) = self.given_up.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Err(error);
        }
        // A finding without parts is its own only statement, whose id is empty.
        let is_whole = finding.parts.is_empty();
        let asked = Finding { parts: if is_whole { Vec::new() } else { parts.to_vec() }, ..finding.clone() };
        match self.source_api.lookup(&asked).await {
            Ok(Lookup::Events(events)) => Ok(match parse_events(source, &events, now) {
                Ok(said) => {
                    let same: Vec<Finding> = said.into_iter().filter(|f| f.key() == finding.key()).collect();
                    confirmation(parts, &same)
                }
                Err(reason) => Confirmation::Unknown(format!("its answer cannot be read: {reason}")),
            }),
            Ok(Lookup::Gone(_) | Lookup::NoApi) => Ok(Confirmation::Closed),
            Ok(Lookup::Unknown(reason)) | Err(SourceApiError::Refused(reason)) => Ok(Confirmation::Unknown(reason)),
            Err(error) => {
                *self.given_up.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests;
