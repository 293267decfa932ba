//! What a Config rule is called, and whose it is.
//! <https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html>
//!
//! The event carries the name that somebody chose, not the identifier of the managed rule. Names that were chosen
//! freely cannot be mapped; those that AWS makes can.

use plimsoll_finding::{Arn, clean_line};

use crate::rules::spelled;

/// Names that AWS itself gives to managed rules and that are not their identifiers: what the name gives in capitals, and
/// the identifier. The pages of the managed rules, the templates of conformance packs and the detective controls of AWS
/// Control Tower (<https://docs.aws.amazon.com/controltower/latest/controlreference/strongly-recommended-controls.html>).
const RENAMED: [(&str, &str); 23] = [
    ("CHECKFOREBSOPTIMIZEDINSTANCE", "EBS_OPTIMIZED_INSTANCE"),
    ("CHECKFOREC2VOLUMESINUSE", "EC2_VOLUME_INUSE_CHECK"),
    ("CHECKFORENCRYPTEDVOLUMES", "ENCRYPTED_VOLUMES"),
    ("CHECKFORIAMUSERCONSOLEMFA", "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS"),
    ("CHECKFORIAMUSERMFA", "IAM_USER_MFA_ENABLED"),
    ("CHECKFORPUBLICRDSSNAPSHOTS", "RDS_SNAPSHOTS_PUBLIC_PROHIBITED"),
    ("CHECKFORRDSPUBLICACCESS", "RDS_INSTANCE_PUBLIC_ACCESS_CHECK"),
    ("CHECKFORRDSSTORAGEENCRYPTION", "RDS_STORAGE_ENCRYPTED"),
    ("CHECKFORRESTRICTEDCOMMONPORTSPOLICY", "RESTRICTED_INCOMING_TRAFFIC"),
    ("CHECKFORRESTRICTEDSSHPOLICY", "INCOMING_SSH_DISABLED"),
    ("CHECKFORROOTMFA", "ROOT_ACCOUNT_MFA_ENABLED"),
    ("CHECKFORS3PUBLICREAD", "S3_BUCKET_PUBLIC_READ_PROHIBITED"),
    ("CHECKFORS3PUBLICWRITE", "S3_BUCKET_PUBLIC_WRITE_PROHIBITED"),
    ("CHECKFORS3VERSIONINGENABLED", "S3_BUCKET_VERSIONING_ENABLED"),
    ("CLOUDTRAIL_ENABLED", "CLOUD_TRAIL_ENABLED"),
    ("EC2_INSTANCES_IN_VPC", "INSTANCES_IN_VPC"),
    ("EC2_INSTANCE_MANAGED_BY_SYSTEMS_MANAGER", "EC2_INSTANCE_MANAGED_BY_SSM"),
    ("IAM_PASSWORD_POLICY_CHECK", "IAM_PASSWORD_POLICY"),
    ("KMS_BACKING_KEY_ROTATION_ENABLED", "CMK_BACKING_KEY_ROTATION_ENABLED"),
    ("MULTI_REGION_CLOUDTRAIL_ENABLED", "MULTI_REGION_CLOUD_TRAIL_ENABLED"),
    ("RESTRICTED_COMMON_PORTS", "RESTRICTED_INCOMING_TRAFFIC"),
    ("RESTRICTED_SSH", "INCOMING_SSH_DISABLED"),
    ("S3_VERSIONING_ENABLED", "S3_BUCKET_VERSIONING_ENABLED"),
];

/// What AWS Control Tower puts before the name of its controls.
const CONTROL_TOWER: [&str; 2] = ["AWSControlTower_AWS-GR_", "AWS-GR_"];
/// What conformance packs of AWS add to a name that another rule has already, besides a number.
const WAF_VERSION: &str = "wafv2";

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
    /// AWS Control Tower, for one of its detective controls.
    ControlTower,
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
            Self::ControlTower => "AWS Control Tower",
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
        let identifier = known(base).or_else(|| known(without_counter(base)?)).unwrap_or_else(|| upper(base));
        Self { base: base.to_owned(), identifier, origin: arn.and_then(origin_by_arn).unwrap_or(by_name) }
    }
}

/// The identifier of a managed rule that is known, by its own name, by another name of AWS, or by its letters alone.
fn known(base: &str) -> Option<String> {
    let upper = upper(base);
    let renamed = RENAMED.iter().find(|(name, _)| *name == upper).map(|(_, identifier)| (*identifier).to_owned());
    renamed.or_else(|| spelled(base).map(ToOwned::to_owned))
}

fn upper(base: &str) -> String {
    base.to_ascii_uppercase().replace(['-', ' '], "_")
}

/// `service-vpc-endpoint-enabled` for `service-vpc-endpoint-enabled-2`: a pack has one managed rule several times.
fn without_counter(base: &str) -> Option<&str> {
    let (name, counter) = base.rsplit_once('-')?;
    let is_counter = (1..=4).contains(&counter.len()) && counter.bytes().all(|b| b.is_ascii_digit());
    (is_counter || counter == WAF_VERSION).then_some(name)
}

fn strip(full: &str) -> (&str, Origin) {
    if let Some((base, id)) = full.rsplit_once(PACK_MARK)
        && !base.is_empty()
        && !id.is_empty()
        && id.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        return (base, Origin::ConformancePack);
    }
    if let Some(base) =
        CONTROL_TOWER.iter().find_map(|prefix| full.strip_prefix(prefix)).filter(|base| !base.is_empty())
    {
        return (base, Origin::ControlTower);
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
            (
                "AWSControlTower_AWS-GR_RESTRICTED_COMMON_PORTS",
                "RESTRICTED_COMMON_PORTS",
                "RESTRICTED_INCOMING_TRAFFIC",
                Origin::ControlTower,
            ),
            (
                "AWSControlTower_AWS-GR_RDS_INSTANCE_PUBLIC_ACCESS_CHECK",
                "RDS_INSTANCE_PUBLIC_ACCESS_CHECK",
                "RDS_INSTANCE_PUBLIC_ACCESS_CHECK",
                Origin::ControlTower,
            ),
            (
                "AWSControlTower_AWS-GR_S3_VERSIONING_ENABLED",
                "S3_VERSIONING_ENABLED",
                "S3_BUCKET_VERSIONING_ENABLED",
                Origin::ControlTower,
            ),
            ("CheckForRestrictedSshPolicy", "CheckForRestrictedSshPolicy", "INCOMING_SSH_DISABLED", Origin::Own),
            (
                "IncomingSSHDisabled-conformance-pack-ab1cdefgh",
                "IncomingSSHDisabled",
                "INCOMING_SSH_DISABLED",
                Origin::ConformancePack,
            ),
            (
                "service-vpc-endpoint-enabled-2-conformance-pack-ab1cdefgh",
                "service-vpc-endpoint-enabled-2",
                "SERVICE_VPC_ENDPOINT_ENABLED",
                Origin::ConformancePack,
            ),
            ("alb-waf-enabled-wafv2", "alb-waf-enabled-wafv2", "ALB_WAF_ENABLED", Origin::Own),
            // Nothing that AWS names so: no guess.
            ("team-7", "team-7", "TEAM_7", Origin::Own),
            ("our-restricted-ssh", "our-restricted-ssh", "OUR_RESTRICTED_SSH", Origin::Own),
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
