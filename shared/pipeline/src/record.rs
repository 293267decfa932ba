//! What the store keeps of one finding: what AWS said, and what each channel was told.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_finding::{Finding, FindingKey, Part, Severity, Status};
use serde::{Deserialize, Serialize};

use plimsoll_message::{Answer, ChannelId, MessageRef, NotifyReason};

/// Grows by one with each write of a record or document; 0 for one that was never written.
pub type Revision = u64;

/// Which statement is newer. Compared field by field: the provider's time first; on a tie open beats resolved, then
/// the worse severity, then the event id, so that the order of arrival never matters and the tie is safe.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Version {
    /// The provider's time, never more than five minutes after receipt.
    pub observed_at: Timestamp,
    /// Open beats resolved.
    pub status: Status,
    /// The worse beats the milder.
    pub severity: Severity,
    /// Breaks what tie is left.
    pub event_id: String,
}

/// Which change of a record brought something that people must hear of. Stored as a number and whole seconds, because a
/// record may hold hundreds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, i64)", into = "(u64, i64)")]
pub struct Stamp {
    /// The value of [`Record::news`] after that change; from 1.
    pub number: u64,
    /// When, by our clock, in whole seconds.
    pub at: Timestamp,
}

impl Stamp {
    /// A change at that time.
    #[must_use]
    pub fn new(number: u64, at: Timestamp) -> Self {
        Self::from((number, at.as_second()))
    }
}

impl From<(u64, i64)> for Stamp {
    fn from((number, seconds): (u64, i64)) -> Self {
        Self { number, at: Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH) }
    }
}

impl From<Stamp> for (u64, i64) {
    fn from(stamp: Stamp) -> Self {
        (stamp.number, stamp.at.as_second())
    }
}

/// What became worse about one part, and when. Records of older builds have none of it, so an upgrade reports nothing
/// again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartNews {
    /// It opened, at high or critical.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Stamp>,
    /// It was open and rose to high or critical.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worse: Option<Stamp>,
    /// An exploit became known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exploit: Option<Stamp>,
    /// A fixed version became known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Stamp>,
}

impl PartNews {
    /// Whether nothing became worse.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A higher amount on another day than the amount before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmountNews {
    /// Which change.
    pub stamp: Stamp,
    /// The amount before, with its unit.
    pub before: String,
}

/// One part of a finding, with the version that said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartState {
    /// The newest statement.
    pub part: Part,
    /// Its version.
    pub version: Version,
    /// What became worse about it.
    #[serde(default, skip_serializing_if = "PartNews::is_empty")]
    pub news: PartNews,
}

/// What a channel was told last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Which version of the finding.
    pub version: Version,
    /// Open or resolved.
    pub status: Status,
    /// The severity in the message.
    pub severity: Severity,
    /// Told as flapping, held open at its worst until it is quiet.
    #[serde(default)]
    pub flapping: bool,
    /// Up to which change of [`Record::news`].
    #[serde(default)]
    pub news: u64,
    /// Up to which answer of a person.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub answer: u64,
    /// When.
    pub at: Timestamp,
}

/// What one event said of the finding as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The event's version; its status is what the event said, whatever the parts add up to.
    pub version: Version,
    /// The event's finding.
    pub finding: Finding,
}

/// When, and how urgently, a channel is due. Kept in the cursor so that stores can index it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueMark {
    /// Not before this time: a lease, a back-off, an expiring waiver, a reminder.
    pub at: Timestamp,
    /// When it first became due, for order by age.
    pub since: Timestamp,
    /// The severity that the message will carry.
    pub severity: Severity,
    /// Why.
    pub reason: NotifyReason,
}

/// What one channel knows, and what is being told to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// What it was told last; `None` if nothing yet.
    #[serde(default, alias = "told", skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Delivered>,
    /// The worst open severity since the last claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak: Option<Severity>,
    /// The worst open severity that the current claim took along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_peak: Option<Severity>,
    /// A message may be out whose outcome is not known: whatever the state is then, it is told again.
    #[serde(default)]
    pub in_flight: bool,
    /// Nobody else may claim before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_until: Option<Timestamp>,
    /// Grows with every claim; a sender whose token is no longer this one may not record anything.
    #[serde(default)]
    pub token: u64,
    /// Failures since the last success.
    #[serde(default)]
    pub attempts: u32,
    /// The message that can be updated in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageRef>,
    /// When and how urgently it is due; `None` while it knows the truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DueMark>,
    /// The primary channel could not be reached, so this cursor was added as its fallback.
    #[serde(default)]
    pub as_fallback: bool,
}

impl Cursor {
    /// The worst open severity that was not told yet.
    #[must_use]
    pub fn undelivered_peak(&self) -> Option<Severity> {
        self.peak.max(self.claimed_peak)
    }
}

/// An answer as the record keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// What was said.
    #[serde(flatten)]
    pub answer: Answer,
    /// Which answer to this finding it is; from 1. A channel that was told remembers it.
    pub number: u64,
    /// How bad the finding was. What is worse is reminded of again.
    pub severity: Severity,
}

