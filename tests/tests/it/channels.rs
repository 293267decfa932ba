//! What channels are told over time: fallback, waivers, flapping, quiet hours, reminders, quarantine. Real handlers and
//! store, a clock that is moved by hand.

use std::sync::Arc;

use jiff::SignedDuration;
use plimsoll_finding::{Severity, Status};
use plimsoll_message::{Message, NotifyReason, SendError};
use plimsoll_pipeline::{
    DocumentKind, Waiver, WaiverTarget,
    ingest::Outcome,
    intake::unwrap_text,
    quarantine::{Quarantined, release},
};
use plimsoll_tests::harness::{Harness, SOURCES, Scripted, TWO_CHANNELS, guardduty};
use serde_json::json;

fn two(config: &str) -> (Harness, Arc<Scripted>, Arc<Scripted>) {
    let slack = Arc::new(Scripted::new("slack", Vec::new()));
    let mail = Arc::new(Scripted::new("mail", Vec::new()));
    (Harness::new(config, &[Arc::clone(&slack), Arc::clone(&mail)]), slack, mail)
}

fn reasons(channel: &Scripted) -> Vec<NotifyReason> {
    channel
        .accepted()
        .iter()
        .filter_map(|m| match m {
            Message::Alert(alert) => Some(alert.reason),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_critical_that_waits_five_minutes_is_told_to_the_fallback_too() {
    let (bench, slack, mail) = two(TWO_CHANNELS);
    slack.always(Some(SendError::Ambiguous("HTTP 500".into())));
    bench.handle(&guardduty("critical", 9.5, "2026-11-02T09:15:00Z", false)).await;
    bench.handle(&guardduty("high", 8.0, "2026-11-02T09:15:00Z", false)).await;
    for _ in 0..4 {
        bench.later(1).await;
        assert!(mail.titles().is_empty(), "five minutes have not passed");
    }
    bench.later(1).await;
    bench.later(1).await;
    assert_eq!(mail.titles().len(), 1, "the critical, and only the critical");
    let Message::Alert(alert) = &mail.accepted()[0] else { panic!("an alert") };
    assert!(alert.as_fallback && alert.severity == Severity::Critical);
    slack.always(None);
    for _ in 0..10 {
        bench.later(1).await;
    }
    assert_eq!(slack.titles().len(), 2, "the first channel is told all the same");
    assert_eq!(mail.titles().len(), 1);
}

#[tokio::test]
async fn how_long_the_oldest_is_overdue_counts_through_failed_attempts_and_ends_with_the_delivery() {
    let (bench, slack, _) = two(TWO_CHANNELS);
    slack.always(Some(SendError::Refused("HTTP 503".into())));
    bench.handle(&guardduty("high", 8.0, "2026-11-02T09:15:00Z", false)).await;
    bench.hand.advance(SignedDuration::from_mins(3));
    bench.handle(&guardduty("critical", 9.5, "2026-11-02T09:18:00Z", false)).await;
    for minute in 4..20 {
        // Whether the next attempt is due or still waits, the finding is as overdue as it is.
        let report = &bench.later(1).await["slack"];
        assert_eq!(report.due_age_seconds, minute * 60, "minute {minute}");
        assert_eq!(report.critical_due_age_seconds, (minute - 3) * 60, "minute {minute}");
    }
    let undelivered = async || bench.app.preview_digest(bench.app.clock.now()).await.unwrap().undelivered;
    assert_eq!(undelivered().await, 2, "the digest counts what waits for its next attempt");
    slack.always(None);
    while bench.later(1).await["slack"].more || slack.titles().len() < 2 {}
    let report = &bench.later(1).await["slack"];
    assert_eq!((report.due_age_seconds, report.critical_due_age_seconds), (0, 0), "everything is delivered");
    assert_eq!(undelivered().await, 0);
}

#[tokio::test]
async fn what_waits_for_the_end_of_quiet_hours_is_not_overdue() {
    let quiet = TWO_CHANNELS.replace(
        "fallback =",
        "quiet_hours = { from = \"09:00\", until = \"10:00\", time_zone = \"UTC\" }\nfallback =",
    );
    let (bench, slack, _) = two(&quiet);
    bench.handle(&guardduty("high", 8.0, "2026-11-02T09:15:00Z", false)).await;
    for _ in 0..44 {
        let report = &bench.later(1).await["slack"];
        assert_eq!(report.due_age_seconds, 0, "it is not due before ten");
    }
    slack.always(Some(SendError::Refused("HTTP 503".into())));
    for minute in 0..3 {
        assert_eq!(bench.later(1).await["slack"].due_age_seconds, minute * 60, "it is overdue since ten");
    }
}

#[tokio::test]
async fn a_dead_channel_falls_back_at_once_and_is_a_finding_until_it_works() {
    let (bench, slack, mail) = two(TWO_CHANNELS);
    slack.always(Some(SendError::Dead("invite the app".into())));
    bench.handle(&guardduty("high", 8.0, "2026-11-02T09:15:00Z", false)).await;
    bench.later(2).await;
    bench.later(2).await;
    let titles = mail.titles().join("\n");
    assert!(titles.contains("Trojan") && titles.contains("Channel slack cannot be told anything"), "{titles}");
    slack.always(None);
    for _ in 0..8 {
        bench.later(2).await;
    }
    assert!(slack.titles().iter().any(|t| t.contains("Trojan")));
    let open: Vec<_> = bench.records().await.into_iter().filter(|r| r.status() == Status::Open).collect();
    assert_eq!(open.len(), 1, "the channel's own finding is over");
}

#[tokio::test]
async fn slack_down_delays_nobody_else() {
    let config = TWO_CHANNELS.replace("channels = [\"slack\"]", "channels = [\"slack\", \"mail\"]");
    let (bench, slack, mail) = two(&config);
    slack.always(Some(SendError::Refused("down".into())));
    bench.handle(&guardduty("high", 8.0, "2026-11-02T09:15:00Z", false)).await;
    assert_eq!((slack.titles().len(), mail.titles().len()), (0, 1));
}

fn waiver(bench: &Harness, key: &str, up_to: Severity) -> Waiver {
    let now = bench.app.clock.now();
    Waiver {
        id: "w1".into(),
        target: WaiverTarget::Finding(key.into()),
        up_to,
        owner: "web".into(),
        reason: "replaced next sprint".into(),
        proposed_by: "ana".into(),
        proposed_at: now,
        approved_by: Some("ben".into()),
        from: now,
        until: now + SignedDuration::from_hours(48),
        revoked_at: None,
    }
}

#[tokio::test]
async fn a_waived_finding_is_silent_stands_in_the_digest_and_comes_back_by_itself() {
    let (mut bench, slack, _) = two(TWO_CHANNELS);
    slack.always(Some(SendError::Refused("not yet".into())));
    let key = bench.handle(&guardduty("high", 8.0, "2026-11-02T09:15:00Z", false)).await[0].findings[0].key.clone();
    bench.app.policy.waivers = vec![waiver(&bench, &key, Severity::High)];
    slack.always(None);
    bench.later(30).await;
    bench.handle(&guardduty("high", 8.0, "2026-11-02T09:40:00Z", false)).await;
    assert!(slack.titles().is_empty(), "it is waived");
    let digest = bench.app.digest(bench.app.clock.now()).await.unwrap();
    assert_eq!(digest.waived.len(), 1);
    assert_eq!(digest.score.categories.iter().map(|c| c.waived).sum::<u32>(), 0, "no line counts as met for it");

    bench.later(47 * 60).await;
    assert!(slack.titles().is_empty());
    bench.later(31).await;
    assert_eq!(slack.titles().len(), 1, "the waiver has ended");
}

#[tokio::test]
async fn what_becomes_worse_than_its_waiver_is_told() {
    let (mut bench, slack, _) = two(TWO_CHANNELS);
    let key = bench.handle(&guardduty("high", 7.5, "2026-11-02T09:15:00Z", false)).await[0].findings[0].key.clone();
    bench.app.policy.waivers = vec![waiver(&bench, &key, Severity::High)];
    bench.handle(&guardduty("high", 9.5, "2026-11-02T09:20:00Z", false)).await;
    assert_eq!(reasons(&slack), [NotifyReason::FirstSeen, NotifyReason::Worse]);
}

#[tokio::test]
async fn a_finding_told_before_its_waiver_is_told_again_when_that_ends() {
    let (mut bench, slack, _) = two(TWO_CHANNELS);
    let key = bench.handle(&guardduty("high", 8.0, "2026-11-02T09:15:00Z", false)).await[0].findings[0].key.clone();
    bench.app.policy.waivers = vec![waiver(&bench, &key, Severity::High)];
    bench.handle(&guardduty("high", 8.0, "2026-11-02T09:20:00Z", false)).await;
    bench.later(47 * 60).await;
    assert_eq!(slack.titles().len(), 1);
    bench.later(2 * 60).await;
    assert_eq!(reasons(&slack), [NotifyReason::FirstSeen, NotifyReason::WaiverExpired]);
    bench.later(60).await;
    assert_eq!(slack.titles().len(), 2, "and only once");
}

#[tokio::test]
async fn a_flapping_finding_is_told_once_and_held_at_its_worst_until_it_is_quiet() {
    let (bench, slack, _) = two(TWO_CHANNELS);
    for minute in 0..20 {
        bench.hand.advance(SignedDuration::from_mins(1));
        let time = bench.app.clock.now().to_string();
        bench.handle(&guardduty("flaps", 8.0, &time, minute % 2 == 1)).await;
    }
    let delivered = reasons(&slack);
    assert_eq!(delivered.iter().filter(|r| **r == NotifyReason::Flapping).count(), 1, "{delivered:?}");
    assert!(delivered.len() <= 6, "{delivered:?}");
    let before = delivered.len();
    bench.later(20).await;
    assert_eq!(reasons(&slack).len(), before, "it is not quiet for long enough");
    bench.later(15).await;
    assert_eq!(reasons(&slack).last(), Some(&NotifyReason::Resolved));
    assert_eq!(reasons(&slack).len(), before + 1);
}

#[tokio::test]
async fn quiet_hours_hold_all_but_criticals() {
    let config = TWO_CHANNELS
        .replace("fallback = \"mail\"", "quiet_hours = { from = \"08:00\", until = \"12:00\", time_zone = \"UTC\" }");
    let (bench, slack, _) = two(&config);
    bench.handle(&guardduty("high", 8.0, "2026-11-02T09:15:00Z", false)).await;
    bench.handle(&guardduty("critical", 9.5, "2026-11-02T09:15:00Z", false)).await;
    assert_eq!(slack.titles().len(), 1, "the critical passes");
    bench.later(164).await;
    assert_eq!(slack.titles().len(), 1, "it is 11:59");
    bench.later(1).await;
    assert_eq!(slack.titles().len(), 2);
}

#[tokio::test]
async fn an_open_critical_is_told_again_and_a_resolved_one_is_not() {
    let (bench, slack, _) = two(TWO_CHANNELS);
    bench.handle(&guardduty("critical", 9.5, "2026-11-02T09:15:00Z", false)).await;
    bench.later(23 * 60).await;
    assert_eq!(slack.titles().len(), 1);
    bench.later(61).await;
    assert_eq!(reasons(&slack), [NotifyReason::FirstSeen, NotifyReason::Reminder]);
    let time = bench.app.clock.now().to_string();
    bench.handle(&guardduty("critical", 9.5, &time, true)).await;
    bench.later(48 * 60).await;
    assert_eq!(reasons(&slack).last(), Some(&NotifyReason::Resolved));
    assert_eq!(slack.titles().len(), 3);
}

/// What a message tells: the findings by title, and whether it reminds of several.
fn reminders(channel: &Scripted) -> Vec<Vec<String>> {
    let of = |message: &Message| match message {
        Message::RollUp(roll_up) if roll_up.is_reminder() => {
            Some(roll_up.members.iter().map(|member| member.title.clone()).collect::<Vec<_>>())
        }
        _ => None,
    };
    channel.accepted().iter().filter_map(of).collect()
}

#[tokio::test]
async fn one_message_reminds_of_all_open_criticals_and_of_nothing_else() {
    let (bench, slack, _) = two(TWO_CHANNELS);
    for (name, severity, minutes) in [("a", 9.5, 0), ("b", 9.5, 90), ("high", 8.0, 10), ("c", 9.5, 60)] {
        bench.later(minutes).await;
        let time = bench.app.clock.now().to_string();
        bench.handle(&guardduty(name, severity, &time, false)).await;
    }
    assert_eq!(slack.accepted().len(), 4, "each is told on its own when it opens");
    // 24 hours after the first: the others come up within 8 hours, and are told with it.
    bench.later(24 * 60 - 160).await;
    bench.later(1).await;
    assert_eq!(slack.accepted().len(), 5);
    assert_eq!(reminders(&slack).iter().map(Vec::len).collect::<Vec<_>>(), [3], "{:?}", reminders(&slack));
    bench.later(23 * 60).await;
    assert_eq!(slack.accepted().len(), 5, "none of them is reminded of again at its own time");
    // One is over, a new one opens: it is told at once, and the reminder is of what is still open.
    let time = bench.app.clock.now().to_string();
    bench.handle(&guardduty("b", 9.5, &time, true)).await;
    bench.handle(&guardduty("new", 9.5, &time, false)).await;
    assert_eq!(slack.accepted().len(), 7);
    bench.later(62).await;
    assert_eq!(slack.accepted().len(), 8);
    assert_eq!(reminders(&slack).last().map(Vec::len), Some(2), "{:?}", reminders(&slack));
}

#[tokio::test]
async fn a_reminder_that_was_refused_is_tried_again_and_nothing_is_lost() {
    let (bench, slack, _) = two(TWO_CHANNELS);
    for name in ["a", "b"] {
        bench.handle(&guardduty(name, 9.5, "2026-11-02T09:15:00Z", false)).await;
    }
    bench.later(24 * 60).await;
    bench.later(1).await;
    assert_eq!(reminders(&slack).iter().map(Vec::len).collect::<Vec<_>>(), [2]);
    slack.always(Some(SendError::Refused("down".into())));
    bench.later(24 * 60).await;
    slack.always(None);
    for _ in 0..5 {
        bench.later(1).await;
    }
    let told: usize = reminders(&slack).iter().map(Vec::len).sum::<usize>()
        + reasons(&slack).iter().filter(|reason| **reason == NotifyReason::Reminder).count();
    assert_eq!(told, 4, "each of the two is reminded of twice: {:?}", reminders(&slack));
}

#[tokio::test]
async fn quarantine_is_visible_kept_once_and_safe_to_replay_twice() {
    let (mut bench, slack, _) = two(&format!("accounts = [\"444455556666\"]\n{TWO_CHANNELS}"));
    let event = guardduty("foreign", 8.0, "2026-11-02T09:15:00Z", false);
    for _ in 0..3 {
        assert_eq!(bench.handle(&event).await[0].outcome, Some(Outcome::Quarantined));
    }
    let kept = bench.app.store.documents(DocumentKind::Quarantine).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert!(kept[0].body["reason"].as_str().unwrap().contains("111122223333"), "{}", kept[0].body);
    assert_eq!(slack.titles(), ["Unreadable event: GuardDuty Finding"]);

    // The account is added to the configuration, and the event taken through again, twice.
    bench.app.policy.accounts.push("111122223333".into());
    bench.hand.advance(SignedDuration::from_mins(10));
    for expected in [Outcome::Applied, Outcome::Duplicate] {
        let header = Quarantined::all(bench.app.store.as_ref()).await.unwrap().remove(0);
        let raw = header.raw_event(bench.app.store.as_ref()).await.unwrap();
        let intake = unwrap_text(&raw, &SOURCES, bench.app.clock.now());
        let summaries = bench.app.handle(&intake, &SOURCES).await.unwrap();
        assert_eq!(summaries[0].outcome, Some(expected));
        let document = bench.app.store.documents(DocumentKind::Quarantine).await.unwrap().remove(0);
        release(
            bench.app.store.as_ref(),
            Quarantined::from_document(document).unwrap(),
            &bench.app.policy,
            bench.app.clock.now(),
        )
        .await
        .unwrap();
        bench.deliver().await;
    }
    assert_eq!(slack.titles().len(), 3, "{:?}", slack.titles());
    assert_eq!(reasons(&slack).iter().filter(|r| **r == NotifyReason::Resolved).count(), 1, "the quarantine is over");
    let open: Vec<_> = bench.records().await.into_iter().filter(|r| r.status() == Status::Open).collect();
    assert_eq!(open.len(), 1);
}

#[tokio::test]
async fn a_thousand_unreadable_events_of_one_kind_are_one_finding() {
    let (bench, slack, _) = two(TWO_CHANNELS);
    for n in 0..50 {
        let event = json!({"id": n.to_string(), "source": "aws.guardduty", "detail-type": "GuardDuty Finding",
            "account": "111122223333", "region": "eu-central-1", "time": "2026-11-02T09:10:00Z", "detail": format!("{n}")});
        bench.handle(&event).await;
    }
    assert_eq!(bench.records().await.len(), 1);
    assert_eq!(slack.titles().len(), 1);
    assert_eq!(bench.app.store.documents(DocumentKind::Quarantine).await.unwrap().len(), 50);
}
