//! Slack's rules for messages, as far as they can be checked without Slack.
//!
//! Slack answers a message that breaks one with `invalid_blocks` and little more; this says which rule and where.
//! <https://docs.slack.dev/reference/block-kit/blocks>

use std::collections::BTreeSet;

use serde_json::Value;

use crate::limits;

/// Everything that is wrong with the body of a `chat.postMessage`, `chat.update` or incoming webhook: one sentence per
/// fault, each with the place. Empty when Slack would accept it.
#[must_use]
pub fn faults(body: &Value) -> Vec<String> {
    let mut check = Check::default();
    check.body(body);
    check.faults
}

#[derive(Default)]
struct Check {
    faults: Vec<String>,
    ids: BTreeSet<String>,
}

impl Check {
    fn fault(&mut self, place: &str, what: impl std::fmt::Display) {
        self.faults.push(format!("{place}: {what}"));
    }

    fn body(&mut self, body: &Value) {
        match body.get("text").and_then(Value::as_str) {
            None | Some("") => self.fault("text", "is missing; screen readers and notifications read nothing else"),
            Some(text) => self.at_most("text", limits::length(text), limits::TEXT_CUT),
        }
        let mut all = 0_usize;
        if let Some(blocks) = body.get("blocks") {
            all = all.saturating_add(limits::length(&blocks.to_string()));
            self.blocks("blocks", blocks);
        }
        if let Some(attachments) = body.get("attachments") {
            let Some(attachments) = attachments.as_array() else {
                return self.fault("attachments", "is no list");
            };
            self.at_most("attachments", attachments.len(), limits::ATTACHMENTS);
            for (index, attachment) in attachments.iter().enumerate() {
                let place = format!("attachments[{index}]");
                self.attachment(&place, attachment);
                all = all.saturating_add(attachment.get("blocks").map_or(0, |b| limits::length(&b.to_string())));
            }
        }
        self.at_most("all blocks", all, limits::ALL_BLOCKS);
    }

    fn attachment(&mut self, place: &str, attachment: &Value) {
        if let Some(colour) = attachment.get("color") {
            let valid = colour.as_str().is_some_and(|c| {
                matches!(c, "good" | "warning" | "danger")
                    || c.strip_prefix('#')
                        .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
            });
            if !valid {
                self.fault(&format!("{place}.color"), "is neither good, warning, danger nor #rrggbb");
            }
        }
        match attachment.get("blocks") {
            Some(blocks) => self.blocks(&format!("{place}.blocks"), blocks),
            None if attachment.get("text").is_some() || attachment.get("fallback").is_some() => {}
            None => self.fault(place, "has neither blocks nor text"),
        }
    }

    fn blocks(&mut self, place: &str, blocks: &Value) {
        let Some(blocks) = blocks.as_array() else { return self.fault(place, "is no list") };
        self.at_most(place, blocks.len(), limits::BLOCKS);
        for (index, block) in blocks.iter().enumerate() {
            self.block(&format!("{place}[{index}]"), block);
        }
    }

    fn block(&mut self, place: &str, block: &Value) {
        self.id(place, block, "block_id");
        match block.get("type").and_then(Value::as_str) {
            Some("header") => {
                self.text(&format!("{place}.text"), block.get("text"), limits::HEADER, Some("plain_text"));
            }
            Some("section") => self.section(place, block),
            Some("context") => self.elements(place, block, limits::CONTEXT_ELEMENTS, Self::context_element),
            Some("actions") => self.elements(place, block, limits::ACTIONS, Self::action),
            Some("rich_text") => self.elements(place, block, usize::MAX, Self::rich_text),
            Some("image") => self.image(place, block),
            Some("divider") => {}
            Some(other) => self.fault(place, format!("`{other}` is no block for messages that is known here")),
            None => self.fault(place, "has no type"),
        }
    }

