//! Reads resource policies as far as `doctor` needs: may a service perform an action?
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>

use plimsoll_finding::wildcard;
use serde_json::Value;

/// Whether the policy allows the action to a service of AWS, on behalf of `source` (an ARN) where one is given. A
/// condition on anything but the source is taken to be met.
pub(crate) fn allows(policy: &Value, service: &str, action: &str, source: Option<&str>) -> bool {
    let about = |statement: &&Value, effect: &str| {
        statement["Effect"] == effect && is_for(&statement["Principal"], service) && names(&statement["Action"], action)
    };
    let denied = |statement: &&Value| about(statement, "Deny") && denies(&statement["Condition"], source);
    let allowed = |statement: &&Value| about(statement, "Allow") && admits(&statement["Condition"], source);
    statements(policy).any(|s| allowed(&s)) && !statements(policy).any(|s| denied(&s))
}

/// The services of AWS that the policy allows the action to, sorted.
pub(crate) fn services(policy: &Value, action: &str) -> Vec<String> {
    let allowed = statements(policy).filter(|s| s["Effect"] == "Allow" && names(&s["Action"], action));
    let mut services: Vec<String> =
        allowed.flat_map(|statement| words(at(statement, "/Principal/Service"))).map(ToOwned::to_owned).collect();
    services.sort();
    services.dedup();
    services
}

fn statements(policy: &Value) -> impl Iterator<Item = &Value> {
    let statement = &policy["Statement"];
    statement.as_array().map_or_else(|| std::slice::from_ref(statement), Vec::as_slice).iter()
}

/// The value at the JSON pointer; null if there is none.
fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// A text, or a list of texts.
fn words(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice).iter().filter_map(Value::as_str)
}

fn is_for(principal: &Value, service: &str) -> bool {
    principal == "*"
        || words(&principal["AWS"]).any(|who| who == "*")
        || words(&principal["Service"]).any(|who| who == service)
}

fn names(actions: &Value, action: &str) -> bool {
    words(actions).any(|pattern| wildcard(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase()))
}

/// Whether the conditions of an Allow let this source in.
fn admits(condition: &Value, source: Option<&str>) -> bool {
    let Some(source) = source else { return true };
    let about_source = ["ArnEquals", "ArnLike", "StringEquals", "StringLike"]
        .map(|test| at(condition, &format!("/{test}/aws:SourceArn")));
    about_source.into_iter().filter(|arns| !arns.is_null()).all(|arns| words(arns).any(|arn| wildcard(arn, source)))
}

/// Whether the conditions of a Deny keep this source out. A negated test holds where its key is missing, so a condition on
/// the principal, which a service has none of, keeps nobody in.
fn denies(condition: &Value, source: Option<&str>) -> bool {
    if condition.pointer("/Bool/aws:SecureTransport").is_some() {
        return false;
    }
    let spared = ["ArnNotEquals", "ArnNotLike", "StringNotEquals", "StringNotLike"]
        .map(|test| at(condition, &format!("/{test}/aws:SourceArn")));
    !spared.into_iter().flat_map(words).any(|arn| source.is_some_and(|source| wildcard(arn, source)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RULE: &str = "arn:aws:events:eu-central-1:111122223333:rule/plimsoll-ecr-scan";

    /// As `infra/modules/function/queue.tf` writes it.
    fn queue(rule: &str) -> Value {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
                "Condition": {"ArnEquals": {"aws:SourceArn": rule}, "StringEquals": {"aws:SourceAccount": "111122223333"}}},
            {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage",
                "Condition": {"ArnNotEquals": {"aws:SourceArn": [rule]}, "ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:root"]}}},
            {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            {"Effect": "Deny", "Principal": "*", "Action": ["sqs:ReceiveMessage"], "Condition": {"ArnNotLike": {"aws:PrincipalArn": []}}},
        ]})
    }

    #[test]
    fn a_rule_may_send_if_its_queue_names_it() {
        let may = |policy: &Value| allows(policy, "events.amazonaws.com", "sqs:SendMessage", Some(RULE));
        assert!(may(&queue(RULE)));
        assert!(!may(&queue("arn:aws:events:eu-central-1:111122223333:rule/other")));
        assert!(may(&queue("arn:aws:events:*:111122223333:rule/plimsoll-*")));
        assert!(!allows(&queue(RULE), "sns.amazonaws.com", "sqs:SendMessage", Some(RULE)));
        assert!(!may(&Value::Null));
        let denied =
            json!({"Statement": [queue(RULE)["Statement"][0], {"Effect": "Deny", "Principal": "*", "Action": "*"}]});
        assert!(!may(&denied));
        assert_eq!(services(&queue(RULE), "sqs:SendMessage"), ["events.amazonaws.com"]);
    }

    /// Whoever may write a policy must not be able to stop `doctor` with it.
    #[test]
    fn a_hostile_pattern_in_a_policy_ends() {
        let source = format!("arn:aws:events:eu-central-1:111122223333:rule/{}", "a".repeat(2_000));
        let policy = queue("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b");
        assert!(!allows(&policy, "events.amazonaws.com", "sqs:SendMessage", Some(&source)));
    }

    #[test]
    fn a_key_lets_services_in_by_name_and_not_by_its_account() {
        let policy = |services: &Value, action: &str| {
            json!({"Statement": [
                {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
                {"Effect": "Allow", "Principal": {"Service": services}, "Action": [action, "kms:Decrypt"], "Resource": "*"},
            ]})
        };
        let may = |policy: &Value| allows(policy, "events.amazonaws.com", "kms:GenerateDataKey", None);
        assert!(may(&policy(&json!(["sns.amazonaws.com", "events.amazonaws.com"]), "kms:GenerateDataKey*")));
        assert!(!may(&policy(&json!("sns.amazonaws.com"), "kms:GenerateDataKey*")));
        assert!(!may(&policy(&json!("events.amazonaws.com"), "kms:Encrypt")));
    }
}
