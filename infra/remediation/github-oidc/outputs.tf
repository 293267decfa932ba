output "role_arn" {
  description = "ARN of the role: `role-to-assume` of `aws-actions/configure-aws-credentials`."
  value       = aws_iam_role.deploy.arn
}

output "subjects" {
  description = "The `sub` claims that the role trusts."
  value       = local.subjects
}

output "policy" {
  description = "Permissions of the role as JSON, for the checks of whoever owns the account."
  value       = local.policy
}
