//! For Amazon Q Developer in chat applications (once AWS Chatbot): its custom notifications. It silently drops anything
//! that is not in this schema. <https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html>

use plimsoll_finding::Status;
use plimsoll_message::Message;
use serde_json::{Map, Value, json};

use crate::{
    Style,
    escape::{block, cut, cut_escaped, line as clean},
    limits, text, words,
};

/// The message as a custom notification. The finding's key is the thread, so that what happens to one finding stays in
/// one thread, in Slack and in Teams, without any token.
#[must_use]
pub fn amazon_q(message: &Message) -> Value {
    let headline = super::headline(message);
    let (thread, resources, next, context) = match message {
        Message::Alert(alert) => (
            alert.key.to_string(),
            vec![cut(&clean(&alert.finding.resource.id), 2_000)],
            alert
                .finding
                .remediation
                .as_deref()
                .filter(|_| alert.status == Status::Open)
                .map(|r| block(r).lines().take(5).map(|line| cut_escaped(line, 500)).collect())
                .unwrap_or_default(),
            context(&[
                ("severity", alert.severity.name()),
                ("state", alert.status.name()),
                ("account", &alert.finding.account),
                ("region", &alert.finding.region),
                ("environment", alert.environment.as_deref().unwrap_or_default()),
                ("category", alert.finding.category.name()),
                ("source", &alert.finding.source),
            ]),
        ),
        Message::RollUp(roll_up) => (
            roll_up.id.clone(),
            Vec::new(),
            Vec::new(),
            context(&[("severity", roll_up.severity.name()), ("source", &roll_up.source)]),
        ),
        Message::Digest(digest) => (digest.id.clone(), Vec::new(), Vec::<String>::new(), Map::new()),
    };
    let resources: Vec<String> = resources.into_iter().filter(|r| r.starts_with("arn:")).collect();
    json!({
        "version": "1.0",
        "source": "custom",
        "id": message_id(message),
        "content": {
            "textType": "client-markdown",
            "title": cut_escaped(&headline, limits::AMAZON_Q_TITLE),
            "description": description(message),
            "nextSteps": next,
            "keywords": keywords(message),
        },
        "metadata": {
            "threadId": cut(&clean(&thread), 200),
            "summary": cut_escaped(&headline, limits::AMAZON_Q_TITLE),
            // Custom actions match it with a pattern of letters, digits and hyphens.
            "eventType": "plimsoll-finding",
            "relatedResources": resources,
            "additionalContext": context,
            "enableCustomActions": true,
        },
    })
}

fn message_id(message: &Message) -> String {
    match message {
        Message::Alert(alert) => alert.deduplication_id.clone(),
        Message::RollUp(_) | Message::Digest(_) => cut(&clean(message.reference()), 200),
    }
}

/// The plain text in a code fence: nothing in it is formatted, and columns stay columns.
fn description(message: &Message) -> String {
    let body = text::message(message, 80, Style::Plain).replace('`', "ʼ");
    let inside = cut_escaped(body.trim_end(), limits::AMAZON_Q_DESCRIPTION.saturating_sub(8));
    format!("```\n{inside}\n```")
}

fn keywords(message: &Message) -> Vec<String> {
    let mut words = vec!["Plimsoll".to_owned()];
    if let Some(severity) = message.severity() {
        words.push(severity.label().to_owned());
    }
    if let Message::Alert(alert) = message {
        words.push(alert.finding.category.label().to_owned());
        words.push(cut_escaped(&words::resource(alert), 100));
    }
    words.retain(|word| !word.is_empty());
    words
}

fn context(pairs: &[(&str, &str)]) -> Map<String, Value> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), cut_escaped(&clean(value), 200)))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name, value.into()))
        .collect()
}
