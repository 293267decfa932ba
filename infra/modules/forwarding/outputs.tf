output "rule_arns" {
  description = "ARNs of the forwarding rules, by name of the pattern."
  value       = { for name, rule in aws_cloudwatch_event_rule.forward : name => rule.arn }
}

output "role_arn" {
  description = "ARN of the role that forwards; null if nothing is created."
  value       = one(aws_iam_role.forward[*].arn)
}

output "undelivered_queue_url" {
  description = "URL of the queue that keeps what could not be forwarded; null if nothing is created."
  value       = one(aws_sqs_queue.undelivered[*].url)
}

output "heartbeat_paths" {
  description = "Ways that are proved by heartbeats, for the suite's `heartbeat.forwarded_paths`: `FUNCTION/ACCOUNT-REGION`."
  value       = [for name in keys(local.beating) : "${name}/${var.location.account_id}-${var.location.region}"]
}

output "alarms" {
  description = "Names of the alarms, each with the name of its runbook."
  value       = { for key, alarm in local.alarms : "${var.name}-${key}" => alarm.runbook }
}
