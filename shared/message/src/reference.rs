//! Where a delivered message is.

use serde::{Deserialize, Serialize};

/// A message that was accepted and can be updated or replied to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRef {
    /// Where it is, as the provider calls it (a Slack channel id).
    pub place: String,
    /// Which one (a Slack timestamp).
    pub id: String,
}
