mod tables;

use std::path::Path;

use jiff::Timestamp;
use plimsoll_finding::{Event, Finding, Reading, Severity, Status, Unreadable, read_damaged};
use serde_json::{Value, json};

use crate::SOURCE;

const RULE_ARN: &str = "arn:aws:config:eu-central-1:111122223333:config-rule/config-rule-k3v9xa";

fn now() -> Timestamp {
    "2026-10-31T12:00:00Z".parse().unwrap()
}

fn change() -> Value {
    json!({
        "version": "0", "id": "5f0c9a52-6d11-4f5e-9f43-2b6a1c0e7d01", "source": "aws.config",
        "detail-type": "Config Rules Compliance Change", "account": "111122223333", "region": "eu-central-1",
        "time": "2026-10-05T08:15:05Z", "resources": [],
        "detail": {
            "resourceId": "web/api", "resourceType": "AWS::ECR::Repository", "awsRegion": "eu-central-1",
            "awsAccountId": "111122223333", "configRuleName": "ecr-private-image-scanning-enabled",
            "configRuleARN": RULE_ARN, "messageType": "ComplianceChangeNotification", "recordVersion": "1.0",
            "notificationCreationTime": "2026-10-05T08:15:04.900Z",
            "newEvaluationResult": {
                "evaluationResultIdentifier": {
                    "evaluationResultQualifier": {
                        "configRuleName": "ecr-private-image-scanning-enabled",
                        "resourceType": "AWS::ECR::Repository", "resourceId": "web/api"
                    },
                    "orderingTimestamp": "2026-10-05T08:14:50.000Z"
                },
                "complianceType": "NON_COMPLIANT", "resultRecordedTime": "2026-10-05T08:15:04.123Z",
                "configRuleInvokedTime": "2026-10-05T08:15:03.800Z", "annotation": "Scan on push is off."
            }
        }
    })
}

fn with(edits: &[(&str, Value)]) -> Value {
    let mut value = change();
    for (pointer, new) in edits {
        *value.pointer_mut(pointer).unwrap() = new.clone();
    }
    value
}

fn read(value: &Value) -> Result<Reading, Unreadable> {
    (SOURCE.read)(&Event::from_envelope(value, now()).unwrap())
}