/// One finding with its cursors: one item in the store, so that each change is atomic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The finding's identity.
    pub key: FindingKey,
    /// Grows with every write; a write names the one that it read.
    pub revision: Revision,
    /// The newest description that agrees with the parts, with the status and severity that follow from them.
    pub finding: Finding,
    /// The version of that description.
    pub version: Version,
    /// The newest description of the other status: one rule complies while its copy still fails, and then the words
    /// must be those of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Box<Description>>,
    /// The newest statement of each part.
    pub parts: BTreeMap<String, PartState>,
    /// The earliest time at which AWS saw the problem; of what was never open the first statement.
    pub first_seen: Timestamp,
    /// The latest time at which AWS saw it.
    pub last_seen: Timestamp,
    /// When status last changed, by our clock; the last few, for flap detection. Oldest first.
    #[serde(default, alias = "flips")]
    pub transitions: Vec<Timestamp>,
    /// How many changes brought something that people must hear of although the severity stayed the same. A channel
    /// that was told remembers this number: what it does not know yet has a greater one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub news: u64,
    /// The newest higher amount, for a finding about costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<AmountNews>,
    /// What a person said about it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<KeptAnswer>,
    /// What each routed channel knows.
    pub cursors: BTreeMap<ChannelId, Cursor>,
    /// When the store forgets it; only for what was never open ([`Record::may_expire`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Record {
    /// Open or resolved.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.finding.status
    }

    /// How bad it is, or was when it was last open.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.finding.severity
    }

    /// Whether it is open, was open, was told, or somebody answered it: then it is kept for ever.
    #[must_use]
    pub fn was_ever_open(&self) -> bool {
        let open_part = |state: &PartState| state.part.status == Status::Open;
        self.status() == Status::Open
            || !self.transitions.is_empty()
            || !self.cursors.is_empty()
            || self.answer.is_some()
            || self.other.is_some()
            || self.parts.values().any(open_part)
    }

    /// When a store may forget it, whatever `expires_at` says of what was open; `None` for never.
    #[must_use]
    pub fn may_expire(&self) -> Option<Timestamp> {
        self.expires_at.filter(|_| !self.was_ever_open())
    }

    /// The answer to the finding as it is open now; `None` if nobody answered since it opened, or opened again.
    #[must_use]
    pub fn current_answer(&self) -> Option<&KeptAnswer> {
        let opened = self.transitions.last().copied();
        self.answer
            .as_ref()
            .filter(|kept| self.status() == Status::Open && opened.is_none_or(|at| at <= kept.answer.at))
    }

    /// Whether an answer ends the reminders.
    #[must_use]
    pub fn is_acknowledged(&self) -> bool {
        self.current_answer().is_some_and(|kept| self.severity() <= kept.severity)
    }

    /// The parts that are open: those with a known exploit first, then the worst, then by label. Summaries that no longer
    /// speak are left out.
    #[must_use]
    pub fn open_parts(&self) -> Vec<&Part> {
        let mut open: Vec<&Part> = self
            .parts
            .values()
            .map(|state| &state.part)
            .filter(|part| part.status == Status::Open && self.counts(part))
            .collect();
        let exploited = |part: &Part| part.exploit_available == Some(true);
        open.sort_by(|a, b| {
            let order = exploited(b).cmp(&exploited(a)).then(b.severity.cmp(&a.severity));
            order.then_with(|| a.label.cmp(&b.label))
        });
        open
    }

    /// The title with all that is known: that of the newest event; with several open parts the collective one, their
    /// number and the worst of them; with one open part that the newest event did not name, the collective one and that
    /// part.
    #[must_use]
    pub fn title(&self) -> String {
        let open = self.open_parts();
        let labelled: Vec<&&Part> = open.iter().filter(|part| !part.label.is_empty()).collect();
        match (&self.finding.collective_title, labelled.as_slice()) {
            (Some(title), [worst, _, ..]) => format!("{title}: {} open, worst {}", labelled.len(), worst.label),
            (Some(title), [only]) if only.summary_of.is_none() && !names(&self.finding.title, only) => {
                format!("{title}: {}", only.label)
            }
            _ => self.finding.title.clone(),
        }
    }

    /// Whether a part counts: a summary only while fewer parts are known one by one than it counted, and what is gone only
    /// until something took its place.
    #[must_use]
    pub fn counts(&self, part: &Part) -> bool {
        if self.is_replaced(part) {
            return false;
        }
        let Some(count) = part.summary_of else { return true };
        let known = self
            .parts
            .values()
            .map(|state| &state.part)
            .filter(|other| is_counted(part, other) && other.summary_of.is_none() && !other.not_applicable)
            .filter(|other| count == 0 || other.severity >= Severity::High)
            .count();
        u64::try_from(known).unwrap_or(u64::MAX) < count.max(1)
    }

    /// Whether something took the place of what this part says is gone: each replacement stands for one part of its check,
    /// the oldest first.
    fn is_replaced(&self, part: &Part) -> bool {
        let same = |other: &&PartState| other.part.check == part.check;
        let replacements = self.parts.values().filter(same).filter(|state| state.part.replacement).count();
        if replacements == 0 || part.status == Status::Resolved {
            return false;
        }
        let mut gone: Vec<&PartState> =
            self.parts.values().filter(same).filter(|state| state.part.status == Status::Open).collect();
        gone.sort_by(|a, b| a.version.cmp(&b.version).then_with(|| a.part.id.cmp(&b.part.id)));
        gone.iter().take(replacements).any(|state| state.part.id == part.id)
    }
}

/// Whether a title names a part: by the first word of its label, for example `CVE-2026-1111`.
fn names(title: &str, part: &Part) -> bool {
    let name = part.label.split_whitespace().next().unwrap_or_default();
    title.split_whitespace().any(|word| word == name)
}

/// Whether a summary counts statements such as the other: of the same check, and for Inspector all that it found on the
/// resource (a count of an instance has its open ports in it).
fn is_counted(summary: &Part, other: &Part) -> bool {
    let found_by_inspector =
        |part: &Part| part.check.starts_with("inspector:") && !part.check.ends_with(":scan-status");
    other.check == summary.check || (found_by_inspector(summary) && found_by_inspector(other))
}
