# Who hears that the bill jumps: anomaly monitors with their subscriptions, and budgets on costs. Those on Savings Plans
# are in savings_plans.tf. All of them are global; any region's provider makes them.

locals {
  # An account has at most one monitor of all services; the others are custom ones.
  # https://docs.aws.amazon.com/cost-management/latest/userguide/management-limits.html
  service_monitor_arns = var.enable_service_monitor ? aws_ce_anomaly_monitor.services[*].arn : []
  monitor_arns = concat(
    local.service_monitor_arns,
    [for monitor in aws_ce_anomaly_monitor.custom : monitor.arn],
    var.existing_monitor_arns,
  )

  custom_monitors = merge(
    { for tag, values in var.monitored_tags : "tag-${tag}" => { Tags = { Key = tag, Values = values, MatchOptions = ["EQUALS"] } } },
    length(var.monitored_accounts) == 0 ? {} : { accounts = { Dimensions = { Key = "LINKED_ACCOUNT", Values = var.monitored_accounts, MatchOptions = ["EQUALS"] } } },
  )

  # IMMEDIATE goes to a topic only, and DAILY to addresses only.
  # https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_AnomalySubscription.html
  subscriptions = merge(
    { immediate = { frequency = "IMMEDIATE", type = "SNS", addresses = [var.topic_arn] } },
    length(var.emails) == 0 ? {} : { daily = { frequency = "DAILY", type = "EMAIL", addresses = tolist(var.emails) } },
  )
}

resource "aws_ce_anomaly_monitor" "services" {
  count = var.create && var.enable_anomaly_detection && var.enable_service_monitor ? 1 : 0

  name              = "${var.name}-services"
  monitor_type      = "DIMENSIONAL"
  monitor_dimension = "SERVICE"
  tags              = var.tags
}

resource "aws_ce_anomaly_monitor" "custom" {
  for_each = { for key, expression in local.custom_monitors : key => expression if var.create && var.enable_anomaly_detection }

  name                  = "${var.name}-${each.key}"
  monitor_type          = "CUSTOM"
  monitor_specification = jsonencode(each.value)
  tags                  = var.tags
}

resource "aws_ce_anomaly_subscription" "alerts" {
  for_each = { for key, subscription in local.subscriptions : key => subscription if var.create && var.enable_anomaly_detection }

  name             = "${var.name}-${each.key}"
  frequency        = each.value.frequency
  monitor_arn_list = local.monitor_arns
  tags             = var.tags

  dynamic "subscriber" {
    for_each = each.value.addresses

    content {
      type    = each.value.type
      address = subscriber.value
    }
  }

  # Both: 100 USD more in a bill of 100,000 is noise, and so is 40 % more of 5 USD.
  threshold_expression {
    and {
      dimension {
        key           = "ANOMALY_TOTAL_IMPACT_ABSOLUTE"
        match_options = ["GREATER_THAN_OR_EQUAL"]
        values        = [tostring(var.anomaly_threshold.absolute_usd)]
      }
    }
    and {
      dimension {
        key           = "ANOMALY_TOTAL_IMPACT_PERCENTAGE"
        match_options = ["GREATER_THAN_OR_EQUAL"]
        values        = [tostring(var.anomaly_threshold.percent)]
      }
    }
  }
}

resource "aws_budgets_budget" "costs" {
  for_each = { for key, budget in var.budgets : key => budget if var.create }

  name         = "${var.name}-${each.key}"
  budget_type  = "COST"
  time_unit    = each.value.time_unit
  limit_amount = tostring(each.value.limit_usd)
  limit_unit   = "USD"
  tags         = var.tags

  dynamic "cost_filter" {
    for_each = each.value.filters

    content {
      name   = cost_filter.key
      values = cost_filter.value
    }
  }

  dynamic "notification" {
    for_each = concat(
      [for percent in each.value.actual_percent : { type = "ACTUAL", percent = percent }],
      [for percent in each.value.forecasted_percent : { type = "FORECASTED", percent = percent }],
    )

    content {
      notification_type          = notification.value.type
      comparison_operator        = "GREATER_THAN"
      threshold                  = notification.value.percent
      threshold_type             = "PERCENTAGE"
      subscriber_sns_topic_arns  = [var.topic_arn]
      subscriber_email_addresses = var.emails
    }
  }
}
