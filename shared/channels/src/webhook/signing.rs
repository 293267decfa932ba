//! Signatures. <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme>
//!
//! `HMAC-SHA256` over `id.timestamp.body`, with a key of 24 to 64 bytes that is written `whsec_` and base64.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use plimsoll_message::Secret;
use sha2::Sha256;

const PREFIX: &str = "whsec_";
/// The allowed length of a key in bytes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// The most keys at a time: the current one and its successor.
const MOST_KEYS: usize = 2;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a secret cannot sign. Never quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// The secret does not begin with `whsec_`.
    #[error("the signing secret must begin with whsec_; copy it as the receiver shows it")]
    NoPrefix,
    /// The secret is not valid base64.
    #[error("what follows whsec_ in the signing secret is not base64; copy it again, whole")]
    NotBase64,
    /// The key is too short or too long.
    #[error("the signing secret must hold 24 to 64 bytes; make one with: echo whsec_$(openssl rand -base64 32)")]
    Length,
    /// There are more than two secrets.
    #[error("there are more than two signing secrets; keep the one in use and the one that follows it")]
    TooMany,
}

/// The keys to sign with: one, or two while the receiver changes from one to the other.
#[derive(Clone)]
pub struct SigningKeys(Vec<Hmac<Sha256>>);

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKeys(..)")
    }
}

impl SigningKeys {
    /// Reads one secret, or two with white space between them.
    ///
    /// # Errors
    /// There are too many, or one is malformed.
    pub fn parse(secret: &Secret) -> Result<Self, SigningKeyError> {
        let keys = secret.expose().split_whitespace().map(key).collect::<Result<Vec<_>, _>>()?;
        if keys.len() > MOST_KEYS { Err(SigningKeyError::TooMany) } else { Ok(Self(keys)) }
    }

    /// The value of the header `webhook-signature`: `v1,<base64>` for each key, with a space between.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let signed = format!("{id}.{timestamp}.{body}");
        let signature = |key: &Hmac<Sha256>| {
            let signature = key.clone().chain_update(signed.as_bytes()).finalize();
            format!("v1,{}", BASE64.encode(signature.into_bytes()))
        };
        self.0.iter().map(signature).collect::<Vec<_>>().join(" ")
    }
}

fn key(secret: &str) -> Result<Hmac<Sha256>, SigningKeyError> {
    let encoded = secret.strip_prefix(PREFIX).ok_or(SigningKeyError::NoPrefix)?;
    let key = BASE64.decode(encoded).map_err(|_| SigningKeyError::NotBase64)?;
    if !KEY_BYTES.contains(&key.len()) {
        return Err(SigningKeyError::Length);
    }
    Hmac::new_from_slice(&key).map_err(|_| SigningKeyError::Length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: &str) -> Result<SigningKeys, SigningKeyError> {
        SigningKeys::parse(&Secret::new(secret).unwrap())
    }

    /// The vector that the reference libraries of Standard Webhooks share.
    #[test]
    fn signs_as_the_reference_does() {
        let keys = keys("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = keys.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    /// Computed with the Python package `standardwebhooks` 1.1.0.
    #[test]
    fn signs_bytes_and_not_characters() {
        let body = r#"{"title":"naïve 漢字 🚢"}"#;
        let signature = keys(ONE).unwrap().sign("alert_0f1e2d3c", 1_793_610_900, body);
        assert_eq!(signature, "v1,/xFzvAL6JqIt1MUvybaB6BfO+5B66F86C6lX7z67G/0=");
    }

    #[test]
    fn two_keys_sign_while_one_replaces_the_other() {
        let both = keys(&format!("{ONE}\n{TWO}\n")).unwrap().sign("id", 1, "{}");
        let alone = |secret| keys(secret).unwrap().sign("id", 1, "{}");
        assert_eq!(both, format!("{} {}", alone(ONE), alone(TWO)));
        assert_eq!(keys(&format!("{ONE} {TWO} {ONE}")).unwrap_err(), SigningKeyError::TooMany);
    }

    #[test]
    fn padding_may_be_missing() {
        let padded = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        let sign = |secret: &str| keys(secret).unwrap().sign("id", 1, "{}");
        assert_eq!(sign(padded), sign(padded.trim_end_matches('=')));
    }

    #[test]
    fn refuses_what_is_no_key_in_words_that_do_not_quote_it() {
        let of = |bytes: usize| format!("{PREFIX}{}", BASE64.encode(vec![b'c'; bytes]));
        assert!(keys(&of(24)).is_ok() && keys(&of(64)).is_ok());
        for (secret, expected) in [
            ("canary".to_owned(), SigningKeyError::NoPrefix),
            ("WHSEC_canarycanarycanarycanarycanarycanary".to_owned(), SigningKeyError::NoPrefix),
            ("whsec_canary!".to_owned(), SigningKeyError::NotBase64),
            ("whsec_can-ary_can-ary_can-ary_can-ary_".to_owned(), SigningKeyError::NotBase64),
            ("whsec_".to_owned(), SigningKeyError::Length),
            (of(23), SigningKeyError::Length),
            (of(65), SigningKeyError::Length),
        ] {
            let error = keys(&secret).unwrap_err();
            assert_eq!(error, expected, "{secret}");
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
        assert_eq!(format!("{:?}", keys(ONE).unwrap()), "SigningKeys(..)");
    }

    const ONE: &str = "whsec_cGxpbXNvbGwtdGVzdC1rZXktbnVtYmVyLW9uZS0wMQ==";
    const TWO: &str = "whsec_cGxpbXNvbGwtdGVzdC1rZXktbnVtYmVyLXR3by0wMg==";
}
