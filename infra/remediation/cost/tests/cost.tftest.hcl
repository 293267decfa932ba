mock_provider "aws" {
  mock_resource "aws_ce_anomaly_monitor" {
    defaults = { arn = "arn:aws:ce::111122223333:anomalymonitor/0123" }
  }
}

variables {
  topic_arn = "arn:aws:sns:us-east-1:111122223333:plimsoll-cost-alerts"
  budgets   = { account = { limit_usd = 1000 } }
}

run "anomalies_are_told_to_the_topic_at_once" {
  assert {
    condition     = aws_ce_anomaly_monitor.services[0].monitor_type == "DIMENSIONAL" && aws_ce_anomaly_monitor.services[0].monitor_dimension == "SERVICE"
    error_message = "All services are watched."
  }
  assert {
    condition     = aws_ce_anomaly_subscription.alerts["immediate"].frequency == "IMMEDIATE" && [for s in aws_ce_anomaly_subscription.alerts["immediate"].subscriber : [s.type, s.address]] == [["SNS", "arn:aws:sns:us-east-1:111122223333:plimsoll-cost-alerts"]]
    error_message = "The topic hears at once."
  }
  assert {
    condition     = toset(aws_ce_anomaly_subscription.alerts["immediate"].monitor_arn_list) == toset(["arn:aws:ce::111122223333:anomalymonitor/0123"]) && length(aws_ce_anomaly_subscription.alerts) == 1
    error_message = "The subscription is to the monitor, and there is none without addresses."
  }
  assert {
    condition = { for and in one(aws_ce_anomaly_subscription.alerts["immediate"].threshold_expression).and : one(and.dimension).key => one(one(and.dimension).values) } == {
      ANOMALY_TOTAL_IMPACT_ABSOLUTE = "100", ANOMALY_TOTAL_IMPACT_PERCENTAGE = "40"
    }
    error_message = "100 USD and 40 %."
  }
}

run "budgets_tell_actual_and_forecasted" {
  command = plan

  assert {
    condition     = toset([for n in aws_budgets_budget.costs["account"].notification : "${n.notification_type} ${n.threshold}"]) == toset(["ACTUAL 80", "ACTUAL 100", "FORECASTED 100"])
    error_message = "80 % and 100 % of the actual costs, 100 % of the forecasted ones."
  }
  assert {
    condition     = alltrue([for n in aws_budgets_budget.costs["account"].notification : n.subscriber_sns_topic_arns == toset(["arn:aws:sns:us-east-1:111122223333:plimsoll-cost-alerts"]) && n.comparison_operator == "GREATER_THAN" && n.threshold_type == "PERCENTAGE"])
    error_message = "Each tells the topic."
  }
  assert {
    condition     = aws_budgets_budget.costs["account"].budget_type == "COST" && aws_budgets_budget.costs["account"].time_unit == "MONTHLY" && aws_budgets_budget.costs["account"].limit_unit == "USD"
    error_message = "A budget on costs, each month, in US dollars."
  }
}

run "addresses_hear_too" {
  command = plan
  variables {
    emails = ["finance@example.com"]
  }
  assert {
    condition     = aws_ce_anomaly_subscription.alerts["daily"].frequency == "DAILY" && [for s in aws_ce_anomaly_subscription.alerts["daily"].subscriber : s.type] == ["EMAIL"]
    error_message = "E-mail is for a daily summary."
  }
  assert {
    condition     = alltrue([for n in aws_budgets_budget.costs["account"].notification : n.subscriber_email_addresses == toset(["finance@example.com"])])
    error_message = "The address hears of the budget."
  }
}

run "savings_plans_by_coverage_and_utilisation" {
  command = plan
  variables {
    enable_savings_plans_budgets = true
  }
  assert {
    condition = { for key, budget in aws_budgets_budget.savings_plans : key => [budget.budget_type, one(budget.notification).comparison_operator, tostring(one(budget.notification).threshold)] } == {
      coverage = ["SAVINGS_PLANS_COVERAGE", "LESS_THAN", "70"], utilisation = ["SAVINGS_PLANS_UTILIZATION", "LESS_THAN", "90"]
    }
    error_message = "Coverage below 70 % and utilisation below 90 %."
  }
  assert {
    condition     = output.budget_names == { account = "cost-account", savings-plans-coverage = "cost-savings-plans-coverage", savings-plans-utilisation = "cost-savings-plans-utilisation" }
    error_message = "Three budgets."
  }
}

run "monitors_of_tags_and_accounts" {
  command = plan
  variables {
    enable_service_monitor = false
    monitored_tags         = { Team = ["web", "api"] }
    monitored_accounts     = ["444455556666"]
  }
  assert {
    condition = { for key, monitor in aws_ce_anomaly_monitor.custom : key => jsondecode(monitor.monitor_specification) } == {
      accounts = { Dimensions = { Key = "LINKED_ACCOUNT", Values = ["444455556666"], MatchOptions = ["EQUALS"] } }
      tag-Team = { Tags = { Key = "Team", Values = ["web", "api"], MatchOptions = ["EQUALS"] } }
    }
    error_message = "A monitor for each tag, and one for the accounts."
  }
  assert {
    condition     = length(aws_ce_anomaly_monitor.services) == 0
    error_message = "An account can have one monitor of services only."
  }
}

run "nothing_if_switched_off" {
  command = plan
  variables {
    create                       = false
    enable_savings_plans_budgets = true
  }
  assert {
    condition     = length(output.monitor_arns) == 0 && length(output.subscription_arns) == 0 && length(output.budget_names) == 0
    error_message = "create = false creates nothing."
  }
}

run "refuses_a_subscription_to_nothing" {
  command = plan
  variables {
    enable_service_monitor = false
  }
  expect_failures = [var.enable_service_monitor]
}

run "refuses_a_fifo_topic" {
  command = plan
  variables {
    topic_arn = "arn:aws:sns:us-east-1:111122223333:alerts.fifo"
  }
  expect_failures = [var.topic_arn]
}

run "refuses_a_budget_that_looks_back_only" {
  command = plan
  variables {
    budgets = { account = { limit_usd = 1000, forecasted_percent = [] } }
  }
  expect_failures = [var.budgets]
}

run "refuses_a_budget_of_nothing" {
  command = plan
  variables {
    budgets = { account = { limit_usd = 0 } }
  }
  expect_failures = [var.budgets]
}

run "refuses_more_than_all" {
  command = plan
  variables {
    savings_plans_coverage_percent    = 101
    savings_plans_utilisation_percent = 0
  }
  expect_failures = [var.savings_plans_coverage_percent, var.savings_plans_utilisation_percent]
}
