//! An answer to a finding ends its reminders and nothing else: it is told once, and no close, no worsening and no return is
//! ever lost because of it. Real handlers and store, a clock that is moved by hand.

use std::sync::Arc;

use plimsoll_finding::{FindingKey, Severity, Status};
use plimsoll_message::{Alert, Answer, AnswerKind, Message, NotifyReason, SendError};
use plimsoll_pipeline::answer::{AnswerError, answer};
use plimsoll_tests::{
    harness::{Harness, Scripted, TWO_CHANNELS, guardduty},
    hostile_server::{self, HostileServer},
};
use serde_json::json;

use super::programs::program_path;

struct Scene {
    bench: Harness,
    slack: Arc<Scripted>,
    mail: Arc<Scripted>,
}

impl Scene {
    fn new() -> Self {
        let slack = Arc::new(Scripted::new("slack", Vec::new()));
        let mail = Arc::new(Scripted::new("mail", Vec::new()));
        let config = TWO_CHANNELS.replace(r#"channels = ["slack"]"#, r#"channels = ["slack", "mail"]"#);
        let bench = Harness::new(&config, &[Arc::clone(&slack), Arc::clone(&mail)]);
        Self { bench, slack, mail }
    }

    /// What GuardDuty says now.
    async fn says(&self, severity: f64, archived: bool) {
        let now = self.bench.app.clock.now();
        self.bench.handle(&guardduty("g", severity, &now.to_string(), archived)).await;
    }

    async fn answered(&self, kind: AnswerKind) -> Result<(), AnswerError> {
        let app = &self.bench.app;
        let key: FindingKey = self.bench.records().await[0].key.clone();
        let given = Answer { kind, owner: "platform".to_owned(), by: "ana".to_owned(), at: app.clock.now() };
        answer(app.store.as_ref(), &app.policy, &key, &given).await?;
        self.bench.deliver().await;
        Ok(())
    }
}

fn alerts(channel: &Scripted) -> Vec<Alert> {
    let alert = |message| match message {
        Message::Alert(alert) => Some(alert),
        _ => None,
    };
    channel.accepted().into_iter().filter_map(alert).collect()
}

fn reasons(channel: &Scripted) -> Vec<NotifyReason> {
    alerts(channel).iter().map(|alert| alert.reason).collect()
}

#[tokio::test]
async fn an_answer_is_told_once_ends_the_reminders_and_stands_in_the_digest() {
    use NotifyReason as Why;
    let scene = Scene::new();
    scene.says(9.5, false).await;
    scene.bench.later(10).await;
    scene.answered(AnswerKind::Acknowledged).await.unwrap();
    for _ in 0..5 {
        scene.bench.later(24 * 60).await;
    }
    for channel in [&scene.slack, &scene.mail] {
        assert_eq!(reasons(channel), [Why::FirstSeen, Why::Answered]);
        let told = &alerts(channel)[1];
        assert_eq!(told.history.answer.as_ref().unwrap().owner, "platform");
        assert_eq!((told.status, told.severity), (Status::Open, Severity::Critical));
    }
    let digest = scene.bench.app.digest(scene.bench.app.clock.now()).await.unwrap();
    assert_eq!(digest.open[0].answer.as_ref().unwrap().by, "ana");
    scene.says(9.5, true).await;
    scene.bench.later(10).await;
    assert_eq!(reasons(&scene.slack), [Why::FirstSeen, Why::Answered, Why::Resolved]);
}

#[tokio::test]
async fn what_gets_worse_or_comes_back_is_told_and_reminded_of_again() {
    use NotifyReason as Why;
    let scene = Scene::new();
    scene.says(7.5, false).await;
    scene.answered(AnswerKind::Acknowledged).await.unwrap();
    scene.bench.later(60).await;
    scene.says(9.5, false).await;
    scene.bench.later(25 * 60).await;
    assert_eq!(
        reasons(&scene.slack),
        [Why::FirstSeen, Why::Answered, Why::Worse, Why::Reminder],
        "worse than answered"
    );
    scene.answered(AnswerKind::Acknowledged).await.unwrap();
    scene.bench.later(60).await;
    scene.says(9.5, true).await;
    scene.bench.later(120).await;
    scene.says(9.5, false).await;
    scene.bench.later(25 * 60).await;
    let all = reasons(&scene.slack);
    assert_eq!(
        all[4..],
        [Why::Answered, Why::Resolved, Why::Reopened, Why::Reminder],
        "the answer was to what is over"
    );
    assert!(alerts(&scene.slack)[6].history.answer.is_none());
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_with_words() {
    let scene = Scene::new();
    scene.says(9.5, false).await;
    let error = scene.answered(AnswerKind::Planned).await.unwrap_err();
    assert!(error.to_string().contains("no cost anomaly"), "{error}");
    scene.bench.later(10).await;
    scene.says(9.5, true).await;
    let error = scene.answered(AnswerKind::Acknowledged).await.unwrap_err();
    assert!(error.to_string().contains("is resolved"), "{error}");
}

/// What a person said about money stands in the thread of the anomaly and in the digest, in words.
#[tokio::test]
async fn a_cost_anomaly_is_answered_in_its_thread_and_in_the_digest() {
    for (kind, in_thread, in_digest) in [
        (AnswerKind::Planned, "Planned, says platform.", "planned, says platform"),
        (AnswerKind::FalseAlarm, "False alarm, says platform.", "false alarm, says platform"),
        (AnswerKind::Real, "Real and not planned, says platform.", "real and not planned, says platform"),
    ] {
        let scene = Scene::new();
        let now = scene.bench.app.clock.now();
        let anomaly = json!({
            "id": "e-1", "source": "aws.ce", "detail-type": "Anomaly Detected", "account": "111122223333",
            "region": "us-east-1", "time": now,
            "detail": {"accountId": "111122223333", "anomalyId": "6e7a6920-bf29-5e57-9b6a-fbffbdd38cec",
                "dimensionValue": "Amazon DynamoDB", "impact": {"maxImpact": 480.0, "totalImpact": 480.0}}
        });
        scene.bench.handle(&anomaly).await;
        scene.bench.deliver().await;
        scene.answered(kind).await.unwrap();
        let told = alerts(&scene.slack).pop().unwrap();
        assert_eq!(told.reason, NotifyReason::Answered);
        let reply = plimsoll_render::slack::thread_reply(&told).body().to_string();
        assert!(reply.contains(in_thread), "{reply}");
        let digest = scene.bench.app.digest(scene.bench.app.clock.now()).await.unwrap();
        let text = plimsoll_render::digest(&digest, 200, plimsoll_render::Style::Plain);
        assert!(text.contains(in_digest), "{text}");
        let slack =
            plimsoll_render::slack::message(&Message::Digest(digest), &plimsoll_render::slack::Mentions::none());
        assert!(slack.body().to_string().contains(in_digest));
    }
}

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Opening, closing, worsening, answering, outages and time in 300 random orders: in the end each channel knows the truth,
/// and heard of no answer twice.
#[tokio::test]
async fn whatever_is_answered_when_no_close_is_lost() {
    for seed in 0..300 {
        let (scene, mut dice) = (Scene::new(), Dice(seed));
        let mut answers = 0;
        scene.says(7.5, false).await;
        for _ in 0..25 {
            match dice.roll(8) {
                0 | 1 => scene.says(7.5, false).await,
                2 => scene.says(9.5, false).await,
                3 => scene.says(7.5, true).await,
                4 | 5 => answers += usize::from(scene.answered(AnswerKind::Acknowledged).await.is_ok()),
                6 => scene.slack.always((dice.roll(2) == 0).then(|| SendError::Refused("HTTP 503".to_owned()))),
                _ => scene.mail.always((dice.roll(2) == 0).then(|| SendError::Ambiguous("timed out".to_owned()))),
            }
            scene.bench.later([1, 7, 45, 600][usize::try_from(dice.roll(4)).unwrap()]).await;
        }
        scene.slack.always(None);
        scene.mail.always(None);
        for _ in 0..6 {
            scene.bench.later(20).await;
        }
        let truth = scene.bench.records().await.remove(0);
        for channel in [&scene.slack, &scene.mail] {
            let told = alerts(channel);
            let Some(last) = told.last() else { continue };
            assert_eq!(last.status, truth.status(), "seed {seed}: {:?}", reasons(channel));
            if truth.status() == Status::Open {
                assert!(last.severity >= truth.severity(), "seed {seed}: {:?}", reasons(channel));
            }
            let heard = reasons(channel).into_iter().filter(|reason| *reason == NotifyReason::Answered).count();
            assert!(heard <= answers, "seed {seed}: {heard} of {answers}");
            assert!(truth.cursors.values().all(|cursor| !cursor.in_flight), "seed {seed}");
        }
    }
}

#[test]
fn the_answer_goes_to_cost_anomaly_detection_with_the_users_own_credentials() {
    let server = HostileServer::answering(vec![
        hostile_server::Answer::body(200, "{\"AnomalyId\":\"x\"}"),
        hostile_server::Answer::body(400, "{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}"),
    ])
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(program_path("plimsoll"));
        command.current_dir(folder.path()).env_clear().args(arguments);
        command.args(["--state", "state.redb", "--now", "2026-10-14T08:00:00Z"]);
        let aws =
            [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_ENDPOINT_URL", &server.url())];
        command.envs(aws).output().unwrap()
    };
    let event = plimsoll_tests::samples::root().join("events/cost-anomaly/anomaly-day-one.json");
    assert!(run(&["replay", event.to_str().unwrap()]).status.success());
    let found: serde_json::Value = serde_json::from_slice(&run(&["findings", "--json"]).stdout).unwrap();
    let text = found.to_string();
    let at = text.find("\"key\":\"").unwrap() + 7;
    let key = text.get(at..at + 64).unwrap();
    let sent = run(&["ack", key, "--owner", "finance", "--real", "--send"]);
    let said = String::from_utf8(sent.stdout).unwrap();
    assert!(sent.status.success() && said.contains("Cost Anomaly Detection has the same answer"), "{said}");
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].header("x-amz-target").unwrap().ends_with(".ProvideAnomalyFeedback"));
    assert!(
        requests[0].body.contains("\"Feedback\":\"YES\"") && requests[0].body.contains("AnomalyId"),
        "{}",
        requests[0].body
    );
    let refused = run(&["ack", key, "--owner", "finance", "--planned", "--send"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("the answer is kept here"), "{said}");
}
