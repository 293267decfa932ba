//! What one Inspector finding says of a vulnerability in words: which one, in which package, exploited or not, fixed where.
//! <https://docs.aws.amazon.com/inspector/v2/APIReference/API_PackageVulnerabilityDetails.html>

use std::fmt::Write as _;

use plimsoll_finding::{Detail, Finding};

use crate::place;

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

/// `CVE-2026-1111 in openssl 3.0.1 (fixed in 3.0.2, exploit known)`. Writing to a `String` cannot fail, hence `ok()`.
pub(crate) fn label(finding: Detail<'_>) -> String {
    let mut label = vulnerability(finding);
    let packages = packages(finding);
    if let Some((first, rest)) = packages.split_first() {
        label.push_str(" in ");
        label.push_str(&first.installed);
        if !rest.is_empty() {
            write!(label, " and {} more", rest.len()).ok();
        }
    } else if let Some(place) = place::in_code(finding) {
        label.push_str(" in ");
        label.push_str(&place);
    }
    let fixed = packages.iter().find_map(|package| package.fixed_in.as_ref()).map(|fixed| format!("fixed in {fixed}"));
    let exploited = (exploit_available(finding) == Some(true)).then(|| "exploit known".to_owned());
    let notes: Vec<String> = fixed.into_iter().chain(exploited).collect();
    if !notes.is_empty() {
        write!(label, " ({})", notes.join(", ")).ok();
    }
    label
}

/// Whether an exploit is known; `None` where Inspector does not say.
pub(crate) fn exploit_available(finding: Detail<'_>) -> Option<bool> {
    yes_or_no(finding, "exploitAvailable")
}

/// Whether at least one affected package has a fixed version; `None` where Inspector does not say.
pub(crate) fn fix_available(finding: Detail<'_>) -> Option<bool> {
    let named = || packages(finding).iter().any(|package| package.fixed_in.is_some()).then_some(true);
    yes_or_no(finding, "fixAvailable").or_else(named)
}

fn yes_or_no(finding: Detail<'_>, field: &str) -> Option<bool> {
    match finding.text(field)?.to_ascii_uppercase().as_str() {
        "YES" | "PARTIAL" => Some(true),
        "NO" => Some(false),
        _ => None,
    }
}

/// Adds what decides how urgent it is and what to do, then the details of the vulnerability.
pub(crate) fn decisive(finding: Finding, said: Detail<'_>) -> Finding {
    let packages = packages(said);
    let named: Vec<&str> = packages.iter().take(NAMED).map(|package| package.installed.as_str()).collect();
    let more = packages.len().saturating_sub(named.len());
    let packages_text = match (named.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(named.join(", ")),
        (false, more) => Some(format!("{} and {more} more", named.join(", "))),
    };
    finding
        .fact("Exploit known", exploit(said))
        .fact(if packages.len() == 1 { "Package" } else { "Packages" }, packages_text)
        .fact("Fixed in", fix(said, &packages))
}

/// Adds how likely and how bad it is.
pub(crate) fn scores(finding: Finding, said: Detail<'_>) -> Finding {
    finding
        .fact("Suggested fix", suggested_fix(said))
        .fact("Exploit probability (EPSS)", said.number("epss.score").map(percent))
        .fact("Inspector score", said.text("inspectorScore").or_else(|| said.text("score")))
}

/// `yes, last seen 2026-11-15`
fn exploit(said: Detail<'_>) -> Option<String> {
    let last = said.time("exploitabilityDetails.lastKnownExploitAt");
    match (exploit_available(said), last) {
        (Some(false), _) => Some("no".to_owned()),
        (None, None) => None,
        (_, Some(last)) => Some(format!("yes, last seen {}", last.strftime("%Y-%m-%d"))),
        (Some(true), None) => Some("yes".to_owned()),
    }
}

/// The first fixed version, or that there is none.
fn fix(said: Detail<'_>, packages: &[Package]) -> Option<String> {
    let fixed = packages.iter().find_map(|package| package.fixed_in.clone());
    let is_partial = said.text("fixAvailable").is_some_and(|word| word.eq_ignore_ascii_case("PARTIAL"));
    match (fixed, fix_available(said)) {
        (Some(version), _) if is_partial => Some(format!("{version}, for some of the packages")),
        (Some(version), _) => Some(version),
        (None, Some(false)) => Some("no fixed version yet".to_owned()),
        (None, Some(true)) => Some("a fixed version exists".to_owned()),
        (None, None) => None,
    }
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
            (
                json!({"exploitAvailable": "YES", "packageVulnerabilityDetails": {"vulnerabilityId": "CVE-2026-2222",
                       "vulnerablePackages": [{"name": "curl", "version": "8.0"}]}}),
                "CVE-2026-2222 in curl 8.0 (exploit known)",
            ),
            (json!({"type": "NETWORK_REACHABILITY"}), "network reachability"),
            (json!({}), "Inspector finding"),
        ] {
            assert_eq!(label(Detail(&finding)), expected, "{finding}");
        }
    }

    #[test]
    fn exploits_and_fixes() {
        let package = json!([{"name": "curl", "version": "8.0", "fixedInVersion": "8.1"}]);
        for (finding, exploit_known, fix_known, exploit_text, fix_text) in [
            (
                json!({"exploitAvailable": "YES", "fixAvailable": "NO"}),
                Some(true),
                Some(false),
                "yes",
                "no fixed version yet",
            ),
            (
                json!({"exploitAvailable": "NO", "fixAvailable": "YES"}),
                Some(false),
                Some(true),
                "no",
                "a fixed version exists",
            ),
            (
                json!({"fixAvailable": "PARTIAL", "packageVulnerabilityDetails": {"vulnerablePackages": package}}),
                None,
                Some(true),
                "",
                "8.1, for some of the packages",
            ),
            (json!({"packageVulnerabilityDetails": {"vulnerablePackages": package}}), None, Some(true), "", "8.1"),
            (
                json!({"exploitAvailable": "YES", "exploitabilityDetails": {"lastKnownExploitAt": "2026-11-15T05:13:49Z"}}),
                Some(true),
                None,
                "yes, last seen 2026-11-15",
                "",
            ),
            (json!({"exploitAvailable": "PERHAPS"}), None, None, "", ""),
        ] {
            let said = Detail(&finding);
            assert_eq!((exploit_available(said), fix_available(said)), (exploit_known, fix_known), "{finding}");
            assert_eq!(exploit(said).unwrap_or_default(), exploit_text, "{finding}");
            assert_eq!(fix(said, &packages(said)).unwrap_or_default(), fix_text, "{finding}");
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
