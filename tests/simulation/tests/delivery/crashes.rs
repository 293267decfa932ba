//! FI-1: a process dies at each point of ingest and notify, in each way, for each source (D1, D4).

use jiff::SignedDuration;
use plimsoll_finding::{Category, Finding, Part, Severity, Status};
use plimsoll_pipeline::{
    Policy,
    delivery::{DeliveryOptions, deliver},
    ingest::{Outcome, ingest},
};
use plimsoll_simulation::{
    Death, MemoryStore, Mortal, Point, SOURCES, START, ScriptedChannel, VirtualTime, checklist, finding, live, policy,
};

/// A finding as that source makes them.
fn finding_of(source: &str) -> Finding {
    let said = finding(source, 0, -30, "event", Status::Open, Severity::Critical);
    match source {
        "backup-job" => said.severity(Severity::High, Some("FAILED")).category(Category::Reliability),
        "config-rule" => Finding { severity_is_default: true, ..said },
        "cost-anomaly" => said.severity(Severity::Medium, Some("120.5")).category(Category::Cost),
        "ecr-scan" => ["CVE-2026-1111", "CVE-2026-2222", "CVE-2026-3333"].into_iter().fold(said, |said, cve| {
            said.part(Part::new(cve, "ecr-scan:vulnerabilities", Status::Open, Severity::High, cve))
        }),
        _ => said.severity(Severity::Critical, Some("9.1")),
    }
}

fn options(time: &VirtualTime) -> DeliveryOptions {
    DeliveryOptions { deadline: time.now() + SignedDuration::from_secs(60), pause: std::time::Duration::ZERO }
}

/// How often the finding was told when one process died there, and was followed by others.
fn delivered(said: &Finding, policy: &Policy, point: Point, death: Death) -> usize {
    let (time, store) = (VirtualTime::default(), MemoryStore::default());
    let channel = ScriptedChannel::new("slack", &time, SignedDuration::from_millis(200), |_, _| Ok(()));
    let mortal = Mortal::dying(&store, &channel, &time, point, death);
    if point.is_ingest() {
        let answer = live(ingest(&mortal, said, policy, START));
        assert_eq!(matches!(answer, Some(Ok(_))), point == Point::AfterAnswer, "{point:?} {death:?}");
        assert_eq!(mortal.reached(), point != Point::AfterAnswer);
        // It was not acknowledged, so it comes again: once to two processes, as queues do.
        let again = live(ingest(&store, said, policy, time.now())).unwrap().unwrap();
        let saved = matches!(point, Point::AfterSave | Point::AfterAnswer);
        assert_eq!(again.outcome, if saved { Outcome::Duplicate } else { Outcome::Applied });
        assert_eq!(live(ingest(&store, said, policy, time.now())).unwrap().unwrap().outcome, Outcome::Duplicate);
    } else {
        live(ingest(&store, said, policy, START)).unwrap().unwrap();
        let report = live(deliver(&mortal, &mortal, policy, &time, &options(&time)));
        assert!(mortal.reached() && !matches!(report, Some(Ok(_))), "{point:?} {death:?}: {report:?}");
    }
    for _ in 0..5 {
        live(deliver(&store, &channel, policy, &time, &options(&time))).unwrap().unwrap();
        time.pass(SignedDuration::from_secs(60));
    }
    let heard = channel.heard();
    assert!(heard.iter().all(|message| message.says(&said.key()).is_some_and(|(status, _)| status == Status::Open)));
    heard.len()
}

#[test]
fn no_crash_point_loses_a_finding() {
    let policy = policy(&["slack"], &checklist());
    let (mut points, mut lost, mut twice, mut more) = (0, 0, 0, 0);
    for source in SOURCES {
        let said = finding_of(source);
        for point in Point::ALL {
            for death in Death::ALL {
                points += 1;
                match delivered(&said, &policy, point, death) {
                    0 => lost += 1,
                    1 => {}
                    2 => {
                        twice += 1;
                        assert!(matches!(point, Point::AfterSend | Point::BeforeRecordSave), "{point:?} {death:?}");
                    }
                    _ => more += 1,
                }
            }
        }
    }
    println!("{points} crash points, {lost} lost, {twice} told twice, {more} told more than twice");
    assert_eq!((points, lost, more), (280, 0, 0));
    // The message was out and the answer was lost: to tell it again is the only safe thing.
    assert_eq!(twice, SOURCES.len() * 2 * Death::ALL.len());
}
