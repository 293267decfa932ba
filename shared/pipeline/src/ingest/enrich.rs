//! What only the checklist knows about a finding.

use plimsoll_checklist::Checklist;
use plimsoll_finding::Finding;

/// Fills in what only the checklist knows: the severity and category of sources that have none of their own.
#[must_use]
pub fn enrich(finding: &Finding, checklist: &Checklist) -> Finding {
    let mut finding = finding.clone();
    if finding.severity_is_default
        && let Some((severity, category)) = checklist.config_severity(&finding.check)
    {
        finding.severity = severity;
        finding.category = category;
        for part in &mut finding.parts {
            part.severity = severity;
        }
    }
    finding
}
