//! `plimsoll show`: all that is known of one finding, or of one line of the checklist.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_checklist::{Assessment, Item, LineEvidence};
use plimsoll_finding::Status;
use plimsoll_pipeline::{DocumentKind, Policy, Record, WaiverTarget, intake::checklist_ids};
use plimsoll_readiness::{Scope, Statements, read_evidence, read_statements};
use plimsoll_render::{Cell, Column, Style, Table, bold, decided, pairs};
use serde_json::{Value, json};

use super::compared;
use crate::{
    arguments::{Common, Show},
    output::{self, Exit},
    reference::{self, Named},
    session::{self, Session},
};

pub(crate) async fn run(common: &Common, arguments: &Show) -> anyhow::Result<Exit> {
    let session = session::open(common, false).await?;
    let app = &session.app;
    let checklist = app.policy.checklist.clone();
    match reference::named(app.store.as_ref(), &checklist, &app.policy, &arguments.reference).await? {
        Named::Finding(record) => show_finding(common, &session, &record).await,
        Named::Line(item) => {
            let reads = read_evidence(session.app.store.as_ref()).await?;
            let statements = read_statements(session.app.store.as_ref()).await?;
            let records = speaking(&session, &statements, item).await?;
            show_line(common, &session, &statements, &records, &reads, item)
        }
    }
}

async fn show_finding(common: &Common, session: &Session, record: &Record) -> anyhow::Result<Exit> {
    let (policy, now) = (&session.app.policy, session.app.clock.now());
    let history = history(session, record).await?;
    if common.json {
        output::json_pretty(&as_json(record, policy, &history, now))?;
        return Ok(Exit::Ok);
    }
    let mut page = Page::new();
    let finding = &record.finding;
    page.title(&format!("{}: {}", state(record), record.title()));
    let environment = policy.environment_of(finding).map(|e| e.name.clone()).unwrap_or_default();
    page.pairs(&[
        ("Finding", record.key.to_string()),
        ("Resource", finding.resource.id.clone()),
        ("Kind", finding.resource.kind.clone()),
        ("Name", finding.resource.name.clone()),
        ("Environment", environment),
        ("Account", finding.account.clone()),
        ("Region", if finding.region.is_empty() { "all regions".to_owned() } else { finding.region.clone() }),
        ("Source", finding.source.clone()),
        ("Check", finding.check.clone()),
        ("First seen", time(record.first_seen)),
        ("Last seen", time(record.last_seen)),
        ("Sample", if finding.sample { "somebody generated it to try things out".to_owned() } else { String::new() }),
    ]);
    let facts: Vec<(&str, String)> =
        finding.facts.iter().map(|fact| (fact.name.as_str(), fact.value.clone())).collect();
    page.section("Facts", &facts);
    page.table("Parts", &parts(record));
    page.table("History", &history_table(&history));
    page.table("Who was told", &told(record, now));
    page.table("Waivers", &waivers(record, policy, now));
    page.table("Evidence for", &evidence(record, policy));
    if let Some(advice) = &finding.remediation {
        page.text("What to do", advice);
    }
    page.links(&[
        ("Runbook", finding.runbook.as_deref().map(|page| policy.runbook(page))),
        ("AWS console", finding.console_url.clone()),
    ]);
    output::line(page.out.trim_end());
    Ok(Exit::Ok)
}

