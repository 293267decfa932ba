//! Links into the AWS console, built from validated parts only.
//!
//! Hosts by partition. A region of another shape, or an account that is not twelve digits, gives no link instead of a
//! wrong one. Values from events are percent-encoded. Isolated partitions have no public console.

use std::fmt::Write as _;

use crate::{Arn, Partition, lambda_function};

/// A place in the console of one region.
#[derive(Debug, Clone, Copy)]
pub struct Console<'a> {
    partition: Partition,
    region: &'a str,
}

/// The console of a region; `None` if the text is not shaped like a region (`eu-central-1`, `us-gov-east-1`) or its
/// partition has no public console.
#[must_use]
pub fn in_region(region: &str) -> Option<Console<'_>> {
    let partition = Partition::of_region(region);
    let shaped = (3..=5).contains(&region.split('-').count())
        && region.len() <= 24
        && region.split('-').all(|part| !part.is_empty())
        && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && region.ends_with(|c: char| c.is_ascii_digit());
    (shaped && partition != Partition::Iso).then_some(Console { partition, region })
}

const fn host(partition: Partition) -> &'static str {
    match partition {
        Partition::Aws | Partition::Iso => "console.aws.amazon.com",
        Partition::UsGov => "console.amazonaws-us-gov.com",
        Partition::China => "console.amazonaws.cn",
        Partition::Eusc => "console.amazonaws-eusc.eu",
    }
}

impl Console<'_> {
    fn url(self, path: &str) -> String {
        format!("https://{}.{}{path}", self.region, host(self.partition))
    }

    /// The scan results of one image; the repository keeps its slashes.
    #[must_use]
    pub fn ecr_image(self, account: &str, repository: &str, digest: &str) -> Option<String> {
        let repository = repository.split('/').map(encode).collect::<Vec<_>>().join("/");
        is_account(account).then(|| {
            self.url(&format!(
                "/ecr/repositories/private/{account}/{repository}/_/image/{}/scan-results?region={}",
                encode(digest),
                self.region
            ))
        })
    }

    /// One repository.
    #[must_use]
    pub fn ecr_repository(self, account: &str, repository: &str) -> Option<String> {
        let repository = repository.split('/').map(encode).collect::<Vec<_>>().join("/");
        is_account(account)
            .then(|| self.url(&format!("/ecr/repositories/private/{account}/{repository}?region={}", self.region)))
    }

    /// One Inspector finding, by its ARN.
    #[must_use]
    pub fn inspector_finding(self, arn: &str) -> String {
        self.url(&format!("/inspector/v2/home?region={}#/findings/details/{}", self.region, encode(arn)))
    }

    /// One Config rule, by its full name.
    #[must_use]
    pub fn config_rule(self, rule: &str) -> String {
        self.url(&format!("/config/home?region={}#/rules/details?configRuleName={}", self.region, encode(rule)))
    }

    /// One GuardDuty finding, by its id.
    #[must_use]
    pub fn guardduty_finding(self, id: &str) -> String {
        self.url(&format!("/guardduty/home?region={}#/findings?macros=current&fId={}", self.region, encode(id)))
    }

    /// GuardDuty's runtime coverage page.
    #[must_use]
    pub fn guardduty(self) -> String {
        self.url(&format!("/guardduty/home?region={}", self.region))
    }

    /// One EC2 instance, by its id.
    #[must_use]
    pub fn ec2_instance(self, id: &str) -> String {
        self.url(&format!("/ec2/home?region={}#InstanceDetails:instanceId={}", self.region, encode(id)))
    }

    /// One Lambda function, by its name.
    #[must_use]
    pub fn lambda_function(self, name: &str) -> String {
        self.url(&format!("/lambda/home?region={}#/functions/{}", self.region, encode(name)))
    }

    /// One S3 bucket, by its name.
    #[must_use]
    pub fn s3_bucket(self, name: &str) -> String {
        self.url(&format!("/s3/buckets/{}?region={}", encode(name), self.region))
    }

    /// One S3 object, by its bucket and key.
    #[must_use]
    pub fn s3_object(self, bucket: &str, key: &str) -> String {
        self.url(&format!("/s3/object/{}?region={}&prefix={}", encode(bucket), self.region, encode(key)))
    }

    /// The page of one resource, by its ARN or its instance id; for kinds that have no page here, AWS's own redirect for
    /// ARNs. `None` for any other text.
    #[must_use]
    pub fn resource(self, id: &str) -> Option<String> {
        if is_instance(id) {
            return Some(self.ec2_instance(id));
        }
        let arn = Arn::parse(id)?;
        let own_page = match (arn.service.as_str(), arn.resource.split_once(['/', ':'])) {
            ("ec2", Some(("instance", instance))) if is_instance(instance) => Some(self.ec2_instance(instance)),
            ("lambda", _) => lambda_function(id).map(|function| self.lambda_function(function.resource_name())),
            ("ecs", Some(("cluster", name))) => {
                Some(self.url(&format!("/ecs/v2/clusters/{}/services?region={}", encode(name), self.region)))
            }
            ("eks", Some(("cluster", name))) => {
                Some(self.url(&format!("/eks/home?region={}#/clusters/{}", self.region, encode(name))))
            }
            ("s3", Some((bucket, key))) => Some(self.s3_object(bucket, key)),
            ("s3", None) => Some(self.s3_bucket(&arn.resource)),
            _ => None,
        };
        own_page.or_else(|| self.any(id))
    }

    /// A page of AWS Backup, each step of the path encoded by itself: `["backupvaults", "details", NAME]`. Names of vaults
    /// may hold slashes.
    #[must_use]
    pub fn backup(self, path: &[&str]) -> String {
        let path = path.iter().map(|step| encode(step)).collect::<Vec<_>>().join("/");
        self.url(&format!("/backup/home?region={}#/{path}", self.region))
    }

    /// Any resource, by its ARN.
    #[must_use]
    pub fn any(self, arn: &str) -> Option<String> {
        Arn::parse(arn).map(|_| format!("https://{}/go/view?arn={}", host(self.partition), encode(arn)))
    }
}

