//! Least privilege, measured: what each role did, against what it may do.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use serde_json::Value;

use super::suite::{PREFIX, Suite};

/// What AWS itself does with a role on its behalf; the bed does not do it by calls.
const BY_AWS: [&str; 6] = [
    "sqs:",
    "logs:",
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords ",
    "dynamodb:GetShardIterator ",
    "dynamodb:ListStreams ",
];

/// An action, with what it is done on where that makes a difference: `dynamodb:Query index`.
fn named(action: &str) -> String {
    match action.split_once(' ') {
        Some((call, _)) if !call.starts_with("dynamodb:") => call.to_owned(),
        _ => action.to_owned(),
    }
}

/// The calls of the functions since the bed began, by role.
fn used(calls: &[Value]) -> BTreeMap<String, BTreeSet<String>> {
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for call in calls {
        let word = |key: &str| call.get(key).and_then(Value::as_str);
        let (Some(service), Some(operation), Some(role)) = (word("service"), word("op"), word("role")) else {
            continue;
        };
        let on = if word("index").is_some() { "index" } else { "table" };
        let role = role.strip_prefix(&format!("{PREFIX}-")).unwrap_or(role);
        used.entry(role.to_owned()).or_default().insert(named(&format!("{service}:{operation} {on}")));
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

/// That each role did everything that it may do, and may do everything that it did. The bed asks IAM for most calls; those
/// that it answers itself are held against the list here.
pub(super) fn nothing_unused(suite: &Suite) -> Result<String> {
    let granted: BTreeMap<String, BTreeSet<String>> = serde_json::from_value(suite.terraform.output("calls")?)?;
    let calls = suite.bed.control("GET", "calls", &Value::Null)?;
    let used = used(calls.as_array().map(Vec::as_slice).unwrap_or_default());
    let (mut faults, mut count) = (Vec::new(), 0_usize);
    for (role, granted) in granted.iter().filter(|(role, _)| !role.ends_with(" schedule")) {
        let ours = used.get(role).cloned().unwrap_or_default();
        let granted: BTreeSet<String> = granted.iter().map(|action| named(action)).collect();
        let by_aws = |action: &&String| BY_AWS.iter().any(|start| action.starts_with(start));
        count += granted.iter().filter(|action| !by_aws(action)).count();
        let unused = granted.difference(&ours).filter(|action| !by_aws(action));
        faults.extend(unused.map(|action| format!("{role} may {action} and never did")));
        faults.extend(ours.difference(&granted).map(|action| format!("{role} did {action} and may not")));
    }
    ensure!(faults.is_empty(), "{}", faults.join("; "));
    Ok(format!("{count} permissions of {} roles, each was used", granted.len()))
}
