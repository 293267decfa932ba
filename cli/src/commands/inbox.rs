//! `plimsoll inbox`: receives what functions on this machine send to Slack and SNS, and prints it.

use plimsoll_local::{LookAlike, Received};

use crate::{
    arguments::{Common, Inbox},
    output::{self, Exit},
    session,
};

pub(crate) async fn run(common: &Common, arguments: &Inbox) -> anyhow::Result<Exit> {
    let look_alike = LookAlike::start(arguments.port).await?;
    output::talk(format!("Slack and SNS look-alike on {}; Ctrl-C ends it", look_alike.url()));
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

fn show(common: &Common, message: &Received) -> anyhow::Result<()> {
    if common.json {
        return output::json(message);
    }
    output::line(session::received_line(message));
    Ok(())
}
