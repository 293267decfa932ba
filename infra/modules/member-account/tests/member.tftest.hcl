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
}

run "forwards_what_the_suite_reads" {
  command = plan

  assert {
    condition     = toset(keys(module.forwarding.rule_arns)) == toset(["ecr-scan", "config-rule", "guardduty-finding", "backup-job"])
    error_message = "The sources with regional events are forwarded."
  }
}

run "notices_are_forwarded_once" {
  command = plan
  variables {
    direct_notices = ["guardduty-critical", "aws-health"]
  }
  assert {
    condition     = toset(keys(module.forwarding.rule_arns)) == toset(["ecr-scan", "config-rule", "guardduty-finding", "backup-job", "aws-health"])
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
