output "cost_topic_arn" {
  description = "ARN of the topic to name in Budgets and Cost Anomaly Detection, and in the suite's `cost_topic_arns`. Composed from its name, so that the suite need not wait for it."
  value       = local.topic_arn
}

output "role_arn" {
  description = "ARN of the role that forwards; null if nothing is created."
  value       = module.forwarding.role_arn
}

output "rule_arns" {
  description = "ARNs of the forwarding rules, by what they forward."
  value       = module.forwarding.rule_arns
}

output "heartbeat_paths" {
  description = "Ways that are proved by heartbeats: hand them to the suite's `heartbeat.forwarded_paths`."
  value       = module.forwarding.heartbeat_paths
}

output "operations_topic_arn" {
  description = "ARN of the topic that hears of trouble with forwarding; null if there is none."
  value       = module.operations.arn
}
