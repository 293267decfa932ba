//! What a task definition holds and nobody may keep: the values of its environment, and its command lines.

use serde_json::{Map, Value, json};

/// What stands for a value that is not empty.
const SET: &str = "<set>";
const EMPTY: &str = "<empty>";
/// Of a container definition: other text that often carries a secret.
const DROPPED: [&str; 6] =
    ["command", "entryPoint", "dockerLabels", "environmentFiles", "extraHosts", "dockerSecurityOptions"];

/// The task definition without the values of its environment: each is `<set>` or `<empty>`. Names stay, since a judge looks
/// at them; command lines, labels, the commands of health checks and options of log drivers other than those of `awslogs`
/// that name a place are left out.
#[must_use]
pub fn without_values(task_definition: &Value) -> Value {
    let mut clean = task_definition.clone();
    let containers = clean.get_mut("containerDefinitions").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
        redact(container);
    }
    // Options of a proxy are names and values as well.
    if let Some(root) = clean.as_object_mut() {
        root.remove("proxyConfiguration");
        root.remove("volumes");
    }
    clean
}

fn redact(container: &mut Map<String, Value>) {
    for key in DROPPED {
        container.remove(key);
    }
    match container.get_mut("environment") {
        Some(Value::Array(variables)) => {
            for variable in variables {
                let name = variable.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
                let empty = variable.get("value").is_none_or(|v| v.is_null() || v.as_str() == Some(""));
                *variable = json!({"name": name, "value": if empty { EMPTY } else { SET }});
            }
        }
        // Of another shape it is not understood, so nothing of it is kept.
        Some(_) => {
            container.remove("environment");
        }
        None => {}
    }
    if let Some(check) = container.get_mut("healthCheck").and_then(Value::as_object_mut)
        && check.contains_key("command")
    {
        check.insert("command".to_owned(), json!([SET]));
    }
    for sidecar in ["firelensConfiguration", "logConfiguration"] {
        let options = container.get_mut(sidecar).and_then(|c| c.get_mut("options")).and_then(Value::as_object_mut);
        if let Some(options) = options {
            options.retain(|name, _| name.starts_with("awslogs-"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_and_no_value_does() {
        let clean = without_values(&json!({"family": "shop", "containerDefinitions": [{
            "name": "web", "command": ["--key", "canary-1"], "entryPoint": ["canary-2"],
            "environment": [{"name": "DB_PASSWORD", "value": "canary-3"}, {"name": "EMPTY", "value": ""},
                {"name": "ODD", "value": {"x": "canary-4"}, "extra": "canary-5"}],
            "secrets": [{"name": "TOKEN", "valueFrom": "arn:aws:ssm:eu-central-1:111122223333:parameter/token"}],
            "dockerLabels": {"k": "canary-6"}, "healthCheck": {"command": ["CMD", "canary-7"], "interval": 30},
            "logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": "canary-8", "awslogs-group": "/shop"}},
        }, {"name": "odd", "environment": {"PASSWORD": "canary-9"}}],
            "proxyConfiguration": {"properties": [{"name": "x", "value": "canary-10"}]}}));
        assert!(!clean.to_string().contains("canary"), "{clean}");
        let web = &clean["containerDefinitions"][0];
        assert_eq!(web["environment"][0], json!({"name": "DB_PASSWORD", "value": "<set>"}));
        assert_eq!(web["environment"][1], json!({"name": "EMPTY", "value": "<empty>"}));
        assert_eq!(web["secrets"][0]["name"], "TOKEN");
        assert_eq!(web["logConfiguration"]["options"], json!({"awslogs-group": "/shop"}));
        assert_eq!(web["healthCheck"]["interval"], 30);
        for odd in [json!(null), json!([]), json!({"containerDefinitions": "x"}), json!({"containerDefinitions": [1]})]
        {
            assert_eq!(without_values(&odd), odd);
        }
    }
}
