//! Where a resource is, and where it was evaluated. These are not the same for global resources: AWS Config evaluates an
//! IAM role in every region that records it, and it is one role.
//! <https://docs.aws.amazon.com/config/latest/developerguide/select-resources-all.html>

use plimsoll_finding::{Arn, Detail, Event, Unreadable};

/// Resource types without a region; all types of a service end with `::`. A bucket has a region, and a name that no
/// other bucket of the partition has.
const GLOBAL_TYPES: [&str; 14] = [
    "AWS::IAM::",
    "AWS::CloudFront::",
    "AWS::Route53::",
    "AWS::Route53RecoveryControl::",
    "AWS::Route53RecoveryReadiness::",
    "AWS::GlobalAccelerator::",
    "AWS::NetworkManager::",
    "AWS::Organizations::",
    "AWS::Shield::",
    "AWS::WAF::",
    "AWS::Budgets::",
    "AWS::S3::Bucket",
    "AWS::S3::AccountPublicAccessBlock",
    "AWS::S3::MultiRegionAccessPoint",
];

/// The type of an answer about the account as a whole.
pub(crate) const ACCOUNT: &str = "AWS::::Account";

/// Rules about the account that have the same answer in every region. Other rules about the account, for example
/// `MACIE_STATUS_CHECK`, ask about one region.
const GLOBAL_ACCOUNT_RULES: [&str; 16] = [
    "ACCOUNT_PART_OF_ORGANIZATIONS",
    "CLOUDTRAIL_ALL_READ_S3_DATA_EVENT_CHECK",
    "CLOUDTRAIL_ALL_WRITE_S3_DATA_EVENT_CHECK",
    "CLOUDTRAIL_SECURITY_TRAIL_ENABLED",
    "IAM_PASSWORD_POLICY",
    "IAM_POLICY_IN_USE",
    "IAM_ROOT_ACCESS_KEY_CHECK",
    "MULTI_REGION_CLOUD_TRAIL_ENABLED",
    "ROOT_ACCOUNT_HARDWARE_MFA_ENABLED",
    "ROOT_ACCOUNT_MFA_ENABLED",
    "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS",
    "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC",
    "SECURITY_ACCOUNT_INFORMATION_PROVIDED",
    "SHIELD_ADVANCED_ENABLED_AUTORENEW",
    "SHIELD_ADVANCED_ENABLED_AUTO_RENEW",
    "SHIELD_DRT_ACCESS",
];

/// AWS Config's word for the region of what has none.
const NO_REGION: &str = "global";

/// Whose resource it is, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Twelve digits; empty only in an answer of the command line that does not say.
    pub(crate) account: String,
    /// The region of the resource; empty for what has none.
    pub(crate) region: String,
    /// The region whose AWS Config evaluated it; empty only in an answer of the command line that does not say.
    pub(crate) evaluated_in: String,
}

impl Place {
    /// The place of a resource. `identifier` is that of the rule.
    ///
    /// # Errors
    /// An event does not say whose the resource is: the same name in two accounts would be one finding.
    pub(crate) fn of(
        event: &Event,
        detail: Detail<'_>,
        resource: (&str, &str),
        identifier: &str,
    ) -> Result<Self, Unreadable> {
        let (kind, id) = resource;
        let rule = detail.raw("configRuleARN").and_then(|arn| Arn::parse(&arn));
        let own = (kind == ACCOUNT && is_account(id)).then(|| id.to_owned());
        let account = detail
            .raw("awsAccountId")
            .or_else(|| Some(event.account.clone()).filter(|account| !account.is_empty()))
            .or_else(|| rule.as_ref().map(|arn| arn.account.clone()))
            .or(own);
        let said = detail.raw("awsRegion").or_else(|| Some(event.region.clone()));
        let evaluated_in = said
            .filter(|region| !region.is_empty() && region != NO_REGION)
            .or_else(|| rule.map(|arn| arn.region))
            .or_else(|| Some(event.region.clone()).filter(|region| !region.is_empty()))
            .or_else(|| detail.raw("awsRegion").map(|_| String::new()));
        let account = account.ok_or_else(|| Unreadable::missing("awsAccountId"))?;
        let evaluated_in = evaluated_in.ok_or_else(|| Unreadable::missing("awsRegion"))?;
        let region = if is_global(kind, id, identifier) { String::new() } else { evaluated_in.clone() };
        Ok(Self { account, region, evaluated_in })
    }
}

/// Whether the resource, or the question about the account, has the same answer in every region.
pub(crate) fn is_global(kind: &str, id: &str, identifier: &str) -> bool {
    if kind == ACCOUNT {
        return GLOBAL_ACCOUNT_RULES.contains(&identifier);
    }
    let by_type = GLOBAL_TYPES
        .iter()
        .any(|global| if global.ends_with("::") { kind.starts_with(global) } else { kind == *global });
    // A web ACL for CloudFront: `arn:aws:wafv2:us-east-1:ACCOUNT:global/webacl/NAME/ID`.
    let by_arn = Arn::parse(id).is_some_and(|arn| arn.region.is_empty() || arn.resource.starts_with("global/"));
    by_type || by_arn
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_global_and_what_is_not() {
        for (kind, id, rule) in [
            ("AWS::IAM::Role", "AROAEXAMPLE", "IAM_NO_INLINE_POLICY_CHECK"),
            ("AWS::IAM::User", "AIDAEXAMPLE", "IAM_USER_MFA_ENABLED"),
            ("AWS::CloudFront::Distribution", "E1EXAMPLE", "CLOUDFRONT_SNI_ENABLED"),
            ("AWS::Route53::HostedZone", "Z1EXAMPLE", "X"),
            ("AWS::S3::Bucket", "reports", "S3_BUCKET_VERSIONING_ENABLED"),
            ("AWS::Organizations::Policy", "p-1", "X"),
            (
                "AWS::WAFv2::WebACL",
                "arn:aws:wafv2:us-east-1:111122223333:global/webacl/shop/1",
                "WAFV2_LOGGING_ENABLED",
            ),
            ("AWS::New::Thing", "arn:aws:new::111122223333:thing/1", "X"),
            (ACCOUNT, "111122223333", "ROOT_ACCOUNT_MFA_ENABLED"),
            (ACCOUNT, "111122223333", "IAM_PASSWORD_POLICY"),
        ] {
            assert!(is_global(kind, id, rule), "{kind} {id} {rule}");
        }
        for (kind, id, rule) in [
            ("AWS::EC2::SecurityGroup", "sg-1", "INCOMING_SSH_DISABLED"),
            ("AWS::Route53Resolver::ResolverRule", "rslvr-1", "X"),
            ("AWS::S3::AccessPoint", "reports", "X"),
            ("AWS::ShieldRegional::Protection", "1", "X"),
            ("AWS::WAFRegional::WebACL", "1", "X"),
            ("AWS::WAFv2::WebACL", "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/shop/1", "X"),
            (ACCOUNT, "111122223333", "MACIE_STATUS_CHECK"),
            (ACCOUNT, "111122223333", "IAM_EXTERNAL_ACCESS_ANALYZER_ENABLED"),
        ] {
            assert!(!is_global(kind, id, rule), "{kind} {id} {rule}");
        }
    }
}
