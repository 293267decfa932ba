//! What no event told: the provider's API, read page by page on a schedule.
//!
//! What is open there and not here is taken through the same parser and the same merge as an event, so it is the same
//! finding, and nobody is told twice when the event comes after all. What is open here and was not seen there is looked
//! at one by one, and closed only when the API says so. A read that fails is an error of the run, never "nothing".

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{Event, Fact, Finding, FindingKey, Source, Status, Unreadable};
use serde_json::{Value, json};

use crate::{
    ingest::{Merged, Outcome, Verifier, ingest, merge},
    intake::{foreign_place, process, unwrap_text},
    policy::Policy,
    ports::{Clock, Document, DocumentKind, Store, StoreError},
    quarantine::{Quarantined, quarantine, release, unread_finding},
    reconcile::report::{Progress, ReconcileError, ReconcileReport},
    record::Record,
    source_api::{Lookup, RECONCILE_ID, SourceApi, SourceApiError, parse_events},
    state::{Migration, all_open, migrate},
};

/// Pages in one run; what is left is read by the next one.
const MAX_PAGES: usize = 60;
/// Findings that are looked at one by one in one run.
const MAX_LOOKS: usize = 60;
/// A run ends this long before the invocation would be ended.
const RESERVE: SignedDuration = SignedDuration::from_secs(8);
/// What changed shortly before the last run may not have been listed then.
const OVERLAP: SignedDuration = SignedDuration::from_mins(15);
/// A finding must be this old here before its absence there means anything.
const SETTLED: SignedDuration = SignedDuration::from_mins(30);
/// The check of a finding that keeps a close which the API did not confirm.
const UNCONFIRMED_CLOSE: &str = "plimsoll:unconfirmed-close";

/// What a run works with.
pub struct Reconcile<'a> {
    /// Where findings live.
    pub store: &'a dyn Store,
    /// Who is told what.
    pub policy: &'a Policy,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// The source whose API is read.
    pub source: &'a Source,
    /// Its API.
    pub source_api: &'a dyn SourceApi,
    /// Confirms the closes in quarantine that are tried again.
    pub verifier: Option<&'a Verifier<'a>>,
}

impl std::fmt::Debug for Reconcile<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reconcile").field("source", &self.source.name).finish_non_exhaustive()
    }
}

/// Reads the API of a source for what no event reported, until everything is read or the time runs out.
///
/// # Errors
/// The store or the API could not be read; the message says what to do.
pub async fn reconcile(with: &Reconcile<'_>, time_left: SignedDuration) -> Result<ReconcileReport, ReconcileError> {
    let Reconcile { store, policy, clock, source, source_api, .. } = *with;
    let began = clock.now();
    let deadline = began.checked_add(time_left).and_then(|end| end.checked_sub(RESERVE)).unwrap_or(began);
    let document = store.document(DocumentKind::Reconcile, source.name).await?;
    let revision = document.as_ref().map_or(0, |document| document.revision);
    let progress = document.and_then(|document| serde_json::from_value(document.body).ok()).unwrap_or_default();
    let known = all_open(store, Some(source.name)).await?;
    let known = known.into_iter().map(|record| (record.key.clone(), record)).collect();
    let mut run = Run {
        store,
        policy,
        clock,
        source,
        source_api,
        deadline,
        progress,
        known,
        open_there: BTreeSet::new(),
        report: ReconcileReport::default(),
    };
    let result = run.all(began).await;
    let Run { progress, mut report, .. } = run;
    let body = json!(progress);
    // A conflict means that another run was faster; what it kept is as good.
    store.put_document(DocumentKind::Reconcile, &Document { id: source.name.to_owned(), revision, body }).await?;
    result?;
    migrate(store, policy, clock, deadline, Migration::DEPLOYED).await?;
    if report.complete {
        report.released = retry_closes(with, deadline).await?;
    }
    Ok(report)
}

