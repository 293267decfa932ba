//! `plimsoll doctor --before`: what must be on in an account before anything is deployed, read with the caller's own
//! credentials. A preview: nobody has compared its answers with a real account yet.

use anyhow::{Context as _, ensure};
use jiff::{SignedDuration, Timestamp};
use plimsoll_app::{Clients, is_region};
use plimsoll_collector::{Options, account_of, prerequisites::prerequisites};
use plimsoll_render::{Cell, Column, Style, Table};
use serde::Serialize;

use super::services::{self, Answers, State, Verdict};
use crate::{
    arguments::{Common, Doctor},
    output::{self, Exit},
    session,
};

/// The longest that all reads may take.
const LONGEST_RUN: SignedDuration = SignedDuration::from_mins(2);

/// One service as a line of JSON.
#[derive(Serialize)]
struct Row<'a> {
    account: &'a str,
    region: &'a str,
    /// `null` for what was not seen: that is never called well.
    ok: Option<bool>,
    #[serde(flatten)]
    verdict: &'a Verdict,
}

pub(super) async fn run(common: &Common, arguments: &Doctor) -> anyhow::Result<Exit> {
    let clients = match &arguments.region {
        Some(region) => Clients::from_environment_in(region),
        None => Clients::from_environment(),
    }
    .context("no credentials, or no region\nhint: `--region eu-central-1` names a region")?;
    let region = clients.region().to_owned();
    ensure!(is_region(&region), "`{region}` is no region, such as eu-central-1");
    let account = account_of(&clients, &region)
        .await
        .context("whose account is it?\nhint: `aws sts get-caller-identity` with the same credentials must answer")?;
    let deadline = Timestamp::now().checked_add(LONGEST_RUN).context("the clock is wrong")?;
    let options = Options { paid_calls: arguments.paid_calls, ..Options::until(deadline) };
    let read = Box::pin(prerequisites(&clients, &account, &region, options, &Timestamp::now)).await;
    let verdicts = services::examine(&Answers::of(read.collection, arguments.paid_calls > 0), &session::checklist()?);
    if common.json {
        for verdict in &verdicts {
            output::json(&Row { account: &account, region: &region, ok: verdict.state.is_ok(), verdict })?;
        }
    } else {
        output::line(format!("Account {account} in {region}"));
        output::line(table(&verdicts).render(output::width(), Style::Colour).trim_end());
        output::talk(summary(&verdicts, read.paid_calls));
    }
    Ok(if verdicts.iter().all(|verdict| verdict.state == State::On) { Exit::Ok } else { Exit::Below })
}

fn table(verdicts: &[Verdict]) -> Table {
    let mut table = Table::new(&[Column::new(""), Column::new("Service"), Column::new("What was found")]);
    for verdict in verdicts {
        let mark = match verdict.state {
            State::On => Cell::Good("ok".to_owned()),
            State::Off => Cell::Bad("OFF".to_owned()),
            State::Partial => Cell::Bad("PART".to_owned()),
            State::NotAllowed | State::NotReached | State::NotAsked => Cell::Dim("--".to_owned()),
        };
        let notes = if verdict.state == State::On {
            Vec::new()
        } else {
            [("without it", Some(verdict.dark.to_string())), ("fix", verdict.fix.clone())]
                .into_iter()
                .filter_map(|(label, text)| text.map(|text| format!("{label}: {text}")))
                .collect()
        };
        table.row(vec![mark, Cell::text(verdict.name), Cell::text(&verdict.detail)], notes);
    }
    table
}

fn summary(verdicts: &[Verdict], paid_calls: u32) -> String {
    let count = |is: fn(State) -> bool| verdicts.iter().filter(|verdict| is(verdict.state)).count();
    let on = count(|state| state == State::On);
    let seen = match count(|state| state.is_ok().is_none()) {
        0 => String::new(),
        unseen => format!("; {unseen} could not be seen, `--` names them"),
    };
    let paid = match paid_calls {
        0 => String::new(),
        1 => "; 1 paid request to Cost Explorer".to_owned(),
        calls => format!("; {calls} paid requests to Cost Explorer"),
    };
    format!(
        "{on} of {} are as the suite needs them{seen}{paid}\nAWS Health needs no switch.\npreview: these reads were never compared with a real \
         account of AWS; please report what is wrong",
        verdicts.len()
    )
}
