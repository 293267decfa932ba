//! What the configuration of AWS proves about a checklist line: a verdict of three values, with its witnesses. Pure.
//!
//! A resource *holds* what a line asks, it *fails*, or it *cannot be told*: a call was denied, a list was cut short, a
//! property has another type. No verdict is ever taken from absent evidence. [`judge`] is the entry; `lines` has one
//! predicate for each line that a read serves, in one file for each area.

mod answer;
mod collection;
mod judge;
mod lines;
mod place;
mod population;
mod profile;
#[cfg(test)]
mod properties;
pub mod reads;
mod scope;
#[cfg(test)]
mod tests;
mod view;

pub use collection::{Collection, Read, ReadError, ReadErrorKind, Resource};
pub use judge::judge;
pub use plimsoll_checklist::{Absence, Blind, LineEvidence, ReadState, UnitVerdict, Verdict, Witness};
pub use profile::{Profile, Purpose, Settings};
