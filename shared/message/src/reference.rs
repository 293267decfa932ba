//! The reference of a delivered message.

use serde::{Deserialize, Serialize};

/// A message that was accepted and can be updated or replied to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRef {
    /// The place of the message in the provider's terms (a Slack channel id).
    pub place: String,
    /// The id of the message (a Slack timestamp).
    pub id: String,
}
