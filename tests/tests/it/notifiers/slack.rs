//! Slack: every documented error word, the fallback forms, updates and threads.

use plimsoll_finding::{Severity, Status};
use plimsoll_message::{Alert, Message, MessageRef, Notifier as _, NotifyReason, SendError};
use plimsoll_tests::hostile_server::{Answer, HostileServer, Request};
use serde_json::{Value, json};

use super::harness::{
    Class::{self, *},
    Kind, alert, bot, class, delivered, in_a_minute, slack_webhook,
};

/// <https://docs.slack.dev/reference/methods/chat.postMessage#errors>
const WORDS: &[(Class, &[&str])] = &[
    (Wait(7), &["ratelimited", "rate_limited", "message_limit_exceeded"]),
    (
        Ambiguous,
        &[
            "internal_error",
            "fatal_error",
            "service_unavailable",
            "request_timeout",
            "rollup_error",
            "team_added_to_org",
        ],
    ),
    (
        Undeliverable,
        &[
            "invalid_blocks",
            "invalid_blocks_format",
            "invalid_attachments",
            "too_many_attachments",
            "msg_blocks_too_long",
            "msg_too_long",
            "no_text",
            "invalid_arguments",
            "invalid_json",
            "something_that_slack_invents_tomorrow",
        ],
    ),
    (
        Dead,
        &[
            "channel_not_found",
            "not_in_channel",
            "is_archived",
            "restricted_action",
            "restricted_action_read_only_channel",
            "restricted_action_thread_only_channel",
            "ekm_access_denied",
            "invalid_auth",
            "not_authed",
            "token_revoked",
            "token_expired",
            "account_inactive",
            "missing_scope",
            "not_allowed_token_type",
            "no_permission",
            "access_denied",
            "team_access_not_granted",
            "org_login_required",
        ],
    ),
];

fn no(word: &str) -> Answer {
    let body = json!({"ok": false, "error": word}).to_string();
    Answer::Reply(200, vec![("Retry-After", "7".to_owned())], body)
}

fn yes() -> Answer {
    Kind::SlackBot.yes()
}

#[tokio::test]
async fn every_word_of_the_web_api() {
    for (expected, words) in WORDS {
        for word in *words {
            let (class, server) = delivered(Kind::SlackBot, &no(word), word).await;
            assert_eq!(class, *expected, "{word}");
            assert_eq!(server.requests().len(), if class == Undeliverable { 3 } else { 1 }, "{word}");
        }
    }
}

#[tokio::test]
async fn every_word_of_a_webhook() {
    for (status, word, expected) in [
        (400, "invalid_payload", Undeliverable),
        (400, "invalid_blocks", Undeliverable),
        (400, "too_many_attachments", Undeliverable),
        (400, "no_text", Undeliverable),
        (403, "invalid_token", Dead),
        (403, "action_prohibited", Dead),
        (403, "posting_to_general_channel_denied", Dead),
        (403, "team_disabled", Dead),
        (404, "channel_not_found", Dead),
        (404, "no_service", Dead),
        (404, "no_active_hooks", Dead),
        (404, "no_team", Dead),
        (404, "user_not_found", Dead),
        (410, "channel_is_archived", Dead),
        (500, "rollup_error", Ambiguous),
    ] {
        assert_eq!(
            delivered(Kind::SlackWebhook, &Answer::body(status, word), word).await.0,
            expected,
            "{status} {word}"
        );
    }
}

#[tokio::test]
async fn what_is_dead_says_what_to_do() {
    for (word, fix) in [("not_in_channel", "/invite @Plimsoll"), ("token_revoked", "replace the secret")] {
        let server = HostileServer::answering(vec![no(word)]).unwrap();
        let Err(SendError::Dead(why)) = bot(&server.url()).send(&Message::Alert(alert()), in_a_minute()).await else {
            panic!("{word}")
        };
        assert!(why.contains(word) && why.contains(fix), "{why}");
    }
}

/// Full: an attachment with its colour. Simpler: blocks alone. Plain: ASCII text alone.
fn form(body: &Value) -> &'static str {
    let filled = |list: &str| body[list].as_array().is_some_and(|list| !list.is_empty());
    match (filled("blocks"), filled("attachments")) {
        (_, true) => "full",
        (true, false) => "simpler",
        (false, false) if body["text"].as_str().unwrap().is_ascii() => "plain",
        (false, false) => "text",
    }
}

fn forms(requests: &[Request]) -> Vec<&'static str> {
    requests.iter().map(|request| form(&request.json())).collect()
}

