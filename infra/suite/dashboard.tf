# One page in CloudWatch that answers: does it work, what waits, what is the score?

locals {
  deployed_sources = var.create ? local.sources : []

  widgets = [
    {
      title  = "Score by category (%)"
      metric = [for c in ["Overall", "Security", "Reliability", "Operations", "Performance", "Cost"] : [var.metrics_namespace, local.metrics.score.name, "Category", c]]
      stat   = "Maximum", period = 86400
    },
    {
      title  = "Open findings"
      metric = [for s in ["Critical", "High", "Medium", "Low"] : [var.metrics_namespace, local.metrics.open.name, "Severity", s]]
      stat   = "Maximum", period = 86400
    },
    {
      title  = "Delivered, by channel"
      metric = [for c in keys(local.channels) : [var.metrics_namespace, local.metrics.delivered.name, "Channel", c]]
      stat   = "Sum", period = 3600
    },
    {
      title  = "Refused by a channel"
      metric = [for c in keys(local.channels) : [var.metrics_namespace, local.metrics.failures.name, "Channel", c]]
      stat   = "Sum", period = 3600
    },
    {
      title  = "Oldest event in a queue (seconds)"
      metric = [for s in local.deployed_sources : ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "${var.name_prefix}-${s}"]]
      stat   = "Maximum", period = 300
    },
    {
      title  = "Put aside (dead letters)"
      metric = [for s in local.deployed_sources : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${var.name_prefix}-${s}-dead"]]
      stat   = "Maximum", period = 300
    },
    {
      title  = "Invocations"
      metric = [for f in concat(local.deployed_sources, [for c in keys(local.channels) : "alert-notifier-${c}"], ["readiness-digest"], var.collector.enabled ? ["evidence-collector"] : []) : ["AWS/Lambda", "Invocations", "FunctionName", "${var.name_prefix}-${f}"]]
      stat   = "Sum", period = 3600
    },
    {
      title  = "Errors"
      metric = [for f in concat(local.deployed_sources, [for c in keys(local.channels) : "alert-notifier-${c}"], ["readiness-digest"], var.collector.enabled ? ["evidence-collector"] : []) : ["AWS/Lambda", "Errors", "FunctionName", "${var.name_prefix}-${f}"]]
      stat   = "Sum", period = 3600
    },
  ]
}

resource "aws_cloudwatch_dashboard" "suite" {
  count = var.create && var.dashboard ? 1 : 0

  dashboard_name = var.name_prefix
  dashboard_body = jsonencode({
    widgets = [for i, w in local.widgets : {
      type   = "metric"
      x      = (i % 2) * 12
      y      = floor(i / 2) * 6
      width  = 12
      height = 6
      properties = {
        title   = w.title
        region  = local.region
        metrics = w.metric
        stat    = w.stat
        period  = w.period
        view    = "timeSeries"
      }
    }]
  })
}
