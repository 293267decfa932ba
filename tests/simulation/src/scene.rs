//! What happens in a schedule before anybody tells anybody: findings, their events, and what people decided.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Time, tz::TimeZone};
use plimsoll_checklist::Checklist;
use plimsoll_finding::{Event, Finding, FindingKey, Part, Resource, Severity, Status};
use plimsoll_message::ChannelId;
use plimsoll_pipeline::{ChannelPolicy, Policy, QuietHours, Route, Waiver, WaiverTarget};
use serde_json::json;

use super::Random;

/// When all schedules begin.
pub const START: Timestamp = Timestamp::constant(1_793_610_900, 0);
/// The five functions that read AWS events.
pub const SOURCES: [&str; 5] = ["backup-job", "config-rule", "cost-anomaly", "ecr-scan", "guardduty-finding"];
const CHECK: &str = "simulation:check";

/// The checklist that ships.
#[must_use]
pub fn checklist() -> Checklist {
    Checklist::shipped().unwrap_or_else(|faults| std::panic::resume_unwind(Box::new(format!("{faults:?}"))))
}

/// A policy that tells every finding to all the channels.
#[must_use]
pub fn policy(channels: &[&str], checklist: &Checklist) -> Policy {
    let channels: Vec<ChannelId> = channels.iter().map(|name| ChannelId::new(name)).collect();
    Policy {
        runbooks_url: None,
        checklist: checklist.clone(),
        environments: Vec::new(),
        routes: vec![Route {
            name: "all".to_owned(),
            matcher: plimsoll_pipeline::Matcher::default(),
            channels: channels.clone(),
            continue_matching: false,
        }],
        channels: channels.into_iter().map(|id| (id.clone(), ChannelPolicy::plain(id))).collect(),
        waivers: Vec::new(),
        targets: BTreeMap::new(),
        accounts: Vec::new(),
        regions: Vec::new(),
        cost: plimsoll_pipeline::CostPolicy::default(),
        account_names: BTreeMap::new(),
    }
}

/// What AWS says of finding `number` of a source at `seconds` after [`START`] (negative: before).
#[must_use]
pub fn finding(source: &str, number: usize, seconds: i64, id: &str, status: Status, severity: Severity) -> Finding {
    let at = after(START, seconds);
    let event = Event {
        id: id.to_owned(),
        source: String::new(),
        detail_type: "Simulated".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
        time: Some(at),
        resources: Vec::new(),
        detail: json!({}),
        received_at: at,
    };
    Finding::new(
        source,
        CHECK,
        Resource::new(format!("resource-{number}"), "thing", &format!("thing {number}")),
        &event,
    )
    .severity(severity, None)
    .status(status)
    .title(&format!("Thing {number} of {source}"))
}

/// That many seconds later.
#[must_use]
pub fn after(time: Timestamp, seconds: i64) -> Timestamp {
    time.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(time)
}

/// One finding of a schedule.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its identity.
    pub key: FindingKey,
    /// What its state is when all events were merged: computed here, without the pipeline.
    pub expected: Expected,
}

/// What must be known in the end, in whatever order the events came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Open while any part is.
    pub status: Status,
    /// The worst open part; when resolved the worst part.
    pub severity: Severity,
    /// The newest statement of each part, and the event that made it.
    pub parts: BTreeMap<String, (Status, Severity, String)>,
}

/// All that a schedule's number decides before its first step.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The findings.
    pub subjects: Vec<Subject>,
    /// Each event once: which subject, and what it says.
    pub events: Vec<(usize, Finding)>,
    /// The events as they are delivered, with duplicates, in any order; the last comes first.
    pub stream: Vec<usize>,
    /// What people decided.
    pub policy: Policy,
}

