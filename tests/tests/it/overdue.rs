//! The metrics of our own behind the alarms of the suite, out of the real programs: the trouble happens, and the metric leaves
//! zero. A channel refuses everything, an event cannot be read, no heartbeat arrives.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{
    fs,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};
use plimsoll_app::validate_config;
use plimsoll_local::LocalStore;
use plimsoll_tests::{
    harness::{Harness, Scripted, guardduty},
    hostile_server::{Answer, HostileServer},
};
use serde_json::{Value, json};

use super::programs::program_path;

/// A busy machine takes its time.
const PATIENCE: Duration = Duration::from_mins(2);

/// The lines that the program writes in one invocation with this payload, while these heartbeats are expected.
fn invoke(folder: &std::path::Path, name: &str, payload: &Value, heartbeats: &str) -> Vec<Value> {
    let payload = payload.to_string();
    let runtime = HostileServer::start(move |request, before| match request.method.as_str() {
        "GET" if before == 0 => {
            let headers = [
                ("Content-Type", "application/json"),
                ("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
                ("Lambda-Runtime-Deadline-Ms", "4102444800000"),
                ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:111122223333:function:f"),
            ];
            Answer::Reply(200, headers.map(|(name, value)| (name, value.to_owned())).into(), payload.clone())
        }
        "GET" => Answer::Silent,
        _ => Answer::body(202, "{}"),
    });
    let runtime = runtime.unwrap();
    let output = folder.join("out");
    let mut child = Command::new(program_path(name))
        .current_dir(folder)
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", runtime.url().replace("http://", ""))
        .env("AWS_LAMBDA_FUNCTION_NAME", name)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "group")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
        .env("PLIMSOLL_STORE", "state.redb")
        .env("TOKEN", "xoxb-0-0")
        .env("PLIMSOLL_HEARTBEATS", heartbeats)
        .stdin(Stdio::null())
        .stdout(fs::File::create(&output).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !runtime.requests().iter().any(|request| request.method == "POST") {
        assert!(child.try_wait().unwrap().is_none() && begun.elapsed() < PATIENCE, "the program did not answer");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().ok();
    child.wait().unwrap();
    fs::read_to_string(&output).unwrap().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn metric(lines: &[Value], name: &str) -> Option<i64> {
    lines.iter().find_map(|line| line.get(name)).and_then(Value::as_i64)
}

#[test]
fn an_event_that_cannot_be_read_moves_the_metric_of_the_quarantine_alarm() {
    let folder = tempfile::tempdir().unwrap();
    let event = json!({"id": "e", "source": "aws.guardduty", "detail-type": "GuardDuty Finding", "account": "111122223333",
        "region": "eu-central-1", "time": "2026-11-20T02:20:00Z", "detail": {}});
    let outcome = |lines: &[Value]| {
        let line = lines.iter().find(|line| line.get("EventsProcessed").is_some());
        line.map(|line| (line["Source"].clone(), line["Outcome"].clone(), line["EventsProcessed"].clone()))
    };
    let lines = invoke(folder.path(), "guardduty-finding", &event, "");
    assert_eq!(outcome(&lines), Some((json!("guardduty-finding"), json!("quarantined"), json!(1))), "{lines:#?}");
}

#[test]
fn heartbeats_that_do_not_arrive_move_the_metric_of_the_silence_alarm() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[channels.slack]\nkind = \"slack-bot\"\nchannel = \"C0123456789\"\ntoken = { env = \"TOKEN\" }\n\
                  endpoint = \"http://127.0.0.1:9\"\n[[routes]]\nname = \"all\"\nchannels = [\"slack\"]\n";
    fs::write(folder.path().join("plimsoll.toml"), config).unwrap();
    let mut harness = Harness::new(config, &[Arc::new(Scripted::new("slack", Vec::new()))]);
    harness.app.store = Arc::new(LocalStore::open(&folder.path().join("state.redb")).unwrap());
    // The notifier expects them since eight hours ago.
    harness.hand.set(Timestamp::now() - SignedDuration::from_hours(8));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let expected = ["backup-job/default".to_owned()];
    runtime.block_on(harness.app.receive_heartbeats(&expected, SignedDuration::from_mins(1))).unwrap();
    drop(harness);
    let lines = invoke(folder.path(), "alert-notifier", &json!({}), "backup-job/default");
    assert!(metric(&lines, "HeartbeatAge") >= Some(8 * 3600), "{lines:#?}");
}

#[test]
fn a_channel_that_refuses_everything_moves_the_metrics_of_the_overdue_alarm() {
    let slack = HostileServer::start(|_, _| Answer::body(500, "no")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[channels.slack]\nkind = \"slack-bot\"\nchannel = \"C0123456789\"\ntoken = {{ env = \"TOKEN\" }}\n\
         endpoint = \"{}\"\n[[routes]]\nname = \"all\"\nchannels = [\"slack\"]\n",
        slack.url()
    );
    fs::write(folder.path().join("plimsoll.toml"), &config).unwrap();
    validate_config(&config, &[]).unwrap();

    // A critical finding came in twenty minutes ago, and nobody has delivered it.
    let mut harness = Harness::new(&config, &[]);
    harness.app.store = Arc::new(LocalStore::open(&folder.path().join("state.redb")).unwrap());
    let came_in = Timestamp::now() - SignedDuration::from_mins(20);
    harness.hand.set(came_in);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(harness.handle(&guardduty("critical", 9.5, &came_in.to_string(), false)));
    drop(harness);

    let lines = invoke(folder.path(), "alert-notifier", &json!({}), "");
    let metric = |name: &str| metric(&lines, name);
    for name in ["DueAge", "CriticalDueAge"] {
        assert!(metric(name).is_some_and(|seconds| seconds >= 1_200), "{name} is {:?} in {lines:#?}", metric(name));
    }
    assert!(metric("Failed") > Some(0), "{lines:#?}");
}
