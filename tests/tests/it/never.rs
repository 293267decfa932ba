//! What no part of the suite does: delete what is open, or call what is paid for by the request when an event comes.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html>: only an attribute of type Number expires.

use std::{collections::BTreeMap, collections::BTreeSet, fs, path::Path, sync::Arc};

use plimsoll_app::{Clients, SOURCES as NAMES};
use plimsoll_aws::{DynamoStore, EXPIRES_AT};
use plimsoll_finding::Status;
use plimsoll_pipeline::{Record, Store};
use plimsoll_tests::{
    harness::{Harness, SOURCES},
    hostile_server::{Answer, HostileServer},
    samples::{root, samples},
};

/// Files below a folder of the workspace with that ending.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, ending: &str, files: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, ending, files);
            } else if path.to_string_lossy().ends_with(ending) {
                files.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut files = Vec::new();
    walk(&root().join(folder), ending, &mut files);
    assert!(!files.is_empty(), "there is no {ending} in {folder}");
    files
}

/// What each role of the suite may do, as `action kind-of-resource`; `terraform test` holds the roles against this list.
fn roles() -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(root().join("infra/suite/golden/roles.json")).unwrap();
    let roles: BTreeMap<String, Vec<String>> = serde_json::from_str(&text).unwrap();
    assert!(NAMES.iter().all(|name| roles.contains_key(*name)), "each source has a role");
    roles
}

/// A block of Terraform that lets items of a table expire.
fn lets_expire(terraform: &str) -> bool {
    terraform.lines().map(str::trim).any(|line| {
        line.replace(' ', "") == "ttl{" || line.starts_with("dynamic \"ttl\"") || line.contains("time_to_live")
    })
}

/// The calls of the SDK, the port or the embedded store that delete or let expire.
fn deletes(source: &str) -> Vec<&str> {
    const CALLS: [&str; 8] = [
        ".delete_item(",
        ".batch_write_item(",
        ".delete_table(",
        ".execute_statement(",
        "DeleteRequest",
        ".update_time_to_live(",
        "fn delete",
        "fn remove",
    ];
    CALLS.into_iter().filter(|call| source.contains(call)).collect()
}

#[test]
fn no_code_and_no_role_deletes_what_is_kept() {
    for folder in ["shared", "functions", "cli/src"] {
        for (path, source) in files(folder, ".rs") {
            assert_eq!(deletes(&source), Vec::<&str>::new(), "{path}");
        }
    }
    assert_eq!(deletes("table.delete_item().send()"), [".delete_item("]);
    for (role, actions) in roles() {
        for action in actions.iter().filter(|action| action.starts_with("dynamodb:")) {
            let writes = ![
                "dynamodb:Get",
                "dynamodb:BatchGet",
                "dynamodb:Query",
                "dynamodb:Scan",
                "dynamodb:Describe",
                "dynamodb:List",
            ]
            .iter()
            .any(|reads| action.starts_with(reads));
            assert!(!writes || action == "dynamodb:PutItem table", "{role} may {action}");
        }
    }
}

/// The table has one attribute by which an item can expire, and the next test shows which items have it.
#[test]
fn nothing_else_in_the_table_expires_by_itself() {
    for (path, text) in files("infra", ".tf") {
        let allowed = format!("  ttl {{\n    attribute_name = \"{EXPIRES_AT}\"\n    enabled        = true\n  }}\n");
        let rest = if path.ends_with("suite/state.tf") { text.replacen(&allowed, "", 1) } else { text };
        assert!(!lets_expire(&rest), "{path}");
    }
    assert!(lets_expire("  ttl {\n    attribute_name = \"expires\"\n  }"));
    assert!(lets_expire("dynamic \"ttl\" {"));
}

