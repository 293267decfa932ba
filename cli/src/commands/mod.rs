//! One file per command.

mod ack;
#[cfg(test)]
mod agreement;
mod check;
mod checklist;
mod collect;
mod compared;
mod demo;
mod digest;
mod doctor;
mod explain;
mod findings;
mod golive;
mod inbox;
mod init;
mod plan;
mod preview;
mod quarantine;
mod replay;
mod route;
mod score;
mod show;
mod told;
mod trend;
mod waive;

use crate::{
    arguments::{Arguments, Command},
    help,
    output::{self, Exit},
};

/// Runs the command.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let common = &arguments.common;
    match &arguments.command {
        Command::Demo(demo) => demo::run(common, demo).await,
        Command::Explain(files) => match explain::line(common, files) {
            Some(line) => show::run(common, &line).await,
            None => explain::run(common, files),
        },
        Command::Replay(replay) => replay::run(common, replay).await,
        Command::Quarantine(quarantine) => quarantine::run(common, quarantine).await,
        Command::Preview(preview) => preview::run(common, preview),
        Command::Route(route) => route::run(common, route),
        Command::Collect(collect) => Box::pin(collect::run(common, collect)).await,
        Command::Score(score) => score::run(common, score).await,
        Command::Plan(plan) => plan::run(common, plan).await,
        Command::Checklist(checklist) => checklist::run(common, checklist).await,
        Command::Digest(digest) => digest::run(common, digest).await,
        Command::Findings(findings) => findings::run(common, findings).await,
        Command::Show(show) => show::run(common, show).await,
        Command::Ack(ack) => ack::run(common, ack).await,
        Command::Waive(waive) => waive::propose(common, waive).await,
        Command::Waivers(waivers) => waive::list(common, waivers).await,
        Command::Inbox(inbox) => inbox::run(common, inbox).await,
        Command::Init(init) => init::run(common, init),
        Command::Check => check::run(common),
        Command::Doctor(doctor) => Box::pin(doctor::run(common, doctor)).await,
        Command::Schema => {
            output::json_pretty(&init::schema())?;
            Ok(Exit::Ok)
        }
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut help::command(), "plimsoll", &mut std::io::stdout());
            Ok(Exit::Ok)
        }
    }
}
