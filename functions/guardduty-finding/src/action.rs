//! What was done: the facts of each kind of action, the decisive ones first.
//! <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Action.html>
//!
//! A finding carries one action as a rule. Each kind adds facts only where its own object is there, so a kind that is
//! not known yet still has its name.

use plimsoll_finding::{Detail, Finding};

use crate::{
    database, kubernetes,
    redact::{few, name_of, redact, text, texts},
    remote,
};

/// Ports and names of a list that are shown; the rest is counted.
const SHOWN: usize = 8;

/// Adds what was done. The other side follows by [`remote::addresses`].
pub(crate) fn decisive(finding: Finding, said: Detail<'_>) -> Finding {
    let action = said.at("service.action");
    let finding = network(finding, said);
    let finding = port_probe(finding, action.at("portProbeAction")).fact("Domain", domain(action));
    let finding = api_call(finding, action.at("awsApiCallAction"));
    let finding = kubernetes::action(finding, action);
    let finding = database::action(finding, said);
    match text(action, "actionType") {
        // Its own object says more than the word.
        Some(kind) if !is_known(&kind) => finding.fact("Action", Some(kind.to_lowercase().replace('_', " "))),
        _ => finding,
    }
}

/// Adds what is good to know beside that.
pub(crate) fn details(finding: Finding, said: Detail<'_>) -> Finding {
    let action = said.at("service.action");
    let (network, call) = (action.at("networkConnectionAction"), action.at("awsApiCallAction"));
    let (remote_port, local_port) = (port(network.at("remotePortDetails")), port(network.at("localPortDetails")));
    let (other_port, name) = if is_inbound(said) { (remote_port, "Remote port") } else { (local_port, "Local port") };
    let finding = finding
        .fact(name, other_port)
        .fact("Protocol", text(network, "protocol"))
        .fact("Local IP", few(&local_addresses(action), SHOWN))
        .fact("Remote network", remote::networks(action))
        .fact("User agent", agent(call).or_else(|| agent(action.at("kubernetesApiCallAction"))));
    database::details(kubernetes::details(finding, said), said)
}

fn is_known(kind: &str) -> bool {
    ["NETWORK_CONNECTION", "PORT_PROBE", "DNS_REQUEST", "AWS_API_CALL", "KUBERNETES_API_CALL", "RDS_LOGIN_ATTEMPT"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(kind))
}

fn agent(call: Detail<'_>) -> Option<String> {
    text(call, "userAgent")
}

/// Whether the connection came in; without a direction, whether the resource is the target.
fn is_inbound(said: Detail<'_>) -> bool {
    match direction(said) {
        Some(direction) => direction.eq_ignore_ascii_case("INBOUND"),
        None => !said.text("service.resourceRole").is_some_and(|role| role.eq_ignore_ascii_case("ACTOR")),
    }
}

fn direction(said: Detail<'_>) -> Option<String> {
    let direction = text(said, "service.action.networkConnectionAction.connectionDirection");
    direction.filter(|word| !word.eq_ignore_ascii_case("UNKNOWN"))
}

fn network(finding: Finding, said: Detail<'_>) -> Finding {
    let network = said.at("service.action.networkConnectionAction");
    let (name, decisive) =
        if is_inbound(said) { ("Attacked port", "localPortDetails") } else { ("Remote port", "remotePortDetails") };
    finding
        .fact(name, port(network.at(decisive)))
        .fact("Direction", direction(said).map(|direction| direction.to_lowercase()))
}

fn port_probe(finding: Finding, probe: Detail<'_>) -> Finding {
    let mut ports: Vec<String> = Vec::new();
    for one in probe.list("portProbeDetails") {
        ports.extend(port(one.at("localPortDetails")).filter(|port| !ports.contains(port)));
    }
    finding.fact(if ports.len() == 1 { "Attacked port" } else { "Attacked ports" }, few(&ports, SHOWN))
}

fn local_addresses(action: Detail<'_>) -> Vec<String> {
    let mut addresses: Vec<String> = Vec::new();
    let connection = action.at("networkConnectionAction.localIpDetails");
    let probes = action.list("portProbeAction.portProbeDetails").into_iter().map(|probe| probe.at("localIpDetails"));
    for details in probes.chain([connection]) {
        addresses.extend(remote::address(details).filter(|address| !addresses.contains(address)));
    }
    addresses
}

