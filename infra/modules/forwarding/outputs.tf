output "rule_arns" {
  description = "ARNs of the forwarding rules, by name of the pattern."
  value       = { for name, rule in aws_cloudwatch_event_rule.forward : name => rule.arn }
}

output "role_arn" {
  description = "ARN of the role that forwards; null if nothing is created."
  value       = one(aws_iam_role.forward[*].arn)
}

output "undelivered_queue_urls" {
  description = "URLs of the queues that keep what could not be forwarded, by name of the pattern."
  value       = { for name, queue in aws_sqs_queue.undelivered : name => queue.url }
}
