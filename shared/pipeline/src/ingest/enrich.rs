//! What only the checklist and the configuration know about a finding.

use plimsoll_finding::Finding;

use crate::policy::Policy;

/// Fills in what only the checklist knows (severity and category of sources that have none of their own) and what only
/// the configuration knows (how much money is much). The advice stays as the source gave it: it speaks of what happened,
/// for example that a budget is spent, whatever severity that has here.
#[must_use]
pub fn enrich(finding: &Finding, policy: &Policy) -> Finding {
    let mut finding = finding.clone();
    if finding.severity_is_default
        && let Some((severity, category)) = policy.checklist.config_severity(&finding.check)
    {
        finding.severity = severity;
        finding.category = category;
        for part in &mut finding.parts {
            part.severity = severity;
        }
    }
    if let Some(severity) = policy.cost_severity(&finding) {
        finding.severity = severity;
    }
    finding
}
