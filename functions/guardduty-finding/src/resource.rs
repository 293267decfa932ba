//! Which resource a finding is about.
//! <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Resource.html>
//!
//! `resource` holds `resourceType` and one object of details per kind of resource, the others `null`. New kinds appear
//! without notice and must be read too.

use plimsoll_finding::{Detail, Finding, Resource, lambda_function};
use serde_json::Value;

use crate::redact::{is_access_key, name_of, redact, text};

/// Resource tags that are kept for routing.
const MAX_TAGS: usize = 50;

/// Resource type, the object with its details, identifier and name in there. Order matters where the type is not
/// listed: from the most telling to the least.
const KNOWN: [(&str, &str, &str, &str); 13] = [
    ("ECSCluster", "ecsClusterDetails", "arn", "name"),
    ("EKSCluster", "eksClusterDetails", "arn", "name"),
    ("S3Object", "s3BucketDetails", "s3ObjectDetails", "name"),
    ("S3Bucket", "s3BucketDetails", "arn", "name"),
    ("Lambda", "lambdaDetails", "functionArn", "functionName"),
    ("RDSDBInstance", "rdsDbInstanceDetails", "dbInstanceArn", "dbInstanceIdentifier"),
    ("RDSLimitlessDB", "rdsLimitlessDbDetails", "dbShardGroupArn", "dbShardGroupIdentifier"),
    ("EBSSnapshot", "ebsSnapshotDetails", "snapshotArn", "snapshotArn"),
    ("EC2Image", "ec2ImageDetails", "imageArn", "imageArn"),
    ("RecoveryPoint", "recoveryPointDetails", "recoveryPointArn", "recoveryPointArn"),
    ("Container", "containerDetails", "id", "name"),
    ("Instance", "instanceDetails", "instanceId", "instanceId"),
    ("AccessKey", "accessKeyDetails", "userName", "userName"),
];

/// The resource, and the object that describes it (for tags).
pub(crate) struct Affected<'a> {
    pub(crate) resource: Resource,
    pub(crate) details: Detail<'a>,
    /// Whether the finding names the resource. If not, the name is only its kind, and a title needs another victim.
    pub(crate) is_named: bool,
}

/// The affected resource; `fallback` is an identifier for when the finding names none.
pub(crate) fn affected<'a>(finding: Detail<'a>, fallback: &str) -> Affected<'a> {
    let resource = finding.at("resource");
    let kind = resource.text("resourceType").unwrap_or_else(|| "unknown".to_owned());
    let listed = KNOWN.iter().any(|(name, ..)| name.eq_ignore_ascii_case(&kind));
    // A container is identified by the cluster that it runs in, which outlives it: the order of the list decides.
    let own = |name: &str| name.eq_ignore_ascii_case(&kind) && !kind.eq_ignore_ascii_case("Container");
    let (first, rest): (Vec<_>, Vec<_>) = KNOWN.iter().partition(|(name, ..)| own(name));
    let new_kind = || if listed { None } else { not_known_yet(resource, &kind) };
    new_kind()
        .or_else(|| {
            let mut candidates = first.into_iter().chain(rest);
            candidates.find_map(|(_, object, id, name)| described(resource, &kind, object, id, name))
        })
        .or_else(|| not_known_yet(resource, &kind))
        .unwrap_or_else(|| Affected {
            resource: Resource::new(fallback, &kind, &kind),
            details: Detail(&Value::Null),
            is_named: false,
        })
}

