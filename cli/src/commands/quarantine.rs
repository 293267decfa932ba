//! `plimsoll quarantine`: the events that could not be read, are not ours, or whose close was not confirmed.

use anyhow::bail;
use plimsoll_finding::clean_line;
use plimsoll_pipeline::{
    Document, DocumentKind,
    quarantine::{self, Discarded, Quarantined},
};
use plimsoll_render::{Cell, Column, Style, Table, hanging};
use serde_json::{Value, json};

use super::replay;
use crate::{
    arguments::{Common, Discard, Quarantine},
    output::{self, Exit},
    session::{self, Session},
};

/// The shortest beginning of an id that names an event.
const SHORTEST: usize = 8;

pub(crate) async fn run(common: &Common, arguments: &Quarantine) -> anyhow::Result<Exit> {
    match arguments {
        Quarantine::List { all } => list(common, *all).await,
        Quarantine::Show { id } => show(common, id).await,
        Quarantine::Replay { ids } => take_through(common, ids).await,
        Quarantine::Discard(arguments) => discard(common, arguments).await,
    }
}

async fn list(common: &Common, all: bool) -> anyhow::Result<Exit> {
    let session = session::open(common, false).await?;
    let kept = Quarantined::all(session.app.store.as_ref()).await?;
    let kept: Vec<Quarantined> = kept.into_iter().filter(|one| all || one.waits()).collect();
    if common.json {
        kept.iter().try_for_each(|one| output::json(&described(one)))?;
    } else if kept.is_empty() {
        output::line("the quarantine is empty");
    } else {
        output::line(table(&kept, all).render(output::width(), Style::Colour).trim_end());
    }
    Ok(Exit::Ok)
}

fn table(kept: &[Quarantined], all: bool) -> Table {
    let mut columns = vec![Column::new("Event"), Column::optional("Received", 2), Column::optional("Function", 1)];
    if all {
        columns.push(Column::new("State"));
    }
    columns.push(Column::new("Why"));
    let mut table = Table::new(&columns);
    for one in kept {
        let received =
            one.received_at.map_or_else(|| "unknown".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string());
        let mut cells = vec![Cell::text(short(one)), Cell::text(received), Cell::text(clean_line(&one.function))];
        if all {
            cells.push(Cell::text(state(one)));
        }
        cells.push(Cell::text(clean_line(&one.reason)));
        table.row(cells, Vec::new());
    }
    table
}

