//! Outages and floods through the pipeline's own `ingest` and `notify`, in virtual time (D6, D10, F2).

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{FindingKey, Severity, Status};
use plimsoll_pipeline::{ChannelId, NotifyOptions, Policy, SendError, ingest, notify};
use plimsoll_tests::simulation::{
    MemoryStore, Random, SOURCES, START, ScriptedChannel, VirtualTime, after, checklist, finding, policy,
};

/// A request takes this long, with the pause that Slack asks for: one message per second.
const SEND: SignedDuration = SignedDuration::from_millis(1_100);
const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// The sweep of each minute, with the function's timeout, until nothing is due or that time has come.
async fn sweep_until(
    end: Timestamp,
    store: &MemoryStore,
    channel: &ScriptedChannel<'_>,
    policy: &Policy,
    time: &VirtualTime,
) {
    let mut next = time.now();
    while time.now() < end {
        let options = NotifyOptions { deadline: next + MINUTE, pause: std::time::Duration::ZERO };
        notify(store, channel, policy, time, &options).await.unwrap();
        next += MINUTE;
        time.pass_until(next);
    }
}

fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap()
}

#[tokio::test]
async fn six_hours_of_outage_drain_worst_first() {
    let (time, store, policy) = (VirtualTime::default(), MemoryStore::default(), policy(&["slack"], &checklist()));
    let recovery = START + SignedDuration::from_hours(6) + SignedDuration::from_secs(17);
    let channel = ScriptedChannel::new("slack", &time, SEND, |_, now| {
        if now < recovery { Err(SendError::Refused("connection refused".into())) } else { Ok(()) }
    });
    let mut random = Random::new(7);
    let mut state = std::collections::BTreeMap::new();
    // 1,000 findings over 5 sources, each opens and closes 20 times in the six hours.
    let mut events: Vec<(i64, usize, usize)> = Vec::new();
    for n in 0..1_000 {
        events.extend((0..40).map(|flip| (60 + number(flip) * 520 + i64::try_from(random.below(500)).unwrap(), n, flip)));
    }
    events.sort_unstable();
    let mut events = events.into_iter().peekable();
    let mut minute = START;
    while minute < recovery + SignedDuration::from_mins(45) {
        while let Some((seconds, n, flip)) = events.next_if(|(seconds, _, _)| after(START, *seconds) < minute + MINUTE) {
            let severity = Severity::WORST_FIRST[match n / 5 % 20 { 0 => 0, 1..=4 => 1, 5..=11 => 2, _ => 3 }];
            // The last word is open for two in three.
            let status = if flip % 2 == 0 || (flip == 39 && n % 3 != 0) { Status::Open } else { Status::Resolved };
            let said = finding(SOURCES[n % 5], n, seconds, &format!("{n}-{flip}"), status, severity);
            state.insert(said.key(), (status, severity));
            ingest(&store, &said, &policy, after(START, seconds).max(time.now())).await.unwrap();
        }
        sweep_until(minute + MINUTE, &store, &channel, &policy, &time).await;
        minute += MINUTE;
    }
    let heard = channel.heard();
    // The whole backlog is what is told before the first finding is told a second time.
    let mut known = std::collections::BTreeSet::new();
    let mut messages = 0;
    for message in &heard {
        known.extend(state.keys().filter(|key| message.is_about(key)).cloned());
        messages += 1;
        if known.len() == state.len() {
            break;
        }
    }
    assert_eq!(known.len(), 1_000, "nothing is lost");
    let first = heard[0].at.duration_since(recovery);
    let drained = heard[messages - 1].at.duration_since(recovery);
    let single_sources = SOURCES.len() * (10 + (200_usize - 10).div_ceil(100));
    let bound = MINUTE + SEND * i32::try_from(single_sources).unwrap();
    println!(
        "6 h of outage, 1,000 findings x 20 flaps: {} requests during the outage; first critical {first:#} after recovery; \
         {messages} messages drained all in {drained:#} (bound {bound:#})",
        channel.asked() - heard.len() as u64,
    );
    assert_eq!(heard[0].severity(), Severity::Critical);
    assert!(first <= MINUTE + SEND, "{first:#}");
    assert!(messages <= single_sources, "{messages}");
    assert!(heard[..messages].is_sorted_by(|a, b| a.severity() >= b.severity()), "worst first");
    assert!(drained <= bound, "{drained:#}");
    // Half an hour of quiet later, the last word is the truth.
    for (key, (status, severity)) in &state {
        let last = heard.iter().rev().find(|message| message.is_about(key)).unwrap();
        let word = match &last.message {
            plimsoll_pipeline::Message::Alert(alert) => (alert.status, alert.severity),
            plimsoll_pipeline::Message::RollUp(roll_up) => {
                let member = roll_up.members.iter().find(|member| member.key == *key).unwrap();
                (member.status, member.severity)
            }
            plimsoll_pipeline::Message::Digest(_) => panic!("no digest is due"),
        };
        assert_eq!(word, (*status, *severity), "{key}");
    }
    assert_eq!(store.due_count(&ChannelId::new("slack"), time.now()), 0);
}

