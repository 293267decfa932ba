//! What people really heard, and what the promises say about it. Knows nothing of cursors: it sees messages go out and
//! records being saved, and compares.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use plimsoll_finding::{Severity, Status};
use plimsoll_pipeline::{Record, delivery::Claim};

use super::Scene;

/// Which finding of the scene, on which of the channels.
pub(crate) type Ear = (usize, usize);

/// The last word that a channel heard of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Open or resolved.
    pub status: Status,
    /// As the message said it.
    pub severity: Severity,
    /// The worst that the message spoke of.
    pub worst: Severity,
}

/// Counts of one schedule, or the sum of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Schedules.
    pub schedules: u64,
    /// Steps of all workers.
    pub steps: u64,
    /// Messages that a provider accepted.
    pub sends: u64,
    /// Of these, roll-ups.
    pub roll_ups: u64,
    /// Findings that were told the same again.
    pub duplicates: u64,
    /// Crashes and kills; one that interrupts a roll-up counts once for each member that was not recorded yet.
    pub crashes: u64,
    /// Answers that left the outcome open, counted in the same way.
    pub ambiguous: u64,
    /// Sends that were certainly not accepted.
    pub refused: u64,
    /// Conditional writes that lost a race.
    pub conflicts: u64,
    /// Findings that were told as flapping.
    pub flapping: u64,
}

impl Tally {
    /// Duplicates beyond what crashes and ambiguous answers explain; never above 0.
    #[must_use]
    pub fn unexplained(&self) -> i64 {
        let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        signed(self.duplicates) - signed(self.crashes) - signed(self.ambiguous)
    }

    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        self.schedules += other.schedules;
        self.steps += other.steps;
        self.sends += other.sends;
        self.roll_ups += other.roll_ups;
        self.duplicates += other.duplicates;
        self.crashes += other.crashes;
        self.ambiguous += other.ambiguous;
        self.refused += other.refused;
        self.conflicts += other.conflicts;
        self.flapping += other.flapping;
    }
}

/// What was heard so far.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// The counts.
    pub tally: Tally,
    /// Promises that were broken on the way.
    pub broken: Vec<String>,
    last: BTreeMap<Ear, Word>,
    worst_open: BTreeMap<Ear, Severity>,
    /// Severities from high on that were true once and that the channel has not heard of.
    owed: BTreeMap<Ear, Severity>,
    heard: BTreeMap<u64, u32>,
    /// Up to which change each channel was told what became worse inside a finding.
    news: BTreeMap<Ear, u64>,
}

impl Ledger {
    /// An open finding was saved that this channel must hear of, unless its last word says as much.
    pub(crate) fn saved_open(&mut self, ear: Ear, severity: Severity) {
        let known = self.last.get(&ear).is_some_and(|w| w.status == Status::Open && w.severity >= severity);
        if severity >= Severity::High && !known {
            let owed = self.owed.entry(ear).or_insert(severity);
            *owed = severity.max(*owed);
        }
    }

    /// A message reached the channel.
    pub(crate) fn heard(&mut self, ear: Ear, record: &Record, claim: &Claim, word: Word) {
        let mut hasher = DefaultHasher::new();
        (ear, claim.reason, word.status, word.severity, word.worst, claim.flapping).hash(&mut hasher);
        for part in record.parts.values() {
            part.version.hash(&mut hasher);
        }
        let times = self.heard.entry(hasher.finish()).or_insert(0);
        self.tally.duplicates += u64::from(*times > 0);
        *times += 1;
        self.tally.flapping += u64::from(claim.flapping);
        self.last.insert(ear, word);
        let news = self.news.entry(ear).or_insert(0);
        *news = claim.news.max(*news);
        if word.status == Status::Open {
            let worst = self.worst_open.entry(ear).or_insert(word.worst);
            *worst = word.worst.max(*worst);
        }
        if self.owed.get(&ear).is_some_and(|owed| word.worst >= *owed) {
            self.owed.remove(&ear);
        }
    }

    /// Whether the history is the same for all that the checks look at. Used to recognise a state.
    pub(crate) fn shape(&self) -> impl std::fmt::Debug {
        let Tally { duplicates, crashes, ambiguous, .. } = self.tally;
        (&self.last, &self.worst_open, &self.owed, &self.heard, &self.news, duplicates, crashes, ambiguous)
    }

    /// The promises that are broken now that everything is quiet. `last_word` is off where clocks differ by more than
    /// 30 s: then the last word may be an old one.
    pub(crate) fn check(
        &self,
        scene: &Scene,
        records: &[Option<&Record>],
        channels: usize,
        last_word: bool,
    ) -> Vec<String> {
        let mut broken = self.broken.clone();
        for (number, (subject, record)) in scene.subjects.iter().zip(records).enumerate() {
            let Some(record) = record else {
                broken.push(format!("S1 finding {number} is not known"));
                continue;
            };
            let parts: BTreeMap<_, _> = record
                .parts
                .iter()
                .map(|(id, s)| (id.clone(), (s.part.status, s.part.severity, s.version.event_id.clone())))
                .collect();
            let expected = &subject.expected;
            if (record.status(), record.severity(), &parts) != (expected.status, expected.severity, &expected.parts) {
                broken.push(format!("S1 finding {number} is {:?} {:?}, not {expected:?}", record.status(), parts));
            }
            for channel in 0..channels {
                self.check_ear((number, channel), record, last_word, &mut broken);
            }
        }
        if last_word && self.tally.unexplained() > 0 {
            broken.push(format!("D4 {} duplicates more than crashes and ambiguous answers", self.tally.unexplained()));
        }
        broken
    }

    fn check_ear(&self, ear: Ear, record: &Record, last_word: bool, broken: &mut Vec<String>) {
        let (status, severity) = (record.status(), record.severity());
        if status == Status::Open && self.worst_open.get(&ear).is_none_or(|worst| *worst < severity) {
            broken.push(format!("D3 {ear:?} is open at {severity} and was told as {:?}", self.worst_open.get(&ear)));
        }
        let told = self.news.get(&ear).copied().unwrap_or(0);
        if status == Status::Open && plimsoll_pipeline::news::due_at(record, told).is_some() {
            broken.push(format!("D14 {ear:?} became worse inside and nobody heard: {} of {}", told, record.news));
        }
        if !last_word {
            return;
        }
        match self.last.get(&ear) {
            Some(word) if word.status != status => broken.push(format!("D5 {ear:?} is {status:?}, last word {word:?}")),
            Some(word) if status == Status::Open && word.severity < severity => {
                broken.push(format!("D5 {ear:?} is open at {severity}, last word {word:?}"));
            }
            _ => {}
        }
        if let Some(owed) = self.owed.get(&ear) {
            broken.push(format!("D9 {ear:?} was open at {owed}, and nobody heard of it"));
        }
    }
}
