//! FI-19 and FI-20: a sender stands still, and clocks are wrong. It never sends after its time, and the last word is
//! the truth while clocks differ by at most 30 s from the true time.

use jiff::SignedDuration;
use plimsoll_finding::{Severity, Status};
use plimsoll_pipeline::{
    delivery::{DeliveryOptions, deliver},
    ingest::ingest,
};
use plimsoll_simulation::{
    MemoryStore, Mortal, Point, START, ScriptedChannel, Setting, VirtualTime, after, checklist, explain, finding, live,
    policy, run_many,
};

/// Seconds for which a sender stands still.
const FREEZES: [i64; 9] = [1, 30, 59, 60, 61, 100, 119, 121, 200];
const POINTS: [Point; 4] = [Point::AfterClaimSave, Point::BeforeSend, Point::AfterSend, Point::BeforeRecordSave];

/// One sender claims an open critical and stands still. Meanwhile it resolves, and another sender works every ten
/// seconds. Then the first goes on.
fn freeze(point: Point, seconds: i64, [first, second]: [i64; 2]) -> (Option<Status>, u64) {
    let (time, store) = (VirtualTime::default(), MemoryStore::default());
    let policy = policy(&["slack"], &checklist());
    let open = finding("ecr-scan", 0, -60, "open", Status::Open, Severity::Critical);
    let resolved = finding("ecr-scan", 0, -30, "resolved", Status::Resolved, Severity::Critical);
    live(ingest(&store, &open, &policy, START)).unwrap().unwrap();
    let skews = [first, second].map(SignedDuration::from_secs);
    let send = SignedDuration::from_millis(200);
    let history = std::sync::Mutex::new(Vec::new());
    let accepted = |number: u64, now| {
        history.lock().unwrap().push((number, now));
        Ok(())
    };
    let channels = skews.map(|skew| ScriptedChannel::new("slack", &time, send, accepted).with_skew(skew));
    let clocks = skews.map(|skew| time.clock(skew));
    // A process of ours outside Lambda has no deadline but that of the claim.
    let options = DeliveryOptions { deadline: after(START, 100_000), pause: std::time::Duration::ZERO };
    let other = || {
        live(deliver(&store, &channels[1], &policy, &clocks[1], &options)).unwrap().unwrap();
    };
    let meanwhile = || {
        live(ingest(&store, &resolved, &policy, time.now())).unwrap().unwrap();
        let end = after(time.now(), seconds);
        while time.now() < end {
            other();
            time.pass_until(end.min(after(time.now(), 10)));
        }
    };
    // So late that the finding is due by any of the clocks.
    time.pass(SignedDuration::from_secs(60));
    let claimed = time.now();
    let frozen = Mortal::pausing(&store, &channels[0], &time, point, meanwhile);
    live(deliver(&frozen, &frozen, &policy, &clocks[0], &options)).unwrap().unwrap();
    assert!(frozen.reached());
    for _ in 0..60 {
        other();
        time.pass(SignedDuration::from_secs(10));
    }
    let mut heard: Vec<_> = channels.iter().flat_map(ScriptedChannel::heard).collect();
    heard.sort_by_key(|message| message.at);
    if point == Point::AfterClaimSave {
        assert_eq!(channels[0].late(), 0, "the check before the send comes first");
    }
    let sent_late = channels[0].heard().iter().any(|message| {
        message.at.duration_since(claimed) >= SignedDuration::from_secs(60)
            && message.says(&open.key()) == Some((Status::Open, Severity::Critical))
    });
    assert!(!sent_late, "{point:?} {seconds}");
    (heard.last().and_then(|message| message.says(&open.key())).map(|(status, _)| status), heard.len() as u64)
}

#[test]
fn a_frozen_sender_never_sends_late() {
    let (mut cases, mut most) = (0, 0);
    for skews in [[0, 0], [1, -1], [-1, 1], [20, -20], [-20, 20], [30, -30], [-30, 30]] {
        for (point, seconds) in POINTS.iter().flat_map(|point| FREEZES.map(|seconds| (*point, seconds))) {
            let (last, messages) = freeze(point, seconds, skews);
            assert_eq!(last, Some(Status::Resolved), "{point:?} {seconds} s {skews:?}");
            cases += 1;
            most = most.max(messages);
        }
    }
    println!("{cases} freezes: no message after its time, the last word is the truth, at most {most} messages");
    assert!(most <= 3);
}

#[test]
fn an_open_finding_is_told_whatever_the_clocks_say() {
    let checklist = checklist();
    for skew in [0, 1, 20, 30, 120] {
        let setting = Setting { mutant: None, skew: Some(skew) };
        let summary = run_many(1_000_000, 400, setting, &checklist);
        println!("skew {skew} s: {summary}");
        if let Some(first) = summary.failures.first() {
            panic!("skew {skew}: {}", explain(first, setting, &checklist));
        }
    }
}