/// `Critical, open` or `Resolved, was High`.
fn state(record: &Record) -> String {
    match record.status() {
        Status::Open => format!("{}, open", record.severity().label()),
        Status::Resolved => format!("Resolved, was {}", record.severity().label()),
    }
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// One thing that happened, for people and programs.
struct Happened {
    at: Timestamp,
    what: String,
}

/// What happened to it, oldest first: when it opened and was resolved, and what people decided.
async fn history(session: &Session, record: &Record) -> anyhow::Result<Vec<Happened>> {
    let mut history = vec![Happened { at: record.first_seen, what: "first seen by AWS".to_owned() }];
    // The last transition led to what is now, and each one before to the opposite.
    let mut status = record.status();
    for at in record.transitions.iter().rev() {
        let what = match status {
            Status::Open => "opened",
            Status::Resolved => "resolved",
        };
        history.push(Happened { at: *at, what: what.to_owned() });
        status = if status == Status::Open { Status::Resolved } else { Status::Open };
    }
    for document in session.app.store.documents(DocumentKind::Audit).await? {
        history.extend(decision(&document.body, record));
    }
    history.sort_by_key(|it| it.at);
    Ok(history)
}

/// An audit row, if it is about this finding.
fn decision(row: &Value, record: &Record) -> Option<Happened> {
    let at = row.get("at")?.as_str()?.parse().ok()?;
    let text = |pointer: &str| row.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    if text("/finding") == record.key.as_str() {
        let given = serde_json::from_value(row.get("answer")?.clone()).ok()?;
        return Some(Happened {
            at,
            what: format!("{} (written by {})", plimsoll_render::answer(&given), text("/actor")),
        });
    }
    let waiver: plimsoll_pipeline::Waiver = serde_json::from_value(row.get("waiver")?.clone()).ok()?;
    let concerns = match &waiver.target {
        WaiverTarget::Finding(key) => key == record.key.as_str(),
        WaiverTarget::Matching(_) | WaiverTarget::Line(_) | WaiverTarget::Resources { .. } => waiver.covers(record),
    };
    concerns.then(|| Happened {
        at,
        what: format!("waiver {} {} by {}: {}", waiver.id, text("/action"), text("/actor"), waiver.reason),
    })
}

fn history_table(history: &[Happened]) -> Table {
    let mut table = Table::new(&[Column::new("When"), Column::new("What")]);
    for it in history {
        table.row(vec![Cell::Dim(time(it.at)), Cell::text(&it.what)], Vec::new());
    }
    table
}

fn parts(record: &Record) -> Table {
    let mut table = Table::new(&[Column::new("Severity"), Column::new("State"), Column::new("Part")]);
    let mut parts: Vec<_> = record.parts.values().filter(|state| !state.part.label.is_empty()).collect();
    parts.sort_by(|a, b| {
        let order = b.part.status.cmp(&a.part.status).then(b.part.severity.cmp(&a.part.severity));
        order.then_with(|| a.part.label.cmp(&b.part.label))
    });
    for state in parts {
        let part = &state.part;
        let severity = Cell::Severity(part.severity.label().to_owned(), part.status, part.severity);
        table.row(vec![severity, Cell::text(part.status.name()), Cell::text(&part.label)], Vec::new());
    }
    table
}

/// What each channel was told last, and what it is due to hear.
fn told(record: &Record, now: Timestamp) -> Table {
    let mut table = Table::new(&[Column::new("Channel"), Column::new("When"), Column::new("What")]);
    for (id, cursor) in &record.cursors {
        let (when, mut what) = match &cursor.delivered {
            Some(told) => (time(told.at), format!("{}, {}", told.severity.label(), told.status.name())),
            None => ("never".to_owned(), "nothing yet".to_owned()),
        };
        if let Some(due) = &cursor.due {
            let reason = json!(due.reason).as_str().unwrap_or_default().to_owned();
            let next = if due.at <= now { "due now".to_owned() } else { format!("due at {}", time(due.at)) };
            what = format!("{what}; {next} ({reason})");
        }
        if cursor.in_flight {
            what.push_str("; a message is on its way, or nobody knows whether it arrived");
        }
        table.row(vec![Cell::text(id.as_str()), Cell::Dim(when), Cell::text(what)], Vec::new());
    }
    table
}

fn waivers(record: &Record, policy: &Policy, now: Timestamp) -> Table {
    let mut table =
        Table::new(&[Column::new("Waiver"), Column::new("State"), Column::new("Ends"), Column::new("Owner, and why")]);
    for waiver in policy.waivers.iter().filter(|waiver| waiver.covers(record)) {
        let state = super::waive::state(waiver, now);
        let cells = vec![
            Cell::text(&waiver.id),
            Cell::text(state),
            Cell::text(time(waiver.ends())),
            Cell::text(format!("{}: {}", waiver.owner, waiver.reason)),
        ];
        table.row(cells, Vec::new());
    }
    table
}

fn evidence(record: &Record, policy: &Policy) -> Table {
    let mut table = Table::new(&[Column::new("Line"), Column::new("Title")]);
    for item in lines(record, policy) {
        table.row(vec![Cell::text(&item.id), Cell::text(&item.title)], Vec::new());
    }
    table
}

fn lines<'a>(record: &Record, policy: &'a Policy) -> Vec<&'a Item> {
    let checks = record.parts.values().map(|state| state.part.check.as_str());
    let ids = checklist_ids(checks, policy);
    policy.checklist.every_line().filter(|item| ids.contains(&item.id)).collect()
}

