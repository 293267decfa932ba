//! The port to the API of a source: it has the last word on whether something is over.
//!
//! Whoever may write to a queue can forge an event, and a source that delivers on a best-effort basis can lose one. So an
//! event that would close something high or critical is believed only after a read of the API, and the API is read on a
//! schedule for what no event reported.

use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_finding::{Event, Finding, Reading, Source};
use serde_json::Value;

/// Id of the events that are made from an API's answer. It sorts before every id of EventBridge, so that of two
/// statements with the same time, status and severity the event's own words win.
pub const RECONCILE_ID: &str = "(reconcile)";

/// What an API says about one finding right now.
#[derive(Debug, Clone, PartialEq)]
pub enum Lookup {
    /// This, as events of the source's own kinds, so that the source's own parser reads them.
    Events(Vec<Value>),
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
pub enum SourceApiError {
    /// It refuses: a permission is missing, the service is off, the request is wrong. Somebody must do something.
    #[error("{0}")]
    Refused(String),
    /// It cannot answer now: throttled, an error of its own, no answer in time. Trying again helps.
    #[error("{0}")]
    Unavailable(String),
}

/// The API of one source.
#[async_trait]
pub trait SourceApi: Send + Sync {
    /// What it says about the statements of this finding.
    async fn lookup(&self, finding: &Finding) -> Result<Lookup, SourceApiError>;

    /// One page of what is open there; with `since` of everything that changed since then, whether open or not.
    /// `from` is [`Page::next`] of the page before.
    async fn page(&self, since: Option<Timestamp>, from: Option<&str>) -> Result<Page, SourceApiError>;
}

/// The findings that the source's parser reads in events made from an API's answer.
///
/// # Errors
/// The parser cannot read one; its reason.
pub fn parse_events(source: &Source, events: &[Value], now: Timestamp) -> Result<Vec<Finding>, String> {
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
