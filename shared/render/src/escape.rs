//! Escaping and cutting. What goes in is hostile; what comes out is printable, fits, and says when it was cut.
//!
//! Slack reads three characters as markup: <https://docs.slack.dev/messaging/formatting-message-text#escaping>.

use plimsoll_finding::{clean_block, clean_line};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::limits;

/// Characters of a text that are looked at; no format shows more.
const LOOKED_AT: usize = 4_000;
/// Stands where text was cut.
const CUT: char = '…';

/// Text for Slack markup: `&`, `<` and `>` become entities, so nothing in it can be a mention, a link or a date. Line
/// breaks stay; cleaning is the caller's.
#[must_use]
pub fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, character| {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
        out
    })
}

/// Whether a text is an `https` address that can stand in a message as a link: visible ASCII, nothing that ends a link
/// in Slack's markup or in a page, and not longer than Slack takes.
#[must_use]
pub fn is_link(url: &str) -> bool {
    url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty())
        && limits::length(url) <= limits::URL
        && url.bytes().all(|b| b.is_ascii_graphic() && !b"<>|\"`\\^{}".contains(&b))
}

/// One clean line, like [`clean_line`], without walking through a megabyte of which nothing is shown.
pub(crate) fn line(text: &str) -> String {
    clean_line(head(text))
}

/// The same for text of several lines.
pub(crate) fn block(text: &str) -> String {
    clean_block(head(text))
}

