output "namespace_arn" {
  description = "ARN of the namespace: what the cluster takes as `service_connect_defaults`, and a service that only calls others as `namespace`."
  value       = aws_service_discovery_http_namespace.mesh.arn
}

output "configurations" {
  description = "Service Connect of each service: what the module `ecs-deployment` takes as `service_connect`."
  value       = local.configurations
}

output "certificate_authority_arn" {
  description = "ARN of the certificate authority; null without TLS."
  value       = var.enable_tls ? local.authority_arn : null
}

output "tls_role_arn" {
  description = "ARN of the role by which ECS issues certificates; null without TLS."
  value       = one(aws_iam_role.tls[*].arn)
}
