//! Reads secrets by ARN, each once per process.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>: a secret holds at most 64 KB.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use plimsoll_finding::Arn;
use serde_json::Value;

use crate::{
    Clients,
    error::{Fate, explain},
};

/// A secret that was read. It shows itself only to whoever asks with [`SecretText::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// The secret itself: for the request that needs it, never for a message, a log line or an error.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// A secret cannot be read. Holds its ARN and the reason, never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read the secret {arn}: {reason}")]
pub struct SecretError {
    /// Which secret.
    pub arn: String,
    /// Why, and what to do.
    pub reason: String,
}

/// Reads secrets and remembers them for as long as the process lives.
#[derive(Debug)]
pub struct SecretReader {
    clients: Clients,
    known: Mutex<BTreeMap<String, SecretText>>,
}

impl SecretReader {
    /// With those clients.
    #[must_use]
    pub fn new(clients: &Clients) -> Self {
        Self { clients: clients.clone(), known: Mutex::default() }
    }

    /// The secret, without white space around it. A secret that the console saved as one key and its value is that
    /// value. The region is that of the ARN.
    ///
    /// # Errors
    /// The ARN is none, the role may not read it, or it holds no single text. Trying again helps only where AWS did
    /// not answer.
    pub async fn read(&self, arn: &str) -> Result<SecretText, SecretError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(arn).cloned();
        match known {
            Some(secret) => Ok(secret),
            None => self.refresh(arn).await,
        }
    }

    /// Reads it again, since whoever it opens said that it is wrong: it may have been rotated.
    ///
    /// # Errors
    /// Those of [`SecretReader::read`]; the old value is then kept.
    pub async fn refresh(&self, arn: &str) -> Result<SecretText, SecretError> {
        let failed = |reason: String| SecretError { arn: arn.to_owned(), reason };
        let region = match Arn::parse(arn) {
            Some(parsed) if parsed.service == "secretsmanager" && !parsed.region.is_empty() => parsed.region,
            _ => return Err(failed("this is no ARN of a Secrets Manager secret".to_owned())),
        };
        let answer = self.clients.secrets(&region).get_secret_value().secret_id(arn).send().await;
        let answer = answer.map_err(|error| {
            let fate = Fate::of(&error);
            let hint = match &fate {
                _ if fate.is_denied() => {
                    "; allow the role secretsmanager:GetSecretValue on it, and kms:Decrypt on its key"
                }
                Fate::Answered { code, .. } if code == "ResourceNotFoundException" => "; make it, or correct the ARN",
                Fate::Answered { code, .. } if code == "DecryptionFailure" => "; allow the role kms:Decrypt on its key",
                _ => "",
            };
            failed(format!("{}{hint}", explain(&error)))
        })?;
        let text = answer.secret_string.as_deref().map(str::trim).unwrap_or_default();
        let secret = SecretText(single(text).map_err(|reason| failed(reason.to_owned()))?);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(arn.to_owned(), secret.clone());
        Ok(secret)
    }
}

fn single(text: &str) -> Result<String, &'static str> {
    if text.is_empty() {
        return Err("it holds no text; store the token or address as its plain text");
    }
    let Ok(Value::Object(pairs)) = serde_json::from_str::<Value>(text) else { return Ok(text.to_owned()) };
    let mut values = pairs.values();
    match (values.next(), values.next()) {
        (Some(Value::String(only)), None) if !only.trim().is_empty() => Ok(only.trim().to_owned()),
        _ => Err("it holds several keys; store the token or address alone, as plain text"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canned::{Answer, Server};
    use serde_json::json;

    const ARN: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf";
    const JSON: &str = "application/x-amz-json-1.1";

    fn reader(server: &Server) -> SecretReader {
        SecretReader::new(&Clients::at(&server.url(), "eu-central-1"))
    }

    #[tokio::test]
    async fn is_read_once_and_again_when_it_was_rotated() {
        let server = Server::start(|request| {
            let secret = format!("  canary-{}\n", request.index);
            Answer::Body(200, JSON, json!({"SecretString": secret}).to_string())
        });
        let reader = reader(&server);
        for _ in 0..3 {
            assert_eq!(reader.read(ARN).await.unwrap().expose(), "canary-0");
        }
        assert_eq!(server.requests().len(), 1);
        assert_eq!(reader.refresh(ARN).await.unwrap().expose(), "canary-1");
        assert_eq!(reader.read(ARN).await.unwrap().expose(), "canary-1");
        assert!(!format!("{reader:?}").contains("canary"));
    }

    #[tokio::test]
    async fn errors_say_what_to_do_and_never_the_secret() {
        let denied = json!({"__type": "AccessDeniedException", "Message": "not authorized"}).to_string();
        let cut = r#"{"SecretString": "canary"#.to_owned();
        let empty = json!({"SecretString": " \n"}).to_string();
        let several = json!({"SecretString": r#"{"a": "canary", "b": "canary"}"#}).to_string();
        for (status, body, words) in [
            (400, denied, "allow the role secretsmanager:GetSecretValue"),
            (200, cut, ARN),
            (200, empty, "it holds no text"),
            (200, several, "store the token or address alone"),
        ] {
            let server = Server::start(move |_| Answer::Body(status, JSON, body.clone()));
            let error = reader(&server).read(ARN).await.unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        }
    }

    #[tokio::test]
    async fn other_arns_are_refused_before_anything_is_sent() {
        let server = Server::start(|_| Answer::Close);
        for arn in ["", "slack", "arn:aws:ssm:eu-west-1:111122223333:parameter/slack"] {
            assert!(reader(&server).read(arn).await.is_err());
        }
        assert_eq!(server.requests().len(), 0);
    }

    #[test]
    fn one_key_with_its_value_is_that_value() {
        assert_eq!(single(r#"{"token": " xoxb-1 "}"#).unwrap(), "xoxb-1");
        assert_eq!(single("xoxb-1").unwrap(), "xoxb-1");
        assert_eq!(single("12345").unwrap(), "12345");
        assert!(single(r#"{"port": 1}"#).is_err());
    }
}