fn head(text: &str) -> &str {
    text.char_indices().nth(LOOKED_AT).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// A name for Slack markup, in a code span: cleaned, escaped, a backtick replaced by `ʼ`, cut so that the whole span
/// has at most `max` UTF-16 units. Empty text gives `–`.
#[must_use]
pub fn code(text: &str, max: usize) -> String {
    let quoted = line(text).replace('`', "ʼ");
    let inside = cut_escaped(&quoted, max.saturating_sub(2));
    if inside.is_empty() { "–".to_owned() } else { format!("`{inside}`") }
}

/// A value for Slack markup: plain where it has no character that Slack would format, else a code span.
pub(crate) fn quiet(text: &str, max: usize) -> String {
    let line = line(text);
    let formats =
        line.contains(['*', '_', '~', '`']) || line.matches(':').count() > 1 || line.starts_with(['>', '-', '•']);
    if line.is_empty() || !formats {
        return if line.is_empty() { code(&line, max) } else { cut_escaped(&line, max) };
    }
    // A list reads better as one span for each of its items.
    let items: Vec<String> = line.split(", ").map(|item| code(item, max)).collect();
    let list = items.join(", ");
    if limits::length(&list) <= max { list } else { code(&line, max) }
}

/// Cuts text to at most `max` UTF-16 units, between graphemes; cut text ends in `…`.
#[must_use]
pub fn cut(text: &str, max: usize) -> String {
    cut_by(text, max, str::to_owned)
}

/// Escapes, then cuts as [`cut`] does; an entity is never cut.
pub(crate) fn cut_escaped(text: &str, max: usize) -> String {
    cut_by(text, max, escape)
}

fn cut_by(text: &str, max: usize, form: impl Fn(&str) -> String) -> String {
    let mut whole = String::with_capacity(text.len().min(max));
    // Where to go back to when the mark of the cut needs room too.
    let mut keep = 0;
    let mut used = 0_usize;
    for grapheme in text.graphemes(true) {
        let formed = form(grapheme);
        let longer = used.saturating_add(limits::length(&formed));
        if longer > max {
            whole.truncate(keep);
            let trimmed = whole.trim_end().len();
            whole.truncate(trimmed);
            if max > 0 {
                whole.push(CUT);
            }
            return whole;
        }
        whole.push_str(&formed);
        used = longer;
        if used < max {
            keep = whole.len();
        }
    }
    whole
}

/// The subject of an SNS e-mail: printable ASCII on one line, at most 99 characters, beginning with a letter, digit or
/// punctuation mark. Symbols of ours and common accented letters are written out, the rest is left out.
/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
#[must_use]
pub fn subject(text: &str) -> String {
    let plain = ascii(text);
    let plain = plain.trim();
    if plain.is_empty() {
        return "Plimsoll".to_owned();
    }
    if plain.chars().count() <= limits::SNS_SUBJECT {
        return plain.to_owned();
    }
    let head: String = plain.chars().take(limits::SNS_SUBJECT.saturating_sub(3)).collect();
    format!("{}...", head.trim_end())
}

/// One line of printable ASCII.
pub(crate) fn ascii(text: &str) -> String {
    let mut out = String::new();
    for character in line(text).chars() {
        match character {
            ' '..='~' => out.push(character),
            other => out.push_str(spelled(other)),
        }
    }
    clean_line(&out)
}

/// How a character beyond ASCII is written in it.
fn spelled(character: char) -> &'static str {
    match character {
        '→' => "to",
        '←' => "<-",
        '–' | '—' | '‐' | '‑' | '−' => "-",
        '…' => "...",
        '‘' | '’' | 'ʼ' | '′' => "'",
        '“' | '”' | '«' | '»' | '″' => "\"",
        '×' => "x",
        '€' => "EUR",
        '£' => "GBP",
        'à' | 'á' | 'â' | 'ã' | 'å' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'č' | 'ć' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ě' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' => "o",
        'ö' | 'œ' => "oe",
        'ù' | 'ú' | 'û' | 'ů' => "u",
        'ü' => "ue",
        'ß' => "ss",
        'š' => "s",
        'ý' | 'ÿ' => "y",
        'ž' => "z",
        'À' | 'Á' | 'Â' | 'Ã' | 'Å' => "A",
        'Ä' => "Ae",
        'Ç' | 'Č' => "C",
        'È' | 'É' | 'Ê' | 'Ë' => "E",
        'Ñ' => "N",
        'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ø' => "O",
        'Ö' => "Oe",
        'Ù' | 'Ú' | 'Û' => "U",
        'Ü' => "Ue",
        'Š' => "S",
        'Ž' => "Z",
        // Shapes stand beside their word, so nothing is lost with them.
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_text() {
        assert_eq!(escape("<!channel> & <@U123>"), "&lt;!channel&gt; &amp; &lt;@U123&gt;");
        assert_eq!(code("a`b<c>\n\u{202e}d", 99), "`aʼb&lt;c&gt; d`");
        assert_eq!(code("\u{200b}", 99), "–");
        assert_eq!(quiet("plain words", 99), "plain words");
        assert_eq!(quiet("*bold* :tada:", 99), "`*bold* :tada:`");
        assert_eq!(quiet("A:b:c, d_e", 99), "`A:b:c`, `d_e`");
        assert_eq!(quiet("A:b:c, d_e", 13), "`A:b:c, d_e`");
    }

    #[test]
    fn cuts_between_graphemes_and_says_so() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 5), "abcd…");
        assert_eq!(cut("abc def", 5), "abc…", "no space before the mark");
        let family = "👩\u{200d}👩\u{200d}👧";
        assert_eq!(cut(&format!("ab{family}"), 9), "ab…", "a family is not taken apart");
        assert_eq!(cut(&format!("ab{family}"), 10), format!("ab{family}"));
        assert_eq!(cut("e\u{301}e\u{301}", 3), "e\u{301}…");
        assert_eq!(cut("abc", 1), "…");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn only_https_addresses_are_links() {
        assert!(is_link("https://console.aws.amazon.com/?a=b&c=d#/x"));
        for url in [
            "http://a.example",
            "javascript:x",
            "https://",
            "https://a b",
            "",
            "https://a.example/ü",
            "https://a|b",
            "https://a>b",
            "https://a\"b",
        ] {
            assert!(!is_link(url), "{url}");
        }
        assert!(is_link(&format!("https://{}", "x".repeat(2_992))));
        assert!(!is_link(&format!("https://{}", "x".repeat(2_993))));
    }

    #[test]
    fn an_entity_is_never_cut() {
        for max in 0..20 {
            let short = cut_escaped("a&b<c>d", max);
            assert!(limits::length(&short) <= max);
            let rest = short.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "");
            assert!(!rest.contains('&'), "{short}");
        }
        for max in 3..30 {
            let span = code("<<<<<<<<<<<<", max);
            assert!(limits::length(&span) <= max && span.ends_with('`'), "{span}");
        }
    }

    #[test]
    fn a_subject_is_printable_ascii_of_at_most_99() {
        assert_eq!(subject("▲ High: café → prod\r\nBcc: evil@example.com"), "High: cafe to prod Bcc: evil@example.com");
        assert_eq!(subject("漢字 🚢"), "Plimsoll");
        assert_eq!(subject(&"x".repeat(99)).len(), 99);
        let long = subject(&"x".repeat(100));
        assert_eq!((long.len(), long.ends_with("...")), (99, true));
        assert_eq!(subject("  \u{1b}[31mred"), "[31mred");
    }
}
