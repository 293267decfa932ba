//! The world outside: one server for each channel, one for AWS, and answers of every kind; and the whole corpus in it.

use std::{fs, path::Path, sync::Arc};

use plimsoll_app::{Clients, notifiers};
use plimsoll_local::LocalStore;
use plimsoll_pipeline::{Clock, DocumentKind, Store};
use plimsoll_tests::{
    harness::Harness,
    hostile_server::{Answer, HostileServer, Request},
    samples::{SOURCES, samples},
};
use serde_json::{Value, json};

use super::search::{
    AWS_SECRET, AWS_SESSION, BOT_TOKEN, Found, HOOK_PATH, ROUTING_KEY, SIGNING_SECRET, WEBHOOK_PATH, secrets_in,
};

/// What those outside answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// Yes.
    Friendly,
    /// The request comes back, headers and all, with this status: a debugging proxy.
    Echo(u16),
    /// A refusal in the provider's own form, with the credential in each place where words stand.
    Quoting(u16),
    /// This status, with headers that lead astray.
    Status(u16),
    /// The connection breaks: before the answer, within it.
    Close,
    CutBody,
    Reset,
    NoHttp,
}

impl Mood {
    pub(super) const ALL: [Self; 23] = [
        Self::Friendly,
        Self::Echo(200),
        Self::Echo(202),
        Self::Echo(400),
        Self::Echo(401),
        Self::Echo(500),
        Self::Quoting(200),
        Self::Quoting(400),
        Self::Quoting(401),
        Self::Quoting(403),
        Self::Quoting(429),
        Self::Quoting(500),
        Self::Status(301),
        Self::Status(307),
        Self::Status(401),
        Self::Status(403),
        Self::Status(404),
        Self::Status(410),
        Self::Status(429),
        Self::Close,
        Self::CutBody,
        Self::Reset,
        Self::NoHttp,
    ];

    fn answer(self, channel: &str, request: &Request) -> Answer {
        let headers = |location: &str| {
            vec![
                ("Location", location.to_owned()),
                ("Retry-After", "7".to_owned()),
                ("x-oauth-scopes", "chat:write".to_owned()),
            ]
        };
        match self {
            Self::Friendly => Answer::Reply(200, headers("/"), yes(channel).1).with_status(yes(channel).0),
            Self::Echo(status) => Answer::Echo(status),
            Self::Quoting(status) => {
                let all = format!("{} {:?} {}", request.path, request.headers, request.body);
                let said =
                    json!({"ok": false, "error": all, "status": all, "message": all, "errors": [all], "team": all});
                Answer::Reply(status, headers(&request.path), said.to_string())
            }
            Self::Status(status) => {
                Answer::Reply(status, headers(&format!("http://127.0.0.1:9{}", request.path)), String::new())
            }
            Self::Close => Answer::Close,
            Self::CutBody => Answer::CutBody(200, headers("/")),
            Self::Reset => Answer::Reset,
            Self::NoHttp => Answer::Raw(b"no HTTP at all\r\n\r\n"),
        }
    }
}

trait WithStatus {
    fn with_status(self, status: u16) -> Self;
}

impl WithStatus for Answer {
    fn with_status(self, status: u16) -> Self {
        match self {
            Self::Reply(_, headers, body) => Self::Reply(status, headers, body),
            other => other,
        }
    }
}