fn as_json(record: &Record, policy: &Policy, history: &[Happened], now: Timestamp) -> Value {
    let finding = &record.finding;
    let told: BTreeMap<&str, Value> = record
        .cursors
        .iter()
        .map(|(id, cursor)| {
            let told = cursor
                .delivered
                .as_ref()
                .map(|told| json!({"at": told.at, "state": told.status, "severity": told.severity}));
            (id.as_str(), json!({"told": told, "due": cursor.due, "in_flight": cursor.in_flight}))
        })
        .collect();
    let parts: Vec<Value> = record
        .parts
        .values()
        .map(|state| {
            let part = &state.part;
            json!({"label": part.label, "check": part.check, "state": part.status, "severity": part.severity,
                   "observed_at": state.version.observed_at})
        })
        .collect();
    let waivers: Vec<_> = policy.waivers.iter().filter(|waiver| waiver.covers(record)).collect();
    json!({
        "schema_version": 1,
        "key": record.key, "title": record.title(), "state": record.status(), "severity": record.severity(),
        "resource": finding.resource, "account": finding.account, "region": finding.region,
        "environment": policy.environment_of(finding).map(|e| &e.name),
        "source": finding.source, "check": finding.check, "first_seen": record.first_seen, "last_seen": record.last_seen,
        "facts": finding.facts, "parts": parts,
        "history": history.iter().map(|it| json!({"at": it.at, "what": it.what})).collect::<Vec<_>>(),
        "channels": told, "waivers": waivers,
        "waived_until": plimsoll_pipeline::waiver::waiver_for(record, &policy.waivers, now).active_until,
        "answer": record.current_answer(),
        "checklist": lines(record, policy).iter().map(|item| &item.id).collect::<Vec<_>>(),
        "remediation": finding.remediation, "runbook": finding.runbook.as_deref().map(|page| policy.runbook(page)),
        "console_url": finding.console_url, "sample": finding.sample,
    })
}

/// The findings that speak for or against a line: the open ones, and those whose proofs are kept.
async fn speaking(session: &Session, statements: &Statements, item: &Item) -> anyhow::Result<Vec<Record>> {
    let mut records = statements.open.clone();
    let concerns = |check: &str| item.evidence.iter().any(|rule| rule.concerns(check));
    let mut keys: Vec<_> = statements.signals.iter().filter(|it| concerns(&it.check)).map(|it| &it.key).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        if !statements.open.iter().any(|record| record.key == *key) {
            records.extend(session.app.store.load(key).await?);
        }
    }
    records.retain(|record| speaks_for(record, item, &session.app.policy));
    records.sort_by(|a, b| {
        let order = b.status().cmp(&a.status()).then(b.severity().cmp(&a.severity()));
        order.then_with(|| a.key.cmp(&b.key))
    });
    Ok(records)
}