fn described<'a>(resource: Detail<'a>, kind: &str, object: &str, id: &str, name: &str) -> Option<Affected<'a>> {
    // `s3BucketDetails` is a list; one object is a list of one.
    let details = resource.list(object).into_iter().next()?;
    let affected = |id: String, name: &str| {
        // A function has one name, whichever version or alias of it was used.
        let id = lambda_function(&id).map_or(id, |function| function.to_string());
        Affected { resource: Resource::new(id, kind, &redact(name)), details, is_named: true }
    };
    if object == "accessKeyDetails" {
        let (id, name) = identity_of_key(details);
        return Some(affected(id, &name));
    }
    if id == "s3ObjectDetails" {
        let s3_object = details.list(id).into_iter().next()?;
        let arn = s3_object.raw("objectArn")?;
        let shown = match (text(details, name), text(s3_object, "key")) {
            (Some(bucket), Some(key)) => format!("{bucket}/{key}"),
            _ => name_of(&arn).to_owned(),
        };
        return Some(affected(arn, &shown));
    }
    let id = details.raw(id).or_else(|| details.raw(name))?;
    let mut shown = details.text(name).unwrap_or_else(|| id.clone());
    let others = resource.list(object).len().saturating_sub(1);
    if others > 0 {
        shown = format!("{shown} and {others} more");
    }
    if object == "instanceDetails"
        && let Some(given) = tags_of(details).into_iter().find(|(key, _)| key == "Name").map(|(_, value)| value)
    {
        shown = format!("{shown} ({given})");
    }
    let shown = name_of(&shown).to_owned();
    Some(affected(id, &shown))
}

/// Whose key it is: `IAMUser/alice`. The key itself never leaves this function's input.
fn identity_of_key(details: Detail<'_>) -> (String, String) {
    let kind = details.raw("userType").unwrap_or_else(|| "user".to_owned());
    match details.raw("userName").filter(|name| !is_access_key(name)) {
        Some(name) => (format!("{kind}/{name}"), name),
        None => (format!("{kind}/access-key"), "access key".to_owned()),
    }
}

/// A kind of resource that is not listed: the first identifier in whatever describes it.
fn not_known_yet<'a>(resource: Detail<'a>, kind: &str) -> Option<Affected<'a>> {
    let objects = resource.0.as_object()?;
    let listed = |key: &str| KNOWN.iter().any(|(_, object, ..)| object.eq_ignore_ascii_case(key));
    for key in objects.keys().filter(|key| !listed(key)) {
        let Some(details) = resource.list(key).into_iter().next() else { continue };
        let Some(fields) = details.0.as_object() else { continue };
        for ending in ["arn", "id", "identifier", "name"] {
            let found = fields.iter().find_map(|(field, value)| {
                let field = field.to_ascii_lowercase();
                let fits = field.ends_with(ending) && !field.contains("accesskey");
                value.as_str().filter(|id| fits && !id.trim().is_empty() && !is_access_key(id))
            });
            if let Some(id) = found {
                let resource = Resource::new(id, kind, &redact(name_of(id)));
                return Some(Affected { resource, details, is_named: true });
            }
        }
    }
    None
}

/// Tags as GuardDuty writes them: a list of `key` and `value`, or a map.
pub(crate) fn tags_of(details: Detail<'_>) -> Vec<(String, String)> {
    if let Some(map) = details.get("tags").and_then(Value::as_object)
        && !map.contains_key("key")
    {
        let pairs = map.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
        return pairs.take(MAX_TAGS).collect();
    }
    let pairs = details.list("tags").into_iter().filter_map(|tag| Some((tag.raw("key")?, tag.raw("value")?)));
    pairs.take(MAX_TAGS).collect()
}

