//! Tables for a terminal: one style for all commands. A column is wrapped or left out, and never cut.

use plimsoll_finding::{Severity, Status};

use crate::terminal::{Style, columns, wrap};

/// Between two columns.
const GAP: usize = 2;
/// The least width of the column that wraps, before a column is left out for it.
const LEAST: usize = 34;
/// The widest that another column may be on a terminal.
const WIDEST: usize = 36;

/// What a cell says, and in which colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// Text of less weight.
    Dim(String),
    /// Text in the colour of a severity.
    Severity(String, Status, Severity),
    /// Text that says that all is well.
    Good(String),
    /// Text that says that something is wrong.
    Bad(String),
}

impl Cell {
    /// Text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The label of a severity in its colour.
    #[must_use]
    pub fn severity(severity: Severity) -> Self {
        Self::Severity(severity.label().to_owned(), Status::Open, severity)
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Text(text) | Self::Dim(text) | Self::Severity(text, ..) | Self::Good(text) | Self::Bad(text) => text,
        }
    }

    fn paint(&self, text: &str, style: Style) -> String {
        match self {
            Self::Text(_) => text.to_owned(),
            Self::Dim(_) => style.dim(text),
            Self::Severity(_, status, severity) => style.severity(text, *status, *severity),
            Self::Good(_) => style.severity(text, Status::Resolved, Severity::Informational),
            Self::Bad(_) => style.severity(text, Status::Open, Severity::Critical),
        }
    }
}

/// One column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    name: &'static str,
    /// 0 is never left out; of the others the greatest goes first.
    rank: u8,
}

impl Column {
    /// A column that is always shown.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, rank: 0 }
    }

    /// A column that a narrow terminal does without; the greatest rank goes first.
    #[must_use]
    pub const fn optional(name: &'static str, rank: u8) -> Self {
        Self { name, rank }
    }
}

struct Row {
    cells: Vec<Cell>,
    notes: Vec<String>,
}

/// A table with a header. Its last column wraps.
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("columns", &self.columns).field("rows", &self.rows.len()).finish()
    }
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row, with a cell for each column, and lines that stand below its last cell.
    pub fn row(&mut self, cells: Vec<Cell>, notes: Vec<String>) {
        self.rows.push(Row { cells, notes });
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as text. Without a `width` nothing is wrapped and no column is left out: for pipes and files.
    #[must_use]
    pub fn render(&self, width: Option<usize>, style: Style) -> String {
        let (shown, widths) = self.layout(width);
        let mut out = String::new();
        let head: Vec<Cell> = self.columns.iter().map(|column| Cell::Dim(column.name.to_owned())).collect();
        line(&mut out, &pick(&head, &shown), &widths, style);
        for row in &self.rows {
            line(&mut out, &pick(&row.cells, &shown), &widths, style);
            let last = widths.last().copied().unwrap_or_default();
            let indent = " ".repeat(indent_of_last(&widths));
            for note in row.notes.iter().flat_map(|note| wrap(note, last)) {
                out.extend([indent.as_str(), &note, "\n"]);
            }
        }
        out
    }

    /// Which columns are shown, and how wide each is; the last takes what is left.
    fn layout(&self, width: Option<usize>) -> (Vec<usize>, Vec<usize>) {
        let natural = |index: usize, column: &Column| {
            let cells = self.rows.iter().filter_map(|row| row.cells.get(index));
            cells.map(|cell| columns(cell.as_str())).max().unwrap_or_default().max(columns(column.name))
        };
        let all: Vec<usize> = self.columns.iter().enumerate().map(|(index, column)| natural(index, column)).collect();
        let mut shown: Vec<usize> = (0..self.columns.len()).filter(|index| self.says_something(*index)).collect();
        let Some(width) = width else {
            let mut widths: Vec<usize> = shown.iter().filter_map(|index| all.get(*index).copied()).collect();
            if let Some(last) = widths.last_mut() {
                *last = usize::MAX;
            }
            return (shown, widths);
        };
        loop {
            let mut widths: Vec<usize> =
                shown.iter().filter_map(|index| all.get(*index).map(|w| (*w).min(WIDEST))).collect();
            let natural_last = shown.last().and_then(|index| all.get(*index)).copied().unwrap_or_default();
            let left = width.saturating_sub(indent_of_last(&widths));
            let rank = |index: &usize| self.columns.get(*index).map_or(0, |column| column.rank);
            let first_to_go = shown.iter().copied().max_by_key(rank).filter(|index| rank(index) > 0);
            match first_to_go {
                Some(index) if left < natural_last.min(LEAST) => shown.retain(|other| *other != index),
                _ => {
                    if let Some(last) = widths.last_mut() {
                        *last = left;
                    }
                    return (shown, widths);
                }
            }
        }
    }

    /// An optional column in which no row says anything is left out.
    fn says_something(&self, index: usize) -> bool {
        let optional = self.columns.get(index).is_some_and(|column| column.rank > 0);
        !optional || self.rows.iter().any(|row| row.cells.get(index).is_some_and(|cell| !cell.as_str().is_empty()))
    }
}

