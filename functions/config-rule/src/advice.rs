//! What to do about a resource that breaks a rule, as data: the first row whose text is part of the rule's identifier.

use plimsoll_finding::{Advice, Severity};

const fn row(identifiers: &'static [&'static str], text: &'static str, section: &'static str) -> Advice {
    Advice {
        finding_types: identifiers,
        resource_kinds: &[],
        // AWS Config has no severities: the checklist gives them later.
        from: Severity::Informational,
        text,
        runbook: section,
    }
}

pub(crate) const ADVICE: [Advice; 26] = [
    row(
        &["INCOMING_SSH", "RESTRICTED_INCOMING", "VPC_SG_", "DEFAULT_SECURITY_GROUP"],
        "Remove the rule of the security group that lets 0.0.0.0/0 or ::/0 in, in Terraform where it is defined. Administrators \
         come in by Session Manager, services by the security group of their caller.",
        "docs/runbooks/config-rule.md#networks",
    ),
    row(
        &["PUBLIC", "NO_UNRESTRICTED_ROUTE", "DIRECT_INTERNET"],
        "Take the public address, route or policy statement away, and look in CloudTrail for who opened it. Until then treat \
         the resource as seen by everybody.",
        "docs/runbooks/config-rule.md#networks",
    ),
    row(
        &["VPC_ENDPOINT"],
        "Create the missing VPC endpoint, with private DNS and a security group that lets the tasks in.",
        "docs/runbooks/config-rule.md#networks",
    ),
    row(
        &["IMAGE_SCAN", "INSPECTOR_"],
        "Switch the scan on for the registry or the account, not for one repository, so that new ones are covered.",
        "docs/runbooks/config-rule.md#images-and-tasks",
    ),
    row(
        &["ECR_REPOSITORY_CMK"],
        "The encryption of a repository cannot be changed: create one with the KMS key, copy the images, and move the \
         deployments over.",
        "docs/runbooks/config-rule.md#images-and-tasks",
    ),
    row(
        &["ECR_"],
        "Set the property on the repository in Terraform: immutable tags, a lifecycle policy.",
        "docs/runbooks/config-rule.md#images-and-tasks",
    ),
    row(
        &["ENVIRONMENT_SECRETS", "ENVVAR_AWSCRED"],
        "Rotate the secret first: everybody who may describe the resource has read it. Then put it into Secrets Manager and \
         refer to it by `secrets`, and deregister the old revisions.",
        "docs/runbooks/config-rule.md#secrets",
    ),
    row(
        &["SECRETSMANAGER"],
        "Look at the secret's rotation: its Lambda function, its schedule, its key. Delete a secret that nobody reads.",
        "docs/runbooks/config-rule.md#secrets",
    ),
    row(
        &["ECS_"],
        "Register a new revision of the task definition with the property set, deploy it, and deregister the old revisions: \
         AWS Config evaluates those too.",
        "docs/runbooks/config-rule.md#images-and-tasks",
    ),
    row(
        &["PROTECTED_BY_BACKUP_PLAN", "BACKUP", "RESTORE_TIME", "RECOVERY_POINT"],
        "Add the resource to a backup plan by its tag, or change the plan or vault so that it meets the parameters of the rule; \
         then start an on-demand backup.",
        "docs/runbooks/config-rule.md#backups",
    ),
    row(
        &["GUARDDUTY", "SECURITYHUB", "MACIE", "SHIELD", "FMS_"],
        "Switch the protection on, from the delegated administrator if there is one, and for new accounts by itself.",
        "docs/runbooks/config-rule.md#detection",
    ),
    row(
        &["CLOUD_TRAIL", "CLOUDTRAIL"],
        "Find out who changed the trail (CloudTrail: StopLogging, UpdateTrail, DeleteTrail). Treat it as an attack until you \
         know better, then restore the trail from Terraform.",
        "docs/runbooks/config-rule.md#detection",
    ),
    row(
        &["MFA", "ROOT_ACCOUNT"],
        "Register an MFA device for the user, or remove the console password. For the root user, remove its access keys too.",
        "docs/runbooks/config-rule.md#identities",
    ),
    row(
        &["IAM_"],
        "See in the access advisor which actions are used, and replace the policy by one that allows those on the resources \
         that need them.",
        "docs/runbooks/config-rule.md#identities",
    ),
    row(
        &["WAF"],
        "Attach the web ACL to the resource, or add rules to it and switch its logging on.",
        "docs/runbooks/config-rule.md#edges-and-certificates",
    ),
    row(
        &["CERTIFICATE_EXPIRATION"],
        "Renew the certificate before it expires: for one by DNS, restore the validation record; an imported one is imported \
         again.",
        "docs/runbooks/config-rule.md#edges-and-certificates",
    ),
    row(
        &["TLS", "SSL", "HTTPS", "ACM_CERTIFICATE", "IN_TRANSIT", "ORIGIN_ENCRYPTED", "SNI_"],
        "Move the listener, distribution or mesh to HTTPS with a current security policy, and redirect HTTP.",
        "docs/runbooks/config-rule.md#edges-and-certificates",
    ),
    row(
        &["LOG", "XRAY", "ALARM", "INSIGHTS", "DELIVERY_NOTIFICATION"],
        "Switch the logs, traces or alarm actions on where the resource is defined, with a retention; without them nobody can \
         say afterwards what happened.",
        "docs/runbooks/config-rule.md#logs-and-alarms",
    ),
    row(
        &["ENCRYPT", "USING_CMK"],
        "Turn encryption on. What cannot be changed in place is made anew from an encrypted copy.",
        "docs/runbooks/config-rule.md#encryption",
    ),
    row(
        &["REQUIRED_TAGS"],
        "Add the tags where the resource is defined; default tags of the Terraform provider reach most of them.",
        "docs/runbooks/config-rule.md#tags",
    ),
    row(
        &["MULTI_AZ", "MULTIPLE_AZ", "CROSS_ZONE"],
        "Give it a second availability zone where it is defined: a standby for a database, subnets in two zones for a load balancer \
         or a function. Plan a quiet hour, and test the failover afterwards.",
        "docs/runbooks/config-rule.md#the-first-five-minutes",
    ),
    row(
        &["AUTOSCALING", "AUTO_SCALING", "THROUGHPUT"],
        "Give it a scaling policy with a lowest and a highest capacity where it is defined, and watch the next peak.",
        "docs/runbooks/config-rule.md#the-first-five-minutes",
    ),
    row(
        &["IN_USE", "INUSE", "UNUSED", "ATTACHED"],
        "Find out whose it is and when it was used last. Keep a snapshot if somebody may miss it, then delete it.",
        "docs/runbooks/config-rule.md#the-first-five-minutes",
    ),
    row(
        &["MANAGED_BY_S"],
        "Give the instance the agent of Systems Manager, a role that may talk to it, and a network path to its endpoints.",
        "docs/runbooks/config-rule.md#the-first-five-minutes",
    ),
    row(
        &["DELETION_PROTECTION", "VERSIONING", "ROTATION", "DROP_INVALID", "OPTIMIZED", "AUTO_MINOR", "_ENABLED"],
        "Switch the property on where the resource is defined, in Terraform, so that the next apply does not switch it off again.",
        "docs/runbooks/config-rule.md#the-first-five-minutes",
    ),
    row(
        &[],
        "Change the resource so that it meets the rule; AWS Config looks again by itself. If it must stay as it is, waive the \
         finding with a reason and an end date.",
        "docs/runbooks/config-rule.md#the-first-five-minutes",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_fits_the_rule() {
        for (identifier, words) in [
            ("INCOMING_SSH_DISABLED", "security group"),
            ("RDS_INSTANCE_PUBLIC_ACCESS_CHECK", "public address"),
            ("S3_BUCKET_PUBLIC_READ_PROHIBITED", "public address"),
            ("SERVICE_VPC_ENDPOINT_ENABLED", "VPC endpoint"),
            ("ECR_REPOSITORY_CMK_ENCRYPTION_ENABLED", "cannot be changed"),
            ("ECR_PRIVATE_TAG_IMMUTABILITY_ENABLED", "immutable tags"),
            ("ECS_NO_ENVIRONMENT_SECRETS", "Rotate the secret first"),
            ("ECS_CONTAINER_INSIGHTS_ENABLED", "revision"),
            ("RDS_RESOURCES_PROTECTED_BY_BACKUP_PLAN", "backup plan"),
            ("CLOUD_TRAIL_ENABLED", "StopLogging"),
            ("ROOT_ACCOUNT_MFA_ENABLED", "MFA device"),
            ("IAM_NO_INLINE_POLICY_CHECK", "access advisor"),
            ("ALB_WAF_ENABLED", "web ACL"),
            ("ACM_CERTIFICATE_EXPIRATION_CHECK", "Renew"),
            ("ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK", "redirect HTTP"),
            ("CW_LOGGROUP_RETENTION_PERIOD_CHECK", "retention"),
            ("RDS_STORAGE_ENCRYPTED", "encryption"),
            ("REQUIRED_TAGS", "tags"),
            ("RDS_MULTI_AZ_SUPPORT", "second availability zone"),
            ("DYNAMODB_AUTOSCALING_ENABLED", "scaling policy"),
            ("EC2_VOLUME_INUSE_CHECK", "when it was used last"),
            ("EC2_INSTANCE_MANAGED_BY_SSM", "Systems Manager"),
            ("S3_BUCKET_VERSIONING_ENABLED", "where the resource is defined"),
            ("ALB_HTTP_DROP_INVALID_HEADER_ENABLED", "where the resource is defined"),
            ("TEAM_7", "waive the finding"),
        ] {
            let advice = Advice::find(&ADVICE, identifier, "", Severity::Informational).unwrap();
            assert!(advice.text.contains(words), "{identifier}: {}", advice.text);
        }
    }
}
