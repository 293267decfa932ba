//! What GuardDuty saw, as facts: the action, the other side of it, the process and the container.
//! <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Service.html>
//!
//! A chosen list, not everything: command lines and environment are left out, they may hold secrets. Values are `null`
//! as often as they are absent.

use plimsoll_finding::{Detail, Finding};

use crate::redact::{few, text};

/// Adds the facts of one finding.
pub(crate) fn facts(finding: Finding, said: Detail<'_>) -> Finding {
    let service = said.at("service");
    let finding = action(finding, service.at("action"));
    let process = service.at("runtimeDetails.process");
    finding
        .fact("Process", path_and_name(process))
        .fact("Process user", text(process, "user"))
        .fact("Executable SHA-256", text(process, "executableSha256"))
        .fact("Container image", container_images(said.at("resource")))
        .fact("Task definition", text(said, "resource.ecsClusterDetails.taskDetails.definitionArn"))
        .fact("Service", text(said, "resource.ecsClusterDetails.taskDetails.group").map(without_prefix))
        .fact("Threat list", few(&threat_lists(service), 3))
        .fact("Malware", few(&malware(service), 3))
        .fact("User", text(said, "resource.accessKeyDetails.userName"))
}

fn action(finding: Finding, action: Detail<'_>) -> Finding {
    let kind = text(action, "actionType").map(|kind| kind.to_lowercase().replace('_', " "));
    let finding = finding.fact("Action", kind);
    let network = action.at("networkConnectionAction");
    let call = action.at("awsApiCallAction");
    let domain = text(action, "dnsRequestAction.domain")
        .or_else(|| text(call, "domainDetails.domain"))
        .or_else(|| text(network, "domainDetails.domain"));
    let api = match (text(call, "api"), text(call, "serviceName")) {
        (Some(api), Some(service)) => Some(format!("{api} of {service}")),
        (api, _) => api,
    };
    let finding = finding
        .fact("Domain", domain)
        .fact("API call", api)
        .fact("User agent", text(call, "userAgent").or_else(|| text(action, "kubernetesApiCallAction.userAgent")))
        .fact("Direction", text(network, "connectionDirection").map(|direction| direction.to_lowercase()))
        .fact("Remote port", text(network, "remotePortDetails.port"));
    match remote(action) {
        Some(remote) => finding
            .fact("Remote IP", text(remote, "ipAddressV4").or_else(|| text(remote, "ipAddressV6")))
            .fact("Remote country", text(remote, "country.countryName"))
            .fact("Remote network", network_of(remote)),
        None => finding,
    }
}

/// The other side, wherever this kind of action keeps it.
fn remote(action: Detail<'_>) -> Option<Detail<'_>> {
    let direct = ["networkConnectionAction", "awsApiCallAction", "kubernetesApiCallAction", "rdsLoginAttemptAction"]
        .into_iter()
        .map(|kind| action.at(kind).at("remoteIpDetails"));
    let probes = action.list("portProbeAction.portProbeDetails").into_iter().map(|probe| probe.at("remoteIpDetails"));
    direct.chain(probes).find(|remote| remote.0.is_object())
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

fn path_and_name(process: Detail<'_>) -> Option<String> {
    text(process, "executablePath").or_else(|| text(process, "name"))
}

/// The images of the affected task's containers, or of the one container.
fn container_images(resource: Detail<'_>) -> Option<String> {
    let mut images: Vec<String> = Vec::new();
    let of_task = resource.list("ecsClusterDetails.taskDetails.containers");
    for container in of_task.into_iter().chain([resource.at("containerDetails")]) {
        if let Some(image) = text(container, "image").filter(|image| !images.contains(image)) {
            images.push(image);
        }
    }
    few(&images, 3)
}

/// `cart` for `service:cart`; a task that no service runs has `family:...`.
fn without_prefix(group: String) -> String {
    group.strip_prefix("service:").map(ToOwned::to_owned).unwrap_or(group)
}

fn threat_lists(service: Detail<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for threat in service.list("evidence.threatIntelligenceDetails") {
        if let Some(name) = text(threat, "threatListName") {
            names.push(name);
        }
    }
    names
}

fn malware(service: Detail<'_>) -> Vec<String> {
    let in_volume = service
        .list("ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames")
        .into_iter()
        .filter_map(|threat| text(threat, "name"));
    let scanned = service.list("malwareScanDetails.threats").into_iter().filter_map(|threat| text(threat, "name"));
    in_volume.chain(scanned).collect()
}

/// Adds how often and when; the description closes the list.
pub(crate) fn history(finding: Finding, said: Detail<'_>) -> Finding {
    let service = said.at("service");
    let time = |path: &str| service.time(path).map(|t| t.to_string()).or_else(|| text(service, path));
    let count = service.count("count").map(|count| match count {
        1 => "once".to_owned(),
        more => format!("{more} times"),
    });
    finding
        .fact("Seen", count)
        .fact("First seen", time("eventFirstSeen"))
        .fact("Last seen", time("eventLastSeen"))
        .fact(
            "Description",
            text(said, "description").filter(|description| Some(description) != text(said, "title").as_ref()),
        )
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
}
