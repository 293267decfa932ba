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
