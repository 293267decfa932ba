//! What SNS is told: people by e-mail and SMS, machines as JSON, Amazon Q Developer in its own schema.
//! <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>: at most 256 KiB with attributes; we stay below 200 KB.

mod amazon_q;
mod finding;

use plimsoll_finding::Severity;
use plimsoll_message::{Message, NotifyReason};
use serde_json::json;

pub use amazon_q::amazon_q;
pub use finding::{FindingsSns, SCHEMA_VERSION, finding};

use crate::{
    Style,
    escape::{ascii, subject},
    limits, roll_up, text, words,
};

/// Columns of an e-mail: any reader shows that many without breaking lines itself.
const EMAIL_COLUMNS: usize = 72;

/// A message for people, to be published with `MessageStructure=json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HumansSns {
    /// Subject of the e-mail: ASCII, at most 99 characters.
    pub subject: String,
    /// For every protocol that has no text of its own.
    pub default: String,
    /// Body of the e-mail: plain text of 72 columns.
    pub email: String,
    /// ASCII of at most 140 characters, for open criticals only: an SMS wakes somebody.
    pub sms: Option<String>,
}

impl HumansSns {
    /// The `Message` parameter: a JSON object of strings with the key `default`.
    #[must_use]
    pub fn message_structure(&self) -> String {
        let mut body = json!({"default": self.default, "email": self.email});
        if let (Some(object), Some(sms)) = (body.as_object_mut(), &self.sms) {
            object.insert("sms".to_owned(), sms.clone().into());
        }
        body.to_string()
    }
}

/// The message for people.
#[must_use]
pub fn humans(message: &Message) -> HumansSns {
    let headline = headline(message);
    let email = text::message(message, EMAIL_COLUMNS, Style::Plain);
    HumansSns {
        subject: subject(&headline),
        default: cut_bytes(&email, limits::SNS_BYTES / 8),
        email: cut_bytes(&email, limits::SNS_BYTES / 4),
        sms: sms(message, &headline),
    }
}

/// One line: severity or score first, since that is all that a list of e-mails shows.
fn headline(message: &Message) -> String {
    match message {
        Message::Alert(alert) => words::headline(alert),
        Message::RollUp(it) => roll_up::headline(it),
        Message::Digest(digest) => words::score_line(digest),
    }
}

fn sms(message: &Message, headline: &str) -> Option<String> {
    let worth = match message {
        Message::Alert(alert) => {
            alert.status == plimsoll_finding::Status::Open
                && alert.severity == Severity::Critical
                && !alert.finding.sample
                // Nobody is woken because somebody else takes care.
                && alert.reason != NotifyReason::Answered
        }
        Message::RollUp(roll_up) => roll_up.severity == Severity::Critical,
        Message::Digest(_) => false,
    };
    let reference = format!(" ({})", ascii(message.reference()).chars().take(20).collect::<String>());
    let room = limits::SMS.saturating_sub(reference.len());
    let text: String = ascii(headline).chars().take(room).collect();
    worth.then(|| format!("{}{reference}", text.trim_end()))
}

/// Cuts at a line, and says so.
fn cut_bytes(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut left = 0_usize;
    for line in text.lines() {
        if left > 0 || out.len().saturating_add(line.len()).saturating_add(40) > max {
            left = left.saturating_add(1);
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    out + &format!("… and {left} more lines.\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, HOSTILE, poisoned};

    #[test]
    fn as_people_get_them() {
        let humans = |m: Message| {
            let it = humans(&m);
            let sms = it.sms.clone().unwrap_or_else(|| "-".to_owned());
            format!("Subject: {}\nSMS: {sms}\n\n{}", it.subject, it.email)
        };
        let answered = samples::answered(plimsoll_message::AnswerKind::Acknowledged);
        assert!(humans(Message::Alert(answered)).contains("SMS: -"), "nobody is woken by an answer");
        insta::assert_snapshot!("sns_alert", humans(Message::Alert(samples::image())));
        insta::assert_snapshot!("sns_news", humans(Message::Alert(samples::news())));
        insta::assert_snapshot!("sns_resolved", humans(Message::Alert(samples::resolved())));
        insta::assert_snapshot!("sns_roll_up", humans(Message::RollUp(samples::roll_up(5))));
        insta::assert_snapshot!("sns_digest", humans(Message::Digest(samples::digest())));
    }

    #[test]
    fn as_machines_get_them() {
        let machine = |m: Message| {
            let it = finding(&m);
            json!({"body": it.body, "attributes": it.attributes})
        };
        insta::assert_json_snapshot!("sns_finding", machine(Message::Alert(samples::image())));
        insta::assert_json_snapshot!("sns_finding_news", machine(Message::Alert(samples::news())));
        insta::assert_json_snapshot!("sns_finding_roll_up", machine(Message::RollUp(samples::roll_up(2))));
        insta::assert_json_snapshot!("sns_finding_digest", machine(Message::Digest(samples::digest())));
        insta::assert_json_snapshot!("amazon_q", amazon_q(&Message::Alert(samples::image())));
    }

    #[test]
    fn keeps_to_the_rules_of_sns_whatever_the_text() {
        let long = "x\u{202e}<&\"\\".repeat(1_000);
        let hostile = HOSTILE.iter().flat_map(|text| samples::few().into_iter().map(|m| poisoned(&m, text)));
        let longest = samples::few().into_iter().chain([Message::RollUp(samples::roll_up(300))]);
        for message in hostile.chain(longest.map(|m| poisoned(&m, &long))) {
            let people = humans(&message);
            assert!((1..=99).contains(&people.subject.len()), "{}", people.subject);
            assert!(people.subject.bytes().all(|b| (0x20..=0x7e).contains(&b)));
            assert!(people.subject.starts_with(|c: char| c.is_ascii_alphanumeric() || c.is_ascii_punctuation()));
            assert!(people.sms.iter().all(|sms| sms.is_ascii() && sms.len() <= limits::SMS));
            let body: serde_json::Value = serde_json::from_str(&people.message_structure()).unwrap();
            assert!(
                body.as_object().unwrap().values().all(serde_json::Value::is_string) && body["default"].is_string()
            );
            assert!(people.message_structure().len() <= limits::SNS_BYTES);

            let machine = finding(&message);
            assert!(machine.body.to_string().len() <= limits::SNS_BYTES, "{}", machine.body.to_string().len());
            assert!(machine.attributes.len() <= limits::SNS_ATTRIBUTES);
            assert!(
                machine.attributes.iter().all(|(_, _, value)| !value.is_empty() && !value.contains(char::is_control))
            );

            let q = amazon_q(&message);
            assert!(limits::length(q["content"]["title"].as_str().unwrap()) <= limits::AMAZON_Q_TITLE);
            assert!(limits::length(q["content"]["description"].as_str().unwrap()) <= limits::AMAZON_Q_DESCRIPTION);
        }
    }

    #[test]
    fn a_cut_mail_says_so() {
        let text = "0123456789\n".repeat(100);
        assert_eq!(cut_bytes(&text, 1_100), text);
        let cut = cut_bytes(&text, 1_099);
        assert!(cut.len() <= 1_099 && cut.ends_with("… and 4 more lines.\n"), "{cut}");
    }
}
