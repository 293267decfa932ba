//! All lines, judged by all collections.

use std::collections::BTreeMap;

use plimsoll_checklist::{Absence, LineEvidence, UnitVerdict, Verdict};

use crate::{
    Collection, Profile,
    lines::{Line, lines},
    population::Population,
    reads,
    view::View,
};

/// For how many days a read proves, unless its line says otherwise.
const MAX_AGE_DAYS: u32 = 2;

/// What the collections say about every line that a read serves, in the order of [`reads::LINES`]. A line is met only
/// when every kind that it needs was read completely in every account and region, and every unit in scope is proved.
///
/// ```
/// use plimsoll_evidence::{Profile, judge};
///
/// assert!(judge(&[], &Profile::default()).is_empty(), "without a collection nothing was read");
/// ```
///
/// What a line says at a time, with the age of its reads: [`LineEvidence::state`].
#[must_use]
pub fn judge(collections: &[Collection], profile: &Profile) -> Vec<LineEvidence> {
    let Some(read_at) = collections.iter().map(|collection| collection.started_at).min() else { return Vec::new() };
    lines().map(|line| merged(line, collections, profile, read_at)).collect()
}

fn merged(line: &Line, collections: &[Collection], profile: &Profile, read_at: jiff::Timestamp) -> LineEvidence {
    let parts: Vec<Population> = collections
        .iter()
        .map(|own| population(line, &View { own, all: collections, settings: profile.of(&own.account) }))
        .collect();
    let what = parts.first().map_or("units", |part| part.what).to_owned();
    let also = parts.iter().find_map(|part| part.also).map(str::to_owned);
    let mut units: BTreeMap<(String, String), UnitVerdict> = BTreeMap::new();
    let (mut blind, mut absent, mut empty) = (Vec::new(), None, Vec::new());
    for part in parts {
        blind.extend(part.blind);
        empty.extend(part.empty);
        // Of two reasons the weaker one stands.
        absent = match (absent, part.absent) {
            (None, other) | (_, other @ Some(Absence::Profile(_))) => other,
            (known, _) => known,
        };
        for unit in part.units {
            // What is global is seen from every region: the worst of its verdicts stands.
            let key = (unit.account.clone(), unit.unit.clone());
            if units.get(&key).is_none_or(|known| weight(&known.verdict) < weight(&unit.verdict)) {
                units.insert(key, unit);
            }
        }
    }
    let mut units: Vec<UnitVerdict> = units.into_values().collect();
    units.sort_by_key(|unit| std::cmp::Reverse(weight(&unit.verdict)));
    if units.is_empty() && absent.is_none() {
        blind.extend(empty);
    }
    blind.sort();
    blind.dedup();
    let absent = absent.filter(|_| units.is_empty());
    LineEvidence {
        line: line.id.to_owned(),
        what,
        units,
        blind,
        absent,
        also,
        read_at,
        max_age_days: line.max_age_days.unwrap_or(MAX_AGE_DAYS),
    }
}

/// What one account and region says, with every kind that the line needs and that was not read completely.
fn population(line: &Line, view: &View<'_>) -> Population {
    let mut population = (line.judge)(view);
    if !matches!(population.absent, Some(Absence::Profile(_))) {
        population.blind.extend(reads::kinds_of(line.id).iter().filter_map(|kind| view.of(kind).blind));
        if !population.blind.is_empty() {
            population.absent = None;
        }
    }
    population
}

const fn weight(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Fails => 2,
        Verdict::CannotTell(_) => 1,
        Verdict::Holds => 0,
    }
}
