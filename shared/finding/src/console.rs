//! Links into the AWS console, built from validated parts only.
//!
//! Hosts by partition; a region that does not look like one, or an account that is not twelve digits, gives no link
//! rather than a wrong one. Values from events are percent-encoded. Isolated partitions have no public console.

use std::fmt::Write as _;

use crate::{Arn, Partition};

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

    /// The list of backup, copy or restore jobs: `jobs/backup`, `jobs/copy`, `jobs/restore`.
    #[must_use]
    pub fn backup_jobs(self, page: &str) -> String {
        let page = page.split('/').map(encode).collect::<Vec<_>>().join("/");
        self.url(&format!("/backup/home?region={}#/{page}", self.region))
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

/// The Cost Anomaly Detection page; Cost Management has no region.
#[must_use]
pub fn cost_anomalies() -> String {
    "https://console.aws.amazon.com/cost-management/home#/anomaly-detection/overview".to_owned()
}

/// A link from an event, if and only if it is `https` to one of the console hosts or a subdomain of one, without
/// user information or port. Anything else could be a trap and gives `None`.
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
mod tests {
    use super::*;

    #[test]
    fn one_host_per_partition() {
        for (region, expected) in [
            ("eu-central-1", "https://eu-central-1.console.aws.amazon.com/guardduty/home?region=eu-central-1"),
            ("us-gov-east-1", "https://us-gov-east-1.console.amazonaws-us-gov.com/guardduty/home?region=us-gov-east-1"),
            ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/guardduty/home?region=cn-north-1"),
            ("eusc-de-east-1", "https://eusc-de-east-1.console.amazonaws-eusc.eu/guardduty/home?region=eusc-de-east-1"),
        ] {
            assert_eq!(in_region(region).unwrap().guardduty(), expected);
        }
        for region in ["us-iso-east-1", "", "evil.example/", "eu-central", "N/A", "eu--1", "EU-CENTRAL-1"] {
            assert!(in_region(region).is_none(), "{region}");
        }
    }

    #[test]
    fn parts_are_encoded_and_validated() {
        let console = in_region("eu-central-1").unwrap();
        assert_eq!(
            console.ecr_image("111122223333", "web/a?b", "sha256:ab").unwrap(),
            "https://eu-central-1.console.aws.amazon.com/ecr/repositories/private/111122223333/web/a%3Fb/_/image/sha256%3Aab/scan-results?region=eu-central-1"
        );
        assert_eq!(console.ecr_image("1111222233334", "web", "d"), None);
        assert!(console.guardduty_finding("<!channel>|x").ends_with("fId=%3C%21channel%3E%7Cx"));
        assert_eq!(console.any("no arn"), None);
    }

    #[test]
    fn only_console_hosts_are_trusted() {
        for url in [
            "https://console.aws.amazon.com/cost-management/home?region=us-east-1#/anomaly-detection/x",
            "https://us-east-1.console.aws.amazon.com/x",
        ] {
            assert_eq!(trusted(url).as_deref(), Some(url));
        }
        for url in [
            "http://console.aws.amazon.com/",
            "https://console.aws.amazon.com.evil.example/",
            "https://evilconsole.aws.amazon.com/",
            "https://user@console.aws.amazon.com/",
            "https://console.aws.amazon.com:8443/",
            "https://evil.example/?console.aws.amazon.com",
            "https://a.b.console.aws.amazon.com@evil.example/",
            "https://console.aws.amazon.com/|x>",
            "https://console.aws.amazon.com/ x",
        ] {
            assert_eq!(trusted(url), None, "{url}");
        }
    }
}
