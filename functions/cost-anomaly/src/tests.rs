mod budgets;
mod tables;

use std::path::Path;

use jiff::Timestamp;
use plimsoll_finding::{Category, Event, Finding, MoneyKind, Reading, Severity, Status, Unreadable, read_damaged};
use serde_json::{Value, json};

use crate::SOURCE;

fn now() -> Timestamp {
    "2026-10-31T12:00:00Z".parse().unwrap()
}

fn anomaly() -> Value {
    json!({
        "accountId": "111122223333", "accountName": "payments-prod",
        "anomalyId": "0d7f3b52-2c6e-4a8e-b8a9-5e1f7c3d9a21", "anomalyScore": {"currentScore": 0.61, "maxScore": 0.61},
        "anomalyStartDate": "2026-10-12", "anomalyEndDate": "2026-10-14",
        "dimensionValue": "Amazon Relational Database Service",
        "impact": {"maxImpact": 612.4, "totalActualSpend": 1534.56, "totalExpectedSpend": 300, "totalImpact": 1234.56, "totalImpactPercentage": 411.52},
        "monitorArn": "arn:aws:ce::111122223333:anomalymonitor/6b1e", "monitorName": "services",
        "rootCauses": [
            {"service": "Amazon Relational Database Service", "region": "eu-central-1", "linkedAccount": "444455556666",
             "linkedAccountName": "shop", "usageType": "EUC1-InstanceUsage:db.r7g.4xl", "impact": {"contribution": 900.5}}
        ],
        "anomalyDetailsLink": "https://console.aws.amazon.com/cost-management/home#/anomaly-detection/monitors/6b1e/anomalies/0d7f3b52"
    })
}

fn envelope(detail: &Value) -> Value {
    json!({
        "version": "0", "id": "9b7c5d11-3e42-4c6a-8a0f-61d2f4b8c7e3", "source": "aws.ce", "detail-type": "Anomaly Detected",
        "account": "111122223333", "region": "us-east-1", "time": "2026-10-15T04:30:00Z", "resources": [], "detail": detail
    })
}

fn with(edits: &[(&str, Value)]) -> Value {
    let mut value = envelope(&anomaly());
    for (pointer, new) in edits {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        value.pointer_mut(parent).unwrap()[key] = new.clone();
    }
    value
}

fn read(value: &Value) -> Result<Reading, Unreadable> {
    (SOURCE.read)(&Event::from_envelope(value, now()).unwrap())
}

fn only(reading: Result<Reading, Unreadable>) -> Finding {
    match reading {
        Ok(Reading::Findings(mut findings)) if findings.len() == 1 => findings.remove(0),
        other => panic!("{other:?}"),
    }
}

fn one(value: &Value) -> Finding {
    only(read(value))
}

fn bare(document: &Value) -> Finding {
    let (source, kind) = (SOURCE.recognise)(document).unwrap();
    only((SOURCE.read)(&Event::from_bare_detail(source, kind, document, now())))
}

fn fact<'a>(finding: &'a Finding, name: &str) -> Option<&'a str> {
    finding.facts.iter().find(|f| f.name == name).map(|f| f.value.as_str())
}

#[test]
fn an_anomaly_says_how_much_more_for_what() {
    let finding = one(&with(&[]));
    assert_eq!(finding.title, "USD 1,234.56 more than expected for Amazon Relational Database Service");
    assert_eq!((finding.status, finding.severity, finding.category), (Status::Open, Severity::High, Category::Cost));
    assert_eq!((finding.check.as_str(), finding.identity_rule.as_deref()), ("cost:anomaly", Some("cost:anomaly")));
    assert_eq!(finding.resource.id, "0d7f3b52-2c6e-4a8e-b8a9-5e1f7c3d9a21");
    assert_eq!((finding.account.as_str(), finding.region.as_str()), ("111122223333", ""));
    assert_eq!(finding.native_severity, None, "Cost Explorer has no severities");
    assert_eq!(finding.linked_accounts, ["444455556666"]);
    let money = finding.money.clone().unwrap();
    assert_eq!(
        (money.kind, money.unit.as_str(), money.amount.to_string()),
        (MoneyKind::Anomaly, "USD", "1234.56".to_owned())
    );
    for (name, value) in [
        ("More than expected", "USD 1,234.56 (+411.52 %)"),
        ("Spent", "USD 1,534.56"),
        ("Expected", "USD 300.00"),
        ("Since", "2026-10-12"),
        ("Until", "2026-10-14"),
        (
            "Root cause",
            "Amazon Relational Database Service, shop (444455556666), eu-central-1, EUC1-InstanceUsage:db.r7g.4xl, USD 900.50",
        ),
        ("Monitor", "services"),
    ] {
        assert_eq!(fact(&finding, name), Some(value));
    }
    assert!(finding.console_url.unwrap().ends_with("anomalies/0d7f3b52"));
}

