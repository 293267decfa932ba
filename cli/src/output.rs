//! Where words go: data to standard output, talk to standard error.

use std::{
    io::{IsTerminal as _, Write as _},
    process::ExitCode,
};

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

/// Prints a sentence, wrapped where the width is known.
pub(crate) fn say(text: impl AsRef<str>) {
    line(plimsoll_render::hanging("", text.as_ref(), width()).trim_end());
}

/// Prints a line for people who watch, wrapped where the width is known.
pub(crate) fn talk(text: impl AsRef<str>) {
    let wrapped: String = text.as_ref().lines().map(|line| plimsoll_render::hanging("", line, width())).collect();
    write!(anstream::stderr(), "{wrapped}").ok();
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

/// The narrowest and the widest line that text is laid out for.
const NARROWEST: u16 = 60;
const WIDEST: u16 = 200;
/// How wide running text is where nothing says how wide it may be.
const TEXT: u16 = 80;

/// How wide a line may be: `COLUMNS` if it is set, else the terminal's width, from 60 to 200; `None` for a pipe or a file,
/// where each row of a table is one line.
pub(crate) fn width() -> Option<usize> {
    let named = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || {
        let out = std::io::stdout();
        // Not the width of another stream: output that goes into a pipe is not for that terminal.
        out.is_terminal().then(|| terminal_size::terminal_size_of(out).map_or(TEXT, |(width, _)| width.0))
    };
    named.or_else(terminal).map(|columns| usize::from(columns.clamp(NARROWEST, WIDEST)))
}

/// How wide running text may be: 80 columns in a pipe or a file.
pub(crate) fn text_width() -> usize {
    width().unwrap_or(usize::from(TEXT))
}
