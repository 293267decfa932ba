//! Least privilege, measured: what each role did, against what it may do.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use serde_json::Value;

use super::suite::{PREFIX, Suite};

/// What AWS itself does with a role on its behalf; the bed does not do it by calls.
const BY_AWS: [&str; 6] = [
    "sqs:",
    "logs:",
    "dynamodb:DescribeStream ",
    "dynamodb:GetRecords ",
    "dynamodb:GetShardIterator ",
    "dynamodb:ListStreams ",
];

/// The calls of the functions since the bed began, by role: `dynamodb:Query index`.
fn used(calls: &[Value]) -> BTreeMap<String, BTreeSet<String>> {
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for call in calls {
        let word = |key: &str| call.get(key).and_then(Value::as_str);
        let (Some(service), Some(operation), Some(role)) = (word("service"), word("op"), word("role")) else {
            continue;
        };
        let kind = match (service, word("index")) {
            ("dynamodb", Some(_)) => "index",
            ("dynamodb", None) => "table",
            ("secretsmanager", _) => "secret",
            ("sns", _) => "topic",
            (other, _) => other,
        };
        let role = role.strip_prefix(&format!("{PREFIX}-")).unwrap_or(role);
        used.entry(role.to_owned()).or_default().insert(format!("{service}:{operation} {kind}"));
    }
    used
}

/// That nothing was refused and everything was delivered.
pub(super) fn nothing_refused(suite: &Suite) -> Result<String> {
    let calls = suite.bed.control("GET", "calls", &Value::Null)?;
    let calls = calls.as_array().cloned().unwrap_or_default();
    let refused: Vec<String> = calls
        .iter()
        .filter(|call| {
            let code = call.get("code").and_then(Value::as_str).unwrap_or_default();
            call["status"] == 403 || call["op"] == "(undelivered)" || code.contains("AccessDenied")
        })
        .map(Value::to_string)
        .collect();
    ensure!(refused.is_empty(), "refused or undelivered: {}", refused.join(", "));
    let of_functions = calls.iter().filter(|call| call["role"].is_string()).count();
    Ok(format!("{of_functions} calls of functions, none refused"))
}

/// That each role did everything that it may do.
pub(super) fn nothing_unused(suite: &Suite) -> Result<String> {
    let granted: BTreeMap<String, BTreeSet<String>> = serde_json::from_value(suite.terraform.output("calls")?)?;
    let calls = suite.bed.control("GET", "calls", &Value::Null)?;
    let used = used(calls.as_array().map(Vec::as_slice).unwrap_or_default());
    let mut faults = Vec::new();
    let mut count = 0_usize;
    for (role, granted) in granted.iter().filter(|(role, _)| !role.ends_with(" schedule")) {
        let ours = used.get(role).cloned().unwrap_or_default();
        for action in granted.iter().filter(|action| !BY_AWS.iter().any(|start| action.starts_with(start))) {
            count += 1;
            if !ours.contains(action) {
                faults.push(format!("{role} may {action} and never did"));
            }
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("; "));
    Ok(format!("{count} permissions of {} roles, each was used", granted.len()))
}
