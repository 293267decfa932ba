//! `plimsoll findings`: what is open, worst first.

use anyhow::bail;
use jiff::Timestamp;
use plimsoll_app::SOURCES;
use plimsoll_finding::Severity;
use plimsoll_pipeline::{Policy, Record, state::all_open, waiver::waiver_for};
use plimsoll_render::{Cell, Column, Style, Table};
use serde_json::json;

use crate::{
    arguments::{Common, Findings},
    output::{self, Exit},
    session,
};

pub(crate) async fn run(common: &Common, arguments: &Findings) -> anyhow::Result<Exit> {
    let session = session::open(common, false).await?;
    let (policy, now) = (&session.app.policy, session.app.clock.now());
    let records = all_open(session.app.store.as_ref(), None).await?;
    let number_open = records.len();
    check_names(arguments, policy, &records)?;
    let mut open: Vec<Record> = records.into_iter().filter(|record| wanted(record, arguments, policy, now)).collect();
    open.sort_by(|a, b| {
        b.severity().cmp(&a.severity()).then(a.first_seen.cmp(&b.first_seen)).then_with(|| a.key.cmp(&b.key))
    });
    if common.json {
        for record in &open {
            output::json(&as_json(record, policy, now))?;
        }
        return Ok(Exit::Ok);
    }
    if open.is_empty() {
        output::line(if number_open == 0 {
            "nothing is open".to_owned()
        } else {
            format!("none of the {number_open} open findings is like that")
        });
        return Ok(Exit::Ok);
    }
    output::line(table(&open, policy, now).render(output::width(), Style::Colour).trim_end());
    output::talk(counts(&open, number_open));
    Ok(Exit::Ok)
}

fn wanted(record: &Record, arguments: &Findings, policy: &Policy, now: Timestamp) -> bool {
    let finding = &record.finding;
    let environment = || policy.environment_of(finding).map(|e| e.name.as_str());
    arguments.severity.is_none_or(|least| record.severity() >= least)
        && (arguments.account.is_empty() || arguments.account.contains(&finding.account))
        && (arguments.source.is_empty() || arguments.source.contains(&finding.source))
        && arguments.environment.as_deref().is_none_or(|name| environment() == Some(name))
        && arguments.since.is_none_or(|since| record.first_seen >= since.at(now))
        && (!arguments.waived || waived_until(record, policy, now).is_some())
}

/// A name that nothing has is a slip of the pen, and no result would look like health.
fn check_names(arguments: &Findings, policy: &Policy, records: &[Record]) -> anyhow::Result<()> {
    if let Some(name) = &arguments.environment {
        session::environment(policy, name)?;
    }
    for name in &arguments.source {
        if !SOURCES.contains(&name.as_str()) && records.iter().all(|record| record.finding.source != *name) {
            bail!("there is no source `{name}`; the sources are {}", SOURCES.join(", "));
        }
    }
    for id in &arguments.account {
        if id.len() != 12 || !id.bytes().all(|b| b.is_ascii_digit()) {
            bail!("`{id}` is no account id; write all twelve digits");
        }
    }
    Ok(())
}

fn waived_until(record: &Record, policy: &Policy, now: Timestamp) -> Option<Timestamp> {
    waiver_for(record, &policy.waivers, now).active_until
}

fn table(open: &[Record], policy: &Policy, now: Timestamp) -> Table {
    let mut table = Table::new(&[
        Column::new("Severity"),
        Column::new("Finding"),
        Column::optional("Since", 1),
        Column::optional("Account", 2),
        Column::optional("Environment", 4),
        Column::optional("Region", 5),
        Column::optional("Source", 3),
        Column::new("Title"),
    ]);
    for record in open {
        let finding = &record.finding;
        let environment = policy.environment_of(finding).map(|e| e.name.clone()).unwrap_or_default();
        let sample = if finding.sample { " [sample]" } else { "" };
        let waived = waived_until(record, policy, now)
            .map(|until| format!(" [waived until {}]", until.strftime("%Y-%m-%d")))
            .unwrap_or_default();
        let cells = vec![
            Cell::severity(record.severity()),
            Cell::text(record.key.short()),
            Cell::text(record.first_seen.strftime("%Y-%m-%d").to_string()),
            Cell::text(&finding.account),
            Cell::text(environment),
            Cell::text(&finding.region),
            Cell::text(&finding.source),
            Cell::text(format!("{}{sample}{waived}{}", record.title(), answered(record))),
        ];
        table.row(cells, Vec::new());
    }
    table
}

/// ` [acknowledged by platform]`.
fn answered(record: &Record) -> String {
    record.current_answer().map(|kept| format!(" [{}]", plimsoll_render::answer(&kept.answer))).unwrap_or_default()
}

/// `3 open: 1 critical, 2 high`, and how many more there are.
fn counts(open: &[Record], all_open: usize) -> String {
    let count = |severity: Severity| open.iter().filter(|record| record.severity() == severity).count();
    let counts = Severity::WORST_FIRST.into_iter().map(|severity| (severity, count(severity)));
    let words: Vec<String> = counts.filter(|(_, n)| *n > 0).map(|(severity, n)| format!("{n} {severity}")).collect();
    let of = if open.len() == all_open { String::new() } else { format!(" of {all_open}") };
    format!("{}{of} open: {}", open.len(), words.join(", "))
}

fn as_json(record: &Record, policy: &Policy, now: Timestamp) -> serde_json::Value {
    let finding = &record.finding;
    json!({
        "key": record.key, "severity": record.severity(), "source": finding.source, "account": finding.account,
        "environment": policy.environment_of(finding).map(|e| &e.name),
        "region": finding.region, "resource": finding.resource.name, "title": record.title(),
        "first_seen": record.first_seen, "last_seen": record.last_seen,
        "told": record.cursors.iter().filter(|(_, c)| c.delivered.is_some()).map(|(id, _)| id).collect::<Vec<_>>(),
        "waived_until": waived_until(record, policy, now), "answer": record.current_answer(), "sample": finding.sample,
    })
}
