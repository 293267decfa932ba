output "registry_id" {
  description = "Account whose images are replicated; null without replication."
  value       = one(aws_ecr_replication_configuration.registry[*].registry_id)
}

output "destination" {
  description = "Where the images go, as `ACCOUNT.dkr.ecr.REGION.amazonaws.com`."
  value       = "${local.destination}.dkr.ecr.${var.replication_region}.amazonaws.com"
}

output "registry_policy" {
  description = "Policy as JSON that another account sets as its registry's policy; null for the same account."
  value       = local.registry_policy
}
