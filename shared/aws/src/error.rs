//! Classifies an SDK error: was the request sent, was it answered, and what do people need to know.
//!
//! Never with `Debug` output: the debug form of an SDK error holds the whole response, which may be a secret.

use std::error::Error;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use jiff::SignedDuration;
use plimsoll_finding::clean_line;

/// The longest pause that is taken from a `Retry-After` header: the store's index and the next run do the rest.
const MAX_WAIT_SECONDS: i64 = 900;

/// How far a failed request got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallOutcome {
    /// The request was certainly not sent: no connection, or it could not be built.
    NotSent,
    /// The request may have been sent; no readable answer arrived.
    Unknown,
    /// AWS answered with an error.
    Answered {
        /// HTTP status.
        status: u16,
        /// AWS's own name for it, for example `ThrottlingException`; empty if it gave none.
        code: String,
        /// From the header `Retry-After`.
        wait: Option<SignedDuration>,
    },
}

impl CallOutcome {
    /// Classifies that error.
    pub fn of<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E>) -> Self {
        match error {
            SdkError::ConstructionFailure(_) => Self::NotSent,
            SdkError::DispatchFailure(_) if never_connected(error) => Self::NotSent,
            // An answer of success that cannot be read comes as a service error, too.
            SdkError::ServiceError(answer) if answer.raw().status().as_u16() >= 400 => Self::Answered {
                status: answer.raw().status().as_u16(),
                code: error.code().unwrap_or_default().to_owned(),
                wait: answer.raw().headers().get("retry-after").and_then(retry_after),
            },
            // A timeout, a reset, an answer that is none. New kinds of errors are unknown, too.
            _ => Self::Unknown,
        }
    }

    /// Whether AWS asks for fewer requests.
    #[must_use]
    pub fn is_throttling(&self) -> bool {
        const CODES: [&str; 8] = [
            "KMSThrottling",
            "ProvisionedThroughputExceeded",
            "RequestLimitExceeded",
            "RequestThrottled",
            "SlowDown",
            "Throttled",
            "Throttling",
            "TooManyRequests",
        ];
        matches!(self, Self::Answered { status, code, .. }
            if *status == 429 || CODES.iter().any(|known| code.starts_with(known)))
    }

    /// Whether AWS refused the credentials or the permission.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        const CODES: [&str; 9] = [
            "AccessDenied",
            "AuthFailure",
            "AuthorizationError",
            "IncompleteSignature",
            "InvalidClientTokenId",
            "InvalidSecurity",
            "NotAuthorized",
            "SignatureDoesNotMatch",
            "UnrecognizedClient",
        ];
        matches!(self, Self::Answered { code, .. } if CODES.iter().any(|known| code.starts_with(known)))
    }
}

fn retry_after(value: &str) -> Option<SignedDuration> {
    let seconds = value.trim().parse::<i64>().ok()?;
    (seconds > 0).then(|| SignedDuration::from_secs(seconds.min(MAX_WAIT_SECONDS)))
}

/// Whether no connection was made: refused, unreachable, unknown host, failed TLS handshake, no answer to the first packet.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    use std::io::ErrorKind::{AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable};
    causes(error).any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        // The connector has no types for these; its words are pinned by the tests below.
        let words = cause.to_string();
        matches!(io, Some(AddrNotAvailable | ConnectionRefused | HostUnreachable | NetworkUnreachable))
            || words == "client error (Connect)"
            || words.starts_with("HTTP connect timeout")
    })
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause: &&'a (dyn Error + 'static)| (*cause).source())
}

/// The error in one line: AWS's code and message, or the chain of causes.
pub fn explain<E>(error: &SdkError<E>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let Some(code) = error.code() {
        return clean_line(&format!("{code}: {}", error.message().unwrap_or("no further words")));
    }
    if let SdkError::ServiceError(answer) = error {
        return format!("HTTP status {} with an answer that cannot be read", answer.raw().status().as_u16());
    }
    let mut words: Vec<String> = Vec::new();
    for cause in causes(error) {
        let word = clean_line(&cause.to_string());
        if words.last() != Some(&word) {
            words.push(word);
        }
    }
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Clients,
        canned::{Answer, Server},
    };

    async fn publish(endpoint: &str) -> SdkError<aws_sdk_sns::operation::publish::PublishError> {
        let client = Clients::at(endpoint, "eu-central-1").sns("eu-central-1", None);
        client.publish().topic_arn("arn:aws:sns:eu-central-1:111122223333:t").message("m").send().await.unwrap_err()
    }

    #[tokio::test]
    async fn no_connection_is_not_sent() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = publish(&format!("http://{closed}")).await;
        assert_eq!(CallOutcome::of(&error), CallOutcome::NotSent, "{}", explain(&error));
        let error = publish("http://no-such-host.invalid").await;
        assert_eq!(CallOutcome::of(&error), CallOutcome::NotSent, "{}", explain(&error));
        let plain = Server::start(|_| Answer::Hang);
        let error = publish(&plain.url().replace("http:", "https:")).await;
        assert_eq!(CallOutcome::of(&error), CallOutcome::NotSent, "{}", explain(&error));
    }

    #[tokio::test]
    async fn a_closed_connection_or_an_answer_that_is_none_is_unknown() {
        for answer in [Answer::Close, Answer::Body(200, "text/xml", "<not xml".to_owned())] {
            let server = Server::start(move |_| answer.clone());
            let error = publish(&server.url()).await;
            assert_eq!(CallOutcome::of(&error), CallOutcome::Unknown, "{}", explain(&error));
            assert_eq!(server.requests().len(), 1, "SNS is tried once");
        }
    }

    #[tokio::test]
    async fn an_answer_has_its_code_and_its_wait() {
        let server = Server::start(|_| {
            let body = "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate &lt;!channel&gt;&#10;exceeded</Message></Error></ErrorResponse>";
            Answer::With(400, vec![("Retry-After", "99999")], body.to_owned())
        });
        let error = publish(&server.url()).await;
        let outcome_of_call = CallOutcome::of(&error);
        assert!(outcome_of_call.is_throttling() && !outcome_of_call.is_denied(), "{outcome_of_call:?}");
        let CallOutcome::Answered { wait, .. } = outcome_of_call else { panic!("{outcome_of_call:?}") };
        assert_eq!(wait, Some(SignedDuration::from_secs(900)));
        assert_eq!(explain(&error), "Throttling: Rate <!channel> exceeded");
    }
}
