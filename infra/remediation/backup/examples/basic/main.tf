# Daily backups in Ireland, copied to Frankfurt; tables are restored as a test every Sunday; the task definitions of one
# cluster are exported every night.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "recovery"
  region = "eu-central-1"
}

module "copies" {
  source    = "../.."
  providers = { aws = aws.recovery }

  name        = "shop-copies"
  create_plan = false
}

module "backup" {
  source = "../.."

  name                       = "shop"
  copy_destination_vault_arn = module.copies.vault_arn
  restore_testing_selections = { tables = { resource_type = "DynamoDB" } }
  cluster_arns               = ["arn:aws:ecs:eu-west-1:111122223333:cluster/shop"]
}

output "vault_arn" {
  description = "ARN of the vault."
  value       = module.backup.vault_arn
}
