use plimsoll_finding::{Severity, Status};
use plimsoll_message::{Alert, Message, NotifyReason};
use serde_json::Value;

use super::*;
use crate::{
    block_kit::faults,
    samples::{self, HOSTILE, poisoned},
};

fn mentions() -> Mentions {
    Mentions::none()
        .and("U01ABCDEFGH", Severity::High, false)
        .and_then(|m| m.and("S01ABCDEFGH", Severity::Critical, false))
        .unwrap()
}

#[test]
fn as_slack_gets_them() {
    let full = |m: Message| message(&m, &Mentions::none()).body();
    insta::assert_json_snapshot!("slack_alert", message(&Message::Alert(samples::image()), &mentions()).body());
    insta::assert_json_snapshot!("slack_alert_worse", full(Message::Alert(samples::worse())));
    insta::assert_json_snapshot!("slack_alert_news", full(Message::Alert(samples::news())));
    insta::assert_json_snapshot!("slack_thread_reply_news", thread_reply(&samples::news()).body());
    insta::assert_json_snapshot!("slack_alert_resolved", full(Message::Alert(samples::resolved())));
    insta::assert_json_snapshot!("slack_alert_reminder", full(Message::Alert(samples::reminder())));
    insta::assert_json_snapshot!("slack_alert_fallback", full(Message::Alert(samples::fallback())));
    insta::assert_json_snapshot!("slack_roll_up", full(Message::RollUp(samples::roll_up(5))));
    insta::assert_json_snapshot!("slack_digest", full(Message::Digest(samples::digest())));
    insta::assert_json_snapshot!("slack_digest_quiet", full(Message::Digest(samples::quiet_digest())));
    insta::assert_json_snapshot!("slack_simpler", simpler(&Message::Alert(samples::image())).body());
    insta::assert_json_snapshot!("slack_thread_reply", thread_reply(&samples::worse()).body());
    let plainest: Vec<String> = samples::all().iter().map(|m| plain(m).text).collect();
    insta::assert_snapshot!("slack_plain", plainest.join("\n\n"));
    let histories: Vec<String> = alerts().iter().map(|a| format!("{:?}: {}", a.reason, thread_reply(a).text)).collect();
    insta::assert_snapshot!("slack_thread_replies", histories.join("\n"));
}

fn alerts() -> Vec<Alert> {
    samples::all().into_iter().filter_map(|m| if let Message::Alert(alert) = m { Some(alert) } else { None }).collect()
}

fn forms(it: &Message) -> Vec<SlackMessage> {
    let mut forms = vec![message(it, &Mentions::none()), simpler(it), plain(it)];
    if let Message::Alert(alert) = it {
        forms.push(thread_reply(alert));
    }
    forms
}

#[test]
fn every_form_of_every_message_is_valid_whatever_the_text() {
    for text in HOSTILE {
        for sample in samples::all() {
            sound(&sample, text);
        }
    }
    let long = ["x".repeat(1_000_000), "&<>".repeat(5_000), "👩‍👩‍👧 ".repeat(1_000), "`*_~".repeat(5_000)];
    for text in &long {
        for sample in samples::few() {
            sound(&sample, text);
        }
    }
    let thousand = Message::RollUp(samples::roll_up(1_000));
    for form in forms(&thousand) {
        assert_eq!(faults(&form.body()), Vec::<String>::new());
    }
}

fn sound(sample: &Message, text: &str) {
    for form in forms(&poisoned(sample, text)) {
        let body = form.body();
        assert_eq!(faults(&body), Vec::<String>::new(), "{text:.80} {:.300}", body.to_string());
        no_foreign_markup(&body, &format!("{text:.60}"));
        no_hidden_characters(&body);
    }
}

/// In every place where Slack reads markup, each `<` opens a date or a link of ours and each `&` begins an entity.
fn no_foreign_markup(body: &Value, context: &str) {
    let mut markup = vec![body["text"].as_str().unwrap().to_owned()];
    collect_mrkdwn(body, &mut markup);
    for text in markup {
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('<') {
            assert!(!before.contains('>'), "{context}: {text}");
            let (inside, next) = after.split_once('>').unwrap_or_else(|| panic!("{context}: {text}"));
            let is_date = inside.starts_with("!date^") && inside.ends_with(" UTC");
            let is_link = inside.starts_with("https://")
                && ["|Open in the AWS console", "|Runbook"].iter().any(|label| inside.ends_with(label));
            assert!(is_date || is_link, "{context}: <{inside}>");
            rest = next;
        }
        assert!(!rest.contains('>'), "{context}: {text}");
        for tail in text.split('&').skip(1) {
            assert!(["amp;", "lt;", "gt;"].iter().any(|e| tail.starts_with(e)), "{context}: &{tail:.20}");
        }
    }
}

fn collect_mrkdwn(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_mrkdwn(item, out)),
        Value::Object(object) => {
            if object.get("type").and_then(Value::as_str) == Some("mrkdwn") {
                assert_eq!(object["verbatim"], true, "{object:?}");
                out.push(object["text"].as_str().unwrap().to_owned());
            }
            object.values().for_each(|item| collect_mrkdwn(item, out));
        }
        _ => {}
    }
}

