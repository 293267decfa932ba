//! What ran: the process, the file, the container and the task.
//! <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_RuntimeDetails.html>
//!
//! A chosen list, not everything: command lines and environment are left out, because they may hold secrets.

use plimsoll_finding::{Detail, Finding};

use crate::redact::{few, text};

/// Images that are shown.
const IMAGES: usize = 3;
/// Files that a runtime finding may be about, as `context` names them.
const FILES: [&str; 8] = [
    "scriptPath",
    "libraryPath",
    "moduleFilePath",
    "runcBinaryPath",
    "releaseAgentPath",
    "socketPath",
    "shellHistoryFilePath",
    "threatFilePath",
];

/// Adds the process, what it touched, and where it ran.
pub(crate) fn facts(finding: Finding, said: Detail<'_>) -> Finding {
    let runtime = said.at("service.runtimeDetails");
    let (process, context) = (runtime.at("process"), runtime.at("context"));
    let resource = said.at("resource");
    let task = resource.at("ecsClusterDetails.taskDetails");
    // The image of a workload in Kubernetes stands beside its pod.
    let is_in_kubernetes = resource.get("kubernetesDetails.kubernetesWorkloadDetails").is_some();
    let image = if is_in_kubernetes { None } else { container_images(resource) };
    finding
        .fact("Process", path_or_name(process))
        .fact("File", FILES.into_iter().find_map(|field| text(context, field)))
        .fact("Tool", text(context, "toolName"))
        .fact("Container image", image)
        .fact("Process user", text(process, "user"))
        .fact("Parent process", process.list("lineage").first().and_then(|parent| path_or_name(*parent)))
        .fact("Changed by", path_or_name(context.at("modifyingProcess")))
        .fact("Target process", path_or_name(context.at("targetProcess")))
        .fact("Mount", mount(context))
        .fact("Kernel module", text(context, "moduleName"))
        .fact("Container", text(resource, "containerDetails.name"))
        .fact("Service", text(task, "group").map(without_prefix))
        .fact("Task", text(task, "arn").map(|arn| after_last_slash(&arn).to_owned()))
        .fact("Task definition", text(task, "definitionArn"))
        .fact("Executable SHA-256", text(process, "executableSha256"))
}

fn path_or_name(process: Detail<'_>) -> Option<String> {
    text(process, "executablePath").or_else(|| text(process, "name"))
}

/// `/dev/sda1 on /host`
fn mount(context: Detail<'_>) -> Option<String> {
    match (text(context, "mountSource"), text(context, "mountTarget")) {
        (Some(source), Some(target)) => Some(format!("{source} on {target}")),
        (source, target) => source.or(target),
    }
}

/// The images of the affected task's or workload's containers, or of the one container.
pub(crate) fn container_images(resource: Detail<'_>) -> Option<String> {
    let of_task = resource.list("ecsClusterDetails.taskDetails.containers");
    let of_pod = resource.list("kubernetesDetails.kubernetesWorkloadDetails.containers");
    let mut images: Vec<String> = Vec::new();
    for container in of_task.into_iter().chain(of_pod).chain([resource.at("containerDetails")]) {
        images.extend(text(container, "image").filter(|image| !images.contains(image)));
    }
    few(&images, IMAGES)
}

/// `cart` for `service:cart`; a task that no service runs has `family:...`.
fn without_prefix(group: String) -> String {
    group.strip_prefix("service:").map(ToOwned::to_owned).unwrap_or(group)
}

fn after_last_slash(text: &str) -> &str {
    text.rsplit('/').next().filter(|end| !end.is_empty()).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn images_of_tasks_pods_and_containers() {
        for (resource, expected) in [
            (
                json!({"ecsClusterDetails": {"taskDetails": {"containers": [{"image": "a:1"}, {"image": "a:1"}, null]}}}),
                Some("a:1"),
            ),
            (
                json!({"kubernetesDetails": {"kubernetesWorkloadDetails": {"containers": [{"image": "busybox"}]}},
                       "containerDetails": {"image": "nginx"}}),
                Some("busybox, nginx"),
            ),
            (json!({}), None),
        ] {
            assert_eq!(container_images(Detail(&resource)).as_deref(), expected, "{resource}");
        }
    }

    #[test]
    fn mounts() {
        let context = json!({"mountSource": "/dev/nvme0n1", "mountTarget": "/host"});
        assert_eq!(mount(Detail(&context)).as_deref(), Some("/dev/nvme0n1 on /host"));
        assert_eq!(mount(Detail(&json!({"mountTarget": "/host"}))).as_deref(), Some("/host"));
    }
}
