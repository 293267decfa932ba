#!/usr/bin/env python3
"""What each example plans: resources, alarms, and what it costs in a month before the first event, by list prices.

    python3 tests/terraform/plans.py                      every example of the suite
    python3 tests/terraform/plans.py examples/minimal     this one
    python3 tests/terraform/plans.py --check              also compares examples/minimal with docs/cost.md

Plans a copy against a mock of the provider, so no account is needed. Uses Terraform as check.py does. The prices and how
they are counted: docs/cost.md.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import check

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECRET = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:plimsoll/slack-AbCdEf"
# What the examples ask for. Names of channels and accounts are those of the documentation.
EXAMPLES = {
    "examples/minimal": {"slack_token_arn": SECRET, "slack_channel": "C0123456789", "operations_emails": ["you@example.com"]},
    "examples/complete": {
        "packages_bucket": "releases", "packages_prefix": "v1", "slack_channel": "C0123456789",
        "secret_arns": {"slack": SECRET, "pagerduty": SECRET.replace("slack", "pagerduty")},
        "people_emails": ["people@example.com"], "operations_emails": ["you@example.com"], "member_account": "444455556666",
    },
}
ARNS = {
    "aws_dynamodb_table": {"stream_arn": "arn:aws:dynamodb:eu-west-1:111122223333:table/plimsoll-state/stream/2026-01-01T00:00:00.000"},
    "aws_sqs_queue": {"arn": "arn:aws:sqs:eu-west-1:111122223333:mock"},
    "aws_sns_topic": {"arn": "arn:aws:sns:eu-west-1:111122223333:mock"},
    "aws_iam_role": {"arn": "arn:aws:iam::111122223333:role/mock"},
    "aws_lambda_function": {"arn": "arn:aws:lambda:eu-west-1:111122223333:function:mock"},
    "aws_cloudwatch_log_group": {"arn": "arn:aws:logs:eu-west-1:111122223333:log-group:mock"},
    "aws_cloudwatch_event_bus": {"arn": "arn:aws:events:eu-west-1:111122223333:event-bus/mock"},
    "aws_s3_bucket": {"arn": "arn:aws:s3:::mock"},
    "aws_kms_key": {"arn": "arn:aws:kms:eu-west-1:111122223333:key/mock"},
}


def provider(alias):
    """A mock of one provider configuration; the alias says its region."""
    region = "us-east-1" if alias == "us_east_1" else "eu-west-1"
    data = {
        "aws_caller_identity": {"account_id": "111122223333"},
        "aws_partition": {"partition": "aws"},
        "aws_region": {"id": region, "name": region},
    }
    lines = ['mock_provider "aws" {', f'  alias = "{alias}"' if alias else ""]
    for kind, values in (("data", data), ("resource", ARNS)):
        for name, defaults in values.items():
            fields = ", ".join(f"{key} = {json.dumps(value)}" for key, value in defaults.items())
            lines.append(f'  mock_{kind} "{name}" {{\n    defaults = {{ {fields} }}\n  }}')
    return "\n".join([*lines, "}"])


def planned(terraform, environment, folder, values):
    """The resources that a root plans, as Terraform writes a plan in JSON."""
    aliases = [None, *re.findall(r'provider "aws" \{\s+alias +=\s+"(\w+)"', (folder / "main.tf").read_text())]
    # Zips that are not built yet are stood in for.
    for name in [path.parent.name for path in ROOT.glob("functions/*/Cargo.toml")]:
        zip_file = folder.parents[2] / "target" / "lambda" / name / "bootstrap.zip"
        zip_file.parent.mkdir(parents=True, exist_ok=True)
        zip_file.write_bytes(b"")
    test = "\n".join([*(provider(alias) for alias in aliases), 'run "plan" {\n  command = plan\n}'])
    (folder / "plan.tftest.hcl").write_text(test)
    (folder / "plan.auto.tfvars.json").write_text(json.dumps(values))
    def run(*arguments):
        return subprocess.run([terraform, f"-chdir={folder}", *arguments], env=environment, capture_output=True, text=True, check=False)
    done = run("init", "-backend=false", "-input=false")
    if done.returncode != 0:
        sys.exit(f"{folder.name} cannot be initialised: {done.stdout}{done.stderr}")
    done = run("test", "-json", "-verbose", "-filter=plan.tftest.hcl")
    found = None
    for line in done.stdout.splitlines():
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if message["type"] == "test_plan":
            found = message["test_plan"]
    if done.returncode != 0 or found is None:
        sys.exit(f"{folder.name} cannot be planned: {done.stdout[-3000:]}{done.stderr}")
    return [change for change in found["resource_changes"] if change["mode"] == "managed" and "create" in change["change"]["actions"]]


def figures(changes, values):
    """Resources, alarms, metrics of alarms, dashboards, and dollars of a month before the first event."""
    def of(kind):
        return [change for change in changes if change["type"] == kind]
    alarms = of("aws_cloudwatch_metric_alarm")
    metrics = 0
    for alarm in alarms:
        queries = alarm["change"]["after"].get("metric_query") or []
        metrics += sum(1 for query in queries if query.get("metric")) if queries else 1
    polled = sum(1 for mapping in of("aws_lambda_event_source_mapping") if not mapping["change"]["after"].get("starting_position"))
    notifiers = [change for change in of("aws_lambda_function") if "alert-notifier" in change["change"]["after"]["function_name"]]
    channels = len(notifiers)
    dollars = {
        "alarms": metrics * 0.10,
        "dashboards": len(of("aws_cloudwatch_dashboard")) * 3.00,
        "queues": polled * 5 * 3 * 43_200 * 0.40 / 1e6,
        "keys": len(of("aws_kms_key")) * 1.00,
        # For each channel: HeartbeatAge, and the sweep (scheduler, reads, logs, Lambda).
        "channels": channels * (0.30 + 0.04 + 0.05 + 0.03 + 0.02),
        "secrets": json.dumps(values).count(":secret:") * 0.40,
        "reconcile": 0.07 if channels else 0.0,
        "collector": 0.07 if any("evidence-collector" in change["change"]["after"]["function_name"] for change in of("aws_lambda_function")) else 0.0,
    }
    return {"resources": len(changes), "alarms": len(alarms), "metrics": metrics, "queues": polled, "dollars": round(sum(dollars.values()), 2), "parts": dollars}


def main():
    arguments = sys.argv[1:]
    chosen = [a for a in arguments if not a.startswith("--")] or list(EXAMPLES)
    if shutil.which(check.TERRAFORM) is None:
        print(f"skipped: there is no `{check.TERRAFORM}` on this machine")
        return
    faults = []
    print(f"{'':24} {'resources':>9} {'alarms':>7} {'metrics':>8} {'dollars a month':>16}")
    for name in chosen:
        with tempfile.TemporaryDirectory(prefix="plimsoll-plan-") as scratch:
            copy = pathlib.Path(scratch)
            shutil.copytree(ROOT / "infra", copy / "infra", ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", ".terraform.lock.hcl"))
            (copy / check.REGISTRY).parent.mkdir(parents=True)
            shutil.copy(ROOT / check.REGISTRY, copy / check.REGISTRY)
            environment = {**os.environ, "TF_IN_AUTOMATION": "1", "AWS_EC2_METADATA_DISABLED": "true"}
            unpacked = check.mirror()
            if unpacked:
                settings = copy / "terraform.rc"
                settings.write_text(f'disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path = "{unpacked}"\n  }}\n}}\n')
                environment["TF_CLI_CONFIG_FILE"] = str(settings)
            row = figures(planned(check.TERRAFORM, environment, copy / "infra" / name, EXAMPLES[name]), EXAMPLES[name])
        print(f"{name:24} {row['resources']:>9} {row['alarms']:>7} {row['metrics']:>8} {row['dollars']:>16.2f}")
        if "--parts" in arguments:
            print("  " + ", ".join(f"{part} {dollars:.2f}" for part, dollars in row["parts"].items()))
        if "--check" in arguments and name == "examples/minimal":
            page = (ROOT / "docs" / "cost.md").read_text()
            wanted = [f"It has {row['resources']} resources, {row['alarms']} alarms", f"| | | **{row['dollars']:.2f}** |", f"| alarms | {row['alarms']}, over {row['metrics']} metrics"]
            faults += [f"docs/cost.md does not say \"{words}\"" for words in wanted if words not in page]
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
