//! The answer to one question: a verdict and what was compared for it. Answers add up; the witnesses of the verdict that
//! stands are kept, those of the others are dropped.

use plimsoll_checklist::{Blind, KEPT_WITNESSES, Verdict, Witness};

/// What a comparison means where there is nothing to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Means {
    /// It is as the question asks.
    Holds,
    /// It is not.
    Fails,
    /// Nobody knows.
    CannotTell,
}

/// A verdict with its witnesses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) verdict: Verdict,
    pub(crate) witnesses: Vec<Witness>,
    /// How many comparisons speak for the verdict, kept or not.
    pub(crate) compared: u32,
}

impl Answer {
    pub(crate) fn of(verdict: Verdict, witness: Witness) -> Self {
        Self { verdict, witnesses: vec![witness], compared: 1 }
    }

    pub(crate) fn means(means: Means, witness: Witness) -> Self {
        let verdict = match means {
            Means::Holds => Verdict::Holds,
            Means::Fails => Verdict::Fails,
            Means::CannotTell => Verdict::CannotTell(Blind::new(
                format!("{} of {} is {}", witness.path, witness.unit, witness.actual),
                "look at the resource by hand: AWS left out what it documents",
            )),
        };
        Self::of(verdict, witness)
    }

    pub(crate) fn cannot_tell(blind: Blind) -> Self {
        Self { verdict: Verdict::CannotTell(blind), witnesses: Vec::new(), compared: 0 }
    }

    /// Both have to hold.
    pub(crate) fn and(self, other: Self) -> Self {
        let by = |verdict: &Verdict| match verdict {
            Verdict::Fails => 2,
            Verdict::CannotTell(_) => 1,
            Verdict::Holds => 0,
        };
        self.merge(other, by)
    }

    /// One has to hold.
    pub(crate) fn or(self, other: Self) -> Self {
        let by = |verdict: &Verdict| match verdict {
            Verdict::Holds => 2,
            Verdict::CannotTell(_) => 1,
            Verdict::Fails => 0,
        };
        self.merge(other, by)
    }

    /// The opposite. What cannot be told stays so.
    pub(crate) fn not(mut self) -> Self {
        self.verdict = match self.verdict {
            Verdict::Holds => Verdict::Fails,
            Verdict::Fails => Verdict::Holds,
            unseen @ Verdict::CannotTell(_) => unseen,
        };
        self
    }

    /// All of them have to hold; `none` is the answer where there are none.
    pub(crate) fn every(answers: impl IntoIterator<Item = Self>, none: impl FnOnce() -> Self) -> Self {
        answers.into_iter().reduce(Self::and).unwrap_or_else(none)
    }

    /// One of them has to hold; `none` is the answer where there are none.
    pub(crate) fn any(answers: impl IntoIterator<Item = Self>, none: impl FnOnce() -> Self) -> Self {
        answers.into_iter().reduce(Self::or).unwrap_or_else(none)
    }

    fn merge(mut self, mut other: Self, weight: fn(&Verdict) -> u8) -> Self {
        if weight(&other.verdict) > weight(&self.verdict) {
            return other;
        }
        if weight(&other.verdict) == weight(&self.verdict) {
            self.witnesses.append(&mut other.witnesses);
            self.witnesses.truncate(KEPT_WITNESSES);
            self.compared = self.compared.saturating_add(other.compared);
        }
        self
    }

    pub(crate) fn fails(&self) -> bool {
        self.verdict == Verdict::Fails
    }

    pub(crate) fn holds(&self) -> bool {
        self.verdict == Verdict::Holds
    }
}
