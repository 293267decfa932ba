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
    aws-health = {
      paths = { account = "$.account", region = "$.region", service = "$.detail.service", code = "$.detail.eventTypeCode" }
      text  = "AWS Health: <code> of <service> concerns account <account>, <region>."
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
    arn = aws_sqs_queue.direct_undelivered[each.key].arn
  }
}

resource "aws_sqs_queue" "direct_undelivered" {
  for_each = { for key, rule in local.direct_rules : key => rule if var.create }

  name                      = "${each.value.name}-undelivered"
  message_retention_seconds = 14 * 86400
  kms_master_key_id         = var.kms_key_arn
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  tags                      = local.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AllowFromRule"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${each.value.name}-undelivered"
        Condition = {
          ArnEquals    = { "aws:SourceArn" = each.value.arn }
          StringEquals = { "aws:SourceAccount" = local.account_id }
        }
      },
      {
        Sid       = "DenyPlainText"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${each.value.name}-undelivered"
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_cloudwatch_metric_alarm" "direct_undelivered" {
  for_each = { for key, rule in local.direct_rules : key => rule if var.create }

  alarm_name          = "${each.value.name}-undelivered"
  alarm_description   = "A direct notice could not be handed to the operations topic: permission, key or topic is missing. Runbook: docs/runbooks/alarms.md#undelivered"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = "${each.value.name}-undelivered" }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_topic_arns
  ok_actions          = local.alarm_topic_arns
  tags                = local.tags
}
