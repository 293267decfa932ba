//! The test bed refuses what AWS refuses when EventBridge publishes to a topic: a policy with a condition allows nothing.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions>

use anyhow::{Context as _, Result};
use plimsoll_tests::bed::{ACCOUNT, Bed, REGION};
use serde_json::{Value, json};

/// A rule whose target is a topic with this statement; why the event did not arrive, if it did not.
fn publish(bed: &Bed, name: &str, condition: &Value, key: Option<&str>) -> Result<Option<String>> {
    let topic = format!("arn:aws:sns:{REGION}:{ACCOUNT}:{name}");
    let mut statement = json!({
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish", "Resource": topic,
    });
    if !condition.is_null() {
        statement["Condition"] = condition.clone();
    }
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let mut form = vec![
        ("Action", "CreateTopic"),
        ("Name", name),
        ("Attributes.entry.1.key", "Policy"),
        ("Attributes.entry.1.value", policy.as_str()),
    ];
    if let Some(key) = key {
        form.extend([("Attributes.entry.2.key", "KmsMasterKeyId"), ("Attributes.entry.2.value", key)]);
    }
    bed.query("sns", REGION, &form)?;
    let pattern = json!({"source": ["aws.health"]}).to_string();
    bed.call("events", REGION, "AWSEvents.PutRule", &json!({"Name": name, "EventPattern": pattern}))?;
    let targets = json!({"Rule": name, "Targets": [{"Id": "topic", "Arn": topic}]});
    bed.call("events", REGION, "AWSEvents.PutTargets", &targets)?;
    let event = json!({
        "id": "e1", "source": "aws.health", "detail-type": "AWS Health Event", "time": "2026-11-02T09:00:00Z",
        "account": ACCOUNT, "region": REGION, "detail": {},
    });
    bed.control("DELETE", "calls", &Value::Null)?;
    bed.control("POST", "deliver", &event)?;
    bed.call("events", REGION, "AWSEvents.RemoveTargets", &json!({"Rule": name, "Ids": ["topic"]}))?;
    let calls = bed.control("GET", "calls", &Value::Null)?;
    let refused = calls.as_array().context("no calls")?.iter().find(|call| call["op"] == "(undelivered)").cloned();
    Ok(refused.map(|call| call["why"].as_str().unwrap_or_default().to_owned()))
}

/// A key whose policy lets EventBridge in, on that condition.
fn key(bed: &Bed, condition: &Value) -> Result<String> {
    let mut statement = json!({
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*",
    });
    if !condition.is_null() {
        statement["Condition"] = condition.clone();
    }
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let made = bed.call("kms", REGION, "TrentService.CreateKey", &json!({"Policy": policy}))?;
    made.pointer("/KeyMetadata/Arn").and_then(Value::as_str).map(ToOwned::to_owned).context("no key")
}

#[test]
fn eventbridge_publishes_to_a_topic_only_without_a_condition() -> Result<()> {
    let Some(bed) = Bed::for_test(&["--auth"])? else { return Ok(()) };
    assert_eq!(publish(&bed, "open", &Value::Null, None)?, None);
    let account = json!({"StringEquals": {"aws:SourceAccount": ACCOUNT}});
    let rule = json!({"ArnLike": {"aws:SourceArn": format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/*")}});
    for (name, condition) in [("by-account", &account), ("by-rule", &rule)] {
        let why = publish(&bed, name, condition, None)?;
        assert!(why.as_deref().is_some_and(|why| why.contains("no permission to publish")), "{name}: {why:?}");
        // The same on the key of a topic: "not supported for EventBridge-to-encrypted topics".
        let shut = key(&bed, condition)?;
        let why = publish(&bed, &format!("{name}-of-key"), &Value::Null, Some(&shut))?;
        assert!(why.as_deref().is_some_and(|why| why.contains("no permission to use the key")), "{name}: {why:?}");
    }
    let open = key(&bed, &Value::Null)?;
    assert_eq!(publish(&bed, "open-key", &Value::Null, Some(&open))?, None);
    Ok(())
}