#[tokio::test]
async fn down_the_ladder_until_slack_takes_it() {
    let bad =
        |kind: Kind| if kind == Kind::SlackBot { no("invalid_blocks") } else { Answer::body(400, "invalid_blocks") };
    for kind in [Kind::SlackBot, Kind::SlackWebhook] {
        for (refusals, expected) in [(0, Delivered), (1, ToldPlainer), (2, ToldPlainer), (3, Undeliverable)] {
            let mut script = vec![bad(kind); refusals];
            script.push(kind.yes());
            let server = HostileServer::answering(script).unwrap();
            let result = kind.notifier(&server.url()).send(&Message::Alert(alert()), in_a_minute()).await;
            assert_eq!(class(&result), expected, "{kind:?} {refusals}");
            let rungs = ["full", "simpler", "plain"];
            assert_eq!(forms(&server.requests()), rungs[..(refusals + 1).min(3)], "{kind:?} {refusals}");
            if expected == ToldPlainer {
                assert_eq!(result.unwrap().degraded.as_deref(), Some("invalid_blocks"));
            }
        }
    }
}

#[tokio::test]
async fn the_ladder_ends_where_the_trouble_is_another() {
    for (second, expected) in [(no("ratelimited"), Wait(7)), (no("is_archived"), Dead), (Answer::Close, Ambiguous)] {
        let server = HostileServer::answering(vec![no("invalid_blocks"), second, yes()]).unwrap();
        let result = bot(&server.url()).send(&Message::Alert(alert()), in_a_minute()).await;
        assert_eq!((class(&result), server.requests().len()), (expected, 2));
    }
}

fn at() -> MessageRef {
    MessageRef { place: "C0000000009".to_owned(), id: "9.9".to_owned() }
}

fn second(reason: NotifyReason, status: Status, severity: Severity) -> Message {
    let previous = Some((Status::Open, Severity::High));
    Message::Alert(Alert { reason, status, severity, previous, update: Some(at()), ..alert() })
}

fn worse() -> Message {
    second(NotifyReason::Worse, Status::Open, Severity::Critical)
}

