# Break-glass: a few kinds of events go from EventBridge to the operations topic, past all of our code and only those.
# They arrive raw and may arrive twice; whoever wants peace leaves them off.

locals {
  direct_texts = {
    guardduty-critical = {
      paths = { account = "$.account", region = "$.region", type = "$.detail.type", severity = "$.detail.severity", id = "$.detail.id" }
      text  = "GuardDuty, severity <severity>: <type> in account <account>, <region>. Finding <id>."
    }
    root-login = {
      paths = { account = "$.account", time = "$.time", result = "$.detail.responseElements.ConsoleLogin" }
      text  = "The root user of account <account> signed in to the console at <time>: <result>."
    }
    trusted-advisor = {
      paths = { account = "$.account", check = "$.detail.check-name", status = "$.detail.status" }
      text  = "Trusted Advisor: <check> is <status> in account <account>."
    }
  }

  direct_rules = merge([
    for notice in var.direct_notices : {
      for key, bus in local.buses : (key == "default" ? notice : "${notice}-${key}") => {
        notice = notice
        bus    = bus
        name   = "${var.name_prefix}-direct-${key == "default" ? notice : "${notice}-${key}"}"
        arn    = join("/", compact(["arn:${local.partition}:events:${local.region}:${local.account_id}:rule", bus == "default" ? "" : bus, "${var.name_prefix}-direct-${key == "default" ? notice : "${notice}-${key}"}"]))
      }
    }
  ]...)
}

resource "aws_cloudwatch_event_rule" "direct" {
  for_each = { for key, rule in local.direct_rules : key => rule if var.create }

  name           = each.value.name
  description    = "Past all code: ${each.value.notice}"
  event_bus_name = each.value.bus
  event_pattern  = jsonencode(merge(jsondecode(file("${path.module}/patterns/direct/${each.value.notice}.json")), { account = local.accounts }))
  tags           = local.tags
}

resource "aws_cloudwatch_event_target" "direct" {
  for_each = { for key, rule in local.direct_rules : key => rule if var.create }

  rule           = aws_cloudwatch_event_rule.direct[each.key].name
  event_bus_name = each.value.bus
  target_id      = "operations"
  arn            = module.operations.arn

  input_transformer {
    input_paths    = local.direct_texts[each.value.notice].paths
    input_template = "\"${local.direct_texts[each.value.notice].text}\""
  }

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = aws_sqs_queue.undelivered[0].arn
  }
}

# A path that bypasses everything has alarms of its own, one for each rule and there before the first event. What could not
# be delivered lies in the suite's queue `undelivered`.
resource "aws_cloudwatch_metric_alarm" "direct_failed" {
  for_each = { for key, rule in local.direct_rules : key => rule if var.create && var.alarms }

  alarm_name          = "${each.value.name}-failed-delivery"
  alarm_description   = "A direct notice could not be handed to the operations topic: the permission, the key or the topic is missing. Runbook: docs/runbooks/alarms.md#failed-delivery"
  namespace           = "AWS/Events"
  metric_name         = "FailedInvocations"
  dimensions          = merge({ RuleName = each.value.name }, each.value.bus == "default" ? {} : { EventBusName = each.value.bus })
  statistic           = "Sum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_topic_arns
  ok_actions          = var.operations.ok_topic_arns
  tags                = local.tags
}
