//! Every function's event pattern against every sample event, with our own EventBridge matcher.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>

use std::{collections::BTreeMap, fs};

use plimsoll_finding::{Reading, Status};
use plimsoll_tests::{
    event_pattern::{MAX_PATTERN_CHARACTERS, Pattern},
    samples::{Envelope, SOURCES, envelopes, root},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Room for the accounts that Terraform adds to each pattern: twelve digits, quotes and a comma for twenty of them.
const ROOM_FOR_ACCOUNTS: usize = 320;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    rule: String,
    #[serde(default)]
    pattern: Value,
    #[serde(default)]
    matches: Vec<Value>,
    #[serde(default)]
    misses: Vec<Value>,
    refused: Option<Value>,
    #[serde(default)]
    because: String,
}

#[test]
fn the_matcher_keeps_the_documented_rules() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("pattern-cases.json")).unwrap();
    assert!(cases.len() >= 90, "only {} cases", cases.len());
    for Case { rule, pattern, matches, misses, refused, because } in cases {
        if let Some(refused) = refused {
            let error = Pattern::from_value(&refused).expect_err(&rule).to_string();
            assert!(!because.is_empty() && error.contains(&because), "{rule}: {error}");
            continue;
        }
        let pattern = Pattern::from_value(&pattern).unwrap_or_else(|error| panic!("{rule}: {error}"));
        assert!(
            !matches.is_empty() && !misses.is_empty(),
            "{rule}: a rule needs an event that matches and one that misses"
        );
        for event in matches {
            assert!(pattern.matches(&event), "{rule}: {event} must match");
        }
        for event in misses {
            assert!(!pattern.matches(&event), "{rule}: {event} must not match");
        }
    }
}

#[test]
fn a_pattern_that_multiplies_out_too_far_is_refused() {
    let or = |n: usize| json!((0..n).map(|i| json!({ format!("f{i}"): [1] })).collect::<Vec<_>>());
    let pattern = |n| json!({"a": {"$or": or(10)}, "b": {"$or": or(10)}, "c": {"$or": or(n)}});
    assert!(Pattern::from_value(&pattern(10)).is_ok());
    assert!(Pattern::from_value(&pattern(11)).unwrap_err().to_string().contains("1000 combinations"));
    assert!(Pattern::parse("{\"source\": [\"aws.ecr\"],}").unwrap_err().to_string().contains("not JSON"));
}

fn file_of(function: &str) -> String {
    format!("infra/suite/patterns/{function}.json")
}