fn show_line(
    common: &Common,
    session: &Session,
    statements: &Statements,
    speaking: &[Record],
    reads: &[LineEvidence],
    item: &Item,
) -> anyhow::Result<Exit> {
    let (policy, now) = (&session.app.policy, session.app.clock.now());
    let scope = Scope::headline(policy, statements.signals.clone(), reads.to_vec());
    let assessments = scope.assess(&statements.open, now);
    let by_id: BTreeMap<&str, &Assessment<'_>> = assessments.iter().map(|a| (a.item.id.as_str(), a)).collect();
    let Some(assessment) = by_id.get(item.id.as_str()) else { return Ok(Exit::Below) };
    let reasons: Vec<String> = assessment.reasons.iter().map(ToString::to_string).collect();
    let decided = decided(assessment, &by_id);
    let read = reads.iter().find(|read| read.line == item.id);
    if common.json {
        output::json_pretty(&json!({
            "schema_version": 1, "id": item.id, "evidence": read, "title": item.title, "state": assessment.state, "because": reasons,
            "why": item.why, "category": item.category, "weight": item.weight, "priority": item.priority,
            "finding": decided.map(|signal| &signal.key), "remedy": item.remedy, "controls": item.controls,
            "findings": speaking.iter().map(|record| &record.key).collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Ok);
    }
    let mut page = Page::new();
    page.title(&format!("{} {}: {}", item.id, item.title, assessment.state.label()));
    page.pairs(&[
        (
            "Section",
            format!(
                "{}{}",
                item.section.label(),
                if item.heading.is_empty() { String::new() } else { format!(", {}", item.heading) }
            ),
        ),
        ("Category", item.category.label().to_owned()),
        ("Weight", item.weight.to_string()),
        ("Why", item.why.clone()),
        ("Because", reasons.join("; ")),
        ("Decided by", decided.map(|signal| format!("{} {}", signal.key.short(), signal.title)).unwrap_or_default()),
        ("Remedy", item.remedy.as_ref().map(plimsoll_checklist::Remedy::page).unwrap_or_default()),
    ]);
    let mut table =
        Table::new(&[Column::new("Severity"), Column::new("State"), Column::new("Finding"), Column::new("Title")]);
    for record in speaking {
        let severity = Cell::Severity(record.severity().label().to_owned(), record.status(), record.severity());
        let cells = vec![
            severity,
            Cell::text(record.status().name()),
            Cell::text(record.key.short()),
            Cell::text(record.title()),
        ];
        table.row(cells, Vec::new());
    }
    page.table("Findings that speak of it", &table);
    if let Some(read) = read {
        page.table("What was compared", &compared::table(read, now));
        page.whole("The same by the AWS CLI", &compared::commands(read, now));
    }
    output::line(page.out.trim_end());
    Ok(Exit::Ok)
}

fn speaks_for(record: &Record, item: &Item, policy: &Policy) -> bool {
    lines(record, policy).iter().any(|line| line.id == item.id)
}

/// Sections for a terminal; what is empty is left out.
struct Page {
    out: String,
    width: Option<usize>,
}

impl Page {
    fn new() -> Self {
        Self { out: String::new(), width: output::width() }
    }

    fn title(&mut self, text: &str) {
        let text = plimsoll_render::hanging("", text, self.width);
        for line in text.lines() {
            self.out.extend([bold(line, Style::Colour).as_str(), "\n"]);
        }
        self.out.push('\n');
    }

    fn pairs(&mut self, rows: &[(&str, String)]) {
        let rows: Vec<(String, String)> = rows
            .iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        self.out.push_str(&pairs(&rows, self.width.unwrap_or(usize::MAX), Style::Colour));
    }

    fn heading(&mut self, name: &str) {
        self.out.extend(["\n", bold(name, Style::Colour).as_str(), "\n"]);
    }

    fn section(&mut self, name: &str, rows: &[(&str, String)]) {
        if !rows.is_empty() {
            self.heading(name);
            self.pairs(rows);
        }
    }

    fn table(&mut self, name: &str, table: &Table) {
        if !table.is_empty() {
            self.heading(name);
            let text = table.render(self.width.map(|width| width.saturating_sub(2)), Style::Colour);
            self.out.extend(text.lines().flat_map(|line| ["  ", line, "\n"]));
        }
    }

    /// Lines that people copy: they are never broken.
    fn whole(&mut self, name: &str, lines: &[String]) {
        if !lines.is_empty() {
            self.heading(name);
            self.out.extend(lines.iter().flat_map(|line| ["  ", line, "\n"]));
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        self.heading(name);
        for line in text.lines() {
            self.out.push_str(&plimsoll_render::hanging("  ", line, self.width));
        }
    }

    /// A link that is broken into lines is no link.
    fn links(&mut self, links: &[(&str, Option<String>)]) {
        for (name, url) in links {
            if let Some(url) = url {
                self.out.extend([
                    "\n",
                    bold(name, Style::Colour).as_str(),
                    "\n  ",
                    &plimsoll_finding::clean_line(url),
                    "\n",
                ]);
            }
        }
    }
}
