//! What an SDK error means for a read.

use aws_sdk_cloudcontrol::error::{ProvideErrorMetadata, SdkError};
use plimsoll_aws::{CallOutcome, explain};
use plimsoll_evidence::{ReadError, ReadErrorKind};

/// The error of one call; `None` if it says that the resource is gone, which is no error.
pub(crate) fn fault<E>(error: &SdkError<E>, action: &str, resource: Option<&str>) -> Option<ReadError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    const UNSUPPORTED: [&str; 4] = [
        "UnsupportedActionException",
        "TypeNotFoundException",
        "PrivateTypeException",
        "UnsupportedOperationException",
    ];
    let code = error.code().unwrap_or_default();
    if resource.is_some() && code == "ResourceNotFoundException" {
        return None;
    }
    let (outcome, message) = (CallOutcome::of(error), explain(error));
    // A handler that is denied in the service answers with its own name for it, and with IAM's words.
    // <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
    let kind = if outcome.is_denied() || message.contains("not authorized to perform") {
        ReadErrorKind::Denied
    } else if outcome.is_throttling() {
        ReadErrorKind::Throttled
    } else if UNSUPPORTED.contains(&code) {
        ReadErrorKind::Unsupported
    } else {
        ReadErrorKind::Failed
    };
    Some(ReadError { resource: resource.map(ToOwned::to_owned), kind, action: action.to_owned(), message })
}
