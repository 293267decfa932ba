//! `plimsoll replay`: the real handlers on files or folders. One line per event; running it again changes nothing.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use jiff::SignedDuration;
use plimsoll_app::DeliveryReports;
use plimsoll_message::ChannelId;
use plimsoll_pipeline::{
    ingest::Outcome,
    intake::{self, EventSummary, Intake},
    quarantine::{self, Quarantined},
};
use plimsoll_render::hanging;
use plimsoll_sources::SOURCES;
use serde_json::{Value, json};

use crate::{
    arguments::{Common, Replay},
    output::{self, Exit},
    progress::Progress,
    session::{self, Session},
};

/// With so many files what is due is told every [`GATHER_FOR`], not after each file: a message waits for the disk.
const MANY_FILES: usize = 100;
/// How long writes are gathered before they go to the disk together: what a power failure may cost, since a second replay
/// makes up for it. Other processes wait as long for the state file.
const GATHER_FOR: Duration = Duration::from_millis(500);
/// Events of one file that are written together.
const AT_ONCE: usize = 500;
/// How long one file's alerts may take to be told.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

pub(crate) async fn run(common: &Common, arguments: &Replay) -> anyhow::Result<Exit> {
    let mut session = session::open(common, true).await?;
    session::warn_of_an_inbox(common, &session);
    session.gather();
    let played = play_all(common, &session, arguments).await;
    // Also after a failure: what was said to be applied is.
    session.commit()?;
    let (exit, totals) = played?;
    if !common.json {
        output::talk(totals.sentence());
    }
    Ok(exit)
}

async fn play_all(common: &Common, session: &Session, arguments: &Replay) -> anyhow::Result<(Exit, Totals)> {
    let mut shown = 0;
    let mut exit = Exit::Ok;
    let mut totals = Totals::default();
    if arguments.quarantine {
        let waiting = Quarantined::waiting(session.app.store.as_ref()).await?;
        exit = take_through(common, session, waiting, &mut totals).await?;
        show_received(common, session, &mut shown)?;
    }
    let files = if arguments.paths.is_empty() { Vec::new() } else { session::event_files(common, &arguments.paths)? };
    let mut progress = Progress::new(files.len());
    let is_long = files.len() >= MANY_FILES;
    let mut written = Instant::now();
    for file in files {
        progress.step();
        let Some(content) = file.read(common)? else {
            exit = Exit::Usage;
            continue;
        };
        play(common, session, &file.path.display().to_string(), &content, &mut totals).await?;
        if is_long && written.elapsed() < GATHER_FOR {
            continue;
        }
        if tell(common, session, &mut totals, &mut shown).await? {
            exit = Exit::Delivery;
        }
        written = Instant::now();
    }
    if is_long && tell(common, session, &mut totals, &mut shown).await? {
        exit = Exit::Delivery;
    }
    progress.end();
    Ok((exit, totals))
}

/// Tells what is due, and brings what was gathered to the disk. Whether a delivery failed.
async fn tell(common: &Common, session: &Session, totals: &mut Totals, shown: &mut usize) -> anyhow::Result<bool> {
    let failed = deliver(session, totals).await?;
    session.commit()?;
    show_received(common, session, shown)?;
    Ok(failed)
}

/// Takes one file's events through.
async fn play(
    common: &Common,
    session: &Session,
    file: &str,
    content: &str,
    totals: &mut Totals,
) -> anyhow::Result<()> {
    let app = &session.app;
    let Intake { mut deliveries, batch } = intake::unwrap_text(content, &SOURCES, app.clock.now());
    loop {
        let rest = deliveries.split_off(deliveries.len().min(AT_ONCE));
        let intake = Intake { deliveries, batch };
        for summary in app.handle(&intake, &SOURCES).await? {
            show(common, file, &summary, totals)?;
        }
        deliveries = rest;
        if deliveries.is_empty() {
            return Ok(());
        }
        session.commit()?;
    }
}

fn show(common: &Common, file: &str, summary: &EventSummary, totals: &mut Totals) -> anyhow::Result<()> {
    totals.count(summary);
    if common.json {
        let mut line = json!(summary);
        if let Value::Object(fields) = &mut line {
            fields.insert("file".to_owned(), json!(file));
        }
        return output::json(&line);
    }
    say(file, summary);
    Ok(())
}

/// What became of all of it.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    outcomes: BTreeMap<&'static str, usize>,
    sent: usize,
    score: Option<(u8, u8)>,
}

impl Totals {
    fn count(&mut self, summary: &EventSummary) {
        *self.outcomes.entry(summary.outcome.map_or("failed", Outcome::name)).or_insert(0) += 1;
        if let Some(score) = summary.score {
            let before = self.score.map_or(score.before, |(before, _)| before);
            self.score = Some((before, score.after));
        }
    }

