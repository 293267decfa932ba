//! The JSON Schema of `plimsoll.toml`, by which editors complete it: it accepts what the program accepts.

use std::fs;

use plimsoll_app::{Config, validate_config};
use plimsoll_tests::samples::root;
use serde_json::{Value, json};

fn is_valid(instance: &Value) -> bool {
    let schema = serde_json::to_value(schemars::schema_for!(Config)).expect("a schema is JSON");
    jsonschema::validator_for(&schema).expect("it is a schema").is_valid(instance)
}

/// The first TOML block of a page.
fn example(page: &str) -> String {
    let text = fs::read_to_string(root().join(page)).expect(page);
    let block = text.split("```toml\n").nth(1).expect("a block of TOML");
    block.split("```").next().expect("its end").to_owned()
}

#[test]
fn the_examples_of_the_documentation_are_valid() {
    for page in ["README.md", "docs/configuration.md"] {
        let text = example(page);
        validate_config(&text, &[]).unwrap_or_else(|faults| panic!("{page}: {faults:#?}"));
        let instance: Value = toml::from_str(&text).expect(page);
        assert!(is_valid(&instance), "{page}");
    }
}

#[test]
fn the_schema_refuses_what_the_program_refuses() {
    assert!(is_valid(&json!({})));
    for instance in [
        json!({"chanels": {}}),
        json!({"channels": {"slack": {"kind": "irc"}}}),
        json!({"routes": [{"name": "r", "channels": ["slack"], "match": {"severity_from": "awful"}}]}),
        json!({"channels": {"slack": {"kind": "slack-bot", "token": {"value": "xoxb-in-the-file"}}}}),
    ] {
        assert!(!is_valid(&instance), "{instance}");
        assert!(is_refused(&instance), "{instance}");
    }
    // A schema cannot say which names a table of targets may have; the program can.
    assert!(is_refused(&json!({"targets": {"beauty": 90}})));
}

fn is_refused(instance: &Value) -> bool {
    validate_config(&toml::to_string(instance).expect("TOML"), &[]).is_err()
}
