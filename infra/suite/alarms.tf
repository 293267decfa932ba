# Alarms of the whole suite. What one runbook answers for several functions is one alarm, over the metrics of all of them;
# the alarms on a function's errors and silence are in modules/function.

locals {
  # What the functions write in CloudWatch's embedded metric format; the functions and the alarms read the same file.
  metrics = jsondecode(file("${path.module}/metrics.json"))

  watched = [for f in local.modules : f.watched if f.watched != null]
  rules = concat(
    flatten([for w in local.watched : w.rules]),
    local.recovered ? [{ name = local.recovered_name, bus = "default" }] : [],
  )

  shared_alarms = {
    throttled = {
      runbook = "throttled"
      says    = "AWS refused to start a function: the account's concurrency is used up. Events wait."
      combine = "SUM", statistic = "Sum", threshold = 1, periods = 1
      metrics = [for w in local.watched : { namespace = "AWS/Lambda", name = "Throttles", on = { FunctionName = w.function } }]
    }
    backlog = {
      runbook = "backlog"
      says    = "The oldest event of a queue has waited for more than 15 minutes: the function or something behind it is down."
      combine = "MAX", statistic = "Maximum", threshold = 900, periods = 1
      metrics = [for w in local.watched : { namespace = "AWS/SQS", name = "ApproximateAgeOfOldestMessage", on = { QueueName = w.queue } } if w.queue != null]
    }
    dead-letters = {
      runbook = "dead-letters"
      says    = "An event failed too often and was put aside. Find out why, then redrive."
      combine = "SUM", statistic = "Maximum", threshold = 1, periods = 1
      metrics = [for w in local.watched : { namespace = "AWS/SQS", name = "ApproximateNumberOfMessagesVisible", on = { QueueName = w.dead } } if w.dead != null]
    }
    undelivered = {
      runbook = "undelivered"
      says    = "An event could not be handed over: the permission, the key, the queue or the topic is missing. Repair, then replay."
      combine = "SUM", statistic = "Maximum", threshold = 1, periods = 1
      metrics = [{ namespace = "AWS/SQS", name = "ApproximateNumberOfMessagesVisible", on = { QueueName = local.undelivered_name } }]
    }
    failed-delivery = {
      runbook = "failed-delivery"
      says    = "EventBridge gave up on an event for a rule, after retries."
      combine = "SUM", statistic = "Sum", threshold = 1, periods = 1
      metrics = [for rule in local.rules : { namespace = "AWS/Events", name = "FailedInvocations", on = merge({ RuleName = rule.name }, rule.bus == "default" ? {} : { EventBusName = rule.bus }) }]
    }
    unstarted = {
      runbook = "unstarted"
      says    = "The scheduler could not start a function or send a heartbeat."
      combine = "SUM", statistic = "Maximum", threshold = 1, periods = 1
      metrics = [{ namespace = "AWS/SQS", name = "ApproximateNumberOfMessagesVisible", on = { QueueName = local.unstarted_name } }]
    }
    quarantined = {
      runbook = "quarantined"
      says    = "An event could not be read and was put aside. Somebody was told; read it, then report its shape."
      combine = "SUM", statistic = "Sum", threshold = 1, periods = 1
      metrics = [for source in local.sources : { namespace = var.metrics_namespace, name = local.metrics.events.name, on = { Source = source, Outcome = "quarantined" } }]
    }
    state-throttled = {
      runbook = "state-throttled"
      says    = "DynamoDB throttles writes of the state. Events wait in their queues; look at the table's limits."
      combine = "SUM", statistic = "Sum", threshold = 1, periods = 1
      metrics = [{ namespace = "AWS/DynamoDB", name = "WriteThrottleEvents", on = { TableName = local.table_name } }]
    }
    topic-failing = {
      runbook = "failing-topic"
      says    = "SNS could not deliver to a subscriber of the operations topic, or could not hand a cost alert to the queue."
      combine = "SUM", statistic = "Sum", threshold = 1, periods = 1
      metrics = [for name in concat(
        var.operations.create_topic ? [local.operations_topic_name] : [],
        contains(local.sources, "cost-anomaly") ? [local.cost_topic_name] : [],
      ) : { namespace = "AWS/SNS", name = "NumberOfNotificationsFailed", on = { TopicName = name } }]
    }
  }

  channel_alarms = merge(
    { for channel in keys(local.channels) : "overdue-${channel}" => {
      runbook = "overdue"
      says    = "A critical finding has waited for more than five minutes and the channel has not accepted it."
      combine = "MAX", statistic = "Maximum", threshold = 300, periods = 1
      metrics = [{ namespace = var.metrics_namespace, name = local.metrics.overdue.name, on = { Channel = channel } }]
    } },
    { for channel in keys(local.channels) : "failing-${channel}" => {
      runbook = "failing-channel"
      says    = "The channel has refused messages for 15 minutes: a token, a webhook or a topic is gone, or the service is down."
      combine = "SUM", statistic = "Sum", threshold = 1, periods = 3
      metrics = [{ namespace = var.metrics_namespace, name = local.metrics.failures.name, on = { Channel = channel } }]
    } },
    { for channel in keys(local.channels) : "heartbeat-${channel}" => {
      runbook = "heartbeat"
      says    = "A heartbeat has not come out at the channel in time, or (INSUFFICIENT_DATA) its notifier says nothing: some way from a rule to the channel is broken, and silence means nothing."
      combine = "MAX", statistic = "Maximum", threshold = var.heartbeat.silent_after_minutes * 60, periods = 3
      metrics = [{ namespace = var.metrics_namespace, name = local.metrics.heartbeat.name, on = { Channel = channel } }]
    } if var.heartbeat.enabled },
  )

  # An alarm reads at most ten metrics: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html
  suite_alarms = merge(concat([local.channel_alarms], [for key, alarm in local.shared_alarms : {
    for i, part in chunklist(alarm.metrics, 10) : i == 0 ? key : "${key}-${i + 1}" => merge(alarm, { metrics = part })
  }])...)
}

