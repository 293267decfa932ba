//! The score, the states and the counts by day and scope: one document for each scope, bounded in size.
//!
//! A day keeps the state of every line in one character, so that a changed checklist re-draws the past: a new line counts from
//! the day on which it was first there, and changed weights count for all days. What changed is kept with what changed it.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use plimsoll_checklist::{Assessment, Checklist, LineEvidence, Reason};
use plimsoll_finding::clean_line;
use plimsoll_pipeline::{Document, DocumentKind, Environment, Policy, Saved, Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    decisive::Decisive,
    marks::{marks, moved, redraw},
    packed::{pack, unpack},
    scope::Scope,
};

/// The newest days that are all kept; of older ones the last of each week.
const ALL_DAYS: usize = 90;
/// Days that are kept at most.
const MOST_DAYS: usize = 400;
/// Steps of a day that are kept; the others are counted.
const MOST_STEPS: usize = 20;
/// Characters of a cause.
const CAUSE: usize = 160;

/// A line that changed its state, and what changed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryStep {
    /// The line.
    pub line: String,
    /// Its state before, in one character.
    pub from: char,
    /// Its state after.
    pub to: char,
    /// The event, the read or the signature that changed it, as a clause for people.
    pub cause: String,
}

/// One day of one scope, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Day {
    /// When it was last looked at.
    at: Timestamp,
    /// The score as it was told, in percent.
    current: u8,
    /// The lines by state: met, gap, unknown, waived, not applicable.
    counts: [u32; 5],
    /// The state of each line, in the order of the ids of the document; `-` for a line that was not there.
    marks: String,
    /// What changed on that day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    steps: Vec<HistoryStep>,
    /// How many changes are not kept.
    #[serde(default)]
    more_steps: usize,
}

/// Every day of a scope, as stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Every line that was ever there; only ever longer.
    ids: Vec<String>,
    days: Vec<Day>,
}

/// One day of a trend, drawn with the checklist of today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrendDay {
    /// The day, in UTC.
    pub day: Date,
    /// What is proved, in percent.
    pub current: u8,
    /// What would be proved if every unknown line were met, in percent.
    pub upper: u8,
    /// The lines by state: met, gap, unknown, waived, not applicable.
    pub counts: [u32; 5],
    /// How the score moved since the day before in the list, in points, by what happened.
    pub by_team: i16,
    /// The same by changes of the checklist itself.
    pub by_list: i16,
    /// What changed on that day.
    pub steps: Vec<HistoryStep>,
}

impl History {
    /// The days, oldest first, drawn with the checklist of today.
    #[must_use]
    pub fn trend(&self, checklist: &Checklist) -> Vec<TrendDay> {
        let mut before: Option<(BTreeMap<String, char>, u8)> = None;
        let mut trend = Vec::new();
        for day in &self.days {
            let marks = self.marks(day);
            let drawn = redraw(checklist, &marks.iter().map(|(id, mark)| (id.as_str(), *mark)).collect());
            let change = before.as_ref().map(|(then, recorded)| moved(checklist, then, *recorded, &marks).0);
            let change = change.unwrap_or_default();
            trend.push(TrendDay {
                day: date(day.at),
                current: drawn.current,
                upper: drawn.upper,
                counts: day.counts,
                by_team: change.total.saturating_sub(change.by_list),
                by_list: change.by_list,
                steps: day.steps.clone(),
            });
            before = Some((marks, drawn.current));
        }
        trend
    }

    fn marks(&self, day: &Day) -> BTreeMap<String, char> {
        let marks = self.ids.iter().zip(day.marks.chars());
        marks.filter(|(_, mark)| *mark != '-').map(|(id, mark)| (id.clone(), mark)).collect()
    }