async fn show(common: &Common, id: &str) -> anyhow::Result<Exit> {
    let session = session::open(common, false).await?;
    let store = session.app.store.as_ref();
    let one = find(&Quarantined::all(store).await?, id)?;
    let raw = one.raw_event(store).await?;
    if common.json {
        let mut document = described(&one);
        if let Value::Object(fields) = &mut document {
            fields.insert("event".to_owned(), json!(raw));
        }
        output::json_pretty(&document)?;
        return Ok(Exit::Ok);
    }
    let row =
        |name: &str, value: &str| output::line(hanging(&format!("{name:<11}"), value, output::width()).trim_end());
    row("id", &one.id);
    row("state", state(&one));
    if let Some(at) = one.received_at {
        row("received", &at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    }
    row("function", &clean_line(&one.function));
    row("because", &clean_line(&one.reason));
    if let Some(key) = &one.finding {
        row("finding", key.short());
    }
    if let Some(Discarded { by, reason }) = &one.discarded {
        row("discarded", &format!("by {}: {}", clean_line(by), clean_line(reason)));
    }
    output::line("");
    let event = serde_json::from_str::<Value>(&raw).ok();
    let event = event.and_then(|event| serde_json::to_string_pretty(&event).ok()).unwrap_or(raw);
    for line in event.lines() {
        let indent = line.len().saturating_sub(line.trim_start().len());
        output::line(format!("{}{}", " ".repeat(indent), clean_line(line)));
    }
    Ok(Exit::Ok)
}

async fn take_through(common: &Common, ids: &[String]) -> anyhow::Result<Exit> {
    let session = session::open(common, true).await?;
    let waiting = Quarantined::waiting(session.app.store.as_ref()).await?;
    let selected = selected(&waiting, ids)?;
    if selected.is_empty() && !common.json {
        output::line("the quarantine is empty");
    }
    let exit = replay::take_through(common, &session, selected, &mut replay::Totals::default()).await?;
    replay::show_received(common, &session, &mut 0)?;
    Ok(exit)
}

async fn discard(common: &Common, arguments: &Discard) -> anyhow::Result<Exit> {
    if arguments.reason.trim().len() < 10 {
        bail!("a discarded event needs a reason of at least 10 characters: --reason \"...\"");
    }
    let session = session::open(common, true).await?;
    let waiting = Quarantined::waiting(session.app.store.as_ref()).await?;
    let selected = if arguments.all { waiting } else { selected(&waiting, &arguments.ids)? };
    if selected.is_empty() && !common.json {
        output::line("the quarantine is empty");
    }
    for one in selected {
        let (id, function, finding) = (short(&one), clean_line(&one.function), one.finding.clone());
        let over = discard_one(&session, one, arguments).await?;
        let finding = finding.map(|key| key.short().to_owned()).unwrap_or_default();
        if common.json {
            output::json(&json!({"id": id, "action": "discarded", "finding": finding, "finding_is_over": over}))?;
        } else {
            let over = if over { format!("; finding {finding} is over") } else { String::new() };
            output::say(format!("discarded {id} of {function}{over}"));
        }
    }
    let failed = replay::deliver(&session, &mut replay::Totals::default()).await?;
    replay::show_received(common, &session, &mut 0)?;
    Ok(if failed { Exit::Delivery } else { Exit::Ok })
}

/// Writes the audit row first: a change without a row must not exist, a row without its change is harmless.
async fn discard_one(session: &Session, one: Quarantined, arguments: &Discard) -> anyhow::Result<bool> {
    let (store, now) = (session.app.store.as_ref(), session.app.clock.now());
    let (actor, reason) = (clean_line(&arguments.actor), clean_line(&arguments.reason));
    let row = Document {
        id: format!("{now}/quarantine/{}/discarded", one.id),
        revision: 0,
        body: json!({"at": now, "actor": actor, "action": "discarded", "reason": reason, "quarantined": described(&one)}),
    };
    store.put_document(DocumentKind::Audit, &row).await?;
    let discarded = Discarded { by: actor, reason };
    Ok(quarantine::discard(store, one, discarded, &session.app.policy, now).await?)
}

/// Everything but the event.
fn described(one: &Quarantined) -> Value {
    json!({
        "id": one.id, "state": state(one), "received_at": one.received_at, "function": one.function, "reason": one.reason,
        "check": one.check, "finding": one.finding, "left_at": one.released_at, "discarded": one.discarded,
    })
}

fn state(one: &Quarantined) -> &'static str {
    match (&one.discarded, one.waits()) {
        (_, true) => "waiting",
        (Some(_), false) => "discarded",
        (None, false) => "replayed",
    }
}

fn short(one: &Quarantined) -> String {
    one.id.get(..SHORTEST).unwrap_or(&one.id).to_owned()
}

/// Those with these ids, in their own order; all of them if none is named.
fn selected(waiting: &[Quarantined], ids: &[String]) -> anyhow::Result<Vec<Quarantined>> {
    if ids.is_empty() {
        return Ok(waiting.to_vec());
    }
    let mut named: Vec<Quarantined> = ids.iter().map(|id| find(waiting, id)).collect::<anyhow::Result<_>>()?;
    named.dedup_by(|a, b| a.id == b.id);
    Ok(named)
}

fn find(kept: &[Quarantined], id: &str) -> anyhow::Result<Quarantined> {
    let found: Vec<&Quarantined> = kept.iter().filter(|one| id.len() >= SHORTEST && one.id.starts_with(id)).collect();
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => bail!("no event {} waits in quarantine; `plimsoll quarantine list` names those that do", clean_line(id)),
        many => bail!("{} events in quarantine begin with {}; give more digits", many.len(), clean_line(id)),
    }
}