/// `22 (SSH)`, or the number alone where GuardDuty has no name for it.
fn port(details: Detail<'_>) -> Option<String> {
    let number = text(details, "port")?;
    let name = text(details, "portName").filter(|name| !name.eq_ignore_ascii_case("Unknown"));
    Some(name.map_or_else(|| number.clone(), |name| format!("{number} ({name})")))
}

fn domain(action: Detail<'_>) -> Option<String> {
    let paths = [
        "dnsRequestAction.domain",
        "awsApiCallAction.domainDetails.domain",
        "networkConnectionAction.domainDetails.domain",
    ];
    paths.into_iter().find_map(|path| text(action, path))
}

fn api_call(finding: Finding, call: Detail<'_>) -> Finding {
    let api = match (text(call, "api"), text(call, "serviceName")) {
        (Some(api), Some(service)) => Some(format!("{api} of {service}")),
        (api, _) => api,
    };
    let account =
        text(call, "remoteAccountDetails.accountId").map(|id| match call.flag("remoteAccountDetails.affiliated") {
            Some(true) => format!("{id} (known to this GuardDuty)"),
            Some(false) => format!("{id} (unknown to this GuardDuty)"),
            None => id,
        });
    finding
        .fact("API call", api)
        .fact("Error", text(call, "errorCode"))
        .fact("Affected resources", few(&affected_resources(call), SHOWN))
        .fact("Remote account", account)
}

/// `AWS::S3::Bucket invoices`, one per kind and name. The names are text or a list of texts.
pub(crate) fn affected_resources(call: Detail<'_>) -> Vec<String> {
    named_resources(call).into_iter().map(|(kind, name)| format!("{kind} {name}")).collect()
}

/// The resources that the API call was about: kind and name.
pub(crate) fn named_resources(call: Detail<'_>) -> Vec<(String, String)> {
    let affected = call.at("affectedResources");
    let Some(kinds) = affected.0.as_object() else { return Vec::new() };
    let named = kinds.keys().flat_map(|kind| texts(affected, kind).into_iter().map(move |name| (kind.as_str(), name)));
    named.map(|(kind, name)| (redact(kind), name_of(&name).to_owned())).collect()
}

/// Whether GuardDuty says that the traffic was blocked.
pub(crate) fn blocked(action: Detail<'_>) -> Option<&'static str> {
    let kinds = ["networkConnectionAction", "portProbeAction", "dnsRequestAction"];
    let blocked = kinds.into_iter().find_map(|kind| action.at(kind).flag("blocked"))?;
    Some(if blocked { "yes" } else { "no" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ports_with_and_without_a_name() {
        for (details, expected) in [
            (json!({"port": 2375, "portName": "Docker"}), Some("2375 (Docker)")),
            (json!({"port": "9200", "portName": "Unknown"}), Some("9200")),
            (json!({"port": null, "portName": "SSH"}), None),
            (json!(null), None),
        ] {
            assert_eq!(port(Detail(&details)).as_deref(), expected, "{details}");
        }
    }

    #[test]
    fn affected_resources_in_both_shapes() {
        let call = json!({"affectedResources": {"AWS::S3::Bucket": ["ledger", "archive"], "AWS::IAM::Role": "deploy"}});
        let mut read = affected_resources(Detail(&call));
        read.sort();
        assert_eq!(read, ["AWS::IAM::Role deploy", "AWS::S3::Bucket archive", "AWS::S3::Bucket ledger"]);
        assert!(affected_resources(Detail(&json!({"affectedResources": {}}))).is_empty());
        assert!(affected_resources(Detail(&json!({"affectedResources": "text"}))).is_empty());
    }

    #[test]
    fn blocked_is_said_either_way() {
        for (action, expected) in [
            (json!({"dnsRequestAction": {"blocked": true}}), Some("yes")),
            (json!({"portProbeAction": {"blocked": "false"}}), Some("no")),
            (json!({"networkConnectionAction": {"blocked": null}}), None),
            (json!({}), None),
        ] {
            assert_eq!(blocked(Detail(&action)), expected, "{action}");
        }
    }
}
