//! From answers about units to what a line says about all of them.

use plimsoll_checklist::{Absence, Blind, UnitVerdict};

use crate::{answer::Answer, place::Place, view::View};

/// A unit by its identifier: as it was seen, or why it was not.
pub(crate) type Unit<'a> = (String, Result<Place<'a>, Blind>);

/// The units of a line in one account and region, before they are judged. One that is known by name only could not be
/// seen.
#[derive(Debug, Clone)]
pub(crate) struct Scope<'a> {
    what: &'static str,
    units: Vec<Unit<'a>>,
    blind: Vec<Blind>,
}

/// What it means for a line that there is no unit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Nothing {
    /// What the line protects is not there, if AWS Config confirms that of these kinds.
    NotApplicable(&'static str, &'static [&'static str]),
    /// Nobody knows what the line would say.
    Unknown(&'static str),
}

/// What one account and region says about a line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Population {
    pub(crate) what: &'static str,
    pub(crate) units: Vec<UnitVerdict>,
    pub(crate) blind: Vec<Blind>,
    pub(crate) absent: Option<Absence>,
    /// There is no unit here, which matters only if there is none anywhere.
    pub(crate) empty: Option<Blind>,
    pub(crate) also: Option<&'static str>,
}

impl<'a> Scope<'a> {
    pub(crate) const fn new(what: &'static str) -> Self {
        Self { what, units: Vec::new(), blind: Vec::new() }
    }

    /// Adds a unit, once.
    pub(crate) fn add(&mut self, id: &str, seen: Result<Place<'a>, Blind>) {
        if !self.units.iter().any(|(known, _)| known == id) {
            self.units.push((id.to_owned(), seen));
        }
    }

    /// There may be units that were not seen.
    pub(crate) fn missing(&mut self, blind: impl IntoIterator<Item = Blind>) {
        self.blind.extend(blind);
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    pub(crate) const fn len(&self) -> usize {
        self.units.len()
    }

    /// The units that were seen.
    pub(crate) fn seen(&self) -> impl Iterator<Item = &Place<'a>> {
        self.units.iter().filter_map(|(_, seen)| seen.as_ref().ok())
    }

    /// The units, seen or not, and why there may be more.
    pub(crate) fn into_parts(self) -> (Vec<Unit<'a>>, Vec<Blind>) {
        (self.units, self.blind)
    }

    /// Keeps some of the units that were seen; what was not seen stays.
    pub(crate) fn only(mut self, keep: impl Fn(&Place<'a>) -> bool) -> Self {
        self.units.retain(|(_, seen)| seen.as_ref().map_or(true, &keep));
        self
    }

    /// Judges every unit.
    pub(crate) fn every(self, view: &View<'_>, nothing: Nothing, judge: impl Fn(&Place<'a>) -> Answer) -> Population {
        let mut all = Population { what: self.what, blind: self.blind, ..Population::default() };
        for (id, seen) in self.units {
            let answer = seen.map_or_else(Answer::cannot_tell, |place| judge(&place));
            all.add(view, &id, answer);
        }
        if all.units.is_empty() && all.blind.is_empty() {
            all.nothing(view, nothing);
        }
        all
    }
}

impl Population {
    /// A line about the account and region as a whole.
    pub(crate) fn region(view: &View<'_>, answer: Answer) -> Self {
        let mut one = Self { what: "regions", ..Self::default() };
        one.add(view, &format!("{}/{}", view.own.account, view.own.region), answer);
        one
    }

    /// A line about the account as a whole, which every region answers in the same way.
    pub(crate) fn account(view: &View<'_>, answer: Answer) -> Self {
        let mut one = Self { what: "accounts", ..Self::default() };
        one.add(view, &view.own.account, answer);
        one.units.iter_mut().for_each(|unit| "global".clone_into(&mut unit.region));
        one
    }

    /// Nothing is known, and why.
    pub(crate) fn unknown(what: &'static str, blind: Blind) -> Self {
        Self { what, blind: vec![blind], ..Self::default() }
    }

    /// There is nothing to judge here, and nobody knows what the line would say.
    pub(crate) fn empty(what: &'static str, why: &str, remedy: &str) -> Self {
        Self { what, empty: Some(Blind::new(why, remedy)), ..Self::default() }
    }

    /// The profile of the environment leaves the line out.
    pub(crate) fn left_out(what: &'static str, because: &str) -> Self {
        Self { what, absent: Some(Absence::Profile(because.to_owned())), ..Self::default() }
    }

    pub(crate) fn add(&mut self, view: &View<'_>, id: &str, answer: Answer) {
        self.units.push(UnitVerdict {
            unit: id.to_owned(),
            account: view.own.account.clone(),
            region: view.own.region.clone(),
            verdict: answer.verdict,
            witnesses: answer.witnesses,
            compared: answer.compared,
            gone_at: None,
        });
    }

    pub(crate) fn nothing(&mut self, view: &View<'_>, nothing: Nothing) {
        match nothing {
            Nothing::NotApplicable(because, kinds) => match view.second_witness(kinds) {
                None => self.absent = Some(Absence::Read(because.to_owned())),
                Some(blind) => self.blind.push(blind),
            },
            Nothing::Unknown(why) => self.empty = Some(Blind::new(why, "the line is judged as soon as there is one")),
        }
    }

    /// What the line asks for and no read shows.
    pub(crate) const fn also(mut self, what: &'static str) -> Self {
        self.also = Some(what);
        self
    }
}
