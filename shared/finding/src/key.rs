//! The identity of a finding.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Identifies one problem on one resource permanently: SHA-256 over the length-prefixed parts, as 64 hexadecimal digits.
///
/// Length prefixes make it injective: no repository name, tag or rule can be chosen so that two different findings
/// share a key, hence none can resolve another. Bytes are taken as they are; look-alike characters stay different.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FindingKey(String);

impl FindingKey {
    /// The key of a natural identity.
    #[must_use]
    pub fn of(source: &str, account: &str, region: &str, resource: &str, rule: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [source, account, region, resource, rule] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hex(&hash.finalize()))
    }

    /// A key that was computed before, for example read back from a store or typed by a person.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let valid = text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        valid.then(|| Self(text.to_owned()))
    }

    /// All 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first eight digits: the reference that people see in a message.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

impl std::fmt::Display for FindingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_cannot_be_forged() {
        let key = FindingKey::of("ecr-scan", "1", "r", "a#b", "c");
        assert_ne!(key, FindingKey::of("ecr-scan", "1", "r", "a", "b#c"));
        assert_ne!(FindingKey::of("a", "b", "", "", ""), FindingKey::of("ab", "", "", "", ""));
        assert_eq!(key.as_str().len(), 64);
        assert_eq!(key.short().len(), 8);
        assert_eq!(FindingKey::from_hex(key.as_str()), Some(key));
        assert_eq!(FindingKey::from_hex("../../etc/passwd"), None);
    }
}
