output "arn" {
  description = "ARN of the topic; null if nothing is created."
  value       = one(aws_sns_topic.topic[*].arn)
}

output "name" {
  description = "Name of the topic."
  value       = var.name
}

output "policy" {
  description = "Policy of the topic as JSON, for the checks of whoever owns it; null if nothing is created."
  value       = one(aws_sns_topic.topic[*].policy)
}
