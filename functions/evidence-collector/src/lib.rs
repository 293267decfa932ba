//! The collector: a schedule's tick in, what was read and judged out.
//!
//! A tick goes on with the reading that is under way, or begins one if the last began long enough ago; with nothing to do it
//! ends at once. So a run that is stopped by its deadline loses nothing, and the schedule may be shorter than the time
//! between two readings.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use plimsoll_app::{App, Clients, EnvironmentError, Tick, TickError, variables::COLLECT};
use plimsoll_collector::{GLOBAL_REGION, Options, Progress, REQUESTS_A_SECOND, assume, resume};
use plimsoll_evidence::Collection;
use plimsoll_pipeline::StoreError;
use plimsoll_readiness::{EVIDENCE_SOURCE, Place, PlaceReading, TakenReading, load_place, save_place, take_reading};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a run needs at its end to keep what it read and to judge it.
const RESERVE: SignedDuration = SignedDuration::from_secs(60);
/// A reading begins this much before its time: schedules are not exact.
const EARLY: SignedDuration = SignedDuration::from_mins(10);
/// Paid requests are made once in this time, and their answers serve until then.
const PAID_EVERY: SignedDuration = SignedDuration::from_hours(23);

/// For so long a paid answer is part of later readings.
const PAID_SERVES: SignedDuration = SignedDuration::from_hours(25);

/// What the collector reads, as Terraform says it in [`COLLECT`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CollectPlan {
    /// The accounts, each with its regions.
    pub accounts: Vec<CollectTarget>,
    /// Hours between the beginnings of two readings.
    #[serde(default = "six")]
    pub every_hours: u16,
    /// How many requests to Cost Explorer a day may be made in each account, 0.01 USD each; none unless given.
    #[serde(default)]
    pub paid_calls_a_day: u32,
    /// Requests a second in each region.
    #[serde(default = "requests")]
    pub requests_a_second: u32,
}

const fn six() -> u16 {
    6
}

const fn requests() -> u32 {
    REQUESTS_A_SECOND
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CollectTarget {
    /// 12 digits.
    pub account: String,
    /// At least one; what is global to the account is read with the first.
    pub regions: Vec<String>,
    /// The role in another account; the function's own role reads its own account.
    #[serde(default)]
    pub role_arn: Option<String>,
    /// What the role's trust policy asks for.
    #[serde(default)]
    pub external_id: Option<String>,
}

/// What became of one tick.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CollectReport {
    /// The places whose reading was completed in this run.
    pub completed: Vec<Place>,
    /// The places whose reading goes on in the next run.
    pub under_way: Vec<Place>,
    /// The places that could not be read at all, each with the reason.
    pub failed: BTreeMap<String, String>,
    /// Resources that were read in this run, with those of earlier runs of the same reading.
    pub resources: usize,
    /// Reads that something kept from being complete.
    pub incomplete_reads: usize,
    /// Paid requests to Cost Explorer.
    pub paid_calls: u32,
    /// What the lines say now; absent if no place was completed.
    pub judged: Option<TakenReading>,
}

/// The collector: what calls AWS, and what it reads. `{"plimsoll": "collect"}` goes on with a reading, or begins one if it is
/// time for it; with `"now": true` it begins one whenever the last was.
#[derive(Debug)]
pub struct Collector {
    clients: Clients,
    plan: CollectPlan,
}

/// Why the collector cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The environment lacks region or credentials.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The plan is missing or wrong.
    #[error("{COLLECT} is missing or wrong: {0}; Terraform sets it, see infra/suite/evidence_collector.tf")]
    Plan(#[from] serde_json::Error),
}

impl Collector {
    /// By the environment of the function.
    ///
    /// # Errors
    /// The environment lacks something; the error says what.
    pub fn from_environment() -> Result<Self, StartError> {
        let plan = serde_json::from_str(&std::env::var(COLLECT).unwrap_or_default())?;
        Ok(Self { clients: Clients::from_environment()?, plan })
    }
}

