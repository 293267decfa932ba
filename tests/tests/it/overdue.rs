//! The metric behind the alarm `overdue-<channel>`, out of the real program: a channel refuses everything, and the age of
//! what is due leaves zero.
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
    harness::{Harness, guardduty},
    hostile_server::{Answer, HostileServer},
};
use serde_json::Value;

use super::programs::program_path;

/// A busy machine takes its time.
const PATIENCE: Duration = Duration::from_mins(2);

/// The lines that the program writes in one invocation.
fn invoke(folder: &std::path::Path) -> Vec<Value> {
    let runtime = HostileServer::start(|request, before| match request.method.as_str() {
        "GET" if before == 0 => {
            let headers = [
                ("Content-Type", "application/json"),
                ("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
                ("Lambda-Runtime-Deadline-Ms", "4102444800000"),
                ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:111122223333:function:f"),
            ];
            Answer::Reply(200, headers.map(|(name, value)| (name, value.to_owned())).into(), "{}".to_owned())
        }
        "GET" => Answer::Silent,
        _ => Answer::body(202, "{}"),
    });
    let runtime = runtime.unwrap();
    let output = folder.join("out");
    let mut child = Command::new(program_path("alert-notifier"))
        .current_dir(folder)
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", runtime.url().replace("http://", ""))
        .env("AWS_LAMBDA_FUNCTION_NAME", "alert-notifier")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "group")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
        .env("PLIMSOLL_STORE", "state.redb")
        .env("TOKEN", "xoxb-0-0")
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

    let lines = invoke(folder.path());
    let metric = |name: &str| lines.iter().find_map(|line| line.get(name)).and_then(Value::as_i64);
    for name in ["DueAge", "CriticalDueAge"] {
        assert!(metric(name).is_some_and(|seconds| seconds >= 1_200), "{name} is {:?} in {lines:#?}", metric(name));
    }
    assert!(metric("Failed") > Some(0), "{lines:#?}");
}
