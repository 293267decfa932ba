# An ECS service with everything that the checklist calls implemented. The inputs up to enable_backup have the names of
# section 7 of the source checklist; the environments take their values from ../../environments.json.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  name = "${var.name}-${var.environment}"
  location = {
    partition  = data.aws_partition.current.partition
    region     = data.aws_region.current.id
    account_id = data.aws_caller_identity.current.account_id
  }
}

module "network" {
  source = "../network"

  name                     = local.name
  cidr_block               = var.cidr_block
  availability_zones       = var.availability_zones
  single_nat_gateway       = var.single_nat_gateway
  log_retention_days       = var.log_retention_days
  permissions_boundary_arn = var.permissions_boundary_arn
  tags                     = var.tags
}

module "load_balancer" {
  source = "../load-balancer"

  name                   = local.name
  vpc_id                 = module.network.vpc_id
  public_subnet_ids      = module.network.public_subnet_ids
  task_security_group_id = module.service.security_group_id
  certificate_arn        = var.certificate_arn
  container_port         = var.container_port
  health_check_path      = var.health_check_path
  deletion_protection    = var.deletion_protection
  log_retention_days     = var.log_retention_days
  tags                   = var.tags
}

module "service" {
  source = "../service"

  name                            = local.name
  vpc_id                          = module.network.vpc_id
  private_subnet_ids              = module.network.private_subnet_ids
  load_balancer_security_group_id = module.load_balancer.security_group_id
  target_group_arn                = module.load_balancer.target_groups["blue"].arn
  deployment_controller           = var.deployment_controller

  # Not the alarm on CPU: a service that is just made has no task yet.
  rollback_alarm_names = [for key in ["web-blue-5xx", "web-blue-response-time"] : module.observability.alarm_names[key]]

  image                 = var.image
  repository_arns       = [aws_ecr_repository.image.arn]
  container_port        = var.container_port
  cpu_units             = var.cpu_units
  memory_mib            = var.memory_mib
  cpu_architecture      = var.cpu_architecture
  environment_variables = merge({ ENVIRONMENT = var.environment }, var.environment_variables)
  secrets               = var.secrets
  task_policy           = var.task_policy

  autoscaling_min          = var.autoscaling_min
  autoscaling_max          = var.autoscaling_max
  enable_fargate_spot      = var.enable_fargate_spot
  fargate_spot_weight      = var.fargate_spot_weight
  log_retention_days       = var.log_retention_days
  permissions_boundary_arn = var.permissions_boundary_arn
  tags                     = var.tags
}

module "alarm_topic" {
  source = "../../../../modules/topic"

  name     = "${local.name}-alarms"
  location = local.location
  emails   = var.alarm_emails
  tags     = var.tags

  publishers = {
    alarms = { service = "cloudwatch.amazonaws.com", source_arns = ["arn:${local.location.partition}:cloudwatch:${local.location.region}:${local.location.account_id}:alarm:${local.name}-*"] }
  }
}

module "observability" {
  source = "../../../../remediation/observability"

  name             = local.name
  alarm_topic_arns = concat([module.alarm_topic.arn], var.alarm_topic_arns)
  tags             = var.tags

  # Names, not outputs of the service: its rollback waits for these alarms.
  services = {
    web = {
      cluster_name              = local.name
      service_name              = local.name
      log_group_name            = "/ecs/${local.name}"
      load_balancer_arn_suffix  = module.load_balancer.arn_suffix
      target_group_arn_suffixes = { for role, group in module.load_balancer.target_groups : role => group.arn_suffix if role == "blue" || var.deployment_controller == "CODE_DEPLOY" }
      thresholds                = { minimum_running_tasks = var.autoscaling_min }
    }
  }
}
