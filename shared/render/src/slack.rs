//! What Slack is told. <https://docs.slack.dev/reference/methods/chat.postMessage>
//!
//! The top-level `text` says everything that matters: "screen readers will default to the top-level `text` of your
//! post, and will not read the content of any interior blocks". Text from events stands in `plain_text` or rich text,
//! which Slack shows as it is, or is escaped.

mod alert;
mod blocks;
mod digest;
mod mentions;
mod roll_up;

use plimsoll_message::{Alert, Message};
use serde_json::{Value, json};

pub use mentions::{MentionError, Mentions};

use crate::{
    escape::{ascii, cut_escaped, escape},
    limits, text, words,
};

/// A message in a form that Slack accepts.
#[derive(Debug, Clone, PartialEq)]
pub struct SlackMessage {
    /// What screen readers and notifications read; escaped.
    pub text: String,
    /// The colour of the bar at the left, `#rrggbb`. It decorates; the words stand beside it.
    pub color: Option<&'static str>,
    /// Who is called: a line of mentions, from the configuration only.
    pub mention: Option<String>,
    /// What people see. Empty for a message that is its text alone.
    pub blocks: Vec<Value>,
}

impl SlackMessage {
    /// The JSON for `chat.postMessage`, `chat.update` or an incoming webhook; the caller adds channel and timestamps.
    ///
    /// With a colour, the header and the mention stand above and everything else in one attachment, since Slack draws
    /// the bar only there and calls nobody who is mentioned in one.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = json!({
            "text": self.text,
            "parse": "none",
            "link_names": false,
            "unfurl_links": false,
            "unfurl_media": false,
        });
        let Some(object) = body.as_object_mut() else { return body };
        if self.blocks.is_empty() {
            object.insert("mrkdwn".to_owned(), Value::Bool(false));
            return body;
        }
        let is_header = |block: &&Value| block.get("type").and_then(Value::as_str) == Some("header");
        let split =
            if self.color.is_some() { self.blocks.iter().take_while(is_header).count() } else { self.blocks.len() };
        let mut above: Vec<Value> = self.blocks.iter().take(split).cloned().collect();
        let below: Vec<Value> = self.blocks.iter().skip(split).cloned().collect();
        if let Some(mention) = &self.mention {
            above.insert(above.len().min(1), blocks::section(mention));
        }
        object.insert("blocks".to_owned(), Value::Array(above));
        if let Some(color) = self.color
            && !below.is_empty()
        {
            let attachment = json!([{"color": color, "fallback": self.text, "blocks": below}]);
            object.insert("attachments".to_owned(), attachment);
        }
        body
    }
}

/// The message in full.
#[must_use]
pub fn message(message: &Message, mentions: &Mentions) -> SlackMessage {
    match message {
        Message::Alert(alert) => alert::message(alert, mentions),
        Message::RollUp(roll_up) => roll_up::message(roll_up, mentions),
        Message::Digest(digest) => digest::message(digest),
    }
}

/// One line of history for the thread under an alert: `Worse: High → Critical`.
#[must_use]
pub fn thread_reply(alert: &Alert) -> SlackMessage {
    let history = words::history(alert);
    let title = cut_escaped(&words::title(alert), 300);
    SlackMessage {
        text: format!("{}. {title}. {}", escape(&history), escape(&words::place_line(alert))),
        color: None,
        mention: None,
        blocks: vec![blocks::section(&format!("*{}*\n{title}", escape(&history)))],
    }
}

/// The message as header and section only, for when Slack refuses the full one.
#[must_use]
pub fn simpler(message: &Message) -> SlackMessage {
    let body = text::message(message, 100, crate::Style::Plain);
    let mut lines = body.lines();
    let headline = lines.next().unwrap_or("Plimsoll");
    let rest: Vec<&str> = lines.skip_while(|line| line.trim().is_empty()).collect();
    // A code fence keeps columns in place and formats nothing; a backtick could end it early.
    let inside = cut_escaped(&rest.join("\n").replace('`', "ʼ"), limits::SECTION.saturating_sub(8));
    let mut blocks = vec![blocks::header(headline)];
    if !inside.trim().is_empty() {
        blocks.push(blocks::section(&format!("```\n{inside}\n```")));
    }
    SlackMessage { text: spoken(message), color: None, mention: None, blocks }
}

/// The message as plain ASCII text: the last form to try.
#[must_use]
pub fn plain(message: &Message) -> SlackMessage {
    let reference = message.reference();
    let text = cut_ascii(&ascii(&unescaped(message)), 2_000);
    let text = format!("{} (reference {})", escape(&text), escape(&ascii(reference)));
    SlackMessage { text, color: None, mention: None, blocks: Vec::new() }
}

fn cut_ascii(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(max.saturating_sub(3)).collect();
    short.push_str("...");
    short
}

/// The top-level text: everything that somebody needs who sees nothing else.
fn spoken(message: &Message) -> String {
    cut_escaped(&unescaped(message), limits::TEXT.saturating_sub(1_000))
}

fn unescaped(message: &Message) -> String {
    match message {
        Message::Alert(alert) => alert::spoken(alert),
        Message::RollUp(roll_up) => roll_up::spoken(roll_up),
        Message::Digest(digest) => digest::spoken(digest),
    }
}

#[cfg(test)]
mod tests;