/// A single critical among many milder findings must be what the breaker's probe carries.
#[tokio::test]
async fn after_an_outage_the_worst_is_told_first_even_if_it_is_alone() {
    let mut slowest = SignedDuration::ZERO;
    for offset in (0..600).step_by(23) {
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
        sweep_until(recovery + SignedDuration::from_mins(10), &store, &channel, &policy, &time).await;
        let heard = channel.heard();
        let critical = heard.iter().find(|message| message.severity() == Severity::Critical).unwrap();
        slowest = slowest.max(critical.at.duration_since(recovery));
    }
    println!("a single critical is told at most {slowest:#} after recovery");
    assert!(slowest <= MINUTE + SEND, "{slowest:#}");
}

#[tokio::test]
async fn a_flood_of_one_source_delays_another_by_at_most_one_message_per_source() {
    let mut worst = 0;
    for arrives_at in [0, 1, 5, 11, 12, 13, 40, 90] {
        let (time, store, policy) = (VirtualTime::default(), MemoryStore::default(), policy(&["slack"], &checklist()));
        for n in 0..10_000 {
            let said = finding("ecr-scan", n, 0, &n.to_string(), Status::Open, Severity::Critical);
            ingest(&store, &said, &policy, START).await.unwrap();
        }
        let other = finding("guardduty-finding", 0, 0, "other", Status::Open, Severity::Critical);
        let channel = ScriptedChannel::new("slack", &time, SignedDuration::from_millis(10), |number, now| {
            if number == arrives_at {
                // It comes while this message is on its way; the store in memory never waits.
                run_now(ingest(&store, &other, &policy, now)).unwrap();
            }
            Ok(())
        });
        let options = NotifyOptions { deadline: after(START, 3_600), pause: std::time::Duration::ZERO };
        notify(&store, &channel, &policy, &time, &options).await.unwrap();
        let heard = channel.heard();
        let told = u64::try_from(heard.iter().position(|message| message.is_about(&other.key())).unwrap()).unwrap();
        worst = worst.max(told - arrives_at);
        assert_eq!(heard.iter().map(plimsoll_tests::simulation::Heard::members).sum::<usize>(), 10_001);
        assert_eq!(heard.len(), 10 + 9_990_usize.div_ceil(100) + 1, "no roll-up is smaller than it must be");
    }
    println!("10,000 criticals of one source: another source's critical waits for at most {worst} sends, of 2 sources");
    assert!(worst <= 2, "{worst}");
}

/// Runs a future that never waits.
fn run_now<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("it waits"),
    }
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
        sweep_until(after(START, 3_600), &store, &channel, &policy, &time).await;
        let asked = asked.lock().unwrap().clone();
        let waited = asked[3].duration_since(asked[2]);
        assert!(waited >= SignedDuration::from_secs(seconds), "{seconds}: {waited:#}");
        assert!(waited <= SignedDuration::from_secs(seconds) + MINUTE + SEND * 2, "{seconds}: {waited:#}");
        let heard = channel.heard();
        assert!(keys.iter().all(|key| heard.iter().filter(|message| message.is_about(key)).count() == 1));
    }
}
