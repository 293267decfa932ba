//! What to do about a cost anomaly or a budget alert, as data: the first row that fits.
//!
//! The text that a row of [`ANOMALIES`] looks for is the service and the usage type of the root causes, as Cost Explorer
//! writes them: `Amazon Elastic Compute Cloud - Compute EUC1-BoxUsage:m7g.large`.

use plimsoll_finding::{Advice, Severity};

const ANYWHERE: &[&str] = &[];

pub(crate) const ANOMALIES: [Advice; 9] = [
    Advice {
        finding_types: &["NatGateway", "DataTransfer", "-Out-Bytes", "-In-Bytes", "VpcEndpoint"],
        resource_kinds: ANYWHERE,
        from: Severity::Informational,
        text: "Find what moves the data: VPC flow logs by address, and the last deployment. Image pulls and log uploads \
               through a NAT gateway belong on VPC endpoints. Then answer it by `plimsoll ack` or in the console.",
        runbook: "docs/runbooks/cost-anomaly.md#data-transfer",
    },
    Advice {
        finding_types: &["BoxUsage", "SpotUsage", "DedicatedUsage"],
        resource_kinds: ANYWHERE,
        from: Severity::High,
        text: "Look for instances that nobody expects, in the region of the root cause first: stolen credentials are used to \
               mine coins. CloudTrail says who called RunInstances. If they are ours, see which deployment or scaling policy \
               started them. Then answer it by `plimsoll ack` or in the console.",
        runbook: "docs/runbooks/cost-anomaly.md#compute",
    },
    Advice {
        finding_types: &["Fargate", "BoxUsage", "SpotUsage", "Lambda-GB-Second", "Elastic Container Service"],
        resource_kinds: ANYWHERE,
        from: Severity::Informational,
        text: "See which service scaled out or was deployed that day, and whether it scaled in again: desired count, scaling \
               policy, retries. Then answer it by `plimsoll ack` or in the console.",
        runbook: "docs/runbooks/cost-anomaly.md#compute",
    },
    Advice {
        finding_types: &["DataProcessing-Bytes", "VendedLog", "CloudWatch", "MetricMonitorUsage"],
        resource_kinds: ANYWHERE,
        from: Severity::Informational,
        text: "Find the log group or the metric that grew: CloudWatch metric IncomingBytes by log group. Debug logging and \
               metrics with an id as dimension are the usual causes. Then answer it by `plimsoll ack` or in the console.",
        runbook: "docs/runbooks/cost-anomaly.md#logs-and-metrics",
    },
    Advice {
        finding_types: &["Relational Database", "InstanceUsage:db", "RDS:", "Aurora:"],
        resource_kinds: ANYWHERE,
        from: Severity::Informational,
        text: "See which database was created, resized or given more storage or I/O that day, and whether a restored copy was \
               left running. Then answer it by `plimsoll ack` or in the console.",
        runbook: "docs/runbooks/cost-anomaly.md#databases-and-storage",
    },
    Advice {
        finding_types: &["Simple Storage", "TimedStorage", "Requests-Tier", "EBS:", "SnapshotUsage", "Backup"],
        resource_kinds: ANYWHERE,
        from: Severity::Informational,
        text: "See which bucket, volume or vault grew, or who sends it requests: lifecycle rules, old versions, snapshots \
               without an end. Then answer it by `plimsoll ack` or in the console.",
        runbook: "docs/runbooks/cost-anomaly.md#databases-and-storage",
    },
    Advice {
        finding_types: &["GuardDuty", "Security Hub", "Config", "Inspector", "Macie", "CloudTrail"],
        resource_kinds: ANYWHERE,
        from: Severity::Informational,
        text: "A security service counts what the account does: look for what it counts (API calls, flow logs, resources that \
               change) before the service itself. Then answer it by `plimsoll ack` or in the console.",
        runbook: "docs/runbooks/cost-anomaly.md#security-services",
    },
    Advice {
        finding_types: ANYWHERE,
        resource_kinds: ANYWHERE,
        from: Severity::High,
        text: "See which service and usage type grew, and who deployed what that day. For a service or a region that nobody \
               uses, suspect stolen credentials and look at GuardDuty and CloudTrail. Then answer it by `plimsoll ack` or in the console: planned, a false alarm, or real.",
        runbook: "docs/runbooks/cost-anomaly.md#the-first-five-minutes",
    },
    Advice {
        finding_types: ANYWHERE,
        resource_kinds: ANYWHERE,
        from: Severity::Informational,
        text: "See which service and usage type grew, and who deployed what that day. Then answer it by `plimsoll ack` or in the console: planned, a false alarm, or real.",
        runbook: "docs/runbooks/cost-anomaly.md#the-first-five-minutes",
    },
];