/// The Budgets page; billing has no region.
#[must_use]
pub fn budgets() -> String {
    "https://console.aws.amazon.com/billing/home#/budgets".to_owned()
}

/// One budget, by its name.
#[must_use]
pub fn budget(name: &str) -> String {
    format!("https://console.aws.amazon.com/billing/home#/budgets/details?name={}", encode(name))
}

/// One cost anomaly, by the ids of its monitor and of the anomaly.
#[must_use]
pub fn cost_anomaly(monitor: &str, anomaly: &str) -> String {
    format!(
        "https://console.aws.amazon.com/cost-management/home#/anomaly-detection/monitors/{}/anomalies/{}",
        encode(monitor),
        encode(anomaly)
    )
}

/// The Cost Anomaly Detection page; Cost Management has no region.
#[must_use]
pub fn cost_anomalies() -> String {
    "https://console.aws.amazon.com/cost-management/home#/anomaly-detection/overview".to_owned()
}

/// A link from an event, if and only if it is `https` to one of the console hosts or a subdomain of one, without
/// user information or port. Any other link gives `None`: it could lead to an attacker.
#[must_use]
pub fn trusted(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://")?;
    let source_api = rest.split(['/', '?', '#']).next()?;
    let known = [Partition::Aws, Partition::UsGov, Partition::China, Partition::Eusc].into_iter().any(|partition| {
        let host = host(partition);
        source_api == host
            || source_api.strip_suffix(host).and_then(|prefix| prefix.strip_suffix('.')).is_some_and(|prefix| {
                !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            })
    });
    let plain = url.len() <= 2_000
        && url.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'|' | b'"' | b'\\' | b'`'));
    (known && plain).then(|| url.to_owned())
}

fn is_instance(text: &str) -> bool {
    text.strip_prefix("i-").is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Percent-encodes all but unreserved characters (RFC 3986).
fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            write!(out, "%{byte:02X}").ok();
        }
        out
    })
}

#[cfg(test)]
#[path = "console/tests.rs"]
mod tests;
