//! What an answer holds and nobody may keep: values of environments, command lines, shared secrets in headers, addresses
//! of people. All of it is removed when the answer arrives, so that neither a collection nor a recording ever has it.

use serde_json::{Map, Value, json};

/// What stands for a value that is not empty.
const SET: &str = "<set>";
const EMPTY: &str = "<empty>";
/// What is kept of a container definition. A list of what is kept, since AWS adds fields.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>
const KEPT_OF_CONTAINER: [&str; 26] = [
    "cpu",
    "dependsOn",
    "disableNetworking",
    "environment",
    "essential",
    "firelensConfiguration",
    "healthCheck",
    "image",
    "linuxParameters",
    "logConfiguration",
    "memory",
    "memoryReservation",
    "mountPoints",
    "name",
    "portMappings",
    "privileged",
    "readonlyRootFilesystem",
    "repositoryCredentials",
    "resourceRequirements",
    "restartPolicy",
    "secrets",
    "startTimeout",
    "stopTimeout",
    "ulimits",
    "user",
    "versionConsistency",
];
/// What is kept of a task: no overrides, no attachments.
const KEPT_OF_TASK: [&str; 14] = [
    "availabilityZone",
    "capacityProviderName",
    "clusterArn",
    "containers",
    "createdAt",
    "desiredStatus",
    "group",
    "healthStatus",
    "lastStatus",
    "launchType",
    "platformVersion",
    "startedAt",
    "taskArn",
    "taskDefinitionArn",
];
const KEPT_OF_TASK_CONTAINER: [&str; 6] =
    ["containerArn", "healthStatus", "image", "imageDigest", "lastStatus", "name"];

/// The task definition without the values of its environment: each is `<set>` or `<empty>`. Names stay, since a judge looks
/// at them; command lines, labels, the commands of health checks and options of log drivers other than those of `awslogs`
/// are left out.
#[must_use]
pub fn without_values(task_definition: &Value) -> Value {
    let mut clean = task_definition.clone();
    let containers = clean.get_mut("containerDefinitions").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
        container.retain(|name, _| KEPT_OF_CONTAINER.contains(&name.as_str()));
        redact(container);
    }
    // Options of a proxy and of volumes are names and values as well.
    if let Some(root) = clean.as_object_mut() {
        root.remove("proxyConfiguration");
        root.remove("volumes");
    }
    clean
}

fn redact(container: &mut Map<String, Value>) {
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
        if let Some(configuration) = container.get_mut(sidecar) {
            keep_options_of_awslogs(configuration);
        }
    }
}

fn keep_options_of_awslogs(configuration: &mut Value) {
    match configuration.get_mut("options") {
        Some(Value::Object(options)) => options.retain(|name, _| name.starts_with("awslogs-")),
        Some(other) => *other = Value::Null,
        None => {}
    }
}

/// Takes the options of log drivers out of a service: Service Connect has a log configuration of its own.
pub(crate) fn without_options(service: &mut Value) {
    match service {
        Value::Array(elements) => elements.iter_mut().for_each(without_options),
        Value::Object(map) => {
            for (name, value) in map.iter_mut() {
                if name == "logConfiguration" {
                    keep_options_of_awslogs(value);
                } else {
                    without_options(value);
                }
            }
        }
        _ => {}
    }
}

/// A task without what it was started with.
pub(crate) fn without_overrides(task: &Value) -> Value {
    let mut clean = task.clone();
    if let Some(map) = clean.as_object_mut() {
        map.retain(|name, _| KEPT_OF_TASK.contains(&name.as_str()));
    }
    let containers = clean.get_mut("containers").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
        container.retain(|name, _| KEPT_OF_TASK_CONTAINER.contains(&name.as_str()));
    }
    clean
}

/// Properties whose value is a shared secret, a person's address or text that may hold either, by kind.
const SECRET_PROPERTIES: [(&str, &[&str]); 11] = [
    // The header by which an origin knows its distribution.
    ("AWS::CloudFront::Distribution", &["HeaderValue"]),
    // The same header on the other side, in rules of the load balancer and of the web ACL.
    ("AWS::ElasticLoadBalancingV2::ListenerRule", &["ClientSecret", "HttpHeaderConfig", "MessageBody"]),
    ("AWS::ElasticLoadBalancingV2::Listener", &["ClientSecret", "MessageBody"]),
    ("AWS::WAFv2::WebACL", &["Content", "RegexString", "SearchString", "SearchStringBase64"]),
    ("AWS::ApiGateway::Stage", &["Variables"]),
    ("AWS::ApiGatewayV2::Stage", &["StageVariables"]),
    ("AWS::ApiGateway::RestApi", &["Body", "Parameters"]),
    ("AWS::ApiGatewayV2::Api", &["Body"]),
    ("AWS::RDS::DBInstance", &["MasterUserPassword", "MasterUsername", "TdeCredentialPassword"]),
    ("AWS::RDS::DBCluster", &["MasterUserPassword", "MasterUsername"]),
    ("AWS::Budgets::Budget", &["Address"]),
];

