//! The client alone: "certainly not sent" and "nobody knows" are never confused.

use std::time::Duration;

use plimsoll_channels::http::HttpFailure;
use plimsoll_tests::hostile_server::{Answer, HostileServer};

use super::harness::{client, endpoint};

async fn post(url: &str) -> Result<u16, HttpFailure> {
    let answer = client().within(Duration::from_secs(5)).post(&endpoint(url), &[], b"{\"canary\":1}".to_vec()).await;
    let shown = format!("{answer:?}");
    assert!(!shown.contains("canary"), "{shown}");
    answer.map(|answer| answer.status)
}

#[tokio::test]
async fn what_never_connected_was_not_sent_and_says_why() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let plain = HostileServer::answering(vec![Answer::Silent]).unwrap();
    let hangs_up = HostileServer::answering(vec![Answer::Close]).unwrap();
    for (url, expected) in [
        (format!("http://{closed}/canary"), "connection refused"),
        ("https://canary.invalid/".to_owned(), "there is no such host, or its name cannot be looked up"),
        (plain.url().replace("http:", "https:"), ""),
        (hangs_up.url().replace("http:", "https:"), ""),
    ] {
        let Err(HttpFailure::NotSent(why)) = post(&url).await else { panic!("{url}") };
        assert!(why.contains(expected) && !why.is_empty(), "{url}: {why}");
    }
    assert_eq!(plain.requests(), []);
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_not_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = listener.accept().unwrap();
        assert_ne!(stream.read(&mut [0; 4_096]).unwrap(), 0);
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let expected = "the server's certificate is not trusted, or it does not speak TLS";
    assert_eq!(post(&url).await, Err(HttpFailure::NotSent(expected.to_owned())));
}

#[tokio::test]
async fn what_was_sent_and_not_answered_is_unknown() {
    for answer in
        [Answer::Close, Answer::Reset, Answer::ResetInBody(200), Answer::CutBody(200, Vec::new()), Answer::Raw(b"x")]
    {
        let server = HostileServer::answering(vec![answer.clone()]).unwrap();
        let outcome = post(&server.url()).await;
        assert!(matches!(outcome, Err(HttpFailure::Unknown(_))), "{answer:?}: {outcome:?}");
        assert_eq!(server.requests().len(), 1, "{answer:?}");
    }
}

#[tokio::test]
async fn an_idle_connection_that_the_server_closed_loses_nothing() {
    let server = HostileServer::answering(vec![Answer::ReplyThenClose(200, Vec::new(), "ok".to_owned())]).unwrap();
    let client = client();
    for sent in 1..=20 {
        let answer = client.post(&endpoint(&server.url()), &[], b"{}".to_vec()).await;
        // Either the client saw the close in time and took a new connection, or it wrote into the closed one: then the
        // message never reached the script, and nobody may claim to know its outcome.
        match answer {
            Ok(answer) => assert_eq!(answer.status, 200),
            Err(failure) => assert!(matches!(failure, HttpFailure::Unknown(_)), "{failure:?}"),
        }
        assert!(server.requests().len() <= sent, "a request was sent twice");
    }
    assert_eq!(
        server.requests().iter().map(|r| r.connection).collect::<std::collections::BTreeSet<_>>().len(),
        server.requests().len()
    );
}

#[tokio::test]
async fn a_close_that_had_time_to_arrive_is_not_even_noticed() {
    let server = HostileServer::answering(vec![Answer::ReplyThenClose(200, Vec::new(), "ok".to_owned())]).unwrap();
    let client = client();
    for sent in 1..=3 {
        let answer = client.post(&endpoint(&server.url()), &[], b"{}".to_vec()).await;
        assert_eq!(answer.map(|a| a.status), Ok(200), "request {sent}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_reused_connection_that_dies_under_a_request_is_unknown_and_not_tried_again() {
    let ok = Answer::body(200, "ok");
    let server = HostileServer::answering(vec![ok.clone(), Answer::Close, ok]).unwrap();
    let client = client();
    let post = async || client.post(&endpoint(&server.url()), &[], b"{}".to_vec()).await;
    assert!(post().await.is_ok());
    assert!(matches!(post().await, Err(HttpFailure::Unknown(_))));
    let requests = server.requests();
    assert_eq!(requests.iter().map(|r| r.connection).collect::<Vec<_>>(), [0, 0], "the connection was reused, once");
    assert!(post().await.is_ok());
}
