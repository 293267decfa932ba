//! One file per command.

#[cfg(test)]
mod agreement;
mod check;
mod checklist;
mod collect;
mod demo;
mod digest;
mod doctor;
mod explain;
mod findings;
mod inbox;
mod preview;
mod quarantine;
mod replay;
mod route;
mod score;
mod told;
mod waive;

use clap::CommandFactory as _;
use plimsoll_app::Config;

use crate::{
    arguments::{Arguments, Command},
    output::{self, Exit},
};

/// Runs the command.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let common = &arguments.common;
    match &arguments.command {
        Command::Demo(demo) => demo::run(common, demo).await,
        Command::Explain(files) => explain::run(common, files),
        Command::Replay(replay) => replay::run(common, replay).await,
        Command::Quarantine(quarantine) => quarantine::run(common, quarantine).await,
        Command::Preview(preview) => preview::run(common, preview),
        Command::Route(route) => route::run(common, route),
        Command::Collect(collect) => Box::pin(collect::run(common, collect)).await,
        Command::Score(score) => score::run(common, score).await,
        Command::Checklist(checklist) => checklist::run(common, checklist).await,
        Command::Digest(digest) => digest::run(common, digest).await,
        Command::Findings => findings::run(common).await,
        Command::Waive(waive) => waive::propose(common, waive).await,
        Command::Waivers(waivers) => waive::list(common, waivers).await,
        Command::Inbox(inbox) => inbox::run(common, inbox).await,
        Command::Check => check::run(common),
        Command::Doctor => doctor::run(common).await,
        Command::Schema => {
            output::json_pretty(&schemars::schema_for!(Config))?;
            Ok(Exit::Ok)
        }
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Arguments::command(), "plimsoll", &mut std::io::stdout());
            Ok(Exit::Ok)
        }
    }
}