#[tokio::test]
async fn the_first_post_says_where_it_is() {
    let server = HostileServer::answering(vec![yes(), Answer::body(200, r#"{"ok":true}"#)]).unwrap();
    let bot = bot(&server.url());
    let receipt = bot.send(&Message::Alert(alert()), in_a_minute()).await.unwrap();
    assert_eq!(receipt.message, Some(MessageRef { place: "C0123456789".to_owned(), id: "1.1".to_owned() }));
    assert_eq!(server.requests()[0].path, "/api/chat.postMessage");
    assert_eq!(server.requests()[0].json()["channel"], "C0123456789");
    let receipt = bot.send(&Message::Alert(alert()), in_a_minute()).await.unwrap();
    assert_eq!(receipt.message, None, "what has no place is not updated at no place");
}

#[tokio::test]
async fn a_second_alert_updates_the_message_and_replies_under_it() {
    let server = HostileServer::answering(vec![yes()]).unwrap();
    let receipt = bot(&server.url()).send(&worse(), in_a_minute()).await.unwrap();
    assert_eq!((receipt.message, receipt.degraded), (Some(at()), None));
    let requests = server.requests();
    let paths: Vec<&str> = requests.iter().map(|r| r.path.as_str()).collect();
    assert_eq!(paths, ["/api/chat.update", "/api/chat.postMessage"]);
    let (update, reply) = (requests[0].json(), requests[1].json());
    assert_eq!((&update["channel"], &update["ts"]), (&json!("C0000000009"), &json!("9.9")));
    assert_eq!((&reply["channel"], &reply["thread_ts"]), (&json!("C0000000009"), &json!("9.9")));
    assert!(reply["ts"].is_null() && update["thread_ts"].is_null());
    assert!(reply["blocks"].to_string().contains("<!subteam^S01ABCDEFGH>"), "an update calls nobody, the reply does");
}

#[tokio::test]
async fn a_plainer_update_leaves_nothing_of_the_fuller_one() {
    let server = HostileServer::answering(vec![no("invalid_blocks"), no("invalid_blocks"), yes()]).unwrap();
    let receipt = bot(&server.url()).send(&worse(), in_a_minute()).await.unwrap();
    assert_eq!(receipt.degraded.as_deref(), Some("invalid_blocks"));
    let requests = server.requests();
    assert_eq!(requests[1].json()["attachments"], json!([]));
    assert_eq!((&requests[2].json()["blocks"], &requests[2].json()["attachments"]), (&json!([]), &json!([])));
    assert_eq!(requests[3].path, "/api/chat.postMessage");
}

#[tokio::test]
async fn a_reply_is_shown_in_the_channel_only_when_somebody_must_act() {
    use NotifyReason as Why;
    for (reason, status, severity, expected) in [
        (Why::Worse, Status::Open, Severity::Critical, true),
        (Why::Worse, Status::Open, Severity::High, true),
        (Why::Worse, Status::Open, Severity::Medium, false),
        (Why::Reopened, Status::Open, Severity::High, true),
        (Why::Reopened, Status::Open, Severity::Low, false),
        (Why::WaiverExpired, Status::Open, Severity::Critical, true),
        (Why::Reminder, Status::Open, Severity::Critical, true),
        (Why::Resolved, Status::Resolved, Severity::Critical, false),
        (Why::OpenedAndResolved, Status::Resolved, Severity::Critical, false),
        (Why::Flapping, Status::Open, Severity::Critical, false),
        (Why::Uncertain, Status::Open, Severity::Critical, false),
        (Why::Answered, Status::Open, Severity::Critical, false),
        (Why::FirstSeen, Status::Open, Severity::Critical, false),
    ] {
        let server = HostileServer::answering(vec![yes()]).unwrap();
        bot(&server.url()).send(&second(reason, status, severity), in_a_minute()).await.unwrap();
        let reply = server.requests()[1].json();
        assert_eq!(reply["reply_broadcast"], expected, "{reason:?} {severity:?}");
    }
}

#[tokio::test]
async fn a_message_that_is_gone_is_posted_anew() {
    for word in ["message_not_found", "cant_update_message", "edit_window_closed", "block_mismatch"] {
        let server = HostileServer::answering(vec![no(word), yes()]).unwrap();
        let receipt = bot(&server.url()).send(&worse(), in_a_minute()).await.unwrap();
        assert_eq!(receipt.message.unwrap().id, "1.1", "the new one replaces the old one");
        let requests = server.requests();
        assert_eq!(requests.len(), 2, "{word}");
        assert_eq!((form(&requests[1].json()), &requests[1].json()["thread_ts"]), ("full", &Value::Null));
    }
    for word in ["thread_not_found", "cannot_reply_to_message", "restricted_action_non_threadable_channel"] {
        let server = HostileServer::answering(vec![yes(), no(word), yes()]).unwrap();
        let receipt = bot(&server.url()).send(&worse(), in_a_minute()).await.unwrap();
        assert_eq!(receipt.message.unwrap().id, "1.1", "{word}");
        assert_eq!(server.requests().len(), 3, "{word}");
    }
}

#[tokio::test]
async fn a_refused_reply_is_made_plainer_and_never_left_out() {
    let server = HostileServer::answering(vec![yes(), no("invalid_blocks"), yes()]).unwrap();
    let receipt = bot(&server.url()).send(&worse(), in_a_minute()).await.unwrap();
    assert_eq!(receipt.degraded.as_deref(), Some("invalid_blocks"));
    let requests = server.requests();
    assert!(requests[1].json()["blocks"].is_array() && requests[2].json()["blocks"].is_null());
    assert_eq!(requests[2].json()["thread_ts"], "9.9");
}

#[tokio::test]
async fn half_an_update_is_unknown_so_that_the_message_cannot_stay_wrong() {
    for (reply, then) in [(no("ratelimited"), Some(Wait(7))), (Answer::body(500, ""), None), (Answer::Close, None)] {
        let server = HostileServer::answering(vec![yes(), reply.clone(), yes()]).unwrap();
        let bot = bot(&server.url());
        let result = bot.send(&worse(), in_a_minute()).await;
        assert_eq!(class(&result), Ambiguous, "{reply:?}: {result:?}");
        assert_eq!(server.requests().len(), 2);
        let next = bot.send(&worse(), in_a_minute()).await;
        assert_eq!(class(&next), then.unwrap_or(Delivered), "{reply:?}: {next:?}");
        assert_eq!(server.requests().len(), if then.is_some() { 2 } else { 4 }, "{reply:?}");
    }
    // Before the update was made nothing has changed, and the wait can be told as it is.
    let server = HostileServer::answering(vec![no("ratelimited")]).unwrap();
    let result = bot(&server.url()).send(&worse(), in_a_minute()).await;
    assert_eq!((class(&result), server.requests().len()), (Wait(7), 1));
}

#[tokio::test]
async fn a_webhook_posts_anew_whatever_was_before() {
    let server = HostileServer::answering(vec![Kind::SlackWebhook.yes()]).unwrap();
    let receipt = slack_webhook(&server.url()).send(&worse(), in_a_minute()).await.unwrap();
    assert_eq!(receipt.message, None);
    let requests = server.requests();
    assert_eq!((requests.len(), requests[0].path.as_str()), (1, "/services/T0/B0/canary"));
    assert!(requests[0].json()["thread_ts"].is_null());
}
