//! `plimsoll`: the same handlers, store and notifiers as the Lambda functions, driven by hand.

mod arguments;
mod commands;
mod help;
mod output;
mod progress;
mod reference;
mod schedule;
mod session;

use std::process::ExitCode;

use clap::FromArgMatches as _;

use crate::{arguments::Arguments, output::Exit};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = match help::command().try_get_matches().and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are not errors; a closed terminal cannot be told about either.
            error.print().ok();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Ok.into() };
        }
    };
    match commands::run(&arguments).await {
        Ok(exit) => exit.into(),
        Err(error) => output::report_error(&error).into(),
    }
}
