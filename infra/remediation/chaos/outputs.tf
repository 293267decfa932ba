output "template_ids" {
  description = "Ids of the experiment templates by experiment (`stop-tasks`, `cpu-stress`, `zone-outage`): `aws fis start-experiment --experiment-template-id`."
  value       = { for key, template in aws_fis_experiment_template.experiment : key => template.id }
}

output "role_arn" {
  description = "ARN of the role of the experiments."
  value       = aws_iam_role.experiments.arn
}

output "policy" {
  description = "Permissions of the role as JSON."
  value       = local.policy
}
