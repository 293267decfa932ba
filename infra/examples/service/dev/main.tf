# Development: one NAT gateway, most tasks on Spot, logs of a week, no firewall, and it can be destroyed.
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
    tags = { Application = var.name, Environment = "dev", ManagedBy = "terraform" }
  }
}

locals {
  settings = jsondecode(file("${path.module}/../environments.json"))["dev"]
}

module "app" {
  source = "../modules/app"

  name                = var.name
  environment         = "dev"
  single_nat_gateway  = local.settings.single_nat_gateway
  enable_fargate_spot = local.settings.enable_fargate_spot
  fargate_spot_weight = local.settings.fargate_spot_weight
  autoscaling_min     = local.settings.autoscaling_min
  autoscaling_max     = local.settings.autoscaling_max
  enable_waf          = local.settings.enable_waf
  enable_shield       = local.settings.enable_shield
  log_retention_days  = local.settings.log_retention_days
  enable_backup       = local.settings.enable_backup
  availability_zones  = local.settings.availability_zones

  image               = var.image
  certificate_arn     = var.certificate_arn
  alarm_emails        = var.alarm_emails
  secrets             = var.secrets
  deletion_protection = false
}
