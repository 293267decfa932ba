//! Takes the events of one invocation through: classify, ingest or quarantine, and say what became of each.

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use plimsoll_finding::{Event, Finding, Source, UNREADABLE_EVENT};

use crate::{
    heartbeat::{Heartbeat, read_heartbeat, record_heartbeat},
    ingest::{IngestError, Ingested, Ingestion, Outcome, Verifier, ingest_confirmed},
    intake::{
        classify::{Classification, NO_FUNCTION, classify},
        lanes::lanes,
        summary::{EventSummary, describe},
        unwrap::{Delivery, Intake},
    },
    policy::Policy,
    ports::Store,
    quarantine::{keep, quarantine, quarantine_close, unread_finding},
    record::Record,
};

/// What became of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Processed {
    /// For people and programs.
    pub summary: EventSummary,
    /// The records that it concerns, as they are now.
    pub records: Vec<Record>,
}

/// Takes every event of an invocation through. Those of different findings are written at the same time, those of one finding
/// in order. An event whose store failed, or whose close could not be
/// confirmed yet, is named by [`EventSummary::failed`]; its neighbours are not affected. Without a verifier every close is
/// believed.
pub async fn process(
    store: &dyn Store,
    intake: &Intake,
    sources: &[Source],
    policy: &Policy,
    verifier: Option<&Verifier<'_>>,
    now: Timestamp,
) -> Vec<Processed> {
    let processing = Processing { store, policy, verifier, now };
    let classified: Vec<_> = intake.deliveries.iter().map(|it| classify(it, sources, policy)).collect();
    let lanes = lanes(classified.iter().map(|(_, classification)| classification), verifier.is_some());
    let mut events: Vec<Option<(&Delivery, _)>> = intake.deliveries.iter().zip(classified).map(Some).collect();
    let mut running = Vec::with_capacity(lanes.len());
    for lane in lanes {
        let lane: Vec<_> = lane.into_iter().filter_map(|at| Some((at, events.get_mut(at)?.take()?))).collect();
        let processing = &processing;
        running.push(async move {
            let mut processed = Vec::with_capacity(lane.len());
            for (position, (delivery, (source, classification))) in lane {
                processed.push((position, processing.one(delivery, source, classification, sources).await));
            }
            processed
        });
    }
    let done: Vec<Vec<(usize, Processed)>> = stream::iter(running).buffer_unordered(AT_ONCE).collect().await;
    let mut processed: Vec<(usize, Processed)> = done.into_iter().flatten().collect();
    processed.sort_by_key(|(position, _)| *position);
    processed.into_iter().map(|(_, processed)| processed).collect()
}

/// Findings that are written at the same time.
const AT_ONCE: usize = 8;

/// What all events of an invocation share.
struct Processing<'a> {
    store: &'a dyn Store,
    policy: &'a Policy,
    verifier: Option<&'a Verifier<'a>>,
    now: Timestamp,
}

impl Processing<'_> {
    async fn one(
        &self,
        delivery: &Delivery,
        source: Option<&'static str>,
        classification: Classification,
        sources: &[Source],
    ) -> Processed {
        let Self { store, policy, now, .. } = *self;
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
        let applied = match classification {
            Classification::Ignored(reason) => {
                summary.reason = Some(reason);
                self.ignored(event, sources, &mut summary).await.map(|()| Vec::new())
            }
            Classification::Quarantined(fault) => {
                summary.reason = Some(fault.reason.clone());
                let function = source.unwrap_or(NO_FUNCTION);
                let finding = unread_finding(function, event, &fault, sources);
                let kept = quarantine(store, &delivery.raw, &fault.reason, &finding, policy, now).await;
                kept.map(|kept| vec![kept]).map_err(IngestError::from)
            }
            Classification::Findings(findings) => self.findings(delivery, &findings, &mut summary).await,
        };
        let applied = match applied {
            Ok(applied) => applied,
            Err(error) => {
                summary.reason = Some(format!("{error}; the event will be delivered again"));
                return Processed { summary, records: Vec::new() };
            }
        };
        summary.outcome = summary.outcome.or_else(|| applied.iter().map(|i| i.outcome).min_by_key(|o| rank(*o)));
        summary.outcome = summary.outcome.or(Some(Outcome::Ignored));
        summary.findings = applied.iter().map(|ingested| describe(ingested, policy)).collect();
        summary.findings.sort_by_key(|finding| std::cmp::Reverse((finding.status, finding.severity)));
        Processed { summary, records: applied.into_iter().map(|ingested| ingested.record).collect() }
    }

    /// An event that says nothing about readiness; a heartbeat is kept.
    async fn ignored(&self, event: &Event, sources: &[Source], summary: &mut EventSummary) -> Result<(), IngestError> {
        summary.outcome = match heartbeat(event, sources) {
            Some(heartbeat) => {
                summary.reason = Some(format!("heartbeat of {}", heartbeat.path));
                Some(record_heartbeat(self.store, &heartbeat, self.now).await?)
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
        let mut unconfirmed = None;
        for finding in findings {
            // A part of the event could not be read: the event is kept, or nothing could end the finding that says so.
            if finding.check == UNREADABLE_EVENT {
                let reason = finding.facts.first().map_or("", |fact| fact.value.as_str());
                applied.push(keep(store, &delivery.raw, reason, finding, policy, now).await?);
                continue;
            }
            match ingest_confirmed(store, finding, policy, verifier, now).await? {
                Ingestion::Saved(ingested) => applied.push(*ingested),
                Ingestion::Unconfirmed(reason) => {
                    unconfirmed.get_or_insert((finding, reason));
                }
            }
        }
        if let Some((finding, reason)) = unconfirmed {
            let kept = quarantine_close(store, &delivery.event, &delivery.raw, finding, &reason, policy, now).await?;
            summary.reason = Some(format!("the close of {} is not confirmed: {reason}", finding.resource.name));
            applied.push(kept);
        }
        Ok(applied)
    }
}

/// Of several findings of one event the most telling outcome stands for the event: lower is more telling.
const fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Quarantined => 0,
        Outcome::Applied => 1,
        Outcome::Stale => 2,
        Outcome::Duplicate => 3,
        Outcome::Ignored => 4,
    }
}

/// A heartbeat that reached a function. Where one process reads every source, there is no way to a function to show.
fn heartbeat(event: &Event, sources: &[Source]) -> Option<Heartbeat> {
    let [source] = sources else { return None };
    read_heartbeat(source.name, event)
}
