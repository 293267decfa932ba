//! What to do first, by kind of finding, kind of resource and severity: a table, of which the first row that fits counts.
//! <https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_remediate.html>

use plimsoll_finding::{Advice, Detail, Severity};

use Severity::{High, Informational, Medium};

/// The subject of advice: what has to be contained. GuardDuty's own kinds of resources overlap: a container may run in
/// ECS, in EKS or on a plain instance.
pub(crate) fn subject(said: Detail<'_>, finding_type: &str) -> &'static str {
    let resource = said.at("resource");
    let kind = resource.text("resourceType").unwrap_or_default().to_ascii_lowercase();
    // An attack sequence says what it is about only in its type: `AttackSequence:EKS/CompromisedCluster`.
    let target = finding_type.split_once(':').map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
    match kind.as_str() {
        "ecscluster" => ECS,
        "ekscluster" | "kubernetescluster" => EKS,
        "container" if resource.get("eksClusterDetails").is_some() => EKS,
        "container" if resource.get("ecsClusterDetails").is_some() => ECS,
        "container" => CONTAINER,
        "instance" => EC2,
        "accesskey" => IAM,
        "s3bucket" | "s3object" => S3,
        "lambda" => LAMBDA,
        "rdsdbinstance" | "rdslimitlessdb" => RDS,
        "ebssnapshot" | "ec2image" | "recoverypoint" => BACKUP,
        _ => match target.to_ascii_lowercase().as_str() {
            "ecs" => ECS,
            "eks" | "kubernetes" => EKS,
            "ec2" => EC2,
            "iam" | "iamuser" => IAM,
            "s3" => S3,
            "lambda" => LAMBDA,
            "rds" => RDS,
            _ => OTHER,
        },
    }
}

pub(crate) const ECS: &str = "ecs";
pub(crate) const EKS: &str = "eks";
pub(crate) const CONTAINER: &str = "container";
pub(crate) const EC2: &str = "ec2";
pub(crate) const IAM: &str = "iam";
pub(crate) const S3: &str = "s3";
pub(crate) const LAMBDA: &str = "lambda";
pub(crate) const RDS: &str = "rds";
pub(crate) const BACKUP: &str = "backup";
pub(crate) const OTHER: &str = "other";

/// The row for a finding. The last rows fit everything.
pub(crate) fn advice(finding_type: &str, subject: &str, severity: Severity) -> Option<&'static Advice> {
    Advice::find(&TABLE, finding_type, subject, severity)
}

const fn row(
    finding_types: &'static [&'static str],
    resource_kinds: &'static [&'static str],
    from: Severity,
    text: &'static str,
    runbook: &'static str,
) -> Advice {
    Advice { finding_types, resource_kinds, from, text, runbook }
}

