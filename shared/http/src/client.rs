//! One POST, and what can be said of its fate.

use std::{error::Error, time::Duration};

use aws_smithy_runtime_api::{
    client::{http::{HttpConnector as _, SharedHttpConnector}, orchestrator::HttpRequest, result::ConnectorError},
    http::Response,
};
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt as _, Limited};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};

use crate::Endpoint;

/// The whole exchange, from connecting to the last byte of the answer.
const WHOLE_REQUEST: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// The wait when a provider says "slow down" without saying for how long.
pub const RETRY_AFTER_DEFAULT: SignedDuration = SignedDuration::from_secs(30);
/// The longest wait that is believed.
const RETRY_AFTER_MAX: SignedDuration = SignedDuration::from_mins(15);

/// An answer that arrived whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header, as sent.
    pub retry_after: Option<String>,
    /// A header that some providers use to tell what the credential may do (`x-oauth-scopes`).
    pub scopes: Option<String>,
    /// The body; at most 64 KiB.
    pub body: String,
}

/// No whole answer. The text never contains the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpFailure {
    /// The request was certainly not sent: no connection, no name, no TLS.
    #[error("no connection: {0}")]
    NotSent(String),
    /// The request may have been acted upon: a time-out, a reset, an answer that was cut off.
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

    /// The same with another time limit for the whole exchange.
    #[must_use]
    pub const fn within(mut self, whole_request: Duration) -> Self {
        self.whole_request = whole_request;
        self
    }

    /// Posts a body and reads the answer. Redirects are answers like any other: they are never followed.
    ///
    /// # Errors
    /// There is no whole answer.
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
        let exchange = async {
            let answer = self.connector.call(request).await.map_err(|error| not_whole(&error))?;
            read(answer).await
        };
        match tokio::time::timeout(self.whole_request, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(HttpFailure::Unknown(format!("nothing within {} s", self.whole_request.as_secs()))),
        }
    }
}

async fn read(answer: Response<SdkBody>) -> Result<Answer, HttpFailure> {
    let status = answer.status().as_u16();
    let header = |name: &str| answer.headers().get(name).map(ToOwned::to_owned);
    let (retry_after, scopes) = (header("retry-after"), header("x-oauth-scopes"));
    let body = Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect().await;
    let body = body.map_err(|_| HttpFailure::Unknown(format!("HTTP {status}, but its body was cut off or endless")))?;
    let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    Ok(Answer { status, retry_after, scopes, body })
}

/// Says what happened in our own words: an error of the HTTP library may quote the address.
fn not_whole(error: &ConnectorError) -> HttpFailure {
    if never_connected(error) {
        return HttpFailure::NotSent(reason(error).unwrap_or("it could not be made").to_owned());
    }
    let what = if error.is_timeout() { "time-out" } else { "the connection broke" };
    HttpFailure::Unknown(reason(error).unwrap_or(what).to_owned())
}

fn never_connected(error: &ConnectorError) -> bool {
    error.is_user()
        || chain(error).any(|cause| {
            cause.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(hyper_util::client::legacy::Error::is_connect)
        })
}

fn reason(error: &ConnectorError) -> Option<&'static str> {
    let io = chain(error).find_map(|cause| cause.downcast_ref::<std::io::Error>())?;
    Some(match io.kind() {
        std::io::ErrorKind::ConnectionRefused => "connection refused",
        std::io::ErrorKind::ConnectionReset => "connection reset",
        std::io::ErrorKind::TimedOut => "time-out",
        std::io::ErrorKind::InvalidData => "the server's certificate is not trusted, or it does not speak TLS",
        _ => return None,
    })
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause: &&'a (dyn Error + 'static)| (*cause).source())
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
