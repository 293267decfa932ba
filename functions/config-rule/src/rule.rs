//! What a Config rule is called, and whose it is.
//! <https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html>
//!
//! The event carries the name that somebody chose, not the identifier of the managed rule. Names that were chosen
//! freely cannot be mapped; those that AWS makes can.

use plimsoll_finding::{Arn, clean_line};

/// Managed rules whose identifier is not their name in upper case: what the name gives, and the identifier.
/// Each page of the managed rules says so under "the rule identifier and rule name are different".
const RENAMED: [(&str, &str); 6] = [
    ("CLOUDTRAIL_ENABLED", "CLOUD_TRAIL_ENABLED"),
    ("EC2_INSTANCES_IN_VPC", "INSTANCES_IN_VPC"),
    ("EC2_INSTANCE_MANAGED_BY_SYSTEMS_MANAGER", "EC2_INSTANCE_MANAGED_BY_SSM"),
    ("MULTI_REGION_CLOUDTRAIL_ENABLED", "MULTI_REGION_CLOUD_TRAIL_ENABLED"),
    ("RESTRICTED_COMMON_PORTS", "RESTRICTED_INCOMING_TRAFFIC"),
    ("RESTRICTED_SSH", "INCOMING_SSH_DISABLED"),
];

/// Between the name of a rule and the id that a conformance pack adds.
const PACK_MARK: &str = "-conformance-pack-";

/// Who put the rule there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Security Hub, for one of its standards.
    SecurityHub,
    /// A conformance pack.
    ConformancePack,
    /// AWS Organizations, for all member accounts.
    Organization,
    /// Somebody in this account.
    Own,
}

impl Origin {
    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::SecurityHub => "Security Hub",
            Self::ConformancePack => "A conformance pack",
            Self::Organization => "The organization",
            Self::Own => "This account",
        }
    }
}

/// The name of a Config rule, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleName {
    /// Without what Security Hub, a conformance pack or an organization added, for example `restricted-ssh`.
    pub base: String,
    /// The identifier of the managed rule as far as the name tells, for example `INCOMING_SSH_DISABLED`.
    pub identifier: String,
    /// Who put the rule there, by its ARN, else by its name.
    pub origin: Origin,
}

impl RuleName {
    /// Takes the full name apart; the ARN, where there is one, says more surely who owns the rule.
    #[must_use]
    pub fn read(full: &str, arn: Option<&str>) -> Self {
        let full = clean_line(full);
        let (base, by_name) = strip(&full);
        let base = base.to_owned();
        let upper = base.to_ascii_uppercase().replace(['-', ' '], "_");
        let identifier =
            RENAMED.iter().find(|(name, _)| *name == upper).map_or(upper, |(_, identifier)| (*identifier).to_owned());
        Self { base, identifier, origin: arn.and_then(origin_by_arn).unwrap_or(by_name) }
    }
}

fn strip(full: &str) -> (&str, Origin) {
    if let Some((base, id)) = full.rsplit_once(PACK_MARK)
        && !base.is_empty()
        && !id.is_empty()
        && id.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        return (base, Origin::ConformancePack);
    }
    // `securityhub-enabled` is a managed rule of its own: the prefix counts only together with a suffix.
    if let Some((base, suffix)) = full.strip_prefix("securityhub-").and_then(|rest| rest.rsplit_once('-'))
        && is_security_hub_suffix(suffix)
    {
        return (base, Origin::SecurityHub);
    }
    if let Some((base, suffix)) = full.strip_prefix("OrgConfigRule-").and_then(|rest| rest.rsplit_once('-'))
        && suffix.len() == 8
        && is_lower_alphanumeric(suffix)
    {
        return (base, Origin::Organization);
    }
    (full, Origin::Own)
}

/// Eight hexadecimal digits; in older accounts five to eight letters and digits (`l6dseq`).
fn is_security_hub_suffix(text: &str) -> bool {
    let hexadecimal = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let mixed =
        (5..=8).contains(&text.len()) && is_lower_alphanumeric(text) && text.bytes().any(|b| b.is_ascii_digit());
    hexadecimal || mixed
}

