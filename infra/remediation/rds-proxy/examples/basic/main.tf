# A proxy in front of an Aurora cluster that exists, and the policy by which a task logs in.

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

module "rds_proxy" {
  source = "../.."

  name                      = "orders"
  engine_family             = "POSTGRESQL"
  db_secret_arn             = "arn:aws:secretsmanager:us-east-1:111122223333:secret:orders-proxy-AbCdEf"
  db_cluster_id             = "orders"
  vpc_id                    = "vpc-0a"
  subnet_ids                = ["subnet-0a", "subnet-0b"]
  client_security_group_ids = { orders = "sg-0a" }
  db_security_group_id      = "sg-0b"
  db_user                   = "orders"
}

resource "aws_iam_role_policy" "task" {
  name   = "database"
  role   = "orders-task"
  policy = module.rds_proxy.connect_policy
}

output "endpoint" {
  description = "Host to which the tasks connect."
  value       = module.rds_proxy.endpoint
}
