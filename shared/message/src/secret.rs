//! The only type for secrets: read from the secret store, used in the one request that needs it.

/// A token, a webhook address or a routing key. `Debug` shows nothing of it, there is no `Display`, and it does not
/// serialise. It is never empty, and white space around it (a trailing newline from a secret store) is not part of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// The secret is empty or only white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is empty: put the token, key or address there, and nothing else")]
pub struct EmptySecret;

impl Secret {
    /// Takes the text, without white space around it.
    ///
    /// # Errors
    /// Nothing is left of it.
    pub fn new(text: &str) -> Result<Self, EmptySecret> {
        let text = text.trim();
        if text.is_empty() { Err(EmptySecret) } else { Ok(Self(text.to_owned())) }
    }

    /// The text, to be put into the one request that it is for: never into a message, a log line or an error.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The same secret with something after it: an address and a path.
    #[must_use]
    pub fn followed_by(&self, path: &str) -> Self {
        Self(format!("{}{path}", self.0.trim_end_matches('/')))
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
    fn shows_nothing_trims_and_is_never_empty() {
        let secret = Secret::new(" xoxb-canary\r\n").unwrap();
        assert_eq!(secret.expose(), "xoxb-canary");
        assert!(!format!("{secret:?} {:#?}", Some(&secret)).contains("canary"));
        for nothing in ["", "\n", " \t\u{a0}"] {
            assert_eq!(Secret::new(nothing), Err(EmptySecret));
        }
    }
}