fn is_lower_alphanumeric(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// `config-rule/aws-service-rule/securityhub.amazonaws.com/…` for a rule that a service put there.
fn origin_by_arn(arn: &str) -> Option<Origin> {
    let resource = Arn::parse(arn)?.resource;
    match resource.strip_prefix("config-rule/aws-service-rule/") {
        None => None,
        Some(rest) => match rest.split('/').next()? {
            "securityhub.amazonaws.com" => Some(Origin::SecurityHub),
            "config-conforms.amazonaws.com" => Some(Origin::ConformancePack),
            "config-multiaccountsetup.amazonaws.com" => Some(Origin::Organization),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_identifiers() {
        for (full, base, identifier, origin) in [
            ("restricted-ssh", "restricted-ssh", "INCOMING_SSH_DISABLED", Origin::Own),
            ("INCOMING_SSH_DISABLED", "INCOMING_SSH_DISABLED", "INCOMING_SSH_DISABLED", Origin::Own),
            ("restricted-common-ports", "restricted-common-ports", "RESTRICTED_INCOMING_TRAFFIC", Origin::Own),
            ("cloudtrail-enabled", "cloudtrail-enabled", "CLOUD_TRAIL_ENABLED", Origin::Own),
            (
                "multi-region-cloudtrail-enabled",
                "multi-region-cloudtrail-enabled",
                "MULTI_REGION_CLOUD_TRAIL_ENABLED",
                Origin::Own,
            ),
            (
                "securityhub-multi-region-cloud-trail-enabled-b8841665",
                "multi-region-cloud-trail-enabled",
                "MULTI_REGION_CLOUD_TRAIL_ENABLED",
                Origin::SecurityHub,
            ),
            (
                "securityhub-vpc-flow-logs-enabled-l6dseq",
                "vpc-flow-logs-enabled",
                "VPC_FLOW_LOGS_ENABLED",
                Origin::SecurityHub,
            ),
            ("securityhub-enabled", "securityhub-enabled", "SECURITYHUB_ENABLED", Origin::Own),
            (
                "ecr-private-image-scanning-enabled-conformance-pack-ab1cdefgh",
                "ecr-private-image-scanning-enabled",
                "ECR_PRIVATE_IMAGE_SCANNING_ENABLED",
                Origin::ConformancePack,
            ),
            (
                "OrgConfigRule-s3-bucket-versioning-enabled-k3x9q2mz",
                "s3-bucket-versioning-enabled",
                "S3_BUCKET_VERSIONING_ENABLED",
                Origin::Organization,
            ),
            (
                "OrgConfigRule-alb-waf-enabled",
                "OrgConfigRule-alb-waf-enabled",
                "ORGCONFIGRULE_ALB_WAF_ENABLED",
                Origin::Own,
            ),
            ("-conformance-pack-x", "-conformance-pack-x", "_CONFORMANCE_PACK_X", Origin::Own),
            ("", "", "", Origin::Own),
        ] {
            let name = RuleName::read(full, None);
            assert_eq!(
                (name.base.as_str(), name.identifier.as_str(), name.origin),
                (base, identifier, origin),
                "{full}"
            );
        }
    }

    #[test]
    fn the_arn_knows_the_owner_better_than_the_name() {
        let service = |service: &str| {
            format!(
                "arn:aws:config:eu-central-1:111122223333:config-rule/aws-service-rule/{service}/config-rule-a1b2c3"
            )
        };
        let origin = |arn: &str| RuleName::read("alb-waf-enabled", Some(arn)).origin;
        assert_eq!(origin(&service("securityhub.amazonaws.com")), Origin::SecurityHub);
        assert_eq!(origin(&service("config-conforms.amazonaws.com")), Origin::ConformancePack);
        assert_eq!(origin("arn:aws:config:eu-central-1:111122223333:config-rule/config-rule-a1b2c3"), Origin::Own);
        assert_eq!(origin("no arn"), Origin::Own);
    }
}