pub(crate) const BUDGETS: [Advice; 4] = [
    Advice {
        finding_types: &["budget-text"],
        resource_kinds: ANYWHERE,
        from: Severity::Informational,
        text: "The text is AWS Budgets' own, in a form that is not known here. Look at the budget in the console, and at what acted \
               on it: a budget action may have changed a policy or stopped instances.",
        runbook: "docs/runbooks/cost-anomaly.md#what-an-alert-means",
    },
    Advice {
        finding_types: &["budget-actual"],
        resource_kinds: ANYWHERE,
        from: Severity::High,
        text: "The budget is spent. See in Cost Explorer which service grew in this period. If the new amount is right, raise the \
               budget; otherwise stop what costs it.",
        runbook: "docs/runbooks/cost-anomaly.md#a-budget",
    },
    Advice {
        finding_types: &["budget-forecast"],
        resource_kinds: ANYWHERE,
        from: Severity::Informational,
        text: "Nothing is overspent yet. See in Cost Explorer which service grows, and decide before the period ends: stop it, or \
               raise the budget.",
        runbook: "docs/runbooks/cost-anomaly.md#a-budget",
    },
    Advice {
        finding_types: ANYWHERE,
        resource_kinds: ANYWHERE,
        from: Severity::Informational,
        text: "A threshold below the budget is crossed. Compare the share that is used with the part of the period that has \
               passed; if it will not last, see in Cost Explorer which service grew.",
        runbook: "docs/runbooks/cost-anomaly.md#a-budget",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_fits_what_costs() {
        let place = |what: &str, severity| Advice::find(&ANOMALIES, what, "cost-anomaly", severity).unwrap().runbook;
        for (what, severity, section) in [
            ("EC2 - Other EUC1-NatGateway-Bytes", Severity::High, "#data-transfer"),
            ("Amazon Elastic Compute Cloud - Compute BoxUsage:p4d.24xlarge", Severity::High, "#compute"),
            ("Amazon Elastic Container Service EUC1-Fargate-vCPU-Hours:perCPU", Severity::Low, "#compute"),
            ("AmazonCloudWatch EUC1-DataProcessing-Bytes", Severity::Medium, "#logs-and-metrics"),
            ("Amazon Relational Database Service EUC1-InstanceUsage:db.r7g", Severity::Low, "#databases-and-storage"),
            ("Amazon GuardDuty", Severity::Low, "#security-services"),
            ("Amazon Braket", Severity::Critical, "#the-first-five-minutes"),
            ("", Severity::Low, "#the-first-five-minutes"),
        ] {
            assert!(place(what, severity).ends_with(section), "{what}");
        }
        let text = |what: &str, severity| Advice::find(&ANOMALIES, what, "cost-anomaly", severity).unwrap().text;
        assert!(text("BoxUsage:m7g", Severity::High).contains("mine coins"));
        assert!(!text("BoxUsage:m7g", Severity::Low).contains("mine coins"));
        let budget = |kind: &str, severity| Advice::find(&BUDGETS, kind, "budget", severity).unwrap().text;
        assert!(budget("budget-actual", Severity::High).starts_with("The budget is spent"));
        assert!(budget("budget-actual", Severity::Medium).starts_with("A threshold below"));
        assert!(budget("budget-forecast", Severity::Medium).starts_with("Nothing is overspent"));
    }
}
