//! `plimsoll demo`: thirty days of shipped events through the real handlers, store and notifiers, on a clock of its own.

use std::{
    io::{IsTerminal as _, Write as _},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use include_dir::{Dir, include_dir};
use jiff::{SignedDuration, Timestamp, civil::Weekday, tz::TimeZone};
use plimsoll_app::{App, Clients, Config, EnvironmentConfig, KeptScore, SOURCES as SOURCE_NAMES, notifiers};
use plimsoll_checklist::Plan;
use plimsoll_finding::{Severity, Status};
use plimsoll_local::{
    LocalStore, LookAlike, Received, ReceivedKind,
    preview::{Chapter, Mail, SlackPost, Theme, chapters_page, slack_page},
};
use plimsoll_message::{Answer, AnswerKind};
use plimsoll_pipeline::{
    Clock, Document, DocumentKind, Record, Waiver, WaiverTarget,
    answer::answer,
    ingest::Outcome,
    intake::{self, Delivery, EventSummary, Intake},
    state::all_open,
};
use plimsoll_readiness::{GoLive, Scope, Statements, go_live, read_evidence, read_statements};
use plimsoll_render::{Style, hanging, scorecard};
use plimsoll_sources::SOURCES;
use serde_json::json;

use crate::{
    arguments::{Common, Demo},
    commands::golive,
    output::{self, Exit},
    session,
};

static EVENTS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../events");
/// Steps of the plan that are shown, at most two of them of what to see.
const STEPS: usize = 5;
/// Between an event's time and its handling.
const LAG: SignedDuration = SignedDuration::from_secs(2);
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Local hour, in UTC, of the weekly digest.
const DIGEST_HOUR: i8 = 8;

/// A clock that is moved by hand.
#[derive(Debug)]
struct HandClock(Mutex<Timestamp>);

impl HandClock {
    fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One message with the time on the demo's clock.
#[derive(Debug, serde::Serialize)]
struct Delivered {
    at: Timestamp,
    #[serde(flatten)]
    received: Received,
}

pub(crate) async fn run(common: &Common, arguments: &Demo) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let out = &arguments.out;
    std::fs::create_dir_all(out).with_context(|| format!("cannot make the folder {}", out.display()))?;
    let state = out.join("state.redb");
    if state.exists() {
        std::fs::remove_file(&state).with_context(|| format!("cannot replace {}", state.display()))?;
    }

    let deliveries = deliveries();
    let first = deliveries.first().map_or_else(Timestamp::now, |d| d.event.time_or_received());
    let look_alike = LookAlike::start(0).await?;
    let hand = Arc::new(HandClock(Mutex::new(first)));
    let clock: Arc<dyn Clock> = Arc::clone(&hand) as Arc<dyn Clock>;
    let config = configured();
    let store = Arc::new(LocalStore::rehearsal(&state)?);
    let app = App {
        policy: config.policy(session::checklist()?, &look_alike.url()),
        notifiers: notifiers(&Clients::from_environment(), &config, &look_alike.url(), &clock, None).await?,
        config,
        store: Arc::clone(&store) as Arc<dyn plimsoll_pipeline::Store>,
        clock,
        local: false,
        pause: Duration::ZERO,
        source_api: None,
        score: KeptScore::default(),
    };

    let mut play = Play { app, hand: &hand, look_alike: &look_alike, delivered: Vec::new(), summaries: Vec::new() };
    play.app.migrate(SignedDuration::from_mins(1)).await?;
    play.all(deliveries).await?;
    let app = &play.app;
    let end = app.clock.now();
    store.flush()?;

    let digest = app.preview_digest(end).await?;
    let Statements { open: records, signals } = read_statements(app.store.as_ref()).await?;
    let scope = Scope::headline(&app.policy, signals, read_evidence(app.store.as_ref()).await?);
    let plan = scope.plan(&scope.assess(&records, end), None);
    let golive = go_live(&app.policy, &scope.assess(&records, end), &records, end);
    write_folder(out, &play.delivered, &digest, &records)?;
    let failed = play.summaries.iter().filter(|s| s.failed()).count();
    if common.json {
        output::json_pretty(&json!({
            "schema_version": 1,
            "events": play.summaries.len(),
            "outcomes": outcomes(&play.summaries),
            "messages": play.delivered.len(),
            "score": digest.score,
            "plan": plan,
            "golive": golive,
            "out": out,
        }))?;
    } else {
        print(&play, &digest, (&plan, &golive), out, started.elapsed());
    }
    Ok(if failed > 0 { Exit::Delivery } else { Exit::Ok })
}

/// The look-alikes, and two environments as a team would have them.
fn configured() -> Config {
    let mut config = Config::default();
    for (name, account) in [("prod", "111122223333"), ("staging", "444455556666")] {
        let headline = name == "prod";
        let environment =
            EnvironmentConfig { accounts: vec![account.to_owned()], headline, ..EnvironmentConfig::default() };
        config.environments.insert(name.to_owned(), environment);
    }
    config
}

/// Files that show how odd, broken or hostile events are treated; the demo shows an ordinary month.
const NOT_ORDINARY: &[&str] = &[
    "administrator",
    "api-",
    "bare",
    "date-20",
    "digit",
    "forged",
    "hostile",
    "is-text",
    "kind-of-resource",
    "not-available",
    "null",
    "odd",
    "only-what-is-required",
    "other-cloud",
    "pasted",
    "twice",
    "undefined",
    "unreadable",
    "without",
    "wrapped",
];

/// Every ordinary shipped event in the order of its time.
fn deliveries() -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    let noon: Timestamp = "2026-10-15T12:00:00Z".parse().unwrap_or_default();
    for name in SOURCE_NAMES.iter().copied() {
        let Some(folder) = EVENTS.get_dir(name) else { continue };
        for file in folder.files() {
            let name = file.path().file_name().and_then(|n| n.to_str()).unwrap_or_default();
            let is_event = file.path().extension().is_some_and(|e| e == "json" || e == "jsonl");
            let ordinary = !NOT_ORDINARY.iter().any(|word| name.contains(word));
            if let (true, Some(content)) = (is_event && ordinary, file.contents_utf8()) {
                deliveries.extend(intake::unwrap_text(content, &SOURCES, noon).deliveries);
            }
        }
    }
    deliveries.sort_by_key(|d| d.event.time_or_received());
    deliveries
}

