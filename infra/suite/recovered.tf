# Says that an alarm is over, and only that.
#
# The alarms have no `ok_actions`: a new alarm goes from INSUFFICIENT_DATA to OK, so each would send a message when the
# suite is made. Here it counts where an alarm comes from. Who resolves by CloudWatch's own message names its topic in
# `operations.ok_topic_arns`.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html

locals {
  recovered_name = "${var.name_prefix}-recovered"
  recovered      = var.alarms && var.operations.create_topic
}

resource "aws_cloudwatch_event_rule" "recovered" {
  count = var.create && local.recovered ? 1 : 0

  name        = local.recovered_name
  description = "Alarms of ${var.name_prefix} that are over"
  tags        = local.tags

  event_pattern = jsonencode({
    source      = ["aws.cloudwatch"]
    detail-type = ["CloudWatch Alarm State Change"]
    account     = [local.account_id]
    resources   = [{ prefix = "arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:${var.name_prefix}-" }]
    detail      = { state = { value = ["OK"] }, previousState = { value = ["ALARM"] } }
  })
}

resource "aws_cloudwatch_event_target" "recovered" {
  count = var.create && local.recovered ? 1 : 0

  rule      = aws_cloudwatch_event_rule.recovered[0].name
  target_id = "operations"
  arn       = module.operations.arn

  input_transformer {
    input_paths    = { alarm = "$.detail.alarmName", time = "$.time" }
    input_template = "\"<alarm> is over, since <time>.\""
  }

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = aws_sqs_queue.undelivered[0].arn
  }
}
