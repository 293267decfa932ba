//! Reads secrets by ARN, each once per process, from Secrets Manager or from Systems Manager's Parameter Store.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>: a secret holds at most 64 KB.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>: a parameter at most 8 KB.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use aws_sdk_ssm::{
    error::{ProvideErrorMetadata, SdkError},
    types::ParameterType,
};
use plimsoll_finding::Arn;
use plimsoll_message::Secret;
use serde_json::Value;

use crate::{
    Clients,
    error::{CallOutcome, explain},
};

/// The service that keeps a secret, by its ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretStore {
    /// `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME`.
    SecretsManager,
    /// `arn:aws:ssm:REGION:ACCOUNT:parameter/NAME`, of the type `SecureString`.
    ParameterStore,
}

/// The text is not the ARN of a secret. The error quotes an ARN and nothing else, since other text may be the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} names neither a secret of Secrets Manager (arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME) nor a parameter of \
     Parameter Store (arn:aws:ssm:REGION:ACCOUNT:parameter/NAME)"
)]
pub struct NoSecretArn(String);

impl SecretStore {
    /// Parses the ARN of a secret.
    ///
    /// # Errors
    /// The text is not such an ARN.
    pub fn of(arn: &str) -> Result<Self, NoSecretArn> {
        Self::with_region(arn).map(|(store, _)| store)
    }

    fn with_region(arn: &str) -> Result<(Self, String), NoSecretArn> {
        let wrong = || NoSecretArn(shown(arn));
        let parsed = Arn::parse(arn).filter(|parsed| !parsed.region.is_empty()).ok_or_else(wrong)?;
        match (parsed.service.as_str(), parsed.resource.split_at_checked(7), parsed.resource.split_at_checked(10)) {
            ("secretsmanager", Some(("secret:", name)), _) if !name.is_empty() => {
                Ok((Self::SecretsManager, parsed.region))
            }
            ("ssm", _, Some(("parameter/", name))) if !name.is_empty() => Ok((Self::ParameterStore, parsed.region)),
            _ => Err(wrong()),
        }
    }
}

/// The ARN; empty for any other text, which may be the secret itself.
fn shown(arn: &str) -> String {
    if arn.starts_with("arn:") { format!("`{}`", plimsoll_finding::clean_line(arn)) } else { "the value".to_owned() }
}

/// A secret cannot be read. Holds its ARN and the reason, never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read the secret {arn}: {reason}")]
pub struct SecretError {
    /// Which secret, in backticks.
    pub arn: String,
    /// The reason, and what to do.
    pub reason: String,
}

/// Reads secrets and remembers them for as long as the process lives.
#[derive(Debug)]
pub struct SecretReader {
    clients: Clients,
    known: Mutex<BTreeMap<String, Secret>>,
}

impl SecretReader {
    /// With those clients.
    #[must_use]
    pub fn new(clients: &Clients) -> Self {
        Self { clients: clients.clone(), known: Mutex::default() }
    }

