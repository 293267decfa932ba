//! What is known of the affected resource itself: buckets, user, addresses, security groups, role.
//! <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Resource.html>

use plimsoll_finding::{Detail, Finding};

use crate::redact::{few, name_of, text};

/// Names of a list that are shown; the rest is counted.
const SHOWN: usize = 5;

/// Adds the properties of the resource.
pub(crate) fn facts(finding: Finding, said: Detail<'_>) -> Finding {
    let resource = said.at("resource");
    let buckets = resource.list("s3BucketDetails");
    let names: Vec<String> = buckets.iter().filter_map(|bucket| text(*bucket, "name")).collect();
    let public = buckets.iter().any(|b| b.text("publicAccess.effectivePermission").is_some_and(|p| p == "PUBLIC"));
    let objects: Vec<String> = buckets
        .iter()
        .flat_map(|bucket| bucket.list("s3ObjectDetails"))
        .filter_map(|object| text(object, "key"))
        .collect();
    let key = resource.at("accessKeyDetails");
    let instance = resource.at("instanceDetails");
    let interfaces = instance.list("networkInterfaces");
    let groups: Vec<String> = interfaces
        .iter()
        .flat_map(|interface| interface.list("securityGroups"))
        .filter_map(|group| text(group, "groupId"))
        .collect();
    let addresses: Vec<String> = interfaces.iter().filter_map(|interface| text(*interface, "publicIp")).collect();
    let profile = text(instance, "iamInstanceProfile.arn");
    finding
        .fact("Public", public.then_some("yes"))
        .fact(if names.len() == 1 { "Bucket" } else { "Buckets" }, few(&names, SHOWN))
        .fact(if objects.len() == 1 { "Object" } else { "Objects" }, few(&objects, SHOWN))
        .fact("User", user(key))
        .fact("Public IP", few(&addresses, SHOWN))
        .fact("Security groups", few(&groups, SHOWN))
        .fact("Role", text(resource, "lambdaDetails.role").or(profile).map(|arn| name_of(&arn).to_owned()))
        .fact("Image", text(instance, "imageId"))
        .fact("Volumes", few(&volumes(resource), SHOWN))
}

/// `alice (IAMUser)`
fn user(key: Detail<'_>) -> Option<String> {
    let name = text(key, "userName")?;
    Some(text(key, "userType").map_or_else(|| name.clone(), |kind| format!("{name} ({kind})")))
}

fn volumes(resource: Detail<'_>) -> Vec<String> {
    let scanned = resource.list("ebsVolumeDetails.scannedVolumeDetails").into_iter();
    scanned.filter_map(|volume| text(volume, "volumeArn")).map(|arn| name_of(&arn).to_owned()).collect()
}
