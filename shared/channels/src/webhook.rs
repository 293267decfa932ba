//! Delivers to a webhook: JSON, signed as Standard Webhooks, so that receivers can check it with a library of theirs.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

mod answer;
mod notifier;
mod signing;

pub use notifier::Webhook;
pub use signing::{SigningKeyError, SigningKeys};
