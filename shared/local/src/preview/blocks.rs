//! Block Kit JSON as values that the template can draw. A block that is not known here is named, never left out.

use serde_json::Value;

use super::mrkdwn::{self, Span};

/// Spans that stand together as one run of text.
pub(super) type Spans = Vec<Span>;

pub(super) enum Block {
    Header(String),
    Section { text: Spans, fields: Vec<Spans> },
    Context(Vec<Spans>),
    Actions(Vec<Button>),
    Rich(Vec<Rich>),
    Image { alt: String },
    Divider,
    Unknown(String),
}

pub(super) struct Button {
    pub(super) text: String,
    pub(super) url: Option<String>,
    pub(super) style: &'static str,
}

pub(super) enum Rich {
    Line(Spans),
    Quote(Spans),
    Preformatted(Spans),
    List { ordered: bool, items: Vec<Spans> },
}

pub(super) struct Attachment {
    pub(super) color: String,
    pub(super) text: Spans,
    pub(super) blocks: Vec<Block>,
}

pub(super) fn read(blocks: Option<&Value>) -> Vec<Block> {
    list(blocks).iter().map(block).collect()
}

pub(super) fn attachments(attachments: Option<&Value>) -> Vec<Attachment> {
    list(attachments)
        .iter()
        .map(|attachment| {
            let blocks = read(attachment.get("blocks"));
            let text = word(attachment, "text").or_else(|| word(attachment, "fallback")).unwrap_or_default();
            Attachment {
                color: color(word(attachment, "color").unwrap_or_default()),
                text: if blocks.is_empty() { mrkdwn::parse(text) } else { Vec::new() },
                blocks,
            }
        })
        .collect()
}

/// Goes into a style attribute: six hexadecimal digits or one of Slack's three words, nothing else.
fn color(text: &str) -> String {
    let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    match (text, hex) {
        ("good", _) => "#2eb886".to_owned(),
        ("warning", _) => "#daa038".to_owned(),
        ("danger", _) => "#a30200".to_owned(),
        (_, Some(hex)) => format!("#{hex}"),
        _ => "#dddddd".to_owned(),
    }
}

fn block(block: &Value) -> Block {
    match word(block, "type") {
        Some("header") => Block::Header(block.get("text").and_then(|t| word(t, "text")).unwrap_or_default().to_owned()),
        Some("section") => Block::Section {
            text: block.get("text").map(text).unwrap_or_default(),
            fields: list(block.get("fields")).iter().map(text).collect(),
        },
        Some("context") => Block::Context(list(block.get("elements")).iter().map(text).collect()),
        Some("actions") => Block::Actions(list(block.get("elements")).iter().map(button).collect()),
        Some("rich_text") => Block::Rich(list(block.get("elements")).iter().map(rich).collect()),
        Some("image") => Block::Image { alt: word(block, "alt_text").unwrap_or("image").to_owned() },
        Some("divider") => Block::Divider,
        other => Block::Unknown(other.unwrap_or("no type").to_owned()),
    }
}

fn text(object: &Value) -> Spans {
    let content = word(object, "text").or_else(|| word(object, "alt_text")).unwrap_or_default();
    if word(object, "type") == Some("mrkdwn") { mrkdwn::parse(content) } else { vec![Span::plain(content)] }
}

fn button(element: &Value) -> Button {
    Button {
        text: element.get("text").and_then(|t| word(t, "text")).unwrap_or("?").to_owned(),
        url: word(element, "url").filter(|url| url.starts_with("https://")).map(ToOwned::to_owned),
        style: match word(element, "style") {
            Some("primary") => "primary",
            Some("danger") => "danger",
            _ => "plain",
        },
    }
}

fn rich(element: &Value) -> Rich {
    let leaves = || list(element.get("elements")).iter().map(leaf).collect();
    match word(element, "type") {
        Some("rich_text_list") => Rich::List {
            ordered: word(element, "style") == Some("ordered"),
            items: list(element.get("elements"))
                .iter()
                .map(|item| list(item.get("elements")).iter().map(leaf).collect())
                .collect(),
        },
        Some("rich_text_preformatted") => Rich::Preformatted(leaves()),
        Some("rich_text_quote") => Rich::Quote(leaves()),
        _ => Rich::Line(leaves()),
    }
}

fn leaf(leaf: &Value) -> Span {
    let on = |name: &str| leaf.get("style").and_then(|s| s.get(name)).and_then(Value::as_bool).unwrap_or_default();
    let link = word(leaf, "url").filter(|url| url.starts_with("https://")).map(ToOwned::to_owned);
    let mention = word(leaf, "user_id").or_else(|| word(leaf, "usergroup_id"));
    let shown = word(leaf, "text").or_else(|| word(leaf, "fallback")).or_else(|| word(leaf, "url")).unwrap_or_default();
    Span {
        text: mention.map_or_else(|| shown.to_owned(), |whom| format!("@{whom}")),
        bold: on("bold"),
        italic: on("italic"),
        strike: on("strike"),
        code: on("code"),
        fence: false,
        mention: mention.is_some(),
        link,
    }
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn word<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}