const TABLE: [Advice; 26] = [
    row(
        &["PortProbe"],
        &[],
        Informational,
        "Close the port: remove the rule of the security group that lets the internet in, or limit it to known addresses. \
         A probe alone is no break-in.",
        "docs/runbooks/guardduty-finding.md#close-a-port",
    ),
    row(
        &["SSHBruteForce", "RDPBruteForce", "WinRMBruteForce"],
        &[],
        High,
        "Isolate the instance with a security group that allows nothing: at this severity it takes part in the attack. \
         Snapshot its volumes for analysis, and replace it from a clean image.",
        "docs/runbooks/guardduty-finding.md#contain-an-instance",
    ),
    row(
        &["SSHBruteForce", "RDPBruteForce", "WinRMBruteForce"],
        &[],
        Informational,
        "Close the port to the internet and reach the instance by Session Manager. Check the instance's log for logins that \
         succeeded.",
        "docs/runbooks/guardduty-finding.md#close-a-port",
    ),
    row(
        &["SuccessfulBruteForce", "SuccessfulLogin"],
        &[RDS],
        Informational,
        "Somebody is in the database. Change the password of the database user, end its sessions, close the network path \
         that was used, and look in the database's log for what was read or changed.",
        "docs/runbooks/guardduty-finding.md#contain-a-database",
    ),
    row(
        &[],
        &[RDS],
        Informational,
        "Close the network path to the database: its security group should let in only the applications that use it. Check \
         that no login of the database user succeeded, and change the user's password if one did.",
        "docs/runbooks/guardduty-finding.md#contain-a-database",
    ),
    row(
        &["CloudTrailLoggingDisabled", "DefenseEvasion", "PasswordPolicyChange"],
        &[IAM],
        Informational,
        "Switch on again what was switched off, then find out who did it and replace the credentials that were used. Treat \
         the time in between as not watched.",
        "docs/runbooks/guardduty-finding.md#logging-was-switched-off",
    ),
    row(
        &["InstanceCredentialExfiltration"],
        &[],
        Informational,
        "Revoke the sessions of the instance's role, then isolate the instance: its credentials are used elsewhere. Undo \
         what was done with them.",
        "docs/runbooks/guardduty-finding.md#replace-credentials",
    ),
    row(
        &["RootCredentialUsage"],
        &[],
        Informational,
        "Ask who used the root user, and why. If nobody did, change its password, delete its access keys and check its MFA \
         device.",
        "docs/runbooks/guardduty-finding.md#replace-credentials",
    ),
    row(
        &[],
        &[IAM],
        Medium,
        "Find out from CloudTrail whether the user did this. If not, deactivate the access key, revoke the sessions of the \
         role and undo what was done.",
        "docs/runbooks/guardduty-finding.md#replace-credentials",
    ),
    row(
        &[],
        &[IAM],
        Informational,
        "Ask the user whether the calls were meant. If not, deactivate the access key and look in CloudTrail for what else \
         it did.",
        "docs/runbooks/guardduty-finding.md#replace-credentials",
    ),
    row(
        &["MaliciousFile"],
        &[S3],
        Informational,
        "Keep everybody from reading the object, find out who uploaded it and what has read it since, then delete all its \
         versions.",
        "docs/runbooks/guardduty-finding.md#malware",
    ),
    row(
        &["Policy:S3", "BucketPublicAccessGranted", "BucketAnonymousAccessGranted", "BucketBlockPublicAccessDisabled"],
        &[],
        Informational,
        "Block public access to the bucket again, unless it must be public. Check in its access log who read it meanwhile.",
        "docs/runbooks/guardduty-finding.md#contain-a-bucket",
    ),
    row(
        &[],
        &[S3],
        Informational,
        "Check in CloudTrail who read or changed the bucket, block public access, and replace the credentials that were \
         used.",
        "docs/runbooks/guardduty-finding.md#contain-a-bucket",
    ),
    row(
        &[],
        &[BACKUP],
        Informational,
        "Restore nothing from this backup. Find out when the malware came in, keep the copy for analysis and block restores \
         from it, and look for the same file on the running resource.",
        "docs/runbooks/guardduty-finding.md#malware",
    ),
    row(
        &["AnonymousAccess", "ExposedDashboard", "AdminAccessToDefaultServiceAccount", "AnomalousBehavior.Permission"],
        &[EKS],
        Informational,
        "Remove the role binding that gives these rights, and check in the audit log of the cluster what was done with them.",
        "docs/runbooks/guardduty-finding.md#contain-a-pod",
    ),
    row(
        &["PrivilegedContainer", "ContainerWithSensitiveMount", "WorkloadDeployed"],
        &[EKS],
        Informational,
        "Find out who deployed the workload. If nobody meant to, delete it and replace the credentials of that user. If \
         somebody did, take away its privileges, or admit it by a policy of the cluster.",
        "docs/runbooks/guardduty-finding.md#contain-a-pod",
    ),
    row(
        &["Kubernetes"],
        &[EKS],
        Informational,
        "Check in the audit log of the cluster whether the user meant this. If not, revoke the user's rights, replace the \
         credentials, and undo what was changed.",
        "docs/runbooks/guardduty-finding.md#contain-a-pod",
    ),
    row(
        &[],
        &[EKS],
        Informational,
        "Cut the pod off with a network policy, keep its logs and image for analysis, then delete it. Revoke the sessions of \
         its service account's role; if it could reach its node, cordon and replace the node.",
        "docs/runbooks/guardduty-finding.md#contain-a-pod",
    ),
    row(
        &[],
        &[ECS],
        Informational,
        "Stop the task and keep its logs and image for analysis. Replace the credentials of its task role, and deploy an \
         image that you trust.",
        "docs/runbooks/guardduty-finding.md#contain-an-ecs-task",
    ),
    row(
        &[],
        &[CONTAINER],
        Informational,
        "Stop the container and keep its logs and image for analysis. Isolate its instance if the container could reach it, \
         and replace the credentials of the instance's role.",
        "docs/runbooks/guardduty-finding.md#contain-an-instance",
    ),
    row(
        &[],
        &[LAMBDA],
        Informational,
        "Set the reserved concurrency of the function to 0. Look at its code and environment, deploy a version that you \
         trust, and replace the credentials of its role.",
        "docs/runbooks/guardduty-finding.md#contain-a-function",
    ),
    row(
        &["MaliciousFile"],
        &[EC2],
        Informational,
        "Isolate the instance with a security group that allows nothing. Keep the snapshot of the infected volume for \
         analysis, and replace the instance from a clean image.",
        "docs/runbooks/guardduty-finding.md#malware",
    ),
    row(
        &[],
        &[EC2],
        Medium,
        "Isolate the instance with a security group that allows nothing, snapshot its volumes for analysis, and replace it \
         from a clean image.",
        "docs/runbooks/guardduty-finding.md#contain-an-instance",
    ),
    row(
        &[],
        &[EC2],
        Informational,
        "Find out whether the traffic is meant. If it is not, limit the security group of the instance to the addresses and \
         ports that it needs.",
        "docs/runbooks/guardduty-finding.md#close-a-port",
    ),
    row(
        &[],
        &[],
        Medium,
        "Open the finding in GuardDuty, decide whether it is expected, and contain the resource if it is not.",
        "docs/runbooks/guardduty-finding.md#expected-or-not",
    ),
    row(
        &[],
        &[],
        Informational,
        "Decide whether this is expected. If it is, archive it in GuardDuty with a suppression rule.",
        "docs/runbooks/guardduty-finding.md#expected-or-not",
    ),
];

