//! The third port: the provider's own API, which has the last word on whether something is over.
//!
//! An event can be forged by whoever may write to a queue, and can be lost by a source that delivers on a best effort
//! basis. So what would close something high or critical is believed only after a read of the API, and the API is read
//! on a schedule for what no event told.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_finding::{Event, Finding, Part, Reading, Severity, Source, Status};
use serde_json::Value;

use crate::{Merged, Record};

/// Id of the events that are made from an API's answer. It sorts before every id of EventBridge, so that of two
/// statements with the same time, status and severity the event's own words win.
pub const RECONCILE_ID: &str = "(reconcile)";

/// What an API says about one finding right now.
#[derive(Debug, Clone, PartialEq)]
pub enum Looked {
    /// This, as events of the source's own kinds, so that the source's own parser reads them.
    Says(Vec<Value>),
    /// The resource is certainly not there any more; how that is known.
    Gone(String),
    /// It has no answer; why, and what to do.
    Unknown(String),
    /// There is no API that could be asked, or none that is free of charge. A close is believed.
    NoApi,
}

/// One page of what an API lists.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// Events of the source's own kinds.
    pub events: Vec<Value>,
    /// Where to go on; `None` after the last page. Opaque.
    pub next: Option<String>,
}

/// An API could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// It refuses: a permission is missing, the service is off, the request is wrong. Somebody must do something.
    #[error("{0}")]
    Refused(String),
    /// It cannot answer now: throttled, an error of its own, no answer in time. Trying again helps.
    #[error("{0}")]
    Unavailable(String),
}

/// The API of one source.
#[async_trait]
pub trait Authority: Send + Sync {
    /// What it says about the statements of this finding.
    async fn look(&self, finding: &Finding) -> Result<Looked, AuthorityError>;

    /// One page of what is open there; with `since` of everything that changed since then, whether open or not.
    /// `from` is [`Page::next`] of the page before.
    async fn page(&self, since: Option<Timestamp>, from: Option<&str>) -> Result<Page, AuthorityError>;
}

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
pub fn in_doubt(known: Option<&Record>, finding: &Finding, merged: &Merged) -> Vec<Part> {
    let (Some(known), Merged::Applied(after)) = (known, merged) else { return Vec::new() };
    if !stands_high(known) {
        return Vec::new();
    }
    let closes = after.status() == Status::Resolved;
    let doubted = |part: &Part| {
        let before = known.parts.get(&part.id).map(|state| &state.part);
        let high = match before {
            Some(before) => before.status == Status::Open && before.severity >= Severity::High,
            None => part.severity >= Severity::High,
        };
        let is_new = after.parts.get(&part.id) != known.parts.get(&part.id);
        part.status == Status::Resolved && is_new && (closes || high)
    };
    finding.statements().into_iter().filter(doubted).collect()
}

fn stands_high(record: &Record) -> bool {
    let believed_high = || {
        record.cursors.values().any(|cursor| {
            let told = cursor.told.as_ref().filter(|told| told.status == Status::Open).map(|told| told.severity);
            told.max(cursor.untold_peak()) >= Some(Severity::High)
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

/// The findings that the source's parser reads in events made from an API's answer.
///
/// # Errors
/// The parser cannot read one; its reason.
pub fn read_said(source: &Source, events: &[Value], now: Timestamp) -> Result<Vec<Finding>, String> {
    let mut findings = Vec::new();
    for value in events {
        let event = Event::from_envelope(value, now).ok_or("the answer of the API is no event")?;
        match (source.read)(&event) {
            Ok(Reading::Findings(read)) => findings.extend(read),
            Ok(Reading::Ignored(_)) => {}
            Err(error) => return Err(error.reason),
        }
    }
    Ok(findings)
}

/// Confirms closes for the time of one invocation. After one failure it asks no more, so that a batch does not wait for
/// an API that is down once for each of its events.
pub struct Verifier<'a> {
    authority: &'a dyn Authority,
    sources: &'a [Source],
    /// Accounts whose closes are believed unread.
    believed: &'a [String],
    given_up: Mutex<Option<AuthorityError>>,
}

impl std::fmt::Debug for Verifier<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("believed", &self.believed).finish_non_exhaustive()
    }
}

impl<'a> Verifier<'a> {
    /// With the API of `sources`; closes of the accounts in `believed` are believed without a read.
    #[must_use]
    pub fn new(authority: &'a dyn Authority, sources: &'a [Source], believed: &'a [String]) -> Self {
        Self { authority, sources, believed, given_up: Mutex::default() }
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
    ) -> Result<Confirmation, AuthorityError> {
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
        match self.authority.look(&asked).await {
            Ok(Looked::Says(events)) => Ok(match read_said(source, &events, now) {
                Ok(said) => {
                    let same: Vec<Finding> = said.into_iter().filter(|f| f.key() == finding.key()).collect();
                    confirmation(parts, &same)
                }
                Err(reason) => Confirmation::Unknown(format!("its answer cannot be read: {reason}")),
            }),
            Ok(Looked::Gone(_) | Looked::NoApi) => Ok(Confirmation::Closed),
            Ok(Looked::Unknown(reason)) | Err(AuthorityError::Refused(reason)) => Ok(Confirmation::Unknown(reason)),
            Err(error) => {
                *self.given_up.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
                Err(error)
            }
        }
    }
}

#[cfg(test)]
#[path = "authority/tests.rs"]
mod tests;
