//! `plimsoll doctor --before`: the real program against something that plays AWS, with everything on, everything off, some
//! of it denied, and answers that are none.

use std::process::{Command, Output, Stdio};

use plimsoll_collector::prerequisites::{actions_of, kinds};
use plimsoll_tests::{
    hostile_server::{Answer, HostileServer, Request},
    samples::root,
};
use serde_json::{Value, json};

use super::programs::program_path;

const NAMES: [&str; 7] =
    ["ECR scanning", "AWS Config", "GuardDuty", "AWS Backup", "Cost anomalies", "CloudTrail", "Lambda quota"];

fn reply(body: &Value) -> Answer {
    Answer::body(200, &body.to_string())
}

fn denied(action: &str) -> Answer {
    let user = "arn:aws:sts::111122223333:assumed-role/readonly/ana";
    let words =
        format!("User: {user} is not authorized to perform: {action} on resource: * because no policy allows it");
    Answer::body(400, &json!({"__type": "AccessDeniedException", "message": words}).to_string())
}

/// The operation that a request asks for, and for Cloud Control the type. The script sees a body without its last byte.
fn operation(request: &Request) -> String {
    let body: Value = serde_json::from_str(&format!("{}}}", request.body)).unwrap_or_default();
    let operation = request.header("x-amz-target").and_then(|target| target.rsplit('.').next());
    match (operation, body["TypeName"].as_str()) {
        (Some(operation), Some(kind)) => format!("{operation} {kind}"),
        (Some(operation), None) => operation.to_owned(),
        (None, _) if request.body.contains("GetCallerIdenti") => "GetCallerIdentity".to_owned(),
        (None, _) => request.path.split('?').next().unwrap_or_default().trim_end_matches('/').to_owned(),
    }
}

fn identity() -> Answer {
    Answer::body(
        200,
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account><UserId>u</UserId>\
         <Arn>arn:aws:sts::111122223333:assumed-role/readonly/ana</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>",
    )
}

fn described(properties: &Value) -> Answer {
    reply(&json!({"ResourceDescription": {"Identifier": "one", "Properties": properties.to_string()}}))
}

