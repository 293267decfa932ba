//! How far a long work is.

use std::io::{IsTerminal as _, Write as _};

/// How much of a long work is done, in one line of a terminal that shows nothing else; elsewhere nothing.
pub(crate) struct Progress {
    all: usize,
    done: usize,
    is_shown: bool,
}

impl Progress {
    /// Of that many steps. Nothing is shown for a few, nor where standard output goes to the same terminal.
    pub(crate) fn new(all: usize) -> Self {
        let is_shown = all >= 100 && std::io::stderr().is_terminal() && !std::io::stdout().is_terminal();
        Self { all, done: 0, is_shown }
    }

    /// One more.
    pub(crate) fn step(&mut self) {
        self.done += 1;
        if self.is_shown && (self.done.is_multiple_of(20) || self.done == self.all) {
            write!(anstream::stderr(), "\r{}", bar(self.done, self.all)).ok();
        }
    }

    /// Clears the line.
    pub(crate) fn end(&self) {
        if self.is_shown {
            write!(anstream::stderr(), "\r{:60}\r", "").ok();
        }
    }
}

/// `[=====     ] 1200 of 2400 files`.
fn bar(done: usize, all: usize) -> String {
    const WIDTH: usize = 30;
    let full = (done * WIDTH).checked_div(all).unwrap_or(WIDTH).min(WIDTH);
    format!("[{}{}] {done} of {all} files", "=".repeat(full), " ".repeat(WIDTH - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_what_is_done() {
        assert_eq!(bar(1_200, 2_400), "[===============               ] 1200 of 2400 files");
        assert_eq!(bar(2_400, 2_400), format!("[{}] 2400 of 2400 files", "=".repeat(30)));
        assert_eq!(bar(0, 0), format!("[{}] 0 of 0 files", "=".repeat(30)));
    }
}