/// What Cloud Control and Cost Explorer answered, where each value that may be a secret or a person's address is `<set>`
/// or `<empty>`.
#[must_use]
pub fn without_secrets(kind: &str, mut properties: Value) -> Value {
    let names: &[&str] = match kind {
        "ce:GetAnomalySubscriptions" => &["Address"],
        kind => SECRET_PROPERTIES.iter().find(|(name, _)| *name == kind).map_or(&[], |(_, names)| names),
    };
    if !names.is_empty() {
        hide(&mut properties, names);
    }
    properties
}

fn hide(value: &mut Value, names: &[&str]) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(|element| hide(element, names)),
        Value::Object(map) => {
            for (name, value) in map.iter_mut() {
                if names.contains(&name.as_str()) {
                    let empty = value.is_null() || value.as_str() == Some("");
                    *value = Value::String(if empty { EMPTY } else { SET }.to_owned());
                } else {
                    hide(value, names);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_and_no_value_does() {
        let clean = without_values(&json!({"family": "shop", "containerDefinitions": [{
            "name": "web", "command": ["--key", "canary-1"], "entryPoint": ["canary-2"], "newField": "canary-11",
            "environment": [{"name": "DB_PASSWORD", "value": "canary-3"}, {"name": "EMPTY", "value": ""},
                {"name": "ODD", "value": {"x": "canary-4"}, "extra": "canary-5"}],
            "secrets": [{"name": "TOKEN", "valueFrom": "arn:aws:ssm:eu-central-1:111122223333:parameter/token"}],
            "dockerLabels": {"k": "canary-6"}, "healthCheck": {"command": ["CMD", "canary-7"], "interval": 30},
            "logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": "canary-8", "awslogs-group": "/shop"}},
        }, {"name": "odd", "environment": {"PASSWORD": "canary-9"}, "logConfiguration": {"options": ["canary-12"]}}],
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

    #[test]
    fn a_task_keeps_its_image_and_loses_what_it_was_started_with() {
        let clean = without_overrides(&json!({"taskArn": "t", "overrides": {"containerOverrides": [
            {"environment": [{"name": "X", "value": "canary"}]}]}, "attachments": [{"details": "canary"}],
            "containers": [{"image": "shop:1", "imageDigest": "sha256:ab", "reason": "canary"}]}));
        assert_eq!(clean, json!({"taskArn": "t", "containers": [{"image": "shop:1", "imageDigest": "sha256:ab"}]}));
    }

    #[test]
    fn a_service_keeps_service_connect_and_loses_the_options_of_its_log_driver() {
        let mut service = json!({"deployments": [{"serviceConnectConfiguration": {"enabled": true,
            "logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": "canary"}}}}]});
        without_options(&mut service);
        assert!(!service.to_string().contains("canary"));
        assert_eq!(service["deployments"][0]["serviceConnectConfiguration"]["enabled"], true);
    }

    #[test]
    fn shared_secrets_in_headers_and_addresses_of_people_are_hidden() {
        for (kind, answer, kept) in [
            (
                "AWS::CloudFront::Distribution",
                json!({"DistributionConfig": {"WebACLId": "kept", "Origins": [{"OriginCustomHeaders": [
                    {"HeaderName": "x-origin", "HeaderValue": "canary"}]}]}}),
                "kept",
            ),
            (
                "AWS::ElasticLoadBalancingV2::ListenerRule",
                json!({"Actions": [{"Type": "kept"}], "Conditions": [{"HttpHeaderConfig": {"Values": ["canary"]}}]}),
                "kept",
            ),
            (
                "AWS::WAFv2::WebACL",
                json!({"Rules": [{"Name": "kept", "Statement": {"ByteMatchStatement": {"SearchString": "canary"}}}]}),
                "kept",
            ),
            ("AWS::ApiGateway::Stage", json!({"TracingEnabled": "kept", "Variables": {"key": "canary"}}), "kept"),
            (
                "AWS::Budgets::Budget",
                json!({"NotificationsWithSubscribers": [{"Subscribers": [{"SubscriptionType": "EMAIL", "Address": "canary"}]}]}),
                "EMAIL",
            ),
            (
                "ce:GetAnomalySubscriptions",
                json!({"Subscribers": [{"Address": "canary", "Status": "CONFIRMED"}]}),
                "CONFIRMED",
            ),
        ] {
            let clean = without_secrets(kind, answer).to_string();
            assert!(!clean.contains("canary") && clean.contains(kept) && clean.contains(SET), "{kind}: {clean}");
        }
        assert_eq!(without_secrets("AWS::EC2::Subnet", json!({"SubnetId": "s"})), json!({"SubnetId": "s"}));
    }
}
