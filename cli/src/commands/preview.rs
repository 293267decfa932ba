//! `plimsoll preview`: the Slack message of an event, in the terminal and as HTML. Touches no state.

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use plimsoll_local::preview::{self, SlackPost, slack_page};
use plimsoll_render::{Style, slack};
use serde_json::json;

use super::told::alert;
use crate::{
    arguments::{Common, Preview, Theme},
    output::{self, Exit},
    session,
};

pub(crate) fn run(common: &Common, arguments: &Preview) -> anyhow::Result<Exit> {
    let policy = session::policy(common)?;
    let now = common.now.unwrap_or_else(Timestamp::now);
    let content = session::read(&arguments.file)?;
    let mut messages = Vec::new();
    let mut explained = false;
    for (_, judgement) in session::judged(&content, &policy, now) {
        if let Some(reason) = &judgement.reason {
            output::talk(format!("{}: {reason}", judgement.outcome.name()));
            explained = true;
        }
        messages.extend(judgement.findings.iter().filter_map(|f| alert(f, &policy, now)).map(|told| told.message));
    }
    if messages.is_empty() && (!explained || arguments.html.is_some()) {
        bail!("no event in {} leads to a message", arguments.file.display());
    }
    let bodies: Vec<_> = messages.iter().map(|m| slack::message(m, &slack::Mentions::none()).body()).collect();
    if common.json {
        output::json_pretty(&json!(bodies))?;
    } else {
        for message in &messages {
            output::line(plimsoll_render::message(message, output::text_width(), Style::Colour));
        }
    }
    if let Some(path) = &arguments.html {
        let theme = match arguments.theme {
            Theme::System => preview::Theme::System,
            Theme::Light => preview::Theme::Light,
            Theme::Dark => preview::Theme::Dark,
        };
        let posts: Vec<SlackPost> = bodies
            .into_iter()
            .zip(1..)
            .map(|(body, n)| SlackPost {
                channel: "plimsoll".to_owned(),
                ts: format!("{n}"),
                thread_ts: None,
                at: now,
                body,
                updated: false,
            })
            .collect();
        std::fs::write(path, slack_page("Plimsoll preview", &posts, theme))
            .with_context(|| format!("cannot write {}", path.display()))?;
        output::talk(format!("wrote {}", path.display()));
    }
    Ok(Exit::Ok)
}