/// Takes the closes that were not confirmed through again: what an API did not know yet, it may know now.
async fn retry_closes(with: &Reconcile<'_>, deadline: Timestamp) -> Result<usize, StoreError> {
    let Reconcile { store, policy, clock, source, verifier, .. } = *with;
    let mut released = 0_usize;
    for quarantined in Quarantined::waiting(store).await? {
        let is_close = quarantined.function == source.name && quarantined.check == UNCONFIRMED_CLOSE;
        if !is_close || clock.now() >= deadline {
            continue;
        }
        let sources = [*source];
        let event = quarantined.raw_event(store).await?;
        let intake = unwrap_text(&event, &sources, clock.now());
        let processed = process(store, &intake, &sources, policy, verifier, clock.now()).await;
        if processed.iter().all(|p| !matches!(p.summary.outcome, None | Some(Outcome::Quarantined))) {
            release(store, quarantined, policy, clock.now()).await?;
            released = released.saturating_add(1);
        }
    }
    Ok(released)
}

struct Run<'a> {
    store: &'a dyn Store,
    policy: &'a Policy,
    clock: &'a dyn Clock,
    source: &'a Source,
    source_api: &'a dyn SourceApi,
    deadline: Timestamp,
    progress: Progress,
    /// The records of this source that were open when the run began, and those that it wrote.
    known: BTreeMap<FindingKey, Record>,
    /// What this run saw open there.
    open_there: BTreeSet<FindingKey>,
    report: ReconcileReport,
}

