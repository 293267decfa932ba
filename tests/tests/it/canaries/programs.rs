//! The programs as people and Lambda run them: what they print, write and send.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use plimsoll_tests::{
    harness::guardduty,
    hostile_server::{Answer, HostileServer},
    samples::root,
};
use serde_json::json;

use super::{
    super::programs::program_path,
    scene::{Mood, Outside},
    search::{AWS_SECRET, AWS_SESSION, BOT_TOKEN, Found},
};

/// A busy machine takes its time.
const PATIENCE: Duration = Duration::from_mins(2);

/// A folder to run programs in, whose environment holds every secret and asks for every detail.
struct Place {
    folder: tempfile::TempDir,
    outside: Outside,
}

impl Place {
    fn new(mood: Mood) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), outside: Outside::new(mood) };
        let config = place.outside.config(|name| format!("{{ env = \"CANARY_{name}\" }}"));
        fs::write(place.path("plimsoll.toml"), config).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program_path(program));
        command.current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        for (name, value) in self.outside.secrets() {
            command.env(format!("CANARY_{name}"), value);
        }
        for (name, value) in [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", AWS_SECRET),
            ("AWS_SESSION_TOKEN", AWS_SESSION),
            ("RUST_LOG", "trace"),
            ("RUST_BACKTRACE", "full"),
            ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
            ("PLIMSOLL_STORE", "state.redb"),
        ] {
            command.env(name, value);
        }
        command
    }

    /// Runs the command line to its end; everything that it prints is searched. Returns how much that was.
    fn run(&self, case: &str, arguments: &[&str], found: &mut Found) -> usize {
        let output = self.command("plimsoll").args(arguments).output().unwrap();
        let case = format!("{case}: plimsoll {}", arguments.join(" "));
        found.search(&format!("{case}: output"), &output.stdout);
        found.search(&format!("{case}: errors"), &output.stderr);
        output.stdout.len() + output.stderr.len()
    }

    /// Runs a function for one invocation, as Lambda does; everything that it prints and answers is searched.
    fn invoke(&self, case: &str, function: &str, event: &str, found: &mut Found) {
        let event = event.to_owned();
        let runtime = HostileServer::start(move |request, before| match request.method.as_str() {
            "GET" if before == 0 => {
                let headers = vec![
                    ("Content-Type", "application/json".to_owned()),
                    ("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
                    ("Lambda-Runtime-Deadline-Ms", "4102444800000".to_owned()),
                    (
                        "Lambda-Runtime-Invoked-Function-Arn",
                        "arn:aws:lambda:eu-central-1:111122223333:function:f".to_owned(),
                    ),
                ];
                Answer::Reply(200, headers, event.clone())
            }
            "GET" => Answer::Silent,
            _ => Answer::body(202, "{}"),
        });
        let runtime = runtime.unwrap();
        let (output, errors) = (self.path(&format!("{function}.out")), self.path(&format!("{function}.err")));
        let mut child = self
            .command(function)
            .env("AWS_LAMBDA_RUNTIME_API", runtime.url().replace("http://", ""))
            .env("AWS_LAMBDA_FUNCTION_NAME", function)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "group")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
            .stdout(fs::File::create(&output).unwrap())
            .stderr(fs::File::create(&errors).unwrap())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        let answered = || runtime.requests().iter().any(|request| request.method == "POST");
        while !answered() && child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "{case}: {function} did not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        child.kill().ok();
        child.wait().unwrap();
        found.search(&format!("{case}: answers of {function}"), format!("{:?}", runtime.requests()));
        for file in [output, errors] {
            found.search(&format!("{case}: {}", file.display()), fs::read(&file).unwrap());
        }
    }

    /// Searches every file in the folder but the configuration. Returns how many there are.
    fn search_files(&self, case: &str, found: &mut Found) -> usize {
        let mut folders = vec![self.folder.path().to_path_buf()];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name().is_none_or(|name| name != "plimsoll.toml") {
                    found.search(&format!("{case}: {}", path.display()), fs::read(&path).unwrap());
                    files += 1;
                }
            }
        }
        files
    }
}

fn event(name: &str) -> String {
    root().join("events").join(name).canonicalize().unwrap().display().to_string()
}

