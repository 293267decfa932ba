//! The search: each secret in each shape in which it could slip out.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// What is put where a secret belongs. Each is in one place only, and says which.
pub(super) const BOT_TOKEN: &str = "xoxb-111122223333-canaryBotTokenX";
pub(super) const HOOK_PATH: &str = "T0000/B0000/canarySlackHookXX";
pub(super) const ROUTING_KEY: &str = "canaryRoutingKeyCanaryRoutingKey";
pub(super) const WEBHOOK_PATH: &str = "in/canaryWebhookAddress";
/// The key itself is the text `canary-signing-key-canary`.
pub(super) const SIGNING_SECRET: &str = "whsec_Y2FuYXJ5LXNpZ25pbmcta2V5LWNhbmFyeQ==";
const SIGNING_KEY: &str = "canary-signing-key-canary";
pub(super) const AWS_SECRET: &str = "canaryAwsSecretAccessKeyCanaryAwsSecretA";
pub(super) const AWS_SESSION: &str = "canaryAwsSessionTokenXX";

pub(super) const ALL: [&str; 8] =
    [BOT_TOKEN, HOOK_PATH, ROUTING_KEY, WEBHOOK_PATH, SIGNING_SECRET, SIGNING_KEY, AWS_SECRET, AWS_SESSION];

/// The secret as it is, as bytes in a `Debug` output, in hexadecimal, in a URL, and in base64 wherever it begins.
fn shapes(secret: &str) -> Vec<String> {
    let numbers: Vec<String> = secret.bytes().map(|byte| byte.to_string()).collect();
    let hex = secret.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let mut shapes = vec![secret.to_owned(), numbers.join(", "), numbers.join(","), hex, secret.replace('/', "%2f")];
    for before in 0..3_usize {
        let shifted = [vec![b'x'; before], secret.as_bytes().to_vec()].concat();
        // The first and the last group also depend on what stands around the secret.
        let first = if before == 0 { 0 } else { 4 };
        let whole = shifted.len() / 3 * 4;
        shapes.push(STANDARD.encode(&shifted).chars().take(whole).skip(first).collect());
    }
    shapes.iter().map(|shape| shape.to_ascii_lowercase()).collect()
}

/// Which secrets are in there, in any shape, whatever the case of the letters.
pub(super) fn secrets_in(bytes: &[u8]) -> Vec<&'static str> {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    ALL.into_iter().filter(|secret| shapes(secret).iter().any(|shape| text.contains(shape))).collect()
}

/// What came out, by where it was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) searched: usize,
    leaks: Vec<String>,
}

impl Found {
    pub(super) fn search(&mut self, place: &str, bytes: impl AsRef<[u8]>) {
        self.searched += bytes.as_ref().len();
        for secret in secrets_in(bytes.as_ref()) {
            let text = String::from_utf8_lossy(bytes.as_ref());
            let start: String = text.chars().take(2_000).collect();
            self.leaks.push(format!("{secret} is in {place}: {start}"));
        }
    }

    /// Nothing leaked, and there was enough in which it could have.
    pub(super) fn nothing_in(&self, least: usize) {
        assert!(self.leaks.is_empty(), "{} leaks:\n{}", self.leaks.len(), self.leaks.join("\n\n"));
        assert!(self.searched >= least, "only {} bytes were searched", self.searched);
    }
}

/// Without this, the search could pass because it finds nothing at all.
#[test]
fn each_secret_is_found_in_each_shape() {
    for secret in ALL {
        for around in ["", "{\"token\":\"", "Bearer ", "https://x:", "\u{1b}[1mq"] {
            let upper = secret.to_ascii_uppercase();
            let planted = [
                format!("{around}{secret}"),
                format!("{around}{upper}!"),
                format!("{around}{:?}", secret.as_bytes()),
                STANDARD.encode(format!("{around}{secret} and more")),
                secret.bytes().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat(),
            ];
            for text in planted {
                assert!(secrets_in(text.as_bytes()).contains(&secret), "{secret} was not found in {text}");
                let mut found = Found::default();
                found.search("here", &text);
                assert!(!found.leaks.is_empty());
            }
        }
    }
    assert!(secrets_in(b"a message about a canary, a token and a key").is_empty());
}