struct Play<'a> {
    app: App,
    hand: &'a HandClock,
    look_alike: &'a LookAlike,
    delivered: Vec<Delivered>,
    summaries: Vec<EventSummary>,
}

impl Play<'_> {
    async fn all(&mut self, deliveries: Vec<Delivery>) -> anyhow::Result<()> {
        let mut next_digest = deliveries.first().and_then(|d| next_monday(d.event.time_or_received()));
        let all = deliveries.len();
        let mut decided = false;
        for (number, mut delivery) in deliveries.into_iter().enumerate() {
            progress(number, all, self.delivered.len());
            if number > all / 2 && !decided {
                decided = self.decide().await?;
                if decided {
                    self.flood().await?;
                }
            }
            let now = delivery.event.time_or_received().checked_add(LAG)?;
            while let Some(at) = next_digest.filter(|at| *at <= now) {
                self.digest(at).await?;
                next_digest = next_monday(at);
            }
            self.hand.set(now);
            delivery.event.received_at = now;
            let intake = Intake { deliveries: vec![delivery], batch: false };
            self.summaries.extend(self.app.handle(&intake, &SOURCES).await?);
            self.deliver().await?;
        }
        // A day later everything that was held back is told: flapping findings, the last digest.
        let end = self.app.clock.now().checked_add(DAY)?;
        self.hand.set(end);
        self.deliver().await?;
        progress(all, all, self.delivered.len());
        self.digest(end).await
    }

    /// A change of the account's settings: one rule fails for many repositories within a minute.
    async fn flood(&mut self) -> anyhow::Result<()> {
        let file = EVENTS.get_file("config-rule/ecr-scanning-switched-off.json");
        let Some(event) = file.and_then(|file| file.contents_utf8()) else { return Ok(()) };
        let now = self.app.clock.now();
        let one = |number: usize| event.replace("web/api", &format!("team-{number}/service"));
        let deliveries = (1..=14).flat_map(|number| intake::unwrap_text(&one(number), &SOURCES, now).deliveries);
        let intake = Intake { deliveries: deliveries.collect(), batch: false };
        self.summaries.extend(self.app.handle(&intake, &SOURCES).await?);
        self.deliver().await
    }

    /// What a team does on the way: it accepts one medium risk for two weeks, and takes care of one open critical.
    async fn decide(&mut self) -> anyhow::Result<bool> {
        let now = self.app.clock.now();
        let records = all_open(self.app.store.as_ref(), None).await?;
        let open = |severity| records.iter().find(|r| r.status() == Status::Open && r.severity() == severity);
        let (Some(medium), Some(critical)) = (open(Severity::Medium), open(Severity::Critical)) else {
            return Ok(false);
        };
        let waiver = Waiver {
            id: medium.key.short().to_owned(),
            target: WaiverTarget::Finding(medium.key.to_string()),
            up_to: Severity::Medium,
            owner: "platform".to_owned(),
            reason: "replaced in the next sprint".to_owned(),
            proposed_by: "ana".to_owned(),
            proposed_at: now,
            approved_by: Some("ben".to_owned()),
            from: now,
            until: now.checked_add(DAY * 60)?,
            revoked_at: None,
        };
        let document = Document { id: waiver.id.clone(), revision: 0, body: serde_json::to_value(&waiver)? };
        self.app.store.put_document(DocumentKind::Waiver, &document).await?;
        self.app.load_waivers().await?;
        let given =
            Answer { kind: AnswerKind::Acknowledged, owner: "team-web".to_owned(), by: "ana".to_owned(), at: now };
        answer(self.app.store.as_ref(), &self.app.policy, &critical.key, &given).await?;
        self.deliver().await?;
        Ok(true)
    }

    async fn digest(&mut self, at: Timestamp) -> anyhow::Result<()> {
        self.hand.set(at);
        self.app.deliver_digest(at).await?;
        self.collect();
        Ok(())
    }

    async fn deliver(&mut self) -> anyhow::Result<()> {
        self.app.deliver(SignedDuration::from_mins(5)).await?;
        self.collect();
        Ok(())
    }

    fn collect(&mut self) {
        let at = self.app.clock.now();
        let new = self.look_alike.received_after(self.delivered.len());
        self.delivered.extend(new.into_iter().map(|received| Delivered { at, received }));
    }
}

