mock_provider "aws" {
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::444455556666:role/plimsoll-forward-eu-west-1" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:444455556666:undelivered" }
  }
}

variables {
  name     = "plimsoll-forward"
  location = { partition = "aws", region = "eu-west-1", account_id = "444455556666" }
  bus_arn  = "arn:aws:events:eu-west-1:111122223333:event-bus/plimsoll-central"
  patterns = { config-rule = "{\"source\":[\"aws.config\"]}" }
}

run "forwards_its_own_events_only" {
  command = apply

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.forward["config-rule"].event_pattern) == { account = ["444455556666"], source = ["aws.config"] }
    error_message = "Only events of this account are forwarded."
  }
  assert {
    condition     = aws_cloudwatch_event_target.bus["config-rule"].role_arn == aws_iam_role.forward[0].arn && aws_cloudwatch_event_target.bus["config-rule"].dead_letter_config[0].arn == aws_sqs_queue.undelivered[0].arn
    error_message = "A bus is reached with the role, and what cannot be forwarded is kept."
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.forward[0].policy).Statement == [{ Sid = "Forward", Effect = "Allow", Action = ["events:PutEvents"], Resource = ["arn:aws:events:eu-west-1:111122223333:event-bus/plimsoll-central"] }]
    error_message = "The role puts events onto one bus and does nothing else."
  }
  assert {
    condition = jsondecode(aws_iam_role.forward[0].assume_role_policy).Statement[0].Condition == {
      StringEquals = { "aws:SourceAccount" = "444455556666" }
      ArnEquals    = { "aws:SourceArn" = ["arn:aws:events:eu-west-1:444455556666:rule/plimsoll-forward-config-rule"] }
    }
    error_message = "Only these rules of this account may use the role."
  }
  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.trouble)) == toset(["undelivered", "failed-delivery"])
    error_message = "What cannot be forwarded raises an alarm."
  }
}

run "each_rule_forwards_its_own_heartbeat_and_no_other" {
  command = plan
  variables {
    patterns = {
      ecr-scan    = file("../../suite/patterns/ecr-scan.json")
      config-rule = file("../../suite/patterns/config-rule.json")
      root-login  = file("../../suite/patterns/direct/root-login.json")
    }
  }

  assert {
    condition = alltrue([for name in ["ecr-scan", "config-rule"] : [
      for branch in jsondecode(aws_cloudwatch_event_rule.forward[name].event_pattern)["$or"] : branch if branch["detail-type"] == ["Heartbeat"]
    ] == [{ source = ["plimsoll"], detail-type = ["Heartbeat"], detail = { rule = [name] } }]])
    error_message = "One rule must not answer for another."
  }
  assert {
    condition     = { for name, s in aws_scheduler_schedule.heartbeat : name => s.target[0].input } == { for name in ["ecr-scan", "config-rule"] : name => jsonencode({ bus = "forwarded", rule = name }) }
    error_message = "Each rule of a function gets a heartbeat; a direct notice has none."
  }
  assert {
    condition     = toset(output.heartbeat_paths) == toset(["config-rule/444455556666-eu-west-1", "ecr-scan/444455556666-eu-west-1"])
    error_message = "The suite learns what to wait for."
  }
  assert {
    condition     = toset(flatten([for q in aws_cloudwatch_metric_alarm.trouble["failed-delivery"].metric_query : [for m in q.metric : m.dimensions.RuleName]])) == toset(["plimsoll-forward-config-rule", "plimsoll-forward-ecr-scan", "plimsoll-forward-root-login"])
    error_message = "One alarm watches the failed deliveries of all rules."
  }
}

run "no_heartbeats_if_they_are_not_wanted" {
  command = plan
  variables {
    heartbeat_schedule = null
    alarms             = false
    patterns           = { ecr-scan = file("../../suite/patterns/ecr-scan.json") }
  }

  assert {
    condition     = length(aws_scheduler_schedule.heartbeat) + length(output.heartbeat_paths) + length(aws_cloudwatch_metric_alarm.trouble) == 0 && length(jsondecode(aws_iam_role.forward[0].assume_role_policy).Statement) == 1
    error_message = "Without a schedule nothing sends one, and nothing waits for one."
  }
}

run "refuses_to_forward_to_itself" {
  command = plan
  variables {
    bus_arn = "arn:aws:events:eu-west-1:444455556666:event-bus/default"
  }
  expect_failures = [var.bus_arn]
}

run "refuses_what_is_no_bus" {
  command = plan
  variables {
    bus_arn = "arn:aws:sqs:eu-west-1:111122223333:plimsoll-config-rule"
  }
  expect_failures = [var.bus_arn]
}

run "refuses_patterns_with_accounts" {
  command = plan
  variables {
    patterns = { config-rule = "{\"account\":[\"999999999999\"]}" }
  }
  expect_failures = [var.patterns]
}

run "nothing_if_switched_off" {
  command = plan
  variables {
    create = false
  }
  assert {
    condition     = output.role_arn == null && length(output.rule_arns) == 0
    error_message = "create = false creates nothing."
  }
}
