//! One POST request and its outcome: answered, certainly not sent, or unknown.

use std::{error::Error, time::Duration};

use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector as _, SharedHttpConnector},
        orchestrator::HttpRequest,
        result::ConnectorError,
    },
    http::Response,
};
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt as _, Limited};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use tokio::time::Instant;

use crate::http::Endpoint;

/// The time limit of the whole exchange, from connecting to the last byte of the answer.
const WHOLE_REQUEST: Duration = Duration::from_secs(10);
/// The most bytes of an answer that are read.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// The wait after a "slow down" answer without `Retry-After`.
pub const RETRY_AFTER_DEFAULT: SignedDuration = SignedDuration::from_secs(30);
/// The longest wait that is taken from `Retry-After`.
const RETRY_AFTER_MAX: SignedDuration = SignedDuration::from_mins(15);

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header, as sent.
    pub retry_after: Option<String>,
    /// A header that some providers use to tell what the credential may do (`x-oauth-scopes`).
    pub scopes: Option<String>,
    /// The body; at most 64 KiB. Empty if the status is no success and the body did not arrive whole: a refusal stays one.
    pub body: String,
}

/// The answer did not arrive whole. The text never contains the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpFailure {
    /// The request was certainly not sent: no connection, no name, no TLS.
    #[error("no connection: {0}")]
    NotSent(String),
    /// The request may have been acted upon: a time-out, a reset, a success that was cut off.
    #[error("no answer: {0}")]
    Unknown(String),
}

/// Makes requests through the connector that is handed in, the same one that AWS clients use.
#[derive(Debug, Clone)]
pub struct HttpClient {
    connector: SharedHttpConnector,
    whole_request: Duration,
}

impl HttpClient {
    /// A client over this connector.
    #[must_use]
    pub const fn new(connector: SharedHttpConnector) -> Self {
        Self { connector, whole_request: WHOLE_REQUEST }
    }

    /// The same client with another time limit for the whole exchange.
    #[must_use]
    pub const fn within(mut self, whole_request: Duration) -> Self {
        self.whole_request = whole_request;
        self
    }

    /// The same client limited to the remaining time; `None` if no time is left.
    #[must_use]
    pub fn with_left(&self, left: SignedDuration) -> Option<Self> {
        let left = Duration::try_from(left).ok().filter(|left| !left.is_zero())?;
        Some(self.clone().within(left.min(self.whole_request)))
    }

