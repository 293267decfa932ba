//! What happened, and how long it took: for whoever watches, and for `docs/as-deployed.md`.

use std::{fmt::Write as _, time::Instant};

use anyhow::Result;
use plimsoll_tests::bed::say;

/// A table of steps, printed as they are done.
pub(super) struct Transcript {
    started: Instant,
    rows: String,
}

impl Transcript {
    pub(super) fn start() -> Self {
        Self { started: Instant::now(), rows: String::new() }
    }

    /// Does a step and notes how long it took and what it said.
    pub(super) async fn step<T: Said>(&mut self, name: &str, step: impl Future<Output = Result<T>>) -> Result<T> {
        let started = Instant::now();
        let done = step.await;
        let (seconds, said) = (started.elapsed().as_secs_f64(), done.as_ref().map(Said::said));
        let said = said.unwrap_or_else(|error| format!("FAILED: {error:#}"));
        say(&format!("{:>6.1} s  {seconds:>5.1} s  {name}: {said}", self.started.elapsed().as_secs_f64()));
        writeln!(self.rows, "| {name} | {seconds:.1} | {} |", said.replace('|', "\\|").replace('\n', " "))?;
        done
    }

    /// A heading between the rows.
    pub(super) fn heading(&mut self, words: &str) -> Result<()> {
        say(&format!("== {words}"));
        write!(self.rows, "\n## {words}\n\n| step | seconds | |\n|---|--:|---|\n")?;
        Ok(())
    }

    /// To the file that `PLIMSOLL_TRANSCRIPT` names, if any.
    pub(super) fn keep(&self) -> Result<()> {
        if let Some(path) = std::env::var_os("PLIMSOLL_TRANSCRIPT") {
            std::fs::write(path, self.rows.trim_start())?;
        }
        Ok(())
    }
}

/// A result that can be shown in a row.
pub(super) trait Said {
    fn said(&self) -> String;
}

impl Said for () {
    fn said(&self) -> String {
        String::new()
    }
}

impl Said for String {
    fn said(&self) -> String {
        self.clone()
    }
}
