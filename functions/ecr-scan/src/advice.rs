//! What to do first, by kind of finding, kind of resource and severity: a table, of which the first row that fits counts.

use plimsoll_finding::{Advice, Detail, Severity};

use crate::scanned::Scanned;
use Severity::{High, Informational};

/// The kind of a finding in the table: Inspector's type, with what else decides the advice.
///
/// `PACKAGE_VULNERABILITY:EXPLOITED:NO_FIX`
pub(crate) fn key(said: Detail<'_>) -> String {
    let word = |path: &str| said.text(path).unwrap_or_default().to_ascii_uppercase();
    let mut key = word("type");
    if word("exploitAvailable") == "YES" {
        key.push_str(":EXPLOITED");
    }
    if word("fixAvailable") == "NO" {
        key.push_str(":NO_FIX");
    }
    key
}

/// The row for a finding.
pub(crate) fn of(key: &str, scanned: Scanned, severity: Severity) -> Option<&'static Advice> {
    Advice::find(&TABLE, key, scanned.name(), severity)
}

/// Vulnerabilities that were only counted.
pub(crate) const COUNTED: &str = "COUNTED";
/// A scan without a result.
pub(crate) const NO_RESULT: &str = "NO_RESULT";
/// A scan without a result, because the image cannot be scanned.
pub(crate) const UNSUPPORTED: &str = "NO_RESULT:UNSUPPORTED";
/// Inspector does not watch a resource.
pub(crate) const NOT_COVERED: &str = "NOT_COVERED";
/// Scanning of a repository was switched off.
pub(crate) const SWITCHED_OFF: &str = "SWITCHED_OFF";
/// Inspector could not enable itself for new accounts.
pub(crate) const NOT_ENABLED: &str = "NOT_ENABLED";

const fn row(
    finding_types: &'static [&'static str],
    resource_kinds: &'static [&'static str],
    from: Severity,
    text: &'static str,
    runbook: &'static str,
) -> Advice {
    Advice { finding_types, resource_kinds, from, text, runbook }
}

const IMAGE: &[&str] = &["image"];
const INSTANCE: &[&str] = &["instance"];
const FUNCTION: &[&str] = &["function"];
const REPOSITORY: &[&str] = &["code-repository"];