/// An account in which everything is on, as AWS answers.
fn all_on(operation: &str) -> Answer {
    match operation {
        "GetCallerIdentity" => identity(),
        list if list.starts_with("ListResources") => reply(&json!({"ResourceDescriptions": [{"Identifier": "one"}]})),
        "GetResource AWS::ECR::RegistryScanningConfiguration" => described(&json!({"ScanType": "ENHANCED", "Rules": [
            {"ScanFrequency": "CONTINUOUS_SCAN", "RepositoryFilters": [{"Filter": "*", "FilterType": "WILDCARD"}]}]})),
        "GetResource AWS::Backup::BackupPlan" => described(&json!({"BackupPlan": {"BackupPlanName": "nightly"}})),
        "GetResource AWS::CloudTrail::Trail" => described(&json!({"TrailName": "all", "IsLogging": true,
            "IsMultiRegionTrail": true, "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true}]})),
        "/status/batch/get" => reply(&json!({"accounts": [{"accountId": "111122223333",
            "state": {"status": "ENABLED", "errorCode": "", "errorMessage": ""},
            "resourceState": {"ecr": {"status": "ENABLED", "errorCode": "", "errorMessage": ""},
                "ec2": {"status": "DISABLED", "errorCode": "", "errorMessage": ""}}}]})),
        "DescribeConfigurationRecorderStatus" => reply(&json!({"ConfigurationRecordersStatus": [
            {"name": "default", "recording": true, "lastStatus": "SUCCESS", "lastStartTime": 1_793_350_800}]})),
        "DescribeDeliveryChannels" => reply(&json!({"DeliveryChannels": [{"name": "default", "s3BucketName": "b"}]})),
        "/detector" => reply(&json!({"detectorIds": ["d1"]})),
        "/detector/d1" => reply(&json!({"status": "ENABLED", "serviceRole": "r", "features": []})),
        "/account-settings" => reply(&json!({"ResourceTypeOptInPreference": {"EFS": true, "RDS": true, "VM": false}})),
        "GetAnomalyMonitors" => reply(&json!({"AnomalyMonitors": [
            {"MonitorArn": "m", "MonitorName": "n", "MonitorType": "DIMENSIONAL"}]})),
        "GetAnomalySubscriptions" => reply(&json!({"AnomalySubscriptions": [{"SubscriptionArn": "s",
            "MonitorArnList": ["m"], "SubscriptionName": "n", "Frequency": "IMMEDIATE",
            "Subscribers": [{"Address": "arn:aws:sns:us-east-1:111122223333:costs", "Type": "SNS", "Status": "CONFIRMED"}]}]})),
        "/2016-08-19/account-settings" => reply(&json!({"AccountLimit": {"ConcurrentExecutions": 1000,
            "UnreservedConcurrentExecutions": 1000, "TotalCodeSize": 80_530_636_800_u64}, "AccountUsage": {"FunctionCount": 4}})),
        _ => Answer::body(400, &json!({"__type": "ValidationException", "message": "unknown"}).to_string()),
    }
}

/// A new account: nobody switched anything on.
fn all_off(operation: &str) -> Answer {
    match operation {
        "ListResources AWS::ECR::RegistryScanningConfiguration" => all_on(operation),
        "GetResource AWS::ECR::RegistryScanningConfiguration" => described(&json!({"ScanType": "BASIC", "Rules": []})),
        list if list.starts_with("ListResources") => reply(&json!({"ResourceDescriptions": []})),
        "DescribeConfigurationRecorderStatus" => reply(&json!({"ConfigurationRecordersStatus": []})),
        "DescribeDeliveryChannels" => reply(&json!({"DeliveryChannels": []})),
        "/detector" => reply(&json!({"detectorIds": []})),
        "GetAnomalyMonitors" => reply(&json!({"AnomalyMonitors": []})),
        "GetAnomalySubscriptions" => reply(&json!({"AnomalySubscriptions": []})),
        "/2016-08-19/account-settings" => reply(&json!({"AccountLimit": {"ConcurrentExecutions": 10,
            "UnreservedConcurrentExecutions": 10, "TotalCodeSize": 80_530_636_800_u64}, "AccountUsage": {"FunctionCount": 0}})),
        other => all_on(other),
    }
}

fn server(script: impl Fn(&str) -> Answer + Send + Sync + 'static) -> HostileServer {
    HostileServer::start(move |request, _| script(&operation(request))).unwrap()
}

fn doctor(server: &HostileServer, arguments: &[&str], columns: Option<usize>) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(program_path("plimsoll"));
    command.args(["doctor", "--before"]).args(arguments).current_dir(folder.path()).env_clear().stdin(Stdio::null());
    command.env("AWS_REGION", "eu-central-1").env("AWS_ENDPOINT_URL", server.url());
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    if let Some(columns) = columns {
        command.env("COLUMNS", columns.to_string());
    }
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// State by name, and how the program ended.
fn states(server: &HostileServer, arguments: &[&str]) -> (Vec<Value>, Option<i32>) {
    let output = doctor(server, &[arguments, &["--json"]].concat(), None);
    let lines: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = lines.iter().map(|line| line["name"].as_str().unwrap()).collect();
    assert_eq!(names, NAMES, "{}", text(&output.stderr));
    (lines, output.status.code())
}

fn snapshot(name: &str, server: &HostileServer, arguments: &[&str]) {
    for columns in [60, 200] {
        let output = doctor(server, arguments, Some(columns));
        let (out, errors) = (text(&output.stdout), text(&output.stderr));
        for line in out.lines().chain(errors.lines()) {
            assert!(line.chars().count() <= columns, "{columns}: {line}");
        }
        let all = format!("{out}--- on standard error\n{errors}--- exit {}\n", output.status.code().unwrap());
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("snapshots/command_line");
        settings.set_prepend_module_to_snapshot(false);
        settings.bind(|| insta::assert_snapshot!(format!("doctor_before_{name}_{columns}"), all));
    }
}

#[test]
fn an_account_in_which_everything_is_on_is_ready() {
    let server = server(all_on);
    let (lines, exit) = states(&server, &[]);
    for line in &lines {
        assert!(line["ok"] == true && line["state"] == "on" && line["fix"].is_null(), "{line}");
        assert_eq!((&line["account"], &line["region"]), (&json!("111122223333"), &json!("eu-central-1")));
    }
    assert_eq!(exit, Some(0));
    snapshot("on", &server, &[]);
}

#[test]
fn a_new_account_hears_what_is_off_and_what_stays_dark() {
    let server = server(all_off);
    let (lines, exit) = states(&server, &[]);
    for line in &lines {
        assert!(line["ok"] == false && line["fix"].is_string(), "{line}");
        let dark = &line["dark"];
        let says = dark["also"].is_string() || dark["lines"].as_array().is_some_and(|lines| !lines.is_empty());
        assert!(says, "{line}");
        if let Some(page) = line["fix"].as_str().filter(|fix| fix.starts_with("docs/")) {
            assert!(root().join(page).exists(), "{page}");
        }
    }
    assert_eq!(exit, Some(1));
    snapshot("off", &server, &[]);
}

/// What is denied names the action; what breaks says that no answer came; both leave the others as they are.
#[test]
fn what_may_not_be_seen_names_the_action_and_what_was_not_reached_is_never_well() {
    let server = server(|operation| match operation {
        "ListResources AWS::CloudTrail::Trail" => denied("cloudtrail:ListTrails"),
        "DescribeDeliveryChannels" => denied("config:DescribeDeliveryChannels"),
        "/detector" => Answer::Close,
        "/account-settings" => Answer::body(500, "{}"),
        "/2016-08-19/account-settings" => reply(&json!({})),
        other => all_on(other),
    });
    let (lines, exit) = states(&server, &[]);
    let state = |name: &str| lines.iter().find(|line| line["name"] == name).unwrap();
    for (name, expected, fix) in [
        ("ECR scanning", "on", None),
        ("Cost anomalies", "on", None),
        ("CloudTrail", "not-allowed", Some("allow cloudtrail:ListTrails")),
        ("AWS Config", "not-allowed", Some("allow config:DescribeDeliveryChannels")),
        ("GuardDuty", "not-reached", None),
        ("AWS Backup", "not-reached", None),
        ("Lambda quota", "not-reached", None),
    ] {
        let line = state(name);
        assert_eq!(line["state"], expected, "{line}");
        if expected != "on" {
            assert!(line["ok"].is_null(), "{line}");
        }
        if let Some(fix) = fix {
            assert_eq!(line["fix"], fix);
        }
    }
    assert_eq!(exit, Some(1), "what was not seen is no success");
    snapshot("unseen", &server, &[]);
}

#[test]
fn no_answer_of_nothing_makes_a_service_well() {
    for (nothing, status) in [("{}", 200), ("[]", 200), ("null", 200), ("<html>", 200), ("", 200), ("{}", 403)] {
        let server = server(move |operation| match operation {
            "GetCallerIdentity" => identity(),
            _ => Answer::body(status, nothing),
        });
        let (lines, exit) = states(&server, &[]);
        for line in lines {
            assert_ne!(line["ok"], true, "{nothing} {status}: {line}");
        }
        assert_eq!(exit, Some(1), "{nothing} {status}");
    }
    let server = server(|operation| if operation == "GetCallerIdentity" { identity() } else { denied("x:Y") });
    let (lines, _) = states(&server, &[]);
    assert!(lines.iter().all(|line| line["state"] == "not-allowed"), "{lines:?}");
}

#[test]
fn cost_explorer_is_asked_twice_or_not_at_all() {
    let paid = |server: &HostileServer| {
        let requests = server.requests();
        requests.iter().filter(|r| r.header("x-amz-target").is_some_and(|t| t.contains("InsightsIndex"))).count()
    };
    let twice = server(all_on);
    states(&twice, &[]);
    assert_eq!(paid(&twice), 2);
    let never = server(all_on);
    let (lines, exit) = states(&never, &["--paid-calls", "0"]);
    assert_eq!((paid(&never), exit), (0, Some(1)));
    let costs = lines.iter().find(|line| line["name"] == "Cost anomalies").unwrap();
    assert!(costs["state"] == "not-asked" && costs["fix"].as_str().unwrap().contains("--paid-calls 2"), "{costs}");
}

#[test]
fn credentials_that_do_not_work_and_regions_that_are_none_are_an_error() {
    let refuses = server(|_| {
        Answer::body(
            403,
            "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>old</Message></Error></ErrorResponse>",
        )
    });
    let output = doctor(&refuses, &[], None);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("ExpiredToken") && output.stdout.is_empty(), "{}", text(&output.stderr));
    let output = doctor(&server(all_on), &["--region", "eu-central-1.example.org/"], None);
    assert!(output.status.code() == Some(2) && text(&output.stderr).contains("is no region"));
}

/// The permissions in the documentation are those of the reads.
#[test]
fn the_documentation_names_every_permission() {
    let page = std::fs::read_to_string(root().join("docs/deploy.md")).unwrap();
    for kind in kinds() {
        for action in actions_of(kind) {
            assert!(page.contains(&format!("`{action}`")), "docs/deploy.md does not name {action}");
        }
    }
    for name in NAMES {
        assert!(page.contains(&format!("| {name} |")), "docs/deploy.md has no row for {name}");
    }
}
