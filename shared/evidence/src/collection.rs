//! What one run of reads brought back from AWS: the interface between the collector, which writes it, and the
//! predicates, which judge it. A collection knows no storage, and it keeps its errors in its result.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One atomic run of reads over one account and one region. What is global (IAM, `CloudFront`, Cost Explorer, budgets)
/// stands in the collection of one region of the account, whichever the collector chose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Collection {
    /// The account, 12 digits.
    pub account: String,
    /// The region, such as `eu-west-1`.
    pub region: String,
    /// When the first call was made. Proofs count their age from here.
    pub started_at: Timestamp,
    /// When the last answer arrived.
    pub finished_at: Timestamp,
    /// The reads by kind, see [`crate::reads`]. A kind that is absent was not read: unknown, never met and never empty.
    pub reads: BTreeMap<String, Read>,
}

/// All that was read of one kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Read {
    /// Whether every resource of the kind (or for the kinds of [`crate::reads::Extent::Used`], every resource that is
    /// used) is in `resources`. False after a page that failed, a resource that could not be fetched or a run that ended.
    pub complete: bool,
    /// What was read.
    pub resources: Vec<Resource>,
    /// What could not be read.
    pub errors: Vec<ReadError>,
}

/// One resource as it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// Its identifier: what Cloud Control calls it, or the ARN or name that [`crate::reads`] names for the kind.
    pub id: String,
    /// Its properties: with `CloudFormation`'s names for Cloud Control, else with the names of the API's JSON on the wire.
    /// Times are RFC 3339 strings.
    pub properties: Value,
}

/// One call that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadError {
    /// The resource that was asked for; absent if the list itself failed.
    pub resource: Option<String>,
    /// Why, in one of few words.
    pub kind: ReadErrorKind,
    /// The call, such as `ecs:DescribeServices`; for Cloud Control the call and the type, such as
    /// `cloudformation:ListResources AWS::EC2::Subnet`.
    pub action: String,
    /// What AWS said. It may be hostile text.
    pub message: String,
}

/// Why a call did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadErrorKind {
    /// The role may not make the call.
    Denied,
    /// AWS asked to slow down until the run was over.
    Throttled,
    /// The type or the call does not exist in this region, or its handler cannot do it.
    Unsupported,
    /// The run reached its deadline first.
    OutOfTime,
    /// Anything else.
    Failed,
}

impl ReadErrorKind {
    /// What happened, as a word or two for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Denied => "access denied",
            Self::Throttled => "throttled",
            Self::Unsupported => "not supported",
            Self::OutOfTime => "out of time",
            Self::Failed => "failed",
        }
    }

    /// What to do about it, as a clause for people.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Denied => "grant the permission to the collector's role",
            Self::Throttled => "wait for the next run, or lower the number of requests a second",
            Self::Unsupported => "this region cannot answer; another proof is needed",
            Self::OutOfTime => "wait for the next run, or give the collector more time",
            Self::Failed => "read the message of the error; the next run tries again",
        }
    }
}
