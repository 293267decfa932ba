# Events of one pattern, forwarded to a bus elsewhere.

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

data "aws_caller_identity" "current" {}

module "operations" {
  source = "../../../topic"

  name     = "forward-operations"
  location = local.location
  emails   = ["oncall@example.com"]
  publishers = {
    alarms = { service = "cloudwatch.amazonaws.com", source_arns = ["arn:aws:cloudwatch:eu-west-1:${local.location.account_id}:alarm:forward-*"] }
  }
}

module "forwarding" {
  source = "../.."

  name             = "forward"
  location         = local.location
  bus_arn          = "arn:aws:events:eu-central-1:111122223333:event-bus/central"
  patterns         = { backups = jsonencode({ source = ["aws.backup"] }) }
  alarm_topic_arns = [module.operations.arn]
}

locals {
  location = { partition = "aws", region = "eu-west-1", account_id = data.aws_caller_identity.current.account_id }
}
