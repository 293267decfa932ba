output "repository_arn" {
  description = "ARN of the repository: what the module `github-oidc` takes in `ecr_repository_arns`."
  value       = aws_ecr_repository.images.arn
}

output "repository_name" {
  description = "Name of the repository: what the module `ecr-replication` takes in `repository_prefixes`."
  value       = aws_ecr_repository.images.name
}

output "repository_url" {
  description = "URL of the repository. Deploy `<url>@<digest>`, not a tag."
  value       = aws_ecr_repository.images.repository_url
}

output "lifecycle_policy" {
  description = "The lifecycle policy as JSON."
  value       = local.lifecycle_policy
}
