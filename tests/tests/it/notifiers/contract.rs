//! What each kind of notifier makes of each thing that a server can do.

use std::time::Duration;

use jiff::SignedDuration;
use plimsoll_message::Message;
use plimsoll_tests::hostile_server::{Answer, HostileServer};

use super::harness::{
    Class::{self, *},
    Kind, alert, class, delivered, in_a_minute, now, soon, told_by,
};

const PACE: Duration = Duration::from_millis(20);
const HTML: &str = "<html><body>Sign in to the guest network</body></html>";
const SNS_ERROR: &str =
    "<ErrorResponse><Error><Type>Sender</Type><Code>%</Code><Message>m</Message></Error></ErrorResponse>";

fn retry_after(value: &str) -> Answer {
    Answer::header(429, "Retry-After", value)
}

/// The classes, in the order of [`Kind::ALL`]: Slack bot, Slack webhook, `PagerDuty`, webhook, SNS.
fn cases() -> Vec<(&'static str, Answer, [Class; 5])> {
    let slow = || vec![("Retry-After", "7".to_owned())];
    vec![
        ("429, wait 7 s", retry_after("7"), [Wait(7); 5]),
        ("429, wait 0 s", retry_after("0"), [Wait(0), Wait(0), Wait(0), Wait(0), Refused]),
        ("429, wait for years", retry_after("99999999"), [Wait(900); 5]),
        ("429, wait for ever", retry_after("99999999999999999999"), [Wait(30), Wait(30), Wait(30), Wait(30), Refused]),
        ("429, words", retry_after("soon"), [Wait(30), Wait(30), Wait(30), Wait(30), Refused]),
        ("429, negative", retry_after("-7"), [Wait(30), Wait(30), Wait(30), Wait(30), Refused]),
        (
            "429, a date",
            retry_after("Mon, 02 Nov 2026 09:15:42 GMT"),
            [Wait(42), Wait(42), Wait(42), Wait(42), Refused],
        ),
        (
            "429, a past date",
            retry_after("Mon, 02 Nov 2026 09:00:00 GMT"),
            [Wait(0), Wait(0), Wait(0), Wait(0), Refused],
        ),
        ("429, nothing", Answer::body(429, ""), [Wait(30), Wait(30), Wait(30), Wait(30), Refused]),
        ("429, its body cut off", Answer::CutBody(429, slow()), [Wait(7), Wait(7), Wait(7), Wait(7), Ambiguous]),
        (
            "429, its body dripping",
            Answer::DripBody(429, slow(), PACE),
            [Wait(7), Wait(7), Wait(7), Wait(7), Ambiguous],
        ),
        ("500", Answer::body(500, ""), [Ambiguous; 5]),
        ("502 with HTML", Answer::body(502, HTML), [Ambiguous; 5]),
        ("503 that says wait", Answer::header(503, "Retry-After", "7"), [Ambiguous; 5]),
        ("closes without an answer", Answer::Close, [Ambiguous; 5]),
        ("resets within the request", Answer::Reset, [Ambiguous; 5]),
        ("closes within the body", Answer::CutBody(200, Vec::new()), [Ambiguous; 5]),
        ("resets within the body", Answer::ResetInBody(200), [Ambiguous; 5]),
        ("never answers", Answer::Silent, [Ambiguous; 5]),
        ("drips its answer", Answer::Drip(PACE), [Ambiguous; 5]),
        ("drips its body", Answer::DripBody(200, Vec::new(), PACE), [Ambiguous; 5]),
        ("endless body", Answer::Endless(200), [Ambiguous; 5]),
        ("no HTTP", Answer::Raw(b"SSH-2.0-OpenSSH_9.9\r\n"), [Ambiguous; 5]),
        ("an impossible status", Answer::Raw(b"HTTP/1.1 9999 X\r\n\r\n"), [Ambiguous; 5]),
        (
            "a header that is no text",
            Answer::Raw(b"HTTP/1.1 200 OK\r\nx: \xff\xfe\r\ncontent-length: 2\r\n\r\nok"),
            [Ambiguous, Delivered, Ambiguous, Delivered, Ambiguous],
        ),
        ("200 with HTML", Answer::body(200, HTML), [Ambiguous, Ambiguous, Ambiguous, Delivered, Ambiguous]),
        ("200 with `ok`", Answer::body(200, "ok"), [Ambiguous, Delivered, Ambiguous, Delivered, Ambiguous]),
        ("200 with `{}`", Answer::body(200, "{}"), [Ambiguous, Ambiguous, Ambiguous, Delivered, Ambiguous]),
        ("202 with nothing", Answer::body(202, ""), [Ambiguous, Ambiguous, Ambiguous, Delivered, Ambiguous]),
        (
            "400 with nothing",
            Answer::body(400, ""),
            [Undeliverable, Undeliverable, Undeliverable, Undeliverable, Refused],
        ),
        ("400, endless", Answer::Endless(400), [Undeliverable, Undeliverable, Undeliverable, Undeliverable, Ambiguous]),
        ("401", Answer::body(401, ""), [Dead, Dead, Dead, Dead, Refused]),
        ("403", Answer::body(403, HTML), [Dead, Dead, Dead, Dead, Refused]),
        ("404", Answer::body(404, HTML), [Dead, Dead, Dead, Dead, Refused]),
        ("407", Answer::body(407, HTML), [Dead, Dead, Dead, Dead, Refused]),
        ("408", Answer::body(408, ""), [Ambiguous, Ambiguous, Ambiguous, Ambiguous, Refused]),
        ("410", Answer::body(410, ""), [Dead, Dead, Dead, Dead, Refused]),
        ("413", Answer::body(413, HTML), [Undeliverable, Undeliverable, Undeliverable, Undeliverable, Refused]),
        ("echo, 200", Answer::Echo(200), [Ambiguous, Ambiguous, Ambiguous, Delivered, Ambiguous]),
        ("echo, 400", Answer::Echo(400), [Undeliverable, Undeliverable, Undeliverable, Undeliverable, Refused]),
        ("echo, 403", Answer::Echo(403), [Dead, Dead, Dead, Dead, Refused]),
        ("echo, 500", Answer::Echo(500), [Ambiguous; 5]),
    ]
}

