//! What reads of AWS's configuration say about one line: its units, a verdict for each, and what could not be seen.

use std::fmt::{self, Write as _};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How many witnesses a unit keeps; the others are counted only.
pub const KEPT_WITNESSES: usize = 20;
/// How many units a sentence names before it says how many more there are.
const NAMED: usize = 5;
/// A unit that failed and is not there any more counts as failed for so long: deleting a bad service raises no score.
const GONE_COUNTS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A read that claims to be later than this after now is dated wrongly and proves nothing.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_hours(1);

/// Something that could not be seen, and what would make it visible. Both are clauses for people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Blind {
    /// What could not be seen, and why.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

impl Blind {
    /// Both clauses.
    #[must_use]
    pub fn new(reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { reason: reason.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Blind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.reason, self.remedy)
    }
}

/// What one unit says about one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verdict", content = "blind")]
pub enum Verdict {
    /// Everything in scope was seen, and it is as the question asks.
    Holds,
    /// It is not as the question asks.
    Fails,
    /// It could not be seen; why, and what to do.
    CannotTell(Blind),
}

/// What was compared, so that a verdict can be checked by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// The kind of read that showed it, for example `AWS::ECR::Repository` or `ecs:DescribeServices`.
    pub kind: String,
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

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unit, path, operator, expected, actual, .. } = self;
        write!(f, "{}: {path} is {actual}, asked for: {operator} {expected}", short(unit))
    }
}

/// One unit of a line, judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitVerdict {
    /// The unit: an ARN or another identifier of AWS.
    pub unit: String,
    /// Its account, 12 digits.
    pub account: String,
    /// Its region, such as `eu-west-1`; `global` for what has none.
    pub region: String,
    /// The verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What was compared, for the verdict that stands; at most [`KEPT_WITNESSES`].
    pub witnesses: Vec<Witness>,
    /// How many comparisons speak for the verdict, kept or not.
    pub compared: u32,
    /// Since when the unit, which had failed, is not there any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_at: Option<Timestamp>,
}

/// Why a line has no unit to judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by", content = "because")]
pub enum Absence {
    /// A complete read does not show the thing that the line protects, and AWS Config counts none either.
    Read(String),
    /// The profile of the environment leaves the line out.
    Profile(String),
}

impl Absence {
    /// The reason, as a clause.
    #[must_use]
    pub fn because(&self) -> &str {
        match self {
            Self::Read(because) | Self::Profile(because) => because,
        }
    }
}

/// What the reads say about a line at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadState {
    /// Every unit in scope was seen, and every one is proved.
    Met,
    /// At least one unit is refuted, whatever could not be seen.
    Gap,
    /// The reads were complete, and they are too old.
    Stale,
    /// Something could not be seen.
    Unknown,
    /// There is nothing that the line could protect.
    NotApplicable,
}

/// What the reads say about one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineEvidence {
    /// The line.
    pub line: String,
    /// What its units are, in the plural: `repositories`.
    pub what: String,
    /// Its units, the refuted first, then those that could not be seen.
    pub units: Vec<UnitVerdict>,
    /// What could not be seen of the population itself: units may be missing.
    pub blind: Vec<Blind>,
    /// Why there is no unit; absent where there are some, or where nobody knows.
    pub absent: Option<Absence>,
    /// What the reads cannot show and the line asks for as well, for example `a finished scan of a deployed image`:
    /// an event or a signature has to.
    pub also: Option<String>,
    /// When the oldest of the runs that it rests on began; the proof ages from there.
    pub read_at: Timestamp,
    /// For how many days a proof holds.
    pub max_age_days: u32,
}

