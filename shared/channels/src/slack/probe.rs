//! Checks whether a bot token works and its app is in the channel. Posts nothing.
//! <https://docs.slack.dev/reference/methods/auth.test>
//! <https://docs.slack.dev/reference/methods/conversations.info>

use crate::http::Answer;
use jiff::Timestamp;
use plimsoll_finding::clean_line;
use plimsoll_message::ProbeError;
use serde_json::Value;

use crate::slack::fallback_forms::{Trouble, trouble};

/// The answer for a valid token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// The name of the workspace on one sanitised line.
    pub(crate) workspace: String,
    /// The scopes of the app; empty if Slack does not list them.
    scopes: Vec<String>,
}

/// The channel's id, if it may go into a form as it is.
pub(crate) fn id(place: &str) -> Result<&str, ProbeError> {
    let plain = !place.is_empty() && place.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let broken = || ProbeError::Broken(format!("`{}` is no channel id of Slack", clean_line(place)));
    plain.then_some(place).ok_or_else(broken)
}

/// Reads the answer to `auth.test`.
pub(crate) fn token(answer: &Answer, now: Timestamp) -> Result<Token, ProbeError> {
    let value = accepted(answer).map_err(|word| said(answer, &word, now))?;
    let scopes: Vec<String> = answer
        .scopes
        .iter()
        .flat_map(|s| s.split(','))
        .map(|s| s.trim().to_owned())
        .filter(|s| !s.is_empty())
        .collect();
    if !scopes.is_empty() && !scopes.iter().any(|scope| scope == "chat:write") {
        let lacks = "the token lacks the scope chat:write; add it to the app and reinstall it";
        return Err(ProbeError::Broken(lacks.to_owned()));
    }
    let team = value.get("team").and_then(Value::as_str).unwrap_or("?");
    Ok(Token { workspace: clean_line(team), scopes })
}

/// Reads the answer to `conversations.info`: the channel's name if the app can post there, else what to do.
pub(crate) fn membership(answer: &Answer, place: &str, token: &Token, now: Timestamp) -> Result<String, ProbeError> {
    let value = accepted(answer).map_err(|word| match word.as_str() {
        "missing_scope" => ProbeError::Unseen(format!(
            "the token works in workspace {}, but whether the app is in channel {place} cannot be seen: Slack says \
             missing_scope: add channels:read (groups:read if it is private) to the app and reinstall it",
            token.workspace
        )),
        "channel_not_found" => ProbeError::Broken(format!(
            "Slack says channel_not_found: there is no channel {place} in workspace {}, or it is private and the app is \
             not in it: copy the id from the channel's details, and invite the app there",
            token.workspace
        )),
        _ => said(answer, &word, now),
    })?;
    let channel = value.get("channel");
    let is = |key: &str| channel.and_then(|c| c.get(key)).and_then(Value::as_bool);
    let name = channel.and_then(|c| c.get("name")).and_then(Value::as_str).map_or_else(|| place.to_owned(), clean_line);
    if is("is_archived") == Some(true) {
        let archived = format!("channel {name} is archived: bring it back, or put another id into the configuration");
        return Err(ProbeError::Broken(archived));
    }
    let anywhere = is("is_private") != Some(true) && token.scopes.iter().any(|scope| scope == "chat:write.public");
    match is("is_member") {
        Some(true) => Ok(format!("and the app is in channel {name}")),
        Some(false) if anywhere => Ok(format!("and the app may post in channel {name} without being in it")),
        // A direct message has no members that could be missing.
        None if is("is_im") == Some(true) => Ok("in a direct message".to_owned()),
        Some(false) | None => {
            Err(ProbeError::Broken(format!("the app is not in channel {name}: write `/invite @Plimsoll` there")))
        }
    }
}

/// The answer if it is a success, else Slack's error code.
fn accepted(answer: &Answer) -> Result<Value, String> {
    let value: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    if answer.status == 200 && value.get("ok").and_then(Value::as_bool) == Some(true) {
        return Ok(value);
    }
    Err(value.get("error").and_then(Value::as_str).unwrap_or_default().to_owned())
}

