//! A secret goes into the one request that it is for, and nowhere else.

use plimsoll_channels::{http::Endpoint, pagerduty::HOSTS, slack::WEBHOOK_HOSTS};
use plimsoll_local::LookAlike;
use plimsoll_message::{Message, Notifier as _, Secret};
use plimsoll_tests::hostile_server::{Answer, HostileServer};
use serde_json::json;

use super::harness::{
    Class, Kind, ROUTING_KEY, SIGNING_SECRET, TOKEN, alert, bot, class, client, clock, delivered, endpoint,
    in_a_minute, mentions, pagerduty, slack_webhook, webhook,
};

#[test]
fn nothing_prints_a_secret() {
    let url = "http://127.0.0.1:9";
    for shown in [
        format!("{:?}", bot(url)),
        format!("{:#?}", slack_webhook(url)),
        format!("{:?}", pagerduty(url)),
        format!("{:?}", webhook(url)),
    ] {
        assert!(!shown.contains("canary"), "{shown}");
        assert!(!shown.contains("99, 97, 110, 97, 114, 121"), "as bytes: {shown}");
    }
}

#[tokio::test]
async fn each_secret_is_where_it_belongs_and_nowhere_else() {
    for kind in Kind::ALL {
        let (_, server) = delivered(kind, &kind.yes(), "yes").await;
        let request = server.requests().remove(0);
        let everywhere = |text: &str| {
            let headers = request.headers.iter().filter(|(_, value)| value.contains(text)).count();
            (headers, request.body.matches(text).count(), request.path.matches(text).count())
        };
        let expected = match kind {
            Kind::SlackBot => (1, 0, 0),
            Kind::SlackWebhook | Kind::Webhook => (0, 0, 1),
            Kind::PagerDuty => (0, 4, 0),
            Kind::Sns => (0, 0, 0),
        };
        assert_eq!(everywhere("canary"), expected, "{kind:?}");
        assert_eq!(everywhere(SIGNING_SECRET), (0, 0, 0), "{kind:?}");
    }
    let (_, server) = delivered(Kind::SlackBot, &Kind::SlackBot.yes(), "yes").await;
    assert_eq!(server.requests()[0].header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    let (_, server) = delivered(Kind::PagerDuty, &Kind::PagerDuty.yes(), "yes").await;
    assert_eq!(server.requests()[0].json()["routing_key"], ROUTING_KEY);
}

#[tokio::test]
async fn a_token_that_is_none_breaks_the_channel_before_anything_is_sent() {
    let server = HostileServer::answering(vec![Kind::SlackBot.yes()]).unwrap();
    for token in ["xoxb-canary\nx", "xoxb-canary x", "xoxb-cänary"] {
        let (id, place, base) = (plimsoll_message::ChannelId::new("slack"), "C0123456789", endpoint(&server.url()));
        let bot = plimsoll_channels::slack::SlackBot::new(
            id,
            place,
            Secret::new(token).unwrap(),
            base,
            client(),
            mentions(),
            clock(),
        );
        let result = bot.send(&Message::Alert(alert()), in_a_minute()).await;
        assert_eq!(class(&result), Class::Dead, "{result:?}");
        assert!(!format!("{result:?}").contains("nary"), "{result:?}");
        assert!(bot.probe().await.is_err());
    }
    assert_eq!(server.requests(), []);
}

#[tokio::test]
async fn a_probe_says_what_is_wrong_and_how_to_fix_it() {
    let scopes = |scopes: &str| vec![("x-oauth-scopes", scopes.to_owned())];
    let ok = r#"{"ok":true,"team":"Har\u202ebour"}"#.to_owned();
    let member =
        |is: bool| Answer::body(200, &json!({"ok": true, "channel": {"name": "a", "is_member": is}}).to_string());
    let no = |word: &str| Answer::body(200, &json!({"ok": false, "error": word}).to_string());
    let yes = Answer::Reply(200, scopes("chat:write,users:read"), ok.clone());
    for (answer, channel, expected) in [
        (yes.clone(), member(true), Ok("workspace Harbour, and the app is in channel a")),
        (Answer::Reply(200, Vec::new(), ok.clone()), member(true), Ok("workspace Harbour")),
        (yes.clone(), member(false), Err("/invite @Plimsoll")),
        (yes.clone(), no("missing_scope"), Err("add channels:read")),
        (yes.clone(), no("channel_not_found"), Err("copy the id from the channel's details")),
        (yes.clone(), Answer::Close, Err("no answer from Slack")),
        (yes.clone(), Answer::Echo(200), Err("without a word")),
        (yes, Answer::body(429, ""), Err("wait 30 s")),
        (Answer::Reply(200, scopes("chat:write.public"), ok), member(true), Err("lacks the scope chat:write")),
        (no("token_revoked"), member(true), Err("reinstall")),
        (no("invalid_auth"), member(true), Err("copy the bot token again")),
        (Answer::body(429, ""), member(true), Err("wait 30 s")),
        (Answer::Echo(200), member(true), Err("Slack says HTTP 200")),
        (Answer::Close, member(true), Err("no answer from Slack")),
    ] {
        let case = format!("{answer:?}, {channel:?}");
        let server = HostileServer::answering(vec![answer, channel]).unwrap();
        let probe = bot(&server.url()).probe().await.map_err(|e| e.to_string());
        let (Ok(said) | Err(said)) = &probe;
        assert!(!said.contains("canary"), "{said}");
        assert_eq!(probe.is_ok(), expected.is_ok(), "{case}: {said}");
        let (Ok(words) | Err(words)) = expected;
        assert!(said.contains(words), "{case}: {said}");
        let requests = server.requests();
        let paths: Vec<&str> = requests.iter().map(|request| request.path.as_str()).collect();
        assert!(["/api/auth.test", "/api/conversations.info"].starts_with(&paths), "a probe tells nobody: {paths:?}");
        for asked in requests.iter().filter(|request| request.path.ends_with("info")) {
            assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"), "it takes no JSON");
            assert_eq!(asked.body, "channel=C0123456789");
        }
    }
}

#[tokio::test]
async fn the_look_alike_answers_a_probe_as_slack_does() {
    let look_alike = LookAlike::start(0).await.unwrap();
    let said = bot(&look_alike.url()).probe().await.unwrap();
    assert_eq!(said, "the token works in workspace look-alike, and the app is in channel alerts");
    assert_eq!(look_alike.received(), [], "a probe tells nobody");
}

#[test]
fn only_the_hosts_that_a_channel_is_for() {
    for (hosts, url, allowed) in [
        (WEBHOOK_HOSTS, "https://hooks.slack.com/services/T/B/x", true),
        (WEBHOOK_HOSTS, "https://events.pagerduty.com/v2/enqueue", false),
        (HOSTS, "https://events.pagerduty.com", true),
        (HOSTS, "https://events.eu.pagerduty.com", true),
        (HOSTS, "https://events.pagerduty.com.evil.example", false),
        (HOSTS, "http://events.pagerduty.com", false),
    ] {
        assert_eq!(Endpoint::parse_on(&Secret::new(url).unwrap(), hosts).is_ok(), allowed, "{url}");
    }
}
