//! The whole state as one question: what is open, and what do resolved findings prove? Its cost follows what is open, not
//! what was ever kept. And the change from the shape that older builds wrote.
//!
//! Version 1 (builds without a version document) had no index of what is open and no kept proofs; everything was found by
//! reading all of it. Until [`migrate`] has taken a state over, [`survey`] and [`open_findings`] still read all of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use plimsoll_checklist::Signal;
use plimsoll_finding::Status;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    policy::Policy,
    ports::{Clock, Document, DocumentKind, Saved, Store, StoreError},
    proofs::{heard, kept_proofs, last_heard, note_all},
    quarantine::{Quarantined, move_event},
    record::Record,
    signals::signals,
};

/// The shape that this build writes.
const VERSION: u32 = 2;
/// The id of the one document about it.
const ID: &str = "version";

/// How far a state is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Shape {
    version: u32,
    /// Where the pass that is under way goes on.
    #[serde(default)]
    from: Option<String>,
    /// Passes that are done.
    #[serde(default)]
    passes: u32,
    /// When the last one was done.
    #[serde(default)]
    passed_at: Option<Timestamp>,
}

impl Shape {
    const fn is_current(&self) -> bool {
        self.version >= VERSION
    }
}

async fn version(store: &dyn Store) -> Result<(Shape, u64), StoreError> {
    let Some(document) = store.document(DocumentKind::State, ID).await? else { return Ok((Shape::default(), 0)) };
    let version = serde_json::from_value(document.body)
        .map_err(|error| StoreError::new("read", "the version of the state", error))?;
    Ok((version, document.revision))
}

/// How a state is taken over.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Open records are written again, so that the store puts them into its index. The embedded store fills its own.
    pub save_again: bool,
    /// While functions are updated one after another, an older build may still write: a second pass begins only after
    /// this time. Zero on one machine.
    pub settle: SignedDuration,
}

impl Migration {
    /// For the table of a deployed suite: two passes at least a day apart, since an apply can fail half-way.
    pub const DEPLOYED: Self = Self { save_again: true, settle: SignedDuration::from_hours(24) };
    /// For the file on one machine: at once.
    pub const LOCAL: Self = Self { save_again: false, settle: SignedDuration::ZERO };
}

/// Takes the state of an older build over, as much as there is time for, page by page; the next call goes on. Whether it is
/// done, which costs one read once it is.
///
/// # Errors
/// The store could not answer. Trying again is safe.
pub async fn migrate(
    store: &dyn Store,
    policy: &Policy,
    clock: &dyn Clock,
    deadline: Timestamp,
    how: Migration,
) -> Result<bool, StoreError> {
    let now = clock.now();
    let (mut state, revision) = version(store).await?;
    if state.is_current() {
        return Ok(true);
    }
    let rests = state.passed_at.is_some_and(|at| now.duration_since(at) < how.settle);
    if rests {
        return Ok(false);
    }
    let is_fresh = revision == 0;
    let mut is_empty = true;
    while clock.now() < deadline {
        let page = store.page(state.from.as_deref()).await?;
        is_empty = is_empty && page.records.is_empty();
        note_all(store, &page.records, policy).await?;
        for record in page.records.iter().filter(|record| how.save_again && record.status() == Status::Open) {
            // A conflict means that somebody wrote it meanwhile: this build, or an older one, which the second pass finds.
            store.save(record).await?;
        }
        state.from = page.next;
        if state.from.is_none() {
            move_events(store).await?;
            state.passes = state.passes.saturating_add(1);
            state.passed_at = Some(now);
            let done = state.passes > 1 || how.settle.is_zero() || (is_fresh && is_empty);
            state.version = if done { VERSION } else { 1 };
            break;
        }
    }
    let done = state.is_current();
    let document = Document { id: ID.to_owned(), revision, body: json!(state) };
    // A conflict means that another process does the same.
    let saved = store.put_document(DocumentKind::State, &document).await?;
    Ok(done && matches!(saved, Saved::Written(_)))
}

/// Older builds kept an event in the document that lists it.
async fn move_events(store: &dyn Store) -> Result<(), StoreError> {
    for document in store.documents(DocumentKind::Quarantine).await? {
        let quarantined = Quarantined::from_document(document)?;
        if !quarantined.event.is_empty() {
            move_event(store, quarantined).await?;
        }
    }
    Ok(())
}

/// What is known of what is not open.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resolved {
    /// What resolved findings prove: not all that they said, but the newest for each check.
    pub proofs: Vec<Signal>,
    /// When each source was heard last, by a finding of any status.
    pub last_heard: BTreeMap<String, Timestamp>,
}

/// Gives every open finding to `take`, one by one so that they need not be held together, and says what the others prove.
///
/// # Errors
/// The store could not answer.
pub async fn survey(store: &dyn Store, mut take: impl FnMut(Record) + Send) -> Result<Resolved, StoreError> {
    let mut known = Resolved::default();
    let hear = |known: &mut Resolved, record: &Record| {
        if let Some(at) = heard(record) {
            let last = known.last_heard.entry(record.finding.source.clone()).or_insert(at);
            *last = at.max(*last);
        }
    };
    if !version(store).await?.0.is_current() {
        let mut from = None;
        loop {
            let page = store.page(from.as_deref()).await?;
            for record in page.records {
                hear(&mut known, &record);
                if record.status() == Status::Open { take(record) } else { known.proofs.extend(signals([&record])) }
            }
            from = page.next;
            if from.is_none() {
                return Ok(known);
            }
        }
    }
    let mut open = BTreeSet::new();
    each_open(store, None, |record| {
        hear(&mut known, &record);
        open.insert(record.key.to_string());
        take(record);
    })
    .await?;
    known.proofs = kept_proofs(store, &open).await?;
    for (source, at) in last_heard(store).await? {
        let last = known.last_heard.entry(source).or_insert(at);
        *last = at.max(*last);
    }
    Ok(known)
}

/// Gives every open finding of one source, or of all, to `take`.
///
/// # Errors
/// The store could not answer.
pub async fn open_findings(
    store: &dyn Store,
    source: Option<&str>,
    mut take: impl FnMut(Record) + Send,
) -> Result<(), StoreError> {
    if version(store).await?.0.is_current() {
        return each_open(store, source, take).await;
    }
    let wanted = |record: &Record| {
        record.status() == Status::Open && source.is_none_or(|source| record.finding.source == source)
    };
    let mut from = None;
    loop {
        let page = store.page(from.as_deref()).await?;
        page.records.into_iter().filter(wanted).for_each(&mut take);
        from = page.next;
        if from.is_none() {
            return Ok(());
        }
    }
}

/// All open findings of one source, or of all, together.
///
/// # Errors
/// The store could not answer.
pub async fn all_open(store: &dyn Store, source: Option<&str>) -> Result<Vec<Record>, StoreError> {
    let mut open = Vec::new();
    open_findings(store, source, |record| open.push(record)).await?;
    open.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(open)
}

async fn each_open(
    store: &dyn Store,
    source: Option<&str>,
    mut take: impl FnMut(Record) + Send,
) -> Result<(), StoreError> {
    let mut from = None;
    loop {
        let page = store.open_page(source, from.as_deref()).await?;
        page.records.into_iter().for_each(&mut take);
        from = page.next;
        if from.is_none() {
            return Ok(());
        }
    }
}