impl Run<'_> {
    async fn all(&mut self, now: Timestamp) -> Result<(), ReconcileError> {
        let since = self.progress.last_success.and_then(|last| last.checked_sub(OVERLAP).ok());
        let mut from = self.progress.from.take();
        let began = *self.progress.began.get_or_insert(now);
        loop {
            if self.report.pages >= MAX_PAGES || self.clock.now() >= self.deadline {
                self.progress.from = from;
                return Ok(());
            }
            let is_resumed = self.report.pages == 0 && from.is_some();
            let page = match self.source_api.page(since, from.as_deref()).await {
                Ok(page) => page,
                Err(error) => {
                    // Nothing was read yet, or the place in the list is not taken any more: the next run begins anew.
                    if from.is_none() || (is_resumed && matches!(error, SourceApiError::Refused(_))) {
                        self.progress.began = None;
                    } else {
                        self.progress.from = from;
                    }
                    return Err(error.into());
                }
            };
            self.report.pages = self.report.pages.saturating_add(1);
            for event in &page.events {
                self.read(event, now).await?;
            }
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        self.look_at_the_rest(now).await?;
        self.report.complete = true;
        self.progress.last_success = Some(began);
        self.progress.began = None;
        Ok(())
    }

    /// One event that is made from the API's list. What the parser cannot read is put aside like any such event, so that
    /// it is seen, and does not keep the rest from being read.
    async fn read(&mut self, value: &Value, now: Timestamp) -> Result<(), ReconcileError> {
        match parse_events(self.source, std::slice::from_ref(value), now) {
            Ok(findings) => {
                for finding in findings {
                    self.listed(finding, now).await?;
                }
            }
            Err(reason) => {
                self.report.unreadable = self.report.unreadable.saturating_add(1);
                let event =
                    Event::from_envelope(value, now).unwrap_or_else(|| Event::from_bare_detail("", "", value, now));
                let error = Unreadable::reasons(&reason);
                let finding = unread_finding(self.source.name, &event, &error, &[*self.source]);
                quarantine(self.store, &value.to_string(), &error.reason, &finding, self.policy, now).await?;
            }
        }
        Ok(())
    }

    /// A finding that the API lists.
    async fn listed(&mut self, finding: Finding, now: Timestamp) -> Result<(), ReconcileError> {
        // An administrator's API lists accounts that this suite does not listen to.
        if foreign_place(&finding.account, &finding.region, self.policy).is_some() {
            return Ok(());
        }
        self.report.listed = self.report.listed.saturating_add(1);
        let key = finding.key();
        let is_open = finding.statements().iter().any(|part| part.status == Status::Open);
        if is_open {
            self.open_there.insert(key.clone());
        } else if !self.known.contains_key(&key) {
            // Not open here, and over there: there is nothing to say.
            return Ok(());
        }
        let before = self.known.get(&key).map(Record::status);
        if self.take(finding, now).await? {
            let after = self.known.get(&key).map(Record::status);
            match (before, after) {
                (Some(Status::Open), Some(Status::Resolved)) => {
                    self.report.closed = self.report.closed.saturating_add(1);
                }
                _ if is_open => self.report.found = self.report.found.saturating_add(1),
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes a finding through if it says something new; whether it did.
    async fn take(&mut self, mut finding: Finding, now: Timestamp) -> Result<bool, ReconcileError> {
        // In front: a finding has room for so many facts, and this one says how it came.
        finding.facts.insert(0, Fact { name: "Found by".to_owned(), value: "reconcile: no event told".to_owned() });
        if !matches!(merge(self.known.get(&finding.key()), &finding, now), Merged::Applied(_)) {
            return Ok(false);
        }
        let ingested = ingest(self.store, &finding, self.policy, now).await?;
        let is_new = ingested.outcome == Outcome::Applied;
        self.known.insert(finding.key(), ingested.record);
        Ok(is_new)
    }

    /// What is open here and was not seen open there, some of it in each run.
    async fn look_at_the_rest(&mut self, now: Timestamp) -> Result<(), ReconcileError> {
        let settled = now.checked_sub(SETTLED).unwrap_or(now);
        let waits = |record: &&Record| {
            record.status() == Status::Open
                && !record.finding.check.starts_with("plimsoll:")
                && !self.open_there.contains(&record.key)
                && record.last_seen < settled
        };
        let mut rest: Vec<Finding> = self.known.values().filter(waits).map(asked).collect();
        // Goes on behind the one that was looked at last, and from the first again after the last.
        let last = self.progress.last_lookup.clone().unwrap_or_default();
        let behind = rest.iter().take_while(|finding| finding.key().as_str() <= last.as_str()).count();
        rest.rotate_left(behind);
        for finding in rest.into_iter().take(MAX_LOOKS) {
            if self.clock.now() >= self.deadline {
                break;
            }
            let key = finding.key();
            // What is refused for one finding, of another region or account, need not be refused for the next.
            let lookup = match self.source_api.lookup(&finding).await {
                Err(SourceApiError::Refused(reason)) => Lookup::Unknown(reason),
                lookup => lookup?,
            };
            let said = match lookup {
                Lookup::Events(events) => parse_events(self.source, &events, now)
                    .map(|read| read.into_iter().filter(|said| said.key() == key).collect::<Vec<_>>()),
                Lookup::Gone(reason) => Ok(vec![gone(finding, &reason, now)]),
                Lookup::Unknown(reason) => Err(reason),
                Lookup::NoApi => Ok(Vec::new()),
            };
            let said = said.unwrap_or_else(|reason| {
                self.report.unknown = self.report.unknown.saturating_add(1);
                self.report.unknown_reason.get_or_insert(reason);
                Vec::new()
            });
            for said in said {
                // Only what closes something: what is open is known already.
                let closes = said.statements().iter().any(|part| part.status == Status::Resolved);
                if closes {
                    self.take(said, now).await?;
                }
            }
            if self.known.get(&key).is_some_and(|record| record.status() == Status::Resolved) {
                self.report.closed = self.report.closed.saturating_add(1);
            }
            self.progress.last_lookup = Some(key.to_string());
        }
        Ok(())
    }
}

/// A record as a question: its finding with the parts that are open.
fn asked(record: &Record) -> Finding {
    let mut finding = record.finding.clone();
    let is_whole = record.parts.keys().all(String::is_empty);
    finding.parts = if is_whole { Vec::new() } else { record.open_parts().into_iter().cloned().collect() };
    finding
}

/// The statement that a resource is not there any more: everything about it is over, and that proves nothing.
fn gone(mut finding: Finding, reason: &str, now: Timestamp) -> Finding {
    finding.status = Status::Resolved;
    finding.not_applicable = true;
    for part in &mut finding.parts {
        part.status = Status::Resolved;
        part.not_applicable = true;
    }
    finding.observed_at = now;
    RECONCILE_ID.clone_into(&mut finding.event_id);
    finding.remediation = None;
    let name = finding.resource.name.clone();
    finding.title(&format!("{name}: {reason}"))
}
