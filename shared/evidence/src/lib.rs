//! What the configuration of AWS proves about a checklist line: a verdict of three values, with its witnesses. Pure.
//!
//! A resource *holds* what a line asks, it *fails*, or it *cannot be told*: a call was denied, a list was cut short, a
//! property has another type. No verdict is ever taken from absent evidence.

mod collection;
pub mod reads;

pub use collection::{Collection, Read, ReadError, ReadErrorKind, Resource};
use serde::{Deserialize, Serialize};

/// What one resource, or a set of them, says about one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verdict", content = "reason")]
pub enum Verdict {
    /// Everything in scope was seen, and it is as the question asks.
    Holds,
    /// At least one resource is not as the question asks.
    Fails,
    /// It could not be seen; why, and what to do.
    CannotTell(String),
}

impl Verdict {
    /// The verdict about all of them: one failure decides; else one that cannot be told; an empty set cannot be told,
    /// since whether nothing in scope is good or bad is for the question to say.
    #[must_use]
    pub fn every(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let mut all: Option<Self> = None;
        for verdict in verdicts {
            all = Some(match (all, verdict) {
                (Some(Self::Fails), _) | (_, Self::Fails) => Self::Fails,
                (Some(Self::CannotTell(reason)), _) | (_, Self::CannotTell(reason)) => Self::CannotTell(reason),
                (Some(Self::Holds) | None, Self::Holds) => Self::Holds,
            });
        }
        all.unwrap_or_else(|| Self::CannotTell("there is nothing in scope".to_owned()))
    }
}

/// What was compared, so that a verdict can be checked by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// The resource, by its identifier in AWS.
    pub unit: String,
    /// The path of the property, with the indices of lists: `Rules[2].Action`.
    pub path: String,
    /// The comparison in words: `is one of`.
    pub operator: String,
    /// What the question asks for.
    pub expected: String,
    /// What is there; `absent` where the property is not set.
    pub actual: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unseen(reason: &str) -> Verdict {
        Verdict::CannotTell(reason.to_owned())
    }

    #[test]
    fn one_failure_decides_and_nothing_proves_nothing() {
        let every = |verdicts: &[Verdict]| Verdict::every(verdicts.to_vec());
        assert_eq!(every(&[Verdict::Holds, Verdict::Holds]), Verdict::Holds);
        assert_eq!(every(&[unseen("denied"), Verdict::Fails, Verdict::Holds]), Verdict::Fails);
        assert_eq!(every(&[Verdict::Holds, unseen("denied"), unseen("throttled")]), unseen("denied"));
        assert!(matches!(every(&[]), Verdict::CannotTell(_)));
    }
}
