//! `plimsoll score --golive`: the lines that are looked at again before going live, each a go or a no-go.

use plimsoll_readiness::{GoLive, Ground};
use plimsoll_render::{Cell, Column, Style, Table, bold};

use crate::output;

/// The list, and the verdict above it.
pub(crate) fn print(list: &GoLive) {
    output::line(bold(&verdict(list), Style::Colour));
    let mut table = Table::new(&[Column::new("Line"), Column::new("Verdict"), Column::new("Title, and why")]);
    for line in &list.lines {
        let word = if line.go { Cell::Good("go".to_owned()) } else { Cell::Bad("no-go".to_owned()) };
        let mut because = line.because.iter();
        let first = because.next().map_or_else(String::new, |first| format!(": {first}"));
        let notes = std::iter::once(format!("{}{first}", line.ground.label())).chain(because.cloned());
        table.row(vec![Cell::text(&line.id), word, Cell::text(&line.title)], notes.collect());
    }
    output::line(table.render(output::width(), Style::Colour).trim_end());
}

/// `No-go: 3 of 16 lines are a go, 1 of them with an accepted risk`.
pub(crate) fn verdict(list: &GoLive) -> String {
    let go = list.lines.iter().filter(|line| line.go).count();
    let with = |ground: Ground, words: &str| match list.count(ground) {
        0 => None,
        count => Some(format!("{count} {words}")),
    };
    let parts = [with(Ground::Accepted, "with an accepted risk"), with(Ground::SwitchedOff, "switched off")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let parts = if parts.is_empty() { String::new() } else { format!(", of them {}", parts.join(", ")) };
    let word = if list.go { "Go" } else { "No-go" };
    format!("{word}: {go} of {} lines are a go{parts}", list.lines.len())
}
