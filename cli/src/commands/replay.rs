//! `plimsoll replay`: the real handlers on files or folders. One line per event; running it again changes nothing.

use std::path::Path;

use jiff::SignedDuration;
use plimsoll_app::DeliveryReports;
use plimsoll_message::ChannelId;
use plimsoll_pipeline::{
    ingest::Outcome,
    intake::{self, EventSummary},
    quarantine::{self, Quarantined},
};
use plimsoll_sources::SOURCES;
use serde_json::{Value, json};

use crate::{
    arguments::{Common, Replay},
    output::{self, Exit},
    session::{self, Session},
};

/// How long one file's alerts may take to be told.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

pub(crate) async fn run(common: &Common, arguments: &Replay) -> anyhow::Result<Exit> {
    let session = session::open(common, true).await?;
    let mut shown = 0;
    let mut failed = false;
    if arguments.quarantine {
        failed |= replay_quarantine(common, &session).await?;
    }
    let files = if arguments.paths.is_empty() { Vec::new() } else { session::event_files(&arguments.paths)? };
    for file in files {
        let content = session::read(&file)?;
        failed |= play(common, &session, &file.display().to_string(), &content).await?;
        show_received(common, &session, &mut shown)?;
    }
    Ok(if failed { Exit::Delivery } else { Exit::Ok })
}

/// Takes one file's events through and tells what is due. Whether a delivery failed.
async fn play(common: &Common, session: &Session, file: &str, content: &str) -> anyhow::Result<bool> {
    let app = &session.app;
    let intake = intake::unwrap_text(content, &SOURCES, app.clock.now());
    for summary in app.handle(&intake, &SOURCES).await? {
        if common.json {
            let mut line = json!(summary);
            if let Value::Object(fields) = &mut line {
                fields.insert("file".to_owned(), json!(file));
            }
            output::json(&line)?;
        } else {
            output::line(one_line(file, &summary));
        }
    }
    let delivered = app.deliver(PATIENCE).await?;
    Ok(complain(&delivered))
}

fn one_line(file: &str, summary: &EventSummary) -> String {
    let file = Path::new(file).file_name().map_or(file, |name| name.to_str().unwrap_or(file));
    let outcome = summary.outcome.map_or("failed", Outcome::name);
    let kind = if summary.detail_type.is_empty() { "unknown kind" } else { &summary.detail_type };
    let mut parts = vec![format!("{outcome:<11} {file}: {kind}")];
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
    parts.concat()
}

/// Prints what went wrong with the channels, and whether anything did.
fn complain(delivered: &DeliveryReports) -> bool {
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
fn show_received(common: &Common, session: &Session, shown: &mut usize) -> anyhow::Result<()> {
    let Some(look_alike) = &session.look_alike else { return Ok(()) };
    let new = look_alike.received_after(*shown);
    *shown += new.len();
    for message in &new {
        if common.json {
            output::json(&json!({"received": message}))?;
        } else {
            output::line(format!("            {}", session::received_line(message)));
        }
    }
    Ok(())
}

/// Takes the events in quarantine through again. One that can be read now is released; one that cannot stays.
async fn replay_quarantine(common: &Common, session: &Session) -> anyhow::Result<bool> {
    let app = &session.app;
    let mut failed = false;
    for quarantined in Quarantined::waiting(app.store.as_ref()).await? {
        let id = quarantined.id.get(..8).unwrap_or_default().to_owned();
        let intake = intake::unwrap_text(&quarantined.event, &SOURCES, app.clock.now());
        let summaries = app.handle(&intake, &SOURCES).await?;
        let readable = summaries.iter().all(|s| !matches!(s.outcome, None | Some(Outcome::Quarantined)));
        for summary in &summaries {
            output::line(one_line(&format!("quarantine {id}"), summary));
        }
        if readable {
            quarantine::release(app.store.as_ref(), quarantined, &app.policy, app.clock.now()).await?;
        } else if !common.json {
            output::talk(format!("quarantine {id}: still not taken; it stays"));
        }
        failed |= complain(&app.deliver(PATIENCE).await?);
    }
    Ok(failed)
}
