//! What Terraform and the code must agree on, and the settings of a function's queue without which events are lost.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
#![cfg(test)]

use std::{collections::BTreeSet, fs};

use plimsoll_app::variables;
use plimsoll_tests::samples::root;

/// The text of all Terraform files in a folder, without comments.
fn terraform(folder: &str) -> String {
    let mut paths: Vec<_> = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "tf"));
    paths.sort();
    let texts = paths.iter().map(|path| fs::read_to_string(path).unwrap());
    let lines: Vec<String> = texts
        .flat_map(|text| text.lines().map(ToOwned::to_owned).collect::<Vec<_>>())
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect();
    assert!(!lines.is_empty(), "{folder} has no Terraform");
    lines.join("\n")
}

/// Names of the form `PLIMSOLL_...` that are set: `NAME =`.
fn set(terraform: &str) -> BTreeSet<String> {
    let words = terraform.split(|c: char| !(c.is_ascii_uppercase() || c == '_' || c == '=' || c.is_whitespace()));
    words
        .filter_map(|text| text.split_once('=').map(|(name, _)| name.trim()))
        .filter_map(|name| name.split_whitespace().last())
        .filter(|name| name.starts_with("PLIMSOLL_"))
        .map(ToOwned::to_owned)
        .collect()
}

/// The value of an argument within a resource or data block: `resource "TYPE" "NAME"`.
fn argument(terraform: &str, block: &str, name: &str) -> Option<String> {
    let inside = terraform.split_once(&format!("{block} {{"))?.1.split("\n}").next()?;
    let line = inside.lines().find(|line| line.trim_start().split([' ', '=']).next() == Some(name))?;
    Some(line.split_once('=')?.1.trim().to_owned())
}

/// The number in `name = optional(number, 7)`.
fn default_of(terraform: &str, name: &str) -> u64 {
    let line = terraform.lines().find(|line| line.trim_start().starts_with(&format!("{name} "))).unwrap();
    line.split("optional(number, ").nth(1).unwrap().trim_end_matches(')').parse().unwrap()
}

#[test]
fn every_variable_that_is_set_is_read_and_every_one_that_is_needed_is_set() {
    let set = set(&terraform("infra/suite"));
    // A deployed function reads its configuration from the table, and has no file of its own.
    let needed = [variables::TABLE, variables::CHANNEL, variables::HEARTBEATS, variables::METRICS_NAMESPACE];
    assert_eq!(set, needed.map(ToOwned::to_owned).into());
    let logs = fs::read_to_string(root().join("shared/app/src/logs.rs")).unwrap();
    assert!(
        logs.contains(&format!("env::var(\"{}\")", variables::METRICS_NAMESPACE)),
        "read where metrics are written"
    );
    for name in [variables::TABLE, variables::CHANNEL, variables::HEARTBEATS] {
        let documented = fs::read_to_string(root().join("docs/configuration.md")).unwrap();
        assert!(documented.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn the_schedule_sends_the_heartbeat_that_the_functions_read() {
    let suite = terraform("infra/suite");
    let (source, detail_type) = plimsoll_pipeline::heartbeat::HEARTBEAT;
    let block = suite.split_once("eventbridge_parameters {").unwrap().1.split('}').next().unwrap();
    assert!(block.contains(&format!("source      = \"{source}\"")), "{block}");
    assert!(block.contains(&format!("detail_type = \"{detail_type}\"")), "{block}");
}

#[test]
fn a_queue_loses_nothing() {
    let module = terraform("infra/modules/function");
    let events = "resource \"aws_sqs_queue\" \"events\"";
    let mapping = "resource \"aws_lambda_event_source_mapping\" \"queue\"";
    assert_eq!(argument(&module, events, "visibility_timeout_seconds").as_deref(), Some("6 * var.timeout_seconds"));
    let answers = argument(&module, mapping, "function_response_types");
    assert_eq!(answers.as_deref(), Some("[\"ReportBatchItemFailures\"]"));
    let kept = |queue: &str| {
        argument(&module, &format!("resource \"aws_sqs_queue\" \"{queue}\""), "message_retention_seconds")
    };
    assert_eq!(kept("events").as_deref(), Some("var.queue.retention_days * 86400"));
    for queue in ["dead", "undelivered", "unstarted"] {
        assert_eq!(kept(queue).as_deref(), Some("var.queue.dead_letter_retention_days * 86400"), "{queue}");
    }
    assert!(default_of(&module, "dead_letter_retention_days") >= default_of(&module, "retention_days"));
}

#[test]
fn nothing_that_loses_events_is_set_anywhere() {
    for folder in ["infra/modules/function", "infra/suite"] {
        let text = terraform(folder);
        assert!(!text.contains("filter_criteria"), "{folder}: what a filter does not match is deleted from the queue");
        assert!(
            !text.contains("reserved_concurrent_executions"),
            "{folder}: throttled messages go to the dead letters"
        );
    }
    let module = terraform("infra/modules/function");
    let target = "resource \"aws_cloudwatch_event_target\" \"queue\"";
    assert!(argument(&module, target, "arn").is_some(), "the block can be read");
    assert_eq!(argument(&module, target, "role_arn"), None, "with a role EventBridge may fail on an encrypted queue");
}

/// The readers above see what they are asked for.
#[test]
fn the_readers_read() {
    let text = "resource \"a\" \"b\" {\n  visibility = 30\n}\nresource \"a\" \"c\" {\n  days = optional(number, 7)\n}";
    assert_eq!(argument(text, "resource \"a\" \"b\"", "visibility").as_deref(), Some("30"));
    assert_eq!(argument(text, "resource \"a\" \"b\"", "days"), None);
    assert_eq!(default_of(text, "days"), 7);
    let names = set("environment = merge(local.e, { PLIMSOLL_A = 1 })\n  PLIMSOLL_B     = x\n");
    assert_eq!(names, ["PLIMSOLL_A".to_owned(), "PLIMSOLL_B".to_owned()].into());
}
