//! The other side of an action: its addresses, countries and networks.
//! <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_RemoteIpDetails.html>

use plimsoll_finding::{Detail, Finding};

use crate::redact::{few, text, texts};

/// Addresses that are shown; the rest is counted.
const SHOWN: usize = 8;
/// Networks that are shown.
const NETWORKS: usize = 3;
/// The actions that know one remote address.
const ACTIONS: [&str; 4] =
    ["networkConnectionAction", "awsApiCallAction", "kubernetesApiCallAction", "rdsLoginAttemptAction"];

/// Adds all remote addresses with their countries.
pub(crate) fn addresses(finding: Finding, action: Detail<'_>) -> Finding {
    let (mut addresses, mut shown) = (Vec::new(), Vec::new());
    for remote in remotes(action) {
        if let Some(address) = address(remote).filter(|address| !addresses.contains(address)) {
            let country = text(remote, "country.countryName");
            shown.push(country.map_or_else(|| address.clone(), |country| format!("{address} ({country})")));
            addresses.push(address);
        }
    }
    // Kubernetes lists proxies beside the address of the client.
    for address in texts(action, "kubernetesApiCallAction.sourceIPs") {
        if !addresses.contains(&address) {
            shown.push(address.clone());
            addresses.push(address);
        }
    }
    finding.fact(if shown.len() > 1 { "Remote IPs" } else { "Remote IP" }, few(&shown, SHOWN))
}

/// The networks that the remote addresses belong to.
pub(crate) fn networks(action: Detail<'_>) -> Option<String> {
    let mut networks: Vec<String> = Vec::new();
    for remote in remotes(action) {
        networks.extend(network_of(remote).filter(|network| !networks.contains(network)));
    }
    few(&networks, NETWORKS)
}

fn remotes(action: Detail<'_>) -> Vec<Detail<'_>> {
    let direct = ACTIONS.into_iter().map(|kind| action.at(kind).at("remoteIpDetails"));
    let probes = action.list("portProbeAction.portProbeDetails").into_iter().map(|probe| probe.at("remoteIpDetails"));
    direct.chain(probes).filter(|remote| remote.0.is_object()).collect()
}

/// An address of either version.
pub(crate) fn address(details: Detail<'_>) -> Option<String> {
    text(details, "ipAddressV4").or_else(|| text(details, "ipAddressV6"))
}

/// `AS64500 Example Telecom`. The number is text in real events and -1 where it is not known.
fn network_of(remote: Detail<'_>) -> Option<String> {
    let organization = remote.at("organization");
    let name = text(organization, "asnOrg").or_else(|| text(organization, "org"));
    let number = organization.count("asn").filter(|asn| *asn > 0).map(|asn| format!("AS{asn}"));
    match (number, name) {
        (Some(number), Some(name)) => Some(format!("{number} {name}")),
        (number, name) => number.or(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn networks() {
        for (organization, expected) in [
            (json!({"asn": "64500", "asnOrg": "Example Telecom"}), Some("AS64500 Example Telecom")),
            (json!({"asn": -1, "asnOrg": "Example Telecom"}), Some("Example Telecom")),
            (json!({"asn": 64500, "asnOrg": null}), Some("AS64500")),
            (json!({"asn": "-1"}), None),
            (json!(null), None),
        ] {
            let remote = json!({"organization": organization});
            assert_eq!(network_of(Detail(&remote)).as_deref(), expected, "{remote}");
        }
    }

    #[test]
    fn each_address_once() {
        let probe = |ip: &str| json!({"remoteIpDetails": {"ipAddressV4": ip}});
        let probes: Vec<_> = ["203.0.113.1", "203.0.113.2", "203.0.113.1"].into_iter().map(probe).collect();
        let action = json!({"portProbeAction": {"portProbeDetails": probes}});
        let read: Vec<_> = remotes(Detail(&action)).into_iter().filter_map(address).collect();
        assert_eq!(read.len(), 3);
        let six = json!({"ipAddressV4": null, "ipAddressV6": "2001:db8::1"});
        assert_eq!(address(Detail(&six)).as_deref(), Some("2001:db8::1"));
    }
}