    /// The secret, without white space around it. One that the console saved as one key and its value is that value.
    /// The region is that of the ARN, which need not be the function's.
    ///
    /// # Errors
    /// The ARN is none, the role may not read it, or it holds no single text. Trying again helps only where AWS did
    /// not answer.
    pub async fn read(&self, arn: &str) -> Result<Secret, SecretError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(arn).cloned();
        match known {
            Some(secret) => Ok(secret),
            None => self.read_again(arn).await,
        }
    }

    /// Reads the secret again after a provider refused it: it may have been rotated.
    ///
    /// # Errors
    /// Those of [`SecretReader::read`]; the old value is then kept.
    pub async fn read_again(&self, arn: &str) -> Result<Secret, SecretError> {
        let failed = |reason: String| SecretError { arn: shown(arn), reason };
        let (store, region) = SecretStore::with_region(arn).map_err(|error| failed(error.to_string()))?;
        let text = match store {
            SecretStore::SecretsManager => self.secret(&region, arn).await,
            SecretStore::ParameterStore => self.parameter(&region, arn).await,
        };
        let secret = single(text.map_err(failed)?.trim()).map_err(|reason| failed(reason.to_owned()))?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(arn.to_owned(), secret.clone());
        Ok(secret)
    }

    async fn secret(&self, region: &str, arn: &str) -> Result<String, String> {
        let answer = self.clients.secrets(region).get_secret_value().secret_id(arn).send().await;
        let answer = answer.map_err(|error| {
            with_hint(&error, "secretsmanager:GetSecretValue", |code| match code {
                "ResourceNotFoundException" => "make it, or correct the ARN",
                "InvalidRequestException" => "it is marked for deletion: restore it, or name another",
                "DecryptionFailure" => "allow the role kms:Decrypt on its key",
                _ => "",
            })
        })?;
        Ok(answer.secret_string.unwrap_or_default())
    }

    async fn parameter(&self, region: &str, arn: &str) -> Result<String, String> {
        let answer = self.clients.parameters(region).get_parameter().name(arn).with_decryption(true).send().await;
        let answer = answer.map_err(|error| {
            with_hint(&error, "ssm:GetParameter", |code| match code {
                "ParameterNotFound" => "make it in the region that the ARN names, or correct the ARN",
                "ParameterVersionNotFound" => "leave the version out of the ARN, so that the newest is read",
                "InvalidKeyId" => "enable the KMS key that encrypts it, or put the parameter under another",
                _ => "",
            })
        })?;
        match answer.parameter {
            Some(parameter) if parameter.r#type == Some(ParameterType::SecureString) => {
                Ok(parameter.value.unwrap_or_default())
            }
            // Accepting it would leave a secret where everybody who may look at parameters can read it.
            _ => Err("it is a parameter without encryption; make it anew with the type SecureString".to_owned()),
        }
    }
}

/// The error of AWS, and what to do about it.
fn with_hint<E>(error: &SdkError<E>, action: &str, of_code: impl Fn(&str) -> &'static str) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let outcome_of_call = CallOutcome::of(error);
    let hint = match &outcome_of_call {
        _ if outcome_of_call.is_denied() => format!("allow the role {action} on it, and kms:Decrypt on its key"),
        CallOutcome::Answered { code, .. } => of_code(code).to_owned(),
        CallOutcome::NotSent | CallOutcome::Unknown => String::new(),
    };
    let separator = if hint.is_empty() { "" } else { "; " };
    format!("{}{separator}{hint}", explain(error))
}

