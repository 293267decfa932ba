//! The store, the channels and the workers, and the steps that they take. All decisions come from the caller, so that
//! a random schedule and an exhaustive search drive the same code, which calls the pipeline's own functions.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{FindingKey, Severity, Status};
use plimsoll_message::{Alert, ChannelId, Message, Receipt, SendError};
use plimsoll_pipeline::{
    DueRow, Record,
    delivery::{
        Claim, FloodWindows, LEASE, SEND_WITHIN, Step, backoff, claim, compose, compose_roll_up, delivered, failed,
        plan,
    },
    due::refresh,
    waiver::waiver_for,
};

use super::ledger::{Ear, Ledger, Word};
use super::mutant::{self, Mutant};
use super::worker::{Answer, Phase, Task, Tell, Worker};
use super::{START, Scene};

/// How long a FIFO topic remembers a deduplication id.
/// <https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html>
const FIFO_MEMORY: SignedDuration = SignedDuration::from_mins(5);

/// Everything there is at one moment of a schedule.
#[derive(Debug, Clone)]
pub struct World<'s> {
    /// What the schedule's number decided.
    pub scene: &'s Scene,
    /// The true time.
    pub now: Timestamp,
    /// The workers.
    pub workers: Vec<Worker>,
    /// Events that were not acknowledged; the last is delivered next.
    pub stream: Vec<usize>,
    /// What people heard.
    pub ledger: Ledger,
    /// The known-bad variant that runs, if any.
    pub mutant: Option<Mutant>,
    /// Every step in words, if somebody wants to read them.
    pub trace: Option<Vec<String>>,
    channels: Vec<ChannelId>,
    pub(super) records: BTreeMap<FindingKey, Record>,
    windows: Vec<FloodWindows>,
    /// Ids that the FIFO topic has seen, and when. The second channel is one.
    fifo: BTreeMap<String, Timestamp>,
    largest_skew: SignedDuration,
}

impl<'s> World<'s> {
    /// The world before the first step.
    #[must_use]
    pub fn new(scene: &'s Scene, workers: Vec<Worker>, mutant: Option<Mutant>) -> Self {
        let channels: Vec<ChannelId> = scene.policy.channels.keys().rev().cloned().collect();
        Self {
            scene,
            now: START,
            largest_skew: workers.iter().map(|w| w.skew.abs()).max().unwrap_or_default(),
            workers,
            stream: scene.stream.clone(),
            ledger: Ledger::default(),
            mutant,
            trace: None,
            windows: vec![FloodWindows::default(); channels.len()],
            channels,
            records: BTreeMap::new(),
            fifo: BTreeMap::new(),
        }
    }

