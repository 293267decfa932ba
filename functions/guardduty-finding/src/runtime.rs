//! "GuardDuty Runtime Protection Unhealthy" and "Healthy": does GuardDuty's agent watch a cluster or an instance.
//! <https://docs.aws.amazon.com/guardduty/latest/ug/gdu-assess-coverage-ecs.html>
//!
//! On Fargate nothing else sees into containers. The event also comes when a service is merely scaled to zero.

use plimsoll_finding::{
    Advice, Detail, Event, Finding, Partition, Reading, Resource, Severity, Status, Unreadable, console,
};

use crate::{
    NAME, RUNTIME_COVERAGE, RUNTIME_HEALTHY, advice,
    redact::{few, text, texts},
};

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    let healthy = event.detail_type == RUNTIME_HEALTHY.1;
    let word = if healthy { "healthy" } else { "unhealthy" };
    if let Some(current) = detail.text("currentStatus")
        && !current.eq_ignore_ascii_case(word)
    {
        let reason = format!("the event says {word}, but `detail.currentStatus` is `{current}`");
        return Err(Unreadable::reasons(reason));
    }
    let account = detail.raw("resourceAccountId").unwrap_or_else(|| event.account.clone());
    let watched = detail.at("resourceDetails");
    let (id, name) =
        resource(watched, &account, &event.region).ok_or_else(|| Unreadable::missing("resourceDetails"))?;
    let kind = watched.text("resourceType").unwrap_or_else(|| "resource".to_owned());
    let url = console::in_region(&event.region).and_then(|c| c.resource(&id));
    let resource = Resource::new(id, &kind, &name);
    let name = resource.name.clone();
    let what = match kind.to_ascii_uppercase().as_str() {
        "ECS" => "ECS cluster",
        "EKS" => "EKS cluster",
        "EC2" => "EC2 instance",
        _ => kind.as_str(),
    };
    let (status, severity, title) = if healthy {
        (Status::Resolved, Severity::Informational, format!("GuardDuty watches {what} {name} at run time"))
    } else {
        (Status::Open, Severity::Medium, format!("GuardDuty does not watch {what} {name} at run time"))
    };
    let finding = Finding::new(NAME, RUNTIME_COVERAGE, resource, event)
        .owner(Some(account).filter(|a| !a.is_empty()), None)
        .title(&title)
        .status(status)
        .severity(severity, None)
        .observed_at(event.latest(detail.time("lastUpdatedAt")))
        .console_url(url)
        .fact("Issue", text(detail, "issue"))
        .fact("Issues on Fargate", few(&texts(watched, "ecsClusterDetails.fargateDetails.issues"), 3))
        .fact("Managed", management(watched))
        .fact("Covered instances", covered(watched))
        .fact("Before", text(detail, "previousStatus"));
    Ok(Reading::Findings(vec![match status {
        Status::Open => finding.advice(Advice::find(&advice::NOT_WATCHED, "", &kind, severity)),
        Status::Resolved => finding,
    }]))
}

/// Identifier and name of what is watched. Clusters come by name only; their ARN follows from it.
fn resource(watched: Detail<'_>, account: &str, region: &str) -> Option<(String, String)> {
    let partition = Partition::of_region(region).name();
    let cluster = |details: &str, service: &str| {
        let details = watched.at(details);
        let name = details.raw("clusterName");
        let id = details.raw("clusterArn").or_else(|| {
            let name = name.as_ref()?;
            Some(format!("arn:{partition}:{service}:{region}:{account}:cluster/{name}"))
        })?;
        Some((id.clone(), name.unwrap_or(id)))
    };
    let instance = || {
        let id = watched.raw("ec2InstanceDetails.instanceId").or_else(|| watched.raw("instanceDetails.instanceId"))?;
        Some((id.clone(), id))
    };
    cluster("ecsClusterDetails", "ecs").or_else(|| cluster("eksClusterDetails", "eks")).or_else(instance)
}

fn management(watched: Detail<'_>) -> Option<String> {
    ["ecsClusterDetails.fargateDetails", "eksClusterDetails", "ec2InstanceDetails"]
        .into_iter()
        .find_map(|path| watched.at(path).text("managementType"))
        .map(|word| word.to_lowercase().replace('_', " "))
}

fn covered(watched: Detail<'_>) -> Option<String> {
    let instances = watched.at("ecsClusterDetails.containerInstanceDetails");
    let covered = instances.count("coveredContainerInstances")?;
    // On Fargate there are none, which says nothing.
    if covered == 0 && instances.count("compatibleContainerInstances").unwrap_or(0) == 0 {
        return None;
    }
    Some(match instances.count("compatibleContainerInstances") {
        Some(all) => format!("{covered} of {all}"),
        None => covered.to_string(),
    })
}
