output "table_name" {
  description = "Name of the table with the state; `plimsoll` reads it as PLIMSOLL_TABLE."
  value       = local.table_name
}

output "table_arn" {
  description = "ARN of the table with the state; null if nothing is created."
  value       = one(aws_dynamodb_table.state[*].arn)
}

output "collector_role_arn" {
  description = "ARN of the role of `evidence-collector`: hand it to modules/member-account as `evidence_reader.collector_role_arn`; null if there is no collector."
  value       = var.collector.enabled ? module.evidence_collector.role_arn : null
}

output "functions" {
  description = "The functions by short name: full name, ARN, role, and the URLs of their queues."
  value = {
    for name, f in local.modules : name => {
      name       = f.function_name
      arn        = f.function_arn
      role_arn   = f.role_arn
      queue_urls = f.queue_urls
    }
  }
}

output "calls" {
  description = "What each role may do, as sorted lists of `action kind-of-resource`; `schedule` is the role of all schedules."
  value = merge(
    { for name, f in local.modules : name => f.calls },
    { schedule = sort(distinct(flatten([for p in local.schedule_permissions : [for action in p.actions : "${action} ${local.kind_of_action[split(":", action)[0]]}"]]))) },
  )
}

output "operations_topic_arn" {
  description = "ARN of the topic that hears of trouble in Plimsoll itself; null if there is none."
  value       = module.operations.arn
}

output "cost_topic_arn" {
  description = "ARN of the topic to name in Budgets and Cost Anomaly Detection; null if cost-anomaly is left out."
  value       = module.cost_alerts.arn
}

output "cost_queue_arn" {
  description = "ARN of the queue of cost-anomaly, for modules/global-events; null if it is left out."
  value       = module.cost_anomaly.queue_arn
}

output "event_bus_arn" {
  description = "ARN of the bus to forward events to from other accounts and regions: the central one, or else the default bus of this region."
  value       = var.create && var.central_bus.enabled ? aws_cloudwatch_event_bus.central[0].arn : "arn:${local.partition}:events:${local.region}:${local.account_id}:event-bus/default"
}

output "report_bucket" {
  description = "Name of the bucket for reports; null if there is none."
  value       = one(aws_s3_bucket.reports[*].id)
}

output "undelivered_queue_url" {
  description = "URL of the queue that keeps what EventBridge or SNS could not hand over; null if nothing is created."
  value       = one(aws_sqs_queue.undelivered[*].url)
}

output "unstarted_queue_url" {
  description = "URL of the queue that keeps what the scheduler could not start; null if nothing is created."
  value       = one(aws_sqs_queue.unstarted[*].url)
}

output "alarms" {
  description = "Names of all alarms, each with the name of its runbook."
  value = merge(
    { for key, alarm in aws_cloudwatch_metric_alarm.suite : alarm.alarm_name => local.suite_alarms[key].runbook },
    { for key, alarm in aws_cloudwatch_metric_alarm.direct_failed : alarm.alarm_name => "failed-delivery" },
    [for name, f in local.modules : f.alarms]...
  )
}

output "dashboard_url" {
  description = "The page in CloudWatch; null without `dashboard`."
  value       = !var.dashboard ? null : "https://${local.region}.console.aws.amazon.com/cloudwatch/home?region=${local.region}#dashboards/dashboard/${var.name_prefix}"
}

locals {
  kind_of_action = { lambda = "function", sqs = "queue", events = "event-bus", sns = "topic", kms = "key" }

  modules = merge(
    {
      for name, f in {
        ecr-scan          = module.ecr_scan
        config-rule       = module.config_rule
        guardduty-finding = module.guardduty_finding
        backup-job        = module.backup_job
        cost-anomaly      = module.cost_anomaly
        health-event      = module.health_event
      } : name => f if contains(local.sources, name)
    },
    { for channel, f in module.alert_notifier : "alert-notifier-${channel}" => f },
    { readiness-digest = module.readiness_digest },
    { for name, f in { evidence-collector = module.evidence_collector } : name => f if var.collector.enabled },
  )
}
