output "load_balancer" {
  description = "ARN of the load balancer, the name that your domain points to, its HTTPS listener and its pair of target groups."
  value = {
    arn                = module.load_balancer.arn
    dns_name           = module.load_balancer.dns_name
    https_listener_arn = module.load_balancer.https_listener_arn
    target_groups      = module.load_balancer.target_groups
    security_group_id  = module.load_balancer.security_group_id
  }
}

output "service" {
  description = "What a pipeline needs: cluster, service, family of the task definitions, roles to pass."
  value = {
    cluster_arn            = module.service.cluster_arn
    cluster_name           = module.service.cluster_name
    service_arn            = module.service.service_arn
    service_name           = module.service.service_name
    task_definition_family = module.service.task_definition_family
    role_arns              = module.service.role_arns
  }
}

output "repository_arn" {
  description = "ARN of the repository of the images."
  value       = aws_ecr_repository.image.arn
}

output "repository_url" {
  description = "Where the pipeline pushes to."
  value       = aws_ecr_repository.image.repository_url
}

output "alarm_names" {
  description = "Names of the alarms, by what they watch."
  value       = module.observability.alarm_names
}

output "alarm_topic_arn" {
  description = "Topic that hears of the alarms."
  value       = module.alarm_topic.arn
}

output "network" {
  description = "VPC and its subnets, for data stores beside the service."
  value = {
    vpc_id             = module.network.vpc_id
    private_subnet_ids = module.network.private_subnet_ids
    public_subnet_ids  = module.network.public_subnet_ids
  }
}

output "task_security_group_id" {
  description = "Security group of the tasks: what a database lets in."
  value       = module.service.security_group_id
}

output "settings" {
  description = "What this environment is, read from what was made: for reviews and tests."
  value = {
    nat_gateways       = module.network.nat_gateways.gateways
    availability_zones = module.network.nat_gateways.zones
    capacity           = module.service.capacity
    autoscaling        = module.service.autoscaling
    log_retention_days = module.service.log_retention_days
    waf                = length(module.waf) > 0
    shield             = length(module.advanced_security) > 0
    backup             = length(module.backup) > 0
  }
}
