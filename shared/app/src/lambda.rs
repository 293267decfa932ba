//! What all functions share in the Lambda loop. <https://docs.aws.amazon.com/lambda/latest/dg/lambda-rust.html>

use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, Diagnostic};
use plimsoll_pipeline::StoreError;

/// An invocation that failed as a whole: Lambda delivers it again.
pub(crate) struct Failure {
    pub(crate) error_type: &'static str,
    pub(crate) message: String,
}

impl std::fmt::Debug for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.error_type, self.message)
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.error_type.to_owned(), error_message: failure.message }
    }
}

pub(crate) fn store_failed(error: &StoreError) -> Failure {
    Failure { error_type: "StoreUnavailable", message: error.to_string() }
}

/// How long the invocation may still take. An emulator may give a deadline that is none (`cargo lambda watch` counts from
/// 1970): one that is long past is taken for 30 s.
pub(crate) fn time_left(context: &Context, now: Timestamp) -> SignedDuration {
    let deadline = i64::try_from(context.deadline).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let left = deadline.map(|deadline| deadline.duration_since(now));
    left.filter(|left| *left > -SignedDuration::from_hours(1)).unwrap_or(SignedDuration::from_secs(30))
}
