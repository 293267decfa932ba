//! What an SDK error means for a read.

use std::error::Error;

use aws_sdk_cloudcontrol::error::{ProvideErrorMetadata, SdkError};
use plimsoll_aws::{CallOutcome, explain};
use plimsoll_evidence::{ReadError, ReadErrorKind};

/// The region, or the handler of the type, cannot answer.
const UNSUPPORTED: [&str; 4] =
    ["UnsupportedActionException", "TypeNotFoundException", "PrivateTypeException", "UnsupportedOperationException"];
/// The resource that was asked for does not exist any more.
const GONE: [&str; 9] = [
    "ClusterNotFoundException",
    "ImageNotFoundException",
    "NoSuchConfigRuleException",
    "NoSuchConformancePackException",
    "NotFound",
    "NotFoundException",
    "RepositoryNotFoundException",
    "ResourceNotFoundException",
    "ServiceNotFoundException",
];

/// The error of one call; `None` if it says that the resource is gone, which is no error.
pub(crate) fn fault<E>(error: &SdkError<E>, action: &str, resource: Option<&str>) -> Option<ReadError>
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let code = error.code().unwrap_or_default();
    if resource.is_some() && GONE.contains(&code) {
        return None;
    }
    let (outcome, message) = (CallOutcome::of(error), explain(error));
    // A handler that is refused in the service answers with a name of its own, and with the service's words.
    // <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
    let says = |words: &[&str]| words.iter().any(|words| message.contains(words));
    let kind = if outcome.is_denied()
        || code == "InvalidCredentialsException"
        || says(&["not authorized to perform", "AccessDenied", "UnauthorizedOperation"])
    {
        ReadErrorKind::Denied
    } else if outcome.is_throttling() || says(&["Rate exceeded", "Throttling", "RequestLimitExceeded"]) {
        ReadErrorKind::Throttled
    } else if UNSUPPORTED.contains(&code) {
        ReadErrorKind::Unsupported
    } else {
        ReadErrorKind::Failed
    };
    Some(ReadError { resource: resource.map(ToOwned::to_owned), kind, action: action.to_owned(), message })
}

/// Whether the same call may succeed a moment later: no answer came, or AWS failed on its own side.
pub(crate) fn is_transient<E>(error: &SdkError<E>) -> bool
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match CallOutcome::of(error) {
        CallOutcome::NotSent | CallOutcome::Unknown => true,
        CallOutcome::Answered { status, code, .. } => {
            status >= 500
                || ["HandlerInternalFailureException", "NetworkFailureException", "ServiceInternalErrorException"]
                    .contains(&code.as_str())
        }
    }
}
