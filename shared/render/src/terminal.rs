//! Columns, bars, wrapping and colour for text of a fixed width.
//!
//! Colour decorates and never informs: the plain form says the same. No control character of an event gets here.

use plimsoll_checklist::{Bounds, CategoryScore, Scorecard};
use plimsoll_finding::{Severity, Status};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::{
    escape::line as clean,
    score::{known_lines, legend, phases, stacked_bar, standing, team},
    words,
};

/// The widest column of names.
const NAMES: usize = 30;

/// Whether text may carry colours (ANSI escape sequences).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// No colours: for files, pipes, e-mail and `NO_COLOR`.
    #[default]
    Plain,
    /// Colours, for a terminal.
    Colour,
}

impl Style {
    fn paint(self, text: &str, codes: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour if text.is_empty() => String::new(),
            Self::Colour => format!("\u{1b}[{codes}m{text}\u{1b}[0m"),
        }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.paint(text, "1")
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.paint(text, "2")
    }

    /// In the colour of the severity or of being resolved.
    pub(crate) fn severity(self, text: &str, status: Status, severity: Severity) -> String {
        let codes = match (status, severity) {
            (Status::Resolved, _) => "32",
            (_, Severity::Critical) => "1;31",
            (_, Severity::High) => "33",
            (_, Severity::Medium) => "93",
            (_, Severity::Low) => "36",
            (_, Severity::Informational) => "34",
        };
        self.paint(text, codes)
    }

    fn gap(self, text: &str, gap: u8) -> String {
        self.paint(text, if gap == 0 { "32" } else { "33" })
    }
}

/// The scorecard as people read it, at most `width` columns wide (never fewer than 36): where it stands, the table, and what is
/// behind it. `before` adds the change since then.
#[must_use]
pub fn scorecard(score: &Scorecard, before: Option<&Scorecard>, width: usize, style: Style) -> String {
    let mut out = String::new();
    for line in standing(score, "").iter().flat_map(|sentence| wrap(sentence, width)) {
        out.extend([style.bold(&line).as_str(), "\n"]);
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out + &score_table(score, before, width, style)
}

/// The same without the sentence above it. Bars stand where there is room: of a counted score what is met, a gap, unknown and
/// not visible; of known figures what is reached (`█`) and what is missing to the target (`░`).
pub(crate) fn score_table(score: &Scorecard, before: Option<&Scorecard>, width: usize, style: Style) -> String {
    // The change and the upper bound are what a narrow terminal can do without.
    let delta = before.filter(|_| width >= 46).map(delta_of);
    let has_upper = score.bounds.is_some() && width >= 56;
    let fixed = 40 + if delta.is_some() { 8 } else { 0 } + if has_upper { 9 } else { 0 };
    let cells = width.saturating_sub(fixed).min(40);
    let columns = Columns { cells: if cells < 6 { 0 } else { cells }, has_upper, style };
    let (current_head, upper_head) = if score.bounds.is_some() { ("Proved", "Up to") } else { ("Current", "") };
    let upper_head = if has_upper { format!("{upper_head:>9}") } else { String::new() };
    let change_head = if delta.is_some() { "  Change" } else { "" };
    let head = format!("{:<13}{current_head:>8}{upper_head}{:>9}{:>6}{change_head}", "Category", "Target", "Gap");
    let mut out = format!("{}\n", style.dim(head.trim_end()));
    let cells = columns.cells;
    let rule =
        style.dim(&"─".repeat(
            width.min(fixed.saturating_sub(4).saturating_add(cells).saturating_add(usize::from(cells > 0) * 2)),
        ));
    for category in &score.categories {
        let change = delta.as_ref().map(|delta| delta(Some(category), category.current));
        let CategoryScore { current, target, gap, bounds, .. } = *category;
        out.push_str(&columns.row(category.category.label(), &Row { current, target, gap, bounds }, change));
    }
    out.extend([rule.as_str(), "\n"]);
    let change = delta.as_ref().map(|delta| delta(None, score.current));
    let Scorecard { current, target, gap, bounds, .. } = *score;
    out.push_str(&columns.row("Overall", &Row { current, target, gap, bounds }, change));
    if columns.cells > 0 && score.bounds.is_some() {
        out.extend(wrap(&legend(), width).iter().map(|line| format!("{}\n", style.dim(line))));
    }
    let sentences = [known_lines(score), phases(score)].into_iter().flatten().chain(team(score));
    for line in sentences.flat_map(|sentence| wrap(&sentence, width)) {
        out.extend([line.as_str(), "\n"]);
    }
    out
}

/// The figures of one row.
struct Row {
    current: u8,
    target: u8,
    gap: u8,
    bounds: Option<Bounds>,
}

/// What the rows of one table have in common.
struct Columns {
    cells: usize,
    has_upper: bool,
    style: Style,
}

impl Columns {
    fn row(&self, name: &str, row: &Row, change: Option<String>) -> String {
        let Row { current, target, gap, bounds } = *row;
        let Self { cells, has_upper, style } = *self;
        let change = change.map(|change| format!("{change:>8}")).unwrap_or_default();
        let gap_text = style.gap(&format!("{:>6}", if gap == 0 { "–".to_owned() } else { gap.to_string() }), gap);
        let name = style.bold(&format!("{name:<13}"));
        let upper = bounds.filter(|_| has_upper).map(|b| format!("{:>7} %", b.upper)).unwrap_or_default();
        let bar = match bounds {
            _ if cells == 0 => String::new(),
            Some(bounds) => stacked_bar(current, bounds, cells),
            None => words::bar(current, target, cells).trim_end().to_owned(),
        };
        let bar = if bar.is_empty() { bar } else { format!("  {}", style.gap(&bar, gap)) };
        format!("{name}{current:>6} %{upper}{target:>7} %{gap_text}{change}{bar}\n")
    }
}

/// A function from a category, or `None` for the whole, and its value now, to the change since `before`.
fn delta_of(before: &Scorecard) -> impl Fn(Option<&CategoryScore>, u8) -> String + '_ {
    |category, now| {
        let then = match category {
            None => Some(before.current),
            Some(category) => before.categories.iter().find(|c| c.category == category.category).map(|c| c.current),
        };
        then.map_or_else(String::new, |then| match now.cmp(&then) {
            std::cmp::Ordering::Equal => "=".to_owned(),
            std::cmp::Ordering::Greater => format!("+{}", now.abs_diff(then)),
            std::cmp::Ordering::Less => format!("-{}", now.abs_diff(then)),
        })
    }
}