#[test]
fn severity_follows_amount_and_share() {
    for (impact, share, expected) in [
        (json!(1000), json!(1), Severity::High),
        (json!("999.99"), json!(99.99), Severity::Medium),
        (json!(100), json!(null), Severity::Medium),
        (json!(99.99), json!(null), Severity::Low),
        (json!(10), json!(100), Severity::High),
        (json!(9.99), json!(4377.78), Severity::Low),
    ] {
        let finding = one(&with(&[
            ("/detail/impact/totalImpact", impact.clone()),
            ("/detail/impact/totalImpactPercentage", share.clone()),
        ]));
        assert_eq!(finding.severity, expected, "{impact} {share}");
    }
}

#[test]
fn only_what_costs_more_is_a_problem() {
    for (impact, status, title) in [
        (json!({"totalImpact": -50.0}), Status::Resolved, "USD 50.00 less than expected for X"),
        (
            json!({"totalImpact": "-1234.5", "totalImpactPercentage": "NaN"}),
            Status::Resolved,
            "USD 1,234.50 less than expected for X",
        ),
        (json!({"totalImpact": 0}), Status::Resolved, "X costs what was expected"),
        (json!({"totalImpact": 0.001}), Status::Resolved, "X costs what was expected"),
        (json!({"totalImpact": "NaN", "maxImpact": -3}), Status::Resolved, "USD 3.00 less than expected for X"),
        (
            json!({"totalImpact": "NaN", "totalActualSpend": 12, "totalExpectedSpend": 2, "maxImpact": 3}),
            Status::Open,
            "USD 10.00 more than expected for X",
        ),
        (json!({"totalImpact": "Infinity", "maxImpact": 7}), Status::Open, "USD 7.00 more than expected for X"),
    ] {
        let finding = one(&with(&[("/detail/impact", impact.clone()), ("/detail/dimensionValue", json!("X"))]));
        assert_eq!((finding.status, finding.title.as_str()), (status, title), "{impact}");
        assert_eq!(finding.remediation.is_some(), status == Status::Open, "{title}");
        assert!(
            finding.facts.iter().all(|f| !f.value.contains("NaN") && !f.value.starts_with("-USD")),
            "{:?}",
            finding.facts
        );
    }
    let less = one(&with(&[("/detail/impact", json!({"totalImpact": -50, "totalImpactPercentage": -7.81}))]));
    assert_eq!(
        (fact(&less, "Less than expected"), less.severity),
        (Some("USD 50.00 (-7.81 %)"), Severity::Informational)
    );
    assert!(read(&with(&[("/detail/impact", json!({"totalImpact": "NaN"}))])).is_err(), "no amount is no good news");
}

