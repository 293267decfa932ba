output "cluster_arn" {
  description = "ARN of the cluster."
  value       = aws_ecs_cluster.cluster.arn
}

output "cluster_name" {
  description = "Name of the cluster."
  value       = aws_ecs_cluster.cluster.name
}

output "service_arn" {
  description = "ARN of the service."
  value       = aws_ecs_service.service.id
}

output "service_name" {
  description = "Name of the service."
  value       = aws_ecs_service.service.name
}

output "security_group_id" {
  description = "Security group of the tasks."
  value       = aws_security_group.tasks.id
}

output "log_group_name" {
  description = "Log group of the tasks."
  value       = aws_cloudwatch_log_group.tasks.name
}

output "role_arns" {
  description = "ARNs of the roles `execution` and `task`, which a pipeline must be allowed to pass."
  value       = { execution = aws_iam_role.execution.arn, task = aws_iam_role.task.arn }
}

output "task_definition_family" {
  description = "Family of the task definitions."
  value       = aws_ecs_task_definition.task.family
}

output "execution_policy" {
  description = "Policy of the execution role as JSON, for the checks of whoever owns the account."
  value       = jsonencode(local.execution_policy)
}

output "capacity" {
  description = "Share of the tasks by capacity provider, in percent."
  value       = { for strategy in aws_ecs_service.service.capacity_provider_strategy : strategy.capacity_provider => strategy.weight }
}

output "autoscaling" {
  description = "The least and the greatest number of tasks."
  value       = { min = aws_appautoscaling_target.tasks.min_capacity, max = aws_appautoscaling_target.tasks.max_capacity }
}

output "log_retention_days" {
  description = "Days that the log of the tasks is kept."
  value       = aws_cloudwatch_log_group.tasks.retention_in_days
}