fn single(text: &str) -> Result<Secret, &'static str> {
    let of =
        |text: &str| Secret::new(text).map_err(|_| "it holds no text; store the token or address as its plain text");
    let Ok(Value::Object(pairs)) = serde_json::from_str::<Value>(text) else { return of(text) };
    let mut values = pairs.values();
    match (values.next(), values.next()) {
        (Some(Value::String(only)), None) => of(only),
        _ => Err("it holds several keys; store the token or address alone, as plain text"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canned::{Answer, Server};
    use serde_json::json;

    const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf";
    const PARAMETER: &str = "arn:aws:ssm:us-west-2:111122223333:parameter/plimsoll/slack";
    const JSON: &str = "application/x-amz-json-1.1";

    fn reader(server: &Server) -> SecretReader {
        SecretReader::new(&Clients::at(&server.url(), "eu-central-1"))
    }

    fn parameter(kind: &str, value: &str) -> String {
        json!({"Parameter": {"ARN": PARAMETER, "Name": "/plimsoll/slack", "Type": kind, "Value": value, "Version": 1}})
            .to_string()
    }

    #[tokio::test]
    async fn is_read_once_and_again_when_it_was_rotated() {
        for arn in [SECRET, PARAMETER] {
            let server = Server::start(|request| {
                let secret = format!("  canary-{}\n", request.index);
                let of_secret = json!({"SecretString": secret}).to_string();
                let is_parameter = request.target == "AmazonSSM.GetParameter";
                Answer::Body(200, JSON, if is_parameter { parameter("SecureString", &secret) } else { of_secret })
            });
            let reader = reader(&server);
            for _ in 0..3 {
                assert_eq!(reader.read(arn).await.unwrap().expose(), "canary-0");
            }
            assert_eq!(server.requests().len(), 1);
            assert_eq!(reader.read_again(arn).await.unwrap().expose(), "canary-1");
            assert_eq!(reader.read(arn).await.unwrap().expose(), "canary-1");
            assert!(!format!("{reader:?}").contains("canary"));
        }
    }

    #[tokio::test]
    async fn is_asked_for_in_the_region_of_its_arn_and_decrypted() {
        let server = Server::start(|_| Answer::Body(200, JSON, parameter("SecureString", "canary")));
        reader(&server).read(PARAMETER).await.unwrap();
        let request = server.requests().remove(0);
        assert!(request.authorization.contains("/us-west-2/ssm/"), "{}", request.authorization);
        let body: Value = serde_json::from_str(&request.body).unwrap();
        assert_eq!(body, json!({"Name": PARAMETER, "WithDecryption": true}));
        let server = Server::start(|_| Answer::Body(200, JSON, json!({"SecretString": "canary"}).to_string()));
        reader(&server).read(SECRET).await.unwrap();
        assert!(server.requests()[0].authorization.contains("/eu-west-1/secretsmanager/"));
    }

    #[tokio::test]
    async fn errors_say_what_to_do_and_never_the_secret() {
        let error = |code: &str| json!({"__type": code, "Message": "no"}).to_string();
        let string = |value: &str| json!({"SecretString": value}).to_string();
        for (arn, status, body, words) in [
            (SECRET, 400, error("AccessDeniedException"), "allow the role secretsmanager:GetSecretValue"),
            (SECRET, 400, error("ResourceNotFoundException"), "make it, or correct the ARN"),
            (SECRET, 400, error("InvalidRequestException"), "restore it"),
            (SECRET, 400, error("DecryptionFailure"), "kms:Decrypt"),
            (SECRET, 200, r#"{"SecretString": "canary"#.to_owned(), SECRET),
            (SECRET, 200, string(" \n"), "it holds no text"),
            (SECRET, 200, string(r#"{"a": " "}"#), "it holds no text"),
            (SECRET, 200, string(r#"{"a": "canary", "b": "canary"}"#), "store the token or address alone"),
            (PARAMETER, 400, error("AccessDeniedException"), "allow the role ssm:GetParameter on it, and kms:Decrypt"),
            (PARAMETER, 400, error("ParameterNotFound"), "make it in the region that the ARN names"),
            (PARAMETER, 400, error("ParameterVersionNotFound"), "leave the version out"),
            (PARAMETER, 400, error("InvalidKeyId"), "enable the KMS key"),
            (PARAMETER, 200, r#"{"Parameter": {"Value": "canary"#.to_owned(), PARAMETER),
            (PARAMETER, 200, parameter("SecureString", "\n"), "it holds no text"),
            (PARAMETER, 200, parameter("String", "canary"), "with the type SecureString"),
            (PARAMETER, 200, parameter("StringList", "canary,canary"), "with the type SecureString"),
            (PARAMETER, 200, "{}".to_owned(), "with the type SecureString"),
        ] {
            let server = Server::start(move |_| Answer::Body(status, JSON, body.clone()));
            let error = reader(&server).read(arn).await.unwrap_err();
            assert!(error.to_string().contains(words) && error.to_string().contains(arn), "{words}: {error}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        }
    }

    #[tokio::test]
    async fn other_arns_are_refused_before_anything_is_sent() {
        let server = Server::start(|_| Answer::Close);
        for arn in [
            "",
            "slack",
            "xoxb-canary",
            "arn:aws:ssm:eu-west-1:111122223333:document/slack",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/",
            "arn:aws:ssm::111122223333:parameter/slack",
            "arn:aws:secretsmanager:eu-west-1:111122223333:slack",
            "arn:aws:secretsmanager::111122223333:secret:slack",
            "arn:aws:s3:::secret:slack",
        ] {
            let error = reader(&server).read(arn).await.unwrap_err();
            assert!(error.to_string().contains("nor a parameter of Parameter Store"), "{error}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
            assert!(!arn.starts_with("arn:") || error.to_string().contains(arn), "{error}");
        }
        assert_eq!(server.requests().len(), 0);
    }

    #[test]
    fn one_key_with_its_value_is_that_value() {
        assert_eq!(single(r#"{"token": " xoxb-1 "}"#).unwrap().expose(), "xoxb-1");
        assert_eq!(single("xoxb-1").unwrap().expose(), "xoxb-1");
        assert_eq!(single("12345").unwrap().expose(), "12345");
        assert!(single(r#"{"port": 1}"#).is_err());
    }
}