    /// Takes the state at `at` in. What is older than the last look changes nothing.
    fn take(&mut self, assessments: &[Assessment<'_>], current: u8, at: Timestamp) {
        let last = self.days.last();
        if last.is_some_and(|last| at < last.at) {
            return;
        }
        let now = marks(assessments);
        let before = last.map(|day| self.marks(day));
        let steps = before.map_or_else(Vec::new, |before| steps(assessments, &before, &now));
        for id in now.keys() {
            if !self.ids.contains(id) {
                self.ids.push(id.clone());
            }
        }
        let marks = self.ids.iter().map(|id| now.get(id).copied().unwrap_or('-')).collect();
        let mut day = Day { at, current, counts: counts(assessments), marks, steps, more_steps: 0 };
        if let Some(same) = self.days.pop_if(|last| date(last.at) == date(at)) {
            day.steps = joined(same.steps, day.steps);
            day.more_steps = same.more_steps;
        }
        let left = day.steps.len().saturating_sub(MOST_STEPS);
        day.more_steps = day.more_steps.saturating_add(left);
        day.steps.truncate(MOST_STEPS);
        self.days.push(day);
        self.thin();
    }

    /// Of days before the newest 90 the last of each week stays.
    fn thin(&mut self) {
        let old = self.days.len().saturating_sub(ALL_DAYS);
        let weeks: Vec<_> = self.days.iter().map(|day| date(day.at).iso_week_date()).collect();
        let week = |index: usize| weeks.get(index).map(|week| (week.year(), week.week()));
        let mut index = 0_usize;
        self.days.retain(|_| {
            let here = index;
            index = index.saturating_add(1);
            here >= old || week(here) != week(here.saturating_add(1))
        });
        let most = self.days.len().saturating_sub(MOST_DAYS);
        self.days.drain(..most);
    }
}

fn date(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}

fn counts(assessments: &[Assessment<'_>]) -> [u32; 5] {
    let count = |marks: &str| {
        let shipped = assessments.iter().filter(|line| !line.item.is_own());
        let counted = shipped.filter(|line| marks.contains(crate::marks::mark(line))).count();
        u32::try_from(counted).unwrap_or(u32::MAX)
    };
    ["m", "g", "us", "MGUSNP", "np"].map(count)
}

fn steps(
    assessments: &[Assessment<'_>],
    before: &BTreeMap<String, char>,
    now: &BTreeMap<String, char>,
) -> Vec<HistoryStep> {
    let changed = assessments.iter().filter_map(|line| {
        let (from, to) = (*before.get(&line.item.id)?, *now.get(&line.item.id)?);
        (from != to).then(|| HistoryStep { line: line.item.id.clone(), from, to, cause: cause(line) })
    });
    changed.collect()
}

/// The event, the read or the signature that decided a line, in one plain line.
#[must_use]
pub(crate) fn cause(line: &Assessment<'_>) -> String {
    let reasons: Vec<String> = match line.reasons.as_slice() {
        [place @ Reason::InEnvironment { .. }, why, ..] => vec![place.to_string(), why.to_string()],
        all => all.iter().take(1).map(ToString::to_string).collect(),
    };
    let text = reasons.join(": ");
    clean_line(&text).chars().take(CAUSE).collect()
}

/// The changes of one day: a line that changed twice has one, and one that is back where it was has none.
fn joined(earlier: Vec<HistoryStep>, later: Vec<HistoryStep>) -> Vec<HistoryStep> {
    let mut all = earlier;
    for step in later {
        match all.iter_mut().find(|known| known.line == step.line) {
            Some(known) => (known.to, known.cause) = (step.to, step.cause),
            None => all.push(step),
        }
    }
    all.retain(|step| step.from != step.to);
    all
}

fn id(environment: Option<&str>) -> String {
    // No scheduled time begins so: what reads digests by their time passes it by.
    environment.map_or_else(|| "history".to_owned(), |name| format!("history/{name}"))
}

/// The history of the deployment, or of an environment; empty if none was kept.
///
/// # Errors
/// The store could not answer, or what is kept cannot be read.
pub async fn read_history(store: &dyn Store, environment: Option<&str>) -> Result<History, StoreError> {
    Ok(load(store, environment).await?.0)
}

async fn load(store: &dyn Store, environment: Option<&str>) -> Result<(History, u64), StoreError> {
    let id = id(environment);
    let Some(document) = store.document(DocumentKind::Score, &id).await? else { return Ok((History::default(), 0)) };
    let text = document.body.get("packed").and_then(Value::as_str).unwrap_or_default();
    Ok((unpack(&format!("the {id}"), text)?, document.revision))
}

/// Keeps the state at `at` in the history of the deployment and of each environment. Another writer of the same moment has
/// kept the same: a lost race is none.
///
/// # Errors
/// The store could not answer.
pub async fn record_history(
    store: &dyn Store,
    policy: &Policy,
    reads: &[LineEvidence],
    at: Timestamp,
) -> Result<(), StoreError> {
    let known = Decisive::read(store, policy, at).await?;
    let environments: Vec<Option<&Environment>> =
        std::iter::once(None).chain(policy.environments.iter().map(Some)).collect();
    for environment in environments {
        let scope = Scope::new(policy, known.signals(), reads.to_vec(), environment);
        let assessments = scope.assess_with(at, |signal| known.is_accepted(signal));
        let name = environment.map(|environment| environment.name.as_str());
        let (mut history, revision) = load(store, name).await?;
        history.take(&assessments, scope.score(&assessments).current, at);
        let id = id(name);
        let body = json!({"packed": pack(&format!("the {id}"), &history)?});
        match store.put_document(DocumentKind::Score, &Document { id, revision, body }).await? {
            Saved::Written(_) | Saved::Conflict => {}
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "history/tests.rs"]
mod tests;
