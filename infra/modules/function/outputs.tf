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
  description = "URLs of the function's queues: `events`, `dead`, `unstarted`, and `undelivered-<sender>` for each rule or topic."
  value = merge(
    { for q in aws_sqs_queue.events : "events" => q.url },
    { for q in aws_sqs_queue.dead : "dead" => q.url },
    { for q in aws_sqs_queue.unstarted : "unstarted" => q.url },
    { for key, q in aws_sqs_queue.undelivered : "undelivered-${key}" => q.url },
  )
}

output "rule_arns" {
  description = "ARNs of the rules, one for each event bus."
  value       = { for key, rule in aws_cloudwatch_event_rule.events : key => rule.arn }
}

output "alarm_arns" {
  description = "ARNs of the alarms, by kind."
  value = merge(
    { for key, alarm in aws_cloudwatch_metric_alarm.trouble : key => alarm.arn },
    { for key, alarm in aws_cloudwatch_metric_alarm.silent : key => alarm.arn },
  )
}

output "alarms" {
  description = "Names of the alarms, each with the name of its runbook."
  value = var.create ? merge(
    { for key, alarm in local.alarms : "${local.name}-${key}" => alarm.runbook },
    { for key in keys(local.silences) : "${local.name}-${key}" => "silent" },
  ) : {}
}

output "calls" {
  description = "What the role of the function (`function`) and the role of its schedules (`schedule`) may do: sorted lists of `action kind-of-resource`."
  value = {
    function = local.calls
    schedule = local.has_schedule ? ["lambda:InvokeFunction function", "sqs:SendMessage queue"] : []
  }
}