fn pick(cells: &[Cell], shown: &[usize]) -> Vec<Cell> {
    shown.iter().map(|index| cells.get(*index).cloned().unwrap_or_else(|| Cell::text(""))).collect()
}

/// How far the last column stands from the left.
fn indent_of_last(widths: &[usize]) -> usize {
    let before = widths.len().saturating_sub(1);
    widths.iter().take(before).map(|width| width.saturating_add(GAP)).sum()
}

fn line(out: &mut String, cells: &[Cell], widths: &[usize], style: Style) {
    let wrapped: Vec<Vec<String>> = cells.iter().zip(widths).map(|(cell, width)| wrap(cell.as_str(), *width)).collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or_default();
    for index in 0..height {
        let mut text = String::new();
        let mut pad = 0_usize;
        for ((cell, width), lines) in cells.iter().zip(widths).zip(&wrapped) {
            let piece = lines.get(index).map_or("", String::as_str);
            if !piece.is_empty() {
                text.push_str(&" ".repeat(pad));
                text.push_str(&cell.paint(piece, style));
                pad = 0;
            }
            pad = pad.saturating_add(width.saturating_sub(columns(piece))).saturating_add(GAP);
        }
        out.extend([text.as_str(), "\n"]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&[
            Column::new("Severity"),
            Column::new("Finding"),
            Column::optional("Account", 1),
            Column::optional("Source", 2),
            Column::optional("Environment", 3),
            Column::new("Title"),
        ]);
        for severity in [Severity::Critical, Severity::Informational] {
            let title =
                format!("{} things about 漢字 that take more than one line on a narrow terminal", severity.label());
            let cells = vec![
                Cell::severity(severity),
                Cell::text("a1b2c3d4"),
                Cell::text("111122223333"),
                Cell::Dim("guardduty-finding".to_owned()),
                Cell::text(""),
                Cell::text(title),
            ];
            table.row(cells, vec!["fix: do what the page says".to_owned()]);
        }
        table
    }

    #[test]
    fn leaves_columns_out_and_wraps_and_never_cuts() {
        insta::assert_snapshot!("table_60", table().render(Some(60), Style::Plain));
        insta::assert_snapshot!("table_200", table().render(Some(200), Style::Plain));
        for width in 60..=200 {
            let text = table().render(Some(width), Style::Plain);
            assert!(text.lines().all(|line| columns(line) <= width), "{width}\n{text}");
            let words = text.split_whitespace().collect::<Vec<_>>().join("");
            assert!(words.ends_with("fix:dowhatthepagesays") && words.contains("terminal"), "{text}");
        }
    }

    #[test]
    fn a_pipe_gets_one_line_for_each_row() {
        let text = table().render(None, Style::Plain);
        assert_eq!(text.lines().count(), 5, "{text}");
        assert!(text.contains("guardduty-finding") && !text.contains("Environment"), "{text}");
    }

    #[test]
    fn colour_adds_nothing_but_colour() {
        let coloured = table().render(Some(80), Style::Colour);
        assert!(coloured.contains("\u{1b}[1;31mCritical\u{1b}[0m"), "{coloured:?}");
        let plain: String = coloured
            .split('\u{1b}')
            .enumerate()
            .map(|(index, text)| if index == 0 { text } else { text.split_once('m').unwrap().1 })
            .collect();
        assert_eq!(plain, table().render(Some(80), Style::Plain));
    }
}
