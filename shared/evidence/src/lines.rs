//! One predicate for each line that a read serves, in one file for each area.

use crate::{population::Population, reads, view::View};

mod data;
mod deployment;
mod edge;
mod entry;
mod governance;
mod identity;
mod money;
mod network;
mod observability;
mod registry;

/// A line and its predicate.
pub(crate) struct Line {
    pub(crate) id: &'static str,
    pub(crate) judge: fn(&View<'_>) -> Population,
    /// For how many days its proof holds, if not as long as every read.
    pub(crate) max_age_days: Option<u32>,
}

const fn line(id: &'static str, judge: fn(&View<'_>) -> Population) -> Line {
    Line { id, judge, max_age_days: None }
}

/// All of them, in the order of [`reads::LINES`].
pub(crate) fn lines() -> impl Iterator<Item = &'static Line> {
    reads::LINES.iter().filter_map(|(id, _)| AREAS.iter().copied().flatten().find(|line| line.id == *id))
}

/// By area.
const AREAS: [&[Line]; 10] = [
    &registry::LINES,
    &identity::LINES,
    &network::LINES,
    &entry::LINES,
    &deployment::LINES,
    &observability::LINES,
    &edge::LINES,
    &data::LINES,
    &governance::LINES,
    &money::LINES,
];