/// The pattern of every function, as Terraform reads it.
fn patterns() -> BTreeMap<&'static str, Pattern> {
    let mut patterns = BTreeMap::new();
    let mut faults = Vec::new();
    for source in SOURCES {
        let file = file_of(source.name);
        match fs::read_to_string(root().join(&file)).map_err(|e| e.to_string()) {
            Err(error) => faults.push(format!("{file} is missing: {error}")),
            Ok(text) => match Pattern::parse(&text) {
                Err(error) => faults.push(format!("EventBridge would refuse {file}: {error}")),
                Ok(pattern) => drop(patterns.insert(source.name, pattern)),
            },
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    patterns
}

/// The envelopes that their function reads: what it would quarantine need not reach it.
fn readable() -> Vec<(Envelope, Reading)> {
    let read = |e: Envelope| (e.source.read)(&e.delivery.event).ok().map(|reading| (e, reading));
    envelopes().unwrap().into_iter().filter_map(read).collect()
}

#[test]
fn every_sample_event_reaches_its_own_function_and_no_other() {
    let patterns = patterns();
    let mut reached: BTreeMap<&str, usize> = BTreeMap::new();
    for (envelope, reading) in readable() {
        for (function, pattern) in &patterns {
            let is_own = *function == envelope.source.name;
            // An event that the function would ignore may be filtered out.
            if is_own && matches!(reading, Reading::Findings(_)) {
                assert!(pattern.matches(&envelope.json), "{} must match {}", envelope.origin, file_of(function));
                *reached.entry(function).or_default() += 1;
            } else if !is_own {
                assert!(!pattern.matches(&envelope.json), "{} must not match {}", envelope.origin, file_of(function));
            }
        }
    }
    for source in SOURCES {
        assert!(reached.get(source.name).is_some_and(|n| *n >= 10), "too few samples for {}: {reached:?}", source.name);
    }
}

#[test]
fn a_heartbeat_reaches_every_function() {
    let (source, detail_type) = plimsoll_pipeline::heartbeat::HEARTBEAT;
    for (function, pattern) in patterns() {
        let event =
            |source: &str, kind: &str| json!({"source": source, "detail-type": kind, "detail": {"bus": "default"}});
        assert!(pattern.matches(&event(source, detail_type)), "{function}");
        assert!(!pattern.matches(&event(source, "Channel Health")), "{function} takes our other events");
        assert!(!pattern.matches(&event("aws.ecr", detail_type)), "{function} mixes the alternatives");
    }
}

#[test]
fn every_kind_that_a_function_reads_is_in_its_pattern() {
    // These come by SNS without an envelope, and the names are ours.
    const NOT_BY_RULE: [(&str, &str); 2] =
        [("aws.backup", "Backup Notification"), ("aws.budgets", "AWS Budgets Notification")];
    let patterns = patterns();
    for source in SOURCES {
        for kind in source.kinds {
            let (event_source, detail_type) = *kind;
            let event = json!({"source": event_source, "detail-type": detail_type, "detail": {}});
            for (function, pattern) in &patterns {
                let expected = *function == source.name && !NOT_BY_RULE.contains(kind);
                let matches = pattern.matches(&event);
                // A pattern that looks into `detail` does not match an empty one; the samples prove those.
                let text = fs::read_to_string(root().join(file_of(function))).unwrap();
                if !expected || !text.contains("\"detail\"") {
                    assert_eq!(matches, expected, "`{detail_type}` from `{event_source}` and {}", file_of(function));
                }
                assert!(
                    !expected || text.contains(&format!("\"{detail_type}\"")),
                    "`{detail_type}` is not in {}",
                    file_of(function)
                );
            }
        }
    }
    for (function, pattern) in &patterns {
        for event in [json!({}), json!({"source": "aws.macie", "detail-type": "Macie Finding", "detail": {}})] {
            assert!(!pattern.matches(&event), "{} is too wide: it takes {event}", file_of(function));
        }
    }
}

#[test]
fn events_that_close_a_finding_are_never_filtered_out() {
    let patterns = patterns();
    let mut closing: BTreeMap<&str, usize> = BTreeMap::new();
    for (envelope, reading) in readable() {
        let Reading::Findings(findings) = reading else { continue };
        let statements: Vec<_> = findings.iter().flat_map(plimsoll_finding::Finding::statements).collect();
        if statements.iter().any(|s| s.status == Status::Resolved) {
            let function = envelope.source.name;
            assert!(
                patterns[function].matches(&envelope.json),
                "{} closes a finding, and {} drops it",
                envelope.origin,
                file_of(function)
            );
            *closing.entry(function).or_default() += 1;
        }
    }
    assert_eq!(closing.len(), SOURCES.len(), "every function needs a sample that closes: {closing:?}");
}

/// The words by which each service says that something is over, put into an envelope of each kind.
#[test]
fn the_words_that_close_pass_every_pattern() {
    let patterns = patterns();
    let closing = [
        ("ecr-scan", "aws.ecr", "ECR Image Scan", json!({"scan-status": "COMPLETE", "repository-name": "web"})),
        (
            "ecr-scan",
            "aws.ecr",
            "ECR Scan Resource Change",
            json!({"action-type": "SCAN_FREQUENCY_CHANGE", "repositories": [{"scan-frequency": "SCAN_ON_PUSH"}]}),
        ),
        ("ecr-scan", "aws.inspector2", "Inspector2 Finding", json!({"status": "CLOSED", "severity": "LOW"})),
        ("ecr-scan", "aws.inspector2", "Inspector2 Finding", json!({"status": "SUPPRESSED", "severity": "UNTRIAGED"})),
        (
            "ecr-scan",
            "aws.inspector2",
            "Inspector2 Scan",
            json!({"scan-status": "INITIAL_SCAN_COMPLETE", "finding-severity-counts": {"TOTAL": 0}}),
        ),
        ("ecr-scan", "aws.inspector2", "Inspector2 Coverage", json!({"scanStatus": {"statusCodeValue": "ACTIVE"}})),
        (
            "config-rule",
            "aws.config",
            "Config Rules Compliance Change",
            json!({"newEvaluationResult": {"complianceType": "COMPLIANT"}}),
        ),
        (
            "config-rule",
            "aws.config",
            "Config Rules Compliance Change",
            json!({"newEvaluationResult": {"complianceType": "NOT_APPLICABLE"}}),
        ),
        (
            "guardduty-finding",
            "aws.guardduty",
            "GuardDuty Finding",
            json!({"severity": 0.5, "service": {"archived": true}}),
        ),
        (
            "guardduty-finding",
            "aws.guardduty",
            "GuardDuty Runtime Protection Healthy",
            json!({"currentStatus": "HEALTHY"}),
        ),
        (
            "guardduty-finding",
            "aws.guardduty",
            "GuardDuty Malware Protection Object Scan Result",
            json!({"scanResultDetails": {"scanResultStatus": "NO_THREATS_FOUND"}}),
        ),
        (
            "guardduty-finding",
            "aws.guardduty",
            "GuardDuty Malware Protection Resource Status Active",
            json!({"resourceStatus": "ACTIVE"}),
        ),
        ("backup-job", "aws.backup", "Backup Job State Change", json!({"state": "COMPLETED"})),
        ("backup-job", "aws.backup", "Copy Job State Change", json!({"state": "COMPLETED"})),
        ("backup-job", "aws.backup", "Restore Job State Change", json!({"status": "COMPLETED"})),
        ("backup-job", "aws.backup", "Recovery Point State Change", json!({"status": "COMPLETED"})),
        ("backup-job", "aws.backup", "Backup Vault State Change", json!({"state": "CREATED"})),
        (
            "backup-job",
            "aws.backup",
            "Region Setting State Change",
            json!({"ResourceTypeOptInPreference": {"EFS": "true"}}),
        ),
        (
            "backup-job",
            "aws.backup",
            "Scan Job State Change",
            json!({"state": "COMPLETED", "scanResult": {"scanResultStatus": "NO_THREATS_FOUND"}}),
        ),
        ("backup-job", "aws.backup", "Recovery Point Index State Change", json!({"indexStatus": "ACTIVE"})),
        (
            "cost-anomaly",
            "aws.ce",
            "Anomaly Detected",
            json!({"feedback": "PLANNED_ACTIVITY", "impact": {"totalImpact": 0}}),
        ),
    ];
    for (function, source, detail_type, detail) in closing {
        let event = json!({"source": source, "detail-type": detail_type, "account": "111122223333", "detail": detail});
        assert!(patterns[function].matches(&event), "{} drops {event}", file_of(function));
    }
}

#[test]
fn every_pattern_fits_with_the_accounts_that_terraform_adds() {
    for source in SOURCES {
        let value: Value =
            serde_json::from_str(&fs::read_to_string(root().join(file_of(source.name))).unwrap()).unwrap();
        let characters = value.to_string().chars().count();
        let file = file_of(source.name);
        assert!(characters + ROOM_FOR_ACCOUNTS <= MAX_PATTERN_CHARACTERS, "{file} has {characters} characters");
        assert!(value.get("account").is_none(), "{file}: the accounts are Terraform's");
        let bounded = Pattern::from_value(&with_account(&value)).unwrap();
        let foreign = json!({"source": source.kinds[0].0, "detail-type": source.kinds[0].1, "account": "444455556666", "detail": {}});
        assert!(!bounded.matches(&foreign), "{file} with an account takes events of another one");
    }
}

fn with_account(pattern: &Value) -> Value {
    let mut pattern = pattern.clone();
    pattern["account"] = json!(["111122223333"]);
    pattern
}

#[test]
fn the_patterns_that_bypass_our_code_are_valid() {
    let folder = root().join("infra/suite/patterns/direct");
    for entry in fs::read_dir(&folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if let Err(error) = Pattern::parse(&fs::read_to_string(&path).unwrap()) {
            panic!("EventBridge would refuse {}: {error}", path.display());
        }
    }
}

/// Rules that people published and that never fire, or fire wrong; beside each the one that was meant.
mod rules_in_the_wild {
    use super::*;

    fn pattern(pattern: &Value) -> Pattern {
        Pattern::from_value(pattern).unwrap()
    }

    /// The first envelope of a sample file.
    fn sample(file: &str) -> Value {
        let found = envelopes().unwrap().into_iter().find(|e| e.origin.contains(file));
        found.unwrap_or_else(|| panic!("no envelope in {file}")).json
    }

    /// The rule does not match the event that it was written for, and the right one does.
    fn never_fires(wrong: &Value, right: &Value, event: &Value) {
        assert!(!pattern(wrong).matches(event), "{wrong} matches {event}");
        assert!(pattern(right).matches(event), "{right} does not match {event}");
    }

    #[test]
    fn an_ecs_deployment_has_neither_a_status_nor_a_cluster() {
        let event = json!({
            "source": "aws.ecs", "detail-type": "ECS Deployment State Change",
            "resources": ["arn:aws:ecs:eu-central-1:111122223333:service/shop/cart"],
            "detail": {"eventType": "ERROR", "eventName": "SERVICE_DEPLOYMENT_FAILED", "deploymentId": "ecs-svc/7", "reason": "circuit breaker"},
        });
        let right = json!({"detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]}});
        never_fires(&json!({"detail": {"deploymentStatus": ["COMPLETED", "FAILED"]}}), &right, &event);
        never_fires(&json!({"detail": {"clusterArn": [{"exists": true}]}}), &right, &event);
        let star = "arn:aws:ecs:*:111122223333:service/shop/*";
        never_fires(&json!({"resources": [star]}), &json!({"resources": [{"wildcard": star}]}), &event);
    }

    #[test]
    fn a_restore_is_no_backup_and_has_a_status() {
        let event = sample("backup-job/restore-failed.json");
        let backup = json!({"detail-type": ["Backup Job State Change"], "detail": {"state": ["FAILED"]}});
        let state = json!({"detail-type": ["Restore Job State Change"], "detail": {"state": ["FAILED"]}});
        let right = json!({"detail-type": ["Restore Job State Change"], "detail": {"status": ["FAILED"]}});
        never_fires(&backup, &right, &event);
        never_fires(&state, &right, &event);
    }

    #[test]
    fn a_backup_also_fails_when_it_expires_is_partial_or_has_issues() {
        let wrong = json!({"source": ["aws.backup"], "detail": {"state": ["FAILED", "ABORTED"]}});
        let right = json!({"source": ["aws.backup"], "detail": {"state": ["FAILED", "ABORTED", "EXPIRED", "PARTIAL", "COMPLETED"]}});
        for file in ["backup-expired.json", "backup-partial.json", "backup-completed-with-issues.json"] {
            never_fires(&wrong, &right, &sample(file));
        }
    }

    #[test]
    fn a_severity_between_the_listed_ones_is_missed() {
        let event = sample("guardduty-finding/severity-with-a-fraction.json");
        let tenths: Vec<f64> = (70..=100).map(|tenth| f64::from(tenth) / 10.0).collect();
        let right = json!({"detail": {"severity": [{"numeric": [">=", 7]}]}});
        never_fires(&json!({"detail": {"severity": [7, 8, 9, 10]}}), &right, &event);
        never_fires(&json!({"detail": {"severity": tenths}}), &right, &event);
    }

    #[test]
    fn a_value_without_its_list_is_refused() {
        let error = Pattern::from_value(&json!({"source": ["aws.ce"], "detail-type": "Anomaly Detected"})).unwrap_err();
        assert_eq!(error.field, "detail-type");
    }

    #[test]
    fn a_filter_on_critical_counts_never_lets_an_image_be_clean() {
        let rule = pattern(&json!({"detail": {"finding-severity-counts": {"CRITICAL": [{"numeric": [">", 0]}]}}}));
        assert!(rule.matches(&sample("ecr-scan/image-scan-critical.json")));
        for clean in ["image-scan-clean.json", "image-scan-clean-null-counts.json", "image-scan-after-failure.json"] {
            assert!(!rule.matches(&sample(clean)), "{clean}");
        }
    }

    #[test]
    fn a_filter_on_severity_drops_closes_or_alerts_on_them() {
        let closed = sample("ecr-scan/inspector-finding-closed.json");
        let without_status = pattern(&json!({"detail": {"severity": ["CRITICAL", "HIGH"]}}));
        assert!(without_status.matches(&closed), "an alert at the close");
        assert!(!without_status.matches(&sample("inspector-finding-untriaged.json")));
        let only_active = pattern(&json!({"detail": {"severity": ["CRITICAL", "HIGH"], "status": ["ACTIVE"]}}));
        assert!(!only_active.matches(&closed), "no close at all");
    }

    #[test]
    fn an_invented_shape_of_config_matches_nothing() {
        let event = sample("config-rule/ecr-scanning-switched-off.json");
        let right = json!({"detail": {"newEvaluationResult": {"complianceType": ["NON_COMPLIANT"]}}});
        for wrong in [
            json!({"detail": {"configRuleNames": ["ecr-private-image-scanning-enabled"]}}),
            json!({"resources": [{"prefix": "arn:aws:"}]}),
            json!({"detail": {"configurationItem": {"resourceType": ["AWS::ECR::Repository"]}}}),
            json!({"detail": {"complianceType": ["NON_COMPLIANT"]}}),
        ] {
            never_fires(&wrong, &right, &event);
        }
    }

    #[test]
    fn codedeploy_says_success_and_failure() {
        for (state, api) in [("SUCCESS", "SUCCEEDED"), ("FAILURE", "FAILED")] {
            let event = json!({
                "source": "aws.codedeploy", "detail-type": "CodeDeploy Deployment State-change Notification",
                "detail": {"application": "shop", "deploymentGroup": "blue-green", "deploymentId": "d-000000001", "state": state},
            });
            never_fires(&json!({"detail": {"state": [api]}}), &json!({"detail": {"state": [state]}}), &event);
        }
    }
}