resource "aws_cloudwatch_metric_alarm" "suite" {
  for_each = { for key, alarm in local.suite_alarms : key => alarm if var.create && var.alarms }

  alarm_name        = "${var.name_prefix}-${each.key}"
  alarm_description = "${each.value.says} Runbook: docs/runbooks/alarms.md#${each.value.runbook}"

  namespace   = length(each.value.metrics) == 1 ? each.value.metrics[0].namespace : null
  metric_name = length(each.value.metrics) == 1 ? each.value.metrics[0].name : null
  dimensions  = length(each.value.metrics) == 1 ? each.value.metrics[0].on : null
  statistic   = length(each.value.metrics) == 1 ? each.value.statistic : null
  period      = length(each.value.metrics) == 1 ? 300 : null

  dynamic "metric_query" {
    for_each = length(each.value.metrics) == 1 ? {} : { for i, metric in each.value.metrics : "m${i}" => metric }
    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.on
        stat        = each.value.statistic
        period      = 300
      }
    }
  }

  dynamic "metric_query" {
    for_each = length(each.value.metrics) == 1 ? [] : [each.value.combine]
    content {
      id          = "all"
      expression  = "${metric_query.value}(METRICS())"
      label       = each.key
      return_data = true
    }
  }

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = each.value.periods

  # Silence means here that nothing happened; that a function runs at all is watched by its own alarm. Only of a heartbeat
  # silence is the alarm, and before the first one there is no change of state, so nobody is told when the suite is made.
  treat_missing_data        = each.value.runbook == "heartbeat" ? "missing" : "notBreaching"
  alarm_actions             = local.alarm_topic_arns
  insufficient_data_actions = each.value.runbook == "heartbeat" ? local.alarm_topic_arns : []
  ok_actions                = var.operations.ok_topic_arns
  tags                      = local.tags
}
