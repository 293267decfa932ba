# A canary service behind a load balancer that exists.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.21, < 7"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

module "orders" {
  source = "../.."

  name                = "orders"
  cluster_arn         = "arn:aws:ecs:us-east-1:111122223333:cluster/shop"
  task_definition_arn = "arn:aws:ecs:us-east-1:111122223333:task-definition/orders:1"
  subnet_ids          = ["subnet-0a", "subnet-0b"]
  security_group_ids  = ["sg-0a"]
  load_balancer = {
    container_name               = "orders"
    container_port               = 8080
    blue_target_group_arn        = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/orders-blue/0123456789abcdef"
    green_target_group_arn       = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/orders-green/0123456789abcdef"
    production_listener_rule_arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:listener-rule/app/orders/0123456789abcdef/fedcba9876543210/aaaabbbbccccdddd"
  }

  deployment_strategy = "CANARY"
  canary_percent      = 10
  canary_bake_minutes = 5
  bake_time_minutes   = 5
  alarm_names         = ["orders-target-5xx", "orders-response-time"]
}

output "service_arn" {
  description = "ARN of the service: what the module `github-oidc` takes in `ecs_service_arns`."
  value       = module.orders.service_arn
}