impl Scene {
    /// The scene of a schedule.
    #[must_use]
    pub fn of(random: &mut Random, checklist: &Checklist) -> Self {
        let flood = random.chance(12);
        let (subjects, events_each) = if flood { (6, 4) } else { (3, 12) };
        let mut policy = policy(&["slack", "sns-findings"], checklist);
        let mut scene = Self { subjects: Vec::new(), events: Vec::new(), stream: Vec::new(), policy: policy.clone() };
        for number in 0..subjects {
            let source = if flood { "ecr-scan" } else { random.pick(SOURCES) };
            let parts = random.pick([0, 0, 2, 3]);
            scene.add_subject(random, source, number, parts, events_each);
        }
        let distinct = scene.events.len();
        scene.stream = (0..distinct).collect();
        scene.stream.extend((0..distinct / 3).map(|_| random.position(distinct)));
        random.shuffle(&mut scene.stream);
        if random.chance(25) {
            policy.waivers = scene.subjects.iter().take(1).map(|subject| waiver(random, &subject.key)).collect();
        }
        if random.chance(6)
            && let Some(slack) = policy.channels.get_mut(&ChannelId::new("slack"))
        {
            let (from, until) = (Time::constant(0, 0, 0, 0), Time::constant(9, 30, 0, 0));
            slack.quiet_hours = Some(QuietHours { from, until, time_zone: TimeZone::UTC });
        }
        scene.policy = policy;
        scene
    }

    /// Adds a finding with its events, a few seconds apart with many ties.
    fn add_subject(&mut self, random: &mut Random, source: &str, number: usize, parts: usize, events: usize) {
        let mut seconds = -600;
        let first = self.events.len();
        for n in 0..events {
            seconds += random.pick([0, 1, 1, 2, 5]);
            let (status, severity) = (status(random), severity(random));
            let mut said = finding(source, number, seconds, &format!("{number}-{n}"), status, severity);
            for part in (0..parts).filter(|_| random.chance(60)).collect::<Vec<_>>() {
                let name = format!("part-{part}");
                said.parts.push(Part::new(name.clone(), CHECK, self::status(random), self::severity(random), &name));
            }
            if parts > 0 && said.parts.is_empty() {
                said.parts.push(Part::new("part-0", CHECK, status, severity, "part-0"));
            }
            self.events.push((self.subjects.len(), said));
        }
        let said: Vec<&Finding> = self.events.iter().skip(first).map(|(_, finding)| finding).collect();
        if let Some(key) = said.first().map(|finding| finding.key()) {
            self.subjects.push(Subject { key, expected: expected(&said) });
        }
    }
}

fn status(random: &mut Random) -> Status {
    random.pick([Status::Open, Status::Open, Status::Resolved])
}

fn severity(random: &mut Random) -> Severity {
    random.pick(Severity::WORST_FIRST)
}

/// The join of all statements, straight from the promise: per part the newest; on a tie open, then the worse, then the
/// later event id.
#[must_use]
pub fn expected(said: &[&Finding]) -> Expected {
    type Statement = (Timestamp, Status, Severity, String);
    let mut newest: BTreeMap<String, Statement> = BTreeMap::new();
    for finding in said {
        for part in finding.statements() {
            let statement = (finding.observed_at, part.status, part.severity, finding.event_id.clone());
            let known = newest.entry(part.id).or_insert_with(|| statement.clone());
            if statement > *known {
                *known = statement;
            }
        }
    }
    let open = newest.values().filter(|(_, status, _, _)| *status == Status::Open).map(|s| s.2).max();
    let worst = newest.values().map(|s| s.2).max().unwrap_or(Severity::Informational);
    Expected {
        status: if open.is_some() { Status::Open } else { Status::Resolved },
        severity: open.unwrap_or(worst),
        parts: newest.into_iter().map(|(part, (_, status, severity, id))| (part, (status, severity, id))).collect(),
    }
}

/// A waiver of one finding that ends within half an hour.
fn waiver(random: &mut Random, key: &FindingKey) -> Waiver {
    let minutes = 1 + i64::try_from(random.below(30)).unwrap_or(0);
    Waiver {
        id: "waiver-1".to_owned(),
        target: WaiverTarget::Finding(key.to_string()),
        up_to: random.pick([Severity::Medium, Severity::High, Severity::Critical]),
        owner: "platform".to_owned(),
        reason: "replaced next sprint".to_owned(),
        proposed_by: "ana".to_owned(),
        proposed_at: after(START, -3_600),
        approved_by: Some("ben".to_owned()),
        from: after(START, -3_600),
        until: after(START, minutes * 60),
        revoked_at: None,
    }
}
