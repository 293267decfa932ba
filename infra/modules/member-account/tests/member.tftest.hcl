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

run "lets_one_role_in_to_read" {
  command = plan
  variables {
    evidence_reader = { collector_role_arn = "arn:aws:iam::999988887777:role/plimsoll-evidence-collector", external_id = "a-text-of-both" }
  }
  assert {
    condition     = jsondecode(aws_iam_role.evidence_reader[0].assume_role_policy).Statement[0].Principal.AWS == "arn:aws:iam::999988887777:role/plimsoll-evidence-collector" && jsondecode(aws_iam_role.evidence_reader[0].assume_role_policy).Statement[0].Condition.StringEquals["sts:ExternalId"] == "a-text-of-both"
    error_message = "Exactly the collector's role is let in, and only with the external id."
  }
  assert {
    condition     = alltrue([for action in jsondecode(aws_iam_role_policy.evidence_reader[0].policy).Statement[0].Action : can(regex(":(BatchGet|Describe|Get|List|View|Query)", action))])
    error_message = "The role reads."
  }
}

run "makes_no_reader_unasked" {
  command = plan
  assert {
    condition     = length(aws_iam_role.evidence_reader) == 0
    error_message = "Nobody is let in unless it is said."
  }
}

run "refuses_a_reader_for_everybody" {
  command = plan
  variables {
    evidence_reader = { collector_role_arn = "arn:aws:iam::999988887777:role/*", external_id = "short" }
  }
  expect_failures = [var.evidence_reader]
}
