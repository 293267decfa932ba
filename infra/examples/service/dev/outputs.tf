output "load_balancer_dns_name" {
  description = "Name that your domain points to."
  value       = module.app.load_balancer.dns_name
}

output "repository_url" {
  description = "Where the pipeline pushes to."
  value       = module.app.repository_url
}

output "service" {
  description = "What the pipeline needs: cluster, service, family of the task definitions, roles to pass."
  value       = module.app.service
}

output "settings" {
  description = "What this environment is, read from what was made: for reviews and tests."
  value       = module.app.settings
}
