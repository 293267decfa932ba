output "load_balancer_dns_name" {
  description = "Name that your domain points to."
  value       = module.app.load_balancer.dns_name
}

output "api_url" {
  description = "Address of the API."
  value       = module.api_gateway.invoke_url
}

output "pipeline" {
  description = "Inputs of .github/workflows/service.yml."
  value = {
    role_arn                    = module.github_oidc.role_arn
    aws_region                  = var.region
    ecr_repository              = reverse(split("/", module.app.repository_arn))[0]
    cluster                     = module.app.service.cluster_name
    service                     = module.app.service.service_name
    codedeploy_application      = module.codedeploy.app_name
    codedeploy_deployment_group = module.codedeploy.deployment_group_name
  }
}

output "settings" {
  description = "What the service is, read from what was made: for reviews and tests."
  value       = module.app.settings
}
