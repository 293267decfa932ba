# Alarms on what AWS itself measures: none of our code has to run for them to go off. The words after the function's
# name are the kind of alarm; each kind has a runbook, which the description names. What one runbook answers for all
# functions is one alarm of the suite: infra/suite/alarms.tf.
#
# No alarm says that it is over: with `ok_actions` every alarm would, when it is made. infra/suite/recovered.tf says so.

locals {
  # The dead man's switch: no invocation at all, whatever the reason. Up to an hour it counts minutes, then hours:
  # CloudWatch looks back at most one day in minutes, seven days in hours.
  silences = {
    for key, schedule in var.trigger.schedules : "silent-${key}" => {
      minutes = schedule.silent_after_minutes
      period  = schedule.silent_after_minutes > 60 ? 3600 : 60
      periods = schedule.silent_after_minutes > 60 ? ceil(schedule.silent_after_minutes / 60) : schedule.silent_after_minutes
    } if schedule.silent_after_minutes != null
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  count = var.create && var.common.alarms ? 1 : 0

  alarm_name          = "${local.name}-errors"
  alarm_description   = "An invocation failed. Nothing is lost: events stay in the queue, and the next run repeats the rest. Runbook: docs/runbooks/alarms.md#errors"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = local.name }
  statistic           = "Sum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.common.alarm_topic_arns
  ok_actions          = var.common.ok_topic_arns
  tags                = var.common.tags
}

# A function without a run reports nothing, so the alarm loses its data and says so by INSUFFICIENT_DATA. That is where an
# alarm begins as well, and a beginning is no change: before the first run nobody is told anything.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
resource "aws_cloudwatch_metric_alarm" "silent" {
  for_each = { for key, silence in local.silences : key => silence if var.create && var.common.alarms }

  alarm_name                = "${local.name}-${each.key}"
  alarm_description         = "INSUFFICIENT_DATA: the function has not run for ${each.value.minutes} minutes; the schedule, its role or the function is gone or switched off. Runbook: docs/runbooks/alarms.md#silent"
  namespace                 = "AWS/Lambda"
  metric_name               = "Invocations"
  dimensions                = { FunctionName = local.name }
  statistic                 = "Sum"
  comparison_operator       = "LessThanThreshold"
  threshold                 = 1
  period                    = each.value.period
  evaluation_periods        = each.value.periods
  treat_missing_data        = "missing"
  alarm_actions             = var.common.alarm_topic_arns
  insufficient_data_actions = var.common.alarm_topic_arns
  ok_actions                = var.common.ok_topic_arns
  tags                      = var.common.tags
}
