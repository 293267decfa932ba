//! `plimsoll demo`: thirty days of shipped events through the real handlers, store and notifiers, on a clock of its own.

mod account;
mod pages;

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
use plimsoll_local::{LocalStore, LookAlike, Received, ReceivedKind};
use plimsoll_message::{Answer, AnswerKind};
use plimsoll_pipeline::{
    Clock, Document, DocumentKind, Waiver, WaiverTarget,
    answer::answer,
    ingest::Outcome,
    intake::{self, Delivery, EventSummary, Intake},
    state::all_open,
};
use plimsoll_readiness::{GoLive, Scope, Statements, go_live, read_evidence, read_statements, take_reading};
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
    pages::write_folder(out, &play.delivered, &digest, &records)?;
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
        let begin = deliveries.first().map_or_else(|| self.app.clock.now(), |d| d.event.time_or_received());
        let mut next_digest = next_monday(begin);
        let mut next_reading = Some(begin);
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
            while let Some(at) = next_reading.filter(|at| *at <= now) {
                self.read(begin, at).await?;
                next_reading = at.checked_add(DAY).ok();
            }
            self.hand.set(now);
            delivery.event.received_at = now;
            let intake = Intake { deliveries: vec![delivery], batch: false };
            self.summaries.extend(self.app.handle(&intake, &SOURCES).await?);
            self.deliver().await?;
        }
        // A day later everything that was held back is told: flapping findings, the last digest.
        let end = self.app.clock.now().checked_add(DAY)?;
        self.read(begin, end).await?;
        self.deliver().await?;
        progress(all, all, self.delivered.len());
        self.digest(end).await
    }

    /// What `evidence-collector` does by its schedule; here once a day.
    async fn read(&mut self, begin: Timestamp, at: Timestamp) -> anyhow::Result<()> {
        self.hand.set(at);
        let reading = [account::on_day(at.duration_since(begin).as_hours() / 24, at)?];
        let App { store, policy, config, .. } = &self.app;
        take_reading(store.as_ref(), policy, &config.evidence_profile(), &reading, at).await?;
        self.deliver().await
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
