//! A fault of a checklist file.

use std::ops::Range;

use serde::Serialize;
use toml::de::DeTable;

/// Something that is wrong with a checklist file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What is wrong, with the line of the checklist that it is about.
    pub message: String,
    /// Where, in bytes of the text; `None` if it is nowhere in particular.
    pub span: Option<Range<usize>>,
    /// What to do.
    pub help: String,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>, span: Option<Range<usize>>, help: impl Into<String>) -> Self {
        Self { message: message.into(), span, help: help.into() }
    }
}

/// A TOML table as it was read: the values with their places.
pub(crate) type Table<'t> = DeTable<'t>;
