mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1", name = "eu-west-1" }
  }
}

variables {
  central_bus_arn = "arn:aws:events:eu-west-1:999988887777:event-bus/plimsoll-central"
  operations      = { emails = ["oncall@example.com"] }
}

run "forwards_what_the_suite_reads" {
  command = plan

  assert {
    condition     = toset(keys(module.forwarding.rule_arns)) == toset([for source in local.registry : source.name if source.regional]) && contains(keys(module.forwarding.rule_arns), "ecr-scan")
    error_message = "The sources with regional events are forwarded."
  }
}

run "notices_are_forwarded_once" {
  command = plan
  variables {
    direct_notices = ["guardduty-critical", "root-login"]
  }
  assert {
    condition     = toset(keys(module.forwarding.rule_arns)) == setunion(local.sources, ["root-login"])
    error_message = "GuardDuty findings are forwarded for their function already."
  }
}

run "refuses_unknown_sources" {
  command = plan
  variables {
    sources = ["macie"]
  }
  expect_failures = [var.sources]
}

run "somebody_hears_its_alarms" {
  command = plan

  assert {
    condition     = alltrue([for arns in [local.alarm_topic_arns] : length(arns) == 1 && startswith(arns[0], "arn:aws:sns:") && endswith(arns[0], "-operations")]) && length(module.operations.name) > 0
    error_message = "Alarms reach topics of their own region only, so there is one here."
  }
}

run "refuses_alarms_that_nobody_hears" {
  command = plan
  variables {
    operations = {}
  }
  expect_failures = [var.operations]
}

run "says_what_its_heartbeats_prove" {
  command = plan

  assert {
    condition     = length(output.heartbeat_paths) == length(local.sources) && alltrue([for path in output.heartbeat_paths : contains(local.sources, split("/", path)[0])])
    error_message = "Each forwarded source is proved by a heartbeat."
  }
}
