# The role of the pipeline of one service. The workflow needs `permissions: { id-token: write, contents: read }`.

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
  region = "us-east-1"
}

module "github_oidc" {
  source = "../.."

  github_org          = "your-org"
  github_repo         = "your-repo"
  github_environments = ["production"]

  ecr_repository_arns = ["arn:aws:ecr:us-east-1:111122223333:repository/orders"]
  ecs_cluster_arn     = "arn:aws:ecs:us-east-1:111122223333:cluster/shop"
  ecs_service_arns    = ["arn:aws:ecs:us-east-1:111122223333:service/shop/orders"]
  task_role_arns      = ["arn:aws:iam::111122223333:role/orders-task", "arn:aws:iam::111122223333:role/orders-execution"]
  evidence_bus_arns   = ["arn:aws:events:us-east-1:111122223333:event-bus/default"]
}

output "role_arn" {
  description = "Set it as the variable AWS_ROLE_ARN of the GitHub environment."
  value       = module.github_oidc.role_arn
}
