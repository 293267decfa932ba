//! Malware scans of recovery points: did the scan run, and did it find something.
//! <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ScanJob.html>
//!
//! These are two questions. A clean scan of tonight's recovery point does not clean last night's: threats are filed
//! under the recovery point, failed scans under the resource.

use plimsoll_finding::{Category, Event, Finding, Reading, Resource, Severity, Status, Unreadable, clean_line};

use crate::{
    job::{between, state, unknown},
    statement::{self, Statement, Verdict, job_id, vault},
    text::name_of,
};

pub(crate) const CHECK: &str = "backup:scan-job";
/// The identity of "is there malware in this recovery point".
pub(crate) const THREATS: &str = "backup:scan-job:threats";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Threats {
    Found,
    None,
    /// The scan did not get that far, or did not see everything.
    Unknown,
}

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    let state = state(detail, ["state", "status"])?;
    let result = detail.text("scanResult.scanResultStatus");
    let threats = match result.as_deref() {
        Some("THREATS_FOUND") => Threats::Found,
        Some("NO_THREATS_FOUND") => Threats::None,
        Some(other) => {
            return Err(Unreadable::reasons(format!("`{other}` is not a scan result that AWS Backup documents")));
        }
        None => Threats::Unknown,
    };
    let run = match state.as_str() {
        "CREATED" | "PENDING" | "STARTED" | "RUNNING" => return Ok(Reading::Ignored(between("Malware scan", &state))),
        // "Completed" without a result proves nothing.
        "COMPLETED" if threats == Threats::Unknown => return Err(Unreadable::missing("scanResult.scanResultStatus")),
        "COMPLETED" => Verdict::resolved(Severity::High, "completed"),
        "COMPLETED_WITH_ISSUES" => Verdict::open(Severity::Medium, "did not see everything"),
        "FAILED" => Verdict::open(Severity::High, "failed"),
        "CANCELED" | "CANCELLED" => Verdict::open(Severity::Low, "was stopped"),
        _ => return Err(unknown("malware scan", &state)),
    };
    // A scan that did not see everything proves that there are threats, never that there are none.
    let threats = if threats == Threats::None && run.status == Status::Open { Threats::Unknown } else { threats };

    let resource = detail.raw("resourceArn");
    let point = detail.raw("recoveryPointArn").or_else(|| event.resources.first().cloned());
    let Some(scanned) = resource.clone().or_else(|| point.clone()).or_else(|| job_id(detail)) else {
        return Err(Unreadable::missing("resourceArn"));
    };
    let place = vault(detail, ["backupVaultName"], ["backupVaultArn"]).unwrap_or_default();
    let kind = detail.text("resourceType").unwrap_or_else(|| "backup-resource".to_owned());
    let called = name_of(&scanned);
    let mut findings = Vec::new();
    if threats != Threats::Unknown {
        let infected = point.unwrap_or_else(|| scanned.clone());
        findings.push(threat(event, &infected, &called, threats, result.as_deref().unwrap_or_default()));
    }
    let scan = statement::finding(
        event,
        Statement {
            check: CHECK,
            identity_rule: format!("{CHECK}/{place}"),
            title: format!("Malware scan of the backup of {called} {}", run.words),
            resource: Resource::new(scanned, &kind, &called),
            verdict: run,
            state: &state,
        },
    );
    findings.push(common(event, scan));
    Ok(Reading::Findings(findings))
}

fn threat(event: &Event, point: &str, called: &str, threats: Threats, result: &str) -> Finding {
    let (verdict, title) = if threats == Threats::Found {
        (Verdict::open(Severity::Critical, ""), format!("Malware in a backup of {called}"))
    } else {
        (Verdict::resolved(Severity::Critical, ""), format!("No malware in a backup of {called}"))
    };
    let finding = statement::finding(
        event,
        Statement {
            check: CHECK,
            identity_rule: THREATS.to_owned(),
            resource: Resource::new(point, "backup-recovery-point", &name_of(point)),
            verdict,
            state: result,
            title,
        },
    );
    common(event, finding).console_url(statement::recovery_point_page(event, point))
}

fn common(event: &Event, finding: Finding) -> Finding {
    let detail = event.detail();
    finding
        .category(Category::Security)
        .fact("Scanner", detail.text("malwareScanner").map(|s| clean_line(&s)))
        .console_url(statement::page(event, &["jobs"]))
}
