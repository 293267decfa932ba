# Forwards events of this account and region, unchanged, to an event bus elsewhere.
#
# Only the rules of this module may use the role, and the role may do one thing. What cannot be forwarded for 24 hours
# is kept for 14 days.

locals {
  patterns = { for name, pattern in var.patterns : name => pattern if var.create }

  rule_arns  = { for name in keys(var.patterns) : name => "arn:${var.location.partition}:events:${var.location.region}:${var.location.account_id}:rule/${var.name}-${name}" }
  queue_arns = { for name in keys(var.patterns) : name => "arn:${var.location.partition}:sqs:${var.location.region}:${var.location.account_id}:${var.name}-${name}-undelivered" }

  # Roles are global, rules are not: the region keeps two of these modules in one account apart.
  role_name = "${var.name}-${var.location.region}"

  alarms = merge([for name in keys(local.patterns) : {
    "${name}-undelivered" = {
      runbook   = "undelivered"
      says      = "An event could not be forwarded and was put aside: look at the bus and its policy, then replay."
      namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum"
      on        = { QueueName = "${var.name}-${name}-undelivered" }
    }
    "${name}-failed-delivery" = {
      runbook   = "failed-delivery"
      says      = "EventBridge gave up on forwarding an event, after retries."
      namespace = "AWS/Events", metric = "FailedInvocations", statistic = "Sum"
      on        = { RuleName = "${var.name}-${name}" }
    }
  }]...)
}

resource "aws_iam_role" "forward" {
  count = var.create ? 1 : 0

  name                 = local.role_name
  description          = "Forwards events to ${var.bus_arn}"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.location.account_id }
        ArnEquals    = { "aws:SourceArn" = values(local.rule_arns) }
      }
    }]
  })
}

resource "aws_iam_role_policy" "forward" {
  count = var.create ? 1 : 0

  name = "calls"
  role = aws_iam_role.forward[0].id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "Forward", Effect = "Allow", Action = ["events:PutEvents"], Resource = [var.bus_arn] }]
  })
}

resource "aws_cloudwatch_event_rule" "forward" {
  for_each = local.patterns

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
    arn = aws_sqs_queue.undelivered[each.key].arn
  }
}

resource "aws_sqs_queue" "undelivered" {
  for_each = local.patterns

  name                      = "${var.name}-${each.key}-undelivered"
  message_retention_seconds = 14 * 86400
  sqs_managed_sse_enabled   = true
  tags                      = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AllowFromRule"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.queue_arns[each.key]
        Condition = {
          ArnEquals    = { "aws:SourceArn" = local.rule_arns[each.key] }
          StringEquals = { "aws:SourceAccount" = var.location.account_id }
        }
      },
      {
        Sid       = "DenySendingByOthers"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:SendMessage"
        Resource  = local.queue_arns[each.key]
        Condition = { ArnNotEquals = { "aws:SourceArn" = local.rule_arns[each.key] } }
      },
      {
        Sid       = "DenyPlainText"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = local.queue_arns[each.key]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_cloudwatch_metric_alarm" "trouble" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.says} Runbook: docs/runbooks/alarms.md#${each.value.runbook}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.on
  statistic           = each.value.statistic
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}
