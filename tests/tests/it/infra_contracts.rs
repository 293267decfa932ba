//! What Terraform and the code must agree on, and the settings of a function's queue without which events are lost.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

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
    let needed =
        [variables::TABLE, variables::CHANNEL, variables::HEARTBEATS, variables::COLLECT, variables::METRICS_NAMESPACE];
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
    assert_eq!(kept("dead").as_deref(), Some("var.queue.dead_letter_retention_days * 86400"));
    let suite = terraform("infra/suite");
    for queue in ["undelivered", "unstarted"] {
        let block = format!("resource \"aws_sqs_queue\" \"{queue}\"");
        let kept = argument(&suite, &block, "message_retention_seconds");
        assert_eq!(kept.as_deref(), Some("14 * 86400"), "SQS keeps nothing longer: {queue}");
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

/// Every file below a folder whose name ends so.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found
}

/// A root that somebody applies runs the provider that the tests ran, by its lock file; what it is made of leaves the choice.
#[test]
fn roots_lock_the_provider_and_modules_do_not() {
    let infra = root().join("infra");
    for folder in
        ["environments/dev", "environments/staging", "environments/prod", "examples/minimal", "examples/complete"]
    {
        let lock = fs::read_to_string(infra.join(folder).join(".terraform.lock.hcl")).unwrap();
        assert!(lock.contains("version     = \"5.100.0\""), "{folder}");
        // With the checksums of one platform only, the lock would refuse everybody else's.
        assert!(lock.matches("\"zh:").count() > 10 && lock.contains("\"h1:"), "{folder}");
    }
    let mut ranges = BTreeSet::new();
    for path in [files(&infra.join("suite"), ".tf"), files(&infra.join("modules"), ".tf")].concat() {
        let text = fs::read_to_string(&path).unwrap();
        let range = text.split_once("source  = \"hashicorp/aws\"").and_then(|(_, rest)| rest.split('"').nth(1));
        ranges.extend(range.map(ToOwned::to_owned));
    }
    assert_eq!(ranges, [">= 5.100, < 7".to_owned()].into());
    let documented = fs::read_to_string(root().join("docs/deploy.md")).unwrap();
    assert!(documented.contains("## Versions of the provider") && documented.contains("5.100.0"));
    let ignored = fs::read_to_string(infra.join(".gitignore")).unwrap();
    let roots = ignored.lines().filter(|line| line.contains("lock.hcl"));
    assert!(
        roots.clone().all(|line| line.contains("modules/") || line.contains("suite/") || line.contains("remediation/")),
        "a lock file that is ignored locks nothing"
    );
}

/// An example of somebody's account is not the account of the reader: Terraform fills in the one that it runs in.
#[test]
fn no_configuration_of_an_environment_names_an_account() {
    for folder in ["infra/environments", "infra/examples"] {
        for path in files(&root().join(folder), "plimsoll.toml") {
            let text = fs::read_to_string(&path).unwrap();
            let digits: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() == 12).collect();
            assert!(digits.is_empty(), "{}: {digits:?}", path.display());
        }
    }
    for environment in ["dev", "staging", "prod"] {
        let text = terraform(&format!("infra/environments/{environment}"));
        assert!(text.contains("data.aws_caller_identity.current.account_id"), "{environment}");
    }
}

/// EventBridge hears of a sign-in by CloudTrail alone, and only where a trail logs it.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html>
#[test]
fn whoever_asks_for_sign_ins_of_the_root_user_is_told_that_they_need_a_trail() {
    let deploy = fs::read_to_string(root().join("docs/deploy.md")).unwrap();
    assert!(deploy.lines().any(|line| line.contains("root-login") && line.contains("CloudTrail trail")));
    for folder in ["infra/suite", "infra/modules/member-account", "infra/modules/global-events"] {
        let text = terraform(folder);
        let variable = text.split_once("variable \"direct_notices\"").unwrap().1;
        let line = variable.lines().find(|line| line.contains("description")).unwrap();
        assert!(line.contains("`root-login` needs a CloudTrail trail"), "{folder}: {line}");
    }
}

/// A user's first root: what they must say, and what they get to hear.
#[test]
fn the_smallest_example_asks_three_things_and_says_where_costs_go() {
    let text = terraform("infra/examples/minimal");
    let required = text.split("variable \"").skip(1).filter(|block| {
        let body = block.split("\n}").next().unwrap();
        !body.lines().any(|line| line.trim_start().starts_with("default"))
    });
    assert_eq!(required.count(), 3);
    for output in ["table_name", "cost_topic_arn", "operations_topic_arn", "dashboard_url"] {
        assert!(text.contains(&format!("output \"{output}\"")), "{output}");
    }
}

#[test]
fn every_module_has_an_example() {
    for entry in fs::read_dir(root().join("infra/modules")).unwrap() {
        let module = entry.unwrap().path();
        let example = module.join("examples/basic/main.tf");
        assert!(
            fs::read_to_string(&example).is_ok_and(|text| text.contains("source = \"../..\"")),
            "{}",
            module.display()
        );
    }
}

/// A release on this machine, with one zip for each name.
struct Release(tempfile::TempDir);

