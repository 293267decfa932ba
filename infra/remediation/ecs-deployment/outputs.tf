output "service_arn" {
  description = "ARN of the service."
  value       = aws_ecs_service.service.arn
}

output "service_name" {
  description = "Name of the service."
  value       = aws_ecs_service.service.name
}

output "traffic_role_arn" {
  description = "ARN of the role by which ECS shifts traffic; null without a load balancer."
  value       = one(aws_iam_role.traffic[*].arn)
}

output "traffic_policy" {
  description = "Permissions of that role as JSON; null without a load balancer."
  value       = local.traffic_policy
}
