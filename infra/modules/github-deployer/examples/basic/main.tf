# What GitHub Actions may do in an account that has one environment.

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

module "github" {
  source = "../.."

  repository   = "example/plimsoll"
  state        = { bucket = "example-terraform-state", region = "eu-west-1" }
  environments = { dev = { name_prefix = "plimsoll-dev" } }
}

output "github" {
  description = "For `gh variable set PLIMSOLL_DEV`."
  value       = module.github.settings
}
