//! The APIs of the services that send events, behind the port [`plimsoll_pipeline::SourceApi`]: one per source function.
//!
//! Each answer becomes an event of the source's own kind, so that the function's own parser reads it and a finding has
//! one identity however it was found. For that the JSON is taken as it came: the SDK's types do not show all of it.
//! Reads only, and none that costs by the request.

mod backup;
mod config;
mod ecr;
mod guardduty;
mod image_scans;
mod inspector2;
#[cfg(test)]
mod tests;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
pub use config::ConfigRules;
pub use guardduty::GuardDuty;
pub use image_scans::ImageScans;
use plimsoll_finding::Kind;
use plimsoll_pipeline::{SourceApiError, source_api::RECONCILE_ID};
use serde_json::{Value, json};

pub use self::backup::BackupJobs;
use crate::{
    Clients,
    error::{CallOutcome, explain},
};

/// Where we are: whose APIs are read when nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Twelve digits; empty if it is not known.
    pub account: String,
    /// For example `eu-central-1`.
    pub region: String,
}

impl Place {
    /// The place of a Lambda function, by its ARN; without a readable one the region of the clients, and no account.
    #[must_use]
    pub fn of_function(arn: &str, clients: &Clients) -> Self {
        match plimsoll_finding::Arn::parse(arn) {
            Some(arn) => Self { account: arn.account, region: arn.region },
            None => Self { account: String::new(), region: clients.region().to_owned() },
        }
    }

    /// What to do about a resource of another account, to be added to an error; empty if it is one of ours.
    fn hint(&self, account: &str) -> String {
        if account.is_empty() || self.account.is_empty() || account == self.account {
            return String::new();
        }
        format!(
            "; account {account} is not the one of this suite, so if it cannot be read from here, name it in \
             `believe_closes_of`"
        )
    }

    /// The region to ask, if the text from an event can be one: it becomes part of a host name.
    fn region_of<'a>(&'a self, said: &'a str) -> Option<&'a str> {
        if said.is_empty() {
            return Some(&self.region);
        }
        let plain = said.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        (plain && said.len() <= 30).then_some(said)
    }
}

/// An event of that kind, made from an API's answer. `time` in any form that the parsers read.
fn event(kind: Kind, account: &str, region: &str, time: &Value, resources: &[&str], detail: &Value) -> Value {
    json!({
        "id": RECONCILE_ID,
        "source": kind.0,
        "detail-type": kind.1,
        "account": account,
        "region": region,
        "time": time,
        "resources": resources,
        "detail": detail,
    })
}

/// A list in an answer.
fn list<'a>(answer: &'a Value, key: &str) -> &'a [Value] {
    answer.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// What an SDK error means for whoever asked: try again later, or somebody must do something. `action` is the IAM action,
/// for example `inspector2:ListFindings`.
fn fault<E>(error: &SdkError<E>, action: &str, region: &str, hint: &str) -> SourceApiError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let outcome_of_call = CallOutcome::of(error);
    let words = explain(error);
    match &outcome_of_call {
        CallOutcome::Answered { .. } if outcome_of_call.is_throttling() => {
            SourceApiError::Unavailable(format!("{action} in {region} is throttled: {words}"))
        }
        _ if outcome_of_call.is_denied() => SourceApiError::Refused(format!(
            "{action} in {region} is not allowed: {words}; allow the role of the function {action}{hint}"
        )),
        CallOutcome::Answered { code, .. } if code.starts_with("ExpiredToken") => SourceApiError::Unavailable(format!(
            "{action} in {region}: {words}; the credentials have expired, get new ones"
        )),
        CallOutcome::Answered { status, .. } if (400..500).contains(status) && *status != 408 => {
            SourceApiError::Refused(format!("{action} in {region} is refused: {words}{hint}"))
        }
        CallOutcome::NotSent => SourceApiError::Unavailable(format!("no connection for {action} in {region}: {words}")),
        _ => SourceApiError::Unavailable(format!("{action} in {region} failed: {words}")),
    }
}

/// AWS's own name for an error, for example `ResourceNotFoundException`.
fn code<E: ProvideErrorMetadata>(error: &SdkError<E>) -> &str {
    error.code().unwrap_or_default()
}
