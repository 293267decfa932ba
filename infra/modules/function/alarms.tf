# Alarms on what AWS itself measures: none of our code has to run for them to go off. The words after the function's
# name are the kind of alarm; each kind has a runbook, which the description names.

locals {
  visible = { namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", threshold = 1 }
  lambda  = { FunctionName = local.name }

  alarms = merge(
    {
      errors = {
        runbook = "errors"
        says    = "An invocation failed. Nothing is lost: events stay in the queue, and the next run repeats the rest."
        of      = { namespace = "AWS/Lambda", metric = "Errors", statistic = "Sum", threshold = 1 }
        on      = local.lambda
      }
      throttled = {
        runbook = "throttled"
        says    = "AWS refused to start the function: the account's concurrency is used up. Events wait."
        of      = { namespace = "AWS/Lambda", metric = "Throttles", statistic = "Sum", threshold = 1 }
        on      = local.lambda
      }
    },
    local.has_queue ? {
      backlog = {
        runbook = "backlog"
        says    = "The oldest event has waited for more than 15 minutes: the function or something behind it is down."
        of      = { namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum", threshold = 900 }
        on      = { QueueName = local.name }
      }
      dead-letters = {
        runbook = "dead-letters"
        says    = "An event failed ${var.queue.maximum_receives} times and was put aside. Find out why, then redrive."
        of      = local.visible
        on      = { QueueName = "${local.name}-dead" }
      }
    } : {},
    merge([for key, sender in local.undelivered : {
      "undelivered-${key}" = {
        runbook = "undelivered"
        says    = "An event could not be handed to the queue: permission, key or queue is missing. Repair, then replay."
        of      = local.visible
        on      = { QueueName = "${local.name}-undelivered-${key}" }
      }
    }]...),
    merge([for key, rule in local.rules : {
      "failed-delivery-${key}" = {
        runbook = "failed-delivery"
        says    = "EventBridge gave up on an event for this rule, after retries."
        of      = { namespace = "AWS/Events", metric = "FailedInvocations", statistic = "Sum", threshold = 1 }
        on      = merge({ RuleName = rule.name }, rule.bus == "default" ? {} : { EventBusName = rule.bus })
      }
    }]...),
    local.has_schedule ? {
      unstarted = {
        runbook = "unstarted"
        says    = "The scheduler could not start the function."
        of      = local.visible
        on      = { QueueName = "${local.name}-unstarted" }
      }
    } : {},
  )

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

resource "aws_cloudwatch_metric_alarm" "trouble" {
  for_each = { for key, alarm in local.alarms : key => alarm if var.create }

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.value.says} Runbook: docs/runbooks/alarms.md#${each.value.runbook}"
  namespace           = each.value.of.namespace
  metric_name         = each.value.of.metric
  dimensions          = each.value.on
  statistic           = each.value.of.statistic
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = each.value.of.threshold
  period              = 300
  evaluation_periods  = 1
  # A queue without traffic reports nothing, and then nothing is wrong.
  treat_missing_data = "notBreaching"
  alarm_actions      = var.common.alarm_topic_arns
  ok_actions         = var.common.alarm_topic_arns
  tags               = var.common.tags
}

resource "aws_cloudwatch_metric_alarm" "silent" {
  for_each = { for key, silence in local.silences : key => silence if var.create }

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "The function has not run for ${each.value.minutes} minutes: the schedule, its role or the function is gone or switched off. Runbook: docs/runbooks/alarms.md#silent"
  namespace           = "AWS/Lambda"
  metric_name         = "Invocations"
  dimensions          = local.lambda
  statistic           = "Sum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = each.value.period
  evaluation_periods  = each.value.periods
  # No news is bad news.
  treat_missing_data = "breaching"
  alarm_actions      = var.common.alarm_topic_arns
  ok_actions         = var.common.alarm_topic_arns
  tags               = var.common.tags
}
