//! What one Inspector finding says in words: which vulnerability, in which package, fixed where.
//! <https://docs.aws.amazon.com/inspector/v2/APIReference/API_PackageVulnerabilityDetails.html>

use std::fmt::Write as _;

use plimsoll_finding::{Detail, Finding};

/// Packages that are named; the rest is counted.
const NAMED: usize = 3;

/// The name of the vulnerability: `CVE-2026-1111`, else the finding's title, else its type.
pub(crate) fn vulnerability(finding: Detail<'_>) -> String {
    finding
        .text("packageVulnerabilityDetails.vulnerabilityId")
        .or_else(|| finding.text("title"))
        .or_else(|| finding.text("type").map(|kind| kind.to_lowercase().replace('_', " ")))
        .unwrap_or_else(|| "Inspector finding".to_owned())
}

/// `CVE-2026-1111 in openssl 3.0.1 (fixed in 3.0.2)`. Writing to a `String` cannot fail, hence `ok()`.
pub(crate) fn label(finding: Detail<'_>) -> String {
    let mut label = vulnerability(finding);
    let packages = packages(finding);
    if let Some((first, rest)) = packages.split_first() {
        label.push_str(" in ");
        label.push_str(&first.installed);
        if !rest.is_empty() {
            write!(label, " and {} more", rest.len()).ok();
        }
        if let Some(fixed) = packages.iter().find_map(|package| package.fixed_in.as_ref()) {
            write!(label, " (fixed in {fixed})").ok();
        }
    } else if let Some(place) = code_place(finding) {
        label.push_str(" in ");
        label.push_str(&place);
    }
    label
}

/// Adds what helps to decide how urgent it is, and what to do.
pub(crate) fn facts(finding: Finding, said: Detail<'_>) -> Finding {
    let packages = packages(said);
    let named: Vec<&str> = packages.iter().take(NAMED).map(|package| package.installed.as_str()).collect();
    let more = packages.len().saturating_sub(named.len());
    let packages_text = match (named.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(named.join(", ")),
        (false, more) => Some(format!("{} and {more} more", named.join(", "))),
    };
    finding
        .fact("Package", packages_text)
        .fact("Fixed in", packages.iter().find_map(|package| package.fixed_in.as_ref()))
        .fact("Fix available", said.text("fixAvailable").map(|word| word.to_lowercase()))
        .fact("Exploit available", said.text("exploitAvailable").map(|word| word.to_lowercase()))
        .fact("Last known exploit", said.time("exploitabilityDetails.lastKnownExploitAt").map(|t| t.to_string()))
        .fact("Exploit probability (EPSS)", said.number("epss.score").map(percent))
        .fact("Inspector score", said.text("inspectorScore"))
        .fact("Suggested fix", suggested_fix(said))
        .fact("Code", code_place(said))
        .fact("Open ports", open_ports(said))
}

struct Package {
    /// `openssl 3.0.13-0ubuntu3.2`
    installed: String,
    fixed_in: Option<String>,
}

/// The vulnerable packages, each once: Inspector repeats a package for each file it lies in.
fn packages(finding: Detail<'_>) -> Vec<Package> {
    let mut packages: Vec<Package> = Vec::new();
    for entry in finding.list("packageVulnerabilityDetails.vulnerablePackages") {
        let Some(name) = entry.text("name") else { continue };
        let mut installed = name;
        if let Some(version) = entry.text("version") {
            installed.push(' ');
            if let Some(epoch) = entry.count("epoch").filter(|epoch| *epoch > 0) {
                write!(installed, "{epoch}:").ok();
            }
            installed.push_str(&version);
            if let Some(release) = entry.text("release") {
                installed.push('-');
                installed.push_str(&release);
            }
        }
        // The API says "NotAvailable" where there is no fix.
        let fixed_in = entry
            .text("fixedInVersion")
            .filter(|version| !version.eq_ignore_ascii_case("NotAvailable"))
            .map(|version| version.strip_prefix("0:").map(ToOwned::to_owned).unwrap_or(version));
        if !packages.iter().any(|known| known.installed == installed) {
            packages.push(Package { installed, fixed_in });
        }
    }
    packages
}

