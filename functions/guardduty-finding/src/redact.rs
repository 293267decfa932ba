//! Access key ids are taken out of all text: they are half of a secret, and a chat channel is no place for them.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>

use plimsoll_finding::{Detail, clean_line};

/// What stands there instead.
const INSTEAD: &str = "[access key]";
/// Long-term and temporary keys; real ones have 20 characters.
const PREFIXES: [&str; 2] = ["AKIA", "ASIA"];
const MIN_KEY_CHARS: usize = 16;

/// The text on one line, without access key ids.
pub(crate) fn redact(text: &str) -> String {
    let text = clean_line(text);
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            word.push(c);
        } else {
            push(&mut out, &word);
            word.clear();
            out.push(c);
        }
    }
    push(&mut out, &word);
    out
}

/// Whether the text is an access key id.
pub(crate) fn is_access_key(word: &str) -> bool {
    word.len() >= MIN_KEY_CHARS && PREFIXES.iter().any(|prefix| word.to_ascii_uppercase().starts_with(prefix))
}

fn push(out: &mut String, word: &str) {
    out.push_str(if is_access_key(word) { INSTEAD } else { word });
}

/// The text at a path, cleaned and redacted.
pub(crate) fn text(detail: Detail<'_>, path: &str) -> Option<String> {
    detail.text(path).map(|text| redact(&text))
}

/// The texts of a list, cleaned and redacted.
pub(crate) fn texts(detail: Detail<'_>, path: &str) -> Vec<String> {
    detail.texts(path).iter().map(|text| redact(text)).collect()
}

/// What people call a resource: of an ARN the name without its kind (`shop` for `...:cluster/shop`), else the text.
pub(crate) fn name_of(id: &str) -> &str {
    let end = if id.starts_with("arn:") { id.splitn(6, ':').last().unwrap_or(id) } else { return id };
    end.split_once(['/', ':']).map_or(end, |(_, name)| name)
}

/// The first few, and how many more there are: `a, b, c and 4 more`.
pub(crate) fn few(items: &[String], most: usize) -> Option<String> {
    let shown: Vec<&str> = items.iter().take(most).map(String::as_str).collect();
    if shown.is_empty() {
        return None;
    }
    let more = items.len().saturating_sub(shown.len());
    Some(if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_gone_and_nothing_else() {
        for (text, expected) in [
            ("key AKIAIOSFODNN7EXAMPLE was used", "key [access key] was used"),
            ("(ASIAIOSFODNN7EXAMPLE)", "([access key])"),
            ("akiaiosfodnn7example/AKIAIOSFODNN7EXAMPLE", "[access key]/[access key]"),
            ("AKIA is a prefix", "AKIA is a prefix"),
            ("AROAIOSFODNN7EXAMPLE:session", "AROAIOSFODNN7EXAMPLE:session"),
            ("naïve\n漢字", "naïve 漢字"),
        ] {
            assert_eq!(redact(text), expected);
        }
    }

    #[test]
    fn names_in_identifiers() {
        for (id, name) in [
            ("arn:aws:ecs:eu-west-1:111122223333:cluster/shop", "shop"),
            ("arn:aws:ec2:eu-west-1::snapshot/snap-1", "snap-1"),
            ("arn:aws:s3:::ledger", "ledger"),
            ("arn:aws:iam::111122223333:role/service/web", "service/web"),
            ("i-1", "i-1"),
            ("", ""),
        ] {
            assert_eq!(name_of(id), name);
        }
    }

    #[test]
    fn few_of_many() {
        let items: Vec<String> = ["a", "b", "c"].iter().map(|t| (*t).to_owned()).collect();
        assert_eq!(few(&items, 2).as_deref(), Some("a, b and 1 more"));
        assert_eq!(few(&items, 3).as_deref(), Some("a, b, c"));
        assert_eq!(few(&[], 3), None);
    }
}