impl LineEvidence {
    /// What the reads say at `now`. A gap never grows too old: what was refuted stays so until a read says otherwise.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> ReadState {
        let count =
            |is: fn(&Verdict) -> bool| self.units.iter().filter(|unit| unit.counts(now) && is(&unit.verdict)).count();
        if count(|verdict| matches!(verdict, Verdict::Fails)) > 0 {
            return ReadState::Gap;
        }
        let unseen = count(|verdict| matches!(verdict, Verdict::CannotTell(_))) > 0 || !self.blind.is_empty();
        let proved = count(|verdict| matches!(verdict, Verdict::Holds)) > 0;
        if unseen || (!proved && self.absent.is_none()) {
            return ReadState::Unknown;
        }
        let age = now.duration_since(self.read_at);
        let limit = SignedDuration::from_hours(i64::from(self.max_age_days).saturating_mul(24));
        if age > limit || age.saturating_add(CLOCK_TOLERANCE).is_negative() {
            return ReadState::Stale;
        }
        if proved { ReadState::Met } else { ReadState::NotApplicable }
    }

    /// How many units are proved, and how many there are.
    #[must_use]
    pub fn proved(&self, now: Timestamp) -> (usize, usize) {
        let all = self.units.iter().filter(|unit| unit.counts(now));
        let (proved, all): (Vec<&UnitVerdict>, Vec<&UnitVerdict>) =
            (all.clone().filter(|unit| unit.verdict == Verdict::Holds).collect(), all.collect());
        (proved.len(), all.len())
    }

    /// The same as a clause for people: `9 of 14 repositories, missing: shop, web`.
    #[must_use]
    pub fn summary(&self, now: Timestamp) -> String {
        if let Some(absent) = self.absent.as_ref().filter(|_| self.units.is_empty()) {
            return format!("not applicable: {}", absent.because());
        }
        let (proved, all) = self.proved(now);
        let mut text = format!("{proved} of {all} {}", self.what);
        let missing: Vec<&str> = self
            .units
            .iter()
            .filter(|unit| unit.counts(now) && unit.verdict != Verdict::Holds)
            .map(|unit| short(&unit.unit))
            .collect();
        if !missing.is_empty() {
            text.push_str(", missing: ");
            text.push_str(&missing.iter().take(NAMED).copied().collect::<Vec<_>>().join(", "));
        }
        if missing.len() > NAMED {
            // Writing to a string cannot fail.
            write!(text, " and {} more", missing.len().saturating_sub(NAMED)).ok();
        }
        text
    }

    /// Everything that could not be seen: of the population, then of each unit. Each once.
    #[must_use]
    pub fn unseen(&self) -> Vec<&Blind> {
        let of_units = self.units.iter().filter_map(|unit| match &unit.verdict {
            Verdict::CannotTell(blind) => Some(blind),
            _ => None,
        });
        let mut all: Vec<&Blind> = Vec::new();
        for blind in self.blind.iter().chain(of_units) {
            if !all.contains(&blind) {
                all.push(blind);
            }
        }
        all
    }

    /// The same line after an earlier reading of it: a unit that had failed and is not there any more stays a failure
    /// for 30 days, so that nothing rises because a bad unit vanished.
    #[must_use]
    pub fn after(mut self, earlier: &Self, now: Timestamp) -> Self {
        for unit in earlier.units.iter().filter(|unit| unit.verdict == Verdict::Fails) {
            if !self.units.iter().any(|other| other.is(unit)) {
                let mut gone = unit.clone();
                gone.gone_at = Some(unit.gone_at.unwrap_or(self.read_at));
                if gone.counts(now) {
                    self.units.push(gone);
                }
            }
        }
        self
    }
}

impl UnitVerdict {
    /// Whether it still counts: it is there, or it went less than 30 days ago.
    #[must_use]
    pub fn counts(&self, now: Timestamp) -> bool {
        self.gone_at.is_none_or(|gone| now.duration_since(gone) <= GONE_COUNTS)
    }

    /// What people call the unit: of an ARN what comes after the account.
    #[must_use]
    pub fn name(&self) -> &str {
        short(&self.unit)
    }

    fn is(&self, other: &Self) -> bool {
        (&self.unit, &self.account, &self.region) == (&other.unit, &other.account, &other.region)
    }
}

/// The part of an identifier that people read: of an ARN what comes after the account.
fn short(unit: &str) -> &str {
    unit.strip_prefix("arn:").and_then(|rest| rest.splitn(5, ':').nth(4)).unwrap_or(unit)
}