/// The package manager's own command, else Inspector's advice.
fn suggested_fix(finding: Detail<'_>) -> Option<String> {
    finding
        .list("packageVulnerabilityDetails.vulnerablePackages")
        .into_iter()
        .find_map(|package| package.text("remediation"))
        .or_else(|| finding.text("remediation.recommendation.text"))
        .filter(|text| !text.eq_ignore_ascii_case("None Provided"))
}

/// For a code vulnerability: `src/handler.py, line 6`.
fn code_place(finding: Detail<'_>) -> Option<String> {
    let place = finding.at("codeVulnerabilityDetails.filePath");
    let file = place.text("filePath").or_else(|| place.text("fileName"))?;
    Some(match place.count("startLine") {
        Some(line) => format!("{file}, line {line}"),
        None => file,
    })
}

/// For a network finding: `TCP 22` or `TCP 8000-8080`.
fn open_ports(finding: Detail<'_>) -> Option<String> {
    let network = finding.at("networkReachabilityDetails");
    let begin = network.count("openPortRange.begin")?;
    let protocol = network.text("protocol").unwrap_or_else(|| "port".to_owned());
    Some(match network.count("openPortRange.end").filter(|end| *end != begin) {
        Some(end) => format!("{protocol} {begin}-{end}"),
        None => format!("{protocol} {begin}"),
    })
}

/// A probability as people read it: `0.075 %`, `94 %`.
fn percent(probability: f64) -> String {
    let percent = probability * 100.0;
    let digits = if percent < 1.0 { 3 } else { 1 };
    let text = format!("{percent:.digits$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{} %", if text.is_empty() { "0" } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn with_packages(packages: &Value) -> Value {
        json!({"packageVulnerabilityDetails": {"vulnerabilityId": "CVE-2026-1111", "vulnerablePackages": packages}})
    }

    #[test]
    fn labels() {
        for (finding, expected) in [
            (
                with_packages(&json!([{"name": "openssl", "version": "3.0.1", "fixedInVersion": "0:3.0.2"}])),
                "CVE-2026-1111 in openssl 3.0.1 (fixed in 3.0.2)",
            ),
            (
                with_packages(&json!([
                    {"name": "libssl", "epoch": 1, "version": "3.0.1", "release": "2", "fixedInVersion": "NotAvailable"},
                    {"name": "libssl", "epoch": 1, "version": "3.0.1", "release": "2", "filePath": "/b"},
                    {"name": "openssl", "version": "3.0.1"}
                ])),
                "CVE-2026-1111 in libssl 1:3.0.1-2 and 1 more",
            ),
            (with_packages(&json!(null)), "CVE-2026-1111"),
            (with_packages(&json!([null, 7, {"version": "1"}])), "CVE-2026-1111"),
            (
                json!({"title": "CWE-798 - Hardcoded credentials",
                       "codeVulnerabilityDetails": {"filePath": {"filePath": "src/a.py", "startLine": 6}}}),
                "CWE-798 - Hardcoded credentials in src/a.py, line 6",
            ),
            (json!({"type": "NETWORK_REACHABILITY"}), "network reachability"),
            (json!({}), "Inspector finding"),
        ] {
            assert_eq!(label(Detail(&finding)), expected, "{finding}");
        }
    }

    #[test]
    fn probabilities() {
        for (probability, expected) in
            [(0.000_75, "0.075 %"), (0.94, "94 %"), (0.0, "0 %"), (0.005, "0.5 %"), (0.1234, "12.3 %"), (1.0, "100 %")]
        {
            assert_eq!(percent(probability), expected);
        }
    }
}
