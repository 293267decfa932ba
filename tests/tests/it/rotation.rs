//! A secret that is rotated while findings are told, or that cannot be read: real notifiers and secrets, over one server
//! that is at once the service that keeps the secret and the one that it opens.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use plimsoll_app::{Clients, notifiers};
use plimsoll_message::ProbeError;
use plimsoll_pipeline::{Clock, delivery::DeliveryReport, intake::unwrap};
use plimsoll_readiness::DigestOutcome;
use plimsoll_tests::{
    harness::{Harness, SOURCES, guardduty},
    hostile_server::{Answer, HostileServer, Request},
};
use serde_json::{Value, json};

const OLD: &str = "canary-01d-canary-01d-canary-01d";
const NEW: &str = "canaryNEWcanaryNEWcanaryNEWcanar";
const SIGNING_SECRET: &str = "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktMTIz";
const FINDINGS: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    SlackBot,
    SlackWebhook,
    PagerDuty,
    Webhook,
}

impl Kind {
    const ALL: [Self; 4] = [Self::SlackBot, Self::SlackWebhook, Self::PagerDuty, Self::Webhook];

    fn config(self, url: &str) -> String {
        let secret = |key: &str, name: &str| {
            format!("{key} = {{ arn = \"arn:aws:secretsmanager:eu-west-1:111122223333:secret:{name}\" }}\n")
        };
        let keys = match self {
            Self::SlackBot => format!(
                "kind = \"slack-bot\"\nchannel = \"C0123456789\"\nendpoint = \"{url}\"\n{}",
                secret("token", "credential")
            ),
            Self::SlackWebhook => format!("kind = \"slack-webhook\"\n{}", secret("url", "credential")),
            Self::PagerDuty => format!(
                "kind = \"pagerduty\"\nendpoint = \"{url}\"\nrouting_key = {{ arn = \"{}\" }}\n",
                "arn:aws:ssm:us-west-2:111122223333:parameter/credential"
            ),
            Self::Webhook => {
                format!("kind = \"webhook\"\n{}{}", secret("url", "credential"), secret("secret", "signing"))
            }
        };
        format!("[channels.it]\n{keys}[[routes]]\nname = \"all\"\nchannels = [\"it\"]\n")
    }

    /// What the service that keeps secrets holds, so that the channel is opened with this credential.
    fn kept(self, url: &str, credential: &str) -> String {
        match self {
            Self::SlackBot | Self::PagerDuty => credential.to_owned(),
            Self::SlackWebhook => format!("{url}/services/T0/B0/{credential}"),
            Self::Webhook => format!("{url}/in/{credential}"),
        }
    }

    fn credential(self, request: &Request) -> String {
        match self {
            Self::SlackBot => request.header("authorization").unwrap_or_default().replace("Bearer ", ""),
            Self::SlackWebhook | Self::Webhook => request.path.rsplit('/').next().unwrap_or_default().to_owned(),
            Self::PagerDuty => request.json()["routing_key"].as_str().unwrap_or_default().to_owned(),
        }
    }

