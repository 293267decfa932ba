//! What happened in a Kubernetes cluster: the call to its API, the user, the workload.
//! <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_KubernetesDetails.html>

use plimsoll_finding::{Detail, Finding};

use crate::{
    redact::{few, text, texts},
    workload::container_images,
};

/// Groups of a user that are shown.
const GROUPS: usize = 3;

/// Adds the call to the cluster's API. Its `parameters` may hold secrets and are left out.
pub(crate) fn action(finding: Finding, action: Detail<'_>) -> Finding {
    let call = action.at("kubernetesApiCallAction");
    let path = text(call, "requestUri").or_else(|| text(call, "resource"));
    let request = match (text(call, "verb"), path) {
        (Some(verb), Some(path)) => Some(format!("{verb} {path}")),
        (verb, path) => verb.or(path),
    };
    finding
        .fact("API call", request)
        .fact("Permission checked", permission(action.at("kubernetesPermissionCheckedDetails")))
        .fact("Role binding", binding(action.at("kubernetesRoleBindingDetails")))
        .fact("Role", kind_and_name(action.at("kubernetesRoleDetails")))
}

/// Adds where the workload runs, what it runs, and who acted.
pub(crate) fn decisive(finding: Finding, said: Detail<'_>) -> Finding {
    let details = said.at("resource.kubernetesDetails");
    let workload = details.at("kubernetesWorkloadDetails");
    let call = said.at("service.action.kubernetesApiCallAction");
    let namespace = text(workload, "namespace").or_else(|| text(call, "namespace"));
    let name = if is_pod(workload) { "Pod" } else { "Workload" };
    finding
        .fact("Namespace", namespace)
        .fact(name, workload_name(workload))
        .fact("Container image", (!workload.0.is_null()).then(|| container_images(said.at("resource"))).flatten())
        .fact("Kubernetes user", text(details, "kubernetesUserDetails.username"))
        .fact("Privileged", is_privileged(workload).then_some("yes"))
}

/// Adds what is good to know beside that.
pub(crate) fn details(finding: Finding, said: Detail<'_>) -> Finding {
    let details = said.at("resource.kubernetesDetails");
    let workload = details.at("kubernetesWorkloadDetails");
    let user = details.at("kubernetesUserDetails");
    let answer = said.at("service.action.kubernetesApiCallAction").count("statusCode").map(|code| match code {
        200..=299 => format!("{code} (allowed)"),
        401 | 403 => format!("{code} (refused)"),
        _ => code.to_string(),
    });
    finding
        .fact("Access to the host", few(&host_access(workload), 4))
        .fact("API answer", answer)
        .fact("Groups", few(&texts(user, "groups"), GROUPS))
        .fact("Acts as", text(user, "impersonatedUser.username"))
        .fact("Service account", text(workload, "serviceAccountName"))
}

/// `create pods in kube-system: allowed`
fn permission(checked: Detail<'_>) -> Option<String> {
    let mut words = vec![text(checked, "verb")?, text(checked, "resource")?];
    if let Some(namespace) = text(checked, "namespace") {
        words.push(format!("in {namespace}"));
    }
    let words = words.join(" ");
    Some(match checked.flag("allowed") {
        Some(true) => format!("{words}: allowed"),
        Some(false) => format!("{words}: refused"),
        None => words,
    })
}

/// `ClusterRoleBinding open-door to ClusterRole cluster-admin`
fn binding(details: Detail<'_>) -> Option<String> {
    let binding = kind_and_name(details)?;
    let role = match (text(details, "roleRefKind"), text(details, "roleRefName")) {
        (Some(kind), Some(name)) => Some(format!("{kind} {name}")),
        (kind, name) => name.or(kind),
    };
    Some(role.map_or_else(|| binding.clone(), |role| format!("{binding} to {role}")))
}

fn kind_and_name(details: Detail<'_>) -> Option<String> {
    match (text(details, "kind"), text(details, "name")) {
        (Some(kind), Some(name)) => Some(format!("{kind} {name}")),
        (kind, name) => name.or(kind),
    }
}

/// `pod ops/sync-1`, for a title; `None` if the finding names no workload.
pub(crate) fn victim(said: Detail<'_>) -> Option<String> {
    let workload = said.at("resource.kubernetesDetails.kubernetesWorkloadDetails");
    let name = workload_name(workload)?;
    let kind = if is_pod(workload) { "pod" } else { "workload" };
    Some(match text(workload, "namespace") {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    })
}

/// `sync-1` for a pod, `deployments/sync` for anything else.
fn workload_name(workload: Detail<'_>) -> Option<String> {
    let name = text(workload, "name")?;
    Some(match text(workload, "type").filter(|_| !is_pod(workload)) {
        Some(kind) => format!("{}/{name}", kind.to_lowercase()),
        None => name,
    })
}

fn is_pod(workload: Detail<'_>) -> bool {
    workload.text("type").is_none_or(|kind| kind.eq_ignore_ascii_case("pods") || kind.eq_ignore_ascii_case("pod"))
}

fn is_privileged(workload: Detail<'_>) -> bool {
    workload.list("containers").into_iter().any(|container| {
        container.flag("securityContext.privileged") == Some(true)
            || container.flag("securityContext.allowPrivilegeEscalation") == Some(true)
    })
}

fn host_access(workload: Detail<'_>) -> Vec<String> {
    let flags = [("hostNetwork", "network"), ("hostPID", "processes"), ("hostIPC", "shared memory")];
    let mut access: Vec<String> = flags
        .into_iter()
        .filter(|(flag, _)| workload.flag(flag) == Some(true))
        .map(|(_, word)| word.to_owned())
        .collect();
    access.extend(workload.list("volumes").into_iter().filter_map(|volume| text(volume, "hostPath.path")));
    access
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn workloads_are_named() {
        for (workload, expected) in [
            (json!({"name": "sync-1", "type": "pods", "namespace": "ops"}), Some("pod ops/sync-1")),
            (json!({"name": "sync", "type": "deployments", "namespace": "ops"}), Some("workload ops/deployments/sync")),
            (json!({"name": "sync-1"}), Some("pod sync-1")),
            (json!({"namespace": "ops"}), None),
        ] {
            let said = json!({"resource": {"kubernetesDetails": {"kubernetesWorkloadDetails": workload}}});
            assert_eq!(victim(Detail(&said)).as_deref(), expected, "{said}");
        }
    }

    #[test]
    fn permissions_and_bindings() {
        let checked = json!({"verb": "create", "resource": "pods", "namespace": "kube-system", "allowed": true});
        assert_eq!(permission(Detail(&checked)).as_deref(), Some("create pods in kube-system: allowed"));
        let bound = json!({"kind": "ClusterRoleBinding", "name": "open-door", "roleRefKind": "ClusterRole",
                           "roleRefName": "cluster-admin"});
        let expected = "ClusterRoleBinding open-door to ClusterRole cluster-admin";
        assert_eq!(binding(Detail(&bound)).as_deref(), Some(expected));
        assert_eq!(binding(Detail(&json!({}))), None);
    }

    #[test]
    fn access_to_the_host() {
        let workload = json!({"hostNetwork": true, "hostPID": "true", "hostIPC": false,
                              "volumes": [{"name": "root", "hostPath": {"path": "/"}}, {"name": "tmp"}]});
        assert_eq!(host_access(Detail(&workload)), ["network", "processes", "/"]);
    }
}
