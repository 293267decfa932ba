//! Who is affected, in the words of a title.
//!
//! The resource names the victim as a rule. Where it does not, the resources that an API call was about, or GuardDuty's
//! own title, do.

use plimsoll_finding::Detail;

use crate::{
    action, kubernetes,
    redact::{few, text},
    resource::Affected,
};

/// What stands before the name of a victim in GuardDuty's titles.
const BEFORE_NAMES: [&str; 10] = [
    "EC2 instance ",
    "EKS cluster ",
    "ECS cluster ",
    "S3 bucket ",
    "Lambda function ",
    "database ",
    "bucket ",
    "cluster ",
    "IAM user ",
    "container ",
];
/// Words that follow instead of a name.
const NO_NAMES: [&str; 22] = [
    "is", "was", "has", "are", "in", "on", "the", "a", "an", "that", "this", "with", "and", "or", "from", "of", "by",
    "to", "for", "at", "using", "which",
];

/// The victim of a finding, and its title.
pub(crate) struct Victim {
    /// The name of the resource for people, for example `i-1 (bastion)`.
    pub(crate) name: String,
    /// For example `Recon:EC2/Portscan on i-1 (bastion)`.
    pub(crate) title: String,
    /// The kind of resource, where the API call says it and `resource` does not.
    pub(crate) kind: Option<String>,
}

/// Names the victim. `what` is the finding's type, or its title where it has no type.
pub(crate) fn of(said: Detail<'_>, affected: &Affected<'_>, what: &str, account: &str) -> Victim {
    let kind = affected.resource.kind.as_str();
    if affected.is_named {
        let name = affected.resource.name.clone();
        let workload = kubernetes::victim(said).map_or_else(String::new, |workload| format!(", {workload}"));
        return Victim { title: format!("{what} on {}{name}{workload}", noun(kind, said)), name, kind: None };
    }
    let title = text(said, "title").filter(|title| title != what);
    let called = action::named_resources(said.at("service.action.awsApiCallAction"));
    let names: Vec<String> = called.iter().map(|(_, name)| name.clone()).collect();
    if let Some(name) = few(&names, 2) {
        let kind = called.into_iter().next().map(|(kind, _)| kind);
        return Victim { title: format!("{what} on {name}"), name, kind };
    }
    if let Some(name) = title.as_deref().and_then(named_in) {
        return Victim { title: format!("{what} on {name}"), name, kind: None };
    }
    let place = if account.is_empty() { None } else { Some(format!("account {account}")) };
    let name = match (&place, kind) {
        (Some(place), "unknown") => place.clone(),
        (Some(place), kind) => format!("{kind} in {place}"),
        (None, kind) => kind.to_owned(),
    };
    let title = match (title, place) {
        (Some(title), _) => format!("{what}: {title}"),
        (None, Some(place)) => format!("{what} in {place}"),
        (None, None) => what.to_owned(),
    };
    Victim { name, title, kind: None }
}

/// What the name is a name of, where the name alone does not show it.
fn noun(kind: &str, said: Detail<'_>) -> &'static str {
    match kind.to_ascii_lowercase().as_str() {
        "ecscluster" | "ecs_cluster" => "ECS cluster ",
        "ekscluster" | "eks_cluster" => "EKS cluster ",
        "container" if said.get("resource.eksClusterDetails").is_some() => "a container of EKS cluster ",
        "container" if said.get("resource.ecsClusterDetails").is_some() => "a container of ECS cluster ",
        "container" => "container ",
        "s3bucket" => "bucket ",
        "s3object" => "object ",
        "lambda" => "function ",
        "rdsdbinstance" | "rdslimitlessdb" => "database ",
        "ebssnapshot" => "snapshot ",
        "ec2image" => "image ",
        "recoverypoint" => "recovery point ",
        "accesskey" => match said.text("resource.accessKeyDetails.userType").unwrap_or_default().as_str() {
            "IAMUser" => "IAM user ",
            "AssumedRole" | "Role" => "role ",
            _ => "",
        },
        _ => "",
    }
}

/// The victim that a title of GuardDuty names: an instance id or an ARN anywhere, else the word after its kind.
fn named_in(title: &str) -> Option<String> {
    let trimmed = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/').to_owned();
    let is_id = |word: &str| {
        let instance =
            word.strip_prefix("i-").is_some_and(|id| id.len() >= 3 && id.bytes().all(|b| b.is_ascii_hexdigit()));
        instance || word.starts_with("arn:")
    };
    if let Some(id) = title.split_whitespace().map(trimmed).find(|word| is_id(word)) {
        return Some(id);
    }
    BEFORE_NAMES.into_iter().find_map(|before| {
        let (_, rest) = title.split_once(before)?;
        let name = trimmed(rest.split_whitespace().next()?);
        (!name.is_empty() && !NO_NAMES.contains(&name.to_ascii_lowercase().as_str())).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_finding::Resource;
    use serde_json::{Value, json};

    #[test]
    fn titles_of_guardduty_name_victims() {
        for (title, expected) in [
            ("An unprotected port on EC2 instance i-0123abcd is being probed.", Some("i-0123abcd")),
            ("Credentials for i-0ab, taken by others.", Some("i-0ab")),
            ("S3 bucket ledger-archive is public.", Some("ledger-archive")),
            ("The EKS cluster 'tools' is open.", Some("tools")),
            ("A container is privileged.", None),
            ("The S3 bucket is public.", None),
            ("Something odd happened.", None),
        ] {
            assert_eq!(named_in(title).as_deref(), expected, "{title}");
        }
    }

    fn victim(said: &Value, account: &str) -> (String, String) {
        let affected = Affected {
            resource: Resource::new("finding/f", "unknown", "unknown"),
            details: Detail(&Value::Null),
            is_named: false,
        };
        let Victim { name, title, .. } = of(Detail(said), &affected, "Stealth:IAMUser/X", account);
        (name, title)
    }

    #[test]
    fn something_better_than_an_unnamed_resource() {
        let call = json!({"service": {"action": {"awsApiCallAction": {"affectedResources":
            {"AWS::CloudTrail::Trail": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit"}}}}});
        for (said, name, title) in [
            (call, "audit", "Stealth:IAMUser/X on audit"),
            (json!({"title": "Logging of S3 bucket logs was off."}), "logs", "Stealth:IAMUser/X on logs"),
            (json!({"title": "Logging was off."}), "account 111122223333", "Stealth:IAMUser/X: Logging was off."),
            (json!({}), "account 111122223333", "Stealth:IAMUser/X in account 111122223333"),
        ] {
            assert_eq!(victim(&said, "111122223333"), (name.to_owned(), title.to_owned()), "{said}");
        }
        assert_eq!(victim(&json!({}), "").1, "Stealth:IAMUser/X");
    }
}
