# Who hears that Plimsoll itself is in trouble. AWS measures, CloudWatch decides, SNS tells: none of our code runs here.

locals {
  operations_topic_name = "${var.name_prefix}-operations"
  operations_topic_arn  = "arn:${local.partition}:sns:${local.region}:${local.account_id}:${local.operations_topic_name}"
  alarm_topic_arns      = concat(var.create && var.operations.create_topic ? [local.operations_topic_arn] : [], var.operations.topic_arns)

  # What the functions write in CloudWatch's embedded metric format; the functions and the alarms read the same file.
  metrics = jsondecode(file("${path.module}/metrics.json"))

  suite_alarms = merge(
    {
      state-throttled = {
        runbook   = "state-throttled"
        says      = "DynamoDB throttles writes of the state. Events wait in their queues; look at the table's limits."
        namespace = "AWS/DynamoDB", metric = "WriteThrottleEvents", statistic = "Sum", threshold = 1, periods = 1
        on        = { TableName = local.table_name }
      }
    },
    { for source in var.sources : "quarantined-${source}" => {
      runbook   = "quarantined"
      says      = "An event could not be read and was put aside. Somebody was told; read it, then report its shape."
      namespace = var.metrics_namespace, metric = local.metrics.events.name, statistic = "Sum", threshold = 1, periods = 1
      on        = { Source = source, Outcome = "quarantined" }
    } },
    { for channel in keys(var.channels) : "overdue-${channel}" => {
      runbook   = "overdue"
      says      = "A critical finding has waited for more than five minutes and the channel has not accepted it."
      namespace = var.metrics_namespace, metric = local.metrics.overdue.name, statistic = "Maximum", threshold = 300, periods = 1
      on        = { Channel = channel }
    } },
    { for channel in keys(var.channels) : "failing-${channel}" => {
      runbook   = "failing-channel"
      says      = "The channel has refused messages for 15 minutes: a token, a webhook or a topic is gone, or the service is down."
      namespace = var.metrics_namespace, metric = local.metrics.failures.name, statistic = "Sum", threshold = 1, periods = 3
      on        = { Channel = channel }
    } },
    { for channel in keys(var.channels) : "heartbeat-${channel}" => {
      runbook   = "heartbeat"
      says      = "A heartbeat has not come out at the channel in time: some way from a rule to the channel is broken, and silence means nothing."
      namespace = var.metrics_namespace, metric = local.metrics.heartbeat.name, statistic = "Maximum", threshold = var.heartbeat.silent_after_minutes * 60, periods = 3
      on        = { Channel = channel }
      missing   = "breaching"
    } if var.heartbeat.enabled },
    var.operations.create_topic ? {
      topic-failing-operations = {
        runbook   = "failing-topic"
        says      = "SNS could not deliver to a subscriber of the operations topic."
        namespace = "AWS/SNS", metric = "NumberOfNotificationsFailed", statistic = "Sum", threshold = 1, periods = 1
        on        = { TopicName = local.operations_topic_name }
      }
    } : {},
    contains(var.sources, "cost-anomaly") ? {
      topic-failing-cost-alerts = {
        runbook   = "failing-topic"
        says      = "SNS could not hand a cost alert to the queue."
        namespace = "AWS/SNS", metric = "NumberOfNotificationsFailed", statistic = "Sum", threshold = 1, periods = 1
        on        = { TopicName = local.cost_topic_name }
      }
    } : {},
  )
}

module "operations" {
  source = "../modules/topic"
  create = var.create && var.operations.create_topic

  name            = local.operations_topic_name
  location        = local.location
  kms_key_arn     = var.kms_key_arn
  emails          = var.operations.emails
  https_endpoints = var.operations.https_endpoints
  tags            = local.tags
  publishers = merge(
    {
      alarms = {
        service     = "cloudwatch.amazonaws.com"
        source_arns = ["arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:${var.name_prefix}-*"]
      }
    },
    length(local.direct_rules) == 0 ? {} : {
      direct-notices = { service = "events.amazonaws.com", source_arns = [for rule in local.direct_rules : rule.arn] }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "suite" {
  for_each = { for key, alarm in local.suite_alarms : key => alarm if var.create }

  alarm_name          = "${var.name_prefix}-${each.key}"
  alarm_description   = "${each.value.says} Runbook: docs/runbooks/alarms.md#${each.value.runbook}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.on
  statistic           = each.value.statistic
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = each.value.periods
  # That a function runs at all is watched by the alarms of AWS's own metrics; silence here means nothing happened. Only of
  # a heartbeat silence is the alarm.
  treat_missing_data = try(each.value.missing, "notBreaching")
  alarm_actions      = local.alarm_topic_arns
  ok_actions         = local.alarm_topic_arns
  tags               = local.tags
}