const TABLE: [Advice; 21] = [
    row(
        &["NETWORK_REACHABILITY"],
        &[],
        Informational,
        "Close the port in the security group that the network path names, or reach the instance by Session Manager \
         instead.",
        "docs/runbooks/ecr-scan.md#close-a-port",
    ),
    row(
        &["CODE_VULNERABILITY"],
        &[],
        Informational,
        "Change the code at the named place and deploy it again. A secret that was in code must also be replaced.",
        "docs/runbooks/ecr-scan.md#fix-code",
    ),
    row(
        &[":EXPLOITED:NO_FIX"],
        &[],
        Informational,
        "An exploit is known and there is no fixed version. Take the resource off the internet or put a rule before it, \
         remove the package if nothing needs it, and look again every day.",
        "docs/runbooks/ecr-scan.md#no-fix-yet",
    ),
    row(
        &[":NO_FIX"],
        &[],
        Informational,
        "There is no fixed version yet. Remove the package if nothing needs it, or waive this with an end date and look \
         again.",
        "docs/runbooks/ecr-scan.md#no-fix-yet",
    ),
    row(
        &[":EXPLOITED"],
        IMAGE,
        Informational,
        "An exploit is known. Update the package to the fixed version: rebuild the image on a current base image and deploy \
         it today. Until then put a rule before the service, or take it off the internet.",
        "docs/runbooks/ecr-scan.md#rebuild-an-image",
    ),
    row(
        &[":EXPLOITED"],
        INSTANCE,
        Informational,
        "An exploit is known. Patch the instance today, with Patch Manager or from a patched machine image. Until then limit \
         its security group to the addresses that it needs.",
        "docs/runbooks/ecr-scan.md#patch-an-instance",
    ),
    row(
        &[":EXPLOITED"],
        FUNCTION,
        Informational,
        "An exploit is known. Update the dependency in the package or layer of the function and deploy it today.",
        "docs/runbooks/ecr-scan.md#update-a-function",
    ),
    row(
        &["PACKAGE_VULNERABILITY"],
        IMAGE,
        High,
        "Update the package to the fixed version: rebuild the image on a current base image and deploy it. Inspector closes \
         the finding by itself.",
        "docs/runbooks/ecr-scan.md#rebuild-an-image",
    ),
    row(
        &["PACKAGE_VULNERABILITY"],
        IMAGE,
        Informational,
        "Update the package with the next regular build of the image. Inspector closes the finding by itself.",
        "docs/runbooks/ecr-scan.md#rebuild-an-image",
    ),
    row(
        &["PACKAGE_VULNERABILITY"],
        INSTANCE,
        High,
        "Patch the instance: update the package with Systems Manager Patch Manager, or replace the instance from a patched \
         machine image. Inspector closes the finding by itself.",
        "docs/runbooks/ecr-scan.md#patch-an-instance",
    ),
    row(
        &["PACKAGE_VULNERABILITY"],
        INSTANCE,
        Informational,
        "Patch the instance in its next maintenance window. Inspector closes the finding by itself.",
        "docs/runbooks/ecr-scan.md#patch-an-instance",
    ),
    row(
        &["PACKAGE_VULNERABILITY", COUNTED],
        FUNCTION,
        Informational,
        "Update the dependency in the package or layer of the function and deploy it. If the runtime itself is affected, \
         move to a newer one.",
        "docs/runbooks/ecr-scan.md#update-a-function",
    ),
    row(
        &["PACKAGE_VULNERABILITY", COUNTED],
        REPOSITORY,
        Informational,
        "Update the dependency in the repository, and build and deploy what is made from it.",
        "docs/runbooks/ecr-scan.md#fix-code",
    ),
    row(
        &[COUNTED],
        IMAGE,
        Informational,
        "Rebuild the image on a current base image, push it under a new tag and deploy that. Delete images that nothing runs \
         any more.",
        "docs/runbooks/ecr-scan.md#rebuild-an-image",
    ),
    row(
        &[COUNTED],
        INSTANCE,
        Informational,
        "Patch the instance with Systems Manager Patch Manager, or replace it from a patched machine image. Inspector names \
         each vulnerability and closes it by itself once it is gone.",
        "docs/runbooks/ecr-scan.md#patch-an-instance",
    ),
    row(
        &[UNSUPPORTED],
        IMAGE,
        Informational,
        "The image was not scanned, because ECR does not support its system or format. Build it on a supported base image, or \
         switch the registry to enhanced scanning.",
        "docs/runbooks/ecr-scan.md#no-scan-result",
    ),
    row(
        &[NO_RESULT],
        IMAGE,
        Informational,
        "The image was not scanned. Start the scan again; if that fails too, check that its base image is supported by ECR \
         scanning, or switch the registry to enhanced scanning.",
        "docs/runbooks/ecr-scan.md#no-scan-result",
    ),
    row(
        &[NO_RESULT, NOT_COVERED],
        &[],
        Informational,
        "New vulnerabilities in this resource stay unseen. The reason says what Inspector needs: a supported image or system, \
         access to it, or a scan filter that includes it.",
        "docs/runbooks/ecr-scan.md#not-covered",
    ),
    row(
        &[SWITCHED_OFF],
        &[],
        Informational,
        "Images in this repository are scanned only on request. Add the repository to a scan-on-push or \
         continuous-scan filter of the registry.",
        "docs/runbooks/ecr-scan.md#scanning-is-off",
    ),
    row(
        &[NOT_ENABLED],
        &[],
        Informational,
        "New accounts of the organisation are not scanned. Enable Inspector in them by hand, or raise the quota that the \
         reason names.",
        "docs/runbooks/ecr-scan.md#not-covered",
    ),
    row(
        &[],
        &[],
        Informational,
        "Update what is vulnerable to a fixed version, or take it out of use. Inspector closes the finding by itself.",
        "docs/runbooks/ecr-scan.md#the-first-five-minutes",
    ),
];

#[cfg(test)]
#[path = "advice/tests.rs"]
mod tests;