/// The scorecard for a telephone: 37 columns.
pub(crate) fn compact_scorecard(score: &Scorecard, before: Option<&Scorecard>) -> String {
    let delta = before.map(delta_of);
    let mut lines = vec!["                      now goal gap".to_owned()];
    let line = |name: &str, row: &Row, change: String| {
        let Row { current, target, gap, bounds } = *row;
        let bar = bounds.map_or_else(|| words::bar(current, target, 8), |bounds| stacked_bar(current, bounds, 8));
        let gap = if gap == 0 { "–".to_owned() } else { gap.to_string() };
        let change = if change.is_empty() { String::new() } else { format!("{change:>4}") };
        format!("{name:<11} {bar} {current:>3} {target:>4} {gap:>3}{change}")
    };
    if let (Some(first), true) = (lines.first_mut(), delta.is_some()) {
        first.push_str("   ±");
    }
    for c in &score.categories {
        let change = delta.as_ref().map(|delta| delta(Some(c), c.current)).unwrap_or_default();
        let CategoryScore { current, target, gap, bounds, .. } = *c;
        lines.push(line(c.category.label(), &Row { current, target, gap, bounds }, change));
    }
    let change = delta.as_ref().map(|delta| delta(None, score.current)).unwrap_or_default();
    let Scorecard { current, target, gap, bounds, .. } = *score;
    lines.push(line("Overall", &Row { current, target, gap, bounds }, change));
    lines.join("\n")
}

/// How many columns a terminal gives the text: none for marks that sit on their neighbour, two for wide characters.
pub(crate) fn columns(text: &str) -> usize {
    text.graphemes(true)
        .map(|grapheme| grapheme.chars().next().map_or(0, |first| if is_wide(first) { 2 } else { 1 }))
        .sum()
}

/// East Asian wide characters and emoji, by block. <https://www.unicode.org/reports/tr11/>
const fn is_wide(character: char) -> bool {
    matches!(character, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f680}'..='\u{1f6ff}' | '\u{1f900}'..='\u{1f9ff}' | '\u{20000}'..='\u{3fffd}')
}