impl Release {
    fn new(functions: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let assets = folder.path().join("v1.2.3");
        fs::create_dir(&assets).unwrap();
        for name in functions {
            fs::write(assets.join(format!("{name}-arm64.zip")), format!("zip of {name}")).unwrap();
        }
        let sums = Command::new("sh").arg("-c").arg("sha256sum -- *.zip").current_dir(&assets).output().unwrap();
        let more = "0000000000000000000000000000000000000000000000000000000000000000  ../../evil-arm64.zip\n";
        fs::write(assets.join("SHA256SUMS-arm64"), [sums.stdout.as_slice(), more.as_bytes()].concat()).unwrap();
        // Plays the AWS command line: says what it was asked, and answers with a version.
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        fs::write(bin.join("aws"), "#!/bin/sh\necho \"$@\" >>\"$AWS_LOG\"\necho v-7\n").unwrap();
        Command::new("chmod").arg("+x").arg(bin.join("aws")).status().unwrap();
        Self(folder)
    }

    fn get(&self, arguments: &[&str]) -> Output {
        let path = std::env::var("PATH").unwrap_or_default();
        Command::new("bash")
            .arg(root().join("infra/packages"))
            .args(arguments)
            .current_dir(self.0.path())
            .env("PLIMSOLL_RELEASES", format!("file://{}", self.0.path().display()))
            .env("PATH", format!("{}:{path}", self.0.path().join("bin").display()))
            .env("AWS_LOG", self.0.path().join("aws.log"))
            .output()
            .unwrap()
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_zips_of_a_release_come_checked_into_a_folder_or_a_bucket() {
    if Command::new("curl").arg("--version").output().is_err() {
        plimsoll_tests::bed::say("SKIPPED: there is no curl on this machine, which infra/packages needs");
        return;
    }
    let release = Release::new(&["ecr-scan", "alert-notifier"]);
    let done = release.get(&["v1.2.3", "arm64", "zips"]);
    assert!(done.status.success() && said(&done).contains("directory = \"zips\""), "{}", said(&done));
    let zip = fs::read_to_string(release.0.path().join("zips/ecr-scan/bootstrap.zip")).unwrap();
    assert_eq!(zip, "zip of ecr-scan");
    assert!(!release.0.path().join("evil-arm64.zip").exists(), "a name that is none of ours is not written");

    let done = release.get(&["v1.2.3", "arm64", "s3://bucket/plimsoll/v1.2.3/"]);
    let said_of_bucket = said(&done);
    assert!(done.status.success() && said_of_bucket.contains("ecr-scan = \"v-7\""), "{said_of_bucket}");
    let asked = fs::read_to_string(release.0.path().join("aws.log")).unwrap();
    assert!(asked.contains("--bucket bucket --key plimsoll/v1.2.3/alert-notifier/bootstrap.zip"), "{asked}");

    fs::write(release.0.path().join("v1.2.3/ecr-scan-arm64.zip"), "another zip").unwrap();
    let refused = release.get(&["v1.2.3", "arm64", "other"]);
    assert!(
        !refused.status.success() && said(&refused).contains("not the one that was released"),
        "{}",
        said(&refused)
    );
    assert!(!release.0.path().join("other").exists(), "nothing is put anywhere before every zip was checked");
    fs::remove_file(release.0.path().join("v1.2.3/ecr-scan-arm64.zip")).unwrap();
    assert!(said(&release.get(&["v1.2.3", "arm64", "other"])).contains("cannot be had"));
    for wrong in [&["latest", "arm64", "zips"][..], &["v1.2.3", "mips", "zips"], &["v1.2.3", "arm64"]] {
        assert_eq!(release.get(wrong).status.code(), Some(2), "{wrong:?}");
    }
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

/// Each service that a policy of the suite or of a module lets in has a row that says which condition keys AWS sends.
#[test]
fn every_principal_of_a_policy_has_its_row() {
    let page = fs::read_to_string(root().join("docs/aws-conditions.md")).unwrap();
    let rows: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(service, _)| service).collect();
    let mut found = BTreeSet::new();
    for file in files(&root().join("infra/suite"), ".tf").into_iter().chain(files(&root().join("infra/modules"), ".tf"))
    {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        for word in code.flat_map(|line| line.split('"')).filter(|word| word.ends_with(".amazonaws.com")) {
            // `sns.${local.region}.amazonaws.com`, and what is no service but the audience of a token or an ending.
            let service = match (word.split_once("${"), word.split_once('}')) {
                (Some((before, _)), Some((_, after))) => format!("{before}REGION{after}"),
                _ => word.to_owned(),
            };
            if service != "sts.amazonaws.com" && service != ".amazonaws.com" {
                found.insert(service);
            }
        }
    }
    assert!(found.len() > 7, "{found:?}");
    for service in &found {
        assert!(rows.contains(service.as_str()), "docs/aws-conditions.md has no row for {service}");
    }
    for row in rows.iter().filter(|row| row.ends_with(".amazonaws.com")) {
        assert!(found.contains(*row), "{row} has a row, and no policy names it");
    }
    for (principal, place) in [("Federated", "OpenID Connect"), ("administrator_arns", "`administrator_arns`")] {
        assert!(page.contains(place), "{principal}");
    }
}