    /// Posts a body and reads the answer. Redirects are answers like any other: they are never followed.
    ///
    /// # Errors
    /// The answer did not arrive whole.
    pub async fn post(
        &self,
        endpoint: &Endpoint,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<Answer, HttpFailure> {
        let mut request = HttpRequest::new(SdkBody::from(body));
        let prepared = request.set_method("POST").and_then(|()| request.set_uri(endpoint.url()));
        prepared.map_err(|_| HttpFailure::NotSent("the address cannot be used".to_owned()))?;
        for (name, value) in headers {
            // A line break in a value would be a header of its own.
            let set = request.headers_mut().try_insert(*name, value.clone());
            set.map_err(|_| HttpFailure::NotSent(format!("the value of header {name} cannot be sent")))?;
        }
        let until = Instant::now().checked_add(self.whole_request);
        let Some(answer) = before(until, self.connector.call(request)).await else {
            return Err(HttpFailure::Unknown(format!("nothing within {:?}", self.whole_request)));
        };
        read(answer.map_err(|error| not_whole(&error))?, until).await
    }
}

/// The outcome of the request within the time limit.
async fn before<T>(until: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match until {
        Some(until) => tokio::time::timeout_at(until, work).await.ok(),
        None => Some(work.await),
    }
}

async fn read(answer: Response<SdkBody>, until: Option<Instant>) -> Result<Answer, HttpFailure> {
    let status = answer.status();
    let header = |name: &str| answer.headers().get(name).map(ToOwned::to_owned);
    let (retry_after, scopes) = (header("retry-after"), header("x-oauth-scopes"));
    let body = match before(until, Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect()).await {
        Some(Ok(body)) => String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        // A refusal needs no body: the status and the headers decide.
        _ if !status.is_success() => String::new(),
        Some(Err(_)) => return Err(unfinished(status.as_u16(), "cut off or endless")),
        None => return Err(unfinished(status.as_u16(), "too slow")),
    };
    Ok(Answer { status: status.as_u16(), retry_after, scopes, body })
}

fn unfinished(status: u16, how: &str) -> HttpFailure {
    HttpFailure::Unknown(format!("HTTP {status}, but its body was {how}"))
}

/// Describes the failure without the HTTP library's text, which may quote the address.
fn not_whole(error: &ConnectorError) -> HttpFailure {
    if never_connected(error) {
        return HttpFailure::NotSent(reason(error).unwrap_or("it could not be made").to_owned());
    }
    let what = if error.is_timeout() { "time-out" } else { "the connection broke" };
    HttpFailure::Unknown(reason(error).unwrap_or(what).to_owned())
}

/// Only what failed before there was a connection. (hyper calls it a user's error, too, when the task that drives a
/// connection goes away under a request that was sent.)
fn never_connected(error: &ConnectorError) -> bool {
    let hyper = chain(error).find_map(|cause| cause.downcast_ref::<hyper_util::client::legacy::Error>());
    hyper.map_or_else(|| error.is_user(), hyper_util::client::legacy::Error::is_connect)
}

fn reason(error: &ConnectorError) -> Option<&'static str> {
    // The connector has no types for these two; its words are pinned by the tests.
    if chain(error).any(|cause| cause.to_string().starts_with("dns error")) {
        return Some("there is no such host, or its name cannot be looked up");
    }
    if chain(error).any(|cause| cause.to_string().starts_with("HTTP connect timeout")) {
        return Some("nobody answers at its address");
    }
    chain(error).filter_map(|cause| cause.downcast_ref::<std::io::Error>()).find_map(|io| match io.kind() {
        std::io::ErrorKind::ConnectionRefused => Some("connection refused"),
        std::io::ErrorKind::ConnectionReset => Some("connection reset"),
        std::io::ErrorKind::TimedOut => Some("time-out"),
        std::io::ErrorKind::InvalidData => Some("the server's certificate is not trusted, or it does not speak TLS"),
        _ => None,
    })
}

/// The error and its causes. `io::Error::source` skips the error that it wraps, so that one is asked for.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause: &&'a (dyn Error + 'static)| {
        match cause.downcast_ref::<std::io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => (*cause).source(),
        }
    })
}

