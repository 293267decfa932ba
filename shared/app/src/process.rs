//! One invocation: unwrap, read, ingest, and say in words what became of each event.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_checklist::{Signal, assess};
use plimsoll_finding::{Event, Finding, Reading, Severity, Source, Status, Unreadable, foreign};
use plimsoll_pipeline::{
    ChannelId, Heartbeat, IngestError, Ingested, Outcome, Policy, Record, Store, StoreError, Taken, Verifier, beat,
    enrich, ingest_confirmed, is_heartbeat, quarantine, quarantine_close, read_heartbeat, signals,
};
use serde::Serialize;

use crate::intake::{Delivery, Intake};

/// What became of one finding, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingSummary {
    /// Applied, duplicate, stale or quarantined.
    pub outcome: Outcome,
    /// The finding's key.
    pub key: String,
    /// Its title.
    pub title: String,
    /// Open or resolved, with all that is known.
    pub status: Status,
    /// How bad it is, with all that is known.
    pub severity: Severity,
    /// Checklist lines that it is evidence for.
    pub checklist: Vec<String>,
    /// Channels that hear of it.
    pub routes: Vec<ChannelId>,
}

/// The overall score in whole percent before and after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ScoreChange {
    /// Before.
    pub before: u8,
    /// After.
    pub after: u8,
}

/// What became of one event, for people: the result of the function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventSummary {
    /// What became of it: of several findings the most telling outcome. `None` if the store could not answer.
    pub outcome: Option<Outcome>,
    /// Why it was ignored or put in quarantine, what failed, or whose heartbeat it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The event's id.
    pub event_id: String,
    /// Its detail-type.
    pub detail_type: String,
    /// Its findings, worst first.
    pub findings: Vec<FindingSummary>,
    /// The overall score; absent where computing it would cost a read of the whole table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<ScoreChange>,
    /// The SQS message that it came in.
    #[serde(skip)]
    pub message_id: Option<String>,
    /// From the event's own time to its handling, in milliseconds; `None` if it has no time.
    #[serde(skip)]
    pub lag_ms: Option<i64>,
}

impl EventSummary {
    /// Whether the event must be delivered again.
    #[must_use]
    pub const fn failed(&self) -> bool {
        self.outcome.is_none()
    }
}

/// The overall score, kept up to date event by event so that an invocation reads the store once.
#[derive(Debug)]
pub struct RunningScore {
    signals: BTreeMap<String, Vec<Signal>>,
    overall: u8,
}

impl RunningScore {
    /// Reads all records once.
    ///
    /// # Errors
    /// The store could not answer.
    pub async fn load(store: &dyn Store, policy: &Policy, now: Timestamp) -> Result<Self, StoreError> {
        let mut signals_by_key: BTreeMap<String, Vec<Signal>> = BTreeMap::new();
        for record in store.records().await? {
            signals_by_key.insert(record.key.to_string(), signals([&record]));
        }
        let mut score = Self { signals: signals_by_key, overall: 0 };
        score.overall = score.compute(policy, now);
        Ok(score)
    }

    fn update(&mut self, changed: &[Record], policy: &Policy, now: Timestamp) -> ScoreChange {
        let before = self.overall;
        for record in changed {
            self.signals.insert(record.key.to_string(), signals([record]));
        }
        if !changed.is_empty() {
            self.overall = self.compute(policy, now);
        }
        ScoreChange { before, after: self.overall }
    }

    fn compute(&self, policy: &Policy, now: Timestamp) -> u8 {
        let all: Vec<Signal> = self.signals.values().flatten().cloned().collect();
        policy.checklist.score(&assess(&policy.checklist, &all, now), &policy.targets).current
    }
}

/// What a source makes of an event, before any state is touched.
#[derive(Debug, Clone, PartialEq)]
pub enum Judgement {
    /// It says something about resources. Enriched by the checklist.
    Findings(Vec<Finding>),
    /// It says nothing about readiness.
    Ignored(String),
    /// It could not be read, or is not for us.
    Quarantined(Unreadable),
}

