//! `plimsoll findings`: what is open, worst first.

use plimsoll_finding::Status;
use plimsoll_pipeline::Record;
use serde_json::json;

use crate::{
    arguments::Common,
    output::{self, Exit},
    session,
};

pub(crate) async fn run(common: &Common) -> anyhow::Result<Exit> {
    let session = session::open(common, false).await?;
    let mut open: Vec<Record> =
        session.app.store.records().await?.into_iter().filter(|r| r.status() == Status::Open).collect();
    open.sort_by(|a, b| b.severity().cmp(&a.severity()).then(a.first_seen.cmp(&b.first_seen)));
    for record in &open {
        let finding = &record.finding;
        if common.json {
            output::json(&json!({
                "key": record.key, "severity": record.severity(), "source": finding.source, "account": finding.account,
                "account_name": session.app.policy.account_name(&finding.account),
                "region": finding.region, "resource": finding.resource.name, "title": record.title(),
                "first_seen": record.first_seen, "last_seen": record.last_seen,
                "told": record.cursors.iter().filter(|(_, c)| c.delivered.is_some()).map(|(id, _)| id).collect::<Vec<_>>(),
                "sample": finding.sample,
            }))?;
        } else {
            let since = record.first_seen.strftime("%Y-%m-%d");
            let sample = if finding.sample { " [sample]" } else { "" };
            output::line(format!(
                "{:<13} {} {since} {}{sample}",
                record.severity().label(),
                record.key.short(),
                record.title()
            ));
        }
    }
    if open.is_empty() && !common.json {
        output::line("nothing is open");
    }
    Ok(Exit::Ok)
}