#[async_trait(?Send)]
impl Tick for Collector {
    fn name(&self) -> &'static str {
        EVIDENCE_SOURCE
    }

    async fn tick(&self, app: &App, payload: &Value, deadline: Timestamp) -> Result<Value, TickError> {
        let at_once = payload.get("now").and_then(Value::as_bool) == Some(true);
        let report = Box::pin(collect(app, &self.clients, &self.plan, deadline, at_once)).await?;
        if !report.failed.is_empty() {
            let message = format!("not read: {}", json!(report.failed));
            return Err(TickError::Other { error_type: "AccountNotRead", message });
        }
        Ok(json!(report))
    }
}

/// Reads on until the deadline, and judges if a place was completed.
///
/// # Errors
/// The store could not answer. Trying again is safe.
pub async fn collect(
    app: &App,
    clients: &Clients,
    plan: &CollectPlan,
    deadline: Timestamp,
    at_once: bool,
) -> Result<CollectReport, StoreError> {
    let mut report = CollectReport::default();
    let mut collections = Vec::new();
    let until = deadline.checked_sub(RESERVE).unwrap_or(deadline);
    for target in &plan.accounts {
        let mut known: Vec<(Place, PlaceReading)> = Vec::new();
        for region in &target.regions {
            let place = Place { account: target.account.clone(), region: region.clone() };
            let reading = load_place(app.store.as_ref(), &place).await?;
            known.push((place, reading));
        }
        match read_account(app, clients, plan, target, &mut known, until, at_once, &mut report).await {
            Ok(()) => {}
            Err(CollectError::Store(error)) => return Err(error),
            Err(CollectError::Account(reason)) => {
                report.failed.insert(target.account.clone(), reason);
            }
        }
        collections.extend(known.into_iter().map(|(place, reading)| last_of(&place, reading, app.clock.now())));
    }
    if !report.completed.is_empty() {
        let (store, profile) = (app.store.as_ref(), app.config.evidence_profile());
        report.judged = Some(take_reading(store, &app.policy, &profile, &collections, app.clock.now()).await?);
    }
    Ok(report)
}

enum CollectError {
    Store(StoreError),
    Account(String),
}

impl From<StoreError> for CollectError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What is judged of a place: its last completed reading. Of one that was never read everything is unknown.
fn last_of(place: &Place, reading: PlaceReading, now: Timestamp) -> Collection {
    reading.last.unwrap_or_else(|| Progress::new(&place.account, &place.region, now).collection)
}

#[expect(clippy::too_many_arguments, reason = "the state of one run, which nothing else needs")]
async fn read_account(
    app: &App,
    own: &Clients,
    plan: &CollectPlan,
    target: &CollectTarget,
    places: &mut [(Place, PlaceReading)],
    until: Timestamp,
    at_once: bool,
    report: &mut CollectReport,
) -> Result<(), CollectError> {
    let mut clients: Option<Clients> = None;
    for (index, (place, reading)) in places.iter_mut().enumerate() {
        let now = app.clock.now();
        if now >= until {
            report.under_way.push(place.clone());
            continue;
        }
        let under_way: Option<Progress> =
            reading.under_way.take().and_then(|progress| serde_json::from_value(progress).ok());
        let Some(progress) = under_way.or_else(|| begin(place, reading, plan, now, at_once)) else { continue };
        let clients = match &clients {
            Some(clients) => clients,
            None => clients.insert(clients_of(own, target).await.map_err(CollectError::Account)?),
        };
        let is_paid = plan.paid_calls_a_day > 0
            && index == 0
            && reading.paid_at.is_none_or(|paid| now.duration_since(paid) >= PAID_EVERY);
        let options = Options {
            per_second: plan.requests_a_second,
            account_wide: index == 0,
            paid_calls: if is_paid { plan.paid_calls_a_day } else { 0 },
            savings_plans: is_paid,
            ..Options::until(until)
        };
        let (began_paid, clock) = (progress.paid_calls, || app.clock.now());
        let progress = Box::pin(resume(clients, progress, options, &clock, &|_, _| {})).await;
        report.paid_calls = report.paid_calls.saturating_add(progress.paid_calls.saturating_sub(began_paid));
        report.resources = progress
            .collection
            .reads
            .values()
            .map(|read| read.resources.len())
            .fold(report.resources, usize::saturating_add);
        if progress.is_over(&options) {
            let mut collection = progress.collection;
            if is_paid {
                reading.paid_at = Some(now);
            } else {
                keep_paid(&mut collection, reading, now);
            }
            let incomplete = collection.reads.values().filter(|read| !read.complete).count();
            report.incomplete_reads = report.incomplete_reads.saturating_add(incomplete);
            reading.last = Some(collection);
            report.completed.push(place.clone());
        } else {
            let kept = serde_json::to_value(&progress)
                .map_err(|error| StoreError::new("save", format!("the reading of {}", place.account), error))?;
            reading.under_way = Some(kept);
            report.under_way.push(place.clone());
        }
        save_place(app.store.as_ref(), place, reading).await?;
    }
    Ok(())
}