fn yes(channel: &str) -> (u16, String) {
    match channel {
        "bot" => {
            let conversation = json!({"name": "alerts", "is_member": true});
            (200, json!({"ok": true, "channel": conversation, "ts": "1.1", "team": "Harbour"}).to_string())
        }
        "hook" => (200, "ok".to_owned()),
        "pager" => (202, json!({"status": "success", "message": "Event processed", "dedup_key": "k"}).to_string()),
        "sns" => {
            let id = "<PublishResult><MessageId>m</MessageId></PublishResult>";
            (200, format!("<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">{id}</PublishResponse>"))
        }
        _ => (204, String::new()),
    }
}

/// Everybody outside, in one mood.
pub(super) struct Outside {
    pub(super) servers: Vec<(&'static str, HostileServer)>,
}

impl Outside {
    pub(super) fn new(mood: Mood) -> Self {
        let channels = ["bot", "hook", "pager", "webhook", "sns"];
        let server = |channel| HostileServer::start(move |request, _| mood.answer(channel, request)).unwrap();
        Self { servers: channels.into_iter().map(|channel| (channel, server(channel))).collect() }
    }

    pub(super) fn url(&self, channel: &str) -> String {
        self.servers.iter().find(|(name, _)| *name == channel).unwrap().1.url()
    }

    /// The value of each secret, by a name.
    pub(super) fn secrets(&self) -> [(&'static str, String); 5] {
        [
            ("BOT", BOT_TOKEN.to_owned()),
            ("HOOK", format!("{}/services/{HOOK_PATH}", self.url("hook"))),
            ("PAGER", ROUTING_KEY.to_owned()),
            ("ADDRESS", format!("{}/{WEBHOOK_PATH}", self.url("webhook"))),
            ("SIGNING", SIGNING_SECRET.to_owned()),
        ]
    }

    /// All channels; `secret` writes a reference to the secret with that name.
    pub(super) fn config(&self, secret: impl Fn(&str) -> String) -> String {
        format!(
            r#"
            [channels.bot]
            kind = "slack-bot"
            channel = "C0123456789"
            endpoint = "{bot_url}"
            token = {bot}
            fallback = "hook"
            [channels.hook]
            kind = "slack-webhook"
            url = {hook}
            [channels.pager]
            kind = "pagerduty"
            endpoint = "{pager_url}"
            routing_key = {pager}
            [channels.webhook]
            kind = "webhook"
            url = {address}
            secret = {signing}
            [channels.sns]
            kind = "sns-findings"
            topic_arn = "arn:aws:sns:eu-central-1:111122223333:plimsoll"
            endpoint = "{sns_url}"
            [[routes]]
            name = "everybody"
            channels = ["bot", "hook", "pager", "webhook", "sns"]
            "#,
            bot_url = self.url("bot"),
            pager_url = self.url("pager"),
            sns_url = self.url("sns"),
            bot = secret("BOT"),
            hook = secret("HOOK"),
            pager = secret("PAGER"),
            address = secret("ADDRESS"),
            signing = secret("SIGNING"),
        )
    }

    /// Searches what each was sent, but for the one place in which its own secret belongs. Returns who was sent it there.
    pub(super) fn search(&self, case: &str, found: &mut Found) -> Vec<&'static str> {
        let mut opened = Vec::new();
        for (channel, server) in &self.servers {
            for request in server.requests() {
                let Request { method, path, headers, body, .. } = &request;
                let mut rest = request.clone();
                match *channel {
                    "bot" => rest
                        .headers
                        .retain(|(name, value)| name != "authorization" || *value != format!("Bearer {BOT_TOKEN}")),
                    "hook" => rest.path = path.replacen(HOOK_PATH, "", 1),
                    "webhook" => rest.path = path.replacen(WEBHOOK_PATH, "", 1),
                    "pager" => rest.body = body.replacen(&format!("\"routing_key\":\"{ROUTING_KEY}\""), "", 1),
                    _ => rest.headers.retain(|(name, value)| name != "x-amz-security-token" || value != AWS_SESSION),
                }
                if rest != request && !opened.contains(channel) {
                    opened.push(channel);
                }
                found
                    .search(&format!("{case}: {method} to {channel} ({} headers)", headers.len()), format!("{rest:?}"));
            }
        }
        opened
    }
}

/// What keeps the secrets, as Secrets Manager and Parameter Store do.
pub(super) fn keeper(secrets: [(&'static str, String); 5]) -> HostileServer {
    HostileServer::start(move |request, _| {
        let Some((_, value)) = secrets.iter().find(|(name, _)| request.body.contains(&format!("/{name}"))) else {
            return Answer::body(400, r#"{"__type":"ResourceNotFoundException"}"#);
        };
        let parameter = request.header("x-amz-target").is_some_and(|operation| operation.starts_with("AmazonSSM"));
        let reply = if parameter {
            json!({"Parameter": {"Type": "SecureString", "Value": value}})
        } else {
            json!({"SecretString": value})
        };
        Answer::body(200, &reply.to_string())
    })
    .unwrap()
}

/// A reference to a secret in one of the two services.
pub(super) fn arn(name: &str) -> String {
    let service = if name < "H" {
        "secretsmanager:eu-west-1:111122223333:secret:"
    } else {
        "ssm:eu-west-1:111122223333:parameter/"
    };
    format!("{{ arn = \"arn:aws:{service}plimsoll/{name}\" }}")
}

/// The corpus taken in once, into a file.
async fn taken_in(path: &Path, found: &mut Found) {
    let mut bench = Harness::new("", &[]);
    let store = Arc::new(LocalStore::rehearsal(path).unwrap());
    bench.app.store = Arc::clone(&store) as Arc<dyn Store>;
    let outside = Outside::new(Mood::Friendly);
    bench.app.config = plimsoll_app::validate_config(&outside.config(arn), &[]).unwrap();
    bench.app.policy = bench.app.config.policy(plimsoll_checklist::Checklist::shipped().unwrap(), "");
    for sample in samples().unwrap() {
        let summaries = bench.app.handle(&sample.intake(), &SOURCES).await.unwrap();
        found.search(&sample.to_string(), format!("{summaries:?} {}", json!(summaries)));
    }
    store.flush().unwrap();
}

#[tokio::test]
async fn no_secret_leaves_the_pipeline_whatever_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = folder.path().join("corpus.redb");
    let mut found = Found::default();
    taken_in(&corpus, &mut found).await;
    for mood in Mood::ALL {
        let case = format!("{mood:?}");
        let outside = Outside::new(mood);
        let keeper = keeper(outside.secrets());
        let path = folder.path().join("state.redb");
        fs::copy(&corpus, &path).unwrap();
        let mut bench = Harness::new(&outside.config(arn), &[]);
        let store = Arc::new(LocalStore::rehearsal(&path).unwrap());
        bench.app.store = Arc::clone(&store) as Arc<dyn Store>;
        let clients = Clients::at(&keeper.url(), "eu-central-1");
        found.search("the clients", format!("{clients:?}"));
        let clock = Arc::clone(&bench.hand) as Arc<dyn Clock>;
        bench.app.notifiers = notifiers(&Ok(clients), &bench.app.config, "", &clock, None).await.unwrap();
        found.search(&case, format!("{:?} {:#?}", bench.app, bench.app.config));
        for minutes in [0, 1, 6] {
            let report = bench.later(minutes).await;
            found.search(&case, format!("{report:?} {}", json!(report)));
        }
        let digest = bench.app.deliver_digest(bench.app.clock.now()).await.unwrap();
        found.search(&case, format!("{digest:?} {}", json!(digest)));
        for notifier in &bench.app.notifiers {
            found.search(&case, format!("{:?}", notifier.probe().await));
        }
        found.search(&case, format!("{:?}", bench.records().await));
        for kind in [DocumentKind::Digest, DocumentKind::Audit, DocumentKind::Quarantine, DocumentKind::Channel] {
            found.search(&case, format!("{:?}", store.documents(kind).await.unwrap()));
        }
        store.flush().unwrap();
        let state = fs::read(&path).unwrap();
        assert!(String::from_utf8_lossy(&state).contains("111122223333"), "the state can be searched as it is");
        found.search(&format!("{case}: the state file"), state);
        found.search(&case, format!("{:?}", keeper.requests()));
        let opened = outside.search(&case, &mut found);
        assert_eq!(opened, ["bot", "hook", "pager", "webhook"], "{case}: each secret is in use");
    }
    found.nothing_in(10_000_000);
}

/// What a secret that is none says when it is read. Its text is in no word about it.
#[tokio::test]
async fn a_secret_of_the_wrong_shape_is_not_quoted() {
    let outside = Outside::new(Mood::Friendly);
    let mut found = Found::default();
    let mut faults = 0;
    for shape in [
        "{}\nx",
        "ftp://127.0.0.1/{}",
        "http://{}.example",
        "https://u:{}@127.0.0.1/x",
        "{} {}",
        "{\"a\":\"{}\",\"b\":1}",
        "whsec_{}",
    ] {
        let wrong = outside.secrets().map(|(name, _)| (name, shape.replace("{}", BOT_TOKEN)));
        let keeper = keeper(wrong);
        let mut bench = Harness::new(&outside.config(arn), &[]);
        let clock = Arc::clone(&bench.hand) as Arc<dyn Clock>;
        let clients = Ok(Clients::at(&keeper.url(), "eu-central-1"));
        bench.app.notifiers = notifiers(&clients, &bench.app.config, "", &clock, None).await.unwrap();
        let event = plimsoll_tests::harness::guardduty("a", 8.9, "2026-11-02T09:15:00Z", false);
        bench.handle(&event).await;
        let report = bench.later(1).await;
        faults += report.values().filter(|delivered| delivered.broken.is_some()).count();
        found.search(shape, format!("{report:?} {}", json!(report)));
        for notifier in &bench.app.notifiers {
            found.search(shape, format!("{:?}", notifier.probe().await));
        }
        found.search(shape, format!("{:?}", bench.records().await));
    }
    found.nothing_in(10_000);
    assert!(faults >= 20, "{faults} channels said that their secret is wrong");
}

/// A leak would be found here, too: the servers were sent their own secrets, and nothing but that was taken out.
#[test]
fn a_secret_that_goes_to_the_wrong_place_is_found() {
    for (path, header, body) in [
        (format!("/{WEBHOOK_PATH}"), "x", "{}".to_owned()),
        ("/".to_owned(), BOT_TOKEN, "{}".to_owned()),
        ("/".to_owned(), "x", json!({"routing_key": ROUTING_KEY, "dedup_key": ROUTING_KEY}).to_string()),
        ("/".to_owned(), AWS_SECRET, Value::Null.to_string()),
    ] {
        let headers = vec![("x-test".to_owned(), header.to_owned())];
        let request = Request { method: "POST".to_owned(), path, headers, body, connection: 0 };
        assert_eq!(secrets_in(format!("{request:?}").as_bytes()).len(), 1);
    }
}