fn said(answer: &Answer, word: &str, now: Timestamp) -> ProbeError {
    match trouble(answer, word, now) {
        Trouble::Failed(error) => error.into(),
        Trouble::Degrade(word) | Trouble::PostAnew(word) => ProbeError::Failed(format!("Slack says {word}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str, scopes: Option<&str>) -> Answer {
        Answer { status: 200, retry_after: None, scopes: scopes.map(ToOwned::to_owned), body: body.to_owned() }
    }

    fn now() -> Timestamp {
        "2026-11-02T09:15:00Z".parse().unwrap()
    }

    fn of(body: &str, scopes: &str) -> Result<String, ProbeError> {
        let token = token(&answer(r#"{"ok":true,"team":"Harbour"}"#, Some(scopes)), now()).unwrap();
        membership(&answer(body, None), "C0123456789", &token, now())
    }

    #[test]
    fn says_whether_the_app_is_in_the_channel_and_what_to_do() {
        let channel =
            |more: &str| format!(r#"{{"ok":true,"channel":{{"id":"C0123456789","name":"al\u202eerts",{more}}}}}"#);
        let no = |word: &str| format!(r#"{{"ok":false,"error":"{word}"}}"#);
        let (scopes, public) = ("chat:write,channels:read", "chat:write,chat:write.public");
        for (body, scopes, expected) in [
            (channel(r#""is_member":true"#), scopes, Ok("is in channel alerts")),
            (channel(r#""is_member":false"#), scopes, Err("not in channel alerts: write `/invite @Plimsoll`")),
            (channel(r#""is_private":false"#), scopes, Err("not in channel alerts")),
            (channel(r#""is_member":false,"is_private":false"#), public, Ok("without being in it")),
            (channel(r#""is_member":false,"is_private":true"#), public, Err("not in channel alerts")),
            (channel(r#""is_member":true,"is_archived":true"#), scopes, Err("is archived: bring it back")),
            (r#"{"ok":true,"channel":{"is_im":true}}"#.to_owned(), scopes, Ok("in a direct message")),
            (r#"{"ok":true}"#.to_owned(), scopes, Err("not in channel C0123456789")),
            (no("missing_scope"), scopes, Err("missing_scope: add channels:read (groups:read if it is private)")),
            (no("channel_not_found"), scopes, Err("copy the id from the channel's details, and invite the app")),
            (no("token_revoked"), scopes, Err("reinstall")),
            ("<html>".to_owned(), scopes, Err("HTTP 200, without a word")),
        ] {
            let found = of(&body, scopes);
            let (Ok(words) | Err(words)) = expected;
            let said = found.as_ref().map_or_else(ToString::to_string, Clone::clone);
            assert_eq!(found.is_ok(), expected.is_ok(), "{body}: {said}");
            assert!(said.contains(words), "{body}: {said}");
        }
    }

    #[test]
    fn only_what_is_certain_breaks_the_channel() {
        let no = |word: &str| format!(r#"{{"ok":false,"error":"{word}"}}"#);
        for word in ["channel_not_found", "token_revoked"] {
            assert!(matches!(of(&no(word), ""), Err(ProbeError::Broken(_))), "{word}");
        }
        assert!(matches!(of(&no("missing_scope"), ""), Err(ProbeError::Unseen(_))));
        for body in [no("ratelimited"), no("internal_error"), no("a_new_word"), "<html>".to_owned()] {
            assert!(matches!(of(&body, ""), Err(ProbeError::Failed(_))), "{body}");
        }
    }

    #[test]
    fn only_an_id_goes_into_the_form() {
        assert_eq!(id("C0123456789"), Ok("C0123456789"));
        for place in ["", "C01&token=x", "#alerts", "C0 1", "C0\u{202e}1"] {
            assert!(id(place).is_err(), "{place}");
        }
    }
}