/// A new reading, if it is time for one.
fn begin(place: &Place, reading: &PlaceReading, plan: &CollectPlan, now: Timestamp, at_once: bool) -> Option<Progress> {
    let pause = SignedDuration::from_hours(i64::from(plan.every_hours)).saturating_sub(EARLY);
    let is_time = reading.last.as_ref().is_none_or(|last| at_once || now.duration_since(last.started_at) >= pause);
    is_time.then(|| Progress::new(&place.account, &place.region, now))
}

/// What was paid for serves the other readings of the day, and none after it: old answers would look like new ones.
fn keep_paid(collection: &mut Collection, reading: &PlaceReading, now: Timestamp) {
    if reading.paid_at.is_none_or(|paid| now.duration_since(paid) > PAID_SERVES) {
        return;
    }
    let paid = reading.last.iter().flat_map(|last| &last.reads).filter(|(kind, _)| kind.starts_with("ce:"));
    for (kind, read) in paid {
        collection.reads.entry(kind.clone()).or_insert_with(|| read.clone());
    }
}

/// The clients for an account: the function's own, or those of the role there.
async fn clients_of(own: &Clients, target: &CollectTarget) -> Result<Clients, String> {
    let Some(role) = &target.role_arn else { return Ok(own.clone()) };
    let region = target.regions.first().map_or(GLOBAL_REGION, String::as_str);
    assume(own, region, role, target.external_id.as_deref()).await.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_is_what_terraform_writes_and_nothing_else() {
        let plan: CollectPlan = serde_json::from_str(
            r#"{"accounts": [{"account": "111122223333", "regions": ["eu-central-1"]}], "paid_calls_a_day": 6}"#,
        )
        .unwrap();
        assert_eq!((plan.every_hours, plan.paid_calls_a_day, plan.requests_a_second), (6, 6, REQUESTS_A_SECOND));
        assert!(serde_json::from_str::<CollectPlan>(r#"{"accounts": [], "paid_calls_a_week": 6}"#).is_err());
    }

    #[test]
    fn a_paid_answer_serves_for_a_day_and_is_unknown_afterwards() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut last = Progress::new("111122223333", "eu-central-1", at("2026-11-02T06:00:00Z")).collection;
        last.reads.insert("ce:GetAnomalyMonitors".to_owned(), plimsoll_evidence::Read::default());
        let reading =
            PlaceReading { last: Some(last), paid_at: Some(at("2026-11-02T06:00:00Z")), ..PlaceReading::default() };
        let kept = |now: &str| {
            let mut next = Progress::new("111122223333", "eu-central-1", at(now)).collection;
            keep_paid(&mut next, &reading, at(now));
            next.reads.len()
        };
        assert_eq!((kept("2026-11-03T06:00:00Z"), kept("2026-11-03T08:00:00Z")), (1, 0));
    }

    #[test]
    fn a_reading_begins_when_it_is_time() {
        let place = Place { account: "111122223333".into(), region: "eu-central-1".into() };
        let plan: CollectPlan = serde_json::from_str(r#"{"accounts": []}"#).unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let last = Progress::new("111122223333", "eu-central-1", at("2026-11-02T06:00:00Z")).collection;
        let reading = PlaceReading { last: Some(last), ..PlaceReading::default() };
        let begins = |now: &str, at_once| begin(&place, &reading, &plan, at(now), at_once).is_some();
        assert!(begin(&place, &PlaceReading::default(), &plan, at("2026-11-02T06:00:00Z"), false).is_some());
        assert!(!begins("2026-11-02T11:00:00Z", false) && begins("2026-11-02T11:55:00Z", false));
        assert!(begins("2026-11-02T06:01:00Z", true));
    }
}