/// Adds the tags of the resource, redacted.
pub(crate) fn with_tags(mut finding: Finding, details: Detail<'_>) -> Finding {
    for (key, value) in tags_of(details) {
        finding = finding.tag(&redact(&key), &redact(&value));
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn kinds_of_resources() {
        for (resource, id, kind, name) in [
            (
                json!({"resourceType": "ECSCluster", "instanceDetails": null,
                       "ecsClusterDetails": {"arn": "arn:aws:ecs:eu-central-1:111122223333:cluster/shop", "name": "shop"}}),
                "arn:aws:ecs:eu-central-1:111122223333:cluster/shop",
                "ECSCluster",
                "shop",
            ),
            (
                json!({"resourceType": "Container", "containerDetails": {"id": "c1", "name": "cart"},
                       "ecsClusterDetails": {"arn": "arn:aws:ecs:eu-central-1:111122223333:cluster/shop", "name": "shop"}}),
                "arn:aws:ecs:eu-central-1:111122223333:cluster/shop",
                "Container",
                "shop",
            ),
            (
                json!({"resourceType": "Container", "containerDetails": {"id": "c1", "name": "cart"},
                       "instanceDetails": {"instanceId": "i-1"}}),
                "c1",
                "Container",
                "cart",
            ),
            (
                json!({"resourceType": "Instance",
                       "instanceDetails": {"instanceId": "i-1", "tags": [{"key": "Name", "value": "bastion"}]}}),
                "i-1",
                "Instance",
                "i-1 (bastion)",
            ),
            (
                json!({"resourceType": "S3Bucket", "accessKeyDetails": {"accessKeyId": "AKIAIOSFODNN7EXAMPLE"},
                       "s3BucketDetails": [{"arn": "arn:aws:s3:::invoices", "name": "invoices"}]}),
                "arn:aws:s3:::invoices",
                "S3Bucket",
                "invoices",
            ),
            (
                json!({"resourceType": "S3Object", "s3BucketDetails": [{"name": "invoices",
                       "s3ObjectDetails": [{"objectArn": "arn:aws:s3:::invoices/a.pdf", "key": "a.pdf"}]}]}),
                "arn:aws:s3:::invoices/a.pdf",
                "S3Object",
                "invoices/a.pdf",
            ),
            (
                json!({"resourceType": "AccessKey", "accessKeyDetails":
                       {"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "alice", "userType": "IAMUser"}}),
                "IAMUser/alice",
                "AccessKey",
                "alice",
            ),
            (
                json!({"resourceType": "AccessKey", "accessKeyDetails": {"accessKeyId": "AKIAIOSFODNN7EXAMPLE"}}),
                "user/access-key",
                "AccessKey",
                "access key",
            ),
            (
                json!({"resourceType": "QuantumThing", "accessKeyDetails": {"userName": "alice"}, "quantumThingDetails":
                       {"accessKeyId": "x", "state": "both", "thingArn": "arn:aws:quantum:eu-central-1:111122223333:thing/cat"}}),
                "arn:aws:quantum:eu-central-1:111122223333:thing/cat",
                "QuantumThing",
                "cat",
            ),
            (json!({"resourceType": "QuantumThing"}), "finding/f", "QuantumThing", "QuantumThing"),
            (json!(null), "finding/f", "unknown", "unknown"),
            (json!({"resourceType": {}, "instanceDetails": []}), "finding/f", "unknown", "unknown"),
            (
                json!({"resourceType": "Lambda", "lambdaDetails": {"functionName": "billing",
                       "functionArn": "arn:aws:lambda:eu-west-1:111122223333:function:billing:12"}}),
                "arn:aws:lambda:eu-west-1:111122223333:function:billing",
                "Lambda",
                "billing",
            ),
            (
                json!({"resourceType": "S3Bucket", "s3BucketDetails": [{"arn": "arn:aws:s3:::a", "name": "a"},
                       {"arn": "arn:aws:s3:::b", "name": "b"}, {"arn": "arn:aws:s3:::c", "name": "c"}]}),
                "arn:aws:s3:::a",
                "S3Bucket",
                "a and 2 more",
            ),
        ] {
            let finding = json!({"resource": resource});
            let Resource { id: read_id, kind: read_kind, name: read_name } =
                affected(Detail(&finding), "finding/f").resource;
            assert_eq!((read_id.as_str(), read_kind.as_str(), read_name.as_str()), (id, kind, name), "{finding}");
        }
    }

    #[test]
    fn tags_as_list_or_map() {
        for details in
            [json!({"tags": [{"key": "team", "value": "web"}, null, {"key": "x"}]}), json!({"tags": {"team": "web"}})]
        {
            assert_eq!(tags_of(Detail(&details)), [("team".to_owned(), "web".to_owned())]);
        }
        assert!(tags_of(Detail(&json!({"tags": null}))).is_empty());
    }
}
