output "function_arn" {
  description = "ARN of the function; null if nothing is created."
  value       = one(aws_lambda_function.function[*].arn)
}

output "function_name" {
  description = "Full name of the function."
  value       = local.name
}

output "role_arn" {
  description = "ARN of the function's role; null if nothing is created."
  value       = one(aws_iam_role.function[*].arn)
}

output "queue_arn" {
  description = "ARN of the function's queue; null if it has none."
  value       = one(aws_sqs_queue.events[*].arn)
}

output "queue_urls" {
  description = "URLs of the function's queues: `events` and `dead`."
  value = merge(
    { for q in aws_sqs_queue.events : "events" => q.url },
    { for q in aws_sqs_queue.dead : "dead" => q.url },
  )
}

output "rule_arns" {
  description = "ARNs of the rules, one for each event bus."
  value       = { for key, rule in aws_cloudwatch_event_rule.events : key => rule.arn }
}

output "alarm_arns" {
  description = "ARNs of the alarms, by kind."
  value = merge(
    { for alarm in aws_cloudwatch_metric_alarm.errors : "errors" => alarm.arn },
    { for key, alarm in aws_cloudwatch_metric_alarm.silent : key => alarm.arn },
  )
}

output "alarms" {
  description = "Names of the alarms, each with the name of its runbook."
  value = var.create && var.common.alarms ? merge(
    { "${local.name}-errors" = "errors" },
    { for key in keys(local.silences) : "${local.name}-${key}" => "silent" },
  ) : {}
}

output "calls" {
  description = "What the role of the function may do: a sorted list of `action kind-of-resource`."
  value       = local.calls
}

output "watched" {
  description = "What an alarm that several functions share has to watch, by names alone: the function, its queues (null if it has none), and its rules with their buses."
  value = var.create ? {
    function = local.name
    queue    = local.has_queue ? local.name : null
    dead     = local.has_queue ? "${local.name}-dead" : null
    rules    = [for rule in local.rules : { name = rule.name, bus = rule.bus }]
  } : null
}
