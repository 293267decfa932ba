//! What became worse inside a finding that is as bad as before: told once, after it has settled, and in the digest; and
//! what a reminder and a resolved alert say of the past. Real handlers and store, a clock that is moved by hand.

use std::sync::Arc;

use jiff::SignedDuration;
use plimsoll_message::{Alert, ChangeKind, Message, NotifyReason};
use plimsoll_tests::harness::{Harness, Scripted, TWO_CHANNELS};
use serde_json::{Value, json};

fn harness() -> (Harness, Arc<Scripted>) {
    harness_of(TWO_CHANNELS)
}

fn harness_of(config: &str) -> (Harness, Arc<Scripted>) {
    let slack = Arc::new(Scripted::new("slack", Vec::new()));
    let mail = Arc::new(Scripted::new("mail", Vec::new()));
    (Harness::new(config, &[Arc::clone(&slack), mail]), slack)
}

/// A vulnerability of one image, as Inspector reports it.
fn cve(number: u32, severity: &str, exploit: &str, fix: &str, time: &str) -> Value {
    let image = "arn:aws:ecr:eu-central-1:111122223333:repository/web/api/sha256:\
                 36c7b282abd0186e01419f2e58743e1bf635808231049bbc9d77e500000000aa";
    json!({
        "id": format!("{number}-{time}"), "source": "aws.inspector2", "detail-type": "Inspector2 Finding",
        "account": "111122223333", "region": "eu-central-1", "time": time, "resources": [image],
        "detail": {
            "awsAccountId": "111122223333", "severity": severity, "status": "ACTIVE",
            "findingArn": format!("arn:aws:inspector2:eu-central-1:111122223333:finding/{number}"),
            "type": "PACKAGE_VULNERABILITY", "title": format!("CVE-2026-{number} - zlib1g"),
            "exploitAvailable": exploit, "fixAvailable": fix,
            "firstObservedAt": time, "lastObservedAt": time, "updatedAt": time,
            "packageVulnerabilityDetails": {"vulnerabilityId": format!("CVE-2026-{number}"),
                "vulnerablePackages": [{"name": "zlib1g", "version": "1.2.13"}]},
            "resources": [{"id": image, "type": "AWS_ECR_CONTAINER_IMAGE", "details": {"awsEcrContainerImage": {
                "imageHash": "sha256:36c7b282abd0186e01419f2e58743e1bf635808231049bbc9d77e500000000aa",
                "imageTags": ["2.3.0"], "repositoryName": "web/api", "registry": "111122223333"}}}],
        }
    })
}

fn alerts(channel: &Scripted) -> Vec<Alert> {
    let alert = |message| match message {
        Message::Alert(alert) => Some(alert),
        _ => None,
    };
    channel.accepted().into_iter().filter_map(alert).collect()
}

#[tokio::test]
async fn a_hundred_and_fifty_new_vulnerabilities_are_one_message_that_names_the_worst() {
    let (bench, slack) = harness();
    bench.handle(&cve(90_100, "CRITICAL", "NO", "NO", "2026-11-01T09:00:00Z")).await;
    let before = bench.app.digest(bench.app.clock.now()).await.unwrap();
    assert_eq!((slack.accepted().len(), before.open.len()), (1, 1));
    bench.later(60).await;
    for number in 0..150 {
        let (severity, exploit) = if number == 77 { ("HIGH", "YES") } else { ("CRITICAL", "NO") };
        bench.handle(&cve(number, severity, exploit, "NO", "2026-11-02T10:15:00Z")).await;
        if number % 50 == 49 {
            bench.later(1).await;
        }
    }
    assert_eq!(slack.accepted().len(), 1, "more may come");
    bench.later(1).await;
    bench.later(1).await;
    let told = alerts(&slack);
    assert_eq!(
        told.iter().map(|alert| alert.reason).collect::<Vec<_>>(),
        [NotifyReason::FirstSeen, NotifyReason::News]
    );
    let news = told[1].news.summary().unwrap();
    assert!(news.starts_with("150 new: 149 critical, 1 high; worst CVE-2026-77 in zlib1g"), "{news}");
    assert!(told[1].parts[0].1.contains("CVE-2026-77"), "the exploited one leads");
    for _ in 0..20 {
        bench.later(10).await;
    }
    assert_eq!(slack.accepted().len(), 2, "nothing is told twice");

    let digest = bench.app.digest(bench.app.clock.now()).await.unwrap();
    assert_eq!(digest.change_counts, [0, 1, 0]);
    let change = &digest.changes[0];
    assert!(change.kind == ChangeKind::Worse && change.title.contains("150 new: 149 critical"), "{}", change.title);
}