/// Cleans text and breaks it into lines of at most `width` columns: between words where it can, within one where it
/// must. Lines of the text stay apart.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(10);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let mut used = 0_usize;
        for word in clean(paragraph).split(' ').filter(|word| !word.is_empty()) {
            let needed = columns(word);
            if used > 0 && used.saturating_add(1).saturating_add(needed) > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            if used > 0 {
                line.push(' ');
                used = used.saturating_add(1);
            }
            for grapheme in word.graphemes(true) {
                let wide = columns(grapheme);
                if used.saturating_add(wide) > width {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push_str(grapheme);
                used = used.saturating_add(wide);
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// Wrapped lines, each behind the indent.
pub(crate) fn indented(text: &str, indent: usize, width: usize) -> String {
    let pad = " ".repeat(indent);
    wrap(text, width.saturating_sub(indent)).iter().flat_map(|line| [pad.as_str(), line, "\n"]).collect()
}

/// A bullet and wrapped text that stays behind it.
pub(crate) fn bullet(text: &str, width: usize) -> String {
    let lines = wrap(text, width.saturating_sub(4));
    lines.iter().enumerate().flat_map(|(index, line)| [if index == 0 { "  - " } else { "    " }, line, "\n"]).collect()
}

/// A heading, with an empty line before it.
pub(crate) fn heading(text: &str, style: Style) -> String {
    format!("\n{}\n", style.bold(text))
}

/// Text of more weight.
#[must_use]
pub fn bold(text: &str, style: Style) -> String {
    style.bold(text)
}

/// A text behind its prefix, wrapped to `width` columns with every further line below the first; one line without a `width`.
#[must_use]
pub fn hanging(prefix: &str, text: &str, width: Option<usize>) -> String {
    let indent = columns(prefix);
    let pad = " ".repeat(indent);
    let lines = wrap(text, width.map_or(usize::MAX, |width| width.saturating_sub(indent)));
    if lines.is_empty() {
        return format!("{}\n", prefix.trim_end());
    }
    let lines = lines.iter().enumerate();
    lines.flat_map(|(index, line)| [if index == 0 { prefix } else { pad.as_str() }, line, "\n"]).collect()
}

/// Names and values in two columns, each value wrapped behind its name. A name that is too long for its column stands on
/// lines of its own above its value; nothing is cut.
#[must_use]
pub fn pairs(pairs: &[(String, String)], width: usize, style: Style) -> String {
    let most = (width / 2).min(NAMES);
    let column = pairs.iter().map(|(name, _)| columns(name)).filter(|name| *name <= most).max().unwrap_or_default();
    let indent = column.saturating_add(4);
    let mut out = String::new();
    for (name, value) in pairs {
        let mut name = name.as_str();
        if columns(name) > column {
            out.extend(
                wrap(name, width.saturating_sub(2))
                    .iter()
                    .flat_map(|line| ["  ".to_owned(), style.dim(line), "\n".to_owned()]),
            );
            name = "";
        }
        let pad = " ".repeat(column.saturating_sub(columns(name)));
        for (index, line) in wrap(value, width.saturating_sub(indent)).iter().enumerate() {
            if index == 0 {
                out.extend(["  ", &style.dim(name), &pad, "  ", line, "\n"]);
            } else {
                out.extend([" ".repeat(indent).as_str(), line, "\n"]);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_finding::Category::{Cost, Operations, Performance, Reliability, Security};

    fn score() -> Scorecard {
        Scorecard::from_figures(&[
            (Security, 85, 95),
            (Reliability, 90, 95),
            (Operations, 75, 90),
            (Performance, 90, 90),
            (Cost, 85, 90),
        ])
    }

    fn before() -> Scorecard {
        Scorecard::from_figures(&[
            (Security, 82, 95),
            (Reliability, 90, 95),
            (Operations, 77, 90),
            (Performance, 80, 90),
            (Cost, 85, 90),
        ])
    }

    #[test]
    fn scorecards() {
        insta::assert_snapshot!("scorecard_80", scorecard(&score(), Some(&before()), 80, Style::Plain));
        insta::assert_snapshot!("scorecard_40", scorecard(&score(), None, 40, Style::Plain));
        insta::assert_snapshot!("scorecard_compact", compact_scorecard(&score(), Some(&before())));
        for width in [40, 60, 80, 200] {
            let table = scorecard(&score(), Some(&before()), width, Style::Plain);
            assert!(table.lines().all(|line| columns(line) <= width), "{width}\n{table}");
        }
    }

    #[test]
    fn colour_adds_nothing_but_colour() {
        let coloured = scorecard(&score(), Some(&before()), 80, Style::Colour);
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some((text, escape)) = rest.split_once('\u{1b}') {
            plain.push_str(text);
            rest = escape.split_once('m').unwrap().1;
        }
        plain.push_str(rest);
        assert_eq!(plain, scorecard(&score(), Some(&before()), 80, Style::Plain));
    }

    #[test]
    fn a_long_name_is_never_cut() {
        let rows = |name: &str| [("Port".to_owned(), "22".to_owned()), (name.to_owned(), "4.3 %".to_owned())];
        let name = "Exploit probability (EPSS)";
        assert_eq!(pairs(&rows(name), 80, Style::Plain), format!("  Port{}  22\n  {name}  4.3 %\n", " ".repeat(22)));
        assert_eq!(pairs(&rows(name), 40, Style::Plain), format!("  Port  22\n  {name}\n        4.3 %\n"));
    }

    #[test]
    fn wraps_by_columns_and_breaks_what_is_too_long() {
        assert_eq!(wrap("one two three four", 10), ["one two", "three four"]);
        assert_eq!(wrap("abcdefghijklm", 10), ["abcdefghij", "klm"]);
        assert_eq!(wrap("漢字漢字漢字", 10), ["漢字漢字漢", "字"]);
        assert_eq!(wrap("a\u{1b}[31m\nb", 10), ["a[31m", "b"]);
        assert_eq!(wrap("", 10), Vec::<String>::new());
    }
}
