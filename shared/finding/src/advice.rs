//! What to do about a kind of finding. Each source keeps a table of [`Advice`] and takes the first row that fits, so that
//! the advice can be read, compared and tested as data.

use crate::Severity;

/// One row of a source's table of advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// Fits finding types that contain one of these texts, in any case; empty fits all.
    pub finding_types: &'static [&'static str],
    /// Fits these kinds of resources, in any case; empty fits all.
    pub resource_kinds: &'static [&'static str],
    /// Fits from this severity on.
    pub from: Severity,
    /// What to do first, in whole sentences.
    pub text: &'static str,
    /// The section of our runbooks: a path in this repository with an anchor.
    pub runbook: &'static str,
}

impl Advice {
    /// The first row that fits; `None` if none does.
    #[must_use]
    pub fn find<'a>(
        table: &'a [Self],
        finding_type: &str,
        resource_kind: &str,
        severity: Severity,
    ) -> Option<&'a Self> {
        let finding_type = finding_type.to_ascii_lowercase();
        table.iter().find(|row| {
            let fits_type = row.finding_types.is_empty()
                || row.finding_types.iter().any(|text| finding_type.contains(&text.to_ascii_lowercase()));
            let fits_kind = row.resource_kinds.is_empty()
                || row.resource_kinds.iter().any(|kind| kind.eq_ignore_ascii_case(resource_kind));
            fits_type && fits_kind && severity >= row.from
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_that_fits() {
        let row = |finding_types, resource_kinds, from, text| Advice {
            finding_types,
            resource_kinds,
            from,
            text,
            runbook: "docs/runbooks/x.md#y",
        };
        let table = [
            row(&["PortProbe"], &["Instance"], Severity::High, "isolate"),
            row(&["PortProbe"], &[], Severity::Informational, "close"),
            row(&[], &["EKSCluster"], Severity::Informational, "cordon"),
        ];
        let text = |kind, resource, severity| Advice::find(&table, kind, resource, severity).map(|row| row.text);
        assert_eq!(text("Recon:EC2/PORTPROBEUnprotectedPort", "instance", Severity::High), Some("isolate"));
        assert_eq!(text("Recon:EC2/PortProbeUnprotectedPort", "Instance", Severity::Low), Some("close"));
        assert_eq!(text("Execution:Kubernetes/ExecInPod", "eksCluster", Severity::Medium), Some("cordon"));
        assert_eq!(text("Execution:Kubernetes/ExecInPod", "ECSCluster", Severity::Medium), None);
    }
}