#[tokio::test]
async fn only_what_was_never_open_has_an_attribute_that_lets_it_expire() {
    let server = HostileServer::start(|request, _| {
        let operation = request.header("x-amz-target").unwrap_or_default();
        let empty = if operation.ends_with("Query") { r#"{"Items":[],"Count":0,"ScannedCount":0}"# } else { "{}" };
        Answer::Reply(200, vec![("Content-Type", "application/x-amz-json-1.0".to_owned())], empty.to_owned())
    })
    .unwrap();
    let clients = Clients::at(&server.url(), "eu-central-1");
    let names = NAMES.iter().copied().chain(["plimsoll", "alert-notifier", "readiness-digest", "evidence-collector"]);
    let mut bench = Harness::new("", &[]);
    bench.app.store = Arc::new(DynamoStore::new(&clients, "plimsoll-state", names)) as Arc<dyn Store>;
    for sample in samples().unwrap() {
        for summary in bench.app.handle(&sample.intake(), &SOURCES).await.unwrap() {
            assert!(!summary.failed(), "{sample}: {:?}", summary.reason);
        }
    }
    bench.app.digest(bench.app.clock.now()).await.unwrap();
    let (mut kinds, mut expiring) = (BTreeSet::new(), 0);
    for request in server.requests().iter().filter(|r| r.header("x-amz-target").is_some_and(|t| t.ends_with("PutItem")))
    {
        let item = request.json()["Item"].as_object().unwrap().clone();
        kinds.insert(item["pk"]["S"].as_str().unwrap().split('#').take(1).collect::<String>());
        if let Some(at) = item.get(EXPIRES_AT) {
            let body: serde_json::Value = serde_json::from_str(item["body"]["S"].as_str().unwrap()).unwrap();
            let record: Record = serde_json::from_value(body).unwrap();
            assert!(!record.was_ever_open() && record.status() == Status::Resolved, "{record:?}");
            assert!(record.cursors.is_empty() && record.transitions.is_empty() && record.answer.is_none());
            let seconds: i64 = at["N"].as_str().unwrap().parse().unwrap();
            assert!(
                seconds - bench.app.clock.now().as_second() >= 15 * 24 * 3600,
                "longer than any queue keeps a message"
            );
            expiring += 1;
        }
        for (name, value) in item {
            if name == EXPIRES_AT {
                continue;
            }
            let expires =
                ["ttl", "expir", "time_to_live", "delete"].iter().any(|word| name.to_lowercase().contains(word));
            assert!(!expires, "{name}");
            let number = value.as_object().unwrap().keys().any(|kind| kind != "S");
            assert!(!number || name == "rev", "{name} is {value}: only text, so that nothing can expire");
        }
    }
    assert!(expiring > 10, "{expiring} of the samples say only that all is well");
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["D", "F"], "findings and documents were written");
    let deleting = |request: &&plimsoll_tests::hostile_server::Request| {
        request.header("x-amz-target").is_some_and(|t| t.contains("Delete") || t.contains("Update"))
    };
    assert_eq!(server.requests().iter().filter(deleting).count(), 0);
}

/// Actions that AWS charges for by the request, by the query or by what is analysed.
/// <https://aws.amazon.com/aws-cost-management/aws-cost-explorer/pricing/>: $0.01 for each request.
fn paid(action: &str) -> bool {
    const PREFIXES: [&str; 15] = [
        "ce:",
        "athena:",
        "bedrock:",
        "comprehend:",
        "translate:",
        "cloudwatch:GetMetric",
        "cloudwatch:PutMetricData",
        "config:PutEvaluations",
        "config:StartConfigRulesEvaluation",
        "guardduty:StartMalwareScan",
        "inspector2:Create",
        "logs:StartQuery",
        "logs:StartLiveTail",
        "s3:SelectObjectContent",
        "securityhub:BatchImportFindings",
    ];
    let action = action.split(' ').next().unwrap_or_default();
    action.contains('*') || PREFIXES.iter().any(|prefix| action.starts_with(prefix))
}

#[test]
fn no_role_may_call_what_is_paid_for_by_the_request() {
    for (role, actions) in roles() {
        for action in actions {
            assert!(!paid(&action), "{role} may {action}");
        }
    }
    for action in ["ce:GetCostAndUsage *", "ce:*", "* *", "logs:StartQuery log-group", "cloudwatch:GetMetricData *"] {
        assert!(paid(action), "{action}");
    }
    assert!(!paid("dynamodb:ListStreams *"), "the resource may be any, the action may not");
}

/// Everything that a crate is linked with, by the lock file.
fn linked_with(lock: &toml::Table, name: &str) -> BTreeSet<String> {
    let packages = lock["package"].as_array().unwrap();
    let (mut found, mut waiting) = (BTreeSet::new(), vec![name.to_owned()]);
    while let Some(next) = waiting.pop() {
        for package in packages.iter().filter(|package| package["name"].as_str() == Some(&next)) {
            for dependency in package.get("dependencies").and_then(|d| d.as_array()).into_iter().flatten() {
                // `name`, or `name version` where there are several.
                let name = dependency.as_str().unwrap().split(' ').next().unwrap().to_owned();
                if found.insert(name.clone()) {
                    waiting.push(name);
                }
            }
        }
    }
    found
}

/// The zips of the functions that an event reaches hold no client for Cost Explorer, so that none could call it. The
/// collector, which a schedule starts, counts its paid requests.
#[test]
fn no_function_that_reads_events_is_linked_with_cost_explorer() {
    let lock: toml::Table = fs::read_to_string(root().join("Cargo.lock")).unwrap().parse().unwrap();
    let paid = ["aws-sdk-costexplorer", "aws-sdk-athena", "aws-sdk-pricing", "aws-sdk-cloudwatch"];
    for name in NAMES.iter().copied().chain(["alert-notifier", "readiness-digest"]) {
        let linked = linked_with(&lock, name);
        assert!(linked.contains("aws-sdk-dynamodb"), "{name}: {linked:?}");
        for client in paid {
            assert!(!linked.contains(client), "{name} is linked with {client}");
        }
    }
    assert!(linked_with(&lock, "evidence-collector").contains("aws-sdk-costexplorer"), "the test can see it");
}
