//! What the managed rules want, by their identifiers.

use std::sync::LazyLock;

/// One row of `rules.txt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ManagedRule {
    pub(crate) identifier: &'static str,
    /// What must be true of the resource, as a sentence.
    pub(crate) wants: &'static str,
    /// The parameters with their defaults; `None` if there are none. The event does not carry the values that were set.
    pub(crate) parameters: Option<&'static str>,
}

static RULES: LazyLock<Vec<ManagedRule>> =
    LazyLock::new(|| include_str!("rules.txt").lines().filter_map(parse).collect());

fn parse(line: &'static str) -> Option<ManagedRule> {
    let mut columns = line.split('|').map(str::trim);
    let identifier = columns.next().filter(|identifier| !identifier.is_empty() && !identifier.starts_with('#'))?;
    let wants = columns.next()?;
    Some(ManagedRule { identifier, wants, parameters: columns.next().filter(|text| !text.is_empty()) })
}

/// The row of an identifier.
pub(crate) fn managed_rule(identifier: &str) -> Option<&'static ManagedRule> {
    RULES.iter().find(|rule| rule.identifier == identifier)
}

/// The identifier that a name spells, whatever its capitals and separators: `IncomingSSHDisabled` is
/// `INCOMING_SSH_DISABLED`.
pub(crate) fn spelled(name: &str) -> Option<&'static str> {
    let letters = squash(name);
    RULES.iter().map(|rule| rule.identifier).find(|identifier| squash(identifier) == letters)
}

pub(crate) fn squash(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_row_is_a_sentence_and_stands_there_once() {
        let identifiers: BTreeSet<&str> = RULES.iter().map(|rule| rule.identifier).collect();
        assert_eq!(identifiers.len(), RULES.len());
        for rule in RULES.iter() {
            let shaped = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
            assert!(rule.identifier.bytes().all(shaped), "{}", rule.identifier);
            assert!(rule.wants.ends_with('.') && rule.wants.starts_with(|c: char| c.is_ascii_uppercase()), "{rule:?}");
        }
        assert!(identifiers.iter().zip(identifiers.iter().skip(1)).all(|(a, b)| squash(a) != squash(b)));
    }

    #[test]
    fn names_spell_identifiers() {
        assert_eq!(spelled("IncomingSSHDisabled"), Some("INCOMING_SSH_DISABLED"));
        assert_eq!(spelled("multi-region-cloud-trail-enabled"), Some("MULTI_REGION_CLOUD_TRAIL_ENABLED"));
        assert_eq!(spelled("restricted-ssh"), None);
        assert!(
            managed_rule("RESTRICTED_INCOMING_TRAFFIC").unwrap().parameters.unwrap().starts_with("blockedPort1 = 20, ")
        );
        assert_eq!(managed_rule("ALB_HTTP_DROP_INVALID_HEADER_ENABLED").unwrap().parameters, None);
    }
}