async fn classes_of(index: usize) {
    let kind = Kind::ALL[index];
    let mut wrong = Vec::new();
    for (case, answer, expected) in cases() {
        let (class, server) = delivered(kind, &answer, case).await;
        if class != expected[index] {
            wrong.push(format!("{case}: {class:?} instead of {:?}", expected[index]));
        }
        // Nothing below us may try again: only the pipeline knows whether a repeat is safe.
        let most = if class == Undeliverable { 3 } else { 1 };
        let requests = server.requests().len();
        if requests == 0 || requests > most {
            wrong.push(format!("{case}: {requests} requests"));
        }
    }
    assert!(wrong.is_empty(), "{kind:?}\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn classes_of_the_slack_bot() {
    classes_of(0).await;
}

#[tokio::test]
async fn classes_of_the_slack_webhook() {
    classes_of(1).await;
}

#[tokio::test]
async fn classes_of_pagerduty() {
    classes_of(2).await;
}

#[tokio::test]
async fn classes_of_the_webhook() {
    classes_of(3).await;
}

#[tokio::test]
async fn classes_of_sns() {
    classes_of(4).await;
}

#[tokio::test]
async fn errors_of_sns_by_their_code() {
    for (status, code, expected) in [
        (400, "Throttling", Refused),
        (403, "AuthorizationError", Dead),
        (404, "NotFound", Dead),
        (400, "KMSAccessDenied", Dead),
        (400, "InvalidParameter", Undeliverable),
        (500, "InternalError", Ambiguous),
    ] {
        let headers = vec![("Content-Type", "text/xml".to_owned())];
        let answer = Answer::Reply(status, headers, SNS_ERROR.replace('%', code));
        assert_eq!(delivered(Kind::Sns, &answer, code).await.0, expected, "{code}");
    }
}

#[tokio::test]
async fn a_yes_is_told_with_one_request() {
    for kind in Kind::ALL {
        let (class, server) = delivered(kind, &kind.yes(), "yes").await;
        assert_eq!((class, server.requests().len()), (Delivered, 1), "{kind:?}");
        assert_eq!(server.requests()[0].method, "POST");
    }
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    for kind in Kind::ALL {
        for status in [301, 302, 303, 307, 308] {
            let target = HostileServer::answering(vec![kind.yes()]).unwrap();
            let (class, server) = delivered(kind, &Answer::header(status, "Location", &target.url()), "redirect").await;
            // The SDK does not say what a redirect of SNS is.
            let expected = if kind == Kind::Sns { Ambiguous } else { Dead };
            assert_eq!((class, server.requests().len()), (expected, 1), "{kind:?} {status}");
            assert_eq!(target.requests(), [], "{kind:?} {status}: the target was contacted");
        }
    }
}

#[tokio::test]
async fn too_late_is_zero_requests() {
    for kind in Kind::ALL {
        let server = HostileServer::answering(vec![kind.yes()]).unwrap();
        let notifier = kind.notifier(&server.url());
        for before in [now(), now() - SignedDuration::from_secs(1)] {
            for message in [Message::Alert(alert()), Message::RollUp(super::harness::roll_up(3))] {
                assert_eq!(class(&notifier.send(&message, before).await), TooLate, "{kind:?}");
            }
        }
        assert_eq!(server.requests(), [], "{kind:?}");
    }
}

#[tokio::test]
async fn nobody_at_the_port_is_refused() {
    for kind in Kind::ALL {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let result = kind.notifier(&format!("http://{closed}")).send(&Message::Alert(alert()), in_a_minute()).await;
        assert_eq!(class(&result), Refused, "{kind:?}: {result:?}");
    }
}

#[tokio::test]
async fn one_bad_answer_spoils_nothing_for_the_next_send() {
    for kind in Kind::ALL {
        for bad in [Answer::Close, Answer::Reset, Answer::ResetInBody(200), Answer::body(500, ""), Answer::Endless(200)]
        {
            let server = HostileServer::answering(vec![bad.clone(), kind.yes()]).unwrap();
            let notifier = kind.notifier(&server.url());
            let message = Message::Alert(alert());
            assert_eq!(class(&notifier.send(&message, soon()).await), Ambiguous, "{kind:?} {bad:?}");
            assert_eq!(class(&notifier.send(&message, in_a_minute()).await), Delivered, "{kind:?} {bad:?}");
        }
    }
}

#[tokio::test]
async fn a_repeat_can_be_recognised() {
    for kind in [Kind::PagerDuty, Kind::Webhook] {
        let server = HostileServer::answering(vec![Answer::body(500, ""), kind.yes()]).unwrap();
        for expected in [Ambiguous, Delivered] {
            assert_eq!(told_by(kind, &server, &Message::Alert(alert()), "repeat").await, expected);
        }
        let requests = server.requests();
        let name = |index: usize| match kind {
            Kind::PagerDuty => requests[index].json()["dedup_key"].as_str().map(ToOwned::to_owned),
            _ => requests[index].header("webhook-id").map(ToOwned::to_owned),
        };
        assert!(name(0).is_some() && name(0) == name(1), "{kind:?}");
    }
}