fn no_hidden_characters(body: &Value) {
    let hidden = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    match body {
        Value::String(text) => assert!(!text.contains(hidden), "{text:?}"),
        Value::Array(items) => items.iter().for_each(no_hidden_characters),
        Value::Object(object) => object.values().for_each(no_hidden_characters),
        _ => {}
    }
}

#[test]
fn the_text_alone_says_everything() {
    let text = message(&Message::Alert(samples::image()), &Mentions::none()).text;
    for word in [
        "Critical",
        "web/api:1.4.2 has 1 critical",
        "Resource web/api:1.4.2",
        "111122223333",
        "eu-central-1",
        "prod",
        "open",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(message(&Message::Alert(samples::resolved()), &Mentions::none()).text.contains("State: resolved"));
}

#[test]
fn nobody_is_called_for_what_is_over_or_a_sample() {
    let mention = |alert: Alert| message(&Message::Alert(alert), &mentions()).mention;
    assert_eq!(mention(samples::image()).as_deref(), Some("<@U01ABCDEFGH> <!subteam^S01ABCDEFGH>"));
    for quiet in
        [samples::resolved(), samples::fallback(), Alert { reason: NotifyReason::Uncertain, ..samples::image() }]
    {
        assert_eq!(mention(quiet), None);
    }
    assert_eq!(mention(Alert { severity: Severity::Medium, ..samples::image() }), None);
}

#[test]
fn mentions_stand_outside_the_attachment_where_they_call() {
    let body = message(&Message::Alert(samples::image()), &mentions()).body();
    assert!(body["blocks"].to_string().contains("<@U01ABCDEFGH>"));
    assert!(!body["attachments"].to_string().contains("<@U01ABCDEFGH>"));
    assert_eq!(body["attachments"][0]["color"], "#D55E00");
}

#[test]
fn a_hundred_members_are_all_named() {
    let roll_up = samples::roll_up(100);
    let body = message(&Message::RollUp(roll_up.clone()), &Mentions::none()).body().to_string();
    for member in &roll_up.members {
        let name = member.title.split(' ').next().unwrap();
        assert!(body.contains(name), "{name}");
    }
    let thousand = message(&Message::RollUp(samples::roll_up(1_000)), &Mentions::none()).body().to_string();
    assert!(thousand.contains("more"), "what is left out is counted");
}

#[test]
fn console_and_runbook_are_links_only_if_https_and_never_buttons() {
    let mut alert = samples::image();
    alert.finding.runbook = Some("docs/runbooks/ecr-scan.md#patch".to_owned());
    let body = |alert: &Alert| message(&Message::Alert(alert.clone()), &Mentions::none()).body().to_string();
    assert!(
        body(&alert).contains("|Open in the AWS console>")
            && body(&alert).contains("Runbook `docs/runbooks/ecr-scan.md#patch`")
    );
    alert.finding.runbook = Some("https://git.example.com/blob/main/docs/runbooks/ecr-scan.md#patch".to_owned());
    assert!(body(&alert).contains("<https://git.example.com/blob/main/docs/runbooks/ecr-scan.md#patch|Runbook>"));
    for url in ["http://a.example", "javascript:alert(1)", "", "https://a.example/|x>"] {
        alert.finding.console_url = Some(url.to_owned());
        assert!(!body(&alert).contains("|Open in"), "{url}");
    }
    for sample in samples::all() {
        assert!(!message(&sample, &Mentions::none()).body().to_string().contains("\"actions\""));
    }
}

#[test]
fn no_fact_is_lost_without_being_counted() {
    let mut alert = samples::image();
    alert.finding.facts = (0..20)
        .map(|n| plimsoll_finding::Fact { name: format!("Name {n}"), value: format!("value-{n}-end") })
        .collect();
    let body = |alert: &Alert| message(&Message::Alert(alert.clone()), &Mentions::none()).body().to_string();
    for n in 0..20 {
        assert!(body(&alert).contains(&format!("value-{n}-end")), "{n}");
    }
    for (n, fact) in alert.finding.facts.iter_mut().enumerate() {
        fact.value = format!("{n} {}", "long ".repeat(60));
    }
    assert!(body(&alert).contains("and 16 more facts"), "{}", body(&alert));
}

#[test]
fn plain_is_ascii_and_names_its_reference() {
    for sample in samples::all() {
        let plain = plain(&sample);
        assert!(plain.text.is_ascii() && plain.blocks.is_empty());
        assert!(plain.text.ends_with(&format!("(reference {})", sample.reference())));
        assert_eq!(plain.body()["mrkdwn"], false);
    }
    let resolved = plain(&Message::Alert(samples::resolved()));
    assert!(resolved.text.starts_with("Resolved:"), "{}", resolved.text);
    assert_eq!(samples::resolved().status, Status::Resolved);
}
