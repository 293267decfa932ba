# A repository whose tags cannot be moved, except `latest`.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.8, < 7"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

module "ecr" {
  source = "../.."

  repository_name     = "shop/orders"
  mutable_tag_filters = ["latest"]
  keep_by_prefix      = { "release-" = 50 }
}

output "repository_url" {
  description = "URL of the repository."
  value       = module.ecr.repository_url
}