fn one(value: &Value) -> Finding {
    match read(value).unwrap() {
        Reading::Findings(mut findings) if findings.len() == 1 => findings.remove(0),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_name_that_says_nothing_has_its_kind_before_it() {
    for (kind, id, called) in [
        ("AWS::IAM::Role", "AROAEXAMPLEROLE7QXZ2K", "Role AROAEXAMPLEROLE7QXZ2K"),
        ("AWS::RDS::DBInstance", "db-5KQ3ZL7PEXAMPLE", "DB instance db-5KQ3ZL7PEXAMPLE"),
        ("AWS::WAFv2::WebACL", "shop", "Web ACL shop"),
        ("AWS::SNS::Topic", "alerts", "Topic alerts"),
        ("AWS::EC2::SecurityGroup", "sg-0a7d41c9e8b25f306", "sg-0a7d41c9e8b25f306"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "app/shop/3f2a", "app/shop/3f2a"),
        ("AWS::::Account", "111122223333", "Account 111122223333"),
    ] {
        let title = one(&with(&[("/detail/resourceType", json!(kind)), ("/detail/resourceId", json!(id))])).title;
        assert!(title.starts_with(&format!("{called} breaks Config rule")), "{title}");
    }
}

#[test]
fn a_breach_is_open_and_says_what_breaks_which_rule() {
    let finding = one(&change());
    assert_eq!(finding.title, "web/api breaks Config rule ecr-private-image-scanning-enabled");
    assert_eq!(finding.check, "config:ECR_PRIVATE_IMAGE_SCANNING_ENABLED");
    assert_eq!((finding.status, finding.severity), (Status::Open, Severity::Medium));
    assert!(finding.severity_is_default && !finding.not_applicable);
    assert_eq!((finding.resource.id.as_str(), finding.resource.kind.as_str()), ("web/api", "AWS::ECR::Repository"));
    assert_eq!(finding.observed_at, "2026-10-05T08:15:04.123Z".parse::<Timestamp>().unwrap());
    assert_eq!(
        finding.console_url.as_deref(),
        Some(
            "https://eu-central-1.console.aws.amazon.com/config/home?region=eu-central-1#/rules/details?configRuleName=ecr-private-image-scanning-enabled"
        )
    );
    assert!(finding.facts.iter().any(|f| f.name == "Why" && f.value == "Scan on push is off."));
    assert!(finding.remediation.is_some());
}

#[test]
fn each_answer_has_its_status() {
    let answer = |word: &str| with(&[("/detail/newEvaluationResult/complianceType", json!(word))]);
    let good = one(&answer("COMPLIANT"));
    assert_eq!(good.title, "web/api complies with Config rule ecr-private-image-scanning-enabled");
    assert!(good.status == Status::Resolved && !good.not_applicable && !good.parts[0].not_applicable);
    let gone = one(&answer("NOT_APPLICABLE"));
    assert_eq!(gone.title, "Config rule ecr-private-image-scanning-enabled no longer applies to web/api");
    assert!(gone.status == Status::Resolved && gone.not_applicable && gone.parts[0].not_applicable);
    assert_eq!(good.key(), one(&change()).key());
    assert_eq!(gone.key(), good.key());
    assert!(matches!(read(&answer("INSUFFICIENT_DATA")), Ok(Reading::Ignored(reason)) if reason.contains("web/api")));
    assert!(read(&answer("SOMETIMES")).unwrap_err().reason.contains("SOMETIMES"));
}

#[test]
fn copies_of_a_rule_are_parts_of_one_finding() {
    let full = "securityhub-ecr-private-image-scanning-enabled-4f2c9d1e";
    let copy = one(&with(&[
        ("/detail/configRuleName", json!(full)),
        (
            "/detail/configRuleARN",
            json!(
                "arn:aws:config:eu-central-1:111122223333:config-rule/aws-service-rule/securityhub.amazonaws.com/config-rule-w2s8mm"
            ),
        ),
        ("/detail/newEvaluationResult/complianceType", json!("COMPLIANT")),
    ]));
    let plain = one(&change());
    assert_eq!(copy.key(), plain.key());
    assert_eq!((copy.parts[0].id.as_str(), copy.parts[0].status), (full, Status::Resolved));
    assert_ne!(copy.parts[0].id, plain.parts[0].id, "the copy's pass does not overwrite the plain rule's failure");
    assert!(copy.facts.iter().any(|f| f.name == "Rule comes from" && f.value == "Security Hub"));
    assert!(copy.console_url.unwrap().ends_with(&format!("configRuleName={full}")));
}

#[test]
fn a_rule_that_is_made_anew_is_the_same_part() {
    let anew = one(&with(&[("/detail/configRuleARN", json!(format!("{RULE_ARN}2")))]));
    assert_eq!((anew.key(), &anew.parts), (one(&change()).key(), &one(&change()).parts));
}

#[test]
fn the_same_name_on_another_type_account_or_region_is_another_finding() {
    let base = one(&change()).key();
    for (pointer, value) in [
        ("/detail/resourceType", "AWS::ECS::Service"),
        ("/detail/awsAccountId", "444455556666"),
        ("/detail/awsRegion", "eu-west-3"),
        ("/detail/resourceId", "web/api "),
        ("/detail/configRuleName", "ecr-private-tag-immutability-enabled"),
    ] {
        assert_ne!(one(&with(&[(pointer, json!(value))])).key(), base, "{pointer}");
    }
}

#[test]
fn the_owner_in_the_detail_beats_the_envelope() {
    let finding = one(&with(&[("/account", json!("444455556666")), ("/region", json!("us-east-1"))]));
    assert_eq!((finding.account.as_str(), finding.region.as_str()), ("111122223333", "eu-central-1"));
    assert_eq!(finding.key(), one(&change()).key());
}

#[test]
fn accounts_and_arns_have_readable_names() {
    let account =
        one(&with(&[("/detail/resourceType", json!("AWS::::Account")), ("/detail/resourceId", json!("111122223333"))]));
    assert!(account.title.starts_with("Account 111122223333 breaks"));
    let arn = "arn:aws:ecs:eu-central-1:111122223333:task-definition/checkout:41";
    let task = one(&with(&[("/detail/resourceId", json!(arn))]));
    assert_eq!((task.resource.id.as_str(), task.resource.name.as_str()), (arn, "checkout:41"));
}

#[test]
fn hostile_text_is_cleaned_but_kept_readable() {
    let finding = one(&with(&[
        ("/detail/resourceId", json!("web\u{1b}[2J\u{202e}api\n<!channel>")),
        ("/detail/newEvaluationResult/annotation", json!("<http://evil.example|Console>\u{7}\nnow")),
    ]));
    assert_eq!(finding.title, "Repository web[2Japi <!channel> breaks Config rule ecr-private-image-scanning-enabled");
    assert!(finding.facts.iter().any(|f| f.value == "<http://evil.example|Console> now"));
    assert!(!finding.console_url.unwrap().contains("evil"));
}

#[test]
fn other_notifications_are_ignored_and_other_events_refused() {
    let item = with(&[("/detail/messageType", json!("ConfigurationItemChangeNotification"))]);
    assert!(matches!(read(&item), Ok(Reading::Ignored(_))));
    assert!(read(&with(&[("/detail-type", json!("Config Something New"))])).is_err());
    assert!(read(&with(&[("/detail", json!("not an object"))])).is_err());
}

#[test]
fn times_fall_back_one_by_one() {
    let at = |edits: &[(&str, Value)]| one(&with(edits)).observed_at.to_string();
    let recorded = ("/detail/newEvaluationResult/resultRecordedTime", json!("whenever"));
    assert_eq!(at(std::slice::from_ref(&recorded)), "2026-10-05T08:15:04.9Z");
    let created = ("/detail/notificationCreationTime", json!(null));
    assert_eq!(at(&[recorded.clone(), created.clone()]), "2026-10-05T08:15:05Z");
    assert_eq!(at(&[recorded, created, ("/time", json!(null))]), now().to_string());
}

#[test]
fn a_bare_detail_is_recognised_and_an_invocation_is_not() {
    let detail = change()["detail"].clone();
    let (source, kind) = (SOURCE.recognise)(&detail).unwrap();
    let event = Event::from_bare_detail(source, kind, &detail, now());
    assert!(matches!((SOURCE.read)(&event), Ok(Reading::Findings(f)) if f[0].key() == one(&change()).key()));
    let invocation = json!({"invokingEvent": "{}", "configRuleName": "x", "newEvaluationResult": {"a": 1}});
    for value in [invocation, json!({"configRuleName": "x"}), json!(null), json!([]), json!("x")] {
        assert_eq!((SOURCE.recognise)(&value), None, "{value}");
    }
}

/// The resource evaluated in a region, with that result.
fn evaluated(kind: &str, id: &str, rule: &str, region: &str, result: &str) -> Finding {
    one(&with(&[
        ("/detail/resourceType", json!(kind)),
        ("/detail/resourceId", json!(id)),
        ("/detail/configRuleName", json!(rule)),
        ("/detail/awsRegion", json!(region)),
        ("/region", json!(region)),
        ("/detail/newEvaluationResult/complianceType", json!(result)),
    ]))
}

#[test]
fn a_global_resource_is_one_finding_whatever_the_region() {
    for (kind, id, rule) in [
        ("AWS::IAM::User", "AIDAEXAMPLE", "iam-user-mfa-enabled"),
        ("AWS::CloudFront::Distribution", "E1EXAMPLE", "cloudfront-sni-enabled"),
        ("AWS::Route53::HostedZone", "Z1EXAMPLE", "route53-query-logging-enabled"),
        ("AWS::S3::Bucket", "reports-example", "s3-bucket-versioning-enabled"),
        ("AWS::::Account", "111122223333", "root-account-mfa-enabled"),
    ] {
        let here = evaluated(kind, id, rule, "us-east-1", "NON_COMPLIANT");
        let there = evaluated(kind, id, rule, "eu-west-1", "NON_COMPLIANT");
        assert_eq!((here.key(), here.region.as_str()), (there.key(), ""), "{kind}");
        assert_ne!(
            here.parts[0].id, there.parts[0].id,
            "the good answer of one region never hides the bad one of another"
        );
        assert!(here.facts.iter().any(|f| f.name == "Evaluated in" && f.value == "us-east-1"));
        assert!(here.console_url.unwrap().starts_with("https://us-east-1."), "{kind}");
        let good = evaluated(kind, id, rule, "us-east-1", "COMPLIANT");
        assert_eq!((good.key(), &good.parts[0].id), (there.key(), &here.parts[0].id));
    }
    let regional =
        |region: &str| evaluated("AWS::::Account", "111122223333", "macie-status-check", region, "NON_COMPLIANT");
    assert_ne!(regional("us-east-1").key(), regional("eu-west-1").key(), "Macie is switched on by region");
    assert_eq!(regional("eu-west-1").parts[0].id, "macie-status-check");
    let config_s_own_word = evaluated("AWS::IAM::User", "AIDAEXAMPLE", "iam-user-mfa-enabled", "global", "COMPLIANT");
    assert_eq!(config_s_own_word.region, "");
}

#[test]
fn the_alert_says_what_the_rule_wants() {
    let finding = evaluated(
        "AWS::Logs::LogGroup",
        "/app/web",
        "cw-loggroup-retention-period-check",
        "eu-west-1",
        "NON_COMPLIANT",
    );
    let fact = |name: &str| finding.facts.iter().find(|f| f.name == name).map(|f| f.value.as_str());
    assert_eq!(fact("The rule wants"), Some("The log group keeps its logs for at least the given number of days."));
    assert_eq!(fact("Rule parameters"), Some("MinRetentionTime, LogGroupNames"));
    assert!(finding.runbook.as_deref().unwrap().ends_with("#logs-and-alarms"));
    assert_eq!(finding.finding_type.as_deref(), Some("CW_LOGGROUP_RETENTION_PERIOD_CHECK"));
    let own = evaluated("AWS::Logs::LogGroup", "/app/web", "team-rule", "eu-west-1", "NON_COMPLIANT");
    assert!(own.facts.iter().all(|f| f.name != "The rule wants") && own.remediation.is_some());
}

#[test]
fn only_results_of_rules_are_recognised() {
    for kind in ["ConfigRulesEvaluationStarted", "ConfigurationSnapshotDeliveryFailed", "SomebodyElses"] {
        assert_eq!((SOURCE.recognise)(&json!({"messageType": kind})), None);
    }
}

#[test]
fn answers_of_the_command_line_are_read_like_events() {
    let result = |id: &str, result: &str| {
        json!({"EvaluationResultIdentifier": {"EvaluationResultQualifier":
                 {"ConfigRuleName": "alb-waf-enabled", "ResourceType": "AWS::ElasticLoadBalancingV2::LoadBalancer", "ResourceId": id}},
               "ComplianceType": result, "ResultRecordedTime": "2026-05-04T10:00:00+02:00", "Annotation": "No web ACL."})
    };
    let read = |answer: &Value| {
        let (source, kind) = (SOURCE.recognise)(answer).unwrap();
        (SOURCE.read)(&Event::from_bare_detail(source, kind, answer, now()))
    };
    let answer = json!({"EvaluationResults": [result("lb-1", "NON_COMPLIANT"), result("lb-2", "COMPLIANT")]});
    let Ok(Reading::Findings(findings)) = read(&answer) else { panic!() };
    assert_eq!((findings[0].status, findings[1].status), (Status::Open, Status::Resolved));
    assert_eq!(findings[0].observed_at.to_string(), "2026-05-04T08:00:00Z");
    assert_eq!((findings[0].account.as_str(), findings[0].region.as_str()), ("", ""));
    assert!(findings[0].facts.iter().any(|f| f.name == "Not named" && f.value.starts_with("account")));

    let arn = "arn:aws:elasticloadbalancing:eu-west-1:444455556666:loadbalancer/app/shop/1";
    let Ok(Reading::Findings(findings)) = read(&json!({"EvaluationResults": [result(arn, "NON_COMPLIANT")]})) else {
        panic!()
    };
    assert_eq!((findings[0].account.as_str(), findings[0].region.as_str()), ("444455556666", "eu-west-1"));

    let mut aggregate = result("lb-1", "NON_COMPLIANT");
    aggregate["AccountId"] = json!("444455556666");
    aggregate["AwsRegion"] = json!("eu-central-1");
    let Ok(Reading::Findings(findings)) = read(&json!({"AggregateEvaluationResults": [aggregate]})) else { panic!() };
    assert_eq!((findings[0].account.as_str(), findings[0].region.as_str()), ("444455556666", "eu-central-1"));

    for nothing in [json!({"EvaluationResults": []}), json!({"ComplianceByConfigRules": [{"ConfigRuleName": "x"}]})] {
        assert!(matches!(read(&nothing), Ok(Reading::Ignored(_))), "{nothing}");
    }
    assert!(read(&json!({"EvaluationResults": [{"ComplianceType": "COMPLIANT"}]})).is_err());
}

#[test]
fn a_resolved_result_with_an_old_date_is_dated_by_its_envelope() {
    let at = |result: &str, recorded: &str| {
        one(&with(&[
            ("/detail/newEvaluationResult/complianceType", json!(result)),
            ("/detail/newEvaluationResult/resultRecordedTime", json!(recorded)),
        ]))
        .observed_at
        .to_string()
    };
    let old = "2026-09-01T00:00:00Z";
    assert_eq!(at("NOT_APPLICABLE", old), "2026-10-05T08:15:05Z");
    assert_eq!(at("COMPLIANT", old), "2026-10-05T08:15:05Z");
    assert_eq!(at("NON_COMPLIANT", old), old);
    assert_eq!(at("COMPLIANT", "2026-10-05T08:14:00Z"), "2026-10-05T08:14:00Z");
}

fn sample(name: &str) -> Finding {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/config-rule").join(name).with_extension("json");
    one(&serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

#[test]
fn the_stories_in_the_sample_events_close() {
    for [first, last] in [
        ["ecr-scanning-switched-off", "ecr-scanning-on-again"],
        ["security-hub-copy-says-the-same", "security-hub-copy-satisfied-too"],
        ["ssh-open-at-first-evaluation", "ssh-closed-again"],
        ["told-by-the-administrator-account", "ecr-scanning-on-again"],
    ] {
        let (first, last) = (sample(first), sample(last));
        assert_eq!(first.key(), last.key(), "{}", first.title);
        assert!(first.status == Status::Open && last.status == Status::Resolved, "{}", first.title);
        assert!(first.observed_at < last.observed_at, "{}", first.title);
    }
}

#[test]
fn every_sample_event_is_read_or_refused_with_a_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/config-rule");
    let mut read_events = 0;
    for file in std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()) {
        // What people paste has a wrapping; `tests/tests/it/corpus.rs` takes it out of it.
        let is_pasted = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pasted-"));
        if is_pasted || file.extension().is_none_or(|e| e != "json") {
            continue;
        }
        let value: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let envelopes = value.as_array().cloned().unwrap_or_else(|| vec![value]);
        for event in envelopes.iter().filter_map(|v| Event::from_envelope(v, now())) {
            read_events += 1;
            let reading = (SOURCE.read)(&event);
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            assert_eq!(reading.is_err(), name.starts_with("unreadable-"), "{name}: {reading:?}");
            if let Ok(Reading::Findings(findings)) = reading {
                assert!(!findings.is_empty() && findings.iter().all(|f| !f.title.is_empty()), "{name}");
            }
        }
    }
    assert!(read_events >= 30, "only {read_events} events found");
}

#[test]
fn no_mutation_of_an_event_panics_or_passes_silently() {
    let replacements = [json!(null), json!({}), json!(7), json!("x"), json!([])];
    let count = read_damaged(&SOURCE, &change(), &replacements, now(), |damage, reason| {
        assert!(damage.pointer.ends_with("messageType"), "{damage:?}: {reason}");
    });
    assert!(count > 100, "{count}");
}