/// Judges a delivery: reads it with the first of the sources that reads its kind. Pure.
#[must_use]
pub fn judge(delivery: &Delivery, sources: &[Source], policy: &Policy) -> (Option<&'static str>, Judgement) {
    let event = &delivery.event;
    let source = sources.iter().find(|s| s.reads(&event.source, &event.detail_type));
    let name = source.or(sources.first()).map(|s| s.name);
    if let Some(fault) = &delivery.fault {
        return (name, Judgement::Quarantined(fault.clone()));
    }
    if is_heartbeat(event) {
        let ignored = || Judgement::Ignored("a heartbeat says nothing about a resource".to_owned());
        let foreign = elsewhere(&event.account, &event.region, policy);
        return (name, foreign.map_or_else(ignored, Judgement::Quarantined));
    }
    let Some(source) = source else {
        let fault = match sources {
            [only] => foreign(only, event),
            _ => Unreadable::because(format!("no function reads `{}` from `{}`", event.detail_type, event.source)),
        };
        return (name, Judgement::Quarantined(fault));
    };
    if let Some(fault) = elsewhere(&event.account, &event.region, policy) {
        return (name, Judgement::Quarantined(fault));
    }
    let judgement = match (source.read)(event) {
        Ok(Reading::Findings(findings)) => {
            // The detail names owner and region of the resource, which need not be those of the envelope.
            match findings.iter().find_map(|f| elsewhere(&f.account, &f.region, policy)) {
                Some(fault) => Judgement::Quarantined(fault),
                None => Judgement::Findings(findings.iter().map(|f| enrich(f, &policy.checklist)).collect()),
            }
        }
        Ok(Reading::Ignored(reason)) => Judgement::Ignored(reason),
        Err(fault) => Judgement::Quarantined(fault),
    };
    (name, judgement)
}

/// A heartbeat that reached a function. Where one process reads every source, there is no way to a function to show.
fn heartbeat(event: &Event, sources: &[Source]) -> Option<Heartbeat> {
    let [source] = sources else { return None };
    read_heartbeat(source.name, event)
}

/// Why an account or a region is not one of ours. What has none is not foreign.
pub(crate) fn elsewhere(account: &str, region: &str, policy: &Policy) -> Option<Unreadable> {
    let foreign = |name: &str, ours: &[String]| !ours.is_empty() && !name.is_empty() && ours.iter().all(|o| o != name);
    let because = |what: &str, name: &str, list: &str| {
        Unreadable::because(format!("{what} {name} is not one of ours; add it to `{list}` in plimsoll.toml if it is"))
    };
    if foreign(account, &policy.accounts) {
        return Some(because("account", account, "accounts"));
    }
    // AWS Config's name for the region of what has none.
    let placed = region != "global";
    (placed && foreign(region, &policy.regions)).then(|| because("region", region, "regions"))
}

/// Takes every event of an invocation through. An event whose store failed, or whose close could not be confirmed yet, is
/// named by [`EventSummary::failed`]; its neighbours are not affected. Without a verifier every close is believed.
pub async fn process(
    store: &dyn Store,
    intake: &Intake,
    sources: &[Source],
    policy: &Policy,
    verifier: Option<&Verifier<'_>>,
    mut score: Option<&mut RunningScore>,
    now: Timestamp,
) -> Vec<EventSummary> {
    let mut summaries = Vec::with_capacity(intake.deliveries.len());
    let taking = Taking { store, policy, verifier, now };
    for delivery in &intake.deliveries {
        let summary = taking.one(delivery, sources, score.as_deref_mut()).await;
        summaries.push(summary);
    }
    summaries
}

/// What all events of an invocation share.
struct Taking<'a> {
    store: &'a dyn Store,
    policy: &'a Policy,
    verifier: Option<&'a Verifier<'a>>,
    now: Timestamp,
}