#[tokio::test]
async fn an_exploit_and_a_fix_that_become_known_are_told_once_each() {
    let (bench, slack) = harness();
    bench.handle(&cve(1, "HIGH", "NO", "NO", "2026-11-02T09:00:00Z")).await;
    bench.handle(&cve(1, "HIGH", "YES", "NO", "2026-11-02T09:05:00Z")).await;
    bench.later(5).await;
    bench.handle(&cve(1, "HIGH", "YES", "YES", "2026-11-02T09:10:00Z")).await;
    bench.handle(&cve(1, "HIGH", "YES", "YES", "2026-11-02T09:11:00Z")).await;
    bench.later(4).await;
    assert_eq!(slack.accepted().len(), 2, "the fix has not settled");
    bench.later(1).await;
    bench.later(60).await;
    let said: Vec<Option<String>> = alerts(&slack).iter().map(|alert| alert.news.summary()).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[0].is_none());
    assert!(said[1].as_deref().is_some_and(|news| news.starts_with("Exploit known: CVE-2026-1 in zlib1g")), "{said:?}");
    assert!(said[2].as_deref().is_some_and(|news| news.starts_with("Fix available: CVE-2026-1 in zlib1g")), "{said:?}");
}

#[tokio::test]
async fn what_becomes_known_while_the_channel_is_down_is_told_when_it_is_back() {
    let (bench, slack) = harness();
    bench.handle(&cve(1, "CRITICAL", "NO", "NO", "2026-11-02T09:00:00Z")).await;
    slack.always(Some(plimsoll_message::SendError::Refused("HTTP 503".into())));
    bench.handle(&cve(2, "CRITICAL", "NO", "NO", "2026-11-02T09:05:00Z")).await;
    for _ in 0..10 {
        bench.later(1).await;
    }
    bench.handle(&cve(3, "HIGH", "NO", "NO", "2026-11-02T09:20:00Z")).await;
    slack.always(None);
    bench.hand.advance(SignedDuration::from_mins(1));
    for _ in 0..10 {
        bench.later(1).await;
    }
    let told = alerts(&slack);
    assert_eq!(told.len(), 2, "one message for both");
    assert!(told[1].news.summary().unwrap().starts_with("2 new: 1 critical, 1 high; worst CVE-2026-2 "));
}

#[tokio::test]
async fn a_reminder_and_a_resolved_alert_say_how_long_it_was_open_and_what_was_worst() {
    let (bench, slack) =
        harness_of(&TWO_CHANNELS.replace(r#"channels = ["slack"]"#, r#"channels = ["slack", "mail"]"#));
    for (number, severity) in [(1, "CRITICAL"), (2, "HIGH"), (3, "MEDIUM"), (4, "LOW")] {
        bench.handle(&cve(number, severity, "NO", "NO", "2026-11-02T09:00:00Z")).await;
    }
    bench.later(10).await;
    bench.later(73 * 60).await;
    bench.handle(&cve(4, "LOW", "NO", "NO", "2026-11-05T10:10:00Z")).await;
    for number in 1..=4 {
        let mut closed = cve(number, "CRITICAL", "NO", "NO", "2026-11-05T10:20:00Z");
        if number > 1 {
            closed["detail"]["severity"] = json!(["HIGH", "MEDIUM", "LOW"][number as usize - 2]);
        }
        closed["detail"]["status"] = json!("CLOSED");
        bench.handle(&closed).await;
    }
    bench.later(10).await;
    let told = alerts(&slack);
    let reasons: Vec<NotifyReason> = told.iter().map(|alert| alert.reason).collect();
    assert_eq!(
        reasons,
        [NotifyReason::FirstSeen, NotifyReason::News, NotifyReason::Reminder, NotifyReason::Resolved],
        "{told:#?}"
    );
    let first = &told[0].history;
    assert_eq!((first.previous_at, first.resolved_at), (None, None));
    assert_eq!(first.open_since.unwrap().to_string(), "2026-11-02T09:00:00Z");
    let reminder = &told[2].history;
    assert_eq!(reminder.previous_at.unwrap().to_string(), "2026-11-02T09:25:00Z");
    assert_eq!((reminder.reported_open, reminder.reported_resolved), (0, 0));
    let resolved = &told[3].history;
    assert_eq!(resolved.open_since, first.open_since);
    assert_eq!(resolved.resolved_at.unwrap().to_string(), "2026-11-05T10:20:00Z");
    assert_eq!(resolved.also_told, ["mail"]);
    let worst: Vec<&str> = resolved.worst.iter().map(|(severity, _)| severity.label()).collect();
    assert_eq!((worst, resolved.more_worst), (vec!["Critical", "High", "Medium"], 1));
    assert!(resolved.worst[0].1.starts_with("CVE-2026-1 "), "{:?}", resolved.worst);
}
