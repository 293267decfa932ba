output "trail_arn" {
  description = "ARN of the trail; null if there is none."
  value       = one(aws_cloudtrail.trail[*].arn)
}

output "bucket_names" {
  description = "Names of the buckets by what is in them: `cloudtrail` and `config`."
  value       = { for part, bucket in aws_s3_bucket.records : part => bucket.id }
}

output "bucket_policies" {
  description = "Policies of the buckets as JSON, by what is in them: for the checks of whoever owns the account."
  value       = { for part, policy in local.bucket_policies : part => jsonencode(policy) }
}

output "config_role_arn" {
  description = "ARN of the role by which AWS Config reads; null if there is none."
  value       = one(aws_iam_role.config[*].arn)
}

output "rule_names" {
  description = "Names of the Config rules by their identifiers."
  value       = { for identifier, rule in aws_config_config_rule.rule : identifier => rule.name }
}

output "detector_id" {
  description = "Id of the detector of GuardDuty; null if that part is off."
  value       = var.create && var.enable_guardduty ? local.detector_id : null
}
