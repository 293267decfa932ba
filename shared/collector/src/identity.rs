//! Whose credentials these are. <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>: it needs
//! no permission.

use plimsoll_aws::{Clients, Service, explain};

/// Why the account is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// STS refused, or did not answer; its words.
    #[error("the credentials do not work: {0}")]
    Refused(String),
    /// STS answered with something else than an account of 12 digits.
    #[error("STS did not say whose account it is")]
    NoAccount,
    /// The role in another account does not let us in; the words of STS.
    #[error(
        "the role {role} does not let the collector in: {reason}; modules/member-account makes it, with the role of the collector and the external id"
    )]
    Role {
        /// Its ARN.
        role: String,
        /// What STS said.
        reason: String,
    },
    /// STS answered without credentials.
    #[error("STS gave no credentials for the role")]
    NoCredentials,
}

/// The account of the credentials, 12 digits.
///
/// # Errors
/// The credentials do not work, or STS does not name an account.
pub async fn account_of(clients: &Clients, region: &str) -> Result<String, IdentityError> {
    let client = aws_sdk_sts::Client::new(&clients.settings(Service::Sts, region));
    let identity =
        client.get_caller_identity().send().await.map_err(|error| IdentityError::Refused(explain(&error)))?;
    let is_account = |id: &String| id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit());
    identity.account.filter(is_account).ok_or(IdentityError::NoAccount)
}

/// The name of our sessions in CloudTrail of the other account.
const SESSION: &str = "plimsoll-evidence-collector";

/// The clients of a role in another account.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>: the credentials are good for an hour, and a run
/// takes a quarter of it at the most.
///
/// # Errors
/// The role does not let us in, or STS answered without credentials.
pub async fn assume(
    clients: &Clients,
    region: &str,
    role_arn: &str,
    external_id: Option<&str>,
) -> Result<Clients, IdentityError> {
    let client = aws_sdk_sts::Client::new(&clients.settings(Service::Sts, region));
    let answer = client
        .assume_role()
        .role_arn(role_arn)
        .role_session_name(SESSION)
        .set_external_id(external_id.map(ToOwned::to_owned))
        .send()
        .await
        .map_err(|error| IdentityError::Role { role: role_arn.to_owned(), reason: explain(&error) })?;
    let Some(given) = answer.credentials else { return Err(IdentityError::NoCredentials) };
    Ok(clients.with_keys(&given.access_key_id, &given.secret_access_key, &given.session_token))
}
