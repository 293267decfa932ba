output "app_name" {
  description = "Name of the CodeDeploy application."
  value       = aws_codedeploy_app.app.name
}

output "deployment_group_name" {
  description = "Name of the deployment group."
  value       = aws_codedeploy_deployment_group.service.deployment_group_name
}

output "deployment_group_arn" {
  description = "ARN of the deployment group: what the module `github-oidc` takes in `codedeploy_deployment_group_arns`."
  value       = aws_codedeploy_deployment_group.service.arn
}

output "role_arn" {
  description = "ARN of CodeDeploy's role."
  value       = aws_iam_role.codedeploy.arn
}

output "policy" {
  description = "Permissions of the role as JSON."
  value       = local.policy
}