    /// Channels that are told.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels.len()
    }

    /// Makes a source look as if it had used up its single messages on all channels.
    pub fn flood(&mut self, source: &str) {
        for window in &mut self.windows {
            (0..plimsoll_pipeline::delivery::FLOOD_SINGLES).for_each(|_| window.count(source, START));
        }
    }

    /// Writes to the trace, if there is one.
    pub fn say(&mut self, text: impl FnOnce() -> String) {
        let now = self.now;
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{now} {}", text()));
        }
    }

    /// Nothing is being done, nothing is waiting and nothing is due, now or later.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.stream.is_empty() && self.workers.iter().all(Worker::is_idle) && self.next_due().is_none()
    }

    /// The earliest time at which anything is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let marks = self.records.values().flat_map(|record| record.cursors.values());
        marks.filter_map(|cursor| cursor.due.as_ref().map(|mark| mark.at)).min()
    }

    /// What a channel is due to hear by that clock.
    fn due_rows(&self, channel: &ChannelId, clock: Timestamp) -> Vec<DueRow> {
        let mut rows = Vec::new();
        for (key, record) in &self.records {
            if let Some(mark) = record.cursors.get(channel).and_then(|cursor| cursor.due.as_ref())
                && mark.at <= clock
            {
                let source = record.finding.source.clone();
                rows.push(DueRow { key: key.clone(), source, severity: mark.severity, since: mark.since });
            }
        }
        rows
    }

    /// The next events begin to be merged: loads what is known.
    pub fn start_merge(&mut self, worker: usize, position: usize) {
        if position >= self.stream.len() {
            return;
        }
        let event = self.stream.remove(position);
        let Some((_, finding)) = self.scene.events.get(event) else { return };
        let known = self.records.get(&finding.key()).cloned();
        self.say(|| format!("worker {worker} loads for event {event} {:?} {}", finding.status, finding.severity));
        self.begin(worker, Task::Merge { event, known });
    }

    /// The messages that a worker would make for a channel now, in order. Checks F1: each due row is in exactly one.
    pub fn messages(&mut self, worker: usize, channel: usize) -> Vec<Step> {
        let (Some(w), Some(id), Some(windows)) =
            (self.workers.get(worker), self.channels.get(channel), self.windows.get(channel))
        else {
            return Vec::new();
        };
        let clock = w.clock(self.now);
        let rows = self.due_rows(id, clock);
        if rows.is_empty() {
            return Vec::new();
        }
        let mut due: Vec<FindingKey> = rows.iter().map(|row| row.key.clone()).collect();
        let steps = plan(rows, windows, clock);
        let mut planned: Vec<FindingKey> = steps.iter().flat_map(Step::rows).map(|row| row.key.clone()).collect();
        planned.sort();
        due.sort();
        if planned != due {
            self.ledger.broken.push(format!("F1 of {} due rows {} were planned", due.len(), planned.len()));
        }
        steps
    }

    /// A worker begins to tell a channel.
    pub fn start_tell(&mut self, worker: usize, channel: usize, step: &Step) {
        let mut rows = step.rows().to_vec();
        rows.reverse();
        self.say(|| format!("worker {worker} tells channel {channel} of {} findings", rows.len()));
        self.begin(worker, Task::Tell(Tell { channel, rows, claims: Vec::new(), phase: Phase::Load }));
    }

    fn begin(&mut self, worker: usize, task: Task) {
        let now = self.now;
        if let Some(worker) = self.workers.get_mut(worker) {
            worker.task = task;
            worker.started = now;
        }
    }

    /// The worker dies: it loses what it holds, and an event that it did not acknowledge comes again.
    pub fn crash(&mut self, worker: usize) {
        let Some(w) = self.workers.get_mut(worker) else { return };
        self.ledger.tally.crashes += w.at_stake();
        match std::mem::replace(&mut w.task, Task::Idle) {
            Task::Merge { event, .. } | Task::Acknowledge { event } => self.stream.push(event),
            Task::Idle | Task::Tell(_) => {}
        }
        self.say(|| format!("worker {worker} dies"));
    }

    /// The worker takes its next step. `answer` is what the provider will say if that step is a send.
    pub fn step(&mut self, worker: usize, answer: Answer) {
        let Some(w) = self.workers.get_mut(worker) else { return };
        let clock = w.clock(self.now);
        self.ledger.tally.steps += 1;
        let next = match std::mem::replace(&mut w.task, Task::Idle) {
            Task::Idle => Task::Idle,
            Task::Merge { event, known } => self.merge(worker, event, known.as_ref(), clock),
            Task::Acknowledge { event } => {
                self.say(|| format!("worker {worker} acknowledges event {event}"));
                Task::Idle
            }
            Task::Tell(deliver) => self.deliver(worker, deliver, answer, clock).map_or(Task::Idle, Task::Tell),
        };
        if let Some(w) = self.workers.get_mut(worker) {
            w.task = next;
        }
    }

    /// Somebody else writes the record without a change of state: whoever has read it will lose the race.
    pub fn disturb(&mut self, worker: usize) {
        let key = match self.workers.get(worker).map(|w| &w.task) {
            Some(Task::Merge { known: Some(record), .. }) => record.key.clone(),
            Some(Task::Tell(Tell { phase: Phase::Claim(record) | Phase::Record { known: record, .. }, .. })) => {
                record.key.clone()
            }
            _ => return,
        };
        if let Some(record) = self.records.get_mut(&key) {
            record.revision += 1;
        }
    }

    /// The store's conditional write.
    fn save(&mut self, record: &mut Record) -> bool {
        let stored = self.records.get(&record.key).map_or(0, |known| known.revision);
        if stored != record.revision {
            self.ledger.tally.conflicts += 1;
            return false;
        }
        record.revision += 1;
        self.records.insert(record.key.clone(), record.clone());
        true
    }

    fn merge(&mut self, worker: usize, event: usize, known: Option<&Record>, clock: Timestamp) -> Task {
        let Some((subject, finding)) = self.scene.events.get(event) else { return Task::Idle };
        let Some(mut record) = mutant::merged(self.mutant, known, finding, &self.scene.policy, clock) else {
            self.say(|| format!("worker {worker} learns nothing from event {event}"));
            return Task::Acknowledge { event };
        };
        if !self.save(&mut record) {
            self.say(|| format!("worker {worker} lost the race for event {event}"));
            let known = self.records.get(&record.key).cloned();
            return Task::Merge { event, known };
        }
        let (status, severity) = (record.status(), record.severity());
        self.say(|| format!("worker {worker} saves event {event}: finding {subject} is {status:?} {severity}"));
        if status == Status::Open && waiver_for(&record, &self.scene.policy.waivers, clock).active_until.is_none() {
            for channel in 0..self.channels.len() {
                self.ledger.saved_open((*subject, channel), severity);
            }
        }
        Task::Acknowledge { event }
    }

    /// `None` when the worker is done.
    fn deliver(&mut self, worker: usize, mut deliver: Tell, answer: Answer, clock: Timestamp) -> Option<Tell> {
        match deliver.phase {
            Phase::Load => {
                let Some(row) = deliver.rows.pop() else {
                    deliver.phase = Phase::Send(self.compose(&deliver.claims)?);
                    return Some(deliver);
                };
                deliver.phase = Phase::Claim(self.records.get(&row.key)?.clone());
                Some(deliver)
            }
            Phase::Claim(record) => {
                deliver.phase = self.claim(worker, deliver.channel, &record, &mut deliver.claims, clock)?;
                Some(deliver)
            }
            Phase::Send(message) => {
                let answer = self.send(worker, deliver.channel, &message, &deliver.claims, answer, clock);
                let known = deliver.claims.first()?.0.clone();
                if self.mutant == Some(Mutant::RecordBeforeSend) {
                    return None;
                }
                deliver.phase = Phase::Record { answer, position: 0, known };
                Some(deliver)
            }
            Phase::Record { answer, position, known } => {
                let (_, claim) = deliver.claims.get(position)?;
                if let Some(known) = self.record(worker, claim, answer, &known, clock) {
                    deliver.phase = Phase::Record { answer, position, known };
                } else {
                    let position = position + 1;
                    let known = deliver.claims.get(position)?.0.clone();
                    deliver.phase = Phase::Record { answer, position, known };
                }
                Some(deliver)
            }
        }
    }

    fn claim(
        &mut self,
        worker: usize,
        channel: usize,
        record: &Record,
        claims: &mut Vec<(Record, Claim)>,
        clock: Timestamp,
    ) -> Option<Phase> {
        let policy = &self.scene.policy;
        let Some((mut claimed, claim)) = claim(record, self.channels.get(channel)?, policy, clock) else {
            let mut corrected = record.clone();
            refresh(&mut corrected, policy, clock);
            if corrected != *record {
                self.save(&mut corrected);
            }
            self.say(|| format!("worker {worker} finds nothing to claim"));
            return Some(Phase::Load);
        };
        self.check_waiver(record, &claim);
        mutant::claimed(self.mutant, &mut claimed, &claim, policy, clock);
        if self.mutant == Some(Mutant::RecordBeforeSend) {
            claimed = delivered(&claimed, &claim, &Receipt::default(), policy, clock)?;
        }
        if !self.save(&mut claimed) {
            self.say(|| format!("worker {worker} lost the race for a claim"));
            return Some(Phase::Claim(self.records.get(&record.key)?.clone()));
        }
        self.say(|| {
            let Claim { token, reason, status, severity, peak, .. } = &claim;
            format!("worker {worker} claims with token {token}: {reason:?} {status:?} {severity}, peak {peak:?}")
        });
        claims.push((claimed, claim));
        Some(Phase::Load)
    }

    /// F3: while a waiver is in force, nothing that it covers is claimed.
    fn check_waiver(&mut self, record: &Record, claim: &Claim) {
        let worst = claim.peak.max(Some(claim.severity));
        let waiver = self.scene.policy.waivers.iter().find(|w| w.in_force(claim.at) && w.covers(record));
        if let Some(waiver) = waiver
            && claim.status == Status::Open
            && worst <= Some(waiver.up_to)
        {
            self.ledger.broken.push(format!("F3 a waived finding is told as {worst:?}"));
        }
    }

    /// One message for what was claimed. Checks F1: a roll-up names all members and carries the worst severity.
    fn compose(&mut self, claims: &[(Record, Claim)]) -> Option<Message> {
        let message = match claims {
            [] => return None,
            [(record, claim)] => compose(record, claim, &self.scene.policy),
            many => compose_roll_up(many, &self.scene.policy)?,
        };
        if let Message::RollUp(roll_up) = &message {
            let named = claims.iter().all(|(record, _)| roll_up.members.iter().any(|member| member.key == record.key));
            let open = |claim: &Claim| (claim.status == Status::Open).then_some(claim.severity);
            let worst = claims.iter().map(|(_, claim)| claim.peak.max(open(claim))).max().flatten();
            if !named || roll_up.members.len() != claims.len() || Some(roll_up.severity) < worst {
                self.ledger.broken.push(format!(
                    "F1 a roll-up of {} at {} hides something",
                    claims.len(),
                    roll_up.severity
                ));
            }
        }
        Some(message)
    }

    fn send(
        &mut self,
        worker: usize,
        channel: usize,
        message: &Message,
        claims: &[(Record, Claim)],
        answer: Answer,
        clock: Timestamp,
    ) -> Answer {
        let first = claims.iter().map(|(_, claim)| claim.at).min().unwrap_or(clock);
        if clock.duration_since(first) >= SEND_WITHIN && self.mutant != Some(Mutant::SendWhenLate) {
            self.say(|| format!("worker {worker} is too late to send"));
            return Answer::TooLate;
        }
        self.say(|| format!("worker {worker} sends to channel {channel}: {answer:?}"));
        if answer.is_ambiguous() {
            self.ledger.tally.ambiguous += claims.len() as u64;
        }
        if !answer.was_heard() {
            self.ledger.tally.refused += u64::from(!answer.is_ambiguous());
            return answer;
        }
        self.ledger.tally.sends += 1;
        self.ledger.tally.roll_ups += u64::from(claims.len() > 1);
        if let ([(record, _)], Some(windows)) = (claims, self.windows.get_mut(channel)) {
            windows.count(&record.finding.source, clock);
        }
        if channel == 1 && self.fifo_drops(message) {
            self.say(|| "the FIFO topic has seen that id and drops the message".to_owned());
            return answer;
        }
        for (record, claim) in claims {
            let Some(subject) = self.scene.subjects.iter().position(|s| s.key == record.key) else { continue };
            let word = word(message, record, claim);
            let ear: Ear = (subject, channel);
            self.ledger.heard(ear, record, claim, word);
            self.say(|| format!("channel {channel} hears of finding {subject}: {word:?}"));
        }
        answer
    }

    /// Whether a FIFO topic takes the message for a repeat.
    fn fifo_drops(&mut self, message: &Message) -> bool {
        let id = match message {
            Message::Alert(alert) if self.mutant == Some(Mutant::FifoIdWithoutVersion) => {
                format!("{} {:?} {:?}", alert.key, alert.status, alert.severity)
            }
            Message::Alert(alert) => alert.deduplication_id.clone(),
            Message::RollUp(roll_up) => roll_up.id.clone(),
            Message::Digest(digest) => digest.id.clone(),
        };
        let now = self.now;
        self.fifo.retain(|_, seen| now.duration_since(*seen) < FIFO_MEMORY);
        match self.fifo.entry(id) {
            std::collections::btree_map::Entry::Occupied(_) => true,
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(now);
                false
            }
        }
    }

    /// Records an answer. The newer record if the race was lost, `None` when this claim is done.
    fn record(
        &mut self,
        worker: usize,
        claim: &Claim,
        answer: Answer,
        known: &Record,
        clock: Timestamp,
    ) -> Option<Record> {
        let policy = &self.scene.policy;
        let cursor = known.cursors.get(&claim.channel)?;
        let mut claim = claim.clone();
        if self.mutant == Some(Mutant::NoFencing) {
            claim.token = cursor.token;
        }
        let error = match answer {
            Answer::Accepted => None,
            Answer::Wait(_) if self.mutant == Some(Mutant::AcknowledgeOn429) => None,
            Answer::Wait(seconds) => {
                Some(SendError::Wait { wait: SignedDuration::from_secs(seconds), reason: String::new() })
            }
            Answer::AcceptedUnseen | Answer::LostUnseen => Some(SendError::Ambiguous(String::new())),
            Answer::Refused => Some(SendError::Refused(String::new())),
            Answer::TooLate => Some(SendError::TooLate),
        };
        let recorded = match &error {
            None => delivered(known, &claim, &Receipt::default(), policy, clock),
            Some(error) => failed(known, &claim, &backoff(error, &claim, cursor.attempts, clock), policy, clock),
        };
        let Some(mut recorded) = recorded else {
            self.say(|| format!("worker {worker} was overtaken and records nothing"));
            // The lease ran out while it stood still: as good as killed.
            let limit = LEASE.saturating_sub(self.largest_skew.saturating_mul(2));
            self.ledger.tally.crashes += u64::from(clock.duration_since(claim.at) >= limit);
            return None;
        };
        if error.is_none() {
            mutant::delivered(self.mutant, &mut recorded, &claim);
        }
        if self.save(&mut recorded) {
            self.say(|| format!("worker {worker} records {answer:?} with token {}", claim.token));
            return None;
        }
        self.say(|| format!("worker {worker} lost the race to record"));
        self.records.get(&claim.key).cloned()
    }

    /// The promises that are broken, once it is quiet. See [`Ledger`].
    #[must_use]
    pub fn check(&self, last_word: bool) -> Vec<String> {
        let records: Vec<Option<&Record>> = self.scene.subjects.iter().map(|s| self.records.get(&s.key)).collect();
        self.ledger.check(self.scene, &records, self.channels.len(), last_word)
    }
}

/// What a message says of one of its findings.
fn word(message: &Message, record: &Record, claim: &Claim) -> Word {
    match message {
        Message::Alert(Alert { status, severity, peak, .. }) => {
            Word { status: *status, severity: *severity, worst: peak.unwrap_or(*severity).max(*severity) }
        }
        Message::RollUp(roll_up) => {
            let member = roll_up.members.iter().find(|member| member.key == record.key);
            let worst = member.map_or(Severity::Informational, |member| member.severity);
            Word { status: member.map_or(claim.status, |member| member.status), severity: worst, worst }
        }
        Message::Digest(_) => Word { status: claim.status, severity: claim.severity, worst: claim.severity },
    }
}
