//! Slack messages as a web page that looks like Slack, for machines without Slack.
//!
//! It draws the JSON that was sent, not the message it came from, so what is seen is what Slack would get. Templates
//! escape everything; there is no script, and nothing is loaded from anywhere.
//! <https://docs.slack.dev/reference/block-kit/blocks>

mod blocks;
mod mrkdwn;

use askama::Template;
use jiff::Timestamp;
use serde_json::Value;

use blocks::{Attachment, Block, Rich};
use mrkdwn::Span;

/// One message as a channel holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct SlackPost {
    /// Name or id of the channel.
    pub channel: String,
    /// Slack's timestamp: the message's name in its channel.
    pub ts: String,
    /// The message under whose thread it stands.
    pub thread_ts: Option<String>,
    /// When it was posted.
    pub at: Timestamp,
    /// The body of `chat.postMessage` or of the webhook, as last updated.
    pub body: Value,
    /// Whether it was changed since it was posted.
    pub updated: bool,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the reader's system has it.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What SNS sends: an e-mail, or a message for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// What the first line is: `Subject`, `Attributes`.
    pub label: &'static str,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
}

/// One chapter of a page that explains what it shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chapter {
    /// What it shows: `A critical that is open`.
    pub title: String,
    /// One sentence about it.
    pub intro: String,
    /// Messages of Slack, in order.
    pub posts: Vec<SlackPost>,
    /// E-mails, in order.
    pub mails: Vec<Mail>,
}

/// A page with the posts by channel, in the order given; replies stand under the message whose thread they are in.
#[must_use]
pub fn slack_page(title: &str, posts: &[SlackPost], theme: Theme) -> String {
    let mut names: Vec<&str> = Vec::new();
    for post in posts {
        if !names.contains(&post.channel.as_str()) {
            names.push(&post.channel);
        }
    }
    let of = |name: &str| threads(&posts.iter().filter(|post| post.channel == name).collect::<Vec<_>>());
    let channels =
        names.into_iter().map(|name| Channel { name: name.to_owned(), threads: of(name), ..Channel::default() });
    let page = Page { title, lead: "", theme: theme.name(), channels: channels.collect() };
    // Writing to a String cannot fail.
    page.render().unwrap_or_default()
}

/// A page with an index and chapters, each with a sentence about what it shows.
#[must_use]
pub fn chapters_page(title: &str, lead: &str, chapters: &[Chapter], theme: Theme) -> String {
    let channels = chapters.iter().zip(1..).map(|(chapter, number)| Channel {
        id: format!("chapter-{number}"),
        name: chapter.title.clone(),
        intro: chapter.intro.clone(),
        threads: threads(&chapter.posts.iter().collect::<Vec<_>>()),
        mails: chapter.mails.clone(),
    });
    let page = Page { title, lead, theme: theme.name(), channels: channels.collect() };
    // Writing to a String cannot fail.
    page.render().unwrap_or_default()
}

fn threads(own: &[&SlackPost]) -> Vec<Thread> {
    let root_of = |reply: &SlackPost| {
        reply
            .thread_ts
            .as_deref()
            .filter(|ts| *ts != reply.ts && own.iter().any(|p| p.ts == **ts))
            .map(ToOwned::to_owned)
    };
    own.iter()
        .filter(|post| root_of(post).is_none())
        .map(|root| Thread {
            root: view(root),
            replies: own.iter().filter(|p| root_of(p).as_deref() == Some(&root.ts)).map(|p| view(p)).collect(),
        })
        .collect()
}

#[derive(Template)]
#[template(path = "slack.html")]
struct Page<'a> {
    title: &'a str,
    /// What the page is about; empty for a page of channels alone.
    lead: &'a str,
    theme: &'static str,
    channels: Vec<Channel>,
}

#[derive(Default)]
struct Channel {
    /// Names it in the index; empty for a channel of Slack.
    id: String,
    name: String,
    intro: String,
    threads: Vec<Thread>,
    mails: Vec<Mail>,
}

struct Thread {
    root: Post,
    replies: Vec<Post>,
}

struct Post {
    time: String,
    machine_time: String,
    updated: bool,
    broadcast: bool,
    /// Shown only where there are no blocks; always read by screen readers.
    label: String,
    text: Vec<Span>,
    blocks: Vec<Block>,
    attachments: Vec<Attachment>,
}

fn view(post: &SlackPost) -> Post {
    let text = post.body.get("text").and_then(Value::as_str).unwrap_or_default();
    let spans = if post.body.get("mrkdwn").and_then(Value::as_bool) == Some(false) {
        vec![Span::plain(&mrkdwn::unescape(text))]
    } else {
        mrkdwn::parse(text)
    };
    let label = spans.iter().map(|s| s.text.as_str()).collect();
    let blocks = blocks::read(post.body.get("blocks"));
    Post {
        time: post.at.strftime("%-d %b %Y, %H:%M UTC").to_string(),
        machine_time: post.at.to_string(),
        updated: post.updated,
        broadcast: post.body.get("reply_broadcast").and_then(Value::as_bool).unwrap_or_default(),
        label,
        text: if blocks.is_empty() { spans } else { Vec::new() },
        blocks,
        attachments: blocks::attachments(post.body.get("attachments")),
    }
}

#[cfg(test)]
mod tests;
