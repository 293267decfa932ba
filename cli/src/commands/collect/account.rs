//! Whose account it is: the credentials of the environment, and what STS says about them.

use anyhow::{Context as _, bail, ensure};
use plimsoll_aws::Clients;
use plimsoll_collector::account_of;

/// An account and the regions in question.
pub(crate) struct Account {
    /// 12 digits.
    pub(crate) id: String,
    /// At least one.
    pub(crate) regions: Vec<String>,
    /// What calls them.
    pub(crate) clients: Clients,
}

/// Finds credentials and asks whose they are.
pub(crate) async fn find(regions: &[String]) -> anyhow::Result<Account> {
    let clients = match regions.first() {
        Some(first) => Clients::from_environment_in(first),
        None => Clients::from_environment(),
    }
    .context("no credentials, or no region\nhint: `--region eu-central-1` names a region")?;
    let mut wanted: Vec<String> = Vec::new();
    let own = [clients.region().to_owned()];
    for region in if regions.is_empty() { &own[..] } else { regions } {
        ensure!(is_region(region), "`{region}` is no region, such as eu-central-1");
        if !wanted.contains(region) {
            wanted.push(region.clone());
        }
    }
    let Some(first) = wanted.first() else { bail!("no region is known") };
    let id = account_of(&clients, first)
        .await
        .context("whose account is it?\nhint: `aws sts get-caller-identity` with the same credentials must answer")?;
    Ok(Account { id, regions: wanted, clients })
}

fn is_region(region: &str) -> bool {
    region.len() <= 32
        && region.split('-').count() >= 3
        && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_becomes_part_of_a_host_and_of_a_file_name() {
        for good in ["eu-central-1", "us-gov-east-1", "ap-southeast-7"] {
            assert!(is_region(good), "{good}");
        }
        for bad in ["", "eu", "../../x-y-z", "eu-central-1.example.org", "EU-CENTRAL-1", "a-b-c/d"] {
            assert!(!is_region(bad), "{bad}");
        }
    }
}
