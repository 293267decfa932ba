mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "us-east-1", name = "us-east-1" }
  }
}

variables {
  event_bus_arn  = "arn:aws:events:eu-west-1:111122223333:event-bus/default"
  cost_queue_arn = "arn:aws:sqs:eu-west-1:111122223333:plimsoll-cost-anomaly"
  operations     = { emails = ["oncall@example.com"] }
}

run "costs_reach_the_suite_in_another_region" {
  command = plan

  assert {
    condition     = toset(keys(module.forwarding.rule_arns)) == toset([for source in local.registry : source.name if source.global]) && contains(keys(module.forwarding.rule_arns), "cost-anomaly")
    error_message = "Cost anomalies are forwarded."
  }
  assert {
    condition     = output.cost_topic_arn == "arn:aws:sns:us-east-1:111122223333:plimsoll-cost-alerts" && aws_sns_topic_subscription.cost_queue[0].endpoint == "arn:aws:sqs:eu-west-1:111122223333:plimsoll-cost-anomaly"
    error_message = "The topic of budgets feeds the queue of the suite."
  }
}

run "notices_are_forwarded" {
  command = plan
  variables {
    direct_notices = ["root-login", "trusted-advisor"]
  }
  assert {
    condition     = toset(keys(module.forwarding.rule_arns)) == setunion(local.sources, ["root-login", "trusted-advisor"])
    error_message = "Global notices are forwarded."
  }
}

run "the_notice_of_health_is_gone" {
  command = plan
  variables {
    direct_notices = ["aws-health"]
  }
  expect_failures = [var.direct_notices]
}

run "refuses_another_region" {
  command = plan
  override_data {
    target = data.aws_region.current
    values = { id = "eu-west-1", name = "eu-west-1" }
  }
  expect_failures = [data.aws_region.current]
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