impl Taking<'_> {
    async fn one(&self, delivery: &Delivery, sources: &[Source], score: Option<&mut RunningScore>) -> EventSummary {
        let Self { store, policy, now, .. } = *self;
        let (source, judgement) = judge(delivery, sources, policy);
        let event = &delivery.event;
        let mut summary = EventSummary {
            outcome: None,
            reason: None,
            event_id: plimsoll_finding::clean_line(&event.id),
            detail_type: plimsoll_finding::clean_line(&event.detail_type),
            findings: Vec::new(),
            score: None,
            message_id: delivery.message_id.clone(),
            lag_ms: event.time.and_then(|time| i64::try_from(now.duration_since(time).as_millis()).ok()),
        };
        let applied = match judgement {
            Judgement::Ignored(reason) => {
                summary.reason = Some(reason);
                self.ignored(event, sources, &mut summary).await.map(|()| Vec::new())
            }
            Judgement::Quarantined(fault) => {
                summary.reason = Some(fault.reason.clone());
                let function = source.unwrap_or("plimsoll");
                let kept = quarantine(store, function, event, &delivery.raw, &fault, policy, now).await;
                kept.map(|kept| vec![kept]).map_err(IngestError::from)
            }
            Judgement::Findings(findings) => self.findings(delivery, &findings, &mut summary).await,
        };
        let applied = match applied {
            Ok(applied) => applied,
            Err(error) => {
                summary.reason = Some(format!("{error}; the event will be delivered again"));
                return summary;
            }
        };
        summary.outcome = summary.outcome.or_else(|| applied.iter().map(|i| i.outcome).min_by_key(|o| telling(*o)));
        summary.outcome = summary.outcome.or(Some(Outcome::Ignored));
        summary.findings = applied.iter().map(|ingested| describe(ingested, policy)).collect();
        summary.findings.sort_by_key(|finding| std::cmp::Reverse((finding.status, finding.severity)));
        summary.score = score.map(|score| {
            let changed: Vec<Record> = applied.into_iter().map(|i| i.record).collect();
            score.update(&changed, policy, now)
        });
        summary
    }

    /// An event that says nothing about readiness; a heartbeat is kept.
    async fn ignored(&self, event: &Event, sources: &[Source], summary: &mut EventSummary) -> Result<(), IngestError> {
        summary.outcome = match heartbeat(event, sources) {
            Some(heartbeat) => {
                summary.reason = Some(format!("heartbeat of {}", heartbeat.path));
                Some(beat(self.store, &heartbeat, self.now).await?)
            }
            None => Some(Outcome::Ignored),
        };
        Ok(())
    }

    /// Takes the findings of one event. If one of them was not taken, the event is kept as well, so that it can be taken
    /// through again.
    async fn findings(
        &self,
        delivery: &Delivery,
        findings: &[Finding],
        summary: &mut EventSummary,
    ) -> Result<Vec<Ingested>, IngestError> {
        let Self { store, policy, verifier, now } = *self;
        let mut applied = Vec::with_capacity(findings.len());
        let mut doubted = None;
        for finding in findings {
            match ingest_confirmed(store, finding, policy, verifier, now).await? {
                Taken::Ingested(ingested) => applied.push(*ingested),
                Taken::Doubted(reason) => {
                    doubted.get_or_insert((finding, reason));
                }
            }
        }
        if let Some((finding, reason)) = doubted {
            let kept = quarantine_close(store, &delivery.event, &delivery.raw, finding, &reason, policy, now).await?;
            summary.reason = Some(format!("the close of {} is not confirmed: {reason}", finding.resource.name));
            applied.push(kept);
        }
        Ok(applied)
    }
}

const fn telling(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Quarantined => 0,
        Outcome::Applied => 1,
        Outcome::Stale => 2,
        Outcome::Duplicate => 3,
        Outcome::Ignored => 4,
    }
}

fn describe(ingested: &Ingested, policy: &Policy) -> FindingSummary {
    let record = &ingested.record;
    FindingSummary {
        outcome: ingested.outcome,
        key: record.key.to_string(),
        title: record.title(),
        status: record.status(),
        severity: record.severity(),
        checklist: checklist_ids(record.parts.values().map(|s| s.part.check.as_str()), policy),
        routes: ingested.routes.clone(),
    }
}

/// The lines that statements with these checks are evidence for, in order, without repeats.
#[must_use]
pub fn checklist_ids<'a>(checks: impl Iterator<Item = &'a str>, policy: &Policy) -> Vec<String> {
    let mut ids: Vec<String> =
        checks.flat_map(|check| policy.checklist.lines_for_check(check)).map(|item| item.id.clone()).collect();
    ids.sort();
    ids.dedup();
    ids
}
