//! Text from an event is untrusted. All text that enters a finding is cleaned here; each output format escapes it again.

/// Most characters that a cleaned line keeps.
const MAX_LINE_CHARS: usize = 1_000;
/// Most characters that a cleaned block keeps.
const MAX_BLOCK_CHARS: usize = 4_000;

/// One line of printable text: control characters, line breaks, terminal escapes, bidirectional overrides and
/// zero-width characters are gone, runs of white space are one space, longer text is cut with `…`.
#[must_use]
pub fn clean_line(text: &str) -> String {
    let mut line = String::new();
    let mut space_is_due = false;
    for c in text.chars() {
        if c.is_whitespace() {
            space_is_due = !line.is_empty();
        } else if is_printable(c) {
            if space_is_due {
                line.push(' ');
                space_is_due = false;
            }
            line.push(c);
            // A megabyte of text is not walked to its end: four bytes are the most that a character takes.
            if line.len() > MAX_LINE_CHARS.saturating_mul(4) {
                break;
            }
        }
    }
    cut(&line, MAX_LINE_CHARS)
}

/// Like [`clean_line`] for text of several lines: `\n` stays, everything else is treated line by line.
#[must_use]
pub fn clean_block(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(clean_line).filter(|l| !l.is_empty()).collect();
    cut(&lines.join("\n"), MAX_BLOCK_CHARS)
}

fn cut(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(max_chars.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Neither a control character nor one that changes how its neighbours look.
fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// A code of AWS in words: `unmanaged EC2 instance` for `UNMANAGED_EC2_INSTANCE`. Any other text as it is.
#[must_use]
pub fn code_in_words(code: &str) -> String {
    const NAMES: [&str; 16] =
        ["API", "ARN", "AWS", "EBS", "EC2", "ECR", "ECS", "EKS", "IAM", "KMS", "OS", "RDS", "S3", "SNS", "SSM", "VPC"];
    let is_code = code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if !is_code || !code.contains(|c: char| c.is_ascii_uppercase()) {
        return code.to_owned();
    }
    let words = code.split('_').filter(|word| !word.is_empty());
    let words: Vec<String> =
        words.map(|word| if NAMES.contains(&word) { word.to_owned() } else { word.to_ascii_lowercase() }).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_become_words() {
        for (code, words) in [
            ("FAILED", "failed"),
            ("UNSUPPORTED_IMAGE", "unsupported image"),
            ("UNMANAGED_EC2_INSTANCE", "unmanaged EC2 instance"),
            ("Agent not reporting", "Agent not reporting"),
            ("NEW-WORD", "NEW-WORD"),
            ("42", "42"),
            ("", ""),
        ] {
            assert_eq!(code_in_words(code), words);
        }
    }

    #[test]
    fn hostile_text_becomes_one_plain_line() {
        assert_eq!(clean_line("a\nb\r\n\tc"), "a b c");
        assert_eq!(clean_line("\u{1b}[31mred\u{1b}[0m"), "[31mred[0m");
        assert_eq!(clean_line("a\u{202E}b\u{200B}c\u{FEFF}"), "abc");
        assert_eq!(clean_line("  \u{85}\u{0}  "), "");
        assert_eq!(clean_line("naïve 漢字 🚢"), "naïve 漢字 🚢");
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        let long = clean_line(&"é".repeat(1_000_000));
        assert_eq!(long.chars().count(), MAX_LINE_CHARS);
        assert!(long.ends_with('…'));
        assert_eq!(clean_line(&"x".repeat(MAX_LINE_CHARS)).len(), MAX_LINE_CHARS);
    }

    #[test]
    fn blocks_keep_their_lines() {
        assert_eq!(clean_block("one\r\n\n  two\u{7}\n"), "one\ntwo");
    }
}
