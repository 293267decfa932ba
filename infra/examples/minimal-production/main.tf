# The "minimal production setup" of the source checklist as one root: a service behind a firewall, an API with throttling,
# logs and traces, a dashboard with alarms, canary deployments that roll back, a pipeline without keys, backups, and alerts on costs.
#
# terraform init -backend-config=backend.hcl, with bucket, key and region of your state in backend.hcl.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }

  backend "s3" {}
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { Application = var.project_name, Environment = "prod", ManagedBy = "terraform" }
  }
}

locals {
  settings = jsondecode(file("${path.module}/../service/environments.json"))["prod"]
}

# Network, load balancer, service, auto-scaling, dashboard, alarms, traces and the error query.
module "app" {
  source = "../service/modules/app"

  name                  = var.project_name
  environment           = "prod"
  deployment_controller = "CODE_DEPLOY"
  single_nat_gateway    = local.settings.single_nat_gateway
  enable_fargate_spot   = local.settings.enable_fargate_spot
  autoscaling_min       = local.settings.autoscaling_min
  autoscaling_max       = local.settings.autoscaling_max
  log_retention_days    = local.settings.log_retention_days
  availability_zones    = local.settings.availability_zones
  enable_backup         = local.settings.enable_backup
  enable_waf            = false # below, with the inputs of the source checklist

  image           = var.image
  certificate_arn = var.certificate_arn
  alarm_emails    = var.alarm_emails
  secrets         = var.secrets
}

module "waf" {
  source = "../../remediation/waf"

  name                     = "${var.project_name}-waf"
  scope                    = "REGIONAL"
  resource_arn             = module.app.load_balancer.arn
  additional_resource_arns = { api = module.api_gateway.stage_arn }

  enable_rate_limiting    = true
  rate_limit              = 2000
  enable_ip_reputation    = true
  enable_known_bad_inputs = true
  log_retention_days      = local.settings.log_retention_days
}

module "api_gateway" {
  source = "../../remediation/api-gateway"

  name         = "${var.project_name}-api"
  api_type     = "REST"
  openapi_body = templatefile("${path.module}/openapi.json", { name = var.project_name, domain_name = var.domain_name })

  enable_throttling    = true
  throttle_rate_limit  = var.throttle_rate_limit
  throttle_burst_limit = var.throttle_burst_limit
  enable_access_logs   = true
  enable_xray_tracing  = true
  log_retention_days   = local.settings.log_retention_days
}

module "codedeploy" {
  source = "../../remediation/codedeploy"

  app_name                = "${var.project_name}-prod"
  cluster_name            = module.app.service.cluster_name
  service_name            = module.app.service.service_name
  listener_arn            = module.app.load_balancer.https_listener_arn
  blue_target_group_name  = module.app.load_balancer.target_groups["blue"].name
  green_target_group_name = module.app.load_balancer.target_groups["green"].name
  task_role_arns          = values(module.app.service.role_arns)

  # Of both groups: the new revision may be in either.
  alarm_names = [for key in ["web-blue-5xx", "web-green-5xx", "web-blue-response-time", "web-green-response-time"] : module.app.alarm_names[key]]
}

module "github_oidc" {
  source = "../../remediation/github-oidc"

  github_org           = var.github_org
  github_repo          = var.github_repo
  github_environments  = ["prod"]
  create_oidc_provider = var.create_oidc_provider

  ecr_repository_arns              = [module.app.repository_arn]
  ecs_cluster_arn                  = module.app.service.cluster_arn
  ecs_service_arns                 = [module.app.service.service_arn]
  task_definition_families         = [module.app.service.task_definition_family]
  task_role_arns                   = values(module.app.service.role_arns)
  codedeploy_deployment_group_arns = [module.codedeploy.deployment_group_arn]
}

module "cost" {
  source = "../../remediation/cost"

  name      = var.project_name
  topic_arn = var.cost_topic_arn
  budgets   = { account = { limit_usd = var.monthly_budget_usd } }

  enable_service_monitor = var.enable_service_monitor
  existing_monitor_arns  = var.existing_monitor_arns
}
