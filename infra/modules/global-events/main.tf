# Events that AWS raises in us-east-1 only, for a suite in another region: cost anomalies, sign-ins of the root user,
# Trusted Advisor, global Health. Hand it the provider of that region: `providers = { aws = aws.us_east_1 }`.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_region" "current" {
  lifecycle {
    postcondition {
      condition     = self.id == var.home_region
      error_message = "global-events belongs into ${var.home_region}, where AWS raises global events, but its provider is in ${self.id}. Pass providers = { aws = aws.us_east_1 }."
    }
  }
}

locals {
  # The topic has a name of its own: the suite's may be in the same account and region.
  operations_name  = "${var.name_prefix}-global-operations"
  operations_arn   = "arn:${local.location.partition}:sns:${local.location.region}:${local.location.account_id}:${local.operations_name}"
  has_topic        = var.alarms && length(var.operations.emails) + length(var.operations.https_endpoints) > 0
  alarm_topic_arns = concat(local.has_topic ? [local.operations_arn] : [], var.operations.topic_arns)

  suite = "${path.module}/../../suite/patterns"
  # The registry of sources; infra/suite/main.tf says why it is read from there.
  registry     = jsondecode(file("${path.module}/../../../functions/sources/sources.json")).sources
  source_names = [for source in local.registry : source.name if source.global]
  sources      = var.sources == null ? toset(local.source_names) : var.sources

  location = {
    partition  = data.aws_partition.current.partition
    region     = data.aws_region.current.id
    account_id = data.aws_caller_identity.current.account_id
  }

  topic_name      = "${var.name_prefix}-cost-alerts"
  topic_arn       = "arn:${local.location.partition}:sns:${local.location.region}:${local.location.account_id}:${local.topic_name}"
  undelivered_arn = "arn:${local.location.partition}:sqs:${local.location.region}:${local.location.account_id}:${local.topic_name}-undelivered"
}

module "forwarding" {
  source = "../forwarding"
  create = var.create

  name                     = "${var.name_prefix}-global"
  location                 = local.location
  bus_arn                  = var.event_bus_arn
  alarms                   = var.alarms
  alarm_topic_arns         = local.alarm_topic_arns
  heartbeat_schedule       = var.heartbeat_schedule
  permissions_boundary_arn = var.permissions_boundary_arn
  tags                     = var.tags
  patterns = merge(
    { for name in local.sources : name => file("${local.suite}/${name}.json") },
    { for name in var.direct_notices : name => file("${local.suite}/direct/${name}.json") },
  )
}

module "cost_alerts" {
  source = "../topic"
  create = var.create

  name        = local.topic_name
  location    = local.location
  kms_key_arn = var.kms_key_arn
  tags        = var.tags
  publishers = {
    budgets = {
      service     = "budgets.amazonaws.com"
      source_arns = ["arn:${local.location.partition}:budgets::${local.location.account_id}:*"]
    }
    # Documented with the account alone: https://docs.aws.amazon.com/cost-management/latest/userguide/ad-SNS.html
    cost-anomaly-detection = { service = "costalerts.amazonaws.com" }
  }
}

# A subscription lives in the region of its topic; the queue may be elsewhere.
resource "aws_sns_topic_subscription" "cost_queue" {
  count = var.create ? 1 : 0

  topic_arn      = module.cost_alerts.arn
  protocol       = "sqs"
  endpoint       = var.cost_queue_arn
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.cost_undelivered[0].arn })
}

resource "aws_sqs_queue" "cost_undelivered" {
  count = var.create ? 1 : 0

  name                      = "${local.topic_name}-undelivered"
  message_retention_seconds = 14 * 86400
  sqs_managed_sse_enabled   = true
  tags                      = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AllowFromTopic"
        Effect    = "Allow"
        Principal = { Service = "sns.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.undelivered_arn
        Condition = {
          ArnEquals            = { "aws:SourceArn" = local.topic_arn }
          StringEqualsIfExists = { "aws:SourceAccount" = local.location.account_id }
        }
      },
      {
        Sid       = "DenyPlainText"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = local.undelivered_arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_cloudwatch_metric_alarm" "cost_undelivered" {
  count = var.create && var.alarms ? 1 : 0

  alarm_name          = "${local.topic_name}-undelivered"
  alarm_description   = "A cost alert could not be handed to the suite's queue: its policy or key does not let the topic in. Runbook: docs/runbooks/alarms.md#undelivered"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = "${local.topic_name}-undelivered" }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_topic_arns
  tags                = var.tags
}

# Who hears that forwarding is in trouble. No other region's topic can be reached by an alarm, and the way of the events
# is the very way that would be broken.
module "operations" {
  source = "../topic"
  create = var.create && local.has_topic

  name            = local.operations_name
  location        = local.location
  emails          = var.operations.emails
  https_endpoints = var.operations.https_endpoints
  tags            = var.tags
  publishers = {
    alarms = {
      service     = "cloudwatch.amazonaws.com"
      source_arns = ["arn:${local.location.partition}:cloudwatch:${local.location.region}:${local.location.account_id}:alarm:${var.name_prefix}-*"]
    }
  }
}
