//! The one wildcard matcher: for routes, waivers and the policies of AWS.

use std::str::Chars;

/// Whether the text matches the pattern, in which `*` stands for any text, also none, and `?` for one character. Upper and
/// lower case differ.
///
/// On a mismatch only the last star takes one more character, so the time grows with the product of both lengths at worst,
/// and never exponentially with the number of stars.
#[must_use]
pub fn wildcard(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // What stands behind the last star, and what that star has not taken.
    let mut last_star: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let wanted = pattern.next();
        if wanted == Some('*') {
            last_star = Some((pattern.clone(), text.clone()));
            continue;
        }
        let mut rest = text.clone();
        match (wanted, rest.next()) {
            (None, None) => return true,
            // A star that takes more leaves even less text.
            (Some(_), None) => return false,
            (Some(wanted), Some(found)) if wanted == '?' || wanted == found => text = rest,
            (_, Some(_)) => {
                let Some((behind, left)) = &mut last_star else { return false };
                if left.next().is_none() {
                    return false;
                }
                (pattern, text) = (behind.clone(), left.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text_and_question_marks_for_one_character() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("**", "x", true),
            ("a", "a", true),
            ("a", "ab", false),
            ("a", "A", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("*b", "ba", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("*a*", "bab", true),
            ("ab*ba", "aba", false),
            ("ab*ba", "abba", true),
            ("*ab", "aab", true),
            ("", "", true),
            ("", "x", false),
            ("?", "é", true),
            ("?", "", false),
            ("a?c*", "abcd", true),
            ("*?", "", false),
            ("漢*字", "漢字漢字", true),
        ] {
            assert_eq!(wildcard(pattern, text), expected, "{pattern} {text}");
        }
    }

    /// The matcher that tries every way needs 2^n steps for this; the test would not end.
    #[test]
    fn a_hostile_pattern_ends() {
        let text = "a".repeat(2_048);
        assert!(!wildcard("*a*a*a*a*a*a*a*a*a*a*b", &text));
        assert!(!wildcard(&format!("{}b", "*a".repeat(500)), &text));
        assert!(wildcard(&"*a".repeat(500), &text));
        assert!(!wildcard(&format!("{}b", "*?a".repeat(200)), &text));
    }
}
