//! `plimsoll demo`: thirty days of shipped events through the real handlers, store and notifiers, on a clock of its own.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use include_dir::{Dir, include_dir};
use jiff::{SignedDuration, Timestamp, civil::Weekday, tz::TimeZone};
use plimsoll_app::{App, Clients, Config, SOURCES as SOURCE_NAMES, notifiers};
use plimsoll_local::{
    LocalStore, LookAlike, Received, ReceivedKind,
    preview::{SlackPost, Theme, slack_page},
};
use plimsoll_pipeline::{
    Clock,
    ingest::Outcome,
    intake::{self, Delivery, EventSummary, Intake},
};
use plimsoll_render::{Style, scorecard};
use plimsoll_sources::SOURCES;
use serde_json::json;

use crate::{
    arguments::{Common, Demo},
    output::{self, Exit},
    session,
};

static EVENTS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../events");
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
    let config = Config::default();
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
    };

    let mut play =
        Play { app: &app, hand: &hand, look_alike: &look_alike, delivered: Vec::new(), summaries: Vec::new() };
    play.all(deliveries).await?;
    let end = app.clock.now();
    store.flush()?;

    let digest = app.preview_digest(end).await?;
    write_folder(out, &play.delivered, &digest)?;
    let failed = play.summaries.iter().filter(|s| s.failed()).count();
    if common.json {
        output::json_pretty(&json!({
            "schema_version": 1,
            "events": play.summaries.len(),
            "outcomes": outcomes(&play.summaries),
            "messages": play.delivered.len(),
            "score": digest.score,
            "out": out,
        }))?;
    } else {
        print(&play, &digest, out, started.elapsed());
    }
    Ok(if failed > 0 { Exit::Delivery } else { Exit::Ok })
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
    app: &'a App,
    hand: &'a HandClock,
    look_alike: &'a LookAlike,
    delivered: Vec<Delivered>,
    summaries: Vec<EventSummary>,
}

impl Play<'_> {
    async fn all(&mut self, deliveries: Vec<Delivery>) -> anyhow::Result<()> {
        let mut next_digest = deliveries.first().and_then(|d| next_monday(d.event.time_or_received()));
        for mut delivery in deliveries {
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
        self.digest(end).await
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

fn write_folder(out: &Path, delivered: &[Delivered], digest: &plimsoll_message::Digest) -> anyhow::Result<()> {
    let write = |name: &str, text: String| {
        let path = out.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    let slack: Vec<&Delivered> = delivered.iter().filter(|t| t.received.kind != ReceivedKind::Sns).collect();
    let sns: Vec<&Delivered> = delivered.iter().filter(|t| t.received.kind == ReceivedKind::Sns).collect();
    write("slack.json", serde_json::to_string_pretty(&slack)?)?;
    write("sns.json", serde_json::to_string_pretty(&sns)?)?;
    write("index.html", slack_page("Plimsoll demo", &posts(&slack), Theme::System))?;
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

/// The first statement of a message's plain text, as Slack would show it, cut to a width.
fn headline(text: &str, width: usize) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let text = plimsoll_finding::clean_line(&text);
    let first = text.split(". Resource ").next().unwrap_or_default();
    if first.chars().count() <= width {
        return first.to_owned();
    }
    first.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

fn print(play: &Play<'_>, digest: &plimsoll_message::Digest, out: &Path, took: Duration) {
    output::line("Thirty days of events on one machine. What a person saw in Slack:\n");
    let replies_and_posts = play.delivered.iter().filter(|t| t.received.kind == ReceivedKind::SlackPost);
    for delivered in replies_and_posts.clone() {
        let words = delivered.received.body.get("text").and_then(|t| t.as_str()).unwrap_or_default();
        let reply = delivered.received.body.get("thread_ts").is_some();
        let line = headline(words, output::width().saturating_sub(if reply { 17 } else { 13 }));
        output::line(format!("{} {}{line}", delivered.at.strftime("%d %b %H:%M"), if reply { "  ↳ " } else { "" }));
    }
    output::line("");
    output::line(scorecard(&digest.score, None, output::width(), Style::Colour));
    let counts: Vec<String> = outcomes(&play.summaries).iter().map(|(name, n)| format!("{n} {name}")).collect();
    let slack = replies_and_posts.count();
    let sns = play.delivered.iter().filter(|t| t.received.kind == ReceivedKind::Sns).count();
    output::line(format!("\n{} events: {}", play.summaries.len(), counts.join(", ")));
    output::line(format!("{slack} Slack messages, {sns} SNS messages, none of them twice"));
    output::line(
        "The score counts what is proved: no evidence is never a pass. `plimsoll score --declared` shows the claim.",
    );
    output::line(format!("\nSlack, as it looks:  {}", out.join("index.html").display()));
    output::line(format!(
        "The score, line by line:  plimsoll score --explain --state {}",
        out.join("state.redb").display()
    ));
    output::talk(format!("took {:.1} s", took.as_secs_f64()));
}