    /// `5 events: 4 applied, 1 duplicate; 9 messages; score 0 -> 3`.
    fn sentence(&self) -> String {
        let all: usize = self.outcomes.values().sum();
        let plural = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
        let outcomes: Vec<String> = self.outcomes.iter().map(|(name, number)| format!("{number} {name}")).collect();
        let outcomes = if outcomes.is_empty() { String::new() } else { format!(": {}", outcomes.join(", ")) };
        let score = match self.score {
            Some((before, after)) if before != after => format!("; score {before} -> {after}"),
            Some((_, after)) => format!("; score {after}, unchanged"),
            None => String::new(),
        };
        format!("{}{outcomes}; {}{score}", plural(all, "event"), plural(self.sent, "message"))
    }
}

/// One line for each event, wrapped on a terminal: what became of it, and what it says of each finding.
fn say(file: &str, summary: &EventSummary) {
    let file = Path::new(file).file_name().map_or(file, |name| name.to_str().unwrap_or(file));
    let outcome = summary.outcome.map_or("failed", Outcome::name);
    let kind = if summary.detail_type.is_empty() { "no detail-type" } else { &summary.detail_type };
    let mut parts = vec![format!("{file}: {kind}")];
    for finding in &summary.findings {
        let lines = if finding.checklist.is_empty() { "no line".to_owned() } else { finding.checklist.join(" ") };
        let routes: Vec<&str> = finding.routes.iter().map(ChannelId::as_str).collect();
        let routes = if routes.is_empty() { "nobody".to_owned() } else { routes.join(" ") };
        let key = finding.key.get(..8).unwrap_or_default();
        parts.push(format!(
            " -> {key} {} {} \"{}\" -> {lines} -> {routes}",
            finding.severity,
            finding.status.name(),
            finding.title
        ));
    }
    if let Some(reason) = &summary.reason {
        parts.push(format!(" ({reason})"));
    }
    if let Some(score) = summary.score.filter(|s| s.before != s.after) {
        parts.push(format!(" [score {} -> {}]", score.before, score.after));
    }
    output::line(hanging(&format!("{outcome:<12}"), &parts.concat(), output::width()).trim_end());
}

/// Prints what went wrong with the channels, and whether anything did.
pub(crate) fn complain(delivered: &DeliveryReports) -> bool {
    let mut failed = false;
    for (channel, report) in delivered {
        if let Some(error) = report.broken.as_ref().or(report.error.as_ref()) {
            failed = true;
            output::talk(format!("channel {channel}: {error}; nothing is lost, the next run tells it again"));
        } else if report.more {
            failed = true;
            output::talk(format!("channel {channel}: rests after failures; the next run tells the rest"));
        }
    }
    failed
}

/// Prints what the look-alike received since the last time.
pub(crate) fn show_received(common: &Common, session: &Session, shown: &mut usize) -> anyhow::Result<()> {
    let Some(look_alike) = &session.look_alike else { return Ok(()) };
    let new = look_alike.received_after(*shown);
    *shown += new.len();
    for message in &new {
        if common.json {
            output::json(&json!({"received": message}))?;
        } else {
            output::line(session::received_lines("            ", message, output::width()).trim_end());
        }
    }
    Ok(())
}

/// Takes events in quarantine through again. One that can be read now is released; one that cannot stays.
pub(crate) async fn take_through(
    common: &Common,
    session: &Session,
    selected: Vec<Quarantined>,
    totals: &mut Totals,
) -> anyhow::Result<Exit> {
    let app = &session.app;
    let mut exit = Exit::Ok;
    for quarantined in selected {
        let id = quarantined.id.get(..8).unwrap_or_default().to_owned();
        let event = quarantined.raw_event(app.store.as_ref()).await?;
        let intake = intake::unwrap_text(&event, &SOURCES, app.clock.now());
        let summaries = app.handle(&intake, &SOURCES).await?;
        let is_read = summaries.iter().all(|s| !matches!(s.outcome, None | Some(Outcome::Quarantined)));
        // A part of the event is behind the same finding still.
        let key = quarantined.finding.as_ref().map(ToString::to_string);
        let again = key.is_some_and(|key| summaries.iter().flat_map(|s| &s.findings).any(|f| f.key == key));
        for summary in &summaries {
            show(common, &format!("quarantine {id}"), summary, totals)?;
        }
        if is_read && !again {
            quarantine::release(app.store.as_ref(), quarantined, &app.policy, app.clock.now()).await?;
        } else {
            exit = Exit::Below;
            output::talk(format!("quarantine {id}: still not taken; it stays"));
        }
        if deliver(session, totals).await? {
            exit = Exit::Delivery;
        }
    }
    Ok(exit)
}

/// Tells what is due. Whether a delivery failed.
pub(crate) async fn deliver(session: &Session, totals: &mut Totals) -> anyhow::Result<bool> {
    let delivered = session.app.deliver(PATIENCE).await?;
    totals.sent += delivered.values().map(|report| report.sent).sum::<usize>();
    Ok(complain(&delivered))
}
