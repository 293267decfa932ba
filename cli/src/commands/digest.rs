//! `plimsoll digest`: what the scheduled function publishes, in the terminal, and with `--send` to its channels.

use plimsoll_readiness::DigestOutcome;
use serde_json::json;

use crate::{
    arguments::{Common, Digest},
    output::{self, Exit},
    session,
};

pub(crate) async fn run(common: &Common, arguments: &Digest) -> anyhow::Result<Exit> {
    let session = session::open(common, arguments.send).await?;
    let app = &session.app;
    let scheduled = app.clock.now();
    let (digest, channels) = if arguments.send {
        let reply = app.deliver_digest(scheduled).await?;
        (reply.digest, reply.channels)
    } else {
        (app.preview_digest(scheduled).await?, std::collections::BTreeMap::default())
    };
    if common.json {
        output::json_pretty(&json!({"schema_version": 1, "digest": digest, "channels": channels}))?;
    } else {
        output::line(plimsoll_render::digest(&digest, output::text_width(), plimsoll_render::Style::Colour));
    }
    let mut exit = Exit::Ok;
    for (channel, outcome) in &channels {
        match outcome {
            DigestOutcome::Failed(why) => {
                output::talk(format!("channel {channel}: {why}"));
                exit = Exit::Delivery;
            }
            other => output::talk(format!("channel {channel}: {}", json!(other).as_str().unwrap_or_default())),
        }
    }
    Ok(exit)
}
