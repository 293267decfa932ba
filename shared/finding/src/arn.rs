//! Amazon Resource Names and partitions.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>

use serde::{Deserialize, Serialize};

/// A group of regions with one set of credentials and one console host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Partition {
    /// The commercial regions.
    #[serde(rename = "aws")]
    Aws,
    /// AWS GovCloud (US).
    #[serde(rename = "aws-us-gov")]
    UsGov,
    /// The China regions.
    #[serde(rename = "aws-cn")]
    China,
    /// The AWS European Sovereign Cloud.
    #[serde(rename = "aws-eusc")]
    Eusc,
    /// Isolated regions, for which no console link can be built.
    #[serde(rename = "aws-iso")]
    Iso,
}

impl Partition {
    /// Reads the second part of an ARN. `None` for a partition that is not known.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "aws" => Some(Self::Aws),
            "aws-us-gov" => Some(Self::UsGov),
            "aws-cn" => Some(Self::China),
            "aws-eusc" => Some(Self::Eusc),
            iso if iso == "aws-iso" || iso.starts_with("aws-iso-") => Some(Self::Iso),
            _ => None,
        }
    }

    /// The partition that a region belongs to, by its prefix.
    #[must_use]
    pub fn of_region(region: &str) -> Self {
        if region.starts_with("us-gov-") {
            Self::UsGov
        } else if region.starts_with("cn-") {
            Self::China
        } else if region.starts_with("eusc-") {
            Self::Eusc
        } else if region.starts_with("us-iso") || region.starts_with("eu-isoe") {
            Self::Iso
        } else {
            Self::Aws
        }
    }

    /// The second part of an ARN.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::UsGov => "aws-us-gov",
            Self::China => "aws-cn",
            Self::Eusc => "aws-eusc",
            Self::Iso => "aws-iso",
        }
    }
}

/// `arn:partition:service:region:account:resource`, taken apart. The resource part keeps its own colons and slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arn {
    /// Which partition.
    pub partition: Partition,
    /// For example `ecr`.
    pub service: String,
    /// Empty for global services.
    pub region: String,
    /// Twelve digits, or empty.
    pub account: String,
    /// Everything after the fifth colon, for example `repository/web/api`.
    pub resource: String,
}

impl Arn {
    /// Reads an ARN; `None` if it is not one or its partition is not known. Never panics, whatever the text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        let partition = Partition::from_name(parts.next()?)?;
        let service = parts.next()?;
        let region = parts.next()?;
        let account = parts.next()?;
        let resource = parts.next()?;
        if service.is_empty() || resource.is_empty() {
            return None;
        }
        Some(Self {
            partition,
            service: service.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            resource: resource.to_owned(),
        })
    }

    /// The resource without its leading type: `web/api` for `repository/web/api`, `abc` for `detector/abc`.
    #[must_use]
    pub fn resource_name(&self) -> &str {
        self.resource.split_once(['/', ':']).map_or(self.resource.as_str(), |(_, name)| name)
    }
}

/// The ARN of a Lambda function without version or alias; `None` if the text is no ARN of a function.
///
/// Services write the same function as `...:function:orders`, `...:function:orders:$LATEST` and `...:function:orders:7`.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html>
#[must_use]
pub fn lambda_function(text: &str) -> Option<Arn> {
    let mut arn = Arn::parse(text).filter(|arn| arn.service == "lambda")?;
    let name = arn.resource.strip_prefix("function:")?.split(':').next().filter(|name| !name.is_empty())?;
    arn.resource = format!("function:{name}");
    Some(arn)
}

impl std::fmt::Display for Arn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "arn:{}:{}:{}:{}:{}", self.partition.name(), self.service, self.region, self.account, self.resource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_apart_and_puts_together() {
        for text in [
            "arn:aws:ecr:eu-central-1:111122223333:repository/web/api",
            "arn:aws-us-gov:guardduty:us-gov-east-1:111122223333:detector/abc/finding/def",
            "arn:aws-cn:s3:::bucket",
            "arn:aws-eusc:backup:eusc-de-east-1:111122223333:backup-vault:aws/efs/automatic",
        ] {
            let arn = Arn::parse(text).expect(text);
            assert_eq!(arn.to_string(), text);
        }
        let arn = Arn::parse("arn:aws:ecr:eu-central-1:111122223333:repository/web/api").unwrap();
        assert_eq!(arn.resource_name(), "web/api");
    }

    #[test]
    fn a_function_has_one_name() {
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:billing";
        for text in
            [function.to_owned(), format!("{function}:$LATEST"), format!("{function}:41"), format!("{function}:live")]
        {
            let arn = lambda_function(&text).expect(&text);
            assert_eq!((arn.to_string().as_str(), arn.resource_name()), (function, "billing"));
        }
        for no in [
            "billing",
            "arn:aws:lambda:eu-west-1:111122223333:layer:fonts:3",
            "arn:aws:lambda:r:a:function:",
            "arn:aws:ecs:eu-west-1:111122223333:function:billing",
        ] {
            assert_eq!(lambda_function(no), None, "{no}");
        }
    }

    #[test]
    fn refuses_what_is_no_arn() {
        for text in ["", "arn", "arn:aws:ecr", "i-0abc", "arn:evil:ecr:r:a:x", "arn:aws::r:a:x", "arn:aws:ecr:r:a:"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }
}