    fn section(&mut self, place: &str, block: &Value) {
        let fields = block.get("fields");
        if block.get("text").is_some() || fields.is_none() {
            self.text(&format!("{place}.text"), block.get("text"), limits::SECTION, None);
        }
        if let Some(fields) = fields {
            let place = format!("{place}.fields");
            let Some(fields) = fields.as_array().filter(|f| !f.is_empty()) else {
                return self.fault(&place, "is no list or empty");
            };
            self.at_most(&place, fields.len(), limits::FIELDS);
            for (index, field) in fields.iter().enumerate() {
                self.text(&format!("{place}[{index}]"), Some(field), limits::FIELD, None);
            }
        }
        if let Some(accessory) = block.get("accessory") {
            self.action(&format!("{place}.accessory"), accessory);
        }
    }

    fn elements(&mut self, place: &str, block: &Value, most: usize, each: fn(&mut Self, &str, &Value)) {
        let place = format!("{place}.elements");
        let Some(elements) = block.get("elements").and_then(Value::as_array).filter(|e| !e.is_empty()) else {
            return self.fault(&place, "is missing or empty");
        };
        self.at_most(&place, elements.len(), most);
        for (index, element) in elements.iter().enumerate() {
            each(self, &format!("{place}[{index}]"), element);
        }
    }

    fn context_element(&mut self, place: &str, element: &Value) {
        if element.get("type").and_then(Value::as_str) == Some("image") {
            self.image(place, element);
        } else {
            self.text(place, Some(element), limits::SECTION, None);
        }
    }

    fn action(&mut self, place: &str, element: &Value) {
        self.id(place, element, "action_id");
        if element.get("type").and_then(Value::as_str) != Some("button") {
            return self.fault(place, "is no button; nothing else is used here");
        }
        self.text(&format!("{place}.text"), element.get("text"), limits::BUTTON, Some("plain_text"));
        if let Some(url) = element.get("url") {
            self.url(&format!("{place}.url"), url);
        }
        if let Some(value) = element.get("value") {
            self.at_most(&format!("{place}.value"), value.as_str().map_or(0, limits::length), limits::BUTTON_VALUE);
        }
        if let Some(style) = element.get("style")
            && !matches!(style.as_str(), Some("primary" | "danger"))
        {
            self.fault(&format!("{place}.style"), "is neither primary nor danger");
        }
    }

    fn image(&mut self, place: &str, image: &Value) {
        match image.get("image_url") {
            Some(url) => self.url(&format!("{place}.image_url"), url),
            None => self.fault(place, "has no image_url"),
        }
        match image.get("alt_text").and_then(Value::as_str) {
            None | Some("") => self.fault(&format!("{place}.alt_text"), "is missing"),
            Some(text) => self.at_most(&format!("{place}.alt_text"), limits::length(text), limits::ALT_TEXT),
        }
    }

    fn rich_text(&mut self, place: &str, element: &Value) {
        match element.get("type").and_then(Value::as_str) {
            Some("rich_text_list") => {
                if !matches!(element.get("style").and_then(Value::as_str), Some("bullet" | "ordered")) {
                    self.fault(&format!("{place}.style"), "is neither bullet nor ordered");
                }
                self.elements(place, element, usize::MAX, Self::rich_text);
            }
            Some("rich_text_section" | "rich_text_preformatted" | "rich_text_quote") => {
                self.elements(place, element, usize::MAX, Self::rich_text_leaf);
            }
            _ => self.fault(place, "is no element of rich text"),
        }
    }

