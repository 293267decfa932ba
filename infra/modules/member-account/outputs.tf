output "role_arn" {
  description = "ARN of the role that forwards; null if nothing is created."
  value       = module.forwarding.role_arn
}

output "rule_arns" {
  description = "ARNs of the forwarding rules, by what they forward."
  value       = module.forwarding.rule_arns
}

output "undelivered_queue_url" {
  description = "URL of the queue that keeps what could not be forwarded; null if nothing is created."
  value       = module.forwarding.undelivered_queue_url
}

output "heartbeat_paths" {
  description = "Ways that are proved by heartbeats: hand them to the suite's `heartbeat.forwarded_paths`."
  value       = module.forwarding.heartbeat_paths
}

output "operations_topic_arn" {
  description = "ARN of the topic that hears of trouble with forwarding; null if there is none."
  value       = module.operations.arn
}

output "evidence_reader_role_arn" {
  description = "ARN of the role that the suite's collector takes on; hand it to the suite's `collector.members`. Null if there is none."
  value       = try(aws_iam_role.evidence_reader[0].arn, null)
}
