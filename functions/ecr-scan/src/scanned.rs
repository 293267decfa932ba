//! What was scanned: the kind of resource decides its checks and its name in messages.
//!
//! Only images and repositories of ECR are evidence for the lines about ECR: an instance without vulnerabilities says
//! nothing about images.

use plimsoll_finding::{Arn, Detail, lambda_function};

use crate::{COVERAGE, SCAN_STATUS, VULNERABILITIES};

/// Whether Inspector's scan of anything but an image gave a result.
const INSPECTOR_SCAN_STATUS: &str = "inspector:scan-status";
/// Whether Inspector watches anything but an image.
const INSPECTOR_COVERAGE: &str = "inspector:coverage";
/// Ports that Inspector found open to other networks.
const NETWORK_REACHABILITY: &str = "inspector:network-reachability";
/// Weaknesses in code.
const CODE_VULNERABILITIES: &str = "inspector:code-vulnerabilities";

/// A kind of resource that is scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scanned {
    /// An image in ECR, or its repository.
    Image,
    /// An EC2 instance, or a machine image of one.
    Instance,
    /// A Lambda function.
    Function,
    /// A code repository.
    CodeRepository,
    /// Anything else, for example a virtual machine of another cloud.
    Other,
}

impl Scanned {
    /// By Inspector's word for the type, else by the identifier.
    pub(crate) fn of(kind: &str, id: &str) -> Self {
        match kind.to_ascii_uppercase().as_str() {
            "AWS_ECR_CONTAINER_IMAGE" | "AWS_ECR_REPOSITORY" => Self::Image,
            "AWS_EC2_INSTANCE" | "MACHINE_IMAGE" => Self::Instance,
            "AWS_LAMBDA_FUNCTION" => Self::Function,
            "CODE_REPOSITORY" => Self::CodeRepository,
            _ if lambda_function(id).is_some() => Self::Function,
            _ if id.starts_with("i-") => Self::Instance,
            _ => Self::Other,
        }
    }

    /// The word in the table of advice.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Instance => "instance",
            Self::Function => "function",
            Self::CodeRepository => "code-repository",
            Self::Other => "other",
        }
    }

    /// The check of a vulnerability; `finding_type` is Inspector's, empty for a count.
    pub(crate) fn vulnerabilities(self, finding_type: &str) -> &'static str {
        match (finding_type.to_ascii_uppercase().as_str(), self) {
            ("NETWORK_REACHABILITY", _) => NETWORK_REACHABILITY,
            ("CODE_VULNERABILITY", _) | (_, Self::CodeRepository) => CODE_VULNERABILITIES,
            (_, Self::Image) => VULNERABILITIES,
            (_, Self::Instance) => "inspector:ec2-vulnerabilities",
            (_, Self::Function) => "inspector:lambda-vulnerabilities",
            (_, Self::Other) => "inspector:other-vulnerabilities",
        }
    }

    /// The check of whether a scan gave a result.
    pub(crate) const fn scan_status(self) -> &'static str {
        if matches!(self, Self::Image) { SCAN_STATUS } else { INSPECTOR_SCAN_STATUS }
    }

    /// The check of whether Inspector watches the resource.
    pub(crate) const fn coverage(self) -> &'static str {
        if matches!(self, Self::Image) { COVERAGE } else { INSPECTOR_COVERAGE }
    }
}

/// The identity of a scanned resource: as sent, but a Lambda function without its version, so that it is one resource.
pub(crate) fn identity(id: String) -> String {
    lambda_function(&id).map_or(id, |function| function.to_string())
}

/// The name of a resource in messages: its identifier, and its `Name` tag where that differs.
pub(crate) fn name(id: &str, resource: Detail<'_>) -> String {
    let given = resource
        .text("details.awsLambdaFunction.functionName")
        .or_else(|| resource.text("details.codeRepository.projectName"));
    if let Some(given) = given {
        return given;
    }
    let own = match lambda_function(id).or_else(|| Arn::parse(id)) {
        Some(arn) => arn.resource_name().to_owned(),
        None => id.rsplit('/').next().filter(|end| !end.is_empty()).unwrap_or(id).to_owned(),
    };
    match resource.text("tags.Name") {
        Some(tag) if tag != own => format!("{own} ({tag})"),
        _ => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn only_images_are_evidence_for_ecr() {
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:billing:$LATEST";
        for (kind, id, finding_type, check) in [
            ("AWS_ECR_CONTAINER_IMAGE", "x", "PACKAGE_VULNERABILITY", "ecr-scan:vulnerabilities"),
            ("AWS_EC2_INSTANCE", "i-1", "PACKAGE_VULNERABILITY", "inspector:ec2-vulnerabilities"),
            ("AWS_EC2_INSTANCE", "i-1", "NETWORK_REACHABILITY", "inspector:network-reachability"),
            ("AWS_LAMBDA_FUNCTION", function, "PACKAGE_VULNERABILITY", "inspector:lambda-vulnerabilities"),
            ("AWS_LAMBDA_FUNCTION", function, "CODE_VULNERABILITY", "inspector:code-vulnerabilities"),
            ("CODE_REPOSITORY", "r", "PACKAGE_VULNERABILITY", "inspector:code-vulnerabilities"),
            ("Microsoft.Compute/virtualMachines", "vm", "", "inspector:other-vulnerabilities"),
            ("resource", "i-1", "", "inspector:ec2-vulnerabilities"),
            ("resource", function, "", "inspector:lambda-vulnerabilities"),
        ] {
            let scanned = Scanned::of(kind, id);
            assert_eq!(scanned.vulnerabilities(finding_type), check, "{kind} {id}");
            let is_ecr = scanned == Scanned::Image;
            assert_eq!(scanned.scan_status().starts_with("ecr-scan:"), is_ecr, "{kind}");
            assert_eq!(scanned.coverage().starts_with("ecr-scan:"), is_ecr, "{kind}");
        }
    }

    #[test]
    fn an_instance_keeps_its_id_beside_its_name() {
        let tagged = json!({"tags": {"Name": "bastion"}});
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:billing:$LATEST";
        for (id, resource, expected) in [
            ("i-0feed", &tagged, "i-0feed (bastion)"),
            ("i-0feed", &Value::Null, "i-0feed"),
            (function, &Value::Null, "billing"),
            (function, &json!({"details": {"awsLambdaFunction": {"functionName": "billing"}}}), "billing"),
            ("/subscriptions/a/virtualmachines/cart-vm", &Value::Null, "cart-vm"),
        ] {
            assert_eq!(name(id, Detail(resource)), expected);
        }
        assert_eq!(identity(function.to_owned()), "arn:aws:lambda:eu-west-1:111122223333:function:billing");
        assert_eq!(identity("i-0feed".to_owned()), "i-0feed");
    }
}