    fn rich_text_leaf(&mut self, place: &str, leaf: &Value) {
        let present = |name: &str| leaf.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        match leaf.get("type").and_then(Value::as_str) {
            Some("text") if !present("text") => self.fault(&format!("{place}.text"), "is missing or empty"),
            Some("emoji") if !present("name") => self.fault(&format!("{place}.name"), "is missing or empty"),
            Some("user") if !present("user_id") => self.fault(&format!("{place}.user_id"), "is missing or empty"),
            Some("usergroup") if !present("usergroup_id") => {
                self.fault(&format!("{place}.usergroup_id"), "is missing or empty");
            }
            Some("date") if leaf.get("timestamp").and_then(Value::as_i64).is_none() || !present("format") => {
                self.fault(place, "has no timestamp or no format");
            }
            Some("link") => match leaf.get("url") {
                Some(url) => self.url(&format!("{place}.url"), url),
                None => self.fault(place, "has no url"),
            },
            Some("text" | "emoji" | "user" | "usergroup" | "date") => {}
            _ => self.fault(place, "is no part of rich text that is used here"),
        }
    }

    fn text(&mut self, place: &str, object: Option<&Value>, most: usize, only: Option<&str>) {
        let Some(object) = object else { return self.fault(place, "is missing") };
        let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
        if !matches!(kind, "plain_text" | "mrkdwn") || only.is_some_and(|only| only != kind) {
            self.fault(&format!("{place}.type"), format!("must be {}", only.unwrap_or("plain_text or mrkdwn")));
        }
        if kind == "plain_text" && object.get("verbatim").is_some() {
            self.fault(place, "`verbatim` belongs to mrkdwn");
        }
        if kind == "mrkdwn" && object.get("emoji").is_some() {
            self.fault(place, "`emoji` belongs to plain_text");
        }
        match object.get("text").and_then(Value::as_str) {
            Some(text) if !text.trim().is_empty() => self.at_most(place, limits::length(text), most),
            _ => self.fault(place, "text is missing or blank"),
        }
    }

    fn url(&mut self, place: &str, url: &Value) {
        let url = url.as_str().unwrap_or_default();
        let host = url.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        if host.is_empty() || host.contains('@') || url.contains(char::is_whitespace) {
            self.fault(place, "is no https link");
        }
        self.at_most(place, limits::length(url), limits::URL);
    }

    fn id(&mut self, place: &str, object: &Value, name: &str) {
        let Some(id) = object.get(name) else { return };
        let Some(id) = id.as_str().filter(|id| !id.is_empty()) else {
            return self.fault(&format!("{place}.{name}"), "is no text or empty");
        };
        self.at_most(&format!("{place}.{name}"), limits::length(id), limits::ID);
        if !self.ids.insert(format!("{name} {id}")) {
            self.fault(&format!("{place}.{name}"), "is not unique in the message");
        }
    }