#[test]
fn an_answer_of_the_command_line_is_read_like_events() {
    let anomaly = |id: &str, impact: i32| {
        json!({"AnomalyId": id, "AnomalyStartDate": "2026-05-02", "AnomalyEndDate": "2026-05-03", "DimensionValue": "AWS Lambda",
               "RootCauses": [{"Service": "AWS Lambda", "LinkedAccount": "444455556666"}],
               "AnomalyScore": {"MaxScore": 0.2, "CurrentScore": 0.2}, "Impact": {"MaxImpact": impact, "TotalImpact": impact},
               "MonitorArn": "arn:aws:ce::111122223333:anomalymonitor/77aa"})
    };
    let answer = json!({"Anomalies": [anomaly("a-1", 40), anomaly("a-2", -4)], "NextPageToken": "x"});
    let (source, kind) = (SOURCE.recognise)(&answer).unwrap();
    let event = |document: &Value| Event::from_bare_detail(source, kind, document, now());
    let Ok(Reading::Findings(findings)) = (SOURCE.read)(&event(&answer)) else { panic!() };
    let statuses: Vec<_> = findings.iter().map(|f| (f.resource.id.as_str(), f.status, f.account.as_str())).collect();
    assert_eq!(statuses, [("a-1", Status::Open, "111122223333"), ("a-2", Status::Resolved, "111122223333")]);
    assert!(findings[0].console_url.as_deref().unwrap().ends_with("/monitors/77aa/anomalies/a-1"));
    assert!(matches!((SOURCE.read)(&event(&json!({"Anomalies": []}))), Ok(Reading::Ignored(_))));
    let budgets = json!({"Budgets": [{"BudgetName": "platform", "TimeUnit": "MONTHLY"}]});
    let (source, kind) = (SOURCE.recognise)(&budgets).unwrap();
    let reading = (SOURCE.read)(&Event::from_bare_detail(source, kind, &budgets, now()));
    assert!(matches!(reading, Ok(Reading::Ignored(reason)) if reason.contains("not an alert")));
}

#[test]
fn what_may_be_absent_may_be_absent() {
    let finding = one(&with(&[
        ("/detail/impact", json!({"maxImpact": 45.5})),
        ("/detail/rootCauses", json!([])),
        ("/detail/dimensionValue", json!(null)),
        ("/detail/anomalyEndDate", json!(null)),
        ("/detail/anomalyDetailsLink", json!({})),
    ]));
    assert_eq!(finding.title, "USD 45.50 more than expected for services");
    assert_eq!(fact(&finding, "Root cause"), None);
    assert_eq!(fact(&finding, "More than expected"), Some("USD 45.50"));
    assert_eq!(finding.linked_accounts, Vec::<String>::new());
    assert_eq!(
        finding.console_url.as_deref(),
        Some(
            "https://console.aws.amazon.com/cost-management/home#/anomaly-detection/monitors/6b1e/anomalies/0d7f3b52-2c6e-4a8e-b8a9-5e1f7c3d9a21"
        )
    );
}

#[test]
fn it_grows_and_stays_the_same_finding() {
    let later = one(&with(&[
        ("/id", json!("e2")),
        ("/time", json!("2026-10-16T04:30:00Z")),
        ("/detail/anomalyEndDate", json!("2026-10-15")),
        ("/detail/impact/totalImpact", json!(2000)),
    ]));
    assert_eq!(later.key(), one(&with(&[])).key());
    assert!(later.observed_at > one(&with(&[])).observed_at);
    let mut sns = anomaly();
    let value = sns.as_object_mut().unwrap().remove("dimensionValue").unwrap();
    sns["dimensionalValue"] = value;
    assert_eq!(bare(&sns).key(), later.key());
    assert_eq!(bare(&sns).title, one(&with(&[])).title);
    assert_eq!(bare(&sns).observed_at, now(), "without an envelope, the time of receipt");
    let document = json!({"Message": sns.to_string(), "Timestamp": "2026-10-15T05:00:00Z", "TopicArn": "arn:aws:sns:us-east-1:111122223333:cost"});
    assert_eq!(
        (bare(&document).key(), bare(&document).observed_at.to_string()),
        (later.key(), "2026-10-15T05:00:00Z".to_owned())
    );
}

#[test]
fn feedback_closes_it_unless_it_confirms() {
    let delivered = |word: &str| one(&with(&[("/detail/feedback", json!(word))]));
    assert_eq!((delivered("PLANNED_ACTIVITY").status, delivered("NO").status), (Status::Resolved, Status::Resolved));
    assert!(delivered("PLANNED_ACTIVITY").title.ends_with("marked as planned"));
    assert_eq!((delivered("YES").status, delivered("MAYBE").status), (Status::Open, Status::Open));
    assert_eq!(fact(&delivered("YES"), "Feedback"), Some("YES"));
}