/// How far the play is, on a terminal alone.
fn progress(events: usize, all: usize, messages: usize) {
    let errors = std::io::stderr();
    if !errors.is_terminal() || (!events.is_multiple_of(8) && events != all) {
        return;
    }
    let end = if events == all { "\r\x1b[K" } else { "" };
    // A terminal that is gone sees no progress.
    write!(errors.lock(), "\r\x1b[K{events} of {all} events, {messages} messages{end}").ok();
}

fn next_monday(after: Timestamp) -> Option<Timestamp> {
    let local = after.to_zoned_datetime(TimeZone::UTC);
    let monday = local.date().nth_weekday(1, Weekday::Monday).ok()?;
    Some(monday.at(DIGEST_HOUR, 0, 0, 0).to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
}

fn outcomes(summaries: &[EventSummary]) -> std::collections::BTreeMap<&'static str, usize> {
    let mut counts = std::collections::BTreeMap::new();
    for summary in summaries {
        *counts.entry(summary.outcome.map_or("failed", Outcome::name)).or_insert(0) += 1;
    }
    counts
}

fn write_folder(
    out: &Path,
    delivered: &[Delivered],
    digest: &plimsoll_message::Digest,
    records: &[Record],
) -> anyhow::Result<()> {
    let write = |name: &str, text: String| {
        let path = out.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    let slack: Vec<&Delivered> = delivered.iter().filter(|t| t.received.kind != ReceivedKind::Sns).collect();
    let sns: Vec<&Delivered> = delivered.iter().filter(|t| t.received.kind == ReceivedKind::Sns).collect();
    write("slack.json", serde_json::to_string_pretty(&slack)?)?;
    write("sns.json", serde_json::to_string_pretty(&sns)?)?;
    let posts = posts(&slack);
    let chapters = chapters(&posts, &sns, records);
    let lead = "Thirty days of shipped events, played through the real handlers, store and notifiers. A selection of what people \
                were told; all.html has every message.";
    write("index.html", chapters_page("Plimsoll demo", lead, &chapters, Theme::System))?;
    write("all.html", slack_page("Plimsoll demo: every message", &posts, Theme::System))?;
    write("digest.txt", plimsoll_render::digest(digest, 80, Style::Plain))
}

/// What stands in the channel at the end: updates have replaced what they update.
fn posts(slack: &[&Delivered]) -> Vec<SlackPost> {
    let mut posts: Vec<SlackPost> = Vec::new();
    for delivered in slack {
        let received = &delivered.received;
        if received.kind == ReceivedKind::SlackUpdate {
            if let Some(post) = posts.iter_mut().find(|p| p.ts == received.id) {
                post.body = received.body.clone();
                post.updated = true;
            }
            continue;
        }
        posts.push(SlackPost {
            channel: "plimsoll".to_owned(),
            ts: received.id.clone(),
            thread_ts: received.body.get("thread_ts").and_then(|t| t.as_str()).map(ToOwned::to_owned),
            at: delivered.at,
            body: received.body.clone(),
            updated: false,
        });
    }
    posts
}

/// What the page shows: one message of each kind, the score first.
fn chapters(posts: &[SlackPost], sns: &[&Delivered], records: &[Record]) -> Vec<Chapter> {
    let text = |post: &SlackPost| post.body.get("text").and_then(|t| t.as_str()).unwrap_or_default().to_owned();
    let is_root = |post: &&SlackPost| post.thread_ts.is_none();
    let body = |post: &SlackPost| post.body.to_string();
    let of = |root: &SlackPost, replies: usize| -> Vec<SlackPost> {
        let below: Vec<&SlackPost> = posts.iter().filter(|p| p.thread_ts.as_ref() == Some(&root.ts)).collect();
        let skipped = below.len().saturating_sub(replies);
        std::iter::once(root).chain(below.into_iter().skip(skipped)).cloned().collect()
    };
    let roots = || posts.iter().rev().filter(is_root);
    let mut chapters = Vec::new();
    let mut add = |title: &str, intro: &str, root: Option<&SlackPost>, replies: usize| {
        if let Some(root) = root {
            chapters.push(Chapter {
                title: title.to_owned(),
                intro: intro.to_owned(),
                posts: of(root, replies),
                mails: Vec::new(),
            });
        }
    };
    let answered: Vec<&str> = records.iter().filter(|r| r.current_answer().is_some()).map(|r| r.key.short()).collect();
    let is_answered = |post: &SlackPost| answered.iter().any(|key| body(post).contains(key));
    let is_open = |post: &SlackPost| text(post).contains("State: open");
    let is_critical = |post: &SlackPost| text(post).starts_with("◆ Critical");
    add(
        "The score",
        "The last digest: how ready, what changed, which risks are accepted, and which sources are silent.",
        roots().find(|p| text(p).starts_with("Production readiness")),
        0,
    );
    // The one of which most is known shows most.
    let criticals = roots().filter(|p| is_critical(p) && is_open(p) && !is_answered(p));
    add(
        "A critical that is open",
        "It calls the people on duty. Facts by rank, what to do, and where to look.",
        criticals.filter(|p| body(p).contains("<!subteam^")).max_by_key(|p| body(p).matches("mrkdwn").count()),
        1,
    );
    add(
        "Somebody takes care",
        "The command plimsoll ack ends the reminders, and the thread says who takes care.",
        roots().find(|p| is_answered(p)),
        2,
    );
    add(
        "It is over",
        "The same message, brought up to date: what was worst, and how long it took. Its history is in the thread.",
        roots()
            .find(|p| text(p).starts_with("✓ Resolved") && posts.iter().any(|r| r.thread_ts.as_ref() == Some(&p.ts))),
        3,
    );
    add(
        "Many at once",
        "After ten findings of one source in five minutes, the others are told together, each by name.",
        roots().find(|p| body(p).contains("Told together")),
        0,
    );
    add(
        "What a bill did",
        "A cost anomaly can be answered by plimsoll ack: planned, a false alarm, or real.",
        roots().find(|p| text(p).contains("more than expected") && is_open(p)),
        0,
    );
    let mails: Vec<Mail> =
        sns.iter().rev().filter_map(|d| mail(d)).filter(|m| m.subject.starts_with("Critical")).take(1).collect();
    if !mails.is_empty() {
        let intro = "What people who subscribe to the SNS topic get.";
        chapters.push(Chapter { title: "By e-mail".to_owned(), intro: intro.to_owned(), posts: Vec::new(), mails });
    }
    let data: Vec<Mail> = sns.iter().rev().find_map(|d| for_programs(d)).into_iter().collect();
    if !data.is_empty() {
        let intro = "What a queue or a function that subscribes gets: attributes to filter by, and a document. sns.json has all.";
        chapters.push(Chapter {
            title: "To programs".to_owned(),
            intro: intro.to_owned(),
            posts: Vec::new(),
            mails: data,
        });
    }
    chapters
}

fn mail(delivered: &Delivered) -> Option<Mail> {
    let text = |key: &str| delivered.received.body.get(key).and_then(|t| t.as_str());
    let subject = text("Subject").filter(|subject| !subject.is_empty())?.to_owned();
    let forms: serde_json::Value = serde_json::from_str(text("Message")?).ok()?;
    Some(Mail { label: "Subject", subject, body: forms.get("email")?.as_str()?.to_owned() })
}

/// The same for programs: the attributes of the message, and the first fields of its document.
fn for_programs(delivered: &Delivered) -> Option<Mail> {
    const SHOWN: [&str; 12] = [
        "schema_version",
        "kind",
        "reference",
        "reason",
        "state",
        "severity",
        "environment",
        "account",
        "region",
        "source",
        "title",
        "checklist",
    ];
    let fields = &delivered.received.body;
    let text = |key: String| fields.get(key).and_then(|value| value.as_str());
    let attribute = |number: usize| {
        let name = text(format!("MessageAttributes.entry.{number}.Name"))?;
        Some(format!("{name}={}", text(format!("MessageAttributes.entry.{number}.Value.StringValue"))?))
    };
    let document: serde_json::Value = serde_json::from_str(text("Message".to_owned())?).ok()?;
    if document.get("kind")?.as_str() != Some("alert") || document.get("severity")?.as_str() != Some("critical") {
        return None;
    }
    let shown: Vec<String> =
        SHOWN.iter().filter_map(|name| Some(format!("  \"{name}\": {}", document.get(name)?))).collect();
    let attributes: Vec<String> = (1..=10).filter_map(attribute).collect();
    Some(Mail {
        label: "Attributes",
        subject: attributes.join(", "),
        body: format!("{{\n{},\n  …\n}}", shown.join(",\n")),
    })
}

/// The first statement of a message's plain text, as Slack would show it.
fn headline(text: &str) -> String {
    let text = plimsoll_finding::clean_line(text);
    text.split(". Resource ").next().unwrap_or_default().to_owned()
}

fn print(
    play: &Play<'_>,
    digest: &plimsoll_message::Digest,
    (plan, list): (&Plan, &GoLive),
    out: &Path,
    took: Duration,
) {
    output::say("Thirty days of events on one machine. What a person saw in Slack:");
    output::line("");
    let replies_and_posts = play.delivered.iter().filter(|t| t.received.kind == ReceivedKind::SlackPost);
    for delivered in replies_and_posts.clone() {
        let words = delivered.received.slack_text();
        let reply = delivered.received.body.get("thread_ts").is_some();
        let prefix = format!("{} {}", delivered.at.strftime("%d %b %H:%M"), if reply { "  ↳ " } else { "" });
        output::line(hanging(&prefix, &headline(&words), output::width()).trim_end());
    }
    output::line("");
    output::line(scorecard(&digest.score, None, output::text_width(), Style::Colour).trim_end());
    let see = plan.see.len().min(2);
    let steps = [STEPS - see, see];
    output::line("");
    output::line(plimsoll_render::plan(plan, steps, output::width(), Style::Colour).trim_end());
    output::line("");
    golive::print(list);
    let counts: Vec<String> = outcomes(&play.summaries).iter().map(|(name, n)| format!("{n} {name}")).collect();
    let slack = replies_and_posts.count();
    let sns = play.delivered.iter().filter(|t| t.received.kind == ReceivedKind::Sns).count();
    output::line("");
    output::say(format!("{} events: {}", play.summaries.len(), counts.join(", ")));
    output::say(format!("{slack} Slack messages, {sns} SNS messages, none of them twice"));
    output::say(
        "The score counts what is proved: no evidence is never a pass. `plimsoll score --declared` shows the claim.",
    );
    output::line(format!("\nSlack, as it looks:\n  {}", out.join("index.html").display()));
    output::line(format!(
        "The score, line by line:\n  plimsoll score --explain --state {}",
        out.join("state.redb").display()
    ));
    output::talk(format!("took {:.1} s", took.as_secs_f64()));
}