    fn at_most(&mut self, place: &str, found: usize, most: usize) {
        if found > most {
            self.fault(place, format!("is {found} long, at most {most} is allowed"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of_block(block: &Value) -> Vec<String> {
        faults(&json!({"text": "t", "blocks": [block]}))
    }

    fn mrkdwn(text: &str) -> Value {
        json!({"type": "mrkdwn", "text": text})
    }

    fn plain(text: &str) -> Value {
        json!({"type": "plain_text", "text": text})
    }

    /// Accepted at the limit, refused one beyond it.
    fn limit(most: usize, make: impl Fn(usize) -> Value) {
        assert_eq!(faults(&make(most)), Vec::<String>::new());
        let beyond = most + 1;
        let found = faults(&make(beyond));
        assert!(found.iter().any(|f| f.contains(&format!("is {beyond} long, at most {most}"))), "{most}: {found:?}");
    }

    fn with(block: &Value) -> Value {
        json!({"text": "t", "blocks": [block]})
    }

    #[test]
    fn limits_at_n_and_n_plus_one() {
        let x = |n: usize| "x".repeat(n);
        limit(limits::HEADER, |n| with(&json!({"type": "header", "text": plain(&x(n))})));
        limit(limits::SECTION, |n| with(&json!({"type": "section", "text": mrkdwn(&x(n))})));
        limit(limits::FIELD, |n| with(&json!({"type": "section", "fields": [mrkdwn(&x(n))]})));
        limit(limits::FIELDS, |n| with(&json!({"type": "section", "fields": vec![mrkdwn("f"); n]})));
        limit(limits::CONTEXT_ELEMENTS, |n| with(&json!({"type": "context", "elements": vec![mrkdwn("c"); n]})));
        let button = |text: &str, url: &str| json!({"type": "button", "text": plain(text), "url": url});
        limit(limits::ACTIONS, |n| {
            with(&json!({"type": "actions", "elements": vec![button("b", "https://a.example/"); n]}))
        });
        limit(limits::BUTTON, |n| with(&json!({"type": "actions", "elements": [button(&x(n), "https://a.example/")]})));
        limit(limits::URL, |n| {
            with(&json!({"type": "actions", "elements": [button("b", &format!("https://{}", x(n - 8)))]}))
        });
        limit(limits::ID, |n| with(&json!({"type": "divider", "block_id": x(n)})));
        limit(limits::BLOCKS, |n| json!({"text": "t", "blocks": vec![json!({"type": "divider"}); n]}));
        limit(limits::ATTACHMENTS, |n| json!({"text": "t", "attachments": vec![json!({"fallback": "f"}); n]}));
        limit(limits::TEXT_CUT, |n| json!({"text": x(n)}));
        limit(limits::ALL_BLOCKS, |n| {
            let blocks = |last: usize| json!([{"type": "section", "text": mrkdwn(&x(3_000))}, {"type": "section", "text": mrkdwn(&x(3_000))}, {"type": "section", "text": mrkdwn(&x(3_000))}, {"type": "section", "text": mrkdwn(&x(last))}]);
            let frame = blocks(0).to_string().len();
            json!({"text": "t", "blocks": blocks(n - frame)})
        });
    }

    #[test]
    fn what_slack_refuses_is_a_fault() {
        for block in [
            json!({"type": "header", "text": mrkdwn("m")}),
            json!({"type": "header", "text": plain("  ")}),
            json!({"type": "section"}),
            json!({"type": "section", "fields": []}),
            json!({"type": "section", "text": mrkdwn("")}),
            json!({"type": "section", "text": {"type": "plain_text", "text": "p", "verbatim": true}}),
            json!({"type": "section", "text": {"type": "mrkdwn", "text": "m", "emoji": true}}),
            json!({"type": "context", "elements": []}),
            json!({"type": "actions", "elements": [{"type": "button", "text": mrkdwn("b")}]}),
            json!({"type": "actions", "elements": [{"type": "button", "text": plain("b"), "url": "http://a.example"}]}),
            json!({"type": "actions", "elements": [{"type": "button", "text": plain("b"), "url": "javascript:alert(1)"}]}),
            json!({"type": "actions", "elements": [{"type": "button", "text": plain("b"), "url": "https://u@evil.example"}]}),
            json!({"type": "image", "image_url": "https://a.example/i.png"}),
            json!({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}]}),
            json!({"type": "rich_text", "elements": [{"type": "rich_text_list", "elements": []}]}),
            json!({"type": "marquee"}),
            json!({}),
        ] {
            assert!(!of_block(&block).is_empty(), "{block}");
        }
        let twice = json!({"text": "t", "blocks": [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}]});
        assert_eq!(faults(&twice), ["blocks[1].block_id: is not unique in the message"]);
        assert_eq!(faults(&json!({})).len(), 1, "no text");
        assert!(!faults(&json!({"text": "t", "attachments": [{"color": "red", "fallback": "f"}]})).is_empty());
    }

    #[test]
    fn a_sound_message_has_no_faults() {
        let body = json!({"text": "t", "attachments": [{"color": "#D55E00", "fallback": "f", "blocks": [
            {"type": "header", "text": plain("h")},
            {"type": "section", "text": mrkdwn("*b*"), "fields": [mrkdwn("f")]},
            {"type": "rich_text", "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "x", "style": {"bold": true}}]},
                {"type": "rich_text_list", "style": "bullet", "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "y"}]}]}]},
            {"type": "divider"}]}]});
        assert_eq!(faults(&body), Vec::<String>::new());
    }
}
