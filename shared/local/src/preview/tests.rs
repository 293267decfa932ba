use plimsoll_message::Message;
use serde_json::json;

use super::*;
use plimsoll_render::{
    samples::{self, HOSTILE, at, poisoned},
    slack::{self, Mentions},
};

fn post(ts: &str, body: Value) -> SlackPost {
    let at = at("2026-11-02T09:15:10Z");
    SlackPost { channel: "security-alerts".to_owned(), ts: ts.to_owned(), thread_ts: None, at, body, updated: false }
}

/// A morning in a channel.
fn posts() -> Vec<SlackPost> {
    let mentions = Mentions::none().and("S01ABCDEFGH", plimsoll_finding::Severity::Critical, false).unwrap();
    let full = |message: Message| slack::message(&message, &mentions).body();
    let resolved = samples::resolved();
    let mut broadcast = slack::thread_reply(&samples::worse()).body();
    broadcast["reply_broadcast"] = json!(true);
    vec![
        post("1.1", full(Message::Alert(samples::image()))),
        SlackPost { updated: true, ..post("1.2", full(Message::Alert(resolved.clone()))) },
        SlackPost { thread_ts: Some("1.2".to_owned()), ..post("1.3", broadcast) },
        SlackPost { thread_ts: Some("1.2".to_owned()), ..post("1.4", slack::thread_reply(&resolved).body()) },
        post("1.5", full(Message::Alert(samples::fallback()))),
        post("1.6", full(Message::RollUp(samples::roll_up(5)))),
        post("1.7", slack::simpler(&Message::Alert(samples::image())).body()),
        post("1.8", slack::plain(&Message::Alert(samples::image())).body()),
        SlackPost { channel: "readiness".to_owned(), ..post("2.1", full(Message::Digest(samples::digest()))) },
        SlackPost { channel: "readiness".to_owned(), ..post("2.2", full(Message::Digest(samples::quiet_digest()))) },
    ]
}

#[test]
fn a_page_as_people_see_it() {
    let page = slack_page("Slack preview", &posts(), Theme::System);
    insta::assert_snapshot!("slack_page", page);
}

#[test]
fn replies_stand_under_their_message_and_orphans_on_their_own() {
    let page = slack_page("t", &posts(), Theme::Dark);
    assert_eq!(page.matches("class=\"replies\"").count(), 1);
    assert_eq!(page.matches("class=\"post reply\"").count(), 2);
    assert!(
        page.contains("2 replies") && page.contains("data-theme=\"dark\"") && page.contains("also sent to the channel")
    );
    let orphan = SlackPost { thread_ts: Some("9.9".to_owned()), ..post("1.1", json!({"text": "alone"})) };
    assert!(slack_page("t", &[orphan], Theme::Light).contains("alone"));
    assert!(slack_page("t", &[], Theme::Light).contains("Nothing has been posted"));
}

#[test]
fn every_form_and_reason_can_be_drawn() {
    for message in samples::all() {
        let page = slack_page("t", &[post("1", slack::message(&message, &Mentions::none()).body())], Theme::System);
        assert!(!page.contains("cannot draw"), "{message:?}");
    }
}

#[test]
fn nothing_from_a_message_becomes_html() {
    let tags = |page: &str| {
        page.split('<')
            .skip(1)
            .filter_map(|t| t.split([' ', '>', '\n']).next().map(ToOwned::to_owned))
            .collect::<Vec<_>>()
    };
    for text in HOSTILE {
        for message in samples::few() {
            let body = slack::message(&poisoned(&message, text), &Mentions::none()).body();
            check(
                &slack_page(text, &[SlackPost { channel: text.to_owned(), ..post(text, body) }], Theme::System),
                &tags,
            );
        }
        // A body that somebody else sent, not escaped for Slack either.
        let foreign = json!({"text": text, "attachments": [{"color": text, "text": text, "blocks": [
            {"type": text}, {"type": "header", "text": {"type": "plain_text", "text": text}},
            {"type": "section", "text": {"type": "mrkdwn", "text": text}},
            {"type": "actions", "elements": [{"type": "button", "text": {"text": text}, "url": format!("javascript:{text}")}]},
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "link", "url": format!("data:{text}"), "text": text}]}]},
            {"type": "image", "image_url": text, "alt_text": text}]}]});
        check(&slack_page(text, &[post("1", foreign)], Theme::System), &tags);
    }
}

fn check(page: &str, tags: &dyn Fn(&str) -> Vec<String>) {
    let known = "!doctype html head meta title style body div header h1 p main section h2 span article svg rect circle path b time h3 i s a code pre ul li blockquote hr";
    for tag in tags(page) {
        let name = tag.trim_start_matches('/');
        assert!(known.split(' ').any(|k| k == name), "<{tag}>");
    }
    for link in page.split("href=\"").skip(1) {
        assert!(link.starts_with("https://"), "{link:.80}");
    }
    for style in page.split("style=\"").skip(1) {
        let value = style.split('"').next().unwrap();
        assert!(value.starts_with("background:#") && value.len() == "background:#dddddd".len(), "{value}");
    }
}

#[test]
fn the_policy_forbids_scripts_and_loading() {
    let page = slack_page("t", &posts(), Theme::System);
    assert!(
        page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'; style-src 'unsafe-inline'")
    );
    assert!(!page.contains("<script") && !page.contains("url(") && !page.contains("@import"));
}
