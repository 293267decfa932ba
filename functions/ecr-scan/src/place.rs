//! Where a finding is: the open port and the path to it, the place in the code, and the resource that runs it.
//! <https://docs.aws.amazon.com/inspector/v2/APIReference/API_NetworkReachabilityDetails.html>

use plimsoll_finding::{Detail, Finding};

/// Addresses, steps and weaknesses that are shown.
const SHOWN: usize = 8;

/// Adds the open port with its network path, or the place in the code.
pub(crate) fn decisive(finding: Finding, said: Detail<'_>) -> Finding {
    let code = said.at("codeVulnerabilityDetails");
    finding
        .fact("Open port", open_port(said))
        .fact("Network path", network_path(said))
        .fact("Code", in_code(said))
        .fact("Weakness", joined(&code.texts("cwes"), ", "))
        .fact("Detector", code.text("detectorName"))
        .fact("Layer", code.text("sourceLambdaLayerArn"))
}

/// Adds what is known of the resource: who uses it, its addresses, its platform.
pub(crate) fn resource(finding: Finding, resource: Detail<'_>) -> Finding {
    let image = resource.at("details.awsEcrContainerImage");
    let instance = resource.at("details.awsEc2Instance");
    let function = resource.at("details.awsLambdaFunction");
    let in_use = image.count("inUseCount").map(|count| match count {
        0 => "nowhere".to_owned(),
        1 => "1 task or pod".to_owned(),
        more => format!("{more} tasks or pods"),
    });
    let mut addresses = instance.texts("ipV4Addresses");
    addresses.extend(instance.texts("ipV6Addresses"));
    let platform = image.text("platform").or_else(|| instance.text("platform")).or_else(|| function.text("runtime"));
    finding
        .deployed(image.count("inUseCount").map(|count| count > 0))
        .fact("In use by", in_use)
        .fact("Addresses", joined(&addresses, ", "))
        .fact("Last in use", image.time("lastInUseAt").map(|time| time.to_string()))
        .fact("Platform", platform)
        .fact("Machine image", instance.text("imageId"))
        .fact("Layers", joined(&function.texts("layers"), ", "))
}

/// For a code vulnerability: `src/handler.py, line 6`.
pub(crate) fn in_code(finding: Detail<'_>) -> Option<String> {
    let place = finding.at("codeVulnerabilityDetails.filePath");
    let file = place.text("filePath").or_else(|| place.text("fileName"))?;
    Some(match place.count("startLine") {
        Some(line) => format!("{file}, line {line}"),
        None => file,
    })
}

/// For a network finding: `TCP 22` or `TCP 8000-8080`.
fn open_port(finding: Detail<'_>) -> Option<String> {
    let network = finding.at("networkReachabilityDetails");
    let begin = network.count("openPortRange.begin")?;
    let protocol = network.text("protocol").unwrap_or_else(|| "port".to_owned());
    Some(match network.count("openPortRange.end").filter(|end| *end != begin) {
        Some(end) => format!("{protocol} {begin}-{end}"),
        None => format!("{protocol} {begin}"),
    })
}

/// `igw-1 > acl-2 > sg-3`: what lets the traffic through, from the outside in.
fn network_path(finding: Detail<'_>) -> Option<String> {
    let steps = finding.list("networkReachabilityDetails.networkPath.steps");
    let ids: Vec<String> = steps.into_iter().filter_map(|step| step.text("componentId")).collect();
    joined(&ids, " > ")
}

fn joined(items: &[String], between: &str) -> Option<String> {
    let shown: Vec<&str> = items.iter().take(SHOWN).map(String::as_str).collect();
    let more = items.len().saturating_sub(shown.len());
    match (shown.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(shown.join(between)),
        (false, more) => Some(format!("{} and {more} more", shown.join(between))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ports_and_paths() {
        let said = json!({"networkReachabilityDetails": {"protocol": "UDP", "openPortRange": {"begin": 500, "end": 510},
            "networkPath": {"steps": [{"componentId": "igw-1"}, {"componentType": "x"}, {"componentId": "sg-2"}]}}});
        assert_eq!(open_port(Detail(&said)).as_deref(), Some("UDP 500-510"));
        assert_eq!(network_path(Detail(&said)).as_deref(), Some("igw-1 > sg-2"));
        let none = json!({"networkReachabilityDetails": {"openPortRange": {"end": 22}}});
        assert_eq!((open_port(Detail(&none)), network_path(Detail(&none))), (None, None));
    }

    #[test]
    fn long_lists_are_counted() {
        let items: Vec<String> = (0..10).map(|n| n.to_string()).collect();
        assert_eq!(joined(&items, ", ").as_deref(), Some("0, 1, 2, 3, 4, 5, 6, 7 and 2 more"));
        assert_eq!(joined(&[], ", "), None);
    }
}
