//! `plimsoll inbox`: receives what functions on this machine send to Slack and SNS, and prints it.

use anyhow::Context as _;
use plimsoll_app::LOOK_ALIKE_URL;
use plimsoll_local::{LookAlike, Received};

use crate::{
    arguments::{Common, Inbox},
    output::{self, Exit},
    session,
};

pub(crate) async fn run(common: &Common, arguments: &Inbox) -> anyhow::Result<Exit> {
    let look_alike = LookAlike::start(arguments.port).await.with_context(|| {
        format!(
            "port {} of 127.0.0.1 cannot be opened (another `plimsoll inbox` may run there); `--port {}` tries the next",
            arguments.port,
            arguments.port.wrapping_add(1).max(1)
        )
    })?;
    output::talk(format!("Slack and SNS look-alike on {}; Ctrl-C ends it", look_alike.url()));
    output::talk(who_sends(common, &look_alike)?);
    let mut shown = 0;
    loop {
        let new = look_alike.received_after(shown);
        shown += new.len();
        for message in &new {
            show(common, message)?;
        }
        tokio::select! {
            () = tokio::time::sleep(std::time::Duration::from_millis(100)) => {}
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Ok),
        }
    }
}

/// Which functions send here, by the configuration that they would read in this folder.
fn who_sends(common: &Common, look_alike: &LookAlike) -> anyhow::Result<String> {
    let channels = session::config(common)?.channels.len();
    let url = look_alike.url();
    Ok(match session::config_text(common)? {
        Some((path, _)) if channels > 0 => format!(
            "{} names {channels} channels of its own: what has `endpoint = \"{url}\"` is received here, everything else goes there",
            path.display()
        ),
        _ if url == LOOK_ALIKE_URL => {
            "no channel is configured here, so functions on this machine send to this inbox".to_owned()
        }
        _ => format!(
            "functions without a configured channel send to {LOOK_ALIKE_URL}, not here: set `endpoint = \"{url}\"`"
        ),
    })
}

fn show(common: &Common, message: &Received) -> anyhow::Result<()> {
    if common.json {
        return output::json(message);
    }
    output::line(session::received_lines("", message, output::width()).trim_end());
    Ok(())
}
