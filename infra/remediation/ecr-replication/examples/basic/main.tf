# Images of the shop go to Frankfurt. Repositories that replication makes there follow a template: without it they would
# be mutable and keep every image for ever.

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

module "ecr_replication" {
  source = "../.."

  replication_region  = "eu-central-1"
  repository_prefixes = ["shop/"]
}

resource "aws_ecr_repository_creation_template" "recovery" {
  provider = aws.recovery

  prefix               = "shop"
  description          = "Repositories that replication makes"
  applied_for          = ["REPLICATION"]
  image_tag_mutability = "IMMUTABLE"

  encryption_configuration {
    encryption_type = "AES256" # KMS needs a role in custom_role_arn
  }

  lifecycle_policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "The newest 100 images stay"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 100 }
      action       = { type = "expire" }
    }]
  })
}

output "destination" {
  description = "Registry with the replicas."
  value       = module.ecr_replication.destination
}
