//! What is wrong in the configuration.

use std::ops::Range;

/// Something wrong in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    /// What is wrong.
    pub message: String,
    /// Where in the file, in bytes.
    pub span: Option<Range<usize>>,
    /// How to fix it.
    pub help: String,
    /// What stands there may be a secret: its line may be named and never shown.
    pub is_secret: bool,
}

impl std::fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}. {}", self.message, self.help)
    }
}