/// An uploaded object is malware.
pub(crate) const OBJECT_MALWARE: Advice = row(
    &[],
    &[],
    Informational,
    "Keep everybody from reading the object, find out who uploaded it and what has read it since, then delete all its \
     versions.",
    "docs/runbooks/guardduty-finding.md#malware",
);
/// Malware on the volumes of an instance, or in a copy of them.
pub(crate) const BACKUP_MALWARE: Advice = row(
    &[],
    &[],
    Informational,
    "Restore nothing from this copy, and isolate the instance that it was taken from. Find out when the malware came in, and \
     replace the instance from a clean image.",
    "docs/runbooks/guardduty-finding.md#malware",
);
/// An object has no scan result.
pub(crate) const OBJECT_NOT_SCANNED: Advice = row(
    &[],
    &[],
    Informational,
    "The object was not scanned. Check that the role of the protection plan may read the bucket and its key, and that the \
     object is not too large or encrypted by a password.",
    "docs/runbooks/guardduty-finding.md#objects-are-not-scanned",
);
/// The object was scanned, and could not be tagged.
pub(crate) const ACTION_FAILED: Advice = row(
    &[],
    &[],
    Informational,
    "The object does not carry its scan result. Give the role of the protection plan the right to tag objects, and check \
     that the object has fewer than ten tags.",
    "docs/runbooks/guardduty-finding.md#objects-are-not-scanned",
);
/// The protection of a bucket does not work.
pub(crate) const BUCKET_NOT_SCANNED: Advice = row(
    &[],
    &[],
    Informational,
    "New objects may not be scanned. The reasons name what the role of the protection plan lacks; compare it with the policy \
     in the GuardDuty guide.",
    "docs/runbooks/guardduty-finding.md#objects-are-not-scanned",
);
/// No agent watches the resource, by kind of resource.
pub(crate) const NOT_WATCHED: [Advice; 3] = [
    row(
        &[],
        &["EKS"],
        Informational,
        "Let GuardDuty manage the agent as an add-on of the cluster, or update the add-on, and check that its pods run on \
         every node.",
        "docs/runbooks/guardduty-finding.md#runtime-coverage",
    ),
    row(
        &[],
        &["EC2"],
        Informational,
        "Let GuardDuty manage the agent. The instance needs Systems Manager, a supported system, and the VPC endpoint of \
         GuardDuty.",
        "docs/runbooks/guardduty-finding.md#runtime-coverage",
    ),
    row(
        &[],
        &[],
        Informational,
        "Unless the service was just scaled to zero: let GuardDuty manage the agent, give the task execution role the right \
         to pull the agent's image, and start the tasks again, because running ones get no agent.",
        "docs/runbooks/guardduty-finding.md#runtime-coverage",
    ),
];

#[cfg(test)]
#[path = "advice/tests.rs"]
mod tests;
