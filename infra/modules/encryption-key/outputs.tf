output "arn" {
  description = "ARN of the key; null if nothing is created."
  value       = one(aws_kms_key.key[*].arn)
}

output "policy" {
  description = "Policy of the key as JSON, for the checks of whoever owns it."
  value       = jsonencode(local.policy)
}