#[test]
fn a_forged_link_and_hostile_text_go_nowhere() {
    let finding = one(&with(&[
        ("/detail/anomalyDetailsLink", json!("https://console.aws.amazon.com.evil.example/")),
        ("/detail/dimensionValue", json!("Team:<!channel>\u{202e}\u{1b}[31m")),
    ]));
    assert!(!finding.console_url.as_deref().unwrap().contains("evil"));
    assert!(fact(&finding, "Link").unwrap().contains("left out"));
    assert!(finding.title.ends_with("Team:<!channel>[31m"));
}

#[test]
fn many_root_causes_are_counted() {
    let causes: Vec<Value> =
        (1..=5).map(|n| json!({"service": format!("Service {n}"), "impact": {"contribution": n}})).collect();
    let finding = one(&with(&[("/detail/rootCauses", json!(causes))]));
    let named: Vec<_> = finding.facts.iter().filter(|f| f.name == "Root cause").map(|f| f.value.as_str()).collect();
    assert_eq!(named, ["Service 5, USD 5.00", "Service 4, USD 4.00", "Service 3, USD 3.00", "2 more"]);
}

#[test]
fn what_says_nothing_is_an_error() {
    for (pointer, value) in [
        ("/detail/anomalyId", json!(null)),
        ("/detail/impact", json!({"totalImpact": "much"})),
        ("/detail", json!("text")),
        ("/detail-type", json!("Anomaly Gone")),
    ] {
        assert!(read(&with(&[(pointer, value)])).is_err(), "{pointer}");
    }
}

#[test]
fn only_costs_are_recognised() {
    for value in [
        json!({"Message": "Your order has shipped", "Subject": "Order"}),
        json!({"Message": "{\"AlarmName\": \"AWS Budget\"}", "Subject": "ALARM"}),
        json!({"Message": {"a": "AWS Budget"}}),
        json!({"anomalyId": "x"}),
        json!("hello"),
        json!(""),
        json!(null),
        json!(["AWS Budget Notification"]),
    ] {
        assert_eq!((SOURCE.recognise)(&value), None, "{value}");
    }
    assert_eq!((SOURCE.recognise)(&anomaly()), Some(("aws.ce", "Anomaly Detected")));
}

fn sample(name: &str) -> Finding {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/cost-anomaly").join(name).with_extension("json");
    one(&serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

#[test]
fn the_stories_in_the_sample_events_close() {
    for [first, last] in [
        ["anomaly-day-one", "anomaly-was-planned"],
        ["anomaly-day-two-has-grown", "anomaly-was-planned"],
        ["anomaly-day-three-has-grown-more", "anomaly-was-planned"],
    ] {
        let (first, last) = (sample(first), sample(last));
        assert_eq!(first.key(), last.key(), "{}", first.title);
        assert!(first.status == Status::Open && last.status == Status::Resolved, "{}", first.title);
        assert!(first.observed_at < last.observed_at, "{}", first.title);
    }
}

#[test]
fn every_sample_event_is_read_or_refused_with_a_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/cost-anomaly");
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
    assert!(read_events >= 10, "only {read_events} events found");
}

#[test]
fn no_mutation_of_an_event_panics_or_silences_it() {
    let budget = json!({"id": "b", "source": "aws.budgets", "detail-type": "AWS Budgets Notification", "detail": budgets::notice(budgets::BLOCK)});
    let replacements = [json!(null), json!({}), json!(7), json!("x"), json!([])];
    let read = |original: &Value| {
        read_damaged(&SOURCE, original, &replacements, now(), |damage, reason| {
            panic!("{damage:?} silenced it: {reason}")
        })
    };
    let count: usize = [envelope(&anomaly()), budget].iter().map(read).sum();
    assert!(count > 150, "{count}");
}
