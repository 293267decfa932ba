# Forwards events of this account and region, unchanged, to an event bus elsewhere, and proves with heartbeats that it does.
#
# Only the rules and schedules of this module may use the role. What cannot be forwarded for 24 hours is kept for 14 days,
# in one queue; a message there names its rule.

locals {
  patterns = { for name, pattern in var.patterns : name => pattern if var.create }

  rules_arn       = "arn:${var.location.partition}:events:${var.location.region}:${var.location.account_id}:rule"
  rule_arns       = { for name in keys(var.patterns) : name => "${local.rules_arn}/${var.name}-${name}" }
  queue_name      = "${var.name}-undelivered"
  queue_arn       = "arn:${var.location.partition}:sqs:${var.location.region}:${var.location.account_id}:${local.queue_name}"
  default_bus_arn = "arn:${var.location.partition}:events:${var.location.region}:${var.location.account_id}:event-bus/default"

  # Schedules are in the group `default`: one of its own would be one thing more to pay attention to.
  schedule_group_arn = "arn:${var.location.partition}:scheduler:${var.location.region}:${var.location.account_id}:schedule-group/default"

  # Roles are global, rules are not: the region keeps two of these modules in one account apart.
  role_name = "${var.name}-${var.location.region}"

  # Patterns of functions let heartbeats in. Each rule lets only its own pass, or one rule would answer for another.
  branches = { for name, pattern in local.patterns : name => try(jsondecode(pattern)["$or"], []) }
  beating  = { for name, branches in local.branches : name => true if var.heartbeat_schedule != null && length([for branch in branches : branch if try(branch["detail-type"], []) == ["Heartbeat"]]) > 0 }
  forwarded = { for name, pattern in local.patterns : name => length(local.branches[name]) == 0 ? pattern : jsonencode(merge(jsondecode(pattern), { "$or" = [
    for branch in local.branches[name] : merge(branch, { for key, detail in { detail = { rule = [name] } } : key => detail if try(branch["detail-type"], []) == ["Heartbeat"] })
  ] })) }

  alarms = { for key, alarm in {
    undelivered = {
      runbook = "undelivered"
      says    = "An event could not be forwarded and was put aside: look at the bus and its policy, then replay."
      metrics = [{ namespace = "AWS/SQS", name = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", on = { QueueName = local.queue_name } }]
    }
    failed-delivery = {
      runbook = "failed-delivery"
      says    = "EventBridge gave up on forwarding an event, after retries."
      metrics = [for name in keys(local.patterns) : { namespace = "AWS/Events", name = "FailedInvocations", statistic = "Sum", on = { RuleName = "${var.name}-${name}" } }]
    }
  } : key => alarm if var.create && var.alarms && length(local.patterns) > 0 }
}

resource "aws_iam_role" "forward" {
  count = var.create ? 1 : 0

  name                 = local.role_name
  description          = "Forwards events to ${var.bus_arn}"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sts:AssumeRole"
        Condition = {
          StringEquals = { "aws:SourceAccount" = var.location.account_id }
          ArnEquals    = { "aws:SourceArn" = values(local.rule_arns) }
        }
      }],
      [for source in [local.schedule_group_arn] : {
        Effect    = "Allow"
        Principal = { Service = "scheduler.amazonaws.com" }
        Action    = "sts:AssumeRole"
        # The source is the group of a schedule, never a single one:
        # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        Condition = { StringEquals = { "aws:SourceAccount" = var.location.account_id, "aws:SourceArn" = source } }
      } if length(local.beating) > 0],
    )
  })
}

resource "aws_iam_role_policy" "forward" {
  count = var.create ? 1 : 0

  name = "calls"
  role = aws_iam_role.forward[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{ Sid = "Forward", Effect = "Allow", Action = ["events:PutEvents"], Resource = [var.bus_arn] }],
      [for bus in [local.default_bus_arn] : { Sid = "SendHeartbeats", Effect = "Allow", Action = ["events:PutEvents"], Resource = [bus] } if length(local.beating) > 0],
    )
  })
}

resource "aws_cloudwatch_event_rule" "forward" {
  for_each = local.forwarded

  name          = "${var.name}-${each.key}"
  description   = "Forwards events to ${var.bus_arn}"
  event_pattern = jsonencode(merge(jsondecode(each.value), { account = [var.location.account_id] }))
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "bus" {
  for_each = local.patterns

  rule      = aws_cloudwatch_event_rule.forward[each.key].name
  target_id = "bus"
  arn       = var.bus_arn
  # A bus, unlike a queue, is reached with a role.
  role_arn = aws_iam_role.forward[0].arn

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = aws_sqs_queue.undelivered[0].arn
  }
}

# An event of our own on the default bus here, which must come out at every channel of the suite.
resource "aws_scheduler_schedule" "heartbeat" {
  # checkov:skip=CKV_AWS_297:The input names a rule
  for_each = local.beating

  name                = "${var.name}-heartbeat-${each.key}"
  description         = "An event that must come out at every channel"
  schedule_expression = var.heartbeat_schedule

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = local.default_bus_arn
    role_arn = "arn:${var.location.partition}:iam::${var.location.account_id}:role/${aws_iam_role_policy.forward[0].role}"
    input    = jsonencode({ bus = "forwarded", rule = each.key })

    eventbridge_parameters {
      source      = "plimsoll"
      detail_type = "Heartbeat"
    }

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
    }
  }
}

resource "aws_sqs_queue" "undelivered" {
  count = length(local.patterns) > 0 ? 1 : 0

  name                      = local.queue_name
  message_retention_seconds = 14 * 86400
  sqs_managed_sse_enabled   = true
  tags                      = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AllowFromRules"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.queue_arn
        # AWS documents the rule's ARN alone, which names the account, too: docs/aws-conditions.md.
        Condition = {
          ArnEquals            = { "aws:SourceArn" = values(local.rule_arns) }
          StringEqualsIfExists = { "aws:SourceAccount" = var.location.account_id }
        }
      },
      {
        Sid       = "DenySendingByOthers"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:SendMessage"
        Resource  = local.queue_arn
        Condition = { ArnNotEquals = { "aws:SourceArn" = values(local.rule_arns) } }
      },
      {
        Sid       = "DenyPlainText"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = local.queue_arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_cloudwatch_metric_alarm" "trouble" {
  for_each = local.alarms

  alarm_name        = "${var.name}-${each.key}"
  alarm_description = "${each.value.says} Runbook: docs/runbooks/alarms.md#${each.value.runbook}"

  namespace   = length(each.value.metrics) == 1 ? each.value.metrics[0].namespace : null
  metric_name = length(each.value.metrics) == 1 ? each.value.metrics[0].name : null
  dimensions  = length(each.value.metrics) == 1 ? each.value.metrics[0].on : null
  statistic   = length(each.value.metrics) == 1 ? each.value.metrics[0].statistic : null
  period      = length(each.value.metrics) == 1 ? 300 : null

  dynamic "metric_query" {
    for_each = length(each.value.metrics) == 1 ? {} : { for i, metric in each.value.metrics : "m${i}" => metric }
    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.on
        stat        = metric_query.value.statistic
        period      = 300
      }
    }
  }

  dynamic "metric_query" {
    for_each = length(each.value.metrics) == 1 ? [] : ["SUM(METRICS())"]
    content {
      id          = "all"
      expression  = metric_query.value
      label       = each.key
      return_data = true
    }
  }

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  tags                = var.tags
}