    fn no(self) -> Answer {
        match self {
            Self::SlackBot => Answer::body(200, r#"{"ok":false,"error":"invalid_auth"}"#),
            Self::SlackWebhook => Answer::body(403, "invalid_token"),
            Self::PagerDuty => Answer::body(400, r#"{"message":"invalid","errors":["'routing_key' is not known"]}"#),
            Self::Webhook => Answer::body(401, ""),
        }
    }

    fn yes(self, number: usize) -> Answer {
        match self {
            Self::SlackBot => Answer::body(
                200,
                &json!({"ok": true, "channel": "C0123456789", "ts": format!("1.{number}")}).to_string(),
            ),
            Self::SlackWebhook => Answer::body(200, "ok"),
            Self::PagerDuty => Answer::body(202, r#"{"status":"success","message":"Event processed","dedup_key":"k"}"#),
            Self::Webhook => Answer::body(204, ""),
        }
    }
}

/// What the server knows.
struct World {
    kind: Kind,
    url: String,
    /// The credential that opens the channel.
    opens: String,
    /// What the secret says; why it cannot be read.
    kept: Result<String, Answer>,
    /// After so many messages the credential is another one, and the secret says so.
    rotates_after: usize,
    /// How often the secret was read.
    reads: usize,
    /// The messages that were accepted.
    accepted: Vec<String>,
}

impl World {
    fn answer(&mut self, request: &Request) -> Answer {
        let Some(operation) = request.header("x-amz-target") else { return self.channel(request) };
        if request.body.contains("secret:signing") {
            return Answer::body(200, &json!({"SecretString": SIGNING_SECRET}).to_string());
        }
        self.reads += 1;
        match (&self.kept, operation) {
            (Err(answer), _) => answer.clone(),
            (Ok(kept), "AmazonSSM.GetParameter") => {
                Answer::body(200, &json!({"Parameter": {"Type": "SecureString", "Value": kept}}).to_string())
            }
            (Ok(kept), _) => Answer::body(200, &json!({"SecretString": kept}).to_string()),
        }
    }

    fn channel(&mut self, request: &Request) -> Answer {
        if self.kind.credential(request) != self.opens {
            return self.kind.no();
        }
        match request.path.rsplit('/').next() {
            Some("auth.test") => return Answer::body(200, r#"{"ok":true,"team":"Harbour"}"#),
            Some("conversations.info") => return Answer::body(200, r#"{"ok":true,"channel":{"is_member":true}}"#),
            _ => {}
        }
        self.accepted.push(request.body.clone());
        if self.accepted.len() == self.rotates_after {
            self.opens = NEW.to_owned();
            self.kept = Ok(self.kind.kept(&self.url, NEW));
        }
        self.kind.yes(self.accepted.len())
    }
}

/// The application with one channel, and the world that it speaks to.
struct Scene {
    bench: Harness,
    world: Arc<Mutex<World>>,
}

impl Scene {
    /// `kept` is what the secret holds at first, made of what it should hold.
    async fn new(kind: Kind, kept: impl FnOnce(String) -> Result<String, Answer>) -> Self {
        let world = World {
            kind,
            url: String::new(),
            opens: OLD.replace('-', "0"),
            kept: Ok(String::new()),
            rotates_after: usize::MAX,
            reads: 0,
            accepted: Vec::new(),
        };
        let world = Arc::new(Mutex::new(world));
        let script = Arc::clone(&world);
        let server = HostileServer::start(move |request, _| {
            // The script sees a body before its last byte was read, and each body here is a JSON object.
            let whole = Request { body: format!("{}}}", request.body), ..request.clone() };
            lock(&script).answer(&whole)
        })
        .unwrap();
        {
            let mut world = lock(&world);
            world.url = server.url();
            world.kept = kept(kind.kept(&server.url(), &world.opens));
        }
        let mut bench = Harness::new(&kind.config(&server.url()), &[]);
        let environment = Ok(Clients::at(&server.url(), "eu-central-1"));
        let clock = Arc::clone(&bench.hand) as Arc<dyn Clock>;
        bench.app.notifiers = notifiers(&environment, &bench.app.config, "", &clock, None).await.unwrap();
        let scene = Self { bench, world };
        for number in 0..FINDINGS {
            let event = guardduty(&format!("rotated-{number}"), 8.0, "2026-11-02T09:15:00Z", false);
            let intake = unwrap(&event, &SOURCES, scene.bench.app.clock.now());
            scene.bench.app.handle(&intake, &SOURCES).await.unwrap();
        }
        scene
    }

    fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    fn put(&self, credential: &str) {
        let mut world = self.world();
        let kept = world.kind.kept(&world.url, credential);
        world.kept = Ok(kept);
    }

    async fn deliver(&self, after_minutes: i64) -> DeliveryReport {
        self.bench.later(after_minutes).await.remove("it").unwrap()
    }

    /// Each finding was told in exactly one message, and is told no more. What else is told: that the channel was
    /// broken, if it was.
    async fn everything_was_told_once(&self, case: &str) {
        let once = |when: &str| {
            for number in 0..FINDINGS {
                let name = format!("i-rotated-{number}");
                let times = self.world().accepted.iter().filter(|message| message.contains(&name)).count();
                assert_eq!(times, 1, "{case}: {name} was told {times} times {when}");
            }
        };
        once("at once");
        for _ in 0..3 {
            let report = self.deliver(2).await;
            assert_eq!((report.failed, report.broken), (0, None), "{case}");
        }
        let report = self.deliver(2).await;
        assert_eq!((report.sent, report.failed, report.broken, report.more), (0, 0, None, false), "{case}");
        once("later");
    }
}

fn lock(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

#[tokio::test]
async fn a_rotation_in_the_middle_of_a_run_loses_and_repeats_nothing() {
    for kind in Kind::ALL {
        for rotates_after in [1, 3, FINDINGS - 1] {
            let scene = Scene::new(kind, Ok).await;
            scene.world().rotates_after = rotates_after;
            let report = scene.deliver(0).await;
            let case = format!("{kind:?}, rotated after {rotates_after}: {report:?}");
            assert_eq!((report.delivered, report.failed, &report.broken), (FINDINGS, 0, &None), "{case}");
            assert_eq!(scene.world().reads, 2, "{case}: when it starts, and when it is refused");
            scene.everything_was_told_once(&case).await;
            let records = scene.bench.records().await;
            assert_eq!(records.len(), FINDINGS, "{case}: the channel was never broken");
        }
    }
}

#[tokio::test]
async fn a_probe_looks_for_the_new_secret_too() {
    let scene = Scene::new(Kind::SlackBot, Ok).await;
    let notifier = Arc::clone(&scene.bench.app.notifiers[0]);
    assert!(notifier.probe().await.is_ok());
    assert_eq!(scene.world().reads, 1, "what works is not read again");
    scene.world().opens = NEW.to_owned();
    let broken = notifier.probe().await;
    assert!(matches!(&broken, Err(ProbeError::Broken(reason)) if !reason.contains("canary")), "{broken:?}");
    assert_eq!(scene.world().reads, 2);
    scene.put(NEW);
    assert!(notifier.probe().await.is_ok());
    assert!(notifier.probe().await.is_ok());
    let world = scene.world();
    assert_eq!((world.reads, world.accepted.len()), (3, 0), "read once, and nobody was told");
}

#[tokio::test]
async fn a_revoked_credential_is_looked_for_until_the_new_one_is_there() {
    for kind in Kind::ALL {
        let scene = Scene::new(kind, Ok).await;
        scene.world().opens = NEW.to_owned();
        let report = scene.deliver(0).await;
        let case = format!("{kind:?}: {report:?}");
        assert!(report.delivered == 0 && report.broken.is_some(), "{case}");
        assert_eq!(scene.world().reads, 2, "{case}: once more, not once more for each finding");
        assert!(!format!("{report:?}").contains("canary"), "{case}");
        scene.put(NEW);
        scene.deliver(1).await;
        scene.everything_was_told_once(&case).await;
    }
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_at_the_start_is_read_when_it_can_be() {
    let denied = json!({"__type": "AccessDeniedException", "Message": "not authorized"}).to_string();
    for (why, answer) in [
        ("arn:aws:", Err(Answer::body(500, "{}"))),
        ("allow the role", Err(Answer::body(400, &denied))),
        ("it holds no text", Ok(String::new())),
        ("it holds no text", Ok(" \n".to_owned())),
        ("several keys", Ok(r#"{"old": "canary", "new": "canary"}"#.to_owned())),
    ] {
        for kind in [Kind::SlackBot, Kind::PagerDuty] {
            let scene = Scene::new(kind, |_| answer.clone()).await;
            let report = scene.deliver(0).await;
            let said = report.broken.clone().unwrap_or_default();
            assert!(report.delivered == 0 && said.contains(why), "{kind:?}, {why}: {report:?}");
            assert!(!said.contains("canary"), "{said}");
            let opens = scene.world().opens.clone();
            scene.put(&opens);
            scene.deliver(1).await;
            scene.everything_was_told_once(why).await;
        }
    }
}

#[tokio::test]
async fn a_newline_or_a_key_around_the_secret_does_no_harm() {
    for kind in Kind::ALL {
        let scene = Scene::new(kind, |kept| Ok(format!("\n{kept}\r\n"))).await;
        assert_eq!(scene.deliver(0).await.delivered, FINDINGS, "{kind:?}");
        let scene = Scene::new(kind, |kept| Ok(json!({"plimsoll": kept}).to_string())).await;
        assert_eq!(scene.deliver(0).await.delivered, FINDINGS, "{kind:?}");
    }
}

/// While the service that keeps secrets is down, the channel is told with what is known; a credential that was revoked
/// meanwhile waits for it.
#[tokio::test]
async fn a_secret_that_cannot_be_read_again_is_no_worse_than_the_old_one() {
    let scene = Scene::new(Kind::SlackBot, Ok).await;
    scene.world().kept = Err(Answer::body(500, "{}"));
    scene.world().opens = NEW.to_owned();
    let said = scene.deliver(0).await.broken.unwrap_or_default();
    assert!(said.contains("invalid_auth") && said.contains("with the secret read again"), "{said}");
    scene.world().opens = OLD.replace('-', "0");
    let report = scene.deliver(1).await;
    assert!(report.delivered >= FINDINGS, "the old one works again, and nothing needs to be read: {report:?}");
    scene.everything_was_told_once("down").await;
}

#[tokio::test]
async fn a_digest_goes_out_with_the_new_secret_too() {
    let scene = Scene::new(Kind::SlackBot, Ok).await;
    scene.world().opens = NEW.to_owned();
    scene.put(NEW);
    let reply = scene.bench.app.deliver_digest(scene.bench.app.clock.now()).await.unwrap();
    let outcome: Vec<&DigestOutcome> = reply.channels.values().collect();
    assert_eq!(outcome, [&DigestOutcome::Delivered], "{}", json!(reply.channels));
    let digest: Value = serde_json::from_str(&scene.world().accepted[0]).unwrap();
    assert!(digest["text"].as_str().is_some_and(|text| text.contains('%')), "{digest}");
}