/// How long to wait: seconds or an HTTP date, never negative, at most 15 minutes; 30 s if it says nothing or nonsense.
#[must_use]
pub fn retry_after(header: Option<&str>, now: Timestamp) -> SignedDuration {
    let Some(text) = header.map(str::trim) else { return RETRY_AFTER_DEFAULT };
    let wait = match text.parse::<u64>() {
        Ok(seconds) => SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX)),
        Err(_) => match rfc2822::DateTimeParser::new().parse_timestamp(text) {
            Ok(date) => date.duration_since(now),
            Err(_) => RETRY_AFTER_DEFAULT,
        },
    };
    wait.clamp(SignedDuration::ZERO, RETRY_AFTER_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};

    use plimsoll_message::Secret;

    type Outcome = Result<Response<SdkBody>, ConnectorError>;

    /// A server that answers with the result of the function; `None` means no answer.
    #[derive(Debug)]
    struct Fake(fn() -> Option<Outcome>);

    impl HttpConnector for Fake {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            match (self.0)() {
                Some(answer) => HttpConnectorFuture::ready(answer),
                None => HttpConnectorFuture::new(std::future::pending()),
            }
        }
    }

    async fn post(answer: fn() -> Option<Outcome>, header: &str) -> Result<Answer, HttpFailure> {
        let endpoint = Endpoint::parse(&Secret::new("https://hooks.example.com/canary").unwrap()).unwrap();
        let client = HttpClient::new(SharedHttpConnector::new(Fake(answer))).within(Duration::from_millis(20));
        client.post(&endpoint, &[("x-test", header.to_owned())], b"{}".to_vec()).await
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is an outcome")]
    fn answering(status: u16, body: SdkBody) -> Outcome {
        let mut answer = Response::new(status.try_into().unwrap(), body);
        answer.headers_mut().insert("Retry-After", "7");
        Ok(answer)
    }

    #[tokio::test]
    async fn a_refusal_stays_one_whatever_becomes_of_its_body() {
        let cut = post(|| Some(answering(429, SdkBody::taken())), "x").await.unwrap();
        assert_eq!((cut.status, cut.retry_after.as_deref(), cut.body.as_str()), (429, Some("7"), ""));
        assert_eq!(post(|| Some(answering(400, SdkBody::from(vec![b'x'; 65_537]))), "x").await.unwrap().body, "");
        assert_eq!(
            post(|| Some(answering(400, SdkBody::from(vec![b'x'; 65_536]))), "x").await.unwrap().body.len(),
            65_536
        );
        let unknown = |answer| matches!(answer, Err(HttpFailure::Unknown(why)) if why.starts_with("HTTP 200"));
        assert!(unknown(post(|| Some(answering(200, SdkBody::taken())), "x").await));
        assert!(unknown(post(|| Some(answering(200, SdkBody::from(vec![b'x'; 65_537]))), "x").await));
    }

    #[tokio::test]
    async fn silence_is_unknown_and_what_cannot_be_sent_was_not() {
        assert_eq!(post(|| None, "x").await, Err(HttpFailure::Unknown("nothing within 20ms".to_owned())));
        let line_break = post(|| Some(answering(200, SdkBody::empty())), "x\r\nevil: canary").await;
        assert!(matches!(&line_break, Err(HttpFailure::NotSent(why)) if !why.contains("canary")), "{line_break:?}");
        let user = post(|| Some(Err(ConnectorError::user("https://hooks.example.com/canary".into()))), "x").await;
        assert!(matches!(&user, Err(HttpFailure::NotSent(why)) if !why.contains("canary")), "{user:?}");
        let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert_eq!(not_whole(&ConnectorError::io(reset.into())), HttpFailure::Unknown("connection reset".to_owned()));
        let other = ConnectorError::other("https://hooks.example.com/canary".into(), None);
        assert_eq!(not_whole(&other), HttpFailure::Unknown("the connection broke".to_owned()));
    }

    #[test]
    fn no_more_time_than_is_left() {
        let client = HttpClient::new(SharedHttpConnector::new(Fake(|| None)));
        assert!(client.with_left(SignedDuration::ZERO).is_none());
        assert!(client.with_left(SignedDuration::from_secs(-1)).is_none());
        let left = |seconds| client.with_left(SignedDuration::from_secs(seconds)).map(|c| c.whole_request);
        assert_eq!(left(3), Some(Duration::from_secs(3)));
        assert_eq!(left(60), Some(WHOLE_REQUEST));
    }

    #[test]
    fn every_form_of_retry_after() {
        let now: Timestamp = "2026-11-02T09:15:00Z".parse().unwrap();
        for (header, seconds) in [
            (Some("0"), 0),
            (Some(" 7 "), 7),
            (Some("900"), 900),
            (Some("99999999999999999999"), 30),
            (Some("999999"), 900),
            (Some("-5"), 30),
            (Some("soon"), 30),
            (Some("Mon, 2 Nov 2026 09:15:42 GMT"), 42),
            (Some("Mon, 02 Nov 2026 09:00:00 GMT"), 0),
            (None, 30),
        ] {
            assert_eq!(retry_after(header, now), SignedDuration::from_secs(seconds), "{header:?}");
        }
    }
}
