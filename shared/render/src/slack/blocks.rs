//! Blocks that keep Slack's limits whatever goes in. Text marked `mrkdwn` must have been escaped by the caller.
//! <https://docs.slack.dev/reference/block-kit/blocks>

use serde_json::{Value, json};

use crate::{
    escape::{cut, escape, is_link},
    limits,
};

pub(super) fn header(text: &str) -> Value {
    json!({"type": "header", "text": plain(text, limits::HEADER)})
}

/// A text object that Slack shows as it is. Emoji codes stay text too.
fn plain(text: &str, max: usize) -> Value {
    json!({"type": "plain_text", "text": cut(text, max), "emoji": false})
}

/// A text object with markup, from parts that are escaped. `verbatim` keeps Slack from linking what looks like a link.
pub(super) fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

pub(super) fn section(text: &str) -> Value {
    json!({"type": "section", "text": mrkdwn(text)})
}

pub(super) fn fields(fields: &[String]) -> Value {
    let fields: Vec<Value> = fields.iter().take(limits::FIELDS).map(|field| mrkdwn(field)).collect();
    json!({"type": "section", "fields": fields})
}

pub(super) fn context(parts: &[String]) -> Value {
    let elements: Vec<Value> = parts.iter().take(limits::CONTEXT_ELEMENTS).map(|part| mrkdwn(part)).collect();
    json!({"type": "context", "elements": elements})
}

/// A link with a label of our own; `None` where the address cannot be one. A link button would need an endpoint of
/// ours: Slack reports each click to the app and shows a warning where nobody answers.
/// <https://github.com/slackapi/node-slack-sdk/issues/869>
pub(super) fn link(label: &str, url: &str) -> Option<String> {
    is_link(url).then(|| format!("<{}|{label}>", escape(url)))
}

/// A heading and a list, as rich text: Slack reads no markup in it, so nothing needs to be escaped.
pub(super) fn list(heading: &str, lines: &[String]) -> Value {
    let items: Vec<Value> =
        lines.iter().filter(|line| !line.is_empty()).map(|line| rich_section(line, false)).collect();
    let mut elements = vec![rich_section(heading, true)];
    if !items.is_empty() {
        elements.push(json!({"type": "rich_text_list", "style": "bullet", "elements": items}));
    }
    json!({"type": "rich_text", "elements": elements})
}

fn rich_section(text: &str, bold: bool) -> Value {
    let leaf = if bold {
        json!({"type": "text", "text": text, "style": {"bold": true}})
    } else {
        json!({"type": "text", "text": text})
    };
    json!({"type": "rich_text_section", "elements": [leaf]})
}

/// Text in a fixed-width font, as rich text.
pub(super) fn preformatted(text: &str) -> Value {
    json!({"type": "rich_text", "elements": [
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}
    ]})
}

/// A moment in the reader's own time zone, in UTC where Slack cannot tell it.
/// <https://docs.slack.dev/messaging/formatting-message-text#date-formatting>
pub(super) fn date(time: jiff::Timestamp) -> String {
    format!("<!date^{}^{{date_short_pretty}} {{time}}|{}>", time.as_second(), crate::words::utc(time))
}

/// Drops blocks from the end, but for the `kept` last ones, until all together fit.
pub(super) fn fit(mut blocks: Vec<Value>, kept: usize) -> Vec<Value> {
    let length =
        |blocks: &[Value]| blocks.iter().map(|b| limits::length(&b.to_string()).saturating_add(1)).sum::<usize>();
    // Room for the brackets of two lists and for the section of a mention.
    let most = limits::ALL_BLOCKS.saturating_sub(600);
    while blocks.len() > kept.saturating_add(1)
        && (length(&blocks) > most || blocks.len() > limits::BLOCKS.saturating_sub(2))
    {
        let last = blocks.len().saturating_sub(kept).saturating_sub(1);
        blocks.remove(last);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_become_links() {
        assert_eq!(
            link("Open", "https://a.example/?x=1&y=2").as_deref(),
            Some("<https://a.example/?x=1&amp;y=2|Open>")
        );
        assert_eq!(link("Open", "https://a.example/|x"), None);
    }

    #[test]
    fn a_date_has_a_fallback() {
        let time = "2026-11-02T09:15:00Z".parse().unwrap();
        assert_eq!(date(time), "<!date^1793610900^{date_short_pretty} {time}|2026-11-02 09:15 UTC>");
    }

    #[test]
    fn what_does_not_fit_is_dropped_before_the_end() {
        let big = || section(&"x".repeat(2_900));
        let blocks = fit(vec![header("h"), big(), big(), big(), big(), context(&["c".to_owned()])], 1);
        assert_eq!(blocks.len(), 5);
        assert_eq!(blocks.last(), Some(&context(&["c".to_owned()])));
    }
}
