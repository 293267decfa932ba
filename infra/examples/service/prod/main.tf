# Production: no Spot, firewall, Shield Advanced, backups, logs of 90 days.
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
    tags = { Application = var.name, Environment = "prod", ManagedBy = "terraform" }
  }
}

# Where copies of the backups are kept.
provider "aws" {
  alias  = "recovery"
  region = var.recovery_region

  default_tags {
    tags = { Application = var.name, Environment = "prod", ManagedBy = "terraform" }
  }
}

locals {
  settings = jsondecode(file("${path.module}/../environments.json"))["prod"]
}

module "backup_copies" {
  source    = "../../../remediation/backup"
  providers = { aws = aws.recovery }
  count     = local.settings.enable_backup ? 1 : 0

  name        = "${var.name}-prod-copies"
  create_plan = false
  # The other call exports.
  enable_task_definition_export = false
}

module "app" {
  source = "../modules/app"

  name                  = var.name
  environment           = "prod"
  single_nat_gateway    = local.settings.single_nat_gateway
  enable_fargate_spot   = local.settings.enable_fargate_spot
  autoscaling_min       = local.settings.autoscaling_min
  autoscaling_max       = local.settings.autoscaling_max
  enable_waf            = local.settings.enable_waf
  enable_shield         = local.settings.enable_shield && var.subscribed_to_shield
  log_retention_days    = local.settings.log_retention_days
  enable_backup         = local.settings.enable_backup
  backup_copy_vault_arn = one(module.backup_copies[*].vault_arn)
  availability_zones    = local.settings.availability_zones

  image               = var.image
  certificate_arn     = var.certificate_arn
  alarm_emails        = var.alarm_emails
  secrets             = var.secrets
  deletion_protection = true
}