/// All that the programs do with these answers from outside.
fn everything(mood: Mood) -> Found {
    let (case, mut found) = (format!("{mood:?}"), Found::default());
    let place = Place::new(mood);
    let sample = event("guardduty-finding/medium-unusual-network-port.json");
    let corpus = event("");
    for arguments in [
        &["check"][..],
        &["doctor"],
        &["doctor", "--json"],
        &["replay", &sample],
        &["explain", &sample],
        &["route", &sample, "--explain"],
        &["preview", &sample, "--html", "page.html"],
        &["findings"],
        &["score", "--explain"],
        &["digest", "--send"],
        &["digest", "--json"],
        &["waivers"],
        &["schema"],
    ] {
        assert!(place.run(&case, arguments, &mut found) > 0 || arguments == ["waivers"], "{case}: {arguments:?}");
    }
    let mut bare = Place::new(mood);
    bare.outside = Outside::new(Mood::Friendly);
    fs::remove_file(bare.path("plimsoll.toml")).unwrap();
    // Without a configuration the look-alike is told, all of the corpus and without pauses.
    bare.run(&case, &["replay", &corpus, "--now", "2026-12-01T08:00:00Z"], &mut found);
    let finding = guardduty("whole", 8.5, "2026-11-02T09:15:00Z", false).to_string();
    place.invoke(&case, "guardduty-finding", &finding, &mut found);
    place.invoke(&case, "alert-notifier", "{}", &mut found);
    place.invoke(&case, "readiness-digest", &json!({"time": "2026-11-02T08:00:00Z"}).to_string(), &mut found);
    assert!(place.search_files(&case, &mut found) >= 8, "{case}");
    assert!(bare.search_files(&case, &mut found) >= 1, "{case}");
    assert_eq!(place.outside.search(&case, &mut found), ["bot", "hook", "pager", "webhook", "sns"], "{case}");
    found
}

#[test]
fn no_secret_leaves_the_programs_whatever_is_answered() {
    program_path("plimsoll");
    let moods = [Mood::Friendly, Mood::Quoting(403), Mood::Echo(500), Mood::Close];
    let workers: Vec<_> = moods.into_iter().map(|mood| std::thread::spawn(move || everything(mood))).collect();
    for worker in workers {
        worker.join().unwrap().nothing_in(200_000);
    }
}

#[test]
fn no_secret_leaves_the_demo() {
    let (place, mut found) = (Place::new(Mood::Friendly), Found::default());
    assert!(place.run("demo", &["demo"], &mut found) > 0);
    assert!(place.search_files("demo", &mut found) >= 3);
    found.nothing_in(1_000_000);
}

/// A token that somebody wrote into the configuration itself, or where the name of its place belongs.
#[test]
fn a_secret_in_the_configuration_itself_is_not_repeated() {
    let mut found = Found::default();
    for token in [
        format!("\"{BOT_TOKEN}\""),
        format!("{{ arn = \"{BOT_TOKEN}\" }}"),
        format!("{{ env = \"{BOT_TOKEN}\" }}"),
        format!("{{ token = \"{BOT_TOKEN}\" }}"),
    ] {
        let place = Place::new(Mood::Friendly);
        let config = format!("[channels.s]\nkind = \"slack-bot\"\nchannel = \"C0123456789\"\ntoken = {token}\n");
        fs::write(place.path("plimsoll.toml"), config).unwrap();
        for command in ["check", "doctor", "findings"] {
            assert!(place.run(&token, &[command], &mut found) > 0);
        }
        place.invoke(&token, "alert-notifier", "{}", &mut found);
        place.search_files(&token, &mut found);
    }
    found.nothing_in(1_000);
}

/// What the programs print and write is what is searched: a secret that is part of an event comes out, and is found.
#[test]
fn a_secret_that_is_planted_in_an_event_is_found() {
    let place = Place::new(Mood::Friendly);
    let mut event = guardduty("planted", 8.5, "2026-11-02T09:15:00Z", false);
    event["detail"]["title"] = json!(BOT_TOKEN);
    event["detail"]["resource"]["instanceDetails"]["instanceId"] = json!(BOT_TOKEN);
    fs::write(place.path("event.json"), event.to_string()).unwrap();
    let found_by = |work: &dyn Fn(&mut Found)| {
        let mut found = Found::default();
        work(&mut found);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| found.nothing_in(0))).is_err()
    };
    assert!(found_by(&|found| assert!(place.run("planted", &["explain", "event.json"], found) > 0)), "printed");
    fs::remove_file(place.path("plimsoll.toml")).unwrap();
    assert!(found_by(&|found| assert!(place.run("planted", &["replay", "event.json"], found) > 0)), "told");
    fs::remove_file(place.path("event.json")).unwrap();
    assert!(found_by(&|found| assert!(place.search_files("planted", found) > 0)), "kept");
}
