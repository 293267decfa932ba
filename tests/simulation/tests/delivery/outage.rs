//! Outages and floods through the pipeline's own `ingest` and `notify`, in virtual time (D6, D10, F2).

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{FindingKey, Severity, Status};
use plimsoll_message::{ChannelId, SendError};
use plimsoll_pipeline::{
    Policy,
    delivery::{DeliveryOptions, deliver},
    ingest::ingest,
};
use plimsoll_simulation::{
    Heard, MemoryStore, Random, SOURCES, START, ScriptedChannel, VirtualTime, after, checklist, finding, live, policy,
};

/// A request takes this long, with the pause that Slack asks for: one message per second.
const SEND: SignedDuration = SignedDuration::from_millis(1_100);
const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// The sweep of each minute, each with the function's timeout, until that time has come.
async fn sweep_until(
    end: Timestamp,
    timeout: SignedDuration,
    store: &MemoryStore,
    channel: &ScriptedChannel<'_>,
    policy: &Policy,
    time: &VirtualTime,
) {
    let mut next = time.now();
    while time.now() < end {
        let options = DeliveryOptions { deadline: next + timeout, pause: std::time::Duration::ZERO };
        deliver(store, channel, policy, time, &options).await.unwrap();
        next += MINUTE;
        time.pass_until(next);
    }
}

fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap()
}

/// What people should know of each finding in the end.
type Truth = BTreeMap<FindingKey, (Status, Severity)>;

/// Six hours in which 1,000 findings of 5 sources open and close 20 times each and no message is accepted.
async fn six_hours_of_outage(store: &MemoryStore, policy: &Policy, time: &VirtualTime) -> (Truth, u64) {
    let refuse = |_, _| Err(SendError::Refused("connection refused".into()));
    let channel = ScriptedChannel::new("slack", time, SEND, refuse);
    let (mut random, mut truth) = (Random::new(7), Truth::new());
    let mut events: Vec<(i64, usize, usize)> = Vec::new();
    for n in 0..1_000 {
        events.extend((0..40).map(|flip| (number(flip) * 535 + i64::try_from(random.below(500)).unwrap(), n, flip)));
    }
    events.sort_unstable();
    let mut events = events.into_iter().peekable();
    for minute in 0..360 {
        let end = after(START, (minute + 1) * 60);
        while let Some((seconds, n, flip)) = events.next_if(|(seconds, _, _)| after(START, *seconds) < end) {
            let severity = match n / 5 % 20 {
                0 => Severity::Critical,
                1..=4 => Severity::High,
                5..=11 => Severity::Medium,
                _ => Severity::Low,
            };
            // The last word is open for two in three.
            let open = flip % 2 == 0 || (flip == 39 && n % 3 != 0);
            let status = if open { Status::Open } else { Status::Resolved };
            let said = finding(SOURCES[n % 5], n, seconds, &format!("{n}-{flip}"), status, severity);
            truth.insert(said.key(), (status, severity));
            ingest(store, &said, policy, after(START, seconds).max(time.now())).await.unwrap();
        }
        sweep_until(end, MINUTE, store, &channel, policy, time).await;
    }
    assert!(events.next().is_none() && channel.heard().is_empty());
    (truth, channel.asked())
}

#[tokio::test]
async fn six_hours_of_outage_drain_worst_first() {
    let (before, store, policy) = (VirtualTime::default(), MemoryStore::default(), policy(&["slack"], &checklist()));
    let (truth, asked) = six_hours_of_outage(&store, &policy, &before).await;
    println!("6 h of outage, 1,000 findings x 20 flaps: {asked} requests, none accepted");
    assert!(asked >= 360, "each sweep probes: {asked}");
    // The channel is there again right after a probe: the worst moment, as the next probe is a minute away.
    let recovery = before.now() + SignedDuration::from_millis(1_200);
    let messages_at_most = SOURCES.len() * (10 + (200_usize - 10).div_ceil(100));
    let formula = MINUTE + SEND * i32::try_from(messages_at_most).unwrap();
    // With a timeout of 75 s a sweep works through its whole minute; with 60 s it stops 15 s before the next.
    for (timeout, bound) in [(75, formula), (60, SignedDuration::from_secs(150))] {
        let (time, store) = (VirtualTime::default(), store.copy());
        time.pass_until(before.now());
        let channel = ScriptedChannel::new("slack", &time, SEND, |_, now| {
            if now < recovery { Err(SendError::Refused("connection refused".into())) } else { Ok(()) }
        });
        let end = recovery + SignedDuration::from_mins(45);
        sweep_until(end, SignedDuration::from_secs(timeout), &store, &channel, &policy, &time).await;
        let heard = channel.heard();
        // The backlog is what is told until the last finding is told for the first time.
        let mut unheard: BTreeSet<&FindingKey> = truth.keys().collect();
        let is_last = |message: &Heard| {
            unheard.retain(|key| !message.is_about(key));
            unheard.is_empty()
        };
        let messages = 1 + heard.iter().position(is_last).expect("nothing is lost");
        let first = heard[0].at.duration_since(recovery);
        let drained = heard[messages - 1].at.duration_since(recovery);
        println!(
            "timeout {timeout} s: first critical {first:#} after recovery, all 1,000 in {messages} messages (at most \
             {messages_at_most}) and {drained:#} (bound {bound:#})"
        );
        assert_eq!(heard[0].severity(), Severity::Critical);
        assert!(first <= MINUTE + SEND, "{first:#}");
        assert!(messages <= messages_at_most, "{messages}");
        assert!(heard[..messages].is_sorted_by(|a, b| a.severity() >= b.severity()), "worst first");
        assert!(drained <= bound, "{drained:#}");
        // Half an hour of quiet later, the last word is the truth.
        for (key, state) in &truth {
            let last = heard.iter().rev().find(|message| message.is_about(key)).unwrap();
            assert_eq!(last.says(key), Some(*state), "{key}");
        }
        assert_eq!(store.due_count(&ChannelId::new("slack"), time.now()), 0);
    }
}

