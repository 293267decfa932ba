//! Where words go: data to standard output, talk to standard error.

use std::{io::Write as _, process::ExitCode};

use serde::Serialize;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Ok,
    /// Below target, or the answer is no.
    Below,
    /// Wrong usage or configuration.
    Usage,
    /// A delivery failed.
    Delivery,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::Below => 1,
            Exit::Usage => 2,
            Exit::Delivery => 3,
        })
    }
}

/// Prints a line of data.
pub(crate) fn line(text: impl AsRef<str>) {
    // A reader that closed the pipe has seen enough.
    writeln!(anstream::stdout(), "{}", text.as_ref()).ok();
}

/// Prints a line for people who watch.
pub(crate) fn talk(text: impl AsRef<str>) {
    writeln!(anstream::stderr(), "{}", text.as_ref()).ok();
}

/// Prints one value as one line of JSON.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string(value)?);
    Ok(())
}

/// Prints one value as JSON over several lines.
pub(crate) fn json_pretty(value: &impl Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Prints an error and says how the process ends.
pub(crate) fn report_error(error: &anyhow::Error) -> Exit {
    talk(format!("error: {error:#}"));
    Exit::Usage
}

/// How wide a line may be: `COLUMNS`, or 80.
pub(crate) fn width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok()).unwrap_or(80).clamp(40, 120)
}
