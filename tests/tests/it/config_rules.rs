//! The Config rules that the checklist reads exist in Terraform: `infra/remediation/governance` deploys each, or says why not.
//! <https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html>

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use plimsoll_tests::samples::root;
use serde::Deserialize;

#[derive(Deserialize)]
struct Catalogue {
    rules: BTreeMap<String, Rule>,
    left_out: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Rule {
    name: String,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

fn catalogue() -> Catalogue {
    let text = fs::read_to_string(root().join("infra/remediation/governance/rules.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Identifiers of the rules that the checklist names as `config:IDENTIFIER`.
fn read_by_the_checklist() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("shared/checklist/checklist.toml")).unwrap();
    let named = text.split("\"config:").skip(1).filter_map(|rest| rest.split('"').next());
    named.filter(|identifier| *identifier != "*").map(ToOwned::to_owned).collect()
}

#[test]
fn every_rule_that_the_checklist_reads_is_deployed_or_left_out_with_a_reason() {
    let (catalogue, read) = (catalogue(), read_by_the_checklist());
    assert!(read.len() > 20, "hardly any rule was found in the checklist: {read:?}");
    let missing: Vec<&String> = read
        .iter()
        .filter(|rule| !catalogue.rules.contains_key(*rule) && !catalogue.left_out.contains_key(*rule))
        .collect();
    assert!(
        missing.is_empty(),
        "rules.json of infra/remediation/governance has neither a rule nor a reason: {missing:?}"
    );
    assert!(catalogue.left_out.values().all(|reason| reason.ends_with('.')), "a reason is a sentence");
    assert!(catalogue.left_out.keys().all(|rule| !catalogue.rules.contains_key(rule)), "deployed and left out at once");
}

#[test]
fn every_required_parameter_has_a_value_and_no_name_stands_twice() {
    let catalogue = catalogue();
    for (identifier, rule) in &catalogue.rules {
        for parameter in &rule.required {
            let value = rule.parameters.get(parameter).map(String::as_str);
            assert!(value.is_some_and(|value| !value.is_empty()), "{identifier} needs {parameter}");
        }
    }
    let names: BTreeSet<&str> = catalogue.rules.values().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names.len(), catalogue.rules.len());
}