/// A single critical among many milder findings must be what the breaker's probe carries.
#[tokio::test]
async fn after_an_outage_the_worst_is_told_first_even_if_it_is_alone() {
    let mut slowest = SignedDuration::ZERO;
    for offset in (0..600).step_by(47) {
        let (time, store, policy) = (VirtualTime::default(), MemoryStore::default(), policy(&["slack"], &checklist()));
        let recovery = START + SignedDuration::from_secs(3_600 + offset);
        let channel = ScriptedChannel::new("slack", &time, SEND, |_, now| {
            if now < recovery { Err(SendError::Refused("connection refused".into())) } else { Ok(()) }
        });
        for n in 0..200 {
            let severity = if n == 100 { Severity::Critical } else { Severity::Low };
            let said = finding(SOURCES[n % 5], n, 0, &n.to_string(), Status::Open, severity);
            ingest(&store, &said, &policy, START).await.unwrap();
        }
        sweep_until(recovery + SignedDuration::from_mins(10), MINUTE, &store, &channel, &policy, &time).await;
        let heard = channel.heard();
        let critical = heard.iter().find(|message| message.severity() == Severity::Critical).unwrap();
        slowest = slowest.max(critical.at.duration_since(recovery));
    }
    println!("a single critical is told at most {slowest:#} after recovery");
    assert!(slowest <= MINUTE + SEND, "{slowest:#}");
}

#[tokio::test]
async fn a_flood_of_one_source_delays_another_by_at_most_one_message_per_source() {
    let policy = policy(&["slack"], &checklist());
    let sources = &SOURCES[..4];
    for (sources, each) in [(&sources[3..], 10_000), (sources, 300)] {
        let full = MemoryStore::default();
        for n in 0..each * sources.len() {
            let said = finding(sources[n % sources.len()], n, 0, &n.to_string(), Status::Open, Severity::Critical);
            ingest(&full, &said, &policy, START).await.unwrap();
        }
        let mut worst = 0;
        for arrives_at in [0, 11, 13] {
            let waited =
                another_source(&full, &policy, arrives_at, sources.len() * (10 + (each - 10).div_ceil(100)) + 1).await;
            worst = worst.max(waited);
        }
        println!("{each} criticals each of {sources:?}: that of another source waits for at most {worst} sends");
        assert!(worst <= 1 + sources.len() as u64, "{worst}");
    }
}

/// How many sends a critical of another source waits for that comes while message `arrives_at` is on its way.
async fn another_source(full: &MemoryStore, policy: &Policy, arrives_at: u64, messages: usize) -> u64 {
    let (time, store) = (VirtualTime::default(), full.copy());
    let other = finding("guardduty-finding", 0, 0, "other", Status::Open, Severity::Critical);
    let channel = ScriptedChannel::new("slack", &time, SignedDuration::from_millis(10), |number, now| {
        if number == arrives_at {
            live(ingest(&store, &other, policy, now)).unwrap().unwrap();
        }
        Ok(())
    });
    let options = DeliveryOptions { deadline: after(START, 3_600), pause: std::time::Duration::ZERO };
    deliver(&store, &channel, policy, &time, &options).await.unwrap();
    let heard = channel.heard();
    assert_eq!(heard.len(), messages, "no roll-up is smaller than it must be");
    let delivered = heard.iter().position(|message| message.is_about(&other.key())).unwrap();
    u64::try_from(delivered).unwrap() - arrives_at
}

#[tokio::test]
async fn too_many_requests_is_waited_for() {
    for seconds in [1, 30, 60, 300, 900] {
        let (time, store, policy) = (VirtualTime::default(), MemoryStore::default(), policy(&["slack"], &checklist()));
        let asked = std::sync::Mutex::new(Vec::new());
        let channel = ScriptedChannel::new("slack", &time, SEND, |number, now| {
            asked.lock().unwrap().push(now);
            let wait = SignedDuration::from_secs(seconds);
            if number == 2 { Err(SendError::Wait { wait, reason: "429".into() }) } else { Ok(()) }
        });
        let mut keys: Vec<FindingKey> = Vec::new();
        for n in 0..40 {
            let said = finding(SOURCES[n % 2], n, 0, &n.to_string(), Status::Open, Severity::High);
            keys.push(said.key());
            ingest(&store, &said, &policy, START).await.unwrap();
        }
        sweep_until(after(START, 3_600), MINUTE, &store, &channel, &policy, &time).await;
        let asked = asked.lock().unwrap().clone();
        let waited = asked[3].duration_since(asked[2]);
        assert!(waited >= SignedDuration::from_secs(seconds), "{seconds}: {waited:#}");
        assert!(waited <= SignedDuration::from_secs(seconds) + MINUTE + SEND * 2, "{seconds}: {waited:#}");
        let heard = channel.heard();
        assert!(keys.iter().all(|key| heard.iter().filter(|message| message.is_about(key)).count() == 1));
    }
}
