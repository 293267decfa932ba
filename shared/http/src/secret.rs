//! A text that cannot be printed by accident.

/// A token, a webhook address or a routing key. `Debug` shows nothing of it, there is no `Display`, and it does not
/// serialise. White space around it (a trailing newline from a secret store) is not part of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text, without white space around it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The text, to be put into the one request that it is for.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing is left of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_nothing_and_trims() {
        let secret = Secret::new(" xoxb-canary\n");
        assert_eq!(secret.expose(), "xoxb-canary");
        assert!(!format!("{secret:?} {:#?}", Some(&secret)).contains("canary"));
        assert!(Secret::new("\n").is_empty());
    }
}
