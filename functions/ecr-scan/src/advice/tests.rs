use super::*;
use serde_json::json;

#[test]
fn advice_fits_type_resource_severity_and_what_is_known() {
    let said = |kind: &str, exploit: &str, fix: &str| {
        key(Detail(&json!({"type": kind, "exploitAvailable": exploit, "fixAvailable": fix})))
    };
    let package = "PACKAGE_VULNERABILITY";
    for (key, scanned, severity, expected) in [
        (said(package, "NO", "YES"), Scanned::Image, High, "Update the package to the fixed version"),
        (said(package, "NO", "PARTIAL"), Scanned::Image, Severity::Low, "Update the package with the next"),
        (said(package, "YES", "YES"), Scanned::Image, Severity::Critical, "An exploit is known. Update the package"),
        (said(package, "YES", "NO"), Scanned::Image, High, "An exploit is known and there is no fixed"),
        (said(package, "NO", "NO"), Scanned::Instance, High, "There is no fixed version yet"),
        (said(package, "NO", "YES"), Scanned::Instance, High, "Patch the instance: update the package"),
        (said(package, "", ""), Scanned::Instance, Severity::Medium, "Patch the instance in its next"),
        (said(package, "YES", "YES"), Scanned::Instance, High, "An exploit is known. Patch the instance"),
        (said(package, "NO", "YES"), Scanned::Function, High, "Update the dependency in the package or layer"),
        (said(package, "NO", "YES"), Scanned::CodeRepository, High, "Update the dependency in the repository"),
        (said(package, "NO", "YES"), Scanned::Other, High, "Update what is vulnerable"),
        (said("NETWORK_REACHABILITY", "", ""), Scanned::Instance, Severity::Medium, "Close the port in the security"),
        (said("CODE_VULNERABILITY", "", ""), Scanned::Function, High, "Change the code at the named place"),
        (COUNTED.to_owned(), Scanned::Image, High, "Rebuild the image"),
        (COUNTED.to_owned(), Scanned::Instance, High, "Patch the instance with Systems Manager"),
        (UNSUPPORTED.to_owned(), Scanned::Image, Severity::Medium, "The image was not scanned, because"),
        (NO_RESULT.to_owned(), Scanned::Image, Severity::Medium, "The image was not scanned. Start"),
        (NO_RESULT.to_owned(), Scanned::Function, Severity::Medium, "New vulnerabilities in this resource"),
    ] {
        let text = of(&key, scanned, severity).expect("a row fits everything").text;
        assert!(text.starts_with(expected), "{key} {scanned:?}: {text}");
    }
}

#[test]
fn only_images_are_rebuilt() {
    for row in &TABLE {
        let is_image = row.resource_kinds == IMAGE;
        assert!(is_image || !row.text.to_lowercase().contains("rebuild the image"), "{}", row.text);
    }
}

#[test]
fn every_runbook_section_exists() {
    for advice in &TABLE {
        let (path, anchor) = advice.runbook.split_once('#').expect(advice.runbook);
        let path = format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"));
        let page = std::fs::read_to_string(&path).expect(&path);
        let sections: Vec<String> = page
            .lines()
            .filter_map(|line| line.strip_prefix("## ").or_else(|| line.strip_prefix("### ")))
            .map(|heading| heading.to_lowercase().replace(' ', "-"))
            .collect();
        assert!(sections.iter().any(|section| section == anchor), "{}: {sections:?}", advice.runbook);
        assert!(advice.text.ends_with('.'), "{}", advice.text);
    }
}
