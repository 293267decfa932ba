output "role_arn" {
  description = "ARN of the role that forwards; null if nothing is created."
  value       = module.forwarding.role_arn
}

output "rule_arns" {
  description = "ARNs of the forwarding rules, by what they forward."
  value       = module.forwarding.rule_arns
}

output "undelivered_queue_urls" {
  description = "URLs of the queues that keep what could not be forwarded."
  value       = module.forwarding.undelivered_queue_urls
}
